//! Who is served, how often, and how much of it at the same time.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;

use crate::accept::share_of;
use crate::places::{Places, Served};

/// Queries that wait for an upstream server at the same time. Each holds a socket, sometimes two, and
/// systems give a process 1024 descriptors.
const FORWARDED: usize = 384;
/// The same for one client: a browser that opens a large page asks for a hundred names, most of which
/// are answered within milliseconds.
const FORWARDED_EACH: usize = 64;
/// TCP and TLS connections at the same time, and those of one client.
const STREAMS: usize = 512;
const STREAMS_EACH: usize = 32;
/// The same for all clients that are not served: enough to tell one of them so.
const STRANGERS: usize = 16;
const STRANGERS_EACH: usize = 2;
/// How many clients that are not served are told so per second. The sender of a datagram may be
/// forged, and the refusal would hit somebody else.
const REFUSALS: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);

/// The limits on queries. Safe for concurrent use.
pub(super) struct Limits {
    networks: Vec<IpNet>,
    client: DefaultKeyedRateLimiter<IpAddr>,
    refusals: DefaultDirectRateLimiter,
    pub(super) forwarded: Arc<Places>,
    streams: Arc<Places>,
    strangers: Arc<Places>,
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
            strangers: Arc::new(Places::new(STRANGERS, STRANGERS_EACH)),
        }
    }

    /// Whether the client is in one of the networks that are served.
    pub(super) fn serves(&self, client: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&client))
    }

    /// A place for a connection, if the client may have one more. Who is not served takes none away from who is.
    pub(super) fn enter(&self, client: IpAddr) -> Option<Served> {
        let places = if self.serves(client) { &self.streams } else { &self.strangers };
        places.take(client)
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
