//! Writes every page in every language to a folder, to be looked at in a browser:
//! `cargo run --example pages -- target/pages`.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use blockhouse::clock::Time;
use blockhouse::host::{Host, HostName};
use blockhouse::page::{
    CategoryFacts, ContinueForm, ErrorKind, PageAction, PageClass, PageFacts, PageKind,
    PageOptions, Pages,
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
        language_url: Some(&|tag| format!("?lang={tag}")),
        continue_form: None,
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
    let warned = PageFacts {
        host: Some(&idn),
        action: PageAction::Warn,
        category: category(
            PageClass::Content,
            "File sharing",
            Some("Files here are often infected."),
        ),
        continue_form: Some(ContinueForm { action: "/", token: "token", to: "/" }),
        ..facts
    };
    let granted = PageFacts { until: Some(Time::from_unix(1_790_003_600)), ..warned };
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
