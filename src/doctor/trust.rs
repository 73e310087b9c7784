//! Whether this machine's stores of trust hold the root: the system's, NSS, Firefox, Java.

use std::path::PathBuf;

use super::{Finding, Ground};
use crate::stores::{self, Act, Entry, Kind, Scope, State};

const SYSTEM: &str = "trust-system";
const NSS: &str = "trust-nss";
const FIREFOX: &str = "trust-firefox";
const JAVA: &str = "trust-java";

pub(super) fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let roots = stores::roots_of_folder(&ground.config.ca.directory).unwrap_or_default();
    let Some(root) = roots.first() else {
        return vec![Finding::skipped(SYSTEM, "there is no root to look for")];
    };
    let place = stores::Ground {
        scope: Scope { system: true, user: true },
        home: std::env::var_os("HOME").map(PathBuf::from),
        every_java: false,
        patience: ground.patience,
    };
    let mut entries = stores::run(Act::Verify, std::slice::from_ref(root), &place);
    // Where a variable names a bundle, the programs that doctor speaks of read no other.
    let mut seen = false;
    entries.retain(|entry| entry.store != Kind::System || !std::mem::replace(&mut seen, true));
    entries.into_iter().map(finding).collect()
}

fn finding(entry: Entry) -> Finding {
    let check = match entry.store {
        Kind::System => SYSTEM,
        Kind::Nss => NSS,
        Kind::Firefox => FIREFOX,
        Kind::Java => JAVA,
    };
    match entry.state {
        State::Trusted | State::Installed | State::Removed => Finding::ok(check, entry.what),
        State::Missing | State::Untrusted => Finding::warning(check, entry.what, entry.next),
        State::Skipped => Finding::skipped(check, entry.what),
        State::Failed => {
            let next = entry.next.map(|next| format!("; {next}")).unwrap_or_default();
            Finding::skipped(check, format!("{}{next}", entry.what))
        }
    }
}
