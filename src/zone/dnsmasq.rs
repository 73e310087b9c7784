//! Configuration of dnsmasq. Of several lines that match a name the longest counts; `*.` in front means
//! what lies below a name alone.

use std::io::{self, Write};

use super::{Format, Said, Say, Zone, ZoneError};
use crate::policy::Told;

pub(super) fn head(zone: &Zone<'_>, format: Format, out: &mut impl Write) -> io::Result<()> {
    let place = match format {
        Format::Pihole => &[
            "Put this file into /etc/dnsmasq.d as 90-blockhouse.conf. Pi-hole's own lists go on beside",
            "it. Once, so that version 6 reads that folder:",
            "",
            "    sudo pihole-FTL --config misc.etc_dnsmasq_d true",
            "",
            "After each export (version 5: `pihole restartdns`):",
            "",
            "    sudo systemctl restart pihole-FTL",
            "",
        ][..],
        _ => &[
            "Put this file into /etc/dnsmasq.d, or name it with `conf-file=`, and restart dnsmasq",
            "after an export: it does not read its configuration again by itself.",
        ][..],
    };
    zone.comment("#", place, out)?;
    writeln!(
        out,
        "# It needs version 2.86. Answers have the time to live that `local-ttl` says, 0 without it."
    )
}

pub(super) fn entry(
    zone: &Zone<'_>,
    name: &str,
    said: Said,
    out: &mut impl Write,
) -> Result<(), ZoneError> {
    match (said.itself, said.below) {
        (Say::Nothing, below) => answer(zone, ("*.", name), below, out),
        (itself, below) if itself == below => answer(zone, ("", name), itself, out),
        (itself, below) => {
            answer(zone, ("", name), itself, out)?;
            answer(zone, ("*.", name), below, out)
        }
    }
}

fn answer(
    zone: &Zone<'_>,
    (star, name): (&str, &str),
    say: Say,
    out: &mut impl Write,
) -> Result<(), ZoneError> {
    match say {
        Say::Nothing => {}
        // The servers that dnsmasq asks anyway.
        Say::Told(Told::Truth) => writeln!(out, "server=/{star}{name}/#")?,
        Say::Told(Told::Nxdomain) => writeln!(out, "address=/{star}{name}/")?,
        // Types without an address of their own would be asked upstream, were it not for `local`.
        Say::Nodata => writeln!(out, "local=/{star}{name}/")?,
        Say::Told(Told::Null) => writeln!(out, "address=/{star}{name}/#\nlocal=/{star}{name}/")?,
        Say::Told(Told::Page(_)) => {
            let (v4, v6) = zone.addresses(say)?;
            for ip in v4 {
                writeln!(out, "address=/{star}{name}/{ip}")?;
            }
            for ip in v6 {
                writeln!(out, "address=/{star}{name}/{ip}")?;
            }
            writeln!(out, "local=/{star}{name}/")?;
        }
    }
    Ok(())
}
