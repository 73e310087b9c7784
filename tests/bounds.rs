//! What one client may take, and what becomes of it when it takes more.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::Empty;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::support::h2::soon;
use crate::support::server::{Blockhouse, CONFIG, command, folder_with_root};
use crate::support::tls::{self, dial, trusting};

/// A connection from this loopback address.
fn dial_from(from: &str, to: SocketAddr) -> TcpStream {
    tls::dial_from(from.parse().unwrap(), to).unwrap()
}

/// Asks for a style sheet on a connection; gives the answer's first line, or nothing when it is closed.
fn ask(server: &Blockhouse, stream: TcpStream) -> Option<String> {
    ask_of(&server.root(), stream)
}

/// The same of a server whose root is in this file.
fn ask_of(root: &Path, stream: TcpStream) -> Option<String> {
    let name = ServerName::try_from("blocked.test").unwrap();
    let client = ClientConnection::new(Arc::new(trusting(root)), name).unwrap();
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
    // The server hears of the ends before it hears of what comes later, but on other threads, and the
    // machine may have no time for them.
    let given_up = Instant::now() + Duration::from_secs(60);
    while ask(&server, dial_from("127.0.0.1", address)) != ok {
        assert!(Instant::now() < given_up, "the places were not given back");
    }
}

#[test]
fn nobody_waits_for_whoever_reads_the_log() {
    let folder = folder_with_root(&["--exclude-domain", "malware.test"]);
    let mut server = command(folder.path(), CONFIG, &[])
        .args(["--log", "debug"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap());
    let mut address = None;
    for line in log.by_ref().lines().map_while(Result::ok) {
        if let Some(said) = line.strip_prefix("listening for https on ") {
            address = address.or_else(|| said.parse::<SocketAddr>().ok());
        }
        if line == "ready" {
            break;
        }
    }
    let address = address.unwrap();
    let root = folder.path().join("certs/root.pem");
    // From here on nobody reads. A pipe takes 64 KiB, and the queue a thousand lines, of which each refusal is one.
    let asks = || {
        let stream = dial_from("127.0.0.2", address);
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        assert_eq!(ask_of(&root, stream).as_deref(), Some("HTTP/1.1 200 OK"));
    };
    asks();
    let config = Arc::new(trusting(&root));
    for _ in 0..2_000 {
        let name = ServerName::try_from("malware.test").unwrap();
        let mut client = ClientConnection::new(Arc::clone(&config), name).unwrap();
        let mut stream = dial_from("127.0.0.1", address);
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let error = client.complete_io(&mut stream).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData, "an alert: {error}");
    }
    asks();
    Command::new("kill").arg(server.id().to_string()).status().unwrap();
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert!(server.wait().unwrap().success());
    let told = rest.lines().find(|line| line.starts_with("The log was not read fast enough: "));
    assert!(told.is_some(), "{} octets of log", rest.len());
}

#[test]
fn a_crash_leaves_no_memory_behind_and_there_are_descriptors_and_small_pages() {
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
    let status = of("status");
    assert!(status.lines().any(|line| line == "THP_enabled:\t0"), "{status}");
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

/// The limit for heads is not one for the time between requests.
#[test]
fn half_a_head_is_not_waited_for_and_a_client_at_rest_is() {
    let limits = "[limits]\nheader = \"1s\"\nidle = \"1h\"\n";
    let server = Blockhouse::with(&format!("{CONFIG}\n{limits}"));
    let client = Arc::new(trusting(&server.root()));
    let connected = || {
        let name = ServerName::try_from("blocked.test").unwrap();
        let tls = ClientConnection::new(Arc::clone(&client), name).unwrap();
        StreamOwned::new(tls, dial(server.https()[0]))
    };
    rests_beyond_half_a_head(connected);
    rests_beyond_half_a_head(|| dial(server.http()[0]));
}

fn rests_beyond_half_a_head<S: Read + Write>(connected: impl Fn() -> S) {
    let request = b"GET /x.css HTTP/1.1\r\nHost: blocked.test\r\n\r\n";
    let answered = |stream: &mut S| {
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut octet = [0];
            stream.read_exact(&mut octet).expect("an answer");
            answer.extend(octet);
        }
        assert!(answer.starts_with(b"HTTP/1.1 "), "{}", answer.escape_ascii());
    };
    let mut rests = connected();
    rests.write_all(request).unwrap();
    answered(&mut rests);
    // Begun after the other came to rest, as a connection's first request and as a later one.
    for earlier in 0..2 {
        let mut half = connected();
        for _ in 0..earlier {
            half.write_all(request).unwrap();
            answered(&mut half);
        }
        half.write_all(&request[..30]).unwrap();
        let mut rest = Vec::new();
        half.read_to_end(&mut rest).or_else(ended_roughly).expect("the server ends it");
        assert_eq!(rest, b"");
    }
    rests.write_all(request).unwrap();
    answered(&mut rests);
}

/// An end without TLS's own word for it.
fn ended_roughly(error: std::io::Error) -> std::io::Result<usize> {
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => Ok(0),
        _ => Err(error),
    }
}

/// Pings are answered and TCP moves, but no octet of an answer.
#[test]
fn who_never_opens_its_window_is_let_go() {
    let text = CONFIG.replace("[cookies]", "[cookies]\nblock_page = \"optional\"");
    let server = Blockhouse::with(&format!("{text}\n[limits]\nidle = \"1s\"\n"));
    let mut config = trusting(&server.root());
    config.alpn_protocols = vec![b"h2".to_vec()];
    let address = server.https()[0];
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let name = ServerName::try_from("blocked.test").unwrap();
        let socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = connector.connect(name, socket).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http2::Builder::new(TokioExecutor::new())
                .initial_stream_window_size(0)
                .handshake::<_, Empty<bytes::Bytes>>(TokioIo::new(stream))
                .await
                .unwrap();
        let connection = tokio::spawn(connection);
        let request = http::Request::get("https://blocked.test/")
            .header("accept", "text/html")
            .body(Empty::new())
            .unwrap();
        let answer = soon("an answer", sender.send_request(request)).await.unwrap();
        assert_eq!(answer.status(), 403);
        // Its body is never read. How the connection ends is of no interest.
        let _ = soon("the end of the connection", connection).await.unwrap();
        drop(answer);
    });
}

#[test]
fn a_hello_that_is_too_long_ends_at_once() {
    let server = Blockhouse::with(&format!("{CONFIG}\n[limits]\nhandshake = \"1h\"\n"));
    let mut config = trusting(&server.root());
    // A long one is fine: twelve kilobytes.
    config.alpn_protocols = vec![vec![b'x'; 200]; 60];
    config.alpn_protocols.push(b"http/1.1".to_vec());
    let config = Arc::new(config);
    let answer = tls::get(&config, server.https()[0], "blocked.test").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // One that says that it has 62 kilobytes, and the first sixteen of another that is cut into small records.
    let announced = [22, 3, 1, 0x40, 0, 1, 0, 0xf2, 0x30].to_vec();
    let mut pieces = [22, 3, 1, 0, 4, 1, 0, 0x3f, 0].to_vec();
    while pieces.len() < 16 * 1024 {
        pieces.extend([22, 3, 1, 0, 1, 7]);
    }
    for octets in [announced, pieces] {
        let mut stream = dial(server.https()[0]);
        stream.write_all(&octets).unwrap();
        let mut said = Vec::new();
        let ended = stream.read_to_end(&mut said);
        // A fatal alert: decode_error. What was not read makes the end a reset.
        assert_eq!(said, [21, 3, 3, 0, 2, 2, 50], "{ended:?}");
    }
}

/// Connections that say nothing, and would be waited for during an hour.
#[test]
fn many_clients_do_not_close_the_server_to_another() {
    let limits = "[limits]\nconnections = 100\nconnections_per_client = 10\nhandshake = \"1h\"\n";
    let text = CONFIG.replace("[listen]", "[listen]\nmonitor = [\"127.0.0.1:0\"]");
    let server = Blockhouse::with(&format!("{text}\n{limits}"));
    let address = server.https()[0];
    // Ten that take all they can, then a hundred that take one each.
    let few = (0..10_u8).flat_map(|client| (0..12).map(move |_| [127, 66, 1, client + 1]));
    let many = (0..100_u8).map(|client| [127, 66, 2, client + 1]);
    let held: Vec<_> =
        few.chain(many).map(|from| tls::dial_from(IpAddr::from(from), address).unwrap()).collect();
    let ok = Some("HTTP/1.1 200 OK".to_owned());
    for _ in 0..5 {
        assert_eq!(ask(&server, dial_from("127.9.9.9", address)), ok);
    }
    assert!(server.metric("blockhouse_connections_made_way_total") > 0);
    drop(held);
}

#[test]
fn a_slow_issuing_key_signs_for_a_few_at_a_time() {
    // The root signs by itself, and takes long for it.
    let folder = folder_with_root(&["--key", "rsa4096", "--single-tier"]);
    let server = Blockhouse::start(folder, CONFIG, &[]);
    let config = Arc::new(trusting(&server.root()));
    let threads = || {
        let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("Threads:")).unwrap();
        line.trim().parse::<usize>().unwrap()
    };
    let hello = |number| {
        let name = ServerName::try_from(format!("n{number}.flood.test")).unwrap();
        let mut client = ClientConnection::new(Arc::clone(&config), name).unwrap();
        let mut octets = Vec::new();
        client.write_tls(&mut octets).unwrap();
        octets
    };
    // The leaf key is there from now on.
    assert!(ask(&server, dial(server.https()[0])).is_some());
    let before = threads();
    let held: Vec<_> = (0..150)
        .map(|number| {
            let mut stream = dial(server.https()[0]);
            stream.write_all(&hello(number)).unwrap();
            stream
        })
        .collect();
    for mut stream in held {
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 1, "a handshake goes on");
    }
    // A thread that has signed waits for the next work for ten seconds; until it waits, another is made.
    let after = threads();
    assert!(after <= before + 40, "{before} threads before, {after} after");
}
