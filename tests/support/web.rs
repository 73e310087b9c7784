//! Real sites for the tests: on an address of their own, over TLS and without, under a root of their
//! own. They answer with what they were asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

/// Sites on ports 443 and 80 of one address.
pub struct Web {
    folder: TempDir,
    ended: Arc<AtomicBool>,
    servers: Vec<(SocketAddr, JoinHandle<()>)>,
}

impl Web {
    /// Serves all `names` on `ip`, a loopback address that no other test uses.
    pub fn start(ip: &str, names: &[&str]) -> Self {
        let folder = TempDir::new().expect("a folder for the sites' root");
        let tls = Arc::new(identity(&folder.path().join("root.pem"), names));
        let ended = Arc::new(AtomicBool::new(false));
        let servers = [(443, Some(tls)), (80, None)].into_iter().map(|(port, tls)| {
            let address = SocketAddr::new(ip.parse().expect("an address"), port);
            let listener = TcpListener::bind(address).expect("the port is free; run as root");
            let stop = Arc::clone(&ended);
            let serve = move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let tls = tls.clone();
                    // A client that leaves in mid-answer is no failure of the test.
                    let _ = std::thread::Builder::new().spawn(move || drop(serve_one(stream, tls)));
                }
            };
            (address, std::thread::Builder::new().spawn(serve).expect("a thread"))
        });
        let servers = servers.collect();
        Self { folder, ended, servers }
    }

    /// The sites' root certificate.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        for (address, server) in self.servers.drain(..) {
            // Wakes it from `accept`.
            let _ = TcpStream::connect(address);
            let _ = server.join();
        }
    }
}

/// One leaf for all names, under a root that is written to `root`; the keys stay in memory.
fn identity(root: &Path, names: &[&str]) -> ServerConfig {
    let authority = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Root of the sites");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&authority).expect("a root");
    std::fs::write(root, certificate.pem()).expect("the root is written");
    let issuer = Issuer::new(params, authority);
    let key = KeyPair::generate().expect("a key");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let leaf = CertificateParams::new(names).expect("names");
    let leaf = leaf.signed_by(&key, &issuer).expect("a leaf");
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key.into())
        .expect("an identity")
}

fn serve_one(stream: TcpStream, tls: Option<Arc<ServerConfig>>) -> std::io::Result<()> {
    // A connection that is kept for later must not outlive the test by much.
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    match tls {
        Some(tls) => {
            let session = ServerConnection::new(tls).expect("a session");
            let mut stream = BufReader::new(StreamOwned::new(session, stream));
            answer(&mut stream)?;
            let stream = stream.get_mut();
            stream.conn.send_close_notify();
            stream.flush()
        }
        None => answer(&mut BufReader::new(stream)),
    }
}

/// Answers requests with their own heads, one after the other.
fn answer<S: Read + Write>(stream: &mut BufReader<S>) -> std::io::Result<()> {
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let body = format!("the site: {head}");
        let last = head.to_lowercase().contains("connection: close");
        let length = if head.starts_with("HEAD") { 0 } else { body.len() };
        write!(
            stream.get_mut(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\
             Strict-Transport-Security: max-age=60\r\nAlt-Svc: h3=\":443\"\r\n{}\r\n{}",
            body.len(),
            if last { "Connection: close\r\n" } else { "" },
            &body[..length]
        )?;
        stream.get_mut().flush()?;
        if last {
            return Ok(());
        }
    }
}
