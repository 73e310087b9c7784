//! Writes every page in every language to a folder, to be looked at in a browser:
//! `cargo run --example pages -- target/pages`.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use blockhouse::clock::Time;
use blockhouse::host::{Host, HostName};
use blockhouse::page::{
    AskReason, CategoryFacts, CodeForm, ContinueForm, Earlier, ErrorKind, FormProblem, PageAction,
    PageClass, PageFacts, PageKind, PageOptions, Pages, RequestForm,
};
use blockhouse::random::EventId;

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or("target/pages".into()));
    fs::create_dir_all(&folder)?;
    let options = PageOptions {
        organisation: "Riverside Schools".into(),
        contact: Some("helpdesk@riverside.example".into()),
        colour: std::env::args().nth(2),
        logo: None,
        templates: None,
        default_language: "en".into(),
    };
    let (pages, _) = Pages::load(&options)?;

    let plain = Host::from(HostName::from_text("games.example.com")?);
    let idn = Host::from(HostName::from_text("münchen.büro.example")?);
    let long =
        Host::from(HostName::from_text(&format!("{}.example", ["abcdefgh0"; 24].join(".")))?);
    let facts = PageFacts {
        host: Some(&plain),
        host_secure: true,
        action: PageAction::Block,
        category: None,
        unlisted: false,
        event_id: EventId::new(),
        now: Time::from_unix(1_790_000_000),
        location: Some("Main building"),
        policy: "pupils",
        client: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 17)),
        contact: None,
        language_url: Some("?lang="),
        continue_form: None,
        used_up: false,
        code_form: None,
        request_form: None,
        earlier: None,
        detail: None,
        retry_url: Some("/"),
        until: None,
    };
    let category = |class, title, reason| Some(CategoryFacts { title, class, reason });
    let malware =
        category(PageClass::Security, "Phishing", Some("Reported by two independent services."));
    let games = category(
        PageClass::Content,
        "Games",
        Some("Games are closed during lessons. They open again at 15:30."),
    );
    let (action, token, to) = ("/", "token", "/");
    let form = |ask, problem| ContinueForm { action, token, to, ask, passes: true, problem };
    let warned = PageFacts {
        host: Some(&idn),
        action: PageAction::Warn,
        category: category(
            PageClass::Content,
            "File sharing",
            Some("Files here are often infected."),
        ),
        continue_form: Some(form(AskReason::No, None)),
        ..facts
    };
    let granted = PageFacts { until: Some(Time::from_unix(1_790_003_600)), ..warned };
    let choices = [
        "I need it for a lesson".to_owned(),
        "A colleague sent me a document that I have to read before the meeting".to_owned(),
        "Other".to_owned(),
    ];
    let asking = |ask, problem| PageFacts { continue_form: Some(form(ask, problem)), ..warned };
    let until = Time::from_unix(1_790_003_600);
    let forms = |code, request| PageFacts {
        category: games,
        code_form: Some(CodeForm { action, token, to, problem: code }),
        request_form: Some(RequestForm {
            action,
            token,
            to,
            event: facts.event_id,
            problem: request,
        }),
        ..facts
    };
    let open = forms(None, None);
    let code = |problem| forms(Some(problem), None);
    let request = |problem| forms(None, Some(problem));
    let earlier = |earlier| PageFacts { earlier: Some(earlier), ..open };
    let note = Some("The games room has it on Fridays.\nPlease use that computer.");
    let origin = |detail| PageFacts { host: Some(&idn), detail: Some(detail), ..warned };
    let shown = [
        ("block-plain", PageKind::Block, facts),
        ("block-security", PageKind::Block, PageFacts { category: malware, ..facts }),
        ("block-content", PageKind::Block, PageFacts { category: games, ..facts }),
        (
            "block-legal",
            PageKind::Block,
            PageFacts { category: category(PageClass::Legal, "Gambling", None), ..facts },
        ),
        (
            "block-organisation",
            PageKind::Block,
            PageFacts {
                host: Some(&long),
                category: category(PageClass::Organisation, "Streaming", None),
                ..facts
            },
        ),
        ("block-unlisted", PageKind::Block, PageFacts { unlisted: true, ..facts }),
        ("warn", PageKind::Warn, warned),
        ("warn-optional", PageKind::Warn, asking(AskReason::Optional, None)),
        ("warn-required", PageKind::Warn, asking(AskReason::Required, None)),
        (
            "warn-required-missing",
            PageKind::Warn,
            asking(AskReason::Required, Some(FormProblem::ReasonMissing)),
        ),
        ("warn-choose", PageKind::Warn, asking(AskReason::Choose(&choices), None)),
        (
            "warn-choose-unknown",
            PageKind::Warn,
            asking(AskReason::Choose(&choices), Some(FormProblem::ReasonUnknown)),
        ),
        (
            "warn-used-up",
            PageKind::Warn,
            PageFacts { continue_form: None, used_up: true, ..warned },
        ),
        (
            "warn-used-up-forms",
            PageKind::Warn,
            PageFacts { action: PageAction::Warn, used_up: true, ..open },
        ),
        ("block-forms", PageKind::Block, open),
        ("block-code-wrong", PageKind::Block, code(FormProblem::CodeWrong { left: 2 })),
        ("block-code-wrong-last", PageKind::Block, code(FormProblem::CodeWrong { left: 1 })),
        ("block-code-locked", PageKind::Block, code(FormProblem::CodeLocked { until })),
        ("block-code-other", PageKind::Block, code(FormProblem::CodeNotForThis)),
        ("block-code-spent", PageKind::Block, code(FormProblem::CodeSpent)),
        ("block-request-missing", PageKind::Block, request(FormProblem::ReasonMissing)),
        ("block-request-many", PageKind::Block, request(FormProblem::TooManyRequests)),
        ("block-request-full", PageKind::Block, request(FormProblem::RequestsFull)),
        ("block-request-again", PageKind::Block, request(FormProblem::TryAgain)),
        ("block-waiting", PageKind::Block, earlier(Earlier::Waiting { since: facts.now })),
        ("block-approved", PageKind::Block, earlier(Earlier::Approved { until })),
        ("block-denied", PageKind::Block, earlier(Earlier::Denied { note })),
        ("cookies-block", PageKind::Cookies, PageFacts { category: games, ..facts }),
        ("cookies-warn", PageKind::Cookies, warned),
        ("frame-block", PageKind::Frame, PageFacts { category: games, ..facts }),
        ("frame-warn", PageKind::Frame, warned),
        ("error-misdirected", PageKind::Error(ErrorKind::Misdirected), facts),
        ("error-bad-request", PageKind::Error(ErrorKind::BadRequest), facts),
        ("error-too-large", PageKind::Error(ErrorKind::TooLarge), facts),
        ("error-method", PageKind::Error(ErrorKind::MethodNotAllowed), facts),
        ("error-not-found", PageKind::Error(ErrorKind::NotFound), facts),
        ("error-expired", PageKind::Error(ErrorKind::Expired), facts),
        ("error-plain-http", PageKind::Error(ErrorKind::PlainHttp), facts),
        ("error-granted", PageKind::Error(ErrorKind::Granted), granted),
        ("error-internal", PageKind::Error(ErrorKind::Internal), facts),
        ("error-busy", PageKind::Error(ErrorKind::Busy), facts),
        (
            "error-origin-unresolved",
            PageKind::Error(ErrorKind::OriginUnresolved),
            origin("no address for xn--mnchen-3ya.xn--bro-hoa.example: NXDOMAIN"),
        ),
        (
            "error-origin-refused",
            PageKind::Error(ErrorKind::OriginRefused),
            origin("10.1.2.3 lies in 10.0.0.0/8"),
        ),
        (
            "error-origin-unreachable",
            PageKind::Error(ErrorKind::OriginUnreachable),
            origin("198.51.100.7 port 443: connection refused"),
        ),
        (
            "error-origin-timeout",
            PageKind::Error(ErrorKind::OriginTimeout),
            origin("no answer within 30 seconds"),
        ),
        (
            "error-origin-certificate",
            PageKind::Error(ErrorKind::OriginCertificate),
            origin("the certificate expired on 2026-09-01 12:00 UTC"),
        ),
        (
            "error-origin-broke",
            PageKind::Error(ErrorKind::OriginBroke),
            origin("the connection ended before the head of the answer did"),
        ),
        (
            "error-origin-loop",
            PageKind::Error(ErrorKind::OriginLoop),
            origin("192.0.2.1 is an address of this server"),
        ),
    ];
    for language in pages.languages() {
        for (name, kind, facts) in &shown {
            let page = pages.render(*kind, *language, facts);
            anyhow::ensure!(page.problem.is_none(), "{name} in {language}: {:?}", page.problem);
            fs::write(folder.join(format!("{name}.{language}.html")), page.html)?;
        }
    }
    Ok(())
}
