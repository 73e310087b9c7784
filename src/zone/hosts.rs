//! Hosts files: an address, a name.

use std::io::{self, Write};

use super::{Format, Said, Zone, ZoneError};

pub(super) fn head(zone: &Zone<'_>, format: Format, out: &mut impl Write) -> io::Result<()> {
    zone.comment(
        "#",
        &[
            "A hosts file names hosts one by one: the names below them are not covered. Names that are",
            "not to exist get 0.0.0.0 and ::, and exceptions cannot be named.",
        ],
        out,
    )?;
    if format != Format::CorednsHosts {
        return writeln!(
            out,
            "# It says nothing of types besides A and AAAA, so HTTPS records of the site may pass by."
        );
    }
    let ttl = zone.ttl.as_secs();
    writeln!(out, "# Put into the Corefile, with the path of this file:\n#")?;
    writeln!(out, "#     hosts /etc/coredns/blockhouse.hosts {{")?;
    writeln!(out, "#         ttl {ttl}\n#         no_reverse\n#         fallthrough\n#     }}")
}

pub(super) fn entry(
    zone: &Zone<'_>,
    name: &str,
    said: Said,
    out: &mut impl Write,
) -> Result<(), ZoneError> {
    let (v4, v6) = zone.addresses(said.itself)?;
    for ip in v4 {
        writeln!(out, "{ip} {name}")?;
    }
    for ip in v6 {
        writeln!(out, "{ip} {name}")?;
    }
    Ok(())
}
