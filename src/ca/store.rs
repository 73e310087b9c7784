//! The folder of an authority: which files it has, how they are read and written.
//!
//! `root.pem` and `root.key`, then `issuing-g1.pem` and `issuing-g1.key`, `issuing-g2.*` after the
//! first renewal and so on, and `root.crl`. A rotation adds `root-g2.*`, `cross-g2.pem`, `cross-back-g2.pem`, `probe-g2.*`
//! and `rotation.toml`; an imported CA may have `issuing-g1-chain.pem`, with what stands between it
//! and the root. A file never changes what it means. Writing is all or nothing: a failure half-way
//! takes away what was written.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use pkcs8::der::pem::{self, LineEnding};
use rcgen::PublicKeyData as _;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

use super::access::KeyAccess;
use super::chain::{self, Link};
use super::inspect::{Facts, Summary};
use super::key::CaKey;
use super::standing::{Stage, Standing};
use super::{CaError, token};
use crate::clock::Time;
use crate::files::{self, FileError};

pub(super) const MAX_FILE: u64 = 256 * 1024;

/// The certificates of the authority that count now: the root in use first, then the issuing CAs
/// under it, newest first.
///
/// # Errors
/// [`CaError`] when one cannot be read.
pub fn read_certificates(directory: &Path) -> Result<Vec<CertificateDer<'static>>, CaError> {
    let root = root(directory, Standing::read(directory)?.in_use())?;
    let below = all_issuing(directory, &root)?.into_iter().map(|link| link.der);
    Ok([root.der.clone()].into_iter().chain(below).collect())
}

/// All certificates in words: the same, then those that have a part in a rotation.
///
/// # Errors
/// [`CaError`] when one cannot be read.
pub fn summaries(directory: &Path, now: Time) -> Result<Vec<Summary>, CaError> {
    let standing = Standing::read(directory)?;
    let in_use = root(directory, standing.in_use())?;
    let issuing = all_issuing(directory, &in_use)?;
    let mut found = vec![("root", in_use)];
    found.extend(issuing.into_iter().map(|link| ("issuing CA", link)));
    for generation in standing.roots().into_iter().skip(1) {
        let other = root(directory, generation)?;
        let role = if standing.next == Some(generation) { "next root" } else { "former root" };
        let issuing = chain::all(directory, &other.facts)?;
        found.push((role, other));
        found.extend(issuing.into_iter().map(|signing| ("issuing CA", signing.ca)));
    }
    if let Some(next) = standing.next {
        found.push(("cross certificate", load_link("cross certificate", &cross(directory, next))?));
        let probe = probe(directory, next).0;
        if standing.stage != Stage::Prepared && probe.exists() {
            found.push(("probe CA", load_probe(&probe)?));
        }
    }
    let words = |(role, link): (&'static str, Link)| {
        let mut summary = link.facts.summary(&link.der, link.path.display().to_string(), now);
        summary.role = role;
        summary
    };
    Ok(found.into_iter().map(words).collect())
}

/// The roots that devices are to have, the one in use first: two while a rotation goes on.
///
/// # Errors
/// [`CaError`] when one cannot be read.
pub fn published_roots(directory: &Path) -> Result<Vec<CertificateDer<'static>>, CaError> {
    let published = Standing::read(directory)?.published();
    published.into_iter().map(|generation| Ok(root(directory, generation)?.der)).collect()
}

/// Why those of these roots are of no use to a device that are not in force.
///
/// # Errors
/// [`CaError`] when not one of them is in force, or one cannot be read.
pub fn published_out_of_force(directory: &Path, now: Time) -> Result<Vec<CaError>, CaError> {
    let standing = Standing::read(directory)?;
    let published = standing.published();
    let mut found = Vec::new();
    for generation in &published {
        let root = root(directory, *generation)?;
        found.extend(in_force(&root.path, &root.facts, now, after_root(standing)).err());
    }
    match found.len() == published.len() {
        true => found.into_iter().next().map_or(Ok(Vec::new()), Err),
        false => Ok(found),
    }
}

/// Where the certificate of the root in use is.
///
/// # Errors
/// [`CaError`] when the state of a rotation cannot be read.
pub fn root_in_use(directory: &Path) -> Result<PathBuf, CaError> {
    Ok(root_certificate(directory, Standing::read(directory)?.in_use()))
}

/// The file of a root: the first has no number.
fn of_root(directory: &Path, generation: u32, ending: &str) -> PathBuf {
    match generation {
        1 => directory.join(format!("root.{ending}")),
        _ => directory.join(format!("root-g{generation}.{ending}")),
    }
}

pub(super) fn root_certificate(directory: &Path, generation: u32) -> PathBuf {
    of_root(directory, generation, "pem")
}

pub(super) fn root_key(directory: &Path, generation: u32) -> PathBuf {
    of_root(directory, generation, "key")
}

pub(super) fn root_crl(directory: &Path, generation: u32) -> PathBuf {
    of_root(directory, generation, "crl")
}

/// The certificate of a root signed by the root before it.
pub(super) fn cross(directory: &Path, generation: u32) -> PathBuf {
    directory.join(format!("cross-g{generation}.pem"))
}

/// The certificate of the root before signed by this one, for devices that have this one alone.
pub(super) fn cross_back(directory: &Path, generation: u32) -> PathBuf {
    directory.join(format!("cross-back-g{generation}.pem"))
}

/// Certificate and key of the issuing CA that is under the next root alone.
pub(super) fn probe(directory: &Path, generation: u32) -> (PathBuf, PathBuf) {
    let at = |ending| directory.join(format!("probe-g{generation}.{ending}"));
    (at("pem"), at("key"))
}

/// What stands between an issuing CA and its root, when it is not signed by the root itself.
pub(super) fn between(directory: &Path, generation: u32) -> PathBuf {
    directory.join(format!("issuing-g{generation}-chain.pem"))
}

/// The request for an issuing CA.
pub(super) fn request(directory: &Path, generation: u32) -> PathBuf {
    directory.join(format!("issuing-g{generation}.csr"))
}

/// A root of the folder.
pub(super) fn root(directory: &Path, generation: u32) -> Result<Link, CaError> {
    load_link("root certificate", &root_certificate(directory, generation))
}

/// Every root in the folder, whatever its part.
pub(super) fn roots(directory: &Path) -> Result<Vec<Link>, CaError> {
    let mut found = Vec::new();
    for generation in numbers(directory, "root-g", ".pem")? {
        found.push(root(directory, generation)?);
    }
    if root_certificate(directory, 1).exists() {
        found.push(root(directory, 1)?);
    }
    Ok(found)
}

fn all_issuing(directory: &Path, root: &Link) -> Result<Vec<Link>, CaError> {
    let all = chain::all(directory, &root.facts)?;
    if all.is_empty() {
        // A stranger's is shown as it is: what loads it says what is wrong.
        let mut strangers = Vec::new();
        let others = roots(directory)?;
        for generation in generations(directory)? {
            let found = chain::load(directory, generation)?;
            if !others
                .iter()
                .any(|other| chain::leads_to(&found.ca.der, &found.between, &other.facts))
            {
                strangers.push(found.ca);
            }
        }
        return Ok(strangers);
    }
    Ok(all.into_iter().map(|signing| signing.ca).collect())
}

/// Reads a PEM file with exactly one CA certificate.
pub(super) fn load_link(what: &'static str, path: &Path) -> Result<Link, CaError> {
    let (der, facts) = load_certificate(what, path)?;
    Ok(Link { path: path.into(), der, facts })
}

/// Reads the certificate of a probe, which may sign for one domain alone.
pub(super) fn load_probe(path: &Path) -> Result<Link, CaError> {
    let what = "probe certificate";
    let der = load_der(what, path)?;
    let facts = Facts::read_probe(&der);
    let facts = facts.map_err(|why| CaError::Broken { what, path: path.into(), why })?;
    Ok(Link { path: path.into(), der, facts })
}

/// Reads a PEM file with CA certificates, at least one.
pub(super) fn load_links(what: &'static str, path: &Path) -> Result<Vec<Link>, CaError> {
    let broken = |why: String| CaError::Broken { what, path: path.into(), why };
    let text = files::read(what, path, MAX_FILE)?;
    let mut found = Vec::new();
    for der in CertificateDer::pem_slice_iter(&text) {
        let der = der.map_err(|error| broken(format!("its PEM text is damaged ({error})")))?;
        let facts = Facts::read(&der).map_err(broken)?;
        found.push(Link { path: path.into(), der, facts });
    }
    if found.is_empty() {
        return Err(broken("there is no `-----BEGIN CERTIFICATE-----` in it".into()));
    }
    Ok(found)
}

/// Reads a PEM file with exactly one CA certificate.
pub(super) fn load_certificate(
    what: &'static str,
    path: &Path,
) -> Result<(CertificateDer<'static>, Facts), CaError> {
    let der = load_der(what, path)?;
    let facts = Facts::read(&der);
    let facts = facts.map_err(|why| CaError::Broken { what, path: path.into(), why })?;
    Ok((der, facts))
}

fn load_der(what: &'static str, path: &Path) -> Result<CertificateDer<'static>, CaError> {
    let broken = |why: String| CaError::Broken { what, path: path.into(), why };
    let text = files::read(what, path, MAX_FILE).map_err(|error| match error {
        error if error.is_not_found() && what == "root certificate" => {
            CaError::NoRoot { path: path.into() }
        }
        other => other.into(),
    })?;
    let mut found = CertificateDer::pem_slice_iter(&text);
    match (found.next(), found.next()) {
        (Some(Ok(der)), None) => Ok(der),
        (Some(Ok(_)), Some(_)) => {
            Err(broken("there is more than one certificate in it; leave only its own".into()))
        }
        (Some(Err(error)), _) => Err(broken(format!("its PEM text is damaged ({error})"))),
        (None, _) => Err(broken("there is no `-----BEGIN CERTIFICATE-----` in it".into())),
    }
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
    access: &KeyAccess,
) -> Result<rcgen::Issuer<'static, CaKey>, CaError> {
    // A key file goes before the token, so that a CA made before there was one still signs.
    let (signing_key, key) = match (&access.key_file, &access.token) {
        (None, Some(place)) if !key.exists() => {
            let found = token::open(place, &facts.spki, certificate)?;
            (CaKey::in_token(found), PathBuf::from(place.to_string()))
        }
        (Some(elsewhere), _) if !key.exists() => {
            (CaKey::load(elsewhere, access.passphrase.as_ref())?, elsewhere.clone())
        }
        (None, None) if key.symlink_metadata().is_err() => {
            return Err(CaError::KeyElsewhere { certificate: certificate.into(), key: key.into() });
        }
        _ => (CaKey::load(key, access.passphrase.as_ref())?, key.into()),
    };
    // rcgen always writes RSA parameters and named curves, as RFC 3279 and RFC 5480 demand of all.
    if signing_key.subject_public_key_info() != facts.spki {
        return Err(CaError::Mismatch { certificate: certificate.into(), key });
    }
    signer_of(der, signing_key, certificate)
}

/// What signs as the CA of this certificate.
pub(super) fn signer_of(
    der: &CertificateDer<'static>,
    key: CaKey,
    certificate: &Path,
) -> Result<rcgen::Issuer<'static, CaKey>, CaError> {
    let broken = |why: &str| CaError::Broken {
        what: "CA certificate",
        path: certificate.into(),
        why: why.into(),
    };
    rcgen::Issuer::from_ca_cert_der(der, key)
        .map_err(|_| broken("its subject or key usage cannot be copied into what it signs"))
}

/// What to do about a root that has ended.
pub(super) fn after_root(standing: Standing) -> &'static str {
    match standing.stage {
        Stage::Settled | Stage::Activated => "make a new root in another folder",
        Stage::Prepared => "run `blockhouse-ca rotate publish`, then `rotate activate`",
        Stage::Published => "run `blockhouse-ca rotate activate`",
    }
}

/// A root with its key, which is always a file: it is kept off-line.
pub(super) fn load_root(
    directory: &Path,
    generation: u32,
    passphrase: Option<&Zeroizing<Vec<u8>>>,
    now: Time,
) -> Result<(Link, rcgen::Issuer<'static, CaKey>), CaError> {
    let root = root(directory, generation)?;
    in_force(&root.path, &root.facts, now, after_root(Standing::read(directory)?))?;
    let key = root_key(directory, generation);
    if !key.exists() {
        return Err(CaError::NoRootKey { path: key });
    }
    let access = KeyAccess::files(passphrase);
    let signer = load_signer(&root.der, &root.facts, &root.path, &key, &access)?;
    Ok((root, signer))
}

/// A file to be written.
pub(super) struct Output {
    what: &'static str,
    path: PathBuf,
    octets: Zeroizing<Vec<u8>>,
    mode: u32,
}

/// The server never needs it, and its user is not to have it.
const ROOT_KEY: &str = "root key";

impl Output {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn secret(path: &Path, pem: Zeroizing<String>) -> Self {
        let octets = Zeroizing::new(pem.as_bytes().to_vec());
        Self { what: "key", path: path.into(), octets, mode: 0o600 }
    }

    pub(super) fn root_secret(path: &Path, pem: Zeroizing<String>) -> Self {
        Self { what: ROOT_KEY, ..Self::secret(path, pem) }
    }

    pub(super) fn certificate(path: &Path, der: &CertificateDer<'_>) -> Result<Self, CaError> {
        let octets = Zeroizing::new(to_pem(der)?.into_bytes());
        Ok(Self { what: "certificate", path: path.into(), octets, mode: 0o644 })
    }

    pub(super) fn certificates(path: &Path, links: &[CertificateDer<'_>]) -> Result<Self, CaError> {
        let mut text = String::new();
        for der in links {
            text.push_str(&to_pem(der)?);
        }
        let octets = Zeroizing::new(text.into_bytes());
        Ok(Self { what: "chain", path: path.into(), octets, mode: 0o644 })
    }

    /// Octets that stand for themselves.
    pub(super) fn plain(what: &'static str, path: &Path, octets: Vec<u8>, mode: u32) -> Self {
        Self { what, path: path.into(), octets: Zeroizing::new(octets), mode }
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
        let Output { what, path, octets, mode } = output;
        let created = match *what {
            ROOT_KEY => files::create_own(what, path, octets),
            _ => files::create(what, path, octets, *mode),
        };
        if let Err(error) = created {
            for written in &outputs[..done] {
                let _ = fs::remove_file(&written.path);
            }
            return Err(error.into());
        }
    }
    Ok(())
}

/// Writes all or nothing, and then where the folder stands, if that changes.
pub(super) fn commit(
    directory: &Path,
    outputs: &[Output],
    standing: Option<Standing>,
) -> Result<(), CaError> {
    write_all(outputs)?;
    let Some(standing) = standing else { return Ok(()) };
    standing.write(directory).inspect_err(|_| {
        for written in outputs {
            let _ = fs::remove_file(&written.path);
        }
    })
}

/// Where certificate and key of an issuing CA are.
pub(super) fn issuing(directory: &Path, generation: u32) -> (PathBuf, PathBuf) {
    let at = |ending| directory.join(format!("issuing-g{generation}.{ending}"));
    (at("pem"), at("key"))
}

/// The generations of issuing CAs in the folder, newest first.
pub(super) fn generations(directory: &Path) -> Result<Vec<u32>, CaError> {
    numbers(directory, "issuing-g", ".pem")
}

/// The requests that wait for their certificate, newest first.
pub(super) fn requests(directory: &Path) -> Result<Vec<u32>, CaError> {
    let mut found = numbers(directory, "issuing-g", ".csr")?;
    found.retain(|generation| !issuing(directory, *generation).0.exists());
    Ok(found)
}

/// The generation that the next issuing CA gets: one that no certificate has.
pub(super) fn next_generation(directory: &Path) -> Result<u32, CaError> {
    Ok(generations(directory)?.first().copied().unwrap_or(0) + 1)
}

/// The numbers in the names of files, largest first.
fn numbers(directory: &Path, start: &str, end: &str) -> Result<Vec<u32>, CaError> {
    let failed = |source| CaError::Folder { attempt: "list", path: directory.into(), source };
    let mut numbers = Vec::new();
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(numbers),
        Err(error) => return Err(failed(error)),
    };
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(start)?.strip_suffix(end));
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
