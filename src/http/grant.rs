//! Grants: what the cookie of a person who may continue says.

use std::net::IpAddr;

use http::header::HeaderMap;

use super::cookie::{GRANTS, Keys, Purpose, cookies, set_cookie};
use crate::clock::Time;
use crate::config::{NetworkWidth, Scope};
use crate::host::Host;
use crate::live::Opens;

/// Permission for one browser and one site, until a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What the person was promised.
    pub scope: Scope,
    /// The registrable domain; the host itself where there is none, or where the scope says so.
    pub name: String,
    /// The revision of the rule that gave it: a changed rule ends its grants.
    pub rule: u64,
    /// When it ends.
    pub until: Time,
    /// The client's network; see [`network_of`].
    pub network: String,
    /// The id of the bypass code that made it.
    pub code: Option<String>,
}

impl Grant {
    /// A grant for `host`, or for the site that it belongs to.
    pub fn new(host: &Host, scope: Scope, rule: u64, until: Time, network: String) -> Self {
        Self { scope, name: name_of(host, scope), rule, until, network, code: None }
    }

    /// The grant that the request carries for this host and rule, and for a client in a network of this
    /// width, if it still holds.
    pub fn of(
        headers: &HeaderMap,
        keys: &Keys,
        host: &Host,
        rule: u64,
        (client, width): (IpAddr, NetworkWidth),
        now: Time,
    ) -> Option<Self> {
        cookies(headers, &GRANTS).find_map(|value| {
            let grant = Self::parse(&keys.open(Purpose::Grant, value)?)?;
            let holds = grant.name == name_of(host, grant.scope)
                && grant.rule == rule
                && grant.until > now
                && grant.network == network_of(client, width);
            holds.then_some(grant)
        })
    }

    fn parse(payload: &str) -> Option<Self> {
        let mut parts = payload.split(' ');
        let scope = parts.next()?;
        let (_, scope) = Scope::WORDS.iter().find(|(word, _)| *word == scope)?;
        let grant = Self {
            scope: *scope,
            name: parts.next()?.to_owned(),
            rule: u64::from_str_radix(parts.next()?, 16).ok()?,
            until: Time::from_unix(parts.next()?.parse().ok()?),
            network: parts.next()?.to_owned(),
            code: parts.next().map(str::to_owned),
        };
        parts.next().is_none().then_some(grant)
    }

    /// The `Set-Cookie` value: for the whole site where it is one, so that its other hosts work too,
    /// else host-only.
    pub fn to_set_cookie(&self, keys: &Keys, host: &Host, secure: bool, now: Time) -> String {
        let Self { scope, name, rule, until, network, code } = self;
        let mut payload = format!("{scope} {name} {rule:x} {} {network}", until.unix());
        if let Some(code) = code {
            payload.push(' ');
            payload.push_str(code);
        }
        let value = keys.seal(Purpose::Grant, &payload);
        let site = host.name().and_then(|name| name.site());
        let domain = site.filter(|_| *scope != Scope::Host);
        let name = match (secure, domain) {
            (true, None) => GRANTS[0],
            (true, Some(_)) => GRANTS[1],
            (false, _) => GRANTS[2],
        };
        set_cookie(name, value, secure, until.since(now), domain)
    }

    /// What it opens for its client. `category` is the one that the verdict names.
    pub fn opens(&self, category: Option<&str>) -> Opens {
        match (self.scope, category) {
            (Scope::Host, _) => Opens::Host(self.name.clone()),
            (Scope::Category, Some(category)) => Opens::Category(category.to_owned()),
            (Scope::Category, None) | (Scope::Site, _) => Opens::Site(self.name.clone()),
        }
    }
}

fn name_of(host: &Host, scope: Scope) -> String {
    match scope {
        Scope::Host => host.to_string(),
        Scope::Site | Scope::Category => host.site_or_self(),
    }
}

/// The network to which a grant is bound: wide enough for a change of address within one network,
/// narrow enough that a stolen cookie is of no use elsewhere; `-` where the address does not count.
pub fn network_of(client: IpAddr, width: NetworkWidth) -> String {
    let client = client.to_canonical();
    let bits = if client.is_ipv4() { width.v4 } else { width.v6 };
    match ipnet::IpNet::new(client, bits) {
        Ok(network) if bits > 0 => network.trunc().to_string(),
        _ => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::header;
    use proptest::prelude::*;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const WIDTH: NetworkWidth = NetworkWidth { v4: 24, v6: 56 };

    fn keys() -> Keys {
        Keys::from_octets(&[1; 64])
    }

    fn now() -> Time {
        Time::from_unix(1_000_000)
    }

    fn host(text: &str) -> Host {
        text.parse().unwrap()
    }

    fn at(client: &str) -> (IpAddr, NetworkWidth) {
        (client.parse().unwrap(), WIDTH)
    }

    fn network(client: &str) -> String {
        let (client, width) = at(client);
        network_of(client, width)
    }

    fn with_cookie(set_cookie: &str) -> HeaderMap {
        let pair = set_cookie.split(';').next().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("a=b; {pair}; c=d").parse().unwrap());
        headers
    }

    fn grant(name: &str, scope: Scope) -> Grant {
        Grant::new(&host(name), scope, 7, now().plus(DAY), network("192.0.2.7"))
    }

    #[test]
    fn a_grant_holds_for_its_site_rule_network_and_time() {
        let grant = Grant { code: Some("AB3D".into()), ..grant("www.example.co.uk", Scope::Site) };
        let set = grant.to_set_cookie(&keys(), &host("www.example.co.uk"), true, now());
        assert!(set.contains("Domain=example.co.uk") && set.contains("__Secure-"), "{set}");
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
        let headers = with_cookie(&set);
        let read = |name: &str, rule, client: &str, now| {
            Grant::of(&headers, &keys(), &host(name), rule, at(client), now)
        };
        assert_eq!(read("static.example.co.uk", 7, "192.0.2.200", now()), Some(grant.clone()));
        assert_eq!(read("example.com", 7, "192.0.2.7", now()), None, "another site");
        assert_eq!(read("co.uk", 7, "192.0.2.7", now()), None, "a public suffix is no site");
        assert_eq!(read("www.example.co.uk", 8, "192.0.2.7", now()), None, "a changed rule");
        assert_eq!(read("www.example.co.uk", 7, "192.0.3.7", now()), None, "another network");
        assert_eq!(read("www.example.co.uk", 7, "192.0.2.7", now().plus(DAY)), None, "over");
        let other = Keys::from_octets(&[2; 64]);
        let here = at("192.0.2.7");
        assert_eq!(Grant::of(&headers, &other, &host("example.co.uk"), 7, here, now()), None);
    }

    #[test]
    fn a_grant_for_one_host_an_address_or_a_public_suffix_is_host_only() {
        let site = ["192.0.2.1", "2001:db8::1", "github.io", "single"];
        let cases = site.map(|name| (name, Scope::Site));
        for (name, scope) in cases.into_iter().chain([("www.example.com", Scope::Host)]) {
            let set = grant(name, scope).to_set_cookie(&keys(), &host(name), true, now());
            assert!(set.starts_with("__Host-") && !set.contains("Domain="), "{name}: {set}");
            let headers = with_cookie(&set);
            let here = at("192.0.2.7");
            let read = |name: &str| Grant::of(&headers, &keys(), &host(name), 7, here, now());
            assert!(read(name).is_some());
            assert_eq!(read("other.example.com"), None);
        }
    }

    #[test]
    fn the_network_can_be_left_out() {
        let none = NetworkWidth { v4: 0, v6: 0 };
        assert_eq!(network_of("192.0.2.7".parse().unwrap(), none), "-");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2ff::1"), "2001:db8:1:200::/56");
    }

    proptest! {
        #[test]
        fn any_flipped_bit_fails(place in 0usize..400, bit in 0u8..8) {
            let grant = grant("a.example", Scope::Site);
            let set_cookie = grant.to_set_cookie(&keys(), &host("a.example"), true, now());
            let (start, rest) = set_cookie.split_once('=').unwrap();
            let mut value = rest.split(';').next().unwrap().as_bytes().to_vec();
            let place = place % value.len();
            value[place] ^= 1 << bit;
            let mut line = format!("{start}=").into_bytes();
            line.extend(value);
            if let Ok(line) = http::HeaderValue::from_bytes(&line) {
                let mut headers = HeaderMap::new();
                headers.insert(header::COOKIE, line);
                let here = at("192.0.2.7");
                let read = Grant::of(&headers, &keys(), &host("a.example"), 7, here, now());
                prop_assert_eq!(read, None);
            }
        }
    }
}
