//! A stream that remembers what was read from it, or that first gives back what was.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Keeps a copy of every octet read, until it is told to stop.
///
/// The copy is bounded by the one who reads: a hello by rustls (64 KiB), a head by [`super::head`].
#[derive(Debug)]
pub struct Recorded<S> {
    stream: S,
    seen: Vec<u8>,
    /// How many of them the reader has.
    given: usize,
}

impl<S> Recorded<S> {
    /// Starts recording a stream of which `seen` was read before; whoever reads gets it first.
    pub fn new(stream: S, seen: Vec<u8>) -> Self {
        Self { stream, seen, given: 0 }
    }

    /// The stream, and all that was read from it so far.
    pub fn into_parts(self) -> (S, Vec<u8>) {
        (self.stream, self.seen)
    }

    /// What was read so far.
    pub fn seen(&self) -> &[u8] {
        &self.seen
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Recorded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let left = this.seen.get(this.given..).unwrap_or_default();
        if !left.is_empty() {
            let (now, _) = left.split_at(left.len().min(buffer.remaining()));
            buffer.put_slice(now);
            this.given += now.len();
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buffer);
        let fresh = buffer.filled().get(before..).unwrap_or_default();
        this.seen.extend_from_slice(fresh);
        this.given = this.seen.len();
        polled
    }
}

/// Gives `seen` first, then what the stream itself has to say.
#[derive(Debug)]
pub struct Rewound<S> {
    seen: Vec<u8>,
    given: usize,
    stream: S,
}

impl<S> Rewound<S> {
    /// A stream that starts again at `seen`.
    pub fn new(stream: S, seen: Vec<u8>) -> Self {
        Self { seen, given: 0, stream }
    }

    /// The stream, and what of `seen` was not given back yet.
    pub fn into_parts(self) -> (S, Vec<u8>) {
        let left = self.seen.get(self.given..).unwrap_or_default().to_vec();
        (self.stream, left)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let left = this.seen.get(this.given..).unwrap_or_default();
        if left.is_empty() {
            return Pin::new(&mut this.stream).poll_read(cx, buffer);
        }
        let (now, _) = left.split_at(left.len().min(buffer.remaining()));
        buffer.put_slice(now);
        this.given += now.len();
        if this.given == this.seen.len() {
            // Free the memory for the long rest of the connection.
            this.seen = Vec::new();
            this.given = 0;
        }
        Poll::Ready(Ok(()))
    }
}

/// What is written goes straight through.
macro_rules! write_through {
    ($($kind:ident),*) => {$(
        impl<S: AsyncWrite + Unpin> AsyncWrite for $kind<S> {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                octets: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.stream).poll_write(cx, octets)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.stream).poll_flush(cx)
            }

            fn poll_shutdown(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.stream).poll_shutdown(cx)
            }
        }
    )*};
}
write_through!(Recorded, Rewound);
