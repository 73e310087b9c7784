//! What a CA certificate says: read for the checks at loading, and for people.

use std::fmt::Write as _;
use std::net::IpAddr;

use aws_lc_rs::digest;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use rustls::pki_types::CertificateDer;
use serde::Serialize;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::clock::Time;
use crate::host::{Host, HostName};

/// The SHA-256 fingerprint of a certificate: `AB:CD:...`, upper case.
pub fn fingerprint_sha256(der: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, der).as_ref())
}

/// The SHA-1 fingerprint of a certificate, which Windows calls its thumbprint.
pub fn fingerprint_sha1(der: &[u8]) -> String {
    hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der).as_ref())
}

/// A CA certificate in words.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// `root` or `issuing CA`.
    pub role: &'static str,
    /// The file it stands in.
    pub path: String,
    /// The subject, `O=..., CN=...`.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// The first second of its life, RFC 3339.
    pub not_before: String,
    /// The last second of its life, RFC 3339.
    pub not_after: String,
    /// Whether it is in force now.
    pub valid_now: bool,
    /// The fingerprint to compare with a device's.
    pub sha256: String,
    /// What Windows calls the thumbprint.
    pub sha1: String,
    /// What it may sign.
    pub may_sign: String,
    /// The only domains that it can sign for, with everything below them; any, if there is none.
    pub permitted_domains: Vec<String>,
    /// Domains that it cannot sign for, with everything below them.
    pub excluded_domains: Vec<String>,
    /// Address ranges that it cannot sign for.
    pub excluded_addresses: Vec<String>,
}

const ONLY_SOME: &str = "it permits some names only, and a blocked host can be any";

/// What we need to know of a CA certificate.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) subject: String,
    pub(super) raw_subject: Vec<u8>,
    pub(super) issuer: String,
    pub(super) serial: String,
    pub(super) organisation: Option<String>,
    pub(super) common_name: String,
    pub(super) spki: Vec<u8>,
    /// The subject key identifier: what goes byte by byte into the AKI of all it signs.
    pub(super) identifier: Vec<u8>,
    pub(super) not_before: Time,
    pub(super) not_after: Time,
    pub(super) path_length: Option<u32>,
    pub(super) self_signed: bool,
    pub(super) crl_url: Option<String>,
    pub(super) excluded_domains: Vec<HostName>,
    pub(super) excluded_addresses: Vec<IpNet>,
    /// The only domains that it may sign for; all, if there is none. A probe alone has any.
    pub(super) permitted_domains: Vec<HostName>,
}

impl Facts {
    /// Reads the certificate of a CA that may sign server certificates; else says what is wrong.
    pub(super) fn read(der: &CertificateDer<'_>) -> Result<Self, String> {
        let facts = Self::read_probe(der)?;
        match facts.permitted_domains.is_empty() {
            true => Ok(facts),
            false => Err(ONLY_SOME.into()),
        }
    }

    /// The same for a CA that may sign for some domains alone.
    pub(super) fn read_probe(der: &CertificateDer<'_>) -> Result<Self, String> {
        let (rest, parsed) = X509Certificate::from_der(der)
            .map_err(|error| format!("it is not an X.509 certificate ({error})"))?;
        if !rest.is_empty() {
            return Err("there is something after the certificate".into());
        }
        let twice = |_| "it has an extension twice".to_owned();
        let basic = parsed.basic_constraints().map_err(twice)?;
        let Some(basic) = basic.filter(|basic| basic.value.ca) else {
            return Err("it is not a CA certificate (no basicConstraints CA:TRUE)".into());
        };
        let usage = parsed.key_usage().map_err(twice)?;
        if usage.is_some_and(|usage| !usage.value.key_cert_sign() || !usage.value.crl_sign()) {
            return Err("its key usage does not allow certificates and CRLs to be signed".into());
        }
        let purposes = parsed.extended_key_usage().map_err(twice)?;
        if purposes.is_some_and(|purposes| !purposes.value.server_auth && !purposes.value.any) {
            return Err("its extended key usage does not allow TLS servers".into());
        }
        let mut facts = Self {
            subject: parsed.subject().to_string(),
            raw_subject: parsed.subject().as_raw().to_vec(),
            issuer: parsed.issuer().to_string(),
            serial: parsed.raw_serial_as_string(),
            organisation: first_text(parsed.subject().iter_organization()),
            common_name: first_text(parsed.subject().iter_common_name())
                .ok_or("its subject has no common name")?,
            spki: parsed.public_key().raw.to_vec(),
            identifier: Vec::new(),
            not_before: Time::from_unix(parsed.validity().not_before.timestamp()),
            not_after: Time::from_unix(parsed.validity().not_after.timestamp()),
            path_length: basic.value.path_len_constraint,
            self_signed: parsed.verify_signature(None).is_ok(),
            crl_url: None,
            excluded_domains: Vec::new(),
            excluded_addresses: Vec::new(),
            permitted_domains: Vec::new(),
        };
        let mut has_identifier = false;
        for extension in parsed.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(identifier) => {
                    facts.identifier = identifier.0.to_vec();
                    has_identifier = true;
                }
                ParsedExtension::CRLDistributionPoints(points) => {
                    facts.crl_url = points
                        .iter()
                        .find_map(|point| first_url(point.distribution_point.as_ref()));
                }
                ParsedExtension::NameConstraints(constraints) => {
                    // An empty list permits nothing.
                    if constraints.permitted_subtrees.as_ref().is_some_and(Vec::is_empty) {
                        return Err(ONLY_SOME.into());
                    }
                    for subtree in constraints.permitted_subtrees.iter().flatten() {
                        let GeneralName::DNSName(name) = &subtree.base else {
                            return Err(ONLY_SOME.into());
                        };
                        facts.permitted_domains.push(constrained(name)?);
                    }
                    for subtree in constraints.excluded_subtrees.iter().flatten() {
                        facts.exclude(&subtree.base)?;
                    }
                }
                ParsedExtension::ParseError { .. } => {
                    return Err(format!("its extension {} is broken", extension.oid));
                }
                _ => {}
            }
        }
        if !has_identifier {
            return Err("it has no subject key identifier, which clients chain by".into());
        }
        Ok(facts)
    }

    fn exclude(&mut self, base: &GeneralName<'_>) -> Result<(), String> {
        match base {
            GeneralName::DNSName(name) => {
                self.excluded_domains.push(constrained(name)?);
            }
            GeneralName::IPAddress(octets) => {
                let range = to_net(octets).ok_or("it excludes an address range that is broken")?;
                self.excluded_addresses.push(range);
            }
            // Mail addresses, directory names and URLs never stand in a leaf of ours.
            _ => {}
        }
        Ok(())
    }

    /// Whether this CA must not sign for the host.
    pub(super) fn excludes(&self, host: &Host) -> bool {
        match host {
            Host::Name(name) => {
                let within = |domains: &[HostName]| domains.iter().any(|one| name.is_within(one));
                let permitted =
                    self.permitted_domains.is_empty() || within(&self.permitted_domains);
                !permitted || within(&self.excluded_domains)
            }
            Host::Ip(ip) => self.excluded_addresses.iter().any(|range| range.contains(ip)),
        }
    }

    /// Whether `issuer` signed the certificate `der`.
    pub(super) fn has_signed(&self, der: &CertificateDer<'_>) -> bool {
        let Ok((_, certificate)) = X509Certificate::from_der(der) else { return false };
        let Ok((_, spki)) = x509_parser::x509::SubjectPublicKeyInfo::from_der(&self.spki) else {
            return false;
        };
        certificate.issuer().as_raw() == self.raw_subject
            && certificate.verify_signature(Some(&spki)).is_ok()
    }

    /// The same in words.
    pub(super) fn summary(&self, der: &CertificateDer<'_>, path: String, now: Time) -> Summary {
        let may_sign = match (self.self_signed, self.path_length) {
            (_, Some(0)) => "certificates of hosts (for TLS servers) and its CRL",
            (true, _) => "issuing CAs, certificates of hosts and its CRL",
            (false, _) => "further CAs, certificates of hosts and its CRL",
        };
        Summary {
            role: if self.self_signed { "root" } else { "issuing CA" },
            path,
            subject: self.subject.clone(),
            issuer: self.issuer.clone(),
            serial: self.serial.clone(),
            not_before: self.not_before.rfc3339(),
            not_after: self.not_after.rfc3339(),
            valid_now: (self.not_before..=self.not_after).contains(&now),
            sha256: fingerprint_sha256(der),
            sha1: fingerprint_sha1(der),
            may_sign: may_sign.into(),
            permitted_domains: self.permitted_domains.iter().map(ToString::to_string).collect(),
            excluded_domains: self.excluded_domains.iter().map(ToString::to_string).collect(),
            excluded_addresses: self.excluded_addresses.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The domain of a name constraint.
fn constrained(name: &str) -> Result<HostName, String> {
    let name = name.strip_prefix('.').unwrap_or(name);
    HostName::from_wire(name).map_err(|_| format!("its name constraint `{name}` is not understood"))
}

fn first_text<'a>(
    mut attributes: impl Iterator<Item = &'a x509_parser::x509::AttributeTypeAndValue<'a>>,
) -> Option<String> {
    attributes.next().and_then(|attribute| attribute.as_str().ok()).map(str::to_owned)
}

fn first_url(name: Option<&DistributionPointName<'_>>) -> Option<String> {
    let Some(DistributionPointName::FullName(names)) = name else { return None };
    names.iter().find_map(|name| match name {
        GeneralName::URI(url) => Some((*url).to_owned()),
        _ => None,
    })
}

/// An address and its mask, four octets each or sixteen (RFC 5280 section 4.2.1.10).
fn to_net(octets: &[u8]) -> Option<IpNet> {
    let (address, mask) = octets.split_at(octets.len() / 2);
    match octets.len() {
        8 => Ipv4Net::with_netmask(
            <[u8; 4]>::try_from(address).ok()?.into(),
            <[u8; 4]>::try_from(mask).ok()?.into(),
        )
        .ok()
        .map(IpNet::V4),
        32 => Ipv6Net::with_netmask(
            <[u8; 16]>::try_from(address).ok()?.into(),
            <[u8; 16]>::try_from(mask).ok()?.into(),
        )
        .ok()
        .map(IpNet::V6),
        _ => None,
    }
}

/// Whether everything is excluded, for both families.
pub(super) fn excludes_all_addresses(facts: &Facts) -> bool {
    let excluded = |ip: IpAddr| {
        facts.excluded_addresses.iter().any(|range| range.prefix_len() == 0 && range.contains(&ip))
    };
    excluded(IpAddr::from([0; 4])) && excluded(IpAddr::from([0; 16]))
}

fn hex(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 3);
    for (place, octet) in octets.iter().enumerate() {
        let colon = if place == 0 { "" } else { ":" };
        let _ = write!(text, "{colon}{octet:02X}");
    }
    text
}
