//! Queries as they come and answers as they go: what is no query, and how much fits. Pure.

use std::borrow::Cow;
use std::fmt::Write as _;

use hickory_proto::op::{
    Edns, Message, MessageType, Metadata, OpCode, Query as Asked, ResponseCode,
};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{DNSClass, Name, Record, RecordType};
use hickory_proto::serialize::binary::{BinEncodable as _, BinEncoder};

use super::UDP_PAYLOAD;
use super::error::{EXTENDED_ERROR, ExtendedError, STRUCTURED_ERROR};
use crate::host::HostName;

/// The octets of a header.
const HEADER: usize = 12;
/// Answers over TLS are padded to a multiple of this for clients that pad (RFC 8467 section 4.1).
const BLOCK: usize = 468;
const PADDING: u16 = 12;
/// TKEY, TSIG, IXFR and AXFR: not for resolvers.
const TRANSACTIONS: std::ops::RangeInclusive<u16> = 249..=252;

/// How a query came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// In a datagram, whose sender nobody knows for sure and whose answer has to fit into another.
    Udp,
    /// Over TCP.
    Tcp,
    /// Over TLS or HTTPS.
    Encrypted,
}

/// What became of the octets of a query.
#[derive(Debug)]
pub enum Read {
    /// A question that can be answered.
    Query(Box<Query>),
    /// No such question, and this says so.
    Reply(Vec<u8>),
    /// Nothing that may be answered: too short, or an answer itself.
    Silence,
}

/// A query that was understood.
#[derive(Debug, Clone)]
pub struct Query {
    head: Metadata,
    asked: Asked,
    edns: Option<Edns>,
    way: Way,
}

/// Reads a query. Never answers an answer, so that two servers cannot be set on each other.
pub fn read(octets: &[u8], way: Way) -> Read {
    let Some(head) = octets.first_chunk::<HEADER>() else { return Read::Silence };
    if head[2] & 0x80 != 0 {
        return Read::Silence;
    }
    let bare = |code: u8| {
        // The id, the opcode and RD are the client's; QR and RA are ours; and nothing follows.
        let mut reply = [0; HEADER];
        reply[..2].copy_from_slice(&head[..2]);
        reply[2] = head[2] & 0x79 | 0x80;
        reply[3] = code | 0x80;
        Read::Reply(reply.to_vec())
    };
    if head[2] >> 3 & 0xf != 0 {
        return bare(4);
    }
    // One question, no more and no less (RFC 9619), and no answer to it.
    if head[4..8] != [0, 1, 0, 0] {
        return bare(1);
    }
    let Ok(mut message) = Message::from_vec(octets) else { return bare(1) };
    let Some(asked) = message.queries.pop() else { return bare(1) };
    let query = Query { head: message.metadata, asked, edns: message.edns, way };
    let kind = u16::from(query.asked.query_type());
    let code = if query.edns.as_ref().is_some_and(|edns| edns.version() > 0) {
        ResponseCode::BADVERS
    } else if query.asked.query_type() == RecordType::OPT {
        ResponseCode::FormErr
    } else if query.asked.query_class() != DNSClass::IN || TRANSACTIONS.contains(&kind) {
        ResponseCode::Refused
    } else {
        return Read::Query(Box::new(query));
    };
    match query.encode(query.reply(code)) {
        Some(octets) => Read::Reply(octets),
        None => Read::Silence,
    }
}

impl Query {
    /// The name asked for.
    pub fn name(&self) -> &Name {
        self.asked.name()
    }

    /// The type asked for.
    pub fn kind(&self) -> RecordType {
        self.asked.query_type()
    }

    /// The whole question.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// How it came.
    pub fn way(&self) -> Way {
        self.way
    }

    /// Whether somebody else is to be asked, when we do not know.
    pub fn wants_recursion(&self) -> bool {
        self.head.recursion_desired
    }

    /// DO: whether signatures are wanted (RFC 3225).
    pub fn wants_signatures(&self) -> bool {
        self.edns.as_ref().is_some_and(|edns| edns.flags().dnssec_ok)
    }

    /// CD: whether answers are wanted whose signatures are wrong (RFC 4035 section 3.2.2).
    pub fn is_unchecked(&self) -> bool {
        self.head.checking_disabled
    }

    /// Whether the client understands Extended DNS Errors: it speaks EDNS.
    pub fn takes_errors(&self) -> bool {
        self.edns.is_some()
    }

    /// Whether the client asks for structured errors. An option that is not empty says nothing.
    pub fn takes_structured_errors(&self) -> bool {
        let option = |edns: &Edns| edns.option(EdnsCode::from(STRUCTURED_ERROR)).cloned();
        self.edns.as_ref().and_then(option).is_some_and(|option| option.is_empty())
    }

    /// The host that the policy is asked about. A name such as `_443._tcp.example.com` is judged as it
    /// stands; octets that no host name has count as `_`, so that the parents decide. None for names
    /// that no category can know: the root, and those that end in a number.
    pub fn host(&self) -> Option<HostName> {
        let mut text = String::with_capacity(64);
        for label in self.name().iter() {
            let fold = |octet: &u8| match octet {
                b'-' => '-',
                octet if octet.is_ascii_alphanumeric() => char::from(*octet),
                _ => '_',
            };
            let _ = write!(text, "{}.", label.iter().map(fold).collect::<String>());
        }
        HostName::from_wire(&text).ok()
    }

    /// An answer without records. AD is never set on our own (RFC 6840 section 5.8): we verify nothing.
    pub fn reply(&self, code: ResponseCode) -> Message {
        let mut reply = Message::new(self.head.id, MessageType::Response, OpCode::Query);
        reply.metadata.recursion_desired = self.head.recursion_desired;
        reply.metadata.recursion_available = true;
        reply.metadata.checking_disabled = self.head.checking_disabled;
        reply.metadata.response_code = code;
        reply.add_query(self.asked.clone());
        if let Some(edns) = &self.edns {
            let mut own = Edns::new();
            own.set_max_payload(UDP_PAYLOAD);
            own.set_dnssec_ok(edns.flags().dnssec_ok);
            reply.set_edns(own);
        }
        reply
    }

    /// An answer without records that says why, to clients that understand it.
    pub fn failure(&self, code: ResponseCode, error: &ExtendedError) -> Message {
        let mut reply = self.reply(code);
        error.put(&mut reply);
        reply
    }

    /// What an upstream server said, as the answer to this query. `secure`: nobody can have changed it
    /// on its way to us, so that its AD bit may be believed as far as the server is.
    pub fn pass_on(&self, mut said: Message, secure: bool) -> Message {
        let code = match said.metadata.response_code {
            // Without EDNS there is no place for the upper bits.
            code if code.high() > 0 && self.edns.is_none() => ResponseCode::ServFail,
            code => code,
        };
        let mut reply = self.reply(code);
        // Whoever asks with AD or DO understands AD (RFC 6840 sections 5.7 and 5.8).
        let understood = self.head.authentic_data || self.wants_signatures();
        reply.metadata.authentic_data = secure && understood && said.metadata.authentic_data;
        reply.answers.append(&mut said.answers);
        reply.authorities.append(&mut said.authorities);
        reply.additionals.append(&mut said.additionals);
        if let (Some(own), Some(theirs)) = (&mut reply.edns, &said.edns) {
            // Why it failed is for the client as well (RFC 8914 section 3).
            for error in theirs.options().get_all(EdnsCode::from(EXTENDED_ERROR)) {
                own.options_mut().insert(error.clone());
            }
        }
        reply
    }

    /// How many octets the client takes.
    pub fn room(&self) -> usize {
        match (self.way, &self.edns) {
            (Way::Tcp | Way::Encrypted, _) => usize::from(u16::MAX),
            (Way::Udp, None) => 512,
            (Way::Udp, Some(edns)) => edns.max_payload().clamp(512, UDP_PAYLOAD).into(),
        }
    }

    /// The octets of an answer, cut to what the client takes: first what is additional goes, then all
    /// records, and TC says so. None when it cannot be written down.
    pub fn encode(&self, mut reply: Message) -> Option<Vec<u8>> {
        let room = self.room();
        let mut octets = encode(&reply)?;
        if octets.len() > room && !reply.additionals.is_empty() {
            reply.additionals.clear();
            octets = encode(&reply)?;
        }
        if octets.len() > room {
            reply = reply.truncate();
            octets = encode(&reply)?;
        }
        if octets.len() > room {
            // Long words about an error.
            if let Some(edns) = &mut reply.edns {
                edns.options_mut().options.clear();
            }
            octets = encode(&reply)?;
        }
        self.pad(reply, octets)
    }

    /// Hides the length of an answer from who sees the encrypted octets pass.
    fn pad(&self, mut reply: Message, octets: Vec<u8>) -> Option<Vec<u8>> {
        let pads = |edns: &Edns| edns.option(EdnsCode::from(PADDING)).is_some();
        if self.way != Way::Encrypted || !self.edns.as_ref().is_some_and(pads) {
            return Some(octets);
        }
        let Some(edns) = &mut reply.edns else { return Some(octets) };
        let length = octets.len() + 4;
        let padded = length.next_multiple_of(BLOCK);
        if padded > self.room() {
            return Some(octets);
        }
        edns.options_mut().insert(EdnsOption::Unknown(PADDING, vec![0; padded - length]));
        encode(&reply)
    }
}

fn encode(message: &Message) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(512);
    message.emit(&mut BinEncoder::new(&mut octets)).ok()?;
    Some(octets)
}

/// All records of a message.
pub(super) fn records_mut(message: &mut Message) -> impl Iterator<Item = &mut Record> {
    let Message { answers, authorities, additionals, .. } = message;
    answers.iter_mut().chain(authorities).chain(additionals)
}

/// At most `most` octets of a text, cut between two letters.
pub(super) fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    let mut end = most.saturating_sub('…'.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(change: impl Fn(&mut Message)) -> Query {
        let mut message = Message::query();
        message.add_query(Asked::query(Name::from_ascii("a.example.").unwrap(), RecordType::A));
        change(&mut message);
        match read(&message.to_vec().unwrap(), Way::Udp) {
            Read::Query(query) => *query,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn authentic_is_what_came_unchanged_and_was_asked_for() {
        let signed = query(|message| {
            let mut edns = Edns::new();
            edns.set_dnssec_ok(true);
            message.set_edns(edns);
        });
        let asking = query(|message| message.metadata.authentic_data = true);
        let plain = query(|_| ());
        for (query, secure, authentic) in [
            (&signed, true, true),
            (&asking, true, true),
            (&plain, true, false),
            (&signed, false, false),
            (&asking, false, false),
        ] {
            let mut said = query.reply(ResponseCode::NoError);
            assert!(!said.metadata.authentic_data, "never of our own");
            said.metadata.authentic_data = true;
            assert_eq!(query.pass_on(said, secure).metadata.authentic_data, authentic);
        }
    }

    #[test]
    fn texts_are_cut_between_letters() {
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("abcdefgh", 6), "abc…");
        assert_eq!(shortened("äöüäöü", 8), "äö…");
    }
}
