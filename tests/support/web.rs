//! Real sites for the tests: on an address of their own, over TLS and without, under a root of their
//! own. They answer with what they were asked.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

/// What is wrong with the sites.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// Hosts that begin with `expired.`, `early.`, `wrong.` and `untrusted.` show such certificates.
    pub certificates: bool,
    /// Paths such as `/reset` and `/hang` are answered so.
    pub answers: bool,
}

/// Sites on ports 443 and 80 of one address.
pub struct Web {
    folder: TempDir,
    ended: Arc<AtomicBool>,
    servers: Vec<(SocketAddr, JoinHandle<()>)>,
}

impl Web {
    /// Serves all `names` on `ip`, a loopback address that no other test uses.
    pub fn start(ip: &str, names: &[&str]) -> Self {
        Self::with(ip, names, Faults::default())
    }

    /// The same, with faults.
    pub fn with(ip: &str, names: &[&str], faults: Faults) -> Self {
        let folder = TempDir::new().expect("a folder for the sites' root");
        let tls = Arc::new(identity(&folder.path().join("root.pem"), names, faults.certificates));
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
                    let _ = std::thread::Builder::new()
                        .spawn(move || drop(serve_one(stream, tls, faults.answers)));
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

/// Leaves by the name in the hello.
#[derive(Debug)]
struct ByName {
    good: Arc<CertifiedKey>,
    bad: Vec<(&'static str, Arc<CertifiedKey>)>,
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().unwrap_or_default();
        let bad = self.bad.iter().find(|(start, _)| name.starts_with(start));
        Some(Arc::clone(bad.map_or(&self.good, |(_, leaf)| leaf)))
    }
}

/// One leaf for all names, under a root that is written to `root`; the keys stay in memory. `with_bad`:
/// besides that the leaves of [`Faults::certificates`].
pub fn identity(root: &Path, names: &[&str], with_bad: bool) -> ServerConfig {
    let authority = |name: &str| {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a root");
        (certificate, Issuer::new(params, key))
    };
    let (certificate, issuer) = authority("Root of the sites");
    std::fs::write(root, certificate.pem()).expect("the root is written");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let leaf = |issuer: &Issuer<'_, KeyPair>, names: &[&str], years: (i32, i32)| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        (params.not_before, params.not_after) =
            (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
        let key = KeyPair::generate().expect("a key");
        let leaf = params.signed_by(&key, issuer).expect("a leaf");
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let chain = vec![leaf.der().clone()];
        Arc::new(CertifiedKey::from_der(chain, key.into(), &provider).expect("an identity"))
    };
    let good = (1975, 4000);
    let mut bad = Vec::new();
    if with_bad {
        let (_, stranger) = authority("Nobody trusts this root");
        bad.push(("expired.", leaf(&issuer, names, (1975, 2000))));
        bad.push(("early.", leaf(&issuer, names, (3000, 4000))));
        bad.push(("wrong.", leaf(&issuer, &["elsewhere.test"], good)));
        bad.push(("untrusted.", leaf(&stranger, names, good)));
    }
    let by_name = ByName { good: leaf(&issuer, names, good), bad };
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(by_name))
}

fn serve_one(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    faults: bool,
) -> std::io::Result<()> {
    let socket = stream.try_clone()?;
    // A connection that is kept for later must not outlive the test by much.
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    match tls {
        Some(tls) => {
            let session = ServerConnection::new(tls).expect("a session");
            let mut stream = BufReader::new(StreamOwned::new(session, stream));
            answer(&mut stream, &socket, faults)?;
            let stream = stream.get_mut();
            stream.conn.send_close_notify();
            stream.flush()
        }
        None => answer(&mut BufReader::new(stream), &socket, faults),
    }
}

/// Answers requests with their own heads, one after the other.
fn answer<S: Read + Write>(
    stream: &mut BufReader<S>,
    socket: &TcpStream,
    faults: bool,
) -> std::io::Result<()> {
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        if faults && let Some(answered) = misbehave(stream, socket, &head) {
            return answered;
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

/// Answers as the path says, if it says so.
fn misbehave<S: Read + Write>(
    stream: &mut BufReader<S>,
    socket: &TcpStream,
    head: &str,
) -> Option<std::io::Result<()>> {
    const SHORT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten octets";
    let address = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let out = stream.get_mut();
    let said = match path {
        "/close" => Ok(()),
        "/reset" => reset(socket),
        "/half-a-head" => write!(out, "HTTP/1.1 200 OK\r\nContent-").and_then(|()| out.flush()),
        "/garbage" => {
            let said = write!(out, "SSH-2.0-OpenSSH_9.9\r\n\r\n").and_then(|()| out.flush());
            // Until the other side has seen it and left; an end of ours might be faster.
            said.and_then(|()| wait_for_the_end(stream))
        }
        "/endless-head" => endless(out),
        "/hang" => wait_for_the_end(stream),
        "/short" => write!(out, "{SHORT}").and_then(|()| out.flush()),
        "/reset-in-body" => {
            write!(out, "{SHORT}").and_then(|()| out.flush()).and_then(|()| reset(socket))
        }
        "/pause-in-body" => {
            let said = write!(out, "{SHORT}").and_then(|()| out.flush());
            said.and_then(|()| wait_for_the_end(stream))
        }
        "/short-chunked" => {
            let chunked =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nten octets\r\n";
            write!(out, "{chunked}").and_then(|()| out.flush())
        }
        "/to" => {
            let empty = "Content-Length: 0\r\nConnection: close\r\n\r\n";
            write!(out, "HTTP/1.1 302 Found\r\nLocation: {query}\r\n{empty}")
                .and_then(|()| out.flush())
        }
        _ => return None,
    };
    Some(said.and(Err(std::io::ErrorKind::Other.into())))
}

/// Ends the connection with a reset in place of an orderly end.
fn reset(socket: &TcpStream) -> std::io::Result<()> {
    rustix::net::sockopt::set_socket_linger(socket, Some(Duration::ZERO))?;
    Ok(())
}

/// Writes fields until the peer has had enough.
fn endless(out: &mut impl Write) -> std::io::Result<()> {
    write!(out, "HTTP/1.1 200 OK\r\n")?;
    for number in 0..1_000_000 {
        write!(out, "X-Field-{number}: and so on\r\n")?;
        out.flush()?;
    }
    Ok(())
}

fn wait_for_the_end(stream: &mut BufReader<impl Read>) -> std::io::Result<()> {
    stream.read(&mut [0; 1]).map(|_| ())
}
