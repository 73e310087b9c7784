//! The way of one connection over plain HTTP: what is blocked is answered, what is not goes on untouched.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::arrival::{arrive, own_place};
use super::connection::{Visit, detail_of, not_passed_on, spliced_life};
use super::request::{Line, Place, answer};
use super::{Current, Shared, report};
use crate::accept::Connection;
use crate::clock;
use crate::event::Outcome;
use crate::greet::{self, PlainGreeting};
use crate::host::Host;
use crate::http::{self as web, Protocol};
use crate::places::clients::Seat;
use crate::policy::{Action, ExceptionKind, Verdict};
use crate::relay::{self, Lifetime};

/// A connection to a plain HTTP port. What comes before the first await happens in the order of connections.
pub(super) fn http(
    connection: Connection,
    current: Current,
) -> impl Future<Output = ()> + Send + 'static {
    let shared = current.get();
    let own = own_place(&connection, &shared);
    async move {
        let deadline = tokio::time::Instant::from_std(connection.since + shared.serve.header);
        if let Some((connection, seat)) = arrive(connection, own, deadline, &shared).await {
            let come = pin!(come_by_http(connection, deadline, current.clone(), shared, &seat));
            if seat.lasts(come).await.is_none() {
                current.get().metrics.made_way();
            }
        }
    }
}

async fn come_by_http(
    connection: Connection,
    deadline: tokio::time::Instant,
    current: Current,
    shared: Arc<Shared>,
    seat: &Seat,
) {
    let Connection { stream, client, local, since, permit: _place } = connection;
    let stream = match greet::greet_plain(stream, deadline).await {
        PlainGreeting::Head(stream, host, path) => {
            let host = host.unwrap_or_else(|| Host::from_ip(local.ip()));
            let verdict = shared.policy.load().decide_at(local.ip(), client, &host);
            let now = clock::now();
            let spliced = shared.spliced_until(client, &host, &verdict, now);
            // A check of the network gets the answer that it expects, whatever lies behind us.
            let check = verdict.exception == Some(ExceptionKind::Builtin)
                && web::probe::answer(&host.to_string(), &path).is_some();
            let allowed = (verdict.action == Action::Allow && !check) || spliced.is_some();
            let portal = shared.portal.name_of(&host, false, local.ip()).is_some();
            if allowed && !portal && !shared.revocation.is_host(&host) {
                let (stream, seen) = stream.into_parts();
                let life = spliced.map(|until| spliced_life(&shared, until, now));
                let visit = Visit { current, client, local: local.ip(), since, deadline, host };
                seat.stays();
                let life = life.unwrap_or_default();
                let through = let_through_plain(stream, &seen, visit, &verdict, life, shared);
                return Box::pin(through).await;
            }
            stream
        }
        PlainGreeting::NotHttp(stream) => stream,
        PlainGreeting::Left => return,
        PlainGreeting::TimedOut => {
            return shared.emit(report::event(Outcome::TimedOut, client, since));
        }
    };
    drop(shared);
    serve_plain(stream, client, local.ip(), current, seat).await;
}

async fn serve_plain(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    client: IpAddr,
    local: IpAddr,
    current: Current,
    seat: &Seat,
) {
    let line = Arc::new(Line::plain(client, local));
    let (limits, ends) = current.get().bounds_of(seat);
    let answer = move |request, room| answer(Place::now(&line, &current, room), request);
    web::serve(stream, Protocol::Http1, limits, ends, answer).await;
}

async fn let_through_plain(
    stream: TcpStream,
    seen: &[u8],
    visit: Visit,
    verdict: &Verdict,
    life: Lifetime,
    shared: Arc<Shared>,
) {
    let (dialer, over) = (shared.dialer.clone(), shared.over.clone());
    let life = Lifetime { leaving: shared.stopping.clone(), ..life };
    drop(shared);
    let (outcome, detail) = match dialer {
        None => (Outcome::Refused, Some("no_upstream")),
        Some(dialer) => {
            let detail = match over.run_until_cancelled(dialer.dial(&visit.host, 80)).await {
                None => detail_of(None, &visit, verdict),
                Some(Ok(origin)) => {
                    let passed = relay::pass_on(stream, seen, origin, life);
                    let passed = over.run_until_cancelled(passed).await;
                    detail_of(passed, &visit, verdict)
                }
                Some(Err(error)) => {
                    not_passed_on(&visit, &error);
                    Some("failed")
                }
            };
            (Outcome::PassedOn, detail)
        }
    };
    let event = visit.event(outcome, verdict);
    visit.emit(crate::event::Event { detail, ..event });
}
