//! One request, from its head to its answer and its event.

use std::net::IpAddr;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header, request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::portal::Visit;
use super::standing::{Holder, SHORT};
use super::{Current, Shared, asked, pass, report, revocation};
use crate::clock::{self, Time};
use crate::config::HandOver;
use crate::event::{Event, Outcome};
use crate::host::Host;
use crate::http::kind::Kind;
use crate::http::permit::{Permission, granted_page};
use crate::http::portal::Name;
use crate::http::route::{self, Answer, Context, Show};
use crate::http::{self as web, Dress, Reply, Room, Stub, Then};
use crate::origin::{OriginError, Own};
use crate::policy::{Action, ExceptionKind, Policy, Verdict};
use crate::random::EventId;

/// The largest form that is read, in octets.
const LARGEST_FORM: usize = 16 * 1024;

/// What a request needs to know of its connection. It lives as long as the connection does, which outlives
/// configurations: so there is nothing of one in it but its last verdict, which is small.
pub(super) struct Line {
    pub(super) client: IpAddr,
    /// The address of ours that the client came to.
    pub(super) local: IpAddr,
    /// When the connection came.
    pub(super) since: Instant,
    /// Tells the connection from all others.
    pub(super) number: u64,
    /// The host of the hello, which every request on the connection must be for.
    pub(super) bound_to: Option<Host>,
    pub(super) tls: Option<&'static str>,
    pub(super) leaf: Option<&'static str>,
    /// What was last said of the host that it is bound to.
    pub(super) verdict: Option<Mutex<Arc<Verdict>>>,
    /// What it alone may use to reach sites.
    pub(super) own: Own,
}

impl Line {
    /// A connection without TLS, which is bound to no host.
    pub(super) fn plain(client: IpAddr, local: IpAddr) -> Self {
        let (since, number) = (clock::ticks(), u64::MAX);
        Self {
            client,
            local,
            since,
            number,
            bound_to: None,
            tls: None,
            leaf: None,
            verdict: None,
            own: Own::of(client),
        }
    }

    /// What the policy says of a host that a request is for.
    fn judge(&self, policy: &Policy, host: &Host) -> Arc<Verdict> {
        let decide = || Arc::new(policy.decide_at(self.local, self.client, host));
        // Where there is one, all requests are for the same host.
        let Some(last) = &self.verdict else { return decide() };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if !last.is_of(policy) {
            *last = decide();
        }
        Arc::clone(&last)
    }
}

/// The connection that a request came on, and what counts for the request: a new configuration does from
/// the next request on.
pub(super) struct Place {
    pub(super) shared: Arc<Shared>,
    line: Arc<Line>,
    /// What the request takes of the connection's memory.
    room: Arc<Room>,
}

impl Place {
    /// For a request that comes now.
    pub(super) fn now(line: &Arc<Line>, current: &Current, room: Arc<Room>) -> Self {
        Self { shared: current.get(), line: Arc::clone(line), room }
    }
}

impl Deref for Place {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.line
    }
}

/// A request and what was found out about it.
pub(super) struct Case<'a> {
    pub(super) place: &'a Place,
    pub(super) request: route::Request<'a>,
    pub(super) verdict: &'a Verdict,
    pub(super) event: EventId,
    pub(super) now: Time,
    since: Instant,
}

impl Case<'_> {
    pub(super) fn holder(&self) -> Holder<'_> {
        Holder { client: self.place.client, host: self.request.host, connection: self.place.number }
    }

    fn event_of(&self, outcome: Outcome, status: u16) -> Event {
        let Self { place, request, verdict, .. } = self;
        let event = report::event_as(outcome, self.event, place.client, self.since, self.now);
        let event = report::with_verdict(event, request.host, verdict);
        let live = place.shared.live.of(place.client, self.now);
        let page = if live.is_empty() { None } else { granted_page(&request.head.headers, &live) };
        Event {
            request: Some(request.kind.word()),
            status: Some(status),
            http: Some(version_word(request.head.version)),
            tls: place.tls,
            leaf: place.leaf,
            page,
            ..event
        }
    }
}

/// Answers one request.
pub(super) fn answer(place: Place, request: Request<Incoming>) -> Answering {
    let is_form = route::sends_form(request.method(), request.uri().path());
    let forms = is_form.then(|| place.shared.forms.clone());
    let found = Box::pin(find(place, request));
    match forms {
        None => found,
        Some(forms) => Box::pin(to_the_end(forms, found)),
    }
}

/// The answer to a request, once there is one.
pub(super) type Answering = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// What a form asks for is done and told of to its end, although its sender may be gone by then.
async fn to_the_end(forms: TaskTracker, found: Answering) -> Reply {
    match forms.spawn(found).await {
        Ok(reply) => reply,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Reply::none(),
        },
    }
}

async fn find(place: Place, request: Request<Incoming>) -> Reply {
    let since = clock::ticks();
    let now = clock::now();
    let (head, body) = request.into_parts();
    let shared = &place.shared;
    let event = EventId::new();
    let event_as = |outcome| report::event_as(outcome, event, place.client, since, now);

    let asked = authority(&head, place.bound_to.as_ref());
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
    let secure = place.tls.is_some();
    let name = shared.portal.name_of(&host, secure, place.local);
    let name = name.or(shared.portal.is_test(&head, &host, place.local).then_some(Name::Address));
    if !secure
        && shared.revocation.is_host(&host)
        && (name.is_none() || revocation::is_list(head.uri.path()))
    {
        let event = event_as(Outcome::RevocationList);
        return Box::pin(revocation_list(&head, &host, event, &place)).await;
    }
    if let Some(name) = name {
        web::discard(body).await;
        let passes = shared.policy.load().leads_on(|hand_over| shared.stands_between(hand_over));
        let visit = Visit { head: &head, host: &host, secure, local: place.local, passes };
        return portal(&visit, name, event_as(Outcome::Portal), &place);
    }
    let verdict = place.judge(&shared.policy.load(), &host);
    let kind = Kind::of(&head, &host.text());
    // The check of a network gets the answer that it expects.
    let check = verdict.exception == Some(ExceptionKind::Builtin) && kind == Kind::Probe;
    if verdict.action == Action::Allow && !check {
        // An earlier request on this connection was for another host. A new connection decides.
        return sent_back(&head, true, event_as(Outcome::Misdirected), &place);
    }
    let request = route::Request { head: &head, kind, host: &host, secure, client: place.client };
    let case = Case { place: &place, request, verdict: &verdict, event, now, since };
    decide(case, body).await
}

async fn decide(case: Case<'_>, body: Incoming) -> Reply {
    let shared = &case.place.shared;
    let keys = shared.keys.load();
    let settings = &shared.settings;
    let context = Context { keys: &keys, settings, standing: &**shared, now: case.now };
    // In boxes is what few requests come to: the room for it is there with each of them.
    let mut told = asked::Told::default();
    let answer = match route::route(&case.request, case.verdict, &context) {
        Answer::Pass(leave) => return Box::pin(pass_on(case, leave, body)).await,
        Answer::ReadForm(form) => match Box::pin(read_form(body, shared)).await {
            Ok(octets) => {
                let answer;
                (answer, told) = Box::pin(asked::asked(form, &octets, &case, &context)).await;
                answer
            }
            Err(page) => page,
        },
        answer => {
            web::discard(body).await;
            answer
        }
    };
    reply(&case, &answer, told)
}

/// The answer as it goes out, and its event.
fn reply(case: &Case<'_>, answer: &Answer, told: asked::Told) -> Reply {
    let Case { place, request, verdict, event, now, .. } = case;
    let pages = &place.shared.pages;
    let passes = place.shared.stands_between(verdict.terms.hand_over);
    let dress = Dress { pages, request, verdict, event: *event, now: *now, passes };
    let response = web::respond(answer, &dress);
    // A browser that holds no connection to us can leave for the real site the moment it may, and one
    // that may have the site spliced must come by another connection.
    let close = match answer {
        Answer::Page { show, .. } => *show != Show::Frame,
        Answer::Granted(_) => verdict.terms.hand_over != HandOver::PassThrough,
        _ => false,
    };
    let outcome = told.outcome.unwrap_or_else(|| report::outcome_of(answer));
    let found = case.event_of(outcome, response.status().as_u16());
    place.shared.emit(Event {
        code: told.code,
        justification: told.justification,
        detail: told.detail.or(found.detail),
        ..found
    });
    Reply::whole(response, close)
}

/// Sends a request on to the site, if there is a way.
async fn pass_on(case: Case<'_>, leave: Permission, body: Incoming) -> Reply {
    let Case { place, request, verdict, now, .. } = &case;
    let shared = &place.shared;
    let Some(origins) = &shared.origins else {
        web::discard(body).await;
        let show = Show::NoWay { until: leave.until };
        let answer = match request.kind {
            // 502: the site was allowed, and was not reached through us.
            Kind::Navigation => Answer::Page { show, status: 502, cookies: Vec::new() },
            _ => Answer::Stub(Stub::SiteFailed(502)),
        };
        return reply(&case, &answer, asked::Told::default());
    };
    shared.grant_used(&leave, &case.holder(), verdict, *now);
    if shared.spliced_until(place.client, request.host, verdict, *now).is_some() {
        // This connection was there before the grant; the next one is passed on untouched.
        return Reply::none();
    }
    // From here on it waits for the site.
    place.room.leave();
    let leaves = verdict.terms.hand_over == HandOver::Gateway;
    let old = clock::ticks().saturating_duration_since(place.since) > SHORT;
    let (host, secure) = (request.host, request.secure);
    let passed =
        pass::pass(origins, request.head, body, host, secure, &place.own, leaves && old).await;
    match passed {
        Ok(reply) => {
            let status = reply.response.status().as_u16();
            shared.emit(case.event_of(Outcome::PassedThrough, status));
            reply
        }
        Err(error @ OriginError::Client { .. }) => {
            let status = error.failure().status();
            let detail = Some(error.failure().word());
            shared.emit(Event { detail, ..case.event_of(Outcome::PassedThrough, status) });
            // Where its next request would begin is known in HTTP/2 alone.
            let close = request.head.version != Version::HTTP_2;
            Reply::whole(Stub::SiteFailed(status).response(request.head), close)
        }
        // The client still has what is gone here.
        Err(OriginError::Undone { .. })
            if request.head.version == Version::HTTP_2 && place.own.asks_again() =>
        {
            Reply { then: Then::Again(h2::Reason::REFUSED_STREAM), ..Reply::none() }
        }
        Err(error) => {
            tracing::info!(host = %request.host, client = %place.client,
                error = &error as &dyn std::error::Error, "the site did not answer");
            let detail = Some(error.failure().word());
            let told = asked::Told {
                outcome: Some(Outcome::SiteFailed),
                detail,
                ..asked::Told::default()
            };
            reply(&case, &pass::failed(&error, request.kind), told)
        }
    }
}

/// The host that a request is for. Nearly always it is the hello's name as it stands, `bound_to`, which was read before.
pub(super) fn authority(head: &request::Parts, bound_to: Option<&Host>) -> Option<Host> {
    let text = authority_text(head)?;
    let same = bound_to.filter(|bound| bound.name().is_some_and(|name| name.as_str() == text));
    same.cloned().or_else(|| Host::from_authority(text).ok())
}

/// The authority of a request's target, else its one Host field.
fn authority_text(head: &request::Parts) -> Option<&str> {
    if let Some(authority) = head.uri.authority() {
        return Some(authority.as_str());
    }
    let mut hosts = head.headers.get_all(header::HOST).iter();
    let only = hosts.next()?;
    if hosts.next().is_some() {
        return None;
    }
    Some(only.to_str().ok()?.trim())
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
    place.shared.emit(crate::event::Event {
        status: Some(response.status().as_u16()),
        http: Some(version_word(head.version)),
        tls: place.tls,
        host: place.bound_to.clone(),
        ..event
    });
    Reply::whole(response, true)
}

fn portal(visit: &Visit<'_>, name: Name, event: Event, place: &Place) -> Reply {
    let shared = &place.shared;
    if place.tls.is_some() && place.leaf.is_some() {
        // Whoever asks has accepted a leaf of ours, and a test address asks for nothing else.
        let root = shared.portal.proved_by(visit);
        root.into_iter().for_each(|root| {
            shared.store.trust().record_verified(place.client, root, clock::now())
        });
    }
    let answered = shared.portal.answer(visit, name, &shared.pages, &shared.policy.load());
    shared.emit(Event {
        host: Some(visit.host.clone()),
        status: Some(answered.response.status().as_u16()),
        http: Some(version_word(visit.head.version)),
        tls: place.tls,
        leaf: place.leaf,
        detail: Some(answered.detail),
        ..event
    });
    Reply::whole(answered.response, false)
}

async fn revocation_list(
    head: &request::Parts,
    host: &Host,
    event: crate::event::Event,
    place: &Place,
) -> Reply {
    let list = place.shared.revocation.get(head.uri.path(), clock::now()).await;
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
    place.shared.emit(crate::event::Event {
        host: Some(host.clone()),
        status: Some(response.status().as_u16()),
        ..event
    });
    Reply::whole(response, false)
}

/// The form's octets, or the page that says what is wrong with it: too large, too slow, broken off.
async fn read_form(body: Incoming, shared: &Shared) -> Result<Bytes, Answer> {
    let page = |show, status| Answer::Page { show, status, cookies: Vec::new() };
    let body = Limited::new(body, LARGEST_FORM).collect();
    match timeout(shared.serve.header, body).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(page(Show::FormTooLarge, 413)),
        Ok(Err(_)) | Err(_) => Err(page(Show::FormExpired, 400)),
    }
}

fn version_word(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}
