//! Names that are not to lead to a page: those that are refused, and those that go free.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use super::gateway::{Asker, FORMAT, addresses, code_of, listed};
use super::probe::Probe;
use super::{Finding, Ground, ports};
use crate::causes::with_cause;
use crate::clock;
use crate::host::HostName;
use crate::policy::Told;

const REFUSES: &str = "gateway-refuses";
const EXCEPTIONS: &str = "gateway-exceptions";
const BUILTIN: &str = "gateway-builtin";
const CANARY: &str = "gateway-canary";

/// Names by which Firefox and Apple's devices ask whether they may use resolvers of their own.
const CANARIES: [(&str, &str); 3] = [
    ("use-application-dns.net", "Firefox"),
    ("mask.icloud.com", "iCloud Private Relay"),
    ("mask-h2.icloud.com", "iCloud Private Relay"),
];
/// How many questions are open at the same time, and how long each takes at the least: a hundred in a
/// second, since gateways do not answer everything that a single client asks.
const AT_ONCE: usize = 8;
const PACE: Duration = Duration::from_millis(80);

/// A name that no client is to get at, and that gets no page.
pub(super) fn refusal(asker: &Asker, probe: &Probe) -> Vec<Finding> {
    let name = &probe.name;
    let kinds = [RecordType::A, RecordType::AAAA];
    let mut got = BTreeSet::new();
    let mut code = ResponseCode::NoError;
    for kind in kinds {
        match asker.ask(name, kind) {
            Ok(answer) => {
                got.extend(addresses(&answer));
                code = code_of(&answer);
            }
            Err(error) => {
                let advice = "look at the gateway's log".to_owned();
                return vec![Finding::failed(REFUSES, with_cause(&error), advice)];
            }
        }
    }
    let word = if probe.told == Told::Nxdomain { "nxdomain" } else { "null" };
    let nowhere = got.iter().all(IpAddr::is_unspecified);
    let good = nowhere && !matches!(code, ResponseCode::ServFail);
    vec![if good {
        Finding::ok(REFUSES, format!("{name} is refused, as `gateway_answer = \"{word}\"` says"))
    } else {
        let what = match got.is_empty() {
            true => format!("{name} gets {code}, not `gateway_answer = \"{word}\"`"),
            false => {
                format!("{name} leads to {}, not to `gateway_answer = \"{word}\"`", listed(&got))
            }
        };
        Finding::failed(REFUSES, what, FORMAT.to_owned())
    }]
}

/// Every address that a gateway sends people to.
fn all_ours(ground: &Ground<'_>, near: &[IpAddr]) -> BTreeSet<IpAddr> {
    let found: BTreeSet<IpAddr> = ports::block_addresses(ground).into_iter().collect();
    if found.is_empty() { near.iter().copied().collect() } else { found }
}

/// Those of the names that lead to us, or nowhere.
fn redirected<'n>(
    asker: &Asker,
    names: &'n [HostName],
    ours: &BTreeSet<IpAddr>,
) -> (Vec<&'n HostName>, usize) {
    let kinds = [RecordType::A, RecordType::AAAA];
    let questions: Vec<_> = names.iter().flat_map(|name| kinds.map(|kind| (name, kind))).collect();
    let (next, silent) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let mut answers = Vec::new();
        // Who is silent so often is silent for good.
        while silent.load(Ordering::Relaxed) < AT_ONCE
            && let Some((name, kind)) = questions.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let start = clock::ticks();
            match asker.ask(name, *kind) {
                Ok(answer) => answers.push((*name, answer)),
                Err(_) => {
                    silent.fetch_add(1, Ordering::Relaxed);
                }
            }
            std::thread::sleep(PACE.saturating_sub(start.elapsed()));
        }
        answers
    };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        // A thread that panicked has said so; nothing of ours does.
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    let (mut wrong, mut answered) = (Vec::new(), 0);
    for (name, answer) in answers {
        answered += 1;
        let got = addresses(&answer);
        let bad = got.iter().any(|ip| ours.contains(ip) || ip.is_unspecified());
        if bad && !wrong.contains(&name) {
            wrong.push(name);
        }
    }
    (wrong, answered)
}

fn words(names: &[&HostName]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

pub(super) fn excepted(ground: &Ground<'_>, asker: &Asker, near: &[IpAddr]) -> Finding {
    let names = &ground.names.excepted;
    if names.is_empty() {
        return Finding::skipped(EXCEPTIONS, "the configuration excepts no domain");
    }
    let (wrong, answered) = redirected(asker, names, &all_ours(ground, near));
    match (wrong.is_empty(), answered) {
        (_, 0) => Finding::skipped(EXCEPTIONS, "the gateway gave no answer about any of them"),
        (true, n) if n < 2 * names.len() => Finding::warning(
            EXCEPTIONS,
            format!(
                "the gateway answered {n} of {} questions about excepted names",
                2 * names.len()
            ),
            "look at its log: names that get no answer do not work for anybody".to_owned(),
        ),
        (true, _) => Finding::ok(EXCEPTIONS, format!("{} excepted names go free", names.len())),
        (false, _) => Finding::failed(
            EXCEPTIONS,
            format!("the gateway redirects what is excepted: {}", words(&wrong)),
            format!(
                "people get a broken connection there, since no page is shown for an exception; let \
                 the gateway pass it through; {FORMAT}"
            ),
        ),
    }
}

pub(super) fn builtin(ground: &Ground<'_>, asker: &Asker, near: &[IpAddr]) -> Finding {
    let names = &ground.names.builtin;
    let (wrong, answered) = redirected(asker, names, &all_ours(ground, near));
    match (wrong.is_empty(), answered) {
        (_, 0) => Finding::skipped(BUILTIN, "the gateway gave no answer about any of them"),
        (true, _) => Finding::ok(
            BUILTIN,
            format!("{} names by which systems look at the network go free", names.len()),
        ),
        (false, _) => Finding::failed(
            BUILTIN,
            format!("the gateway redirects names that systems need: {}", words(&wrong)),
            "let the gateway pass them through; `blockhouse exceptions` says who asks for each and \
             what goes wrong"
                .to_owned(),
        ),
    }
}

/// Whether browsers and devices are told to keep to this gateway.
pub(super) fn canaries(asker: &Asker) -> Finding {
    let mut leaving: Vec<(&str, &str)> = Vec::new();
    let mut answered = false;
    for (text, who) in CANARIES {
        let Ok(name) = HostName::from_wire(text) else { continue };
        for kind in [RecordType::A, RecordType::AAAA] {
            let Ok(answer) = asker.ask(&name, kind) else { continue };
            answered = true;
            if !addresses(&answer).is_empty() && !leaving.contains(&(text, who)) {
                leaving.push((text, who));
            }
        }
    }
    if !answered {
        return Finding::skipped(CANARY, "the gateway gave no answer about any of them");
    }
    if leaving.is_empty() {
        return Finding::ok(CANARY, "browsers and devices are told to keep to this gateway");
    }
    let mut who: Vec<&str> = leaving.iter().map(|(_, who)| *who).collect();
    who.dedup();
    let names: Vec<&str> = leaving.iter().map(|(name, _)| *name).collect();
    Finding::warning(
        CANARY,
        format!("the gateway forwards {}: {} may leave it", names.join(", "), who.join(" and ")),
        "let it answer NXDOMAIN for them (`dns.canaries = \"refuse\"` in the embedded gateway), and \
         switch encrypted DNS off by policy where devices are managed"
            .to_owned(),
    )
}
