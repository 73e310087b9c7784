//! What a template is given: the words and facts of one page.
//!
//! Every variable is always there; one that has nothing to say is null, which counts as false in
//! an `if`. `templates/base.html` lists them.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use serde::Serialize;
use tera::{Context, Value};

use super::language::{self, Language};
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
) -> Context {
    let words = pages.words(language);
    let tone = tone(kind, facts);
    let text = Text { words, kind, tone, facts };
    let contact = facts.contact.or(pages.contact.as_deref()).filter(|text| !text.is_empty());
    // Forms need the cookie that the cookies page lacks, and a place that a frame has not.
    let asks = matches!(kind, PageKind::Block | PageKind::Warn);
    let earlier = facts.earlier.filter(|_| asks);
    let code_form = facts.code_form.filter(|_| asks);
    let request_form = facts.request_form.filter(|_| asks && !text.is_waiting());
    let of_origin = matches!(kind, PageKind::Error(error) if error.is_of_origin());
    let retry_url = match kind {
        PageKind::Error(error) => facts.retry_url.filter(|_| error.may_pass()),
        _ => facts.retry_url,
    };

    let mut context = Context::new();
    context.insert_value("kind", kind_name(kind).into());
    context.insert_value("tone", tone.into());
    context.insert_value("lang", language.tag().into());
    context.insert_value("dir", if language.is_right_to_left() { "rtl" } else { "ltr" }.into());
    context.insert_value("t", words.all.clone());
    context.insert_value("style", pages.style.clone());
    context.insert_value("organisation", pages.organisation.as_str().into());
    context.insert_value("logo", pages.logo.clone().unwrap_or_else(Value::none));
    context.insert_value("heading", text.heading().into());
    context.insert_value("lead", text.lead().into());
    context.insert("host", &facts.host.map(host));
    // What is wrong with a site has nothing to do with the list that it stands on.
    let category = facts.category.filter(|_| !of_origin);
    context.insert("category", &category.map(|category| shown_category(words, category)));
    context.insert_value("why", text.why().into());
    context.insert("todo", &text.todo(contact.is_some()));
    context.insert("contact", &contact.map(|contact| shown_contact(words, contact, facts)));
    context.insert("until", &facts.until.map(Moment::new));
    context.insert("form", &facts.continue_form.map(|form| forms::to_continue(words, form)));
    context.insert("code_form", &code_form.map(|form| forms::code(words, form)));
    context.insert("request_form", &request_form.map(|form| forms::request(words, form)));
    context.insert("earlier", &earlier.map(|earlier| forms::earlier(words, earlier)));
    context.insert_value("retry_url", retry_url.into());
    context.insert_value("event_id", facts.event_id.to_string().into());
    let detail = facts.detail.filter(|_| of_origin);
    context.insert("details", &details(words, facts, detail));
    context.insert("languages", &facts.language_url.map(|url| links(language, url)));
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
        language_url: Some(&|tag| format!("?{tag}")),
        continue_form: Some(ContinueForm {
            action,
            token,
            to,
            ask: AskReason::Choose(&choices),
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
        continue_form: Some(ContinueForm { action, token, to, ask: AskReason::No, problem: None }),
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
    let one = |kind, facts| (file_name(kind), build(pages, kind, pages.default_language, facts));
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
struct ShownHost {
    text: String,
    ascii: Option<String>,
    labels: Vec<String>,
}

fn host(host: &Host) -> ShownHost {
    let (text, ascii) = (host.to_unicode(), host.to_string());
    let labels = text.split('.').map(str::to_owned).collect();
    ShownHost { ascii: (text != ascii).then_some(ascii), labels, text }
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
    href: Option<String>,
}

fn shown_contact<'a>(words: &Words, contact: &'a str, facts: &PageFacts<'_>) -> ShownContact<'a> {
    let is_mail = contact.contains('@') && !contact.contains(char::is_whitespace);
    let href = is_mail.then(|| {
        let host = facts.host.map(ToString::to_string).unwrap_or_default();
        let subject = format!("{} {host} [{}]", words.get("mail_subject"), facts.event_id);
        format!("mailto:{}?subject={}", percent(contact, "@+"), percent(&subject, ""))
    });
    ShownContact { text: contact, href }
}

/// Percent-encoding of all but the unreserved characters and those in `kept` (RFC 6068 section 2).
fn percent(text: &str, kept: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let letter = char::from(byte);
        if letter.is_ascii_alphanumeric() || "-._~".contains(letter) || kept.contains(letter) {
            out.push(letter);
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
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
    value: String,
}

fn details<'a>(words: &'a Words, facts: &PageFacts<'_>, detail: Option<&str>) -> Vec<Detail<'a>> {
    let connection = if facts.host_secure { "HTTPS" } else { "HTTP" };
    let policy = Some(facts.policy).filter(|policy| !policy.is_empty());
    let rows = [
        ("event_label", Some(facts.event_id.to_string())),
        ("detail_label", detail.map(str::to_owned)),
        ("time_label", Some(facts.now.rfc3339().replace('T', " ").replace('Z', ""))),
        ("location_label", facts.location.map(str::to_owned)),
        ("policy_label", policy.map(str::to_owned)),
        ("client_label", Some(facts.client.to_canonical().to_string())),
        ("connection_label", Some(connection.to_owned())),
    ];
    rows.into_iter()
        .filter_map(|(key, value)| Some(Detail { label: words.get(key), value: value? }))
        .collect()
}

/// One entry of the language switch.
#[derive(Serialize)]
pub(super) struct Link {
    tag: &'static str,
    name: &'static str,
    href: String,
    current: bool,
}

pub(super) fn links(current: Language, url: &dyn Fn(&str) -> String) -> Vec<Link> {
    let link = |language: Language| Link {
        tag: language.tag(),
        name: language.name(),
        href: url(language.tag()),
        current: language == current,
    };
    language::ALL.iter().copied().map(link).collect()
}
