"""Asks for a page by Python's ssl: knock.py PORT HOST VERSION [ROOT]."""

import socket
import ssl
import sys

port, host, version = int(sys.argv[1]), sys.argv[2], sys.argv[3]
context = ssl.create_default_context(cafile=sys.argv[4] if len(sys.argv) > 4 else None)
context.minimum_version = context.maximum_version = {
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}[version]
with socket.create_connection(("127.0.0.1", port)) as plain:
    with context.wrap_socket(plain, server_hostname=host) as stream:
        stream.sendall(f"GET /x.css HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        while octets := stream.recv(4096):
            sys.stdout.write(octets.decode())
