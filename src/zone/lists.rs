//! Hosts files, and lists of rules: AdGuard Home, Technitium.

use std::io::{self, Write};

use super::{Format, Head, Named, Written, begin};
use crate::policy::{Policy, Told};

const HOSTS: &str = "\
A hosts file names hosts one by one: what lies below a domain is not in it, and that a host does not
exist cannot be said. Use another format where the gateway reads one.";

const COREDNS: &str = "\
In the Corefile, with the path of this file, which is read again when it changes:
  hosts FILE { ttl 10
    fallthrough }
The plugin names hosts one by one: what lies below a domain is not in it.";

const ADGUARD: &str = "\
As a DNS blocklist of AdGuard Home (Filters, DNS blocklists, Add a custom list), by its path or address.";

const TECHNITIUM: &str = "\
As an entry of `adblockListUrls` of the app Advanced Blocking, in a group with
  \"blockAsNxDomain\": false, \"blockingAddresses\": [ADDRESSES]";

pub(super) fn hosts_head(format: Format, head: &Head<'_>, out: &mut impl Write) -> io::Result<()> {
    begin(out, "#", head, if format == Format::Hosts { HOSTS } else { COREDNS })
}

pub(super) fn hosts_name(
    named: &Named<'_>,
    written: &mut Written,
    out: &mut impl Write,
) -> io::Result<()> {
    let (itself, below) = (named.redirect.itself, named.redirect.below);
    if below != Told::Truth {
        written.leave_out("domains of which only the name itself is there");
    }
    let told = match itself {
        Told::Nxdomain => {
            written.leave_out("names that are not to exist, written as the unspecified address");
            Told::Null
        }
        other => other,
    };
    if let Some(addresses) = named.addresses(told) {
        let name = named.name();
        for ip in &addresses.v4 {
            writeln!(out, "{ip} {name}")?;
        }
        for ip in &addresses.v6 {
            writeln!(out, "{ip} {name}")?;
        }
    }
    Ok(())
}

pub(super) fn rules_head(
    format: Format,
    policy: &Policy,
    head: &Head<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    let block = policy.block_addresses(0);
    let v4 = block.v4.iter().map(|ip| format!("\"{ip}\""));
    let addresses: Vec<_> = v4.chain(block.v6.iter().map(|ip| format!("\"{ip}\""))).collect();
    let words = if format == Format::Adguard { ADGUARD } else { TECHNITIUM };
    begin(out, "!", head, &words.replace("ADDRESSES", &addresses.join(", ")))
}

pub(super) fn adguard_name(named: &Named<'_>, out: &mut impl Write) -> io::Result<()> {
    let (itself, below) = (named.redirect.itself, named.redirect.below);
    if itself == below {
        return adguard_rule(named, "||", itself, out);
    }
    // `||` means the name and all below it, `|` the name alone.
    adguard_rule(named, "||", below, out)?;
    if below != Told::Truth && itself != Told::Truth {
        writeln!(out, "@@|{}^$dnsrewrite", named.name())?;
    }
    adguard_rule(named, "|", itself, out)
}

fn adguard_rule(
    named: &Named<'_>,
    reach: &str,
    told: Told,
    out: &mut impl Write,
) -> io::Result<()> {
    let name = named.name();
    match named.addresses(told) {
        None if told == Told::Truth => {
            writeln!(out, "@@{reach}{name}^\n@@{reach}{name}^$dnsrewrite")
        }
        None => writeln!(out, "{reach}{name}^$dnsrewrite=NXDOMAIN;;"),
        Some(addresses) => {
            for ip in &addresses.v4 {
                writeln!(out, "{reach}{name}^$dnsrewrite=NOERROR;A;{ip}")?;
            }
            for ip in &addresses.v6 {
                writeln!(out, "{reach}{name}^$dnsrewrite=NOERROR;AAAA;{ip}")?;
            }
            Ok(())
        }
    }
}

pub(super) fn technitium_name(
    named: &Named<'_>,
    written: &mut Written,
    out: &mut impl Write,
) -> io::Result<()> {
    let (itself, below) = (named.redirect.itself, named.redirect.below);
    let name = named.name();
    if [itself, below].iter().any(|told| !matches!(told, Told::Truth | Told::Page(0))) {
        written.leave_out("names with another answer than the block addresses");
    }
    if itself != below {
        written.leave_out("names with another answer than those below them");
    }
    let listed = itself != Told::Truth || below != Told::Truth;
    writeln!(out, "{}||{name}^", if listed { "" } else { "@@" })
}
