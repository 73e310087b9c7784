//! Who is served, how often, and how much of it at the same time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;

use crate::accept::share_of;

/// Queries that wait for an upstream server at the same time. Each holds a socket, sometimes two, and
/// systems give a process 1024 descriptors.
const FORWARDED: usize = 384;
/// The same for one client: a browser that opens a large page asks for a hundred names, most of which
/// are answered within milliseconds.
const FORWARDED_EACH: usize = 64;
/// TCP and TLS connections at the same time, and those of one client.
const STREAMS: usize = 512;
const STREAMS_EACH: usize = 32;
/// How many clients that are not served are told so per second. The sender of a datagram may be
/// forged, and the refusal would hit somebody else.
const REFUSALS: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);

/// The limits on queries. Safe for concurrent use.
pub(super) struct Limits {
    networks: Vec<IpNet>,
    client: DefaultKeyedRateLimiter<IpAddr>,
    refusals: DefaultDirectRateLimiter,
    pub(super) forwarded: Arc<Places>,
    pub(super) streams: Arc<Places>,
}

impl Limits {
    /// `rate` queries per second and client; as many may come at once.
    pub(super) fn new(networks: Vec<IpNet>, rate: NonZeroU32) -> Self {
        Self {
            networks,
            client: RateLimiter::keyed(Quota::per_second(rate)),
            refusals: RateLimiter::direct(Quota::per_second(REFUSALS)),
            forwarded: Arc::new(Places::new(FORWARDED, FORWARDED_EACH)),
            streams: Arc::new(Places::new(STREAMS, STREAMS_EACH)),
        }
    }

    /// Whether the client is in one of the networks that are served.
    pub(super) fn serves(&self, client: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&client))
    }

    /// Whether one more may be told that it is not served.
    pub(super) fn may_refuse(&self) -> bool {
        self.refusals.check().is_ok()
    }

    /// Counts a query of a client that is served; whether it is within the client's rate.
    pub(super) fn is_within(&self, client: IpAddr) -> bool {
        self.client.check_key(&share_of(client)).is_ok()
    }

    /// Forgets clients whose rate is whole again.
    pub(super) fn tidy(&self) {
        self.client.retain_recent();
        self.client.shrink_to_fit();
    }
}

/// So many places in all, and so many for each client.
pub(super) struct Places {
    all: usize,
    each: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by: HashMap<IpAddr, usize>,
}

/// A place, given back on drop.
pub struct Served {
    places: Arc<Places>,
    client: IpAddr,
}

impl Places {
    fn new(all: usize, each: usize) -> Self {
        Self { all, each, taken: Mutex::default() }
    }

    /// A place for this client, if it has one left.
    pub(super) fn take(self: &Arc<Self>, client: IpAddr) -> Option<Served> {
        let client = share_of(client);
        let mut taken = self.lock();
        let own = taken.by.get(&client).copied().unwrap_or(0);
        if taken.all >= self.all || own >= self.each {
            return None;
        }
        taken.all += 1;
        taken.by.insert(client, own + 1);
        drop(taken);
        Some(Served { places: Arc::clone(self), client })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all -= 1;
        if let Some(own) = taken.by.get_mut(&self.client) {
            *own -= 1;
            if *own == 0 {
                taken.by.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_cannot_take_all_places() {
        let places = Arc::new(Places::new(5, 2));
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut held: Vec<_> = (0..2).map(|_| places.take(ip("192.0.2.1")).unwrap()).collect();
        assert!(places.take(ip("192.0.2.1")).is_none());
        held.push(places.take(ip("2001:db8::1")).unwrap());
        held.push(places.take(ip("2001:db8::2")).unwrap());
        assert!(places.take(ip("2001:db8::3")).is_none(), "the same /64");
        held.push(places.take(ip("192.0.2.2")).unwrap());
        assert!(places.take(ip("192.0.2.3")).is_none(), "all are taken");
        held.clear();
        assert!(places.lock().by.is_empty() && places.lock().all == 0);
    }
}
