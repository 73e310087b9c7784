//! What a gateway is told in its own language: every name that the policy redirects, as a file.
//!
//! Writing is a stream: names go from the policy to the file one by one, so millions of them take no
//! memory. What a format cannot say is left out or said as closely as it can be; the [`Report`] counts
//! it, and [`Check`] knows of it.

mod adblock;
mod check;
mod dnsmasq;
mod hosts;
mod rpz;
mod said;
mod serial;
mod unbound;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::host::{Host, HostName};
use crate::policy::{Policy, RuleId, Told};

pub use self::check::{Check, CheckError, CheckReport, Difference};
pub use self::said::{Limit, Said, Say};
pub use self::serial::{Compare, find as find_serial, next as next_serial};

/// How every file begins, as a comment: what has another beginning is never overwritten.
pub const MARK: &str = "Written by blockhouse zone";

/// A language that gateways read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Format {
    /// Response policy zone, for any server that reads them
    Rpz,
    /// Response policy zone, with what BIND 9 needs in named.conf
    Bind,
    /// Response policy zone, with what Knot Resolver needs in kresd.conf or config.yaml
    Knot,
    /// Response policy zone, with what the PowerDNS Recursor needs in its configuration
    Powerdns,
    /// Include file of Unbound: local zones
    Unbound,
    /// Configuration of dnsmasq 2.86 or later
    Dnsmasq,
    /// Configuration of the dnsmasq in Pi-hole
    Pihole,
    /// Hosts file
    Hosts,
    /// Hosts file for the plugin `hosts` of CoreDNS
    CorednsHosts,
    /// Filter list of AdGuard Home
    Adguard,
    /// List for the Advanced Blocking app of Technitium DNS Server
    Technitium,
}

/// Why a zone was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneError {
    /// A name is to lead to a page, and nobody knows where that is.
    #[error("{}", no_addresses(*.number))]
    NoAddresses {
        /// The number of the addresses; see [`Policy::block_addresses`].
        number: usize,
    },
    /// It could not be put where it belongs.
    #[error("the zone cannot be written")]
    Io(#[from] io::Error),
}

fn no_addresses(number: usize) -> String {
    match number {
        0 => "there is no address to send people to, since `listen.https` means every address and \
              `gateway.addresses` is empty; set `gateway.addresses` to the addresses at which \
              browsers reach this server"
            .to_owned(),
        _ => format!(
            "there is no address to send people to: entry {number} of `gateway.reasons` has no \
             addresses; add some or take the entry out"
        ),
    }
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many names the file speaks of.
    pub names: u64,
    /// Whether a rule redirects any name; the portal and the exceptions need none.
    pub redirects: bool,
    /// Names of the portal that the file cannot say.
    pub portal: Vec<String>,
    /// Of how many other names it does not say, or not exactly, what the policy says.
    pub limits: BTreeMap<Limit, u64>,
}

/// What to write.
#[derive(Debug, Clone, Copy)]
pub struct Zone<'p> {
    /// What decides.
    pub policy: &'p Policy,
    /// The name of the clients' policy; `None` is the default one.
    pub of: Option<&'p str>,
    /// How long an answer may be kept.
    pub ttl: Duration,
    /// The name of the zone, for formats that are one.
    pub origin: &'p HostName,
}

impl Zone<'_> {
    /// Writes the zone; the serial is for formats that have one. `out` should be buffered.
    ///
    /// # Errors
    /// [`ZoneError`]; `out` then holds a part of the zone.
    pub fn write(
        &self,
        format: Format,
        serial: u32,
        out: &mut impl Write,
    ) -> Result<Report, ZoneError> {
        match format {
            Format::Rpz | Format::Bind | Format::Knot | Format::Powerdns => {
                rpz::head(self, format, serial, out)?;
            }
            Format::Unbound => unbound::head(self, out)?,
            Format::Dnsmasq | Format::Pihole => dnsmasq::head(self, format, out)?,
            Format::Hosts | Format::CorednsHosts => hosts::head(self, format, out)?,
            Format::Adguard => adblock::adguard_head(self, out)?,
            Format::Technitium => adblock::technitium_head(self, out)?,
        }
        let mut report = Report::default();
        self.policy.redirects(self.of, |redirect| {
            let name = redirect.name;
            let redirected = redirect.itself != Told::Truth || redirect.below != Told::Truth;
            // Whose a name is takes a look-up, which the first name of a rule saves all others.
            report.redirects = report.redirects || (redirected && !self.is_portal(name));
            let said = Said::new(format, self.origin, &redirect);
            match said.limit {
                Some(Limit::BelowTruth) if self.is_portal(name) => {
                    report.portal.push(name.to_owned());
                }
                Some(limit) => *report.limits.entry(limit).or_default() += 1,
                None => {}
            }
            if said.is_nothing() {
                return Ok(());
            }
            report.names += 1;
            match format {
                Format::Rpz | Format::Bind | Format::Knot | Format::Powerdns => {
                    rpz::entry(self, name, said, out)
                }
                Format::Unbound => unbound::entry(self, name, said, out),
                Format::Dnsmasq | Format::Pihole => dnsmasq::entry(self, name, said, out),
                Format::Hosts | Format::CorednsHosts => hosts::entry(self, name, said, out),
                Format::Adguard => adblock::adguard(self, &redirect, said, out),
                Format::Technitium => adblock::technitium(name, said, out),
            }
        })?;
        Ok(report)
    }

    /// The policy that is written, by its name.
    pub fn policy_name(&self) -> &str {
        self.of.or_else(|| self.policy.policy_names().next()).unwrap_or_default()
    }

    /// Whether a name is the portal's, which it is for every client.
    fn is_portal(&self, name: &str) -> bool {
        let Ok(name) = HostName::from_wire(name) else { return false };
        let verdict = self.policy.decide(Ipv4Addr::UNSPECIFIED.into(), &Host::Name(name));
        verdict.rule == RuleId::Portal
    }

    /// The addresses that an answer has.
    fn addresses(&self, say: Say) -> Result<(&[Ipv4Addr], &[Ipv6Addr]), ZoneError> {
        match say {
            Say::Told(Told::Page(number)) => {
                let found = self.policy.block_addresses(number);
                if found.v4.is_empty() && found.v6.is_empty() {
                    return Err(ZoneError::NoAddresses { number });
                }
                Ok((&found.v4, &found.v6))
            }
            Say::Told(Told::Null) => Ok((&[Ipv4Addr::UNSPECIFIED], &[Ipv6Addr::UNSPECIFIED])),
            Say::Told(Told::Truth | Told::Nxdomain) | Say::Nodata | Say::Nothing => Ok((&[], &[])),
        }
    }

    /// The comment that begins a file: what it is, then the lines given. It says no time, so that an
    /// unchanged policy gives an unchanged file.
    fn comment(&self, start: &str, lines: &[&str], out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "{start} {MARK} {}. Do not edit: export it again instead.",
            env!("CARGO_PKG_VERSION")
        )?;
        writeln!(out, "{start} Policy: {}", self.policy_name())?;
        for line in lines {
            writeln!(out, "{}", format!("{start} {line}").trim_end())?;
        }
        Ok(())
    }
}
