//! The command line's side.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Command, MAX_COMMAND, Reply, SOCKET, WAIT, execute, without_store};
use crate::clock;
use crate::store::{FILE, Store, StoreError};

/// The longest answer: a full store's requests with all that people wrote fit several times.
const MAX_REPLY: u64 = 64 << 20;
/// How long another command may have the file until this one gives up.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often to look again meanwhile.
const AGAIN: Duration = Duration::from_millis(20);
/// How long the server may take: as long as it waits for others, and for its disk.
const ANSWER: Duration = Duration::from_secs(30);

/// A command could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// No server answers, and the store could not be opened either.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is a socket, and this user may not use it.
    #[error(
        "cannot reach the server at {}; run this command as the user that the server runs as",
        path.display()
    )]
    Reach {
        /// Which socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The server went away, or took too long.
    #[error(
        "the server at {} did not answer; list codes or requests to see whether it was done",
        path.display()
    )]
    Silent {
        /// Which socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The answer is not understood.
    #[error(
        "the answer of the server at {} is not understood; restart the server after an upgrade",
        path.display()
    )]
    Answer {
        /// Which socket.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// More than a command may hold.
    #[error("this command has {octets} octets, and {MAX_COMMAND} are allowed; shorten the texts")]
    TooLong {
        /// How many it has.
        octets: usize,
    },
}

/// Has a command carried out: by the server of this folder if one answers, or else here.
///
/// # Errors
/// [`ControlError`] when neither is possible.
pub fn call(folder: &Path, command: &Command) -> Result<Reply, ControlError> {
    let begun = clock::ticks();
    loop {
        if let Some(reply) = ask(folder, command)? {
            return Ok(reply);
        }
        // A question does not make a store, least of all one that belongs to the wrong user.
        if let Ok(false) = folder.join(FILE).try_exists()
            && let Some(reply) = without_store(command)
        {
            return Ok(reply);
        }
        match Store::open(folder, clock::now()) {
            Ok((store, moved)) => {
                if let Some(moved) = moved {
                    tracing::warn!("{moved}");
                }
                return Ok(execute(&store, command.clone(), clock::now()));
            }
            // Another command has it for a moment, or a server is starting.
            Err(StoreError::Busy { .. }) if begun.elapsed() < PATIENCE => thread::sleep(AGAIN),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The server's answer; `None` when there is no server.
fn ask(folder: &Path, command: &Command) -> Result<Option<Reply>, ControlError> {
    let path = folder.join(SOCKET);
    if SocketAddr::from_pathname(&path).is_err() {
        // No server could bind it.
        return Ok(None);
    }
    let mut stream = match UnixStream::connect(&path) {
        Ok(stream) => stream,
        Err(error) => {
            return match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Ok(None),
                _ => Err(ControlError::Reach { path, source: error }),
            };
        }
    };
    let mut line = serde_json::to_vec(command)
        .map_err(|source| ControlError::Answer { path: path.clone(), source })?;
    line.push(b'\n');
    if line.len() > MAX_COMMAND {
        return Err(ControlError::TooLong { octets: line.len() });
    }
    let mut answer = Zeroizing::new(Vec::with_capacity(4096));
    let talked = stream
        .set_write_timeout(Some(WAIT))
        .and_then(|()| stream.set_read_timeout(Some(ANSWER)))
        .and_then(|()| stream.write_all(&line))
        .and_then(|()| stream.shutdown(Shutdown::Write))
        .and_then(|()| stream.take(MAX_REPLY).read_to_end(&mut answer))
        .and_then(|octets| match octets {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            _ => Ok(()),
        });
    if let Err(source) = talked {
        return Err(ControlError::Silent { path, source });
    }
    let reply = serde_json::from_slice(&answer);
    reply.map(Some).map_err(|source| ControlError::Answer { path, source })
}
