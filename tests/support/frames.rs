//! Frames of HTTP/2 as they are on the wire (RFC 9113 section 4.1), and a site that answers with them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::web::identity;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const CONTINUATION: u8 = 9;
pub const END_HEADERS: u8 = 4;
pub const END_STREAM: u8 = 1;
/// The flag of settings and pings that answer.
pub const ACK: u8 = 1;
/// The number of `NO_ERROR` (RFC 9113 section 7).
pub const NO_ERROR: &[u8] = &[0; 4];
/// The number of `HTTP_1_1_REQUIRED`.
pub const HTTP_1_1_REQUIRED: &[u8] = &[0, 0, 0, 0xd];
/// `:status: 200` in HPACK (RFC 7541 appendix A).
pub const OK: &[u8] = &[0x88];
/// What a client begins with.
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let stream = stream.to_be_bytes();
    [&length[1..], &[kind, flags], &stream, payload].concat()
}

/// The next frame: its kind, flags, stream and payload.
pub fn read_frame(stream: &mut impl Read) -> std::io::Result<(u8, u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head)?;
    let [a, b, c, kind, flags, id @ ..] = head;
    let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
    stream.read_exact(&mut payload)?;
    Ok((kind, flags, u32::from_be_bytes(id), payload))
}

/// Kind, flags and payload of the frames that answer a request.
pub type Answer = &'static [(u8, u8, &'static [u8])];

/// What a [`FramedSite`] says to who does not want HTTP/2.
pub const OVER_1: &str = "asked over HTTP/1.1";

/// A running site for `warned.test` that gives its answers in turn, the last one again and again.
pub struct FramedSite {
    folder: TempDir,
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

impl FramedSite {
    /// Serves port 443 of `ip`, a loopback address that no other test uses.
    pub fn start(ip: &str, answers: &[Answer]) -> Self {
        let folder = TempDir::new().expect("a folder for the site's root");
        let mut tls = identity(&folder.path().join("root.pem"), &["warned.test"], false);
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let tls = Arc::new(tls);
        let address = SocketAddr::new(ip.parse().expect("an address"), 443);
        let listener = TcpListener::bind(address).expect("the port is free; run as root");
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        let mut answers = answers.to_vec();
        answers.reverse();
        let answers = Arc::new(Mutex::new(answers));
        let server = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let (tls, answers) = (Arc::clone(&tls), Arc::clone(&answers));
                // A client that leaves is no failure of the test.
                std::thread::spawn(move || drop(serve(stream, tls, &answers)));
            }
        });
        Self { folder, address, ended, server: Some(server) }
    }

    /// The site's root certificate.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }
}

impl Drop for FramedSite {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes it from `accept`.
        let _ = TcpStream::connect(self.address);
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

fn serve(
    stream: TcpStream,
    tls: Arc<ServerConfig>,
    answers: &Mutex<Vec<Answer>>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let session = ServerConnection::new(tls).expect("a session");
    let mut stream = StreamOwned::new(session, stream);
    // A client of either version sends more than this.
    stream.read_exact(&mut [0; PREFACE.len()])?;
    if stream.conn.alpn_protocol() != Some(b"h2") {
        return serve_1(&mut stream);
    }
    stream.write_all(&frame(SETTINGS, 0, 0, &[]))?;
    loop {
        let (kind, flags, id, payload) = read_frame(&mut stream)?;
        match kind {
            SETTINGS | PING if flags & ACK == 0 => {
                let payload = if kind == PING { &payload[..] } else { &[] };
                stream.write_all(&frame(kind, ACK, 0, payload))?;
            }
            HEADERS => {
                let mut left = answers.lock().unwrap();
                let answer = if left.len() > 1 { left.pop() } else { left.first().copied() };
                let frames = answer.expect("an answer").iter();
                // A good-bye is about the connection.
                let of = |kind| if kind == GOAWAY { 0 } else { id };
                let frames =
                    frames.map(|(kind, flags, payload)| frame(*kind, *flags, of(*kind), payload));
                // At once, so that none is a surprise to who read the one before.
                stream.write_all(&frames.collect::<Vec<_>>().concat())?;
            }
            _ => {}
        }
    }
}

/// Requests come one after the other, and their heads end in one piece each.
fn serve_1(stream: &mut (impl Read + Write)) -> std::io::Result<()> {
    let length = OVER_1.len();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{OVER_1}");
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        if buffer[..count].windows(4).any(|octets| octets == b"\r\n\r\n") {
            stream.write_all(answer.as_bytes())?;
        }
    }
}
