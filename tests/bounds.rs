//! What one client may take, and what becomes of it when it takes more.

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::support::server::{Blockhouse, CONFIG, folder_with_root};
use crate::support::tls::{dial, trusting};

/// A connection from this loopback address.
fn dial_from(from: &str, to: SocketAddr) -> TcpStream {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(socket.as_fd(), &SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
    connect(socket.as_fd(), &to).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Asks for a style sheet on a connection; gives the answer's first line, or nothing when it is closed.
fn ask(server: &Blockhouse, stream: TcpStream) -> Option<String> {
    let name = ServerName::try_from("blocked.test").unwrap();
    let client = ClientConnection::new(Arc::new(trusting(&server.root())), name).unwrap();
    let mut stream = StreamOwned::new(client, stream);
    write!(stream, "GET /x.css HTTP/1.1\r\nHost: blocked.test\r\nConnection: close\r\n\r\n")
        .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.lines().next().map(str::to_owned)
}

#[test]
fn a_client_has_so_many_connections_and_others_are_served() {
    let server = Blockhouse::with(&format!("{CONFIG}\n[limits]\nconnections_per_client = 8\n"));
    let address = server.https()[0];
    let mut held: Vec<_> = (0..8).map(|_| dial_from("127.0.0.1", address)).collect();
    // The ninth is closed without a word; places are taken in the order of connections.
    for _ in 0..3 {
        assert_eq!(ask(&server, dial_from("127.0.0.1", address)), None);
    }
    let ok = Some("HTTP/1.1 200 OK".to_owned());
    assert_eq!(ask(&server, dial_from("127.0.0.2", address)), ok);
    held.clear();
    // The server hears of the ends before it hears of what comes later, but on other threads.
    let served = (0..200).any(|_| ask(&server, dial_from("127.0.0.1", address)) == ok);
    assert!(served);
}

#[test]
fn a_crash_leaves_no_memory_behind_and_there_are_descriptors() {
    let script = "ulimit -S -n 64; exec \"$@\"";
    let wrap = ["/bin/bash", "-c", script, "bash"];
    let server = Blockhouse::start(folder_with_root(&[]), CONFIG, &wrap);
    let of = |what: &str| fs::read_to_string(format!("/proc/{}/{what}", server.pid())).unwrap();
    let limits = of("limits");
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        let mut words = line[name.len()..].split_whitespace().map(str::to_owned);
        (words.next().unwrap(), words.next().unwrap())
    };
    assert_eq!(limit("Max core file size"), ("0".to_owned(), "0".to_owned()));
    let (soft, hard) = limit("Max open files");
    assert_eq!(soft, hard);
    assert!(ask(&server, dial(server.https()[0])).is_some());
}

#[test]
fn who_does_not_read_is_let_go() {
    let server = Blockhouse::with(&format!("{CONFIG}\n[limits]\nidle = \"1s\"\n"));
    let name = ServerName::try_from("blocked.test").unwrap();
    let client = ClientConnection::new(Arc::new(trusting(&server.root())), name).unwrap();
    let socket = dial(server.https()[0]);
    socket.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut stream = StreamOwned::new(client, socket);
    let requests = "GET /x.css HTTP/1.1\r\nHost: blocked.test\r\n\r\n".repeat(100);
    // Answers fill the buffers of both sides, then the server stops reading, then ours are full.
    let ended = loop {
        if let Err(error) = stream.write_all(requests.as_bytes()) {
            break error;
        }
    };
    let gone = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
    assert!(gone.contains(&ended.kind()), "{ended}");
    // Over plain HTTP as well.
    let mut stream = dial(server.http()[0]);
    stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    let ended = loop {
        if let Err(error) = stream.write_all(requests.as_bytes()) {
            break error;
        }
    };
    assert!(gone.contains(&ended.kind()), "{ended}");
}
