//! From an answer to the response that goes over the wire.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Response, StatusCode};

use super::address::{self, LANGUAGE};
use super::permit::Earlier as Known;
use super::route::{
    Answer, CODE_PATH, CONTINUE_PATH, Form, Forms, REQUEST_PATH, Request, Show, chosen_language,
};
use crate::clock::Time;
use crate::page::{
    AskReason, CategoryFacts, CodeForm, ContinueForm, Earlier, ErrorKind, FormProblem, PageAction,
    PageClass, PageFacts, PageKind, Pages, RequestForm,
};
use crate::policy::{Action, Class, Justification, Verdict};
use crate::random::EventId;

/// What a page is made with, besides the answer itself.
pub struct Dress<'a> {
    /// The templates and languages.
    pub pages: &'a Pages,
    /// What was asked.
    pub request: &'a Request<'a>,
    /// What the policy said.
    pub verdict: &'a Verdict,
    /// The id on the page and in the log.
    pub event: EventId,
    /// The time on the page.
    pub now: Time,
    /// Whether this server passes on what is said when the person continues to the site.
    pub passes: bool,
}

/// Makes the response of `answer`. [`Answer::ReadForm`] and [`Answer::Pass`] have none yet: a form
/// that was not read is broken, and a request that was not passed on failed on our side.
pub fn respond(answer: &Answer, dress: &Dress<'_>) -> Response<Bytes> {
    let head = dress.request.head;
    let mut response = match answer {
        Answer::Page { show, status, cookies } => {
            let mut response = page(show, *status, dress);
            for cookie in cookies {
                set_cookie(response.headers_mut(), cookie);
            }
            response
        }
        Answer::CookieCheck { location, cookie } => {
            let mut response = see_other(location);
            set_cookie(response.headers_mut(), cookie);
            response
        }
        Answer::Granted(granted) => {
            let mut response = see_other(&granted.location);
            set_cookie(response.headers_mut(), &granted.cookie);
            response
        }
        Answer::SeeOther { location } => see_other(location),
        Answer::ReadForm(_) => page(&Show::FormExpired, 400, dress),
        Answer::Pass(_) => page(&Show::Failed, 500, dress),
        Answer::Stub(stub) => stub.response(head),
    };
    finish(&mut response, head.method == Method::HEAD);
    response
}

/// The fields that every answer carries, and the body that an answer to HEAD does not.
pub fn finish(response: &mut Response<Bytes>, head_only: bool) {
    const REFERRER_POLICY: HeaderName = HeaderName::from_static("referrer-policy");
    const ALT_SVC: HeaderName = HeaderName::from_static("alt-svc");
    const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
    let length = response.body().len();
    let status = response.status();
    if head_only {
        *response.body_mut() = Bytes::new();
    }
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fields.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    fields.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    fields.insert(ROBOTS, HeaderValue::from_static("noindex"));
    // Forgets the real site's HTTP/3, which we do not speak (RFC 7838 section 3).
    fields.insert(ALT_SVC, HeaderValue::from_static("clear"));
    if !fields.contains_key(header::CONTENT_SECURITY_POLICY) {
        let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        fields.insert(header::CONTENT_SECURITY_POLICY, nothing);
    }
    if status != StatusCode::NO_CONTENT {
        fields.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
}

fn see_other(location: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    // An address with octets that no field can hold starts anew at the top of the site.
    let location = HeaderValue::from_str(location);
    let location = location.unwrap_or_else(|_| HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}

fn set_cookie(fields: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        fields.append(header::SET_COOKIE, value);
    }
}

fn page(show: &Show, status: u16, dress: &Dress<'_>) -> Response<Bytes> {
    let Dress { pages, request, verdict, event, now, passes } = dress;
    let uri = &request.head.uri;
    let accept = request.head.headers.get(header::ACCEPT_LANGUAGE);
    let accept = accept.and_then(|value| value.to_str().ok());
    let chosen = chosen_language(uri.query());
    let language = pages.choose(chosen, accept);
    // A page that answers a form is in the language of the page with the form.
    let words: Vec<_> = chosen.map(|tag| (LANGUAGE, tag)).into_iter().collect();
    let lead = |path: &str| address::build(path, None, &words);
    let (has_forms, leads_again) = match show {
        Show::Block(forms) => {
            (forms.token.is_some(), matches!(forms.earlier, Some(Known::Approved(_))))
        }
        Show::Warn(forms) => (forms.token.is_some(), false),
        Show::Origin { .. } => (false, true),
        _ => (false, false),
    };
    let [continue_path, code_path, request_path] = match has_forms {
        true => [CONTINUE_PATH, CODE_PATH, REQUEST_PATH].map(lead),
        false => Default::default(),
    };
    let again = match leads_again {
        true => address::clean(uri.path(), uri.query()),
        false => String::new(),
    };
    // A page in a frame has no links.
    let language_url =
        (*show != Show::Frame).then(|| address::build(uri.path(), uri.query(), &[(LANGUAGE, "")]));
    let mut facts = PageFacts {
        host: Some(request.host),
        host_secure: request.secure,
        action: if verdict.action == Action::Warn { PageAction::Warn } else { PageAction::Block },
        category: verdict.category.as_ref().map(|category| CategoryFacts {
            title: &category.title,
            class: class_of(category.class),
            reason: verdict.reason.as_deref(),
        }),
        unlisted: verdict.unlisted,
        event_id: *event,
        now: *now,
        location: verdict.location.as_deref(),
        policy: &verdict.policy,
        client: request.client,
        contact: verdict.contact.as_deref(),
        language_url: language_url.as_deref(),
        continue_form: None,
        used_up: false,
        code_form: None,
        request_form: None,
        earlier: None,
        detail: None,
        retry_url: None,
        until: None,
    };
    let kind = match show {
        Show::Block(Forms { token, to, problem, earlier }) => {
            let problem_of = |form| problem_of(*problem, form);
            let terms = &verdict.terms;
            if let Some(token) = token {
                facts.code_form = (terms.codes && !verdict.danger).then_some(CodeForm {
                    action: &code_path,
                    token,
                    to,
                    problem: problem_of(Form::Code),
                });
                let waiting = matches!(earlier, Some(Known::Waiting(_)));
                facts.request_form = (terms.requests && !waiting).then_some(RequestForm {
                    action: &request_path,
                    token,
                    to,
                    event: *event,
                    problem: problem_of(Form::Request),
                });
            }
            if matches!(earlier, Some(Known::Approved(_))) {
                facts.retry_url = Some(&again);
            }
            facts.earlier = earlier.as_ref().map(|earlier| match earlier {
                Known::Waiting(since) => Earlier::Waiting { since: *since },
                Known::Approved(until) => Earlier::Approved { until: *until },
                Known::Denied(note) => Earlier::Denied { note: note.as_deref() },
            });
            PageKind::Block
        }
        Show::Warn(Forms { token, to, problem, .. }) => {
            facts.used_up = token.is_none();
            facts.continue_form = token.as_ref().map(|token| ContinueForm {
                action: &continue_path,
                token,
                to,
                ask: match &verdict.terms.justification {
                    Justification::None => AskReason::No,
                    Justification::Optional => AskReason::Optional,
                    Justification::Required => AskReason::Required,
                    Justification::Choose(reasons) => AskReason::Choose(reasons),
                },
                passes: *passes,
                problem: problem_of(*problem, Form::Continue),
            });
            PageKind::Warn
        }
        Show::Cookies { retry } => {
            facts.retry_url = Some(retry);
            PageKind::Cookies
        }
        Show::Frame => PageKind::Frame,
        Show::NoWay { until } => {
            facts.until = Some(*until);
            PageKind::Error(ErrorKind::Granted)
        }
        Show::Origin { error, detail } => {
            facts.detail = Some(detail);
            facts.retry_url = Some(&again);
            PageKind::Error(*error)
        }
        Show::FormTooLarge => PageKind::Error(ErrorKind::TooLarge),
        Show::FormExpired => {
            facts.retry_url = Some("/");
            PageKind::Error(ErrorKind::Expired)
        }
        Show::NotFound => PageKind::Error(ErrorKind::NotFound),
        Show::Failed => PageKind::Error(ErrorKind::Internal),
    };
    let page = pages.render(kind, language, &facts);
    if let Some(problem) = &page.problem {
        tracing::error!(%problem, "a template failed; the built-in one was shown");
    }
    let mut response = Response::new(Bytes::from(page.html));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    let fields = response.headers_mut();
    // With the fields of `finish`; the table grows at a high price.
    fields.reserve(12);
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(language) = HeaderValue::from_str(page.language.tag()) {
        fields.insert(header::CONTENT_LANGUAGE, language);
    }
    fields.insert(header::CONTENT_SECURITY_POLICY, page.csp);
    if *show == Show::Frame {
        // A page with an embedder policy shows only frames that have one too (HTML section 7.1.4).
        const COEP: HeaderName = HeaderName::from_static("cross-origin-embedder-policy");
        const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
        fields.insert(COEP, HeaderValue::from_static("require-corp"));
        fields.insert(CORP, HeaderValue::from_static("cross-origin"));
    }
    response
}

fn problem_of(problem: Option<(Form, FormProblem)>, wanted: Form) -> Option<FormProblem> {
    problem.filter(|(form, _)| *form == wanted).map(|(_, problem)| problem)
}

fn class_of(class: Class) -> PageClass {
    match class {
        Class::Security => PageClass::Security,
        Class::Content | Class::Tracking => PageClass::Content,
        Class::Legal => PageClass::Legal,
        Class::Organisation => PageClass::Organisation,
    }
}
