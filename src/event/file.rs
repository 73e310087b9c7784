//! A file of lines that is set aside when it is full or old.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::sink::{FilePlan, is_time};
use crate::clock::{self, Time};

/// The highest number that a file set aside can have; no configuration keeps more of them.
const MOST: u32 = 1000;
/// How much of a file is searched for its first event.
const HEAD: u64 = 64 * 1024;

/// Something that lines go to. A line that could not be written whole is ended before the next one.
pub(super) struct Lines {
    file: File,
    is_torn: bool,
}

impl Lines {
    pub(super) fn new(file: File, is_torn: bool) -> Self {
        Self { file, is_torn }
    }

    /// Writes as much as goes, and says how many octets that was.
    pub(super) fn write(&mut self, lines: &[u8]) -> (usize, io::Result<()>) {
        if self.is_torn
            && let Err(error) = self.file.write_all(b"\n")
        {
            return (0, Err(error));
        }
        self.is_torn = false;
        let mut written = 0;
        let result = loop {
            match self.file.write(lines.get(written..).unwrap_or_default()) {
                _ if written == lines.len() => break Ok(()),
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(more) => written += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.is_torn =
            lines.get(..written).and_then(<[u8]>::last).is_some_and(|last| *last != b'\n');
        (written, result)
    }
}

/// The file, and those that it was set aside as.
pub(super) struct Rotating {
    plan: FilePlan,
    lines: Lines,
    /// Pipes and devices are not set aside.
    is_regular: bool,
    size: u64,
    /// When its first event was.
    first: Option<Time>,
    /// When it could not be set aside.
    failed: Option<Instant>,
}

impl Rotating {
    pub(super) fn open(plan: FilePlan, now: Time) -> io::Result<Self> {
        let (lines, found) = open(&plan.path)?;
        let Found { is_regular, size, first } = found;
        let mut file = Self { plan, lines, is_regular, size, first, failed: None };
        file.tidy(now);
        Ok(file)
    }

    /// Writes as much as goes, and says how many octets that was.
    pub(super) fn write(&mut self, lines: &[u8], now: Time) -> (usize, io::Result<()>) {
        let full = self.size.saturating_add(lines.len() as u64) > self.plan.rotate_size;
        if full || self.is_old(now) {
            self.set_aside();
        }
        let (written, result) = self.lines.write(lines);
        self.size += written as u64;
        if written > 0 {
            self.first.get_or_insert(now);
        }
        (written, result)
    }

    /// Opens the file of this name, which may be another one by now. To open a pipe might wait for ever.
    pub(super) fn reopen(&mut self) {
        if !self.is_regular {
            return;
        }
        let path = &self.plan.path;
        match open(path) {
            Ok((lines, found)) => self.go_on(lines, found),
            Err(error) => {
                tracing::error!(%error, "{} cannot be opened anew; events go on to where they went", path.display());
            }
        }
    }

    /// Sets the file aside when it is old, and deletes those whose time is over.
    pub(super) fn tidy(&mut self, now: Time) {
        if self.is_old(now) {
            self.set_aside();
        }
        if !self.is_regular {
            return;
        }
        // The last event of a file is as old as the file; the first one is older by a span at the most.
        let keep_for = self.plan.keep_for.saturating_sub(self.span());
        for number in 1..=MOST {
            let path = self.numbered(number);
            let Ok(file) = fs::symlink_metadata(&path) else { continue };
            if !file.is_file() || now.since(Time::from_unix(file.mtime())) <= keep_for {
                continue;
            }
            match fs::remove_file(&path) {
                Ok(()) => tracing::info!("{} held old events and was deleted", path.display()),
                Err(error) => {
                    tracing::error!(%error, "{} holds old events and cannot be deleted", path.display());
                }
            }
        }
    }

    /// How far apart the first event of a file and its last may be: so that neither the number of files nor
    /// the age of the oldest one cuts the other short.
    fn span(&self) -> Duration {
        self.plan.keep_for / self.plan.keep.saturating_add(1)
    }

    fn is_old(&self, now: Time) -> bool {
        self.first.is_some_and(|first| now.since(first) > self.span())
    }

    /// Begins a new file. Where that fails, the old one goes on, and it is tried again later.
    fn set_aside(&mut self) {
        if !self.is_regular || self.size == 0 || !is_time(&mut self.failed) {
            return;
        }
        match self.rotate() {
            Ok((lines, found)) => {
                self.go_on(lines, found);
                self.failed = None;
            }
            Err(error) => {
                let path = self.plan.path.display();
                tracing::error!(%error, "{path} cannot be set aside; events go on into the same file");
            }
        }
    }

    fn rotate(&self) -> io::Result<(Lines, Found)> {
        let gone = |result: io::Result<()>| match result {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        };
        // Down to the first number that is free: what is tried again moves nothing twice.
        let is_free = |number: &u32| fs::symlink_metadata(self.numbered(*number)).is_err();
        let free = (1..self.plan.keep).find(is_free).unwrap_or(self.plan.keep);
        for number in (1..free).rev() {
            gone(fs::rename(self.numbered(number), self.numbered(number + 1)))?;
        }
        gone(match self.plan.keep {
            0 => fs::remove_file(&self.plan.path),
            _ => fs::rename(&self.plan.path, self.numbered(1)),
        })?;
        open(&self.plan.path)
    }

    fn go_on(&mut self, lines: Lines, found: Found) {
        self.lines = lines;
        Found { is_regular: self.is_regular, size: self.size, first: self.first } = found;
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.plan.path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }
}

/// What is in a file already.
struct Found {
    is_regular: bool,
    size: u64,
    first: Option<Time>,
}

/// Opens a file to append lines to it.
fn open(path: &Path) -> io::Result<(Lines, Found)> {
    // Who was blocked where is nobody else's business.
    let file = OpenOptions::new().create(true).append(true).mode(0o640).open(path)?;
    let about = file.metadata()?;
    let (is_regular, size) = (about.is_file(), about.len());
    let first = if is_regular && size > 0 {
        let unknown = Time::from_unix(about.mtime());
        Some(first_event(path).unwrap_or(unknown))
    } else {
        None
    };
    // Where it cannot be read, it may be written to all the same.
    let is_torn = is_regular && size > 0 && ends_within_a_line(path).unwrap_or(false);
    Ok((Lines::new(file, is_torn), Found { is_regular, size, first }))
}

fn first_event(path: &Path) -> Option<Time> {
    #[derive(Deserialize)]
    struct Dated {
        #[serde(with = "clock::rfc3339")]
        time: Time,
    }
    let lines = BufReader::new(File::open(path).ok()?.take(HEAD)).lines();
    let mut dated = lines.map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok());
    dated.next().map(|Dated { time }| time)
}

/// A writer that was killed leaves half a line.
fn ends_within_a_line(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
