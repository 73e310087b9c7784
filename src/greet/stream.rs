//! A stream that first gives back what was read from it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

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
impl<S: AsyncWrite + Unpin> AsyncWrite for Rewound<S> {
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

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
