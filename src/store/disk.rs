//! The file: opened, checked, moved aside when it is broken, and written so that what is
//! acknowledged is there after any crash.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use redb::{
    Builder, Database, Durability, Error, ReadTransaction, ReadableDatabase as _,
    ReadableTable as _, TableDefinition, TableError, WriteTransaction,
};
use serde::{Deserialize, Serialize};

use super::error::{MovedAside, StoreError};
use super::memory::{CodeRow, Count, Memory, RequestRow, Row};
use crate::clock::Time;
use crate::files;
use crate::trust;

/// The file's name in its folder.
pub const FILE: &str = "store.redb";

/// What the tables and their rows look like. A file of another version is not understood.
const SCHEMA: u64 = 1;
/// The version of a row, so that a later release can read older rows without writing all anew.
const ROW: u8 = 1;
/// Pages that the database keeps in memory. What is read often is in [`Memory`].
const CACHE: usize = 4 << 20;

const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
const CODES: TableDefinition<&str, &[u8]> = TableDefinition::new("codes");
const REQUESTS: TableDefinition<&str, &[u8]> = TableDefinition::new("requests");
const COUNTS: TableDefinition<&str, u32> = TableDefinition::new("counts");
/// A later addition, so that it may be missing.
const TRUST: TableDefinition<&str, &[u8]> = TableDefinition::new("trust");

/// A row with its version, as JSON: small, and readable with any tool should it ever have to be.
#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    v: u8,
    row: T,
}

/// The open file. It has one owner, who writes one change after the other.
pub(super) struct Disk {
    path: PathBuf,
    // Gone after a failed write: what is on the disk is then not known, and the next change opens
    // the file anew. A full disk that has room again is so no reason to restart the server.
    database: Option<Database>,
    // After the database, so that it is given back last.
    _lock: Lock,
}

/// The lock on the folder: moving a file aside, making a new one and opening it is one step for
/// other processes.
struct Lock(File);

impl Lock {
    fn take(folder: &Path) -> Result<Self, TryLockError> {
        let file = File::open(folder).map_err(TryLockError::Error)?;
        file.try_lock()?;
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone leaves it with a process that is being started at this moment, which has a
        // copy of every open file until it becomes another program.
        let _ = self.0.unlock();
    }
}

/// Why a file did not open.
enum Refusal {
    /// It is no store; the text says why.
    Broken(String),
    Busy,
    Io(io::Error),
}

impl Disk {
    /// Opens the file below `folder`, and makes both if they are not there.
    pub(super) fn open(
        folder: &Path,
        now: Time,
    ) -> Result<(Self, Memory, Option<MovedAside>), StoreError> {
        let refused = |source| StoreError::Folder { path: folder.into(), source };
        // An administrator runs a command before the first start of a server that has a user of its own.
        let heir = files::heir(folder).filter(|_| !folder.exists());
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(refused)?;
        if let Some((user, group)) = heir {
            let _ = chown(folder, Some(user), Some(group));
        }
        let path = folder.join(FILE);
        let lock = match Lock::take(folder) {
            Ok(lock) => lock,
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy { path }),
            Err(TryLockError::Error(source)) => return Err(refused(source)),
        };
        let mut moved = None;
        let opened = match fs::symlink_metadata(&path) {
            Ok(_) => match open_file(&path) {
                Err(Refusal::Broken(why)) => {
                    moved = Some(move_aside(&path, why, now)?);
                    None
                }
                other => Some(other),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(StoreError::Open { path, source }),
        };
        let opened = match opened {
            Some(opened) => opened,
            None => make_file(folder, &path).and_then(|()| open_file(&path)),
        };
        let (database, memory) = opened.map_err(|refusal| refusal.into_error(&path))?;
        Ok((Self { path, database: Some(database), _lock: lock }, memory, moved))
    }

    /// Opens the file anew if an earlier write failed, and gives what is in it.
    pub(super) fn recover(&mut self) -> Result<Option<Memory>, StoreError> {
        if self.database.is_some() {
            return Ok(None);
        }
        let (database, memory) = open_file(&self.path).map_err(|r| r.into_error(&self.path))?;
        self.database = Some(database);
        Ok(Some(memory))
    }

    /// Writes all rows or none. They are on the disk when this returns `Ok`.
    pub(super) fn commit(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        let failed = |why: String| StoreError::Write { path: self.path.clone(), why };
        let Some(database) = self.database.take() else {
            return Err(failed("an earlier write failed".to_owned()));
        };
        let written = guarded(|| {
            let mut change = database.begin_write()?;
            change.set_durability(Durability::Immediate)?;
            // What strangers write stands in the rows. The checksums of a commit in one phase are
            // not made against people who choose the content; a commit in two phases does not
            // depend on them, for one more wait on the disk.
            change.set_two_phase_commit(true);
            write(&change, rows)?;
            change.commit()?;
            Ok(())
        });
        match written {
            Ok(()) => {
                self.database = Some(database);
                Ok(())
            }
            Err(failure) => {
                close(database);
                Err(failed(failure.to_string()))
            }
        }
    }
}

impl Refusal {
    fn into_error(self, path: &Path) -> StoreError {
        match self {
            Self::Broken(why) => StoreError::Damaged { path: path.into(), why },
            Self::Busy => StoreError::Busy { path: path.into() },
            Self::Io(source) => StoreError::Open { path: path.into(), source },
        }
    }
}

/// What calling into the database led to.
enum Failure {
    Error(Error),
    Panic,
}

impl Failure {
    /// Whether the file is to blame or the system: only a file that is to blame is moved aside.
    fn into_refusal(self) -> Refusal {
        match self {
            Self::Error(Error::DatabaseAlreadyOpen | Error::LockProtocolMismatch) => Refusal::Busy,
            Self::Error(Error::Io(error)) if !is_damage(&error) => Refusal::Io(error),
            Self::Error(
                error @ (Error::PreviousIo
                | Error::DatabaseClosed
                | Error::LockPoisoned(_)
                | Error::Backend(_)
                | Error::Unsupported),
            ) => Refusal::Io(io::Error::other(error)),
            broken => Refusal::Broken(broken.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Panic => f.write_str("its pages contradict each other"),
        }
    }
}

/// Runs what calls into the database.
///
/// redb answers damaged files with errors, and says that some damage may still make it panic; its
/// debug builds do so on purpose. A panic must not take down the thread that serves a page, and
/// after one the database is closed and opened anew like after any failed write.
fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(Failure::Error),
        Err(_) => Err(Failure::Panic),
    }
}

/// Closes a database that is of no more use. Closing writes, and may fail as the rest did.
fn close(database: Database) {
    let _ = guarded(move || {
        drop(database);
        Ok(())
    });
}

fn open_file(path: &Path) -> Result<(Database, Memory), Refusal> {
    // Asked for first, since redb does not say which step of opening failed.
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(Refusal::Io)?;
    let about = file.metadata().map_err(Refusal::Io)?;
    if !about.is_file() {
        return Err(Refusal::Io(io::Error::other("this is not a regular file")));
    }
    if about.mode() & 0o077 != 0 {
        // A file put back from a backup; it holds what people wrote.
        file.set_permissions(Permissions::from_mode(0o600)).map_err(Refusal::Io)?;
    }
    drop(file);
    let opened = guarded(|| {
        // The check reads the whole file, which is small, and trusts no page that was altered.
        let mut builder = Builder::new();
        Ok(builder.set_cache_size(CACHE).set_check_integrity_on_open(true).open(path)?)
    });
    let database = opened.map_err(Failure::into_refusal)?;
    let why = match guarded(|| load(&database)) {
        Ok(Ok(memory)) => return Ok((database, memory)),
        Ok(Err(why)) => Refusal::Broken(why),
        Err(failure) => failure.into_refusal(),
    };
    close(database);
    Err(why)
}

/// Whether an error of reading speaks of the file's content rather than of the system.
fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput
    )
}

/// Everything in the file; the inner error says which row is not understood.
fn load(database: &Database) -> Result<Result<Memory, String>, Error> {
    let view = database.begin_read()?;
    let schema = view.open_table(META)?.get("schema")?.map(|found| found.value());
    match schema {
        Some(SCHEMA) => {}
        Some(other) => {
            return Ok(Err(format!(
                "its schema has version {other}, and this release knows version {SCHEMA}"
            )));
        }
        None => return Ok(Err("it does not say which schema it has".to_owned())),
    }
    let mut memory = Memory::default();
    memory.trust = trust_rows(&view)?;
    for entry in view.open_table(CODES)?.iter()? {
        let (id, octets) = entry?;
        match decode::<CodeRow>(octets.value()).filter(|row| row.code.id == id.value()) {
            Some(row) => memory.apply(Row::Code(row.into())),
            None => return Ok(Err(format!("the bypass code `{}` is not readable", id.value()))),
        }
    }
    for entry in view.open_table(REQUESTS)?.iter()? {
        let (id, octets) = entry?;
        match decode::<RequestRow>(octets.value()).filter(|row| row.request.id == id.value()) {
            Some(row) => memory.apply(Row::Request(row.into())),
            None => return Ok(Err(format!("the access request `{}` is not readable", id.value()))),
        }
    }
    for entry in view.open_table(COUNTS)?.iter()? {
        let (key, times) = entry?;
        match Count::from_key(key.value()) {
            Some(count) => memory.apply(Row::Count(count, times.value())),
            None => return Ok(Err(format!("the count `{}` is not readable", key.value()))),
        }
    }
    Ok(Ok(memory))
}

/// What clients did not accept. It is observed and not decided, and comes again: a row that is not
/// understood is left out, where one of the other tables would condemn the file.
fn trust_rows(view: &ReadTransaction) -> Result<Vec<(IpAddr, trust::Client)>, Error> {
    let table = match view.open_table(TRUST) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let (mut rows, mut odd) = (Vec::new(), 0_u64);
    for entry in table.iter()? {
        let (key, octets) = entry?;
        match (key.value().parse(), decode::<trust::Client>(octets.value())) {
            (Ok(ip), Some(client)) => rows.push((ip, client)),
            _ => odd += 1,
        }
    }
    if odd > 0 {
        tracing::warn!(
            rows = odd,
            "part of the journal of trust failures is not readable and is left out"
        );
    }
    Ok(rows)
}

fn decode<T: for<'de> Deserialize<'de>>(octets: &[u8]) -> Option<T> {
    serde_json::from_slice::<Versioned<T>>(octets).ok().filter(|row| row.v == ROW).map(|r| r.row)
}

fn encode<T: Serialize>(row: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(&Versioned { v: ROW, row })
        .map_err(|error| Error::Corrupted(format!("a row cannot be written: {error}")))
}

fn write(change: &WriteTransaction, rows: &[Row]) -> Result<(), Error> {
    let mut codes = change.open_table(CODES)?;
    let mut requests = change.open_table(REQUESTS)?;
    let mut counts = change.open_table(COUNTS)?;
    let mut trust = change.open_table(TRUST)?;
    for row in rows {
        match row {
            Row::Code(row) => {
                codes.insert(row.code.id.as_str(), encode(row.as_ref())?.as_slice())?;
            }
            Row::NoCode(id) => {
                codes.remove(id.as_str())?;
            }
            Row::Request(row) => {
                requests.insert(row.request.id.as_str(), encode(row.as_ref())?.as_slice())?;
            }
            Row::NoRequest(id) => {
                requests.remove(id.as_str())?;
            }
            Row::Count(count, times) => {
                counts.insert(count.key().as_str(), *times)?;
            }
            Row::NoCount(count) => {
                counts.remove(count.key().as_str())?;
            }
            Row::Trust(ip, client) => {
                trust.insert(ip.to_string().as_str(), encode(client.as_ref())?.as_slice())?;
            }
            Row::NoTrust(ip) => {
                trust.remove(ip.to_string().as_str())?;
            }
        }
    }
    Ok(())
}

/// Makes an empty store. It gets its name only when it is complete: a crash on the way leaves no
/// file that does not open.
fn make_file(folder: &Path, path: &Path) -> Result<(), Refusal> {
    let scratch = path.with_file_name(format!("{FILE}.new"));
    match fs::remove_file(&scratch) {
        Ok(()) => tracing::debug!(path = %scratch.display(), "removed a half-made store"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(Refusal::Io(error)),
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&scratch);
    let own = file.and_then(|file| file.metadata()).map_err(Refusal::Io)?;
    let above = fs::metadata(folder).map_err(Refusal::Io)?;
    if own.uid() != above.uid() {
        // An administrator runs a command before the first start of a server that has a user of its
        // own. Where this is not allowed, the folder's owner has the file anyway, or opening fails
        // with words about it.
        let _ = chown(&scratch, Some(above.uid()), Some(above.gid()));
    }
    let made = guarded(|| {
        let database = Builder::new().set_cache_size(CACHE).create(&scratch)?;
        let change = database.begin_write()?;
        change.open_table(META)?.insert("schema", SCHEMA)?;
        write(&change, &[])?;
        change.commit()?;
        Ok(database.close()?)
    });
    made.map_err(|failure| Refusal::Io(io::Error::other(failure.to_string())))?;
    fs::rename(&scratch, path).and_then(|()| File::open(folder)?.sync_all()).map_err(Refusal::Io)
}

/// Takes a broken file out of the way, and never over another one.
fn move_aside(path: &Path, why: String, now: Time) -> Result<MovedAside, StoreError> {
    let name = |end: String| path.with_file_name(format!("{FILE}.broken-{}{end}", now.unix()));
    let mut to = name(String::new());
    let mut more = 1;
    while fs::symlink_metadata(&to).is_ok() {
        more += 1;
        to = name(format!("-{more}"));
    }
    match fs::rename(path, &to) {
        Ok(()) => Ok(MovedAside { from: path.into(), to, why, at: now }),
        Err(source) => Err(StoreError::Aside { path: path.into(), why, source }),
    }
}
