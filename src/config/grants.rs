//! What a person may do about a warning or a block: terms of grants, hand-over, codes, requests,
//! companions, and whom to tell.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::build::{DAY, SECOND, duration, path};
use super::deciding::HostPattern;
use super::policy::patterns;
use super::table::{Item, Table};
use super::types::Source;
use super::value;
use crate::host::HostName;

/// `[grants]`
#[derive(Debug, Clone)]
pub struct Grants {
    /// What applies where neither policy nor rule says otherwise.
    pub terms: Terms,
    /// How wide the client's network is to which a grant is bound.
    pub network: NetworkWidth,
    /// How old a spliced connection gets before it ends at its first pause.
    pub splice_age: Duration,
}

/// What continuing is like: of a policy's default, or of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// How long a grant lasts.
    #[serde(serialize_with = "as_seconds")]
    pub duration: Duration,
    /// What it is good for.
    pub scope: Scope,
    /// Whether a reason is asked for.
    pub justification: Justification,
    /// How often a client may continue to a site on one day (UTC).
    pub per_day: Option<NonZeroU32>,
    /// Whether the block page takes bypass codes.
    pub codes: bool,
    /// Whether the block page takes access requests.
    pub requests: bool,
    /// How the site reaches the person.
    #[serde(rename = "continue")]
    pub hand_over: HandOver,
}

fn as_seconds<S: serde::Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(span.as_secs())
}

/// What a grant is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The one host.
    Host,
    /// The registrable domain with all its hosts.
    Site,
    /// For this client every host of the category.
    Category,
}

/// Whether a person who continues is asked for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Justification {
    /// No.
    None,
    /// Yes, and the answer may be left out.
    Optional,
    /// Yes, in words of their own.
    Required,
    /// Yes, one of these.
    Choose(Vec<String>),
}

/// How the site reaches a person who may go there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandOver {
    /// Requests are passed on to the site, one by one.
    PassThrough,
    /// Connections are passed on untouched.
    Splice,
    /// The gateway is told to answer truthfully for this client.
    Gateway,
}

impl HandOver {
    /// All of them, with the words of the configuration.
    pub const WORDS: &[(&str, Self)] = &[
        ("pass-through", Self::PassThrough),
        ("splice", Self::Splice),
        ("gateway", Self::Gateway),
    ];
}

impl Scope {
    /// All of them, with the words of the configuration.
    pub const WORDS: &[(&str, Self)] =
        &[("host", Self::Host), ("site", Self::Site), ("category", Self::Category)];
}

/// How many leading bits of a client's address count; 0 leaves the address out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkWidth {
    /// Of an IPv4 address: 0 to 32.
    pub v4: u8,
    /// Of an IPv6 address: 0 to 128.
    pub v6: u8,
}

/// `[[companions]]`: what the pages of a site need from elsewhere.
#[derive(Debug, Clone)]
pub struct Companions {
    /// The site.
    pub site: HostName,
    /// The hosts that its pages may load parts from while a grant for it holds.
    pub hosts: Vec<HostPattern>,
}

/// `[codes]`
#[derive(Debug, Clone)]
pub struct Codes {
    /// After how many wrong codes a client is locked out.
    pub wrong: u32,
    /// For how long.
    pub locked_for: Duration,
}

/// `[requests]`
#[derive(Debug, Clone)]
pub struct Requests {
    /// How many a client may send in 24 hours.
    pub per_client: u32,
    /// How many may wait for a decision at the same time.
    pub open: u32,
}

/// `[store]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfig {
    /// The folder with codes, requests and counts.
    pub directory: PathBuf,
}

/// `[[hooks]]`: somebody who is told.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Of what; nothing means of everything.
    pub on: Vec<HookOn>,
    /// In which way.
    pub how: HookHow,
}

/// What a hook is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HookOn {
    /// A grant was made, by continuing, by a code or by an approval.
    Grant,
    /// A grant ended.
    GrantEnded,
    /// A bypass code was used.
    CodeUsed,
    /// A client was locked out after wrong codes.
    CodeLocked,
    /// An access request came in.
    RequestOpened,
    /// An access request was decided.
    RequestDecided,
}

impl HookOn {
    /// All of them, with the words of the configuration.
    pub const WORDS: &[(&str, Self)] = &[
        ("grant", Self::Grant),
        ("grant_ended", Self::GrantEnded),
        ("code_used", Self::CodeUsed),
        ("code_locked", Self::CodeLocked),
        ("request_opened", Self::RequestOpened),
        ("request_decided", Self::RequestDecided),
    ];
}

/// How a hook is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookHow {
    /// By a POST with a JSON body.
    Webhook {
        /// Where to.
        url: String,
        /// The file with the secret that signs the body.
        secret_file: Option<PathBuf>,
    },
    /// By a program with JSON on its standard input.
    Command {
        /// The program.
        program: PathBuf,
        /// Its arguments.
        args: Vec<String>,
    },
}

pub(super) const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn grants(table: Table<'_>) -> Grants {
    let base = Terms {
        duration: MINUTE * 30,
        scope: Scope::Site,
        justification: Justification::None,
        per_day: None,
        codes: false,
        requests: false,
        hand_over: HandOver::PassThrough,
    };
    let bits = |key, most: u8, default| {
        let found = table.get(key).and_then(|item: Item<'_>| item.number(0, most.into()));
        found.and_then(|bits| u8::try_from(bits).ok()).unwrap_or(default)
    };
    let found = Grants {
        network: NetworkWidth { v4: bits("network_v4", 32, 24), v6: bits("network_v6", 128, 56) },
        splice_age: duration(&table, "splice_age", SECOND * 90, SECOND..=DAY),
        terms: Terms {
            codes: flag(&table, "codes", base.codes),
            requests: flag(&table, "requests", base.requests),
            hand_over: hand_over(&table, base.hand_over),
            ..terms(&table, &base)
        },
    };
    table.finish();
    found
}

fn flag(table: &Table<'_>, key: &'static str, default: bool) -> bool {
    table.get(key).and_then(|item| item.boolean()).unwrap_or(default)
}

fn hand_over(table: &Table<'_>, default: HandOver) -> HandOver {
    table.get("continue").and_then(|item| item.word(HandOver::WORDS)).unwrap_or(default)
}

/// What a policy says of continuing: `continue`, `codes`, `requests`.
pub(super) fn policy_terms(table: &Table<'_>, base: &Terms) -> Terms {
    Terms {
        codes: flag(table, "codes", base.codes),
        requests: flag(table, "requests", base.requests),
        hand_over: hand_over(table, base.hand_over),
        ..base.clone()
    }
}

/// What a rule says of continuing. `danger`: the rule names a category of class security.
pub(super) fn rule_terms(table: &Table<'_>, base: &Terms, danger: bool) -> Terms {
    let codes = table.get("codes");
    let wanted = codes.as_ref().and_then(Item::boolean);
    if let Some(item) = codes.filter(|_| danger && wanted == Some(true)) {
        item.hinted(
            "the rule names a category of class `security`, which no code may open",
            "leave `codes` out, or name the other categories in a rule of their own",
        );
    }
    Terms {
        codes: wanted.unwrap_or(base.codes),
        requests: flag(table, "requests", base.requests),
        ..terms(table, base)
    }
}

fn terms(table: &Table<'_>, base: &Terms) -> Terms {
    let per_day = table.get("per_day").and_then(|item| item.number(1, 10_000));
    Terms {
        duration: duration(table, "duration", base.duration, MINUTE..=DAY * 30),
        scope: table.get("scope").and_then(|item| item.word(Scope::WORDS)).unwrap_or(base.scope),
        justification: table
            .get("justification")
            .and_then(|item| justification(&item))
            .unwrap_or_else(|| base.justification.clone()),
        per_day: per_day
            .and_then(|n| u32::try_from(n).ok())
            .and_then(NonZeroU32::new)
            .or(base.per_day),
        ..base.clone()
    }
}

fn justification(item: &Item<'_>) -> Option<Justification> {
    const MOST: usize = 20;
    if !item.is_list() {
        return item.word(&[
            ("none", Justification::None),
            ("optional", Justification::Optional),
            ("required", Justification::Required),
        ]);
    }
    let items = item.items();
    if items.is_empty() || items.len() > MOST {
        item.hinted(
            format!("a list of reasons needs 1 to {MOST} of them"),
            "write reasons, such as `[\"Research\", \"A customer asked\"]`, or `\"required\"`",
        );
        return None;
    }
    let mut reasons: Vec<String> = Vec::with_capacity(items.len());
    for item in items {
        let Some(reason) = item.text() else { continue };
        if reason.chars().count() > 100 {
            item.problem("a reason to choose has at most 100 characters");
        } else if reasons.contains(&reason) {
            item.hinted(format!("`{reason}` is listed twice"), "leave one of the two out");
        }
        reasons.push(reason);
    }
    Some(Justification::Choose(reasons))
}

pub(super) fn companions(table: Table<'_>) -> Option<Companions> {
    let site = table.must("site", "\"example.com\"").and_then(|item| {
        let site = item.read(value::domain)?;
        if value::is_known_suffix(&site) {
            item.hinted(format!("`{site}` is no site, but has sites below it"), "name one of them");
        }
        Some(site)
    });
    let listed = table.must("hosts", "[\"cdn.example\"]");
    if let Some(item) = &listed {
        item.must_hold_some("there is no companion", "name the hosts that the site's pages need");
    }
    let hosts = if listed.is_some() { patterns(&table) } else { Vec::new() };
    table.finish();
    Some(Companions { site: site?, hosts })
}

pub(super) fn codes(table: Table<'_>) -> Codes {
    let wrong = table.get("wrong").and_then(|item| item.number(1, 1_000));
    let found = Codes {
        wrong: wrong.and_then(|n| u32::try_from(n).ok()).unwrap_or(3),
        locked_for: duration(&table, "locked_for", MINUTE * 30, MINUTE..=DAY * 30),
    };
    table.finish();
    found
}

pub(super) fn requests(table: Table<'_>) -> Requests {
    let count = |key, most, default| {
        let found = table.get(key).and_then(|item: Item<'_>| item.number(1, most));
        found.and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
    };
    let found =
        Requests { per_client: count("per_client", 10_000, 5), open: count("open", 5_000, 1_000) };
    table.finish();
    found
}

pub(super) fn store(table: Table<'_>, source: &Source) -> StoreConfig {
    let directory = path(&table, "directory", source).unwrap_or_else(|| source.resolve("state"));
    table.finish();
    StoreConfig { directory }
}

pub(super) fn hook(table: Table<'_>, source: &Source) -> Option<Hook> {
    let on = table.get("on");
    if let Some(item) = &on {
        let hint = "name an event, or leave `on` out for all of them";
        item.must_hold_some("the hook is told of nothing", hint);
    }
    let on = on.map(|item| item.items()).unwrap_or_default();
    let on = on.iter().filter_map(|item| item.word(HookOn::WORDS)).collect();
    let url = table.get("url");
    let command = table.get("command");
    let secret_file = path(&table, "secret_file", source);
    if url.is_some() == command.is_some() {
        table.sheet.hinted(
            table.span.clone(),
            "a hook needs either `url` or `command`",
            "add `url = \"https://…\"` or `command = [\"/path/to/program\"]`",
        );
    }
    let how = match (url, command) {
        (Some(url), _) => {
            url.read(value::web_address).map(|url| HookHow::Webhook { url, secret_file })
        }
        (None, Some(command)) => {
            let mut words = command.items().into_iter().filter_map(|item| item.text());
            match words.next() {
                Some(program) => Some(HookHow::Command {
                    program: source.resolve(&program),
                    args: words.collect(),
                }),
                None => {
                    command.hinted("the command is empty", "write `[\"/path/to/program\"]`");
                    None
                }
            }
        }
        (None, None) => None,
    };
    table.finish();
    Some(Hook { on, how: how? })
}
