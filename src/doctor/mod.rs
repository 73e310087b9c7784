//! Advice about the network: looks at what a deployment stands on, and says what to do about it.
//!
//! Everything is looked at from outside, as clients do: a running server is connected to, the gateway is
//! asked, stores of trust are read. Nothing is changed. Each check is small and gives findings; those
//! that need what an earlier one found wanting are skipped, so that one fault shows once.

mod addresses;
mod authority;
mod free;
mod gateway;
mod lists;
mod machine;
mod ports;
mod probe;
mod quic;
mod revocation;
mod shake;
mod time;
mod trust;
mod upstream;
mod web;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Serialize;

pub use shake::{Shake, shake};

use crate::clock::{self, Time};
use crate::config::Config;
use crate::host::HostName;
use crate::policy::{ListReport, LoadedPolicy, Policy};

/// How bad a finding is; in the order of the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It could not be looked at, and that is no fault.
    Skipped,
    /// As it should be.
    Ok,
    /// Some people or devices will have trouble, or all of them soon.
    Warning,
    /// Something does not work.
    Failed,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Skipped => "skipped",
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        })
    }
}

/// What one check found about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check; programs may rely on these words.
    pub check: &'static str,
    /// How bad it is.
    pub state: State,
    /// What was found.
    pub what: String,
    /// What to do about it.
    pub advice: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, state: State::Ok, what: what.into(), advice: None }
    }

    fn skipped(check: &'static str, why: impl Into<String>) -> Self {
        Self { check, state: State::Skipped, what: why.into(), advice: None }
    }

    fn warning(
        check: &'static str,
        what: impl Into<String>,
        advice: impl Into<Option<String>>,
    ) -> Self {
        Self { check, state: State::Warning, what: what.into(), advice: advice.into() }
    }

    fn failed(
        check: &'static str,
        what: impl Into<String>,
        advice: impl Into<Option<String>>,
    ) -> Self {
        Self { check, state: State::Failed, what: what.into(), advice: advice.into() }
    }

    fn is_fault(&self) -> bool {
        self.state > State::Ok
    }
}

/// What to look at, and from where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The gateway that clients use; none means the embedded one, else the system's first resolver.
    pub gateway: Option<SocketAddr>,
    /// What clients look like to the server.
    pub from: Option<IpAddr>,
    /// A time server to compare the clock with.
    pub ntp: Option<String>,
    /// How long each single wait may take.
    pub patience: Duration,
}

/// Everything that was found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The worst state there is.
    pub worst: State,
    /// The gateway that was asked.
    pub gateway: Option<SocketAddr>,
    /// What was found, in a fixed order.
    pub findings: Vec<Finding>,
}

/// What the checks have in common.
struct Ground<'a> {
    config: &'a Config,
    options: &'a Options,
    /// None when the lists cannot be read.
    policy: Option<&'a Policy>,
    lists: &'a [ListReport],
    /// Names that the policy speaks of, to ask for.
    names: probe::Names,
    gateway: Option<SocketAddr>,
    patience: Duration,
    now: Time,
}

impl Ground<'_> {
    /// A name for which a leaf is minted. The portal may have a certificate of its own.
    fn minted_name(&self) -> Option<&HostName> {
        let portal = &self.config.portal;
        let own = portal.host.as_ref().filter(|_| portal.identity.is_some());
        self.names.pages.iter().map(|probe| &probe.name).find(|name| Some(*name) != own)
    }

    /// A name for which people see a page of ours.
    fn page_name(&self) -> Option<&HostName> {
        self.names.pages.first().map(|probe| &probe.name)
    }
}

/// Runs all checks. `problems` is what is wrong with the configuration itself.
pub fn examine(config: &Config, problems: Vec<String>, options: &Options) -> Report {
    let mut findings: Vec<Finding> = problems
        .into_iter()
        .map(|problem| Finding::failed("configuration", problem, "put it right first".to_owned()))
        .collect();
    if findings.is_empty() {
        findings.push(Finding::ok("configuration", format!("{} is understood", config.source)));
    }
    let (policy, lists) = match Policy::load_cached(config, false) {
        Ok(LoadedPolicy { policy, lists, .. }) => (Some(policy), lists),
        Err(errors) => {
            let advice = "no server starts like this; `blockhouse check` tells more".to_owned();
            findings.push(Finding::failed("lists", errors.to_string(), advice));
            (None, Vec::new())
        }
    };
    // An address at no location is under the default policy.
    let client = options.from.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let names = policy.as_ref().map(|policy| probe::Names::pick(config, policy, client));
    let gateway = options.gateway.or_else(|| gateway::default_gateway(config));
    let ground = Ground {
        config,
        options,
        policy: policy.as_ref(),
        lists: &lists,
        names: names.unwrap_or_default(),
        gateway,
        patience: options.patience,
        now: clock::now(),
    };
    let (own, asked, stores) = std::thread::scope(|scope| {
        let asked = scope.spawn(|| gateway::check(&ground));
        let stores = scope.spawn(|| {
            let mut findings = upstream::check(&ground);
            findings.extend(trust::check(&ground));
            findings
        });
        let (mut own, answering) = ports::check(&ground);
        own.extend(addresses::check(&ground));
        own.extend(authority::check(&ground));
        // Clients fetch the lists from any of these addresses.
        let reached = !own.iter().any(|found| found.check == "http-port" && found.is_fault());
        own.extend(revocation::check(&ground, reached));
        own.extend(time::check(&ground, answering));
        own.extend(lists::check(&ground));
        own.extend(machine::check(&ground));
        (own, asked.join(), stores.join())
    });
    findings.extend(own);
    for part in [asked, stores] {
        // A thread that panicked has said so; nothing of ours does.
        findings.extend(part.unwrap_or_default());
    }
    let worst = findings.iter().map(|finding| finding.state).max().unwrap_or(State::Ok);
    Report { worst: worst.max(State::Ok), gateway, findings }
}
