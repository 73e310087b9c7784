//! Profiles that are signed (CMS SignedData, RFC 5652 section 5), by a certificate of the organisation's
//! that its devices trust already. Signing by the root itself would prove nothing.

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest;
use rustls::SignatureScheme;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SigningKey;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

use super::Optional;
use super::apple::PROFILE;
use super::basic::{DATA, SIGNED_DATA};
use super::der::{CONTEXT_0, INTEGER, NULL, OCTET_STRING, OID, SEQUENCE, SET, element};
use super::kit::Export;
use crate::ca::CaError;
use crate::files;

/// 2.16.840.1.101.3.4.2.1, without parameters (RFC 5754 section 2).
const SHA_256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
/// 1.2.840.113549.1.9.3 and .4
const CONTENT_TYPE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
const MESSAGE_DIGEST: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
/// 1.2.840.113549.1.1.11
const RSA_SHA_256: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
/// 1.2.840.10045.4.3.2
const ECDSA_SHA_256: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x02";
pub(super) const SIGNED: Optional = Optional {
    format: "mobileconfig-signed",
    audience: "each of the profiles, signed by a certificate of the organisation",
    needs: "`--sign-cert` and `--sign-key`",
};
/// The largest file of certificates.
const LARGEST: u64 = 1 << 20;

/// Who signs profiles.
#[derive(Debug)]
pub struct Signer {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<dyn SigningKey>,
    issuer: Vec<u8>,
    serial: Vec<u8>,
}

impl Signer {
    /// Reads a chain, the signer's certificate first, and its key, both PEM.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub fn load(chain_path: &Path, key_path: &Path) -> Result<Self, CaError> {
        let what = "signing certificate";
        let broken = |why: String| CaError::Broken { what, path: chain_path.to_owned(), why };
        let pem = files::read(what, chain_path, LARGEST)?;
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, _>>()
            .map_err(|error| broken(format!("it is not PEM ({error})")))?;
        let Some(first) = chain.first() else {
            return Err(broken("no certificate stands in it".to_owned()));
        };
        let (_, parsed) = X509Certificate::from_der(first)
            .map_err(|error| broken(format!("it is not an X.509 certificate ({error})")))?;
        let (issuer, serial) = (parsed.issuer().as_raw().to_vec(), parsed.raw_serial().to_vec());
        let spki = parsed.public_key().raw.to_vec();
        let what = "signing key";
        let bad_key = |why: String| CaError::Broken { what, path: key_path.to_owned(), why };
        let secret = files::read_secret(what, key_path)?;
        let key = PrivateKeyDer::from_pem_slice(&secret).map_err(|_| {
            bad_key(
                "no private key in PEM stands in it; one with a passphrase must be opened first"
                    .to_owned(),
            )
        })?;
        let key = Zeroizing::new(key);
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key)
            .map_err(|error| bad_key(format!("it cannot be used ({error})")))?;
        if key.public_key().is_none_or(|public| public.as_ref() != spki) {
            return Err(bad_key(format!(
                "it does not belong to the first certificate of {}",
                chain_path.display()
            )));
        }
        let signer = Self { chain, key, issuer, serial };
        if signer.scheme().is_none() {
            return Err(bad_key("profiles are signed by RSA or P-256 keys".to_owned()));
        }
        Ok(signer)
    }

    /// The signed form of a profile.
    ///
    /// # Errors
    /// [`CaError::Crypto`] when the key does not sign.
    pub fn sign(&self, profile: &Export) -> Result<Export, CaError> {
        let path = profile.path.replace(".mobileconfig", ".signed.mobileconfig");
        let octets = self.signed(&profile.octets)?;
        Ok(Export::new(SIGNED.format, SIGNED.audience, path, octets, PROFILE))
    }

    fn scheme(&self) -> Option<(&'static [u8], Box<dyn rustls::sign::Signer>)> {
        let offered = [SignatureScheme::RSA_PKCS1_SHA256, SignatureScheme::ECDSA_NISTP256_SHA256];
        let signer = self.key.choose_scheme(&offered)?;
        let name = match signer.scheme() {
            SignatureScheme::RSA_PKCS1_SHA256 => RSA_SHA_256,
            _ => ECDSA_SHA_256,
        };
        Some((name, signer))
    }

    fn signed(&self, content: &[u8]) -> Result<Vec<u8>, CaError> {
        let failed = CaError::Crypto("sign the profile");
        let Some((scheme, signer)) = self.scheme() else { return Err(failed) };
        let attribute = |name: &[u8], value: &[u8]| {
            element(SEQUENCE, &[&element(OID, &[name]), &element(SET, &[value])])
        };
        let hash = digest::digest(&digest::SHA256, content);
        // No time of signing: the same roots and an RSA key give the same octets.
        let mut attributes = [
            attribute(CONTENT_TYPE, &element(OID, &[DATA])),
            attribute(MESSAGE_DIGEST, &element(OCTET_STRING, &[hash.as_ref()])),
        ];
        // The order of DER (X.690 section 11.6).
        attributes.sort();
        let attributes = attributes.concat();
        // What is signed has the tag of a SET (RFC 5652 section 5.4).
        let signature = signer.sign(&element(SET, &[&attributes])).map_err(|_| failed)?;
        let sha_256 = element(SEQUENCE, &[&element(OID, &[SHA_256])]);
        let algorithm = match scheme {
            RSA_SHA_256 => element(SEQUENCE, &[&element(OID, &[scheme]), &element(NULL, &[])]),
            _ => element(SEQUENCE, &[&element(OID, &[scheme])]),
        };
        let signer_info = element(
            SEQUENCE,
            &[
                &element(INTEGER, &[&[1]]),
                &element(SEQUENCE, &[&self.issuer, &element(INTEGER, &[&self.serial])]),
                &sha_256,
                &element(CONTEXT_0, &[&attributes]),
                &algorithm,
                &element(OCTET_STRING, &[&signature]),
            ],
        );
        let chain: Vec<&[u8]> = self.chain.iter().map(AsRef::as_ref).collect();
        let content = element(CONTEXT_0, &[&element(OCTET_STRING, &[content])]);
        let signed_data = element(
            SEQUENCE,
            &[
                &element(INTEGER, &[&[1]]),
                &element(SET, &[&sha_256]),
                &element(SEQUENCE, &[&element(OID, &[DATA]), &content]),
                &element(CONTEXT_0, &chain),
                &element(SET, &[&signer_info]),
            ],
        );
        Ok(element(
            SEQUENCE,
            &[&element(OID, &[SIGNED_DATA]), &element(CONTEXT_0, &[&signed_data])],
        ))
    }
}
