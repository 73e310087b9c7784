//! The sections of the configuration, in the order of the file, with their defaults.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use super::policy::policy;
use super::ports::Ports;
use super::table::{Item, Table};
use super::types::*;
use super::value::{self, Refusal};
use super::{gateway, grants, portal};
use crate::files;

pub(super) const HOUR: Duration = Duration::from_secs(3_600);
pub(super) const DAY: Duration = Duration::from_secs(86_400);
pub(super) const SECOND: Duration = Duration::from_secs(1);

/// The whole file.
pub(super) fn config(root: Table<'_>, source: &Source) -> Config {
    let grants = grants::grants(root.table("grants"));
    let policy = policy(&root, source, &grants.terms);
    let mut ports = Ports::default();
    let config = Config {
        organisation: organisation(root.table("organisation"), source),
        listen: listen(root.table("listen"), &mut ports),
        ca: ca(root.table("ca"), source),
        leaf: leaf(root.table("leaf")),
        cookies: cookies(root.table("cookies"), source),
        tickets: tickets(root.table("tickets"), source),
        pages: pages(root.table("pages"), source),
        limits: limits(root.table("limits")),
        events: events(root.table("events"), source),
        upstream: upstream(root.table("upstream"), source),
        companions: tables(&root, "companions", grants::companions),
        gateway: gateway::gateway(root.table("gateway"), source, &policy.categories),
        dns: gateway::dns(root.table("dns"), source, &mut ports),
        portal: portal::portal(root.table("portal"), source),
        lists: gateway::lists(root.table("lists"), source),
        policy,
        codes: grants::codes(root.table("codes")),
        requests: grants::requests(root.table("requests")),
        store: grants::store(root.table("store"), source),
        trust: trust(root.table("trust")),
        hooks: tables(&root, "hooks", |table| grants::hook(table, source)),
        process: process(root.table("process")),
        grants,
        source: source.clone(),
    };
    root.finish();
    config
}

fn tables<'a, T>(
    root: &Table<'a>,
    key: &'static str,
    read: impl Fn(Table<'a>) -> Option<T>,
) -> Vec<T> {
    root.tables(key).into_iter().filter_map(read).collect()
}

fn organisation(table: Table<'_>, source: &Source) -> Organisation {
    let found = Organisation {
        name: table
            .get("name")
            .and_then(|item| item.text())
            .unwrap_or_else(|| "Your organisation".to_owned()),
        contact: table.get("contact").and_then(|item| item.read(value::mail)),
        logo: path(&table, "logo", source),
        colour: table.get("colour").and_then(|item| item.read(value::colour)),
    };
    table.finish();
    found
}

/// The port for metrics and health where none is named.
const MONITOR: u16 = 9469;

fn listen(table: Table<'_>, ports: &mut Ports) -> Listen {
    let every = |port| vec![SocketAddr::from(([0; 4], port)), SocketAddr::from(([0u16; 8], port))];
    if let Some(item) = table.get("https") {
        item.must_hold_some("`listen.https` is empty", "name an address, such as `0.0.0.0:443`");
    }
    let https = ports.read(&table, ("https", "listen.https"), 443, every(443));
    let http = ports.read(&table, ("http", "listen.http"), 80, every(80));
    let monitor = ports.read(&table, ("monitor", "listen.monitor"), MONITOR, Vec::new());
    let networks = table.get("proxy_protocol_from").map(|item| item.items()).unwrap_or_default();
    let network = |text: &str| value::network(text, "`listen.proxy_protocol_from`");
    let networks = networks.iter().filter_map(|item| item.read(network));
    let proxy_protocol_from = networks.collect();
    let quic = table.get("quic").and_then(|item| item.boolean()).unwrap_or(true);
    table.finish();
    Listen { https, http, monitor, proxy_protocol_from, quic }
}

fn ca(table: Table<'_>, source: &Source) -> Ca {
    let found = Ca {
        directory: path(&table, "directory", source).unwrap_or_else(|| source.resolve("certs")),
        passphrase_file: secret_path(&table, "passphrase_file", source),
        key_file: secret_path(&table, "key_file", source),
        pkcs11: pkcs11(table.table("pkcs11"), source),
        crl_host: table.get("crl_host").and_then(|item| item.read(value::host_name)),
    };
    table.finish();
    found
}

fn pkcs11(table: Table<'_>, source: &Source) -> Option<Pkcs11> {
    let module = path(&table, "module", source);
    let token = table.get("token").and_then(|item| item.text());
    let key = table.get("key").and_then(|item| item.text());
    let pin_file = secret_path(&table, "pin_file", source);
    let some = module.is_some() || token.is_some() || pin_file.is_some();
    let found = module.zip(token).zip(pin_file);
    if some && found.is_none() {
        table.sheet.hinted(
            table.span.clone(),
            "a token needs `module`, `token` and `pin_file`",
            "set all three, or leave the table out",
        );
    }
    table.finish();
    let ((module, token), pin_file) = found?;
    Some(Pkcs11 { module, token, key: key.unwrap_or_else(|| "blockhouse".to_owned()), pin_file })
}

/// A file with a secret: a path, or `credential:NAME` for one that systemd passes on
/// (systemd.exec(5), `LoadCredential=`).
fn secret_path(table: &Table<'_>, key: &'static str, source: &Source) -> Option<PathBuf> {
    let item = table.get(key)?;
    let text = item.text()?;
    let Some(name) = text.strip_prefix("credential:") else { return Some(source.resolve(&text)) };
    if name.is_empty() || name.contains('/') {
        let what = format!("`{name}` is no name of a credential");
        item.hinted(what, "write it as in `LoadCredential=NAME:PATH` of the unit");
        return None;
    }
    // Whether there is one is seen when it is needed: most commands need no key.
    Some(files::credentials().join(name))
}

fn leaf(table: Table<'_>) -> LeafConfig {
    // Apple's platforms refuse more than 825 days even under a root that the user installed.
    let lifetime = duration(&table, "lifetime", DAY * 7, HOUR..=DAY * 825);
    let backdate = duration(&table, "backdate", DAY * 2, Duration::ZERO..=DAY * 30);
    let cache = table.get("cache").and_then(|item| item.number(1, 10_000_000));
    table.finish();
    LeafConfig {
        lifetime,
        backdate,
        cache: usize::try_from(cache.unwrap_or(20_000))
            .ok()
            .and_then(NonZeroUsize::new)
            .unwrap_or(NonZeroUsize::MIN),
    }
}

fn cookies(table: Table<'_>, source: &Source) -> Cookies {
    let words = [("required", CookieUse::Required), ("optional", CookieUse::Optional)];
    let found = Cookies {
        block_page: table
            .get("block_page")
            .and_then(|item| item.word(&words))
            .unwrap_or(CookieUse::Required),
        key_file: path(&table, "key_file", source)
            .unwrap_or_else(|| source.resolve("certs/cookie.keys")),
        rotate: duration(&table, "rotate", DAY * 30, HOUR..=DAY * 3_650),
        // Browsers keep no cookie longer than 400 days (RFC 6265bis section 5.5).
        lifetime: duration(&table, "lifetime", DAY * 365, HOUR..=DAY * 400),
    };
    let least = found.keys_live() / Cookies::MOST_KEYS;
    if let Some(item) = table.get("rotate").filter(|_| found.rotate < least) {
        let least =
            value::duration_text(Duration::from_secs(least.as_secs().next_multiple_of(3_600)));
        let live = value::duration_text(found.keys_live());
        item.hinted(
            format!("cookies and grants live for {live}, and would outlive too many keys"),
            format!("write `{least}` or more, or shorten `cookies.lifetime`"),
        );
    }
    table.finish();
    found
}

fn tickets(table: Table<'_>, source: &Source) -> Tickets {
    let found = Tickets {
        key_file: path(&table, "key_file", source)
            .unwrap_or_else(|| source.resolve("certs/ticket.keys")),
        // No ticket of TLS 1.3 lives longer than seven days (RFC 8446 section 4.6.1).
        rotate: duration(&table, "rotate", HOUR * 12, HOUR..=DAY * 7),
    };
    table.finish();
    found
}

fn pages(table: Table<'_>, source: &Source) -> PagesConfig {
    let language = table.get("language").and_then(|item| {
        item.read(|text| match text.parse::<unic_langid::LanguageIdentifier>() {
            Ok(language) => Ok(language.to_string()),
            Err(_) => Err(Refusal {
                message: format!("`{text}` is not a language"),
                hint: Some("write a language tag, such as `en` or `pt`".to_owned()),
            }),
        })
    });
    let status = table.get("block_status").and_then(|item| {
        let status = item.number(200, 599)?;
        // A redirect or an answer without a body would show no page (RFC 9110 section 15).
        if (300..400).contains(&status) || matches!(status, 204 | 205 | 304 | 401 | 407) {
            item.hinted(format!("with status {status} browsers show no page"), "write 403 or 200");
            return None;
        }
        u16::try_from(status).ok()
    });
    let found = PagesConfig {
        templates: path(&table, "templates", source),
        language: language.unwrap_or_else(|| "en".to_owned()),
        block_status: status.unwrap_or(403),
    };
    table.finish();
    found
}

/// Half of the processors, and one at the least.
fn half_of_processors() -> usize {
    (std::thread::available_parallelism().map_or(1, usize::from) / 2).max(1)
}

fn limits(table: Table<'_>) -> Limits {
    let count = |key, default| {
        let found = table.get(key).and_then(|item: Item<'_>| item.number(1, 1_000_000));
        let found = u32::try_from(found.unwrap_or(default)).ok();
        found.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN)
    };
    let wait = |key, default| duration(&table, key, default, SECOND..=HOUR);
    // Each port that waits for the next connection holds a place for it.
    let connections = table.get("connections").and_then(|item| item.number(16, 10_000_000));
    let each = table.get("connections_per_client").and_then(|item| item.number(1, 10_000_000));
    let turns = table.get("turns_per_client").and_then(|item| item.number(1, 10_000));
    let found = Limits {
        connections: connections.and_then(|n| usize::try_from(n).ok()).unwrap_or(10_000),
        connections_per_client: each.and_then(|n| usize::try_from(n).ok()).unwrap_or(1_000),
        turns_per_client: turns
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or_else(half_of_processors),
        handshake: wait("handshake", SECOND * 10),
        header: wait("header", SECOND * 10),
        idle: wait("idle", SECOND * 60),
        drain: wait("drain", SECOND * 10),
        mints_per_client: count("mints_per_client", 300),
        mints_total: count("mints_total", 500),
    };
    table.finish();
    found
}

fn events(table: Table<'_>, source: &Source) -> Events {
    let size = table.get("rotate_size").and_then(|item| {
        let size = item.read(value::size)?;
        if size < 1 << 12 {
            item.problem("a file of less than 4KiB holds hardly one event");
            return None;
        }
        Some(size)
    });
    let keep = table.get("keep").and_then(|item| item.number(1, 1_000));
    let found = Events {
        file: path(&table, "file", source),
        rotate_size: size.unwrap_or(64 << 20),
        keep: keep.and_then(|n| u32::try_from(n).ok()).unwrap_or(8),
        keep_for: duration(&table, "keep_for", DAY * 90, DAY..=DAY * 3_650),
    };
    table.finish();
    found
}

fn trust(table: Table<'_>) -> Trust {
    let backs_off = table.get("back_off").and_then(|item| item.boolean()).unwrap_or(false);
    // No more failures of a program at a host are counted than 100.
    let failures = table.get("back_off_failures").and_then(|item| item.number(2, 100));
    let failures = failures.and_then(|n| u32::try_from(n).ok()).and_then(NonZeroU32::new);
    let rule = BackOff {
        failures: failures.unwrap_or(NonZeroU32::MIN.saturating_add(4)),
        within: duration(&table, "back_off_within", SECOND * 600, SECOND..=DAY),
        lasts: duration(&table, "back_off_for", SECOND * 900, SECOND..=DAY),
    };
    let keep = duration(&table, "keep", DAY * 30, HOUR..=DAY * 400);
    table.finish();
    Trust { keep, back_off: backs_off.then_some(rule) }
}

fn process(table: Table<'_>) -> Process {
    let text = |key| table.get(key).and_then(|item: Item<'_>| item.text());
    let (user, group) = (text("user"), text("group"));
    if group.is_some() && user.is_none() {
        table.sheet.hinted(
            table.span.clone(),
            "a `group` needs a `user`",
            "name the user that the server is to become, or leave both out",
        );
    }
    let sandbox = table.get("sandbox").and_then(|item| item.boolean()).unwrap_or(true);
    table.finish();
    Process { user, group, sandbox }
}

fn upstream(table: Table<'_>, source: &Source) -> Upstream {
    let servers = table.get("servers").map(|list| {
        let mut servers: Vec<SocketAddr> = Vec::new();
        for item in list.items() {
            let Some(server) = item.read(value::name_server) else { continue };
            if servers.contains(&server) {
                item.hinted(format!("`{server}` is listed twice"), "leave one of the two out");
            } else if server.port() == 0 || server.ip().is_unspecified() {
                item.problem(format!("nothing can answer at `{server}`"));
            }
            servers.push(server);
        }
        servers
    });
    let allow = table.get("allow").map(|item| item.items()).unwrap_or_default();
    let network = |item: &Item<'_>| item.read(|text| value::network(text, "`upstream.allow`"));
    let allow = allow.iter().filter_map(network).collect();
    let connections = table.get("connections").and_then(|item| item.number(1, 1_000_000));
    let wait = |key, default| duration(&table, key, default, SECOND..=HOUR);
    let found = Upstream {
        servers,
        allow,
        roots: path(&table, "roots", source),
        connect: wait("connect", SECOND * 10),
        first_byte: wait("first_byte", SECOND * 60),
        idle: wait("idle", SECOND * 300),
        connections: connections.and_then(|n| usize::try_from(n).ok()).unwrap_or(2_000),
    };
    table.finish();
    found
}

pub(super) fn path(table: &Table<'_>, key: &'static str, source: &Source) -> Option<PathBuf> {
    Some(source.resolve(&table.get(key)?.text()?))
}

pub(super) fn duration(
    table: &Table<'_>,
    key: &'static str,
    default: Duration,
    range: std::ops::RangeInclusive<Duration>,
) -> Duration {
    let read = |item: Item<'_>| {
        let span = item.read(value::duration)?;
        if !range.contains(&span) {
            let (least, most) = range.clone().into_inner();
            let (least, most) = (value::duration_text(least), value::duration_text(most));
            item.problem(format!("`{}` must be from {least} to {most}", item.path()));
            return None;
        }
        Some(span)
    };
    table.get(key).and_then(read).unwrap_or(default)
}
