//! Unbound's own local zones. The closest zone that holds a name answers for it, and its kind says
//! what becomes of names without data.

use std::io::{self, Write};

use super::{Said, Say, Zone, ZoneError};
use crate::policy::Told;

pub(super) fn head(zone: &Zone<'_>, out: &mut impl Write) -> io::Result<()> {
    zone.comment(
        "#",
        &[
            "Put into unbound.conf, with the path of this file; `unbound-control reload` after an \
             export.",
            "",
            "    include: \"/etc/unbound/blockhouse.conf\"",
            "",
            "What only the names below a name get, or that it alone does not exist, no local zone can",
            "say; the export tells how many such names there are. `--format rpz` can say it.",
        ],
        out,
    )?;
    writeln!(out, "server:")
}

pub(super) fn entry(
    zone: &Zone<'_>,
    name: &str,
    said: Said,
    out: &mut impl Write,
) -> Result<(), ZoneError> {
    let ttl = zone.ttl.as_secs();
    let has_addresses = |say| matches!(say, Say::Told(Told::Page(_) | Told::Null));
    let kind = match (said.itself, said.below) {
        (itself, below) if itself == below && has_addresses(itself) => "redirect",
        (Say::Told(Told::Nxdomain), Say::Told(Told::Nxdomain)) => "always_nxdomain",
        (_, Say::Told(Told::Nxdomain)) => "static",
        // Names that have data are answered from it alone, the others truly.
        (_, _) => "transparent",
    };
    writeln!(out, "local-zone: \"{name}.\" {kind}")?;
    let (v4, v6) = zone.addresses(said.itself)?;
    for ip in v4 {
        writeln!(out, "local-data: \"{name}. {ttl} A {ip}\"")?;
    }
    for ip in v6 {
        writeln!(out, "local-data: \"{name}. {ttl} AAAA {ip}\"")?;
    }
    if said.itself == Say::Nodata {
        // A record of a type that nobody asks for (RFC 6895 section 3.1, private use) makes the name
        // one without data of all other types.
        writeln!(out, "local-data: \"{name}. {ttl} TYPE65280 \\# 0\"")?;
    }
    Ok(())
}
