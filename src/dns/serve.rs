//! The way of a query: limits, the policy, the cache, upstream servers; over UDP and over streams.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::{Buf as _, BytesMut};
use hickory_proto::op::{Message, ResponseCode};
use ipnet::IpNet;
use quinn_udp::{RecvMeta, Transmit, UdpSocketState};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, Interest};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::STREAM_IDLE;
use super::answer::{self, Local, Words};
use super::error::{Code, ExtendedError};
use super::forward::{Failure, Forwarder};
use super::limit::Limits;
use super::message::{self, Query, Read, Way, records_mut};
use crate::host::Host;
use crate::places::Served;
use crate::policy::{BlockAddresses, Told, Verdict};

/// How many datagrams are taken from the system at once, and the room for each: the system may join
/// several of one sender.
const BATCH: usize = 8;
const DATAGRAMS: usize = 64 * 1024;
/// How much the system may hold for us, so that a burst of one client does not push out the others.
const WAITING: usize = 4 << 20;
/// Queries of one connection that wait for an upstream server at the same time; beyond it nothing more
/// is read (RFC 7766 section 6.2.1.1 asks for pipelining).
const PIPELINED: usize = 32;
/// How long to wait when the system has no memory left for a datagram.
const EXHAUSTED: std::time::Duration = std::time::Duration::from_millis(100);

/// What says what clients are told.
pub trait Judge: Send + Sync + 'static {
    /// What the policy says now for this client and this host.
    fn judge(&self, client: IpAddr, host: &Host) -> Judged;
}

/// What the policy says, as far as a gateway must know.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// What is told because of it.
    pub told: Told,
    /// The addresses of a [`Told::Page`].
    pub addresses: BlockAddresses,
    /// Whether the truth is told because of a grant, which ends: the answer must not outlive it.
    pub is_granted: bool,
    /// Whether a page is in vain: the client keeps failing at this host for want of the root.
    pub backs_off: bool,
}

/// How a gateway serves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What its own answers are made of.
    pub words: Words,
    /// Who is served.
    pub networks: Vec<IpNet>,
    /// Queries per second and client.
    pub rate: NonZeroU32,
    /// Answers that are kept.
    pub cache: NonZeroUsize,
    /// Who is asked, in order.
    pub servers: Vec<SocketAddr>,
}

/// Where a query came from and how.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The client.
    pub client: IpAddr,
    /// The address of ours that it came to.
    pub local: IpAddr,
    /// How it came.
    pub way: Way,
}

/// What becomes of a query.
pub enum Answered {
    /// This is the answer.
    Now(Vec<u8>),
    /// Upstream servers must be asked.
    Later(Pending),
    /// There is none.
    Never,
}

/// A query that waits for upstream servers, and its place among those.
pub struct Pending {
    gateway: Arc<Gateway>,
    query: Box<Query>,
    is_granted: bool,
    _place: Served,
}

/// The embedded gateway. Safe for concurrent use.
pub struct Gateway {
    words: ArcSwap<Words>,
    limits: Limits,
    forwarder: ArcSwap<Forwarder>,
    judge: Box<dyn Judge>,
    cache: NonZeroUsize,
}

impl Gateway {
    /// Puts a gateway together.
    pub fn new(settings: Settings, judge: impl Judge) -> Self {
        let Settings { words, networks, rate, cache, servers } = settings;
        Self {
            words: ArcSwap::from_pointee(words),
            limits: Limits::new(networks, rate),
            forwarder: ArcSwap::from_pointee(Forwarder::new(&servers, cache)),
            judge: Box::new(judge),
            cache,
        }
    }

    /// From now on its answers are made of these words, and these servers are asked. What the old ones said is
    /// forgotten when they are others.
    pub fn renew(&self, words: Words, servers: &[SocketAddr]) {
        self.words.store(Arc::new(words));
        if !self.forwarder.load().asks(servers) {
            self.forwarder.store(Arc::new(Forwarder::new(servers, self.cache)));
        }
    }

    /// Answers a query as far as that needs no waiting.
    pub fn answer(self: &Arc<Self>, octets: &[u8], from: Origin) -> Answered {
        let served = self.limits.serves(from.client);
        let taken =
            if served { self.limits.is_within(from.client) } else { self.limits.may_refuse() };
        if !taken && from.way == Way::Udp {
            return Answered::Never;
        }
        let query = match message::read(octets, from.way) {
            Read::Query(query) => query,
            Read::Reply(octets) => return Answered::Now(octets),
            Read::Silence => return Answered::Never,
        };
        if !served {
            // No words: the answer to somebody who may be forged is to be short.
            return refuse(&query, Code::Prohibited, "");
        }
        if !taken {
            return refuse(&query, Code::Other, "too many queries; slow down");
        }
        let words = self.words.load();
        if let Local::Answer(reply) = answer::local(&query, &words) {
            return give(&query, reply);
        }
        let mut is_granted = false;
        if let Some(name) = query.host() {
            let judged = self.judge.judge(from.client, &Host::Name(name));
            let Judged { verdict, told, addresses, .. } = &judged;
            let redirected = match told {
                Told::Page(_) if judged.backs_off => {
                    Some(answer::backed_off(&query, verdict, &words))
                }
                _ => answer::redirected(&query, *told, addresses, from.local, verdict, &words),
            };
            if let Some(reply) = redirected {
                return give(&query, reply);
            }
            is_granted = judged.is_granted;
        }
        if !query.wants_recursion() {
            return refuse(&query, Code::NotAuthoritative, "recursion was not asked for");
        }
        if let Some(said) = self.forwarder.load().known(&query) {
            let reply = query.pass_on(said.message, said.secure);
            return give(&query, self.within_grant(reply, is_granted));
        }
        match self.limits.forwarded.take(from.client) {
            Some(place) => Answered::Later(Pending {
                gateway: Arc::clone(self),
                query,
                is_granted,
                _place: place,
            }),
            // The client asks again when it has fewer under way.
            None if from.way == Way::Udp => Answered::Never,
            None => {
                let error = ExtendedError::new(Code::Other, "too many queries at the same time");
                give(&query, query.failure(ResponseCode::ServFail, &error))
            }
        }
    }

    /// Answers a query, however long that takes: a few seconds at most.
    pub async fn resolve(self: &Arc<Self>, octets: &[u8], from: Origin) -> Option<Vec<u8>> {
        match self.answer(octets, from) {
            Answered::Now(octets) => Some(octets),
            Answered::Later(pending) => pending.finish().await,
            Answered::Never => None,
        }
    }

    /// A place for a connection of this client, if it may have one more.
    pub fn enter(&self, client: IpAddr) -> Option<Served> {
        self.limits.enter(client)
    }

    /// Forgets what is known of clients that have gone.
    pub fn tidy(&self) {
        self.limits.tidy();
    }

    /// The truth that a grant opened is kept by nobody for longer than an answer of ours, so that the
    /// end of the grant is the end of it.
    fn within_grant(&self, mut reply: Message, is_granted: bool) -> Message {
        if is_granted {
            let ttl = self.words.load().ttl;
            for record in records_mut(&mut reply) {
                record.ttl = record.ttl.min(ttl);
            }
        }
        reply
    }
}

impl Pending {
    /// Asks.
    pub async fn finish(self) -> Option<Vec<u8>> {
        let Self { gateway, query, is_granted, .. } = &self;
        let forwarder = gateway.forwarder.load_full();
        let reply = match forwarder.ask(query).await {
            Ok(said) => gateway.within_grant(query.pass_on(said.message, said.secure), *is_granted),
            Err(Failure::Nobody) => {
                let error =
                    ExtendedError::new(Code::NoReachableAuthority, "there is no upstream resolver");
                query.failure(ResponseCode::ServFail, &error)
            }
            Err(Failure::Silent) => {
                let error =
                    ExtendedError::new(Code::NetworkError, "no upstream resolver answered in time");
                query.failure(ResponseCode::ServFail, &error)
            }
        };
        query.encode(reply)
    }
}

fn give(query: &Query, reply: Message) -> Answered {
    query.encode(reply).map_or(Answered::Never, Answered::Now)
}

fn refuse(query: &Query, code: Code, text: &str) -> Answered {
    give(query, query.failure(ResponseCode::Refused, &ExtendedError::new(code, text)))
}

/// Answers what comes to a UDP socket. What must be forwarded becomes a task of `tasks`.
pub async fn serve_udp(socket: UdpSocket, gateway: Arc<Gateway>, tasks: TaskTracker) {
    let port = match Port::new(socket) {
        Ok(port) => Arc::new(port),
        Err(error) => {
            tracing::error!(%error, "cannot receive queries over UDP");
            return;
        }
    };
    let mut room = vec![vec![0; DATAGRAMS]; BATCH];
    let mut metas = [RecvMeta::default(); BATCH];
    loop {
        let received = {
            let mut slices: Vec<_> = room.iter_mut().map(|room| IoSliceMut::new(room)).collect();
            port.receive(&mut slices, &mut metas).await
        };
        let count = match received {
            Ok(count) => count,
            Err(error) => {
                tracing::warn!(%error, address = %port.address, "cannot receive; waiting");
                sleep(EXHAUSTED).await;
                continue;
            }
        };
        for (room, meta) in room.iter().zip(&metas).take(count) {
            let octets = room.get(..meta.len).unwrap_or_default();
            for datagram in octets.chunks(meta.stride.max(1)) {
                port.take(datagram, meta, &gateway, &tasks);
            }
        }
    }
}

/// A UDP socket that answers from the address that it was asked at.
struct Port {
    socket: UdpSocket,
    state: UdpSocketState,
    address: SocketAddr,
}

/// Where a datagram goes.
#[derive(Clone, Copy)]
struct Back {
    to: SocketAddr,
    from: Option<IpAddr>,
}

impl Port {
    fn new(socket: UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new((&socket).into())?;
        // As much as the system allows.
        let _ = state.set_recv_buffer_size((&socket).into(), WAITING);
        let address = socket.local_addr()?;
        Ok(Self { socket, state, address })
    }

    async fn receive(
        &self,
        slices: &mut [IoSliceMut<'_>],
        metas: &mut [RecvMeta],
    ) -> io::Result<usize> {
        let mut receive = || self.state.recv((&self.socket).into(), slices, metas);
        self.socket.async_io(Interest::READABLE, &mut receive).await
    }

    fn take(
        self: &Arc<Self>,
        datagram: &[u8],
        meta: &RecvMeta,
        gateway: &Arc<Gateway>,
        tasks: &TaskTracker,
    ) {
        if meta.addr.port() == 0 {
            return;
        }
        let local = meta.dst_ip.unwrap_or(self.address.ip());
        let client = meta.addr.ip().to_canonical();
        let origin = Origin { client, local: local.to_canonical(), way: Way::Udp };
        let from = meta.dst_ip.filter(|_| self.address.ip().is_unspecified());
        let back = Back { to: meta.addr, from };
        match gateway.answer(datagram, origin) {
            // Never waits: a full queue of the system holds up nobody, and the client asks again.
            Answered::Now(octets) => {
                let send = || self.send(&octets, back);
                let _ = self.socket.try_io(Interest::WRITABLE, send);
            }
            Answered::Later(pending) => {
                let port = Arc::clone(self);
                tasks.spawn(async move {
                    if let Some(octets) = pending.finish().await {
                        let send = || port.send(&octets, back);
                        let sent = port.socket.async_io(Interest::WRITABLE, send);
                        let _ = timeout(STREAM_IDLE, sent).await;
                    }
                });
            }
            Answered::Never => {}
        }
    }

    fn send(&self, contents: &[u8], back: Back) -> io::Result<()> {
        let transmit = Transmit {
            destination: back.to,
            ecn: None,
            contents,
            segment_size: None,
            src_ip: back.from,
        };
        self.state.try_send((&self.socket).into(), &transmit)
    }
}

/// Answers what comes over a stream, each query preceded by its length (RFC 7766), until the client
/// ends or is silent for too long. From `stopping` on nothing more is read, and what was read is still answered.
///
/// # Errors
/// What the stream broke off with.
pub async fn serve_stream(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    gateway: &Arc<Gateway>,
    from: Origin,
    stopping: &CancellationToken,
) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    let mut pending: JoinSet<Option<Vec<u8>>> = JoinSet::new();
    let mut has_ended = false;
    let mut deadline = Instant::now() + STREAM_IDLE;
    loop {
        while pending.len() < PIPELINED
            && let Some(query) = next_message(&mut buffer)
        {
            deadline = Instant::now() + STREAM_IDLE;
            match gateway.answer(&query, from) {
                Answered::Now(octets) => write(&mut stream, &octets).await?,
                Answered::Later(later) => drop(pending.spawn(later.finish())),
                // Not a query: whoever sends that has nothing to say to a resolver.
                Answered::Never => return Ok(()),
            }
        }
        if has_ended && pending.is_empty() {
            return Ok(());
        }
        let reads = !has_ended && pending.len() < PIPELINED;
        tokio::select! {
            Some(done) = pending.join_next() => {
                deadline = Instant::now() + STREAM_IDLE;
                if let Ok(Some(octets)) = done {
                    write(&mut stream, &octets).await?;
                }
            }
            () = stopping.cancelled(), if !has_ended => has_ended = true,
            read = stream.read_buf(&mut buffer), if reads => has_ended = read? == 0,
            // Also in the midst of a query: one octet now and then keeps no connection.
            () = sleep_until(deadline), if pending.is_empty() => return Ok(()),
        }
    }
}

/// Takes the next whole message out.
fn next_message(buffer: &mut BytesMut) -> Option<BytesMut> {
    let length = u16::from_be_bytes(*buffer.first_chunk()?).into();
    if buffer.len() < 2 + length {
        return None;
    }
    buffer.advance(2);
    Some(buffer.split_to(length))
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), octets: &[u8]) -> io::Result<()> {
    let length = u16::try_from(octets.len()).map_err(io::Error::other)?.to_be_bytes();
    // In one piece, so that it is one segment (RFC 7766 section 8).
    let whole = [&length[..], octets].concat();
    let written = async {
        stream.write_all(&whole).await?;
        stream.flush().await
    };
    timeout(STREAM_IDLE, written).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}
