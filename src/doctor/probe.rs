//! Names to ask for: a few of those that the policy speaks of, of each kind.

use std::net::IpAddr;

use crate::config::{BUILTIN_NAMES, Config};
use crate::host::{Host, HostName};
use crate::policy::{Action, BlockAddresses, Policy, RuleId, Told};

/// The label that is put before a domain of which only what is below is meant.
const BELOW: &str = "blockhouse-doctor";
/// How many excepted names are asked for; each takes a question.
const EXCEPTED: usize = 8;

/// A name, and what the policy says of it.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    pub(super) name: HostName,
    pub(super) told: Told,
    /// `the portal`, `blocked`, `warned`, or that it goes to the address of a reason.
    pub(super) kind: &'static str,
    /// The addresses that a gateway should answer with; empty for names that get no page.
    pub(super) addresses: BlockAddresses,
    /// A name below that gets the same answer, if what is below is meant as well.
    pub(super) below: Option<HostName>,
}

/// Names of each kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// Names that lead to a page: the portal's, one that is blocked, one that is warned of, one
    /// for each reason.
    pub(super) pages: Vec<Probe>,
    /// Names that do not exist for clients, or lead nowhere.
    pub(super) refused: Vec<Probe>,
    /// Names that are never redirected, by the configuration.
    pub(super) excepted: Vec<HostName>,
    /// Names that are never redirected, built in.
    pub(super) builtin: Vec<HostName>,
}

/// There is one of each kind already.
struct Enough;

impl Names {
    pub(super) fn pick(config: &Config, policy: &Policy, client: IpAddr) -> Self {
        let mut names = Self::default();
        let of = policy_of(policy, client);
        let portal = usize::from(config.portal.host.is_some());
        let wanted = 2 + portal + config.gateway.reasons.len() + 2;
        let _ = policy.redirects(Some(&of), |redirect| {
            let name = match (redirect.itself, redirect.below) {
                (Told::Truth, Told::Truth) => return Ok(()),
                (Told::Truth, _) => format!("{BELOW}.{}", redirect.name),
                _ => redirect.name.to_owned(),
            };
            let Ok(name) = HostName::from_wire(&name) else { return Ok(()) };
            let verdict = policy.decide(client, &Host::Name(name.clone()));
            let told = policy.told(&verdict);
            let below = (redirect.itself == redirect.below).then(|| format!("{BELOW}.{name}"));
            let below = below.and_then(|below| HostName::from_wire(&below).ok());
            let (kind, list) = match told {
                Told::Truth => return Ok(()),
                Told::Page(0) if verdict.rule == RuleId::Portal => ("the portal", &mut names.pages),
                Told::Page(0) if verdict.action == Action::Warn => ("warned", &mut names.pages),
                Told::Page(0) => ("blocked", &mut names.pages),
                Told::Page(_) => ("blocked for a reason of its own", &mut names.pages),
                Told::Nxdomain | Told::Null => ("refused", &mut names.refused),
            };
            if list.iter().any(|known| known.told == told && known.kind == kind) {
                return Ok(());
            }
            let addresses = match told {
                Told::Page(number) => policy.block_addresses(number).clone(),
                _ => BlockAddresses::default(),
            };
            list.push(Probe { name, told, kind, addresses, below });
            let found = names.pages.len() + names.refused.len();
            if found < wanted { Ok(()) } else { Err(Enough) }
        });
        names.pages.sort_by_key(|probe| probe.kind);
        let exceptions = &config.policy.exceptions;
        // Those that somebody chose tell more than the default ones, which have one label.
        let mut domains: Vec<&HostName> = exceptions.domains.iter().collect();
        domains.sort_by_key(|name| !name.as_str().contains('.'));
        names.excepted = domains.into_iter().take(EXCEPTED).cloned().collect();
        let on = |name: &HostName| !exceptions.not_builtin.contains(name);
        let builtin = BUILTIN_NAMES.iter().filter_map(|known| HostName::from_wire(known.name).ok());
        names.builtin = builtin.filter(on).collect();
        names
    }
}

/// The name of the policy for a client.
pub(super) fn policy_of(policy: &Policy, client: IpAddr) -> String {
    // Any name that is no exception says under which policy a client is.
    let host = HostName::from_wire("blockhouse-doctor.invalid").map(Host::Name);
    let verdict = host.map(|host| policy.decide(client, &host));
    verdict.map(|verdict| verdict.policy.to_string()).unwrap_or_default()
}
