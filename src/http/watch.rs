//! What a connection has under way: requests that wait for us, answers that wait to be taken, and when the
//! client is to be told to leave.

use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::serve::{BodyError, Duplex, ReplyBody};

/// How long the last answers may rest on their way after a connection was told to end.
const ENDING: Duration = Duration::from_secs(10);
/// How many requests may be worked on or have answers of ours that wait to be taken; the next one waits until there
/// are fewer. Over HTTP/2 a client can ask for very many and take none, and each takes memory.
const HELD: u32 = 8;
/// How much memory the heads of requests that have no answer may take, in octets: five kilobytes for each that may be
/// open, which is more than browsers send.
const HEADS: usize = 320 * 1024;
/// What a field of a head takes besides its octets: a client can say it in one octet (RFC 7541 section 6.1).
const FIELD: usize = 112;
/// The most fields in a head. Over HTTP/2 each cookie is one (RFC 9113 section 8.2.3).
const FIELDS: usize = 256;

/// The body of an answer. When it is the connection's last, the connection is told to end once hyper
/// has taken the whole of it: Java's client gives an answer up when a GOAWAY overtakes it. An answer that
/// nobody takes, since its stream was reset, ends nothing: other streams of the connection go on.
pub(super) struct Answer {
    octets: ReplyBody,
    watch: Arc<Watch>,
    is_last: bool,
    taken: bool,
    /// For what comes from the site: until all of it was taken.
    _running: Option<Running>,
    /// While the site keeps the client waiting for more.
    ours: Option<Ours>,
    /// Of an answer of ours, until all of it was taken.
    _room: Option<Arc<Room>>,
}

impl Answer {
    /// `running`: the request that it is for, and `room` the room it has.
    pub(super) fn new(octets: ReplyBody, is_last: bool, running: Running, room: Arc<Room>) -> Self {
        let watch = Arc::clone(&running.0);
        // What is all there waits for nobody but the client.
        let (running, room) = match &octets {
            ReplyBody::Whole(_) => {
                room.answered();
                (None, Some(room))
            }
            ReplyBody::Passed(_) => {
                room.leave();
                (Some(running), None)
            }
        };
        let taken = octets.is_end_stream();
        Self { octets, watch, is_last, taken, _running: running, ours: None, _room: room }
    }

    /// No octets, for a request that has no room.
    pub(super) fn none(watch: &Arc<Watch>) -> Self {
        let (octets, watch) = (ReplyBody::Whole(Full::default()), Arc::clone(watch));
        let (is_last, taken) = (false, true);
        Self { octets, watch, is_last, taken, _running: None, ours: None, _room: None }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.watch.moves();
        self.taken = true;
        let polled = match &mut self.octets {
            ReplyBody::Whole(octets) => {
                Pin::new(octets).poll_frame(cx).map_err(|never| match never {})
            }
            ReplyBody::Passed(octets) => Pin::new(octets).poll_frame(cx),
        };
        self.ours = match polled.is_pending() {
            true => Some(self.ours.take().unwrap_or_else(|| Ours::new(&self.watch))),
            false => None,
        };
        polled
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
        self.watch.moves();
        if self.is_last && self.taken {
            self.watch.close();
        }
    }
}

/// A request that came and is not answered; where the site answers, one whose answer is not wholly taken.
pub(super) struct Running(Arc<Watch>);

impl Running {
    pub(super) fn new(watch: &Arc<Watch>) -> Self {
        watch.running.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(watch))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
        self.0.moves();
    }
}

/// A client that waits for us, or for the site behind us, and not we for the client.
pub(super) struct Ours(Arc<Watch>);

impl Ours {
    pub(super) fn new(watch: &Arc<Watch>) -> Self {
        watch.ours.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(watch))
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.0.ours.fetch_sub(1, Ordering::Relaxed);
        self.0.moves();
    }
}

/// The memory that a request takes: its head until it is answered or passed on, and one of eight places until its
/// answer was taken. Whoever waits for anybody but the client leaves it first.
pub struct Room {
    watch: Arc<Watch>,
    head: AtomicUsize,
    placed: AtomicBool,
}

impl Room {
    /// Room for this head, while there is any.
    pub(super) fn of(watch: &Arc<Watch>, head: &HeaderMap) -> Result<Self, NoRoom> {
        if head.len() > FIELDS {
            return Err(NoRoom::Fields);
        }
        let octets = head.iter().map(|(name, value)| name.as_str().len() + value.len() + FIELD);
        let octets = octets.sum();
        // From here on it is given back.
        let head = AtomicUsize::new(octets);
        let room = Self { watch: Arc::clone(watch), head, placed: AtomicBool::new(false) };
        let before = watch.heads.fetch_add(octets, Ordering::AcqRel);
        if before + octets > HEADS && before > 0 { Err(NoRoom::Heads) } else { Ok(room) }
    }

    /// Waits for a place. Whoever waits here waits for its own client.
    pub(super) async fn place(&self) {
        let watch = &self.watch;
        let take = || {
            let next = |held| (held < HELD).then_some(held + 1);
            watch.held.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).is_ok()
        };
        while !take() {
            let mut left = pin!(watch.room.notified());
            // From now on no place is left unnoticed.
            left.as_mut().enable();
            if take() {
                break;
            }
            left.await;
        }
        self.placed.store(true, Ordering::Release);
    }

    /// The request waits for somebody else now: a site, or another name server.
    pub fn leave(&self) {
        self.forget_head();
        if self.placed.swap(false, Ordering::AcqRel) {
            self.watch.held.fetch_sub(1, Ordering::AcqRel);
            self.watch.room.notify_waiters();
        }
    }

    /// The head is gone, and an answer of ours there.
    fn answered(&self) {
        self.forget_head();
        if !self.placed.swap(true, Ordering::AcqRel) {
            self.watch.held.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn forget_head(&self) {
        let octets = self.head.swap(0, Ordering::AcqRel);
        self.watch.heads.fetch_sub(octets, Ordering::AcqRel);
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Why there is no room for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoRoom {
    /// It has too many fields.
    Fields,
    /// The heads before it take all that there is.
    Heads,
}

#[derive(Default)]
pub(super) struct Watch {
    requests: AtomicU32,
    row: AtomicU32,
    /// For others to see as well.
    pub(super) running: Arc<AtomicU32>,
    pub(super) ours: AtomicU32,
    held: AtomicU32,
    heads: AtomicUsize,
    room: Notify,
    moved: AtomicU64,
    closing: AtomicBool,
    closed: Notify,
    tunnel: Mutex<Option<Box<dyn Duplex>>>,
}

impl Watch {
    pub(super) fn new(running: Arc<AtomicU32>) -> Self {
        Self { running, ..Self::default() }
    }

    /// Counts a request.
    pub(super) fn asked(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.row.fetch_add(1, Ordering::Relaxed);
    }

    /// The step ends, or there is nothing more to read.
    pub(super) fn waits(&self) {
        self.row.store(0, Ordering::Relaxed);
    }

    /// How many requests came since then.
    pub(super) fn in_a_row(&self) -> u32 {
        self.row.load(Ordering::Relaxed)
    }

    /// How many requests came.
    pub(super) fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Whether a request is under way.
    pub(super) fn answers(&self) -> bool {
        self.running.load(Ordering::Relaxed) > 0
    }

    fn moves(&self) {
        self.moved.fetch_add(1, Ordering::Relaxed);
    }

    fn close(&self) {
        if !self.closing.swap(true, Ordering::AcqRel) {
            self.closed.notify_one();
        }
    }

    pub(super) fn tunnel(&self) -> std::sync::MutexGuard<'_, Option<Box<dyn Duplex>>> {
        self.tunnel.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the moment to tell the client to leave: an answer ended the connection, the server
    /// goes down, or nothing was asked and answered for the idle time. `busy` counts what may take longer.
    pub(super) async fn until_end(
        &self,
        busy: &AtomicU32,
        idle: Duration,
        stopping: &CancellationToken,
    ) {
        loop {
            let before = self.moved.load(Ordering::Relaxed);
            tokio::select! {
                () = self.closed.notified() => return,
                () = stopping.cancelled() => return,
                () = sleep(idle) => {
                    let busy = busy.load(Ordering::Relaxed) > 0;
                    if !busy && self.moved.load(Ordering::Relaxed) == before {
                        return;
                    }
                }
            }
        }
    }

    /// Waits until the answers that were under way when the client was told to leave have had their
    /// time: as long as something moves, or until [`Ends::over`](super::Ends) when the server goes down.
    pub(super) async fn until_done(&self, stopping: &CancellationToken) {
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
