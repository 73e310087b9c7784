//! The leaf of a host: from the cache, or minted.
//!
//! The order of attempts:
//!
//! 1. A cached leaf in the first half of its life is shown.
//! 2. A cached leaf in the second half is shown, and one connection renews it on the way. Should
//!    that fail, the old leaf is still good and still shown.
//! 3. With no leaf, or one that ended, one connection mints, however many wait for it.
//!
//! A failure is not cached: the next connection tries again. Whether a leaf may be minted at all was
//! decided before anybody asks here.

mod cache;
mod keep;
mod keys;
mod limit;

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::sign::CertifiedKey;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::timeout;

use crate::ca::{CaError, Issuer, LeafTerms};
use crate::clock::Time;
use crate::host::Host;
use crate::random::NoRandom;
use cache::Cache;
use keep::Kept;
use keys::LeafKeys;
pub use limit::{MintLimits, Refusal};

/// How many signatures a slow issuing key makes at the same time, and how long one is waited for. A client
/// that leaves does not end what was begun for it, so without a bound there would be no end of them.
const SIGNERS: usize = 4;
const SIGNER_WAIT: Duration = Duration::from_secs(5);

/// Which signature a client can check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeafKind {
    /// ECDSA on P-256.
    Ecdsa,
    /// RSA of 2048 bits, for clients that offer nothing better.
    Rsa,
}

/// Where a leaf came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// It was there already.
    Cache,
    /// This connection minted it.
    Minted,
}

/// There is no leaf for this connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeafError {
    /// The client, or all clients together, asked for too many new hosts.
    #[error("too many new hosts {0}")]
    TooMany(Refusal),
    /// The authority refused or failed.
    #[error("cannot mint a leaf")]
    Mint(#[source] Arc<CaError>),
    /// The leaf key could not be made.
    #[error("cannot make a leaf key")]
    Key(#[source] CaError),
    /// The worker that signs was stopped: the server is going down.
    #[error("the mint was stopped")]
    Stopped,
    /// What was kept does not give the leaf back; this is a bug.
    #[error("a kept leaf cannot be unpacked; this is a bug, please report it")]
    Unpack,
    /// No random octets.
    #[error(transparent)]
    Random(#[from] NoRandom),
}

/// The place of one host in the cache.
#[derive(Clone)]
enum Slot {
    Kept(Arc<Kept>),
    /// One connection mints, and others wait for it.
    Minting(Arc<OnceCell<Arc<Kept>>>),
}

impl Default for Slot {
    fn default() -> Self {
        Self::Minting(Arc::default())
    }
}

/// Holds the right to renew a leaf, and gives it back however the renewal ends: who waits for a slow
/// signature may leave.
struct Renewing<'k>(&'k AtomicBool);

impl<'k> Renewing<'k> {
    /// Nothing while another connection renews it.
    fn begin(flag: &'k AtomicBool) -> Option<Self> {
        (!flag.swap(true, Ordering::AcqRel)).then_some(Self(flag))
    }
}

impl Drop for Renewing<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// The leaves of all hosts. Safe for concurrent use; no lock is held while something is signed.
pub struct Leaves {
    issuer: Arc<Issuer>,
    terms: LeafTerms,
    limits: MintLimits,
    keys: LeafKeys,
    cache: Mutex<Cache>,
    signers: Arc<Semaphore>,
}

impl Leaves {
    /// An empty cache of at most `entries` leaves.
    pub fn new(
        issuer: Arc<Issuer>,
        terms: LeafTerms,
        entries: NonZeroUsize,
        limits: MintLimits,
    ) -> Self {
        let cache = Mutex::new(Cache::new(entries));
        let signers = Arc::new(Semaphore::new(SIGNERS));
        Self { issuer, terms, limits, keys: LeafKeys::default(), cache, signers }
    }

    /// The authority that signs the leaves.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// How many leaves are kept, and how many may be.
    pub fn kept(&self) -> (usize, usize) {
        let cache = self.lock();
        (cache.len(), cache.entries())
    }

    /// The client accepted a leaf and asked for something: when everybody wants new leaves at once, its
    /// own come first.
    pub fn know(&self, client: IpAddr) {
        self.limits.know(client);
    }

    /// Forgets the rates of clients that were not seen for a while. Call it now and then, so that
    /// memory stays bounded by the clients of the last minutes.
    pub fn tidy(&self) {
        self.limits.tidy();
    }

    /// The leaf to show to `client` for `host`.
    ///
    /// # Errors
    /// [`LeafError`]; nothing of it is remembered.
    pub async fn get(
        &self,
        host: &Host,
        kind: LeafKind,
        client: IpAddr,
        now: Time,
    ) -> Result<(Arc<CertifiedKey>, From), LeafError> {
        let cell = match self.slot(host, kind, now) {
            Slot::Kept(kept) => return self.renewed(kept, host, kind, client, now).await,
            Slot::Minting(cell) => cell,
        };
        let mut from = From::Cache;
        let filled = cell.get_or_try_init(|| async {
            from = From::Minted;
            self.mint(host, kind, client, now).await.map(Arc::new)
        });
        match filled.await {
            Ok(kept) => {
                if from == From::Minted {
                    self.settle(host, kind, &cell, Some(kept));
                }
                Ok((self.show(kept, host, kind)?, from))
            }
            Err(error) => {
                if !cell.initialized() {
                    self.settle(host, kind, &cell, None);
                }
                Err(error)
            }
        }
    }

    /// A leaf that is good still, or in the second half of its life the next one.
    async fn renewed(
        &self,
        kept: Arc<Kept>,
        host: &Host,
        kind: LeafKind,
        client: IpAddr,
        now: Time,
    ) -> Result<(Arc<CertifiedKey>, From), LeafError> {
        let due = now >= kept.renew_at;
        let Some(_renewing) = due.then(|| Renewing::begin(&kept.renewing)).flatten() else {
            return Ok((self.show(&kept, host, kind)?, From::Cache));
        };
        match self.mint(host, kind, client, now).await {
            Ok(fresh) => {
                let fresh = Arc::new(fresh);
                let slot = Slot::Kept(Arc::clone(&fresh));
                *self.lock().use_or_make(&(host.clone(), kind)) = slot;
                Ok((self.show(&fresh, host, kind)?, From::Minted))
            }
            Err(error) => {
                const WHAT: &str = "a leaf could not be renewed; the old one serves";
                match error {
                    // Each visit comes here until there is room for it: not worth a line each.
                    LeafError::TooMany(_) => tracing::debug!(%host, %error, "{WHAT}"),
                    _ => tracing::warn!(%host, error = &error as &dyn std::error::Error, "{WHAT}"),
                }
                Ok((self.show(&kept, host, kind)?, From::Cache))
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Cache> {
        // Nothing that runs under the lock can panic in a way that leaves the cache half-changed.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is there for a host; a leaf that is no good now is not.
    fn slot(&self, host: &Host, kind: LeafKind, now: Time) -> Slot {
        let mut cache = self.lock();
        let slot = cache.use_or_make(&(host.clone(), kind));
        if matches!(slot, Slot::Kept(kept) if !kept.is_good(now)) {
            *slot = Slot::default();
        }
        slot.clone()
    }

    /// Puts what was minted in the place where others waited for it, or takes that away.
    fn settle(
        &self,
        host: &Host,
        kind: LeafKind,
        cell: &Arc<OnceCell<Arc<Kept>>>,
        kept: Option<&Arc<Kept>>,
    ) {
        let mut cache = self.lock();
        let key = (host.clone(), kind);
        let slot = cache.peek_mut(&key);
        let Some(slot @ Slot::Minting(_)) = slot else { return };
        // It may have had to make room meanwhile, and another be there now.
        if !matches!(&*slot, Slot::Minting(other) if Arc::ptr_eq(other, cell)) {
            return;
        }
        match kept {
            Some(kept) => *slot = Slot::Kept(Arc::clone(kept)),
            None => cache.remove(&key),
        }
    }

    /// The leaf with what follows it in a handshake. One that cannot be given back is forgotten, so that
    /// the next connection has another minted.
    fn show(
        &self,
        kept: &Kept,
        host: &Host,
        kind: LeafKind,
    ) -> Result<Arc<CertifiedKey>, LeafError> {
        let leaf = kept.der().inspect_err(|_| self.lock().remove(&(host.clone(), kind)))?;
        let above = self.issuer.chain();
        let mut chain = Vec::with_capacity(1 + above.len());
        chain.push(leaf);
        chain.extend_from_slice(above);
        Ok(Arc::new(CertifiedKey::new(chain, kept.signing_key())))
    }

    async fn mint(
        &self,
        host: &Host,
        kind: LeafKind,
        client: IpAddr,
        now: Time,
    ) -> Result<Kept, LeafError> {
        self.limits.check(client).map_err(LeafError::TooMany)?;
        let under = self.keys.current(kind, now).await?;
        let key = under.key();
        let leaf = if self.issuer.is_slow() {
            // An RSA signature takes up to three milliseconds, a token longer: enough to hold up every other
            // connection of this worker.
            let busy = |_| LeafError::TooMany(Refusal::Signer);
            let signer = timeout(SIGNER_WAIT, Arc::clone(&self.signers).acquire_owned());
            let signer = signer.await.map_err(busy)?.map_err(|_| LeafError::Stopped)?;
            let (issuer, terms) = (Arc::clone(&self.issuer), self.terms.clone());
            let (host, key) = (host.clone(), Arc::clone(key));
            let mint = move || {
                // Held until it is signed, whether or not somebody waits for it still.
                let _signer = signer;
                issuer.mint(&host, &key, &terms, now)
            };
            tokio::task::spawn_blocking(mint).await.map_err(|_| LeafError::Stopped)?
        } else {
            self.issuer.mint(host, key, &self.terms, now)
        }
        .map_err(|error| LeafError::Mint(Arc::new(error)))?;
        let renew_at = now.plus(leaf.not_after.since(now) / 2);
        Ok(Kept::new(&leaf, under, renew_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::{InitPlan, LeafKey, init};
    use crate::{ca, clock};

    #[tokio::test]
    async fn a_leaf_that_cannot_be_unpacked_is_minted_anew() {
        let folder = tempfile::TempDir::new().unwrap();
        let (directory, now) = (folder.path().join("ca"), clock::now());
        init(&directory, &InitPlan::new("Leaf tests"), now).unwrap();
        let issuer = Arc::new(Issuer::load(&directory, None, now).unwrap());
        let day = Duration::from_secs(86_400);
        let terms = LeafTerms { lifetime: 7 * day, backdate: day, crl_url: None };
        let many = std::num::NonZeroU32::new(100).unwrap();
        let limits = MintLimits::new(many, many);
        let leaves = Leaves::new(issuer, terms, NonZeroUsize::new(10).unwrap(), limits);
        let key = ("a.test".parse().unwrap(), LeafKind::Ecdsa);
        // There is no first leaf under this key.
        let under = Arc::new(keep::Under::new(LeafKey::generate(ca::KeyKind::P256).unwrap()));
        let broken = Kept::broken(under, now.plus(day));
        *leaves.lock().use_or_make(&key) = Slot::Kept(Arc::new(broken));
        let client = IpAddr::from([127, 0, 0, 1]);
        let shown = leaves.get(&key.0, key.1, client, now).await;
        assert!(matches!(shown, Err(LeafError::Unpack)));
        let (_, from) = leaves.get(&key.0, key.1, client, now).await.unwrap();
        assert_eq!(from, From::Minted);
    }
}
