//! Which addresses may be dialled: those of the public internet, and those that are listed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Whether this address may be dialled.
pub fn is_allowed(ip: IpAddr, allow: &[IpNet]) -> bool {
    let (ip, inner) = (ip.to_canonical(), embedded(ip));
    let listed = |ip: IpAddr| allow.iter().any(|network| network.contains(&ip));
    // What an address leads to counts: a listed 2002::/16 does not open what it embeds.
    is_public(inner) || (listed(ip) && ip == inner) || listed(inner)
}

/// The IPv4 address inside an IPv4-mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056) or Teredo (RFC 4380) address,
/// since that is where a packet to it may end up; else the address itself. Where it is inside of one of 64:ff9b:1::/48
/// (RFC 8215) only the translator knows.
pub fn embedded(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip.to_canonical() else { return ip.to_canonical() };
    let octets = v6.octets();
    let last = || Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15]);
    match v6.segments() {
        // IPv4-compatible, long deprecated, and still understood here and there.
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => last().into(),
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => last().into(),
        [0x2002, ..] => Ipv4Addr::new(octets[2], octets[3], octets[4], octets[5]).into(),
        [0x2001, 0, ..] => {
            let obscured = u32::from(last());
            Ipv4Addr::from(!obscured).into()
        }
        _ => v6.into(),
    }
}

/// Whether an address is a destination on the public internet, by the special-purpose registries
/// (RFC 6890).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_unspecified()
        || ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    // Only 2000::/3 is given out for use on the internet; documentation and benchmarking lie in it.
    let [a, b, ..] = ip.segments();
    (0x2000..0x4000).contains(&a)
        && !(a == 0x2001 && (b == 0xdb8 || b < 0x200))
        && !(a == 0x3fff && b < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_addresses_are_refused() {
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::a00:1",
            "64:ff9b:1:a00:0:100:808:808",
            "2001:0:5ef5:79fd::80ff:fffe",
            "2001:2::1",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "fe80::1",
            "fc00::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
            "100::1",
            "4000::1",
        ] {
            assert!(!is_allowed(ip.parse().unwrap(), &[]), "{ip}");
        }
    }

    #[test]
    fn outer_addresses_are_dialled() {
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "100.128.0.1",
            "198.20.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
            "2001:4860:4860::8888",
        ] {
            assert!(is_allowed(ip.parse().unwrap(), &[]), "{ip}");
        }
    }

    #[test]
    fn what_is_listed_is_dialled_and_nothing_by_the_way() {
        let allow: Vec<IpNet> =
            ["10.0.0.0/8", "2002::/16", "64:ff9b::/96"].map(|net| net.parse().unwrap()).to_vec();
        let dialled = |ip: &str| is_allowed(ip.parse().unwrap(), &allow);
        assert!(dialled("10.1.2.3") && dialled("::ffff:10.1.2.3") && dialled("64:ff9b::a01:203"));
        assert!(!dialled("192.168.1.1"));
        assert!(!dialled("2002:7f00:1::"), "6to4 of loopback");
        assert!(!dialled("64:ff9b::7f00:1"), "NAT64 of loopback");
    }
}
