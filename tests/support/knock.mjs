// Asks for a page by Node's tls: knock.mjs PORT HOST VERSION [ROOT].
import { readFileSync } from "node:fs";
import { connect } from "node:tls";

const [port, host, version, root] = process.argv.slice(2);
const socket = connect({
  host: "127.0.0.1",
  port: Number(port),
  servername: host,
  minVersion: version,
  maxVersion: version,
  ca: root ? readFileSync(root) : undefined,
});
socket.on("secureConnect", () => socket.write(`GET /x.css HTTP/1.0\r\nHost: ${host}\r\n\r\n`));
socket.on("data", (octets) => process.stdout.write(octets));
socket.on("error", (error) => {
  console.error(error.code);
  process.exit(1);
});
