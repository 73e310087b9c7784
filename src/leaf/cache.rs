//! Which leaves stay when there is no room for all: those that were shown again.
//!
//! A segmented LRU. A new leaf is on probation; the first time that it is shown from the cache it is
//! protected. Room is made on probation, so that a flood of names that nobody visits twice pushes out
//! nothing but itself.

use std::num::NonZeroUsize;

use lru::LruCache;

use super::{LeafKind, Slot};
use crate::host::Host;

type Key = (Host, LeafKind);

/// So many parts of five may be protected. The rest is where new leaves show whether they are worth it.
const PROTECTED: usize = 4;

/// The leaves of all hosts, of bounded number.
pub(super) struct Cache {
    entries: NonZeroUsize,
    protected: LruCache<Key, Slot>,
    probation: LruCache<Key, Slot>,
}

impl Cache {
    pub(super) fn new(entries: NonZeroUsize) -> Self {
        // Bounded here, for both together.
        let (protected, probation) = (LruCache::unbounded(), LruCache::unbounded());
        Self { entries, protected, probation }
    }

    pub(super) fn len(&self) -> usize {
        self.protected.len() + self.probation.len()
    }

    pub(super) fn entries(&self) -> usize {
        self.entries.get()
    }

    /// The slot of a host, used once more, or an empty one for which room is made.
    pub(super) fn use_or_make(&mut self, key: &Key) -> &mut Slot {
        // Who waits for a mint has not been shown anything from the cache.
        if matches!(self.probation.peek(key), Some(Slot::Kept(_)))
            && let Some((key, slot)) = self.probation.pop_entry(key)
        {
            self.protect(key, slot);
        }
        if self.protected.contains(key) {
            return self.protected.get_or_insert_mut_ref(key, Slot::default);
        }
        if !self.probation.contains(key)
            && self.len() >= self.entries.get()
            && self.probation.pop_lru().is_none()
        {
            self.protected.pop_lru();
        }
        self.probation.get_or_insert_mut_ref(key, Slot::default)
    }

    fn protect(&mut self, key: Key, slot: Slot) {
        self.protected.put(key, slot);
        let most = (self.entries.get() * PROTECTED / 5).max(1);
        if self.protected.len() > most
            && let Some((key, slot)) = self.protected.pop_lru()
        {
            // It gets another chance, as the newest on probation.
            self.probation.put(key, slot);
        }
    }

    /// The slot of a host, if it has one; that does not count as a use.
    pub(super) fn peek_mut(&mut self, key: &Key) -> Option<&mut Slot> {
        match self.protected.peek_mut(key) {
            Some(slot) => Some(slot),
            None => self.probation.peek_mut(key),
        }
    }

    pub(super) fn remove(&mut self, key: &Key) {
        if self.protected.pop(key).is_none() {
            self.probation.pop(key);
        }
    }
}
