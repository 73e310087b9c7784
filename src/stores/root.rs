//! The root that stores are to hold, and the files it comes from.

use std::fs;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::ca::export::{Kit, KitOptions};
use crate::ca::{self, CaError};
use crate::causes::with_cause;
use crate::files;
use crate::random;

/// The largest file with certificates: a system's bundle, many times over.
pub(super) const MOST: u64 = 32 << 20;

/// A root, and what stores call it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Root {
    /// The certificate.
    pub der: CertificateDer<'static>,
    /// The common name.
    pub name: String,
    /// The SHA-256 fingerprint.
    pub sha256: String,
    /// The SHA-1 fingerprint, by which Windows and old Javas know it.
    pub sha1: String,
    /// Who signed it, where that is another CA: then it is no root.
    pub issued_by: Option<String>,
    /// The file it was read from, for advice.
    pub file: PathBuf,
    /// The words of a command line that name it, with those that came with it.
    pub(super) given: String,
    /// A name for files and aliases that no other root has.
    pub(super) slug: String,
    pub(super) pem: Vec<u8>,
}

impl Root {
    fn new(der: CertificateDer<'static>, file: PathBuf, given: String) -> Result<Self, CaError> {
        let broken = |why: String| CaError::Broken { what: "certificate", path: file.clone(), why };
        let certificates = std::slice::from_ref(&der);
        let kit = Kit::new(certificates, KitOptions::default()).map_err(|error| match error {
            CaError::Broken { why, .. } => broken(why),
            other => other,
        })?;
        let (name, slug) = (kit.name().to_owned(), kit.slug().to_owned());
        let issued_by = kit.roots().first().and_then(|root| root.issued_by()).map(str::to_owned);
        let pem = kit.pem().as_bytes().to_vec();
        let (sha256, sha1) = (ca::fingerprint_sha256(&der), ca::fingerprint_sha1(&der));
        Ok(Self { name, sha256, sha1, slug, pem, der, issued_by, file, given })
    }

    /// Whether this text, PEM or DER, holds the root among others.
    pub(super) fn is_within(&self, octets: &[u8]) -> bool {
        octets == &self.der[..] || certificates(octets).any(|der| der == self.der)
    }

    /// Whether it holds the root and no other certificate.
    pub(super) fn is_all_of(&self, octets: &[u8]) -> bool {
        self.is_within(octets) && certificates(octets).all(|der| der == self.der)
    }

    /// Whether a file holds it.
    pub(super) fn is_in_file(&self, path: &Path) -> bool {
        files::read("a certificate", path, MOST).is_ok_and(|octets| self.is_within(&octets))
    }
}

fn certificates(octets: &[u8]) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(octets).filter_map(Result::ok)
}

/// All roots that the folder of an authority gives to devices.
///
/// # Errors
/// [`CaError`] when one cannot be read.
pub fn roots_of_folder(directory: &Path) -> Result<Vec<Root>, CaError> {
    let roots = ca::published_roots(directory)?;
    let place = |der: &CertificateDer<'_>| {
        let entries = fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        let holds = |path: &PathBuf| {
            path.extension().is_some_and(|ending| ending == "pem")
                && files::read("a certificate", path, MOST)
                    .is_ok_and(|octets| certificates(&octets).any(|found| found == *der))
        };
        paths.into_iter().find(holds).unwrap_or_else(|| directory.join("root.pem"))
    };
    // Several are not in one file.
    let several = roots.len() > 1;
    let given = |file: &Path| match several {
        true => format!(" --directory {}", directory.display()),
        false => format!(" --certificate {}", file.display()),
    };
    roots
        .into_iter()
        .map(|der| {
            let file = place(&der);
            let given = given(&file);
            Root::new(der, file, given)
        })
        .collect()
}

/// The root or roots in a file, PEM or DER.
///
/// # Errors
/// [`CaError`] when it cannot be read, or holds something else than CA certificates.
pub fn read_root_file(path: &Path) -> Result<Vec<Root>, CaError> {
    let octets = files::read("certificate", path, MOST)?;
    let mut found = Vec::new();
    for der in CertificateDer::pem_slice_iter(&octets) {
        let broken = |error| CaError::Broken {
            what: "certificate",
            path: path.into(),
            why: format!("its PEM text is damaged ({error})"),
        };
        found.push(der.map_err(broken)?);
    }
    if found.is_empty() {
        found.push(CertificateDer::from(octets));
    }
    let given = format!(" --certificate {}", path.display());
    found.into_iter().map(|der| Root::new(der, path.into(), given.clone())).collect()
}

/// The certificate in a file of its own for tools to read, gone with this value.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn of(root: &Root) -> Result<Self, String> {
        let letters = random::letters::<10>().map_err(|error| error.to_string())?;
        let name = format!("blockhouse-{}.pem", String::from_utf8_lossy(&letters));
        let path = std::env::temp_dir().join(name);
        files::create("the certificate for a tool", &path, &root.pem, 0o644)
            .map_err(|error| with_cause(&error))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
