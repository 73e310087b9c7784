//! Whether the block addresses suit browsers, both families, and the places that clients are at.

use std::net::{IpAddr, SocketAddr};

use super::{Finding, Ground, ports, probe};
use crate::host::{Host, HostName};
use crate::policy::is_local_for_browsers;

const LOCAL: &str = "local-network-access";
const PARITY: &str = "ip-families";
const KNOWN: &str = "block-addresses";
const LOCATION: &str = "location";

pub(super) fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let blocks = ports::block_addresses(ground);
    let mut findings = vec![known(&blocks)];
    if !blocks.is_empty() {
        findings.push(local(&blocks));
    }
    findings.push(families(&ground.config.listen.https, &blocks));
    findings.push(location(ground));
    findings
}

fn listed<'a>(ips: impl IntoIterator<Item = &'a IpAddr>) -> String {
    ips.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn known(blocks: &[IpAddr]) -> Finding {
    if blocks.is_empty() {
        return Finding::warning(
            KNOWN,
            "nobody knows where gateways are to send people: the server listens at every address, and \
             `gateway.addresses` is not set",
            "set `gateway.addresses` to the addresses at which browsers reach this server"
                .to_owned(),
        );
    }
    Finding::ok(KNOWN, format!("gateways send people to {}", listed(blocks)))
}

/// Whether browsers ask people before pages may load parts from there.
fn local(blocks: &[IpAddr]) -> Finding {
    let inner: Vec<&IpAddr> = blocks.iter().filter(|ip| is_local_for_browsers(**ip)).collect();
    if inner.is_empty() {
        return Finding::ok(LOCAL, "browsers count no block address as local");
    }
    let overrides: Vec<String> =
        inner.iter().map(|ip| format!("\"{}=public\"", SocketAddr::new(**ip, 443))).collect();
    Finding::warning(
        LOCAL,
        format!(
            "browsers count {} as local: where an innocent page loads a blocked part, they ask people \
             for access to the local network, and the page hangs until they answer",
            listed(inner)
        ),
        format!(
            "let gateways answer NXDOMAIN for what pages load (`gateway_answer`); use a block address \
             that counts as public (one of yours, or of 192.0.2.0/24); or set in managed Chromium and \
             Edge the policy LocalNetworkAccessIpAddressSpaceOverrides to [{}] (also \
             LocalNetworkAccessAllowedForUrls, LocalNetworkAllowedForUrls with \
             LoopbackNetworkAllowedForUrls, LocalNetworkAccessRestrictionsTemporaryOptOut), in \
             Firefox the preference network.lna.enabled to false",
            overrides.join(", ")
        ),
    )
}

fn families(listen: &[SocketAddr], blocks: &[IpAddr]) -> Finding {
    let both = |v4: bool, v6: bool| v4 && v6;
    let listens = (listen.iter().any(SocketAddr::is_ipv4), listen.iter().any(SocketAddr::is_ipv6));
    let blocked = (blocks.iter().any(IpAddr::is_ipv4), blocks.iter().any(IpAddr::is_ipv6));
    let name = |(v4, _): (bool, bool)| if v4 { "IPv4" } else { "IPv6" };
    if !both(listens.0, listens.1) {
        return Finding::warning(
            PARITY,
            format!("`listen.https` has addresses for {} only", name(listens)),
            "listen for both families, unless every client has that one".to_owned(),
        );
    }
    if !blocks.is_empty() && !both(blocked.0, blocked.1) {
        return Finding::warning(
            PARITY,
            format!("there are block addresses for {} only", name(blocked)),
            "list one of the other family in `gateway.addresses`: clients that have only that one see \
             no page"
                .to_owned(),
        );
    }
    Finding::ok(PARITY, "IPv4 and IPv6 are served alike")
}

/// Which policy clients are under.
fn location(ground: &Ground<'_>) -> Finding {
    let Some(policy) = ground.policy else {
        return Finding::skipped(LOCATION, "there is no policy");
    };
    let Some(from) = ground.options.from else {
        let why = "say by `--from IP` what clients look like, to see where they are";
        return Finding::skipped(LOCATION, why);
    };
    let name = HostName::from_wire("blockhouse-doctor.invalid").map(Host::Name);
    let at = name.ok().and_then(|host| policy.decide(from, &host).location);
    let of = probe::policy_of(policy, from);
    match at {
        Some(at) => Finding::ok(LOCATION, format!("{from} is at `{at}`, under the policy `{of}`")),
        None => Finding::warning(
            LOCATION,
            format!("{from} is at no location, so the default policy `{of}` applies"),
            "add its network to one of the [[locations]]; behind NAT it is the outer address that \
             counts"
                .to_owned(),
        ),
    }
}
