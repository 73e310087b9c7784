//! Which groups of patterns a host belongs to, for millions of patterns.
//!
//! The names form a tree by label from the top-level one down. Each node is one record in an arena,
//! and a hash table finds the child of a node by its label, so a look-up costs one probe per label and
//! ends at the first label that nobody lists. A record holds its own label alone, and the table is made
//! of cache lines, so that a probe touches two: one of the table, one of the arena. What was added first
//! stands first, parents before children.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::config::Reach;
use crate::random;

/// The root's record, which begins every arena.
pub(super) const ROOT: u32 = 0;
/// Octets of a record before its label: parent, slot, length.
pub(super) const HEAD: usize = 8;
/// How many records a bucket finds.
pub(super) const WIDTH: usize = 12;
/// The fewest buckets.
const LEAST: usize = 8;
/// How full the table gets, in hundredths; beyond that many buckets flow over into the next one.
const FULLNESS: usize = 85;

/// One cache line of the table: for each record a part of its hash, 0 where there is none, and its
/// offset. It fills from the front; what finds no place goes on to the next bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct Bucket {
    pub(super) tags: [u8; WIDTH],
    pub(super) places: [u32; WIDTH],
}

/// The patterns of all lists and rules.
pub(super) struct Index {
    /// Records: offset of the parent (four octets) and number of the slot (three), both little-endian,
    /// length of the label, the label.
    pub(super) arena: Vec<u8>,
    /// Finds a record by the hash of its parent and its label.
    pub(super) table: Vec<Bucket>,
    /// How many records there are besides the root.
    pub(super) nodes: usize,
    /// How many of them are listed themselves.
    pub(super) names: usize,
    /// What is known about names, numbered; 0 is nothing.
    pub(super) slots: Vec<Slot>,
    /// The distinct sets of groups that occur; the first one is empty. Hosts share them, since
    /// there are few combinations however many hosts there are.
    pub(super) sets: Sets,
    /// Makes hashes differ between installations, so that no list can be written to collide.
    pub(super) seed: u64,
}

/// What is known about a name: sets for the name itself and for what lies below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    pub(super) itself: u32,
    pub(super) below: u32,
}

/// A group that lists a host (odd), or takes it out of itself again (even): twice its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Member(pub(super) u32);

impl Member {
    fn new(group: u32, listed: bool) -> Self {
        // Configurations are too small for so many groups that this could not be doubled.
        Self(group << 1 | u32::from(listed))
    }

    pub(super) fn group(self) -> u32 {
        self.0 >> 1
    }

    pub(super) fn listed(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Sets of groups, one behind the other.
pub(super) struct Sets {
    pub(super) members: Vec<Member>,
    /// Where each set ends.
    pub(super) ends: Vec<u32>,
}

impl Sets {
    fn new() -> Self {
        Self { members: Vec::new(), ends: vec![0] }
    }

    pub(super) fn get(&self, number: u32) -> &[Member] {
        let at = number as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let range = start.unwrap_or(0) as usize..self.ends.get(at).copied().unwrap_or(0) as usize;
        self.members.get(range).unwrap_or_default()
    }

    fn push(&mut self, set: &[Member]) -> u32 {
        self.members.extend_from_slice(set);
        // Memory ends before four thousand million of either.
        self.ends.push(u32::try_from(self.members.len()).unwrap_or(u32::MAX));
        u32::try_from(self.ends.len() - 1).unwrap_or(0)
    }
}

/// Why a host belongs to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<'h> {
    /// The group.
    pub(super) group: u32,
    /// The name that the group has: the host itself or one of its parents.
    pub(super) name: &'h str,
}

/// One record.
#[derive(Clone, Copy)]
pub(super) struct Record<'i> {
    pub(super) parent: u32,
    pub(super) slot: u32,
    pub(super) label: &'i [u8],
}

impl Index {
    fn new(seed: u64, nodes: usize) -> Self {
        let buckets = (nodes / WIDTH * 100 / FULLNESS).max(LEAST);
        Self {
            arena: vec![0; HEAD],
            table: vec![Bucket::default(); buckets],
            nodes: 0,
            names: 0,
            slots: vec![Slot::default()],
            sets: Sets::new(),
            seed,
        }
    }

    /// The groups that the host belongs to. `closest` says of a group whether the entry closest to
    /// the host decides; otherwise an entry that takes a host out always does.
    pub(super) fn find<'h>(&self, host: &'h str, closest: impl Fn(u32) -> bool) -> Vec<Found<'h>> {
        let mut path: Vec<(u32, &str)> = Vec::new();
        let (mut node, mut rest) = (ROOT, host);
        loop {
            let (above, label) = rest.rsplit_once('.').map_or(("", rest), |(above, l)| (above, l));
            let Some((child, slot)) = self.child(node, label.as_bytes()) else { break };
            if let Some(slot) = self.slots.get(slot as usize).filter(|_| slot != 0) {
                let set = if above.is_empty() { slot.itself } else { slot.below };
                let start = if above.is_empty() { 0 } else { above.len() + 1 };
                path.push((set, &host[start..]));
            }
            if above.is_empty() {
                break;
            }
            (node, rest) = (child, above);
        }
        let sets = path.iter().rev().map(|(set, name)| (*set, *name));
        let found = self.resolve(sets, closest);
        found.into_iter().map(|(group, name)| Found { group, name }).collect()
    }

    /// The groups of a chain of sets, the closest first, each with what the chain says of it.
    pub(super) fn resolve<T: Copy>(
        &self,
        chain: impl Iterator<Item = (u32, T)>,
        closest: impl Fn(u32) -> bool,
    ) -> Vec<(u32, T)> {
        let mut found: Vec<(u32, T)> = Vec::new();
        let mut out: Vec<u32> = Vec::new();
        for (set, what) in chain {
            // Members that take out sort before those that list, so they decide at the same name.
            for member in self.sets.get(set) {
                let group = member.group();
                let known = found.iter().any(|(other, _)| *other == group);
                if member.listed() {
                    if !known && !out.contains(&group) {
                        found.push((group, what));
                    }
                } else if !known {
                    out.push(group);
                } else if !closest(group) {
                    found.retain(|(other, _)| *other != group);
                    out.push(group);
                }
            }
        }
        found
    }

    /// The child of a node with this label, and its slot.
    fn child(&self, parent: u32, label: &[u8]) -> Option<(u32, u32)> {
        let hash = self.hash(parent, label);
        let (tag, mut at) = (tag_of(hash), self.bucket_of(hash));
        // Some bucket is never full; the bound is for a table that was read from a damaged file.
        for _ in 0..self.table.len() {
            let bucket = &self.table[at];
            for (here, place) in bucket.tags.iter().zip(&bucket.places) {
                if *here == 0 {
                    return None;
                }
                if *here == tag
                    && let Some(record) = self.record(*place)
                    && record.parent == parent
                    && record.label == label
                {
                    return Some((*place, record.slot));
                }
            }
            at = if at + 1 == self.table.len() { 0 } else { at + 1 };
        }
        None
    }

    pub(super) fn record(&self, offset: u32) -> Option<Record<'_>> {
        let from = self.arena.get(offset as usize..)?;
        let (head, rest) = from.split_first_chunk::<HEAD>()?;
        let [a, b, c, d, e, f, g, length] = *head;
        Some(Record {
            parent: u32::from_le_bytes([a, b, c, d]),
            slot: u32::from_le_bytes([e, f, g, 0]),
            label: rest.get(..length.into())?,
        })
    }

    /// All records but the root with their offsets, parents before children.
    pub(super) fn records(&self) -> impl Iterator<Item = (u32, Record<'_>)> {
        let mut next = HEAD;
        std::iter::from_fn(move || {
            let offset = u32::try_from(next).ok()?;
            let record = self.record(offset)?;
            next += HEAD + record.label.len();
            Some((offset, record))
        })
    }

    /// The record and those above it, without the root.
    pub(super) fn upwards(&self, offset: u32) -> impl Iterator<Item = (u32, Record<'_>)> {
        let mut next = offset;
        std::iter::from_fn(move || {
            if next == ROOT {
                return None;
            }
            let (here, record) = (next, self.record(next)?);
            // Parents stand before children; anything else is damage.
            next = if record.parent < here { record.parent } else { ROOT };
            Some((here, record))
        })
    }

    fn hash(&self, parent: u32, label: &[u8]) -> u64 {
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        xxh3_64_with_seed(label, self.seed ^ u64::from(parent).wrapping_mul(SPREAD))
    }

    /// The bucket in which a hash is looked for first.
    fn bucket_of(&self, hash: u64) -> usize {
        let bucket = (u128::from(hash) * self.table.len() as u128) >> 64;
        // Less than the length of the table.
        usize::try_from(bucket).unwrap_or(0)
    }

    /// How many names are known.
    pub(super) fn len(&self) -> usize {
        self.names
    }

    /// How many octets of memory it takes.
    pub(super) fn octets(&self) -> usize {
        let sets = (self.sets.members.capacity() + self.sets.ends.capacity()) * size_of::<u32>();
        self.arena.capacity()
            + self.table.capacity() * size_of::<Bucket>()
            + self.slots.capacity() * size_of::<Slot>()
            + sets
    }

    fn enter(&mut self, hash: u64, offset: u32) {
        let mut at = self.bucket_of(hash);
        loop {
            let bucket = &mut self.table[at];
            if let Some(free) = bucket.tags.iter().position(|tag| *tag == 0) {
                bucket.tags[free] = tag_of(hash);
                bucket.places[free] = offset;
                return;
            }
            at = if at + 1 == self.table.len() { 0 } else { at + 1 };
        }
    }

    /// Makes the table larger by a third.
    fn grow(&mut self) {
        let buckets = self.table.len() / 3 * 4 + 1;
        // Given back before the new one is taken: there is never more than one.
        self.table = Vec::new();
        self.table = vec![Bucket::default(); buckets];
        let mut next = HEAD;
        while let Ok(offset) = u32::try_from(next)
            && let Some(record) = self.record(offset)
        {
            let hash = self.hash(record.parent, record.label);
            next += HEAD + record.label.len();
            self.enter(hash, offset);
        }
    }
}

fn tag_of(hash: u64) -> u8 {
    // The low octet: places come from the high ones.
    (hash.to_le_bytes()[0]).max(1)
}

/// There are more names than an index can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// An index in the making.
pub(super) struct Builder {
    index: Index,
    set_numbers: HashMap<Box<[Member]>, u32>,
    slot_numbers: HashMap<Slot, u32>,
    /// Where the last addition led, by slot: lists add thousands of names in the same way.
    last: Option<((u32, Addition), u32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Addition {
    member: Member,
    reach: Reach,
}

impl Builder {
    /// An empty one that has room for about so many names.
    pub(super) fn new(names: usize) -> Self {
        // Without random octets hashes are those of every other installation; lookups stay right.
        let seed = random::octets().map(u64::from_le_bytes).unwrap_or(0);
        Self {
            index: Index::new(seed, names),
            set_numbers: HashMap::from([(Box::default(), 0)]),
            slot_numbers: HashMap::from([(Slot::default(), 0)]),
            last: None,
        }
    }

    /// Brings what [`add`](Self::add) will look at into the processor's cache, for several names at
    /// once: the memory answers many questions in the time of one, when none waits for another.
    pub(super) fn warm(&self, names: &[&str]) {
        let index = &self.index;
        let mut touched = 0;
        let mut hashes: Vec<u64> = Vec::with_capacity(names.len());
        // The top-level labels are few, so they are in the cache; then the second ones, then the third.
        for depth in [1, 2] {
            hashes.clear();
            hashes.extend(names.iter().filter_map(|name| {
                let mut labels = name.rsplit('.');
                let mut node = ROOT;
                for _ in 0..depth {
                    node = index.child(node, labels.next()?.as_bytes())?.0;
                }
                Some(index.hash(node, labels.next()?.as_bytes()))
            }));
            for hash in &hashes {
                touched ^= index.table[index.bucket_of(*hash)].tags[0];
            }
            for hash in &hashes {
                let bucket = &index.table[index.bucket_of(*hash)];
                let tag = tag_of(*hash);
                if let Some(at) = bucket.tags.iter().position(|other| *other == tag) {
                    touched ^= index.arena.get(bucket.places[at] as usize).copied().unwrap_or(0);
                }
            }
        }
        std::hint::black_box(touched);
    }

    /// Adds a name, in canonical form, to a group; tells whether that was new.
    ///
    /// # Errors
    /// [`Full`] past four thousand million octets of names, or sixteen million combinations of lists.
    pub(super) fn add(
        &mut self,
        name: &str,
        reach: Reach,
        group: u32,
        listed: bool,
    ) -> Result<bool, Full> {
        let mut node = ROOT;
        let mut slot = 0;
        for label in name.rsplit('.') {
            (node, slot) = match self.index.child(node, label.as_bytes()) {
                Some(known) => known,
                None => (self.append(node, label.as_bytes())?, 0),
            };
        }
        let addition = Addition { member: Member::new(group, listed), reach };
        let after = match self.last {
            Some((key, after)) if key == (slot, addition) => after,
            _ => self.after(slot, addition),
        };
        self.last = Some(((slot, addition), after));
        if after == slot {
            return Ok(false);
        }
        if slot == 0 {
            self.index.names += 1;
        }
        self.index.set_slot(node, after)?;
        Ok(true)
    }

    fn append(&mut self, parent: u32, label: &[u8]) -> Result<u32, Full> {
        let index = &mut self.index;
        if (index.nodes + 1) * 100 > index.table.len() * WIDTH * FULLNESS {
            index.grow();
        }
        let offset = u32::try_from(index.arena.len()).map_err(|_| Full)?;
        // Labels have at most 63 octets.
        let length = u8::try_from(label.len()).map_err(|_| Full)?;
        index.arena.extend_from_slice(&parent.to_le_bytes());
        index.arena.extend_from_slice(&[0; 3]);
        index.arena.push(length);
        index.arena.extend_from_slice(label);
        index.nodes += 1;
        let hash = index.hash(parent, label);
        index.enter(hash, offset);
        Ok(offset)
    }

    /// The slot that a name of this slot has after the addition.
    fn after(&mut self, slot: u32, addition: Addition) -> u32 {
        let mut after = self.index.slots.get(slot as usize).copied().unwrap_or_default();
        if addition.reach.itself() {
            after.itself = self.union(after.itself, addition.member);
        }
        if addition.reach.below() {
            after.below = self.union(after.below, addition.member);
        }
        let slots = &mut self.index.slots;
        *self.slot_numbers.entry(after).or_insert_with(|| {
            slots.push(after);
            // There are fewer slots than names, and names end before four thousand million.
            u32::try_from(slots.len() - 1).unwrap_or(0)
        })
    }

    fn union(&mut self, set: u32, member: Member) -> u32 {
        let mut members = self.index.sets.get(set).to_vec();
        if let Err(at) = members.binary_search(&member) {
            members.insert(at, member);
        }
        let members: Box<[Member]> = members.into();
        let sets = &mut self.index.sets;
        *self.set_numbers.entry(members).or_insert_with_key(|members| sets.push(members))
    }

    pub(super) fn finish(self) -> Index {
        let Self { mut index, set_numbers, slot_numbers, .. } = self;
        drop((set_numbers, slot_numbers));
        index.forget_unused();
        index.arena.shrink_to_fit();
        index
    }
}

impl Index {
    fn set_slot(&mut self, offset: u32, slot: u32) -> Result<(), Full> {
        let [low, middle, high, 0] = slot.to_le_bytes() else { return Err(Full) };
        let at = offset as usize + 4;
        if let Some(octets) = self.arena.get_mut(at..at + 3) {
            octets.copy_from_slice(&[low, middle, high]);
        }
        Ok(())
    }

    /// Lets go of the slots and sets that names had only while lists were read, which are many more than
    /// those that they have in the end.
    fn forget_unused(&mut self) {
        const UNUSED: u32 = u32::MAX;
        let mut numbers = vec![UNUSED; self.slots.len()];
        numbers[0] = 0;
        let mut slots = vec![Slot::default()];
        let mut sets = Sets::new();
        let mut set_numbers = vec![UNUSED; self.sets.ends.len()];
        set_numbers[0] = 0;
        let mut next = HEAD;
        while let Ok(offset) = u32::try_from(next)
            && let Some(record) = self.record(offset)
        {
            next += HEAD + record.label.len();
            let (slot, old) = (record.slot, &self.slots);
            let Some(number) = numbers.get_mut(slot as usize) else { continue };
            if *number == UNUSED {
                let mut keep = |set: u32| match set_numbers.get_mut(set as usize) {
                    Some(number) if *number == UNUSED => {
                        *number = sets.push(self.sets.get(set));
                        *number
                    }
                    Some(number) => *number,
                    None => 0,
                };
                let old = old.get(slot as usize).copied().unwrap_or_default();
                *number = u32::try_from(slots.len()).unwrap_or(0);
                slots.push(Slot { itself: keep(old.itself), below: keep(old.below) });
            }
            let number = *number;
            // It is not larger than the one that was there.
            let _ = self.set_slot(offset, number);
        }
        slots.shrink_to_fit();
        sets.members.shrink_to_fit();
        (self.slots, self.sets) = (slots, sets);
    }
}
