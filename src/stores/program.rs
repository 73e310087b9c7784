//! Asking other programs, with a bound on how long they may take.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::clock;

/// How often to look whether a program has ended.
const LOOK: Duration = Duration::from_millis(10);
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

/// What a program says on standard output; it ends when it takes longer than `patience`.
pub(super) fn output(command: &mut Command, patience: Duration) -> Result<Vec<u8>, NoAnswer> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => NoAnswer::Missing,
        _ => NoAnswer::Failed(error.to_string()),
    };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || read(stdout));
        let talk = scope.spawn(move || read(stderr));
        let start = clock::ticks();
        let status = loop {
            match child.try_wait().map_err(failed)? {
                Some(status) => break Some(status),
                None if start.elapsed() > patience => break None,
                None => std::thread::sleep(LOOK),
            }
        };
        if status.is_none() {
            // The readers end with the program.
            let _ = child.kill();
            let _ = child.wait();
        }
        let said = reader.join().unwrap_or_default();
        let talk = talk.join().unwrap_or_default();
        match status {
            Some(status) if status.success() => Ok(said),
            Some(status) => {
                // keytool complains on standard output.
                let why = last_line(&talk).or_else(|| last_line(&said));
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                Err(NoAnswer::Failed(format!("it ended with {status}{why}")))
            }
            None => Err(NoAnswer::Failed("it took too long".to_owned())),
        }
    })
}

fn read(pipe: Option<impl Read>) -> Vec<u8> {
    let mut said = Vec::new();
    // What came before a fault is still of use.
    let _ = pipe.map(|pipe| pipe.take(MOST).read_to_end(&mut said));
    said
}

/// The last line that says something, without what a terminal would obey.
fn last_line(said: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(said);
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().filter(|letter| !letter.is_control()).take(300).collect())
}
