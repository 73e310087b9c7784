//! Putting the old root aside, with all that is under it. Nothing is deleted.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::standing::{Stage, Standing};
use super::super::store;
use super::super::{CaError, chain};
use super::RotationStatus;
use crate::clock::Time;
use crate::files::FileError;

/// Stops sending the cross certificate, and puts the old root's files into `retired/`.
///
/// The state is changed first: what is read afterwards no more counts the old root, wherever its files
/// are by then. Run again, it finishes what was interrupted.
///
/// # Errors
/// [`CaError::Step`] when the new root is not in use, and whatever stops a file from being moved;
/// all is then as before.
pub fn retire(directory: &Path, now: Time) -> Result<RotationStatus, CaError> {
    let standing = Standing::read(directory)?;
    let refuse = |why: &str| CaError::Step { step: "retire the old root", why: why.into() };
    let settled = match (standing.stage, standing.next) {
        (Stage::Activated, Some(next)) => Standing { root: next, ..Standing::default() },
        (Stage::Settled, _) if !left_over(directory, standing)?.is_empty() => standing,
        (Stage::Settled, _) if standing.root > 1 => return super::status(directory, now),
        (Stage::Settled, _) => return Err(refuse("there is one root only; no rotation goes on")),
        _ => {
            return Err(refuse(
                "leaves still come under it; `rotate publish` and `rotate activate` come first",
            ));
        }
    };
    let root = store::root(directory, settled.root)?;
    if chain::newest(directory, &root, now)?.is_none() {
        return Err(refuse("there is no issuing CA under the new one; run `blockhouse-ca renew`"));
    }
    let files = left_over(directory, settled)?;
    settled.write(directory)?;
    if let Err(error) = put_aside(directory, &files, now) {
        // Should that fail as well, the next run goes on from here.
        let _ = standing.write(directory);
        return Err(error);
    }
    Ok(super::status(directory, now)?.changed())
}

/// The files that have no part any more once this is how things stand.
pub(super) fn left_over(directory: &Path, standing: Standing) -> Result<Vec<PathBuf>, CaError> {
    if standing.stage != Stage::Settled || standing.root == 1 {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for old in 1..standing.root {
        files.push(store::root_certificate(directory, old));
        files.push(store::root_key(directory, old));
        files.push(store::root_crl(directory, old));
    }
    for passed in 2..=standing.root {
        let (probe, key) = store::probe(directory, passed);
        files.extend([store::cross(directory, passed), store::cross_back(directory, passed)]);
        files.extend([probe, key]);
    }
    let root = store::root(directory, standing.root)?;
    let kept: Vec<u32> =
        chain::all(directory, &root.facts)?.iter().map(|signing| signing.generation).collect();
    for generation in store::generations(directory)? {
        if !kept.contains(&generation) {
            let (certificate, key) = store::issuing(directory, generation);
            files.extend([certificate, key, store::between(directory, generation)]);
            files.push(store::request(directory, generation));
        }
    }
    files.retain(|path| path.symlink_metadata().is_ok());
    Ok(files)
}

/// Files that were moved, and from where.
#[derive(Default)]
pub(super) struct Aside {
    moved: Vec<(PathBuf, PathBuf)>,
}

impl Aside {
    /// Puts them back.
    pub(super) fn undo(self) {
        for (from, to) in self.moved {
            let _ = fs::rename(to, from);
        }
    }
}

/// Moves files into `retired/`: all of them or none.
pub(super) fn put_aside(directory: &Path, files: &[PathBuf], now: Time) -> Result<Aside, CaError> {
    let folder = directory.join("retired");
    store::make_folder(&folder)?;
    let mut aside = Aside::default();
    for from in files {
        let name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The first root has no number where it serves; here it stands beside others.
        let name = name.strip_prefix("root.").map_or(name.clone(), |end| format!("root-g1.{end}"));
        let mut to = folder.join(&name);
        if to.symlink_metadata().is_ok() {
            // A probe that was renewed meanwhile, say.
            to = folder.join(format!("{}-{name}", now.unix()));
        }
        let moved = store::refuse_existing(&to).and_then(|()| {
            fs::rename(from, &to).map_err(|source| {
                FileError::Write { what: "retired file", path: to.clone(), source }.into()
            })
        });
        if let Err(error) = moved {
            aside.undo();
            return Err(error);
        }
        aside.moved.push((from.clone(), to));
    }
    Ok(aside)
}
