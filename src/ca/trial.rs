//! A leaf on trial: what is to be taken into use must pass a verifier first.

use std::sync::Arc;
use std::time::Duration;

use rcgen::PublicKeyData as _;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::CaError;
use super::inspect::Facts;
use super::key::{CaKey, KeyKind, LeafKey};
use super::profile::{self, Validity};
use crate::clock::Time;
use crate::host::Host;
use crate::random;

/// A name that nobody has, and nobody excludes.
const HOST: &str = "trial.blockhouse.invalid";
const LIFETIME: Duration = Duration::from_secs(3600);

/// Signs a leaf by `signer` and verifies it as a TLS client does that has the root `anchor` and is
/// sent `chain`.
pub(super) fn verify(
    signer: &rcgen::Issuer<'static, CaKey>,
    facts: &Facts,
    chain: &[CertificateDer<'static>],
    anchor: &CertificateDer<'static>,
    now: Time,
) -> Result<(), CaError> {
    let failed = |why: String| CaError::Trial { common_name: facts.common_name.clone(), why };
    let host: Host = HOST.parse().map_err(|_| failed("its host is no host".into()))?;
    let key = LeafKey::generate(KeyKind::P256)?;
    let validity = Validity {
        not_before: facts.not_before.max(now.minus(LIFETIME)),
        not_after: now.plus(LIFETIME).min(facts.not_after),
    };
    let serial = profile::serial(random::octets()?);
    let sign = |source| CaError::Sign { what: "a leaf on trial", source };
    let leaf: CertificateDer<'static> =
        profile::leaf(&host, key.identifier(), serial, validity, None, false)
            .map_err(sign)?
            .signed_by(key.public(), signer)
            .map_err(sign)?
            .into();
    let issuer = X509Certificate::from_der(&leaf)
        .map(|(_, parsed)| parsed.issuer().as_raw().to_vec())
        .map_err(|error| failed(error.to_string()))?;
    // Clients compare names byte by byte (RFC 5280 section 7.1 allows it, and they do).
    if issuer != facts.raw_subject {
        return Err(failed(format!(
            "its subject `{}` cannot be written into leaves as it stands, since an attribute is in it \
             twice (DC, say) or its text has a rare form; have a certificate made for a subject of \
             O and CN alone, as `blockhouse-ca csr` asks for",
            facts.subject
        )));
    }
    debug_assert!(key.public().der_bytes() != signer.key().der_bytes());
    let mut roots = RootCertStore::empty();
    roots.add(anchor.clone()).map_err(|error| failed(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let name = ServerName::try_from(HOST).map_err(|error| failed(error.to_string()))?;
    let at = UnixTime::since_unix_epoch(Duration::from_secs(
        u64::try_from(now.unix()).unwrap_or_default(),
    ));
    verifier
        .verify_server_cert(&leaf, chain, &name, &[], at)
        .map_err(|error| failed(error.to_string()))?;
    Ok(())
}
