//! The log: lines on standard error. While the server serves, nobody who has something to say waits for whoever reads
//! it: a pipe that is not read would stop the whole server, and clients can cause lines.

use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How many lines may wait to be written; some hundred kilobytes. What finds no place is counted.
const QUEUE: usize = 1024;
/// How long to wait for what is on its way.
const LAST: Duration = Duration::from_secs(1);

static QUEUED: OnceLock<SyncSender<Entry>> = OnceLock::new();
static LOST: AtomicU64 = AtomicU64::new(0);

enum Entry {
    Line(Vec<u8>),
    /// All that came before it is written when the answer comes.
    Flush(SyncSender<()>),
}

/// Where the lines go: to standard error, from [`Log::begin`] on by way of a thread of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Log;

impl Log {
    /// From here on nobody waits. To be called when the process is what it will be: a thread keeps the privileges that it
    /// began with.
    pub(super) fn begin() {
        let (queue, lines) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new().name("log".to_owned());
        // Without a thread everybody writes for himself.
        if thread.spawn(move || write_all(&lines)).is_ok() {
            let _ = QUEUED.set(queue);
        }
    }

    /// Waits until what was said so far is written.
    pub(super) fn flush() {
        let (done, written) = sync_channel(1);
        let queued = QUEUED.get().is_some_and(|queue| queue.try_send(Entry::Flush(done)).is_ok());
        if queued {
            let _ = written.recv_timeout(LAST);
        }
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Line;

    fn make_writer(&self) -> Line {
        Line(Vec::new())
    }
}

/// One line; it is on its way when it is dropped.
pub(super) struct Line(Vec<u8>);

impl Write for Line {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let line = std::mem::take(&mut self.0);
        match QUEUED.get() {
            Some(queue) => {
                if queue.try_send(Entry::Line(line)).is_err() {
                    LOST.fetch_add(1, Ordering::Relaxed);
                }
            }
            None => put(&line),
        }
    }
}

fn write_all(lines: &Receiver<Entry>) {
    while let Ok(entry) = lines.recv() {
        match entry {
            Entry::Line(line) => put(&line),
            Entry::Flush(done) => {
                let _ = done.send(());
            }
        }
        let lost = LOST.swap(0, Ordering::Relaxed);
        if lost > 0 {
            put(format!("The log was not read fast enough: {lost} lines of it are lost.\n")
                .as_bytes());
        }
    }
}

/// There is nowhere to say that nothing can be said.
fn put(octets: &[u8]) {
    let _ = io::stderr().lock().write_all(octets);
}
