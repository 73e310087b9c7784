//! Reading and writing files so that nothing secret is readable by others, nothing is overwritten,
//! and nothing is left half-written.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::clock::{self, Time};
use crate::random;

/// What went wrong with a file: what was attempted, on which path, and the cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file could not be read.
    #[error("cannot read {what} {}{}", path.display(), hint(source))]
    Read {
        /// What the file is for.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no such credential.
    #[error(
        "there is no credential `{name}` in {}; systemd puts it there while a unit with `LoadCredential=` or \
         `LoadCredentialEncrypted=` runs, for the server and for root",
        folder.display()
    )]
    NoCredential {
        /// What it is called.
        name: String,
        /// Where it is looked for.
        folder: PathBuf,
    },
    /// The file could not be written.
    #[error(
        "cannot write {what} {}; does its folder exist, and may this user write there?",
        path.display()
    )]
    Write {
        /// What the file is for.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is there already.
    #[error(
        "{what} {} exists already and is never overwritten; move it away or choose another place",
        path.display()
    )]
    Exists {
        /// What the file is for.
        what: &'static str,
        /// Which file.
        path: PathBuf,
    },
    /// A secret that others can read.
    #[error(
        "{what} {} can be read by others (mode {mode:04o}); run `chmod 600 {}` and consider the \
         secret as known if others use this machine",
        path.display(),
        path.display()
    )]
    TooOpen {
        /// What the file is for.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// There is nothing in it.
    #[error("{what} {} holds nothing; write it into the file", path.display())]
    Empty {
        /// What the file is for.
        what: &'static str,
        /// Which file.
        path: PathBuf,
    },
    /// More than any such file holds.
    #[error("{what} {} is larger than {limit} octets; is it the right file?", path.display())]
    TooLarge {
        /// What the file is for.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// The limit in octets.
        limit: u64,
    },
}

/// What is to be done about a file that cannot be read, where that can be said.
fn hint(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            let user = rustix::process::geteuid();
            format!(" (let user {user} read it, and search the folders above it)")
        }
        _ => String::new(),
    }
}

impl FileError {
    /// Whether the file is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Reads a public file of at most `limit` octets.
///
/// # Errors
/// [`FileError`] when it cannot be read or is larger.
pub fn read(what: &'static str, path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let failed = |source| FileError::Read { what, path: path.into(), source };
    let mut octets = Vec::new();
    File::open(path).map_err(failed)?.take(limit + 1).read_to_end(&mut octets).map_err(failed)?;
    if octets.len() as u64 > limit {
        return Err(FileError::TooLarge { what, path: path.into(), limit });
    }
    Ok(octets)
}

/// Opens a file, and nothing else that has a name: to open a pipe waits for whoever writes into it.
///
/// # Errors
/// What it cannot be opened for.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let at_once = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(at_once).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")),
    }
}

/// Where systemd puts the credentials of the unit that this process belongs to (systemd.exec(5), "Credentials"). Of a
/// process that somebody started by hand, beside the server: those of the unit that is shipped.
pub fn credentials() -> PathBuf {
    std::env::var_os("CREDENTIALS_DIRECTORY")
        .map_or_else(|| PathBuf::from("/run/credentials/blockhouse.service"), PathBuf::from)
}

/// Reads a secret of at most 64 KiB and refuses it when its group or others could read it as well;
/// the group of a credential of a systemd unit is nobody's.
///
/// # Errors
/// [`FileError`] when it cannot be read, is too open or too large.
pub fn read_secret(what: &'static str, path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    const LIMIT: u64 = 64 * 1024;
    let failed = |source| FileError::Read { what, path: path.into(), source };
    let credentials = credentials();
    let credential = path.parent() == Some(credentials.as_path());
    let file = File::open(path).map_err(|source| match path.file_name() {
        Some(name) if credential && source.kind() == io::ErrorKind::NotFound => {
            let name = name.to_string_lossy().into_owned();
            FileError::NoCredential { name, folder: credentials.clone() }
        }
        _ => failed(source),
    })?;
    // Asked of the open file, not of the path, so that both speak of the same file.
    let mode = file.metadata().map_err(failed)?.mode() & 0o7777;
    // A credential of a unit is given by an access list, whose mask is shown as the group's bits; its
    // folder lets nobody else in (systemd.exec(5), "Credentials").
    let open = if credential { 0o037 } else { 0o077 };
    if mode & open != 0 {
        return Err(FileError::TooOpen { what, path: path.into(), mode });
    }
    let mut octets = Zeroizing::new(Vec::with_capacity(4096));
    file.take(LIMIT + 1).read_to_end(&mut octets).map_err(failed)?;
    if octets.len() as u64 > LIMIT {
        return Err(FileError::TooLarge { what, path: path.into(), limit: LIMIT });
    }
    Ok(octets)
}

/// Makes a new file with these permission bits: whole or not at all, never over an existing one.
///
/// # Errors
/// [`FileError::Exists`] when there is one already, [`FileError::Write`] for all else.
pub fn create(what: &'static str, path: &Path, octets: &[u8], mode: u32) -> Result<(), FileError> {
    create_for(heir(path), what, path, octets, mode)
}

/// The same for a secret that its maker alone is to have, whoever the folder belongs to.
///
/// # Errors
/// As [`create`].
pub fn create_own(what: &'static str, path: &Path, octets: &[u8]) -> Result<(), FileError> {
    create_for(None, what, path, octets, 0o600)
}

fn create_for(
    heir: Option<(u32, u32)>,
    what: &'static str,
    path: &Path,
    octets: &[u8],
    mode: u32,
) -> Result<(), FileError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => FileError::Exists { what, path: path.into() },
        _ => FileError::Write { what, path: path.into(), source },
    };
    let scratch = write_beside(heir, path, octets, mode).map_err(failed)?;
    let written = scratch.file.sync_all();
    written
        .and_then(|()| move_new(&scratch.scratch, path))
        .and_then(|()| sync_folder(path))
        .map_err(failed)
}

/// Moves a file to where nothing may be yet.
fn move_new(from: &Path, to: &Path) -> io::Result<()> {
    // `link` fails where the target exists, which `rename` does not; a USB stick (FAT, exFAT) has no
    // links, and knows the rename that does.
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(error) => rename_new(from, to).map_err(|renamed| match renamed.kind() {
            io::ErrorKind::AlreadyExists => renamed,
            _ => error,
        }),
    }
}

#[cfg(target_os = "linux")]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

#[cfg(not(target_os = "linux"))]
fn rename_new(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Puts new contents in the place of a file that is made again and again (a revocation list, say).
///
/// # Errors
/// [`FileError::Write`]; the old contents are then still there.
pub fn replace(what: &'static str, path: &Path, octets: &[u8], mode: u32) -> Result<(), FileError> {
    let failed = |source| FileError::Write { what, path: path.into(), source };
    write_beside(heir(path), path, octets, mode).and_then(Scratch::put).map_err(failed)
}

/// A file in the making: it takes the place of another one when it is whole, or goes away.
pub struct Scratch {
    file: File,
    scratch: PathBuf,
    place: PathBuf,
}

impl Scratch {
    /// Begins the new contents of `path`, with these permission bits.
    ///
    /// # Errors
    /// What the file cannot be made for.
    pub fn beside(path: &Path, mode: u32) -> io::Result<Self> {
        Self::made_for(heir(path), path, mode)
    }

    fn made_for(heir: Option<(u32, u32)>, path: &Path, mode: u32) -> io::Result<Self> {
        sweep(path);
        let scratch = scratch_of(path);
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&scratch)?;
        if let Some((user, group)) = heir {
            // A file system without owners refuses it, and there is nobody to have the file.
            let _ = fchown(&file, Some(user), Some(group));
        }
        // The umask may have taken bits away that a public file should have; a file system without
        // permissions (FAT) refuses to be told, which does no harm to such a file.
        if let Err(error) = file.set_permissions(fs::Permissions::from_mode(mode))
            && mode & 0o077 == 0
        {
            return Err(error);
        }
        Ok(Self { file, scratch, place: path.into() })
    }

    /// Where it is until it is put in place.
    pub fn path(&self) -> &Path {
        &self.scratch
    }

    /// Where to write.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts what was written in the place of the file.
    ///
    /// # Errors
    /// What that fails for; the old contents are then still there.
    pub fn put(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.scratch, &self.place)?;
        sync_folder(&self.place)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Gone already when it was put in place.
        let _ = fs::remove_file(&self.scratch);
    }
}

/// Where a file or a folder can be made that is to take the place of `path`. Servers in containers share
/// folders, and each has the same process id in its own.
pub fn scratch_of(path: &Path) -> PathBuf {
    let chance = random::letters::<8>().map(|letters| letters.map(char::from)).unwrap_or(['0'; 8]);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}-{}", std::process::id(), String::from_iter(chance)));
    path.with_file_name(name)
}

/// For longer than this nobody writes one file.
const ABANDONED: Duration = Duration::from_secs(86_400);

/// The folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Who has what root makes at `path`: the owner of what it takes the place of, else of the folder. The server has a
/// user of its own, and reads what its administrators make. Nobody, where it is not root that makes it.
pub fn heir(path: &Path) -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let facts = fs::metadata(path).or_else(|_| fs::metadata(folder_of(path))).ok()?;
    Some((facts.uid(), facts.gid()))
}

/// Removes what processes left beside `path` that ended before they could put it in place.
fn sweep(path: &Path) {
    let Ok(beside) = fs::read_dir(folder_of(path)) else { return };
    let left = |entry: &fs::DirEntry| is_scratch_of(&entry.file_name(), path);
    for entry in beside.filter_map(Result::ok).filter(left) {
        let written = entry.metadata().map(|facts| Time::from_unix(facts.mtime()));
        if written.is_ok_and(|written| clock::now().since(written) > ABANDONED) {
            // Whoever may not remove it leaves it.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether [`scratch_of`] may have given this name.
fn is_scratch_of(name: &OsStr, path: &Path) -> bool {
    let own = path.file_name().unwrap_or_default().as_encoded_bytes();
    let rest = name.as_encoded_bytes().strip_prefix(own);
    let Some(rest) = rest.and_then(|rest| rest.strip_prefix(b".new-")) else { return false };
    let mut parts = rest.splitn(2, |octet| *octet == b'-');
    let is = |part: Option<&[u8]>, fits: fn(&u8) -> bool| {
        part.is_some_and(|part| !part.is_empty() && part.iter().all(fits))
    };
    is(parts.next(), u8::is_ascii_digit) && is(parts.next(), u8::is_ascii_alphanumeric)
}

fn write_beside(
    heir: Option<(u32, u32)>,
    path: &Path,
    octets: &[u8],
    mode: u32,
) -> io::Result<Scratch> {
    let mut scratch = Scratch::made_for(heir, path, mode)?;
    scratch.file().write_all(octets)?;
    Ok(scratch)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crash_left_is_swept_away() {
        let folder = tempfile::TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        let old = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let theirs = ["list.new-1", "list.new-1-", "list.new-x-AAAAAAAA", "other.new-1-AAAAAAAA"];
        let left = "list.new-12-7K3MQ9Q2";
        for name in theirs.into_iter().chain([left, "list"]) {
            File::create(at(name)).unwrap().set_modified(old).unwrap();
        }
        // Somebody is at it.
        let under_way = "list.new-13-7K3MQ9Q2";
        fs::write(at(under_way), "half").unwrap();
        replace("a list", &at("list"), b"new", 0o644).unwrap();
        assert_eq!(fs::read(at("list")).unwrap(), b"new");
        assert!(!at(left).exists());
        for name in theirs.into_iter().chain([under_way]) {
            assert!(at(name).exists(), "{name}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), theirs.len() + 2);
    }
}
