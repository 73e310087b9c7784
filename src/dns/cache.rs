//! Answers of upstream servers, for as long as they may be kept. Pure: `now` is an argument.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use lru::LruCache;

use super::message::{Query, records_mut};

/// The octets that an answer takes on average, with room to spare; the bound on all of them together
/// follows from it.
const MEAN: usize = 1024;
/// The longest that an answer is kept, whatever its TTL says.
const LONGEST: u32 = 86_400;
/// The longest that it is kept that something is not there (RFC 2308 section 5 advises one to three
/// hours).
const LONGEST_NEGATIVE: u32 = 10_800;

/// What an answer belongs to. DO and CD are part of it, since they change what a server says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    name: Name,
    kind: RecordType,
    class: DNSClass,
    signatures: bool,
    unchecked: bool,
}

impl Key {
    pub(super) fn new(query: &Query) -> Self {
        let asked = query.asked();
        Self {
            name: asked.name().to_lowercase(),
            kind: asked.query_type(),
            class: asked.query_class(),
            signatures: query.wants_signatures(),
            unchecked: query.is_unchecked(),
        }
    }
}

/// What a server said.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) message: Message,
    /// Whether nobody can have changed it on its way.
    pub(super) secure: bool,
}

/// The answers that are kept; of too many, those go that were not asked for longest. Safe for
/// concurrent use.
pub(super) struct Cache {
    kept: Mutex<Kept>,
    entries: usize,
    octets: usize,
}

struct Kept {
    answers: LruCache<Key, Entry>,
    octets: usize,
}

/// An answer as it came: octets take a tenth of the memory that the message would.
struct Entry {
    octets: Box<[u8]>,
    secure: bool,
    since: Instant,
    life: Duration,
}

impl Cache {
    pub(super) fn new(entries: NonZeroUsize) -> Self {
        let kept = Mutex::new(Kept { answers: LruCache::unbounded(), octets: 0 });
        Self { kept, entries: entries.get(), octets: entries.get().saturating_mul(MEAN) }
    }

    /// The answer, its TTLs counted down by the time that it was kept.
    pub(super) fn get(&self, key: &Key, now: Instant) -> Option<Said> {
        let (octets, secure, age) = {
            let mut kept = self.lock();
            let entry = kept.answers.get(key)?;
            let age = now.saturating_duration_since(entry.since);
            if age >= entry.life {
                kept.take_out(key);
                return None;
            }
            (entry.octets.clone(), entry.secure, age)
        };
        let mut message = Message::from_vec(&octets).ok()?;
        let age = u32::try_from(age.as_secs()).unwrap_or(u32::MAX);
        for record in records_mut(&mut message) {
            record.ttl = record.ttl.saturating_sub(age);
        }
        Some(Said { message, secure })
    }

    /// Keeps an answer that may be kept.
    pub(super) fn put(&self, key: Key, said: &Said, now: Instant) {
        let life = lifetime(&said.message);
        if life == 0 {
            return;
        }
        let Ok(octets) = said.message.to_vec() else { return };
        let entry = Entry {
            octets: octets.into(),
            secure: said.secure,
            since: now,
            life: Duration::from_secs(life.into()),
        };
        let size = entry.size(&key);
        let mut kept = self.lock();
        kept.take_out(&key);
        kept.octets += size;
        kept.answers.put(key, entry);
        while kept.answers.len() > self.entries || kept.octets > self.octets {
            let Some((key, entry)) = kept.answers.pop_lru() else { break };
            kept.octets = kept.octets.saturating_sub(entry.size(&key));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn take_out(&mut self, key: &Key) {
        if let Some(entry) = self.answers.pop(key) {
            self.octets = self.octets.saturating_sub(entry.size(key));
        }
    }
}

impl Entry {
    fn size(&self, key: &Key) -> usize {
        size_of::<Self>() + size_of::<Key>() + self.octets.len() + key.name.len()
    }
}

/// For how many seconds an answer may be kept: as long as the shortest of its TTLs says; what is not
/// there as long as the zone says, and not at all when it does not (RFC 2308 section 5).
fn lifetime(message: &Message) -> u32 {
    let code = message.metadata.response_code;
    if message.metadata.truncation
        || !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain)
    {
        return 0;
    }
    let shortest = |records: &[Record]| records.iter().map(ttl).min();
    let asked = message.queries.first().map(|asked| asked.query_type());
    let is_wanted = |record: &Record| Some(record.record_type()) == asked;
    if code == ResponseCode::NoError && message.answers.iter().any(is_wanted) {
        let sections = [&message.answers, &message.authorities, &message.additionals];
        let all = sections.into_iter().filter_map(|section| shortest(section));
        return all.min().unwrap_or(0).min(LONGEST);
    }
    let until = |record: &Record| match &record.data {
        RData::SOA(soa) => Some(ttl(record).min(soa.minimum)),
        _ => None,
    };
    let Some(negative) = message.authorities.iter().find_map(until) else { return 0 };
    // A chain of CNAMEs that leads to nothing.
    negative.min(shortest(&message.answers).unwrap_or(negative)).min(LONGEST_NEGATIVE)
}

/// A TTL; with the first bit set it is none (RFC 2181 section 8).
fn ttl(record: &Record) -> u32 {
    if record.ttl > i32::MAX.cast_unsigned() { 0 } else { record.ttl }
}

#[cfg(test)]
mod tests {
    use super::super::message::{Read, Way, read};
    use super::*;
    use hickory_proto::op::Query as Asked;
    use hickory_proto::rr::rdata::{A, SOA};

    fn query(name: &str) -> Query {
        let mut message = Message::query();
        message.add_query(Asked::query(Name::from_ascii(name).unwrap(), RecordType::A));
        match read(&message.to_vec().unwrap(), Way::Udp) {
            Read::Query(query) => *query,
            other => panic!("{other:?}"),
        }
    }

    fn said(query: &Query, records: &[u32]) -> Said {
        let mut message = query.reply(ResponseCode::NoError);
        let record = |ttl: &u32| {
            Record::from_rdata(query.name().clone(), *ttl, RData::A(A::new(192, 0, 2, 1)))
        };
        message.add_answers(records.iter().map(record));
        Said { message, secure: false }
    }

    fn cache(entries: usize) -> Cache {
        Cache::new(NonZeroUsize::new(entries).unwrap())
    }

    #[test]
    fn ttls_count_down_and_the_shortest_ends_it() {
        let (cache, start, query) = (cache(10), crate::clock::ticks(), query("a.example."));
        cache.put(Key::new(&query), &said(&query, &[300, 60]), start);
        let after = |seconds| cache.get(&Key::new(&query), start + Duration::from_secs(seconds));
        let ttls = |said: Said| said.message.answers.iter().map(|r| r.ttl).collect::<Vec<_>>();
        assert_eq!(after(59).map(ttls), Some(vec![241, 1]));
        assert!(after(60).is_none());
        assert!(after(0).is_none(), "it is gone");
        assert_eq!(cache.lock().octets, 0);
    }

    #[test]
    fn what_is_not_there_is_kept_as_long_as_the_zone_says() {
        let query = query("a.example.");
        let mut negative = query.reply(ResponseCode::NXDomain);
        assert_eq!(lifetime(&negative), 0);
        let root = Name::root();
        let soa = SOA::new(root.clone(), root.clone(), 1, 1, 1, 1, 30);
        negative.add_authority(Record::from_rdata(root.clone(), 300, RData::SOA(soa)));
        assert_eq!(lifetime(&negative), 30);
        negative.authorities[0].ttl = 20;
        assert_eq!(lifetime(&negative), 20);
        negative.metadata.response_code = ResponseCode::ServFail;
        assert_eq!(lifetime(&negative), 0);
        assert_eq!(lifetime(&said(&query, &[u32::MAX]).message), 0);
        assert_eq!(lifetime(&said(&query, &[1 << 30]).message), LONGEST);
    }

    #[test]
    fn it_holds_no_more_than_it_may() {
        let (cache, now) = (cache(4), crate::clock::ticks());
        for number in 0..100 {
            let query = query(&format!("n{number}.example."));
            cache.put(Key::new(&query), &said(&query, &[60]), now);
        }
        assert_eq!(cache.lock().answers.len(), 4);
        let large = query("large.example.");
        cache.put(Key::new(&large), &said(&large, &[60; 1000]), now);
        assert!(cache.lock().octets <= 4 * MEAN);
        assert_eq!(cache.lock().answers.len(), 0, "larger than all room");
    }
}
