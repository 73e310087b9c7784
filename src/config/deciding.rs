//! What decides: categories, lists, rules, locations and exceptions, in types that cannot be wrong.

use std::fmt;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::gateway::GatewayAnswer;
use super::grants::{HandOver, Scope, Terms};
use crate::host::HostName;

/// Everything that decides: names in here refer to each other and all of them exist.
#[derive(Debug, Clone)]
pub struct PolicyConfig {
    /// `[categories.NAME]`, by name.
    pub categories: Vec<CategoryConfig>,
    /// `[policies.NAME]`, by name; at least one.
    pub policies: Vec<PolicyTable>,
    /// The policy for clients at no location.
    pub default_policy: String,
    /// `[[locations]]`, in the order of the file.
    pub locations: Vec<LocationConfig>,
    /// `[exceptions]`
    pub exceptions: Exceptions,
}

/// `[categories.NAME]`
#[derive(Debug, Clone)]
pub struct CategoryConfig {
    /// Its name in rules.
    pub name: String,
    /// What kind of matter it is.
    pub class: Class,
    /// Its name on pages.
    pub title: String,
    /// Why its hosts are blocked, in words for people.
    pub reason: Option<String>,
    /// Hosts named in place.
    pub hosts: Vec<HostPattern>,
    /// Lists with hosts.
    pub lists: Vec<ListSource>,
    /// What the gateway answers for its hosts.
    pub gateway_answer: GatewayAnswer,
}

/// What kind of matter a category is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// A danger: can never be continued or bypassed.
    Security,
    /// A matter of taste, age or time.
    Content,
    /// The law asks for it.
    Legal,
    /// The organisation's own rule.
    Organisation,
    /// Advertising, trackers, telemetry: what pages load and nobody opens.
    Tracking,
}

impl Class {
    /// All of them, with the words of the configuration.
    pub const WORDS: &[(&str, Self)] = &[
        ("security", Self::Security),
        ("content", Self::Content),
        ("legal", Self::Legal),
        ("organisation", Self::Organisation),
        ("tracking", Self::Tracking),
    ];

    /// How strict it is; of several that know a host the strictest counts.
    pub fn strictness(self) -> u8 {
        match self {
            Self::Security => 4,
            Self::Legal => 3,
            Self::Organisation => 2,
            Self::Content => 1,
            Self::Tracking => 0,
        }
    }
}

/// A list of a category.
#[derive(Debug, Clone)]
pub struct ListSource {
    /// Where it is.
    pub place: ListPlace,
    /// How it is written.
    pub format: ListFormat,
    /// Whether entries that mean a public suffix, and so every site under it, are taken.
    pub suffixes: bool,
    /// The line of the configuration that names it, from 1.
    pub line: usize,
}

/// Where a list is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ListPlace {
    /// A file.
    File(PathBuf),
    /// An address that it is fetched from.
    Url {
        /// `https://…`
        url: String,
        /// The SHA-256 that its octets must have, in lower-case hex.
        sha256: Option<String>,
    },
}

impl fmt::Display for ListPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => file.display().fmt(f),
            Self::Url { url, .. } => f.write_str(url),
        }
    }
}

impl Serialize for ListPlace {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListFormat {
    /// A hosts file: an address, then names. Each name is meant exactly.
    Hosts,
    /// One domain per line: the domain and everything below; `*.` in front: only below.
    Domains,
    /// Adblock style: `||example.com^`.
    Adblock,
    /// A response policy zone in master file form.
    Rpz,
}

impl ListFormat {
    /// All of them, with the words of the configuration.
    pub const WORDS: &[(&str, Self)] = &[
        ("hosts", Self::Hosts),
        ("domains", Self::Domains),
        ("adblock", Self::Adblock),
        ("rpz", Self::Rpz),
    ];
}

/// Which hosts a rule means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPattern {
    /// The domain.
    pub name: HostName,
    /// How far below the domain it goes.
    pub reach: Reach,
}

/// How far below its domain a pattern goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// `=example.com`: this name only.
    Exact,
    /// `example.com`: this name and everything below.
    Within,
    /// `*.example.com`: everything below, not the name itself.
    Below,
}

impl Reach {
    /// Whether the domain itself is meant.
    pub fn itself(self) -> bool {
        self != Self::Below
    }

    /// Whether names below the domain are meant.
    pub fn below(self) -> bool {
        self != Self::Exact
    }
}

impl HostPattern {
    /// Whether `host` is meant.
    pub fn matches(&self, host: &HostName) -> bool {
        if host == &self.name {
            self.reach.itself()
        } else {
            self.reach.below() && host.is_within(&self.name)
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = match self.reach {
            Reach::Exact => "=",
            Reach::Within => "",
            Reach::Below => "*.",
        };
        write!(f, "{before}{}", self.name)
    }
}

/// `[policies.NAME]`
#[derive(Debug, Clone)]
pub struct PolicyTable {
    /// Its name in locations.
    pub name: String,
    /// What happens to a host that no rule names.
    pub default_action: Action,
    /// How a person gets past that.
    pub terms: Terms,
    /// `[[policies.NAME.rules]]`: the first that matches decides.
    pub rules: Vec<RuleConfig>,
}

/// `[[policies.NAME.rules]]`: names at least one category or host.
#[derive(Debug, Clone)]
pub struct RuleConfig {
    /// Its name in verdicts.
    pub name: Option<String>,
    /// What happens.
    pub action: Action,
    /// To hosts of which categories.
    pub categories: Vec<String>,
    /// To which hosts.
    pub hosts: Vec<HostPattern>,
    /// Why, in words for people; goes before the category's words.
    pub reason: Option<String>,
    /// The mail address that the page names; goes before the organisation's.
    pub contact: Option<String>,
    /// How a person gets past it.
    pub terms: Terms,
}

/// What a policy does to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Show the block page.
    Block,
    /// Show the warning page, which can be continued.
    Warn,
    /// Let through.
    Allow,
}

impl Action {
    /// All of them, with the words of the configuration.
    pub const WORDS: &[(&str, Self)] =
        &[("block", Self::Block), ("warn", Self::Warn), ("allow", Self::Allow)];
}

/// `[[locations]]`
#[derive(Debug, Clone)]
pub struct LocationConfig {
    /// Its name.
    pub name: String,
    /// The addresses that its clients come from.
    pub networks: Vec<IpNet>,
    /// The policy of its clients.
    pub policy: String,
}

/// `[exceptions]`: what is never impersonated.
#[derive(Debug, Clone)]
pub struct Exceptions {
    /// Domains, each with everything below it.
    pub domains: Vec<HostName>,
    /// Addresses of hosts and of clients.
    pub networks: Vec<IpNet>,
    /// Built-in names that gateways may redirect all the same.
    pub not_builtin: Vec<HostName>,
}

macro_rules! words {
    ($($kind:ty),*) => {$(
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let word = Self::WORDS.iter().find(|(_, value)| value == self);
                f.write_str(word.map_or("", |(word, _)| word))
            }
        }
    )*};
}
words!(Class, ListFormat, Action, Scope, HandOver, GatewayAnswer);
