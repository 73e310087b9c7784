//! Whether the revocation lists can be had where leaves announce them, and are current.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};

use hickory_proto::rr::RecordType;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::{CertificateRevocationList, FromDer as _, X509Certificate};

use super::authority::Life;
use super::{Finding, Ground, web};
use crate::ask;
use crate::ca;
use crate::clock::Time;
use crate::host::HostName;

const CHECK: &str = "revocation-list";

pub(super) fn check(ground: &Ground<'_>, reached: bool) -> Vec<Finding> {
    let Some(host) = &ground.config.ca.crl_host else {
        let why = "none is announced; command-line clients on Windows ask for one (`ca.crl_host`)";
        return vec![Finding::skipped(CHECK, why)];
    };
    if !reached {
        return vec![Finding::skipped(CHECK, "what is wrong with `http-port` comes first")];
    }
    let Ok(certificates) = ca::read_certificates(&ground.config.ca.directory) else {
        return vec![Finding::skipped(CHECK, "there is no CA")];
    };
    if certificates.iter().filter_map(|der| Life::of(der)).any(|life| !life.holds(ground.now)) {
        return vec![Finding::skipped(CHECK, "a CA is not in force")];
    }
    let Some(ips) = resolve(ground, host) else {
        return vec![Finding::skipped(CHECK, "the gateway has to answer first")];
    };
    if ips.is_empty() {
        let what = format!("`ca.crl_host` {host} does not resolve, so no client gets the lists");
        let advice = "enter the name in the DNS that clients use, with the address of this server";
        return vec![Finding::failed(CHECK, what, advice.to_owned())];
    }
    let mut lists = vec![("/crl/issuing.crl", certificates.get(1).or(certificates.first()))];
    let announced = certificates.get(1).and_then(|issuing| announced(issuing));
    if let Some(path) = &announced {
        lists.push((path, certificates.first()));
    }
    let of = |(path, issuer): &(&str, Option<&_>)| {
        let issuer: Option<&rustls::pki_types::CertificateDer<'static>> = *issuer;
        list(ground, host, &ips, path, issuer.map(|der| &der[..]))
    };
    lists.iter().map(of).collect()
}

/// Where a certificate says that the list is which it may stand on: the path of the address.
fn announced(der: &[u8]) -> Option<String> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let points = parsed.extensions().iter().find_map(|one| match one.parsed_extension() {
        ParsedExtension::CRLDistributionPoints(points) => Some(points),
        _ => None,
    })?;
    let url = points.iter().find_map(|point| match &point.distribution_point {
        Some(DistributionPointName::FullName(names)) => names.iter().find_map(|name| match name {
            GeneralName::URI(url) => Some(*url),
            _ => None,
        }),
        _ => None,
    })?;
    let url: http::Uri = url.parse().ok()?;
    Some(url.path().to_owned())
}

/// The addresses of a host, by the gateway that clients ask, else by this machine; none when the
/// gateway does not answer.
fn resolve(ground: &Ground<'_>, host: &HostName) -> Option<Vec<IpAddr>> {
    let Some(gateway) = ground.gateway else {
        let found = (host.as_str(), 80).to_socket_addrs();
        return Some(found.map(|found| found.map(|at| at.ip()).collect()).unwrap_or_default());
    };
    let mut found = Vec::new();
    for kind in [RecordType::A, RecordType::AAAA] {
        let answer = ask::ask(gateway, host.as_str(), kind, ground.patience).ok()?;
        found.extend(super::gateway::addresses(&answer));
    }
    Some(found)
}

fn list(
    ground: &Ground<'_>,
    host: &HostName,
    ips: &[IpAddr],
    path: &str,
    issuer: Option<&[u8]>,
) -> Finding {
    let url = format!("http://{host}{path}");
    let advice = "let the name lead to an address of `listen.http`";
    let fail = |what: String| Finding::failed(CHECK, what, advice.to_owned());
    let mut unreachable = Vec::new();
    let mut got = None;
    for ip in ips {
        match web::get(SocketAddr::new(*ip, 80), host.as_str(), path, ground.patience) {
            Ok(answer) if got.is_none() => got = Some(answer),
            Ok(_) => {}
            Err(error) => unreachable.push(format!("{ip} ({error})")),
        }
    }
    let unreachable = unreachable.join(", ");
    let Some(answer) = got else { return fail(format!("{url} cannot be had from {unreachable}")) };
    if answer.status != 200 {
        return fail(format!("{url} cannot be had: {}", answer.who()));
    }
    let Ok((_, list)) = CertificateRevocationList::from_der(&answer.body) else {
        return fail(format!("{url} gives what is no revocation list"));
    };
    let signed =
        issuer.and_then(|der| X509Certificate::from_der(der).ok()).is_some_and(|(_, ca)| {
            list.issuer().as_raw() == ca.subject().as_raw()
                && list.verify_signature(ca.public_key()).is_ok()
        });
    if !signed {
        return fail(format!("{url} gives a list that our CA did not sign"));
    }
    let next = list.next_update().map(|at| Time::from_unix(at.timestamp()));
    match next {
        Some(next) if next < ground.now => {
            let again = if path.contains("root") { "`blockhouse-ca crl`" } else { "a restart" };
            let what = format!("the list at {url} ended on {}", next.rfc3339());
            Finding::failed(CHECK, what, format!("{again} signs it anew"))
        }
        Some(_) if !unreachable.is_empty() => {
            let what = format!("{url} cannot be had from {unreachable}, another address of {host}");
            Finding::warning(CHECK, what, advice.to_owned())
        }
        Some(next) => Finding::ok(CHECK, format!("{url} is good until {}", next.rfc3339())),
        None => fail(format!("the list at {url} does not say when the next one comes")),
    }
}
