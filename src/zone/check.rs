//! Asking a running gateway, and comparing what it says with the policy.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{RData, RecordType};
use serde::Serialize;

use crate::ask::{AskError, ask};
use crate::clock;
use crate::host::HostName;
use crate::policy::{Policy, Redirect, Told};

/// How long one answer may take, and how often a question is asked that has none.
const PATIENCE: Duration = Duration::from_secs(3);
const TRIES: usize = 3;
/// How many questions are open at the same time, and how long each takes at the least: a hundred in a
/// second, since gateways do not answer everything that a single client asks.
const AT_ONCE: usize = 8;
const PACE: Duration = Duration::from_millis(80);
/// The types that are asked for; the last four must never say anything of a redirected name.
const TYPES: [RecordType; 6] = [
    RecordType::A,
    RecordType::AAAA,
    RecordType::HTTPS,
    RecordType::SVCB,
    RecordType::MX,
    RecordType::TXT,
];
/// A label that nobody lists.
const CHILD: &str = "blockhouse-check";

/// Where a gateway and the policy disagree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// The name that was asked for.
    pub name: String,
    /// The type.
    pub kind: String,
    /// What the policy says.
    pub expected: String,
    /// What the gateway said.
    pub found: String,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Who was asked.
    pub server: SocketAddr,
    /// How many names there are of which the gateway must know.
    pub names: u64,
    /// How many questions were asked.
    pub questions: usize,
    /// Where the answers differ.
    pub differences: Vec<Difference>,
}

/// A question, and what must be told.
struct Question {
    name: HostName,
    /// As it is asked: letters of both cases, which mean the same.
    upper: bool,
    kind: RecordType,
    told: Told,
}

/// Asks a gateway whose clients are under this policy for up to `sample` names of each kind of answer,
/// spread evenly over all, and for names below them.
///
/// # Errors
/// The first failure when the gateway answers nothing at all.
pub fn check(
    server: SocketAddr,
    policy: &Policy,
    of: Option<&str>,
    sample: usize,
) -> Result<Report, AskError> {
    let (names, chosen) = choose(policy, of, sample);
    let mut questions = Vec::new();
    for (name, itself, below) in chosen {
        let upper = questions.len() % 3 == 1;
        let child = HostName::from_wire(&format!("{CHILD}.{name}")).ok();
        let both = [(HostName::from_wire(&name).ok(), itself), (child, below)];
        for (name, told) in both.into_iter().filter_map(|(name, told)| Some((name?, told))) {
            let kinds: &[RecordType] = if told == Told::Truth { &TYPES[..2] } else { &TYPES };
            let question = |kind: &RecordType| Question {
                name: name.clone(),
                upper: upper && *kind == RecordType::A,
                kind: *kind,
                told,
            };
            questions.extend(kinds.iter().map(question));
        }
    }
    let next = AtomicUsize::new(0);
    let found = Mutex::new((Vec::new(), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(question) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let start = clock::ticks();
                    let outcome = compare(server, policy, question);
                    let spent = clock::ticks().saturating_duration_since(start);
                    std::thread::sleep(PACE.saturating_sub(spent));
                    let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    match outcome {
                        Ok(difference) => found.0.extend(difference),
                        Err(error) => found.1.push((question, error)),
                    }
                }
            });
        }
    });
    let (mut differences, failures) =
        found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let silent = !questions.is_empty() && failures.len() == questions.len();
    for (question, error) in failures {
        if silent {
            return Err(error);
        }
        differences.push(Difference {
            name: question.name.to_string(),
            kind: question.kind.to_string(),
            expected: question.expected(policy),
            found: error.to_string(),
        });
    }
    differences.sort();
    Ok(Report { server, names, questions: questions.len(), differences })
}

impl Question {
    /// What must be told, for people.
    fn expected(&self, policy: &Policy) -> String {
        match self.told {
            Told::Truth => "no block address".to_owned(),
            Told::Nxdomain => "NXDOMAIN".to_owned(),
            Told::Page(_) | Told::Null => {
                let wanted = wanted(policy, self.told, self.kind);
                if wanted.is_empty() { "no records".to_owned() } else { listed(&wanted) }
            }
        }
    }

    /// Whether this is told.
    fn agrees(&self, found: &Said, policy: &Policy) -> bool {
        match self.told {
            Told::Truth => {
                let block = policy.all_block_addresses();
                found.addresses.iter().all(|ip| !block.contains(ip))
            }
            Told::Nxdomain => found.code == ResponseCode::NXDomain,
            Told::Page(_) | Told::Null => {
                found.code == ResponseCode::NoError
                    && found.others == 0
                    && found.addresses == wanted(policy, self.told, self.kind)
            }
        }
    }
}

/// Asks, and asks again when a packet was lost.
fn ask_patiently(server: SocketAddr, name: &str, kind: RecordType) -> Result<Message, AskError> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        match ask(server, name, kind, PATIENCE) {
            Err(AskError::TimedOut { .. }) if tries > 0 => {}
            outcome => return outcome,
        }
    }
}

/// How many names there are, and some of each pair of answers, spread evenly.
fn choose(policy: &Policy, of: Option<&str>, sample: usize) -> (u64, Vec<(String, Told, Told)>) {
    let kind = |redirect: &Redirect<'_>| (redirect.itself, redirect.below);
    let mut counts: Vec<((Told, Told), u64)> = Vec::new();
    let mut names = 0;
    let Ok(()) = policy.redirects(of, |redirect| {
        names += 1;
        match counts.iter_mut().find(|(known, _)| *known == kind(&redirect)) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind(&redirect), 1)),
        }
        Ok::<_, std::convert::Infallible>(())
    });
    let sample = sample.max(1) as u64;
    let mut seen: Vec<u64> = vec![0; counts.len()];
    let mut chosen = Vec::new();
    let Ok(()) = policy.redirects(of, |redirect| {
        let at = counts.iter().position(|(known, _)| *known == kind(&redirect)).unwrap_or(0);
        let (count, number) = (counts[at].1, seen[at]);
        seen[at] += 1;
        // The sample's n-th name is the first of the n-th of as many equal parts.
        if count <= sample || number * sample / count != (number + 1) * sample / count {
            chosen.push((redirect.name.to_owned(), redirect.itself, redirect.below));
        }
        Ok::<_, std::convert::Infallible>(())
    });
    (names, chosen)
}

fn compare(
    server: SocketAddr,
    policy: &Policy,
    question: &Question,
) -> Result<Option<Difference>, AskError> {
    let Question { name, kind, upper, .. } = question;
    let asked = if *upper { name.as_str().to_ascii_uppercase() } else { name.to_string() };
    let found = said(&ask_patiently(server, &asked, *kind)?, *kind);
    let difference = || Difference {
        name: asked,
        kind: kind.to_string(),
        expected: question.expected(policy),
        found: found.to_string(),
    };
    Ok((!question.agrees(&found, policy)).then(difference))
}

/// The addresses that an answer of this type must have.
fn wanted(policy: &Policy, told: Told, kind: RecordType) -> BTreeSet<IpAddr> {
    let of = match told {
        Told::Page(number) => policy.block_addresses(number).clone(),
        _ => crate::policy::BlockAddresses::null(),
    };
    match kind {
        RecordType::A => of.v4.into_iter().map(IpAddr::V4).collect(),
        RecordType::AAAA => of.v6.into_iter().map(IpAddr::V6).collect(),
        _ => BTreeSet::new(),
    }
}

/// What an answer says.
struct Said {
    code: ResponseCode,
    addresses: BTreeSet<IpAddr>,
    /// Records of other types than addresses.
    others: usize,
}

fn said(answer: &Message, kind: RecordType) -> Said {
    let mut said =
        Said { code: answer.metadata.response_code, addresses: BTreeSet::new(), others: 0 };
    for record in &answer.answers {
        match &record.data {
            RData::A(ip) => drop(said.addresses.insert(IpAddr::V4(ip.0))),
            RData::AAAA(ip) => drop(said.addresses.insert(IpAddr::V6(ip.0))),
            data if data.record_type() == kind => said.others += 1,
            // A name on the way to the addresses.
            _ => {}
        }
    }
    said
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.code, self.addresses.is_empty(), self.others) {
            (ResponseCode::NoError, true, 0) => f.write_str("no records"),
            (ResponseCode::NoError, true, n) => write!(f, "{n} records"),
            (ResponseCode::NoError, false, _) => f.write_str(&listed(&self.addresses)),
            (ResponseCode::NXDomain, ..) => f.write_str("NXDOMAIN"),
            (code, ..) => write!(f, "{code}"),
        }
    }
}

fn listed(addresses: &BTreeSet<IpAddr>) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
