//! What the forms of our pages get: continue, a bypass code, an access request.
//!
//! Each carries a token that is bound to the session of the cookie, to the host and to the rule, so
//! that no other site can send it in a person's name, and none is taken after the rule changed.

use http::{header, request};

use super::address;
use super::cookie::{self, Session};
use super::grant::{Grant, network_of};
use super::permit::permit;
use super::route::{Answer, Context, Form, Granted, Request, Show, decision};
use crate::clock::Time;
use crate::config::{Justification, Scope};
use crate::host::Host;
use crate::page::FormProblem;
use crate::policy::{Action, Verdict};

/// The most characters of a reason that a person gives; the rest is cut off.
const REASON: usize = 500;
/// The most characters of a way to reach a person.
const CONTACT: usize = 200;
/// Longer than any code that a person types, with all its spaces.
const CODE: usize = 64;

/// What a form asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing more: this is the answer.
    Done(Answer),
    /// Look whether this bypass code is good, then ask [`code_tried`].
    TryCode(Typed),
    /// Note this access request, then ask [`request_filed`].
    File(Filing),
}

/// A bypass code as it was typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Typed {
    /// The code.
    pub code: String,
    /// Where the form was to lead.
    pub to: String,
    session: Session,
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed([elided])")
    }
}

/// An access request as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// Why.
    pub reason: String,
    /// How to reach the person.
    pub contact: Option<String>,
    /// The id of the event that the block page named.
    pub event: String,
    /// Where the form was to lead.
    pub to: String,
    session: Session,
}

impl Filing {
    /// What tells the browser from others on this host.
    pub fn session(&self) -> &str {
        self.session.id()
    }
}

/// What came of a bypass code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It is good; the grant lasts until then.
    Good {
        /// The id of the code.
        id: String,
        /// When the grant ends.
        until: Time,
    },
    /// It is not.
    Bad(FormProblem),
}

/// Decides what a form gets. `body` is `application/x-www-form-urlencoded`.
pub fn submit(
    form: Form,
    request: &Request<'_>,
    body: &[u8],
    verdict: &Verdict,
    context: &Context<'_>,
) -> Step {
    let to = address::return_address(&field(body, "to").unwrap_or_default());
    let Context { keys, settings, standing, now } = *context;
    let wanted = match form {
        Form::Continue => verdict.action == Action::Warn,
        Form::Code => verdict.action == Action::Block && verdict.terms.codes && !verdict.danger,
        Form::Request => verdict.action == Action::Block && verdict.terms.requests,
    };
    // The policy may have changed while the person was thinking, or another tab was faster; the
    // address says what holds now.
    if !wanted || permit(request, verdict, keys, settings, standing, now).is_some() {
        return Step::Done(Answer::SeeOther { location: to });
    }
    let Some(session) = trusted(request.head, body, request, verdict, context) else {
        let show = Show::FormExpired;
        return Step::Done(Answer::Page { show, status: 403, cookies: Vec::new() });
    };
    let reason = field(body, "reason").map(|text| tidy(&text, REASON)).unwrap_or_default();
    match form {
        Form::Continue => Step::Done(go_on(reason, &session, to, request, verdict, context)),
        Form::Code => {
            let code = field(body, "code").map(|text| tidy(&text, CODE)).unwrap_or_default();
            Step::TryCode(Typed { code, to, session })
        }
        Form::Request if reason.is_empty() => {
            let problem = (Form::Request, FormProblem::ReasonMissing);
            Step::Done(again(problem, to, &session, request, verdict, context))
        }
        Form::Request => {
            let contact = field(body, "contact").map(|text| tidy(&text, CONTACT));
            let event = field(body, "event").unwrap_or_default();
            let fine = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
            Step::File(Filing {
                reason,
                contact: contact.filter(|text| !text.is_empty()),
                event: event.chars().filter(fine).take(16).collect(),
                to,
                session,
            })
        }
    }
}

/// What a person gets for a bypass code.
pub fn code_tried(
    typed: Typed,
    tried: Tried,
    request: &Request<'_>,
    verdict: &Verdict,
    context: &Context<'_>,
) -> Answer {
    let Typed { to, session, .. } = typed;
    match tried {
        Tried::Good { id, until } => {
            let code = Some(id);
            granted(until, code, None, to, request, verdict, context)
        }
        Tried::Bad(problem) => {
            again((Form::Code, problem), to, &session, request, verdict, context)
        }
    }
}

/// What a person gets for an access request: the page, which tells that it waits, or what is wrong.
pub fn request_filed(
    filing: Filing,
    problem: Option<FormProblem>,
    request: &Request<'_>,
    verdict: &Verdict,
    context: &Context<'_>,
) -> Answer {
    let Filing { to, session, .. } = filing;
    match problem {
        None => Answer::SeeOther { location: to },
        Some(problem) => again((Form::Request, problem), to, &session, request, verdict, context),
    }
}

fn go_on(
    reason: String,
    session: &Session,
    to: String,
    request: &Request<'_>,
    verdict: &Verdict,
    context: &Context<'_>,
) -> Answer {
    let terms = &verdict.terms;
    let problem = match &terms.justification {
        Justification::None | Justification::Optional => None,
        Justification::Required => reason.is_empty().then_some(FormProblem::ReasonMissing),
        Justification::Choose(_) if reason.is_empty() => Some(FormProblem::ReasonMissing),
        Justification::Choose(known) => {
            (!known.contains(&reason)).then_some(FormProblem::ReasonUnknown)
        }
    };
    if let Some(problem) = problem {
        return again((Form::Continue, problem), to, session, request, verdict, context);
    }
    let Context { standing, now, .. } = *context;
    let site = request.host.site_or_self();
    let used = || standing.continued_today(request.client, verdict.revision, &site, now);
    if terms.per_day.is_some_and(|most| used() >= most.get()) {
        // The page says that it is used up.
        return Answer::SeeOther { location: to };
    }
    let wanted = terms.justification != Justification::None && !reason.is_empty();
    let justification = wanted.then_some(reason);
    granted(now.plus(terms.duration), None, justification, to, request, verdict, context)
}

fn granted(
    until: Time,
    code: Option<String>,
    justification: Option<String>,
    to: String,
    request: &Request<'_>,
    verdict: &Verdict,
    context: &Context<'_>,
) -> Answer {
    let Context { keys, settings, now, .. } = *context;
    let network = network_of(request.client, settings.network);
    // A code opens one site, whatever continuing would open: it may be for one category of several.
    let scope = match (&code, verdict.terms.scope) {
        (Some(_), Scope::Category) => Scope::Site,
        (_, scope) => scope,
    };
    let grant = Grant { code, ..Grant::new(request.host, scope, verdict.revision, until, network) };
    let cookie = grant.to_set_cookie(keys, request.host, request.secure, now);
    Answer::Granted(Box::new(Granted { location: to, cookie, grant, justification }))
}

/// The same page once more, with what was wrong.
fn again(
    problem: (Form, FormProblem),
    to: String,
    session: &Session,
    request: &Request<'_>,
    verdict: &Verdict,
    context: &Context<'_>,
) -> Answer {
    decision(request, verdict, context, session, Some((problem, to)), Vec::new())
}

/// The session in whose name the form was sent, if it was sent from our own page.
fn trusted(
    head: &request::Parts,
    body: &[u8],
    request: &Request<'_>,
    verdict: &Verdict,
    context: &Context<'_>,
) -> Option<Session> {
    let Context { keys, settings, now, .. } = *context;
    // A browser that tells where a form comes from must say that it comes from this very page.
    let site = head.headers.get("sec-fetch-site");
    let origin = head.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    // Of our own pages it is `null`, since they tell nobody where they are.
    let origin = origin.and_then(|origin| Some(origin.split_once("://")?.1));
    let foreign = site.is_some_and(|site| site != "same-origin" && site != "none")
        || origin
            .is_some_and(|origin| Host::from_authority(origin).ok().as_ref() != Some(request.host));
    let lifetime = settings.cookie_lifetime;
    let session = Session::of(&head.headers, keys, request.secure, lifetime, now)?;
    let token = field(body, "token")?;
    let good = cookie::is_good_form(keys, &token, &session, request.host, verdict.revision, now);
    (good && !foreign).then_some(session)
}

fn field(body: &[u8], name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(body);
    fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// What a person wrote, without control characters, without white space around it, and not longer
/// than it may be.
fn tidy(text: &str, most: usize) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let plain: String = plain.take(most).collect();
    plain.trim().to_owned()
}
