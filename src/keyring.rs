//! Files with keys that seal what clients keep for us: cookies, and session tickets. Made at the first
//! start, added to as the newest key ages. Older keys still open what they sealed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::clock::Time;
use crate::files::{self, FileError};
use crate::random::{self, NoRandom};

/// How many keys a file holds: the newest, and those that may still have sealed something live.
const KEPT: usize = 4;

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

/// Reads the keys, the newest first and at least one; makes the file if there is none; adds a key when
/// the newest is older than `rotate`.
///
/// # Errors
/// [`KeyringError`]; the file is then as it was.
pub fn load(
    purpose: Purpose,
    path: &Path,
    rotate: Duration,
    now: Time,
) -> Result<Vec<Secret>, KeyringError> {
    let secrets = |keys: Vec<Dated>| Ok(keys.into_iter().map(|dated| dated.secret).collect());
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
    let mut keys = read(purpose, path)?;
    if keys.first().is_none_or(|newest| now.since(newest.since) > rotate) {
        keys.insert(0, make(now)?);
        keys.truncate(KEPT);
        files::replace(purpose.what(), path, write(purpose, &keys).as_bytes(), 0o600)?;
    }
    secrets(keys)
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
    let mut text = Zeroizing::new(purpose.header().to_owned());
    for key in keys {
        let secret = Zeroizing::new(STANDARD.encode(key.secret.as_slice()));
        text.push_str(&format!("{} {}\n", key.since.unix(), *secret));
    }
    text
}
