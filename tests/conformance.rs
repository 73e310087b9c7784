//! What passes between a person and a site is what they would have said to each other directly: octet
//! for octet, but for what one hop has to itself.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};

use crate::support::curl::{Way, curl};
use crate::support::person::Person;
use crate::support::resolver::Resolver;
use crate::support::scripted::{Script, Scripted, Wire, end_of_chunks};
use crate::support::server::Blockhouse;
use crate::support::tls::trusting;

/// The fields that may differ, with the reason.
const OF_ONE_HOP: [&str; 8] = [
    // RFC 9110 section 7.6.1: for this connection alone.
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    // RFC 9112 section 6: how the body is framed; the bodies themselves are compared.
    "transfer-encoding",
    // RFC 9110 section 7.6.3: a proxy names itself.
    "via",
    // RFC 9110 section 6.6.1: added where the site sent none.
    "date",
    // The browser would follow it past the end of the grant.
    "alt-svc",
];

/// A message, taken apart. Fields of the same name keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Message {
    start: String,
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    trailers: Vec<u8>,
}

impl Message {
    /// Takes the octets of one message apart. `to_the_end`: the body goes on to the end.
    fn parse(octets: &[u8], bodiless: bool) -> Self {
        let end = octets.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or_else(|| {
            panic!("no head: {:?}", String::from_utf8_lossy(octets));
        });
        let mut lines =
            octets[..end].split(|octet| *octet == b'\n').map(|line| line.trim_ascii_end());
        let start = String::from_utf8(lines.next().unwrap().to_vec()).unwrap();
        let mut fields: Vec<(String, Vec<u8>)> = lines
            .map(|line| {
                let colon = line.iter().position(|octet| *octet == b':').unwrap();
                let name = String::from_utf8(line[..colon].to_vec()).unwrap();
                (name, line[colon + 1..].trim_ascii().to_vec())
            })
            .collect();
        let chunked = fields.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("transfer-encoding") && value == b"chunked"
        });
        let rest = &octets[end + 4..];
        let (body, trailers) = match chunked && !bodiless {
            true => dechunk(rest),
            false => (rest.to_vec(), Vec::new()),
        };
        fields.retain(|(name, _)| !OF_ONE_HOP.contains(&name.to_lowercase().as_str()));
        fields.sort_by_key(|(name, _)| name.to_lowercase());
        Self { start, fields, body, trailers }
    }

    /// The same without regard to the case of names, as HTTP/2 has it.
    fn lower(mut self) -> Self {
        for (name, _) in &mut self.fields {
            *name = name.to_lowercase();
        }
        self
    }
}

fn dechunk(octets: &[u8]) -> (Vec<u8>, Vec<u8>) {
    assert_eq!(end_of_chunks(octets), Some(octets.len()), "whole chunks and nothing behind them");
    let (mut at, mut body) = (0, Vec::new());
    loop {
        let line = octets[at..].windows(2).position(|window| window == b"\r\n").unwrap();
        let size = std::str::from_utf8(&octets[at..at + line]).unwrap();
        let size = usize::from_str_radix(size.split(';').next().unwrap(), 16).unwrap();
        at += line + 2;
        if size == 0 {
            // Their names have no case, and lose it on the way.
            return (body, octets[at..octets.len() - 2].to_ascii_lowercase());
        }
        body.extend(&octets[at..at + size]);
        at += size + 2;
    }
}

/// A scripted site, a server in front of it, and the cookies of a person who may go on.
struct Place {
    server: Blockhouse,
    site: Scripted,
    _dns: Resolver,
    ip: &'static str,
    cookies: HashMap<bool, String>,
}

impl Place {
    fn new(ip: &'static str, scripts: HashMap<String, Script>) -> Self {
        let site = Scripted::start(ip, scripts);
        let dns = Resolver::start(&[("test", ip)]);
        let server = Blockhouse::before_sites(dns.address, &site.root(), "127.79.0.0/16");
        let cookies = [true, false].map(|secure| {
            let person = Person::new(&server, if secure { Way::H1 } else { Way::Plain });
            person.go_on("warned.test", "/", &[]);
            (secure, person.cookies())
        });
        site.heard();
        Self { server, site, _dns: dns, ip, cookies: cookies.into() }
    }

    fn direct(&self, secure: bool) -> Box<dyn Wire> {
        let port = if secure { 443 } else { 80 };
        connect(SocketAddr::new(self.ip.parse().unwrap(), port), secure, &self.site.root())
    }

    fn through(&self, secure: bool) -> Box<dyn Wire> {
        let address = if secure { self.server.https()[0] } else { self.server.http()[0] };
        connect(address, secure, &self.server.root())
    }

    /// What both ways answer to this request, and what the site heard; `{cookies}` stands for ours.
    fn both(&self, secure: bool, request: &[u8], bodiless: bool) -> [(Message, Message); 2] {
        [false, true].map(|through| {
            let mut stream = if through { self.through(secure) } else { self.direct(secure) };
            let ours = if through { format!("{}; ", self.cookies[&secure]) } else { String::new() };
            let request = replace(request, b"{cookies}", ours.as_bytes());
            stream.write_all(&request).unwrap();
            stream.flush().unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            while answer.starts_with(b"HTTP/1.1 100") || answer.starts_with(b"HTTP/1.1 103") {
                let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
                answer.drain(..end + 4);
            }
            let heard = self.site.heard();
            let [heard] = &heard[..] else {
                panic!("{} requests: {:?}", heard.len(), String::from_utf8_lossy(&answer))
            };
            (Message::parse(&answer, bodiless), Message::parse(heard, false))
        })
    }
}

fn replace(text: &[u8], what: &[u8], by: &[u8]) -> Vec<u8> {
    match text.windows(what.len()).position(|window| window == what) {
        Some(at) => [&text[..at], by, &text[at + what.len()..]].concat(),
        None => text.to_vec(),
    }
}

fn connect(address: SocketAddr, secure: bool, root: &std::path::Path) -> Box<dyn Wire> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    if !secure {
        return Box::new(stream);
    }
    let name = "warned.test".try_into().unwrap();
    let session = ClientConnection::new(Arc::new(trusting(root)), name).unwrap();
    Box::new(StreamOwned::new(session, stream))
}

fn octets(text: &str) -> Script {
    Script::Octets(text.as_bytes().to_vec())
}

/// The answers of the table, by path.
fn answers() -> HashMap<String, Script> {
    let mut scripts = HashMap::new();
    let mut add = |path: &str, script: Script| {
        scripts.insert(path.to_owned(), script);
    };
    add("/", octets("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    for (status, words) in [
        (200, "OK"),
        (201, "Created"),
        (206, "Partial Content"),
        (301, "Moved Permanently"),
        (302, "Found"),
        (307, "Temporary Redirect"),
        (400, "Bad Request"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (418, "Short and Stout"),
        (429, "Too Many Requests"),
        (500, "Internal Server Error"),
        (503, "Service Unavailable"),
        (599, "Nobody Knows"),
    ] {
        let answer = format!(
            "HTTP/1.1 {status} {words}\r\nContent-Length: 4\r\nContent-Range: bytes 0-3/10\r\n\
             Location: https://elsewhere.test/?a=b\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\
             Retry-After: 7\r\n\r\nbody"
        );
        add(&format!("/status/{status}"), octets(&answer));
    }
    add("/204", octets("HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"));
    add("/304", octets("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 1234\r\n\r\n"));
    add("/head", octets("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nContent-Type: a/b\r\n\r\n"));
    let long = "v".repeat(8000);
    let fields = format!(
        "HTTP/1.1 200 OK\r\nX-CaSe: A\r\nx-lower: B\r\nSet-Cookie: a=1; Path=/\r\nX-Twice: 1\r\n\
         Set-Cookie: b=2; Secure\r\nX-Twice: 2\r\nX-Empty:\r\nX-Long: {long}\r\n\
         Strict-Transport-Security: max-age=1; includeSubDomains\r\nContent-Security-Policy: x\r\n\
         Server: s\r\nAlt-Svc: h3=\":443\"\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n\
         Keep-Alive: timeout=5\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n"
    );
    add("/fields", octets(&fields));
    let latin = b"HTTP/1.1 200 OK\r\nX-Latin: caf\xe9 \xff\r\nContent-Length: 1\r\n\r\nx";
    add("/latin", Script::Octets(latin.to_vec()));
    add(
        "/chunked",
        octets(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n",
        ),
    );
    add(
        "/trailers",
        octets(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n",
        ),
    );
    add("/old", octets("HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nuntil the end"));
    add(
        "/early",
        octets(
            "HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        ),
    );
    // What looks compressed stays as it is, whether it is or not.
    for coding in ["gzip", "br", "zstd"] {
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: 6\r\n\r\n");
        add(
            &format!("/{coding}"),
            Script::Octets([head.as_bytes(), b"\x1f\x8b\0\xff\n\r"].concat()),
        );
    }
    let large: Vec<u8> = (0..5_000_000_u32).map(|n| n.to_le_bytes()[n as usize % 3]).collect();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", large.len());
    add("/large", Script::Octets([head.as_bytes(), &large].concat()));
    scripts
}

/// The requests of the table: a name, the octets, and whether the answer has no body.
fn requests() -> Vec<(String, Vec<u8>, bool)> {
    let mut table = Vec::new();
    let head = "Host: warned.test\r\nConnection: close\r\nCookie: a=1; {cookies}b=\"2;x\"\r\n";
    let mut add = |name: &str, text: String, bodiless: bool| {
        table.push((name.to_owned(), text.into_bytes(), bodiless));
    };
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
        add(method, format!("{method} / HTTP/1.1\r\n{head}\r\n"), false);
        let body = "Content-Length: 5\r\nContent-Type: x/y\r\n\r\nhello";
        add(
            &format!("{method} with a body"),
            format!("{method} / HTTP/1.1\r\n{head}{body}"),
            false,
        );
    }
    add("HEAD", format!("HEAD /head HTTP/1.1\r\n{head}\r\n"), true);
    for status in [200, 201, 206, 301, 302, 307, 400, 401, 403, 404, 418, 429, 500, 503, 599] {
        let path = format!("/status/{status}");
        add(&path, format!("GET {path} HTTP/1.1\r\n{head}Range: bytes=0-3\r\n\r\n"), false);
    }
    for path in ["/204", "/304"] {
        add(path, format!("GET {path} HTTP/1.1\r\n{head}If-None-Match: \"x\"\r\n\r\n"), true);
    }
    for path in
        ["/fields", "/latin", "/chunked", "/old", "/early", "/gzip", "/br", "/zstd", "/large"]
    {
        let more = "Accept-Encoding: gzip, br;q=0.5\r\n";
        add(path, format!("GET {path} HTTP/1.1\r\n{head}{more}\r\n"), false);
    }
    add(
        "/trailers",
        format!(
            "GET /trailers HTTP/1.1\r\n{}TE: trailers\r\n\r\n",
            head.replace("close", "close, TE")
        ),
        false,
    );
    let odd = "/?a=%20&b&&c=1=2&%e2%82%ac&x=%E2";
    add("an odd query", format!("GET {odd} HTTP/1.1\r\n{head}\r\n"), false);
    for path in ["//x/../y;z", "/%2e%2E/%2f", "/a/./b/", "/~!$'()*+,;=:@"] {
        add(path, format!("GET {path} HTTP/1.1\r\n{head}\r\n"), false);
    }
    let fields = "X-CaSe: A\r\nx-twice: 1\r\nX-Empty:\r\nx-twice: 2\r\nAccept: text/html\r\n\
                  Authorization: Basic dTpw\r\nReferer: https://warned.test/x\r\nOrigin: null\r\n";
    add("fields", format!("GET / HTTP/1.1\r\n{head}{fields}\r\n"), false);
    add(
        "a long field",
        format!("GET / HTTP/1.1\r\n{head}X-Long: {}\r\n\r\n", "v".repeat(8000)),
        false,
    );
    let hop = head.replace("close", "close, X-Hop");
    add(
        "chunked",
        format!(
            "POST / HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
        ),
        false,
    );
    add("empty", format!("POST / HTTP/1.1\r\n{head}Content-Length: 0\r\n\r\n"), false);
    add(
        "expected",
        format!("POST / HTTP/1.1\r\n{head}Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"),
        false,
    );
    add("hop", format!("GET / HTTP/1.1\r\n{hop}Proxy-Connection: x\r\n\r\n"), false);
    let upload = "u".repeat(1_000_003);
    add(
        "a large upload",
        format!("PUT / HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n{upload}", upload.len()),
        false,
    );
    table
}

#[test]
fn http_1_passes_octet_for_octet() {
    let place = Place::new("127.79.1.1", answers());
    for secure in [false, true] {
        for (name, request, bodiless) in requests() {
            let [direct, through] = place.both(secure, &request, bodiless);
            let (mut answer, heard) = direct;
            // An answer of HTTP/1.0 arrives as one of 1.1.
            answer.start = answer.start.replace("HTTP/1.0", "HTTP/1.1");
            // What `Connection` names stays behind.
            answer.fields.retain(|(field, _)| field != "X-Hop");
            if name == "/304" {
                // The length that a 200 would have had may be left out (RFC 9110 section 15.4.5).
                answer.fields.retain(|(field, _)| field != "Content-Length");
            }
            assert_eq!(through.0, answer, "{name}, TLS: {secure}: the answer");
            assert_eq!(through.1, heard, "{name}, TLS: {secure}: the request");
        }
    }
}

#[test]
fn http_2_passes_the_same() {
    let place = Place::new("127.79.2.1", answers());
    let cookies = format!("Cookie: {}", place.cookies[&true]);
    for (name, request, bodiless) in requests() {
        let text = String::from_utf8_lossy(&request).into_owned();
        let mut words = text.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        // What curl's command line, or this reader of its heads, cannot do was compared above.
        if method != "GET" || ["an odd query", "/latin"].contains(&name.as_str()) {
            continue;
        }
        let [(mut answer, _), _] = place.both(true, &request, bodiless);
        answer.fields.retain(|(field, _)| field != "X-Hop");
        let range = if text.contains("Range:") { "bytes=0-3" } else { "" };
        let range = format!("Range: {range}");
        let reply =
            curl(&place.server, Way::H2, "warned.test", path, &["-H", &cookies, "-H", &range]);
        place.site.heard();
        if name == "/trailers" {
            // curl keeps them as the last head.
            assert_eq!((reply.head.as_str(), reply.text().as_str()), ("x-sum: 7", "abc"));
            continue;
        }
        let mut lines = vec![reply.head.replace("HTTP/2 ", "HTTP/1.1 ").into_bytes()];
        lines.push(b"\r\n\r\n".to_vec());
        lines.push(reply.body);
        let mut through = Message::parse(&lines.concat(), bodiless);
        // HTTP/2 has no reason phrases.
        answer.start =
            answer.start.split(' ').take(2).collect::<Vec<_>>().join(" ").replace("1.0", "1.1");
        through.start = through.start.trim().to_owned();
        // Where there is no length, there is none in either.
        assert_eq!(through.lower(), answer.lower(), "{name}");
    }
    place.site.heard();
}

#[test]
fn our_words_in_a_query_stay_behind() {
    let place = Place::new("127.79.3.1", answers());
    let request = "GET /?a=1&blockhouse-check=x&b=%20&blockhouse-language=de HTTP/1.1\r\n\
                   Host: warned.test\r\nConnection: close\r\nCookie: {cookies}\r\n\r\n";
    let [_, (_, heard)] = place.both(false, request.as_bytes(), false);
    assert_eq!(heard.start, "GET /?a=1&b=%20 HTTP/1.1");
    assert!(!heard.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("cookie")), "{heard:?}");
    for method in ["CONNECT", "TRACE"] {
        let target = if method == "CONNECT" { "warned.test:443" } else { "/" };
        let mut stream = place.through(true);
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nHost: warned.test\r\nConnection: close\r\nCookie: {}\r\n\r\n",
            place.cookies[&true]
        )
        .unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(answer.starts_with("HTTP/1.1 405 "), "{method}: {answer}");
    }
    assert!(place.site.heard().is_empty());
}

#[test]
fn another_protocol_passes_both_ways() {
    let talk = |stream: &mut dyn Wire, first: Vec<u8>| {
        stream
            .write_all(
                b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\
                  X-Own: 1\r\n\r\nhello ",
            )
            .unwrap();
        stream.write_all(&first).unwrap();
        stream.flush().unwrap();
        let mut octets = [0; 1024];
        while let Ok(count @ 1..) = stream.read(&mut octets) {
            stream.write_all(&octets[..count]).unwrap();
            stream.flush().unwrap();
        }
    };
    let scripts = HashMap::from([
        ("/up".to_owned(), Script::Talk(Arc::new(talk))),
        ("/".to_owned(), octets("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
    ]);
    let place = Place::new("127.79.4.1", scripts);
    for secure in [false, true] {
        let mut stream = place.through(secure);
        // The first words of the other protocol come right behind the head.
        write!(
            stream,
            "GET /up HTTP/1.1\r\nHost: warned.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\
             Cookie: {}\r\n\r\nfirst",
            place.cookies[&secure]
        )
        .unwrap();
        stream.flush().unwrap();
        let mut got = Vec::new();
        let wanted = b"hello first";
        while !got.ends_with(wanted) {
            let mut octets = [0; 1024];
            let count = stream.read(&mut octets).unwrap();
            assert_ne!(count, 0, "{}", String::from_utf8_lossy(&got));
            got.extend(&octets[..count]);
        }
        let head = String::from_utf8_lossy(&got).to_lowercase();
        assert!(head.starts_with("http/1.1 101 "), "{head}");
        assert!(head.contains("upgrade: echo\r\n") && head.contains("x-own: 1"), "{head}");
        stream.write_all(b"second").unwrap();
        stream.flush().unwrap();
        let mut echoed = [0; 6];
        stream.read_exact(&mut echoed).unwrap();
        assert_eq!(&echoed, b"second");
        let heard = String::from_utf8(place.site.heard().remove(0)).unwrap().to_lowercase();
        assert!(heard.contains("connection: upgrade\r\n") && heard.contains("upgrade: echo\r\n"));
    }
}

#[test]
fn no_other_http_passes_unseen() {
    let place = Place::new("127.79.7.1", answers());
    for upgrade in ["h2c", "H2C", "HTTP/2.0", "websocket, h2c", "TLS/1.0, HTTP/1.1"] {
        let request = format!(
            "GET / HTTP/1.1\r\nHost: warned.test\r\nConnection: close, Upgrade, HTTP2-Settings\r\n\
             Upgrade: {upgrade}\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nCookie: {{cookies}}\r\n\r\n"
        );
        for secure in [false, true] {
            let [_, (answer, heard)] = place.both(secure, request.as_bytes(), false);
            assert!(answer.start.starts_with("HTTP/1.1 200 "), "{answer:?}");
            let leads_on = |(name, _): &(String, _)| {
                ["upgrade", "http2-settings"].contains(&name.to_lowercase().as_str())
            };
            assert!(!heard.fields.iter().any(leads_on), "{heard:?}");
        }
    }
}

#[test]
fn nothing_is_held_back() {
    let (seen, go) = mpsc::channel::<()>();
    let go = Mutex::new(go);
    let down = move |stream: &mut dyn Wire, _: Vec<u8>| {
        // The connection ends with this answer, and what is sent next must not go there.
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
                    Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
        write!(stream, "{head}7\r\ndata: 1\r\n").unwrap();
        stream.flush().unwrap();
        // The second event comes when the person has the first.
        go.lock().unwrap().recv().unwrap();
        write!(stream, "7\r\ndata: 2\r\n0\r\n\r\n").unwrap();
        stream.flush().unwrap();
    };
    let (tell, told) = mpsc::channel::<Vec<u8>>();
    let tell = Mutex::new(tell);
    let up = move |stream: &mut dyn Wire, first: Vec<u8>| {
        let mut octets = [0; 1024];
        let mut told = first.len();
        if told > 0 {
            tell.lock().unwrap().send(first).unwrap();
        }
        while told < 8 {
            let count = stream.read(&mut octets).unwrap();
            tell.lock().unwrap().send(octets[..count].to_vec()).unwrap();
            told += count;
        }
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        stream.flush().unwrap();
    };
    let scripts = HashMap::from([
        ("/down".to_owned(), Script::Talk(Arc::new(down))),
        ("/up".to_owned(), Script::Talk(Arc::new(up))),
        ("/".to_owned(), octets("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
    ]);
    let place = Place::new("127.79.5.1", scripts);
    let head = |path: &str, more: &str| {
        format!(
            "{path} HTTP/1.1\r\nHost: warned.test\r\nCookie: {}\r\n{more}\r\n",
            place.cookies[&false]
        )
    };
    let mut stream = place.through(false);
    stream.write_all(head("GET /down", "").as_bytes()).unwrap();
    let mut got = Vec::new();
    let mut until = |stream: &mut dyn Wire, wanted: &[u8]| {
        while !got.windows(wanted.len()).any(|window| window == wanted) {
            let mut octets = [0; 1024];
            let count = stream.read(&mut octets).unwrap();
            assert_ne!(count, 0, "{}", String::from_utf8_lossy(&got));
            got.extend(&octets[..count]);
        }
    };
    until(&mut *stream, b"data: 1");
    seen.send(()).unwrap();
    until(&mut *stream, b"data: 2");

    let mut stream = place.through(false);
    stream.write_all(head("POST /up", "Content-Length: 8\r\n").as_bytes()).unwrap();
    for part in [b"1111", b"2222"] {
        stream.write_all(part).unwrap();
        assert_eq!(told.recv_timeout(Duration::from_secs(20)).unwrap(), part);
    }
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
}

#[test]
fn an_answer_longer_than_it_says_spoils_no_other() {
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    let scripts = HashMap::from([
        ("/long".to_owned(), octets(long)),
        ("/".to_owned(), octets("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
    ]);
    let place = Place::new("127.79.6.1", scripts);
    let cookies = format!("Cookie: {}", place.cookies[&true]);
    for path in ["/long", "/", "/long", "/", "/"] {
        let reply = curl(&place.server, Way::H1, "warned.test", path, &["-H", &cookies]);
        assert_eq!(reply.text(), "ok", "{path}");
    }
}
