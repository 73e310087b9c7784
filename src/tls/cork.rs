//! A stream that holds back what is written until it is worth sending.
//!
//! Every write to a socket is a system call, a packet, and a wake-up of whoever reads it; in a short
//! connection they cost more than the octets do. TLS flushes at each step of a handshake, although
//! nobody waits for a session ticket, and ends with a packet for the alert `close_notify` alone. So a
//! flush is put off here until the peer has to answer before anything goes on, which is when reading has
//! to wait, or until the stream ends. (An answer to the first of several requests that came at once is
//! held until the next of them is answered, or reading waits.)

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// No more octets than this are held back.
const MOST: usize = 32 * 1024;

/// A socket whose flushes wait for the next read that has to.
#[derive(Debug)]
pub struct Corked {
    stream: TcpStream,
    held: Vec<u8>,
    /// How many of them are sent already.
    sent: usize,
    /// The last read had to wait. What is written then may be what the peer waits for, such as the
    /// interim answer to a body that it holds back (RFC 9110 section 10.1.1).
    waits: bool,
    cork: Cork,
}

/// By which the cork is pulled: from then on a flush sends. What streams must go on as it comes, and
/// need not read meanwhile.
#[derive(Debug, Clone, Default)]
pub struct Cork(Arc<AtomicBool>);

impl Cork {
    /// Pulls it.
    pub fn pull(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Corked {
    /// Holds back what is written to `stream` until `cork` is pulled.
    pub fn new(stream: TcpStream, cork: Cork) -> Self {
        Self { stream, held: Vec::new(), sent: 0, waits: false, cork }
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
        if self.held.len() + more > MOST {
            ready!(self.poll_send(cx))?;
        }
        Poll::Ready(Ok(more <= MOST))
    }
}

impl AsyncRead for Corked {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.waits = polled.is_pending();
        if self.waits
            && !self.held.is_empty()
            && let Poll::Ready(Err(error)) = self.poll_send(cx)
        {
            return Poll::Ready(Err(error));
        }
        polled
    }
}

impl AsyncWrite for Corked {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !ready!(self.poll_room(cx, octets.len()))? {
            return Pin::new(&mut self.stream).poll_write(cx, octets);
        }
        self.held.extend_from_slice(octets);
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = slices.iter().map(|slice| slice.len()).sum();
        if !ready!(self.poll_room(cx, length))? {
            return Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        }
        self.held.reserve(length);
        slices.iter().for_each(|slice| self.held.extend_from_slice(slice));
        Poll::Ready(Ok(length))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.waits && !self.cork.0.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for Corked {
    fn drop(&mut self) {
        // An alert that ends a handshake, after which nobody reads or shuts the stream down. It fits into
        // the socket, or the peer is gone.
        if let Some(left) = self.held.get(self.sent..).filter(|left| !left.is_empty()) {
            let _ = self.stream.try_write(left);
        }
    }
}
