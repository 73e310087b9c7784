//! Whether our ports are open, and whether it is us who answers.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::RecordType;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, RootCertStore};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::web::{self, Shown, Talk};
use super::{Finding, Ground, State, quic};
use crate::ask::{self, AskError};
use crate::ca;
use crate::config::Source;
use crate::host::HostName;

const HTTPS: &str = "https-port";
const HTTP: &str = "http-port";
const QUIC: &str = "quic";
const DNS: &str = "dns-port";
const DNS_TLS: &str = "dns-tls-port";
const DNS_HTTPS: &str = "dns-https-port";
/// Who is asked for by TLS where any name will do.
const NAMED: &str = "dns.invalid";
/// What any site has, and what leads to no page.
const ICON: &str = "/favicon.ico";
/// Who is asked for when the policy redirects nothing.
const ANY: &str = "blockhouse-doctor.example";

/// An address that somebody connects to.
#[derive(Clone, Copy)]
struct Target {
    address: SocketAddr,
    /// Whether it is this machine's; others may lie behind something that leads back here.
    is_near: bool,
    /// Whether we are to listen there; else gateways send people there.
    listens: bool,
}

/// What there is to say of the ports, and an address at which the server answers plain HTTP.
pub(super) fn check(ground: &Ground<'_>) -> (Vec<Finding>, Option<SocketAddr>) {
    let listen = &ground.config.listen;
    let near = near();
    let blocks = block_addresses(ground);
    let mut findings = Vec::new();
    let https = targets(HTTPS, &listen.https, &blocks, 443, &near, &mut findings);
    let roots = roots(ground);
    let name = ground.minted_name().map_or(ANY, HostName::as_str).to_owned();
    for target in https {
        let found = tls(ground, target, &name, roots.as_ref());
        let udp = match found.is_fault() {
            true => Finding::skipped(QUIC, format!("TCP {} has to answer first", target.address)),
            false => quic::check(target.address, &name, listen.quic, ground.patience),
        };
        findings.extend([found, udp]);
    }
    let blocks = if listen.http.is_empty() { Vec::new() } else { blocks };
    let http = targets(HTTP, &listen.http, &blocks, 80, &near, &mut findings);
    if http.is_empty() {
        findings.push(Finding::skipped(HTTP, "no fixed address under `listen.http`"));
    }
    let mut answering = None;
    for target in http {
        let found = plain(ground, target, &name);
        if found.state == State::Ok {
            answering = answering.or(Some(target.address));
        }
        findings.push(found);
    }
    findings.extend(dns(ground));
    (findings, answering)
}

/// The addresses that a gateway sends people to.
pub(super) fn block_addresses(ground: &Ground<'_>) -> Vec<IpAddr> {
    let gateway = &ground.config.gateway;
    let mut found = gateway.block_addresses(&ground.config.listen);
    found.extend(gateway.reasons.iter().flat_map(|reason| &reason.addresses));
    found
}

/// The addresses of this machine.
pub(super) fn near() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.iter().map(if_addrs::Interface::ip).collect()
}

/// Where to connect for an address to listen at.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn targets(
    check: &'static str,
    listen: &[SocketAddr],
    blocks: &[IpAddr],
    port: u16,
    near: &[IpAddr],
    findings: &mut Vec<Finding>,
) -> Vec<Target> {
    let mut found: Vec<Target> = Vec::new();
    for address in listen {
        if address.port() == 0 {
            let why = format!("the system chooses the port for {address}, so nobody knows it");
            findings.push(Finding::skipped(check, why));
        } else {
            found.push(Target { address: reachable(*address), is_near: true, listens: true });
        }
    }
    for ip in blocks {
        let address = SocketAddr::new(*ip, port);
        if !found.iter().any(|target| target.address == address) {
            let is_near = ip.is_loopback() || near.contains(ip);
            found.push(Target { address, is_near, listens: false });
        }
    }
    found
}

/// Our root alone.
fn roots(ground: &Ground<'_>) -> Option<RootCertStore> {
    let certificates = ca::read_certificates(&ground.config.ca.directory).ok()?;
    let mut roots = RootCertStore::empty();
    roots.add(certificates.into_iter().next()?).ok()?;
    Some(roots)
}

fn tls(ground: &Ground<'_>, target: Target, name: &str, roots: Option<&RootCertStore>) -> Finding {
    let address = target.address;
    let foreign = |what: String| {
        let advice = "another program has this address: `ss -ltnp` shows which; stop it, or choose \
                      another address under [listen]";
        Finding::failed(HTTPS, what, advice.to_owned())
    };
    match web::handshake(address, name, roots, Talk::Web(ICON), ground.patience) {
        Shown::Unreachable(error) => unreachable(ground, HTTPS, target, &error),
        Shown::NotTls(what) => foreign(format!("{address} is open, but {what}")),
        Shown::Untrusted(
            leaf,
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => Finding::failed(
            HTTPS,
            format!("{address} shows a certificate that has ended ({})", subject(&leaf)),
            "compare this machine's clock with that of the server, and see to the CA".to_owned(),
        ),
        Shown::Untrusted(
            leaf,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => Finding::failed(
            HTTPS,
            format!("{address} shows a certificate that is not valid yet ({})", subject(&leaf)),
            "compare this machine's clock with that of the server".to_owned(),
        ),
        Shown::Untrusted(leaf, _) => foreign(format!(
            "{address} answers with a certificate that is not signed under our root: {}",
            subject(&leaf)
        )),
        Shown::Good(_) if roots.is_none() => Finding::skipped(
            HTTPS,
            format!("{address} answers; without our root nobody can tell whether it is us"),
        ),
        Shown::Good(_) => {
            Finding::ok(HTTPS, format!("{address} shows a good certificate for {name}"))
        }
    }
}

/// Whom a certificate names, and who signed it.
fn subject(leaf: &[u8]) -> String {
    match X509Certificate::from_der(leaf) {
        Ok((_, leaf)) => format!("`{}`, issued by `{}`", leaf.subject(), leaf.issuer()),
        Err(_) => "one that cannot be read".to_owned(),
    }
}

fn unreachable(
    ground: &Ground<'_>,
    check: &'static str,
    target: Target,
    error: &io::Error,
) -> Finding {
    let address = target.address;
    if !target.is_near {
        return Finding::warning(
            check,
            format!("from here, {address} cannot be reached ({error})"),
            "people are sent there; try it from a client, if this machine cannot reach it by design"
                .to_owned(),
        );
    }
    let what = match error.kind() {
        io::ErrorKind::ConnectionRefused => format!("nothing listens on {address}"),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            format!("{address} does not answer; a firewall may drop what comes")
        }
        _ => format!("{address} cannot be reached: {error}"),
    };
    let command = match &ground.config.source {
        Source::Builtin => "blockhouse".to_owned(),
        Source::File(path) => format!("blockhouse --config {}", path.display()),
    };
    let advice = match target.listens {
        true => format!("start the server: `{command}`; its log says more"),
        false => format!(
            "gateways send people to {}, and browsers come to port {}: list it under [listen], or \
             forward it to where the server listens",
            address.ip(),
            address.port()
        ),
    };
    Finding::failed(check, what, advice)
}

fn plain(ground: &Ground<'_>, target: Target, name: &str) -> Finding {
    let address = target.address;
    match web::get(address, name, ICON, ground.patience) {
        Ok(answer) if answer.is_ours() => Finding::ok(HTTP, format!("{address} answers")),
        Ok(answer) => Finding::failed(
            HTTP,
            format!("{address} is not this server: {}", answer.who()),
            "another program has this address: `ss -ltnp` shows which".to_owned(),
        ),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Finding::failed(
            HTTP,
            format!("{address} is open and does not speak HTTP"),
            "another program has this address: `ss -ltnp` shows which".to_owned(),
        ),
        Err(error) => unreachable(ground, HTTP, target, &error),
    }
}

/// The embedded gateway's own ports.
fn dns(ground: &Ground<'_>) -> Vec<Finding> {
    let dns = &ground.config.dns;
    let mut findings = Vec::new();
    let Ok(any) = HostName::from_wire(ANY) else { return findings };
    let name = ground.page_name().unwrap_or(&any);
    for address in dns.listen.iter().filter(|address| address.port() != 0) {
        let near = Target { address: reachable(*address), is_near: true, listens: true };
        for (way, asked) in [("UDP", ask::by_udp as Way), ("TCP", ask::by_tcp as Way)] {
            findings.push(dns_answer(ground, near, way, asked, name));
        }
    }
    let shown = dns
        .identity
        .as_ref()
        .and_then(|(certificate, _)| CertificateDer::pem_file_iter(certificate).ok()?.next()?.ok());
    let question = ask::question(name.as_str(), RecordType::A, None);
    let question = question.ok().and_then(|question| question.to_vec().ok()).unwrap_or_default();
    let path = format!("/dns-query?dns={}", URL_SAFE_NO_PAD.encode(&question));
    let encrypted = [(DNS_TLS, &dns.tls), (DNS_HTTPS, &dns.https)];
    for (check, address) in encrypted.iter().flat_map(|(check, list)| {
        list.iter().filter(|address| address.port() != 0).map(move |address| (*check, *address))
    }) {
        let near = Target { address: reachable(address), is_near: true, listens: true };
        let talk = if check == DNS_TLS { Talk::Dns(&question) } else { Talk::Web(&path) };
        findings.push(match web::handshake(near.address, NAMED, None, talk, ground.patience) {
            Shown::Unreachable(error) => unreachable(ground, check, near, &error),
            Shown::Good(leaf) if shown.as_ref().is_some_and(|shown| **shown == leaf[..]) => {
                Finding::ok(check, format!("{} shows `dns.certificate`", near.address))
            }
            Shown::Good(leaf) | Shown::Untrusted(leaf, _) => Finding::failed(
                check,
                format!(
                    "{} shows another certificate than `dns.certificate`: {}",
                    near.address,
                    subject(&leaf)
                ),
                "restart the server if the file is newer; `ss -ltnp` shows who listens".to_owned(),
            ),
            Shown::NotTls(what) => Finding::failed(
                check,
                format!("{} is open, but {what}", near.address),
                "`ss -ltnp` shows which program listens".to_owned(),
            ),
        });
    }
    findings
}

type Way = fn(SocketAddr, &Message, std::time::Duration) -> Result<Message, AskError>;

fn dns_answer(
    ground: &Ground<'_>,
    target: Target,
    way: &str,
    asked: Way,
    name: &HostName,
) -> Finding {
    let address = target.address;
    let answer = ask::question(name.as_str(), RecordType::A, None)
        .and_then(|question| asked(address, &question, ground.patience));
    match answer {
        Ok(answer) if answer.metadata.response_code == ResponseCode::Refused => Finding::skipped(
            DNS,
            format!(
                "{way} {address} answers, and refuses this machine: it is not in `dns.networks`"
            ),
        ),
        Ok(_) => Finding::ok(DNS, format!("{way} {address} answers")),
        Err(AskError::Io { source, .. }) => unreachable(ground, DNS, target, &source),
        Err(error) => Finding::failed(
            DNS,
            format!("{way}: {error}"),
            "see that the server runs, and that the firewall lets DNS through".to_owned(),
        ),
    }
}
