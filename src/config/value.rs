//! What a text in the configuration means: durations, sizes, addresses, networks, host patterns.
//!
//! Each reads one text and says what is wrong and what was probably meant.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use super::{HostPattern, Reach};
use crate::host::{HostError, HostName};

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Refusal {
    fn into_line(self) -> String {
        let Self { message, hint } = self;
        hint.map_or_else(|| message.clone(), |hint| format!("{message}; {hint}"))
    }
}

fn refuse<T>(message: impl Into<String>, hint: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { message: message.into(), hint: Some(hint.into()) })
}

/// Reads `1h30m`: whole numbers with the units d, h, m and s, the larger first, each once.
pub(super) fn duration(text: &str) -> Result<Duration, Refusal> {
    const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
    let wrong = || {
        let message = format!("`{text}` is not a duration");
        refuse(message, "write whole numbers with units, such as `7d`, `30m` or `1h30m`")
    };
    let (mut rest, mut units, mut total) = (text, &UNITS[..], 0u64);
    if rest.is_empty() {
        return wrong();
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let Some(unit) = after.chars().next() else { return wrong() };
        let Some(at) = units.iter().position(|(letter, _)| *letter == unit) else { return wrong() };
        let Some(seconds) = number.parse().ok().and_then(|n: u64| n.checked_mul(units[at].1))
        else {
            return wrong();
        };
        let Some(sum) = total.checked_add(seconds) else { return wrong() };
        (total, rest, units) = (sum, &after[unit.len_utf8()..], &units[at + 1..]);
    }
    Ok(Duration::from_secs(total))
}

/// Reads a duration that a person typed; the error says how it is written.
///
/// # Errors
/// A text for that person.
pub fn read_duration(text: &str) -> Result<Duration, String> {
    duration(text).map_err(Refusal::into_line)
}

/// Reads a network, or one address, that a person typed for `what`; the error says how it is written.
///
/// # Errors
/// A text for that person.
pub fn read_network(text: &str, what: &str) -> Result<IpNet, String> {
    network(text, what).map_err(Refusal::into_line)
}

/// The shortest text that [`read_duration`] reads as this span.
pub fn duration_text(span: Duration) -> String {
    let mut rest = span.as_secs();
    let mut text = String::new();
    for (letter, seconds) in [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)] {
        if rest >= seconds {
            text.push_str(&(rest / seconds).to_string());
            text.push(letter);
            rest %= seconds;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Reads `64MiB` as octets.
pub(super) fn size(text: &str) -> Result<u64, Refusal> {
    const UNITS: [(&str, u64); 4] =
        [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)];
    let hint = "write a whole number with `KiB`, `MiB` or `GiB`, such as `64MiB`";
    let parts = UNITS.iter().find_map(|(unit, octets)| Some((text.strip_suffix(unit)?, *octets)));
    let octets = parts.and_then(|(number, octets)| {
        let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        number.parse::<u64>().ok().filter(|_| plain)?.checked_mul(octets)
    });
    match octets {
        Some(octets) => Ok(octets),
        None => refuse(format!("`{text}` is not a size"), hint),
    }
}

/// Reads an address with a port.
pub(super) fn socket(text: &str, port: u16) -> Result<SocketAddr, Refusal> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let message = format!("`{text}` is not an address with a port");
    if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
        return refuse(message, format!("add the port: `{}`", SocketAddr::new(ip, port)));
    }
    match text.rsplit_once(':') {
        Some(("" | "*", port)) => {
            refuse(message, format!("for every address write `0.0.0.0:{port}` and `[::]:{port}`"))
        }
        Some(("localhost", port)) => {
            refuse(message, format!("write the address: `127.0.0.1:{port}`"))
        }
        _ => refuse(message, format!("write it as `192.0.2.1:{port}` or `[2001:db8::1]:{port}`")),
    }
}

/// Reads an address without a port, in its canonical form.
pub(super) fn address(text: &str) -> Result<IpAddr, Refusal> {
    match text.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => Ok(ip.to_canonical()),
        Err(_) => refuse(
            format!("`{text}` is not an address"),
            "write it as `192.0.2.1` or `2001:db8::1`, without a port",
        ),
    }
}

/// Reads a SHA-256 in hex; gives it in lower case.
pub(super) fn sha256(text: &str) -> Result<String, Refusal> {
    let hex = text.replace(':', "").to_ascii_lowercase();
    if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(hex);
    }
    refuse(format!("`{text}` is not a SHA-256"), "write the 64 hex digits that `sha256sum` prints")
}

/// Reads a web address with TLS; `http` is for this machine alone.
pub(super) fn secure_address(text: &str) -> Result<String, Refusal> {
    let address = web_address(text)?;
    let uri = address.parse::<http::Uri>().ok();
    let host = uri.as_ref().and_then(http::Uri::host).unwrap_or_default();
    let inner = host.trim_matches(['[', ']']).parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    if uri.as_ref().and_then(http::Uri::scheme_str) == Some("https") || inner {
        return Ok(address);
    }
    refuse(
        format!("`{text}` is not protected by TLS, so anybody on the way can change the list"),
        "write it with `https://`",
    )
}

/// Reads a web address.
pub(super) fn web_address(text: &str) -> Result<String, Refusal> {
    let refusal = |message: String| Refusal {
        message,
        hint: Some("write it as `https://hooks.example.com/path`".to_owned()),
    };
    let uri: http::Uri =
        text.parse().map_err(|_| refusal(format!("`{text}` is not a web address")))?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("http" | "https"), Some(authority)) if !authority.as_str().contains('@') => {
            Ok(text.to_owned())
        }
        (Some("http" | "https"), Some(_)) => {
            Err(refusal("a web address with a password in it ends up in logs".to_owned()))
        }
        _ => Err(refusal(format!("`{text}` is not a web address with `https://` or `http://`"))),
    }
}

/// Reads the address of a name server; the port is 53 unless it is given.
pub(super) fn name_server(text: &str) -> Result<SocketAddr, Refusal> {
    match text.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => Ok(SocketAddr::new(ip, 53)),
        Err(_) => socket(text, 53),
    }
}

/// Reads a network; a single address is the network of just this address.
pub(super) fn network(text: &str, what: &str) -> Result<IpNet, Refusal> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return network_of(IpNet::from(ip));
    }
    if let Ok(net) = text.parse::<IpNet>() {
        if net.trunc() != net {
            return refuse(
                format!("`{text}` has bits set after its prefix of {}", net.prefix_len()),
                format!(
                    "for the network write `{}`, for the one address `{}`",
                    net.trunc(),
                    net.addr()
                ),
            );
        }
        return network_of(net);
    }
    let message = format!("`{text}` is not a network");
    if let Some((first, last)) = text.split_once('-') {
        let ends = (first.trim().parse::<IpAddr>(), last.trim().parse::<IpAddr>());
        if let (Ok(first), Ok(last)) = ends {
            return match spanned(first, last) {
                Some(same) => {
                    refuse("a range of addresses is not a network", format!("write {same}"))
                }
                None => refuse(
                    "a range of addresses is not a network",
                    "write it in CIDR form, such as `192.0.2.0/24`",
                ),
            };
        }
    }
    if let Some((address, mask)) = text.split_once('/')
        && let (Ok(address), Ok(mask)) = (address.parse::<std::net::Ipv4Addr>(), mask.parse())
        && let Ok(net) = ipnet::Ipv4Net::with_netmask(address, mask)
    {
        return refuse(message, format!("write the length of the prefix: `{}`", net.trunc()));
    }
    let name = text.split(['/', ':']).next().unwrap_or(text);
    if HostName::from_text(name).is_ok() {
        return refuse(
            format!("{what} needs fixed addresses, and `{text}` is a name"),
            "what a name points to can change hands; write the network, such as `192.0.2.0/24`",
        );
    }
    refuse(message, "write it in CIDR form, such as `192.0.2.0/24` or `2001:db8::/48`")
}

/// Clients that reach an IPv6 socket by IPv4 count as IPv4, so a mapped network would never match.
fn network_of(net: IpNet) -> Result<IpNet, Refusal> {
    if let IpNet::V6(v6) = net
        && v6.prefix_len() >= 96
        && let Some(v4) = v6.addr().to_ipv4_mapped()
    {
        return refuse(
            format!("`{net}` is an IPv4 network in the clothes of IPv6"),
            format!("write `{v4}/{}`", v6.prefix_len() - 96),
        );
    }
    Ok(net)
}

/// The networks that make up a range, when they are few enough to write down.
fn spanned(first: IpAddr, last: IpAddr) -> Option<String> {
    const FEW: usize = 6;
    let nets: Vec<String> = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
            Ipv4Subnets::new(first, last, 0).take(FEW + 1).map(|net| net.to_string()).collect()
        }
        (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
            Ipv6Subnets::new(first, last, 0).take(FEW + 1).map(|net| net.to_string()).collect()
        }
        _ => return None,
    };
    let few = !nets.is_empty() && nets.len() <= FEW;
    few.then(|| nets.iter().map(|net| format!("\"{net}\"")).collect::<Vec<_>>().join(", "))
}

/// Reads a host name.
pub(super) fn host_name(text: &str) -> Result<HostName, Refusal> {
    let refusal = |error: HostError| {
        let host = text.split_once("://").map_or(text, |(_, rest)| rest);
        let host = host.split(['/', '?', ':']).next().unwrap_or(host);
        let hint = match HostName::from_text(host) {
            Ok(host) if host.as_str() != text => format!("write the host alone: `{host}`"),
            _ if error == HostError::Address => "write a name such as `example.com`".to_owned(),
            _ => "write letters, digits, `-` and dots, such as `example.com`".to_owned(),
        };
        Refusal { message: format!("`{text}` is not a host name: {error}"), hint: Some(hint) }
    };
    HostName::from_text(text).map_err(refusal)
}

/// Reads a domain that stands for itself and everything below it, where nothing else can be meant.
pub(super) fn domain(text: &str) -> Result<HostName, Refusal> {
    match text.strip_prefix("*.").or_else(|| text.strip_prefix('=')) {
        Some(name) => refuse(
            format!(
                "`{text}` is not what can be meant here: it is always a domain with all below it"
            ),
            format!("write `{name}`"),
        ),
        None => host_name(text),
    }
}

/// Reads a pattern: `example.com`, `=example.com` or `*.example.com`.
pub(super) fn host_pattern(text: &str) -> Result<HostPattern, Refusal> {
    if text == "*" {
        return refuse("`*` would mean every host", "use `default_action` of the policy for that");
    }
    let (reach, name) = match (text.strip_prefix('='), text.strip_prefix("*.")) {
        (Some(name), _) => (Reach::Exact, name),
        (_, Some(name)) => (Reach::Below, name),
        _ => (Reach::Within, text),
    };
    if name.contains('*') {
        return refuse(
            format!("`{text}` has a `*` inside"),
            "`*.` can only stand in front, where it means everything below the name",
        );
    }
    if name.contains(['=', ' ']) {
        return refuse(format!("`{text}` is not a host pattern"), "write one name per string");
    }
    // A leading dot is how other programs write a domain with everything below it.
    if let Some(name) = name.strip_prefix('.') {
        return refuse(
            format!("`{text}` begins with a dot"),
            format!("write `{name}`, which means the name and everything below it"),
        );
    }
    let name = host_name(name)?;
    if reach.below() && is_public_suffix(name.as_str()) {
        return refuse(
            format!("`{text}` would mean every site under `{name}`"),
            format!("name the sites, or write `={name}` for the one host of that name"),
        );
    }
    Ok(HostPattern { name, reach })
}

/// Whether unrelated parties register names below this one: `com`, `co.uk`, any top-level label.
///
/// Suffixes that a company runs (`github.io`) do not count: they are blocked as a whole with reason.
pub fn is_public_suffix(name: &str) -> bool {
    let Some(suffix) = psl::suffix(name.as_bytes()) else { return false };
    suffix.as_bytes() == name.as_bytes() && suffix.typ() != Some(psl::Type::Private)
}

/// Whether this is a public suffix that the list knows, which no inner network uses.
pub(super) fn is_known_suffix(name: &HostName) -> bool {
    let text = name.as_str();
    // `home.arpa` and the reverse zones are for inner networks (RFC 8375, RFC 6303).
    is_public_suffix(text)
        && text != "arpa"
        && !text.ends_with(".arpa")
        && psl::suffix(text.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

/// Reads a mail address: only such that need no escaping in a `mailto:` link (RFC 6068).
pub(super) fn mail(text: &str) -> Result<String, Refusal> {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"._+-".contains(&b);
    match text.split_once('@') {
        Some((local, domain))
            if (1..=64).contains(&local.len())
                && local.bytes().all(fine)
                && HostName::from_wire(domain).is_ok() =>
        {
            Ok(text.to_owned())
        }
        _ => {
            let bare = text.strip_prefix("mailto:").unwrap_or(text);
            let message = format!("`{text}` is not a mail address");
            refuse(
                message,
                match bare.contains('@') && bare != text {
                    true => format!("write `{bare}`"),
                    false => "write it as `helpdesk@example.com`".to_owned(),
                },
            )
        }
    }
}

/// Reads a colour as `#rrggbb`.
pub(super) fn colour(text: &str) -> Result<String, Refusal> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    match (text.starts_with('#'), hex, digits.len()) {
        (true, true, 6) => Ok(text.to_ascii_lowercase()),
        (_, true, 6) => refuse(format!("`{text}` is not a colour"), format!("write `#{digits}`")),
        (_, true, 3) => {
            let long: String = digits.chars().flat_map(|c| [c, c]).collect();
            refuse(format!("`{text}` is not a colour in six digits"), format!("write `#{long}`"))
        }
        _ => refuse(format!("`{text}` is not a colour"), "write it as `#1f4e79`"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations() {
        let seconds = |text| duration(text).map(|span| span.as_secs()).ok();
        assert_eq!(seconds("30m"), Some(1800));
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("7d"), Some(604_800));
        assert_eq!(seconds("0s"), Some(0));
        for wrong in
            ["", "30", "m", "1.5h", "-1h", "+1h", "30m1h", "1h1h", "1 h", "1w", "1H", "1ms"]
        {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
        assert_eq!(seconds("99999999999999999999d"), None);
        assert_eq!(seconds("999999999999999999d"), None);
    }

    #[test]
    fn sizes() {
        assert_eq!(size("64MiB").ok(), Some(64 << 20));
        assert_eq!(size("1GiB").ok(), Some(1 << 30));
        assert_eq!(size("512B").ok(), Some(512));
        for wrong in ["", "64", "MiB", "64MB", "64 MiB", "+1KiB", "99999999999GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn public_suffixes() {
        let public = |text| is_public_suffix(HostName::from_text(text).unwrap().as_str());
        assert!(public("com") && public("co.uk") && public("xn--p1ai") && public("intranet"));
        assert!(!public("example.com") && !public("github.io") && !public("malware.example"));
    }

    proptest! {
        #[test]
        fn a_duration_is_read_as_it_is_written(seconds in 0u64..10_000_000_000) {
            let span = Duration::from_secs(seconds);
            prop_assert_eq!(duration(&duration_text(span)), Ok(span));
        }

        #[test]
        fn no_text_makes_them_panic(text in "\\PC{0,40}") {
            let _ = (duration(&text), size(&text), socket(&text, 443), name_server(&text));
            let _ = (network(&text, "x"), host_pattern(&text), mail(&text), colour(&text));
        }
    }
}
