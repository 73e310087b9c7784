//! How many leaves may be minted: per client, per large network, and in all.
//!
//! A part of all is for known clients, who accepted a leaf lately and asked for something. Those who only
//! ask for names cannot use it up, however many they are.

use std::fmt;
use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Mutex, MutexGuard, PoisonError};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use lru::LruCache;

use crate::accept::{network_of, share_of};

/// One in so many of what the server mints per second is for known clients.
const RESERVE: u32 = 4;
/// Whoever has an IPv6 network of so many bits is 65,536 clients, and others must come through beside them.
const WIDE: u8 = 48;
/// What all of such a network mint together is one in so many of what is for anybody.
const WIDE_PART: u32 = 2;
/// How many clients are known at the most: those who asked last. Each takes about a hundred octets.
const KNOWN: NonZeroUsize = NonZeroUsize::MIN.saturating_add(16_383);

/// Why a mint was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// This client's share is used up.
    Client,
    /// The share of the IPv6 /48 that the client is in is used up.
    Network,
    /// All that the server signs per second is used up.
    Total,
    /// The issuing key is slow, and others wait for it.
    Signer,
}

impl Refusal {
    /// Its word in an event.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Network => "network",
            Self::Total => "total",
            Self::Signer => "signer",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "from this client",
            Self::Network => "from this client's /48",
            Self::Total => "in all",
            Self::Signer => "for the issuing key",
        })
    }
}

/// The limits on mints. Safe for concurrent use.
pub struct MintLimits {
    client: DefaultKeyedRateLimiter<IpAddr>,
    /// By the network of [`WIDE`] bits.
    wide: DefaultKeyedRateLimiter<IpAddr>,
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
        let anybody = rest.unwrap_or(total);
        let wide = NonZeroU32::new(anybody.get() / WIDE_PART).unwrap_or(anybody);
        Self {
            client: RateLimiter::keyed(Quota::per_minute(client)),
            wide: RateLimiter::keyed(Quota::per_second(wide)),
            anybody: per_second(anybody),
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
        if client.is_ipv6() {
            let network = network_of(client, WIDE);
            self.wide.check_key(&network).map_err(|_| Refusal::Network)?;
        }
        self.anybody.check().map_err(|_| Refusal::Total)
    }

    /// Forgets clients whose share is whole again.
    pub fn tidy(&self) {
        self.client.retain_recent();
        self.client.shrink_to_fit();
        self.wide.retain_recent();
        self.wide.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_network_leaves_mints_to_others() {
        let limits = MintLimits::new(NonZeroU32::MAX, NonZeroU32::new(4000).unwrap());
        let within = |net: u16| IpAddr::from([0x2001, 0xdb8, 7, net, 0, 0, 0, 1]);
        let refused = (0..=u16::MAX).find_map(|net| limits.check(within(net)).err());
        assert_eq!(refused, Some(Refusal::Network));
        for other in [IpAddr::from([0x2001, 0xdb8, 8, 0, 0, 0, 0, 1]), IpAddr::from([10, 0, 0, 1])]
        {
            assert_eq!(limits.check(other), Ok(()));
        }
        // The reserve is for whoever is known, wherever that is.
        limits.know(within(1));
        assert_eq!(limits.check(within(1)), Ok(()));
    }
}
