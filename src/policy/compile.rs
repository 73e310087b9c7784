//! From the rules of a configuration, and an index of its lists, to a policy.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ipnet::IpNet;

use super::index::Index;
use super::read::groups_of;
use super::verdict::{Category, RuleId};
use super::{Group, Location, Networks, Outcome, Owner, Policy, Rule, Rules, Sent};
use crate::config::{
    CategoryConfig, Config, Justification, PolicyConfig, PolicyTable, RuleConfig, Terms,
};

/// How many there were so far.
static POLICIES: AtomicU64 = AtomicU64::new(0);

pub(super) fn compile(config: &Config, index: Arc<Index>) -> Policy {
    let PolicyConfig { categories, policies, default_policy, locations, exceptions } =
        &config.policy;
    let groups: Vec<Group> =
        groups_of(config).into_iter().map(|(of, closest)| Group { of, closest }).collect();
    let policies: Vec<Rules> = (0..)
        .zip(policies)
        .map(|(number, policy)| compile_policy(number, policy, categories, &groups))
        .collect();
    // The configuration was checked: every name that it refers to is there.
    let number = |name: &str| policies.iter().position(|p| *p.name == *name).unwrap_or(0);
    let default_policy = number(default_policy);
    let networks = locations.iter().flat_map(|location| {
        let name: Arc<str> = location.name.as_str().into();
        let policy = number(&location.policy);
        location.networks.iter().map(move |net| (*net, Location { name: name.clone(), policy }))
    });
    let locations = Networks::new(networks);
    let (addresses, address_of) = super::gateway::addresses(config);
    Policy {
        number: POLICIES.fetch_add(1, Ordering::Relaxed),
        index,
        made_from: None,
        groups,
        categories: categories.iter().enumerate().map(compile_category).collect(),
        default_policy,
        policies,
        locations,
        exception_networks: Networks::new(exceptions.networks.iter().map(|net| (*net, ()))),
        addresses,
        address_of,
        sent: sent(config),
        revision: revision_of(&config.policy),
        no_terms: Arc::new(config.grants.terms.clone()),
    }
}

fn compile_policy(
    number: usize,
    policy: &PolicyTable,
    categories: &[CategoryConfig],
    groups: &[Group],
) -> Rules {
    let default = Outcome {
        action: policy.default_action,
        revision: hash_terms(
            Stable::new().text(&policy.name).text(policy.default_action),
            &policy.terms,
        )
        .finish(),
    };
    let of_category = |name: &String| categories.iter().position(|known| known.name == *name);
    let compile_rule = |(at, rule): (usize, &RuleConfig)| {
        Rule {
        id: RuleId::Rule { index: at + 1, name: rule.name.as_deref().map(Into::into) },
        outcome: Outcome {
            action: rule.action,
            revision: hash_rule(Stable::new().text(&policy.name), rule).finish(),
        },
        hosts: (0..)
            .zip(groups)
            .find(|(_, group)| matches!(group.of, Owner::Rule { policy, rule } if (policy, rule) == (number, at)))
            .map(|(group, _)| group),
        categories: rule.categories.iter().filter_map(of_category).collect(),
        reason: rule.reason.as_deref().map(Into::into),
        contact: rule.contact.as_deref().map(Into::into),
        terms: Arc::new(rule.terms.clone()),
    }
    };
    Rules {
        rules: policy.rules.iter().enumerate().map(compile_rule).collect(),
        name: policy.name.as_str().into(),
        default,
        terms: Arc::new(policy.terms.clone()),
    }
}

impl<T> Networks<T> {
    fn new(networks: impl Iterator<Item = (IpNet, T)>) -> Self {
        let by_network: HashMap<IpNet, T> = networks.collect();
        let mut lengths: Vec<u8> = by_network.keys().map(IpNet::prefix_len).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths.dedup();
        Self { by_network, lengths }
    }
}

/// What each address that carries a reason says.
fn sent(config: &Config) -> HashMap<IpAddr, Sent> {
    let number = |name: &str| config.policy.categories.iter().position(|c| c.name == *name);
    let mut found = HashMap::new();
    for reason in &config.gateway.reasons {
        let Some(category) = number(&reason.category) else { continue };
        let words: Option<Arc<str>> = reason.reason.as_deref().map(Into::into);
        for ip in &reason.addresses {
            found.insert(*ip, Sent { category, reason: words.clone() });
        }
    }
    found
}

fn compile_category((number, category): (usize, &CategoryConfig)) -> Arc<Category> {
    Arc::new(Category {
        name: category.name.as_str().into(),
        title: category.title.clone(),
        class: category.class,
        reason: category.reason.as_deref().map(Into::into),
        gateway_answer: category.gateway_answer,
        number,
    })
}

fn revision_of(config: &PolicyConfig) -> u64 {
    let mut hash = Stable::new().text(&config.default_policy);
    for policy in &config.policies {
        hash = hash.text(&policy.name).text(policy.default_action);
        hash = policy.rules.iter().fold(hash, hash_rule);
    }
    for location in &config.locations {
        hash = hash.text(&location.name).text(&location.policy);
        hash = location.networks.iter().fold(hash, Stable::text);
    }
    hash = config.exceptions.domains.iter().fold(hash.text("exceptions"), Stable::text);
    config.exceptions.networks.iter().fold(hash, Stable::text).finish()
}

fn hash_rule(hash: Stable, rule: &RuleConfig) -> Stable {
    // The words of a rule count as well: who read other words agreed to something else.
    let words = [&rule.reason, &rule.contact].map(|words| words.as_deref().unwrap_or_default());
    let hash = words.iter().fold(hash.text(rule.action), Stable::text);
    let hash = hash_terms(hash, &rule.terms);
    let hash = rule.categories.iter().fold(hash.text("categories"), Stable::text);
    rule.hosts.iter().fold(hash.text("hosts"), Stable::text)
}

fn hash_terms(hash: Stable, terms: &Terms) -> Stable {
    let Terms { duration, scope, justification, per_day, codes, requests, hand_over } = terms;
    let hash = hash.text("terms").text(duration.as_secs()).text(scope).text(hand_over);
    let hash = hash.text(per_day.map_or(0, NonZeroU32::get)).text(codes).text(requests);
    match justification {
        Justification::None => hash.text("none"),
        Justification::Optional => hash.text("optional"),
        Justification::Required => hash.text("required"),
        Justification::Choose(reasons) => reasons.iter().fold(hash.text("choose"), Stable::text),
    }
}

/// FNV-1a in 64 bits: the same in every release, which the standard library's hashes do not promise
/// and cookies need. Nobody gains by a collision: administrators write what is hashed.
struct Stable(u64);

impl Stable {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn text(self, text: impl fmt::Display) -> Self {
        let text = text.to_string();
        // The end of each text counts, so that `ab` `c` is not `a` `bc`.
        let octets = text.bytes().chain([0xff]);
        Self(octets.fold(self.0, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)))
    }

    /// Folded to 53 bits (FNV, "xor-folding"): what reads JSON as JavaScript does would round more.
    fn finish(self) -> u64 {
        const KEPT: u32 = 53;
        (self.0 >> KEPT) ^ (self.0 & ((1 << KEPT) - 1))
    }
}
