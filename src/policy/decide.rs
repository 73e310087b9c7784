//! From a client and a host to a verdict. Explaining takes the same way and takes notes.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::index::Found;
use super::verdict::{ExceptionKind, Explanation, RuleId, Verdict};
use super::{Networks, Owner, Policy, Rule, Rules};
use crate::config::{Action, Class};
use crate::host::{Host, HostName};

/// The name of the policy in a verdict that no policy was asked for.
const EXCEPTIONS: &str = "exceptions";

impl Policy {
    /// What to do when `client` asks for `host`.
    ///
    /// Exceptions come first; then the client's location chooses the policy; then the first rule
    /// that matches decides, else the policy's default. A warning about a host that any category of
    /// class `security` knows becomes a block, since nobody may continue to it.
    pub fn decide(&self, client: IpAddr, host: &Host) -> Verdict {
        self.judge(client.to_canonical(), host, &mut Notes(None))
    }

    /// What [`decide`](Self::decide) says, and every step that leads to it.
    pub fn explain(&self, client: IpAddr, host: &Host) -> Explanation {
        let client = client.to_canonical();
        let mut notes = Notes(Some(Vec::new()));
        let verdict = self.judge(client, host, &mut notes);
        let steps = notes.0.unwrap_or_default();
        Explanation { client, host: host.to_string(), verdict, steps }
    }

    fn judge(&self, client: IpAddr, host: &Host, notes: &mut Notes) -> Verdict {
        if let Some(kind) = self.exception(client, host, notes) {
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
            };
        }
        let (rules, location) = self.place(client, notes);
        let found = self.groups_of(host);
        let categories = self.categories_of(&found, host, notes);
        let mut verdict = Verdict {
            action: rules.default.action,
            exception: None,
            category: None,
            rule: RuleId::Default,
            reason: None,
            contact: None,
            policy: rules.name.clone(),
            revision: rules.default.revision,
            location,
            unlisted: false,
            danger: false,
            terms: rules.terms.clone(),
        };
        let hit = rules.rules.iter().find(|rule| {
            let hit = rule.matches(&found, &categories);
            if !hit {
                notes.say(|| format!("{} does not match.", capital(&rule.id)));
            }
            hit
        });
        match hit {
            Some(rule) => self.apply(rule, &found, &categories, &mut verdict, notes),
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
        self.forbid_danger(&categories, &mut verdict, notes);
        verdict
    }

    fn exception(&self, client: IpAddr, host: &Host, notes: &mut Notes) -> Option<ExceptionKind> {
        let domain = host
            .name()
            .and_then(|name| name.suffixes().find(|part| self.exception_domains.contains(*part)));
        if let Some(domain) = domain {
            notes.say(|| format!("The host is within `{domain}`, which is an exception: allow."));
            return Some(ExceptionKind::Domain);
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
        let find =
            |name: &'h HostName| self.index.find(name, |group| self.groups[group as usize].closest);
        host.name().map(find).unwrap_or_default()
    }

    /// The categories that know the host, each once.
    fn categories_of(&self, found: &[Found<'_>], host: &Host, notes: &mut Notes) -> Vec<usize> {
        let mut categories = Vec::new();
        for Found { group, name } in found {
            let (category, file) = match &self.groups[*group as usize].of {
                Owner::Inline { category } => (*category, None),
                Owner::List { category, file } => (*category, Some(file)),
                Owner::Rule => continue,
            };
            if !categories.contains(&category) {
                categories.push(category);
            }
            notes.say(|| {
                let place = match file {
                    Some(file) => format!("the list {}", file.display()),
                    None => "the configuration".to_owned(),
                };
                let category = &self.categories[category].name;
                format!("The category `{category}` knows the host: `{name}` is in {place}.")
            });
        }
        if categories.is_empty() {
            notes.say(|| match host {
                Host::Name(_) => "No category knows the host.".to_owned(),
                Host::Ip(_) => "The host is an address, and categories hold names.".to_owned(),
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
        let category = rule.categories.iter().find(|category| categories.contains(category));
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
