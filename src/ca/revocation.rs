//! The root's revocation list: empty, and signed anew once a year.
//!
//! Nothing is ever revoked by it, since leaves live for days; it exists because Windows clients
//! that look for revocation refuse a chain without one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use x509_parser::prelude::{CertificateRevocationList, FromDer as _};
use zeroize::Zeroizing;

use super::CaError;
use super::issue::sign_crl;
use super::profile::{BACKDATE, Validity};
use super::store;
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

/// Signs the root's revocation list anew, with the next number, and puts it in the old one's place.
///
/// # Errors
/// [`CaError`] when the root or its key cannot be used, or the old list cannot be read: its number
/// must grow, so that a broken list is not simply replaced.
pub fn renew_root_crl(
    directory: &Path,
    passphrase: Option<&Zeroizing<Vec<u8>>>,
    now: Time,
) -> Result<RootCrl, CaError> {
    let path = store::root_crl(directory);
    let (_, facts, signer) = store::load_root(directory, passphrase, now)?;
    let number = if path.exists() { last_number(&path)? + 1 } else { 1 };
    let validity = Validity {
        not_before: now.minus(BACKDATE).max(facts.not_before),
        not_after: now.plus(ROOT_CRL_LIFETIME).min(facts.not_after),
    };
    let list = sign_crl(&signer, &facts, number, validity)?;
    files::replace("revocation list", &path, &list, 0o644)?;
    Ok(RootCrl { path, number, next_update: validity.not_after })
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
