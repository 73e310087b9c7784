//! Balancers and service managers in front: who the client is, and sockets that others opened.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::support::ca::tool;
use crate::support::curl::{Way, curl};
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};
use crate::support::tls::{dial, trusting};

fn behind_a_balancer() -> Blockhouse {
    Blockhouse::with(&CONFIG.replace("[listen]", "[listen]\nproxy_protocol_from = [\"127.0.0.1\"]"))
}

/// Sends a header, then asks for a style sheet over TLS; gives whether it came.
fn served(server: &Blockhouse, header: &[u8]) -> bool {
    let name = ServerName::try_from("blocked.test").unwrap();
    let client = ClientConnection::new(Arc::new(trusting(&server.root())), name).unwrap();
    let mut socket = dial(server.https()[0]);
    socket.write_all(header).unwrap();
    let mut stream = StreamOwned::new(client, socket);
    let request = "GET /x.css HTTP/1.1\r\nHost: blocked.test\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// A header of version 2: command, family, and what follows (proxy-protocol.txt, section 2.2).
fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [&b"\r\n\r\n\0\r\nQUIT\n"[..], &[0x20 | command, family], &length, rest].concat()
}

#[test]
fn the_client_is_who_the_balancer_says() {
    let server = behind_a_balancer();
    let v4 = [203, 0, 113, 9, 192, 0, 2, 1, 0x30, 0x39, 1, 0xbb];
    let v6: Vec<u8> = [
        &"2001:db8::9".parse::<std::net::Ipv6Addr>().unwrap().octets()[..],
        &"2001:db8::1".parse::<std::net::Ipv6Addr>().unwrap().octets()[..],
        &[0x30, 0x39, 1, 0xbb],
    ]
    .concat();
    let mapped: Vec<u8> = [
        &"::ffff:203.0.113.9".parse::<std::net::Ipv6Addr>().unwrap().octets()[..],
        &"::ffff:192.0.2.1".parse::<std::net::Ipv6Addr>().unwrap().octets()[..],
        &[0x30, 0x39, 1, 0xbb],
    ]
    .concat();
    // A field of the balancer's own after the addresses (section 2.2.7: no operation).
    let more = [&v4[..], &[0x04, 0, 3, 1, 2, 3]].concat();
    for (header, client) in [
        (b"PROXY TCP4 203.0.113.9 192.0.2.1 12345 443\r\n".to_vec(), "203.0.113.9"),
        (b"PROXY TCP6 2001:db8::9 2001:db8::1 12345 443\r\n".to_vec(), "2001:db8::9"),
        (b"PROXY UNKNOWN\r\n".to_vec(), "127.0.0.1"),
        (v2(1, 0x11, &v4), "203.0.113.9"),
        (v2(1, 0x11, &more), "203.0.113.9"),
        (v2(1, 0x21, &v6), "2001:db8::9"),
        (v2(1, 0x21, &mapped), "203.0.113.9"),
        (v2(0, 0x00, &[]), "127.0.0.1"),
    ] {
        assert!(served(&server, &header), "{header:?}\n{}", server.said());
        assert_eq!(server.event_named("stub")["client"], client, "{header:?}");
    }
}

#[test]
fn without_a_good_header_there_is_no_service() {
    let server = behind_a_balancer();
    let long = [b"PROXY TCP4 ".to_vec(), vec![b'1'; 200], b"\r\n".to_vec()].concat();
    for header in [
        b"".to_vec(),
        b"PROXY TCP4 nobody 192.0.2.1 12345 443\r\n".to_vec(),
        long,
        v2(1, 0x11, &[1, 2, 3]),
        v2(7, 0x11, &[0; 12]),
        v2(1, 0x11, &[0; 5000]),
    ] {
        assert!(!served(&server, &header), "{header:?}");
        let event = server.event_named("not_tls");
        assert_eq!(event["detail"], "proxy_protocol", "{header:?}");
        assert_eq!(event["client"], "127.0.0.1");
    }
    // Whoever is no balancer is who it is, and may not say otherwise.
    let server = Blockhouse::new();
    assert!(served(&server, b""));
    assert!(!served(&server, b"PROXY TCP4 203.0.113.9 192.0.2.1 12345 443\r\n"));
}

#[test]
fn programs_that_we_did_not_write_speak_it() {
    let server = behind_a_balancer();
    for way in [Way::H1, Way::H2, Way::Plain] {
        let reply = curl(&server, way, "blocked.test", "/x.css", &["--haproxy-protocol"]);
        assert_eq!(reply.status, 200);
        assert_eq!(server.event_named("stub")["client"], "127.0.0.1");
    }
    // HAProxy tells by version 2 that the client came from another loopback address. Its socket is ours, so
    // that its port is known.
    let at = server.folder.path();
    let front = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = front.local_addr().unwrap().port();
    let text = format!(
        "defaults\n mode tcp\n timeout connect 10s\n timeout client 10s\n timeout server 10s\n\
         frontend f\n bind fd@0\n default_backend b\n\
         backend b\n server s {} send-proxy-v2 source 127.0.0.1\n",
        server.https()[0]
    );
    fs::write(at.join("haproxy.cfg"), text).unwrap();
    let mut haproxy = Command::new("haproxy")
        .args(["-db", "-f", "haproxy.cfg"])
        .current_dir(at)
        .stdin(Stdio::from(OwnedFd::from(front)))
        .stderr(Stdio::null())
        .spawn()
        .expect("install the Debian package haproxy");
    let to = format!("blocked.test:{port}:127.0.0.1");
    let url = format!("https://blocked.test:{port}/x.css");
    let root = server.root();
    let words = ["curl", "--silent", "--noproxy", "*", "--interface", "127.0.0.7", "--resolve"];
    let words = [&words[..], &[&to, "--cacert", root.to_str().unwrap(), &url]].concat();
    tool("curl", at, &words).ok();
    assert_eq!(server.event_named("stub")["client"], "127.0.0.7");
    haproxy.kill().unwrap();
    haproxy.wait().unwrap();
}

/// Opens two sockets, puts their addresses into the configuration, and becomes the program: what systemd
/// does with a socket unit.
const MANAGER: &str = "
import os, socket, sys
tcp = socket.create_server(('127.0.0.1', 0))
port = tcp.getsockname()[1]
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(('127.0.0.1', port))
other = socket.create_server(('127.0.0.1', 0))
path = sys.argv[sys.argv.index('--config') + 1]
text = open(path).read().replace('PORT', str(port))
open(path, 'w').write(text)
for number, one in enumerate([tcp, udp, other]):
    os.dup2(one.fileno(), 20 + number)
for number in range(3):
    os.dup2(20 + number, 3 + number)
    os.set_inheritable(3 + number, True)
    os.close(20 + number)
os.environ.update(LISTEN_FDS='3', LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])
";

#[test]
fn sockets_of_a_service_manager_are_taken() {
    let config = CONFIG.replace("\"127.0.0.1:0\", \"[::1]:0\"", "\"127.0.0.1:PORT\"");
    let folder = folder_with_root(&[]);
    // Were they not taken, the port would be in use.
    let server = Blockhouse::start(folder, &config, &["python3", "-c", MANAGER]);
    assert!(served(&server, b""));
    assert_eq!(server.words.iter().filter(|line| line.contains("for quic on")).count(), 1);
    server.hear("the service manager has opened this address, and nothing is to listen on it");
}
