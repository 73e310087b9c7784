//! The way from the CA that signs leaves up to its root.

use std::fs;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;

use super::CaError;
use super::inspect::Facts;
use super::store;
use crate::clock::Time;

/// A certificate and what it says.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) path: PathBuf,
    pub(super) der: CertificateDer<'static>,
    pub(super) facts: Facts,
}

/// The CA that signs leaves, with what stands between it and the root.
#[derive(Debug, Clone)]
pub(super) struct Signing {
    pub(super) generation: u32,
    pub(super) ca: Link,
    pub(super) key: PathBuf,
    pub(super) between: Vec<Link>,
}

impl Signing {
    /// Whether every certificate was signed by the next, and the last by `root`.
    fn leads_to(&self, root: &Facts) -> bool {
        leads_to(&self.ca.der, &self.between, root)
    }

    /// The last below a root.
    fn top(&self) -> &CertificateDer<'static> {
        self.between.last().map_or(&self.ca.der, |link| &link.der)
    }

    /// What is sent after the leaf.
    pub(super) fn sent(&self) -> Vec<CertificateDer<'static>> {
        let between = self.between.iter().map(|link| link.der.clone());
        [self.ca.der.clone()].into_iter().chain(between).collect()
    }
}

/// Whether `der` leads to the root by way of `between`.
pub(super) fn leads_to(der: &CertificateDer<'_>, between: &[Link], root: &Facts) -> bool {
    let mut below = der;
    for link in between {
        if !link.facts.has_signed(below) {
            return false;
        }
        below = &link.der;
    }
    root.has_signed(below)
}

/// The newest issuing CA under the root that is in force; `None` when there is none under it at all.
///
/// An issuing CA of another root in the folder is passed over: it serves before a rotation is
/// activated, or served then.
pub(super) fn newest(directory: &Path, root: &Link, now: Time) -> Result<Option<Signing>, CaError> {
    let mut first_refusal = None;
    for generation in store::generations(directory)? {
        let signing = load(directory, generation)?;
        if !signing.leads_to(&root.facts) {
            if store::roots(directory)?.iter().any(|other| other.facts.has_signed(signing.top())) {
                continue;
            }
            let certificate = signing.ca.path;
            return Err(CaError::WrongRoot { certificate, root: root.path.clone() });
        }
        let next = "run `blockhouse-ca renew`";
        match store::in_force(&signing.ca.path, &signing.ca.facts, now, next) {
            Ok(()) => return Ok(Some(signing)),
            Err(refusal) => first_refusal = first_refusal.or(Some(refusal)),
        }
    }
    first_refusal.map_or(Ok(None), Err)
}

/// Every issuing CA under the root, newest first.
pub(super) fn all(directory: &Path, root: &Facts) -> Result<Vec<Signing>, CaError> {
    let mut found = Vec::new();
    for generation in store::generations(directory)? {
        found.push(load(directory, generation)?);
    }
    found.retain(|signing| signing.leads_to(root));
    Ok(found)
}

/// Loads one generation, wherever it leads.
pub(super) fn load(directory: &Path, generation: u32) -> Result<Signing, CaError> {
    let (certificate, key) = store::issuing(directory, generation);
    let ca = store::load_link("issuing certificate", &certificate)?;
    let path = store::between(directory, generation);
    let between = match fs::symlink_metadata(&path) {
        Ok(_) => store::load_links("chain", &path)?,
        Err(_) => Vec::new(),
    };
    Ok(Signing { generation, ca, key, between })
}
