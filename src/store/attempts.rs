//! Who may try a code now: wrong ones are counted per client, and hashes are verified two at a
//! time.

use std::collections::HashSet;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;

use super::codes::CodeLimits;
use super::error::StoreError;
use crate::accept::share_of;
use crate::clock::Time;

/// Clients whose wrong codes are remembered. Who comes first is forgotten first.
const CLIENTS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(16_383);
/// Hashes verified at the same time: each takes 19 MiB and a core for some 20 ms.
const AT_ONCE: usize = 2;
/// People who wait for their turn. The last one waits for about half a second.
const WAITING: usize = 32;

/// A mistake that lies farther ahead than this is from before the clock was set back. Less is no more than the
/// time by which two who look at the clock come here in another order.
const SET_BACK: Duration = Duration::from_secs(60);

/// The book of attempts. Safe for concurrent use.
pub(super) struct Attempts {
    clients: Mutex<LruCache<IpAddr, Mistakes>>,
    queue: Mutex<Queue>,
    turn: Condvar,
}

#[derive(Clone, Copy)]
struct Mistakes {
    wrong: u32,
    last: Time,
}

#[derive(Default)]
struct Queue {
    waiting: usize,
    // One attempt of a client at a time, so that many at once get no more tries than one after the
    // other.
    busy: HashSet<IpAddr>,
}

/// The right to verify one code, for as long as this is held.
pub(super) struct Place<'a> {
    attempts: &'a Attempts,
    client: IpAddr,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Self {
            clients: Mutex::new(LruCache::new(CLIENTS)),
            queue: Mutex::default(),
            turn: Condvar::new(),
        }
    }

    /// Waits for a turn of this client.
    pub(super) fn enter(&self, client: IpAddr) -> Result<Place<'_>, StoreError> {
        let client = share_of(client.to_canonical());
        let mut queue = whole(&self.queue);
        if queue.waiting >= WAITING {
            return Err(StoreError::Overloaded);
        }
        queue.waiting += 1;
        let must_wait =
            |queue: &mut Queue| queue.busy.len() >= AT_ONCE || queue.busy.contains(&client);
        let mut queue =
            self.turn.wait_while(queue, must_wait).unwrap_or_else(PoisonError::into_inner);
        queue.waiting -= 1;
        queue.busy.insert(client);
        Ok(Place { attempts: self, client })
    }
}

impl Place<'_> {
    /// Until when this client may not try.
    pub(super) fn locked(&self, limits: CodeLimits, now: Time) -> Option<Time> {
        let mut clients = whole(&self.attempts.clients);
        let mistakes = *clients.get(&self.client)?;
        let end = mistakes.last.plus(limits.locked_for);
        if now >= end || mistakes.last > now.plus(SET_BACK) {
            // The time is over, or the clock was set back: a person must not wait for years.
            clients.pop(&self.client);
            return None;
        }
        (mistakes.wrong >= limits.wrong.max(1)).then_some(end)
    }

    /// Notes a wrong code, and says how many more there may be.
    pub(super) fn wrong(self, limits: CodeLimits, now: Time) -> u32 {
        let mut clients = whole(&self.attempts.clients);
        let mistakes = clients.get_or_insert_mut(self.client, || Mistakes { wrong: 0, last: now });
        mistakes.wrong = mistakes.wrong.saturating_add(1);
        mistakes.last = mistakes.last.max(now);
        limits.wrong.max(1).saturating_sub(mistakes.wrong)
    }

    /// Forgets the wrong codes of before, since this client has a right one.
    pub(super) fn forgive(&self) {
        whole(&self.attempts.clients).pop(&self.client);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        whole(&self.attempts.queue).busy.remove(&self.client);
        // All, since who is next may be waiting for another client's attempt.
        self.attempts.turn.notify_all();
    }
}

/// These locks hold plain values that are whole after any panic.
fn whole<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_unix(1_000_000);
    const LIMITS: CodeLimits = CodeLimits { wrong: 3, locked_for: Duration::from_secs(1800) };

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_lock_ends_by_itself_and_when_the_clock_goes_back() {
        for later in [NOW.plus(LIMITS.locked_for), NOW.minus(Duration::from_secs(61))] {
            let attempts = Attempts::new();
            for left in [2, 1, 0] {
                let place = attempts.enter(ip("192.0.2.7")).unwrap();
                assert_eq!(place.locked(LIMITS, NOW), None);
                assert_eq!(place.wrong(LIMITS, NOW), left);
            }
            let place = attempts.enter(ip("192.0.2.7")).unwrap();
            let end = Some(NOW.plus(LIMITS.locked_for));
            assert_eq!(place.locked(LIMITS, NOW), end);
            let earlier = NOW.minus(Duration::from_secs(10));
            assert_eq!(place.locked(LIMITS, earlier), end, "an older request lifts no lock");
            assert_eq!(place.locked(LIMITS, later), None);
            assert_eq!(place.wrong(LIMITS, later), 2, "counted from the start");
        }
    }

    #[test]
    fn the_queue_has_an_end() {
        let attempts = Attempts::new();
        let first = attempts.enter(ip("192.0.2.1")).unwrap();
        let second = attempts.enter(ip("192.0.2.2")).unwrap();
        std::thread::scope(|threads| {
            let waiting: Vec<_> = (0..WAITING)
                .map(|_| threads.spawn(|| attempts.enter(ip("192.0.2.3")).map(drop)))
                .collect();
            while whole(&attempts.queue).waiting < WAITING {
                std::thread::yield_now();
            }
            assert!(matches!(attempts.enter(ip("192.0.2.4")), Err(StoreError::Overloaded)));
            drop((first, second));
            for thread in waiting {
                thread.join().unwrap().unwrap();
            }
        });
        assert!(whole(&attempts.queue).busy.is_empty());
    }
}
