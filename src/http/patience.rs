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
use crate::clock;

/// How many octets are read in one step: a body's usual frame (RFC 9113 section 4.2). The others wait until those of
/// other clients had their turn.
const AT_ONCE: usize = 16 * 1024;

/// How many octets are read before it is asked how long the step takes already. Some dozens of requests are in them: a
/// head that names what came before is as short as 13.
const PIECE: usize = 512;

/// How long a step may take until it ends before more is read.
const STEP: Duration = Duration::from_micros(100);

/// Fails with [`io::ErrorKind::TimedOut`] once the peer has taken nothing for so long although there was
/// something for it, or began the head of a request and did not end it in time.
pub(super) struct Patient<S> {
    stream: S,
    patience: Duration,
    /// How many octets were read in this step.
    read: usize,
    /// When the step began, where its time is limited.
    begin: Option<std::time::Instant>,
    /// Whether it is: what is read then comes in pieces, with a look at the clock before each.
    in_pieces: bool,
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
        Self { stream, patience, read: 0, begin: None, in_pieces: false, waiting: None, head: None }
    }

    /// Limits the time for the head of each request too. Over HTTP/1 alone: it is what comes while no request is
    /// under way.
    pub(super) fn with_heads(mut self, watch: Arc<Watch>, limit: Duration) -> Self {
        let (after, since) = (watch.requests(), Some(Instant::now()));
        self.head = Some(Head { watch, limit, after, since, waiting: None });
        self
    }

    /// Limits the time of a step too. For HTTP/2 alone: over HTTP/1 a step ends with some answers.
    pub(super) fn in_pieces(mut self) -> Self {
        self.in_pieces = true;
        self
    }

    /// Whether what comes next is left to the next step.
    fn has_read_enough(&self) -> bool {
        let late = || match self.begin {
            Some(begin) => clock::ticks().saturating_duration_since(begin) >= STEP,
            None => false,
        };
        self.read >= AT_ONCE || late()
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
        let this = &mut *self;
        if this.has_read_enough() {
            (this.read, this.begin) = (0, None);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let polled = match this.in_pieces {
            false => Pin::new(&mut this.stream).poll_read(cx, buffer),
            true => {
                this.begin.get_or_insert_with(clock::ticks);
                let room = buffer.remaining().min(PIECE);
                let mut piece = ReadBuf::new(buffer.initialize_unfilled_to(room));
                let polled = Pin::new(&mut this.stream).poll_read(cx, &mut piece);
                let came = piece.filled().len();
                buffer.advance(came);
                polled
            }
        };
        match polled.is_ready() {
            true => this.read += buffer.filled().len() - before,
            false => (this.read, this.begin) = (0, None),
        }
        let Some(head) = &mut this.head else { return polled };
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

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// How many octets come of a stream that never ends, until the step does.
    fn step(patient: &mut Patient<tokio::io::Repeat>, work: Duration) -> usize {
        let mut read = 0;
        loop {
            let mut octets = [0; 2 * PIECE];
            let mut buffer = ReadBuf::new(&mut octets);
            let mut cx = Context::from_waker(Waker::noop());
            match Pin::new(&mut *patient).poll_read(&mut cx, &mut buffer) {
                Poll::Ready(result) => result.unwrap(),
                Poll::Pending => return read,
            }
            assert!(buffer.filled().iter().all(|octet| *octet == 7));
            read += buffer.filled().len();
            let begin = clock::ticks();
            while clock::ticks().saturating_duration_since(begin) < work {}
        }
    }

    #[test]
    fn a_step_ends_with_its_time_or_its_octets() {
        let patient = || Patient::new(tokio::io::repeat(7), Duration::from_secs(1));
        let (mut whole, mut pieces) = (patient(), patient().in_pieces());
        for _ in 0..2 {
            assert_eq!(step(&mut whole, STEP), AT_ONCE);
            assert_eq!(step(&mut pieces, STEP), PIECE);
            // The machine may do something else meanwhile.
            assert!((PIECE..=AT_ONCE).contains(&step(&mut pieces, Duration::ZERO)));
        }
    }
}
