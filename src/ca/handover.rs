//! What a server needs of an authority whose root's key is kept elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::CaError;
use super::chain;
use super::key;
use super::standing::{Stage, Standing};
use super::store::{self, Output};
use crate::clock::Time;
use crate::files::{self, scratch_of};

/// What is handed over.
#[derive(Debug, Clone)]
pub struct HandoverPlan {
    /// What opens the keys here.
    pub passphrase: Option<Zeroizing<Vec<u8>>>,
    /// What encrypts them there; the same as here if unset.
    pub server_passphrase: Option<Zeroizing<Vec<u8>>>,
}

/// Writes into a new folder what a server needs: the roots, the issuing CA with its key, revocation
/// lists, and what a rotation adds; never the key of a root. Gives the names of the files.
///
/// # Errors
/// [`CaError::Step`] when the root signs leaves by itself, [`CaError::File`] when the folder is there
/// already, and whatever stops a file from being read or written. Nothing is left behind then.
pub fn handover(
    directory: &Path,
    target: &Path,
    plan: &HandoverPlan,
    now: Time,
) -> Result<Vec<PathBuf>, CaError> {
    let standing = Standing::read(directory)?;
    let root = store::root(directory, standing.in_use())?;
    store::in_force(&root.path, &root.facts, now, "make a new root in another folder")?;
    let Some(signing) = chain::newest(directory, &root, now)? else {
        return Err(CaError::Step {
            step: "hand over without the root's key",
            why: "the root signs leaves by itself; `blockhouse-ca renew` makes an issuing CA first"
                .into(),
        });
    };
    store::refuse_existing(target)?;
    // A folder of another name takes its place when it is whole.
    let scratch = scratch_of(target);
    let at = |path: &Path| scratch.join(path.file_name().unwrap_or_default());

    let mut outputs = Vec::new();
    let mut public = Vec::new();
    let mut keys = Vec::new();
    for generation in standing.roots() {
        public.push(store::root_certificate(directory, generation));
        public.push(store::root_crl(directory, generation));
    }
    public.push(Standing::path(directory));
    public.push(signing.ca.path.clone());
    public.push(store::between(directory, signing.generation));
    keys.push(signing.key.clone());
    if let Some(next) = standing.next {
        public.push(store::cross(directory, next));
        public.push(store::cross_back(directory, next));
        if standing.stage != Stage::Prepared {
            let (probe, key) = store::probe(directory, next);
            public.push(probe);
            keys.push(key);
        }
    }
    for path in public.iter().filter(|path| path.exists()) {
        let octets = files::read("certificate", path, store::MAX_FILE)?;
        outputs.push(Output::plain("certificate", &at(path), octets, 0o644));
    }
    // A key that is in a token stays there.
    for path in keys.iter().filter(|path| path.exists()) {
        let pkcs8 = key::read_pkcs8(path, plan.passphrase.as_ref())?;
        let there = plan.server_passphrase.as_ref().or(plan.passphrase.as_ref());
        outputs.push(Output::secret(&at(path), key::to_pem(&pkcs8, there)?));
    }
    let done =
        store::make_folder(&scratch).and_then(|()| store::write_all(&outputs)).and_then(|()| {
            fs::rename(&scratch, target).map_err(|source| CaError::Folder {
                attempt: "make",
                path: target.into(),
                source,
            })
        });
    if let Err(error) = done {
        // Ours alone: it carries the number of this process.
        let _ = fs::remove_dir_all(&scratch);
        return Err(error);
    }
    let names = outputs.iter().filter_map(|output| output.path().file_name());
    Ok(names.map(|name| target.join(name)).collect())
}
