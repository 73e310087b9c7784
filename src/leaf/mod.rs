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

mod keep;
mod keys;
mod limit;

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use rustls::sign::CertifiedKey;
use tokio::sync::OnceCell;

use crate::ca::{CaError, Issuer, LeafTerms};
use crate::clock::Time;
use crate::host::Host;
use crate::random::NoRandom;
use keep::Kept;
use keys::LeafKeys;
pub use limit::{MintLimits, Refusal};

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

type Cache = LruCache<(Host, LeafKind), Slot>;

/// The leaves of all hosts. Safe for concurrent use; no lock is held while something is signed.
pub struct Leaves {
    issuer: Arc<Issuer>,
    terms: LeafTerms,
    limits: MintLimits,
    keys: LeafKeys,
    cache: Mutex<Cache>,
}

impl Leaves {
    /// An empty cache of at most `entries` leaves.
    pub fn new(
        issuer: Arc<Issuer>,
        terms: LeafTerms,
        entries: NonZeroUsize,
        limits: MintLimits,
    ) -> Self {
        let cache = Mutex::new(LruCache::new(entries));
        Self { issuer, terms, limits, keys: LeafKeys::default(), cache }
    }

    /// The authority that signs the leaves.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// How many leaves are kept, and how many may be.
    pub fn kept(&self) -> (usize, usize) {
        let cache = self.lock();
        (cache.len(), cache.cap().get())
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
                Ok((self.show(kept)?, from))
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
        if now < kept.renew_at || kept.renewing.swap(true, Ordering::AcqRel) {
            return Ok((self.show(&kept)?, From::Cache));
        }
        match self.mint(host, kind, client, now).await {
            Ok(fresh) => {
                let fresh = Arc::new(fresh);
                self.lock().put((host.clone(), kind), Slot::Kept(Arc::clone(&fresh)));
                Ok((self.show(&fresh)?, From::Minted))
            }
            Err(error) => {
                tracing::warn!(%host, %error, "a leaf could not be renewed; the old one serves");
                kept.renewing.store(false, Ordering::Release);
                Ok((self.show(&kept)?, From::Cache))
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Cache> {
        // Nothing that runs under the lock can panic in a way that leaves the cache half-changed.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is there for a host; a leaf that has ended is not.
    fn slot(&self, host: &Host, kind: LeafKind, now: Time) -> Slot {
        let mut cache = self.lock();
        let slot = cache.get_or_insert_mut((host.clone(), kind), Slot::default);
        if matches!(slot, Slot::Kept(kept) if kept.not_after <= now) {
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
            None => drop(cache.pop(&key)),
        }
    }

    /// The leaf with what follows it in a handshake.
    fn show(&self, kept: &Kept) -> Result<Arc<CertifiedKey>, LeafError> {
        let above = self.issuer.chain();
        let mut chain = Vec::with_capacity(1 + above.len());
        chain.push(kept.der()?);
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
            let (issuer, terms) = (Arc::clone(&self.issuer), self.terms.clone());
            let (host, key) = (host.clone(), Arc::clone(key));
            tokio::task::spawn_blocking(move || issuer.mint(&host, &key, &terms, now))
                .await
                .map_err(|_| LeafError::Stopped)?
        } else {
            self.issuer.mint(host, key, &self.terms, now)
        }
        .map_err(|error| LeafError::Mint(Arc::new(error)))?;
        let renew_at = now.plus(leaf.not_after.since(now) / 2);
        Ok(Kept::new(&leaf.der, under, renew_at, leaf.not_after))
    }
}
