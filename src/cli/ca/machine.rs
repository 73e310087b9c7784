//! What `install`, `uninstall` and `verify` have in common: whose root, which stores, how it is told.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::Folder;
use crate::ca::CaError;
use crate::cli::{print_json, table};
use crate::stores::{self, Act, Entry, Ground, Root, Scope, State};

/// How long a program may take that only reads.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(super) struct Machine {
    #[command(flatten)]
    folder: Folder,
    /// The root itself, PEM or DER, where there is no folder of the authority.
    #[arg(long, value_name = "FILE", conflicts_with = "directory")]
    certificate: Option<PathBuf>,
    /// Only what serves everybody: the system's store, Java, Firefox's policy.
    #[arg(long, conflicts_with = "user")]
    system: bool,
    /// Only what is this user's: databases of Chromium, profiles of Firefox.
    #[arg(long)]
    user: bool,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// One root, as JSON tells it.
#[derive(Debug, Serialize)]
struct Named<'a> {
    name: &'a str,
    sha256: &'a str,
    file: String,
}

/// What is told of all.
#[derive(Debug, Serialize)]
struct Report<'a, T: Serialize> {
    ok: bool,
    roots: Vec<Named<'a>>,
    stores: &'a [Entry],
    #[serde(skip_serializing_if = "Option::is_none")]
    handshakes: Option<&'a [T]>,
}

impl Machine {
    pub(super) fn roots(&self) -> Result<Vec<Root>, CaError> {
        match &self.certificate {
            Some(file) => stores::read_root_file(file),
            None => stores::roots_of_folder(&self.folder.directory),
        }
    }

    /// Whose stores: everybody's and this user's, unless one was asked for.
    pub(super) fn scope(&self) -> Scope {
        Scope { system: !self.user, user: !self.system }
    }

    pub(super) fn run(&self, act: Act, roots: &[Root]) -> Vec<Entry> {
        let home = ["HOME", "USERPROFILE"].iter().find_map(std::env::var_os).map(PathBuf::from);
        let ground = Ground { scope: self.scope(), home, every_java: true, patience: PATIENCE };
        stores::run(act, roots, &ground)
    }

    /// Prints what was found or done; `handshakes` with the words for people.
    pub(super) fn tell<T: Serialize>(
        &self,
        roots: &[Root],
        entries: &[Entry],
        handshakes: Option<&[T]>,
        ok: bool,
        talk: impl Fn(&T) -> Vec<String>,
    ) -> ExitCode {
        let code = if ok { ExitCode::SUCCESS } else { ExitCode::from(1) };
        if self.json {
            let named = |root: &'_ Root| root.file.display().to_string();
            let roots = roots
                .iter()
                .map(|root| Named { name: &root.name, sha256: &root.sha256, file: named(root) })
                .collect();
            let printed = print_json(&Report { ok, roots, stores: entries, handshakes });
            return if printed == ExitCode::SUCCESS { code } else { printed };
        }
        for root in roots {
            println!("{}", table::harmless(&format!("{}  {}", root.name, root.sha256)));
            for entry in entries.iter().filter(|entry| entry.root == root.sha256) {
                let what = format!("  {:<9}  {:<7}  {}", entry.state, entry.store, entry.what);
                println!("{}", table::harmless(&what));
                if let Some(next) = &entry.next {
                    println!(
                        "{}",
                        table::harmless(&format!("  {:<9}  {:<7}  next: {next}", "", ""))
                    );
                }
            }
        }
        for line in handshakes.iter().flat_map(|all| all.iter()).flat_map(talk) {
            println!("{}", table::harmless(&line));
        }
        code
    }

    /// The whole of `install` and `uninstall`: it went well when nothing failed.
    pub(super) fn change(&self, act: Act) -> Result<ExitCode, CaError> {
        let roots = self.roots()?;
        if act == Act::Install {
            roots.iter().try_for_each(is_root)?;
        }
        let entries = self.run(act, &roots);
        let failed = entries.iter().any(|entry| entry.state == State::Failed);
        // Not one store that could take the root is no success.
        let nothing =
            act == Act::Install && entries.iter().all(|entry| entry.state == State::Skipped);
        let none: Option<&[()]> = None;
        let code = self.tell(&roots, &entries, none, !failed && !nothing, |()| Vec::new());
        if self.json {
            return Ok(code);
        }
        if nothing {
            eprintln!("No store on this machine could take the root; nothing was changed.");
        } else if failed {
            eprintln!("Not everything could be done: see `next` above.");
        } else if act == Act::Install {
            eprintln!("Programs that run already may have to be started anew.");
            eprintln!(
                "Next: `blockhouse-ca verify`, with `--connect ADDRESS` for a real handshake."
            );
        } else {
            eprintln!("Programs that run already may trust the root until they are started anew.");
        }
        let invoker = std::env::var("SUDO_USER").ok().filter(|user| user != "root");
        if let Some(user) = invoker
            && self.scope().user
        {
            eprintln!(
                "The browsers of {} have databases of their own: run this again as that user, with \
                 `--user` and without `sudo`.",
                table::harmless(&user)
            );
        }
        Ok(code)
    }
}

/// A store would take another CA as well, and some clients would then ask for its issuer all the same.
fn is_root(root: &Root) -> Result<(), CaError> {
    let Some(issuer) = &root.issued_by else { return Ok(()) };
    Err(CaError::Broken {
        what: "root",
        path: root.file.clone(),
        why: format!("it is no root: `{issuer}` signed it; install the certificate of that one"),
    })
}
