//! Pages: what they say, in which language, and that nothing foreign gets into their markup.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may unwrap too")]

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blockhouse::clock::Time;
use blockhouse::host::{Host, HostName};
use blockhouse::page::{
    AskReason, CategoryFacts, CodeForm, ContinueForm, Earlier, ErrorKind, FormProblem, Language,
    Page, PageAction, PageClass, PageFacts, PageKind, PageOptions, PageProblem, Pages, RequestForm,
};
use blockhouse::random::EventId;
use fluent_bundle::FluentResource;

const ERRORS: [ErrorKind; 17] = [
    ErrorKind::Misdirected,
    ErrorKind::BadRequest,
    ErrorKind::TooLarge,
    ErrorKind::MethodNotAllowed,
    ErrorKind::NotFound,
    ErrorKind::Expired,
    ErrorKind::PlainHttp,
    ErrorKind::Granted,
    ErrorKind::Internal,
    ErrorKind::Busy,
    ErrorKind::OriginUnresolved,
    ErrorKind::OriginRefused,
    ErrorKind::OriginUnreachable,
    ErrorKind::OriginTimeout,
    ErrorKind::OriginCertificate,
    ErrorKind::OriginBroke,
    ErrorKind::OriginLoop,
];

fn options() -> PageOptions {
    PageOptions {
        organisation: "Riverside Schools".into(),
        contact: Some("help+desk@riverside.example".into()),
        colour: None,
        logo: None,
        templates: None,
        default_language: "en".into(),
    }
}

fn pages() -> Pages {
    Pages::load(&options()).unwrap().0
}

fn kinds() -> Vec<PageKind> {
    let plain = [PageKind::Block, PageKind::Warn, PageKind::Cookies, PageKind::Frame];
    plain.into_iter().chain(ERRORS.map(PageKind::Error)).collect()
}

fn host(text: &str) -> Host {
    HostName::from_text(text).unwrap().into()
}

fn facts(host: &Host) -> PageFacts<'_> {
    PageFacts {
        host: Some(host),
        host_secure: true,
        action: PageAction::Block,
        category: Some(CategoryFacts {
            title: "Games",
            class: PageClass::Content,
            reason: Some("Not during lessons."),
        }),
        unlisted: false,
        event_id: EventId::new(),
        now: Time::from_unix(1_790_000_000),
        location: Some("Library"),
        policy: "pupils",
        client: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 17)),
        contact: None,
        language_url: Some("/?lang="),
        continue_form: Some(ContinueForm {
            action: "/go",
            token: "t0ken",
            to: "/a?b=c",
            ask: AskReason::No,
            passes: false,
            problem: None,
        }),
        used_up: false,
        code_form: None,
        request_form: None,
        earlier: None,
        detail: None,
        retry_url: Some("/again"),
        until: Some(Time::from_unix(1_790_003_600)),
    }
}

fn english(kind: PageKind, facts: &PageFacts<'_>) -> Page {
    pages().render(kind, Language::lookup("en").unwrap(), facts)
}

/// Facts of every shape, with text in them that wants to be markup.
fn with_hostile_facts(mut check: impl FnMut(PageKind, Language, &Page)) {
    let hosts = [
        Some(host(&format!("{}.example", ["x--y_z-0a"; 24].join(".")))),
        Some(host("münchen.example")),
        Some(Host::from_ip("2001:db8::1".parse().unwrap())),
        None,
    ];
    let long = HOSTILE.repeat(10_240 / HOSTILE.len() + 1);
    let classes =
        [PageClass::Security, PageClass::Content, PageClass::Legal, PageClass::Organisation];
    let choices = [HOSTILE.to_owned(), String::new(), long.clone()];
    let pages = pages();
    for language in pages.languages().iter().copied() {
        for kind in kinds() {
            for (index, class) in classes.into_iter().enumerate() {
                let host = &hosts[index];
                let placeholder = Host::from_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
                let category = CategoryFacts { title: HOSTILE, class, reason: Some(&long) };
                let facts = PageFacts {
                    host: host.as_ref(),
                    action: if index % 2 == 0 { PageAction::Block } else { PageAction::Warn },
                    category: (index != 3).then_some(category),
                    unlisted: index == 3,
                    location: Some(HOSTILE),
                    policy: HOSTILE,
                    contact: Some(["a\"><script>@x", HOSTILE][index % 2]),
                    language_url: Some(&format!("/{HOSTILE}")),
                    retry_url: Some(HOSTILE),
                    detail: Some(HOSTILE),
                    ..facts(&placeholder)
                };
                let facts = with_hostile_forms(facts, index, &choices, &long);
                check(kind, language, &pages.render(kind, language, &facts));
            }
        }
    }
}

/// Forms in every shape that they can have, one shape for each index.
fn with_hostile_forms<'a>(
    facts: PageFacts<'a>,
    index: usize,
    choices: &'a [String],
    note: &'a str,
) -> PageFacts<'a> {
    let (action, token, to) = (HOSTILE, HOSTILE, HOSTILE);
    let event = EventId::new();
    let now = facts.now;
    let ask = [AskReason::Choose(choices), AskReason::No, AskReason::Required, AskReason::Optional];
    let problem = [
        Some(FormProblem::ReasonUnknown),
        Some(FormProblem::TryAgain),
        None,
        Some(FormProblem::ReasonMissing),
    ][index];
    let code_problem = [
        Some(FormProblem::CodeWrong { left: 2 }),
        None,
        Some(FormProblem::CodeLocked { until: now }),
        Some(FormProblem::CodeSpent),
    ][index];
    let earlier = [
        Some(Earlier::Denied { note: Some(note) }),
        Some(Earlier::Approved { until: now }),
        Some(Earlier::Waiting { since: now }),
        None,
    ][index];
    PageFacts {
        continue_form: Some(ContinueForm {
            action,
            token,
            to,
            ask: ask[index],
            passes: false,
            problem,
        }),
        code_form: Some(CodeForm { action, token, to, problem: code_problem }),
        request_form: Some(RequestForm { action, token, to, event, problem }),
        earlier,
        ..facts
    }
}

/// Closes what could be open, opens what must not be, and turns the direction of writing.
const HOSTILE: &str =
    "</style></title>\"'><script>alert(1)</script>&amp;<!--\u{202e}{{ 7 * 7 }}{% x %}";

#[test]
fn nothing_foreign_becomes_markup() {
    with_hostile_facts(|kind, language, page| {
        let html = &page.html;
        assert_eq!(page.problem, None, "{kind:?} {language}");
        assert!(!html.to_ascii_lowercase().contains("<script"), "{kind:?} {language}");
        assert!(!html.contains("<!--"), "{kind:?} {language}");
        assert!(!html.contains(" style="), "{kind:?} {language}");
        assert!(!html.contains(HOSTILE), "{kind:?} {language}");
        assert_eq!(html.matches("</style>").count(), 1, "{kind:?} {language}");
        assert_eq!(html.matches("</title>").count(), 1, "{kind:?} {language}");
        if kind == PageKind::Block {
            assert!(html.contains("&lt;script&gt;alert(1)"), "{kind:?} {language}");
        }
    });
}

#[test]
fn the_content_policy_names_the_style_and_nothing_else() {
    with_hostile_facts(|kind, language, page| {
        let (_, rest) = page.html.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, style.as_bytes()));
        let ancestors = if kind == PageKind::Frame { "*" } else { "'none'" };
        let expected = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; form-action 'self'; \
             base-uri 'none'; frame-ancestors {ancestors}"
        );
        assert_eq!(page.csp, expected, "{kind:?} {language}");
        assert!(!page.html.contains("http-equiv"), "{kind:?} {language}");
        for asset in ["url(", "@import", "src=\"h", "src=\"/"] {
            assert!(!page.html.contains(asset), "{kind:?} {language}: {asset}");
        }
    });
}

/// Built-in templates are cast, templates of a folder rendered each time: a copy of a built-in one shows
/// what rendering gives.
#[test]
fn a_page_that_is_cast_is_the_page_that_is_rendered() {
    let folder = tempfile::tempdir().unwrap();
    let icon = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/icon.html");
    fs::copy(icon, folder.path().join("icon.html")).unwrap();
    let templates = Some(folder.path().to_owned());
    let (rendering, problems) = Pages::load(&PageOptions { templates, ..options() }).unwrap();
    assert_eq!(problems, []);
    let casting = pages();
    let hosts =
        ["games.example", "münchen.example", "a.b.c.example"].map(host).into_iter().chain([
            Host::from_ip("2001:db8::1".parse().unwrap()),
            Host::from_ip("192.0.2.1".parse().unwrap()),
        ]);
    let choices = ["one".to_owned(), HOSTILE.to_owned()];
    let asks =
        [AskReason::No, AskReason::Optional, AskReason::Required, AskReason::Choose(&choices)];
    let mut number = 0_u32;
    for host in hosts {
        for language in casting.languages().iter().copied() {
            for kind in kinds() {
                for shape in 0..16 {
                    // Each page has texts of its own, and so does the next of the same shape.
                    number += 1;
                    let text = format!("{number}{HOSTILE}");
                    let (action, token, to) = (text.as_str(), text.as_str(), text.as_str());
                    let form = ContinueForm {
                        action,
                        token,
                        to,
                        ask: asks[shape / 4],
                        passes: shape % 2 == 0,
                        problem: None,
                    };
                    let event = EventId::new();
                    let request = RequestForm { action, token, to, event, problem: None };
                    let code = CodeForm { action, token, to, problem: None };
                    let facts = PageFacts {
                        until: None,
                        now: Time::from_unix(1_790_000_000 + i64::from(number)),
                        client: IpAddr::V4(Ipv4Addr::from_bits(number)),
                        continue_form: (shape & 1 == 0).then_some(form),
                        request_form: (shape & 2 == 0).then_some(request),
                        code_form: (shape & 4 == 0).then_some(code),
                        contact: [None, Some("ask@example.org"), Some("room 7")][shape % 3],
                        retry_url: (shape & 8 == 0).then_some(&text),
                        language_url: Some(&format!("/{text}")),
                        ..facts(&host)
                    };
                    let (cast, rendered) = (
                        casting.render(kind, language, &facts).html,
                        rendering.render(kind, language, &facts).html,
                    );
                    // Only the built-in templates get a sheet that is cut.
                    let [cast, rendered] = [&cast, &rendered].map(|html| without_style(html));
                    assert_eq!(cast, rendered, "{kind:?} {language} {host} {shape}");
                }
            }
        }
    }
}

fn without_style(html: &str) -> [&str; 2] {
    let (head, rest) = html.split_once("<style>").unwrap();
    [head, rest.split_once("</style>").unwrap().1]
}

/// The judge is libxml2. It knows no elements of HTML 5, so what it says about those is left out,
/// and `wbr`, which it believes to need an end, too.
#[test]
fn pages_are_well_formed() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    with_hostile_facts(|_, _, page| {
        let file = folder.path().join(format!("{}.html", files.len()));
        fs::write(&file, page.html.replace("<wbr>", "")).unwrap();
        files.push(file);
    });
    for some in files.chunks(100) {
        let output = Command::new("xmllint")
            .args(["--html", "--noout", "--encode", "utf-8"])
            .args(some)
            .output()
            .expect("xmllint is in the Debian package libxml2-utils");
        let talk = String::from_utf8_lossy(&output.stderr);
        let errors: Vec<&str> = talk
            .lines()
            .filter(|line| line.contains(" error : ") && !line.contains("error : Tag "))
            .collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
}

#[test]
fn a_page_tells_its_story_in_order() {
    let host = host("games.example.com");
    let facts = facts(&host);
    let id = facts.event_id.to_string();
    for (kind, story) in [
        (PageKind::Block, vec!["<h1>", "Riverside Schools does not allow"]),
        (PageKind::Warn, vec!["<h1>", "advises against", "/go", "value=\"t0ken\"", "/a?b=c"]),
        (PageKind::Cookies, vec!["<h1>", "cookies are off", "Allow cookies", "href=\"/again\""]),
    ] {
        let html = english(kind, &facts).html;
        let body = html.split_once("<body").unwrap().1;
        let place = |text: &str| body.find(text).unwrap_or_else(|| panic!("{kind:?}: no {text}"));
        let order = [
            "<h1>",
            "games.<wbr>example",
            ">Games<",
            "Not during lessons.",
            "class=\"todo\"",
            "href=\"mailto:",
            "<details",
            &id[..],
            "Library",
            "pupils",
            "192.0.2.17",
            "</details>",
        ];
        let places: Vec<usize> = order
            .iter()
            .map(|text| match *text {
                // The id is part of the link as well; here the one among the facts is meant.
                text if text == id => body.rfind(text).unwrap(),
                text => place(text),
            })
            .collect();
        assert!(places.is_sorted(), "{kind:?}: {places:?}");
        story.iter().for_each(|text| assert!(place(text) > 0));
        assert!(!body.contains("<details class=\"facts\" open"));
        assert!(body.contains("2026-09-21 14:13:20"));
    }
}

#[test]
fn the_mail_carries_the_event_id() {
    let host = host("games.example.com");
    let facts = facts(&host);
    let link = format!(
        "href=\"mailto:help+desk@riverside.example?subject=\
         Blocked%20site%20games.example.com%20%5B{}%5D\"",
        facts.event_id
    );
    assert!(english(PageKind::Block, &facts).html.contains(&link));
    // The rule's own contact goes first; what is no address is no link.
    let own = PageFacts { contact: Some("extension 4711"), ..facts };
    let html = english(PageKind::Block, &own).html;
    assert!(html.contains("extension 4711") && !html.contains("mailto:"));
}

#[test]
fn a_name_is_shown_as_written_and_as_sent() {
    let idn = host("bücher.example");
    let html = english(PageKind::Block, &facts(&idn)).html;
    assert!(html.contains("bücher.<wbr>example") && html.contains(">xn--bcher-kva.example<"));
    let plain = host("books.example");
    assert!(!english(PageKind::Block, &facts(&plain)).html.contains("class=\"ascii\""));
}

#[test]
fn classes_have_their_own_headings_and_tones() {
    let host = host("games.example.com");
    let mut headings = BTreeSet::new();
    for (class, tone) in [
        (PageClass::Security, "security"),
        (PageClass::Content, "content"),
        (PageClass::Legal, "legal"),
        (PageClass::Organisation, "organisation"),
    ] {
        let category = CategoryFacts { title: "t", class, reason: None };
        let html =
            english(PageKind::Block, &PageFacts { category: Some(category), ..facts(&host) }).html;
        assert!(html.contains(&format!("tone-{tone}\"")), "{tone}");
        headings
            .insert(html.split_once("<h1>").unwrap().1.split_once("</h1>").unwrap().0.to_owned());
    }
    assert_eq!(headings.len(), 4);
    let unlisted = PageFacts { category: None, unlisted: true, ..facts(&host) };
    let html = english(PageKind::Block, &unlisted).html;
    assert!(html.contains("No list on this server names the site."));
}

#[test]
fn a_frame_has_nothing_to_click() {
    let host = host("games.example.com");
    let html = english(PageKind::Frame, &facts(&host)).html;
    for element in ["<a ", "<form", "<button", "<input", "<details"] {
        assert!(!html.contains(element), "{element}");
    }
    assert!(html.contains("Blocked") && html.contains("games.example.com"));
}

#[test]
fn the_switch_lists_every_language_by_its_own_name() {
    let host = host("games.example.com");
    let pages = pages();
    for language in pages.languages().iter().copied() {
        let html = pages.render(PageKind::Block, language, &facts(&host)).html;
        let dir = if language.is_right_to_left() { "rtl" } else { "ltr" };
        assert!(html.contains(&format!("<html lang=\"{language}\" dir=\"{dir}\">")));
        assert_eq!(html.matches("aria-current").count() - html.matches("[aria-current").count(), 1);
        for other in pages.languages() {
            let link = format!("href=\"/?lang={other}\" lang=\"{other}\" hreflang=\"{other}\"");
            assert!(html.contains(&link) && html.contains(other.name()), "{language} {other}");
        }
    }
    assert_eq!(pages.choose(Some("pt-BR"), Some("de")).tag(), "pt");
    assert_eq!(pages.choose(None, Some("tlh, iw;q=0.5")).tag(), "he");
    assert_eq!(pages.choose(None, None).tag(), "en");
}

fn i18n() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/i18n")
}

/// Keys with their texts; every message of ours stands on one line, but for those with variants.
fn messages(tag: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(i18n().join(tag).join("main.ftl")).unwrap();
    if let Err((_, errors)) = FluentResource::try_new(text.clone()) {
        panic!("{tag}: {errors:?}");
    }
    let mut messages: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with(' ') {
            let (_, text) = messages.last_mut().unwrap_or_else(|| panic!("{tag}: {line}"));
            *text += line;
        } else {
            let (key, text) = line.split_once(" =").unwrap_or_else(|| panic!("{tag}: {line}"));
            messages.push((key.to_owned(), text.trim().to_owned()));
        }
    }
    messages
}

fn variables(text: &str) -> BTreeSet<&str> {
    text.split("{ $").skip(1).map(|rest| rest.split_once(' ').unwrap().0).collect()
}

#[test]
fn no_message_is_missing_in_any_language() {
    let folders: BTreeSet<String> = fs::read_dir(i18n())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let pages = pages();
    assert_eq!(folders, pages.languages().iter().map(|one| one.tag().to_owned()).collect());

    let reference = messages("en");
    for tag in folders {
        let own = messages(&tag);
        let keys = |of: &[(String, String)]| of.iter().map(|one| one.0.clone()).collect::<Vec<_>>();
        assert_eq!(keys(&own), keys(&reference), "{tag}");
        for ((key, text), (_, english)) in own.iter().zip(&reference) {
            assert!(!text.is_empty(), "{tag}: {key} is empty");
            assert_eq!(variables(text), variables(english), "{tag}: {key}");
            if !text.contains(" ->") {
                assert_eq!(text.matches('{').count(), variables(text).len(), "{tag}: {key}");
            }
            let translated = tag == "en" || text != english || english.len() < 12;
            assert!(translated, "{tag}: {key} is still English");
        }
    }
}

#[test]
fn every_message_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut used = String::new();
    for folder in ["templates", "src/page"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            used += &fs::read_to_string(entry.unwrap().path()).unwrap_or_default();
        }
    }
    for (key, _) in messages("en") {
        let name = key.replace('-', "_");
        let error = key.strip_prefix("error-").and_then(|rest| rest.rsplit_once('-'));
        let found = match error {
            Some((stem, _)) => used.contains(&format!("keys!(\"{}\"", stem.replace('-', "_"))),
            None => used.contains(&format!("\"{name}\"")) || used.contains(&format!("t.{name} ")),
        };
        assert!(found, "{key}");
    }
}

/// What stands between two texts.
#[track_caller]
fn between<'a>(html: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = html.split_once(before).unwrap_or_else(|| panic!("no {before} in {html}"));
    rest.split_once(after).unwrap_or_else(|| panic!("no {after} after {before}")).0
}

const CODE: CodeForm<'_> = CodeForm { action: "/code", token: "c0de", to: "/x?y", problem: None };

fn request_form(event: EventId) -> RequestForm<'static> {
    RequestForm { action: "/ask", token: "a5k", to: "/x?y", event, problem: None }
}

/// The block page with both forms.
fn with_forms(
    host: &Host,
    code: Option<FormProblem>,
    request: Option<FormProblem>,
) -> PageFacts<'_> {
    let facts = facts(host);
    PageFacts {
        code_form: Some(CodeForm { problem: code, ..CODE }),
        request_form: Some(RequestForm { problem: request, ..request_form(facts.event_id) }),
        ..facts
    }
}

/// The fields of a form, `name=value`, in their order; fields that a person fills have no value.
fn fields(form: &str) -> Vec<String> {
    form.match_indices(" name=\"")
        .map(|(place, found)| {
            let rest = &form[place + found.len()..];
            let (name, rest) = rest.split_once('"').unwrap();
            let value = rest.strip_prefix(" value=\"").map(|rest| rest.split_once('"').unwrap().0);
            format!("{name}={}", value.unwrap_or_default())
        })
        .collect()
}

#[test]
fn the_block_page_takes_a_code_and_a_request() {
    let host = host("games.example.com");
    let facts = with_forms(&host, None, None);
    let html = english(PageKind::Block, &facts).html;
    let code = between(&html, "<form method=\"post\" action=\"/code\">", "</form>");
    assert_eq!(fields(code), ["token=c0de", "to=/x?y", "code="]);
    let ask = between(&html, "<form method=\"post\" action=\"/ask\">", "</form>");
    let event = format!("event={}", facts.event_id);
    assert_eq!(fields(ask), ["token=a5k", "to=/x?y", &event[..], "reason=", "contact="]);
    assert!(ask.contains("maxlength=\"500\"") && ask.contains("maxlength=\"200\""));
    assert_eq!(html.matches(" required").count(), 2, "the contact may be left out");
    let place = |text: &str| html.find(text).unwrap();
    let order = [place("class=\"todo\""), place("bypass code<"), place("Ask for access<")];
    assert!(order.is_sorted() && order[2] < place("class=\"contact\""));
    assert!(!html.contains("<details class=\"more\" open"));
    // Where a form could not work, there is none.
    for kind in [PageKind::Cookies, PageKind::Frame, PageKind::Error(ErrorKind::Internal)] {
        assert!(!english(kind, &facts).html.contains("<form"), "{kind:?}");
    }
}

/// Opens one form of two, says what is wrong there, and nothing elsewhere.
#[track_caller]
fn check_form_problem(
    code: Option<FormProblem>,
    request: Option<FormProblem>,
    invalid: bool,
    id: &str,
    what: &str,
) {
    let host = host("games.example.com");
    let html = english(PageKind::Block, &with_forms(&host, code, request)).html;
    assert_eq!(html.matches("<details class=\"more\" open>").count(), 1);
    assert_eq!(html.matches(" autofocus").count(), 1);
    let text = between(&html, &format!("<p class=\"problem\" id=\"{id}-problem\">"), "</p>");
    assert_eq!(text, what);
    let invalid = if invalid { " aria-invalid=\"true\"" } else { "" };
    let described = format!("aria-describedby=\"{id}-hint {id}-problem\"{invalid} autofocus>");
    let open = between(&html, "<details class=\"more\" open>", "</details>");
    assert!(open.contains(&described));
}

#[test]
fn a_form_that_did_not_do_is_open_and_says_why() {
    let code = |problem, what| check_form_problem(Some(problem), None, true, "code", what);
    code(FormProblem::CodeWrong { left: 0 }, "This code is not right.");
    code(FormProblem::CodeWrong { left: 1 }, "This code is not right. You have 1 more attempt.");
    code(FormProblem::CodeWrong { left: 2 }, "This code is not right. You have 2 more attempts.");
    code(FormProblem::CodeNotForThis, "This code is not meant for this site.");
    code(FormProblem::CodeSpent, "This code is used up or no longer valid.");
    let ask = |problem, what| {
        let invalid = problem == FormProblem::ReasonMissing;
        check_form_problem(None, Some(problem), invalid, "request-reason", what);
    };
    ask(FormProblem::ReasonMissing, "Please write down why.");
    ask(
        FormProblem::TooManyRequests,
        "You have already sent several requests. Please wait before you send the next one.",
    );
    ask(
        FormProblem::RequestsFull,
        "No more requests can be taken at the moment. Please try again later.",
    );
    ask(FormProblem::TryAgain, "That did not work. Please try once more.");
}

#[test]
fn who_tried_too_many_codes_is_told_when_to_come_back() {
    let host = host("games.example.com");
    let until = Time::from_unix(1_790_003_600);
    let facts = with_forms(&host, Some(FormProblem::CodeLocked { until }), None);
    let html = english(PageKind::Block, &facts).html;
    let open = between(&html, "<details class=\"more\" open>", "</details>");
    assert!(open.contains("Codes are taken again after 2026-09-21 15:13 UTC."), "{open}");
    assert!(!open.contains("<form"), "there is nothing to fill in until then");
}

#[test]
fn every_language_counts_in_its_own_way() {
    let host = host("games.example.com");
    let pages = pages();
    let sentence = |tag, left| {
        let facts = with_forms(&host, Some(FormProblem::CodeWrong { left }), None);
        let html = pages.render(PageKind::Block, Language::lookup(tag).unwrap(), &facts).html;
        between(&html, "id=\"code-problem\">", "</p>").to_owned()
    };
    for (tag, forms) in [
        ("pl", &[(1, "Pozostała 1 próba."), (3, "Pozostały 3 próby."), (5, "Pozostało 5 prób.")]),
        ("ar", &[(1, "محاولة واحدة."), (2, "محاولتان."), (5, "5 محاولات.")]),
        ("he", &[(1, "ניסיון אחד."), (2, "שני ניסיונות."), (5, "5 ניסיונות.")]),
        ("de", &[(1, "1 Versuch."), (2, "2 Versuche."), (5, "5 Versuche.")]),
        ("fr", &[(1, "1 essai."), (2, "2 essais."), (5, "5 essais.")]),
        ("pt", &[(1, "Resta 1 tentativa."), (2, "Restam 2 tentativas."), (5, "5 tentativas.")]),
        ("ja", &[(1, "あと 1 回"), (2, "あと 2 回"), (5, "あと 5 回")]),
    ] {
        for (left, end) in forms {
            assert!(sentence(tag, *left).contains(end), "{tag}: {}", sentence(tag, *left));
        }
    }
    for language in pages.languages() {
        assert!(!sentence(language.tag(), 0).contains('0'), "{language}");
        assert!(!sentence(language.tag(), 0).is_empty(), "{language}");
    }
}

#[track_caller]
fn check_earlier(earlier: Earlier<'_>, state: &str, what: &str) -> String {
    let host = host("games.example.com");
    let facts = PageFacts { earlier: Some(earlier), ..with_forms(&host, None, None) };
    let html = english(PageKind::Block, &facts).html;
    let section = between(&html, &format!("<section class=\"earlier {state}\">"), "</section>");
    assert!(section.contains(what), "{section}");
    assert!(html.find("class=\"earlier").unwrap() < html.find("class=\"host").unwrap());
    assert!(!english(PageKind::Cookies, &facts).html.contains("class=\"earlier"));
    html
}

#[test]
fn a_person_learns_what_became_of_a_request() {
    let time = Time::from_unix(1_790_000_000);
    let waiting = "You asked for access on 2026-09-21 14:13 UTC. Nobody has decided yet.";
    let html = check_earlier(Earlier::Waiting { since: time }, "waiting", waiting);
    assert!(!html.contains("request-reason") && html.contains("id=\"code\""), "no second request");
    assert!(!html.contains("Ask for it to be reviewed."), "that has been done");
    let approved = "The site is open to you until 2026-09-21 14:13 UTC.";
    let html = check_earlier(Earlier::Approved { until: time }, "approved", approved);
    assert!(html.contains("href=\"/again\""));
    let note = "<blockquote><bdi>Not this year.</bdi></blockquote>";
    let html = check_earlier(Earlier::Denied { note: Some("Not this year.") }, "denied", note);
    assert!(html.contains("request-reason"), "things may have changed");
    for note in [None, Some(" \n")] {
        let html = check_earlier(Earlier::Denied { note }, "denied", "was declined.");
        let section = between(&html, "<section class=\"earlier denied\">", "</section>");
        assert!(!section.contains("<blockquote"));
    }
}

#[test]
fn a_warning_asks_for_the_reason_that_its_rule_wants() {
    let host = host("games.example.com");
    let choices = ["For a lesson".to_owned(), "Other \"things\"".to_owned()];
    let ask = |ask, problem| {
        let (action, token, to) = ("/go", "t0ken", "/a?b=c");
        let form = ContinueForm { action, token, to, ask, passes: true, problem };
        let facts = PageFacts { continue_form: Some(form), ..facts(&host) };
        let html = english(PageKind::Warn, &facts).html;
        between(&html, "<form", "</form>").to_owned()
    };
    assert_eq!(fields(&ask(AskReason::No, None)), ["token=t0ken", "to=/a?b=c"]);
    let optional = ask(AskReason::Optional, None);
    assert_eq!(fields(&optional), ["token=t0ken", "to=/a?b=c", "reason="]);
    assert!(optional.contains("(optional)") && !optional.contains(" required"));
    let required = ask(AskReason::Required, None);
    assert!(required.contains("<textarea") && required.contains(" required"));
    assert!(!required.contains("(optional)") && !required.contains("aria-invalid"));
    let missing = ask(AskReason::Required, Some(FormProblem::ReasonMissing));
    assert!(missing.contains("continue-reason-problem\" aria-invalid=\"true\" autofocus>"));
    assert!(missing.contains("Please write down why."));
    let chosen = ask(AskReason::Choose(&choices), Some(FormProblem::ReasonUnknown));
    assert!(chosen.contains("choose one of the reasons"));
    let select = between(&chosen, "<select", "</select>");
    assert!(select.contains(" required") && !select.contains("selected"));
    assert!(select.contains("<option value=\"\">Please choose</option>"));
    assert!(
        select.contains("<option value=\"Other &quot;things&quot;\">Other &quot;things&quot;<")
    );
    assert_eq!(select.matches("<option").count(), 3);
    // A form that asks for nothing can still fail.
    let host = &host;
    let form = ContinueForm {
        action: "/go",
        token: "t0ken",
        to: "/",
        ask: AskReason::No,
        passes: false,
        problem: Some(FormProblem::TryAgain),
    };
    let html =
        english(PageKind::Warn, &PageFacts { continue_form: Some(form), ..facts(host) }).html;
    assert!(html.contains("<p class=\"problem\">That did not work."));
}

#[test]
fn who_used_up_the_day_is_told_so() {
    let host = host("games.example.com");
    let used_up = PageFacts { continue_form: None, used_up: true, ..facts(&host) };
    let html = english(PageKind::Warn, &used_up).html;
    assert!(html.contains("as often as is allowed") && !html.contains("<form"));
    let form = request_form(used_up.event_id);
    let html = english(PageKind::Warn, &PageFacts { request_form: Some(form), ..used_up }).html;
    assert!(html.contains("id=\"request-reason\""), "there is another way");
}

#[test]
fn an_origin_that_fails_is_explained() {
    let host = host("games.example.com");
    let detail = "the certificate ended on 2026-09-01";
    let facts = PageFacts { detail: Some(detail), ..facts(&host) };
    for (kind, status, retry) in [
        (ErrorKind::OriginUnresolved, 502, true),
        (ErrorKind::OriginRefused, 502, false),
        (ErrorKind::OriginUnreachable, 502, true),
        (ErrorKind::OriginTimeout, 504, true),
        (ErrorKind::OriginCertificate, 502, false),
        (ErrorKind::OriginBroke, 502, true),
        (ErrorKind::OriginLoop, 508, false),
    ] {
        assert_eq!(kind.status(), status);
        let html = english(PageKind::Error(kind), &facts).html;
        assert!(html.contains("games.<wbr>example"), "{kind:?}");
        let details = between(&html, "<dl>", "</dl>");
        assert!(details.contains("Technical cause") && details.contains(detail), "{kind:?}");
        assert_eq!(html.contains("href=\"/again\""), retry, "{kind:?}");
        assert!(!html.contains(">Games<"), "{kind:?}: the list is not what failed");
    }
    let html = english(PageKind::Error(ErrorKind::Internal), &facts).html;
    assert!(!html.contains(detail), "an error of this server is no matter of the origin");
}

/// Every field that a person fills has a label, and what describes it is there; no id stands twice.
#[test]
fn fields_are_tied_to_their_words() {
    with_hostile_facts(|kind, language, page| {
        let (_, body) = page.html.split_once("<body").unwrap();
        let values = |attribute: &str| -> Vec<&str> {
            let pattern = format!(" {attribute}=\"");
            let parts = body.split(&pattern[..]).skip(1);
            parts.map(|rest| rest.split_once('"').unwrap().0).collect()
        };
        let ids = values("id");
        let unique: BTreeSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{kind:?} {language}: {ids:?}");
        let labels = values("for");
        for element in ["<input ", "<select ", "<textarea "] {
            for tag in body.split(element).skip(1).map(|rest| rest.split_once('>').unwrap().0) {
                if tag.contains("type=\"hidden\"") {
                    continue;
                }
                let id = between(tag, "id=\"", "\"");
                assert!(labels.contains(&id), "{kind:?} {language}: {id}");
            }
        }
        for described in values("aria-describedby") {
            for id in described.split(' ') {
                assert!(unique.contains(&id), "{kind:?} {language}: {id}");
            }
        }
    });
}

/// Loads with these files in the overriding folder.
fn with_files(files: &[(&str, &str)]) -> (Pages, Vec<PageProblem>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Pages::load(&PageOptions { templates: Some(folder.path().into()), ..options() }).unwrap()
}

#[track_caller]
fn check_problem(files: &[(&str, &str)], file: &str, line: Option<usize>, what: &str) {
    let (pages, problems) = with_files(files);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].file.ends_with(file), "{problems:?}");
    assert_eq!(problems[0].line, line, "{problems:?}");
    assert!(problems[0].to_string().contains(what), "{}", problems[0]);
    let host = host("games.example.com");
    let page = pages.render(PageKind::Block, pages.languages()[0], &facts(&host));
    assert_eq!(page.problem, None);
    assert!(page.html.contains("This site is blocked"), "{}", page.html);
}

#[test]
fn a_broken_template_is_named_and_the_built_in_one_serves() {
    let used = "is used until this one is mended";
    check_problem(&[("block.html", "a\n{% if %}")], "block.html", Some(2), used);
    check_problem(&[("block.html", "a\n\n{{ nonsense }}")], "block.html", Some(3), "nonsense");
    check_problem(
        &[("block.html", "{% extends \"gone.html\" %}")],
        "block.html",
        None,
        "gone.html",
    );
    check_problem(&[("block.html", "{% include \"gone.html\" %}")], "block.html", Some(1), "gone");
    check_problem(&[("block.html", "{{ 1 | nofilter }}")], "block.html", Some(1), "nofilter");
    // The built-in templates fill blocks of the base.
    check_problem(&[("base.html", "<p>no blocks</p>")], "base.html", None, "not defined in any");
    check_problem(&[("blok.html", "x")], "blok.html", None, "no page uses a file of this name");
    check_problem(&[("style.css", "a{}\n</StYle>")], "style.css", Some(2), "cannot contain");
    let other = ("i18n/pt-BR/main.ftl", "block-heading = x");
    check_problem(&[other], "i18n/pt-BR", None, "they speak en, ");
    let english = "i18n/en/main.ftl";
    check_problem(&[(english, "block-haeding = x")], english, Some(1), "`block-haeding`");
    check_problem(&[(english, "a b c\n")], english, Some(1), "message");
    let unknown = "# x\nblock-heading = { $nobody }";
    check_problem(&[(english, unknown)], english, Some(2), "block-heading");
    let variants = "problem-code-wrong = { $left ->\n  [one] { $nobody }\n *[other] { $left }\n }";
    check_problem(&[(english, variants)], english, Some(1), "problem-code-wrong");
    check_problem(&[(english, "block-lead = { $left }")], english, Some(1), "block-lead");
}

#[test]
fn one_broken_template_leaves_the_others_in_use() {
    let (pages, problems) = with_files(&[
        ("block.html", "{{ nonsense }}"),
        ("warn.html", "own warning about {{ host.text | default(value=1) if host else \"\" }}"),
        ("style.css", "p { color: red }\r\n"),
        ("i18n/de/main.ftl", "block-heading = Hier geht es nicht weiter\n"),
    ]);
    assert_eq!(problems.len(), 1, "{problems:?}");
    let host = host("games.example.com");
    let facts = PageFacts { category: None, ..facts(&host) };
    let german = Language::lookup("de").unwrap();
    let warn = pages.render(PageKind::Warn, german, &facts);
    assert_eq!(warn.html, "own warning about games.example.com");
    let block = pages.render(PageKind::Block, german, &facts);
    assert!(block.html.contains("<h1>Hier geht es nicht weiter</h1>"));
    assert!(block.html.contains("p { color: red }\n</style>"));
    let style = block.html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, style.as_bytes()));
    assert!(block.csp.to_str().unwrap().contains(&hash));
}

#[test]
fn templates_that_know_no_forms_still_serve() {
    let base = "<h1>{{ heading }}</h1>{% block host %}{% endblock %}{% block why %}{% endblock %}\
                {% block until %}{% endblock %}{% block todo %}{% block actions %}{% endblock %}\
                {% endblock %}{% block contact %}{% endblock %}";
    let warn = "{% extends \"base.html\" %}{% block actions %}{% if form %}\
                <form action=\"{{ form.action }}\">{{ form.token }}{{ form.to }}</form>\
                {% endif %}{% endblock %}";
    let (pages, problems) = with_files(&[("base.html", base), ("warn.html", warn)]);
    assert_eq!(problems, []);
    let host = host("games.example.com");
    let facts = with_forms(&host, None, None);
    let render = |kind| pages.render(kind, pages.languages()[0], &facts).html;
    assert!(render(PageKind::Warn).ends_with("<form action=\"/go\">t0ken/a?b=c</form>"));
    assert!(render(PageKind::Block).contains("id=\"code\""), "what is built in brings its forms");
}

#[test]
fn a_template_that_fails_later_gives_way_to_the_built_in_one() {
    let text = "{% if host and host.text == \"bad.example\" %}\n{{ nonsense }}{% endif %}fine";
    let (pages, problems) = with_files(&[("block.html", text)]);
    assert_eq!(problems, []);
    let render = |name: &str| {
        let host = host(name);
        pages.render(PageKind::Block, pages.languages()[0], &facts(&host))
    };
    assert_eq!(render("good.example").html, "fine");
    let page = render("bad.example");
    assert!(page.html.contains("This site is blocked"));
    let problem = page.problem.unwrap();
    assert!(problem.starts_with("block.html:2: ") && problem.contains("nonsense"), "{problem}");
}

#[track_caller]
fn check_refused(options: PageOptions, what: &str) {
    let message = Pages::load(&options).unwrap_err().to_string();
    assert!(message.contains(what), "{message}");
}

#[test]
fn wrong_options_are_refused_with_the_next_step() {
    check_refused(PageOptions { default_language: "tlh".into(), ..options() }, "choose one of en,");
    for colour in ["red", "#12345", "#1234567", "#12345g", "#+12345", "1f4f8b0"] {
        check_refused(PageOptions { colour: Some(colour.into()), ..options() }, "write it as `#rr");
    }
    let nowhere = Some(PathBuf::from("/nonexistent/x"));
    check_refused(PageOptions { logo: nowhere.clone(), ..options() }, "cannot read logo /nonex");
    check_refused(PageOptions { templates: nowhere, ..options() }, "not a folder");
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.png");
    fs::write(&logo, "plain text").unwrap();
    check_refused(PageOptions { logo: Some(logo.clone()), ..options() }, "convert it");
    fs::write(&logo, vec![0x89; 256 * 1024 + 1]).unwrap();
    check_refused(PageOptions { logo: Some(logo), ..options() }, "larger than 262144");
}

#[test]
fn a_logo_and_a_colour_become_part_of_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo");
    fs::write(&logo, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
    let options = PageOptions { logo: Some(logo), colour: Some("#FFCC00".into()), ..options() };
    let (pages, problems) = Pages::load(&options).unwrap();
    assert_eq!(problems, []);
    let host = host("games.example.com");
    let html = pages.render(PageKind::Block, pages.languages()[0], &facts(&host)).html;
    assert!(html.contains("src=\"data:image/svg+xml;base64,PHN2Zy"));
    assert!(html.contains("--brand:#ffcc00;"));
}
