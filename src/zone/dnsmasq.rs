//! The configuration of dnsmasq (dnsmasq(8)), by itself and inside Pi-hole.

use std::io::{self, Write};

use super::{Format, Head, Named, Written, begin};
use crate::policy::Told;

const DNSMASQ: &str = "\
In dnsmasq.conf, with the path of this file:
  conf-file=FILE
After a change dnsmasq must be started again. It gives these answers a TTL of 0 unless local-ttl says more.";

const PIHOLE: &str = "\
Put this file into /etc/dnsmasq.d/, and let Pi-hole read that folder (version 6: misc.etc_dnsmasq_d).
After a change: pihole reloaddns (version 6) or pihole restartdns.";

pub(super) fn head(format: Format, head: &Head<'_>, out: &mut impl Write) -> io::Result<()> {
    let words = if format == Format::Pihole { PIHOLE } else { DNSMASQ };
    begin(out, "#", head, words)
}

pub(super) fn name(
    named: &Named<'_>,
    written: &mut Written,
    out: &mut impl Write,
) -> io::Result<()> {
    let (itself, below) = (named.redirect.itself, named.redirect.below);
    let name = named.name();
    if itself != below {
        match (itself, below) {
            (Told::Truth, _) => {
                written.leave_out("names that are let through while those below are not");
            }
            (_, Told::Truth) => {
                // With what is below: a name that must not be reached counts for more than its
                // children, which nobody listed.
                written.leave_out("single names, which are blocked with what is below");
                return rule(named, name, itself, out);
            }
            _ => written.leave_out("names with another answer than those below them"),
        }
    }
    rule(named, name, below, out)
}

fn rule(named: &Named<'_>, name: &str, told: Told, out: &mut impl Write) -> io::Result<()> {
    match named.addresses(told) {
        // The name servers that dnsmasq asks for everything else.
        None if told == Told::Truth => writeln!(out, "server=/{name}/#"),
        // Without an address: there is no such name.
        None => writeln!(out, "local=/{name}/"),
        Some(addresses) => {
            for ip in &addresses.v4 {
                writeln!(out, "address=/{name}/{ip}")?;
            }
            for ip in &addresses.v6 {
                writeln!(out, "address=/{name}/{ip}")?;
            }
            // `address` answers for addresses only; this keeps all other types from leaking past.
            writeln!(out, "local=/{name}/")
        }
    }
}
