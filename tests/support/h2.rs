//! HTTP/2 on both ends: a site that speaks nothing else, and a client for heads that curl cannot send.

use std::convert::Infallible;
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, Version};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::web::identity;

/// A body on its way.
pub type Octets = UnsyncBoxBody<Bytes, std::io::Error>;

/// What a site does with a request.
pub trait Answering: Fn(Request<Incoming>) -> Answered + Send + Sync + 'static {}
impl<T: Fn(Request<Incoming>) -> Answered + Send + Sync + 'static> Answering for T {}

/// The answer to come.
pub type Answered = Pin<Box<dyn Future<Output = Response<Octets>> + Send>>;

/// A body with these data and these trailers.
pub fn body(data: &[&[u8]], trailers: Option<HeaderMap>) -> Octets {
    let data = data.iter().map(|part| Frame::data(Bytes::copy_from_slice(part)));
    let frames: Vec<_> = data.chain(trailers.map(Frame::trailers)).collect();
    Frames(frames.into_iter()).boxed_unsync()
}

struct Frames(std::vec::IntoIter<Frame<Bytes>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(self.0.next().map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_slice().is_empty()
    }
}

/// A body that somebody else feeds; an error breaks it off.
pub fn fed() -> (mpsc::Sender<Result<Bytes, std::io::Error>>, Octets) {
    // One at a time, so that who feeds it feels how fast it goes.
    let (feed, parts) = mpsc::channel(1);
    (feed, Fed(parts).boxed_unsync())
}

struct Fed(mpsc::Receiver<Result<Bytes, std::io::Error>>);

impl Body for Fed {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.0.poll_recv(cx).map(|part| part.map(|part| part.map(Frame::data)))
    }
}

/// A request as the site got it.
#[derive(Debug)]
pub struct Heard {
    pub head: http::request::Parts,
    pub body: Vec<u8>,
    pub trailers: Option<HeaderMap>,
}

/// Reads a request or an answer to its end.
pub async fn read<B>(body: B) -> Result<(Vec<u8>, Option<HeaderMap>), B::Error>
where
    B: Body<Data = Bytes>,
{
    let whole = body.collect().await?;
    let trailers = whole.trailers().cloned();
    Ok((whole.to_bytes().to_vec(), trailers))
}

/// A running site.
pub struct H2Site {
    folder: TempDir,
    // Ends every task of the site with it.
    runtime: Option<Runtime>,
    /// How many connections were made to it.
    pub connections: Arc<Mutex<u32>>,
}

impl H2Site {
    /// Serves `names` at port 443 of `ip`, a loopback address that no other test uses.
    pub fn start(ip: &str, names: &[&str], answer: impl Answering) -> Self {
        let folder = TempDir::new().expect("a folder for the site's root");
        let mut tls = identity(&folder.path().join("root.pem"), names, false);
        tls.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(tls));
        let address = SocketAddr::new(ip.parse().expect("an address"), 443);
        let listener = TcpListener::bind(address).expect("the port is free; run as root");
        listener.set_nonblocking(true).unwrap();
        let runtime = Runtime::new().unwrap();
        let connections = Arc::new(Mutex::new(0));
        let (count, answer) = (Arc::clone(&connections), Arc::new(answer));
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().unwrap() += 1;
                let (acceptor, answer) = (acceptor.clone(), Arc::clone(&answer));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let service = hyper::service::service_fn(move |request| {
                        let answer = answer(request);
                        async move { Ok::<_, Infallible>(answer.await) }
                    });
                    // A peer that leaves in mid-answer is no failure of the test.
                    let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { folder, runtime: Some(runtime), connections }
    }

    /// The site's root certificate.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }
}

impl Drop for H2Site {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A connection for `name`; whoever awaits anything of it must be on a runtime.
pub async fn connect(
    mut config: ClientConfig,
    address: SocketAddr,
    name: &str,
) -> SendRequest<Octets> {
    config.alpn_protocols = vec![b"h2".to_vec()];
    let server = ServerName::try_from(name.to_owned()).expect("a server name");
    let socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = connector.connect(server, socket).await.unwrap();
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    sender
}

/// Waits for what must come, with a bound.
pub async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    let patience = Duration::from_secs(30);
    tokio::time::timeout(patience, coming).await.unwrap_or_else(|_| panic!("{what} did not come"))
}

/// The fields of a message as they can be compared: sorted, those of one name in their order.
pub fn lines(headers: &HeaderMap, but: &[&str]) -> Vec<String> {
    let mut lines: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !but.contains(&name.as_str()))
        .map(|(name, value)| {
            (name.as_str().to_owned(), value.as_bytes().escape_ascii().to_string())
        })
        .collect();
    lines.sort_by(|(one, _), (other, _)| one.cmp(other));
    lines.into_iter().map(|(name, value)| format!("{name}: {value}")).collect()
}

/// Whether a message was of HTTP/2.
pub fn is_h2(head: &http::request::Parts) -> bool {
    head.version == Version::HTTP_2
}
