//! From a client and a host to a verdict. Explaining takes the same way and takes notes.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::index::Found;
use super::verdict::{ExceptionKind, Explanation, RuleId, Verdict};
use super::{Networks, Owner, Policy, Rule, Rules, Sent};
use crate::config::{Action, Class};
use crate::host::{Host, HostName};

/// The names of the policy in verdicts that no policy was asked for.
const EXCEPTIONS: &str = "exceptions";
const PORTAL: &str = "portal";

impl Policy {
    /// What to do when `client` asks for `host`.
    ///
    /// Exceptions come first; then the client's location chooses the policy; then the first rule
    /// that matches decides, else the policy's default. A warning about a host that any category of
    /// class `security` knows becomes a block, since nobody may continue to it.
    ///
    /// Of several categories that know the host, the one of the strictest class counts: a rule that
    /// blocks or warns because of a milder one gives way to a later rule for the stricter one.
    pub fn decide(&self, client: IpAddr, host: &Host) -> Verdict {
        self.judge(client.to_canonical(), host, None, &mut Notes(None))
    }

    /// What [`decide`](Self::decide) says when the client came to this address of ours, which may carry
    /// a reason: the host then belongs to the reason's category as well.
    pub fn decide_at(&self, local: IpAddr, client: IpAddr, host: &Host) -> Verdict {
        let sent = self.sent.get(&local.to_canonical());
        self.judge(client.to_canonical(), host, sent, &mut Notes(None))
    }

    /// What [`decide`](Self::decide) says, and every step that leads to it. `local` is the address of
    /// ours that the client came to, where that may count.
    pub fn explain(&self, local: Option<IpAddr>, client: IpAddr, host: &Host) -> Explanation {
        let client = client.to_canonical();
        let mut notes = Notes(Some(Vec::new()));
        let sent = local.and_then(|local| self.sent.get(&local.to_canonical()));
        let verdict = self.judge(client, host, sent, &mut notes);
        let steps = notes.0.unwrap_or_default();
        Explanation { client, host: host.to_string(), verdict, steps }
    }

    fn judge(
        &self,
        client: IpAddr,
        host: &Host,
        sent: Option<&Sent>,
        notes: &mut Notes,
    ) -> Verdict {
        let found = self.groups_of(host);
        if self.is_portal(&found) {
            notes.say(|| {
                "The host is the portal's: gateways answer it with the block addresses.".to_owned()
            });
            return self.portal_verdict();
        }
        if let Some(kind) = self.exception(client, host, &found, notes) {
            return Verdict {
                action: Action::Allow,
                exception: Some(kind),
                category: None,
                rule: RuleId::Default,
                reason: None,
                contact: None,
                policy: EXCEPTIONS.into(),
                revision: self.revision,
                location: None,
                unlisted: false,
                danger: false,
                terms: self.no_terms.clone(),
                said_by: self.number,
            };
        }
        let (rules, location) = self.place(client, notes);
        let mut categories = self.categories_of(&found, notes);
        if categories.is_empty() {
            notes.say(|| match host {
                Host::Name(_) => "No category knows the host.".to_owned(),
                Host::Ip(_) => "The host is an address, and categories hold names.".to_owned(),
            });
        }
        if let Some(sent) = sent {
            let name = &self.categories[sent.category].name;
            notes.say(|| format!("The address that the client came to says `{name}`."));
            if !categories.contains(&sent.category) {
                categories.push(sent.category);
            }
        }
        let mut verdict = self.by_rules(rules, &found, &categories, notes);
        verdict.location = location;
        if let (Some(sent), Some(category)) = (sent, &verdict.category)
            && sent.category == category.number
            && verdict.reason == category.reason
            && sent.reason.is_some()
        {
            verdict.reason.clone_from(&sent.reason);
        }
        verdict
    }

    /// Whether one of these groups is the portal's. Its name goes before exceptions: an organisation's
    /// own domain is one as a rule, and the portal may well lie in it.
    pub(super) fn is_portal(&self, found: &[Found<'_>]) -> bool {
        let of = |found: &Found<'_>| self.groups.get(found.group as usize).map(|group| &group.of);
        found.iter().any(|found| matches!(of(found), Some(Owner::Portal)))
    }

    fn portal_verdict(&self) -> Verdict {
        Verdict {
            action: Action::Block,
            exception: None,
            category: None,
            rule: RuleId::Portal,
            reason: None,
            contact: None,
            policy: PORTAL.into(),
            revision: self.revision,
            location: None,
            unlisted: false,
            danger: false,
            terms: self.no_terms.clone(),
            said_by: self.number,
        }
    }

    /// What these rules say of a host that belongs to these groups and is no exception.
    pub(super) fn judge_found(&self, rules: &Rules, found: &[Found<'_>]) -> Verdict {
        let mut notes = Notes(None);
        let categories = self.categories_of(found, &mut notes);
        self.by_rules(rules, found, &categories, &mut notes)
    }

    fn by_rules(
        &self,
        rules: &Rules,
        found: &[Found<'_>],
        categories: &[usize],
        notes: &mut Notes,
    ) -> Verdict {
        let mut verdict = Verdict {
            action: rules.default.action,
            exception: None,
            category: None,
            rule: RuleId::Default,
            reason: None,
            contact: None,
            policy: rules.name.clone(),
            revision: rules.default.revision,
            location: None,
            unlisted: false,
            danger: false,
            terms: rules.terms.clone(),
            said_by: self.number,
        };
        let hit = rules.rules.iter().find(|rule| {
            let hit = rule.matches(found, categories);
            if !hit {
                notes.say(|| format!("{} does not match.", capital(&rule.id)));
            }
            hit
        });
        match hit.map(|rule| self.stricter(rules, rule, found, categories, notes)) {
            Some(rule) => self.apply(rule, found, categories, &mut verdict, notes),
            None => {
                verdict.unlisted = categories.is_empty();
                let action = verdict.action;
                // No rule speaks of the category, but the page can say what the host is known for.
                let known = categories.first().map(|at| &self.categories[*at]);
                if let Some(category) = known.filter(|_| action != Action::Allow) {
                    verdict.reason = category.reason.clone();
                    verdict.category = Some(category.clone());
                }
                notes.say(|| {
                    format!(
                        "No rule matches, so the default action of the policy applies: {action}."
                    )
                });
            }
        }
        self.forbid_danger(categories, &mut verdict, notes);
        verdict
    }

    /// The rule itself, or a later one that blocks or warns because of a stricter class.
    fn stricter<'r>(
        &self,
        rules: &'r Rules,
        first: &'r Rule,
        found: &[Found<'_>],
        categories: &[usize],
        notes: &mut Notes,
    ) -> &'r Rule {
        let strictness = |rule: &Rule| {
            let known = rule.categories.iter().filter(|at| categories.contains(at));
            known.map(|at| self.categories[*at].class.strictness()).max()
        };
        let by_host = found.iter().any(|found| Some(found.group) == first.hosts);
        let Some(least) = strictness(first) else { return first };
        if by_host || first.outcome.action == Action::Allow || categories.len() < 2 {
            return first;
        }
        let later = rules.rules.iter().skip_while(|rule| !std::ptr::eq(*rule, first)).skip(1);
        let mut chosen = (least, first);
        for rule in later.filter(|rule| rule.outcome.action != Action::Allow) {
            match strictness(rule) {
                Some(class) if class > chosen.0 => chosen = (class, rule),
                _ => {}
            }
        }
        if !std::ptr::eq(chosen.1, first) {
            notes.say(|| {
                format!(
                    "{} matches, but {} is for a category of a stricter class.",
                    capital(&first.id),
                    chosen.1.id
                )
            });
        }
        chosen.1
    }

    fn exception(
        &self,
        client: IpAddr,
        host: &Host,
        found: &[Found<'_>],
        notes: &mut Notes,
    ) -> Option<ExceptionKind> {
        let of = |found: &Found<'_>| match self.groups.get(found.group as usize)?.of {
            Owner::Exceptions { builtin } => Some((builtin, found.name.to_owned())),
            _ => None,
        };
        // The administrator's own come before the built-in ones.
        match found.iter().filter_map(of).min() {
            Some((false, domain)) => {
                notes.say(|| {
                    format!("The host is within `{domain}`, which is an exception: allow.")
                });
                return Some(ExceptionKind::Domain);
            }
            Some((true, name)) => {
                notes.say(|| {
                    format!("The host is within `{name}`, which is a built-in exception: allow.")
                });
                return Some(ExceptionKind::Builtin);
            }
            None => {}
        }
        if let Host::Ip(ip) = host
            && let Some((network, ())) = self.exception_networks.find(ip.to_canonical())
        {
            notes.say(|| format!("The host is in {network}, which is an exception: allow."));
            return Some(ExceptionKind::HostNetwork);
        }
        if let Some((network, ())) = self.exception_networks.find(client) {
            notes.say(|| format!("The client is in {network}, which is an exception: allow."));
            return Some(ExceptionKind::ClientNetwork);
        }
        notes.say(|| "Neither the host nor the client is an exception.".to_owned());
        None
    }

    fn place(&self, client: IpAddr, notes: &mut Notes) -> (&Rules, Option<Arc<str>>) {
        match self.locations.find(client) {
            Some((network, location)) => {
                let rules = &self.policies[location.policy];
                notes.say(|| {
                    format!(
                        "The client {client} is at the location `{}` ({network}), so the policy \
                         `{}` applies.",
                        location.name, rules.name
                    )
                });
                (rules, Some(location.name.clone()))
            }
            None => {
                let rules = &self.policies[self.default_policy];
                notes.say(|| {
                    format!(
                        "No location has the client {client}, so the default policy `{}` applies.",
                        rules.name
                    )
                });
                (rules, None)
            }
        }
    }

    fn groups_of<'h>(&self, host: &'h Host) -> Vec<Found<'h>> {
        let find = |name: &'h HostName| self.index.find(name.as_str(), |group| self.closest(group));
        host.name().map(find).unwrap_or_default()
    }

    /// Whether the entry closest to a host decides in a group.
    pub(super) fn closest(&self, group: u32) -> bool {
        self.groups.get(group as usize).is_some_and(|group| group.closest)
    }

    /// The categories that know the host, each once.
    fn categories_of(&self, found: &[Found<'_>], notes: &mut Notes) -> Vec<usize> {
        let mut categories = Vec::new();
        for Found { group, name } in found {
            let (category, list) = match self.groups.get(*group as usize).map(|group| &group.of) {
                Some(Owner::Inline { category }) => (*category, None),
                Some(Owner::List { category, place, .. }) => (*category, Some(place)),
                Some(Owner::Rule { .. } | Owner::Exceptions { .. } | Owner::Portal) | None => {
                    continue;
                }
            };
            if !categories.contains(&category) {
                categories.push(category);
            }
            notes.say(|| {
                let place = match list {
                    Some(list) => format!("the list {list}"),
                    None => "the configuration".to_owned(),
                };
                let category = &self.categories[category].name;
                format!("The category `{category}` knows the host: `{name}` is in {place}.")
            });
        }
        categories
    }

    fn apply(
        &self,
        rule: &Rule,
        found: &[Found<'_>],
        categories: &[usize],
        verdict: &mut Verdict,
        notes: &mut Notes,
    ) {
        let own = found.iter().find(|found| Some(found.group) == rule.hosts);
        let known = rule.categories.iter().filter(|category| categories.contains(category));
        // The first of those with the strictest class.
        let class = |at: &&usize| self.categories[**at].class.strictness();
        let category = known.rev().max_by_key(class);
        let category = category.filter(|_| own.is_none()).map(|at| &self.categories[*at]);
        let action = rule.outcome.action;
        notes.say(|| {
            let why = match (own, category) {
                (Some(own), _) => format!("it names `{}`", own.name),
                (None, Some(category)) => format!("it names the category `{}`", category.name),
                (None, None) => String::new(),
            };
            format!("{} matches, since {why}: {action}.", capital(&rule.id))
        });
        verdict.action = action;
        verdict.revision = rule.outcome.revision;
        verdict.rule = rule.id.clone();
        verdict.category = category.cloned();
        verdict.reason =
            rule.reason.clone().or_else(|| category.and_then(|category| category.reason.clone()));
        verdict.contact = rule.contact.clone();
        verdict.terms = rule.terms.clone();
    }

    /// Turns a warning into a block where continuing would lead into danger.
    fn forbid_danger(&self, categories: &[usize], verdict: &mut Verdict, notes: &mut Notes) {
        let danger = categories
            .iter()
            .map(|at| &self.categories[*at])
            .find(|category| category.class == Class::Security);
        verdict.danger = danger.is_some();
        if let Some(category) = danger.filter(|_| verdict.action == Action::Warn) {
            notes.say(|| {
                format!(
                    "The category `{}` is of class security, to which nobody may continue, so the \
                     warning becomes a block.",
                    category.name
                )
            });
            verdict.action = Action::Block;
            verdict.reason = category.reason.clone();
            verdict.category = Some(category.clone());
        }
    }
}

impl Rule {
    fn matches(&self, found: &[Found<'_>], categories: &[usize]) -> bool {
        found.iter().any(|found| Some(found.group) == self.hosts)
            || self.categories.iter().any(|category| categories.contains(category))
    }
}

impl<T> Networks<T> {
    /// The longest network that holds the address.
    pub(super) fn find(&self, ip: IpAddr) -> Option<(IpNet, &T)> {
        self.lengths.iter().find_map(|length| {
            // A length that is too long for the family of the address gives no network.
            let network = IpNet::new(ip, *length).ok()?.trunc();
            Some((network, self.by_network.get(&network)?))
        })
    }
}

fn capital(id: &RuleId) -> String {
    let text = id.to_string();
    text.strip_prefix('r').map_or_else(|| text.clone(), |rest| format!("R{rest}"))
}

/// Takes sentences down, or lets them be.
struct Notes(Option<Vec<String>>);

impl Notes {
    fn say(&mut self, sentence: impl FnOnce() -> String) {
        if let Some(sentences) = &mut self.0 {
            sentences.push(sentence());
        }
    }
}
