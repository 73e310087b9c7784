//! One connection of HTTP/1.1 or HTTP/2, with limits and time-outs on everything.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// How long the last answers may take on their way after a connection was told to end.
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
    /// Between requests.
    pub idle: Duration,
}

/// An answer, and whether the connection ends with it.
#[derive(Debug)]
pub struct Reply {
    /// The answer.
    pub response: Response<Bytes>,
    /// Whether the client is to leave: `Connection: close`, or GOAWAY.
    pub close: bool,
}

/// How a connection ended.
#[derive(Debug)]
pub struct ServeEnd {
    /// How many requests came.
    pub requests: u32,
    /// What went wrong, if anything did.
    pub error: Option<hyper::Error>,
}

/// Serves one connection until it ends, is idle for too long, or an answer ends it. `stopping`
/// resolves when the server goes down.
pub async fn serve<S, F, R>(
    stream: S,
    protocol: Protocol,
    limits: Limits,
    stopping: impl Future<Output = ()>,
    answer: F,
) -> ServeEnd
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(Request<Incoming>) -> R,
    R: Future<Output = Reply> + Send + 'static,
{
    let watch = Arc::new(Watch::default());
    let service = service_fn(|request: Request<Incoming>| {
        watch.requests.fetch_add(1, Ordering::Relaxed);
        let reply = answer(request);
        let watch = Arc::clone(&watch);
        // Boxed, so that hyper can be asked for the stream back; see `serve_1`.
        Box::pin(async move {
            let Reply { response, close } = reply.await;
            let last = close.then_some(watch);
            let mut response = response.map(|octets| Answer { octets: Full::new(octets), last });
            if close && protocol == Protocol::Http1 {
                let close = http::HeaderValue::from_static("close");
                response.headers_mut().insert(http::header::CONNECTION, close);
            }
            Ok::<_, Infallible>(response)
        })
    });
    let error = match protocol {
        Protocol::Http1 => serve_1(stream, limits, stopping, &watch, service).await,
        Protocol::Http2 => serve_2(stream, limits, stopping, &watch, service).await,
    };
    ServeEnd { requests: watch.requests.load(Ordering::Relaxed), error }
}

/// The body of an answer. When it is the connection's last, the connection is told to end once hyper
/// has taken the whole of it: Java's client gives an answer up when a GOAWAY overtakes it.
struct Answer {
    octets: Full<Bytes>,
    last: Option<Arc<Watch>>,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.octets).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.octets.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.octets.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(watch) = &self.last {
            watch.close();
        }
    }
}

#[derive(Default)]
struct Watch {
    requests: AtomicU32,
    closing: AtomicBool,
    closed: Notify,
}

impl Watch {
    fn close(&self) {
        if !self.closing.swap(true, Ordering::AcqRel) {
            self.closed.notify_one();
        }
    }

    /// Waits for the moment to tell the client to leave: an answer ended the connection, the server
    /// goes down, or no request came for the idle time.
    async fn until_end(&self, idle: Duration, stopping: impl Future<Output = ()>) {
        let mut stopping = pin!(stopping);
        loop {
            let before = self.requests.load(Ordering::Relaxed);
            tokio::select! {
                () = self.closed.notified() => return,
                () = &mut stopping => return,
                () = sleep(idle) => {
                    if self.requests.load(Ordering::Relaxed) == before {
                        return;
                    }
                }
            }
        }
    }
}

async fn serve_1<S, V>(
    stream: S,
    limits: Limits,
    stopping: impl Future<Output = ()>,
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
        .serve_connection(TokioIo::new(stream), service);
    let error = tokio::select! {
        biased;
        result = poll_fn(|cx| connection.poll_without_shutdown(cx)) => result.err(),
        () = watch.until_end(limits.idle, stopping) => {
            // Ends at once when nothing is under way, else after the answer that is.
            Pin::new(&mut connection).graceful_shutdown();
            let ended = poll_fn(|cx| connection.poll_without_shutdown(cx));
            match timeout(ENDING, ended).await {
                Ok(result) => result.err(),
                Err(_) => None,
            }
        }
    };
    if error.is_none() {
        let stream = connection.into_parts().io.into_inner();
        linger(stream).await;
    }
    error
}

/// The largest head of an HTTP/1 request, in octets. Hyper answers 431 to a larger one.
const HEAD: usize = 64 * 1024;

/// Ends our side, then reads what is still on its way, so that the last answer is not lost.
async fn linger(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let ended = async {
        stream.shutdown().await?;
        let mut sink = vec![0; 16 * 1024];
        let mut read = 0;
        while read < DRAINED {
            match stream.read(&mut sink).await? {
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
    stopping: impl Future<Output = ()>,
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
        () = watch.until_end(limits.idle, stopping) => {}
    }
    connection.as_mut().graceful_shutdown();
    match timeout(ENDING, connection).await {
        Ok(result) => result.err(),
        Err(_) => None,
    }
}
