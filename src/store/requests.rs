//! Access requests: what people send from the block page, and what was decided about it.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Store;
use super::error::StoreError;
use super::memory::{Memory, RequestRow, Row, Session};
use super::text::{self, MAX_NOTE, MAX_REASON, clean};
use crate::clock::Time;
use crate::host::{Host, MAX_NAME};

/// The most requests that are kept. Past it the oldest decided one makes room for a new one.
pub const MAX_REQUESTS: usize = 5_000;
/// The most people that are kept with one request; more are only counted.
pub const MAX_PEOPLE: usize = 100;
/// The most people that are kept with all requests together, beside the first of each.
pub const MAX_ALL_PEOPLE: usize = 20_000;
/// How long a decided request is kept after its decision, or after the end of its approval.
const KEPT: Duration = Duration::from_secs(90 * 86_400);
/// How long an open request is kept after somebody last asked for it.
const KEPT_OPEN: Duration = Duration::from_secs(180 * 86_400);
/// The time in which the requests of one client are counted.
pub(super) const COUNTED: Duration = Duration::from_secs(86_400);
/// Digits of an id.
const ID: usize = 5;

/// What a person sends. `Debug` leaves out the browser and what the person wrote.
#[derive(Clone)]
pub struct NewRequest {
    /// The host that was blocked.
    pub host: Host,
    /// What an approval opens: this name and everything below it, as a rule the registrable domain.
    pub site: String,
    /// Whether a category of class `security` knows the host.
    pub danger: bool,
    /// The category that blocked it.
    pub category: Option<String>,
    /// The policy that blocked it.
    pub policy: String,
    /// Where the client is.
    pub location: Option<String>,
    /// The person's address.
    pub client: IpAddr,
    /// An opaque id of the browser on this host. Only its SHA-256 is kept.
    pub session: String,
    /// The id of the event that stood on the page.
    pub event: String,
    /// Why access is needed, in the person's words.
    pub reason: String,
    /// How to reach the person.
    pub contact: Option<String>,
}

/// How many requests are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// From one client in 24 hours.
    pub per_client: u32,
    /// Open at the same time in all.
    pub open: u32,
}

/// What became of a request that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// It is a new one.
    New(Request),
    /// The same host is asked for already; this person was added.
    Joined(Request),
    /// This client has sent too many today.
    TooMany,
    /// Too many are open.
    Full,
}

/// An access request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its id, five digits.
    pub id: String,
    /// The host that was blocked.
    pub host: Host,
    /// What an approval opens.
    pub site: String,
    /// Whether a category of class `security` knows the host; then it cannot be approved.
    pub danger: bool,
    /// The category that blocked it.
    pub category: Option<String>,
    /// The policy that blocked it.
    pub policy: String,
    /// Where the first client was.
    pub location: Option<String>,
    /// When it was sent first.
    #[serde(with = "text::rfc3339")]
    pub created: Time,
    /// Who sent it: the first [`MAX_PEOPLE`].
    pub people: Vec<Person>,
    /// How many sent it.
    pub count: u32,
    /// What became of it.
    pub state: State,
}

/// One person who sent a request. `Debug` leaves out what the person wrote.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The person's address.
    pub client: IpAddr,
    /// The id of the event that stood on the page.
    pub event: String,
    /// Why access is needed.
    pub reason: String,
    /// How to reach the person.
    pub contact: Option<String>,
    /// When it was sent.
    #[serde(with = "text::rfc3339")]
    pub at: Time,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum State {
    /// Nobody has decided.
    Open,
    /// It may be used for a time, which may be over.
    Approved {
        /// When it was decided.
        #[serde(with = "text::rfc3339")]
        at: Time,
        /// When it ends.
        #[serde(with = "text::rfc3339")]
        until: Time,
        /// For whom.
        who: Who,
    },
    /// It was denied.
    Denied {
        /// When it was decided.
        #[serde(with = "text::rfc3339")]
        at: Time,
        /// Why, in words for the people who asked.
        note: Option<String>,
    },
}

/// For whom a request is approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// The addresses of the people who asked.
    Clients(Vec<IpAddr>),
    /// The networks around them.
    Network(Vec<IpNet>),
    /// Whoever comes.
    Everyone,
}

impl Who {
    fn includes(&self, client: IpAddr) -> bool {
        match self {
            Self::Clients(clients) => clients.contains(&client),
            Self::Network(nets) => nets.iter().any(|net| net.contains(&client)),
            Self::Everyone => true,
        }
    }
}

/// For whom to approve a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhoSpec {
    /// The addresses of the people who asked.
    Client,
    /// The networks around them, as wide as these prefixes.
    Network {
        /// The length of the prefix of an IPv4 network, 24 as a rule.
        v4: u8,
        /// The length of the prefix of an IPv6 network, 56 as a rule.
        v6: u8,
    },
    /// Whoever comes.
    Everyone,
}

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It holds from now on.
    Decided(Request),
    /// There is no request with this id.
    Unknown,
    /// It cannot be approved: a category of class `security` knows the host.
    Danger(Request),
}

/// What became of an earlier request of the same browser for the same host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// The request's id.
    pub request: String,
    /// When this browser sent it.
    pub at: Time,
    /// What became of it.
    pub state: State,
}

/// An approved request that opens a host for a client now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The request's id.
    pub request: String,
    /// What it opens.
    pub site: String,
    /// When it ends.
    pub until: Time,
}

impl fmt::Debug for NewRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, client, event, .. } = self;
        let mut out = f.debug_struct("NewRequest");
        out.field("host", host).field("client", client).field("event", event);
        out.finish_non_exhaustive()
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, event, at, .. } = self;
        let mut out = f.debug_struct("Person");
        out.field("client", client).field("event", event).field("at", at);
        out.finish_non_exhaustive()
    }
}

impl Request {
    /// Whether it is approved and its time is not over.
    pub fn is_in_force(&self, now: Time) -> bool {
        matches!(self.state, State::Approved { until, .. } if now < until)
    }

    /// Whether it is so old that it is forgotten.
    fn is_past_keeping(&self, now: Time) -> bool {
        let asked = self.people.iter().map(|person| person.at).max().unwrap_or(self.created);
        let end = match self.state {
            State::Open => asked.plus(KEPT_OPEN),
            State::Approved { until, .. } => until.plus(KEPT),
            State::Denied { at, .. } => at.plus(KEPT),
        };
        end < now
    }
}

impl Store {
    /// Takes a request, or adds this person to the open one for the same host. A browser that asks
    /// again replaces what it said before.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written.
    pub fn submit(
        &self,
        new: NewRequest,
        limits: RequestLimits,
        now: Time,
    ) -> Result<Submitted, StoreError> {
        let client = new.client.to_canonical();
        self.change(|memory| {
            if self.has_sent(client, limits.per_client, now) {
                return Ok((Vec::new(), Submitted::TooMany));
            }
            let (rows, submitted) = match memory.open_request(&new.host) {
                Some(row) => {
                    let row = join(row, new, now, memory.people < MAX_ALL_PEOPLE);
                    let request = row.request.clone();
                    (vec![Row::Request(row.into())], Submitted::Joined(request))
                }
                None => match begin(memory, new, limits, now)? {
                    Some((rows, request)) => (rows, Submitted::New(request)),
                    None => return Ok((Vec::new(), Submitted::Full)),
                },
            };
            // Here, so that nobody sends more by sending at once; one that then cannot be written
            // counts as well.
            self.note_sent(client, now);
            Ok((rows, submitted))
        })
    }

    /// All requests that are kept, the newest first.
    pub fn requests(&self) -> Vec<Request> {
        let mut requests: Vec<_> =
            self.memory().requests.values().map(|row| row.request.clone()).collect();
        requests.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
        requests
    }

    /// The request with this id, as a person may type it.
    pub fn request(&self, id: &str) -> Option<Request> {
        self.memory().requests.get(&text::typed_id(id)).map(|row| row.request.clone())
    }

    /// Opens the site of a request for a time. What was decided before is replaced.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for no time at all, and what keeps it from being written.
    pub fn approve(
        &self,
        id: &str,
        span: Duration,
        who: WhoSpec,
        now: Time,
    ) -> Result<Decision, StoreError> {
        if span.as_secs() == 0 {
            return Err(StoreError::Invalid("an approval must last a second at least"));
        }
        self.decide(id, |request| {
            (!request.danger).then(|| State::Approved {
                at: now,
                until: now.plus(span),
                who: who_is_meant(who, &request.people),
            })
        })
    }

    /// Denies a request; an approval ends at once.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written.
    pub fn deny(&self, id: &str, note: Option<&str>, now: Time) -> Result<Decision, StoreError> {
        let note = note.map(|note| clean(note, MAX_NOTE)).filter(|note| !note.is_empty());
        self.decide(id, |_| Some(State::Denied { at: now, note }))
    }

    fn decide(
        &self,
        id: &str,
        state: impl FnOnce(&Request) -> Option<State>,
    ) -> Result<Decision, StoreError> {
        let id = text::typed_id(id);
        self.change(|memory| {
            let Some(row) = memory.requests.get(&id) else {
                return Ok((Vec::new(), Decision::Unknown));
            };
            let Some(state) = state(&row.request) else {
                return Ok((Vec::new(), Decision::Danger(row.request.clone())));
            };
            let mut row = RequestRow::clone(row);
            row.request.state = state;
            let request = row.request.clone();
            Ok((vec![Row::Request(row.into())], Decision::Decided(request)))
        })
    }

    /// What became of the newest request for this host by this browser.
    pub fn earlier(&self, session: &str, host: &Host) -> Option<Earlier> {
        let session = digest_of(session);
        let memory = self.memory();
        let found = memory.sent(&session).filter(|row| row.request.host == *host);
        let sent = found.filter_map(|row| {
            let place = row.sessions.iter().position(|own| *own == session)?;
            let Request { id, state, people, .. } = &row.request;
            let at = people.get(place)?.at;
            Some(Earlier { request: id.clone(), at, state: state.clone() })
        });
        sent.max_by_key(|earlier| earlier.at)
    }

    /// The approved request that opens this host for this client now, if there is one: of several,
    /// the one that lasts longest. Cheap enough for every request.
    ///
    /// Whether the host is a danger by now is for the caller to ask: an approval never opens a host
    /// of class `security`.
    pub fn approval(&self, client: IpAddr, host: &Host, now: Time) -> Option<Approval> {
        let client = client.to_canonical();
        let memory = self.memory();
        let fitting = memory.approved(host).filter_map(|row| match &row.request.state {
            State::Approved { until, who, .. } if now < *until && who.includes(client) => {
                let Request { id, site, .. } = &row.request;
                Some(Approval { request: id.clone(), site: site.clone(), until: *until })
            }
            _ => None,
        });
        fitting.max_by_key(|approval| approval.until)
    }
}

/// The requests that are past keeping, as rows to remove.
pub(super) fn past(memory: &Memory, now: Time) -> Vec<Row> {
    let rows = memory.requests.values().filter(|row| row.request.is_past_keeping(now));
    rows.map(|row| Row::NoRequest(row.request.id.clone())).collect()
}

fn begin(
    memory: &Memory,
    new: NewRequest,
    limits: RequestLimits,
    now: Time,
) -> Result<Option<(Vec<Row>, Request)>, StoreError> {
    if memory.open_requests() >= usize::try_from(limits.open).unwrap_or(usize::MAX) {
        return Ok(None);
    }
    let mut rows = Vec::new();
    if memory.requests.len() >= MAX_REQUESTS {
        let requests = memory.requests.values().map(|row| &row.request);
        let idle = requests.filter(|r| r.state != State::Open && !r.is_in_force(now));
        match idle.min_by_key(|request| request.created) {
            Some(oldest) => rows.push(Row::NoRequest(oldest.id.clone())),
            None => return Ok(None),
        }
    }
    let (person, session) = person(&new, now);
    let optional = |text: Option<String>| {
        text.map(|text| clean(&text, MAX_NOTE)).filter(|text| !text.is_empty())
    };
    let request = Request {
        id: text::fresh_id::<ID>(|id| memory.requests.contains_key(id))?,
        host: new.host,
        site: clean(&new.site, MAX_NAME),
        danger: new.danger,
        category: optional(new.category),
        policy: clean(&new.policy, MAX_NOTE),
        location: optional(new.location),
        created: now,
        people: vec![person],
        count: 1,
        state: State::Open,
    };
    let row = RequestRow { request: request.clone(), sessions: vec![session] };
    rows.push(Row::Request(row.into()));
    Ok(Some((rows, request)))
}

fn join(row: &RequestRow, new: NewRequest, now: Time, room: bool) -> RequestRow {
    let mut row = row.clone();
    row.request.danger |= new.danger;
    let (person, session) = person(&new, now);
    let people = &mut row.request.people;
    let known = row.sessions.iter().position(|own| *own == session);
    match known.and_then(|place| people.get_mut(place)) {
        Some(before) => *before = person,
        None => {
            row.request.count = row.request.count.saturating_add(1);
            if room && people.len() < MAX_PEOPLE {
                people.push(person);
                row.sessions.push(session);
            }
        }
    }
    row
}

fn person(new: &NewRequest, now: Time) -> (Person, Session) {
    let contact = new.contact.as_deref().map(|contact| clean(contact, MAX_NOTE));
    let person = Person {
        client: new.client.to_canonical(),
        event: clean(&new.event, MAX_NOTE),
        reason: clean(&new.reason, MAX_REASON),
        contact: contact.filter(|contact| !contact.is_empty()),
        at: now,
    };
    (person, digest_of(&new.session))
}

fn who_is_meant(who: WhoSpec, people: &[Person]) -> Who {
    let mut clients: Vec<_> = people.iter().map(|person| person.client).collect();
    clients.sort_unstable();
    clients.dedup();
    match who {
        WhoSpec::Client => Who::Clients(clients),
        WhoSpec::Network { v4, v6 } => {
            let around = |ip: IpAddr| match ip {
                IpAddr::V4(_) => IpNet::new(ip, v4.min(32)),
                IpAddr::V6(_) => IpNet::new(ip, v6.min(128)),
            };
            let mut nets: Vec<_> =
                clients.into_iter().filter_map(|ip| Some(around(ip).ok()?.trunc())).collect();
            nets.dedup();
            Who::Network(nets)
        }
        WhoSpec::Everyone => Who::Everyone,
    }
}

fn digest_of(session: &str) -> Session {
    HEXLOWER.encode(digest::digest(&digest::SHA256, session.as_bytes()).as_ref())
}
