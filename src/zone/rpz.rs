//! Response policy zones (draft-vixie-dnsop-dns-rpz): one text for all servers, which differ in how
//! they are told of it.

use std::io::{self, Write};

use super::{Format, Said, Say, Zone, ZoneError};
use crate::policy::Told;

pub(super) fn head(
    zone: &Zone<'_>,
    format: Format,
    serial: u32,
    out: &mut impl Write,
) -> io::Result<()> {
    let Zone { origin, ttl, .. } = zone;
    let ttl = ttl.as_secs();
    zone.comment(";", &["A response policy zone."], out)?;
    for line in server(format) {
        writeln!(out, "{}", format!("; {}", line.replace("ZONE", origin.as_str())).trim_end())?;
    }
    // The serial stands where `find_serial` looks for it.
    writeln!(out, "$ORIGIN {origin}.\n$TTL {ttl}")?;
    writeln!(out, "@ SOA localhost. nobody.invalid. {serial:010} 3600 600 2419200 {ttl}")?;
    writeln!(out, "@ NS localhost.")
}

/// What the server's own configuration needs; `ZONE` is the zone's name.
fn server(format: Format) -> &'static [&'static str] {
    match format {
        Format::Bind => &[
            "Put into named.conf, with the path of this file; `rndc reload ZONE` after an export.",
            "",
            "    options {",
            "        response-policy { zone \"ZONE\"; } qname-wait-recurse no break-dnssec yes;",
            "    };",
            "    zone \"ZONE\" {",
            "        type primary; file \"/etc/bind/ZONE\"; allow-query { none; };",
            "        check-names ignore;  # names with `_` keep the zone from being loaded otherwise",
            "    };",
        ],
        Format::Knot => &[
            "Knot Resolver 5 (kresd.conf), with the path of this file. Where lua-cqueues is",
            "installed the file is read again when it changes; else restart kresd after an export.",
            "",
            "    local blockhouse = policy.rpz(policy.DENY, '/etc/knot-resolver/ZONE')",
            "    policy.add(function (request, query)",
            "        local action = blockhouse(request, query)",
            "        -- An exception goes on to the rules that follow, such as those that forward.",
            "        if action ~= policy.PASS then return action end",
            "    end)",
            "",
            "Knot Resolver 6, in config.yaml; `systemctl restart knot-resolver` after an export.",
            "",
            "    local-data: {rpz: [{file: /etc/knot-resolver/ZONE}]}",
        ],
        Format::Powerdns => &[
            "Put into the file that `lua-config-file` of recursor.conf names, with the path of this",
            "file; `rec_control reload-lua-config` after an export.",
            "",
            "    rpzFile(\"/etc/powerdns/ZONE\", {policyName=\"ZONE\"})",
            "",
            "From Recursor 5.1 in recursor.yml instead; the same command reads it again.",
            "",
            "    recursor: {rpzs: [{name: /etc/powerdns/ZONE}]}",
        ],
        _ => &[
            "Unbound 1.10 and later take it as well, with the path of this file;",
            "`unbound-control auth_zone_reload ZONE` after an export.",
            "",
            "    server:",
            "        module-config: \"respip validator iterator\"",
            "    rpz:",
            "        name: ZONE",
            "        zonefile: /etc/unbound/ZONE",
        ],
    }
}

pub(super) fn entry(
    zone: &Zone<'_>,
    name: &str,
    said: Said,
    out: &mut impl Write,
) -> Result<(), ZoneError> {
    answer(zone, ("", name), said.itself, out)?;
    answer(zone, ("*.", name), said.below, out)
}

fn answer(
    zone: &Zone<'_>,
    (star, name): (&str, &str),
    say: Say,
    out: &mut impl Write,
) -> Result<(), ZoneError> {
    match say {
        Say::Nothing => {}
        Say::Nodata => writeln!(out, "{star}{name} CNAME *.")?,
        Say::Told(Told::Truth) => writeln!(out, "{star}{name} CNAME rpz-passthru.")?,
        Say::Told(Told::Nxdomain) => writeln!(out, "{star}{name} CNAME .")?,
        Say::Told(Told::Page(_) | Told::Null) => {
            let (v4, v6) = zone.addresses(say)?;
            for ip in v4 {
                writeln!(out, "{star}{name} A {ip}")?;
            }
            for ip in v6 {
                writeln!(out, "{star}{name} AAAA {ip}")?;
            }
        }
    }
    Ok(())
}
