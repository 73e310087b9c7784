//! What a request gets: the table of the design, as a pure function of the head, the verdict, the
//! cookies and the time.
//!
//! A navigation to a blocked or warned host goes this way, and no other:
//!
//! 1. Without a session cookie, and without a fresh mark in the address: set the cookie, put a mark
//!    into the address, and see other (303).
//! 2. Without a session cookie, and with a fresh mark: the cookie did not come back. The cookies
//!    page; the chain ends.
//! 3. With a session cookie: the block page, or the warning page with its form.
//!
//! A mark is fresh for a minute. So no browser, whatever it does with cookies, is sent round more
//! than once a minute, and a bookmark with an old mark does not end at the cookies page.

use std::net::IpAddr;
use std::time::Duration;

use http::request;

use super::address::{self, CHECK, LANGUAGE};
use super::cookie::{self, Grant, Keys, Session};
use super::kind::Kind;
use super::probe;
use super::stub::Stub;
use crate::clock::Time;
use crate::host::Host;
use crate::policy::{Action, Verdict};

/// What the administrator set about answers.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether the block page waits for a cookie. The warning page always does.
    pub block_needs_cookie: bool,
    /// How long the session cookie lives.
    pub cookie_lifetime: Duration,
    /// How long a grant lasts.
    pub grant_lifetime: Duration,
    /// The status of block and warning pages.
    pub page_status: u16,
}

/// One request, with all that a decision may depend on.
#[derive(Debug)]
pub struct Request<'a> {
    /// Method, address and fields.
    pub head: &'a request::Parts,
    /// The kind that it is of.
    pub kind: Kind,
    /// The host asked for.
    pub host: &'a Host,
    /// Whether it came over TLS.
    pub secure: bool,
    /// Who asks.
    pub client: IpAddr,
}

/// What a request gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A page for a person.
    Page {
        /// Which.
        show: Show,
        /// The HTTP status.
        status: u16,
        /// `Set-Cookie` values.
        cookies: Vec<String>,
    },
    /// The cookie is set, and must come back from this address.
    CookieCheck {
        /// Path and query with the mark.
        location: String,
        /// The `Set-Cookie` value.
        cookie: String,
    },
    /// The grant is made; back to the address that was asked for.
    Granted {
        /// Path and query.
        location: String,
        /// The `Set-Cookie` value.
        cookie: String,
        /// When the grant ends.
        until: Time,
    },
    /// Elsewhere on this host, with nothing to remember.
    SeeOther {
        /// Path and query.
        location: String,
    },
    /// The form of the warning page: read its body, then ask [`submit`].
    ReadForm,
    /// The smallest answer that keeps the page around it working.
    Stub(Stub),
}

/// The page to show, with what only it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Show {
    /// The block page.
    Block,
    /// The warning page.
    Warn {
        /// The form's token.
        token: String,
        /// Where continuing leads.
        to: String,
    },
    /// The page that explains that cookies are needed.
    Cookies {
        /// The address to try again.
        retry: String,
    },
    /// The small page for frames.
    Frame,
    /// A grant holds until then.
    Continued {
        /// When the grant ends.
        until: Time,
    },
    /// The form came too late, or from elsewhere.
    FormExpired,
    /// No such page of ours.
    NotFound,
    /// Something failed on our side.
    Failed,
}

/// Decides what a request gets.
pub fn route(
    request: &Request<'_>,
    verdict: &Verdict,
    keys: &Keys,
    settings: &Settings,
    now: Time,
) -> Answer {
    match request.kind {
        Kind::Navigation => navigation(request, verdict, keys, settings, now),
        Kind::Frame | Kind::Embedded => {
            // 200: every other status is an error in the console of the page around the frame.
            Answer::Page { show: Show::Frame, status: 200, cookies: Vec::new() }
        }
        Kind::Own => own(request),
        Kind::Probe => match probe::answer(&request.host.to_string(), request.head.uri.path()) {
            Some(answer) => Answer::Stub(Stub::Probe(answer)),
            None => Answer::Stub(Stub::NoContent),
        },
        Kind::Image => Answer::Stub(Stub::Pixel),
        Kind::Style => Answer::Stub(Stub::Empty("text/css")),
        Kind::Script | Kind::Worker => Answer::Stub(Stub::Empty("text/javascript")),
        Kind::Font => Answer::Stub(Stub::Empty("font/woff2")),
        Kind::Media => Answer::Stub(Stub::NoContent),
        Kind::Track => Answer::Stub(Stub::Track),
        Kind::Manifest => Answer::Stub(Stub::Manifest),
        Kind::Fetch => Answer::Stub(Stub::FetchRefused),
        // 204 ends an event source for good (WHATWG HTML, "server-sent events"); any other answer
        // makes the browser come back every few seconds.
        Kind::Beacon | Kind::EventSource => Answer::Stub(Stub::NoContent),
        Kind::WebSocket => Answer::Stub(Stub::Refused),
        Kind::Preflight => Answer::Stub(Stub::Preflight),
        // Not a success, or the browser would take it for the page when the person does open it.
        Kind::Prefetch => Answer::Stub(Stub::Unavailable),
        // 404 leaves the real site's worker as it is; an empty script would replace it.
        Kind::ServiceWorker | Kind::WellKnown => Answer::Stub(Stub::NotFound),
        Kind::Icon => Answer::Stub(Stub::NoContent),
        Kind::Robots => Answer::Stub(Stub::Robots),
        Kind::BadMethod => Answer::Stub(Stub::BadMethod),
    }
}

fn navigation(
    request: &Request<'_>,
    verdict: &Verdict,
    keys: &Keys,
    settings: &Settings,
    now: Time,
) -> Answer {
    let warns = verdict.action == Action::Warn;
    let uri = &request.head.uri;
    let page = |show, cookies| Answer::Page { show, status: settings.page_status, cookies };
    let to_cookie =
        |session: &Session| session.to_set_cookie(keys, request.secure, settings.cookie_lifetime);

    let Some(session) = Session::of(&request.head.headers, keys, settings.cookie_lifetime, now)
    else {
        let Ok(session) = Session::new(now) else {
            // Without random octets there is no session; a block page can do without.
            let show = if warns { Show::Failed } else { Show::Block };
            return page(show, Vec::new());
        };
        if !warns && !settings.block_needs_cookie {
            return page(Show::Block, vec![to_cookie(&session)]);
        }
        let mark = address::own_value(uri.query(), CHECK);
        if mark.is_some_and(|mark| cookie::is_fresh_mark(keys, mark, now)) {
            let retry = address::clean(uri.path(), uri.query());
            return page(Show::Cookies { retry }, Vec::new());
        }
        let mark = cookie::seal_mark(keys, now);
        let mut words = vec![(CHECK, mark.as_str())];
        words.extend(chosen_language(uri.query()).map(|language| (LANGUAGE, language)));
        let location = address::build(uri.path(), uri.query(), &words);
        return Answer::CookieCheck { location, cookie: to_cookie(&session) };
    };

    let mut cookies = Vec::new();
    if session.is_ageing(settings.cookie_lifetime, now) {
        cookies.push(to_cookie(&session.clone().renewed(now)));
    }
    if !warns {
        return page(Show::Block, cookies);
    }
    let (host, rule) = (request.host, verdict.revision);
    if let Some(grant) = Grant::of(&request.head.headers, keys, host, rule, request.client, now) {
        // 502: the site was allowed, and was not reached through us.
        let show = Show::Continued { until: grant.until };
        return Answer::Page { show, status: 502, cookies };
    }
    let token = cookie::seal_form(keys, &session, host, rule, now);
    page(Show::Warn { token, to: address::clean(uri.path(), uri.query()) }, cookies)
}

/// The language that a person chose on an earlier page, if it looks like a language tag at all.
pub fn chosen_language(query: Option<&str>) -> Option<&str> {
    address::own_value(query, LANGUAGE).filter(|tag| {
        (2..=35).contains(&tag.len())
            && tag.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
    })
}

/// Where the form of the warning page goes, below [`super::kind::OWN_PATH`].
pub const CONTINUE_PATH: &str = "/.blockhouse/continue";

fn own(request: &Request<'_>) -> Answer {
    let path = request.head.uri.path();
    if path != CONTINUE_PATH {
        return Answer::Page { show: Show::NotFound, status: 404, cookies: Vec::new() };
    }
    if request.head.method == http::Method::POST {
        return Answer::ReadForm;
    }
    // A reload after the form, or an address from the history: the way to the site starts at `/`.
    if request.head.method == http::Method::GET || request.head.method == http::Method::HEAD {
        return Answer::SeeOther { location: "/".to_owned() };
    }
    Answer::Stub(Stub::BadMethod)
}

/// Decides what the form of the warning page gets. `body` is `application/x-www-form-urlencoded`.
pub fn submit(
    request: &Request<'_>,
    body: &[u8],
    verdict: &Verdict,
    keys: &Keys,
    settings: &Settings,
    now: Time,
) -> Answer {
    let field = |name: &str| {
        form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value)
    };
    let to = address::return_address(&field("to").unwrap_or_default());
    if verdict.action != Action::Warn {
        // The policy changed while the person was thinking; the address says what holds now.
        return Answer::SeeOther { location: to };
    }
    let headers = &request.head.headers;
    let session = Session::of(headers, keys, settings.cookie_lifetime, now);
    // A browser that tells where a form comes from must say that it comes from this very page.
    let foreign =
        headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    let good = session.is_some_and(|session| {
        let token = field("token").unwrap_or_default();
        cookie::is_good_form(keys, &token, &session, request.host, verdict.revision, now)
    });
    if foreign || !good {
        return Answer::Page { show: Show::FormExpired, status: 403, cookies: Vec::new() };
    }
    let until = now.plus(settings.grant_lifetime);
    let grant = Grant::new(request.host, verdict.revision, until, request.client);
    let cookie = grant.to_set_cookie(keys, request.host, request.secure, now);
    Answer::Granted { location: to, cookie, until }
}
