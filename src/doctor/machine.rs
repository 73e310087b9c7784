//! What the machine gives us: folders that can be written to, space, open files.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::StatVfsMountFlags;

use super::{Finding, Ground};
use crate::config::{Config, ListPlace};

const FOLDERS: &str = "folders";
const SPACE: &str = "disk-space";
const FILES: &str = "open-files";
/// Free octets below which the store and the lists are in danger.
const LOW: u64 = 256 << 20;
/// Descriptors besides those of connections: listeners, files, the store, idle connections to sites.
const BESIDES: u64 = 256;

pub(super) fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let config = ground.config;
    let server = server_of(config);
    let mut folders: Vec<(&str, PathBuf)> =
        vec![("store.directory", config.store.directory.clone())];
    let mut lists = config.policy.categories.iter().flat_map(|category| &category.lists);
    if lists.any(|list| matches!(list.place, ListPlace::Url { .. })) {
        folders.push(("lists.directory", config.lists.directory.clone()));
    }
    let events = config.events.file.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    folders.extend(events.map(|folder| ("events.file", folder)));
    let user = server.as_ref().and_then(User::of).or_else(User::own);
    let mut findings: Vec<Finding> =
        folders.iter().map(|(key, path)| folder(key, path, user.as_ref())).collect();
    findings.extend(systems(&folders).map(space));
    findings.push(files(config, server.as_ref()));
    findings
}

/// A running process, by its folder under `/proc`.
struct Process(PathBuf);

/// The process that serves this configuration: who holds its control socket.
fn server_of(config: &Config) -> Option<Process> {
    let socket = config.store.directory.join(crate::control::SOCKET);
    // The runtime's socket tells who is at the other end, which the standard library's does not yet.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().ok()?;
    let _entered = runtime.enter();
    let socket = std::os::unix::net::UnixStream::connect(socket).ok()?;
    socket.set_nonblocking(true).ok()?;
    let socket = tokio::net::UnixStream::from_std(socket).ok()?;
    let pid = socket.peer_cred().ok()?.pid()?;
    Some(Process(Path::new("/proc").join(pid.to_string())))
}

/// Whose rights count.
struct User {
    id: u32,
    groups: Vec<u32>,
}

impl User {
    fn own() -> Option<Self> {
        Self::of(&Process(PathBuf::from("/proc/self")))
    }

    fn of(process: &Process) -> Option<Self> {
        let status = fs::read_to_string(process.0.join("status")).ok()?;
        let numbers = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let words = line.map(str::split_whitespace).into_iter().flatten();
            words.filter_map(|word| word.parse::<u32>().ok()).collect::<Vec<_>>()
        };
        // Real, effective, saved, file system.
        let id = *numbers("Uid:").get(1)?;
        let mut groups = numbers("Groups:");
        groups.extend(numbers("Gid:").get(1));
        Some(Self { id, groups })
    }

    fn may_write(&self, folder: &Metadata) -> bool {
        let mode = folder.permissions().mode();
        if self.id == 0 {
            return true;
        }
        // To make a file in it takes writing and searching.
        let wanted = match (folder.uid() == self.id, self.groups.contains(&folder.gid())) {
            (true, _) => 0o300,
            (false, true) => 0o030,
            (false, false) => 0o003,
        };
        mode & wanted == wanted
    }
}

fn folder(key: &str, path: &Path, user: Option<&User>) -> Finding {
    let Some(user) = user else { return Finding::skipped(FOLDERS, "there is no /proc here") };
    // One that is not there yet is made in its parent.
    let there =
        path.ancestors().map(|up| if up.as_os_str().is_empty() { Path::new(".") } else { up });
    for up in there {
        let Ok(found) = fs::metadata(up) else { continue };
        if !found.is_dir() {
            let what = format!("`{key}`: {} is no folder", up.display());
            return Finding::failed(FOLDERS, what, "move the file away".to_owned());
        }
        if !user.may_write(&found) {
            return Finding::failed(
                FOLDERS,
                format!("`{key}`: user {} may not write to {}", user.id, up.display()),
                format!("`chown {} {}`, or choose another folder", user.id, up.display()),
            );
        }
        let flags = rustix::fs::statvfs(up).map(|system| system.f_flag);
        if flags.is_ok_and(|flags| flags.contains(StatVfsMountFlags::RDONLY)) {
            return Finding::failed(
                FOLDERS,
                format!("`{key}`: {} is on a file system that is read-only", up.display()),
                "mount it for writing, or choose another folder".to_owned(),
            );
        }
        return Finding::ok(FOLDERS, format!("`{key}`: {} can be written to", up.display()));
    }
    Finding::skipped(FOLDERS, format!("`{key}` cannot be looked at"))
}

/// One folder on each of their file systems.
fn systems<'f>(folders: &'f [(&str, PathBuf)]) -> impl Iterator<Item = &'f Path> {
    let mut seen = HashSet::new();
    let there = folders.iter().map(|(_, path)| path.ancestors().find(|up| up.is_dir()));
    let there = there.map(|found| found.unwrap_or(Path::new(".")));
    there.filter(move |path| fs::metadata(path).map_or(true, |found| seen.insert(found.dev())))
}

fn space(there: &Path) -> Finding {
    match rustix::fs::statvfs(there) {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let what = format!("{} MiB are free at {}", free >> 20, there.display());
            if free < LOW {
                let advice = "make room: without it no code, request, list or event is kept";
                return Finding::warning(SPACE, what, advice.to_owned());
            }
            Finding::ok(SPACE, what)
        }
        Err(error) => Finding::skipped(SPACE, format!("{}: {error}", there.display())),
    }
}

/// Whether there are descriptors for as many connections as are allowed.
fn files(config: &Config, server: Option<&Process>) -> Finding {
    let own = Process(PathBuf::from("/proc/self"));
    let (process, whose) = match server {
        Some(server) => (server, "the server"),
        None => (&own, "this shell"),
    };
    let Some(limit) = limit_of(process) else {
        return Finding::skipped(FILES, format!("{whose} does not show its limits"));
    };
    let limits = (config.limits.connections, config.upstream.connections);
    // A connection that is passed on takes one to the site as well.
    let wanted = (limits.0 as u64).saturating_add(limits.1 as u64).saturating_add(BESIDES);
    if limit < wanted {
        return Finding::warning(
            FILES,
            format!(
                "{whose} may open {limit} files, and {} connections with {} to sites need {wanted}",
                limits.0, limits.1
            ),
            format!(
                "set `LimitNOFILE={}` in the systemd unit (`ulimit -n`), or lower \
                 `limits.connections`",
                wanted.next_power_of_two()
            ),
        );
    }
    Finding::ok(FILES, format!("{whose} may open {limit} files"))
}

fn limit_of(process: &Process) -> Option<u64> {
    let limits = fs::read_to_string(process.0.join("limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let soft = line.split_whitespace().next()?;
    if soft == "unlimited" { Some(u64::MAX) } else { soft.parse().ok() }
}
