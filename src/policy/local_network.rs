//! Addresses that browsers count as local: before a page loads parts from there, they ask the person.

use std::net::IpAddr;

use ipnet::IpNet;

/// The networks that Chromium, Firefox or both count as local (Local Network Access, "IP address
/// space"; tried with Chromium 156 and Firefox 153).
const LOCAL: [&str; 14] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::/128",
    "::1/128",
    "2001:db8::/32",
    "3fff::/20",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
];

/// Whether browsers ask people for permission before a page of the internet loads a part from here.
/// Pages that people open themselves are not concerned.
pub fn is_local_for_browsers(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    LOCAL.iter().filter_map(|text| text.parse::<IpNet>().ok()).any(|net| net.contains(&ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_count_as_local() {
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "100.64.0.1",
            "192.168.1.1",
            "fd00::1",
            "2001:db8::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_local_for_browsers(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "192.0.2.1",
            "198.18.0.1",
            "203.0.113.9",
            "25.0.0.1",
            "2001:2::1",
            "::ffff:192.0.2.1",
            "2606::1",
        ] {
            assert!(!is_local_for_browsers(ip.parse().unwrap()), "{ip}");
        }
    }
}
