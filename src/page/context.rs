//! What a template is given: the words and facts of one page.
//!
//! Every variable is always there; one that has nothing to say is null, which counts as false in
//! an `if`. `templates/base.html` lists them.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use serde::Serialize;
use tera::{Context, Value};

use super::language::{self, Language};
use super::style::Part;
use super::varying::{Slot, Varying};
use super::words::Words;
use super::{
    AskReason, CategoryFacts, CodeForm, ContinueForm, Earlier, ErrorKind, FormProblem, PageAction,
    PageClass, PageFacts, PageKind, Pages, RequestForm, forms,
};
use crate::clock::Time;
use crate::host::Host;
use crate::random::EventId;

/// The variables of one page.
pub(super) fn build(
    pages: &Pages,
    kind: PageKind,
    language: Language,
    facts: &PageFacts<'_>,
    texts: &Varying<'_>,
) -> Context {
    let words = pages.words(language);
    let tone = tone(kind, facts);
    let text = Text { words, kind, tone, facts };
    let contact = pages.contact_of(facts);
    // Forms need the cookie that the cookies page lacks, and a place that a frame has not.
    let asks = matches!(kind, PageKind::Block | PageKind::Warn);
    let earlier = facts.earlier.filter(|_| asks);
    let code_form = facts.code_form.filter(|_| asks);
    let request_form = facts.request_form.filter(|_| asks && !text.is_waiting());
    let of_origin = matches!(kind, PageKind::Error(error) if error.is_of_origin());
    let retry_url = texts.get(Slot::RetryUrl);
    let retry_url = match kind {
        PageKind::Error(error) => retry_url.filter(|_| error.may_pass()),
        _ => retry_url,
    };

    let mut context = Context::new();
    context.insert_value("kind", kind_name(kind).into());
    context.insert_value("tone", tone.into());
    context.insert_value("lang", language.tag().into());
    context.insert_value("dir", if language.is_right_to_left() { "rtl" } else { "ltr" }.into());
    context.insert_value("t", words.all.clone());
    let part = if kind == PageKind::Frame { Part::Frame } else { Part::Page };
    context.insert_value("style", pages.styles.of(part).text.clone());
    context.insert_value("organisation", pages.organisation.as_str().into());
    context.insert_value("logo", pages.logo.clone().unwrap_or_else(Value::none));
    context.insert_value("heading", text.heading().into());
    context.insert_value("lead", text.lead().into());
    context.insert("host", &texts.get(Slot::Host).map(|text| host(text, texts)));
    // What is wrong with a site has nothing to do with the list that it stands on.
    let category = facts.category.filter(|_| !of_origin);
    context.insert("category", &category.map(|category| shown_category(words, category)));
    context.insert_value("why", text.why().into());
    context.insert("todo", &text.todo(contact.is_some()));
    let href = texts.get(Slot::ContactHref);
    context.insert("contact", &contact.map(|text| ShownContact { text, href }));
    context.insert("until", &facts.until.map(Moment::new));
    let form = facts.continue_form.map(|form| texts.continue_form(form));
    context.insert("form", &form.map(|form| forms::to_continue(words, form)));
    let code_form = code_form.map(|form| texts.code_form(form));
    context.insert("code_form", &code_form.map(|form| forms::code(words, form)));
    let request_form = request_form.map(|form| texts.request_form(form));
    let event = texts.text(Slot::RequestEvent);
    context.insert("request_form", &request_form.map(|form| forms::request(words, form, event)));
    context.insert("earlier", &earlier.map(|earlier| forms::earlier(words, earlier)));
    context.insert_value("retry_url", retry_url.into());
    context.insert_value("event_id", texts.text(Slot::EventId).into());
    let detail = facts.detail.filter(|_| of_origin);
    context.insert("details", &details(words, facts, detail, texts));
    let links = || language::ALL.iter().map(|one| link(*one, texts.language_url(*one), language));
    context.insert("languages", &facts.language_url.map(|_| links().collect::<Vec<_>>()));
    context
}

/// Pages to try overriding templates with: everything there is to say, and next to nothing.
pub(super) fn trials(pages: &Pages) -> Vec<(&'static str, Context)> {
    let host = Host::from_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let choices = ["one".to_owned(), "other".to_owned()];
    let (action, token, to) = ("/", "token", "/");
    let problem = Some(FormProblem::TryAgain);
    let event = EventId::new();
    let full = PageFacts {
        host: Some(&host),
        host_secure: true,
        action: PageAction::Warn,
        category: Some(CategoryFacts {
            title: "category",
            class: PageClass::Security,
            reason: Some("reason"),
        }),
        unlisted: false,
        event_id: event,
        now: Time::from_unix(0),
        location: Some("location"),
        policy: "policy",
        client: IpAddr::V4(Ipv4Addr::LOCALHOST),
        contact: Some("help@example.org"),
        language_url: Some("?"),
        continue_form: Some(ContinueForm {
            action,
            token,
            to,
            ask: AskReason::Choose(&choices),
            passes: true,
            problem,
        }),
        used_up: true,
        code_form: Some(CodeForm { action, token, to, problem }),
        request_form: Some(RequestForm { action, token, to, event, problem }),
        earlier: Some(Earlier::Denied { note: Some("note") }),
        detail: Some("detail"),
        retry_url: Some("/"),
        until: Some(Time::from_unix(0)),
    };
    let empty = PageFacts {
        host: None,
        category: None,
        unlisted: true,
        location: None,
        policy: "",
        contact: None,
        language_url: None,
        continue_form: None,
        used_up: false,
        code_form: None,
        request_form: None,
        earlier: None,
        detail: None,
        retry_url: None,
        until: None,
        ..full
    };
    // Half-filled forms: nothing to choose from, and nothing went wrong yet.
    let plain = PageFacts {
        continue_form: Some(ContinueForm {
            action,
            token,
            to,
            ask: AskReason::No,
            passes: false,
            problem: None,
        }),
        code_form: Some(CodeForm { action, token, to, problem: None }),
        request_form: Some(RequestForm { action, token, to, event, problem: None }),
        earlier: Some(Earlier::Denied { note: None }),
        ..empty
    };
    let kinds = [
        PageKind::Block,
        PageKind::Warn,
        PageKind::Cookies,
        PageKind::Frame,
        PageKind::Error(ErrorKind::Granted),
        PageKind::Error(ErrorKind::OriginTimeout),
    ];
    let words = pages.words(pages.default_language);
    let one = |kind, facts: &PageFacts<'_>| {
        let texts = Varying::of(pages, words, facts);
        (file_name(kind), build(pages, kind, pages.default_language, facts, &texts))
    };
    let each = |kind| [one(kind, &full), one(kind, &empty), one(kind, &plain)];
    kinds.into_iter().flat_map(each).collect()
}

/// The template of a kind of page.
pub(super) fn file_name(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Block => "block.html",
        PageKind::Warn => "warn.html",
        PageKind::Cookies => "cookies.html",
        PageKind::Frame => "frame.html",
        PageKind::Error(_) => "error.html",
    }
}

fn kind_name(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Block => "block",
        PageKind::Warn => "warn",
        PageKind::Cookies => "cookies",
        PageKind::Frame => "frame",
        PageKind::Error(_) => "error",
    }
}

/// What a page sounds and looks like.
fn tone(kind: PageKind, facts: &PageFacts<'_>) -> &'static str {
    match kind {
        PageKind::Error(ErrorKind::Granted) => "granted",
        PageKind::Error(ErrorKind::OriginCertificate) => "warn",
        PageKind::Error(_) => "error",
        _ => match facts.category {
            Some(CategoryFacts { class: PageClass::Security, .. }) => "security",
            _ if kind == PageKind::Warn || facts.action == PageAction::Warn => "warn",
            Some(CategoryFacts { class: PageClass::Content, .. }) => "content",
            Some(CategoryFacts { class: PageClass::Legal, .. }) => "legal",
            Some(CategoryFacts { class: PageClass::Organisation, .. }) => "organisation",
            None if facts.unlisted => "unlisted",
            None => "plain",
        },
    }
}

/// The sentences of a page that depend on what happened.
struct Text<'a> {
    words: &'a Words,
    kind: PageKind,
    tone: &'static str,
    facts: &'a PageFacts<'a>,
}

impl<'a> Text<'a> {
    fn heading(&self) -> &'a str {
        self.words.get(match (self.kind, self.facts.action) {
            (PageKind::Block, _) => match self.tone {
                "security" => "block_security_heading",
                "legal" => "block_legal_heading",
                "organisation" => "block_organisation_heading",
                "unlisted" => "block_unlisted_heading",
                _ => "block_heading",
            },
            (PageKind::Warn, _) => "warn_heading",
            (PageKind::Cookies, PageAction::Block) => "cookies_block_heading",
            (PageKind::Cookies, PageAction::Warn) => "cookies_warn_heading",
            (PageKind::Frame, PageAction::Block) => "frame_block",
            (PageKind::Frame, PageAction::Warn) => "frame_warn",
            (PageKind::Error(error), _) => error_keys(error).0,
        })
    }

    fn lead(&self) -> &'a str {
        self.words.get(match (self.kind, self.facts.action) {
            (PageKind::Block, _) => match self.tone {
                "security" => "block_security_lead",
                "content" => "block_content_lead",
                "legal" => "block_legal_lead",
                "organisation" => "block_organisation_lead",
                "unlisted" => "block_unlisted_lead",
                _ => "block_lead",
            },
            (PageKind::Warn, _) => "warn_lead",
            (PageKind::Cookies, _) => "cookies_lead",
            (PageKind::Frame, PageAction::Block) => "block_lead",
            (PageKind::Frame, PageAction::Warn) => "frame_warn_hint",
            (PageKind::Error(error), _) => error_keys(error).1,
        })
    }

    /// Why, where no category says it.
    fn why(&self) -> Option<&'a str> {
        match (self.kind, self.facts.category) {
            (PageKind::Error(_), _) | (_, Some(_)) => None,
            _ if self.facts.unlisted => Some(self.words.get("why_unlisted")),
            _ => Some(self.words.get("why_rule")),
        }
    }

    /// Whether nobody has decided on an earlier request.
    fn is_waiting(&self) -> bool {
        matches!(self.facts.earlier, Some(Earlier::Waiting { .. }))
    }

    fn todo(&self, contact: bool) -> Vec<&'a str> {
        let asked = self.is_waiting();
        let can_ask = contact || self.facts.request_form.is_some();
        let ask = if can_ask { "todo_mistake" } else { "todo_nobody" };
        let keys: &[&str] = match self.kind {
            PageKind::Block if self.tone == "security" && asked => &["todo_leave", "todo_security"],
            PageKind::Block if asked => &["todo_leave"],
            PageKind::Block if self.tone == "security" => &["todo_leave", "todo_security", ask],
            PageKind::Block => &["todo_leave", ask],
            PageKind::Warn if self.facts.continue_form.is_some_and(|form| form.passes) => {
                &["warn_todo_leave", "warn_todo_continue", "passes_through"]
            }
            PageKind::Warn if self.facts.continue_form.is_some() => {
                &["warn_todo_leave", "warn_todo_continue"]
            }
            PageKind::Warn if self.facts.used_up && asked => {
                &["warn_todo_leave", "warn_todo_used_up"]
            }
            PageKind::Warn if self.facts.used_up => &["warn_todo_leave", "warn_todo_used_up", ask],
            PageKind::Warn if asked => &["warn_todo_leave"],
            PageKind::Warn => &["warn_todo_leave", ask],
            PageKind::Cookies => &["cookies_settings", "cookies_allow", "cookies_retry"],
            PageKind::Frame => &[],
            PageKind::Error(error) => &[error_keys(error).2],
        };
        keys.iter().map(|key| self.words.get(key)).collect()
    }
}

/// The keys of heading, lead and advice.
fn error_keys(error: ErrorKind) -> (&'static str, &'static str, &'static str) {
    macro_rules! keys {
        ($name:literal, $todo:literal) => {
            (concat!("error_", $name, "_heading"), concat!("error_", $name, "_lead"), $todo)
        };
    }
    match error {
        ErrorKind::Misdirected => keys!("misdirected", "todo_reload"),
        ErrorKind::BadRequest => keys!("bad_request", "todo_back_and_retry"),
        ErrorKind::TooLarge => keys!("too_large", "todo_back_and_retry"),
        ErrorKind::MethodNotAllowed => keys!("method", "todo_back_and_retry"),
        ErrorKind::NotFound => keys!("not_found", "todo_back_and_retry"),
        ErrorKind::Expired => keys!("expired", "todo_back_and_retry"),
        ErrorKind::PlainHttp => keys!("plain_http", "todo_https"),
        ErrorKind::Granted => keys!("granted", "todo_granted"),
        ErrorKind::Internal => keys!("internal", "todo_reload"),
        ErrorKind::Busy => keys!("busy", "todo_reload"),
        ErrorKind::OriginUnresolved => keys!("origin_unresolved", "todo_origin_spelling"),
        ErrorKind::OriginRefused => keys!("origin_refused", "todo_origin_administrator"),
        ErrorKind::OriginUnreachable => keys!("origin_unreachable", "todo_origin_later"),
        ErrorKind::OriginTimeout => keys!("origin_timeout", "todo_origin_later"),
        ErrorKind::OriginCertificate => keys!("origin_certificate", "todo_origin_certificate"),
        ErrorKind::OriginBroke => keys!("origin_broke", "todo_origin_later"),
        ErrorKind::OriginLoop => keys!("origin_loop", "todo_origin_administrator"),
    }
}

/// `text` is for reading; `ascii` is the name on the wire where that differs, so that a look-alike
/// in another script gives itself away.
#[derive(Serialize)]
struct ShownHost<'a> {
    text: &'a str,
    ascii: Option<&'a str>,
    labels: Vec<&'a str>,
}

fn host<'a>(text: &'a str, texts: &'a Varying<'_>) -> ShownHost<'a> {
    let labels = texts.text(Slot::HostLabels).split('.').collect();
    ShownHost { text, ascii: texts.get(Slot::HostAscii), labels }
}

#[derive(Serialize)]
struct ShownCategory<'a> {
    title: &'a str,
    class: &'a str,
    reason: Option<&'a str>,
}

fn shown_category<'a>(words: &'a Words, category: CategoryFacts<'a>) -> ShownCategory<'a> {
    let class = words.get(match category.class {
        PageClass::Security => "class_security",
        PageClass::Content => "class_content",
        PageClass::Legal => "class_legal",
        PageClass::Organisation => "class_organisation",
    });
    let reason = category.reason.filter(|reason| !reason.trim().is_empty());
    ShownCategory { title: category.title, class, reason }
}

#[derive(Serialize)]
struct ShownContact<'a> {
    text: &'a str,
    /// Null when the contact is no mail address.
    href: Option<&'a str>,
}

/// A time for people and for machines.
#[derive(Serialize)]
struct Moment {
    text: String,
    rfc3339: String,
}

impl Moment {
    fn new(time: Time) -> Self {
        let rfc3339 = time.rfc3339();
        Self { text: rfc3339.replace('T', " ").replace('Z', " UTC"), rfc3339 }
    }
}

/// One row of the technical facts.
#[derive(Serialize)]
struct Detail<'a> {
    label: &'a str,
    value: &'a str,
}

fn details<'a>(
    words: &'a Words,
    facts: &PageFacts<'a>,
    detail: Option<&'a str>,
    texts: &'a Varying<'_>,
) -> Vec<Detail<'a>> {
    let connection = if facts.host_secure { "HTTPS" } else { "HTTP" };
    let policy = Some(facts.policy).filter(|policy| !policy.is_empty());
    let rows = [
        ("event_label", texts.get(Slot::EventId)),
        ("detail_label", detail),
        ("time_label", texts.get(Slot::Time)),
        ("location_label", facts.location),
        ("policy_label", policy),
        ("client_label", texts.get(Slot::Client)),
        ("connection_label", Some(connection)),
    ];
    rows.into_iter()
        .filter_map(|(key, value)| Some(Detail { label: words.get(key), value: value? }))
        .collect()
}

/// One entry of the language switch.
#[derive(Serialize)]
pub(super) struct Link<'a> {
    tag: &'static str,
    name: &'static str,
    href: Cow<'a, str>,
    current: bool,
}

pub(super) fn link<'a>(
    language: Language,
    href: impl Into<Cow<'a, str>>,
    current: Language,
) -> Link<'a> {
    let (tag, name) = (language.tag(), language.name());
    Link { tag, name, href: href.into(), current: language == current }
}
