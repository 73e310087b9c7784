//! From a configuration and its list files to a policy.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use ipnet::IpNet;
use serde::Serialize;

use super::index::Builder;
use super::lists::{self, Findings};
use super::verdict::{Category, RuleId};
use super::{Group, Location, Networks, Outcome, Owner, Policy, Rule, Rules};
use crate::config::{
    CategoryConfig, Config, Justification, ListFormat, ListSource, PolicyConfig, PolicyTable,
    RuleConfig, Source, Terms,
};
use crate::files::{self, FileError};

/// The largest list, in octets; the largest lists in use hold some millions of names in 100 MiB.
const MAX_LIST: u64 = 512 << 20;

/// What was found in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListReport {
    /// The category that the list is for.
    pub category: String,
    /// Which file.
    pub file: PathBuf,
    /// How it was read.
    pub format: ListFormat,
    /// How many entries were taken in.
    pub accepted: usize,
    /// How many entries say what an earlier one of the same list said.
    pub duplicate: usize,
    /// What was wrong or cannot be used.
    pub findings: Findings,
}

/// Why there is no policy: every list that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct PolicyErrors(pub Vec<PolicyProblem>);

/// One list that cannot be used.
#[derive(Debug)]
pub struct PolicyProblem {
    /// Which configuration names it.
    pub source: Source,
    /// On which line.
    pub line: usize,
    /// What is wrong.
    pub kind: PolicyProblemKind,
}

/// What is wrong with a list.
#[derive(Debug)]
#[non_exhaustive]
pub enum PolicyProblemKind {
    /// It cannot be read.
    Unreadable(FileError),
    /// It was read, and not one entry was found in it.
    NothingUnderstood(Box<ListReport>),
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.source, self.line)?;
        match &self.kind {
            PolicyProblemKind::Unreadable(error) => {
                write!(f, "{error}")?;
                if let Some(cause) = std::error::Error::source(error) {
                    write!(f, ": {cause}")?;
                }
                write!(f, "\n  hint: a relative path starts at the folder of the configuration")
            }
            PolicyProblemKind::NothingUnderstood(report) => {
                let ListReport { file, format, findings, .. } = &**report;
                let file = file.display();
                write!(f, "the list {file} holds nothing in the format `{format}`")?;
                for wrong in &findings.first_invalid {
                    write!(f, "\n  {file}:{}: {}", wrong.line, wrong.reason)?;
                }
                write!(
                    f,
                    "\n  hint: is `format` right? There are `hosts`, `domains`, `adblock` and `rpz`"
                )
            }
        }
    }
}

impl Policy {
    /// Reads the lists that a configuration names, and compiles its rules.
    ///
    /// # Errors
    /// [`PolicyErrors`] names every list that cannot be read or in which nothing is understood.
    pub fn load(config: &Config) -> Result<(Self, Vec<ListReport>), PolicyErrors> {
        let mut loader = Loader {
            source: &config.source,
            index: Builder::new(),
            groups: Vec::new(),
            reports: Vec::new(),
            problems: Vec::new(),
        };
        let PolicyConfig { categories, policies, default_policy, locations, exceptions } =
            &config.policy;
        for (number, category) in categories.iter().enumerate() {
            loader.category(number, category);
        }
        let policies: Vec<Rules> =
            policies.iter().map(|policy| loader.policy(policy, categories)).collect();
        if !loader.problems.is_empty() {
            return Err(PolicyErrors(loader.problems));
        }
        // The configuration was checked: every name that it refers to is there.
        let number = |name: &str| policies.iter().position(|p| *p.name == *name).unwrap_or(0);
        let default_policy = number(default_policy);
        let networks = locations.iter().flat_map(|location| {
            let name: Arc<str> = location.name.as_str().into();
            let policy = number(&location.policy);
            location.networks.iter().map(move |net| (*net, Location { name: name.clone(), policy }))
        });
        let locations = Networks::new(networks);
        let policy = Self {
            index: loader.index.finish(),
            groups: loader.groups,
            categories: categories.iter().map(compile_category).collect(),
            default_policy,
            policies,
            locations,
            exception_domains: exceptions.domains.iter().cloned().collect::<HashSet<_>>(),
            exception_networks: Networks::new(exceptions.networks.iter().map(|net| (*net, ()))),
            revision: revision_of(&config.policy),
            no_terms: Arc::new(config.grants.terms.clone()),
        };
        Ok((policy, loader.reports))
    }
}

struct Loader<'c> {
    source: &'c Source,
    index: Builder,
    groups: Vec<Group>,
    reports: Vec<ListReport>,
    problems: Vec<PolicyProblem>,
}

impl Loader<'_> {
    fn group(&mut self, of: Owner, closest: bool) -> u32 {
        self.groups.push(Group { of, closest });
        // A configuration of at most 16 MiB names far fewer groups.
        u32::try_from(self.groups.len() - 1).unwrap_or(u32::MAX)
    }

    fn category(&mut self, number: usize, category: &CategoryConfig) {
        if !category.hosts.is_empty() {
            let group = self.group(Owner::Inline { category: number }, false);
            for pattern in &category.hosts {
                self.index.add(pattern.clone(), group, true);
            }
        }
        for list in &category.lists {
            if let Err(kind) = self.list(number, category, list) {
                let source = self.source.clone();
                self.problems.push(PolicyProblem { source, line: list.line, kind });
            }
        }
    }

    fn list(
        &mut self,
        number: usize,
        category: &CategoryConfig,
        list: &ListSource,
    ) -> Result<(), PolicyProblemKind> {
        let octets =
            files::read("the list", &list.file, MAX_LIST).map_err(PolicyProblemKind::Unreadable)?;
        let owner = Owner::List { category: number, file: list.file.clone() };
        let group = self.group(owner, list.format == ListFormat::Rpz);
        let (mut accepted, mut duplicate) = (0, 0);
        let findings = lists::scan(list.format, &octets, |entry| {
            match self.index.add(entry.pattern, group, entry.listed) {
                true => accepted += 1,
                false => duplicate += 1,
            }
        });
        let report = ListReport {
            category: category.name.clone(),
            file: list.file.clone(),
            format: list.format,
            accepted,
            duplicate,
            findings,
        };
        // An empty list is fine, as is one with a few slips; one without a single entry is read
        // the wrong way.
        let other = report.findings.invalid > 0 || !report.findings.unsupported.is_empty();
        if accepted == 0 && other {
            return Err(PolicyProblemKind::NothingUnderstood(Box::new(report)));
        }
        self.reports.push(report);
        Ok(())
    }

    fn policy(&mut self, policy: &PolicyTable, categories: &[CategoryConfig]) -> Rules {
        let rules = policy.rules.iter().enumerate();
        let default = Outcome {
            action: policy.default_action,
            revision: hash_terms(
                Stable::new().text(&policy.name).text(policy.default_action),
                &policy.terms,
            )
            .finish(),
        };
        Rules {
            rules: rules.map(|(at, rule)| self.rule(policy, at, rule, categories)).collect(),
            name: policy.name.as_str().into(),
            default,
            terms: Arc::new(policy.terms.clone()),
        }
    }

    fn rule(
        &mut self,
        policy: &PolicyTable,
        at: usize,
        rule: &RuleConfig,
        categories: &[CategoryConfig],
    ) -> Rule {
        let hosts = (!rule.hosts.is_empty()).then(|| self.group(Owner::Rule, false));
        if let Some(group) = hosts {
            for pattern in &rule.hosts {
                self.index.add(pattern.clone(), group, true);
            }
        }
        let number = |name: &String| categories.iter().position(|known| known.name == *name);
        Rule {
            id: RuleId::Rule { index: at + 1, name: rule.name.as_deref().map(Into::into) },
            outcome: Outcome {
                action: rule.action,
                revision: hash_rule(Stable::new().text(&policy.name), rule).finish(),
            },
            hosts,
            categories: rule.categories.iter().filter_map(number).collect(),
            reason: rule.reason.as_deref().map(Into::into),
            contact: rule.contact.as_deref().map(Into::into),
            terms: Arc::new(rule.terms.clone()),
        }
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

fn compile_category(category: &CategoryConfig) -> Arc<Category> {
    Arc::new(Category {
        name: category.name.clone(),
        title: category.title.clone(),
        class: category.class,
        reason: category.reason.as_deref().map(Into::into),
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

    fn finish(self) -> u64 {
        self.0
    }
}
