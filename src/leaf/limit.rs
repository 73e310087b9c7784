//! How many leaves may be minted: per client, and in all.
//!
//! A part of all is for known clients, who accepted a leaf lately and asked for something. Those who only
//! ask for names cannot use it up, however many they are.

use std::fmt;
use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Mutex, MutexGuard, PoisonError};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use lru::LruCache;

use crate::accept::share_of;

/// One in so many of what the server mints per second is for known clients.
const RESERVE: u32 = 4;
/// How many clients are known at the most: those who asked last. Each takes about a hundred octets.
const KNOWN: NonZeroUsize = NonZeroUsize::MIN.saturating_add(16_383);

/// Why a mint was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// This client's share is used up.
    Client,
    /// All that the server signs per second is used up.
    Total,
    /// The issuing key is slow, and others wait for it.
    Signer,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "from this client",
            Self::Total => "in all",
            Self::Signer => "for the issuing key",
        })
    }
}

/// The limits on mints. Safe for concurrent use.
pub struct MintLimits {
    client: DefaultKeyedRateLimiter<IpAddr>,
    anybody: DefaultDirectRateLimiter,
    /// Nothing where all is too little to part.
    reserve: Option<DefaultDirectRateLimiter>,
    known: Mutex<LruCache<IpAddr, ()>>,
}

impl MintLimits {
    /// `client` mints per minute and client, `total` per second; as many may come at once.
    pub fn new(client: NonZeroU32, total: NonZeroU32) -> Self {
        let reserve = NonZeroU32::new(total.get() / RESERVE);
        let rest = reserve.and_then(|reserve| NonZeroU32::new(total.get() - reserve.get()));
        let per_second = |count| RateLimiter::direct(Quota::per_second(count));
        Self {
            client: RateLimiter::keyed(Quota::per_minute(client)),
            anybody: per_second(rest.unwrap_or(total)),
            reserve: reserve.map(per_second),
            // It grows with those who come.
            known: Mutex::new(LruCache::sparse(KNOWN)),
        }
    }

    /// This client has accepted a leaf and asked for something.
    pub(super) fn know(&self, client: IpAddr) {
        self.known().put(share_of(client), ());
    }

    fn known(&self) -> MutexGuard<'_, LruCache<IpAddr, ()>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one mint.
    ///
    /// # Errors
    /// [`Refusal`] when it is one too many.
    pub fn check(&self, client: IpAddr) -> Result<(), Refusal> {
        // The client's own limit first: one who is past it must not use up everybody's.
        let share = share_of(client);
        self.client.check_key(&share).map_err(|_| Refusal::Client)?;
        let is_known = self.known().contains(&share);
        if is_known && self.reserve.as_ref().is_some_and(|reserve| reserve.check().is_ok()) {
            return Ok(());
        }
        self.anybody.check().map_err(|_| Refusal::Total)
    }

    /// Forgets clients whose share is whole again.
    pub fn tidy(&self) {
        self.client.retain_recent();
        self.client.shrink_to_fit();
    }
}
