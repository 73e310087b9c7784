//! The clients that are kept: a bounded number, of one network no more than a part of it, and what of them is
//! not on the disk yet.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::num::NonZeroUsize;

use lru::LruCache;

use super::client::Client;
use crate::accept::network_of;

/// How many clients are kept that lack the root.
pub const MAX_LACKING: usize = 4_096;
/// How many clients are kept that lack nothing.
pub const MAX_CLIENTS: usize = 16_384;

/// Whoever has an IPv6 network can be very many clients: of the clients of each sort, a network of so many bits has no
/// more than such a part.
const PARTS: [(u8, usize); 2] = [(64, 4), (48, 2)];

pub(super) struct Table {
    /// Clients with failures.
    pub(super) lacking: Kept,
    /// The others.
    pub(super) fine: Kept,
    /// Whose row on the disk is older than what is here.
    pub(super) changed: HashSet<IpAddr>,
    /// Whose row is on the disk and nowhere here.
    pub(super) gone: HashSet<IpAddr>,
    /// Who has a row on the disk.
    pub(super) written: HashSet<IpAddr>,
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            lacking: Kept::new(MAX_LACKING),
            fine: Kept::new(MAX_CLIENTS),
            changed: HashSet::new(),
            gone: HashSet::new(),
            written: HashSet::new(),
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&IpAddr, &Client)> {
        self.lacking.iter().chain(self.fine.iter())
    }

    pub(super) fn peek(&self, ip: IpAddr) -> Option<&Client> {
        self.lacking.peek(ip).or_else(|| self.fine.peek(ip))
    }

    /// Takes a client out, to be changed and put back.
    pub(super) fn take(&mut self, ip: IpAddr) -> Option<Client> {
        self.lacking.pop(ip).or_else(|| self.fine.pop(ip))
    }

    /// Puts a client where it belongs, as the one seen last.
    pub(super) fn put(&mut self, ip: IpAddr, client: Client) {
        if client.is_empty() {
            return self.lost(ip);
        }
        self.gone.remove(&ip);
        self.changed.insert(ip);
        let kept = if client.failures.is_empty() { &mut self.fine } else { &mut self.lacking };
        for other in kept.push(ip, client) {
            self.lost(other);
        }
    }

    fn lost(&mut self, ip: IpAddr) {
        self.changed.remove(&ip);
        if self.written.contains(&ip) {
            self.gone.insert(ip);
        }
    }
}

/// Clients of one sort. The least recently seen make room: of a network that has its part, else of all.
pub(super) struct Kept {
    most: usize,
    all: LruCache<IpAddr, Client>,
    /// Those of each IPv6 network, in the order in which they were put here.
    networks: HashMap<(u8, IpAddr), LruCache<IpAddr, ()>>,
}

impl Kept {
    fn new(most: usize) -> Self {
        let bound = NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN);
        Self { most, all: LruCache::new(bound), networks: HashMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&IpAddr, &Client)> {
        self.all.iter()
    }

    pub(super) fn contains(&self, ip: IpAddr) -> bool {
        self.all.contains(&ip)
    }

    pub(super) fn peek(&self, ip: IpAddr) -> Option<&Client> {
        self.all.peek(&ip)
    }

    /// The client, as the one seen last of all.
    pub(super) fn get_mut(&mut self, ip: IpAddr) -> Option<&mut Client> {
        self.all.get_mut(&ip)
    }

    fn pop(&mut self, ip: IpAddr) -> Option<Client> {
        let client = self.all.pop(&ip)?;
        self.leave(ip);
        Some(client)
    }

    /// Adds one that is not there, and says who had to go for it.
    fn push(&mut self, ip: IpAddr, client: Client) -> Vec<IpAddr> {
        let mut gone = Vec::new();
        for (network, part) in networks_of(ip) {
            let own = self.networks.get(&network).filter(|own| own.len() >= self.most / part);
            if let Some((oldest, ())) = own.and_then(LruCache::peek_lru) {
                let oldest = *oldest;
                self.pop(oldest);
                gone.push(oldest);
            }
        }
        if let Some((oldest, _)) = self.all.push(ip, client)
            && oldest != ip
        {
            self.leave(oldest);
            gone.push(oldest);
        }
        for (network, _) in networks_of(ip) {
            self.networks.entry(network).or_insert_with(LruCache::unbounded).put(ip, ());
        }
        gone
    }

    fn leave(&mut self, ip: IpAddr) {
        for (network, _) in networks_of(ip) {
            if let Some(own) = self.networks.get_mut(&network) {
                own.pop(&ip);
                if own.is_empty() {
                    self.networks.remove(&network);
                }
            }
        }
    }
}

fn networks_of(ip: IpAddr) -> impl Iterator<Item = ((u8, IpAddr), usize)> {
    let parts = PARTS.into_iter().filter(move |_| ip.is_ipv6());
    parts.map(move |(bits, part)| ((bits, network_of(ip, bits)), part))
}
