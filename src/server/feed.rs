//! The feed of grants: what a gateway reads to know for which client it is to answer truthfully.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::Shared;
use crate::accept::Connection;
use crate::clock;
use crate::config::HandOver;
use crate::files::{self, FileError};
use crate::http::{self as web, Ends, Protocol, Reply};

/// The address of the grants.
const PATH: &str = "/grants";
/// How long an asker may wait for a change.
const WAITS: Duration = Duration::from_secs(25);

/// What the feed asks for before it tells; nothing where only this machine can ask.
pub(super) struct Token(Option<Zeroizing<String>>);

impl Token {
    /// Reads the token.
    ///
    /// # Errors
    /// [`FileError`] when the file cannot be read, is empty, or can be read by others.
    pub(super) fn load(path: Option<&Path>) -> Result<Self, FileError> {
        const WHAT: &str = "the token of the feed";
        let Some(path) = path else { return Ok(Self(None)) };
        let octets = files::read_secret(WHAT, path)?;
        let text = Zeroizing::new(String::from_utf8_lossy(&octets).trim().to_owned());
        Ok(Self(Some(text)))
    }

    fn admits(&self, fields: &http::HeaderMap) -> bool {
        let Some(token) = &self.0 else { return true };
        let sent = fields.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let sent = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        // An empty file is no token.
        !token.is_empty()
            && verify_slices_are_equal(sent.trim().as_bytes(), token.as_bytes()).is_ok()
    }
}

/// A connection to the feed.
pub(super) async fn feed(connection: Connection, shared: Arc<Shared>) {
    let Connection { stream, permit: _place, .. } = connection;
    let ends = Ends { stopping: shared.stopping.clone(), vanish: CancellationToken::new() };
    let limits = shared.serve;
    let answer = move |request: Request<_>| {
        let shared = Arc::clone(&shared);
        async move { Reply::whole(grants(&request, &shared).await, false) }
    };
    web::serve(stream, Protocol::Http1, limits, ends, answer).await;
}

async fn grants<B>(request: &Request<B>, shared: &Shared) -> Response<Bytes> {
    if !shared.feed_token.admits(request.headers()) {
        let mut response = plain(StatusCode::UNAUTHORIZED, "the feed asks for its token\n");
        let bearer = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        return response;
    }
    if request.uri().path() != PATH {
        return plain(StatusCode::NOT_FOUND, "the feed is at /grants\n");
    }
    if request.method() != Method::GET {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "the feed answers GET\n");
    }
    if let Some(known) = known(request.uri().query()) {
        let mut changes = shared.live.changes();
        let other = changes.wait_for(|count| *count != known);
        // Nothing new is an answer too.
        let waited = timeout(WAITS, other);
        let _ = shared.stopping.run_until_cancelled(waited).await;
    }
    let (revision, all) = shared.live.all(clock::now());
    let wanted = all.into_iter().filter(|one| one.grant.hand_over == HandOver::Gateway);
    let grants: Vec<_> = wanted.collect();
    let body = serde_json::json!({ "revision": revision, "grants": grants }).to_string();
    let mut response = Response::new(Bytes::from(body));
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The revision after which the asker wants to hear: `after=N`.
fn known(query: Option<&str>) -> Option<u64> {
    query?.split('&').find_map(|pair| pair.strip_prefix("after=")?.parse().ok())
}

fn plain(status: StatusCode, text: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
