//! Taking a CA into use that somebody else has made or signed: a subordinate of Active Directory
//! Certificate Services, say, or of an organisation's own root.

use std::path::{Path, PathBuf};

use rcgen::PublicKeyData as _;
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer as _, X509Certificate, X509CertificationRequest};
use zeroize::Zeroizing;

use super::chain::Link;
use super::found::{self, Found, ImportedKey};
use super::inspect::{Facts, fingerprint_sha256};
use super::key::{self, CaKey};
use super::refusal::ImportError;
use super::standing::Standing;
use super::store::{self, Output};
use super::token::{self, TokenPlace};
use super::{CaError, trial};
use crate::clock::Time;
use crate::files;
use crate::host::{Host, HostName};

/// What is to be imported.
#[derive(Debug, Clone)]
pub struct ImportPlan {
    /// PEM, DER, PKCS#7 or PKCS#12: the CA's certificate, those above it up to the root, and its key
    /// unless a request of the folder waits.
    pub files: Vec<PathBuf>,
    /// What opens a key or a PKCS#12 file among them.
    pub import_passphrase: Option<Zeroizing<Vec<u8>>>,
    /// What encrypts the key in the folder, and opens that of a request.
    pub passphrase: Option<Zeroizing<Vec<u8>>>,
    /// The token with the key of a request.
    pub token: Option<TokenPlace>,
    /// Names that it must be able to sign for.
    pub needs: Vec<HostName>,
}

/// What was taken into use.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Imported {
    /// The certificate of the CA.
    pub path: PathBuf,
    /// Its name.
    pub common_name: String,
    /// Whether it is a root.
    pub is_root: bool,
    /// The last second of its life.
    pub not_after: Time,
    /// The root that devices must trust.
    pub root: PathBuf,
    /// That root's name.
    pub root_name: String,
    /// That root's fingerprint.
    pub root_sha256: String,
    /// Domains that it cannot sign for.
    pub excluded: Vec<HostName>,
    /// Whether the root can one day sign its successor.
    pub can_rotate: bool,
}

/// Checks everything, signs a leaf on trial, and only then writes.
///
/// # Errors
/// [`CaError::Import`] and others, each with what is wrong; nothing is written then.
pub fn import(directory: &Path, plan: &ImportPlan, now: Time) -> Result<Imported, CaError> {
    let found = found::read(&plan.files, plan.import_passphrase.as_ref())?;
    if found.certificates.is_empty() {
        return Err(ImportError::NoCertificate.into());
    }
    let own = match own_root(directory)? {
        Some(root) if found.keys.is_empty() || !is_new_root(&found) => Some(root),
        Some(_) => {
            return Err(CaError::Step {
                step: "import a root",
                why: "this folder has one already; import it into a folder of its own (`--directory`)"
                    .to_owned(),
            });
        }
        None => None,
    };
    let (der, source) = choose(directory, &found)?;
    let ca = inspected(&der, plan)?;
    store::in_force(&ca.path, &ca.facts, now, "ask its issuer for a new one")?;
    let (key, generation, pkcs8) = match source {
        Source::Given(given) => {
            let key = CaKey::from_pkcs8(&given.path, &given.pkcs8)?;
            (key, None, Some(given.pkcs8))
        }
        Source::Request(generation) => {
            let (_, path) = store::issuing(directory, generation);
            let key = match &plan.token {
                Some(place) if !path.exists() => {
                    CaKey::in_token(token::open(place, &ca.facts.spki, &ca.path)?)
                }
                None if path.symlink_metadata().is_err() => {
                    let certificate = store::request(directory, generation);
                    return Err(CaError::KeyElsewhere { certificate, key: path });
                }
                _ => CaKey::load(&path, plan.passphrase.as_ref())?,
            };
            (key, Some(generation), None)
        }
    };
    if key.subject_public_key_info() != ca.facts.spki {
        let key = plan.files.first().cloned().unwrap_or_default();
        return Err(CaError::Mismatch { certificate: ca.path, key });
    }
    let is_root = ca.facts.self_signed;
    let (between, root) = if is_root {
        (Vec::new(), ca.clone())
    } else {
        above(&ca, &found, own.as_ref(), plan, now)?
    };
    path_lengths(&ca, &between, &root)?;
    excluded(&[&[ca.clone(), root.clone()][..], &between].concat(), &plan.needs)?;
    let signer = store::signer_of(&ca.der, key, &ca.path)?;
    let sent: Vec<_> = match is_root {
        true => Vec::new(),
        false => [&ca].into_iter().chain(&between).map(|link| link.der.clone()).collect(),
    };
    trial::verify(&signer, &ca.facts, &sent, &root.der, now)?;

    let new_root = own.is_none();
    let root_path = match &own {
        Some(own) => own.path.clone(),
        None => store::root_certificate(directory, 1),
    };
    let mut outputs = Vec::new();
    let (path, key_path) = match generation {
        _ if is_root => (root_path.clone(), store::root_key(directory, 1)),
        Some(generation) => store::issuing(directory, generation),
        None => super::establish::refuse_taken(directory, store::next_generation(directory)?)?,
    };
    if let Some(pkcs8) = &pkcs8 {
        outputs.push(Output::secret(&key_path, key::to_pem(pkcs8, plan.passphrase.as_ref())?));
    }
    if new_root {
        outputs.push(Output::certificate(&root_path, &root.der)?);
    }
    if !is_root {
        // The certificate last: what comes before it counts for nothing without it.
        if !between.is_empty() {
            let number = generation.map_or_else(|| store::next_generation(directory), Ok)?;
            let links: Vec<_> = between.iter().map(|link| link.der.clone()).collect();
            outputs.push(Output::certificates(&store::between(directory, number), &links)?);
        }
        outputs.push(Output::certificate(&path, &ca.der)?);
    }
    store::make_folder(directory)?;
    store::commit(directory, &outputs, is_root.then(Standing::single_tier))?;
    let every = [&ca, &root].into_iter().chain(&between);
    let excluded = every.flat_map(|link| link.facts.excluded_domains.iter().cloned());
    let mut excluded: Vec<_> = excluded.collect();
    excluded.sort();
    excluded.dedup();
    Ok(Imported {
        path,
        common_name: ca.facts.common_name,
        is_root,
        not_after: ca.facts.not_after,
        root: root_path,
        root_name: root.facts.common_name,
        root_sha256: fingerprint_sha256(&root.der),
        excluded,
        can_rotate: root.facts.path_length.is_none_or(|length| length >= 2),
    })
}

/// The root of the folder, if there is one.
fn own_root(directory: &Path) -> Result<Option<Link>, CaError> {
    let generation = Standing::read(directory)?.in_use();
    if !store::root_certificate(directory, generation).exists() {
        return Ok(None);
    }
    store::root(directory, generation).map(Some)
}

/// Whether the key that is imported is that of a root.
fn is_new_root(found: &Found) -> bool {
    let spki = |given: &ImportedKey| {
        CaKey::from_pkcs8(&given.path, &given.pkcs8).ok().map(|key| key.subject_public_key_info())
    };
    found.keys.iter().filter_map(spki).any(|spki| {
        found.certificates.iter().any(|(_, der)| {
            let Ok((_, parsed)) = X509Certificate::from_der(der) else { return false };
            parsed.public_key().raw == spki && parsed.subject() == parsed.issuer()
        })
    })
}

/// Where the key is.
enum Source {
    Given(ImportedKey),
    /// The folder made it, for the request of this generation.
    Request(u32),
}

/// The certificate that is meant, by its key.
fn choose(directory: &Path, found: &Found) -> Result<(Given, Source), CaError> {
    let subjects = || {
        let subject = |der: &CertificateDer<'_>| match X509Certificate::from_der(der) {
            Ok((_, parsed)) => parsed.subject().to_string(),
            Err(_) => "nobody".to_owned(),
        };
        found.certificates.iter().map(|(_, der)| subject(der)).collect()
    };
    let with_key = |spki: &[u8]| {
        found.certificates.iter().find(|(_, der)| {
            X509Certificate::from_der(der).is_ok_and(|(_, parsed)| parsed.public_key().raw == spki)
        })
    };
    match found.keys.as_slice() {
        [] => {}
        [given] => {
            let key = CaKey::from_pkcs8(&given.path, &given.pkcs8)?;
            let Some(chosen) = with_key(&key.subject_public_key_info()) else {
                let whose = format!("the key in {}", given.path.display());
                return Err(ImportError::NoMatch { whose, subjects: subjects() }.into());
            };
            return Ok((chosen.clone(), Source::Given(given.clone())));
        }
        several => return Err(ImportError::SeveralKeys { count: several.len() }.into()),
    }
    let requests = store::requests(directory)?;
    if requests.is_empty() {
        return Err(ImportError::NoKey.into());
    }
    for generation in &requests {
        let path = store::request(directory, *generation);
        let broken = |why: &str| CaError::Broken {
            what: "request",
            path: path.clone(),
            why: why.to_owned(),
        };
        let text = files::read("request", &path, store::MAX_FILE)?;
        let (_, pem) =
            x509_parser::pem::parse_x509_pem(&text).map_err(|_| broken("it is not PEM"))?;
        let (_, parsed) = X509CertificationRequest::from_der(&pem.contents)
            .map_err(|_| broken("it is not PKCS#10"))?;
        let spki = parsed.certification_request_info.subject_pki.raw;
        if let Some(chosen) = with_key(spki) {
            return Ok((chosen.clone(), Source::Request(*generation)));
        }
    }
    let paths = requests.iter().map(|generation| store::request(directory, *generation));
    let paths: Vec<String> = paths.map(|path| path.display().to_string()).collect();
    let whose = format!("the key of the request {}", paths.join(", "));
    Err(ImportError::NoMatch { whose, subjects: subjects() }.into())
}

type Given = (PathBuf, CertificateDer<'static>);

/// What a CA certificate says, if it is one that clients accept.
fn inspected((path, der): &Given, _plan: &ImportPlan) -> Result<Link, CaError> {
    let subject = match X509Certificate::from_der(der) {
        Ok((_, parsed)) => parsed.subject().to_string(),
        Err(_) => path.display().to_string(),
    };
    let refuse = |why: String| ImportError::Certificate { subject: subject.clone(), why };
    found::check_algorithms(der).map_err(refuse)?;
    let facts = Facts::read(der).map_err(refuse)?;
    Ok(Link { path: path.clone(), der: der.clone(), facts })
}

/// What stands between the CA and its root, and the root.
fn above(
    ca: &Link,
    found: &Found,
    own: Option<&Link>,
    plan: &ImportPlan,
    now: Time,
) -> Result<(Vec<Link>, Link), CaError> {
    let mut between: Vec<Link> = Vec::new();
    loop {
        let below = between.last().unwrap_or(ca);
        if let Some(own) = own.filter(|own| own.facts.has_signed(&below.der)) {
            return Ok((between, own.clone()));
        }
        let mut next = None;
        let mut refusal = None;
        for candidate in &found.certificates {
            let known = candidate.1 == ca.der || between.iter().any(|link| link.der == candidate.1);
            // What is no CA, or a bad one, counts only where it is needed.
            if known || !is_issuer_by_name(&below.der, &candidate.1) {
                continue;
            }
            // Looked at before the signature is: one by a key of a kind that is refused is not verified either.
            match inspected(candidate, plan) {
                Ok(link) if link.facts.has_signed(&below.der) => {
                    next = Some(link);
                    break;
                }
                Ok(_) => {}
                Err(why) => refusal = refusal.or(Some(why)),
            }
        }
        if let (None, Some(refusal)) = (&next, refusal) {
            return Err(refusal);
        }
        let Some(next) = next else {
            let (subject, issuer) = (below.facts.subject.clone(), below.facts.issuer.clone());
            return Err(ImportError::NoIssuer { subject, issuer }.into());
        };
        store::in_force(&next.path, &next.facts, now, "ask its issuer for a new one")?;
        if next.facts.self_signed {
            if let Some(own) = own {
                let (found, own) = (next.facts.subject, own.facts.subject.clone());
                return Err(ImportError::OtherRoot { found, own }.into());
            }
            return Ok((between, next));
        }
        between.push(next);
    }
}

fn is_issuer_by_name(below: &CertificateDer<'_>, above: &CertificateDer<'_>) -> bool {
    match (X509Certificate::from_der(below), X509Certificate::from_der(above)) {
        (Ok((_, below)), Ok((_, above))) => below.issuer() == above.subject(),
        _ => false,
    }
}

/// Every CA may have as many below it as there are.
fn path_lengths(ca: &Link, between: &[Link], root: &Link) -> Result<(), ImportError> {
    if ca.facts.self_signed {
        return Ok(());
    }
    for (place, link) in between.iter().chain([root]).enumerate() {
        let below = place + 1;
        if let Some(length) = link.facts.path_length
            && usize::try_from(length).is_ok_and(|length| length < below)
        {
            let subject = link.facts.subject.clone();
            return Err(ImportError::PathLength { subject, length, below });
        }
    }
    Ok(())
}

fn excluded(links: &[Link], needs: &[HostName]) -> Result<(), ImportError> {
    for host in needs {
        for link in links {
            let domain = link.facts.excluded_domains.iter().find(|domain| host.is_within(domain));
            if let Some(domain) = domain.filter(|_| link.facts.excludes(&Host::Name(host.clone())))
            {
                return Err(ImportError::Excluded {
                    subject: link.facts.subject.clone(),
                    domain: domain.clone(),
                    host: host.clone(),
                });
            }
        }
    }
    Ok(())
}
