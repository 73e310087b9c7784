//! Where events go: to standard output, or to a file that rotates by size and by age.
//!
//! Whoever emits never waits: the queue is bounded. What finds no place in it, and what cannot be written,
//! is counted.

use std::io;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::Event;
use super::file::{Lines, Rotating};
use crate::clock;

/// How many events may wait to be written; about 4 MB at the most.
const QUEUE: usize = 8192;

/// When the last events were written so short a time ago, the next ones are let gather for a while: under
/// load it costs more to wake the writer for each than to write it.
const OFTEN: Duration = Duration::from_millis(50);
const GATHER: Duration = Duration::from_millis(10);
/// How many are written until others have the processor. Where there is one alone, the system takes milliseconds to
/// take it from a thread that goes on.
const AT_ONCE: usize = 64;

/// How often the log speaks of events that cannot be written: a full disk is to be seen, and not to be
/// filled further.
pub(super) const PERIOD: Duration = Duration::from_secs(60);

/// Where events go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, set aside as `NAME.1`, `NAME.2`, … when it is full or old.
    File(FilePlan),
}

/// A file of events, and what becomes of it.
#[derive(Debug, Clone)]
pub struct FilePlan {
    /// The file.
    pub path: PathBuf,
    /// Full means this many octets.
    pub rotate_size: u64,
    /// How many full files are kept.
    pub keep: u32,
    /// For how long events are kept.
    pub keep_for: Duration,
}

/// The events' file could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot write events to {what}; check [events] and the folder's permissions")]
pub struct SinkError {
    what: String,
    /// What the system said.
    pub source: io::Error,
}

/// What the near ends and the far end know of each other besides the queue.
#[derive(Default)]
struct Between {
    dropped: AtomicU64,
    reopen: AtomicBool,
    tidy: AtomicBool,
    closing: AtomicBool,
}

/// The near end: takes events. Cheap to clone.
#[derive(Clone)]
pub struct Events {
    /// Nothing instead of an event: there is something else to do.
    queue: mpsc::Sender<Option<Event>>,
    between: Arc<Between>,
}

impl Events {
    /// Hands one event over, and never waits.
    pub fn emit(&self, event: Event) {
        if self.queue.try_send(Some(event)).is_err() {
            self.between.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many events were lost since the start: they came faster than the destination took them, or it
    /// did not take them at all.
    pub fn dropped(&self) -> u64 {
        self.between.dropped.load(Ordering::Relaxed)
    }

    /// Has the file opened anew by its name: somebody may have moved it away.
    pub fn reopen(&self) {
        self.ask(&self.between.reopen);
    }

    /// Has old events deleted, although none may come.
    pub fn tidy(&self) {
        self.ask(&self.between.tidy);
    }

    /// Has the far end write what waits, and end. What comes later is lost.
    pub fn close(&self) {
        self.ask(&self.between.closing);
    }

    fn ask(&self, what: &AtomicBool) {
        what.store(true, Ordering::Release);
        // Where the queue is full, the far end is awake.
        let _ = self.queue.try_send(None);
    }
}

/// The far end: writes events.
pub struct Writer {
    queue: mpsc::Receiver<Option<Event>>,
    between: Arc<Between>,
    out: Out,
    complained: Option<Instant>,
}

enum Out {
    Stdout(Lines),
    File(Rotating),
}

impl Writer {
    /// Opens the destination.
    ///
    /// # Errors
    /// [`SinkError`] when the file cannot be opened.
    pub fn open(destination: &Destination) -> Result<(Events, Self), SinkError> {
        let out = match destination {
            // Past the buffer of the standard library, which would not say how much was written.
            Destination::Stdout => io::stdout()
                .as_fd()
                .try_clone_to_owned()
                .map(|out| Out::Stdout(Lines::new(out.into(), false)))
                .map_err(|source| SinkError { what: "standard output".to_owned(), source })?,
            Destination::File(plan) => Rotating::open(plan.clone(), clock::now())
                .map(Out::File)
                .map_err(|source| SinkError { what: plan.path.display().to_string(), source })?,
        };
        let (sender, queue) = mpsc::channel(QUEUE);
        let between = Arc::<Between>::default();
        let events = Events { queue: sender, between: Arc::clone(&between) };
        Ok((events, Self { queue, between, out, complained: None }))
    }

    /// Writes until it is told to close, or all near ends are gone. Blocks: give it a thread that may.
    pub fn run(mut self) {
        let mut batch = Vec::with_capacity(AT_ONCE);
        let mut lines = Vec::with_capacity(64 * 1024);
        let mut ends = Vec::with_capacity(AT_ONCE);
        let mut last: Option<Instant> = None;
        while self.queue.blocking_recv_many(&mut batch, AT_ONCE) > 0 {
            let closing = self.heed();
            lines.clear();
            ends.clear();
            for event in batch.drain(..).flatten() {
                // Serialising an event cannot fail: it holds text and numbers only.
                if serde_json::to_writer(&mut lines, &event).is_ok() {
                    lines.push(b'\n');
                    ends.push(lines.len());
                }
            }
            if !lines.is_empty() {
                self.write(&lines, &ends);
            }
            let before = last.replace(clock::ticks());
            let soon = before.is_some_and(|before| clock::ticks().duration_since(before) < OFTEN);
            if soon && !closing && self.queue.len() < AT_ONCE {
                std::thread::sleep(GATHER);
            } else {
                std::thread::yield_now();
            }
        }
    }

    /// Does what was asked for; says whether the end is near.
    fn heed(&mut self) -> bool {
        let asked = |what: &AtomicBool| what.swap(false, Ordering::AcqRel);
        let (reopen, tidy) = (asked(&self.between.reopen), asked(&self.between.tidy));
        if let Out::File(file) = &mut self.out {
            if reopen {
                file.reopen();
            }
            if reopen || tidy {
                file.tidy(clock::now());
            }
        }
        let closing = self.between.closing.load(Ordering::Acquire);
        if closing {
            // What waits still comes out.
            self.queue.close();
        }
        closing
    }

    /// Writes lines, of which it is known where they end.
    fn write(&mut self, lines: &[u8], ends: &[usize]) {
        let (written, result) = match &mut self.out {
            Out::Stdout(out) => out.write(lines),
            Out::File(file) => file.write(lines, clock::now()),
        };
        let Err(error) = result else { return };
        let lost = ends.iter().filter(|end| **end > written).count() as u64;
        self.between.dropped.fetch_add(lost, Ordering::Relaxed);
        if is_time(&mut self.complained) {
            tracing::error!(%error, lost, "events could not be written and are lost; is the disk full?");
        }
    }
}

/// Whether the log may speak of it again.
pub(super) fn is_time(said: &mut Option<Instant>) -> bool {
    let now = clock::ticks();
    let is_time = said.is_none_or(|said| now.duration_since(said) >= PERIOD);
    if is_time {
        *said = Some(now);
    }
    is_time
}
