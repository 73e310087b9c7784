//! Connections to sites: dialled, verified, counted, and kept for the next request.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

use super::error::{OriginError, OriginSetupError};
use crate::host::Host;
use crate::places::clients::{Clients, Seat};
use crate::relay::Dialer;

/// Makes connections to sites for the client of hyper-util, which keeps them.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) dialer: Arc<Dialer>,
    pub(super) tls: Arc<ClientConfig>,
    /// Tells one configuration from the next, whose connections are new ones.
    pub(super) configuration: Arc<()>,
    pub(super) places: Arc<Semaphore>,
    /// Who has which of them.
    pub(super) clients: Arc<Clients>,
    /// For whom connections are made; nobody in particular where lists are fetched.
    pub(super) client: Option<IpAddr>,
    pub(super) connect: Duration,
}

/// A connection could not be had: what the client of hyper-util is told, and hands back.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct NoLink(pub(super) Arc<OriginError>);

/// The settings of TLS towards sites: this machine's roots and those of a file, HTTP/2 where wanted.
pub(super) fn tls(roots: Arc<RootCertStore>, h2: bool) -> Result<ClientConfig, OriginSetupError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(OriginSetupError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = match h2 {
        true => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        false => vec![b"http/1.1".to_vec()],
    };
    Ok(config)
}

/// This machine's roots, and those in a PEM file.
pub(super) fn roots(file: Option<&Path>) -> Result<RootCertStore, OriginSetupError> {
    let mut store = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some root certificates of this machine cannot be read");
    }
    // Old roots that rustls does not understand are passed over, as it recommends.
    store.add_parsable_certificates(found.certs);
    if let Some(path) = file {
        let wrong = |source| OriginSetupError::Roots { path: path.into(), source };
        let mut count = 0;
        for certificate in CertificateDer::pem_file_iter(path).map_err(wrong)? {
            let certificate = certificate.map_err(wrong)?;
            store
                .add(certificate)
                .map_err(|source| OriginSetupError::Root { path: path.into(), source })?;
            count += 1;
        }
        if count == 0 {
            return Err(wrong(rustls::pki_types::pem::Error::NoItemsFound));
        }
    }
    if store.is_empty() {
        tracing::warn!(
            "this machine has no root certificates, so no site can be verified; install the package \
             ca-certificates, or set upstream.roots"
        );
    }
    Ok(store)
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Link>;
    type Error = NoLink;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, NoLink>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NoLink>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let link = connector.link(&uri).await;
            link.map(TokioIo::new).map_err(|error| NoLink(Arc::new(error)))
        })
    }
}

impl Connector {
    async fn link(self, uri: &Uri) -> Result<Link, OriginError> {
        let secure = uri.scheme_str() == Some("https");
        let host = uri.authority().and_then(|name| Host::from_authority(name.as_str()).ok());
        // The client was given an address that `Target` made.
        let Some(host) = host else { return Err(OriginError::Busy) };
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let seat = self.client.map(|client| self.clients.take(client).ok_or(OriginError::Busy));
        let seat = seat.transpose()?;
        // It does not make way for others: the share of a client is what leaves room for them.
        seat.iter().for_each(Seat::stays);
        let place = timeout(self.connect, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(OriginError::Busy) };
        let place = (place, seat);
        let stream = self.dialer.dial(&host, port).await?;
        if !secure {
            return Ok(Link { stream: Stream::Plain(stream), h2: false, _place: place });
        }
        let name = match &host {
            Host::Ip(ip) => ServerName::IpAddress((*ip).into()),
            Host::Name(name) => {
                ServerName::try_from(name.to_string()).map_err(|error| OriginError::Handshake {
                    host: host.clone(),
                    source: io::Error::new(io::ErrorKind::InvalidInput, error),
                })?
            }
        };
        let handshake = TlsConnector::from(self.tls).connect(name, stream);
        let stream = match timeout(self.connect, handshake).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(of_handshake(host, error)),
            Err(_) => return Err(OriginError::ConnectTimeout { host, after: self.connect }),
        };
        let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let stream = Stream::Tls(Box::new(stream), CutTls::default());
        Ok(Link { stream, h2, _place: place })
    }
}

fn of_handshake(host: Host, error: io::Error) -> OriginError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(why)) => {
            OriginError::Certificate { host, why: why.clone() }
        }
        _ => OriginError::Handshake { host, source: error },
    }
}

/// Whether TLS ended without the alert that says so, as it also looks when somebody cuts a connection.
#[derive(Debug, Clone, Default)]
pub(super) struct CutTls(Arc<AtomicBool>);

impl CutTls {
    pub(super) fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// One connection to a site, and its place among all.
pub(super) struct Link {
    stream: Stream,
    h2: bool,
    _place: (OwnedSemaphorePermit, Option<Seat>),
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>, CutTls),
}

impl Connection for Link {
    fn connected(&self) -> Connected {
        match &self.stream {
            Stream::Tls(..) if self.h2 => Connected::new().negotiated_h2(),
            // Comes with each answer.
            Stream::Tls(_, cut) => Connected::new().extra(cut.clone()),
            Stream::Plain(_) => Connected::new(),
        }
    }
}

impl AsyncRead for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Stream::Tls(stream, cut) => match ready!(Pin::new(stream).poll_read(cx, buffer)) {
                // Many sites forget the alert, and browsers take this for the end. Whether an answer
                // with a length or with chunks is whole is known without.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    cut.0.store(true, Ordering::Relaxed);
                    Poll::Ready(Ok(()))
                }
                read => Poll::Ready(read),
            },
        }
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, octets),
            Stream::Tls(stream, _) => Pin::new(stream).poll_write(cx, octets),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream, _) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream, _) => Pin::new(stream).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
            Stream::Tls(stream, _) => Pin::new(stream).poll_write_vectored(cx, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream, _) => stream.is_write_vectored(),
        }
    }
}
