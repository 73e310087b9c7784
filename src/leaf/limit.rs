//! How many leaves may be minted: per client, and in all.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::accept::share_of;

/// Why a mint was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// This client's share is used up.
    Client,
    /// All that the server signs per second is used up.
    Total,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "from this client",
            Self::Total => "in all",
        })
    }
}

/// The limits on mints. Safe for concurrent use.
pub struct MintLimits {
    client: DefaultKeyedRateLimiter<IpAddr>,
    total: DefaultDirectRateLimiter,
}

impl MintLimits {
    /// `client` mints per minute and client, `total` per second; as many may come at once.
    pub fn new(client: NonZeroU32, total: NonZeroU32) -> Self {
        Self {
            client: RateLimiter::keyed(Quota::per_minute(client)),
            total: RateLimiter::direct(Quota::per_second(total)),
        }
    }

    /// Counts one mint.
    ///
    /// # Errors
    /// [`Refusal`] when it is one too many.
    pub fn check(&self, client: IpAddr) -> Result<(), Refusal> {
        // The client's own limit first: one who is past it must not use up everybody's.
        self.client.check_key(&share_of(client)).map_err(|_| Refusal::Client)?;
        self.total.check().map_err(|_| Refusal::Total)
    }

    /// Forgets clients whose share is whole again.
    pub fn tidy(&self) {
        self.client.retain_recent();
        self.client.shrink_to_fit();
    }
}
