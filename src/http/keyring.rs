//! The file with the keys that seal cookies: made at the first start, added to as the newest key
//! ages. Older keys still open what they sealed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cookie::Key;
use zeroize::Zeroizing;

use super::cookie::Keys;
use crate::clock::Time;
use crate::files::{self, FileError};
use crate::random::{self, NoRandom};

/// How many keys a file holds: the newest, and those that may still have sealed a live cookie.
const KEPT: usize = 4;
const WHAT: &str = "the cookie keys";
const HEADER: &str = "# Blockhouse cookie keys, newest first. Keep this file secret.\n";

/// The keys could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line of the file.
    #[error(
        "line {line} of {} is not a cookie key; restore the file, or move it away to have a new \
         one made (people then pass the cookie check once more)",
        path.display()
    )]
    Broken {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// No key at all.
    #[error("{} holds no cookie key; move it away to have a new one made", path.display())]
    Empty {
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
pub fn check_keys(path: &Path) -> Result<(), KeyringError> {
    if path.try_exists().unwrap_or(true) { read(path).map(|_| ()) } else { Ok(()) }
}

struct Dated {
    since: i64,
    // The 64 octets of a `cookie::Key`, in base 64.
    text: Zeroizing<String>,
    key: Key,
}

/// Reads the keys; makes the file if there is none; adds a key when the newest is older than
/// `rotate`.
///
/// # Errors
/// [`KeyringError`]; the file is then as it was.
pub fn load_keys(path: &Path, rotate: Duration, now: Time) -> Result<Keys, KeyringError> {
    if !path.try_exists().unwrap_or(true) {
        let fresh = vec![make(now)?];
        return match files::create(WHAT, path, write(&fresh).as_bytes(), 0o600) {
            Ok(()) => Ok(into_keys(fresh)),
            // Another start was faster; its keys serve.
            Err(FileError::Exists { .. }) => Ok(into_keys(read(path)?)),
            Err(error) => Err(error.into()),
        };
    }
    let mut keys = read(path)?;
    let newest = keys.first().map_or(0, |key| key.since);
    if now.since(Time::from_unix(newest)) > rotate {
        keys.insert(0, make(now)?);
        keys.truncate(KEPT);
        files::replace(WHAT, path, write(&keys).as_bytes(), 0o600)?;
    }
    Ok(into_keys(keys))
}

fn read(path: &Path) -> Result<Vec<Dated>, KeyringError> {
    let octets = files::read_secret(WHAT, path)?;
    let text = String::from_utf8_lossy(&octets);
    let mut keys = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let broken = || KeyringError::Broken { path: path.into(), line: number + 1 };
        keys.push(parse(line).ok_or_else(broken)?);
    }
    if keys.is_empty() {
        return Err(KeyringError::Empty { path: path.into() });
    }
    Ok(keys)
}

fn parse(line: &str) -> Option<Dated> {
    let (since, text) = line.split_once(' ')?;
    let octets = Zeroizing::new(STANDARD.decode(text).ok()?);
    let key = Key::try_from(octets.as_slice()).ok()?;
    Some(Dated { since: since.parse().ok()?, text: Zeroizing::new(text.to_owned()), key })
}

fn make(now: Time) -> Result<Dated, NoRandom> {
    let octets = Zeroizing::new(random::octets::<64>()?);
    let text = Zeroizing::new(STANDARD.encode(octets.as_slice()));
    Ok(Dated { since: now.unix(), text, key: Key::from(octets.as_slice()) })
}

fn write(keys: &[Dated]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(HEADER.to_owned());
    for key in keys {
        text.push_str(&format!("{} {}\n", key.since, *key.text));
    }
    text
}

fn into_keys(keys: Vec<Dated>) -> Keys {
    let mut keys = keys.into_iter().map(|dated| dated.key);
    match keys.next() {
        Some(newest) => Keys::new(newest, keys),
        None => Keys::new(Key::generate(), []),
    }
}
