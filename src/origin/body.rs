//! Bodies on their way: up to a site, counted, and down from it, with a bound on silence.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, Version, header, response};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::connect::CutTls;
use super::fields;

/// Whatever a person's request breaks off with.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How far the body of a request has come.
#[derive(Debug, Default)]
pub(super) struct Gone {
    frames: AtomicU64,
    broke: AtomicBool,
}

impl Gone {
    /// How much has gone.
    pub(super) fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// Whether the client broke it off, or sent what is no HTTP.
    pub(super) fn broke(&self) -> bool {
        self.broke.load(Ordering::Relaxed)
    }
}

/// The body of a request. It tells how much of it has gone, so that a long upload is not taken for a
/// site that does not answer, and what its client broke off not for the site's fault.
pub(super) struct Upload {
    octets: UnsyncBoxBody<Bytes, BoxError>,
    version: Version,
    gone: Arc<Gone>,
}

impl Upload {
    /// The body of a request that came in this version of HTTP.
    pub(super) fn new<B>(body: B, version: Version, gone: Arc<Gone>) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self { octets: body.map_err(Into::into).boxed_unsync(), version, gone }
    }

    /// A body without octets.
    pub(super) fn none() -> Self {
        let nothing = http_body_util::Empty::new().map_err(|never| match never {});
        let version = Version::HTTP_11;
        Self { octets: nothing.boxed_unsync(), version, gone: Arc::default() }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.octets).poll_frame(cx));
        self.gone.frames.fetch_add(1, Ordering::Relaxed);
        let frame = match frame {
            None if is_cut(&self.octets, self.version) => {
                Some(Err("the person's request was reset before its end".into()))
            }
            frame => frame.map(|frame| frame.map(tidied)),
        };
        if matches!(frame, Some(Err(_))) {
            self.gone.broke.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.octets.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.octets.size_hint()
    }
}

/// A frame as it may go on.
fn tidied(mut frame: Frame<Bytes>) -> Frame<Bytes> {
    if let Some(trailers) = frame.trailers_mut() {
        fields::trailers(trailers);
    }
    frame
}

/// Why the rest of an answer does not come.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyBroke {
    /// Nothing came for too long.
    #[error("the site sent nothing for {} s", after.as_secs())]
    Idle {
        /// The time-out.
        after: Duration,
    },
    /// The connection broke off, or the octets are no HTTP.
    #[error("the site broke off in the middle of its answer")]
    Broke(#[source] hyper::Error),
    /// The stream was reset before its end, as if nothing were wrong.
    #[error("the site reset its answer before the end")]
    Reset,
    /// The answer ends with its connection, and nobody said that this was the end.
    #[error(
        "the connection was cut, and the answer has no length to tell whether it is whole; its server is to send one"
    )]
    Cut,
}

/// Whether what seems to be the end of a body is none. Of a stream of HTTP/2 that was reset with
/// `NO_ERROR` hyper says that it ended, since an answer may be whole while the request is not (RFC 9113
/// section 8.1); whether it was whole is known by the flag that ends the stream.
fn is_cut<B: Body>(ended: &B, version: Version) -> bool {
    version == Version::HTTP_2 && !ended.is_end_stream()
}

/// The body of an answer, as it comes. The time in which nobody wants more of it does not count.
pub struct OriginBody {
    octets: Incoming,
    version: Version,
    /// How the connection ended, where that is the end of the body.
    ends: Option<CutTls>,
    strict: bool,
    idle: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    counting: bool,
    /// An error that came, to be told at the next step.
    broke: Option<BodyBroke>,
}

impl OriginBody {
    /// The body of an answer as it came. `idle` bounds the silence.
    pub(super) fn new(answer: Response<Incoming>, idle: Duration) -> (response::Parts, Self) {
        let (head, octets) = answer.into_parts();
        let has = |name| head.headers.contains_key(name);
        let framed = has(header::CONTENT_LENGTH) || has(header::TRANSFER_ENCODING);
        let ends = head.extensions.get().filter(|_| !framed).cloned();
        let (version, strict) = (head.version, false);
        let (waiting, counting, broke) = (None, false, None);
        (head, Self { octets, version, ends, strict, idle, waiting, counting, broke })
    }

    /// Takes no end of the connection for the end of the body unless the site said so (RFC 9112 section
    /// 9.8). Browsers do, so people get what they would get without us; who acts on a body must not.
    #[must_use]
    pub fn strict(self) -> Self {
        Self { strict: true, ..self }
    }

    /// Why what seems to be the end is none.
    fn no_end(&self) -> Option<BodyBroke> {
        if is_cut(&self.octets, self.version) {
            return Some(BodyBroke::Reset);
        }
        let cut = self.strict && self.ends.as_ref().is_some_and(CutTls::is_so);
        cut.then_some(BodyBroke::Cut)
    }
}

impl Body for OriginBody {
    type Data = Bytes;
    type Error = BodyBroke;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyBroke>>> {
        if let Some(broke) = self.broke.take() {
            return Poll::Ready(Some(Err(broke)));
        }
        let broke = match Pin::new(&mut self.octets).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.counting = false;
                return Poll::Ready(Some(Ok(tidied(frame))));
            }
            Poll::Ready(Some(Err(error))) => Some(BodyBroke::Broke(error)),
            Poll::Ready(None) => match self.no_end() {
                None => return Poll::Ready(None),
                broke => broke,
            },
            Poll::Pending => None,
        };
        if broke.is_some() {
            // A step later: whoever writes the answer drops with an error what it has not sent yet,
            // and the person would get nothing at all instead of the part that came.
            self.broke = broke;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let after = self.idle;
        let fresh = !std::mem::replace(&mut self.counting, true);
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(after)));
        if fresh {
            waiting.as_mut().reset(Instant::now() + after);
        }
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Some(Err(BodyBroke::Idle { after })))
    }

    fn is_end_stream(&self) -> bool {
        self.octets.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.octets.size_hint()
    }
}
