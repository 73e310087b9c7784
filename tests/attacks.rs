//! Attacks from one address while a person visits from another: every visit succeeds, memory stays below
//! its ceiling, and the attacker's connections end.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::support::server::{Blockhouse, CONFIG};
use crate::support::tls::{get, trusting};

/// What the whole server may hold in memory under any of these, in KiB. A debug build at rest has 60 MiB.
const CEILING: u64 = 300 * 1024;
/// Visits of the person during an attack.
const VISITS: u32 = 40;
/// What an attacker says once it is let go is an error; until then it gives up waiting after this long.
const BOUND: Duration = Duration::from_secs(30);

/// The time limits are short, so that what they end can be seen to end.
fn server() -> Blockhouse {
    let limits = "[limits]\nhandshake = \"2s\"\nheader = \"2s\"\nidle = \"2s\"\n\
                  connections_per_client = 200\nmints_per_client = 300\n";
    let text = CONFIG.replace("[listen]", "[listen]\nmonitor = [\"127.0.0.1:0\"]");
    Blockhouse::with(&format!("{text}\n{limits}"))
}

/// One attacker: an address, and what it says over and over.
struct Attacker {
    to: SocketAddr,
    config: Arc<ClientConfig>,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
}

impl Attacker {
    fn goes_on(&self) -> bool {
        self.done.fetch_add(1, Ordering::Relaxed);
        !self.stop.load(Ordering::Relaxed)
    }

    /// From another address than the person's.
    fn dial(&self) -> io::Result<TcpStream> {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        bind(socket.as_fd(), &SocketAddr::from(([127, 66, 6, 6], 0)))?;
        connect(socket.as_fd(), &self.to)?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(BOUND))?;
        stream.set_write_timeout(Some(BOUND))?;
        Ok(stream)
    }

    fn tls(
        &self,
        name: &str,
        alpn: &[&[u8]],
    ) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let mut config = (*self.config).clone();
        config.alpn_protocols = alpn.iter().map(|word| word.to_vec()).collect();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = StreamOwned::new(client, self.dial()?);
        stream.conn.complete_io(&mut stream.sock)?;
        Ok(stream)
    }

    /// A connection of HTTP/2 after its preface and settings.
    fn h2(&self) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let mut stream = self.tls("blocked.test", &[b"h2"])?;
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")?;
        stream.write_all(&frame(SETTINGS, 0, 0, &[]))?;
        Ok(stream)
    }
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
const END_STREAM: u8 = 1;

/// A frame of HTTP/2 (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let stream = stream.to_be_bytes();
    [&length[1..], &[kind, flags], &stream, payload].concat()
}

/// `GET https://blocked.test/x.css` in HPACK, from the static table (RFC 7541 appendix A).
fn request() -> Vec<u8> {
    let mut block = vec![0x82, 0x87, 0x04, 6];
    block.extend_from_slice(b"/x.css");
    block.extend_from_slice(&[0x01, 12]);
    block.extend_from_slice(b"blocked.test");
    block
}

/// Runs two attackers, and a person beside them.
fn under(attack: impl Fn(&Attacker) + Sync) -> Blockhouse {
    let server = server();
    let config = Arc::new(trusting(&server.root()));
    let to = server.https()[0];
    let stop = Arc::new(AtomicBool::new(false));
    let done = Arc::new(AtomicU64::new(0));
    let attacker = Attacker {
        to,
        config: Arc::clone(&config),
        stop: Arc::clone(&stop),
        done: Arc::clone(&done),
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while attacker.goes_on() {
                    attack(&attacker);
                }
            });
        }
        // The attack has begun in earnest.
        while done.load(Ordering::Relaxed) < 4 {
            std::thread::yield_now();
        }
        let visits = (0..VISITS).map(|number| {
            let host = format!("p{}.blocked.test", number % 8);
            get(&config, to, &host).map_err(|error| format!("visit {number}: {error}"))
        });
        let visits: Vec<_> = visits.collect();
        stop.store(true, Ordering::Relaxed);
        for visit in visits {
            let answer = visit.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
    });
    let peak = memory(&server, "VmHWM:");
    assert!(peak < CEILING, "{peak} KiB");
    // Nothing of the attack is left: the last of it ends by its time limit.
    let mut tries = 0;
    while open(&server) > 0 {
        tries += 1;
        assert!(tries < 2_000, "{} connections are left", open(&server));
    }
    server
}

fn memory(server: &Blockhouse, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// How many connections the server has open.
fn open(server: &Blockhouse) -> u64 {
    metric(server, "blockhouse_connections_open")
}

pub fn metric(server: &Blockhouse, name: &str) -> u64 {
    let start = "listening for monitor on ";
    let address = server.words.iter().find_map(|line| line.strip_prefix(start)).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.unwrap().trim().parse::<f64>().unwrap() as u64
}

/// Waits for the end of a connection; whatever comes before it is of no interest.
fn until_end(stream: &mut impl Read) {
    let mut sink = [0; 16 * 1024];
    while matches!(stream.read(&mut sink), Ok(1..)) {}
}

#[test]
fn slow_hellos() {
    under(|attacker| {
        let held: Vec<_> = (0..90).filter_map(|_| attacker.dial().ok()).collect();
        for mut stream in held {
            // The type of a record, and then nothing.
            let _ = stream.write_all(&[0x16, 3, 1]);
            until_end(&mut stream);
        }
    });
}

#[test]
fn slow_heads() {
    under(|attacker| {
        let held = (0..20).filter_map(|_| attacker.tls("blocked.test", &[]).ok());
        for mut stream in held.collect::<Vec<_>>() {
            let _ = stream.write_all(b"GET / HT");
            until_end(&mut stream);
        }
    });
}

#[test]
fn clients_that_do_not_read() {
    let requests = "GET /x.css HTTP/1.1\r\nHost: blocked.test\r\n\r\n".repeat(100);
    under(|attacker| {
        let Ok(mut stream) = attacker.tls("blocked.test", &[]) else { return };
        while stream.write_all(requests.as_bytes()).is_ok() {}
    });
}

#[test]
fn a_flood_of_names() {
    let server = under(|attacker| {
        let number = attacker.done.fetch_add(1, Ordering::Relaxed);
        for more in 0..20 {
            if let Ok(mut stream) = attacker.tls(&format!("n{number}-{more}.flood.test"), &[]) {
                let _ = stream.write_all(b"GET /x.css HTTP/1.1\r\nHost: x\r\n\r\n");
            }
        }
    });
    // What one client may have minted per minute, and what may come at once, bound it.
    assert!(metric(&server, "blockhouse_leaves_kept") < 900);
}

#[test]
fn a_flood_of_handshakes() {
    under(|attacker| drop(attacker.tls("blocked.test", &[])));
}

#[test]
fn streams_that_are_reset_at_once() {
    under(|attacker| {
        let Ok(mut stream) = attacker.h2() else { return };
        let mut number = 1;
        loop {
            let mut burst = Vec::new();
            for _ in 0..100 {
                burst.extend(frame(HEADERS, END_HEADERS | END_STREAM, number, &request()));
                burst.extend(frame(RST_STREAM, 0, number, &8_u32.to_be_bytes()));
                number += 2;
            }
            if stream.write_all(&burst).is_err() || number > 200_000 || !attacker.goes_on() {
                return;
            }
        }
    });
}

#[test]
fn heads_that_never_end() {
    under(|attacker| {
        let Ok(mut stream) = attacker.h2() else { return };
        if stream.write_all(&frame(HEADERS, END_STREAM, 1, &request())).is_err() {
            return;
        }
        // A field of a kilobyte, again and again (RFC 7541 section 6.2.2).
        let field = [&[0, 1, b'x', 0x7f, 0xe9, 6][..], &[b'y'; 1000]].concat();
        for _ in 0..100_000 {
            let sent = stream.write_all(&frame(CONTINUATION, 0, 1, &field));
            if sent.is_err() || !attacker.goes_on() {
                return;
            }
        }
        panic!("a hundred megabytes of one head were taken");
    });
}

#[test]
fn floods_of_pings_and_settings() {
    for burst in [
        frame(PING, 0, 0, &[7; 8]).repeat(200),
        frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 9]).repeat(200),
    ] {
        under(|attacker| {
            let Ok(mut stream) = attacker.h2() else { return };
            // None of the answers is read.
            while stream.write_all(&burst).is_ok() && attacker.goes_on() {}
        });
    }
}

#[test]
fn heads_and_cookies_that_are_too_large() {
    let field = format!("Cookie: {}\r\n", "a=b; ".repeat(12_000));
    under(|attacker| {
        let Ok(mut stream) = attacker.tls("blocked.test", &[]) else { return };
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: blocked.test\r\n");
        for _ in 0..50 {
            if stream.write_all(field.as_bytes()).is_err() {
                break;
            }
        }
        until_end(&mut stream);
    });
}

#[test]
fn garbage_and_records_that_are_too_large() {
    under(|attacker| {
        let number = attacker.done.load(Ordering::Relaxed);
        let octet = u8::try_from(number % 256).unwrap();
        for start in [&[0x16, 3, 1, 0xff, 0xff][..], &[0x80, 0xff], &[octet, 0], b"SSH-2.0-x\r\n"] {
            let Ok(mut stream) = attacker.dial() else { return };
            let garbage: Vec<u8> =
                (0..40_000_u32).map(|n| (n * 31 + u32::from(octet)) as u8).collect();
            let _ = stream.write_all(start);
            let _ = stream.write_all(&garbage);
            until_end(&mut stream);
        }
    });
}

#[test]
fn renegotiation_is_refused() {
    let server = server();
    let mut child = Command::new("openssl")
        .args(["s_client", "-tls1_2", "-servername", "blocked.test", "-connect"])
        .arg(server.https()[0].to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"R\n").unwrap();
    let output = child.wait_with_output().unwrap();
    drop(input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("RENEGOTIATING"), "{said}");
    assert!(said.contains("no renegotiation"), "{said}");
}

/// Events that nobody takes: the queue fills, they are counted, and pages go on; and the server still ends.
#[test]
fn a_flood_of_events() {
    let folder = crate::support::server::folder_with_root(&[]);
    let pipe = folder.path().join("events.pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Held open and never read.
    let _held = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let text = CONFIG.replace("[listen]", "[listen]\nmonitor = [\"127.0.0.1:0\"]");
    let text = format!("{text}\n[events]\nfile = \"{}\"\n", pipe.display());
    let server = Blockhouse::start(folder, &text, &[]);
    let mut stream = TcpStream::connect(server.http()[0]).unwrap();
    let burst = "GET /x.css HTTP/1.1\r\nHost: blocked.test\r\n\r\n".repeat(50);
    let mut answers = [0; 64 * 1024];
    while metric(&server, "blockhouse_events_dropped_total") == 0 {
        stream.write_all(burst.as_bytes()).unwrap();
        assert!(stream.read(&mut answers).unwrap() > 0);
    }
    let config = Arc::new(trusting(&server.root()));
    let answer = get(&config, server.https()[0], "blocked.test").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.stop();
}
