//! The open connections of each client, so that those that a grant makes useless can be closed.
//!
//! A browser keeps connections to the host it was blocked on, and opens spare ones. Were they left
//! open, the first request after a grant would come over one of them, and not over the connection
//! that is to be spliced or to lead to the real address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::host::Host;

/// The open connections that wait for requests.
#[derive(Default)]
pub(super) struct Sockets {
    numbers: AtomicU64,
    open: Mutex<HashMap<IpAddr, Vec<Entry>>>,
}

struct Entry {
    number: u64,
    host: Host,
    vanish: CancellationToken,
}

/// A place among the open connections, given back on drop.
pub(super) struct Entered<'s> {
    sockets: &'s Sockets,
    client: IpAddr,
    /// Tells this connection from all others.
    pub(super) number: u64,
}

impl Sockets {
    /// Enters a connection; `vanish` closes it without an answer.
    pub(super) fn enter(
        &self,
        client: IpAddr,
        host: Host,
        vanish: CancellationToken,
    ) -> Entered<'_> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        self.lock().entry(client).or_default().push(Entry { number, host, vanish });
        Entered { sockets: self, client, number }
    }

    /// Closes the client's connections for hosts that `meant` says, except the one of this number.
    pub(super) fn close(&self, client: IpAddr, except: u64, meant: impl Fn(&Host) -> bool) {
        // Woken outside of the lock, since what wakes up wants it.
        let vanish: Vec<_> = self
            .lock()
            .get(&client)
            .into_iter()
            .flatten()
            .filter(|entry| entry.number != except && meant(&entry.host))
            .map(|entry| entry.vanish.clone())
            .collect();
        for vanish in vanish {
            vanish.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Vec<Entry>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let mut open = self.sockets.lock();
        if let Some(entries) = open.get_mut(&self.client) {
            entries.retain(|entry| entry.number != self.number);
            if entries.is_empty() {
                open.remove(&self.client);
            }
        }
    }
}
