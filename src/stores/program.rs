//! Asking other programs, with a bound on how long they may take.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::clock;

/// How often to look whether a program has ended.
const LOOK: Duration = Duration::from_millis(10);
/// How long after the end of a program what it said may take to come.
const REST: Duration = Duration::from_secs(2);
/// The most that is read of what a program says, in octets: every certificate of a large store.
const MOST: u64 = 16 << 20;
/// Where administrators' tools lie, which are not on the way of ordinary users.
const ALSO: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// A program gave no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// It is not installed.
    Missing,
    /// It took too long, failed, or could not be started.
    Failed(String),
}

/// Where a program is.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let way = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&way).chain(ALSO.iter().map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The command that starts a program, which may lie where only administrators look.
pub(super) fn command(name: &str) -> Command {
    Command::new(find(name).as_deref().map_or(OsStr::new(name), Path::as_os_str))
}

/// What a program says on standard output; it ends, with all that it started, when it takes longer than `patience`.
pub(super) fn output(command: &mut Command, patience: Duration) -> Result<Vec<u8>, NoAnswer> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => NoAnswer::Missing,
        _ => NoAnswer::Failed(error.to_string()),
    };
    // A group of its own, since scripts start others, and to end the script alone leaves them.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(failed)?;
    let (said, talk) = (read(child.stdout.take()), read(child.stderr.take()));
    let start = clock::ticks();
    let status = loop {
        match child.try_wait().map_err(failed)? {
            Some(status) => break Some(status),
            None if start.elapsed() > patience => break None,
            None => std::thread::sleep(LOOK),
        }
    };
    if status.is_none() {
        if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = child.wait();
    }
    let (said, talk) = (rest(&said), rest(&talk));
    match status {
        Some(status) if status.success() => Ok(said),
        Some(status) => {
            let why = reason(&talk, &said);
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            Err(NoAnswer::Failed(format!("it ended with {status}{why}")))
        }
        None => Err(NoAnswer::Failed("it took too long".to_owned())),
    }
}

/// What comes from a pipe, piece by piece.
#[allow(
    clippy::disallowed_methods,
    reason = "it ends with the pipe, which somebody may hold whom nobody waits for"
)]
fn read(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (pieces, coming) = mpsc::channel();
    std::thread::spawn(move || {
        let Some(mut pipe) = pipe.map(|pipe| pipe.take(MOST)) else { return };
        let mut piece = vec![0; 16 * 1024];
        // What came before a fault is still of use.
        while let Ok(count @ 1..) = pipe.read(&mut piece) {
            let said = piece.get(..count).unwrap_or_default().to_vec();
            if pieces.send(said).is_err() {
                return;
            }
        }
    });
    coming
}

/// All of it: until its end, or for a while, since what a program left running may hold the pipe.
fn rest(pipe: &Receiver<Vec<u8>>) -> Vec<u8> {
    let begun = clock::ticks();
    let mut said = Vec::new();
    while let Ok(piece) = pipe.recv_timeout(REST.saturating_sub(begun.elapsed())) {
        said.extend_from_slice(&piece);
    }
    said
}

/// Why a program failed, from its standard error and its standard output.
fn reason(talk: &[u8], said: &[u8]) -> Option<String> {
    // keytool complains on standard output, and by then may have told the other one of a success.
    let complains = |line: &str| line.starts_with("keytool error: ");
    let any = |line: &str| !line.is_empty();
    last_line(said, complains).or_else(|| last_line(talk, any)).or_else(|| last_line(said, any))
}

/// The last line that is wanted, without what a terminal would obey.
fn last_line(said: &[u8], wanted: impl Fn(&str) -> bool) -> Option<String> {
    let text = String::from_utf8_lossy(said);
    let line = text.lines().rev().map(str::trim).find(|line| wanted(line))?;
    Some(line.chars().filter(|letter| !letter.is_control()).take(300).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_leaves_running_is_not_waited_for() {
        let script = |text: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", text]);
            output(&mut command, Duration::from_secs(1))
        };
        let said = script("echo said; sleep 1000 &").unwrap();
        assert_eq!(said, b"said\n");
        assert!(
            matches!(script("sleep 1000; true"), Err(NoAnswer::Failed(why)) if why.contains("too long"))
        );
    }
}
