//! What is never intercepted goes on to the real origin, untouched.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustls::pki_types::PrivatePkcs8KeyDer;

use crate::support::server::{Blockhouse, CONFIG};
use crate::support::tls::{dial, get};

/// A real resolver on loopback that knows one name.
struct Dnsmasq(Child);

impl Dnsmasq {
    fn start(name: &str, address: &str) -> (Self, SocketAddr) {
        let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut child = Command::new("dnsmasq")
            .args(["--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"])
            .args(["--bind-interfaces", "--listen-address=127.0.0.1", "--pid-file="])
            .arg(format!("--port={}", free.port()))
            .arg(format!("--address=/{name}/{address}"))
            .stderr(Stdio::piped())
            .spawn()
            .expect("dnsmasq starts; Debian package dnsmasq-base");
        let mut said = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        while !said.contains("started") {
            assert_ne!(lines.read_line(&mut said).unwrap(), 0, "dnsmasq ended: {said}");
        }
        (Self(child), free)
    }
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

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

    let (_dns, upstream) = Dnsmasq::start("trusted.test", "127.77.1.1");
    let server = Blockhouse::with(&config(upstream, "\"127.77.0.0/16\""));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (socket, _) = tls.accept().unwrap();
            let session = rustls::ServerConnection::new(server_config).unwrap();
            let mut stream = rustls::StreamOwned::new(session, socket);
            let mut asked = [0; 1024];
            let read = stream.read(&mut asked).unwrap();
            assert!(asked[..read].starts_with(b"GET /x.css"));
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nthe real site").unwrap();
            stream.conn.send_close_notify();
            stream.flush().unwrap();
        });
        scope.spawn(|| {
            let (mut socket, _) = plain.accept().unwrap();
            let mut asked = [0; 1024];
            let read = socket.read(&mut asked).unwrap();
            assert!(asked[..read].starts_with(b"GET /plain HTTP/1.1\r\nHost: trusted.test"));
            socket.write_all(b"HTTP/1.1 200 OK\r\n\r\nthe real plain site").unwrap();
        });

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
    });
    for _ in 0..2 {
        let event = server.event_named("passed_on");
        assert_eq!((event["host"].as_str(), event.get("detail")), (Some("trusted.test"), None));
    }
}

#[test]
fn nobody_reaches_inside() {
    let (_dns, upstream) = Dnsmasq::start("trusted.test", "127.0.0.1");
    let server = Blockhouse::with(&config(upstream, ""));
    let client = rustls::ClientConfig::builder()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    assert!(get(&Arc::new(client), server.https()[0], "trusted.test").is_err());
    let event = server.event_named("passed_on");
    assert_eq!(event["detail"], "failed");
    server.hear("no address that may be dialled");
}
