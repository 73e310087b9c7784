//! Response policy zones (draft-vixie-dnsop-dns-rpz-00), for BIND, Unbound, Knot Resolver and PowerDNS.

use std::io::{self, BufRead, Write};

use super::{Format, Head, Named, Written, begin};
use crate::host::MAX_NAME;
use crate::policy::Told;

const BIND: &str = "\
In named.conf, with the path of this file:
  options { response-policy { zone \"ZONE\"; } break-dnssec yes qname-wait-recurse no; };
  zone \"ZONE\" { type primary; file \"FILE\"; allow-query { none; }; };
After a change: rndc reload ZONE";

const KNOT: &str = "\
In kresd.conf, with the path of this file, which is read again when it changes:
  policy.add(policy.rpz(policy.DENY, 'FILE', true))
Exceptions are then resolved by Knot Resolver itself, past later rules that forward to others.";

const POWERDNS: &str = "\
In recursor.lua (or as YAML below recursor.rpzs), with the path of this file:
  rpzFile(\"FILE\", { policyName = \"ZONE\" })
After a change: rec_control reload-lua-config";

const ANY: &str = "\
In unbound.conf, with the path of this file:
  server:
    module-config: \"respip validator iterator\"
  rpz:
    name: \"ZONE\"
    zonefile: \"FILE\"
After a change: unbound-control auth_zone_reload ZONE
BIND, Knot Resolver and PowerDNS have formats of their own here: bind, knot, powerdns";

/// A zone must be answered for by somebody; nobody asks this one.
const SERVER: &str = "localhost.";

pub(super) fn head(format: Format, head: &Head<'_>, out: &mut impl Write) -> io::Result<()> {
    let words = match format {
        Format::Bind => BIND,
        Format::Knot => KNOT,
        Format::Powerdns => POWERDNS,
        _ => ANY,
    };
    begin(out, ";", head, &words.replace("ZONE", head.zone))?;
    let Head { zone, ttl, serial, .. } = head;
    writeln!(out, "$ORIGIN {zone}.")?;
    writeln!(out, "$TTL {ttl}")?;
    writeln!(out, "@ IN SOA {SERVER} hostmaster.{SERVER} {serial} 3600 600 604800 {ttl}")?;
    writeln!(out, "@ IN NS {SERVER}")
}

pub(super) fn name(
    named: &Named<'_>,
    head: &Head<'_>,
    written: &mut Written,
    out: &mut impl Write,
) -> io::Result<()> {
    let name = named.name();
    // `*.` in front and the zone's name behind must fit.
    if name.len() + head.zone.len() + 3 > MAX_NAME {
        written.leave_out("names that are too long for a response policy zone");
        return Ok(());
    }
    record(named, "", named.redirect.itself, out)?;
    record(named, "*.", named.redirect.below, out)
}

fn record(named: &Named<'_>, star: &str, told: Told, out: &mut impl Write) -> io::Result<()> {
    let name = named.name();
    match named.addresses(told) {
        Some(addresses) => {
            for ip in &addresses.v4 {
                writeln!(out, "{star}{name} A {ip}")?;
            }
            for ip in &addresses.v6 {
                writeln!(out, "{star}{name} AAAA {ip}")?;
            }
            Ok(())
        }
        None if told == Told::Truth => writeln!(out, "{star}{name} CNAME rpz-passthru."),
        None => writeln!(out, "{star}{name} CNAME ."),
    }
}

/// The serial number of a zone that was written earlier; none where there is none.
pub fn serial_of(zone: impl BufRead) -> Option<u32> {
    // It stands on one of the first lines, behind the comments.
    zone.lines().take(64).map_while(Result::ok).find_map(|line| {
        let rest = line.strip_prefix("@ IN SOA ")?;
        rest.split(' ').nth(2)?.parse().ok()
    })
}

/// A serial number that comes after an earlier one (RFC 1982 section 3): the time where that does.
pub fn next_serial(earlier: Option<u32>, seconds: i64) -> u32 {
    let octets = seconds.to_le_bytes();
    // Serial numbers go round, so the lower half of the time is as good as all of it.
    let now = u32::from_le_bytes([octets[0], octets[1], octets[2], octets[3]]);
    match earlier {
        Some(earlier) if !(1..1 << 31).contains(&now.wrapping_sub(earlier)) => {
            earlier.wrapping_add(1)
        }
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_grow() {
        assert_eq!(next_serial(None, 1_800_000_000), 1_800_000_000);
        assert_eq!(next_serial(Some(5), 1_800_000_000), 1_800_000_000);
        assert_eq!(next_serial(Some(1_800_000_000), 1_800_000_000), 1_800_000_001);
        assert_eq!(next_serial(Some(1_900_000_000), 1_800_000_000), 1_900_000_001);
        assert_eq!(next_serial(Some(u32::MAX), 1_800_000_000), 1_800_000_000);
        assert_eq!(next_serial(Some(u32::MAX), 3_000_000_000), 0);
    }
}
