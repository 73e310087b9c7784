//! What the policy says to gateways: what they answer for a name, and which names that concerns.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::index::{Found, HEAD};
use super::verdict::{RuleId, Verdict};
use super::{Action, GatewayAnswer, Owner, Policy, Rules};
use crate::config::Config;

/// What a gateway tells a client that asks for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Told {
    /// The truth: it does not touch the name.
    Truth,
    /// Block addresses, so that people see a page; see [`Policy::block_addresses`].
    Page(usize),
    /// That there is no such name.
    Nxdomain,
    /// The unspecified addresses.
    Null,
}

/// Addresses that stand for a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockAddresses {
    /// For A.
    pub v4: Vec<Ipv4Addr>,
    /// For AAAA.
    pub v6: Vec<Ipv6Addr>,
}

/// A name of which a gateway must be told.
///
/// Every name whose answer differs from that of its closest parent is there, and so is every parent of
/// such a name that lies below a redirected one: resolvers that match wildcards as the DNS does
/// (RFC 4592 section 3.3) find no wildcard above a name that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redirect<'n> {
    /// The name.
    pub name: &'n str,
    /// What is told to who asks for it.
    pub itself: Told,
    /// What is told to who asks for names below it.
    pub below: Told,
    /// What would be told to who asks for it or for names below it, were it not named.
    pub inherited: Told,
    /// Whether a name above it is named because the truth is told of it: in some gateways that goes
    /// before what is said of names further down.
    pub exempt: bool,
}

impl BlockAddresses {
    /// The unspecified addresses, to which nobody can connect.
    pub fn null() -> Self {
        Self { v4: vec![Ipv4Addr::UNSPECIFIED], v6: vec![Ipv6Addr::UNSPECIFIED] }
    }

    fn new(addresses: &[IpAddr]) -> Self {
        let mut found = Self::default();
        for ip in addresses {
            match ip {
                IpAddr::V4(v4) => found.v4.push(*v4),
                IpAddr::V6(v6) => found.v6.push(*v6),
            }
        }
        found
    }
}

impl Policy {
    /// What a gateway tells a client for which the policy came to this verdict.
    ///
    /// Only what a rule names is redirected. The default action speaks of hosts that were redirected
    /// already, for reasons of the gateway's own.
    pub fn told(&self, verdict: &Verdict) -> Told {
        if verdict.action == Action::Allow || verdict.rule == RuleId::Default {
            return Told::Truth;
        }
        let Some(category) = &verdict.category else { return Told::Page(0) };
        match category.gateway_answer {
            GatewayAnswer::Page => {
                Told::Page(self.address_of.get(category.number).copied().unwrap_or(0))
            }
            GatewayAnswer::Nxdomain => Told::Nxdomain,
            GatewayAnswer::Null => Told::Null,
        }
    }

    /// Hands over, one by one, the names of which a gateway must be told whose clients are under this
    /// policy, parents before children; what is not named is not touched. `None` is the default policy.
    /// Takes memory for one bit per eight octets of the names, not for the names.
    ///
    /// # Errors
    /// What `take` gives.
    pub fn redirects<E>(
        &self,
        policy: Option<&str>,
        mut take: impl FnMut(Redirect<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let named = |name: &str| self.policies.iter().position(|rules| *rules.name == *name);
        let number = policy.and_then(named).unwrap_or(self.default_policy);
        let Some(rules) = self.policies.get(number) else { return Ok(()) };
        let mut teller = Teller { policy: self, rules, known: HashMap::new() };
        // First all names that say something new, to know which parents have such a name below them.
        let mut above = Bits::new(self.index.arena.len());
        for (offset, record) in self.index.records() {
            if teller.is_new(offset, record.slot) {
                for (parent, _) in self.index.upwards(record.parent) {
                    if !above.set(parent) {
                        break;
                    }
                }
            }
        }
        let mut truthful = Bits::new(self.index.arena.len());
        let mut name = String::new();
        for (offset, record) in self.index.records() {
            let new = teller.is_new(offset, record.slot);
            let inherited = teller.tell(offset, Place::Inherited);
            let exempt = truthful.has(record.parent);
            if exempt {
                truthful.set(offset);
            }
            if !new && (inherited == Told::Truth || !above.has(offset)) {
                continue;
            }
            name.clear();
            for (_, record) in self.index.upwards(offset) {
                // Labels are ASCII; anything else is damage, and is seen by whoever reads the name.
                name.push_str(&String::from_utf8_lossy(record.label));
                name.push('.');
            }
            name.pop();
            let itself = teller.tell(offset, Place::Itself);
            let below = teller.tell(offset, Place::Below);
            if itself == Told::Truth && below == Told::Truth {
                truthful.set(offset);
            }
            take(Redirect { name: &name, itself, below, inherited, exempt })?;
        }
        Ok(())
    }

    /// The policies' names, the default one first.
    pub fn policy_names(&self) -> impl Iterator<Item = &str> {
        let default = self.policies.get(self.default_policy).into_iter();
        let others = self.policies.iter().enumerate().filter(|(at, _)| *at != self.default_policy);
        default.chain(others.map(|(_, rules)| rules)).map(|rules| &*rules.name)
    }

    /// The policy of the clients at a location.
    pub fn policy_at(&self, location: &str) -> Option<&str> {
        let at = self.locations.by_network.values().find(|at| *at.name == *location)?;
        self.policies.get(at.policy).map(|rules| &*rules.name)
    }

    /// All addresses that stand for a block.
    pub fn all_block_addresses(&self) -> Vec<IpAddr> {
        let all = self.addresses.iter();
        all.flat_map(|of| {
            let v4 = of.v4.iter().copied().map(IpAddr::V4);
            v4.chain(of.v6.iter().copied().map(IpAddr::V6))
        })
        .collect()
    }

    /// The addresses of a [`Told::Page`]: 0 are the general ones.
    pub fn block_addresses(&self, number: usize) -> &BlockAddresses {
        const NONE: &BlockAddresses = &BlockAddresses { v4: Vec::new(), v6: Vec::new() };
        self.addresses.get(number).unwrap_or(NONE)
    }
}

/// Of which name next to a record something is told.
#[derive(Clone, Copy)]
enum Place {
    /// The name of the record.
    Itself,
    /// What lies below it and is not named.
    Below,
    /// The record's name, if there were no record.
    Inherited,
}

/// Tells for records what decides there; it remembers, since a few combinations of sets recur.
struct Teller<'p> {
    policy: &'p Policy,
    rules: &'p Rules,
    known: HashMap<Vec<u32>, (Told, bool)>,
}

impl Teller<'_> {
    fn tell(&mut self, offset: u32, place: Place) -> Told {
        self.look(offset, place).0
    }

    /// Whether a record says something that its parent does not say.
    fn is_new(&mut self, offset: u32, slot: u32) -> bool {
        if slot == 0 {
            return false;
        }
        let (itself, excepted) = self.look(offset, Place::Itself);
        let inherited = self.tell(offset, Place::Inherited);
        let below = self.tell(offset, Place::Below);
        // Exceptions are always named: other lists of the gateway may block them.
        excepted || itself != inherited || below != inherited
    }

    /// What is told, and whether an exception says so.
    fn look(&mut self, offset: u32, place: Place) -> (Told, bool) {
        let index = &self.policy.index;
        let mut chain: Vec<u32> = Vec::with_capacity(4);
        for (here, record) in index.upwards(offset) {
            let slot = index.slots.get(record.slot as usize).copied().unwrap_or_default();
            let set = match place {
                Place::Inherited if here == offset => continue,
                Place::Itself if here == offset => slot.itself,
                _ => slot.below,
            };
            if set != 0 {
                chain.push(set);
            }
        }
        if chain.is_empty() {
            return (Told::Truth, false);
        }
        if let Some(known) = self.known.get(&chain) {
            return *known;
        }
        let told = self.decide(&chain);
        self.known.insert(chain, told);
        told
    }

    fn decide(&self, chain: &[u32]) -> (Told, bool) {
        let policy = self.policy;
        let sets = chain.iter().map(|set| (*set, ""));
        let found = policy.index.resolve(sets, |group| policy.closest(group));
        let all: Vec<_> = found.iter().map(|(group, name)| Found { group: *group, name }).collect();
        if policy.is_portal(&all) {
            return (Told::Page(0), true);
        }
        let excepted = found.iter().any(|(group, _)| {
            let owner = policy.groups.get(*group as usize).map(|group| &group.of);
            matches!(owner, Some(Owner::Exceptions { .. }))
        });
        if excepted {
            return (Told::Truth, true);
        }
        (policy.told(&policy.judge_found(self.rules, &all)), false)
    }
}

/// One bit for each record, by its offset.
struct Bits(Vec<u64>);

impl Bits {
    /// No two records begin within so many octets: the root's is that long, all others are longer.
    const STEP: usize = HEAD;

    fn new(octets: usize) -> Self {
        Self(vec![0; octets / Self::STEP / 64 + 1])
    }

    /// Sets a bit; tells whether that is new.
    fn set(&mut self, offset: u32) -> bool {
        let bit = offset as usize / Self::STEP;
        let Some(word) = self.0.get_mut(bit / 64) else { return false };
        let (old, mask) = (*word, 1 << (bit % 64));
        *word |= mask;
        old & mask == 0
    }

    fn has(&self, offset: u32) -> bool {
        let bit = offset as usize / Self::STEP;
        self.0.get(bit / 64).is_some_and(|word| word & 1 << (bit % 64) != 0)
    }
}

/// The block addresses, and for each category which of them.
pub(super) fn addresses(config: &Config) -> (Vec<BlockAddresses>, Vec<usize>) {
    let general = BlockAddresses::new(&config.gateway.block_addresses(&config.listen));
    let reasons = &config.gateway.reasons;
    let all = reasons.iter().map(|reason| BlockAddresses::new(&reason.addresses));
    let of = |name: &str| reasons.iter().position(|reason| reason.category == name);
    let categories = config.policy.categories.iter();
    let address_of = categories.map(|category| of(&category.name).map_or(0, |at| at + 1)).collect();
    (std::iter::once(general).chain(all).collect(), address_of)
}
