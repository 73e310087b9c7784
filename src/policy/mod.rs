//! Who may see what: the verdict for one client and one host.
//!
//! Deciding is pure and cannot fail: everything that can go wrong does when a [`Policy`] is loaded.

pub mod lists;

mod cache;
mod compile;
mod decide;
mod gateway;
mod index;
mod load;
mod local_network;
mod read;
mod verdict;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use self::index::Index;
use crate::config::ListPlace;

pub use self::cache::{CacheError, look_into_cache};
pub use self::gateway::{BlockAddresses, Redirect, Told};
pub use self::load::{
    CacheUse, ListReport, LoadedPolicy, Overlap, PolicyErrors, PolicyProblem, PolicyProblemKind,
};
pub use self::local_network::is_local_for_browsers;
pub use self::verdict::{Category, ExceptionKind, Explanation, RuleId, Verdict};
pub use crate::config::{Action, Class, GatewayAnswer, HandOver, Justification, Scope, Terms};

/// A configuration's rules and lists, compiled. It never changes, so it is safe for concurrent use;
/// a reload makes another.
pub struct Policy {
    /// Tells it from all others of this process.
    number: u64,
    /// Shared with the policy before, where both are made from the same names.
    index: Arc<Index>,
    /// What the index was made from, in short, and what was found there; nothing where it may have changed
    /// meanwhile.
    made_from: Option<(u128, load::Kept)>,
    groups: Vec<Group>,
    categories: Vec<Arc<Category>>,
    policies: Vec<Rules>,
    default_policy: usize,
    locations: Networks<Location>,
    exception_networks: Networks<()>,
    /// The block addresses: the general ones, then those of each reason.
    addresses: Vec<BlockAddresses>,
    /// The place in `addresses` for each category.
    address_of: Vec<usize>,
    /// What a connection to an address that carries a reason says.
    sent: HashMap<IpAddr, Sent>,
    revision: u64,
    /// For verdicts that no rule and no policy made.
    no_terms: Arc<Terms>,
}

/// Patterns that come from one place.
struct Group {
    of: Owner,
    /// Whether the entry closest to a host decides (RPZ), or an entry that takes out (Adblock).
    closest: bool,
}

enum Owner {
    /// The hosts that a category names in place.
    Inline { category: usize },
    /// A list of a category.
    List { category: usize, number: usize, place: ListPlace },
    /// The hosts that a rule names.
    Rule { policy: usize, rule: usize },
    /// The portal's own names.
    Portal,
    /// The domains of the exceptions, or the names that are exceptions because systems ask them.
    Exceptions { builtin: bool },
}

/// A policy, compiled.
struct Rules {
    name: Arc<str>,
    default: Outcome,
    terms: Arc<Terms>,
    rules: Vec<Rule>,
}

struct Rule {
    id: RuleId,
    outcome: Outcome,
    /// The group of the rule's own hosts.
    hosts: Option<u32>,
    categories: Vec<usize>,
    reason: Option<Arc<str>>,
    contact: Option<Arc<str>>,
    terms: Arc<Terms>,
}

/// Why a gateway sent somebody to an address.
struct Sent {
    category: usize,
    reason: Option<Arc<str>>,
}

#[derive(Clone, Copy)]
struct Outcome {
    action: Action,
    revision: u64,
}

struct Location {
    name: Arc<str>,
    policy: usize,
}

/// Networks with something to say; of several that hold an address, the longest prefix counts.
struct Networks<T> {
    by_network: HashMap<IpNet, T>,
    /// The prefix lengths that occur, the longest first.
    lengths: Vec<u8>,
}

impl Policy {
    /// A stable hash of all policies, locations and exceptions; lists do not count.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether there are hosts to which people may continue in such a way.
    pub fn leads_on(&self, way: impl Fn(HandOver) -> bool) -> bool {
        let leads = |action: Action, terms: &Terms| {
            let opens = match action {
                Action::Warn => true,
                Action::Block => terms.codes || terms.requests,
                Action::Allow => false,
            };
            opens && way(terms.hand_over)
        };
        self.policies.iter().any(|policy| {
            let mut rules = policy.rules.iter();
            leads(policy.default.action, &policy.terms)
                || rules.any(|rule| leads(rule.outcome.action, &rule.terms))
        })
    }

    /// How many names the lists and rules hold.
    pub fn names(&self) -> usize {
        self.index.len()
    }

    /// How many octets of memory the names take.
    pub fn octets(&self) -> usize {
        self.index.octets()
    }
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy")
            .field("names", &self.names())
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}
