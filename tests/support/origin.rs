//! A real site in a network of the test's own: several hosts, a log-in, a WebSocket, a stream of
//! events, a large download. It counts what it was asked.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::namespace::{Namespace, ORIGIN_V4};
use super::ntlm::Logins;
use super::web::identity;

/// The size of the large download, in octets.
pub const HUGE: u64 = 1 << 30;
/// The resolver that knows the real addresses.
pub const UPSTREAM: &str = "127.0.0.1:5353";

/// The page that a person comes for. `settled` holds what became of its parts.
const PAGE: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>The real site</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="https://static.social.test/style.css">
<h1>The real site</h1>
<img id="own" src="https://static.social.test/own.svg" alt="">
<img id="companion" src="https://pictures.test/companion.svg" alt="">
<form method="post" action="/login"><input name="user" value="ann"><button type="submit">Log in</button></form>
<script src="https://static.social.test/script.js"></script>
<script>
const loaded = id => new Promise(done => {
  const image = document.getElementById(id);
  const tell = () => done(image.naturalWidth);
  if (image.complete) tell(); else { image.onload = tell; image.onerror = tell; }
});
const socket = new Promise((done, fail) => {
  const ws = new WebSocket('wss://www.social.test/echo');
  ws.onopen = () => ws.send('over there');
  ws.onmessage = event => { done(event.data); ws.close(); };
  ws.onerror = () => done('no socket');
});
const stream = new Promise(done => {
  const source = new EventSource('/events');
  let all = '';
  source.onmessage = event => {
    all += event.data;
    if (all.length === 2) { source.close(); done(all); }
  };
  source.onerror = () => done('broken after ' + all);
});
window.settled = Promise.all([
  loaded('own'), loaded('companion'), socket, stream,
  fetch('https://api.social.test/data', { headers: { 'X-Own': '1' } }).then(r => r.text()),
  new FontFace('Own', 'url(https://static.social.test/font.woff2)').load().catch(() => 'asked'),
]).then(([own, companion, socket, stream, data]) =>
  ({ own, companion, socket, stream, data, script: window.scripted === true,
     styled: getComputedStyle(document.querySelector('h1')).color }));
</script>"#;

/// A running site, and the resolver that knows it.
pub struct Origin {
    folder: TempDir,
    space: Arc<Namespace>,
    ended: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
    resolver: Child,
    asked: Arc<Mutex<HashMap<String, u32>>>,
}

impl Origin {
    /// Serves `social.test` with its hosts, and `pictures.test`.
    pub fn start(space: &Arc<Namespace>) -> Self {
        let folder = TempDir::new().expect("a folder for the site's root");
        let names = ["social.test", "*.social.test", "pictures.test"];
        let config = Arc::new(identity(&folder.path().join("root.pem"), &names, false));
        let listener = space.listen(address()).expect("the site's port");
        let ended = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(Mutex::new(HashMap::new()));
        let (stop, counts) = (Arc::clone(&ended), Arc::clone(&asked));
        let logins = Arc::<Logins>::default();
        let serve = move || {
            for (number, stream) in (0..).zip(listener.incoming().map_while(Result::ok)) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let (config, counts) = (Arc::clone(&config), Arc::clone(&counts));
                let logins = Arc::clone(&logins);
                // A client that leaves in mid-answer is no failure of the test.
                let one = move || {
                    let login = |field| logins.hear(number, field);
                    drop(serve_one(stream, config, &counts, login));
                };
                let _ = std::thread::Builder::new().spawn(one);
            }
        };
        let server = std::thread::Builder::new().spawn(serve).expect("a thread");
        let (ip, port) = UPSTREAM.split_once(':').expect("an address with a port");
        let mut resolver = space
            .command("/usr/sbin/dnsmasq")
            .args(["--conf-file=/dev/null", "--keep-in-foreground", "--user=root", "--pid-file="])
            .args(["--no-resolv", "--no-hosts", "--bind-interfaces", "--log-facility=-"])
            .arg(format!("--listen-address={ip}"))
            .arg(format!("--port={port}"))
            .arg(format!("--address=/social.test/{ORIGIN_V4}"))
            .arg(format!("--address=/pictures.test/{ORIGIN_V4}"))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("dnsmasq starts; Debian package dnsmasq-base");
        let mut said = String::new();
        let mut lines = BufReader::new(resolver.stderr.take().expect("standard error is piped"));
        while !said.contains("started") {
            assert_ne!(lines.read_line(&mut said).unwrap(), 0, "dnsmasq ended: {said}");
        }
        Self { folder, space: Arc::clone(space), ended, server: Some(server), resolver, asked }
    }

    /// The site's root certificate.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// How often this was asked for: method, host and path, as in `GET www.social.test/`.
    pub fn asked(&self, what: &str) -> u32 {
        self.asked.lock().unwrap().get(what).copied().unwrap_or(0)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        let _ = self.resolver.kill();
        let _ = self.resolver.wait();
        self.ended.store(true, Ordering::Relaxed);
        // Wakes it from `accept`.
        let _ = self.space.connect(address());
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

fn address() -> SocketAddr {
    (ORIGIN_V4.parse::<IpAddr>().expect("an address"), 443).into()
}

type Tls = BufReader<StreamOwned<ServerConnection, TcpStream>>;

fn serve_one(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    counts: &Mutex<HashMap<String, u32>>,
    login: impl Fn(Option<String>) -> Result<String, String>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let session = ServerConnection::new(config).expect("a session");
    let mut stream = BufReader::new(StreamOwned::new(session, stream));
    while let Some(request) = Request::read(&mut stream)? {
        let Request { method, host, path, .. } = &request;
        *counts.lock().unwrap().entry(format!("{method} {host}{path}")).or_default() += 1;
        if !answer(&mut stream, &request, &login)? {
            break;
        }
    }
    stream.get_mut().conn.send_close_notify();
    stream.get_mut().flush()
}

struct Request {
    method: String,
    path: String,
    host: String,
    fields: HashMap<String, String>,
}

impl Request {
    fn read(stream: &mut Tls) -> std::io::Result<Option<Self>> {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split(' ').map(str::to_owned);
        let method = words.next().unwrap_or_default();
        let path = words.next().unwrap_or_default();
        let mut fields = HashMap::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            fields.insert(name.to_lowercase(), value.to_owned());
        }
        let length = fields.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        stream.read_exact(&mut vec![0; length])?;
        let host = fields.get("host").cloned().unwrap_or_default();
        Ok(Some(Self { method, path, host, fields }))
    }

    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// Answers; gives whether the connection goes on.
fn answer(
    stream: &mut Tls,
    request: &Request,
    login: impl Fn(Option<String>) -> Result<String, String>,
) -> std::io::Result<bool> {
    const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"/>"#;
    let origin = request.field("origin");
    let cors = format!("Access-Control-Allow-Origin: {origin}\r\n");
    let (status, kind, more, body) = match request.path.as_str() {
        "/" => ("200 OK", "text/html; charset=utf-8", String::new(), PAGE.to_owned()),
        "/style.css" => ("200 OK", "text/css", String::new(), "h1 { color: rgb(1, 2, 3) }".into()),
        "/script.js" => ("200 OK", "text/javascript", String::new(), "scripted = true".to_owned()),
        "/own.svg" | "/companion.svg" => ("200 OK", "image/svg+xml", String::new(), SVG.to_owned()),
        "/font.woff2" => ("200 OK", "font/woff2", cors, "no font".to_owned()),
        "/data" if request.method == "OPTIONS" => {
            let allow = format!("{cors}Access-Control-Allow-Headers: X-Own\r\n");
            ("204 No Content", "text/plain", allow, String::new())
        }
        "/data" => {
            let own = request.field("x-own");
            ("200 OK", "text/plain", cors, format!("data for {own}"))
        }
        "/login" => {
            let set = "Location: /home\r\nSet-Cookie: user=ann; Secure; HttpOnly; Path=/\r\n";
            ("303 See Other", "text/plain", set.to_owned(), String::new())
        }
        "/home" => {
            let page = format!(
                "<title>Home</title><link rel=icon href=data:,><p>cookies: {}</p>",
                request.field("cookie")
            );
            ("200 OK", "text/html; charset=utf-8", String::new(), page)
        }
        "/mail" => match login(request.fields.get("authorization").cloned()) {
            Ok(name) => ("200 OK", "text/plain", String::new(), format!("mail of {name}")),
            Err(challenge) => {
                let asks = format!("WWW-Authenticate: {challenge}\r\n");
                ("401 Unauthorized", "text/plain", asks, "log in".to_owned())
            }
        },
        "/echo" => return echo(stream, request),
        "/events" => return events(stream),
        "/huge" => return huge(stream),
        _ => ("404 Not Found", "text/plain", String::new(), String::new()),
    };
    let length = match status {
        "204 No Content" => String::new(),
        _ => format!("Content-Length: {}\r\n", body.len()),
    };
    let out = stream.get_mut();
    write!(
        out,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nCache-Control: no-store\r\n{length}{more}\r\n{body}"
    )?;
    out.flush()?;
    Ok(true)
}

/// One message of a WebSocket goes back (RFC 6455 sections 4.2.2 and 5.2).
fn echo(stream: &mut Tls, request: &Request) -> std::io::Result<bool> {
    let key =
        request.field("sec-websocket-key").to_owned() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    let algorithm = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
    let hash = aws_lc_rs::digest::digest(algorithm, key.as_bytes());
    let accept = base64::engine::general_purpose::STANDARD.encode(hash.as_ref());
    write!(
        stream.get_mut(),
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )?;
    stream.get_mut().flush()?;
    let mut head = [0; 6];
    stream.read_exact(&mut head)?;
    let length = usize::from(head[1] & 0x7f);
    let mut text = vec![0; length];
    stream.read_exact(&mut text)?;
    let masked = text.iter().zip(head[2..].iter().cycle()).map(|(octet, mask)| octet ^ mask);
    let mut frame = vec![0x81, head[1] & 0x7f];
    frame.extend(masked);
    stream.get_mut().write_all(&frame)?;
    stream.get_mut().flush()?;
    // The browser says when it is done.
    let _ = stream.read(&mut head);
    Ok(false)
}

fn events(stream: &mut Tls) -> std::io::Result<bool> {
    let out = stream.get_mut();
    write!(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")?;
    for event in ["a", "b"] {
        write!(out, "data: {event}\n\n")?;
        out.flush()?;
    }
    // The browser ends it; an end of ours would make it come again.
    let _ = stream.read(&mut [0]);
    Ok(false)
}

fn huge(stream: &mut Tls) -> std::io::Result<bool> {
    let out = stream.get_mut();
    write!(
        out,
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {HUGE}\r\n\r\n"
    )?;
    let block = vec![7; 256 * 1024];
    for _ in 0..HUGE / block.len() as u64 {
        out.write_all(&block)?;
    }
    out.flush()?;
    Ok(true)
}
