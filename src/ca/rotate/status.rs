//! Where a rotation stands, and what comes next.

use std::path::Path;

use serde::Serialize;

use super::super::chain::{self, Link};
use super::super::inspect::fingerprint_sha256;
use super::super::standing::{Stage, Standing};
use super::super::{CaError, store};
use super::retire;
use crate::clock::Time;

/// A root and its part.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct RootStatus {
    /// Its generation: the number in the names of its files.
    pub generation: u32,
    /// Its common name.
    pub common_name: String,
    /// Its file.
    pub path: String,
    /// Its SHA-256 fingerprint.
    pub sha256: String,
    /// The last second of its life, RFC 3339.
    pub not_after: String,
    /// Whether its key is in the folder.
    pub key_at_hand: bool,
}

/// Where the folder stands.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct RotationStatus {
    /// How far the rotation has come.
    pub stage: Stage,
    /// The root that leaves come under.
    pub in_use: RootStatus,
    /// The other root, while a rotation goes on.
    pub other: Option<RootStatus>,
    /// The fingerprints of the roots that exports carry, the one in use first.
    pub published: Vec<String>,
    /// The subjects of the certificates that follow a leaf.
    pub sent: Vec<String>,
    /// The domain of the names that browsers try the next root with, while there is a probe for it.
    pub tried_with: Option<String>,
    /// What comes next.
    pub next_step: String,
    /// Whether the step that gave this status changed anything.
    pub changed: bool,
}

impl RotationStatus {
    pub(super) fn changed(mut self) -> Self {
        self.changed = true;
        self
    }
}

/// Reads where the folder stands.
///
/// # Errors
/// [`CaError`] when a file of it cannot be read or does not fit.
pub fn status(directory: &Path, now: Time) -> Result<RotationStatus, CaError> {
    let standing = Standing::read(directory)?;
    let tell = |generation| -> Result<(Link, RootStatus), CaError> {
        let root = store::root(directory, generation)?;
        let told = RootStatus {
            generation,
            common_name: root.facts.common_name.clone(),
            path: root.path.display().to_string(),
            sha256: fingerprint_sha256(&root.der),
            not_after: root.facts.not_after.rfc3339(),
            key_at_hand: store::root_key(directory, generation).exists(),
        };
        Ok((root, told))
    };
    let (root, in_use) = tell(standing.in_use())?;
    let other = standing.roots().get(1).map(|other| tell(*other)).transpose()?;
    if let (Some(next), Some(_)) = (standing.next, &other) {
        super::check(directory, standing, next)?;
    }
    let mut sent = Vec::new();
    // One that has ended, or a single tier: then nothing follows.
    if let Ok(Some(signing)) = chain::newest(directory, &root, now) {
        sent.push(signing.ca.facts.subject.clone());
        sent.extend(signing.between.iter().map(|link| link.facts.subject.clone()));
    }
    if let (Some(_), Some((old, _))) = (standing.crossed(), &other) {
        sent.push(format!("{} (signed by {})", root.facts.subject, old.facts.subject));
    }
    if let (Stage::Published, Some(next), Some((new, _))) = (standing.stage, standing.next, &other)
        && store::cross_back(directory, next).exists()
    {
        sent.push(format!("{} (signed by {})", root.facts.subject, new.facts.subject));
    }
    let probe = standing.next.map(|next| store::probe(directory, next).0);
    let probe = probe.filter(|path| standing.stage != Stage::Prepared && path.exists());
    let probe = probe.map(|path| store::load_probe(&path)).transpose()?;
    let tried_with =
        probe.and_then(|probe| Some(probe.facts.permitted_domains.first()?.to_string()));
    let published = standing.published().into_iter();
    let published = published
        .map(|generation| Ok(fingerprint_sha256(&store::root(directory, generation)?.der)))
        .collect::<Result<_, CaError>>()?;
    let next_step = match standing.stage {
        Stage::Settled if !retire::left_over(directory, standing)?.is_empty() => {
            "`rotate retire` again: files of a former root are still here"
        }
        Stage::Settled => {
            "nothing; `rotate prepare` two years before the root ends, or when its key is in doubt"
        }
        Stage::Prepared => "`rotate publish`: from then on exports carry both roots",
        Stage::Published => {
            "bring new exports to all devices, and see on the check page how many have the new root; \
             then `rotate activate`"
        }
        Stage::Activated => {
            "when no device is left that has the old root alone, `rotate retire`; until then the \
             cross certificate serves them"
        }
    };
    Ok(RotationStatus {
        stage: standing.stage,
        in_use,
        other: other.map(|(_, told)| told),
        published,
        sent,
        tried_with,
        next_step: next_step.to_owned(),
        changed: false,
    })
}
