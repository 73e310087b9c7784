//! The CA that signs leaves.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use zeroize::Zeroizing;

use super::access::KeyAccess;
use super::chain::{self, Link};
use super::inspect::Facts;
use super::key::{CaKey, LeafKey};
use super::profile::{self, Validity};
use super::standing::{Stage, Standing};
use super::{CaError, rotate, store};
use crate::clock::Time;
use crate::host::{Host, HostName};
use crate::random;

/// The CA that signs leaves: the newest issuing CA, or the root where it signs by itself.
///
/// All checks happen when it is loaded; afterwards a mint costs one signature. Safe for concurrent
/// use.
#[derive(Debug)]
pub struct Issuer {
    signer: rcgen::Issuer<'static, CaKey>,
    facts: Facts,
    /// What stands above it, up to the roots that devices may have.
    above: Vec<Facts>,
    chain: Vec<CertificateDer<'static>>,
    root: Link,
    path: PathBuf,
    ends: Time,
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
    /// Loads the newest issuing CA in the folder that is in force at `now`, or the root when it signs
    /// leaves by itself; else its key need not be there.
    ///
    /// # Errors
    /// [`CaError`] when a file is missing, broken or readable by others, key and certificate do not
    /// belong together, or nothing is in force.
    pub fn load(
        directory: &Path,
        passphrase: Option<&Zeroizing<Vec<u8>>>,
        now: Time,
    ) -> Result<Self, CaError> {
        Self::load_with(directory, &KeyAccess::files(passphrase), now)
    }

    /// The same, with a key that may be elsewhere than in the folder.
    ///
    /// # Errors
    /// As [`Issuer::load`], and [`CaError::Token`] when a token cannot be used.
    pub fn load_with(directory: &Path, access: &KeyAccess, now: Time) -> Result<Self, CaError> {
        let standing = Standing::read(directory)?;
        let generation = standing.in_use();
        let root = store::root(directory, generation)?;
        store::in_force(&root.path, &root.facts, now, store::after_root(standing))?;
        let Some(signing) = chain::newest(directory, &root, now)? else {
            if standing.crossed().is_some() || !standing.single_tier {
                return Err(CaError::Step {
                    step: "load the issuing CA",
                    why: format!(
                        "there is none under {}; put its files back (`issuing-…` and, where there is \
                         one, `rotation.toml`), or run `blockhouse-ca renew`, with the domains that it \
                         is never to sign for",
                        root.path.display()
                    ),
                });
            }
            let (key, path) = (store::root_key(directory, generation), root.path.clone());
            let signer = store::load_signer(&root.der, &root.facts, &path, &key, access)?;
            let (facts, ends) = (root.facts.clone(), root.facts.not_after);
            return Ok(Self {
                signer,
                facts,
                above: Vec::new(),
                chain: Vec::new(),
                root,
                path,
                ends,
            });
        };
        let mut sent = signing.sent();
        let mut above: Vec<Facts> = signing.between.iter().map(|link| link.facts.clone()).collect();
        above.push(root.facts.clone());
        let ends = above.iter().map(|facts| facts.not_after).min().unwrap_or(root.facts.not_after);
        if let Some(next) = standing.crossed() {
            let cross = store::load_link("cross certificate", &store::cross(directory, next))?;
            // Once it has ended it is no way to the old root any more, which ended with it.
            if now <= cross.facts.not_after {
                let old = store::root(directory, standing.root)?;
                rotate::check_cross(&old, &root, &cross)?;
                sent.push(cross.der);
                above.extend([cross.facts, old.facts]);
            }
        }
        if let (Stage::Published, Some(next)) = (standing.stage, standing.next)
            && let path = store::cross_back(directory, next)
            && path.exists()
        {
            let back = store::load_link("cross certificate", &path)?;
            let new = store::root(directory, next)?;
            rotate::check_cross(&new, &root, &back)?;
            if now <= back.facts.not_after {
                sent.push(back.der);
                above.push(back.facts);
            }
        }
        Self::of(signing.ca, &signing.key, sent, above, root, ends, access)
    }

    /// Loads the issuing CA that is under the next root alone, to find out who has that root already.
    /// There is one from `rotate publish` until `rotate retire`.
    ///
    /// # Errors
    /// As [`Issuer::load`].
    pub fn load_probe(
        directory: &Path,
        passphrase: Option<&Zeroizing<Vec<u8>>>,
        now: Time,
    ) -> Result<Option<Self>, CaError> {
        let standing = Standing::read(directory)?;
        let Some(next) = standing.next.filter(|_| standing.stage != Stage::Prepared) else {
            return Ok(None);
        };
        let root = store::root(directory, next)?;
        let (certificate, key) = store::probe(directory, next);
        let ca = store::load_probe(&certificate)?;
        if key.symlink_metadata().is_err() {
            return Err(CaError::Step {
                step: "load the probe",
                why: format!(
                    "{} is missing; run `blockhouse-ca rotate publish` again",
                    key.display()
                ),
            });
        }
        if !root.facts.has_signed(&ca.der) {
            return Err(CaError::WrongRoot { certificate, root: root.path });
        }
        store::in_force(&certificate, &ca.facts, now, "run `blockhouse-ca rotate publish` again")?;
        let (sent, above) = (vec![ca.der.clone()], vec![root.facts.clone()]);
        let ends = root.facts.not_after;
        let access = KeyAccess::files(passphrase);
        Self::of(ca, &key, sent, above, root, ends, &access).map(Some)
    }

    fn of(
        ca: Link,
        key: &Path,
        chain: Vec<CertificateDer<'static>>,
        above: Vec<Facts>,
        root: Link,
        ends: Time,
        access: &KeyAccess,
    ) -> Result<Self, CaError> {
        let signer = store::load_signer(&ca.der, &ca.facts, &ca.path, key, access)?;
        let ends = ends.min(ca.facts.not_after);
        Ok(Self { signer, facts: ca.facts, above, chain, root, path: ca.path, ends })
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

    /// What follows the leaf in a handshake: the issuing CA, what stands between it and the root, and
    /// while a rotation is under way the cross certificate; nothing when the root signs leaves.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The root certificate.
    pub fn root(&self) -> &CertificateDer<'static> {
        &self.root.der
    }

    /// Where the root certificate is.
    pub fn root_path(&self) -> &Path {
        &self.root.path
    }

    /// Where the certificate of this CA is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// When the chain ends: nothing minted lives longer.
    pub fn not_after(&self) -> Time {
        self.ends
    }

    /// Whether signatures are RSA ones, so that clients without ECDSA can be served as well.
    pub fn is_rsa(&self) -> bool {
        self.signer.key().is_rsa()
    }

    /// Whether a signature takes so long that it holds up what else a thread has to do: RSA, or a
    /// token.
    pub fn is_slow(&self) -> bool {
        self.signer.key().is_slow()
    }

    /// Whether the chain excludes the host by a name constraint, so that a leaf would be refused.
    pub fn excludes(&self, host: &Host) -> bool {
        self.facts.excludes(host) || self.above.iter().any(|facts| facts.excludes(host))
    }

    /// The domains that the chain excludes, with everything below them.
    pub fn excluded_domains(&self) -> impl Iterator<Item = &HostName> {
        let above = self.above.iter().flat_map(|facts| &facts.excluded_domains);
        self.facts.excluded_domains.iter().chain(above)
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
