//! The way of one connection over TLS, from its first octet to its event.
//!
//! A connection may outlive many configurations, each with its names by the million. So none is held while
//! a peer is waited for without a short limit.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header, request};
use rustls::{HandshakeKind, ProtocolVersion, ServerConfig};
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tokio_rustls::StartHandshake;

use super::arrival::{arrive, own_place};
use super::request::{Line, Place, answer, authority};
use super::{Current, Shared, fault, lacking, report};
use crate::accept::Connection;
use crate::ca::CaError;
use crate::clock::{self, Time};
use crate::event::Outcome;
use crate::greet::fingerprint::Fingerprint;
use crate::greet::{self, Greeting, Hello, Rewound};
use crate::host::Host;
use crate::http::portal::Fate;
use crate::http::{self as web, Protocol, Reply};
use crate::leaf::{LeafError, LeafKind};
use crate::origin::Own;
use crate::places::clients::Seat;
use crate::policy::{Action, Verdict};
use crate::relay::{self, Lifetime};
use crate::tls;
use crate::trust::{NotAccepted, Sign, Version};

/// How soon after the handshake a client leaves that does not like what it saw in it. Our own limits
/// end a silent connection later.
const AT_ONCE: Duration = Duration::from_millis(900);

/// A connection to a TLS port. What comes before the first await happens in the order of connections.
pub(super) fn https(
    connection: Connection,
    current: Current,
) -> impl Future<Output = ()> + Send + 'static {
    let shared = current.get();
    let own = own_place(&connection, &shared);
    async move {
        let deadline = tokio::time::Instant::from_std(connection.since + shared.handshake);
        if let Some((connection, seat)) = arrive(connection, own, deadline, &shared).await {
            let come = pin!(come_by_tls(connection, deadline, current.clone(), shared, &seat));
            if seat.lasts(come).await.is_none() {
                current.get().metrics.made_way();
            }
        }
    }
}

async fn come_by_tls(
    connection: Connection,
    deadline: tokio::time::Instant,
    current: Current,
    shared: Arc<Shared>,
    seat: &Seat,
) {
    let Connection { stream, client, local, since, permit: _place } = connection;
    let tell = |outcome| shared.emit(report::event(outcome, client, since));
    match greet::greet(stream, deadline).await {
        Greeting::Hello(hello) => {
            let host = match hello.name() {
                Some(name) => Host::Name(name.clone()),
                None => Host::from_ip(local.ip()),
            };
            let visit = Visit { current, client, local: local.ip(), since, deadline, host };
            // In boxes is all that waits for something from here on, and what few connections come to: a
            // future is copied whole into the one that waits for it, with all that it may ever hold.
            Box::pin(greeted(hello, visit, seat, shared)).await;
        }
        Greeting::PlainHttp(stream) => {
            drop(shared);
            Box::pin(plain_on_tls(stream, client, local, current, seat)).await;
        }
        Greeting::NotTls => tell(Outcome::NotTls),
        Greeting::Broken(error) => {
            tracing::debug!(%client, %error, "a broken hello");
            tell(Outcome::HandshakeFailure);
        }
        // Port scans and health checks of balancers: not worth a line.
        Greeting::Left => {}
        Greeting::TimedOut => tell(Outcome::TimedOut),
    }
}

pub(super) struct Visit {
    pub(super) current: Current,
    pub(super) client: IpAddr,
    /// The address of ours that the client came to.
    pub(super) local: IpAddr,
    pub(super) since: Instant,
    pub(super) deadline: tokio::time::Instant,
    pub(super) host: Host,
}

impl Visit {
    pub(super) fn event(&self, outcome: Outcome, verdict: &Verdict) -> crate::event::Event {
        let event = report::event(outcome, self.client, self.since);
        report::with_verdict(event, &self.host, verdict)
    }

    pub(super) fn emit(&self, event: crate::event::Event) {
        self.current.get().emit(event);
    }
}

/// Decides, then looks the leaf up or has it minted, then shakes hands.
async fn greeted(hello: Hello, visit: Visit, seat: &Seat, shared: Arc<Shared>) {
    let verdict = shared.policy.load().decide_at(visit.local, visit.client, &visit.host);
    if verdict.action == Action::Allow {
        seat.stays();
        let through = let_through(hello, visit, &verdict, Lifetime::default(), shared);
        return Box::pin(through).await;
    }
    let now = clock::now();
    if let Some(until) = shared.spliced_until(visit.client, &visit.host, &verdict, now) {
        let life = spliced_life(&shared, until, now);
        seat.stays();
        return Box::pin(let_through(hello, visit, &verdict, life, shared)).await;
    }
    if let Some(refused) = hello.refused() {
        tracing::debug!(host = %visit.host, client = %visit.client, error = %refused, "a hello that cannot be answered");
        shared.emit(visit.event(Outcome::HandshakeFailure, &verdict));
        return Box::pin(refuse(hello, &visit)).await;
    }
    if let Some(own) = shared.portal.shown_for(&visit.host) {
        let config = shared.tls.showing(own);
        return Box::pin(shake_hands(hello, visit, config, None, verdict, seat, shared)).await;
    }
    shared.portal.tried(&visit.host, Fate::Came);
    let kind = if hello.takes_ecdsa() { LeafKind::Ecdsa } else { LeafKind::Rsa };
    let next = shared.next_leaves.as_ref().filter(|_| shared.portal.is_next(&visit.host));
    let leaves = next.unwrap_or(&shared.leaves);
    let leaf = leaves.get(&visit.host, kind, visit.client, clock::now());
    let (leaf, from) = match timeout_at(visit.deadline, leaf).await {
        Ok(Ok(leaf)) => leaf,
        Ok(Err(error)) => {
            let (outcome, detail) = match &error {
                // The client's doing, and as often as it likes: not worth a line each.
                LeafError::TooMany(refusal) => {
                    tracing::debug!(host = %visit.host, client = %visit.client, error = &error as &dyn std::error::Error);
                    (Outcome::RateLimited, Some(refusal.word()))
                }
                // Nor is what the authority may not sign for.
                LeafError::Mint(why) if matches!(**why, CaError::Excluded { .. }) => {
                    tracing::debug!(host = %visit.host, client = %visit.client, error = &error as &dyn std::error::Error);
                    (Outcome::Refused, Some("excluded"))
                }
                LeafError::Mint(_)
                | LeafError::Key(_)
                | LeafError::Stopped
                | LeafError::Unpack
                | LeafError::Random(_) => {
                    tracing::warn!(host = %visit.host, client = %visit.client, error = &error as &dyn std::error::Error,
                        "no leaf, so that the connection was refused");
                    (Outcome::Refused, None)
                }
            };
            let event = visit.event(outcome, &verdict);
            shared.emit(crate::event::Event { detail: detail.or(event.detail), ..event });
            return Box::pin(refuse(hello, &visit)).await;
        }
        Err(_) => return shared.emit(visit.event(Outcome::TimedOut, &verdict)),
    };
    shared.metrics.leaf(from);
    let config = shared.tls.showing(leaf);
    let leaf = Some(report::leaf_word(from));
    Box::pin(shake_hands(hello, visit, config, leaf, verdict, seat, shared)).await;
}

/// `leaf`: where it came from; nothing for a certificate of our own.
async fn shake_hands(
    hello: Hello,
    visit: Visit,
    config: Arc<ServerConfig>,
    leaf: Option<&'static str>,
    verdict: Verdict,
    seat: &Seat,
    shared: Arc<Shared>,
) {
    // Whether our own certificate is accepted says nothing of the root, and that the next root is not there
    // yet is no fault.
    let counts = leaf.is_some() && !shared.portal.is_next(&visit.host);
    let by = hello.fingerprint().filter(|_| counts);
    // One that cannot be answered does not come here.
    let Ok((accepted, stream)) = hello.into_handshake() else { return };
    let (handshake, cork) = tls::shake_hands(accepted, stream, config);
    let shown = Shown { leaf, by };
    cork.steps(pin!(shaken(handshake, visit, shown, verdict, seat, shared))).await;
}

async fn shaken(
    handshake: impl Future<Output = io::Result<tls::Stream>>,
    visit: Visit,
    shown: Shown,
    verdict: Verdict,
    seat: &Seat,
    shared: Arc<Shared>,
) {
    let Shown { leaf, by } = shown;
    let stream = match timeout_at(visit.deadline, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            let event = match fault::of_handshake(&error) {
                fault::Failure::Trust(alert) => {
                    // Both versions are on offer, and the better one is taken.
                    let tls = match by {
                        Some(by) if !by.offers_tls13 => Version::Tls12,
                        _ => Version::Tls13,
                    };
                    lacking::failed(&visit, &verdict, by, NotAccepted { alert, tls }, &shared)
                }
                fault::Failure::Protocol | fault::Failure::Broke => {
                    visit.event(Outcome::HandshakeFailure, &verdict)
                }
            };
            tracing::debug!(host = %visit.host, client = %visit.client, %error, "no handshake");
            return shared.emit(crate::event::Event { leaf, ..event });
        }
        Err(_) => return shared.emit(visit.event(Outcome::TimedOut, &verdict)),
    };
    Box::pin(serve_tls(stream, visit, shown, verdict, seat, shared)).await;
}

/// What was shown to whom.
#[derive(Clone, Copy)]
struct Shown {
    /// Where the leaf came from.
    leaf: Option<&'static str>,
    by: Option<Fingerprint>,
}

async fn serve_tls(
    stream: tls::Stream,
    visit: Visit,
    Shown { leaf, by }: Shown,
    verdict: Verdict,
    seat: &Seat,
    shared: Arc<Shared>,
) {
    let (_, session) = stream.get_ref();
    let tls = match session.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => Version::Tls12,
        _ => Version::Tls13,
    };
    let resumed = session.handshake_kind() == Some(HandshakeKind::Resumed);
    let shaken = clock::ticks();
    shared.metrics.handshake(tls, resumed, shaken.saturating_duration_since(visit.since));
    let protocol = match session.alpn_protocol() {
        Some(b"h2") => Protocol::Http2,
        _ => Protocol::Http1,
    };
    let (limits, ends) = shared.bounds_of(seat);
    let sockets = Arc::clone(&shared.sockets);
    drop(shared);
    let entered = sockets.enter(visit.client, visit.host.clone(), ends.vanish.clone());
    let verdict = Arc::new(verdict);
    let line = Arc::new(Line {
        client: visit.client,
        local: visit.local,
        since: visit.since,
        number: entered.number,
        bound_to: Some(visit.host.clone()),
        tls: Some(tls.word()),
        leaf,
        verdict: Some(Mutex::new(Arc::clone(&verdict))),
        own: Own::of(visit.client),
    });
    let visit = Arc::new(visit);
    let trusts = lacking::Trusts::new(&visit, &verdict, by);
    let current = visit.current.clone();
    let answer = move |request, room| {
        let place = Place::now(&line, &current, room);
        trusts.proved(&place.shared);
        answer(place, request)
    };
    let end = web::serve(stream, protocol, limits, ends, answer).await;
    let shared = visit.current.get();
    let spent = clock::ticks().saturating_duration_since(shaken);
    drop(entered);
    let failure = end.error.as_ref().map(|error| fault::of_serving(error));
    let event = match failure {
        // A TLS 1.2 client's alert arrives only now.
        Some(fault::Failure::Trust(alert)) => {
            lacking::failed(&visit, &verdict, by, NotAccepted { alert, tls }, &shared)
        }
        // Whoever refuses without a word does so at once; we are not the ones who ended it.
        _ if end.requests == 0 && spent < AT_ONCE && !shared.stopping.is_cancelled() => {
            let alert = Sign::NoRequest;
            lacking::failed(&visit, &verdict, by, NotAccepted { alert, tls }, &shared)
        }
        _ if end.requests == 0 => visit.event(Outcome::Unused, &verdict),
        _ => return,
    };
    let tls = Some(tls.word());
    shared.emit(crate::event::Event { tls, leaf, ..event });
}

/// A spliced connection ends with the grant, and at the first pause after it has grown old: a browser
/// that sees the site's real certificate may send the names of other sites down the same connection.
pub(super) fn spliced_life(shared: &Shared, until: Time, now: Time) -> Lifetime {
    let start = tokio::time::Instant::now();
    let (until, pause_after) = (Some(start + until.since(now)), Some(shared.splice_age));
    Lifetime { until, pause_after, ..Lifetime::default() }
}

/// Passed on untouched where an upstream resolver is there, else refused: what is never intercepted,
/// and what a grant splices.
async fn let_through(
    hello: Hello,
    visit: Visit,
    verdict: &Verdict,
    life: Lifetime,
    shared: Arc<Shared>,
) {
    let (dialer, over) = (shared.dialer.clone(), shared.over.clone());
    let life = Lifetime { leaving: shared.stopping.clone(), ..life };
    drop(shared);
    let Some(dialer) = dialer else {
        let detail = Some("no_upstream");
        let event = visit.event(Outcome::Refused, verdict);
        visit.emit(crate::event::Event { detail, ..event });
        return refuse(hello, &visit).await;
    };
    let event = visit.event(Outcome::PassedOn, verdict);
    let passed = match over.run_until_cancelled(dialer.dial(&visit.host, 443)).await {
        None => None,
        Some(Ok(origin)) => {
            let (stream, seen) = hello.into_untouched();
            over.run_until_cancelled(relay::pass_on(stream, &seen, origin, life)).await
        }
        Some(Err(error)) => {
            not_passed_on(&visit, &error);
            let detail = Some("failed");
            visit.emit(crate::event::Event { detail, ..event });
            return refuse(hello, &visit).await;
        }
    };
    let detail = detail_of(passed, &visit, verdict);
    visit.emit(crate::event::Event { detail, ..event });
}

pub(super) fn not_passed_on(visit: &Visit, error: &(dyn std::error::Error + 'static)) {
    tracing::info!(host = %visit.host, client = %visit.client, error, "not passed on");
}

/// `passed`: how it ended, unless the end of the server came first.
pub(super) fn detail_of(
    passed: Option<io::Result<()>>,
    visit: &Visit,
    verdict: &Verdict,
) -> Option<&'static str> {
    match passed {
        None => Some("cut_off"),
        Some(Err(error)) => {
            not_passed_on(visit, &error);
            Some("failed")
        }
        Some(Ok(())) => (verdict.action != Action::Allow).then_some("spliced"),
    }
}

/// Ends the handshake with an alert, and without a certificate.
async fn refuse(hello: Hello, visit: &Visit) {
    let refused = async {
        match hello.into_handshake() {
            // It can only fail; the alert is on its way then.
            Ok((accepted, stream)) => {
                let config = visit.current.get().tls.refusing();
                StartHandshake::from_parts(*accepted, stream).into_stream(config).await.err()
            }
            Err((refused, stream)) => Some(refused.tell(stream).await),
        }
    };
    let _ = timeout_at(visit.deadline, refused).await;
}

/// Plain HTTP where TLS was due: a redirect to the same address over TLS.
async fn plain_on_tls(
    stream: Rewound<TcpStream>,
    client: IpAddr,
    local: SocketAddr,
    current: Current,
    seat: &Seat,
) {
    let line = Arc::new(Line::plain(client, local.ip()));
    let (limits, ends) = current.get().bounds_of(seat);
    web::serve(stream, Protocol::Http1, limits, ends, move |request, room| {
        let place = Place::now(&line, &current, room);
        async move {
            let since = clock::ticks();
            let (head, _) = request.into_parts();
            let response = to_https(&head, local.port());
            let event = report::event(Outcome::PlainOnTls, place.client, since);
            let status = Some(response.status().as_u16());
            place.shared.emit(crate::event::Event { status, ..event });
            Reply::whole(response, true)
        }
    })
    .await;
}

fn to_https(head: &request::Parts, port: u16) -> Response<Bytes> {
    let safe = head.method == Method::GET || head.method == Method::HEAD;
    let location = authority(head, None).filter(|_| safe).and_then(|host| {
        let host = host.to_url_host();
        let port = if port == 443 { String::new() } else { format!(":{port}") };
        let rest = web::address::clean(head.uri.path(), head.uri.query());
        HeaderValue::from_str(&format!("https://{host}{port}{rest}")).ok()
    });
    let mut response = match location {
        Some(location) => {
            let mut response = Response::new(Bytes::new());
            // Temporary: this port may serve something else tomorrow.
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            response.headers_mut().insert(header::LOCATION, location);
            response
        }
        None => {
            let text = "This port speaks HTTPS. Use an address that starts with https://\n";
            let mut response = Response::new(Bytes::from_static(text.as_bytes()));
            *response.status_mut() = StatusCode::BAD_REQUEST;
            let plain = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, plain);
            response
        }
    };
    web::finish(&mut response, head.method == Method::HEAD);
    response
}
