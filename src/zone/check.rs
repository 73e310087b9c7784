//! Whether a gateway says what the policy says: it is asked for names of each kind of answer.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{RData, RecordType};
use serde::Serialize;

use super::{Format, Said, Say, Zone, ZoneError};
use crate::ask::{AskError, ask};
use crate::clock;
use crate::host::HostName;
use crate::policy::{Redirect, Told};

/// How long one answer may take: a gateway that asks further for an exception needs a while.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often a question is asked that has no answer.
const TRIES: usize = 3;
/// How many questions are open at the same time, and how long each takes at the least: a hundred in a
/// second, since gateways do not answer everything that a single client asks.
const AT_ONCE: usize = 8;
const PACE: Duration = Duration::from_millis(80);
/// What stands below a name that is not named itself.
const CHILD: &str = "blockhouse-check";
/// What is asked for each name.
const KINDS: [RecordType; 4] =
    [RecordType::A, RecordType::AAAA, RecordType::HTTPS, RecordType::SVCB];
/// What to ask a gateway for.
#[derive(Debug, Clone, Copy)]
pub struct Check<'p> {
    /// What the gateway was given.
    pub zone: Zone<'p>,
    /// In which format: what that cannot say is not asked for.
    pub format: Format,
    /// Of how many names of each kind at most.
    pub sample: usize,
}

/// What the gateway said.
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    /// Who was asked.
    pub server: SocketAddr,
    /// The policy that it was compared with.
    pub policy: String,
    /// How many names the policy speaks of.
    pub names: u64,
    /// How many of them were asked for.
    pub sampled: u64,
    /// How many questions that took.
    pub questions: usize,
    /// Where the gateway says something else.
    pub differences: Vec<Difference>,
}

/// One answer that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The name as it was asked for.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the policy says.
    pub expected: String,
    /// What the gateway says.
    pub got: String,
}

/// What an answer must be.
#[derive(PartialEq, Eq)]
enum Expected {
    /// These addresses, and nothing else; none means that there is the name without data.
    Addresses(Vec<IpAddr>),
    /// That there is no such name.
    Nxdomain,
    /// Anything that is not a block.
    Truth,
}

/// Why a check did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// Nobody answers there.
    #[error("the gateway does not answer; is it running, and does it serve this client?")]
    Ask(#[from] AskError),
    /// The policy cannot be put into words.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}

impl Check<'_> {
    /// Asks the gateway for a sample of the names of each kind of answer, spread evenly over them: the
    /// same one each time.
    ///
    /// # Errors
    /// [`CheckError`] when the gateway does not answer at all.
    pub fn run(&self, server: SocketAddr) -> Result<CheckReport, CheckError> {
        let Zone { policy, of, .. } = self.zone;
        let mut kinds: HashMap<(Told, Told), Kind> = HashMap::new();
        policy.redirects(of, |redirect| {
            kinds.entry((redirect.itself, redirect.below)).or_default().names += 1;
            Ok::<(), CheckError>(())
        })?;
        let mut chosen = Chosen { check: self, sampled: 0, questions: Vec::new() };
        policy.redirects(of, |redirect| {
            let kind = kinds.entry((redirect.itself, redirect.below)).or_default();
            if kind.is_next(self.sample) { chosen.name(&redirect) } else { Ok(()) }
        })?;
        let Chosen { sampled, questions, .. } = chosen;
        Ok(CheckReport {
            server,
            policy: self.zone.policy_name().to_owned(),
            names: kinds.values().map(|kind| kind.names).sum(),
            sampled,
            questions: questions.len(),
            differences: ask_all(server, &questions, &self.blocks())?,
        })
    }

    /// All addresses that stand for a block.
    fn blocks(&self) -> HashSet<IpAddr> {
        self.zone.policy.all_block_addresses().into_iter().collect()
    }
}

/// Asks everything, a few questions at a time, and gives the differences in order.
fn ask_all(
    server: SocketAddr,
    questions: &[Question],
    blocks: &HashSet<IpAddr>,
) -> Result<Vec<Difference>, AskError> {
    // Whether anybody is there, before a thousand questions wait for their answers.
    if let Some(first) = questions.first() {
        first.ask(server)?;
    }
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(question) = questions.get(number) else { break };
                    let start = clock::ticks();
                    let difference = match question.ask(server) {
                        Ok(answer) if question.is_met(&answer, blocks) => None,
                        Ok(answer) => Some(question.difference(shown(&answer))),
                        Err(error) => Some(question.difference(error.to_string())),
                    };
                    let spent = clock::ticks().saturating_duration_since(start);
                    std::thread::sleep(PACE.saturating_sub(spent));
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.extend(difference.map(|difference| (number, difference)));
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(number, _)| *number);
    Ok(found.into_iter().map(|(_, difference)| difference).collect())
}

/// Names with the same kind of answer.
#[derive(Default)]
struct Kind {
    names: u64,
    seen: u64,
}

impl Kind {
    /// Whether the next name belongs to the sample.
    fn is_next(&mut self, sample: usize) -> bool {
        let (names, sample) = (u128::from(self.names.max(1)), sample as u128);
        let taken = |seen: u64| u128::from(seen) * sample.min(names) / names;
        let before = taken(self.seen);
        self.seen += 1;
        taken(self.seen) > before
    }
}

/// One question, and what must be told.
struct Question {
    /// The name, spelled as it is asked for.
    name: String,
    kind: RecordType,
    expected: Expected,
}

/// What to ask.
struct Chosen<'c> {
    check: &'c Check<'c>,
    sampled: u64,
    questions: Vec<Question>,
}

impl Chosen<'_> {
    fn name(&mut self, redirect: &Redirect<'_>) -> Result<(), CheckError> {
        let Ok(name) = HostName::from_wire(redirect.name) else { return Ok(()) };
        let said = Said::new(self.check.format, self.check.zone.origin, redirect);
        if said.is_nothing() {
            return Ok(());
        }
        self.sampled += 1;
        let kinds = match self.check.format {
            // A hosts file says nothing of other types.
            Format::Hosts => &KINDS[..2],
            _ => &KINDS,
        };
        for kind in kinds {
            self.question(name.as_str(), *kind, said.itself)?;
        }
        self.question(&name.as_str().to_ascii_uppercase(), RecordType::A, said.itself)?;
        let child = format!("{CHILD}.{name}");
        if HostName::from_wire(&child).is_ok() {
            for kind in kinds {
                self.question(&child, *kind, said.below)?;
            }
        }
        Ok(())
    }

    fn question(&mut self, name: &str, kind: RecordType, say: Say) -> Result<(), ZoneError> {
        let (v4, v6) = self.check.zone.addresses(say)?;
        let expected = match say {
            Say::Nothing => return Ok(()),
            Say::Told(Told::Truth) => Expected::Truth,
            Say::Told(Told::Nxdomain) => Expected::Nxdomain,
            Say::Told(Told::Page(_) | Told::Null) | Say::Nodata => {
                Expected::Addresses(match kind {
                    RecordType::A => v4.iter().copied().map(IpAddr::V4).collect(),
                    RecordType::AAAA => v6.iter().copied().map(IpAddr::V6).collect(),
                    _ => Vec::new(),
                })
            }
        };
        self.questions.push(Question { name: name.to_owned(), kind, expected });
        Ok(())
    }
}

impl Question {
    /// Asks, and asks again when a packet was lost.
    fn ask(&self, server: SocketAddr) -> Result<Message, AskError> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match ask(server, &self.name, self.kind, PATIENCE) {
                Err(AskError::TimedOut { .. }) if tries > 0 => {}
                outcome => return outcome,
            }
        }
    }

    fn is_met(&self, answer: &Message, blocks: &HashSet<IpAddr>) -> bool {
        let code = answer.metadata.response_code;
        let mut addresses = answer.answers.iter().map(|record| address(&record.data));
        match &self.expected {
            Expected::Addresses(expected) => {
                // Any record besides the addresses would lead past them.
                let found: Option<HashSet<_>> = addresses.collect();
                let expected: HashSet<_> = expected.iter().copied().collect();
                let only = answer.answers.iter().all(|record| record.record_type() == self.kind);
                code == ResponseCode::NoError && only && found == Some(expected)
            }
            Expected::Nxdomain => code == ResponseCode::NXDomain && answer.answers.is_empty(),
            Expected::Truth => {
                let block = |ip: IpAddr| ip.is_unspecified() || blocks.contains(&ip);
                code != ResponseCode::Refused && !addresses.any(|ip| ip.is_some_and(block))
            }
        }
    }

    fn difference(&self, got: String) -> Difference {
        Difference {
            name: self.name.clone(),
            kind: self.kind.to_string(),
            expected: self.expected.to_string(),
            got,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addresses(addresses) if addresses.is_empty() => f.write_str("no data"),
            Self::Addresses(addresses) => {
                let texts: Vec<_> = addresses.iter().map(IpAddr::to_string).collect();
                f.write_str(&texts.join(", "))
            }
            Self::Nxdomain => f.write_str("no such name"),
            Self::Truth => f.write_str("no redirect"),
        }
    }
}

fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(a) => Some(IpAddr::V4(a.0)),
        RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
        _ => None,
    }
}

/// An answer for people.
fn shown(answer: &Message) -> String {
    let code = answer.metadata.response_code;
    let records = answer.answers.iter().map(|record| match address(&record.data) {
        Some(ip) => ip.to_string(),
        None => format!("{} {}", record.record_type(), record.data),
    });
    let records: Vec<_> = records.collect();
    match code {
        ResponseCode::NoError if records.is_empty() => "no data".to_owned(),
        ResponseCode::NoError => records.join(", "),
        ResponseCode::NXDomain => "no such name".to_owned(),
        _ => format!("refused: {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_evenly() {
        let taken = |names, sample| {
            let mut kind = Kind { names, seen: 0 };
            (0..names).filter(|_| kind.is_next(sample)).collect::<Vec<_>>()
        };
        assert_eq!(taken(3, 200), [0, 1, 2]);
        assert_eq!(taken(8, 2), [3, 7]);
        assert_eq!(taken(1_000_003, 200).len(), 200);
        assert!(taken(5, 0).is_empty());
    }
}
