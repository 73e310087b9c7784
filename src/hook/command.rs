//! One command: gets the JSON on its standard input.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::Letter;

/// How much of the end of standard error is kept, for its last line.
const KEPT: usize = 1024;
/// What a command has said is at hand when it ends. A child of its own may hold standard error open
/// for longer; nobody waits for that.
const REST: Duration = Duration::from_millis(200);

/// Which program.
pub(super) struct Program {
    program: PathBuf,
    args: Vec<String>,
    limit: Duration,
}

impl Program {
    pub(super) fn new(program: PathBuf, args: Vec<String>, limit: Duration) -> Self {
        Self { program, args, limit }
    }

    pub(super) fn name(&self) -> String {
        self.program.display().to_string()
    }

    /// Runs it once and logs how it went.
    pub(super) async fn run(&self, letter: &Letter) {
        let (hook, id, what) = (self.program.display(), &letter.id, letter.what.name());
        let mut child = match self.spawn() {
            Ok(child) => child,
            Err(error) => {
                tracing::error!(%hook, %id, what, %error, "a command could not be started");
                return;
            }
        };
        let mut said = Vec::new();
        match self.wait(&mut child, letter, &mut said).await {
            Some(Ok(status)) if status.success() => {
                tracing::debug!(%hook, %id, what, "a command has run");
            }
            Some(Ok(status)) => {
                let said = last_line(&said);
                tracing::warn!(%hook, %id, what, %status, said, "a command failed");
            }
            Some(Err(error)) => {
                tracing::error!(%hook, %id, what, %error, "a command could not be waited for");
            }
            None => {
                // Only the child itself: what it started may be meant to live on.
                if let Err(error) = child.kill().await {
                    tracing::error!(%hook, %id, what, %error, "a command could not be killed");
                }
                let (said, limit) = (last_line(&said), self.limit);
                tracing::warn!(%hook, %id, what, ?limit, said, "a command took too long, was killed");
            }
        }
    }

    fn spawn(&self) -> std::io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }

    /// How the child ended, or nothing when it did not in time. `said` gets the end of what it says.
    async fn wait(
        &self,
        child: &mut Child,
        letter: &Letter,
        said: &mut Vec<u8>,
    ) -> Option<std::io::Result<ExitStatus>> {
        let (input, errors) = (child.stdin.take(), child.stderr.take());
        let write = async {
            if let Some(mut input) = input {
                // A command that does not care for its input closes it; that is no failure.
                let _ = input.write_all(&letter.body).await;
                let _ = input.write_all(b"\n").await;
            }
        };
        let read = async {
            if let Some(errors) = errors {
                keep_the_end(errors, said).await;
            }
        };
        let talk = async { tokio::join!(write, read) };
        tokio::pin!(talk);
        let mut over = false;
        let ended = timeout(self.limit, async {
            tokio::select! {
                status = child.wait() => return status,
                _ = &mut talk => over = true,
            }
            child.wait().await
        })
        .await
        .ok();
        if ended.is_some() && !over {
            let _ = timeout(REST, talk).await;
        }
        ended
    }
}

/// Reads to the end and keeps the last [`KEPT`] octets.
async fn keep_the_end(mut stream: impl AsyncRead + Unpin, kept: &mut Vec<u8>) {
    let mut piece = [0; KEPT];
    while let Ok(count @ 1..) = stream.read(&mut piece).await {
        kept.extend_from_slice(&piece[..count]);
        let excess = kept.len().saturating_sub(KEPT);
        kept.drain(..excess);
    }
}

/// The last line that says something, without what could upset a terminal.
fn last_line(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_that_says_something_is_logged() {
        for (said, line) in [
            (&b""[..], ""),
            (b"one\ntwo\n\n  \n", "two"),
            (b"\x1b[31mred\x07\n", "[31mred"),
            (b"half a \xff", "half a \u{fffd}"),
        ] {
            assert_eq!(last_line(said), line);
        }
    }
}
