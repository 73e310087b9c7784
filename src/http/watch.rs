//! What a connection has under way: requests that wait for us, answers that wait to be taken, and when the
//! client is to be told to leave.

use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::serve::{BodyError, Duplex, ReplyBody};

/// How long the last answers may rest on their way after a connection was told to end.
const ENDING: Duration = Duration::from_secs(10);
/// How many answers of ours may wait to be taken; the next request waits until there are fewer. Over HTTP/2 a
/// client can ask for very many and take none, and each takes memory.
const HELD: u32 = 8;

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
}

impl Answer {
    /// `running`: the request that it is for.
    pub(super) fn new(octets: ReplyBody, is_last: bool, running: Running) -> Self {
        let watch = Arc::clone(&running.0);
        // What is all there waits for nobody but the client.
        let running = match &octets {
            ReplyBody::Whole(_) => {
                watch.held.fetch_add(1, Ordering::AcqRel);
                None
            }
            ReplyBody::Passed(_) => Some(running),
        };
        let taken = octets.is_end_stream();
        Self { octets, watch, is_last, taken, _running: running, ours: None }
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
        if matches!(self.octets, ReplyBody::Whole(_)) {
            self.watch.held.fetch_sub(1, Ordering::AcqRel);
            self.watch.room.notify_waiters();
        }
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

#[derive(Default)]
pub(super) struct Watch {
    requests: AtomicU32,
    /// For others to see as well.
    pub(super) running: Arc<AtomicU32>,
    pub(super) ours: AtomicU32,
    held: AtomicU32,
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

    /// Waits until few enough answers wait to be taken. Whoever waits here waits for its own client.
    pub(super) async fn has_room(&self) {
        let is_room = || self.held.load(Ordering::Acquire) < HELD;
        while !is_room() {
            let mut taken = pin!(self.room.notified());
            // From now on no answer is taken unnoticed.
            taken.as_mut().enable();
            if is_room() {
                return;
            }
            taken.await;
        }
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
