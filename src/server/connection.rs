//! The way of one connection, from its first octet to its event.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header, request};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use rustls::ProtocolVersion;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{timeout, timeout_at};
use tokio_rustls::server::TlsStream;

use super::{Shared, fault, report};
use crate::accept::Connection;
use crate::clock;
use crate::event::Outcome;
use crate::greet::{self, Greeting, Hello, PlainGreeting};
use crate::host::Host;
use crate::http::kind::Kind;
use crate::http::route::{self, Answer};
use crate::http::{self as web, Dress, Protocol, Reply, Stub};
use crate::leaf::{LeafError, LeafKind};
use crate::policy::{Action, Verdict};
use crate::random::EventId;

/// The largest form that is read, in octets.
const LARGEST_FORM: usize = 16 * 1024;

/// What a request needs to know of its connection.
struct Place {
    shared: Arc<Shared>,
    client: IpAddr,
    local_port: u16,
    /// The host of the hello, which every request on the connection must be for.
    bound_to: Option<Host>,
    tls: Option<&'static str>,
    leaf: Option<&'static str>,
}

impl Place {
    /// A connection without TLS, which is bound to no host.
    fn plain(shared: &Arc<Shared>, client: IpAddr, local_port: u16) -> Self {
        let shared = Arc::clone(shared);
        Self { shared, client, local_port, bound_to: None, tls: None, leaf: None }
    }
}

/// A connection to a TLS port.
pub(super) async fn https(connection: Connection, shared: Arc<Shared>) {
    let Connection { stream, client, local, since, permit: _place } = connection;
    let deadline = tokio::time::Instant::from_std(since + shared.handshake);
    let tell = |outcome| shared.events.emit(report::event(outcome, client, since));
    match greet::greet(stream, deadline).await {
        Greeting::Hello(hello) => {
            let host = match hello.name() {
                Some(name) => Host::Name(name.clone()),
                None => Host::from_ip(local.ip()),
            };
            let visit = Visit { client, local_port: local.port(), since, deadline, host };
            greeted(hello, visit, shared).await;
        }
        Greeting::PlainHttp(stream) => plain_on_tls(stream, client, local.port(), shared).await,
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

struct Visit {
    client: IpAddr,
    local_port: u16,
    since: Instant,
    deadline: tokio::time::Instant,
    host: Host,
}

impl Visit {
    fn event(&self, outcome: Outcome, verdict: &Verdict) -> crate::event::Event {
        let event = report::event(outcome, self.client, self.since);
        report::with_verdict(event, &self.host, verdict)
    }
}

/// Decides, then looks the leaf up or has it minted, then shakes hands.
async fn greeted(hello: Hello, visit: Visit, shared: Arc<Shared>) {
    let verdict = shared.policy.decide(visit.client, &visit.host);
    if verdict.action == Action::Allow {
        return let_through(hello, visit, &verdict, &shared).await;
    }
    let kind = if hello.takes_ecdsa() { LeafKind::Ecdsa } else { LeafKind::Rsa };
    let leaf = shared.leaves.get(&visit.host, kind, visit.client, clock::now());
    let (leaf, from) = match timeout_at(visit.deadline, leaf).await {
        Ok(Ok(leaf)) => leaf,
        Ok(Err(error)) => {
            let outcome = match &error {
                // The client's doing, and as often as it likes: not worth a line each.
                LeafError::TooMany(_) => {
                    tracing::debug!(host = %visit.host, client = %visit.client, error = &error as &dyn std::error::Error);
                    Outcome::RateLimited
                }
                LeafError::Mint(_)
                | LeafError::Key(_)
                | LeafError::Stopped
                | LeafError::Random(_) => {
                    tracing::warn!(host = %visit.host, client = %visit.client, error = &error as &dyn std::error::Error,
                        "no leaf, so that the connection was refused");
                    Outcome::Refused
                }
            };
            shared.events.emit(visit.event(outcome, &verdict));
            return refuse(hello, &visit, &shared).await;
        }
        Err(_) => return shared.events.emit(visit.event(Outcome::TimedOut, &verdict)),
    };
    let config = shared.tls.showing(leaf);
    let leaf = report::leaf_word(from);
    let stream = match timeout_at(visit.deadline, hello.into_handshake().into_stream(config)).await
    {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            let event = match fault::of_handshake(&error) {
                fault::Failure::Trust(alert) => crate::event::Event {
                    alert: Some(alert),
                    ..visit.event(Outcome::TrustFailure, &verdict)
                },
                fault::Failure::Protocol | fault::Failure::Broke => {
                    visit.event(Outcome::HandshakeFailure, &verdict)
                }
            };
            tracing::debug!(host = %visit.host, client = %visit.client, %error, "no handshake");
            let leaf = Some(leaf);
            return shared.events.emit(crate::event::Event { leaf, ..event });
        }
        Err(_) => return shared.events.emit(visit.event(Outcome::TimedOut, &verdict)),
    };
    serve_tls(stream, visit, leaf, verdict, shared).await;
}

async fn serve_tls(
    stream: TlsStream<TcpStream>,
    visit: Visit,
    leaf: &'static str,
    verdict: Verdict,
    shared: Arc<Shared>,
) {
    let (_, session) = stream.get_ref();
    let tls = match session.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1_2",
        _ => "TLSv1_3",
    };
    let protocol = match session.alpn_protocol() {
        Some(b"h2") => Protocol::Http2,
        _ => Protocol::Http1,
    };
    let place = Arc::new(Place {
        shared: Arc::clone(&shared),
        client: visit.client,
        local_port: visit.local_port,
        bound_to: Some(visit.host.clone()),
        tls: Some(tls),
        leaf: Some(leaf),
    });
    let end = web::serve(
        stream,
        protocol,
        shared.serve,
        shared.stopping.clone().cancelled_owned(),
        move |request| answer(Arc::clone(&place), request),
    )
    .await;
    let failure = end.error.as_ref().map(|error| fault::of_serving(error));
    let (outcome, alert) = match failure {
        // A TLS 1.2 client's alert arrives only now.
        Some(fault::Failure::Trust(alert)) => (Outcome::TrustFailure, Some(alert)),
        _ if end.requests == 0 => (Outcome::Unused, None),
        _ => return,
    };
    let event = visit.event(outcome, &verdict);
    let (tls, leaf) = (Some(tls), Some(leaf));
    shared.events.emit(crate::event::Event { tls, leaf, alert, ..event });
}

/// Never intercepted: passed on untouched where an upstream resolver is configured, else refused.
async fn let_through(hello: Hello, visit: Visit, verdict: &Verdict, shared: &Shared) {
    let Some(relay) = &shared.relay else {
        let detail = Some("no_upstream");
        let event = visit.event(Outcome::Refused, verdict);
        shared.events.emit(crate::event::Event { detail, ..event });
        return refuse(hello, &visit, shared).await;
    };
    let (stream, seen) = hello.into_untouched();
    let passed = relay.pass_on(&visit.host, 443, &seen, stream);
    let Some(passed) = shared.stopping.run_until_cancelled(passed).await else { return };
    let detail = passed.as_ref().err().map(|_| "failed");
    if let Err(error) = passed {
        tracing::info!(host = %visit.host, client = %visit.client,
            error = &error as &dyn std::error::Error, "not passed on");
    }
    let event = visit.event(Outcome::PassedOn, verdict);
    shared.events.emit(crate::event::Event { detail, ..event });
}

/// Ends the handshake with an alert, and without a certificate.
async fn refuse(hello: Hello, visit: &Visit, shared: &Shared) {
    let refused = hello.into_handshake().into_stream(shared.tls.refusing());
    // It can only fail; the alert is on its way then.
    let _ = timeout_at(visit.deadline, refused).await;
}

/// Plain HTTP where TLS was due: a redirect to the same address over TLS.
async fn plain_on_tls(stream: TcpStream, client: IpAddr, local_port: u16, shared: Arc<Shared>) {
    let place = Arc::new(Place::plain(&shared, client, local_port));
    let stopping = shared.stopping.clone().cancelled_owned();
    web::serve(stream, Protocol::Http1, shared.serve, stopping, move |request| {
        let place = Arc::clone(&place);
        async move {
            let since = clock::ticks();
            let (head, _) = request.into_parts();
            let response = to_https(&head, place.local_port);
            let event = report::event(Outcome::PlainOnTls, place.client, since);
            let status = Some(response.status().as_u16());
            place.shared.events.emit(crate::event::Event { status, ..event });
            Reply { response, close: true }
        }
    })
    .await;
}

fn to_https(head: &request::Parts, port: u16) -> Response<Bytes> {
    let safe = head.method == Method::GET || head.method == Method::HEAD;
    let location = authority(head).filter(|_| safe).and_then(|host| {
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

/// A connection to a plain HTTP port.
pub(super) async fn http(connection: Connection, shared: Arc<Shared>) {
    let Connection { stream, client, local, since, permit: _place } = connection;
    let deadline = tokio::time::Instant::from_std(since + shared.serve.header);
    let stream = match greet::greet_plain(stream, deadline).await {
        PlainGreeting::Head(stream, host) => {
            let host = host.unwrap_or_else(|| Host::from_ip(local.ip()));
            let verdict = shared.policy.decide(client, &host);
            if verdict.action == Action::Allow && !shared.revocation.is_host(&host) {
                let (stream, seen) = stream.into_parts();
                let visit = Visit { client, local_port: local.port(), since, deadline, host };
                return let_through_plain(stream, &seen, visit, &verdict, &shared).await;
            }
            stream
        }
        PlainGreeting::NotHttp(stream) => stream,
        PlainGreeting::Left => return,
        PlainGreeting::TimedOut => {
            return shared.events.emit(report::event(Outcome::TimedOut, client, since));
        }
    };
    serve_plain(stream, client, local.port(), shared).await;
}

async fn serve_plain(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    client: IpAddr,
    local_port: u16,
    shared: Arc<Shared>,
) {
    let place = Arc::new(Place::plain(&shared, client, local_port));
    let stopping = shared.stopping.clone().cancelled_owned();
    let answer = move |request| answer(Arc::clone(&place), request);
    web::serve(stream, Protocol::Http1, shared.serve, stopping, answer).await;
}

async fn let_through_plain(
    stream: TcpStream,
    seen: &[u8],
    visit: Visit,
    verdict: &Verdict,
    shared: &Shared,
) {
    let (outcome, detail) = match &shared.relay {
        None => (Outcome::Refused, Some("no_upstream")),
        Some(relay) => {
            let passed = relay.pass_on(&visit.host, 80, seen, stream);
            match shared.stopping.run_until_cancelled(passed).await {
                None => return,
                Some(Ok(())) => (Outcome::PassedOn, None),
                Some(Err(error)) => {
                    tracing::info!(host = %visit.host, client = %visit.client,
                        error = &error as &dyn std::error::Error, "not passed on");
                    (Outcome::PassedOn, Some("failed"))
                }
            }
        }
    };
    let event = visit.event(outcome, verdict);
    shared.events.emit(crate::event::Event { detail, ..event });
}

/// Answers one request.
async fn answer(place: Arc<Place>, request: Request<Incoming>) -> Reply {
    let since = clock::ticks();
    let now = clock::now();
    let (head, body) = request.into_parts();
    let shared = &place.shared;
    let id = EventId::new();
    let event_as = |outcome| report::event_as(outcome, id, place.client, since, now);

    let asked = authority(&head);
    // HTTP/1.0 has no Host field; the hello's name is the best there is.
    let host = match (&asked, &place.bound_to) {
        (Some(asked), None) => asked.clone(),
        (Some(asked), Some(bound)) if asked == bound => asked.clone(),
        (None, Some(bound)) if head.version == Version::HTTP_10 => bound.clone(),
        _ => {
            let misdirected = asked.is_some();
            return sent_back(&head, misdirected, event_as(Outcome::Misdirected), &place);
        }
    };
    if place.tls.is_none() && shared.revocation.is_host(&host) {
        return revocation_list(&head, &host, event_as(Outcome::RevocationList), &place);
    }
    let verdict = shared.policy.decide(place.client, &host);
    if verdict.action == Action::Allow {
        // An earlier request on this connection was for another host. A new connection decides.
        return sent_back(&head, true, event_as(Outcome::Misdirected), &place);
    }

    let kind = Kind::of(&head, &host.to_string());
    let request = route::Request {
        head: &head,
        kind,
        host: &host,
        secure: place.tls.is_some(),
        client: place.client,
    };
    let keys = shared.keys.load();
    let mut answer = route::route(&request, &verdict, &keys, &shared.settings, now);
    if answer == Answer::ReadForm {
        if let Some(form) = read_form(body, shared).await {
            answer = route::submit(&request, &form, &verdict, &keys, &shared.settings, now);
        }
    } else {
        discard(body).await;
    }
    let dress =
        Dress { pages: &shared.pages, request: &request, verdict: &verdict, event: id, now };
    let response = web::respond(&answer, &dress);

    // A browser that holds no connection to us can leave for the real site the moment it may.
    let close = matches!(&answer, Answer::Page { show, .. } if *show != route::Show::Frame);
    let event = report::with_verdict(event_as(report::outcome_of(&answer)), &host, &verdict);
    shared.events.emit(crate::event::Event {
        request: Some(kind.word()),
        status: Some(response.status().as_u16()),
        http: Some(version_word(head.version)),
        tls: place.tls,
        leaf: place.leaf,
        ..event
    });
    Reply { response, close }
}

/// The host that a request is for: the authority of its target, else its one Host field.
fn authority(head: &request::Parts) -> Option<Host> {
    if let Some(authority) = head.uri.authority() {
        return Host::from_authority(authority.as_str()).ok();
    }
    let mut hosts = head.headers.get_all(header::HOST).iter();
    let only = hosts.next()?;
    if hosts.next().is_some() {
        return None;
    }
    Host::from_authority(only.to_str().ok()?.trim()).ok()
}

/// 421 for another host's request, 400 for one that names no host (RFC 9112 section 3.2).
fn sent_back(
    head: &request::Parts,
    misdirected: bool,
    event: crate::event::Event,
    place: &Place,
) -> Reply {
    let mut response = Stub::Misdirected.response(head);
    if !misdirected {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    web::finish(&mut response, head.method == Method::HEAD);
    place.shared.events.emit(crate::event::Event {
        status: Some(response.status().as_u16()),
        http: Some(version_word(head.version)),
        tls: place.tls,
        host: place.bound_to.as_ref().map(ToString::to_string),
        ..event
    });
    Reply { response, close: true }
}

fn revocation_list(
    head: &request::Parts,
    host: &Host,
    event: crate::event::Event,
    place: &Place,
) -> Reply {
    let list = place.shared.revocation.get(head.uri.path(), clock::now());
    let mut response = match list {
        Some(list) => {
            let mut response = Response::new(list);
            // RFC 2585 section 4.2.
            let kind = HeaderValue::from_static("application/pkix-crl");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        None => Stub::NotFound.response(head),
    };
    web::finish(&mut response, head.method == Method::HEAD);
    place.shared.events.emit(crate::event::Event {
        host: Some(host.to_string()),
        status: Some(response.status().as_u16()),
        ..event
    });
    Reply { response, close: false }
}

/// The form's octets, or nothing when it is too large, too slow or broken off.
async fn read_form(body: Incoming, shared: &Shared) -> Option<Bytes> {
    let body = Limited::new(body, LARGEST_FORM).collect();
    let collected = timeout(shared.serve.header, body).await.ok()?.ok()?;
    Some(collected.to_bytes())
}

/// Reads what a page sends along with a request that is blocked, and throws it away.
///
/// An answer that comes before the end of a body makes HTTP/2 reset the stream, and some clients then
/// lose the answer. What is larger or slower than this is cut off all the same.
async fn discard(mut body: Incoming) {
    const LARGEST: usize = 256 * 1024;
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);
    let all = async {
        let mut read = 0;
        while read < LARGEST
            && let Some(Ok(frame)) = body.frame().await
        {
            read += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    // Whatever is left is the client's own affair.
    let _ = timeout(PATIENCE, all).await;
}

fn version_word(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}
