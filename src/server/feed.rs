//! The feed: what a gateway reads to know for which client it is to answer truthfully, and what other
//! software asks about verdicts.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{Current, Shared};
use crate::accept::Connection;
use crate::clock;
use crate::config::HandOver;
use crate::files::{self, FileError};
use crate::host::Host;
use crate::http::{self as web, Protocol, Reply};
use crate::policy::{RuleId, Told};

/// The address of the grants.
const GRANTS: &str = "/grants";
/// The address of verdicts.
const VERDICT: &str = "/verdict";
/// The address of the clients that a gateway spares a page which they never see.
const BACK_OFF: &str = "/back-off";
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
        match text.is_empty() {
            true => Err(FileError::Empty { what: WHAT, path: path.into() }),
            false => Ok(Self(Some(text))),
        }
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
pub(super) async fn feed(connection: Connection, current: Current) {
    let Connection { stream, permit: _place, .. } = connection;
    let (limits, ends) = current.get().bounds();
    let answer = move |request: Request<_>, _| {
        let shared = current.get();
        async move { Reply::whole(answer(&request, &shared).await, false) }
    };
    web::serve(stream, Protocol::Http1, limits, ends, answer).await;
}

async fn answer<B>(request: &Request<B>, shared: &Shared) -> Response<Bytes> {
    if !shared.feed_token.admits(request.headers()) {
        let mut response = plain(StatusCode::UNAUTHORIZED, "the feed asks for its token\n");
        let bearer = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        return response;
    }
    if request.method() != Method::GET {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "the feed answers GET\n");
    }
    match request.uri().path() {
        GRANTS => grants(request.uri().query(), shared).await,
        VERDICT => verdict(request.uri().query(), shared),
        BACK_OFF => back_off(shared),
        _ => plain(
            StatusCode::NOT_FOUND,
            "the feed is at /grants, verdicts are at /verdict, back-offs at /back-off\n",
        ),
    }
}

/// What the policy says of a client and a host, and what the gateway tells that client.
fn verdict(query: Option<&str>, shared: &Shared) -> Response<Bytes> {
    const USAGE: &str = "ask with ?client=ADDRESS&host=NAME, and with &to=ADDRESS where the client \
                         came to an address that carries a reason\n";
    let fields: Vec<(String, String)> =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
    let address = |name: &str| field(name).map(str::parse::<IpAddr>).transpose();
    let host = field("host").map(Host::from_text);
    let (Ok(Some(client)), Ok(to), Some(Ok(host))) = (address("client"), address("to"), host)
    else {
        return plain(StatusCode::BAD_REQUEST, USAGE);
    };
    let policy = shared.policy.load();
    let explanation = policy.explain(to, client, &host);
    let gateway = match policy.told(&explanation.verdict) {
        Told::Truth => serde_json::json!({ "answer": "truth" }),
        Told::Nxdomain => serde_json::json!({ "answer": "nxdomain" }),
        Told::Null => serde_json::json!({ "answer": "null" }),
        Told::Page(number) => match shared.backs_off(client, &host, &explanation.verdict) {
            Some(until) => {
                serde_json::json!({ "answer": "nxdomain", "back_off_until": until.rfc3339() })
            }
            None => {
                let addresses = policy.block_addresses(number);
                serde_json::json!({ "answer": "page", "a": addresses.v4, "aaaa": addresses.v6 })
            }
        },
    };
    let body = serde_json::to_value(&explanation).map(|mut body| {
        body["gateway"] = gateway;
        body.to_string()
    });
    match body {
        Ok(body) => json(body),
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "the verdict cannot be written down\n"),
    }
}

/// Which clients are to be told that there is no such host, for want of the root.
fn back_off(shared: &Shared) -> Response<Bytes> {
    let held = match shared.trust.back_off {
        Some(_) => shared.store.trust().all_back_offs(clock::now()),
        None => Vec::new(),
    };
    let policy = shared.policy.load();
    let is_portal =
        |client: IpAddr, host: &Host| policy.decide(client, host).rule == RuleId::Portal;
    let held = held.into_iter().filter(|(client, host, _)| !is_portal(*client, host));
    let held = held.map(|(client, host, until)| {
        serde_json::json!({ "client": client, "host": host, "until": until.rfc3339() })
    });
    json(serde_json::json!({ "back_off": held.collect::<Vec<_>>() }).to_string())
}

/// Which grants hold for which the gateway must tell the truth.
async fn grants(query: Option<&str>, shared: &Shared) -> Response<Bytes> {
    if let Some(known) = known(query) {
        let mut changes = shared.live.changes();
        let other = changes.wait_for(|count| *count != known);
        // Nothing new is an answer too.
        let waited = timeout(WAITS, other);
        let _ = shared.stopping.run_until_cancelled(waited).await;
    }
    let (revision, all) = shared.live.all(clock::now());
    let wanted = all.into_iter().filter(|one| one.grant.hand_over == HandOver::Gateway);
    let grants: Vec<_> = wanted.collect();
    json(serde_json::json!({ "revision": revision, "grants": grants }).to_string())
}

fn json(body: String) -> Response<Bytes> {
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

pub(super) fn plain(status: StatusCode, text: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
