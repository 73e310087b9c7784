//! One connection of HTTP/1.1 or HTTP/2, with limits and time-outs on everything.

use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::patience::Patient;
use crate::relay::{self, Idle};

/// How long the last answers may rest on their way after a connection was told to end.
const ENDING: Duration = Duration::from_secs(10);
/// How much of what a client still sends after our last answer is read and thrown away, and for how
/// long. Closing a socket with unread octets resets it, and the reset may overtake the page.
const DRAINED: u64 = 16 * 1024 * 1024;
const DRAINS_FOR: Duration = Duration::from_secs(5);

/// What the client and the server agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1 or 1.0.
    Http1,
    /// HTTP/2.
    Http2,
}

/// The time-outs of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the head of a request.
    pub header: Duration,
    /// Between requests, and for a client that does not take what it is sent.
    pub idle: Duration,
    /// For a connection that left HTTP, and on which nothing moves.
    pub tunnel_idle: Duration,
}

/// An answer, and what becomes of the connection.
pub struct Reply {
    /// The answer.
    pub response: Response<ReplyBody>,
    /// What becomes of the connection.
    pub then: Then,
}

impl Reply {
    /// An answer of ours. `close`: the connection ends with it.
    pub fn whole(response: Response<Bytes>, close: bool) -> Self {
        let response = response.map(|octets| ReplyBody::Whole(Full::new(octets)));
        Self { response, then: if close { Then::Close } else { Then::Stay } }
    }

    /// Whether more of it comes by and by, from elsewhere.
    pub fn streams(&self) -> bool {
        matches!(self.response.body(), ReplyBody::Passed(_)) || matches!(self.then, Then::Tunnel(_))
    }

    /// No answer at all: the client finds the connection closed, and asks anew on another.
    pub fn none() -> Self {
        let response = Response::new(ReplyBody::Whole(Full::default()));
        Self { response, then: Then::Vanish }
    }
}

/// Reads what a client sends along with a request that is not granted, and throws it away.
///
/// An answer that comes before the end of a body makes HTTP/2 reset the stream, and some clients then
/// lose the answer. What is larger or slower than this is cut off all the same.
pub async fn discard(mut body: Incoming) {
    const LARGEST: usize = 256 * 1024;
    const PATIENCE: Duration = Duration::from_secs(2);
    let all = async {
        let mut read = 0;
        while read < LARGEST
            && let Some(Ok(frame)) = body.frame().await
        {
            read += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    // Whatever is left is the client's own affair.
    let _ = timeout(PATIENCE, all).await;
}

/// What becomes of a connection after an answer.
pub enum Then {
    /// It stays open.
    Stay,
    /// It ends: `Connection: close`, or GOAWAY.
    Close,
    /// It speaks another protocol from here on, with this peer (HTTP/1.1 and status 101 only).
    Tunnel(Box<dyn Duplex>),
    /// It is closed, and this answer is not sent.
    Vanish,
}

/// A stream in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin + 'static {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Duplex for T {}

/// Why a passed-on body broke off.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// The octets of an answer.
pub enum ReplyBody {
    /// All there.
    Whole(Full<Bytes>),
    /// As they come from the site.
    Passed(UnsyncBoxBody<Bytes, BodyError>),
}

impl ReplyBody {
    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(octets) => octets.is_end_stream(),
            Self::Passed(octets) => octets.is_end_stream(),
        }
    }
}

/// How a connection ended.
#[derive(Debug)]
pub struct ServeEnd {
    /// How many requests came.
    pub requests: u32,
    /// What went wrong, if anything did.
    pub error: Option<hyper::Error>,
}

/// What ends a connection from outside.
#[derive(Debug, Clone)]
pub struct Ends {
    /// The server goes down: answers under way are finished.
    pub stopping: CancellationToken,
    /// It has waited for that long enough.
    pub over: CancellationToken,
    /// The client is to ask anew on another connection: nothing is finished.
    pub vanish: CancellationToken,
}

/// Serves one connection until it ends, is idle for too long, or an answer ends it.
pub async fn serve<S, F, R>(
    stream: S,
    protocol: Protocol,
    limits: Limits,
    ends: Ends,
    answer: F,
) -> ServeEnd
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(Request<Incoming>) -> R,
    R: Future<Output = Reply> + Send + 'static,
{
    let stream = Patient::new(stream, limits.idle);
    let watch = Arc::new(Watch::default());
    let service = service_fn(|request: Request<Incoming>| {
        watch.requests.fetch_add(1, Ordering::Relaxed);
        let running = Running::new(&watch);
        let reply = answer(request);
        let watch = Arc::clone(&watch);
        let vanish = ends.vanish.clone();
        // Boxed, so that hyper can be asked for the stream back; see `serve_1`.
        Box::pin(async move {
            let Reply { response, then } = reply.await;
            let close = matches!(then, Then::Close);
            match then {
                Then::Vanish => {
                    vanish.cancel();
                    pending::<()>().await;
                }
                Then::Tunnel(peer) => *watch.tunnel() = Some(peer),
                Then::Stay | Then::Close => {}
            }
            let last = close.then_some(watch);
            let mut response = response.map(|octets| {
                let taken = octets.is_end_stream();
                Answer { octets, last, taken, running }
            });
            if close && protocol == Protocol::Http1 {
                let close = http::HeaderValue::from_static("close");
                response.headers_mut().insert(http::header::CONNECTION, close);
            }
            Ok::<_, Infallible>(response)
        })
    });
    let served = async {
        match protocol {
            Protocol::Http1 => Box::pin(serve_1(stream, limits, &ends, &watch, service)).await,
            Protocol::Http2 => Box::pin(serve_2(stream, limits, &ends, &watch, service)).await,
        }
    };
    let served = ends.vanish.run_until_cancelled(served);
    let error = ends.over.run_until_cancelled(served).await.flatten().flatten();
    ServeEnd { requests: watch.requests.load(Ordering::Relaxed), error }
}

/// The body of an answer. When it is the connection's last, the connection is told to end once hyper
/// has taken the whole of it: Java's client gives an answer up when a GOAWAY overtakes it. An answer that
/// nobody takes, since its stream was reset, ends nothing: other streams of the connection go on.
struct Answer {
    octets: ReplyBody,
    last: Option<Arc<Watch>>,
    taken: bool,
    running: Running,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.running.moves();
        self.taken = true;
        match &mut self.octets {
            ReplyBody::Whole(octets) => {
                Pin::new(octets).poll_frame(cx).map_err(|never| match never {})
            }
            ReplyBody::Passed(octets) => Pin::new(octets).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.octets.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.octets {
            ReplyBody::Whole(octets) => octets.size_hint(),
            ReplyBody::Passed(octets) => octets.size_hint(),
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(watch) = self.last.as_ref().filter(|_| self.taken) {
            watch.close();
        }
    }
}

/// A request that came and whose answer is not yet wholly taken.
struct Running(Arc<Watch>);

impl Running {
    fn new(watch: &Arc<Watch>) -> Self {
        watch.running.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(watch))
    }

    fn moves(&self) {
        self.0.moved.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
        self.moves();
    }
}

#[derive(Default)]
struct Watch {
    requests: AtomicU32,
    running: AtomicU32,
    moved: AtomicU64,
    closing: AtomicBool,
    closed: Notify,
    tunnel: Mutex<Option<Box<dyn Duplex>>>,
}

impl Watch {
    fn close(&self) {
        if !self.closing.swap(true, Ordering::AcqRel) {
            self.closed.notify_one();
        }
    }

    fn tunnel(&self) -> std::sync::MutexGuard<'_, Option<Box<dyn Duplex>>> {
        self.tunnel.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the moment to tell the client to leave: an answer ended the connection, the server
    /// goes down, or nothing was asked and answered for the idle time.
    async fn until_end(&self, idle: Duration, stopping: &CancellationToken) {
        loop {
            let before = self.moved.load(Ordering::Relaxed);
            tokio::select! {
                () = self.closed.notified() => return,
                () = stopping.cancelled() => return,
                () = sleep(idle) => {
                    let busy = self.running.load(Ordering::Relaxed) > 0;
                    if !busy && self.moved.load(Ordering::Relaxed) == before {
                        return;
                    }
                }
            }
        }
    }

    /// Waits until the answers that were under way when the client was told to leave have had their
    /// time: as long as something moves, or until [`Ends::over`] when the server goes down.
    async fn until_done(&self, stopping: &CancellationToken) {
        loop {
            let before = self.moved.load(Ordering::Relaxed);
            tokio::select! {
                () = sleep(ENDING) => {
                    if self.moved.load(Ordering::Relaxed) == before {
                        return;
                    }
                }
                () = stopping.cancelled() => return pending().await,
            }
        }
    }
}

async fn serve_1<S, V>(
    stream: S,
    limits: Limits,
    ends: &Ends,
    watch: &Watch,
    service: V,
) -> Option<hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    V: hyper::service::HttpService<Incoming, ResBody = Answer, Error = Infallible> + Unpin,
    V::Future: Unpin,
{
    let mut connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .max_headers(128)
        .max_header_size(HEAD)
        // A site's own spelling of its fields goes to the client as it is.
        .preserve_header_case(true)
        .serve_connection(TokioIo::new(stream), service);
    let error = tokio::select! {
        biased;
        result = poll_fn(|cx| connection.poll_without_shutdown(cx)) => result.err(),
        () = watch.until_end(limits.idle, &ends.stopping) => {
            // Ends at once when nothing is under way, else after the answer that is.
            Pin::new(&mut connection).graceful_shutdown();
            tokio::select! {
                biased;
                result = poll_fn(|cx| connection.poll_without_shutdown(cx)) => result.err(),
                () = watch.until_done(&ends.stopping) => None,
            }
        }
    };
    if error.is_some() {
        return error;
    }
    let parts = connection.into_parts();
    let stream = parts.io.into_inner();
    let tunnel = watch.tunnel().take();
    match tunnel {
        Some(peer) => {
            let tunnelled = tunnel_through(stream, &parts.read_buf, peer, limits.tunnel_idle);
            ends.stopping.run_until_cancelled(tunnelled).await;
        }
        None => linger(stream).await,
    }
    None
}

/// Copies both ways between a client and its peer, who both left HTTP.
async fn tunnel_through(
    client: impl AsyncRead + AsyncWrite + Unpin,
    seen: &[u8],
    mut peer: Box<dyn Duplex>,
    idle: Duration,
) {
    if peer.write_all(seen).await.is_ok() {
        // Who broke off, and how, is nobody's business but theirs.
        let _ = relay::both_ways(client, peer, Idle(idle)).await;
    }
}

/// The largest head of an HTTP/1 request, in octets. Hyper answers 431 to a larger one.
const HEAD: usize = 64 * 1024;

/// Ends our side, then reads what is still on its way, so that the last answer is not lost.
async fn linger(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let ended = async {
        stream.shutdown().await?;
        let (mut sink, mut read) = (Vec::with_capacity(2048), 0);
        while read < DRAINED {
            sink.clear();
            match stream.read_buf(&mut sink).await? {
                0 => break,
                count => read += count as u64,
            }
        }
        std::io::Result::Ok(())
    };
    // Whatever the client does with the rest is its own affair.
    let _ = timeout(DRAINS_FOR, ended).await;
}

async fn serve_2<S, V>(
    stream: S,
    limits: Limits,
    ends: &Ends,
    watch: &Watch,
    service: V,
) -> Option<hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    V: hyper::service::HttpService<Incoming, ResBody = Answer, Error = Infallible>,
    V::Future: Send + 'static,
{
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(128)
        .max_header_list_size(64 * 1024)
        .max_pending_accept_reset_streams(32)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20))
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // The connection first: it then puts the last answer on its way before it hears of the end.
        biased;
        result = &mut connection => return result.err(),
        () = watch.until_end(limits.idle, &ends.stopping) => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        biased;
        result = connection => result.err(),
        () = watch.until_done(&ends.stopping) => None,
    }
}
