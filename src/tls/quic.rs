//! UDP 443 is answered, not served.
//!
//! A browser that learned of HTTP/3 from the real site first tries QUIC. Met by silence, or by an
//! ICMP refusal, Firefox shows a white page for 30 to 60 seconds; met by a CONNECTION_CLOSE it comes
//! over TCP at once. So every connection is ended with `no_application_protocol`
//! (0x178, RFC 9001 section 8.1): the endpoint speaks no protocol that a client could offer.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Endpoint, EndpointConfig, ServerConfig, TokioRuntime};
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::task::JoinSet;

use super::provider;

/// A protocol name that no client offers.
const NOBODY_SPEAKS: &[u8] = b"blockhouse-refuses-quic";
/// How many refusals may be under way. Beyond it a client gets CONNECTION_REFUSED, which needs no
/// state of ours, and which Firefox takes a second to act on.
const AT_ONCE: usize = 256;
/// A client that goes silent in mid-refusal is forgotten after this long.
const PATIENCE: Duration = Duration::from_secs(3);

/// The endpoint that refuses could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuicError {
    /// rustls did not take the parameters.
    #[error("cannot set up TLS for the refusal of QUIC")]
    Tls(#[source] rustls::Error),
    /// The placeholder certificate could not be made.
    #[error("cannot make the placeholder certificate for the refusal of QUIC")]
    Placeholder(#[source] rcgen::Error),
    /// rustls has no suite for QUIC's Initial packets.
    #[error("cannot set up QUIC's initial cipher suite")]
    Suite(#[source] quinn::crypto::rustls::NoInitialCipherSuite),
    /// The socket did not become an endpoint.
    #[error("cannot refuse QUIC on this socket")]
    Socket(#[source] std::io::Error),
}

/// An endpoint that ends every QUIC connection at once.
#[derive(Debug)]
pub struct Refuser {
    endpoint: Endpoint,
}

impl Refuser {
    /// Takes a bound UDP socket.
    ///
    /// # Errors
    /// [`QuicError`] when the socket cannot be used.
    pub fn new(socket: UdpSocket) -> Result<Self, QuicError> {
        // Never shown to anybody: rustls looks for a certificate before it compares protocols, and
        // without one the alert would be another, which Firefox takes for a failure of the site.
        let placeholder = rcgen::generate_simple_self_signed(["quic-refused.invalid".to_owned()])
            .map_err(QuicError::Placeholder)?;
        let key = PrivatePkcs8KeyDer::from(placeholder.signing_key.serialize_der());
        let mut tls = rustls::ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(QuicError::Tls)?
            .with_no_client_auth()
            .with_single_cert(vec![placeholder.cert.into()], key.into())
            .map_err(QuicError::Tls)?;
        tls.alpn_protocols = vec![NOBODY_SPEAKS.to_vec()];
        let tls = QuicServerConfig::try_from(tls).map_err(QuicError::Suite)?;
        let config = ServerConfig::with_crypto(Arc::new(tls));
        let runtime = Arc::new(TokioRuntime);
        let endpoint = Endpoint::new(EndpointConfig::default(), Some(config), socket, runtime)
            .map_err(QuicError::Socket)?;
        Ok(Self { endpoint })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.endpoint.local_addr()
    }

    /// Refuses until it is dropped.
    pub async fn run(&self) {
        let mut under_way = JoinSet::new();
        while let Some(incoming) = self.endpoint.accept().await {
            while under_way.try_join_next().is_some() {}
            if under_way.len() >= AT_ONCE {
                incoming.refuse();
                continue;
            }
            let Ok(connecting) = incoming.accept() else { continue };
            under_way.spawn(async move {
                // It can only fail, which is its purpose, or go silent.
                let _ = tokio::time::timeout(PATIENCE, connecting).await;
            });
        }
    }
}
