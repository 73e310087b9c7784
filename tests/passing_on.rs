//! What is never intercepted goes on to the real origin, untouched.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::PrivatePkcs8KeyDer;

use crate::support::resolver::Resolver;
use crate::support::server::{Blockhouse, CONFIG};
use crate::support::tls::{dial, get};

fn config(upstream: SocketAddr, allow: &str) -> String {
    format!("{CONFIG}\n[upstream]\nservers = [\"{upstream}\"]\nallow = [{allow}]\n")
}

#[test]
fn an_exception_reaches_its_own_server() {
    // An address of its own, so that the ports 443 and 80 are free whatever else runs here.
    let (tls, plain) = (TcpListener::bind("127.77.1.1:443"), TcpListener::bind("127.77.1.1:80"));
    let (tls, plain) = (tls.expect("port 443; run as root"), plain.unwrap());
    let own = rcgen::generate_simple_self_signed(["trusted.test".to_owned()]).unwrap();
    let certificate = own.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let server_config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    let server_config = Arc::new(server_config);

    let dns = Resolver::start(&[("trusted.test", "127.77.1.1")]);
    let server = Blockhouse::with(&config(dns.address, "\"127.77.0.0/16\""));
    // Not scoped: where the client below fails, these would wait for it for ever.
    let sites = [
        std::thread::spawn(move || {
            let (socket, _) = tls.accept().unwrap();
            let session = rustls::ServerConnection::new(server_config).unwrap();
            let mut stream = rustls::StreamOwned::new(session, socket);
            let mut asked = [0; 1024];
            let read = stream.read(&mut asked).unwrap();
            assert!(asked[..read].starts_with(b"GET /x.css"));
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nthe real site").unwrap();
            stream.conn.send_close_notify();
            stream.flush().unwrap();
        }),
        std::thread::spawn(move || {
            let (mut socket, _) = plain.accept().unwrap();
            let mut asked = [0; 1024];
            let read = socket.read(&mut asked).unwrap();
            assert!(asked[..read].starts_with(b"GET /plain HTTP/1.1\r\nHost: trusted.test"));
            socket.write_all(b"HTTP/1.1 200 OK\r\n\r\nthe real plain site").unwrap();
        }),
    ];

    // Only the real server's own certificate is trusted: ours would not do.
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client =
        rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let answer = get(&Arc::new(client), server.https()[0], "trusted.test").unwrap();
    assert!(answer.ends_with("the real site"), "{answer}");

    let mut stream = dial(server.http()[0]);
    stream.write_all(b"GET /plain HTTP/1.1\r\nHost: trusted.test\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("the real plain site"), "{answer}");
    // Told of once the connection is over.
    drop(stream);
    sites.into_iter().for_each(|site| site.join().unwrap());

    for _ in 0..2 {
        let event = server.event_named("passed_on");
        assert_eq!((event["host"].as_str(), event.get("detail")), (Some("trusted.test"), None));
    }
}

#[test]
fn a_name_that_our_library_refuses_is_passed_on_where_it_may() {
    // Real hosts begin and end labels with hyphens; browsers ask for them.
    let dns = Resolver::start(&[("test", "127.77.67.1")]);
    let server = Blockhouse::with(&config(dns.address, "\"127.77.0.0/16\""));
    let say_hello = |name: &str| {
        let at = server.https()[0].to_string();
        let mut command = std::process::Command::new("openssl");
        command.args(["s_client", "-brief", "-connect", &at, "-servername", name]);
        command.stdin(std::process::Stdio::null()).output().unwrap()
    };
    for name in ["x-.trusted.test", "-x.trusted.test"] {
        let tls = TcpListener::bind("127.77.67.1:443").expect("port 443; run as root");
        std::thread::scope(|scope| {
            let taken = scope.spawn(|| {
                let (mut socket, _) = tls.accept().unwrap();
                let mut hello = vec![0; 4096];
                let read = socket.read(&mut hello).unwrap();
                hello.truncate(read);
                hello
            });
            say_hello(name);
            // Should nobody have come.
            drop(std::net::TcpStream::connect("127.77.67.1:443"));
            let hello = taken.join().unwrap();
            let said = server.said();
            assert!(hello.windows(name.len()).any(|octets| octets == name.as_bytes()), "{said}");
        });
        let event = server.event_named("passed_on");
        assert_eq!(event["host"].as_str(), Some(name));
    }
    let output = say_hello("x-.blocked.test");
    assert!(!output.status.success(), "{output:?}");
    let event = server.event_named("handshake_failure");
    assert_eq!(event["host"], "x-.blocked.test");
}

#[test]
fn what_is_on_its_way_when_the_server_stops_still_comes() {
    let site = TcpListener::bind("127.77.69.1:80").expect("port 80; run as root");
    let dns = Resolver::start(&[("trusted.test", "127.77.69.1")]);
    let text = config(dns.address, "\"127.77.0.0/16\"");
    let server = Blockhouse::with(&format!("{text}\n[limits]\ndrain = \"1s\"\n"));
    let connect = || {
        let mut client = dial(server.http()[0]);
        client.write_all(b"GET / HTTP/1.1\r\nHost: trusted.test\r\n\r\n").unwrap();
        let mut socket = site.accept().unwrap().0;
        assert!(socket.read(&mut [0; 1024]).unwrap() > 0);
        socket.write_all(b"HTTP/1.1 200 OK\r\n\r\nthe first half, ").unwrap();
        let mut half = [0; 35];
        client.read_exact(&mut half).unwrap();
        (client, socket)
    };
    let ((mut client, mut socket), _idle) = (connect(), connect());
    let pid = server.pid().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    server.hear("stopping");
    socket.write_all(b"and the second").unwrap();
    drop(socket);
    let mut rest = String::new();
    client.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "and the second");
    drop(client);
    let details = ["the one that came to its end", "the one at rest"].map(|_| {
        let event = server.event_named("passed_on");
        event.get("detail").and_then(|detail| detail.as_str()).map(str::to_owned)
    });
    assert_eq!(details, [None, Some("cut_off".to_owned())]);
}

#[test]
fn nobody_reaches_inside() {
    let dns = Resolver::start(&[("trusted.test", "127.0.0.1")]);
    let server = Blockhouse::with(&config(dns.address, ""));
    let client = rustls::ClientConfig::builder()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    assert!(get(&Arc::new(client), server.https()[0], "trusted.test").is_err());
    let event = server.event_named("passed_on");
    assert_eq!(event["detail"], "failed");
    server.hear("no address that may be dialled");
}
