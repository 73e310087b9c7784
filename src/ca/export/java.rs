//! Java: stores of trust to point a program at (PKCS#12 by RFC 7292, and JKS), and the commands for the
//! store of an installation.

use aws_lc_rs::{digest, hmac};

use super::basic::DATA;
use super::der::{BMP_STRING, CONTEXT_0, INTEGER, NULL, OCTET_STRING, OID, SEQUENCE, SET, element};
use super::kit::{Export, Kit, Root, fill};
use super::unix::quoted;

/// The password that Java's own store has; nothing secret is behind it.
const PASSWORD: &str = "changeit";
/// As `keytool` has it since 8u301 and 11.0.12.
const ROUNDS: u32 = 10_000;
/// Those who read SHA-1 do not take more time.
const ROUNDS_SHA_1: u32 = 2_048;

const CERT_BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03";
const X509_CERTIFICATE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01";
const FRIENDLY_NAME: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14";
/// 2.16.840.1.113894.746875.1.1: without it Java counts no entry.
const TRUSTED_KEY_USAGE: &[u8] = b"\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01";
/// 2.5.29.37.0
const ANY_USAGE: &[u8] = b"\x55\x1d\x25\x00";
const SHA_1: &[u8] = b"\x2b\x0e\x03\x02\x1a";
const SHA_256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";

pub(super) fn files(kit: &Kit) -> Vec<Export> {
    let p12 = |modern| pkcs12(kit, modern);
    let pem: String = kit
        .roots
        .iter()
        .map(|root| format!("certificate {} <<'END'\n{}END\n", quoted(&root.slug), root.pem))
        .collect();
    let slugs: String = kit.roots.iter().map(|root| format!(" {}", root.slug)).collect();
    let values = [
        ("ORGANISATION", kit.organisation()),
        ("CERTIFICATES", pem.trim_end()),
        ("SLUGS", slugs.trim_start()),
        ("PASSWORD", PASSWORD),
    ];
    let kind = "application/x-pkcs12";
    vec![
        Export::new(
            "java-p12",
            "Java from 8u301 and 11.0.12 on: a store of trust with the root alone; password `changeit`",
            "java/truststore.p12",
            p12(true),
            kind,
        ),
        Export::new(
            "java-p12-sha1",
            "older Java, Windows Server 2016, macOS 10.15: the same with an older checksum",
            "java/truststore-sha1.p12",
            p12(false),
            kind,
        ),
        Export::new(
            "java-jks",
            "Java 6 to 8, and programs that take JKS alone",
            "java/truststore.jks",
            jks(kit),
            "application/x-java-keystore",
        ),
        Export::script(
            "java-install",
            "Java: install into the store of an installation (cacerts)",
            "java/install.sh",
            fill(include_str!("texts/java-install.sh"), &values),
        ),
        Export::script(
            "java-remove",
            "Java: the removal for it",
            "java/uninstall.sh",
            fill(include_str!("texts/java-remove.sh"), &values),
        ),
    ]
}

/// Certificates in the clear below a checksum (RFC 7292 section 4).
fn pkcs12(kit: &Kit, modern: bool) -> Vec<u8> {
    let bags: Vec<Vec<u8>> = kit.roots.iter().map(bag).collect();
    let bags: Vec<&[u8]> = bags.iter().map(Vec::as_slice).collect();
    let data = |content: &[u8]| {
        let octets = element(OCTET_STRING, &[content]);
        element(SEQUENCE, &[&element(OID, &[DATA]), &element(CONTEXT_0, &[&octets])])
    };
    let safe = element(SEQUENCE, &[&data(&element(SEQUENCE, &bags))]);
    // From the roots, so that the same roots give the same file. It guards nothing that is secret.
    let salt = &digest::digest(&digest::SHA256, kit.bundle().as_bytes());
    let salt = &salt.as_ref()[..20];
    let (name, rounds, mac) = if modern {
        let key = mac_key(&digest::SHA256, salt, ROUNDS);
        (SHA_256, ROUNDS, hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &safe))
    } else {
        let key = mac_key(&digest::SHA1_FOR_LEGACY_USE_ONLY, salt, ROUNDS_SHA_1);
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
        (SHA_1, ROUNDS_SHA_1, hmac::sign(&key, &safe))
    };
    let algorithm = element(SEQUENCE, &[&element(OID, &[name]), &element(NULL, &[])]);
    let info = element(SEQUENCE, &[&algorithm, &element(OCTET_STRING, &[mac.as_ref()])]);
    let rounds = rounds.to_be_bytes();
    let rounds = &rounds[rounds.iter().take_while(|octet| **octet == 0).count()..];
    let mac_data =
        element(SEQUENCE, &[&info, &element(OCTET_STRING, &[salt]), &element(INTEGER, &[rounds])]);
    element(SEQUENCE, &[&element(INTEGER, &[&[3]]), &data(&safe), &mac_data])
}

fn bag(root: &Root) -> Vec<u8> {
    let certificate = element(CONTEXT_0, &[&element(OCTET_STRING, &[&root.der])]);
    let certificate = element(SEQUENCE, &[&element(OID, &[X509_CERTIFICATE]), &certificate]);
    let alias: Vec<u8> = root.slug.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let attribute = |name: &[u8], value: &[u8]| {
        element(SEQUENCE, &[&element(OID, &[name]), &element(SET, &[value])])
    };
    let attributes = element(
        SET,
        &[
            &attribute(FRIENDLY_NAME, &element(BMP_STRING, &[&alias])),
            &attribute(TRUSTED_KEY_USAGE, &element(OID, &[ANY_USAGE])),
        ],
    );
    let content = element(CONTEXT_0, &[&certificate]);
    element(SEQUENCE, &[&element(OID, &[CERT_BAG]), &content, &attributes])
}

/// The key of a checksum (RFC 7292 appendix B.2, with identifier 3); one block of hash is enough for it.
fn mac_key(algorithm: &'static digest::Algorithm, salt: &[u8], rounds: u32) -> Vec<u8> {
    const IDENTIFIER: u8 = 3;
    // The block of both SHA-1 and SHA-256.
    const BLOCK: usize = 64;
    let repeated = |octets: &[u8]| -> Vec<u8> {
        let length = octets.len().div_ceil(BLOCK) * BLOCK;
        octets.iter().copied().cycle().take(length).collect()
    };
    let password: Vec<u8> = PASSWORD.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
    let first = [vec![IDENTIFIER; BLOCK], repeated(salt), repeated(&password)].concat();
    let mut key = digest::digest(algorithm, &first);
    for _ in 1..rounds {
        key = digest::digest(algorithm, key.as_ref());
    }
    key.as_ref().to_vec()
}

/// Java's own older form: entries, and a checksum that is salted by the password.
fn jks(kit: &Kit) -> Vec<u8> {
    const TRUSTED: u32 = 2;
    let mut out = 0xfeed_feed_u32.to_be_bytes().to_vec();
    out.extend(2_u32.to_be_bytes());
    out.extend(u32::try_from(kit.roots.len()).unwrap_or(u32::MAX).to_be_bytes());
    // Lengths of both kinds of text fit: aliases have 60 letters, the type five.
    let text = |out: &mut Vec<u8>, text: &str| {
        out.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend(text.as_bytes());
    };
    for root in &kit.roots {
        out.extend(TRUSTED.to_be_bytes());
        text(&mut out, &root.slug);
        // Its date is that of the certificate, so that the same roots give the same file.
        out.extend((root.facts.not_before.unix() * 1_000).to_be_bytes());
        text(&mut out, "X.509");
        out.extend(u32::try_from(root.der.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend(root.der.as_ref());
    }
    let mut hashed: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_be_bytes).collect();
    hashed.extend(b"Mighty Aphrodite");
    hashed.extend(&out);
    out.extend(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &hashed).as_ref());
    out
}
