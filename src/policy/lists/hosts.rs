//! Hosts files (hosts(5)): an address, then the names that it stands for.

use std::net::IpAddr;

use super::Reader;
use crate::config::Reach;

/// Names that hosts files give to the machine itself, which are no entries of a list.
const OWN: [&str; 12] = [
    "localhost",
    "localhost.localdomain",
    "localhost4",
    "localhost6",
    "local",
    "broadcasthost",
    "ip6-localhost",
    "ip6-loopback",
    "ip6-localnet",
    "ip6-mcastprefix",
    "ip6-allnodes",
    "ip6-allrouters",
];

pub(super) fn line<F: FnMut(&str, Reach, bool, usize)>(reader: &mut Reader<F>, line: &str) {
    let line = line.split('#').next().unwrap_or_default();
    let mut words = line.split_whitespace();
    let Some(address) = words.next() else { return };
    // `fe80::1%lo0`: the zone of a link-local address.
    let bare = address.split('%').next().unwrap_or(address);
    if bare.parse::<IpAddr>().is_err() {
        reader.wrong("no address in front; a list of names alone has the format `domains`");
        return;
    }
    let mut names = 0;
    for name in words {
        names += 1;
        let own = OWN.iter().any(|own| own.eq_ignore_ascii_case(name));
        // Some lists name `0.0.0.0` itself, so that a line of their tool counts one.
        if !own && name != "ip6-allhosts" && name != address {
            reader.name(name, Reach::Exact, true);
        }
    }
    if names == 0 {
        reader.wrong("an address without a name");
    }
}
