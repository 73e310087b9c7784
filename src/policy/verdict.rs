//! What the policy says, for the page and for people who ask why.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::Policy;
use crate::config::{Action, Class, GatewayAnswer, Terms};

/// What the policy says for one client and one host. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What to do.
    pub action: Action,
    /// Why the host is never impersonated; `action` is then [`Action::Allow`].
    pub exception: Option<ExceptionKind>,
    /// The category that the host was found in, when that decided.
    pub category: Option<Arc<Category>>,
    /// What decided.
    pub rule: RuleId,
    /// Why, in words for people: the rule's, else the category's.
    pub reason: Option<Arc<str>>,
    /// The mail address that the rule names.
    pub contact: Option<Arc<str>>,
    /// The name of the policy.
    pub policy: Arc<str>,
    /// A stable hash of what decided, the rule and its policy, so that a changed rule ends a grant.
    pub revision: u64,
    /// The name of the location that the client is at, if it is at one.
    pub location: Option<Arc<str>>,
    /// Whether no category knows the host: the gateway redirected it for a reason of its own.
    pub unlisted: bool,
    /// Whether a category of class security knows the host, whatever decided: nobody gets there.
    pub danger: bool,
    /// How a person gets past it.
    pub terms: Arc<Terms>,
    /// The number of the policy that says so.
    #[serde(skip)]
    pub(super) said_by: u64,
}

impl Verdict {
    /// Whether it is this policy that says so: for the same client and host it says it again.
    pub fn is_of(&self, policy: &Policy) -> bool {
        self.said_by == policy.number
    }
}

/// Why a host is never impersonated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionKind {
    /// The host is in a domain of the exceptions.
    Domain,
    /// The host is an address in a network of the exceptions.
    HostNetwork,
    /// The client is in a network of the exceptions.
    ClientNetwork,
    /// The host is one that systems and browsers ask to learn about the network.
    Builtin,
}

/// A category, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Category {
    /// Its name in the configuration.
    pub name: Arc<str>,
    /// Its name for people.
    pub title: String,
    /// What kind of matter it is.
    pub class: Class,
    /// Why its hosts are blocked.
    pub reason: Option<Arc<str>>,
    /// What the gateway answers for its hosts.
    pub gateway_answer: GatewayAnswer,
    /// Its place in the configuration, from 0.
    #[serde(skip)]
    pub(super) number: usize,
}

/// What decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RuleId {
    /// No rule: the policy's default action, or an exception.
    Default,
    /// No rule: the host is one of the portal's names.
    Portal,
    /// A rule of the policy.
    Rule {
        /// Its place in the policy, from 1.
        index: usize,
        /// Its name, when it has one.
        name: Option<Arc<str>>,
    },
}

impl std::fmt::Display for RuleId {
    /// `default`, `portal`, `rule 2` or `rule 2 (not at work)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Portal => f.write_str("portal"),
            Self::Rule { index, name: None } => write!(f, "rule {index}"),
            Self::Rule { index, name: Some(name) } => write!(f, "rule {index} ({name})"),
        }
    }
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A verdict and every step that led to it.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The address that was asked for, in its canonical form.
    pub client: std::net::IpAddr,
    /// The host that was asked for.
    pub host: String,
    /// What the policy says.
    pub verdict: Verdict,
    /// How it came to that, one sentence each, in order.
    pub steps: Vec<String>,
}
