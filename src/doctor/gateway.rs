//! What the gateway answers, type by type, for names that the policy speaks of.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, ResponseCode};
use hickory_proto::rr::{RData, RecordType};

use super::probe::Probe;
use super::{Finding, Ground, free, ports};
use crate::ask::{self, AskError};
use crate::causes::with_cause;
use crate::config::Config;
use crate::host::HostName;
use crate::policy::is_local_for_browsers;

const REACHED: &str = "gateway-reached";
const REDIRECTS: &str = "gateway-redirects";
const BELOW: &str = "gateway-below";
const AAAA: &str = "gateway-aaaa";
const HTTPS: &str = "gateway-https";
const SVCB: &str = "gateway-svcb";
const TTL: &str = "gateway-ttl";
const REBINDING: &str = "gateway-rebinding";
const DNSSEC: &str = "gateway-dnssec";

/// Browsers keep an answer for a minute anyway; much longer ones outlive a change of the policy.
const LONG: Duration = Duration::from_secs(5 * 60);
/// How often a question is asked that gets no answer.
const TRIES: u32 = 3;
/// Where a system names its resolvers.
const RESOLVERS: &str = "/etc/resolv.conf";
pub(super) const FORMAT: &str =
    "load what `blockhouse zone` writes for your gateway, and reload it";

/// The gateway that clients use when nobody says otherwise.
pub(super) fn default_gateway(config: &Config) -> Option<SocketAddr> {
    if let Some(own) = config.dns.listen.iter().find(|address| address.port() != 0) {
        let ip = match own.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        return Some(SocketAddr::new(ip, own.port()));
    }
    system_resolvers().into_iter().next()
}

/// The resolvers of this machine.
pub(super) fn system_resolvers() -> Vec<SocketAddr> {
    let text = std::fs::read_to_string(RESOLVERS).unwrap_or_default();
    let named = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some("nameserver")).then(|| words.next()).flatten()
    });
    named.filter_map(|ip| Some(SocketAddr::new(ip.parse().ok()?, 53))).collect()
}

/// A gateway, as somebody who asks it sees it.
pub(super) struct Asker {
    server: SocketAddr,
    patience: Duration,
}

impl Asker {
    /// Asks, and asks again when a packet was lost; all within the patience.
    pub(super) fn ask(&self, name: &HostName, kind: RecordType) -> Result<Message, AskError> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match ask::ask(self.server, name.as_str(), kind, self.patience / TRIES) {
                Err(AskError::TimedOut { .. }) if tries > 0 => {}
                outcome => return outcome,
            }
        }
    }

    /// The same with the word that the gateway need not validate.
    fn ask_unchecked(&self, name: &HostName, kind: RecordType) -> Result<Message, AskError> {
        let mut edns = Edns::new();
        edns.set_max_payload(1232);
        let mut question = ask::question(name.as_str(), kind, Some(edns))?;
        question.metadata.checking_disabled = true;
        ask::by_udp(self.server, &question, self.patience)
    }
}

pub(super) fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let Some(server) = ground.gateway else {
        let why =
            format!("there is no gateway to ask: none in {RESOLVERS}; name it by `--gateway`");
        return vec![Finding::skipped(REACHED, why)];
    };
    let asker = Asker { server, patience: ground.patience };
    let mut findings = Vec::new();
    if let Some(stop) = reach(&asker, &mut findings) {
        return vec![stop];
    }
    let names = &ground.names;
    if names.pages.is_empty() {
        let why = "the policy sends no name to a page, so there is nothing to ask for";
        findings.push(Finding::skipped(REDIRECTS, why));
    }
    let near = ports::near();
    let of_names: Vec<Vec<Finding>> = std::thread::scope(|scope| {
        let (asker, near) = (&asker, &near);
        let pages = names.pages.iter().map(|probe| scope.spawn(move || page(asker, probe, near)));
        let pages: Vec<_> = pages.collect();
        let refused =
            names.refused.iter().map(|probe| scope.spawn(move || free::refusal(asker, probe)));
        let refused: Vec<_> = refused.collect();
        let others = [
            scope.spawn(move || vec![free::excepted(ground, asker, near)]),
            scope.spawn(move || vec![free::builtin(ground, asker, near)]),
            scope.spawn(move || vec![free::canaries(asker)]),
        ];
        let all = pages.into_iter().chain(refused).chain(others);
        // A thread that panicked has said so; nothing of ours does.
        all.map(|found| found.join().unwrap_or_default()).collect()
    });
    findings.extend(of_names.into_iter().flatten());
    findings
}

/// Whether the gateway answers at all; else what is to be said in place of all else.
fn reach(asker: &Asker, findings: &mut Vec<Finding>) -> Option<Finding> {
    let server = asker.server;
    let advice =
        "is it running, and does its firewall let this machine ask? `--gateway` names another";
    let Ok(any) = HostName::from_wire("localhost") else { return None };
    match asker.ask(&any, RecordType::A) {
        Ok(_) => {
            findings.push(Finding::ok(REACHED, format!("{server} answers")));
            None
        }
        Err(error) => Some(Finding::failed(REACHED, with_cause(&error), advice.to_owned())),
    }
}

pub(super) fn code_of(answer: &Message) -> ResponseCode {
    answer.metadata.response_code
}

/// The addresses in an answer.
pub(super) fn addresses(answer: &Message) -> BTreeSet<IpAddr> {
    let ip = |data: &RData| match data {
        RData::A(a) => Some(IpAddr::V4(a.0)),
        RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
        _ => None,
    };
    answer.answers.iter().filter_map(|record| ip(&record.data)).collect()
}

pub(super) fn listed(ips: &BTreeSet<IpAddr>) -> String {
    ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What an answer without addresses says.
fn silence(answer: &Message) -> String {
    match code_of(answer) {
        ResponseCode::NoError => "no address (NODATA)".to_owned(),
        ResponseCode::NXDomain => "that there is no such name (NXDOMAIN)".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        code => code.to_string(),
    }
}

/// How a name goes into words.
fn called(probe: &Probe) -> String {
    format!("{} ({})", probe.name, probe.kind)
}

/// A name that is to lead to a page.
fn page(asker: &Asker, probe: &Probe, near: &[IpAddr]) -> Vec<Finding> {
    let (mut v4, mut v6) = (set(&probe.addresses.v4), set(&probe.addresses.v6));
    let known = !(v4.is_empty() && v6.is_empty());
    if !known {
        // It listens at every address: any of this machine's is as good.
        v4 = near.iter().filter(|ip| ip.is_ipv4()).copied().collect();
        v6 = near.iter().filter(|ip| ip.is_ipv6()).copied().collect();
    }
    let main = if v4.is_empty() { RecordType::AAAA } else { RecordType::A };
    let main_set = if v4.is_empty() { &v6 } else { &v4 };
    let name = &probe.name;
    let answers = std::thread::scope(|scope| {
        let kinds = [RecordType::A, RecordType::AAAA, RecordType::HTTPS, RecordType::SVCB];
        let asked = kinds.map(|kind| (kind, scope.spawn(move || asker.ask(name, kind))));
        asked.map(|(kind, asked)| (kind, asked.join().ok()))
    });
    let mut findings = Vec::new();
    let mut of: Vec<(RecordType, Message)> = Vec::new();
    for (kind, answer) in answers {
        match answer {
            Some(Ok(answer)) => of.push((kind, answer)),
            Some(Err(error)) => {
                let check = if kind == main { REDIRECTS } else { id(kind) };
                let what = format!("{} {kind}: {}", called(probe), with_cause(&error));
                findings.push(Finding::failed(
                    check,
                    what,
                    Some("look at the gateway's log".to_owned()),
                ));
            }
            None => {}
        }
    }
    let get = |kind| of.iter().find(|(of, _)| *of == kind).map(|(_, answer)| answer);
    let Some(first) = get(main) else { return findings };
    let redirected = redirects(asker, probe, main, first, main_set);
    let stop = redirected.is_fault();
    findings.push(redirected);
    if stop {
        return findings;
    }
    findings.push(ttl(probe, first));
    if main == RecordType::A
        && let Some(answer) = get(RecordType::AAAA)
    {
        findings.push(aaaa(probe, answer, &v6, known));
    }
    for kind in [RecordType::HTTPS, RecordType::SVCB] {
        if let Some(answer) = get(kind) {
            findings.push(no_hints(probe, kind, answer));
        }
    }
    if let Some(below) = &probe.below {
        findings.push(below_it(asker, below, main, main_set));
    }
    findings
}

fn id(kind: RecordType) -> &'static str {
    match kind {
        RecordType::AAAA => AAAA,
        RecordType::HTTPS => HTTPS,
        RecordType::SVCB => SVCB,
        _ => REDIRECTS,
    }
}

fn set<T: Copy + Into<IpAddr>>(ips: &[T]) -> BTreeSet<IpAddr> {
    ips.iter().map(|ip| (*ip).into()).collect()
}

/// Whether the main address is ours.
fn redirects(
    asker: &Asker,
    probe: &Probe,
    kind: RecordType,
    answer: &Message,
    wanted: &BTreeSet<IpAddr>,
) -> Finding {
    let (name, server) = (called(probe), asker.server);
    let got = addresses(answer);
    let ours = listed(wanted);
    if !got.is_empty() && got.is_subset(wanted) {
        return Finding::ok(REDIRECTS, format!("{name} leads to {}", listed(&got)));
    }
    if !got.is_empty() {
        let what =
            format!("{server} answers {kind} of {name} with {}, not with {ours}", listed(&got));
        let advice = if got.is_disjoint(wanted) {
            format!("{FORMAT}; or set `gateway.addresses` to where it sends people")
        } else {
            "take the other addresses out of the gateway: some people get past it".to_owned()
        };
        return Finding::failed(REDIRECTS, what, advice);
    }
    if code_of(answer) == ResponseCode::ServFail {
        let unchecked = asker.ask_unchecked(&probe.name, kind);
        if unchecked.is_ok_and(|answer| code_of(&answer) != ResponseCode::ServFail) {
            let what = format!(
                "{server} answers {kind} of {name} with SERVFAIL, and without DNSSEC validation it \
                 does answer: a validator takes the redirect for a forgery"
            );
            let advice = "let the resolver that validates do the redirecting too, or tell it not to \
                          validate what is redirected (Unbound: `domain-insecure`; a response policy \
                          zone in the validator itself needs nothing)";
            return Finding::failed(DNSSEC, what, advice.to_owned());
        }
        let what = format!("{server} answers {kind} of {name} with SERVFAIL");
        return Finding::failed(REDIRECTS, what, "look at the gateway's log".to_owned());
    }
    // What resolvers strip is what browsers count as local, by and large.
    let inner = !wanted.is_empty() && wanted.iter().all(|ip| is_local_for_browsers(*ip));
    if inner && code_of(answer) == ResponseCode::NoError {
        let what = format!(
            "{server} answers {kind} of {name} with no address, and {ours} is a private one: \
             protection against DNS rebinding strips it"
        );
        let advice = format!(
            "except the redirect (dnsmasq: `rebind-domain-ok=/{}/`, or no `stop-dns-rebind`; Unbound: \
             `private-domain`; routers: \"DNS rebind protection\"), or use a public block address",
            probe.name
        );
        return Finding::failed(REBINDING, what, advice);
    }
    let what = format!("{server} does not redirect {name}: it answers {}", silence(answer));
    Finding::failed(REDIRECTS, what, FORMAT.to_owned())
}

fn ttl(probe: &Probe, answer: &Message) -> Finding {
    let of = answer.answers.iter().map(|record| record.ttl).max().unwrap_or(0);
    let name = called(probe);
    if Duration::from_secs(of.into()) > LONG {
        let what = format!("the answer for {name} may be kept for {of} seconds");
        let advice =
            "let it be 10 to 60 seconds, so that a change of the policy and a grant count soon";
        return Finding::warning(TTL, what, advice.to_owned());
    }
    Finding::ok(TTL, format!("the answer for {name} may be kept for {of} seconds"))
}

fn aaaa(probe: &Probe, answer: &Message, wanted: &BTreeSet<IpAddr>, known: bool) -> Finding {
    let (name, got) = (called(probe), addresses(answer));
    if !got.is_empty() && got.is_subset(wanted) {
        return Finding::ok(AAAA, format!("{name} leads to {} by IPv6", listed(&got)));
    }
    if !got.is_empty() {
        let what = format!("AAAA of {name} leaks through: {}", listed(&got));
        let advice = match wanted.is_empty() {
            true => "let the gateway answer NODATA for AAAA of what it redirects",
            false => FORMAT,
        };
        return Finding::failed(AAAA, what, advice.to_owned());
    }
    if !wanted.is_empty() && known {
        let what = format!("AAAA of {name} is {}, not {}", silence(answer), listed(wanted));
        let advice = format!("clients with IPv6 alone see no page; {FORMAT}");
        return Finding::warning(AAAA, what, advice);
    }
    if code_of(answer) == ResponseCode::NXDomain {
        return no_such_name(AAAA, probe, RecordType::AAAA);
    }
    Finding::ok(AAAA, format!("{name} has no address by IPv6 that leaks"))
}

/// Resolvers in between may take it for an answer about all types (RFC 8020).
fn no_such_name(check: &'static str, probe: &Probe, kind: RecordType) -> Finding {
    let what =
        format!("{kind} of {} is answered with NXDOMAIN, while A has an address", probe.name);
    let advice = "let the gateway answer NODATA: who caches the other may deny the name altogether";
    Finding::warning(check, what, advice.to_owned())
}

/// That no record tells of addresses, protocols or keys of the real site.
fn no_hints(probe: &Probe, kind: RecordType, answer: &Message) -> Finding {
    let (check, name) = (id(kind), called(probe));
    let is_hint = |data: &RData| matches!(data, RData::HTTPS(_) | RData::SVCB(_));
    if answer.answers.iter().any(|record| is_hint(&record.data)) {
        let what = format!("the {kind} record of {name} leaks through: the real site's");
        let advice = format!(
            "browsers then try HTTP/3 or encrypted hellos and people wait; let the gateway answer \
             NODATA for {kind}; {FORMAT}"
        );
        return Finding::failed(check, what, advice);
    }
    match code_of(answer) {
        ResponseCode::NXDomain => no_such_name(check, probe, kind),
        _ => Finding::ok(check, format!("no {kind} record of {name} leaks")),
    }
}

fn below_it(
    asker: &Asker,
    name: &HostName,
    kind: RecordType,
    wanted: &BTreeSet<IpAddr>,
) -> Finding {
    match asker.ask(name, kind) {
        Ok(answer) => {
            let got = addresses(&answer);
            if !got.is_empty() && got.is_subset(wanted) {
                return Finding::ok(BELOW, format!("{name} leads to {}", listed(&got)));
            }
            let says = if got.is_empty() { silence(&answer) } else { listed(&got) };
            let what = format!("{name} is meant as well, and {} answers {says}", asker.server);
            let advice =
                format!("the gateway must redirect what is below the domain too; {FORMAT}");
            Finding::failed(BELOW, what, advice)
        }
        Err(error) => {
            Finding::failed(BELOW, with_cause(&error), "look at the gateway's log".to_owned())
        }
    }
}
