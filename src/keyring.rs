//! Files with keys that seal what clients keep for us: cookies, and session tickets. Made at the first
//! start, added to as the newest key ages. Older keys still open what they sealed.

use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::clock::Time;
use crate::files::{self, FileError};
use crate::random::{self, NoRandom};

/// The most keys that a file holds, whatever they sealed. The configuration sees to it that they are enough.
const MOST: usize = 34;
/// How old a key is before it seals, where there is an older one: other servers that have the file look at
/// it every few seconds, and in any case once a minute.
const KNOWN: Duration = Duration::from_secs(150);

/// What the keys of a file are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Cookies, forms and grants.
    Cookies,
    /// TLS sessions that are resumed.
    Tickets,
}

impl Purpose {
    fn what(self) -> &'static str {
        match self {
            Self::Cookies => "the cookie keys",
            Self::Tickets => "the ticket keys",
        }
    }

    fn one(self) -> &'static str {
        match self {
            Self::Cookies => "cookie key",
            Self::Tickets => "ticket key",
        }
    }

    /// What a new file costs.
    fn cost(self) -> &'static str {
        match self {
            Self::Cookies => "people then pass the cookie check once more",
            Self::Tickets => "clients then make one full handshake",
        }
    }

    fn header(self) -> &'static str {
        match self {
            Self::Cookies => "# Blockhouse cookie keys, newest first. Keep this file secret.\n",
            Self::Tickets => "# Blockhouse ticket keys, newest first. Keep this file secret.\n",
        }
    }
}

/// One key: 64 random octets.
pub type Secret = Zeroizing<[u8; 64]>;

/// The keys could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line of the file.
    #[error(
        "line {line} of {} is not a {}; restore the file, or move it away to have a new one made ({})",
        path.display(), purpose.one(), purpose.cost()
    )]
    Broken {
        /// What its keys are for.
        purpose: Purpose,
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// No key at all.
    #[error("{} holds no {}; move it away to have a new one made", path.display(), purpose.one())]
    Empty {
        /// What its keys are for.
        purpose: Purpose,
        /// Which file.
        path: PathBuf,
    },
    /// No random octets.
    #[error(transparent)]
    Random(#[from] NoRandom),
}

/// Reads the keys if there are any, and changes nothing.
///
/// # Errors
/// [`KeyringError`] for what a start would stumble over.
pub fn check(purpose: Purpose, path: &Path) -> Result<(), KeyringError> {
    if path.try_exists().unwrap_or(true) { read(purpose, path).map(|_| ()) } else { Ok(()) }
}

struct Dated {
    since: Time,
    secret: Secret,
}

/// Reads the keys, at least one, and the one that seals first: the newest that every server with this file
/// knows by now. Makes the file if there is none; adds a key when the newest is older than `rotate`, and takes those out
/// that sealed nothing for longer than `live`, which is how long what they sealed may be opened.
///
/// # Errors
/// [`KeyringError`]; the file is then as it was.
pub fn load(
    purpose: Purpose,
    path: &Path,
    rotate: Duration,
    live: Duration,
    now: Time,
) -> Result<Vec<Secret>, KeyringError> {
    let secrets = |keys| Ok(in_use(keys, now));
    if !path.try_exists().unwrap_or(true) {
        let fresh = vec![make(now)?];
        let written = write(purpose, &fresh);
        return match files::create(purpose.what(), path, written.as_bytes(), 0o600) {
            Ok(()) => secrets(fresh),
            // Another start was faster; its keys serve.
            Err(FileError::Exists { .. }) => secrets(read(purpose, path)?),
            Err(error) => Err(error.into()),
        };
    }
    let aged = |keys: &[Dated]| keys.first().is_none_or(|key| now.since(key.since) > rotate);
    let mut keys = read(purpose, path)?;
    if aged(&keys) {
        // Servers that share the file come here in the same minute, and only one of them adds a key.
        let Some(_held) = hold(path) else { return secrets(keys) };
        keys = read(purpose, path)?;
        if aged(&keys) {
            keys.insert(0, make(now)?);
            drop_old(&mut keys, live, now);
            files::replace(purpose.what(), path, write(purpose, &keys).as_bytes(), 0o600)?;
        }
    }
    secrets(keys)
}

/// Takes out the keys whose successors have sealed everything for so long.
fn drop_old(keys: &mut Vec<Dated>, live: Duration, now: Time) {
    let over = |key: &Dated| now.since(key.since) > live.saturating_add(KNOWN);
    let kept = keys.iter().position(over).map_or(keys.len(), |newer| newer + 1);
    keys.truncate(kept.min(MOST));
}

/// The file, locked as long as the answer lives; nothing while another server holds it, or has just put
/// another in its place.
fn hold(path: &Path) -> Option<File> {
    let file = File::open(path).ok()?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return None,
        // There are file systems without locks: better two new keys than none.
        Err(TryLockError::Error(_)) => return Some(file),
    }
    let (held, there) = (file.metadata().ok()?, std::fs::metadata(path).ok()?);
    ((held.dev(), held.ino()) == (there.dev(), there.ino())).then_some(file)
}

/// The keys in the order of their use: the one that seals, and then those that open.
fn in_use(mut keys: Vec<Dated>, now: Time) -> Vec<Secret> {
    let known = keys.iter().position(|key| now.since(key.since) >= KNOWN);
    // Where all are new, the oldest has had the most time to get about.
    let seals = known.unwrap_or(keys.len().saturating_sub(1));
    keys.get_mut(..=seals).unwrap_or_default().rotate_right(1);
    keys.into_iter().map(|dated| dated.secret).collect()
}

fn read(purpose: Purpose, path: &Path) -> Result<Vec<Dated>, KeyringError> {
    let octets = files::read_secret(purpose.what(), path)?;
    let text = String::from_utf8_lossy(&octets);
    let mut keys = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let broken = || KeyringError::Broken { purpose, path: path.into(), line: number + 1 };
        keys.push(parse(line).ok_or_else(broken)?);
    }
    if keys.is_empty() {
        return Err(KeyringError::Empty { purpose, path: path.into() });
    }
    Ok(keys)
}

fn parse(line: &str) -> Option<Dated> {
    let (since, text) = line.split_once(' ')?;
    let octets = Zeroizing::new(STANDARD.decode(text).ok()?);
    let secret = Zeroizing::new(octets.as_slice().try_into().ok()?);
    Some(Dated { since: Time::from_unix(since.parse().ok()?), secret })
}

fn make(now: Time) -> Result<Dated, NoRandom> {
    Ok(Dated { since: now, secret: fresh()? })
}

/// A key that is in no file.
///
/// # Errors
/// [`NoRandom`] when the system's generator fails.
pub fn fresh() -> Result<Secret, NoRandom> {
    random::octets::<64>().map(Zeroizing::new)
}

fn write(purpose: Purpose, keys: &[Dated]) -> Zeroizing<String> {
    // A line takes 20 digits at the most and 88 letters. It must not grow, which would leave a copy behind.
    let room = purpose.header().len() + 128 * keys.len();
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.push_str(purpose.header());
    for key in keys {
        text.push_str(&key.since.unix().to_string());
        text.push(' ');
        STANDARD.encode_string(key.secret.as_slice(), &mut text);
        text.push('\n');
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    const ROTATE: Duration = Duration::from_secs(3600);

    #[test]
    fn a_new_key_opens_at_once_and_seals_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let load = |second| {
            load(Purpose::Tickets, &path, ROTATE, 2 * ROTATE, Time::from_unix(second)).unwrap()
        };
        let first = load(0);
        assert_eq!(first.len(), 1, "the only key seals from the beginning");
        let both = load(3601);
        assert_eq!((both.len(), &both[0]), (2, &first[0]));
        assert_eq!(load(3601 + 149), both);
        let turned = load(3601 + 150);
        assert_eq!(turned, [both[1].clone(), both[0].clone()]);
    }

    #[test]
    fn a_key_stays_as_long_as_what_it_sealed_may_be_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let (day, live) = (Duration::from_secs(86_400), Duration::from_secs(365 * 86_400));
        let at = |days: u32| Time::from_unix(0).plus(days * day);
        let load = |days| load(Purpose::Cookies, &path, 30 * day, live, at(days)).unwrap();
        let first = load(0)[0].clone();
        let mut most = 0;
        for days in 1..=395 {
            let ring = load(days);
            assert!(ring.contains(&first), "it sealed for 31 days, and {days} are over");
            most = most.max(ring.len());
        }
        assert!((395..500).any(|days| !load(days).contains(&first)));
        assert_eq!(most, 13);
    }

    #[test]
    fn of_servers_that_share_a_file_one_adds_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let load =
            || load(Purpose::Tickets, &path, ROTATE, 2 * ROTATE, Time::from_unix(3601)).unwrap();
        write_at(&path, &[make(Time::from_unix(0)).unwrap()]);
        let other = File::open(&path).unwrap();
        other.lock().unwrap();
        assert_eq!(load().len(), 1, "another one is about to");
        // It has put its file in place, and has not let go of the old one yet.
        let written = [make(Time::from_unix(3601)).unwrap(), make(Time::from_unix(0)).unwrap()];
        write_at(&path, &written);
        let seals_first: Vec<_> = load().into_iter().rev().collect();
        assert_eq!(seals_first, written.map(|key| key.secret));
        let ring: Vec<Vec<Secret>> = std::thread::scope(|scope| {
            write_at(&path, &[make(Time::from_unix(0)).unwrap()]);
            let all: Vec<_> = (0..8).map(|_| scope.spawn(load)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(ring.iter().all(|keys| keys.len() <= 2));
        assert_eq!(read(Purpose::Tickets, &path).unwrap().len(), 2);
    }

    fn write_at(path: &Path, keys: &[Dated]) {
        let text = write(Purpose::Tickets, keys);
        files::replace("keys", path, text.as_bytes(), 0o600).unwrap();
    }
}
