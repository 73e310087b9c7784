//! Apple's configuration profile with the root as its only payload (Apple's device-management
//! schema, `TopLevel.yaml` and `com.apple.security.root.yaml`).
//!
//! Identifiers come from the certificate, so that the same root always gives the same profile and
//! a new export replaces the old one on a device.

use aws_lc_rs::digest;
use plist::{Dictionary, Value};
use rustls::pki_types::CertificateDer;
use uuid::Uuid;

use crate::ca::CaError;
use crate::ca::inspect::Facts;

/// The name space of all UUIDs that we derive. It must never change.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f0b_6b0e_5f1d_5c36_9a51_3d5d_1b8c_e7a2);

pub(super) fn write(
    root: &CertificateDer<'_>,
    facts: &Facts,
    slug: &str,
) -> Result<Vec<u8>, CaError> {
    let identifier = format!("blockhouse.root.{slug}");
    let name = facts.common_name.as_str();
    let organisation = facts.organisation.as_deref().unwrap_or(name);

    let mut payload = Dictionary::new();
    payload.insert("PayloadType".into(), "com.apple.security.root".into());
    payload.insert("PayloadVersion".into(), 1.into());
    payload.insert("PayloadIdentifier".into(), format!("{identifier}.certificate").into());
    payload.insert("PayloadUUID".into(), uuid(root, "certificate").into());
    payload.insert("PayloadDisplayName".into(), name.into());
    payload.insert("PayloadCertificateFileName".into(), format!("{slug}.cer").into());
    payload.insert("PayloadContent".into(), Value::Data(root.to_vec()));

    let mut profile = Dictionary::new();
    profile.insert("PayloadType".into(), "Configuration".into());
    profile.insert("PayloadVersion".into(), 1.into());
    profile.insert("PayloadIdentifier".into(), identifier.into());
    profile.insert("PayloadUUID".into(), uuid(root, "profile").into());
    profile.insert("PayloadDisplayName".into(), name.into());
    profile.insert("PayloadOrganization".into(), organisation.into());
    profile.insert(
        "PayloadDescription".into(),
        format!("Lets this device show the block and warning pages of {organisation}.").into(),
    );
    // Without it a Mac puts the certificate into the keychain of one user.
    profile.insert("PayloadScope".into(), "System".into());
    profile.insert("PayloadContent".into(), Value::Array(vec![Value::Dictionary(payload)]));

    let mut out = Vec::new();
    Value::Dictionary(profile)
        .to_writer_xml(&mut out)
        .map_err(|_| CaError::Crypto("write the profile down"))?;
    out.push(b'\n');
    Ok(out)
}

fn uuid(root: &CertificateDer<'_>, role: &str) -> String {
    let mut name = digest::digest(&digest::SHA256, root).as_ref().to_vec();
    name.push(b'/');
    name.extend_from_slice(role.as_bytes());
    Uuid::new_v5(&NAMESPACE, &name).hyphenated().to_string().to_uppercase()
}
