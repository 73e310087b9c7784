//! A machine of the test's own: its `/etc`, `/usr/local/share` and home are copies in a scratch folder,
//! seen by commands in a mount namespace alone, so that the real machine's stores stay as they are.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::ca::Ran;

/// What can be changed on it.
pub struct Machine {
    folder: TempDir,
    /// Places that commands see read-only.
    pub read_only: Vec<PathBuf>,
    /// Places that commands see empty.
    pub hidden: Vec<PathBuf>,
    /// Where commands look for programs.
    pub path: String,
}

impl Machine {
    /// A copy of this machine, on which nobody has been at home yet.
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a folder for the machine");
        for (from, to) in [("/etc", "etc"), ("/usr/local/share", "share")] {
            let copied =
                Command::new("cp").arg("-a").arg(from).arg(folder.path().join(to)).status();
            assert!(copied.expect("cp starts").success(), "{from} is copied");
        }
        for made in ["home", "bin", "empty"] {
            fs::create_dir(folder.path().join(made)).unwrap();
        }
        let machine = Self {
            path: format!("{}:/usr/bin:/bin", folder.path().join("bin").display()),
            folder,
            read_only: Vec::new(),
            hidden: Vec::new(),
        };
        // The hook of Debian's Java has dpkg do its work, whose own folders are not copied.
        let _ = fs::remove_dir_all(machine.etc("ca-certificates/update.d"));
        // Stores of an administrator of the real machine are none of the test's.
        let _ = fs::remove_dir_all(machine.etc("firefox"));
        let _ = fs::remove_dir_all(machine.etc("pki"));
        machine
    }

    /// What commands see below `/etc`.
    pub fn etc(&self, name: &str) -> PathBuf {
        self.folder.path().join("etc").join(name)
    }

    /// What commands see below `/usr/local/share`.
    pub fn share(&self, name: &str) -> PathBuf {
        self.folder.path().join("share").join(name)
    }

    /// The home of who runs commands.
    pub fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join("home").join(name)
    }

    /// A program that goes before the system's of the same name.
    pub fn program(&self, name: &str, script: &str) {
        let path = self.folder.path().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Puts one of the system's programs among those of the test.
    pub fn take(&self, path: &str) {
        let path = Path::new(path);
        symlink(path, self.folder.path().join("bin").join(path.file_name().unwrap())).unwrap();
    }

    /// Runs a command there.
    pub fn run(&self, words: &[&str]) -> Ran {
        let at = self.folder.path().display();
        let mut script = format!(
            "set -e\nPATH=/usr/bin:/bin\nmount --bind {at}/etc /etc\n\
             mount --bind {at}/share /usr/local/share\n"
        );
        for place in &self.read_only {
            let place = place.display();
            let _ =
                writeln!(script, "mount --bind {place} {place}\nmount -o remount,ro,bind {place}");
        }
        for place in &self.hidden {
            let _ = writeln!(script, "mount --bind {at}/empty {}", place.display());
        }
        let _ = writeln!(script, "export PATH=\"{}\"\nexec \"$@\"", self.path);
        let output = Command::new("/usr/bin/unshare")
            .args(["--mount", "--propagation", "private", "--", "/bin/sh", "-c", &script, "sh"])
            .args(words)
            .current_dir(self.folder.path())
            .env("HOME", self.home(""))
            .env_remove("JAVA_HOME")
            .env_remove("SUDO_USER")
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR")
            .output()
            .expect("unshare starts (these tests run as root, for mount namespaces)");
        Ran::from(output)
    }

    /// Runs `blockhouse-ca` there.
    pub fn ca(&self, words: &[&str]) -> Ran {
        self.run(&[&[env!("CARGO_BIN_EXE_blockhouse-ca")], words].concat())
    }
}
