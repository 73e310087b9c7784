//! What is the same for every TLS connection: cipher suites, protocols, session tickets.

mod cork;
pub mod quic;
mod tickets;

use std::io;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{Accepted, ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedCipherSuite};
use tokio::net::TcpStream;
use tokio_rustls::StartHandshake;
use tokio_rustls::server::TlsStream;

pub use cork::{Cork, Corked};
pub use tickets::Tickets;

/// The TLS layer could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up {what}")]
pub struct TlsError {
    what: &'static str,
    /// What rustls said.
    pub source: rustls::Error,
}

/// The template from which each connection's configuration is made. Safe for concurrent use.
///
/// A connection's own `ServerConfig` is a copy of the template that differs in its leaf alone, so
/// one ticketer serves all hosts, and no host has a session store of its own.
pub struct Tls {
    template: ServerConfig,
    refusing: Arc<ServerConfig>,
    tickets: Arc<Tickets>,
}

impl Tls {
    /// TLS 1.2 and 1.3 with `h2` and `http/1.1`.
    ///
    /// # Errors
    /// [`TlsError`] when the library does not work.
    pub fn new(tickets: Arc<Tickets>) -> Result<Self, TlsError> {
        let provider = Arc::new(provider());
        let mut template = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|source| TlsError { what: "the TLS versions", source })?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(OneLeaf(None)));
        template.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        template.ignore_client_order = true;
        template.ticketer = Arc::<Tickets>::clone(&tickets);
        template.session_storage = Arc::new(NoServerSessionStorage {});
        // A second ticket is of use only to clients that open two connections at once, which a page
        // without sub-resources does not make them do; it costs every handshake a few microseconds.
        template.send_tls13_tickets = 1;
        let refusing = Arc::new(template.clone());
        Ok(Self { template, refusing, tickets })
    }

    /// What seals and opens session tickets.
    pub fn tickets(&self) -> &Tickets {
        &self.tickets
    }

    /// The configuration of a connection that shows this leaf.
    pub fn showing(&self, leaf: Arc<CertifiedKey>) -> Arc<ServerConfig> {
        let mut config = self.template.clone();
        config.cert_resolver = Arc::new(OneLeaf(Some(leaf)));
        Arc::new(config)
    }

    /// The configuration of a connection that ends with the alert `access_denied`
    /// (RFC 8446 section 6.2), since it has no certificate to show.
    pub fn refusing(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.refusing)
    }
}

/// A connection after its handshake. In a box: it is over a kilobyte, and handed on many times.
pub type Stream = Box<TlsStream<Corked>>;

/// A handshake, and what follows it, that send no more often than they have to wait.
pub fn shake_hands(
    accepted: Box<Accepted>,
    stream: TcpStream,
    config: Arc<ServerConfig>,
) -> (impl Future<Output = io::Result<Stream>>, Cork) {
    let (stream, cork) = Corked::new(stream);
    let handshake = Box::pin(StartHandshake::from_parts(*accepted, stream).into_stream(config));
    (async move { handshake.await.map(Box::new) }, cork)
}

/// The provider: aws-lc with AES-128-GCM first, which costs a handshake a quarter less than
/// AES-256-GCM-SHA384 and is no weaker for what a block page protects.
fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    let rank = |suite: &SupportedCipherSuite| {
        let name = format!("{:?}", suite.suite());
        !name.contains("AES_128_GCM")
    };
    provider.cipher_suites.sort_by_key(rank);
    provider
}

#[derive(Debug)]
struct OneLeaf(Option<Arc<CertifiedKey>>);

impl ResolvesServerCert for OneLeaf {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }
}
