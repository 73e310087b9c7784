//! The root's revocation list: empty, and signed anew once a year.
//!
//! Nothing is ever revoked by it, since leaves live for days; it exists because Windows clients
//! that look for revocation refuse a chain without one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use x509_parser::prelude::{CertificateRevocationList, FromDer as _};
use zeroize::Zeroizing;

use super::inspect::Facts;
use super::issue::sign_crl;
use super::profile::{BACKDATE, Validity};
use super::standing::Standing;
use super::{CaError, store};
use crate::clock::Time;
use crate::files;

/// A year: the root's key is off-line, so that signing is a ceremony.
pub(super) const ROOT_CRL_LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

/// The root's revocation list after it was signed anew.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RootCrl {
    /// Where it is.
    pub path: PathBuf,
    /// Its number.
    pub number: u64,
    /// When the next one is due.
    pub next_update: Time,
}

/// Signs the revocation lists of all roots anew that have a part now and whose key is at hand, the
/// root in use first, each with its next number, in the place of the list before.
///
/// # Errors
/// [`CaError`] when there is no key, a root or its key cannot be used, or an old list cannot be read:
/// its number must grow, so that a broken list is not simply replaced.
pub fn renew_root_crls(
    directory: &Path,
    passphrase: Option<&Zeroizing<Vec<u8>>>,
    now: Time,
) -> Result<Vec<RootCrl>, CaError> {
    let mut roots = Standing::read(directory)?.roots();
    let in_use = roots.first().copied();
    roots.retain(|root| store::root_key(directory, *root).exists());
    if roots.is_empty() {
        // Says that its key is missing.
        roots.extend(in_use);
    }
    let mut made = Vec::new();
    for generation in roots {
        let path = store::root_crl(directory, generation);
        // The old root of a rotation may have ended; that of the others must not wait for `retire`.
        let ended = now > store::root(directory, generation)?.facts.not_after;
        if ended && in_use != Some(generation) {
            continue;
        }
        let (root, signer) = store::load_root(directory, generation, passphrase, now)?;
        let number = if path.exists() { last_number(&path)? + 1 } else { 1 };
        let validity = crl_validity(&root.facts, now);
        let list = sign_crl(&signer, &root.facts, number, validity)?;
        made.push((list, RootCrl { path, number, next_update: validity.not_after }));
    }
    for (list, told) in &made {
        files::replace("revocation list", &told.path, list, 0o644)?;
    }
    Ok(made.into_iter().map(|(_, told)| told).collect())
}

/// From when to when a list of a root counts.
pub(super) fn crl_validity(root: &Facts, now: Time) -> Validity {
    Validity {
        not_before: now.minus(BACKDATE).max(root.not_before),
        not_after: now.plus(ROOT_CRL_LIFETIME).min(root.not_after),
    }
}

/// The last part of the address of a root's list; the first root's has no number.
pub(super) fn list_name(generation: u32) -> String {
    match generation {
        1 => "root.crl".to_owned(),
        _ => format!("root-g{generation}.crl"),
    }
}

/// The generation of the root whose list has this name.
pub fn generation_of_list(name: &str) -> Option<u32> {
    let stem = name.strip_suffix(".crl")?;
    match stem.strip_prefix("root-g") {
        Some(number) => number.parse().ok().filter(|number| list_name(*number) == name),
        None => (stem == "root").then_some(1),
    }
}

/// The address of the list of another root, where ours is served; none where a stranger's is.
pub(super) fn sibling_url(known: &str, generation: u32) -> Option<String> {
    let (place, name) = known.rsplit_once('/')?;
    let ours = place.starts_with("http://") && place.ends_with("/crl");
    (ours && generation_of_list(name).is_some())
        .then(|| format!("{place}/{}", list_name(generation)))
}

/// When the list in a file has to be replaced.
pub(super) fn next_update(path: &Path) -> Result<Option<Time>, CaError> {
    let der = files::read("revocation list", path, 1024 * 1024)?;
    let (_, list) = CertificateRevocationList::from_der(&der).map_err(|_| CaError::Broken {
        what: "revocation list",
        path: path.into(),
        why: "it is not a revocation list".into(),
    })?;
    Ok(list.next_update().map(|at| Time::from_unix(at.timestamp())))
}

fn last_number(path: &Path) -> Result<u64, CaError> {
    let broken = |why: &str| CaError::Broken {
        what: "revocation list",
        path: path.into(),
        why: format!("{why}; move it away, then a new one starts at number 1"),
    };
    let der = files::read("revocation list", path, 1024 * 1024)?;
    let (_, list) = CertificateRevocationList::from_der(&der)
        .map_err(|_| broken("it is not a revocation list"))?;
    let number = list.crl_number().ok_or_else(|| broken("it has no number"))?;
    u64::try_from(number)
        .ok()
        .filter(|number| *number < u64::MAX)
        .ok_or_else(|| broken("its number is too large"))
}
