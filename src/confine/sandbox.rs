//! A sandbox by Landlock: the process reads what its configuration names and what the system's libraries
//! need, writes in its own folders, and runs no program.

use std::fs;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, BitFlags, CompatLevel, Compatible as _, LandlockStatus,
    PathBeneath, PathFd, PathFdError, Ruleset, RulesetAttr as _, RulesetCreated,
    RulesetCreatedAttr as _, RulesetError, RulesetStatus, make_bitflags,
};

use crate::config::{Config, HookHow, ListPlace, Source};
use crate::files;

/// The system's part: name resolution, its roots, clocks and libraries; /proc, of which a process in a
/// sandbox sees only its own secrets.
const SYSTEM: [&str; 5] = ["/etc", "/usr", "/lib", "/lib64", "/proc"];

/// The sandbox could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The kernel refused, although it knows Landlock.
    #[error("cannot enter the sandbox; `sandbox = false` under [process] does without")]
    Refused(#[from] RulesetError),
    /// A folder could not be opened.
    #[error("cannot let the sandbox have {}; `sandbox = false` under [process] does without", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: PathFdError,
    },
}

/// Why there is no sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Off {
    /// It is not wanted.
    #[error("`sandbox = false` under [process]")]
    Configured,
    /// What a program needs is not known here.
    #[error("a hook runs a command, which may need any file")]
    Command,
    /// Nor what a module needs.
    #[error("the module of the token ([ca.pkcs11]) may need any file")]
    Token,
    /// An old kernel, or one without it.
    #[error(
        "this kernel has no Landlock (Linux 5.13 and later, `lsm=landlock`), or a filter of system calls forbids it"
    )]
    Kernel,
}

/// A configuration that cannot be served from within the sandbox.
#[derive(Debug, thiserror::Error)]
pub enum Outside {
    /// It names a file elsewhere.
    #[error(
        "{} is outside of the folders that the server has shut itself in with at its start ([process]); restart \
         it to let it in there",
        .0.display()
    )]
    Folder(PathBuf),
    /// It is for a server without one.
    #[error("{0}, and the server has shut itself in at its start ([process]); restart it")]
    Off(Off),
}

/// The folders that the process has.
#[derive(Debug)]
pub struct Sandbox {
    /// Resolved, without links.
    read: Vec<PathBuf>,
    write: Vec<PathBuf>,
}

impl Sandbox {
    /// Puts this thread into the sandbox, and all that it starts; call it before there are others, and after
    /// the configuration's files were read once. None with the reason, when there is to be none.
    ///
    /// # Errors
    /// [`SandboxError`]; the thread may be in a part of it then.
    pub fn enter(config: &Config) -> Result<Result<Self, Off>, SandboxError> {
        if let Some(off) = off(config) {
            return Ok(Err(off));
        }
        // The first list that is fetched makes it otherwise, by then out of reach; what that fails for is
        // told of then.
        let _ = fs::create_dir_all(&config.lists.directory);
        let write = resolved(writes(config));
        let system = SYSTEM.map(PathBuf::from).into_iter().chain(system_reads());
        let read = resolved(system.chain(reads(config)).collect());

        let rights = AccessFs::from_all(ABI::V5);
        let ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(rights)?
            .create()?;
        // Not to execute: `AccessFs::from_read` would.
        let reading = make_bitflags!(AccessFs::{ReadFile | ReadDir});
        let writing = make_bitflags!(AccessFs::{
            ReadFile | ReadDir | WriteFile | Truncate | RemoveFile | RemoveDir | MakeReg | MakeDir | MakeSock
        });
        let ruleset = allow(ruleset, &read, reading)?;
        let status = allow(ruleset, &write, writing)?.restrict_self()?;
        if status.ruleset == RulesetStatus::NotEnforced
            || !matches!(status.landlock, LandlockStatus::Available { .. })
        {
            return Ok(Err(Off::Kernel));
        }
        Ok(Ok(Self { read, write }))
    }

    /// Whether another configuration can be served from within; a process cannot leave its sandbox.
    ///
    /// # Errors
    /// [`Outside`] with what the configuration needs besides.
    pub fn holds(&self, config: &Config) -> Result<(), Outside> {
        if let Some(off) = off(config) {
            return Err(Outside::Off(off));
        }
        let within =
            |folders: &[PathBuf], path: &PathBuf| folders.iter().any(|one| path.starts_with(one));
        // What is not there is told of by whoever reads it.
        let written = resolved(writes(config)).into_iter();
        let written = written.filter(|path| !within(&self.write, path));
        let read = resolved(reads(config)).into_iter();
        let read = read.filter(|path| !within(&self.read, path) && !within(&self.write, path));
        match written.chain(read).next() {
            Some(path) => Err(Outside::Folder(path)),
            None => Ok(()),
        }
    }
}

/// Why this configuration goes without a sandbox.
fn off(config: &Config) -> Option<Off> {
    let runs = |how: &HookHow| matches!(how, HookHow::Command { .. });
    if !config.process.sandbox {
        Some(Off::Configured)
    } else if config.hooks.iter().any(|hook| runs(&hook.how)) {
        Some(Off::Command)
    } else {
        config.ca.pkcs11.as_ref().map(|_| Off::Token)
    }
}

/// The folders that a server writes in: files are replaced beside themselves.
fn writes(config: &Config) -> Vec<PathBuf> {
    let files = [
        Some(&config.cookies.key_file),
        Some(&config.tickets.key_file),
        config.events.file.as_ref(),
    ];
    let mut folders: Vec<_> =
        files.into_iter().flatten().map(|file| files::folder_of(file).to_owned()).collect();
    folders.push(config.store.directory.clone());
    folders.push(config.lists.directory.clone());
    folders
}

/// The folders that a server reads in. Of a file it is the folder, in which an editor or a tool puts a new
/// one in its place; where it is a link, also that of what it leads to.
fn reads(config: &Config) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    if let Source::File(path) = &config.source {
        files.push(path.clone());
    }
    let named = [
        &config.organisation.logo,
        &config.ca.key_file,
        &config.ca.passphrase_file,
        &config.upstream.roots,
        &config.gateway.token_file,
    ];
    files.extend(named.into_iter().flatten().cloned());
    for (certificate, key) in [&config.portal.identity, &config.dns.identity].into_iter().flatten()
    {
        files.extend([certificate.clone(), key.clone()]);
    }
    for hook in &config.hooks {
        if let HookHow::Webhook { secret_file: Some(path), .. } = &hook.how {
            files.push(path.clone());
        }
    }
    let lists = config.policy.categories.iter().flat_map(|category| &category.lists);
    files.extend(lists.filter_map(|list| match &list.place {
        ListPlace::File(path) => Some(path.clone()),
        ListPlace::Url { .. } => None,
    }));
    let folders = [Some(&config.ca.directory), config.pages.templates.as_ref()];
    let mut wanted: Vec<_> = folders.into_iter().flatten().cloned().collect();
    for folder in &wanted {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        files.extend(entries.map(|entry| entry.path()).filter(|path| path.is_symlink()));
    }
    for file in files {
        wanted.push(files::folder_of(&file).to_owned());
        if let Ok(real) = file.canonicalize() {
            wanted.push(files::folder_of(&real).to_owned());
        }
    }
    wanted
}

/// Where the system's own files may lie elsewhere.
fn system_reads() -> impl Iterator<Item = PathBuf> {
    let resolver = Path::new("/etc/resolv.conf").canonicalize().ok();
    let file = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let folders = std::env::var_os("SSL_CERT_DIR");
    let folders = folders.map(|folders| std::env::split_paths(&folders).collect::<Vec<_>>());
    let files = resolver.into_iter().chain(file).map(|path| files::folder_of(&path).to_owned());
    files.chain(folders.into_iter().flatten())
}

/// Those that there are, without links, each once.
fn resolved(folders: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut found: Vec<_> =
        folders.into_iter().filter_map(|folder| folder.canonicalize().ok()).collect();
    found.sort();
    found.dedup();
    found
}

fn allow(
    ruleset: RulesetCreated,
    folders: &[PathBuf],
    rights: BitFlags<AccessFs>,
) -> Result<RulesetCreated, SandboxError> {
    folders.iter().try_fold(ruleset, |ruleset, folder| {
        let open = PathFd::new(folder)
            .map_err(|source| SandboxError::Folder { path: folder.clone(), source })?;
        Ok(ruleset.add_rule(PathBeneath::new(open, rights))?)
    })
}
