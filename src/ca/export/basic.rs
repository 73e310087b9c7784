//! The certificate alone: DER, PEM, and PKCS#7 SignedData without signers (RFC 2315 section 9) as
//! `openssl crl2pkcs7 -nocrl` writes it.

use super::der::{CONTEXT_0, INTEGER, OID, SEQUENCE, SET, element};
use super::kit::{Export, Kit, folded};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// 1.2.840.113549.1.7.2
pub(super) const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
/// 1.2.840.113549.1.7.1
pub(super) const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";

pub(super) fn files(kit: &Kit) -> Vec<Export> {
    let mut files = Vec::new();
    for root in &kit.roots {
        let stem = &root.stem;
        files.push(Export::new(
            "der",
            "Windows, Android, Intune and Jamf uploads, Active Directory, Java's keytool",
            format!("{stem}.cer"),
            root.der.to_vec(),
            "application/x-x509-ca-cert",
        ));
        files.push(Export::new(
            "pem",
            "Linux, Node, Python, git, curl, Kubernetes, Google Admin",
            format!("{stem}.pem"),
            root.pem.clone(),
            "application/x-pem-file",
        ));
        files.push(Export::new(
            "pem-crlf",
            "the same with the line ends of Windows",
            format!("{stem}-crlf.cer"),
            root.pem.replace('\n', "\r\n"),
            "application/x-x509-ca-cert",
        ));
    }
    files.push(Export::new(
        "pem-bundle",
        "every root in one file: Node, and whatever else takes a list",
        "bundle.pem",
        kit.bundle(),
        "application/x-pem-file",
    ));
    let p7b = p7b(kit);
    let armoured = format!(
        "-----BEGIN PKCS7-----\n{}-----END PKCS7-----\n",
        folded(&STANDARD.encode(&p7b), 64, "", "\n")
    );
    files.push(Export::new(
        "p7b",
        "Windows Group Policy import; every root in one file",
        "root.p7b",
        p7b,
        "application/x-pkcs7-certificates",
    ));
    files.push(Export::new(
        "p7b-pem",
        "the same in base 64",
        "root-pem.p7b",
        armoured,
        "application/x-pkcs7-certificates",
    ));
    files
}

fn p7b(kit: &Kit) -> Vec<u8> {
    let certificates: Vec<&[u8]> = kit.roots.iter().map(|root| root.der.as_ref()).collect();
    let signed_data = element(
        SEQUENCE,
        &[
            &element(INTEGER, &[&[1]]),
            // No digests, since nobody signs.
            &element(SET, &[]),
            &element(SEQUENCE, &[&element(OID, &[DATA])]),
            &element(CONTEXT_0, &certificates),
            &element(SET, &[]),
        ],
    );
    element(SEQUENCE, &[&element(OID, &[SIGNED_DATA]), &element(CONTEXT_0, &[&signed_data])])
}
