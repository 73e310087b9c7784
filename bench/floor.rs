//! The floor: what the cryptography and the sockets of a block page cost, and nothing else. A leaf for each
//! name under a CA, with one key for all; a cache; one fixed page, another one in frames (`/frame`), and nothing
//! for parts of pages (`.css`).
//! `bench/compare` measures it beside Blockhouse.
//!
//!     floor CA.pem CA.key PAGE FRAME [hyper]
//!
//! HTTP is searched for an empty line, and answered with octets that are ready. With `hyper` it is parsed, and its
//! answer is written by that library, as little of it as can be.

#![allow(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a bare program, with nothing to drain"
)]

use std::convert::Infallible;
use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use lru::LruCache;
use rcgen::{CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SerialNumber};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let (Some(ca), Some(key), Some(page), Some(frame)) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("floor CA.pem CA.key PAGE FRAME [hyper]".into());
    };
    let parses = words.next().is_some_and(|word| word == "hyper");
    let mint = Arc::new(Mint::new(&ca, &key)?);
    let pages = Pages { page: std::fs::read(page)?.into(), frame: std::fs::read(frame)?.into() };
    let whole = Pages { page: with_head(&pages.page), frame: with_head(&pages.frame) };
    let acceptor = TlsAcceptor::from(Arc::new(tls(mint)?));
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        eprintln!("listening for https on {}", listener.local_addr()?);
        eprintln!("ready");
        loop {
            let (stream, _) = listener.accept().await?;
            let (acceptor, pages, whole) = (acceptor.clone(), pages.clone(), whole.clone());
            tokio::spawn(async move {
                // Whoever leaves is none of its concern.
                let _ = match parses {
                    true => serve_parsed(stream, acceptor, pages).await,
                    false => serve(stream, acceptor, whole).await,
                };
            });
        }
    })
}

/// The page, and the one in frames.
#[derive(Clone)]
struct Pages {
    page: Bytes,
    frame: Bytes,
}

fn with_head(body: &[u8]) -> Bytes {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat().into()
}

/// What a part of a page gets.
const PART: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/css\r\ncontent-length: 0\r\n\r\n";

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, pages: Pages) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let mut stream = acceptor.accept(stream).await?;
    let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        seen.extend_from_slice(buffer.get(..length).unwrap_or_default());
        if seen.ends_with(b"\r\n\r\n") {
            let line = seen.split(|octet| *octet == b'\r').next().unwrap_or_default();
            let answer = match line {
                line if line.ends_with(b".css HTTP/1.1") => PART,
                line if line.ends_with(b"/frame HTTP/1.1") => pages.frame.as_ref(),
                _ => pages.page.as_ref(),
            };
            stream.write_all(answer).await?;
            stream.flush().await?;
            seen.clear();
        }
    }
}

/// The same by hyper.
async fn serve_parsed(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    pages: Pages,
) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let stream = acceptor.accept(stream).await?;
    let answer = |request: Request<Incoming>| {
        const HTML: &str = "text/html; charset=utf-8";
        let (kind, octets) = match request.uri().path() {
            path if path.ends_with(".css") => ("text/css", Bytes::new()),
            "/frame" => (HTML, pages.frame.clone()),
            _ => (HTML, pages.page.clone()),
        };
        let mut response = Response::new(Full::new(octets));
        let kind = HeaderValue::from_static(kind);
        response.headers_mut().insert(CONTENT_TYPE, kind);
        std::future::ready(Ok::<_, Infallible>(response))
    };
    let mut http = hyper::server::conn::http1::Builder::new();
    http.header_read_timeout(None);
    Ok(http.serve_connection(TokioIo::new(stream), service_fn(answer)).await?)
}

fn tls(mint: Arc<Mint>) -> Result<ServerConfig, Failure> {
    let mut provider = aws_lc_rs::default_provider();
    provider
        .cipher_suites
        .sort_by_key(|suite| !format!("{:?}", suite.suite()).contains("AES_128_GCM"));
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(mint);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 1;
    Ok(config)
}

/// Mints and keeps leaves.
struct Mint {
    issuer: Issuer<'static, KeyPair>,
    above: CertificateDer<'static>,
    leaf_key: KeyPair,
    signing: Arc<dyn SigningKey>,
    kept: Mutex<LruCache<String, Arc<CertifiedKey>>>,
}

impl Mint {
    fn new(ca: &str, key: &str) -> Result<Self, Failure> {
        let above = CertificateDer::from_pem_file(ca)?;
        let ca_key = KeyPair::from_pem(&std::fs::read_to_string(key)?)?;
        let issuer = Issuer::from_ca_cert_der(&above, ca_key)?;
        let leaf_key = KeyPair::generate()?;
        let der = PrivatePkcs8KeyDer::from(leaf_key.serialize_der());
        let signing = aws_lc_rs::sign::any_supported_type(&der.into())?;
        let size = NonZeroUsize::MIN.saturating_add(200_000);
        Ok(Self { issuer, above, leaf_key, signing, kept: Mutex::new(LruCache::new(size)) })
    }

    fn mint(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        let mut serial = [0; 16];
        ::aws_lc_rs::rand::fill(&mut serial).ok()?;
        let mut leaf = CertificateParams::new(vec![name.to_owned()]).ok()?;
        leaf.distinguished_name.push(DnType::CommonName, name);
        leaf.is_ca = IsCa::ExplicitNoCa;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.serial_number = Some(SerialNumber::from_slice(&serial));
        leaf.use_authority_key_identifier_extension = true;
        let signed = leaf.signed_by(&self.leaf_key, &self.issuer).ok()?;
        let chain = vec![signed.der().clone(), self.above.clone()];
        Some(Arc::new(CertifiedKey::new(chain, Arc::clone(&self.signing))))
    }
}

impl std::fmt::Debug for Mint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mint")
    }
}

impl ResolvesServerCert for Mint {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name()?;
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaf) = kept().get(name) {
            return Some(Arc::clone(leaf));
        }
        let leaf = self.mint(name)?;
        kept().put(name.to_owned(), Arc::clone(&leaf));
        Some(leaf)
    }
}
