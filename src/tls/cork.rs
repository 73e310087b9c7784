//! A stream that holds back what is written until its task has nothing more to write.
//!
//! Every write to a socket is a system call, a packet, and a wake-up of whoever reads it; in a short
//! connection they cost more than the octets do. TLS flushes at each step of a handshake, although
//! nobody waits for a session ticket, and ends with a packet for the alert `close_notify` alone. So a
//! flush does nothing here. What was written goes out when the task that serves the connection has to
//! wait for something, whatever that is, and when the stream ends.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// No more octets than this are held back.
const MOST: usize = 32 * 1024;
/// What the record of an alert takes at the most. One mostly follows the answer, for which what is held would be
/// copied to where there is room for it.
const ALERT: usize = 64;

/// A socket whose writes wait for the end of a step of [`Cork::steps`].
#[derive(Debug)]
pub struct Corked(Arc<Mutex<Bottle>>);

/// By which what is held back is sent.
#[derive(Debug)]
pub struct Cork(Arc<Mutex<Bottle>>);

#[derive(Debug)]
struct Bottle {
    stream: TcpStream,
    held: Vec<u8>,
    /// How many of them are sent already.
    sent: usize,
    /// Why they could not be sent; for the next who uses the stream.
    broken: Option<io::Error>,
}

impl Cork {
    /// Runs what uses the stream. Whatever it wrote is sent whenever it has to wait.
    pub async fn steps<F: Future>(self, mut served: Pin<&mut F>) -> F::Output {
        poll_fn(|cx| {
            let polled = served.as_mut().poll(cx);
            if polled.is_pending() {
                lock(&self.0).step_ends(cx);
            }
            polled
        })
        .await
    }
}

impl Corked {
    /// Holds back what is written to `stream`.
    pub fn new(stream: TcpStream) -> (Self, Cork) {
        let bottle = Bottle { stream, held: Vec::new(), sent: 0, broken: None };
        let bottle = Arc::new(Mutex::new(bottle));
        (Self(Arc::clone(&bottle)), Cork(bottle))
    }
}

/// The stream and its cork are in the same task, so that nobody ever waits here.
fn lock(bottle: &Mutex<Bottle>) -> MutexGuard<'_, Bottle> {
    bottle.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bottle {
    fn step_ends(&mut self, cx: &mut Context<'_>) {
        if let Poll::Ready(Err(error)) = self.poll_send(cx) {
            self.held = Vec::new();
            self.broken = Some(error);
            // Whoever waits to read may wait for ever.
            cx.waker().wake_by_ref();
        }
    }

    /// Sends what is held.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(left) = self.held.get(self.sent..).filter(|left| !left.is_empty()) {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, left))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.sent += count,
            }
        }
        self.sent = 0;
        // An idle connection keeps no memory for what it sent.
        self.held = Vec::new();
        Poll::Ready(Ok(()))
    }

    /// Makes room for `more` octets. `false`: they are too many to be held.
    fn poll_room(&mut self, cx: &mut Context<'_>, more: usize) -> Poll<io::Result<bool>> {
        self.whole()?;
        if self.held.len() + more > MOST {
            ready!(self.poll_send(cx))?;
        }
        Poll::Ready(Ok(more <= MOST))
    }

    /// Fails once with what became of octets that were held.
    fn whole(&mut self) -> io::Result<()> {
        self.broken.take().map_or(Ok(()), Err)
    }
}

impl AsyncRead for Corked {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut bottle = lock(&self.0);
        // What the peer sent before it left counts more than that it left.
        let polled = Pin::new(&mut bottle.stream).poll_read(cx, buffer);
        if polled.is_pending() {
            bottle.whole()?;
        }
        polled
    }
}

impl AsyncWrite for Corked {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut bottle = lock(&self.0);
        if !ready!(bottle.poll_room(cx, octets.len()))? {
            return Pin::new(&mut bottle.stream).poll_write(cx, octets);
        }
        bottle.held.extend_from_slice(octets);
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut bottle = lock(&self.0);
        let length = slices.iter().map(|slice| slice.len()).sum();
        if !ready!(bottle.poll_room(cx, length))? {
            return Pin::new(&mut bottle.stream).poll_write_vectored(cx, slices);
        }
        if bottle.held.capacity() - bottle.held.len() < length {
            bottle.held.reserve(length + ALERT);
        }
        slices.iter().for_each(|slice| bottle.held.extend_from_slice(slice));
        Poll::Ready(Ok(length))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(lock(&self.0).whole())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bottle = lock(&self.0);
        bottle.whole()?;
        ready!(bottle.poll_send(cx))?;
        Pin::new(&mut bottle.stream).poll_shutdown(cx)
    }
}

impl Drop for Bottle {
    fn drop(&mut self) {
        // An alert that ends a handshake, after which nobody reads or shuts the stream down. It fits into
        // the socket, or the peer is gone.
        if let Some(left) = self.held.get(self.sent..).filter(|left| !left.is_empty()) {
            let _ = self.stream.try_write(left);
        }
    }
}
