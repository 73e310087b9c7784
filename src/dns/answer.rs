//! What we answer ourselves: for names that the policy redirects, and for a few special ones. Pure.

use std::net::IpAddr;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, HINFO, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::error::{Code, ExtendedError, code_of, said, said_of_root, structured};
use super::message::Query;
use crate::config::Canaries;
use crate::policy::{BlockAddresses, RuleId, Told, Verdict};

/// What answers are made of.
#[derive(Debug, Clone)]
pub struct Words {
    /// Whose policy it is.
    pub organisation: String,
    /// The mail address for questions, unless a rule has its own.
    pub contact: Option<String>,
    /// The language of titles and reasons.
    pub language: String,
    /// How long an answer of ours may be kept, in seconds.
    pub ttl: u32,
    /// What becomes of the canary names.
    pub canaries: Canaries,
}

/// What is answered without asking anybody.
#[derive(Debug)]
pub enum Local {
    /// This.
    Answer(Message),
    /// The name is none of ours.
    Elsewhere,
}

/// How Firefox asks whether it may resolve by itself; any answer but addresses stops it
/// (support.mozilla.org, "Canary domain - use-application-dns.net").
const FIREFOX: &str = "use-application-dns.net.";
/// How Apple's systems ask whether iCloud Private Relay may be used; "no error, no answer" or NXDOMAIN
/// stops it (developer.apple.com, "Prepare your network or web server for iCloud Private Relay").
const APPLE: [&str; 2] = ["mask.icloud.com.", "mask-h2.icloud.com."];
/// Where clients ask a resolver for its own encrypted ways (RFC 9462 section 4). Forwarded, they would
/// learn those of the upstream server and pass us by.
const RESOLVER: &str = "resolver.arpa.";

/// Answers for names that mean the same under every policy.
pub fn local(query: &Query, words: &Words) -> Local {
    let is = |name: &str| Name::from_ascii(name).is_ok_and(|name| *query.name() == name);
    let within = |name: &str| Name::from_ascii(name).is_ok_and(|name| name.zone_of(query.name()));
    if words.canaries == Canaries::Refuse {
        if is(FIREFOX) {
            return Local::Answer(negative(query, ResponseCode::NXDomain, words.ttl));
        }
        if APPLE.into_iter().any(is) {
            return Local::Answer(negative(query, ResponseCode::NoError, words.ttl));
        }
    }
    if within(RESOLVER) {
        return Local::Answer(negative(query, ResponseCode::NoError, words.ttl));
    }
    if query.kind() == RecordType::ANY {
        return Local::Answer(minimal(query, words.ttl));
    }
    Local::Elsewhere
}

/// The answer for a name of which the policy tells something else than the truth. `own` is the address
/// of ours that the query came to: it stands for a block when no block address is known.
pub fn redirected(
    query: &Query,
    told: Told,
    addresses: &BlockAddresses,
    own: IpAddr,
    verdict: &Verdict,
    words: &Words,
) -> Option<Message> {
    if told == Told::Truth {
        return None;
    }
    // Nobody is kept from the portal: where its name leads is the truth about it, and no error.
    let is_portal = verdict.rule == RuleId::Portal;
    let code = code_of(verdict);
    if query.takes_structured_errors() && !is_portal {
        // Who asks for these must not get a forged answer.
        let ttl = words.ttl.clamp(10, 60);
        let mut reply = negative(query, ResponseCode::NXDomain, ttl);
        ExtendedError::new(code, structured(verdict, words)).put(&mut reply);
        return Some(reply);
    }
    let mut reply = match told {
        Told::Truth => return None,
        Told::Nxdomain => negative(query, ResponseCode::NXDomain, words.ttl),
        Told::Null => forged(query, &BlockAddresses::null(), words.ttl),
        Told::Page(_) if addresses.v4.is_empty() && addresses.v6.is_empty() => {
            let own = match own.to_canonical() {
                IpAddr::V4(v4) => BlockAddresses { v4: vec![v4], v6: Vec::new() },
                IpAddr::V6(v6) => BlockAddresses { v4: Vec::new(), v6: vec![v6] },
            };
            forged(query, &own, words.ttl)
        }
        Told::Page(_) => forged(query, addresses, words.ttl),
    };
    if is_portal {
        return Some(reply);
    }
    ExtendedError::new(code, said(verdict, words)).put(&mut reply);
    if !reply.answers.is_empty() {
        ExtendedError::new(Code::Forged, "").put(&mut reply);
    }
    Some(reply)
}

/// The answer for a name whose page the client never sees, since it does not accept the certificate:
/// there is no such name, so that its program fails at once and for long enough.
pub fn backed_off(query: &Query, verdict: &Verdict, words: &Words) -> Message {
    let (code, text) = match query.takes_structured_errors() {
        true => (code_of(verdict), structured(verdict, words)),
        false => (Code::Blocked, said_of_root(verdict, words)),
    };
    let mut reply = negative(query, ResponseCode::NXDomain, words.ttl);
    ExtendedError::new(code, text).put(&mut reply);
    reply
}

/// Addresses for A and AAAA; for all other types, and families that have none, that there is no such
/// record. HTTPS and SVCB are among those, so that no hint leads past the addresses.
fn forged(query: &Query, addresses: &BlockAddresses, ttl: u32) -> Message {
    let data: Vec<RData> = match query.kind() {
        RecordType::A => addresses.v4.iter().map(|ip| RData::A(A(*ip))).collect(),
        RecordType::AAAA => addresses.v6.iter().map(|ip| RData::AAAA(AAAA(*ip))).collect(),
        _ => Vec::new(),
    };
    if data.is_empty() {
        return negative(query, ResponseCode::NoError, ttl);
    }
    let mut reply = query.reply(ResponseCode::NoError);
    let record = |data| Record::from_rdata(query.name().clone(), ttl, data);
    reply.add_answers(data.into_iter().map(record));
    reply
}

/// That there is no such name, or no such record of it, and for how long that may be believed: the TTL
/// of the SOA record and its minimum (RFC 2308 section 5). The name itself is the zone, since nothing is
/// known of its parents.
fn negative(query: &Query, code: ResponseCode, ttl: u32) -> Message {
    let mut reply = query.reply(code);
    let name = |text| Name::from_ascii(text).unwrap_or_else(|_| Name::root());
    let (server, person) = (name("blockhouse.invalid."), name("nobody.invalid."));
    let soa = SOA::new(server, person, 1, 3600, 600, 86_400, ttl);
    reply.add_authority(Record::from_rdata(query.name().clone(), ttl, RData::SOA(soa)));
    reply
}

/// The smallest honest answer to ANY (RFC 8482 section 4.2).
fn minimal(query: &Query, ttl: u32) -> Message {
    let mut reply = query.reply(ResponseCode::NoError);
    let hinfo = HINFO::new("RFC8482".to_owned(), String::new());
    reply.add_answer(Record::from_rdata(query.name().clone(), ttl, RData::HINFO(hinfo)));
    reply
}
