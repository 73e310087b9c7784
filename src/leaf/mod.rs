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

mod keys;
mod limit;

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use rustls::sign::CertifiedKey;
use tokio::sync::OnceCell;

use crate::ca::{CaError, Issuer, LeafTerms};
use crate::clock::Time;
use crate::host::Host;
use crate::random::NoRandom;
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
    /// No random octets.
    #[error(transparent)]
    Random(#[from] NoRandom),
}

/// A leaf ready to be shown, and its life.
struct Ready {
    shown: Arc<CertifiedKey>,
    renew_at: Time,
    not_after: Time,
}

/// The place of one host in the cache. It is filled once; a renewed leaf gets a new place.
#[derive(Default)]
struct Place {
    ready: OnceCell<Ready>,
    renewing: AtomicBool,
}

type Cache = LruCache<(Host, LeafKind), Arc<Place>>;

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
        let place = self.place(host, kind);
        if let Some(ready) = place.ready.get().filter(|ready| ready.not_after > now) {
            if now < ready.renew_at || place.renewing.swap(true, Ordering::AcqRel) {
                return Ok((Arc::clone(&ready.shown), From::Cache));
            }
            return Ok(match self.mint(host, kind, client, now).await {
                Ok(fresh) => {
                    let shown = Arc::clone(&fresh.shown);
                    self.put(host, kind, fresh);
                    (shown, From::Minted)
                }
                Err(error) => {
                    tracing::warn!(%host, %error, "a leaf could not be renewed; the old one serves");
                    place.renewing.store(false, Ordering::Release);
                    (Arc::clone(&ready.shown), From::Cache)
                }
            });
        }
        let place = self.without_ended(host, kind, place, now);
        let mut from = From::Cache;
        let filled = place
            .ready
            .get_or_try_init(|| async {
                from = From::Minted;
                self.mint(host, kind, client, now).await
            })
            .await;
        match filled {
            Ok(ready) => Ok((Arc::clone(&ready.shown), from)),
            Err(error) => {
                self.forget_empty(host, kind, &place);
                Err(error)
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Cache> {
        // Nothing that runs under the lock can panic in a way that leaves the cache half-changed.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, host: &Host, kind: LeafKind) -> Arc<Place> {
        Arc::clone(self.lock().get_or_insert((host.clone(), kind), Arc::default))
    }

    /// The place of a leaf that has not ended: `place` itself, or a new one in its stead.
    fn without_ended(
        &self,
        host: &Host,
        kind: LeafKind,
        place: Arc<Place>,
        now: Time,
    ) -> Arc<Place> {
        if place.ready.get().is_none_or(|ready| ready.not_after > now) {
            return place;
        }
        let mut cache = self.lock();
        let key = (host.clone(), kind);
        match cache.get(&key) {
            // Somebody else was faster.
            Some(other) if !Arc::ptr_eq(other, &place) => Arc::clone(other),
            _ => {
                let fresh = Arc::<Place>::default();
                cache.put(key, Arc::clone(&fresh));
                fresh
            }
        }
    }

    fn put(&self, host: &Host, kind: LeafKind, ready: Ready) {
        let place =
            Place { ready: OnceCell::new_with(Some(ready)), renewing: AtomicBool::new(false) };
        self.lock().put((host.clone(), kind), Arc::new(place));
    }

    fn forget_empty(&self, host: &Host, kind: LeafKind, place: &Arc<Place>) {
        let mut cache = self.lock();
        let key = (host.clone(), kind);
        let same = cache.peek(&key).is_some_and(|now| Arc::ptr_eq(now, place));
        if same && !place.ready.initialized() {
            cache.pop(&key);
        }
    }

    async fn mint(
        &self,
        host: &Host,
        kind: LeafKind,
        client: IpAddr,
        now: Time,
    ) -> Result<Ready, LeafError> {
        self.limits.check(client).map_err(LeafError::TooMany)?;
        let key = self.keys.current(kind, now).await?;
        let leaf = if self.issuer.is_slow() {
            // An RSA signature takes up to three milliseconds, a token longer: enough to hold up every other
            // connection of this worker.
            let (issuer, terms) = (Arc::clone(&self.issuer), self.terms.clone());
            let (host, key) = (host.clone(), Arc::clone(&key));
            tokio::task::spawn_blocking(move || issuer.mint(&host, &key, &terms, now))
                .await
                .map_err(|_| LeafError::Stopped)?
        } else {
            self.issuer.mint(host, &key, &self.terms, now)
        }
        .map_err(|error| LeafError::Mint(Arc::new(error)))?;
        let life = leaf.not_after.since(now);
        let mut chain = vec![leaf.der];
        chain.extend_from_slice(self.issuer.chain());
        Ok(Ready {
            shown: Arc::new(CertifiedKey::new(chain, key.signing_key())),
            renew_at: now.plus(life / 2),
            not_after: leaf.not_after,
        })
    }
}
