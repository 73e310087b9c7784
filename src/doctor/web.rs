//! Connections as a browser makes them, as far as it takes to see who answers.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, StreamOwned,
};

use crate::clock;

/// The most that is read of an answer, in octets: more than any revocation list of ours.
const MOST: u64 = 4 << 20;
/// How many fields an answer may have.
const FIELDS: usize = 64;

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) fields: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether it carries what every answer of ours does, and hardly another's.
    pub(super) fn is_ours(&self) -> bool {
        self.field("alt-svc") == Some("clear") && self.field("x-robots-tag") == Some("noindex")
    }

    /// Who says it, in words.
    pub(super) fn who(&self) -> String {
        match self.field("server") {
            Some(server) => format!("HTTP status {} from `{server}`", self.status),
            None => format!("HTTP status {} from another program", self.status),
        }
    }
}

/// A connection that goes on after a signal: children of ours end while it waits.
struct Steady(TcpStream);

impl Read for Steady {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        again(|| self.0.read(buffer))
    }
}

impl Write for Steady {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        again(|| self.0.write(octets))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Does something until no signal comes in between.
pub(super) fn again<T>(mut action: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match action() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Connects; reads and writes end in time as well.
fn connect(address: SocketAddr, patience: Duration) -> io::Result<Steady> {
    let stream = TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    Ok(Steady(stream))
}

/// Asks for a path, without TLS.
pub(super) fn get(
    address: SocketAddr,
    host: &str,
    path: &str,
    patience: Duration,
) -> io::Result<Answer> {
    exchange(connect(address, patience)?, host, path, patience)
}

/// One request and its answer, as HTTP/1.0, so that the answer comes in one piece and ends.
fn exchange(
    mut stream: impl Read + Write,
    host: &str,
    path: &str,
    patience: Duration,
) -> io::Result<Answer> {
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: blockhouse-doctor\r\nAccept: */*\r\n\
         Connection: close\r\n\r\n"
    )?;
    stream.flush()?;
    let start = clock::ticks();
    let mut octets = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => octets.extend_from_slice(&piece[..count]),
            // Some end TLS without a word, which is good enough here.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
        if octets.len() as u64 > MOST || start.elapsed() > patience {
            break;
        }
        // Servers that keep HTTP/1.0 connections open all the same.
        if is_whole(&octets) {
            break;
        }
    }
    read(&octets).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "this is not HTTP"))
}

fn is_whole(octets: &[u8]) -> bool {
    let Some(answer) = read(octets) else { return false };
    let length = answer.field("content-length").and_then(|text| text.parse::<usize>().ok());
    length.is_some_and(|length| answer.body.len() >= length)
}

fn read(octets: &[u8]) -> Option<Answer> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let Ok(httparse::Status::Complete(end)) = response.parse(octets) else { return None };
    let status = response.code?;
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let fields = response.headers.iter().map(|field| (field.name.to_owned(), text(field.value)));
    Some(Answer { status, fields: fields.collect(), body: octets[end..].to_vec() })
}

/// What a TLS port showed.
#[derive(Debug)]
pub(super) enum Shown {
    /// No connection.
    Unreachable(io::Error),
    /// A certificate that does not verify under the roots given, and why.
    Untrusted(Vec<u8>, CertificateError),
    /// No TLS, or none that worked; with what came instead.
    NotTls(String),
    /// A good certificate.
    Good(Vec<u8>),
}

/// What is said once a handshake was made.
#[derive(Clone, Copy)]
pub(super) enum Talk<'a> {
    /// A request for a path.
    Web(&'a str),
    /// A question of DNS over TLS (RFC 7858).
    Dns(&'a [u8]),
}

/// Shakes hands for a name; with `roots`, the certificate must verify under them.
pub(super) fn handshake(
    address: SocketAddr,
    name: &str,
    roots: Option<&RootCertStore>,
    talk: Talk<'_>,
    patience: Duration,
) -> Shown {
    let stream = match connect(address, patience) {
        Ok(stream) => stream,
        Err(error) => return Shown::Unreachable(error),
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let inner = roots.and_then(|roots| {
        let builder = WebPkiServerVerifier::builder_with_provider(
            Arc::new(roots.clone()),
            Arc::clone(&provider),
        );
        builder.build().ok()
    });
    if roots.is_some() && inner.is_none() {
        return Shown::NotTls("our root is no good for TLS".to_owned());
    }
    let watch = Arc::new(Watch { inner, provider: Arc::clone(&provider), seen: Mutex::default() });
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let Ok(config) = config else { return Shown::NotTls("no TLS here".to_owned()) };
    let verifier: Arc<dyn ServerCertVerifier> = Arc::<Watch>::clone(&watch);
    let mut config =
        config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = match talk {
        Talk::Web(_) => vec![b"http/1.1".to_vec()],
        Talk::Dns(_) => vec![b"dot".to_vec()],
    };
    let server = ServerName::try_from(name.to_owned());
    let connection =
        server.ok().and_then(|server| ClientConnection::new(Arc::new(config), server).ok());
    let Some(connection) = connection else {
        return Shown::NotTls(format!("`{name}` cannot be asked for by TLS"));
    };
    let mut stream = StreamOwned::new(connection, stream);
    // What is said brings the handshake about, and keeps the server from noting a broken visit.
    let answer = match talk {
        Talk::Web(path) => exchange(&mut stream, name, path, patience).map(drop),
        Talk::Dns(question) => ask(&mut stream, question),
    };
    let seen = watch.seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Err(error) = &answer {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<Error>());
        match (cause, &seen) {
            (Some(Error::InvalidCertificate(why)), Some(seen)) => {
                return Shown::Untrusted(seen.clone(), why.clone());
            }
            // The handshake was made; what comes after is the business of HTTP.
            (None, Some(_)) => {}
            (Some(error), _) => return Shown::NotTls(instead(address, name, error, patience)),
            (None, None) => return Shown::NotTls(error.to_string()),
        }
    }
    seen.map_or_else(|| Shown::NotTls("no certificate".to_owned()), Shown::Good)
}

/// One question and its answer, with their lengths in front.
fn ask(stream: &mut (impl Read + Write), question: &[u8]) -> io::Result<()> {
    let length = u16::try_from(question.len()).unwrap_or(u16::MAX).to_be_bytes();
    stream.write_all(&[&length[..], question].concat())?;
    stream.flush()?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    stream.read_exact(&mut vec![0; u16::from_be_bytes(length).into()])
}

/// What a port says that does not speak TLS with us.
fn instead(address: SocketAddr, name: &str, error: &Error, patience: Duration) -> String {
    match error {
        Error::AlertReceived(alert) => format!("it ended the handshake with the alert {alert:?}"),
        error => match get(address, name, "/", patience) {
            Ok(answer) => format!("it speaks plain HTTP: {}", answer.who()),
            Err(_) => format!("it does not speak TLS ({error})"),
        },
    }
}

/// Verifies as browsers do, and keeps what was shown.
#[derive(Debug)]
struct Watch {
    inner: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
    seen: Mutex<Option<Vec<u8>>>,
}

impl ServerCertVerifier for Watch {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(leaf.to_vec());
        match &self.inner {
            Some(inner) => inner.verify_server_cert(leaf, others, name, ocsp, now),
            None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
