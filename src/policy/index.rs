//! Which groups of patterns a host belongs to, for millions of patterns.
//!
//! A name is looked up label by label from the whole of it to its top-level label: one hash lookup
//! per label, whatever the size of the lists, and never a substring.

use std::collections::HashMap;

use crate::config::HostPattern;
use crate::host::HostName;

/// The patterns of all lists and rules.
#[derive(Default)]
pub(super) struct Index {
    names: HashMap<HostName, Slot>,
    /// The distinct sets of groups that occur; the first one is empty. Hosts share them, since
    /// there are few combinations however many hosts there are.
    sets: Vec<Box<[Member]>>,
}

/// What is known about a name: sets for the name itself and for what lies below it.
#[derive(Clone, Copy, Default)]
struct Slot {
    itself: u32,
    below: u32,
}

/// A group that lists a host, or takes it out of itself again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Member {
    group: u32,
    listed: bool,
}

/// Why a host belongs to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<'h> {
    /// The group.
    pub(super) group: u32,
    /// The name that the group has: the host itself or one of its parents.
    pub(super) name: &'h str,
}

impl Index {
    /// The groups that the host belongs to. `closest` says of a group whether the entry closest to
    /// the host decides; otherwise an entry that takes a host out always does.
    pub(super) fn find<'h>(
        &self,
        host: &'h HostName,
        closest: impl Fn(u32) -> bool,
    ) -> Vec<Found<'h>> {
        let mut found: Vec<Found<'h>> = Vec::new();
        let mut out: Vec<u32> = Vec::new();
        for (above, name) in host.suffixes().enumerate() {
            let Some(slot) = self.names.get(name) else { continue };
            let set = if above == 0 { slot.itself } else { slot.below };
            // Members that take out sort before those that list, so they decide at the same name.
            for member in self.sets.get(set as usize).into_iter().flatten() {
                let group = member.group;
                let known = found.iter().any(|found| found.group == group);
                if member.listed {
                    if !known && !out.contains(&group) {
                        found.push(Found { group, name });
                    }
                } else if !known {
                    out.push(group);
                } else if !closest(group) {
                    found.retain(|found| found.group != group);
                    out.push(group);
                }
            }
        }
        found
    }

    /// How many names are known.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }
}

/// An index in the making.
pub(super) struct Builder {
    index: Index,
    numbers: HashMap<Box<[Member]>, u32>,
    /// Set and member to the set that has it too.
    with: HashMap<(u32, Member), u32>,
}

impl Builder {
    pub(super) fn new() -> Self {
        let empty: Box<[Member]> = Box::default();
        Self {
            index: Index { names: HashMap::new(), sets: vec![empty.clone()] },
            numbers: HashMap::from([(empty, 0)]),
            with: HashMap::new(),
        }
    }

    /// Adds a pattern to a group; tells whether that was new.
    pub(super) fn add(&mut self, pattern: HostPattern, group: u32, listed: bool) -> bool {
        let HostPattern { name, reach } = pattern;
        let member = Member { group, listed };
        let before = self.index.names.get(&name).copied().unwrap_or_default();
        let mut after = before;
        if reach.itself() {
            after.itself = self.union(before.itself, member);
        }
        if reach.below() {
            after.below = self.union(before.below, member);
        }
        let new = (before.itself, before.below) != (after.itself, after.below);
        if new {
            self.index.names.insert(name, after);
        }
        new
    }

    fn union(&mut self, set: u32, member: Member) -> u32 {
        if let Some(known) = self.with.get(&(set, member)) {
            return *known;
        }
        let mut members = self.index.sets[set as usize].to_vec();
        if let Err(at) = members.binary_search(&member) {
            members.insert(at, member);
        }
        let members: Box<[Member]> = members.into();
        let sets = &mut self.index.sets;
        let number = *self.numbers.entry(members).or_insert_with_key(|members| {
            sets.push(members.clone());
            // There are fewer sets than names, and memory ends long before four thousand million.
            u32::try_from(sets.len() - 1).unwrap_or(0)
        });
        self.with.insert((set, member), number);
        number
    }

    pub(super) fn finish(mut self) -> Index {
        self.index.names.shrink_to_fit();
        self.index
    }
}
