//! How gateways hear of the policy: the addresses that stand for a block, the feed of grants, and the
//! embedded gateway.

use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use data_encoding::HEXLOWER;
use ipnet::IpNet;
use serde::Serialize;

use super::build::{DAY, HOUR, SECOND, duration, path};
use super::deciding::{CategoryConfig, Class, ListPlace};
use super::grants::HandOver;
use super::ports::Ports;
use super::table::{Item, Table, nearest, quoted};
use super::types::{Listen, Source};
use super::value;

/// What the gateway answers for the hosts of a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GatewayAnswer {
    /// The block addresses, so that people see a page.
    Page,
    /// That there is no such name.
    Nxdomain,
    /// The unspecified addresses, to which nobody can connect.
    Null,
}

impl GatewayAnswer {
    /// All of them, with the words of the configuration.
    pub const WORDS: &[(&str, Self)] =
        &[("page", Self::Page), ("nxdomain", Self::Nxdomain), ("null", Self::Null)];

    /// What suits a class: nobody opens the hosts of trackers in a window, and a redirect to an inner
    /// address would make browsers ask people for access to their own network.
    pub fn of(class: Class) -> Self {
        match class {
            Class::Tracking => Self::Nxdomain,
            Class::Security | Class::Content | Class::Legal | Class::Organisation => Self::Page,
        }
    }
}

/// `[gateway]`
#[derive(Debug, Clone)]
pub struct Gateway {
    /// What the gateway answers for a host that is to have a page; none means the addresses of
    /// `listen.https`.
    pub addresses: Vec<IpAddr>,
    /// How long resolvers and browsers may keep such an answer.
    pub ttl: Duration,
    /// Addresses that say why the gateway redirected.
    pub reasons: Vec<ReasonAddress>,
    /// Where the feed of grants is served.
    pub feed: Vec<SocketAddr>,
    /// The file with the token that the feed asks for.
    pub token_file: Option<PathBuf>,
    /// How the site reaches the person until the browser resolves its name anew.
    pub meanwhile: HandOver,
    /// For how long after the grant connections are spliced when that is how.
    pub bridge: Duration,
}

impl Gateway {
    /// The addresses that stand for a block when no reason has its own: those of the configuration,
    /// else those that the server listens at. Empty when it listens at every address.
    pub fn block_addresses(&self, listen: &Listen) -> Vec<IpAddr> {
        if !self.addresses.is_empty() {
            return self.addresses.clone();
        }
        let specific = listen.https.iter().map(SocketAddr::ip).filter(|ip| !ip.is_unspecified());
        let mut found: Vec<IpAddr> = Vec::new();
        for ip in specific {
            if !found.contains(&ip) && self.reason_of(ip).is_none() {
                found.push(ip);
            }
        }
        found
    }

    /// What a connection to this address says.
    pub fn reason_of(&self, local: IpAddr) -> Option<&ReasonAddress> {
        let local = local.to_canonical();
        self.reasons.iter().find(|reason| reason.addresses.contains(&local))
    }
}

/// `[[gateway.reasons]]`: addresses that carry a category.
#[derive(Debug, Clone)]
pub struct ReasonAddress {
    /// The addresses.
    pub addresses: Vec<IpAddr>,
    /// What the hosts are that a gateway sends there.
    pub category: String,
    /// Why, in words for people; goes before the category's.
    pub reason: Option<String>,
}

/// `[dns]`: the embedded gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dns {
    /// Addresses for UDP and TCP; none switches the embedded gateway off.
    pub listen: Vec<SocketAddr>,
    /// Addresses for DNS over TLS (RFC 7858).
    pub tls: Vec<SocketAddr>,
    /// Addresses for DNS over HTTPS (RFC 8484).
    pub https: Vec<SocketAddr>,
    /// The certificate chain and the key for `tls` and `https`.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Who is served; everybody else is refused.
    pub networks: Vec<IpNet>,
    /// How many answers are kept.
    pub cache: NonZeroUsize,
    /// Queries of one client per second.
    pub rate: NonZeroU32,
    /// Whether browsers that ask by the canary names are told to leave encrypted DNS to the network.
    pub canaries: Canaries,
}

impl Dns {
    /// Whether there is an embedded gateway.
    pub fn is_on(&self) -> bool {
        !(self.listen.is_empty() && self.tls.is_empty() && self.https.is_empty())
    }
}

/// What becomes of the names by which browsers ask whether they may use encrypted DNS of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canaries {
    /// They do not exist: browsers keep to the network's resolver.
    Refuse,
    /// They are asked for upstream like any other.
    Forward,
}

/// `[lists]`
#[derive(Debug, Clone)]
pub struct Lists {
    /// The folder with fetched lists and the index of all.
    pub directory: PathBuf,
    /// How often lists with a `url` are asked for.
    pub refresh: Duration,
    /// The largest list, in octets.
    pub size: u64,
    /// How long fetching one may take.
    pub timeout: Duration,
}

impl ListPlace {
    /// The file that holds the list: itself, or what was fetched last.
    pub fn path(&self, lists: &Lists) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Url { url, .. } => {
                let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, url.as_bytes());
                let name = HEXLOWER.encode(&hash.as_ref()[..8]);
                lists.directory.join(format!("{name}.list"))
            }
        }
    }
}

pub(super) fn gateway(table: Table<'_>, source: &Source, categories: &[CategoryConfig]) -> Gateway {
    let token_file = path(&table, "token_file", source);
    let mut feed = Vec::new();
    for item in table.get("feed").map(|item| item.items()).unwrap_or_default() {
        let Some(address) = item.read(|text| value::socket(text, 8053)) else { continue };
        if !address.ip().is_loopback() && token_file.is_none() {
            item.hinted(
                format!("`{address}` is not a loopback address, and the feed tells who goes where"),
                "set `gateway.token_file`, or listen on `127.0.0.1`",
            );
        }
        feed.push(address);
    }
    let mut taken = Vec::new();
    let addresses = addresses(&table, &mut taken);
    let reasons = table.tables("reasons").into_iter();
    let reasons = reasons.filter_map(|table| reason(table, categories, &mut taken)).collect();
    let words = [("pass-through", HandOver::PassThrough), ("splice", HandOver::Splice)];
    let found = Gateway {
        addresses,
        ttl: duration(&table, "ttl", SECOND * 10, SECOND..=HOUR),
        reasons,
        feed,
        token_file,
        meanwhile: table
            .get("meanwhile")
            .and_then(|item| item.word(&words))
            .unwrap_or(HandOver::PassThrough),
        bridge: duration(&table, "bridge", SECOND * 90, SECOND..=HOUR),
    };
    table.finish();
    found
}

fn reason(
    table: Table<'_>,
    categories: &[CategoryConfig],
    taken: &mut Vec<IpAddr>,
) -> Option<ReasonAddress> {
    let listed = table.must("addresses", "[\"192.0.2.81\"]");
    if let Some(item) = &listed {
        item.must_hold_some("there is no address", "name one at which browsers reach this server");
    }
    let addresses = if listed.is_some() { addresses(&table, taken) } else { Vec::new() };
    let category = table.must("category", "\"malware\"").and_then(|item| {
        let text = item.text()?;
        let names = categories.iter().map(|category| category.name.as_str());
        if names.clone().any(|name| name == text) {
            return Some(text);
        }
        let hint = match nearest(&text, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", quoted(names)),
        };
        item.hinted(format!("there is no category `{text}`"), hint);
        None
    });
    let reason = table.get("reason").and_then(|item| item.text());
    table.finish();
    Some(ReasonAddress { addresses, category: category?, reason })
}

/// Addresses that people are sent to.
fn addresses(table: &Table<'_>, taken: &mut Vec<IpAddr>) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for item in table.get("addresses").map(|item| item.items()).unwrap_or_default() {
        let Some(ip) = item.read(value::address) else { continue };
        if ip.is_unspecified() || ip.is_multicast() {
            item.hinted(
                format!("nobody can connect to `{ip}`"),
                "write the address at which browsers reach this server",
            );
        } else if taken.contains(&ip) {
            item.hinted(format!("`{ip}` is listed twice"), "leave one of the two out");
        }
        taken.push(ip);
        found.push(ip);
    }
    found
}

pub(super) fn dns(table: Table<'_>, source: &Source, ports: &mut Ports) -> Dns {
    let mut sockets = |keys, port| ports.read(&table, keys, port, Vec::new());
    let listen = sockets(("listen", "dns.listen"), 53);
    let tls = sockets(("tls", "dns.tls"), 853);
    let https = sockets(("https", "dns.https"), 443);
    let certificate = path(&table, "certificate", source);
    let key = path(&table, "key", source);
    if certificate.is_some() != key.is_some()
        || (certificate.is_none() && !(tls.is_empty() && https.is_empty()))
    {
        table.sheet.hinted(
            table.span.clone(),
            "DNS over TLS and HTTPS needs a certificate and its key",
            "set both `dns.certificate` and `dns.key` (PEM), or leave `tls` and `https` out",
        );
    }
    let networks = match table.get("networks") {
        Some(item) => {
            let read = |item: &Item<'_>| item.read(|text| value::network(text, "`dns.networks`"));
            item.items().iter().filter_map(read).collect()
        }
        None => LOOPBACK.iter().filter_map(|text| text.parse().ok()).collect(),
    };
    let number = |key, most, default| {
        let found = table.get(key).and_then(|item: Item<'_>| item.number(1, most));
        found.and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
    };
    let cache = usize::try_from(number("cache", 10_000_000, 50_000)).ok();
    let words = [("refuse", Canaries::Refuse), ("forward", Canaries::Forward)];
    let found = Dns {
        listen,
        tls,
        https,
        identity: certificate.zip(key),
        networks,
        cache: cache.and_then(NonZeroUsize::new).unwrap_or(NonZeroUsize::MIN),
        rate: NonZeroU32::new(number("queries_per_client", 1_000_000, 200))
            .unwrap_or(NonZeroU32::MIN),
        canaries: table
            .get("canaries")
            .and_then(|item| item.word(&words))
            .unwrap_or(Canaries::Refuse),
    };
    table.finish();
    found
}

/// Who is served unless the configuration says otherwise: this machine.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1/128"];

pub(super) fn lists(table: Table<'_>, source: &Source) -> Lists {
    let size = table.get("size").and_then(|item| item.read(value::size));
    let found = Lists {
        directory: path(&table, "directory", source)
            .unwrap_or_else(|| source.resolve("state/lists")),
        refresh: duration(&table, "refresh", DAY, SECOND..=DAY * 30),
        size: size.unwrap_or(512 << 20),
        timeout: duration(&table, "timeout", SECOND * 300, SECOND..=HOUR),
    };
    table.finish();
    found
}
