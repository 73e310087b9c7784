//! A site that answers with given octets, and keeps the octets that it was asked with.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::{ClientConnection, ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::web::identity;

/// Any stream.
pub trait Wire: Read + Write + Send {
    /// Lets TLS end without the alert that says so.
    fn cut(&mut self) {}
}

impl Wire for TcpStream {}
impl Wire for StreamOwned<ClientConnection, TcpStream> {}

/// What talks to a connection by itself, in place of a fixed answer.
/// It is given what came behind the head already. The connection ends with it, which
/// an answer that could be followed by another must say.
pub type Talk = Arc<dyn Fn(&mut dyn Wire, Vec<u8>) + Send + Sync>;

/// What answers a head by the number of its connection.
pub type Says = Arc<dyn Fn(u32, &str) -> String + Send + Sync>;

/// An answer.
#[derive(Clone)]
pub enum Script {
    /// These octets.
    Octets(Vec<u8>),
    /// These octets, and the end of the connection, of which TLS says nothing.
    Cut(Vec<u8>),
    /// What this says.
    Says(Says),
    /// Whatever this does, after the head was read.
    Talk(Talk),
}

/// A running site on ports 80 and 443.
pub struct Scripted {
    folder: TempDir,
    ended: Arc<AtomicBool>,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    servers: Vec<(SocketAddr, JoinHandle<()>)>,
}

impl Scripted {
    /// Answers by path.
    pub fn start(ip: &str, scripts: HashMap<String, Script>) -> Self {
        let folder = TempDir::new().expect("a folder for the site's root");
        let names = ["warned.test", "*.warned.test"];
        let tls = Arc::new(identity(&folder.path().join("root.pem"), &names, false));
        let (ended, heard) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let scripts = Arc::new(scripts);
        let connections = Arc::new(AtomicU32::new(0));
        let servers = [(443, Some(tls)), (80, None)].into_iter().map(|(port, tls)| {
            let address = SocketAddr::new(ip.parse().expect("an address"), port);
            let listener = TcpListener::bind(address).expect("the port is free; run as root");
            let (stop, heard, scripts) =
                (Arc::clone(&ended), Arc::clone(&heard), Arc::clone(&scripts));
            let connections = Arc::clone(&connections);
            let serve = move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let (tls, heard, scripts) =
                        (tls.clone(), Arc::clone(&heard), Arc::clone(&scripts));
                    let number = connections.fetch_add(1, Ordering::Relaxed);
                    let one = move || {
                        let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
                        serve_one(number, &mut *wire(stream, tls), &heard, &scripts);
                    };
                    let _ = std::thread::Builder::new().spawn(one);
                }
            };
            (address, std::thread::Builder::new().spawn(serve).expect("a thread"))
        });
        let servers = servers.collect();
        Self { folder, ended, heard, servers }
    }

    /// The site's root certificate.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// The requests that came since the last time this was asked.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        for (address, server) in self.servers.drain(..) {
            // Wakes it from `accept`.
            let _ = TcpStream::connect(address);
            let _ = server.join();
        }
    }
}

/// Ends TLS as it should be when it goes, unless it was cut.
struct Tls(StreamOwned<ServerConnection, TcpStream>, bool);

impl Wire for Tls {
    fn cut(&mut self) {
        self.1 = true;
    }
}

impl Read for Tls {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Tls {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.write(octets)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        if !self.1 {
            self.0.conn.send_close_notify();
            let _ = self.0.flush();
        }
    }
}

fn wire(stream: TcpStream, tls: Option<Arc<ServerConfig>>) -> Box<dyn Wire> {
    match tls {
        Some(tls) => {
            let session = ServerConnection::new(tls).expect("a session");
            Box::new(Tls(StreamOwned::new(session, stream), false))
        }
        None => Box::new(stream),
    }
}

fn serve_one(
    number: u32,
    stream: &mut dyn Wire,
    heard: &Mutex<Vec<Vec<u8>>>,
    scripts: &HashMap<String, Script>,
) {
    let mut buffer = Vec::new();
    while let Some(head) = read_head(stream, &mut buffer) {
        let text = String::from_utf8_lossy(&head).into_owned();
        let target = text.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        match scripts.get(path) {
            Some(Script::Talk(talk)) => {
                heard.lock().unwrap().push(head);
                return talk(stream, std::mem::take(&mut buffer));
            }
            script => {
                if text.to_lowercase().contains("expect: 100-continue") {
                    let _ = stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
                    let _ = stream.flush();
                }
                let mut whole = head;
                whole.extend(read_body(stream, &mut buffer, &text));
                heard.lock().unwrap().push(whole);
                let octets = match script {
                    Some(Script::Octets(octets) | Script::Cut(octets)) => octets.clone(),
                    Some(Script::Says(says)) => says(number, &text).into_bytes(),
                    _ => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
                };
                if stream.write_all(&octets).and_then(|()| stream.flush()).is_err() {
                    return;
                }
                if matches!(script, Some(Script::Cut(_))) {
                    return stream.cut();
                }
                let lower = String::from_utf8_lossy(&octets).to_lowercase();
                let asked_to = text.to_lowercase().contains("connection: close");
                if asked_to || lower.starts_with("http/1.0") || lower.contains("connection: close")
                {
                    return;
                }
            }
        }
    }
}

fn more(stream: &mut dyn Wire, buffer: &mut Vec<u8>) -> bool {
    let mut octets = [0; 16 * 1024];
    match stream.read(&mut octets) {
        Ok(0) | Err(_) => false,
        Ok(count) => {
            buffer.extend(&octets[..count]);
            true
        }
    }
}

fn read_head(stream: &mut dyn Wire, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            return Some(buffer.drain(..end + 4).collect());
        }
        if !more(stream, buffer) {
            return None;
        }
    }
}

/// The body as it stands on the wire.
fn read_body(stream: &mut dyn Wire, buffer: &mut Vec<u8>, head: &str) -> Vec<u8> {
    let lower = head.to_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.and_then(|text| text.trim().parse::<usize>().ok());
    let chunked = lower.contains("transfer-encoding: chunked");
    let end = loop {
        let end = match length {
            Some(length) => (buffer.len() >= length).then_some(length),
            None if chunked => end_of_chunks(buffer),
            None => Some(0),
        };
        match end {
            Some(end) => break end,
            None if more(stream, buffer) => {}
            None => break buffer.len(),
        }
    };
    buffer.drain(..end).collect()
}

/// Where a chunked body ends, with its trailers, if it is all there (RFC 9112 section 7.1).
pub fn end_of_chunks(octets: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = octets[at..].windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&octets[at..at + line]).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        at += line + 2;
        if size == 0 {
            loop {
                let line = octets[at..].windows(2).position(|window| window == b"\r\n")?;
                at += line + 2;
                if line == 0 {
                    return Some(at);
                }
            }
        }
        at += size + 2;
        if octets.len() < at {
            return None;
        }
    }
}
