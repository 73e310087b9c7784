//! What the configuration needs from the machine besides what it reads: folders to write in, an account,
//! programs. Looked at without a change, so that nobody finds out at the start.

use std::env;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::load::StartError;
use crate::config::{Config, HookHow};
use crate::confine;
use crate::files;

/// Something that a start, or a later step, would stumble over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NeedError {
    /// The folder of a file.
    #[error("`{key}`: there is no folder {}; make it, or name a file in another", folder.display())]
    NoFolder {
        /// The key of the configuration.
        key: &'static str,
        /// The folder.
        folder: PathBuf,
    },
    /// A folder where a file should be.
    #[error("`{key}`: {} is a folder; name a file in it", path.display())]
    IsFolder {
        /// The key of the configuration.
        key: &'static str,
        /// The folder.
        path: PathBuf,
    },
    /// A file where a folder should be.
    #[error("`{key}`: {} is no folder; name another, or move the file away", path.display())]
    IsFile {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A hook's program.
    #[error("`hooks.command`: there is no program {} that could be started; name it with its whole path", program.display())]
    NoProgram {
        /// As it is in the configuration.
        program: PathBuf,
    },
}

/// Where the server could not write, by the look of it.
pub fn unwritable(config: &Config) -> Vec<NeedError> {
    let events = config.events.file.as_ref().and_then(|path| file("events.file", path));
    events.into_iter().chain(folder("store.directory", &config.store.directory)).collect()
}

/// What else is missing.
pub(super) fn missing(config: &Config) -> Vec<StartError> {
    let mut found: Vec<StartError> = Vec::new();
    let keys = [
        ("cookies.key_file", &config.cookies.key_file),
        ("tickets.key_file", &config.tickets.key_file),
    ];
    let keys = keys.into_iter().filter_map(|(key, path)| file(key, path));
    found.extend(keys.map(StartError::from));
    found.extend(confine::check_user(&config.process).err().map(StartError::from));
    let programs = config.hooks.iter().filter_map(|hook| match &hook.how {
        HookHow::Command { program, .. } => Some(program),
        HookHow::Webhook { .. } => None,
    });
    let lost = programs.filter(|program| !is_there(program));
    found.extend(lost.map(|program| NeedError::NoProgram { program: program.clone() }.into()));
    found
}

fn file(key: &'static str, path: &Path) -> Option<NeedError> {
    let folder = files::folder_of(path);
    if path.is_dir() {
        return Some(NeedError::IsFolder { key, path: path.into() });
    }
    (!folder.is_dir()).then(|| NeedError::NoFolder { key, folder: folder.into() })
}

/// One that is not there is made by the start, in what is there of its path.
fn folder(key: &'static str, path: &Path) -> Option<NeedError> {
    let there = path.ancestors().find(|up| up.symlink_metadata().is_ok())?;
    (!there.is_dir()).then(|| NeedError::IsFile { key, path: there.into() })
}

/// Whether a program could be started by this name, as the system looks for it.
fn is_there(program: &Path) -> bool {
    let can_start = |path: &Path| {
        path.metadata()
            .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    // A bare name is looked for; all else is a path.
    if program.components().count() > 1 {
        return can_start(program);
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| can_start(&folder.join(program)))
}
