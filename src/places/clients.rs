//! The open connections of people: how many each client has, whose turn it is, and which of them make way
//! when there is hardly room for others.
//!
//! 1. The fuller the server, the smaller the share of a client: from half full on it is in proportion to
//!    what is free. So a few clients never fill the server, whatever they do with their connections.
//! 2. An IPv6 client is its /64. Whoever has a larger network can be very many of them, so that a /56 and a
//!    /48 have shares as well, larger ones.
//! 3. When the server is nearly full, connections make way that nobody waits on: idle ones, and those
//!    that have not shaken hands; first those of who has most, the oldest first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::turns::Turns;
use crate::accept::{network_of, share_of};
use crate::beside::beside;

/// A client may have so many however full it is: a browser opens about as many at once.
const ALWAYS: usize = 8;
/// The networks of IPv6 that have shares of their own, and how many times that of a client.
const WIDER: [(u8, usize); 2] = [(56, 2), (48, 4)];
/// In percent of all: at the first, connections make way until it is the second.
const NEARLY_FULL: usize = 90;
const ROOM_AGAIN: usize = 85;
/// Those that could make way are looked for once in so many percent of all, since that takes a look at
/// everybody.
const LOOKED: usize = 2;

/// Who has which connections. Safe for concurrent use.
pub struct Clients {
    all: usize,
    each: AtomicUsize,
    turns: AtomicUsize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    taken: usize,
    /// How many of them were told to make way.
    leaving: usize,
    /// The number of the next connection.
    next: u64,
    /// How many come until it is looked again who could make way.
    rest: usize,
    by: HashMap<IpAddr, Holder>,
    wider: HashMap<(u8, IpAddr), usize>,
}

struct Holder {
    /// The oldest first.
    connections: VecDeque<Arc<Standing>>,
    turns: Turns,
}

/// How one connection stands.
struct Standing {
    number: u64,
    /// Above zero while somebody waits for what goes over it.
    busy: Arc<AtomicU32>,
    leaves: AtomicBool,
    end: CancellationToken,
}

/// The seat of one connection, given back on drop.
pub struct Seat {
    clients: Arc<Clients>,
    client: IpAddr,
    standing: Arc<Standing>,
    turns: Turns,
}

impl Clients {
    /// `all` connections, of which one client may have `each`; it may keep `turns` processors busy.
    pub fn new(all: usize, each: usize, turns: usize) -> Self {
        let (each, turns) = (AtomicUsize::new(each), AtomicUsize::new(turns));
        Self { all, each, turns, open: Mutex::default() }
    }

    /// A seat for this client, if it has one left. Others may have to make way for it.
    pub fn take(self: &Arc<Self>, client: IpAddr) -> Option<Seat> {
        let mut open = self.lock();
        let share = self.share(open.taken);
        let key = share_of(client);
        if open.by.get(&key).is_some_and(|own| own.connections.len() >= share) {
            return None;
        }
        let networks = networks_of(key);
        let has = |(network, times): &((u8, IpAddr), usize)| {
            open.wider.get(network).is_some_and(|has| *has >= share.saturating_mul(*times))
        };
        if networks.iter().flatten().any(has) {
            return None;
        }
        for (network, _) in networks.into_iter().flatten() {
            *open.wider.entry(network).or_default() += 1;
        }
        open.taken += 1;
        let number = open.next;
        open.next += 1;
        let standing = Arc::new(Standing {
            number,
            busy: Arc::default(),
            leaves: AtomicBool::new(false),
            end: CancellationToken::new(),
        });
        let holder = open.by.entry(key).or_insert_with(|| Holder {
            connections: VecDeque::new(),
            turns: Turns::new(self.turns.load(Ordering::Relaxed)),
        });
        holder.connections.push_back(Arc::clone(&standing));
        let turns = holder.turns.clone();
        let making_way = self.make_way(&mut open);
        drop(open);
        // Woken outside of the lock, since what wakes up wants it.
        for end in making_way {
            end.cancel();
        }
        Some(Seat { clients: Arc::clone(self), client: key, standing, turns })
    }

    /// From now on one client may have so many. Who has more keeps what it has.
    pub fn set_each(&self, each: usize, turns: usize) {
        self.each.store(each, Ordering::Relaxed);
        self.turns.store(turns, Ordering::Relaxed);
    }

    /// How many are open.
    pub fn taken(&self) -> usize {
        self.lock().taken
    }

    /// How many one client may have while so many are taken.
    fn share(&self, taken: usize) -> usize {
        let each = self.each.load(Ordering::Relaxed).min(self.all);
        let free = self.all.saturating_sub(taken);
        let part = (each as u128 * 2 * free as u128) / self.all.max(1) as u128;
        usize::try_from(part).unwrap_or(each).max(ALWAYS).min(each)
    }

    fn make_way(&self, open: &mut Open) -> Vec<CancellationToken> {
        let percent = |part: usize| (self.all as u128 * part as u128 / 100) as usize;
        let stays = open.taken - open.leaving;
        if stays < percent(NEARLY_FULL).max(1) {
            return Vec::new();
        }
        if open.rest > 0 {
            open.rest -= 1;
            return Vec::new();
        }
        open.rest = percent(LOOKED);
        let mut wanted = stays - percent(ROOM_AGAIN).min(stays);
        let mut holders: BinaryHeap<_> = open.by.values().filter_map(Idle::of).collect();
        let mut told = Vec::new();
        while wanted > 0
            && let Some(mut most) = holders.pop()
        {
            if let Some(standing) = most.idle.pop_front() {
                standing.leaves.store(true, Ordering::Relaxed);
                told.push(standing.end.clone());
                open.leaving += 1;
                wanted -= 1;
                most.has -= 1;
            }
            if !most.idle.is_empty() {
                holders.push(most);
            }
        }
        told
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one client has, and which of it could make way; more is greater, and older is.
struct Idle {
    has: usize,
    idle: VecDeque<Arc<Standing>>,
}

impl Idle {
    fn of(holder: &Holder) -> Option<Self> {
        let stays = |one: &&Arc<Standing>| !one.leaves.load(Ordering::Relaxed);
        let has = holder.connections.iter().filter(stays).count();
        let is_idle = |one: &&Arc<Standing>| one.busy.load(Ordering::Relaxed) == 0;
        let idle: VecDeque<_> =
            holder.connections.iter().filter(stays).filter(is_idle).cloned().collect();
        (!idle.is_empty()).then_some(Self { has, idle })
    }

    fn rank(&self) -> (usize, Reverse<u64>) {
        (self.has, Reverse(self.idle.front().map_or(u64::MAX, |oldest| oldest.number)))
    }
}

impl PartialEq for Idle {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Idle {}

impl PartialOrd for Idle {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Idle {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

/// The wider networks of a client, each with how many times the share of a client it has.
fn networks_of(client: IpAddr) -> [Option<((u8, IpAddr), usize)>; 2] {
    WIDER.map(|(length, times)| {
        client.is_ipv6().then(|| ((length, network_of(client, length)), times))
    })
}

impl Seat {
    /// Runs what serves the connection to its end, step by step in the turns of the client; nothing when the
    /// connection had to make way.
    pub async fn lasts<F: Future>(&self, served: Pin<&mut F>) -> Option<F::Output> {
        let end = pin!(self.standing.end.cancelled());
        self.turns.steps(beside(served, end)).await.ok()
    }

    /// While this is above zero, somebody waits for what goes over the connection, and it does not make way.
    pub fn busy(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.standing.busy)
    }

    /// The connection does not make way from now on.
    pub fn stays(&self) {
        self.standing.busy.fetch_add(1, Ordering::Relaxed);
    }

    /// The turns of the client.
    pub fn turns(&self) -> Turns {
        self.turns.clone()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.clients.lock();
        open.taken -= 1;
        open.leaving -= usize::from(self.standing.leaves.load(Ordering::Relaxed));
        if let Some(holder) = open.by.get_mut(&self.client) {
            let number = self.standing.number;
            if let Ok(at) = holder.connections.binary_search_by_key(&number, |one| one.number) {
                holder.connections.remove(at);
            }
            if holder.connections.is_empty() {
                open.by.remove(&self.client);
            }
        }
        for (network, _) in networks_of(self.client).into_iter().flatten() {
            if let Some(has) = open.wider.get_mut(&network) {
                *has -= 1;
                if *has == 0 {
                    open.wider.remove(&network);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn many(clients: &Arc<Clients>, of: impl Iterator<Item = IpAddr>) -> Vec<Seat> {
        of.map_while(|client| clients.take(client)).collect()
    }

    #[test]
    fn a_share_falls_with_what_is_free() {
        let clients = Arc::new(Clients::new(1000, 100, 4));
        let mut held = Vec::new();
        let mut each = Vec::new();
        for number in 0..40 {
            let own = many(&clients, std::iter::repeat_n(IpAddr::from([10, 0, 0, number]), 1000));
            each.push(own.len());
            own.iter().for_each(Seat::stays);
            held.extend(own);
        }
        // Full shares up to the half, then less and less, and never nothing.
        assert_eq!(each[..5], [100; 5]);
        assert!(each[5..].is_sorted_by(|one, next| one >= next), "{each:?}");
        assert!(each[5] < 100 && each[39] == ALWAYS, "{each:?}");
        drop(held);
        let open = clients.lock();
        assert!(open.by.is_empty() && open.taken == 0 && open.leaving == 0);
    }

    #[test]
    fn a_large_network_has_a_share_of_its_own() {
        let clients = Arc::new(Clients::new(1000, 10, 4));
        let nets = |steps: u16| {
            (0..100_u16).map(move |net| IpAddr::from([0x2001, 0xdb8, 7, net * steps, 0, 0, 0, 1]))
        };
        // Within one /56, then within one /48.
        assert_eq!(many(&clients, nets(1)).len(), 20);
        let mut held = many(&clients, nets(256));
        assert_eq!(held.len(), 40);
        assert!(clients.take(ip("2001:db8:8::1")).is_some());
        held.clear();
        assert!(clients.lock().wider.is_empty());
    }

    #[test]
    fn who_has_most_makes_way_first_and_nobody_who_is_busy() {
        let clients = Arc::new(Clients::new(100, 60, 4));
        let large = many(&clients, std::iter::repeat_n(ip("10.0.0.1"), 50));
        let middle = many(&clients, std::iter::repeat_n(ip("10.0.0.2"), 25));
        middle.iter().take(20).for_each(Seat::stays);
        let ends = |of: &[Seat]| of.iter().filter(|one| one.standing.end.is_cancelled()).count();
        let small = many(&clients, (0..14).map(|number| IpAddr::from([10, 1, 0, number])));
        assert_eq!((ends(&large), ends(&middle), ends(&small)), (0, 0, 0));
        let last = clients.take(ip("10.2.0.1")).unwrap();
        assert_eq!((ends(&large), ends(&middle), ends(&small)), (5, 0, 0));
        assert!(large[0].standing.end.is_cancelled() && !large[49].standing.end.is_cancelled());
        // It has left the count at once, although its places are given back later.
        assert!(!last.standing.end.is_cancelled() && clients.lock().leaving == 5);
        drop(large);
        assert_eq!(clients.lock().leaving, 0);
    }
}
