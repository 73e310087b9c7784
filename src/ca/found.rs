//! Certificates and keys in files of other programs: PEM, DER, PKCS#7 and PKCS#12.

use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
};
use p12_keystore::Pkcs12Archive;
use pkcs8::der::SecretDocument;
use rustls::pki_types::CertificateDer;
use x509_parser::oid_registry;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;
use zeroize::Zeroizing;

use super::refusal::ImportError;
use super::{CaError, key};
use crate::files;

/// 1.2.840.10045.4.1
const ECDSA_WITH_SHA_1: oid_registry::Oid<'static> =
    x509_parser::der_parser::oid!(1.2.840.10045.4.1);
/// The largest file that is read.
const LARGEST: u64 = 1 << 20;

/// What the files hold.
#[derive(Default)]
pub(super) struct Found {
    /// Each certificate once, with the file that it stands in.
    pub(super) certificates: Vec<(PathBuf, CertificateDer<'static>)>,
    pub(super) keys: Vec<ImportedKey>,
}

/// A private key, and the file that it stands in.
#[derive(Clone)]
pub(super) struct ImportedKey {
    pub(super) path: PathBuf,
    pub(super) pkcs8: Zeroizing<Vec<u8>>,
}

/// Reads all files.
pub(super) fn read(
    paths: &[PathBuf],
    passphrase: Option<&Zeroizing<Vec<u8>>>,
) -> Result<Found, CaError> {
    let mut found = Found::default();
    for path in paths {
        let octets = Zeroizing::new(files::read("what to import", path, LARGEST)?);
        if octets.windows(11).any(|window| window == b"-----BEGIN ") {
            from_pem(&mut found, path, &octets, passphrase)?;
        } else if X509Certificate::from_der(&octets).is_ok() {
            found.add(path, CertificateDer::from(octets.to_vec()));
        } else if let Some(certificates) = pkcs7(&octets) {
            certificates.into_iter().for_each(|der| found.add(path, der));
        } else if octets.first() == Some(&0x30) {
            from_pkcs12(&mut found, path, &octets, passphrase)?;
        } else {
            let hint = match octets.as_slice() {
                [] => "; it is empty",
                [0xfe, 0xed, ..] => "; it is a Java keystore, turn it into PKCS#12 by keytool",
                _ => "",
            };
            return Err(ImportError::Unknown { path: path.clone(), hint }.into());
        }
    }
    Ok(found)
}

impl Found {
    fn add(&mut self, path: &Path, der: CertificateDer<'static>) {
        if !self.certificates.iter().any(|(_, known)| *known == der) {
            self.certificates.push((path.to_owned(), der));
        }
    }

    fn add_key(&mut self, path: &Path, pkcs8: Zeroizing<Vec<u8>>) {
        if !self.keys.iter().any(|known| known.pkcs8 == pkcs8) {
            self.keys.push(ImportedKey { path: path.to_owned(), pkcs8 });
        }
    }
}

fn from_pem(
    found: &mut Found,
    path: &Path,
    octets: &[u8],
    passphrase: Option<&Zeroizing<Vec<u8>>>,
) -> Result<(), CaError> {
    let broken =
        |why: String| CaError::Broken { what: "what to import", path: path.to_owned(), why };
    // Windows writes Base 64 with a byte order mark, or in UTF-16, when asked by PowerShell.
    let text =
        std::str::from_utf8(octets).map_err(|_| broken("it is not UTF-8 text".to_owned()))?;
    let mut rest = text;
    while let Some(start) = rest.find("-----BEGIN ") {
        let block = &rest[start..];
        let end = block.find("-----END ").ok_or_else(|| broken("it is cut off".to_owned()))?;
        let end = end + block[end..].find('\n').unwrap_or(block.len() - end);
        let (block, after) = block.split_at(end);
        rest = after;
        if block.contains("Proc-Type:") {
            return Err(broken(
                "its key has the old encryption of OpenSSL; `openssl pkcs8 -topk8 -v2 aes-256-cbc` writes one \
                 that can be read"
                    .to_owned(),
            ));
        }
        // What other programs write has LF or CRLF, and lines of any length.
        let plain = one_width(block);
        let (label, document) = SecretDocument::from_pem(&plain)
            .map_err(|error| broken(format!("its PEM text is damaged ({error})")))?;
        let der = document.as_bytes();
        let unreadable = |what: &str| broken(format!("its {what} key cannot be read"));
        match label {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                found.add(path, CertificateDer::from(der.to_vec()));
            }
            "PKCS7" | "CMS" => {
                let certificates =
                    pkcs7(der).ok_or_else(|| broken("its PKCS#7 is damaged".to_owned()))?;
                certificates.into_iter().for_each(|der| found.add(path, der));
            }
            "ENCRYPTED PRIVATE KEY" => {
                found.add_key(path, key::decrypt(path, der, passphrase)?);
            }
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
                // In the clear, and so for its owner alone.
                files::read_secret("key", path)?;
                let pkcs8 = match label {
                    "PRIVATE KEY" => Zeroizing::new(der.to_vec()),
                    "RSA PRIVATE KEY" => rsa(der).ok_or_else(|| unreadable("RSA"))?,
                    _ => ec(der).ok_or_else(|| unreadable("elliptic-curve (P-256 or P-384)"))?,
                };
                found.add_key(path, pkcs8);
            }
            // Parameters, lists and requests that stand beside them.
            _ => {}
        }
    }
    Ok(())
}

/// The block with lines of 64 letters and LF.
fn one_width(block: &str) -> Zeroizing<String> {
    let mut lines = block.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let mut body = Zeroizing::new(String::with_capacity(block.len()));
    let mut last = "";
    for line in lines {
        if line.starts_with("-----END ") {
            last = line;
        } else {
            body.push_str(line);
        }
    }
    // With all its line ends, so that no copy is left where it grows.
    let mut out = Zeroizing::new(String::with_capacity(2 * block.len() + 2));
    out.push_str(first);
    out.push('\n');
    for line in body.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out.push_str(last);
    out.push('\n');
    out
}

/// From PKCS#1 to PKCS#8.
fn rsa(der: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let pair = RsaKeyPair::from_der(der).ok()?;
    Some(Zeroizing::new(pair.as_der().ok()?.as_ref().to_vec()))
}

/// From SEC 1 to PKCS#8.
fn ec(der: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    for curve in [&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P384_SHA384_ASN1_SIGNING] {
        if let Ok(pair) = EcdsaKeyPair::from_private_key_der(curve, der) {
            return Some(Zeroizing::new(pair.to_pkcs8v1().ok()?.as_ref().to_vec()));
        }
    }
    None
}

fn from_pkcs12(
    found: &mut Found,
    path: &Path,
    octets: &[u8],
    passphrase: Option<&Zeroizing<Vec<u8>>>,
) -> Result<(), CaError> {
    use p12_keystore::error::Error;
    let sealed = |why: &str| ImportError::Sealed { path: path.to_owned(), why: why.to_owned() };
    let given = passphrase.map(|passphrase| passphrase.as_slice()).unwrap_or_default();
    let given = std::str::from_utf8(given).map_err(|_| sealed("the passphrase is not UTF-8"))?;
    let archive = Pkcs12Archive::from_pkcs12(octets, given).map_err(|error| match error {
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) if passphrase.is_none() => {
            sealed("it has a passphrase; give it with `--import-passphrase-file FILE`")
        }
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => {
            sealed("the passphrase is not the right one")
        }
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm => sealed(
            "its encryption is not known; `openssl pkcs12 -in FILE -nodes | openssl pkcs12 -export` writes \
             one that is",
        ),
        other => sealed(&format!("it is no sound PKCS#12 file ({other})")),
    })?;
    for bag in &archive.certs {
        found.add(path, CertificateDer::from(bag.cert.as_der().to_vec()));
    }
    for bag in &archive.keys {
        found.add_key(path, Zeroizing::new(bag.key.as_der().to_vec()));
    }
    Ok(())
}

/// The certificates of PKCS#7 SignedData (RFC 5652 section 5.1), in DER.
fn pkcs7(octets: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    let (0x30, info, _) = element(octets)? else { return None };
    let (0x06, SIGNED_DATA, rest) = element(info)? else { return None };
    let (0xa0, content, _) = element(rest)? else { return None };
    let (0x30, mut rest, _) = element(content)? else { return None };
    while let Some((tag, content, after)) = element(rest) {
        if tag == 0xa0 {
            let mut found = Vec::new();
            let mut rest = content;
            while let Some((_, _, after)) = element(rest) {
                let whole = &rest[..rest.len() - after.len()];
                found.push(CertificateDer::from(whole.to_vec()));
                rest = after;
            }
            return Some(found);
        }
        rest = after;
    }
    Some(Vec::new())
}

/// Tag and content of the first element, and what follows it.
fn element(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, length, rest @ ..] = octets else { return None };
    let (length, rest) = match *length {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            let length = digits.iter().fold(0, |sum, digit| (sum << 8) | usize::from(*digit));
            (length, rest)
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}

/// Refuses keys and signatures that some clients do not accept.
pub(super) fn check_algorithms(der: &CertificateDer<'_>) -> Result<(), String> {
    let (_, parsed) = X509Certificate::from_der(der)
        .map_err(|error| format!("it is not an X.509 certificate ({error})"))?;
    let weak = [
        oid_registry::OID_PKCS1_SHA1WITHRSA,
        oid_registry::OID_PKCS1_MD5WITHRSAENC,
        ECDSA_WITH_SHA_1,
    ];
    let is_root = parsed.subject() == parsed.issuer();
    if !is_root && weak.contains(&parsed.signature_algorithm.algorithm) {
        return Err(
            "it is signed with SHA-1 or MD5, which no browser accepts; ask for SHA-256".into()
        );
    }
    if parsed.public_key().algorithm.algorithm == oid_registry::OID_SIG_ED25519 {
        return Err("its key is Ed25519, which neither Chromium nor Firefox accepts in certificates; ask for \
                    P-256 or RSA"
            .into());
    }
    match parsed.public_key().parsed() {
        Ok(PublicKey::RSA(rsa)) if rsa.key_size() < 2048 => Err(format!(
            "its RSA key has {} bits, and clients want 2048 at the least",
            rsa.key_size()
        )),
        Ok(PublicKey::EC(point)) if ![256, 384].contains(&point.key_size()) => {
            Err("its key is on P-521, or another curve that some clients cannot verify; ask for P-256 or \
                 P-384"
                .into())
        }
        Ok(PublicKey::RSA(_) | PublicKey::EC(_)) => Ok(()),
        _ => Err("its key is of a kind that clients do not accept; ask for P-256 or RSA".into()),
    }
}
