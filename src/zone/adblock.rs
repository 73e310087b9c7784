//! Filter lists in Adblock style, for the two servers that read them.

use std::io::{self, Write};

use super::{Said, Say, Zone, ZoneError};
use crate::policy::{Redirect, Told};

/// What a pattern means besides the name that stands in it.
#[derive(Clone, Copy)]
enum Reach {
    Itself,
    Below,
    Within,
}

struct Pattern<'n>(Reach, &'n str);

impl std::fmt::Display for Pattern<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(reach, name) = self;
        match reach {
            Reach::Itself => write!(f, "|{name}^"),
            Reach::Below => write!(f, "||*.{name}^"),
            Reach::Within => write!(f, "||{name}^"),
        }
    }
}

pub(super) fn adguard_head(zone: &Zone<'_>, out: &mut impl Write) -> io::Result<()> {
    zone.comment(
        "!",
        &[
            "Write it to AdGuard Home's `data/userfilters/`, or add its folder, as `/its/folder/*`,",
            "to `filtering.safe_fs_patterns`: files elsewhere are refused. Name its path, or its",
            "address on a web server, under Filters, DNS blocklists, Add a custom list. After each",
            "export: Filters, DNS blocklists, Check for updates.",
            "",
            "Its rules use `$dnsrewrite`, which other blockers do not know.",
        ],
        out,
    )
}

pub(super) fn adguard(
    zone: &Zone<'_>,
    redirect: &Redirect<'_>,
    said: Said,
    out: &mut impl Write,
) -> Result<(), ZoneError> {
    if said.itself == said.below {
        return place(zone, Reach::Within, redirect, said.itself, out);
    }
    place(zone, Reach::Itself, redirect, said.itself, out)?;
    place(zone, Reach::Below, redirect, said.below, out)
}

fn place(
    zone: &Zone<'_>,
    reach: Reach,
    redirect: &Redirect<'_>,
    say: Say,
    out: &mut impl Write,
) -> Result<(), ZoneError> {
    let Redirect { name, inherited, exempt, .. } = *redirect;
    let pattern = Pattern(reach, name);
    // Below an exception a rule counts only when it is marked so.
    let mark = if exempt { ",important" } else { "" };
    match say {
        Say::Nothing | Say::Nodata => Ok(()),
        Say::Told(Told::Truth) => {
            writeln!(out, "@@{pattern}$dnsrewrite{mark}")?;
            // Other lists block by plain rules.
            writeln!(out, "@@{pattern}")?;
            Ok(())
        }
        Say::Told(told) if told == inherited => Ok(()),
        Say::Told(_) => {
            if inherited != Told::Truth {
                // All rules that match count, so the answer from above is taken out first.
                rules(zone, ("@@", &pattern, mark), Say::Told(inherited), out)?;
            }
            rules(zone, ("", &pattern, mark), say, out)
        }
    }
}

fn rules(
    zone: &Zone<'_>,
    (at, pattern, mark): (&str, &Pattern<'_>, &str),
    say: Say,
    out: &mut impl Write,
) -> Result<(), ZoneError> {
    if say == Say::Told(Told::Nxdomain) {
        writeln!(out, "{at}{pattern}$dnsrewrite=NXDOMAIN;;{mark}")?;
        return Ok(());
    }
    let (v4, v6) = zone.addresses(say)?;
    for ip in v4 {
        writeln!(out, "{at}{pattern}$dnsrewrite=NOERROR;A;{ip}{mark}")?;
    }
    for ip in v6 {
        writeln!(out, "{at}{pattern}$dnsrewrite=NOERROR;AAAA;{ip}{mark}")?;
    }
    Ok(())
}

pub(super) fn technitium_head(zone: &Zone<'_>, out: &mut impl Write) -> Result<(), ZoneError> {
    let (v4, v6) = zone.addresses(Say::Told(Told::Page(0)))?;
    let v4 = v4.iter().map(|ip| format!("\"{ip}\""));
    let addresses: Vec<_> = v4.chain(v6.iter().map(|ip| format!("\"{ip}\""))).collect();
    zone.comment(
        "!",
        &[
            "Name it (file:// or https://) in `adblockListUrls` of a group of the Advanced Blocking app,",
            "and let the group answer with the block addresses:",
            "",
            "    \"blockAsNxDomain\": false,",
            &format!("    \"blockingAddresses\": [{}],", addresses.join(", ")),
            &format!("and for all groups \"blockingAnswerTtl\": {}.", zone.ttl.as_secs()),
            "",
            "Every name means the names below it as well and gets that one answer, and exceptions go",
            "before what is blocked below them.",
        ],
        out,
    )?;
    Ok(())
}

pub(super) fn technitium(name: &str, said: Said, out: &mut impl Write) -> Result<(), ZoneError> {
    let at = if said.itself == Say::Told(Told::Truth) { "@@" } else { "" };
    writeln!(out, "{at}||{name}^")?;
    Ok(())
}
