//! The CA that signs leaves.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use zeroize::Zeroizing;

use super::CaError;
use super::inspect::Facts;
use super::key::{CaKey, LeafKey};
use super::profile::{self, Validity};
use super::store;
use crate::clock::Time;
use crate::host::{Host, HostName};
use crate::random;

/// The CA that signs leaves: the newest issuing CA, or the root where there is no other.
///
/// All checks happen when it is loaded; afterwards a mint costs one signature. Safe for concurrent
/// use.
#[derive(Debug)]
pub struct Issuer {
    signer: rcgen::Issuer<'static, CaKey>,
    facts: Facts,
    chain: Vec<CertificateDer<'static>>,
    root: CertificateDer<'static>,
    root_facts: Facts,
    root_path: PathBuf,
    path: PathBuf,
}

/// How leaves are to be.
#[derive(Debug, Clone)]
pub struct LeafTerms {
    /// How long a leaf lives from now on; it never outlives its issuer.
    pub lifetime: Duration,
    /// How far its start is set back, for clients whose clock is behind.
    pub backdate: Duration,
    /// Where the issuing CA's revocation list is, if it is served.
    pub crl_url: Option<String>,
}

/// A leaf certificate.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The certificate.
    pub der: CertificateDer<'static>,
    /// The first second of its life.
    pub not_before: Time,
    /// The last second of its life.
    pub not_after: Time,
}

impl Issuer {
    /// Loads the newest issuing CA in the folder that is in force at `now`, or the root when there
    /// is no issuing CA. The root's key need not be there, unless the root signs by itself.
    ///
    /// # Errors
    /// [`CaError`] when a file is missing, broken or readable by others, key and certificate do not
    /// belong together, or nothing is in force.
    pub fn load(
        directory: &Path,
        passphrase: Option<&Zeroizing<Vec<u8>>>,
        now: Time,
    ) -> Result<Self, CaError> {
        let root_path = store::root_certificate(directory);
        let (root, root_facts) = store::load_certificate("root certificate", &root_path)?;
        store::in_force(&root_path, &root_facts, now, "make a new root in another folder")?;
        let Some((certificate, key)) = store::newest_issuing(directory, now)? else {
            let signer = store::load_signer(
                &root,
                &root_facts,
                &root_path,
                &store::root_key(directory),
                passphrase,
            )?;
            return Ok(Self {
                signer,
                facts: root_facts.clone(),
                chain: Vec::new(),
                root,
                root_facts,
                path: root_path.clone(),
                root_path,
            });
        };
        let (der, facts) = store::load_certificate("issuing certificate", &certificate)?;
        if !root_facts.has_signed(&der) {
            return Err(CaError::WrongRoot { certificate, root: root_path });
        }
        let signer = store::load_signer(&der, &facts, &certificate, &key, passphrase)?;
        Ok(Self { signer, facts, chain: vec![der], root, root_facts, root_path, path: certificate })
    }

    /// Signs the leaf of one host.
    ///
    /// # Errors
    /// [`CaError::Excluded`] for a host that this CA must not sign for, [`CaError::Expired`] when
    /// the CA has ended meanwhile, and whatever stops the signature.
    pub fn mint(
        &self,
        host: &Host,
        key: &LeafKey,
        terms: &LeafTerms,
        now: Time,
    ) -> Result<Leaf, CaError> {
        if self.excludes(host) {
            return Err(CaError::Excluded { host: host.clone() });
        }
        store::in_force(&self.path, &self.facts, now, "run `blockhouse-ca renew`")?;
        let validity = Validity {
            not_before: now.minus(terms.backdate).max(self.facts.not_before),
            not_after: now.plus(terms.lifetime).min(self.not_after()),
        };
        let failed = |source| CaError::Sign { what: "a leaf", source };
        let serial = profile::serial(random::octets()?);
        let url = terms.crl_url.as_deref();
        let params = profile::leaf(host, key.identifier(), serial, validity, url, key.is_rsa())
            .map_err(failed)?;
        let signed = params.signed_by(key.public(), &self.signer).map_err(failed)?;
        let Validity { not_before, not_after } = validity;
        Ok(Leaf { der: signed.into(), not_before, not_after })
    }

    /// An empty revocation list of this CA, DER. `number` must grow from list to list.
    ///
    /// # Errors
    /// [`CaError::Sign`] when the signature fails.
    pub fn crl(&self, number: u64, now: Time, lifetime: Duration) -> Result<Vec<u8>, CaError> {
        let validity = Validity {
            not_before: now.minus(profile::BACKDATE).max(self.facts.not_before),
            not_after: now.plus(lifetime),
        };
        sign_crl(&self.signer, &self.facts, number, validity)
    }

    /// What follows the leaf in a handshake: the issuing CA, or nothing when the root signs leaves.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The root certificate.
    pub fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// Where the root certificate is.
    pub fn root_path(&self) -> &Path {
        &self.root_path
    }

    /// Where the certificate of this CA is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// When the chain ends: nothing minted lives longer.
    pub fn not_after(&self) -> Time {
        self.facts.not_after.min(self.root_facts.not_after)
    }

    /// Whether signatures are RSA ones, so that clients without ECDSA can be served as well.
    pub fn is_rsa(&self) -> bool {
        self.signer.key().is_rsa()
    }

    /// Whether the chain excludes the host by a name constraint, so that a leaf would be refused.
    pub fn excludes(&self, host: &Host) -> bool {
        self.facts.excludes(host) || self.root_facts.excludes(host)
    }

    /// The domains that the chain excludes, with everything below them.
    pub fn excluded_domains(&self) -> impl Iterator<Item = &HostName> {
        self.facts.excluded_domains.iter().chain(&self.root_facts.excluded_domains)
    }
}

pub(super) fn sign_crl(
    signer: &rcgen::Issuer<'static, CaKey>,
    facts: &Facts,
    number: u64,
    validity: Validity,
) -> Result<Vec<u8>, CaError> {
    profile::empty_crl(&facts.identifier, number, validity)
        .signed_by(signer)
        .map(|list| list.der().to_vec())
        .map_err(|source| CaError::Sign { what: "a revocation list", source })
}
