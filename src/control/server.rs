//! The server's side of the socket.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream as BlockingStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use super::{Command, Decided, MAX_COMMAND, Reply, SOCKET, WAIT, execute};
use crate::clock;
use crate::store::Store;

/// Connections at the same time; more wait at the socket.
const AT_ONCE: usize = 16;
/// How long to wait when no connection can be accepted, as for want of descriptors.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// The socket could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The system allows some hundred octets for the path of a socket.
    #[error(
        "the path {} is too long for a socket ({} octets, and 100 are safe everywhere); name a \
         shorter folder as store.directory",
        path.display(),
        path.as_os_str().len()
    )]
    TooLong {
        /// Which path.
        path: PathBuf,
    },
    /// Another server answers there.
    #[error("a server answers at {} already; stop it, or give this one a store of its own", path.display())]
    Running {
        /// Which path.
        path: PathBuf,
    },
    /// Something else has the name.
    #[error("{} is there and is no socket; move it away", path.display())]
    InTheWay {
        /// Which path.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot listen for commands at {}; may this user write in that folder?", path.display())]
    System {
        /// Which path.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// The bound socket. Its name goes away with it.
#[derive(Debug)]
pub struct Server {
    listener: UnixListener,
    path: PathBuf,
    // Which file it is, so that the socket of a successor is left alone.
    inode: (u64, u64),
}

impl Server {
    /// Binds the socket in the folder of the store. One that a dead server left behind is replaced.
    ///
    /// # Errors
    /// [`BindError`]; a live server keeps its socket.
    pub fn bind(folder: &Path) -> Result<Self, BindError> {
        let path = folder.join(SOCKET);
        let refused = |source| BindError::System { path: path.clone(), source };
        // It gets its name when it has its mode, and takes the place of a dead one in one step.
        let scratch = folder.join(format!("{SOCKET}.new"));
        if SocketAddr::from_pathname(&scratch).is_err() {
            return Err(BindError::TooLong { path });
        }
        match fs::symlink_metadata(&path) {
            Ok(about) if !about.file_type().is_socket() => {
                return Err(BindError::InTheWay { path });
            }
            Ok(_) if BlockingStream::connect(&path).is_ok() => {
                return Err(BindError::Running { path });
            }
            _ => {}
        }
        match fs::remove_file(&scratch) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(refused(error)),
            _ => {}
        }
        let listener = UnixListener::bind(&scratch).map_err(refused)?;
        listener.set_nonblocking(true).map_err(refused)?;
        fs::set_permissions(&scratch, Permissions::from_mode(0o600)).map_err(refused)?;
        let about = fs::symlink_metadata(&scratch).map_err(refused)?;
        fs::rename(&scratch, &path).map_err(refused)?;
        Ok(Self { listener, path, inode: (about.dev(), about.ino()) })
    }

    /// Answers until it is dropped, within a runtime. `decided` is told of everything that was
    /// decided, as soon as it is on the disk; it must not block.
    pub async fn run(self, store: Store, decided: impl Fn(Decided) + Send + Sync + 'static) {
        let listener = self.listener.try_clone().and_then(tokio::net::UnixListener::from_std);
        let listener = match listener {
            Ok(listener) => listener,
            Err(error) => {
                let path = self.path.display();
                tracing::error!(%path, %error, "commands cannot be taken; restart the server");
                return;
            }
        };
        let decided = Arc::new(decided);
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut talks = JoinSet::new();
        // A semaphore that nobody closes gives a place sooner or later.
        while let Ok(place) = places.clone().acquire_owned().await {
            while talks.try_join_next().is_some() {}
            match listener.accept().await {
                Ok((stream, _)) => {
                    let (store, decided) = (store.clone(), decided.clone());
                    talks.spawn(async move {
                        if let Err(error) = talk(stream, store, &*decided).await {
                            tracing::debug!(%error, "a command was not taken or not answered");
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a command could not be accepted");
                    sleep(EXHAUSTED).await;
                }
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let own = fs::symlink_metadata(&self.path);
        if own.is_ok_and(|about| (about.dev(), about.ino()) == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

async fn talk(stream: UnixStream, store: Store, decided: &impl Fn(Decided)) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = Vec::new();
    let mut read = BufReader::new(read.take(MAX_COMMAND as u64 + 1));
    timeout(WAIT, read.read_until(b'\n', &mut line)).await??;
    if line.is_empty() {
        // Somebody only looked whether a server is there.
        return Ok(());
    }
    let reply = if line.len() > MAX_COMMAND {
        Reply::Failed(format!("a command has at most {MAX_COMMAND} octets"))
    } else {
        match serde_json::from_slice::<Command>(&line) {
            Ok(command) => {
                let done = spawn_blocking(move || execute(&store, command, clock::now())).await;
                done.map_err(io::Error::other)?
            }
            Err(error) => Reply::Failed(format!(
                "the server does not understand this command ({error}); does it run the same \
                 release? Restart it after an upgrade"
            )),
        }
    };
    if let Some(news) = Decided::by(&reply) {
        decided(news);
    }
    // It may hold a code, which is shown once.
    let mut octets = Zeroizing::new(serde_json::to_vec(&reply)?);
    octets.push(b'\n');
    timeout(WAIT, write.write_all(&octets)).await??;
    write.shutdown().await
}
