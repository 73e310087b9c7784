//! Runs `blockhouse-ca` and the tools that check what it makes.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// What a program said and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Expects success and gives stdout.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.stdout
    }

    /// Expects this exit code and these words on stderr.
    #[track_caller]
    pub(crate) fn refused(self, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(self.stderr.contains(words), "expected `{words}` in {self:#?}");
    }
}

/// Runs `blockhouse-ca` in a folder.
pub(crate) fn blockhouse_ca(folder: &Path, arguments: &[&str]) -> Ran {
    run(Command::new(env!("CARGO_BIN_EXE_blockhouse-ca")).current_dir(folder).args(arguments))
}

/// Runs a tool of the system; when it is missing the failure names its Debian package.
pub(crate) fn tool(package: &str, folder: &Path, words: &[&str]) -> Ran {
    let mut command = Command::new(words[0]);
    command.current_dir(folder).args(&words[1..]);
    let output = command.output().unwrap_or_else(|error| {
        panic!("cannot run `{}` ({error}): install the Debian package {package}", words[0])
    });
    Ran::from(output)
}

/// An authority in a scratch folder, made with these options beside `--org`.
pub(crate) fn authority(options: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = vec!["init", "--org", "Example School"];
    arguments.extend_from_slice(options);
    blockhouse_ca(folder.path(), &arguments).ok();
    folder
}

fn run(command: &mut Command) -> Ran {
    Ran::from(command.output().unwrap())
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
