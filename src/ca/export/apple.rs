//! Apple's configuration profiles with the roots (Apple's device-management schema, `TopLevel.yaml` and
//! `com.apple.security.root.yaml`), and what a Mac needs besides.
//!
//! Identifiers come from the organisation and the certificates, so that the same roots always give the
//! same profile and a new export replaces the old one on a device.

use plist::{Dictionary, Value};

use super::kit::{Export, Kit, Root, fill};
use super::unix::quoted;
use crate::ca::CaError;

/// The media type that makes Safari offer the installation.
pub(super) const PROFILE: &str = "application/x-apple-aspen-config";

/// For which devices a profile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    Any,
    Ios,
    Macos,
    /// By a manager of devices: people cannot take it away.
    Locked,
}

pub(super) fn files(kit: &Kit) -> Result<Vec<Export>, CaError> {
    let profile = |format, audience, path: &str, variant| {
        Ok::<_, CaError>(Export::new(format, audience, path, roots(kit, variant)?, PROFILE))
    };
    // As here-documents, which a function of the script takes.
    let certificate = |root: &Root| {
        let (print, name) = (root.thumbprint(), quoted(root.name()));
        format!("certificate {print} {name} <<'END'\n{}END\n", root.pem)
    };
    let certificates: String = kit.roots.iter().map(certificate).collect();
    let values = [("ORGANISATION", kit.organisation()), ("CERTIFICATES", certificates.trim_end())];
    Ok(vec![
        profile(
            "mobileconfig",
            "macOS, iOS and iPadOS, by hand or by MDM",
            "apple/root.mobileconfig",
            Variant::Any,
        )?,
        profile(
            "mobileconfig-ios",
            "iOS and iPadOS alone",
            "apple/root-ios.mobileconfig",
            Variant::Ios,
        )?,
        profile(
            "mobileconfig-macos",
            "macOS alone",
            "apple/root-macos.mobileconfig",
            Variant::Macos,
        )?,
        profile(
            "mobileconfig-locked",
            "supervised devices by MDM: people cannot remove it",
            "apple/root-locked.mobileconfig",
            Variant::Locked,
        )?,
        Export::script(
            "jamf",
            "Jamf: an extension attribute that says whether a Mac trusts the root",
            "apple/jamf-extension-attribute.sh",
            fill(include_str!("texts/jamf.sh"), &values),
        ),
        Export::script(
            "macos-remove",
            "macOS: removal of a root that was installed without a profile",
            "apple/macos-remove.sh",
            fill(include_str!("texts/macos-remove.sh"), &values),
        ),
    ])
}

fn roots(kit: &Kit, variant: Variant) -> Result<Vec<u8>, CaError> {
    let identifier = identifier(kit);
    let organisation = kit.organisation();
    let mut payloads = Vec::new();
    for root in &kit.roots {
        let mut payload = Dictionary::new();
        payload.insert("PayloadType".into(), "com.apple.security.root".into());
        payload.insert("PayloadVersion".into(), 1.into());
        let own = format!("{identifier}.{}", root.slug);
        payload.insert("PayloadIdentifier".into(), own.into());
        payload.insert("PayloadUUID".into(), root.uuid("certificate").into());
        payload.insert("PayloadDisplayName".into(), root.name().into());
        payload.insert("PayloadCertificateFileName".into(), format!("{}.cer", root.slug).into());
        payload.insert("PayloadContent".into(), Value::Data(root.der.to_vec()));
        payloads.push(Value::Dictionary(payload));
    }
    let (role, target) = match variant {
        Variant::Any => ("profile", 0),
        Variant::Ios => ("profile-ios", 1),
        Variant::Macos => ("profile-macos", 5),
        Variant::Locked => ("profile-locked", 0),
    };
    let mut profile = head(kit, identifier, role);
    let about = format!("Lets this device show the block and warning pages of {organisation}.");
    profile.insert("PayloadDescription".into(), about.into());
    if variant != Variant::Ios {
        // Without it a Mac puts the certificate into the keychain of one user.
        profile.insert("PayloadScope".into(), "System".into());
    }
    if target != 0 {
        profile.insert("TargetDeviceType".into(), target.into());
    }
    if variant == Variant::Locked {
        profile.insert("PayloadRemovalDisallowed".into(), true.into());
    }
    profile.insert("PayloadContent".into(), Value::Array(payloads));
    written(profile)
}

/// A profile that sets preferences of one application (`com.apple.ManagedClient.preferences`).
pub(super) fn preferences(
    kit: &Kit,
    role: &str,
    domain: &str,
    settings: Dictionary,
) -> Result<Vec<u8>, CaError> {
    let identifier = format!("{}.{role}", identifier(kit));
    let dictionary = |pairs: Vec<(&str, Value)>| {
        let pairs = pairs.into_iter().map(|(key, value)| (key.to_owned(), value));
        Value::Dictionary(pairs.collect())
    };
    let forced = dictionary(vec![("mcx_preference_settings", Value::Dictionary(settings))]);
    let of_domain = dictionary(vec![("Forced", Value::Array(vec![forced]))]);
    let payload = dictionary(vec![
        ("PayloadType", "com.apple.ManagedClient.preferences".into()),
        ("PayloadVersion", 1.into()),
        ("PayloadIdentifier", format!("{identifier}.preferences").into()),
        ("PayloadUUID", kit.uuid(&format!("{role}-preferences")).into()),
        ("PayloadDisplayName", domain.into()),
        ("PayloadContent", dictionary(vec![(domain, of_domain)])),
    ]);
    let mut profile = head(kit, identifier, role);
    profile.insert("PayloadScope".into(), "System".into());
    profile.insert("TargetDeviceType".into(), 5.into());
    profile.insert("PayloadContent".into(), Value::Array(vec![payload]));
    written(profile)
}

fn head(kit: &Kit, identifier: String, role: &str) -> Dictionary {
    let mut profile = Dictionary::new();
    profile.insert("PayloadType".into(), "Configuration".into());
    profile.insert("PayloadVersion".into(), 1.into());
    profile.insert("PayloadIdentifier".into(), identifier.into());
    profile.insert("PayloadUUID".into(), kit.uuid(role).into());
    profile
        .insert("PayloadDisplayName".into(), format!("{} certificate", kit.organisation()).into());
    profile.insert("PayloadOrganization".into(), kit.organisation().into());
    profile
}

/// It decides which profile on a device is replaced, so it outlives generations of roots.
fn identifier(kit: &Kit) -> String {
    format!("blockhouse.root.{}", kit.lasting_slug())
}

fn written(profile: Dictionary) -> Result<Vec<u8>, CaError> {
    let mut out = Vec::new();
    Value::Dictionary(profile)
        .to_writer_xml(&mut out)
        .map_err(|_| CaError::Crypto("write the profile down"))?;
    out.push(b'\n');
    Ok(out)
}
