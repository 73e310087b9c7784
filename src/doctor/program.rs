//! Asking other programs, with a bound on how long they may take.

use std::io::{self, Read as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::clock;

/// How often to look whether a program has ended.
const LOOK: Duration = Duration::from_millis(10);
/// The most that is read of what a program says, in octets: every certificate of a large store.
const MOST: u64 = 16 << 20;

/// A program gave no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// It is not installed.
    Missing,
    /// It took too long, failed, or could not be started.
    Failed(String),
}

/// What a program says on standard output; it ends when it takes longer than `patience`.
pub(super) fn output(command: &mut Command, patience: Duration) -> Result<Vec<u8>, NoAnswer> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => NoAnswer::Missing,
        _ => NoAnswer::Failed(error.to_string()),
    };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;
    let stdout = child.stdout.take();
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut said = Vec::new();
            stdout.map(|out| out.take(MOST).read_to_end(&mut said));
            said
        });
        let start = clock::ticks();
        let status = loop {
            match child.try_wait().map_err(failed)? {
                Some(status) => break Some(status),
                None if start.elapsed() > patience => break None,
                None => std::thread::sleep(LOOK),
            }
        };
        if status.is_none() {
            // The reader ends with the program.
            let _ = child.kill();
            let _ = child.wait();
        }
        let said = reader.join().unwrap_or_default();
        match status {
            Some(status) if status.success() => Ok(said),
            Some(status) => Err(NoAnswer::Failed(format!("it ended with {status}"))),
            None => Err(NoAnswer::Failed("it took too long".to_owned())),
        }
    })
}
