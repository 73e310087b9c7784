//! Asking upstream servers: several, one after the other, the next one beside those that keep us
//! waiting.
//!
//! Each question goes out from a port of its own with an id of its own, and the same question is never
//! under way twice, so that a forged answer has to guess both (RFC 5452).

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hickory_proto::op::{Edns, Message, ResponseCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::UDP_PAYLOAD;
use super::cache::{Cache, Key, Said};
use super::message::Query;
use crate::clock;
use crate::random;

/// How long one server is waited for before the next one is asked beside it.
const STAGGER: Duration = Duration::from_millis(800);
/// How long a question may take in all. Clients ask anew after five seconds.
const PATIENCE: Duration = Duration::from_millis(4500);
/// How often a question is sent, to several servers or to the same one.
const TRIES: usize = 4;
/// For how long a server that kept us waiting is asked after all others.
const LATE: Duration = Duration::from_secs(30);
/// How many packets that answer something else are thrown away before a try counts as failed.
const STRANGERS: usize = 16;

/// There is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// There is no server to ask.
    Nobody,
    /// None of them answered.
    Silent,
}

/// What asks upstream servers, and remembers what they said. Safe for concurrent use.
pub(super) struct Forwarder {
    servers: Vec<Server>,
    cache: Cache,
    flights: Mutex<HashMap<Key, watch::Receiver<Landed>>>,
    start: Instant,
}

type Landed = Option<Result<Said, Failure>>;

struct Server {
    address: SocketAddr,
    /// Until when it counts as late, in milliseconds after the start.
    late: AtomicU64,
}

impl Forwarder {
    pub(super) fn new(servers: &[SocketAddr], cache: NonZeroUsize) -> Self {
        let server = |address: &SocketAddr| Server { address: *address, late: AtomicU64::new(0) };
        Self {
            servers: servers.iter().map(server).collect(),
            cache: Cache::new(cache),
            flights: Mutex::default(),
            start: clock::ticks(),
        }
    }

    /// Whether these are the servers, in this order.
    pub(super) fn asks(&self, servers: &[SocketAddr]) -> bool {
        self.servers.iter().map(|server| &server.address).eq(servers)
    }

    /// What is known without asking.
    pub(super) fn known(&self, query: &Query) -> Option<Said> {
        self.cache.get(&Key::new(query), clock::ticks())
    }

    /// Asks, or waits for the answer to the same question that somebody else has asked.
    pub(super) async fn ask(&self, query: &Query) -> Result<Said, Failure> {
        let key = Key::new(query);
        loop {
            let mut landing = match self.board(&key) {
                Ok(flight) => {
                    let landed = self.race(query).await;
                    if let Ok(said) = &landed {
                        self.cache.put(key.clone(), said, clock::ticks());
                    }
                    flight.landed.send_replace(Some(landed.clone()));
                    return landed;
                }
                Err(landing) => landing,
            };
            if let Ok(landed) = landing.wait_for(Option::is_some).await
                && let Some(landed) = &*landed
            {
                return landed.clone();
            }
            // Who asked has gone away; now it is our turn.
        }
    }

    /// Begins a flight, or gives the one that is under way.
    fn board<'f>(&'f self, key: &Key) -> Result<Flight<'f>, watch::Receiver<Landed>> {
        let mut flights = self.flights();
        if let Some(landing) = flights.get(key) {
            return Err(landing.clone());
        }
        let (landed, landing) = watch::channel(None);
        flights.insert(key.clone(), landing);
        Ok(Flight { forwarder: self, key: key.clone(), landed })
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Key, watch::Receiver<Landed>>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn race(&self, query: &Query) -> Result<Said, Failure> {
        if self.servers.is_empty() {
            return Err(Failure::Nobody);
        }
        // Of what was said, the best that is no answer: a failure that the server admits.
        let mut poor = None;
        let raced = timeout(PATIENCE, self.try_all(query, &mut poor)).await;
        raced.ok().flatten().or(poor).ok_or(Failure::Silent)
    }

    async fn try_all(&self, query: &Query, poor: &mut Option<Said>) -> Option<Said> {
        let question = question(query);
        let order = self.order();
        let mut plan = order.iter().cycle().take(TRIES.max(order.len()));
        let mut tries = JoinSet::new();
        loop {
            let asked = plan.next().map(|at| &self.servers[*at]);
            if let Some(server) = asked {
                let (address, question) = (server.address, question.clone());
                tries.spawn(async move { (address, ask(address, question).await) });
            }
            loop {
                let ended = tokio::select! {
                    ended = tries.join_next() => ended,
                    () = sleep(STAGGER), if asked.is_some() => {
                        if let Some(server) = asked {
                            self.mark(server.address, true);
                        }
                        break;
                    }
                };
                match ended {
                    Some(Ok((address, Ok(message)))) => {
                        self.mark(address, false);
                        let said = Said { message, secure: address.ip().is_loopback() };
                        if is_answer(&said.message) {
                            return Some(said);
                        }
                        poor.get_or_insert(said);
                    }
                    Some(Ok((address, Err(error)))) => {
                        tracing::debug!(%address, %error, "an upstream server gave no answer");
                        self.mark(address, true);
                    }
                    Some(Err(_)) => {}
                    None if asked.is_none() => return None,
                    None => {}
                }
                if asked.is_some() {
                    break;
                }
            }
        }
    }

    /// The servers in the order of the configuration, those that were late at the end.
    fn order(&self) -> Vec<usize> {
        let now = self.now();
        let mut order: Vec<usize> = (0..self.servers.len()).collect();
        order.sort_by_key(|at| self.servers[*at].late.load(Ordering::Relaxed) > now);
        order
    }

    fn mark(&self, address: SocketAddr, late: bool) {
        let until = if late { self.now().saturating_add(milliseconds(LATE)) } else { 0 };
        for server in self.servers.iter().filter(|server| server.address == address) {
            server.late.store(until, Ordering::Relaxed);
        }
    }

    fn now(&self) -> u64 {
        milliseconds(clock::ticks().saturating_duration_since(self.start))
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// A question under way. Once it is over, or its asker gone, the next one may ask anew.
struct Flight<'f> {
    forwarder: &'f Forwarder,
    key: Key,
    landed: watch::Sender<Landed>,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.forwarder.flights().remove(&self.key);
    }
}

/// Whether a server has said something that another could not better.
fn is_answer(message: &Message) -> bool {
    matches!(message.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain)
}

/// The question that servers get: the client's, with EDNS of our own and none of its options.
fn question(query: &Query) -> Message {
    let mut question = Message::query();
    question.metadata.recursion_desired = true;
    question.metadata.checking_disabled = query.is_unchecked();
    // We understand AD (RFC 6840 section 5.7).
    question.metadata.authentic_data = true;
    question.add_query(query.asked().clone());
    let mut edns = Edns::new();
    edns.set_max_payload(UDP_PAYLOAD);
    edns.set_dnssec_ok(query.wants_signatures());
    question.set_edns(edns);
    question
}

async fn ask(server: SocketAddr, mut question: Message) -> io::Result<Message> {
    let mut said = by_udp(server, &mut question).await?;
    let code = said.metadata.response_code;
    if matches!(code, ResponseCode::FormErr | ResponseCode::NotImp) && said.edns.is_none() {
        // It does not know EDNS (RFC 6891 section 7).
        question.edns = None;
        said = by_udp(server, &mut question).await?;
    }
    if said.metadata.truncation {
        said = by_tcp(server, &mut question).await?;
    }
    Ok(said)
}

async fn by_udp(server: SocketAddr, question: &mut Message) -> io::Result<Message> {
    let own: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // The system chooses a random port, and a connected socket takes packets of the server alone.
    let socket = UdpSocket::bind((own, 0)).await?;
    socket.connect(server).await?;
    socket.send(&written(question)?).await?;
    let mut answer = vec![0; usize::from(UDP_PAYLOAD)];
    for _ in 0..STRANGERS {
        let length = socket.recv(&mut answer).await?;
        if let Some(said) = read(&answer[..length], question) {
            return Ok(said);
        }
    }
    Err(garbage())
}

async fn by_tcp(server: SocketAddr, question: &mut Message) -> io::Result<Message> {
    let octets = written(question)?;
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(octets.len()).map_err(io::Error::other)?.to_be_bytes();
    stream.write_all(&[&length[..], &octets].concat()).await?;
    let mut answer = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut answer).await?;
    read(&answer, question).ok_or_else(garbage)
}

/// The question with a new id.
fn written(question: &mut Message) -> io::Result<Vec<u8>> {
    question.metadata.id = u16::from_be_bytes(random::octets().map_err(io::Error::other)?);
    question.to_vec().map_err(io::Error::other)
}

/// The answer to this question, if the octets are one (RFC 5452 section 9.1).
fn read(octets: &[u8], question: &Message) -> Option<Message> {
    let said = Message::from_vec(octets).ok()?;
    // Some servers send none back with what they do not understand.
    let asked = said.queries == question.queries
        || (said.queries.is_empty() && !is_answer(&said) && said.answers.is_empty());
    let answers = said.metadata.message_type == hickory_proto::op::MessageType::Response;
    (answers && asked && said.metadata.id == question.metadata.id).then_some(said)
}

fn garbage() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what came answers another question")
}
