//! The folder of an authority: which files it has, how they are read and written.
//!
//! `root.pem` and `root.key`, then `issuing-g1.pem` and `issuing-g1.key`, `issuing-g2.*` after the
//! first renewal and so on, and `root.crl`. Writing is all or nothing: a failure half-way takes away
//! what was written.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use pkcs8::der::pem::{self, LineEnding};
use rcgen::PublicKeyData as _;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

use super::CaError;
use super::inspect::{Facts, Summary};
use super::key::CaKey;
use crate::clock::Time;
use crate::files::{self, FileError};

const MAX_FILE: u64 = 256 * 1024;

/// The certificates of the authority: the root first, then the issuing CAs, newest first.
///
/// # Errors
/// [`CaError`] when one cannot be read.
pub fn read_certificates(directory: &Path) -> Result<Vec<CertificateDer<'static>>, CaError> {
    Ok(all(directory)?.into_iter().map(|(_, der, _)| der).collect())
}

/// The same in words.
///
/// # Errors
/// [`CaError`] when one cannot be read.
pub fn summaries(directory: &Path, now: Time) -> Result<Vec<Summary>, CaError> {
    Ok(all(directory)?
        .into_iter()
        .map(|(path, der, facts)| facts.summary(&der, path.display().to_string(), now))
        .collect())
}

/// The roots that devices are to have, the one in use first.
///
/// # Errors
/// [`CaError`] when one cannot be read.
pub fn published_roots(directory: &Path) -> Result<Vec<CertificateDer<'static>>, CaError> {
    Ok(vec![load_certificate("root certificate", &root_certificate(directory))?.0])
}

pub(super) fn root_certificate(directory: &Path) -> PathBuf {
    directory.join("root.pem")
}

pub(super) fn root_key(directory: &Path) -> PathBuf {
    directory.join("root.key")
}

pub(super) fn root_crl(directory: &Path) -> PathBuf {
    directory.join("root.crl")
}

/// Reads a PEM file with exactly one CA certificate.
pub(super) fn load_certificate(
    what: &'static str,
    path: &Path,
) -> Result<(CertificateDer<'static>, Facts), CaError> {
    let broken = |why: String| CaError::Broken { what, path: path.into(), why };
    let text = files::read(what, path, MAX_FILE).map_err(|error| match error {
        FileError::Read { ref source, .. }
            if source.kind() == ErrorKind::NotFound && what == "root certificate" =>
        {
            CaError::NoRoot { path: path.into() }
        }
        other => other.into(),
    })?;
    let mut found = CertificateDer::pem_slice_iter(&text);
    let der = match (found.next(), found.next()) {
        (Some(Ok(der)), None) => der,
        (Some(Ok(_)), Some(_)) => {
            return Err(broken(
                "there is more than one certificate in it; leave only its own".into(),
            ));
        }
        (Some(Err(error)), _) => return Err(broken(format!("its PEM text is damaged ({error})"))),
        (None, _) => {
            return Err(broken("there is no `-----BEGIN CERTIFICATE-----` in it".into()));
        }
    };
    let facts = Facts::read(&der).map_err(broken)?;
    Ok((der, facts))
}

/// Refuses a certificate that is not in force at `now`.
pub(super) fn in_force(
    path: &Path,
    facts: &Facts,
    now: Time,
    next: &'static str,
) -> Result<(), CaError> {
    if now > facts.not_after {
        return Err(CaError::Expired { path: path.into(), end: facts.not_after.rfc3339(), next });
    }
    if now < facts.not_before {
        return Err(CaError::NotYetValid { path: path.into(), start: facts.not_before.rfc3339() });
    }
    Ok(())
}

/// Loads the key of a CA and ties it to its certificate.
pub(super) fn load_signer(
    der: &CertificateDer<'static>,
    facts: &Facts,
    certificate: &Path,
    key: &Path,
    passphrase: Option<&Zeroizing<Vec<u8>>>,
) -> Result<rcgen::Issuer<'static, CaKey>, CaError> {
    let signing_key = CaKey::load(key, passphrase)?;
    // rcgen always writes RSA parameters and named curves, as RFC 3279 and RFC 5480 demand of all.
    if signing_key.subject_public_key_info() != facts.spki {
        return Err(CaError::Mismatch { certificate: certificate.into(), key: key.into() });
    }
    let broken = |why: &str| CaError::Broken {
        what: "CA certificate",
        path: certificate.into(),
        why: why.into(),
    };
    let signer = rcgen::Issuer::from_ca_cert_der(der, signing_key)
        .map_err(|_| broken("its subject or key usage cannot be copied into what it signs"))?;
    Ok(signer)
}

/// The root with its key.
pub(super) fn load_root(
    directory: &Path,
    passphrase: Option<&Zeroizing<Vec<u8>>>,
    now: Time,
) -> Result<(CertificateDer<'static>, Facts, rcgen::Issuer<'static, CaKey>), CaError> {
    let path = root_certificate(directory);
    let (der, facts) = load_certificate("root certificate", &path)?;
    in_force(&path, &facts, now, "make a new root in another folder")?;
    let signer = load_signer(&der, &facts, &path, &root_key(directory), passphrase)?;
    Ok((der, facts, signer))
}

/// Certificate and key of the newest issuing CA in force; `None` when there is none at all.
pub(super) fn newest_issuing(
    directory: &Path,
    now: Time,
) -> Result<Option<(PathBuf, PathBuf)>, CaError> {
    let mut first_refusal = None;
    for number in generations(directory)? {
        let (certificate, key) = issuing(directory, number);
        let (_, facts) = load_certificate("issuing certificate", &certificate)?;
        match in_force(&certificate, &facts, now, "run `blockhouse-ca renew`") {
            Ok(()) => return Ok(Some((certificate, key))),
            Err(refusal) => first_refusal = first_refusal.or(Some(refusal)),
        }
    }
    first_refusal.map_or(Ok(None), Err)
}

/// A file to be written.
pub(super) struct Output {
    what: &'static str,
    path: PathBuf,
    octets: Zeroizing<Vec<u8>>,
    mode: u32,
}

impl Output {
    pub(super) fn secret(path: &Path, pem: Zeroizing<String>) -> Self {
        let octets = Zeroizing::new(pem.as_bytes().to_vec());
        Self { what: "key", path: path.into(), octets, mode: 0o600 }
    }

    pub(super) fn certificate(path: &Path, der: &CertificateDer<'_>) -> Result<Self, CaError> {
        let octets = Zeroizing::new(to_pem(der)?.into_bytes());
        Ok(Self { what: "certificate", path: path.into(), octets, mode: 0o644 })
    }

    pub(super) fn list(path: &Path, der: Vec<u8>) -> Self {
        let octets = Zeroizing::new(der);
        Self { what: "revocation list", path: path.into(), octets, mode: 0o644 }
    }
}

/// The PEM text of a certificate: 64 columns, LF, nothing before it.
///
/// # Errors
/// [`CaError::Crypto`] when it is larger than PEM can be.
pub fn to_pem(der: &CertificateDer<'_>) -> Result<String, CaError> {
    pem::encode_string("CERTIFICATE", LineEnding::LF, der)
        .map_err(|_| CaError::Crypto("write a certificate down"))
}

/// Writes all or nothing; takes away only what this call made.
pub(super) fn write_all(outputs: &[Output]) -> Result<(), CaError> {
    for (done, output) in outputs.iter().enumerate() {
        if let Err(error) = files::create(output.what, &output.path, &output.octets, output.mode) {
            for written in &outputs[..done] {
                let _ = fs::remove_file(&written.path);
            }
            return Err(error.into());
        }
    }
    Ok(())
}

fn all(directory: &Path) -> Result<Vec<(PathBuf, CertificateDer<'static>, Facts)>, CaError> {
    let root = root_certificate(directory);
    let (der, facts) = load_certificate("root certificate", &root)?;
    let mut found = vec![(root, der, facts)];
    for number in generations(directory)? {
        let path = issuing(directory, number).0;
        let (der, facts) = load_certificate("issuing certificate", &path)?;
        found.push((path, der, facts));
    }
    Ok(found)
}

/// Where certificate and key of an issuing CA are.
pub(super) fn issuing(directory: &Path, generation: u32) -> (PathBuf, PathBuf) {
    let at = |ending| directory.join(format!("issuing-g{generation}.{ending}"));
    (at("pem"), at("key"))
}

/// The generations of issuing CAs in the folder, newest first.
pub(super) fn generations(directory: &Path) -> Result<Vec<u32>, CaError> {
    let failed = |source| CaError::Folder { attempt: "list", path: directory.into(), source };
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let number =
            name.to_str().and_then(|name| name.strip_prefix("issuing-g")?.strip_suffix(".pem"));
        numbers.extend(number.and_then(|number| number.parse::<u32>().ok()));
    }
    numbers.sort_unstable_by(|one, other| other.cmp(one));
    Ok(numbers)
}

pub(super) fn refuse_existing(path: &Path) -> Result<(), CaError> {
    // A dangling link counts: writing through it would surprise.
    match path.symlink_metadata() {
        Ok(_) => Err(FileError::Exists { what: "file", path: path.into() }.into()),
        Err(_) => Ok(()),
    }
}

pub(super) fn make_folder(directory: &Path) -> Result<(), CaError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| CaError::Folder { attempt: "make", path: directory.into(), source })
}
