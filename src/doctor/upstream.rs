//! Whether the resolvers that know the real addresses answer, and are not the gateway.

use std::net::SocketAddr;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use super::{Finding, Ground, gateway, ports};
use crate::ask;
use crate::config::{Action, ListPlace};
use crate::host::HostName;

const CHECK: &str = "upstream";

pub(super) fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let upstream = &ground.config.upstream;
    let servers = match &upstream.servers {
        None => gateway::system_resolvers(),
        Some(servers) if servers.is_empty() => {
            return vec![Finding::skipped(
                CHECK,
                "`upstream.servers` is empty: nothing is passed on",
            )];
        }
        Some(servers) => servers.clone(),
    };
    if servers.is_empty() {
        let what = "this machine has no resolver, so nothing is passed on";
        return vec![fault(ground, what.to_owned())];
    }
    std::thread::scope(|scope| {
        let asked = servers.iter().map(|server| scope.spawn(move || look(ground, *server)));
        let asked: Vec<_> = asked.collect();
        // A thread that panicked has said so; nothing of ours does.
        asked.into_iter().filter_map(|found| found.join().ok()).collect()
    })
}

/// Whether anything needs the real sites; else a resolver that does not do is no more than odd.
fn is_needed(ground: &Ground<'_>) -> bool {
    let config = ground.config;
    let policies = &config.policy.policies;
    let rules = policies.iter().flat_map(|policy| &policy.rules);
    let goes_on = policies.iter().map(|policy| (policy.default_action, &policy.terms));
    let mut goes_on = goes_on.chain(rules.map(|rule| (rule.action, &rule.terms)));
    let mut lists = config.policy.categories.iter().flat_map(|category| &category.lists);
    goes_on.any(|(action, terms)| action == Action::Warn || terms.codes || terms.requests)
        || lists.any(|list| matches!(list.place, ListPlace::Url { .. }))
        || config.dns.is_on()
}

fn fault(ground: &Ground<'_>, what: String) -> Finding {
    let advice = "name resolvers in `upstream.servers` that are not the gateway and know the real \
                  addresses";
    if is_needed(ground) {
        Finding::failed(CHECK, what, advice.to_owned())
    } else {
        Finding::warning(CHECK, what, advice.to_owned())
    }
}

fn look(ground: &Ground<'_>, server: SocketAddr) -> Finding {
    let any = HostName::from_wire("example.com");
    let Some(name) = ground.page_name().or(any.as_ref().ok()) else {
        return Finding::skipped(CHECK, "there is no name to ask for");
    };
    let mut ours = ports::block_addresses(ground);
    if ours.is_empty() {
        ours = ports::near();
    }
    let mut answered = None;
    for kind in [RecordType::A, RecordType::AAAA] {
        let answer = match ask::ask(server, name.as_str(), kind, ground.patience) {
            Ok(answer) => answer,
            Err(error) => {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
                let what = format!("the resolver {error}{}", cause.unwrap_or_default());
                return fault(ground, what);
            }
        };
        let got = gateway::addresses(&answer);
        if let Some(ip) = got.iter().find(|ip| ours.contains(ip)) {
            let what = format!(
                "the resolver {server} answers {name} with {ip}, our own address: it is the gateway \
                 that redirects, so who continues is sent round"
            );
            return fault(ground, what);
        }
        answered = Some(answer.metadata.response_code);
    }
    match answered {
        Some(code @ (ResponseCode::Refused | ResponseCode::ServFail | ResponseCode::NotImp)) => {
            fault(ground, format!("the resolver {server} answers {name} with {code}"))
        }
        _ => Finding::ok(CHECK, format!("the resolver {server} answers, and does not redirect")),
    }
}
