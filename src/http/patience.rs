//! A stream that gives up on a peer that does not take what it is sent, or does not finish what it began to say.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::watch::Watch;

/// How many octets are read in one step: a thousand of the smallest frames (RFC 9113 section 4.1). The others wait until
/// those of other clients had their turn.
const AT_ONCE: usize = 16 * 1024;

/// Fails with [`io::ErrorKind::TimedOut`] once the peer has taken nothing for so long although there was
/// something for it, or began the head of a request and did not end it in time.
pub(super) struct Patient<S> {
    stream: S,
    patience: Duration,
    /// How many octets were read since there was nothing to read.
    read: usize,
    /// Runs while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
    head: Option<Head>,
}

/// The head of a request, which is to come in time. Hyper's own limit counts the time between requests as well,
/// and takes a timer for each of them.
struct Head {
    watch: Arc<Watch>,
    limit: Duration,
    /// How many requests there were when it began.
    after: u32,
    /// When it began. The first of a connection begins with it.
    since: Option<Instant>,
    /// Runs while more of it has to be waited for.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Head {
    /// Takes note that some of what the peer sends has come.
    fn comes(&mut self) {
        self.waiting = None;
        let requests = self.watch.requests();
        if self.after != requests {
            (self.after, self.since) = (requests, None);
        }
        // What comes while a request is under way may be its body.
        if self.since.is_none() && !self.watch.answers() {
            self.since = Some(Instant::now());
        }
    }

    /// Ready once it took too long.
    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let begun = self.since.filter(|_| self.after == self.watch.requests());
        let Some(since) = begun else {
            self.waiting = None;
            return Poll::Pending;
        };
        let until = since + self.limit;
        self.waiting.get_or_insert_with(|| Box::pin(sleep_until(until))).as_mut().poll(cx)
    }
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, read: 0, waiting: None, head: None }
    }

    /// Limits the time for the head of each request too. Over HTTP/1 alone: it is what comes while no request is
    /// under way.
    pub(super) fn with_heads(mut self, watch: Arc<Watch>, limit: Duration) -> Self {
        let (after, since) = (watch.requests(), Some(Instant::now()));
        self.head = Some(Head { watch, limit, after, since, waiting: None });
        self
    }

    fn limited<T>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.waiting = None;
            return polled;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(timed_out("the peer does not take what it is sent")))
    }
}

fn timed_out(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read >= AT_ONCE {
            self.read = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.read = if polled.is_ready() { self.read + buffer.filled().len() - before } else { 0 };
        let Some(head) = &mut self.head else { return polled };
        if polled.is_ready() {
            head.comes();
            return polled;
        }
        head.watch.waits();
        ready!(head.poll_over(cx));
        Poll::Ready(Err(timed_out("the head of a request took too long")))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, octets);
        self.limited(cx, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.limited(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.limited(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, octets);
        self.limited(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
