//! The stores of trust of this machine: the system's, NSS databases, Firefox, Java.
//!
//! Looking changes nothing. Putting a root in and taking it away can be done again and again: what is
//! as it should be stays untouched. Each store is dealt with by itself, so that one that cannot be
//! written to does not keep the root from the others; what was done and what was not is told for each.

mod firefox;
mod java;
mod nss;
mod platform;
mod program;
mod root;
mod system;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

pub use root::{Root, read_root_file, roots_of_folder};

/// How long a tool may take that changes a store: it may start Java for each of many certificates.
const CHANGE: Duration = Duration::from_secs(300);

/// Which kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What most programs of the system read.
    System,
    /// A database of NSS: Chromium and what is made of it.
    Nss,
    /// A profile of Firefox, or the policy for all of them.
    Firefox,
    /// A store of Java.
    Java,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::System => "system",
            Self::Nss => "nss",
            Self::Firefox => "firefox",
            Self::Java => "java",
        })
    }
}

/// How a store stands to a root, or what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// There is no such store here, or nothing is to be done.
    Skipped,
    /// The root is there, for web sites.
    Trusted,
    /// It was put in just now.
    Installed,
    /// It was taken away just now.
    Removed,
    /// It is not there.
    Missing,
    /// It is there, and not for web sites.
    Untrusted,
    /// The store could not be read, or not be changed.
    Failed,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Skipped => "skipped",
            Self::Trusted => "trusted",
            Self::Installed => "installed",
            Self::Removed => "removed",
            Self::Missing => "missing",
            Self::Untrusted => "untrusted",
            Self::Failed => "failed",
        })
    }
}

/// What is to be said of one store and one root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// The kind of store.
    pub store: Kind,
    /// The SHA-256 fingerprint of the root.
    pub root: String,
    /// How it stands.
    pub state: State,
    /// What was found or done.
    pub what: String,
    /// What to do about it.
    pub next: Option<String>,
}

/// Whose stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Those for everybody on this machine.
    pub system: bool,
    /// Those of the user who runs this.
    pub user: bool,
}

/// Where to look.
#[derive(Debug, Clone)]
pub struct Ground {
    /// Whose stores.
    pub scope: Scope,
    /// The home of the user.
    pub home: Option<PathBuf>,
    /// Whether to look for Javas that are not on the way; each takes a second or two.
    pub every_java: bool,
    /// How long a program may take that only reads.
    pub patience: Duration,
}

/// What is to become of a root in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Look only.
    Verify,
    /// Put it in.
    Install,
    /// Take it away.
    Uninstall,
}

/// Goes through all stores for each root.
pub fn run(act: Act, roots: &[Root], ground: &Ground) -> Vec<Entry> {
    roots.iter().flat_map(|root| Work { act, root, ground }.all()).collect()
}

/// One root and what is to become of it.
#[derive(Clone, Copy)]
struct Work<'a> {
    act: Act,
    root: &'a Root,
    ground: &'a Ground,
}

impl Work<'_> {
    fn all(self) -> Vec<Entry> {
        if let Some(platform) = platform::Platform::of_this_machine() {
            let mut entries = platform::entries(self, platform);
            if self.ground.scope.system {
                entries.extend(java::entries(self));
            }
            return entries;
        }
        let mut entries = Vec::new();
        if self.ground.scope.system {
            entries.extend(system::entries(self));
        }
        entries.extend(nss::entries(self));
        entries.extend(firefox::entries(self));
        if self.ground.scope.system {
            entries.extend(java::entries(self));
        }
        entries
    }

    fn entry(self, store: Kind, state: State, what: impl Into<String>) -> Entry {
        let root = self.root.sha256.clone();
        Entry { store, root, state, what: what.into(), next: None }
    }

    /// The command that puts in the root, and those that came with it, as in the overlap of two.
    fn install(self, options: &str) -> String {
        format!("blockhouse-ca install{options}{}", self.root.given)
    }

    fn advised(self, store: Kind, state: State, what: String, next: impl Into<String>) -> Entry {
        Entry { next: Some(next.into()), ..self.entry(store, state, what) }
    }
}

/// What to say to somebody who may not write.
fn as_administrator() -> String {
    "run the same command as administrator (`sudo`), or with `--user` for this user's browsers alone"
        .to_owned()
}
