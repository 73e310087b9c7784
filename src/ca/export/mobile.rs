//! Android and ChromeOS.

use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::kit::{Export, Kit, Root, json};

const JSON: &str = "application/json";

pub(super) fn files(kit: &Kit) -> Vec<Export> {
    let mut files = Vec::new();
    for (at, root) in kit.roots.iter().enumerate() {
        // Roots of the same name are told apart by the ending, as Android itself does.
        let hash = subject_hash(root);
        let same = kit.roots[..at].iter().filter(|earlier| subject_hash(earlier) == hash).count();
        files.push(Export::new(
            "android",
            "Android: by hand, through Settings; some makers refuse PEM, and other endings",
            format!("android/{}.crt", root.stem),
            root.der.to_vec(),
            "application/x-x509-ca-cert",
        ));
        files.push(Export::new(
            "android-system",
            "Android images of one's own: /system/etc/security/cacerts (/apex/com.android.conscrypt/cacerts \
             from Android 14 on)",
            format!("android/{hash}.{same}"),
            root.pem.clone(),
            "application/x-pem-file",
        ));
    }
    let authority = |root: &Root, with_purpose: bool| {
        let guid = format!("{{{}}}", root.uuid("onc").to_lowercase());
        let mut one = json!({ "GUID": guid, "Type": "Authority" });
        if with_purpose {
            // Without it the certificate is imported, and not trusted for sites.
            one["TrustBits"] = json!(["Web"]);
            one["X509"] = root.pem.as_str().into();
        } else {
            one["X509"] = root.base64().into();
        }
        one
    };
    let all = |with_purpose| -> Vec<Value> {
        kit.roots.iter().map(|root| authority(root, with_purpose)).collect()
    };
    files.push(Export::new(
        "android-management",
        "Android Management API: `openNetworkConfiguration` of a policy",
        "android/management-api.json",
        json(&json!({ "openNetworkConfiguration": {
            "Type": "UnencryptedConfiguration",
            "Certificates": all(false),
        } })),
        JSON,
    ));
    files.push(Export::new(
        "android-network-security",
        "apps of the organisation's own: res/xml/network_security_config.xml",
        "android/network_security_config.xml",
        include_str!("texts/network_security_config.xml"),
        "application/xml",
    ));
    files.push(Export::new(
        "chromeos",
        "ChromeOS: chrome://network#general, or an import by policy",
        "chromeos/root.onc",
        json(&json!({
            "Type": "UnencryptedConfiguration",
            "NetworkConfigurations": [],
            "Certificates": all(true),
        })),
        "application/x-onc",
    ));
    files
}

/// As `openssl x509 -subject_hash_old` says it.
fn subject_hash(root: &Root) -> String {
    let hash = Md5::digest(&root.facts.raw_subject);
    format!("{:02x}{:02x}{:02x}{:02x}", hash[3], hash[2], hash[1], hash[0])
}
