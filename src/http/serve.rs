//! One connection of HTTP/1.1 or HTTP/2, with limits and time-outs on everything.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::patience::Patient;
use super::watch::{Answer, NoRoom, Ours, Room, Running, Watch};
use crate::beside::beside;
use crate::places::turns::Turns;
use crate::relay::{self, Idle, Lifetime};

/// How much of what a client still sends after our last answer is read and thrown away, and for how
/// long. Closing a socket with unread octets resets it, and the reset may overtake the page.
const DRAINED: u64 = 16 * 1024 * 1024;
const DRAINS_FOR: Duration = Duration::from_secs(5);

/// How many requests that were sent without waiting for answers (RFC 9112 section 9.3.2) are answered in one step. There
/// is no other end of it while more of them have come.
const IN_A_ROW: u32 = 4;

/// What the client and the server agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1 or 1.0.
    Http1,
    /// HTTP/2.
    Http2,
}

/// What a connection is served with: time-outs, and whether answers may come from sites.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the head of a request.
    pub header: Duration,
    /// Between requests, and for a client that does not take what it is sent.
    pub idle: Duration,
    /// For a connection that left HTTP, and on which nothing moves.
    pub tunnel_idle: Duration,
    /// Whether fields keep the spelling that the peers gave them, over HTTP/1. Only sites have one, and to
    /// remember it costs something with each request.
    pub keeps_spelling: bool,
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
pub async fn discard(body: Incoming) {
    // Nearly always there is nothing.
    if !body.is_end_stream() {
        Box::pin(read_away(body)).await;
    }
}

async fn read_away(mut body: Incoming) {
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
    /// It stays open, and instead of this answer the client is told for this reason to ask again (HTTP/2 only;
    /// RFC 9113 sections 7 and 8.7).
    Again(h2::Reason),
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
    pub(super) fn is_end_stream(&self) -> bool {
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

/// What a connection has to do with others, and what ends it from outside.
#[derive(Debug, Clone)]
pub struct Ends {
    /// The server goes down: answers under way are finished.
    pub stopping: CancellationToken,
    /// It has waited for that long enough.
    pub over: CancellationToken,
    /// The client is to ask anew on another connection: nothing is finished.
    pub vanish: CancellationToken,
    /// Counts the requests that are not answered, and the answers of sites that are not wholly taken.
    pub busy: Arc<AtomicU32>,
    /// By which the streams of HTTP/2 wait for other clients.
    pub turns: Turns,
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
    F: Fn(Request<Incoming>, Arc<Room>) -> R + Send + Sync + 'static,
    R: Future<Output = Reply> + Send + 'static,
{
    let watch = Arc::new(Watch::new(Arc::clone(&ends.busy)));
    let stream = Patient::new(stream, limits.idle);
    let answer = Arc::new(answer);
    let service = service_fn(|request: Request<Incoming>| {
        watch.asked();
        let answer = Arc::clone(&answer);
        let watch = Arc::clone(&watch);
        let vanish = ends.vanish.clone();
        let room = Room::of(&watch, request.headers());
        // Boxed, so that hyper can be asked for the stream back; see `serve_1`.
        Box::pin(async move {
            let room = match room {
                Ok(room) => Arc::new(room),
                // The client is told to ask again: it has the answers to what it asked before to take.
                Err(NoRoom::Heads) => return Err(h2::Error::from(h2::Reason::REFUSED_STREAM)),
                Err(NoRoom::Fields) => {
                    let mut response = Response::new(Answer::none(&watch));
                    *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                    return Ok(response);
                }
            };
            if protocol == Protocol::Http1 && watch.in_a_row() > IN_A_ROW {
                watch.waits();
                yield_now().await;
            }
            room.place().await;
            // In a box of its own, so that a request that waits for room takes little.
            let reply = Box::pin(answer(request, Arc::clone(&room)));
            let (running, ours) = (Running::new(&watch), Ours::new(&watch));
            let Reply { response, then } = reply.await;
            drop(ours);
            let close = matches!(then, Then::Close);
            match then {
                Then::Vanish => {
                    vanish.cancel();
                    pending::<()>().await;
                }
                Then::Tunnel(peer) => *watch.tunnel() = Some(peer),
                Then::Again(reason) => return Err(h2::Error::from(reason)),
                Then::Stay | Then::Close => {}
            }
            let mut response = response.map(|octets| Answer::new(octets, close, running, room));
            if close && protocol == Protocol::Http1 {
                let close = http::HeaderValue::from_static("close");
                response.headers_mut().insert(http::header::CONNECTION, close);
            }
            Ok(response)
        })
    });
    let served = async {
        match protocol {
            Protocol::Http1 => {
                let stream = stream.with_heads(Arc::clone(&watch), limits.header);
                Box::pin(serve_1(stream, limits, &ends, &watch, service)).await
            }
            Protocol::Http2 => {
                Box::pin(serve_2(stream.in_pieces(), limits, &ends, &watch, service)).await
            }
        }
    };
    let cut = async {
        tokio::select! {
            () = ends.vanish.cancelled() => {}
            () = ends.over.cancelled() => {}
        }
    };
    let error = beside(pin!(served), pin!(cut)).await.ok().flatten();
    ServeEnd { requests: watch.requests(), error }
}

async fn serve_1<S, V>(
    stream: S,
    limits: Limits,
    ends: &Ends,
    watch: &Arc<Watch>,
    service: V,
) -> Option<hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    V: hyper::service::HttpService<Incoming, ResBody = Answer, Error = h2::Error> + Unpin,
    V::Future: Unpin,
{
    let mut connection = hyper::server::conn::http1::Builder::new()
        .header_read_timeout(None)
        .max_header_size(HEAD)
        .preserve_header_case(limits.keeps_spelling)
        .serve_connection(TokioIo::new(stream), service);
    let end = pin!(watch.until_end(&watch.running, limits.idle, &ends.stopping));
    let ended = beside(poll_fn(|cx| connection.poll_without_shutdown(cx)), end).await;
    let error = match ended {
        Ok(result) => result.err(),
        Err(()) => {
            // Ends at once when nothing is under way, else after the answer that is.
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            let done = pin!(watch.until_done(&ends.stopping));
            let ended = beside(poll_fn(|cx| connection.poll_without_shutdown(cx)), done).await;
            ended.ok().and_then(Result::err)
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
            let _running = Running::new(watch);
            let life = Lifetime { leaving: ends.stopping.clone(), ..Lifetime::default() };
            let idle = Idle(limits.tunnel_idle);
            // Who broke off, and how, is nobody's business but theirs.
            // In a box, since few connections come to it.
            let _ = Box::pin(relay::both_ways(stream, &parts.read_buf, peer, idle, life)).await;
        }
        None => linger(stream).await,
    }
    None
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

/// How many requests may be open on a connection: what a page with very many parts asks for at once waits a moment in
/// the browser.
const STREAMS: u32 = 64;
/// How much of a body may be on its way over HTTP/2, and of all bodies of a connection, in octets: 20 Mbit/s at a round
/// trip of 100 ms. What a request that waits for its turn brings along lies in memory.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 384 * 1024;

async fn serve_2<S, V>(
    stream: S,
    limits: Limits,
    ends: &Ends,
    watch: &Watch,
    service: V,
) -> Option<hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    V: hyper::service::HttpService<Incoming, ResBody = Answer, Error = h2::Error>,
    V::Future: Send + 'static,
{
    let connection = hyper::server::conn::http2::Builder::new(ends.turns.clone())
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(64 * 1024)
        .max_pending_accept_reset_streams(32)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20))
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // A client can keep its window shut and answer pings for ever: TCP moves, and its answers do not.
    let end = pin!(watch.until_end(&watch.ours, limits.idle, &ends.stopping));
    // The connection first: it then puts the last answer on its way before it hears of the end.
    if let Ok(result) = beside(connection.as_mut(), end).await {
        return result.err();
    }
    connection.as_mut().graceful_shutdown();
    let done = pin!(watch.until_done(&ends.stopping));
    beside(connection, done).await.ok().and_then(Result::err)
}
