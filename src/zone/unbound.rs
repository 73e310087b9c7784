//! Local zones of Unbound (unbound.conf(5)).

use std::io::{self, Write};

use super::{Head, Named, Written, begin};
use crate::policy::{BlockAddresses, Told};

const WORDS: &str = "\
In unbound.conf, with the path of this file:
  include: \"FILE\"
After a change: unbound-control reload_keep_cache
With more than some hundred thousand names the format rpz takes less memory.";

pub(super) fn head(head: &Head<'_>, out: &mut impl Write) -> io::Result<()> {
    begin(out, "#", head, WORDS)?;
    writeln!(out, "server:")
}

pub(super) fn name(
    named: &Named<'_>,
    head: &Head<'_>,
    written: &mut Written,
    out: &mut impl Write,
) -> io::Result<()> {
    let (itself, below) = (named.redirect.itself, named.redirect.below);
    let name = named.name();
    match (itself, below) {
        // What is below is not named by itself: this is as it would be.
        (Told::Truth, Told::Truth) => {
            return writeln!(out, "local-zone: \"{name}.\" always_transparent");
        }
        // Only the name itself: a zone that lets everything through for which it has no data.
        (Told::Page(_) | Told::Null, Told::Truth) => {
            writeln!(out, "local-zone: \"{name}.\" transparent")?;
            if let Some(addresses) = named.addresses(itself) {
                data(name, &addresses, head, out)?;
            }
            return Ok(());
        }
        (Told::Nxdomain, Told::Truth) => {
            written.leave_out("single names that are not to exist");
            return writeln!(out, "local-zone: \"{name}.\" always_transparent");
        }
        (Told::Truth, _) => {
            written.leave_out("names that are let through while those below are not");
        }
        (itself, below) if itself != below => {
            written.leave_out("names with another answer than those below them");
        }
        _ => {}
    }
    match named.addresses(below) {
        None => writeln!(out, "local-zone: \"{name}.\" always_nxdomain"),
        Some(addresses) => {
            writeln!(out, "local-zone: \"{name}.\" redirect")?;
            data(name, &addresses, head, out)
        }
    }
}

fn data(
    name: &str,
    addresses: &BlockAddresses,
    head: &Head<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    let ttl = head.ttl;
    for ip in &addresses.v4 {
        writeln!(out, "local-data: \"{name}. {ttl} IN A {ip}\"")?;
    }
    for ip in &addresses.v6 {
        writeln!(out, "local-data: \"{name}. {ttl} IN AAAA {ip}\"")?;
    }
    Ok(())
}
