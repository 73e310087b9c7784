//! The policy in the words of the gateways that people run: zones and lists, written name by name.
//!
//! Nothing is held but the name at hand, however many there are. Every format says at its top how it is
//! used, and what it cannot say is counted.

mod check;
mod dnsmasq;
mod lists;
mod rpz;
mod unbound;

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::policy::{BlockAddresses, Policy, Redirect, Told};

pub use check::{Difference, Report, check};
pub use rpz::{next_serial, serial_of};

/// For which gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A response policy zone, for any name server that knows them.
    Rpz,
    /// The same, with what BIND 9 needs in its configuration.
    Bind,
    /// The same, as Knot Resolver reads it.
    Knot,
    /// The same, as PowerDNS Recursor reads it.
    Powerdns,
    /// Local zones of Unbound.
    Unbound,
    /// The configuration of dnsmasq.
    Dnsmasq,
    /// The same, where Pi-hole's dnsmasq reads it.
    Pihole,
    /// A hosts file.
    Hosts,
    /// The same, for CoreDNS's `hosts` plugin.
    CorednsHosts,
    /// Rules of AdGuard Home.
    Adguard,
    /// A list for the Advanced Blocking app of Technitium DNS Server.
    Technitium,
}

impl Format {
    /// All of them, with their words on the command line.
    pub const WORDS: &[(&str, Self)] = &[
        ("rpz", Self::Rpz),
        ("bind", Self::Bind),
        ("knot", Self::Knot),
        ("powerdns", Self::Powerdns),
        ("unbound", Self::Unbound),
        ("dnsmasq", Self::Dnsmasq),
        ("pihole", Self::Pihole),
        ("hosts", Self::Hosts),
        ("coredns-hosts", Self::CorednsHosts),
        ("adguard", Self::Adguard),
        ("technitium", Self::Technitium),
    ];

    /// Whether it is a zone, with a serial number.
    pub fn is_zone(self) -> bool {
        matches!(self, Self::Rpz | Self::Bind | Self::Knot | Self::Powerdns)
    }
}

/// What a zone says besides its names.
#[derive(Debug, Clone)]
pub struct Head<'h> {
    /// The name of a response policy zone, without a dot at the end.
    pub zone: &'h str,
    /// How long an answer may be kept, in seconds.
    pub ttl: u64,
    /// The serial number of a zone.
    pub serial: u32,
    /// The policy whose clients ask the gateway.
    pub policy: &'h str,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// How many names.
    pub names: u64,
    /// What the format cannot say, counted by kind.
    pub left_out: BTreeMap<&'static str, u64>,
}

impl Written {
    fn leave_out(&mut self, what: &'static str) {
        *self.left_out.entry(what).or_default() += 1;
    }
}

/// Writes what a gateway must be told whose clients are under this policy.
///
/// # Errors
/// What writing fails for.
pub fn write(
    format: Format,
    policy: &Policy,
    head: &Head<'_>,
    out: &mut impl Write,
) -> io::Result<Written> {
    let mut written = Written::default();
    match format {
        Format::Rpz | Format::Bind | Format::Knot | Format::Powerdns => {
            rpz::head(format, head, out)?;
        }
        Format::Unbound => unbound::head(head, out)?,
        Format::Dnsmasq | Format::Pihole => dnsmasq::head(format, head, out)?,
        Format::Hosts | Format::CorednsHosts => lists::hosts_head(format, head, out)?,
        Format::Adguard | Format::Technitium => lists::rules_head(format, policy, head, out)?,
    }
    policy.redirects(Some(head.policy), |redirect| {
        written.names += 1;
        let name = Named { policy, redirect };
        match format {
            Format::Rpz | Format::Bind | Format::Knot | Format::Powerdns => {
                rpz::name(&name, head, &mut written, out)
            }
            Format::Unbound => unbound::name(&name, head, &mut written, out),
            Format::Dnsmasq | Format::Pihole => dnsmasq::name(&name, &mut written, out),
            Format::Hosts | Format::CorednsHosts => lists::hosts_name(&name, &mut written, out),
            Format::Adguard => lists::adguard_name(&name, out),
            Format::Technitium => lists::technitium_name(&name, &mut written, out),
        }
    })?;
    out.flush()?;
    Ok(written)
}

/// A name at hand.
struct Named<'n> {
    policy: &'n Policy,
    redirect: Redirect<'n>,
}

impl Named<'_> {
    fn name(&self) -> &str {
        self.redirect.name
    }

    /// The addresses that stand for a page, or for nothing; none for the other answers.
    fn addresses(&self, told: Told) -> Option<std::borrow::Cow<'_, BlockAddresses>> {
        use std::borrow::Cow;
        match told {
            Told::Page(number) => Some(Cow::Borrowed(self.policy.block_addresses(number))),
            Told::Null => Some(Cow::Owned(BlockAddresses::null())),
            Told::Truth | Told::Nxdomain => None,
        }
    }
}

/// The lines with which every file begins.
fn begin(out: &mut impl Write, comment: &str, head: &Head<'_>, words: &str) -> io::Result<()> {
    writeln!(
        out,
        "{comment} Made by Blockhouse for the policy `{}`; changes are lost.",
        head.policy
    )?;
    for line in words.lines() {
        writeln!(out, "{comment} {line}")?;
    }
    Ok(())
}
