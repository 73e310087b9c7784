//! Private keys: made, read, encrypted, and what they may be used for.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
    VerificationAlgorithm,
};
use aws_lc_rs::{digest, encoding::AsDer as _};
use pkcs8::der::{Decode as _, SecretDocument, pem::LineEnding};
use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, PublicKeyData as _};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use super::CaError;
use super::token::TokenKey;
use crate::files;
use crate::random;

/// Rounds of PBKDF2-HMAC-SHA256 for an encrypted key (OWASP's figure; about 0.1 s).
const ROUNDS: u32 = 600_000;

/// The kinds of key that every client since Windows 7, macOS 10.13 and iOS 12 accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// ECDSA on P-256 with SHA-256.
    P256,
    /// ECDSA on P-384 with SHA-384.
    P384,
    /// RSA with 2048 bits and SHA-256.
    Rsa2048,
    /// RSA with 3072 bits and SHA-256.
    Rsa3072,
    /// RSA with 4096 bits and SHA-256.
    Rsa4096,
}

impl KeyKind {
    /// The kind of an issuing CA under a root of this kind: the cheapest of its family, since it
    /// signs every leaf and lives for months (P-256 signs 40 times faster than P-384, RSA 2048 six
    /// times faster than RSA 3072).
    pub(super) fn for_issuing(self) -> Self {
        match self {
            Self::P256 | Self::P384 => Self::P256,
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => Self::Rsa2048,
        }
    }

    pub(super) fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096)
    }

    /// The kind of an RSA key by the octets of its modulus, rounded down.
    pub(super) fn of_rsa(octets: usize) -> Self {
        match octets {
            512.. => Self::Rsa4096,
            384.. => Self::Rsa3072,
            _ => Self::Rsa2048,
        }
    }
}

/// The private key of a CA. It signs certificates and revocation lists and nothing else.
pub(super) struct CaKey {
    pair: Pair,
    algorithm: &'static rcgen::SignatureAlgorithm,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Token(TokenKey),
}

impl CaKey {
    /// Makes a key and gives it with its PKCS#8 form, which is for one file and then forgotten.
    pub(super) fn generate(kind: KeyKind) -> Result<(Self, Zeroizing<Vec<u8>>), CaError> {
        let failed = |_| CaError::Crypto("make a CA key");
        let ec = |curve: &'static EcdsaSigningAlgorithm, algorithm| {
            let pair = EcdsaKeyPair::generate(curve).map_err(failed)?;
            let pkcs8 = Zeroizing::new(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec());
            Ok((Self { pair: Pair::Ec(pair), algorithm }, pkcs8))
        };
        match kind {
            KeyKind::P256 => ec(&ECDSA_P256_SHA256_ASN1_SIGNING, &PKCS_ECDSA_P256_SHA256),
            KeyKind::P384 => ec(&ECDSA_P384_SHA384_ASN1_SIGNING, &PKCS_ECDSA_P384_SHA384),
            KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => {
                let pair = RsaKeyPair::generate(rsa_size(kind)).map_err(failed)?;
                let pkcs8 = Zeroizing::new(pair.as_der().map_err(failed)?.as_ref().to_vec());
                Ok((Self { pair: Pair::Rsa(pair), algorithm: &PKCS_RSA_SHA256 }, pkcs8))
            }
        }
    }

    /// A key that stays in its token.
    pub(super) fn in_token(key: TokenKey) -> Self {
        let algorithm = match key.kind() {
            KeyKind::P256 => &PKCS_ECDSA_P256_SHA256,
            KeyKind::P384 => &PKCS_ECDSA_P384_SHA384,
            KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => &PKCS_RSA_SHA256,
        };
        Self { pair: Pair::Token(key), algorithm }
    }

    /// Reads a key file: PKCS#8 in PEM, plain or encrypted. Refuses files that others can read.
    pub(super) fn load(
        path: &Path,
        passphrase: Option<&Zeroizing<Vec<u8>>>,
    ) -> Result<Self, CaError> {
        Self::from_pkcs8(path, &read_pkcs8(path, passphrase)?)
    }

    pub(super) fn from_pkcs8(path: &Path, pkcs8: &[u8]) -> Result<Self, CaError> {
        let broken =
            |why: &str| CaError::Broken { what: "key", path: path.into(), why: why.into() };
        let refused = |kind: String, why| CaError::KeyKind { path: path.into(), kind, why };
        let info = PrivateKeyInfoRef::from_der(pkcs8).map_err(|_| broken("it is not PKCS#8"))?;
        let curve = info.algorithm.parameters_oid().ok();
        let ec = |scheme: &'static EcdsaSigningAlgorithm, algorithm| {
            let pair = EcdsaKeyPair::from_pkcs8(scheme, pkcs8)
                .map_err(|_| broken("its numbers do not make an elliptic-curve key"))?;
            Ok(Self { pair: Pair::Ec(pair), algorithm })
        };
        match (info.algorithm.oid, curve) {
            (EC, Some(P256)) => ec(&ECDSA_P256_SHA256_ASN1_SIGNING, &PKCS_ECDSA_P256_SHA256),
            (EC, Some(P384)) => ec(&ECDSA_P384_SHA384_ASN1_SIGNING, &PKCS_ECDSA_P384_SHA384),
            (EC, Some(P521)) => Err(refused(
                "ECDSA on P-521".into(),
                "some clients cannot verify it; use P-256 or P-384",
            )),
            (ED25519, _) => Err(refused(
                "Ed25519".into(),
                "neither Chromium nor Firefox accepts it in certificates; use P-256",
            )),
            (RSA, _) => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| {
                    broken("its numbers do not make an RSA key of 2048 bits or more")
                })?;
                Ok(Self { pair: Pair::Rsa(pair), algorithm: &PKCS_RSA_SHA256 })
            }
            (other, _) => Err(refused(
                format!("of algorithm {other}"),
                "only ECDSA on P-256 or P-384 and RSA are accepted everywhere",
            )),
        }
    }

    /// The kind of this key; an RSA key counts by its size, rounded down.
    pub(super) fn kind(&self) -> KeyKind {
        match &self.pair {
            Pair::Ec(_) if self.algorithm == &PKCS_ECDSA_P384_SHA384 => KeyKind::P384,
            Pair::Ec(_) => KeyKind::P256,
            Pair::Rsa(pair) => KeyKind::of_rsa(pair.public_modulus_len()),
            Pair::Token(key) => key.kind(),
        }
    }

    pub(super) fn is_rsa(&self) -> bool {
        self.kind().is_rsa()
    }

    /// Whether a signature takes so long that it holds up what else a thread has to do.
    pub(super) fn is_slow(&self) -> bool {
        self.is_rsa() || matches!(self.pair, Pair::Token(_))
    }
}

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

impl fmt::Debug for CaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CaKey([elided])")
    }
}

impl rcgen::PublicKeyData for CaKey {
    fn der_bytes(&self) -> &[u8] {
        match &self.pair {
            Pair::Ec(pair) => pair.public_key().as_ref(),
            Pair::Rsa(pair) => pair.public_key().as_ref(),
            Pair::Token(key) => key.public(),
        }
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.algorithm
    }
}

impl rcgen::SigningKey for CaKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&random, message).map(|signed| signed.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signed = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signed).map(|()| signed)
            }
            Pair::Token(key) => {
                return key.sign(message).map_err(|error| {
                    // The error that goes up has no room for the reason.
                    tracing::error!(%error, "a signature failed");
                    rcgen::Error::RemoteKeyError
                });
            }
        }
        .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

/// The key that leaves are made for: one serves a whole process, and it is never a CA's key.
///
/// Cheap to share; safe for concurrent use.
pub struct LeafKey {
    public: rcgen::SubjectPublicKeyInfo,
    identifier: Vec<u8>,
    signing: Arc<dyn rustls::sign::SigningKey>,
    rsa: bool,
}

impl LeafKey {
    /// Makes a leaf key: P-256, or RSA 2048 for clients without ECDSA.
    ///
    /// # Errors
    /// [`CaError::BadOption`] for any other kind, [`CaError::Crypto`] when the library refuses.
    pub fn generate(kind: KeyKind) -> Result<Self, CaError> {
        let failed = || CaError::Crypto("make a leaf key");
        let algorithm = match kind {
            KeyKind::P256 => &PKCS_ECDSA_P256_SHA256,
            KeyKind::Rsa2048 => &PKCS_RSA_SHA256,
            KeyKind::P384 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => {
                return Err(CaError::BadOption {
                    option: "leaf key",
                    value: format!("{kind:?}"),
                    why: "a leaf lives for days: P-256 or RSA 2048 is enough and far faster".into(),
                });
            }
        };
        let (pair, pkcs8) = CaKey::generate(kind)?;
        let spki = pair.subject_public_key_info();
        let public = rcgen::SubjectPublicKeyInfo::from_der(&spki).map_err(|_| failed())?;
        debug_assert!(public.algorithm() == algorithm);
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.as_slice()));
        let signing =
            rustls::crypto::aws_lc_rs::sign::any_supported_type(&der).map_err(|_| failed())?;
        Ok(Self { identifier: key_identifier(&pair), public, signing, rsa: pair.is_rsa() })
    }

    /// The key in the form in which a handshake signs with it.
    pub fn signing_key(&self) -> Arc<dyn rustls::sign::SigningKey> {
        Arc::clone(&self.signing)
    }

    /// Whether this is the RSA key for clients without ECDSA.
    pub fn is_rsa(&self) -> bool {
        self.rsa
    }

    pub(super) fn public(&self) -> &rcgen::SubjectPublicKeyInfo {
        &self.public
    }

    pub(super) fn identifier(&self) -> &[u8] {
        &self.identifier
    }
}

impl fmt::Debug for LeafKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LeafKey([elided])")
    }
}

/// The subject key identifier of a key: the leftmost 160 bits of SHA-256 over the bits of the
/// public key (RFC 7093 section 2, method 1; linters know it).
pub(super) fn key_identifier(key: &impl rcgen::PublicKeyData) -> Vec<u8> {
    digest::digest(&digest::SHA256, key.der_bytes()).as_ref()[..20].to_vec()
}

/// The PEM text of a PKCS#8 key, encrypted when there is a passphrase.
///
/// The encryption is PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC, which OpenSSL 3, GnuTLS and
/// Python read; the pkcs8 crate's own default (scrypt with 128 MiB) is refused by OpenSSL.
pub(super) fn to_pem(
    pkcs8: &[u8],
    passphrase: Option<&Zeroizing<Vec<u8>>>,
) -> Result<Zeroizing<String>, CaError> {
    let failed = || CaError::Crypto("encrypt a CA key");
    let Some(passphrase) = passphrase else {
        return SecretDocument::try_from(pkcs8)
            .and_then(|plain| plain.to_pem("PRIVATE KEY", LineEnding::LF))
            .map_err(|_| CaError::Crypto("write a CA key down"));
    };
    let parameters = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(
        ROUNDS,
        &random::octets::<16>()?,
        random::octets::<16>()?,
    )
    .map_err(|_| failed())?;
    PrivateKeyInfoRef::from_der(pkcs8)
        .map_err(|_| failed())?
        .encrypt_with_params(parameters, passphrase.as_slice())
        .map_err(|_| failed())?
        .to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF)
        .map_err(|_| failed())
}

/// Reads a passphrase file, without the line end that editors put there.
///
/// # Errors
/// [`CaError::File`] when it cannot be read or others can read it too, [`CaError::BadOption`] when
/// it is empty.
pub fn read_passphrase(path: &Path) -> Result<Zeroizing<Vec<u8>>, CaError> {
    read_secret_line("passphrase file", "--passphrase-file", path)
}

/// Reads a file with one secret in its first line.
pub(super) fn read_secret_line(
    what: &'static str,
    option: &'static str,
    path: &Path,
) -> Result<Zeroizing<Vec<u8>>, CaError> {
    let mut secret = files::read_secret(what, path)?;
    while secret.last().is_some_and(|octet| matches!(octet, b'\n' | b'\r')) {
        secret.pop();
    }
    if secret.is_empty() {
        return Err(CaError::BadOption {
            option,
            value: path.display().to_string(),
            why: "it is empty; write the secret into its first line".into(),
        });
    }
    Ok(secret)
}

/// Reads a key file as PKCS#8, opened with the passphrase when it is encrypted.
pub(super) fn read_pkcs8(
    path: &Path,
    passphrase: Option<&Zeroizing<Vec<u8>>>,
) -> Result<Zeroizing<Vec<u8>>, CaError> {
    let broken = |why: &str| CaError::Broken { what: "key", path: path.into(), why: why.into() };
    let pem = files::read_secret("key", path)?;
    let pem = std::str::from_utf8(&pem)
        .map_err(|_| broken("it is not PEM text; expected `-----BEGIN PRIVATE KEY-----`"))?;
    let (label, document) = SecretDocument::from_pem(pem)
        .map_err(|error| broken(&format!("it is not a PEM key ({error})")))?;
    match label {
        "PRIVATE KEY" => Ok(document.to_bytes()),
        "ENCRYPTED PRIVATE KEY" => decrypt(path, document.as_bytes(), passphrase),
        other => Err(broken(&format!(
            "it holds `{other}`; turn it into PKCS#8 with `openssl pkcs8 -topk8`"
        ))),
    }
}

/// Opens an encrypted PKCS#8 key.
pub(super) fn decrypt(
    path: &Path,
    sealed: &[u8],
    passphrase: Option<&Zeroizing<Vec<u8>>>,
) -> Result<Zeroizing<Vec<u8>>, CaError> {
    let passphrase = passphrase.ok_or_else(|| CaError::PassphraseMissing { path: path.into() })?;
    let sealed = EncryptedPrivateKeyInfoRef::try_from(sealed).map_err(|_| CaError::Broken {
        what: "key",
        path: path.into(),
        why: "its encryption is not PBES2 (RFC 8018); `openssl pkcs8 -topk8 -v2 aes-256-cbc` \
              writes that"
            .into(),
    })?;
    // Wrong padding, or by luck right padding around something that is no key.
    let opened = sealed
        .decrypt(passphrase.as_slice())
        .map_err(|_| CaError::PassphraseWrong { path: path.into() })?;
    Ok(opened.to_bytes())
}

/// Whether `signed` is a signature of `message` by the key with these public bits.
pub(super) fn verifies(kind: KeyKind, public: &[u8], message: &[u8], signed: &[u8]) -> bool {
    let algorithm: &dyn VerificationAlgorithm = match kind {
        KeyKind::P256 => &ECDSA_P256_SHA256_ASN1,
        KeyKind::P384 => &ECDSA_P384_SHA384_ASN1,
        KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => &RSA_PKCS1_2048_8192_SHA256,
    };
    UnparsedPublicKey::new(algorithm, public).verify(message, signed).is_ok()
}

fn rsa_size(kind: KeyKind) -> KeySize {
    match kind {
        KeyKind::Rsa4096 => KeySize::Rsa4096,
        KeyKind::Rsa3072 => KeySize::Rsa3072,
        _ => KeySize::Rsa2048,
    }
}
