//! Where the folder stands in the life of its roots: `rotation.toml`.
//!
//! The file is put in place whole, last of all that a step writes, so that it never tells of a step
//! that is not done. A folder without it has one root, `root.pem`, and an issuing CA below it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::CaError;
use crate::files;

/// How far a rotation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// There is one root, and no rotation goes on.
    Settled,
    /// The next root and its cross certificate are made; no device knows of it.
    Prepared,
    /// Exports carry both roots; leaves still come under the old one.
    Published,
    /// Leaves come under the new root, with the cross certificate for devices that have only the old.
    Activated,
}

impl Stage {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Prepared => "prepared",
            Self::Published => "published",
            Self::Activated => "activated",
        }
    }
}

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Standing {
    pub(super) stage: Stage,
    /// The root that everything began with in this rotation.
    pub(super) root: u32,
    /// The root that comes after it; with `stage = "settled"` there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<u32>,
    /// Whether the root that everything began with signs leaves by itself. Where it does not say so, an
    /// issuing CA that is missing is no reason to: its exclusions would be missing as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) single_tier: bool,
}

impl Default for Standing {
    fn default() -> Self {
        Self { stage: Stage::Settled, root: 1, next: None, single_tier: false }
    }
}

impl Standing {
    /// That of a folder with one root, which signs leaves by itself.
    pub(super) fn single_tier() -> Self {
        Self { single_tier: true, ..Self::default() }
    }

    /// Reads the file.
    pub(super) fn read(directory: &Path) -> Result<Self, CaError> {
        const WHAT: &str = "state of the rotation";
        let path = Self::path(directory);
        let broken = |why: String| CaError::Broken { what: WHAT, path: path.clone(), why };
        let octets = match files::read(WHAT, &path, 64 * 1024) {
            Ok(octets) => octets,
            Err(error) if error.is_not_found() => return Ok(Self::default()),
            Err(error) => return Err(error.into()),
        };
        let text = String::from_utf8(octets).map_err(|_| broken("it is not UTF-8".into()))?;
        let found: Self = toml::from_str(&text)
            .map_err(|error| broken(format!("{}; restore it from a copy", error.message())))?;
        let fits = (found.stage == Stage::Settled) == found.next.is_none();
        if !fits || found.root == 0 || found.next.is_some_and(|next| next <= found.root) {
            return Err(broken(
                "its stage and its roots do not fit; restore it from a copy".into(),
            ));
        }
        Ok(found)
    }

    /// Puts the file in place.
    pub(super) fn write(self, directory: &Path) -> Result<(), CaError> {
        let text = toml::to_string(&self)
            .map_err(|_| CaError::Crypto("write the state of the rotation down"))?;
        let text = format!("# Written by `blockhouse-ca`; to be kept beside the root.\n{text}");
        let path = Self::path(directory);
        Ok(files::replace("state of the rotation", &path, text.as_bytes(), 0o644)?)
    }

    pub(super) fn path(directory: &Path) -> PathBuf {
        directory.join("rotation.toml")
    }

    /// The root that the signing CA is under.
    pub(super) fn in_use(self) -> u32 {
        match (self.stage, self.next) {
            (Stage::Activated, Some(next)) => next,
            _ => self.root,
        }
    }

    /// The roots that devices are to have, the one in use first.
    pub(super) fn published(self) -> Vec<u32> {
        match (self.stage, self.next) {
            (Stage::Published, Some(next)) => vec![self.root, next],
            (Stage::Activated, Some(next)) => vec![next, self.root],
            _ => vec![self.root],
        }
    }

    /// Every root that has a part in it, the one in use first.
    pub(super) fn roots(self) -> Vec<u32> {
        let in_use = self.in_use();
        let others = [Some(self.root), self.next].into_iter().flatten();
        [in_use].into_iter().chain(others.filter(|root| *root != in_use)).collect()
    }

    /// The root whose cross certificate is sent along.
    pub(super) fn crossed(self) -> Option<u32> {
        self.next.filter(|_| self.stage == Stage::Activated)
    }
}
