//! What stands in the certificates and revocation lists that we sign. Pure: times and random
//! octets are arguments.
//!
//! The profile follows RFC 5280; where it leaves a choice, the comment says which client decides.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CidrSubnet,
    CrlDistributionPoint, DistinguishedName, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyIdMethod, KeyUsagePurpose, NameConstraints, SanType, SerialNumber,
};

use crate::clock::Time;
use crate::host::{Host, HostName};

/// How far CA certificates and revocation lists are set back, for clients whose clock is behind.
pub(super) const BACKDATE: Duration = Duration::from_secs(2 * 24 * 3600);

/// The longest common name (RFC 5280 appendix A.1, `ub-common-name`).
pub(super) const MAX_COMMON_NAME: usize = 64;

/// From when to when, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) not_before: Time,
    pub(super) not_after: Time,
}

/// Who a CA is.
#[derive(Debug, Clone)]
pub(super) struct CaSubject {
    pub(super) organisation: Option<String>,
    pub(super) common_name: String,
}

/// What a CA must not sign for.
#[derive(Debug, Clone, Default)]
pub(super) struct Exclusions {
    pub(super) domains: Vec<HostName>,
    pub(super) addresses: bool,
    /// All names but this one and what is below it.
    pub(super) outside_of: Option<HostName>,
}

/// The root. It has no path length: with one it could not cross-sign its successor.
pub(super) fn root(
    subject: &CaSubject,
    identifier: &[u8],
    serial: [u8; 16],
    validity: Validity,
    excluded: &Exclusions,
) -> CertificateParams {
    let mut params = blank(serial, validity, identifier);
    params.distinguished_name = subject.to_name();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = excluded.to_constraints();
    params
}

/// A root as the root before it signs it: one issuing CA below it, and nothing more.
pub(super) fn cross(
    subject: &CaSubject,
    identifier: &[u8],
    serial: [u8; 16],
    validity: Validity,
    crl_url: Option<&str>,
) -> CertificateParams {
    let mut params = root(subject, identifier, serial, validity, &Exclusions::default());
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    params.use_authority_key_identifier_extension = true;
    params.crl_distribution_points = distribution(crl_url);
    params
}

/// What a request for an issuing CA asks for; who signs decides.
pub(super) fn request(subject: &CaSubject) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject.to_name();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// The issuing CA. The exclusions stand here, since Java ignores those of a trust anchor.
pub(super) fn issuing(
    subject: &CaSubject,
    identifier: &[u8],
    serial: [u8; 16],
    validity: Validity,
    excluded: &Exclusions,
    crl_url: Option<&str>,
) -> CertificateParams {
    let mut params = root(subject, identifier, serial, validity, excluded);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.crl_distribution_points = distribution(crl_url);
    params
}

/// The leaf of one host.
pub(super) fn leaf(
    host: &Host,
    identifier: &[u8],
    serial: [u8; 16],
    validity: Validity,
    crl_url: Option<&str>,
    rsa: bool,
) -> Result<CertificateParams, rcgen::Error> {
    let mut params = blank(serial, validity, identifier);
    match host {
        Host::Name(name) => {
            // A longer name breaks `ub-common-name`; rcgen makes the SAN critical when the subject
            // is empty, as RFC 5280 section 4.1.2.6 demands.
            if name.as_str().len() <= MAX_COMMON_NAME {
                params.distinguished_name.push(DnType::CommonName, name.as_str());
            }
            params.subject_alt_names = vec![SanType::DnsName(Ia5String::try_from(name.as_str())?)];
        }
        // No common name: OpenSSL and GnuTLS would match an address there against the DNS
        // constraints of the issuer.
        Host::Ip(ip) => params.subject_alt_names = vec![SanType::IpAddress(*ip)],
    }
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if rsa {
        // NSS refuses an RSA server certificate without it.
        params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
    }
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.crl_distribution_points = distribution(crl_url);
    Ok(params)
}

/// A revocation list on which nothing stands (RFC 5280 section 5; version 2).
pub(super) fn empty_crl(
    identifier: &[u8],
    number: u64,
    validity: Validity,
) -> CertificateRevocationListParams {
    CertificateRevocationListParams {
        this_update: validity.not_before.to_offset(),
        next_update: validity.not_after.to_offset(),
        crl_number: SerialNumber::from_slice(&number.to_be_bytes()),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::PreSpecified(identifier.to_vec()),
    }
}

/// A positive serial of 16 octets with 126 random bits: the top bit is 0, so that it is positive,
/// and the next 1, so that its length never varies (RFC 5280 section 4.1.2.2 allows 20 octets).
pub(super) fn serial(mut random: [u8; 16]) -> [u8; 16] {
    random[0] = random[0] & 0x3f | 0x40;
    random
}

impl CaSubject {
    fn to_name(&self) -> DistinguishedName {
        let mut name = DistinguishedName::new();
        if let Some(organisation) = &self.organisation {
            name.push(DnType::OrganizationName, organisation.as_str());
        }
        name.push(DnType::CommonName, self.common_name.as_str());
        name
    }
}

impl Exclusions {
    fn to_constraints(&self) -> Option<NameConstraints> {
        let domains = self.domains.iter().map(|name| GeneralSubtree::DnsName(name.to_string()));
        let everywhere = [
            CidrSubnet::from_addr_prefix(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
            CidrSubnet::from_addr_prefix(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
        ];
        let addresses = everywhere.into_iter().filter(|_| self.addresses);
        let excluded_subtrees: Vec<_> =
            domains.chain(addresses.map(GeneralSubtree::IpAddress)).collect();
        let permitted =
            self.outside_of.iter().map(|name| GeneralSubtree::DnsName(name.to_string()));
        let permitted_subtrees: Vec<_> = permitted.collect();
        (!excluded_subtrees.is_empty() || !permitted_subtrees.is_empty())
            .then_some(NameConstraints { permitted_subtrees, excluded_subtrees })
    }
}

fn blank(serial: [u8; 16], validity: Validity, identifier: &[u8]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.not_before = validity.not_before.to_offset();
    params.not_after = validity.not_after.to_offset();
    params.key_identifier_method = KeyIdMethod::PreSpecified(identifier.to_vec());
    params
}

fn distribution(url: Option<&str>) -> Vec<CrlDistributionPoint> {
    url.map(|url| CrlDistributionPoint { uris: vec![url.to_owned()] }).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_is_positive_and_of_constant_length() {
        for octet in 0..=255 {
            let first = serial([octet; 16])[0];
            assert!((0x40..0x80).contains(&first), "{octet:#x} became {first:#x}");
        }
    }

    #[test]
    fn only_a_name_that_fits_becomes_the_common_name() {
        let now = Time::from_unix(1_800_000_000);
        let validity = Validity { not_before: now, not_after: now };
        let label = "a".repeat(61);
        for (host, expected) in [
            ("example.com", true),
            (format!("{label}.de").as_str(), true),
            (format!("{label}.com").as_str(), false),
            ("192.0.2.1", false),
        ] {
            let host: Host = host.parse().unwrap();
            let made = leaf(&host, &[1], [0x40; 16], validity, None, false).unwrap();
            let named = made.distinguished_name.get(&DnType::CommonName).is_some();
            assert_eq!(named, expected, "{host}");
        }
    }
}
