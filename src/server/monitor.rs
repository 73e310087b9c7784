//! Metrics and health, for those who watch the server.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use super::feed::plain;
use super::{Current, Shared};
use crate::accept::Connection;
use crate::ca::{self, Expiry};
use crate::clock;
use crate::http::{self as web, Protocol, Reply};
use crate::metrics::{MEDIA_TYPE, Standing};

/// A connection to the monitor.
pub(super) async fn monitor(connection: Connection, current: Current) {
    let Connection { stream, permit: _place, .. } = connection;
    let (limits, ends) = current.get().bounds();
    let answer = move |request: Request<_>, _| {
        let shared = current.get();
        async move {
            let mut response = answer(&request, &shared).await;
            web::finish(&mut response, *request.method() == Method::HEAD);
            Reply::whole(response, false)
        }
    };
    web::serve(stream, Protocol::Http1, limits, ends, answer).await;
}

async fn answer<B>(request: &Request<B>, shared: &Shared) -> Response<Bytes> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "the monitor answers GET\n");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match request.uri().path() {
        "/metrics" => metrics(shared).await,
        // That it answers is all there is to say.
        "/healthz" => plain(StatusCode::OK, "well\n"),
        "/readyz" => ready(shared),
        _ => plain(
            StatusCode::NOT_FOUND,
            "metrics are at /metrics, health at /healthz, readiness at /readyz\n",
        ),
    }
}

/// Whether it is of use to send people here.
fn ready(shared: &Shared) -> Response<Bytes> {
    if shared.stopping.is_cancelled() {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "the server is stopping\n");
    }
    if shared.leaves.issuer().not_after() < clock::now() {
        return plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "the issuing CA has ended: `blockhouse-ca renew` makes the next one\n",
        );
    }
    plain(StatusCode::OK, "ready\n")
}

async fn metrics(shared: &Shared) -> Response<Bytes> {
    let now = clock::now();
    let policy = shared.policy.load();
    let trust = shared.store.trust().summary(now);
    let expiries = expiries(shared).await;
    let text = shared.metrics.text(&Standing {
        connections: shared.connections(),
        leaves: shared.leaves.kept(),
        names: (policy.names(), policy.octets()),
        grants: shared.live.count(now),
        dropped: shared.events.dropped(),
        trust: &trust,
        expiries: &expiries,
    });
    let mut response = Response::new(Bytes::from(text));
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Read anew each time: others renew, rotate and sign lists while the server runs.
async fn expiries(shared: &Shared) -> Vec<Expiry> {
    let directory = shared.revocation.directory().to_owned();
    let read = tokio::task::spawn_blocking(move || ca::expiries(&directory, clock::now()));
    match read.await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "when the authority ends cannot be read");
            Vec::new()
        }
        Err(_) => Vec::new(),
    }
}
