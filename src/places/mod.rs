//! Who may have how much of something at the same time.

pub mod clients;
pub mod turns;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::accept::share_of;

/// So many places in all, and so many for each client. Safe for concurrent use.
pub struct Places {
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
    /// `all` places, of which one client may have `each`.
    pub fn new(all: usize, each: usize) -> Self {
        Self { all, each, taken: Mutex::default() }
    }

    /// A place for this client, if it has one left.
    pub fn take(self: &Arc<Self>, client: IpAddr) -> Option<Served> {
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
