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

use http::{HeaderValue, Method, header, request};

use super::address::{self, CHECK, LANGUAGE};
use super::cookie::{self, Keys, Session};
use super::grant::Grant;
use super::kind::Kind;
use super::permit::{Earlier, Permission, Standing, permit};
use super::probe;
use super::stub::Stub;
use crate::clock::Time;
use crate::config::{Companions, NetworkWidth};
use crate::host::Host;
use crate::page::{ErrorKind, FormProblem};
use crate::policy::{Action, Verdict};

/// What the administrator set about answers.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether the block page waits for a cookie. The warning page always does.
    pub block_needs_cookie: bool,
    /// How long the session cookie lives.
    pub cookie_lifetime: Duration,
    /// The status of block and warning pages.
    pub page_status: u16,
    /// How much of a client's address a grant is bound to.
    pub network: NetworkWidth,
    /// What pages of granted sites need from elsewhere.
    pub companions: Vec<Companions>,
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

/// What a decision is made with besides the request and the verdict.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// What seals and opens cookies and tokens.
    pub keys: &'a Keys,
    /// What the administrator set.
    pub settings: &'a Settings,
    /// What is known of the client.
    pub standing: &'a dyn Standing,
    /// The time.
    pub now: Time,
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
    Granted(Box<Granted>),
    /// The request goes on to the site.
    Pass(Permission),
    /// Elsewhere on this host, with nothing to remember.
    SeeOther {
        /// Path and query.
        location: String,
    },
    /// A form of ours: read its body, then ask [`super::forms`].
    ReadForm(Form),
    /// The smallest answer that keeps the page around it working.
    Stub(Stub),
}

/// A grant, and the way on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Path and query.
    pub location: String,
    /// The `Set-Cookie` value.
    pub cookie: String,
    /// The grant.
    pub grant: Grant,
    /// Why, in the words of the person.
    pub justification: Option<String>,
}

/// The forms on our pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The warning page's: continue.
    Continue,
    /// The block page's: a bypass code.
    Code,
    /// The block page's: an access request.
    Request,
}

/// The page to show, with what only it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Show {
    /// The block page.
    Block(Forms),
    /// The warning page. Without a token the person cannot continue any more today.
    Warn(Forms),
    /// The page that explains that cookies are needed.
    Cookies {
        /// The address to try again.
        retry: String,
    },
    /// The small page for frames.
    Frame,
    /// The site is open to this person, and this server cannot reach it for them.
    NoWay {
        /// When the permission ends.
        until: Time,
    },
    /// The site did not answer as it should.
    Origin {
        /// Why.
        error: ErrorKind,
        /// Technical words.
        detail: String,
    },
    /// The form came too late, or from elsewhere.
    FormExpired,
    /// The form was larger than any of ours.
    FormTooLarge,
    /// No such page of ours.
    NotFound,
    /// Something failed on our side.
    Failed,
}

/// What the forms of a page need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forms {
    /// What lets a form through; none shows no form.
    pub token: Option<String>,
    /// Where the forms lead.
    pub to: String,
    /// What was wrong with the form that came before.
    pub problem: Option<(Form, FormProblem)>,
    /// What became of an earlier access request.
    pub earlier: Option<Earlier>,
}

/// Decides what a request gets.
pub fn route(request: &Request<'_>, verdict: &Verdict, context: &Context<'_>) -> Answer {
    let Context { keys, settings, standing, now } = *context;
    // CONNECT would open a tunnel to anywhere, TRACE shows cookies to scripts; the rest is the site's.
    let method = &request.head.method;
    let passable =
        request.kind != Kind::Own && method != Method::CONNECT && method != Method::TRACE;
    if passable && let Some(leave) = permit(request, verdict, keys, settings, standing, now) {
        return Answer::Pass(leave);
    }
    match request.kind {
        Kind::Navigation => navigation(request, verdict, context),
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

fn navigation(request: &Request<'_>, verdict: &Verdict, context: &Context<'_>) -> Answer {
    let Context { keys, settings, now, .. } = *context;
    let warns = verdict.action == Action::Warn;
    let uri = &request.head.uri;
    let to_cookie =
        |session: &Session| session.to_set_cookie(keys, request.secure, settings.cookie_lifetime);

    let Some(session) =
        Session::of(&request.head.headers, keys, request.secure, settings.cookie_lifetime, now)
    else {
        let Ok(session) = Session::new(now) else {
            // Without random octets there is no session; a block page can do without.
            let show = if warns { Show::Failed } else { Show::Block(Forms::default()) };
            return Answer::Page { show, status: settings.page_status, cookies: Vec::new() };
        };
        if !warns && !settings.block_needs_cookie {
            let cookies = vec![to_cookie(&session)];
            return decision(request, verdict, context, &session, None, cookies);
        }
        let mark = address::own_value(uri.query(), CHECK);
        if mark.is_some_and(|mark| cookie::is_fresh_mark(keys, mark, now)) {
            let retry = address::clean(uri.path(), uri.query());
            let show = Show::Cookies { retry };
            return Answer::Page { show, status: settings.page_status, cookies: Vec::new() };
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
    decision(request, verdict, context, &session, None, cookies)
}

/// The block page or the warning page, with its forms. `again`: a form came and has this problem;
/// the second part is where it was to lead.
pub(super) fn decision(
    request: &Request<'_>,
    verdict: &Verdict,
    context: &Context<'_>,
    session: &Session,
    again: Option<((Form, FormProblem), String)>,
    cookies: Vec<String>,
) -> Answer {
    let Context { keys, settings, standing, now } = *context;
    let (host, rule) = (request.host, verdict.revision);
    let (problem, to) = match again {
        Some((problem, to)) => (Some(problem), to),
        None => {
            let uri = &request.head.uri;
            (None, address::clean(uri.path(), uri.query()))
        }
    };
    let token = || Some(cookie::seal_form(keys, session, host, rule, now));
    let terms = &verdict.terms;
    let show = if verdict.action == Action::Warn {
        let used = || standing.continued_today(request.client, rule, &host.site_or_self(), now);
        let used_up = terms.per_day.is_some_and(|most| used() >= most.get());
        let token = if used_up { None } else { token() };
        Show::Warn(Forms { token, to, problem, earlier: None })
    } else {
        let earlier = standing.earlier(session.id(), host, now);
        let any = terms.requests || (terms.codes && !verdict.danger);
        let token = if any { token() } else { None };
        Show::Block(Forms { token, to, problem, earlier })
    };
    Answer::Page { show, status: settings.page_status, cookies }
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
/// Where a bypass code goes.
pub const CODE_PATH: &str = "/.blockhouse/code";
/// Where an access request goes.
pub const REQUEST_PATH: &str = "/.blockhouse/request";

/// Whether a request brings a form of ours.
pub fn sends_form(method: &Method, path: &str) -> bool {
    method == Method::POST && form_at(path).is_some()
}

fn form_at(path: &str) -> Option<Form> {
    match path {
        CONTINUE_PATH => Some(Form::Continue),
        CODE_PATH => Some(Form::Code),
        REQUEST_PATH => Some(Form::Request),
        _ => None,
    }
}

fn own(request: &Request<'_>) -> Answer {
    let Some(form) = form_at(request.head.uri.path()) else {
        return Answer::Page { show: Show::NotFound, status: 404, cookies: Vec::new() };
    };
    if request.head.method == Method::POST {
        return match request.head.headers.get(header::CONTENT_TYPE) {
            Some(kind) if is_form(kind) => Answer::ReadForm(form),
            _ => Answer::Stub(Stub::WrongType),
        };
    }
    // A reload after the form, or an address from the history: the way to the site starts at `/`.
    if request.head.method == Method::GET || request.head.method == Method::HEAD {
        return Answer::SeeOther { location: "/".to_owned() };
    }
    Answer::Stub(Stub::BadMethod)
}

fn is_form(kind: &HeaderValue) -> bool {
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
