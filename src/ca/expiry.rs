//! What of an authority ends, and when somebody has to do something about it.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::chain::{self, Link};
use super::standing::{Stage, Standing};
use super::{CaError, revocation, store};
use crate::clock::Time;

/// Days before the end of a root: bringing the next one to every device takes its time.
const ROOT: [u32; 2] = [730, 180];
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How much haste there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// None.
    Fine,
    /// It is time to begin.
    Soon,
    /// Hardly any time is left.
    Urgent,
    /// It has ended.
    Ended,
}

/// One thing that ends.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Expiry {
    /// `root`, `issuing CA`, `probe CA` or `revocation list`.
    pub what: &'static str,
    /// Its file.
    pub path: String,
    /// The last second of its life.
    #[serde(skip)]
    pub end: Time,
    /// The same, RFC 3339.
    pub ends: String,
    /// How many days are left.
    pub days: u64,
    /// How much haste there is.
    pub urgency: Urgency,
    /// What to do about it.
    pub next: &'static str,
}

/// What counts now, the most urgent first.
///
/// # Errors
/// [`CaError`] when a file cannot be read.
pub fn expiries(directory: &Path, now: Time) -> Result<Vec<Expiry>, CaError> {
    let standing = Standing::read(directory)?;
    let mut found = Vec::new();
    let root = store::root(directory, standing.in_use())?;
    found.push(of_root(&root, standing, now));
    // One that has ended is found by what loads it; here it is the newest that counts.
    if let Some(signing) = chain::all(directory, &root.facts)?.into_iter().next() {
        let next = "`blockhouse-ca renew`, where the root's key is";
        found.push(of(
            "issuing CA",
            &signing.ca.path,
            signing.ca.facts.not_after,
            [30, 7],
            now,
            next,
        ));
    }
    if let Some(other) = standing.roots().get(1) {
        let other = store::root(directory, *other)?;
        let next = match standing.stage {
            Stage::Activated => "`blockhouse-ca rotate retire`",
            _ => "`blockhouse-ca rotate activate` and `rotate retire`, then `rotate prepare`",
        };
        found.push(of("root", &other.path, other.facts.not_after, ROOT, now, next));
    }
    if let (Some(next), Stage::Published | Stage::Activated) = (standing.next, standing.stage) {
        let path = store::probe(directory, next).0;
        if path.exists() {
            let probe = store::load_probe(&path)?;
            let next = "`blockhouse-ca rotate publish` again";
            found.push(of("probe CA", &path, probe.facts.not_after, [30, 7], now, next));
        }
    }
    for root in standing.roots() {
        let path = store::root_crl(directory, root);
        if path.exists()
            && let Some(end) = revocation::next_update(&path)?
        {
            let next = "`blockhouse-ca crl`, where the root's key is";
            found.push(of("revocation list", &path, end, [14, 2], now, next));
        }
    }
    found.sort_by_key(|one| (std::cmp::Reverse(one.urgency), one.days));
    Ok(found)
}

fn of_root(root: &Link, standing: Standing, now: Time) -> Expiry {
    let next = match standing.stage {
        Stage::Settled => "`blockhouse-ca rotate prepare`, where the root's key is",
        Stage::Prepared => "`blockhouse-ca rotate publish`, where the root's key is",
        Stage::Published => "`blockhouse-ca rotate activate`, once devices have the next root",
        Stage::Activated => "`blockhouse-ca rotate retire`, then `rotate prepare`",
    };
    of("root", &root.path, root.facts.not_after, ROOT, now, next)
}

/// `days`: when it is time to begin, and when there is haste.
fn of(
    what: &'static str,
    path: &Path,
    end: Time,
    days: [u32; 2],
    now: Time,
    next: &'static str,
) -> Expiry {
    let left = end.since(now);
    let urgency = match left {
        _ if now > end => Urgency::Ended,
        left if left < DAY * days[1] => Urgency::Urgent,
        left if left < DAY * days[0] => Urgency::Soon,
        _ => Urgency::Fine,
    };
    let (path, ends) = (path.display().to_string(), end.rfc3339());
    Expiry { what, path, end, ends, days: left.as_secs() / 86_400, urgency, next }
}
