//! Where events go: to standard output, or to a file that rotates by size.
//!
//! Whoever emits never waits: the queue is bounded, and what does not fit is counted and reported.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

use super::Event;
use crate::clock;

/// How many events may wait to be written; about 4 MB at the most.
const QUEUE: usize = 8192;

/// When the last events were written so short a time ago, the next ones are let gather for a while: under
/// load it costs more to wake the writer for each than to write it.
const OFTEN: Duration = Duration::from_millis(50);
const GATHER: Duration = Duration::from_millis(10);

/// Where events go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, set aside as `NAME.1`, `NAME.2`, … when it is full.
    File {
        /// The file.
        path: PathBuf,
        /// Full means this many octets.
        rotate_size: u64,
        /// How many full files are kept.
        keep: u32,
    },
}

/// The events' file could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot write events to {}; check [events] and the folder's permissions", path.display())]
pub struct SinkError {
    path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// The near end: takes events. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Events {
    queue: mpsc::Sender<Event>,
    dropped: Arc<AtomicU64>,
}

impl Events {
    /// Hands one event over, and never waits.
    pub fn emit(&self, event: Event) {
        if self.queue.try_send(event).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many events were dropped since the start, because the destination did not keep up.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// The far end: writes events.
pub struct Writer {
    queue: mpsc::Receiver<Event>,
    dropped: Arc<AtomicU64>,
    out: Out,
}

enum Out {
    Stdout(io::Stdout),
    File(Rotating),
}

impl Writer {
    /// Opens the destination.
    ///
    /// # Errors
    /// [`SinkError`] when the file cannot be opened.
    pub fn open(destination: &Destination) -> Result<(Events, Self), SinkError> {
        let out = match destination {
            Destination::Stdout => Out::Stdout(io::stdout()),
            Destination::File { path, rotate_size, keep } => {
                let file = Rotating::open(path, *rotate_size, *keep)
                    .map_err(|source| SinkError { path: path.clone(), source })?;
                Out::File(file)
            }
        };
        let (sender, queue) = mpsc::channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let events = Events { queue: sender, dropped: Arc::clone(&dropped) };
        Ok((events, Self { queue, dropped, out }))
    }

    /// Writes until all near ends are gone. Blocks: give it a thread that may.
    pub fn run(mut self) {
        let mut batch = Vec::with_capacity(256);
        let mut lines = Vec::with_capacity(64 * 1024);
        let (mut reported, mut written) = (0, None);
        while self.queue.blocking_recv_many(&mut batch, 256) > 0 {
            lines.clear();
            for event in batch.drain(..) {
                // Serialising an event cannot fail: it holds text and numbers only.
                if serde_json::to_writer(&mut lines, &event).is_ok() {
                    lines.push(b'\n');
                }
            }
            if let Err(error) = self.write(&lines) {
                tracing::error!(%error, "events could not be written and are lost");
            }
            let dropped = self.dropped.load(Ordering::Relaxed);
            if dropped > reported {
                tracing::warn!(count = dropped - reported, "events came too fast and were dropped");
                reported = dropped;
            }
            let last = written.replace(clock::ticks());
            let soon = last.is_some_and(|last| clock::ticks().duration_since(last) < OFTEN);
            if soon && self.queue.len() < self.queue.max_capacity() / 2 {
                std::thread::sleep(GATHER);
            }
        }
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match &mut self.out {
            Out::Stdout(out) => {
                out.write_all(lines)?;
                out.flush()
            }
            Out::File(file) => file.write(lines),
        }
    }
}

struct Rotating {
    path: PathBuf,
    limit: u64,
    keep: u32,
    file: BufWriter<File>,
    size: u64,
}

impl Rotating {
    fn open(path: &Path, limit: u64, keep: u32) -> io::Result<Self> {
        let file = append_to(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.into(), limit, keep, file: BufWriter::new(file), size })
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.size > 0 && self.size.saturating_add(lines.len() as u64) > self.limit {
            self.rotate()?;
        }
        self.file.write_all(lines)?;
        self.file.flush()?;
        self.size += lines.len() as u64;
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        let numbered = |number: u32| {
            let mut name = self.path.as_os_str().to_owned();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        for number in (1..self.keep).rev() {
            match std::fs::rename(numbered(number), numbered(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        if self.keep > 0 {
            std::fs::rename(&self.path, numbered(1))?;
        } else {
            std::fs::remove_file(&self.path)?;
        }
        self.file = BufWriter::new(append_to(&self.path)?);
        self.size = 0;
        Ok(())
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    // Who was blocked where is nobody else's business.
    OpenOptions::new().create(true).append(true).mode(0o640).open(path)
}
