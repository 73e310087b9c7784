//! The pages of the portal: from which people install the root, and which checks a device.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use tera::{Context, Value};

use super::Pages;
use super::context::{Link, link};
use super::install::{Device, Section, ShownRoot, section, shown_root};
use super::language::{self, Language};
use super::style::Part;
use super::words::Words;
use crate::clock::Time;

const SCRIPT: &str = include_str!("../../templates/portal.js");

/// What a page of the portal tells.
#[derive(Clone, Copy)]
pub struct PortalFacts<'a> {
    /// Which page, and what only that one needs.
    pub sight: Sight<'a>,
    /// The address of the page from which people install the root.
    pub install_url: &'a str,
    /// The address of the page that checks a device.
    pub check_url: &'a str,
    /// The address of this page in the language with that tag.
    pub language_url: &'a (dyn Fn(&str) -> String + 'a),
}

/// A page of the portal.
#[derive(Clone, Copy)]
pub enum Sight<'a> {
    /// The page from which people install the root.
    Install {
        /// The roots that a device is to have, the one in use first.
        roots: &'a [RootFacts],
        /// What can be downloaded.
        files: &'a [FileFacts],
        /// What the visitor most likely uses; its section is open.
        device: Option<Device>,
        /// Whether the page came over TLS.
        protected: bool,
        /// Domains for which the roots are never used.
        excluded: &'a [String],
        /// Whether this server passes on what people and sites to which they continue say to each other.
        passes: bool,
    },
    /// The page that checks a device.
    Check(CheckFacts<'a>),
}

/// A root as the page shows it.
#[derive(Debug, Clone)]
pub struct RootFacts {
    /// Its common name.
    pub name: String,
    /// Its SHA-256 fingerprint, `AB:CD:…`.
    pub sha256: String,
    /// Its SHA-1 fingerprint, `AB:CD:…`.
    pub sha1: String,
    /// When it ends.
    pub ends: Time,
}

/// A file to download.
#[derive(Debug, Clone)]
pub struct FileFacts {
    /// Where it is.
    pub href: String,
    /// Its name; the ending says what it is.
    pub name: String,
    /// The name of the root that it holds alone; nothing for all of them.
    pub root: Option<String>,
    /// Whose sections offer it.
    pub devices: &'static [Device],
}

/// What the page that checks a device tries. `LABEL` in an address stands for a word that the script
/// makes up from `label`.
#[derive(Debug, Clone, Copy)]
pub struct CheckFacts<'a> {
    /// A word that is new for each page.
    pub label: &'a str,
    /// Whether the browser sent the cookie back.
    pub cookies: bool,
    /// An address by name over TLS, with a leaf under the root.
    pub named: Option<&'a str>,
    /// The same without TLS; a page that came over TLS cannot ask it.
    pub control: Option<&'a str>,
    /// An address over TLS by the address that the page came from.
    pub direct: Option<&'a str>,
    /// An address over IPv4.
    pub ipv4: Option<&'a str>,
    /// An address over IPv6.
    pub ipv6: Option<&'a str>,
    /// The same by a name whose leaf is under the next root, while a rotation is prepared.
    pub next: Option<&'a str>,
    /// Where the page asks what became of a name that it tried in vain; one without TLS has `control`.
    pub seen: Option<&'a str>,
    /// A picture that only a browser that trusts the root shows.
    pub picture: Option<&'a str>,
    /// The origins of all these, for the content security policy.
    pub origins: &'a [String],
}

/// The template of a page.
pub(super) fn file_name(facts: &PortalFacts<'_>) -> &'static str {
    match facts.sight {
        Sight::Install { .. } => "install.html",
        Sight::Check(_) => "check.html",
    }
}

/// The content security policy: the one style and the one script by their hashes, and what the check
/// asks.
pub(super) fn csp(style_hash: &str, facts: &PortalFacts<'_>) -> String {
    let script = STANDARD.encode(digest::digest(&digest::SHA256, SCRIPT.as_bytes()));
    let mut asked = String::new();
    if let Sight::Check(check) = facts.sight {
        if check.seen.is_some() {
            asked.push_str(" 'self'");
        }
        for origin in check.origins {
            // The policy's grammar has no IPv6 addresses (CSP Level 3 section 2.3.1).
            let scheme = origin.split("//").next().filter(|_| origin.contains('['));
            asked.push(' ');
            asked.push_str(scheme.unwrap_or(origin));
        }
    }
    let connect = if asked.is_empty() { " 'none'" } else { &asked };
    format!(
        "default-src 'none'; style-src 'sha256-{style_hash}'; script-src 'sha256-{script}'; \
         img-src data:{asked}; connect-src{connect}; form-action 'none'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

/// The variables of one page.
pub(super) fn build(pages: &Pages, language: Language, facts: &PortalFacts<'_>) -> Context {
    let words = pages.words(language);
    let (kind, heading, lead) = match facts.sight {
        Sight::Install { .. } => ("install", "install_heading", "install_lead"),
        Sight::Check(_) => ("check", "check_heading", "check_lead"),
    };
    let portal = match facts.sight {
        Sight::Install { roots, files, device, protected, excluded, passes } => Portal {
            protected,
            install_url: facts.install_url,
            check_url: facts.check_url,
            roots: roots.iter().map(shown_root).collect(),
            devices: Device::ALL
                .iter()
                .map(|one| section(words, *one, files, device, roots.len() > 1))
                .collect(),
            excluded,
            passes,
            label: "",
            rows: Vec::new(),
            picture: None,
            seen: None,
        },
        Sight::Check(check) => Portal {
            protected: true,
            install_url: facts.install_url,
            check_url: facts.check_url,
            roots: Vec::new(),
            devices: Vec::new(),
            excluded: &[],
            passes: false,
            label: check.label,
            rows: rows(words, &check),
            picture: check.picture,
            seen: check.seen,
        },
    };
    let links =
        language::ALL.iter().map(|one| link(*one, (facts.language_url)(one.tag()), language));
    let languages: Vec<Link<'_>> = links.collect();
    let mut context = Context::new();
    context.insert_value("kind", kind.into());
    context.insert_value("tone", "portal".into());
    context.insert_value("lang", language.tag().into());
    context.insert_value("dir", if language.is_right_to_left() { "rtl" } else { "ltr" }.into());
    context.insert_value("t", words.all.clone());
    context.insert_value("style", pages.styles.of(Part::Portal).text.clone());
    context.insert_value("script", Value::safe_string(SCRIPT));
    context.insert_value("organisation", pages.organisation.as_str().into());
    context.insert_value("logo", pages.logo.clone().unwrap_or_else(Value::none));
    context.insert_value("heading", words.get(heading).into());
    context.insert_value("lead", words.get(lead).into());
    context.insert("portal", &portal);
    context.insert("languages", &languages);
    for nothing in
        ["host", "category", "why", "contact", "until", "form", "code_form", "request_form"]
            .into_iter()
            .chain(["earlier", "retry_url", "event_id"])
    {
        context.insert_value(nothing, Value::none());
    }
    context.insert("todo", &[""; 0]);
    context.insert("details", &[""; 0]);
    context
}

/// Pages to try overriding templates with.
pub(super) fn trials(pages: &Pages) -> Vec<(&'static str, Context)> {
    const EVERY: &[Device] = &Device::ALL;
    let root = RootFacts {
        name: "name".to_owned(),
        sha256: "AA:BB".to_owned(),
        sha1: "AA".to_owned(),
        ends: Time::from_unix(0),
    };
    let file = |name: &str| FileFacts {
        href: "/".to_owned(),
        name: name.to_owned(),
        root: Some("root".to_owned()),
        devices: EVERY,
    };
    let files = [file("root.pem"), file("root-2.pem")];
    let two = [root.clone(), root.clone()];
    let excluded = ["example.com".to_owned()];
    let some = Some("https://LABEL.example");
    let full = CheckFacts {
        label: "label",
        cookies: true,
        named: some,
        control: some,
        direct: some,
        ipv4: some,
        ipv6: some,
        next: some,
        seen: some,
        picture: some,
        origins: &[],
    };
    let bare = CheckFacts {
        cookies: false,
        named: None,
        control: None,
        direct: None,
        ipv4: None,
        ipv6: None,
        next: None,
        seen: None,
        picture: None,
        ..full
    };
    let install = |roots, files, protected, excluded| Sight::Install {
        roots,
        files,
        device: Some(Device::Linux),
        protected,
        excluded,
        passes: protected,
    };
    let sights = [
        install(&two, &files, true, &excluded),
        install(&two[..1], &[], false, &[]),
        Sight::Check(full),
        Sight::Check(bare),
    ];
    let language_url = |tag: &str| format!("?{tag}");
    let trial = |sight| {
        let facts = PortalFacts {
            sight,
            install_url: "/",
            check_url: "/check",
            language_url: &language_url,
        };
        (file_name(&facts), build(pages, pages.default_language, &facts))
    };
    sights.into_iter().map(trial).collect()
}

#[derive(Serialize)]
struct Portal<'a> {
    protected: bool,
    install_url: &'a str,
    check_url: &'a str,
    roots: Vec<ShownRoot<'a>>,
    devices: Vec<Section<'a>>,
    excluded: &'a [String],
    passes: bool,
    label: &'a str,
    rows: Vec<Row<'a>>,
    picture: Option<&'a str>,
    seen: Option<&'a str>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'static str,
    title: &'a str,
    state: &'static str,
    answers: Vec<Answer<'a>>,
    url: Option<&'a str>,
    control: Option<&'a str>,
    direct: Option<&'a str>,
}

#[derive(Serialize)]
struct Answer<'a> {
    state: &'static str,
    text: &'a str,
}

/// What a row says: its id, its title, and the answer for each state that it can be in.
type Sayings = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const TRUST: Sayings = (
    "trust",
    "check_trust_label",
    &[("good", "check_trust_good"), ("bad", "check_trust_bad"), ("unknown", "check_trust_unknown")],
);
const COOKIES: Sayings = (
    "cookies",
    "check_cookies_label",
    &[("good", "check_cookies_good"), ("bad", "check_cookies_bad")],
);
const DNS: Sayings = (
    "dns",
    "check_dns_label",
    &[("good", "check_dns_good"), ("bad", "check_dns_bad"), ("unknown", "check_dns_unknown")],
);
const NEXT: Sayings = (
    "next",
    "check_next_root_label",
    &[
        ("good", "check_next_root_good"),
        ("bad", "check_next_root_bad"),
        ("unknown", "check_dns_unknown"),
    ],
);
const IPV4: Sayings = (
    "ipv4",
    "check_ipv4_label",
    // Over TLS nothing can be found out of an address before the root is trusted.
    &[("good", "check_ipv4_good"), ("bad", "check_ipv4_bad"), ("later", "check_later")],
);
const IPV6: Sayings = (
    "ipv6",
    "check_ipv6_label",
    // Without IPv6 everything works all the same.
    &[("good", "check_ipv6_good"), ("unknown", "check_ipv6_unknown"), ("later", "check_later")],
);

fn rows<'a>(words: &'a Words, check: &CheckFacts<'a>) -> Vec<Row<'a>> {
    let row = |(id, title, sayings): Sayings, state: &'static str, url: Option<&'a str>| {
        let waiting = Answer { state: "waiting", text: words.get("check_waiting") };
        let said = sayings.iter().map(|(state, key)| Answer { state, text: words.get(key) });
        let answers = std::iter::once(waiting).chain(said).collect();
        Row { id, title: words.get(title), state, answers, url, control: None, direct: None }
    };
    let trust =
        Row { control: check.control, direct: check.direct, ..row(TRUST, "waiting", check.named) };
    let mut rows = vec![trust];
    rows.extend(check.next.map(|url| row(NEXT, "waiting", Some(url))));
    rows.push(row(COOKIES, if check.cookies { "good" } else { "bad" }, None));
    if check.named.is_some() {
        rows.push(row(DNS, "waiting", None));
    }
    rows.extend(check.ipv4.map(|url| row(IPV4, "waiting", Some(url))));
    rows.extend(check.ipv6.map(|url| row(IPV6, "waiting", Some(url))));
    rows
}
