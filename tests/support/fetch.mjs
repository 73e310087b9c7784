// Fetches a page with Node's own https: fetch.mjs URL. Follows the cookie check by hand.
import https from "node:https";

function get(url, cookie) {
  https.get(url, { headers: cookie ? { cookie } : {} }, (answer) => {
    if (answer.statusCode === 303) {
      answer.resume();
      const set = answer.headers["set-cookie"][0].split(";")[0];
      return get(new URL(answer.headers.location, url), set);
    }
    let text = "";
    answer.setEncoding("utf8").on("data", (piece) => (text += piece));
    answer.on("end", () => console.log(answer.statusCode, text));
  });
}
get(new URL(process.argv[2]));
