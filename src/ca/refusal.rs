//! Why something cannot be imported.

use std::path::PathBuf;

use crate::host::HostName;

/// Why a CA that somebody else made cannot be taken into use. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file is nothing that is known.
    #[error(
        "{} is neither PEM, nor a certificate in DER, nor PKCS#7, nor PKCS#12{hint}", path.display()
    )]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What it looks like, if it looks like something.
        hint: &'static str,
    },
    /// A PKCS#12 file cannot be opened.
    #[error("cannot open {}: {why}", path.display())]
    Sealed {
        /// The file.
        path: PathBuf,
        /// Why not, and what would help.
        why: String,
    },
    /// There is no certificate among the files.
    #[error("no certificate is in what was given; give that of the CA, and those above it")]
    NoCertificate,
    /// More than one key.
    #[error(
        "there are {count} private keys in what was given, and it cannot be told which is meant; give a \
         file with the CA's alone (`openssl pkcs12 -in FILE -nodes` shows what is in one)"
    )]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// No key belongs to a certificate.
    #[error(
        "none of the certificates belongs to {whose}; they are of {}", subjects.join("; ")
    )]
    NoMatch {
        /// Whose key it is.
        whose: String,
        /// What the certificates are about.
        subjects: Vec<String>,
    },
    /// There is no key, and no request waits for its certificate.
    #[error(
        "no private key was given, and no request of this folder waits for its certificate; give the key \
         as well, or begin with `blockhouse-ca csr`"
    )]
    NoKey,
    /// A certificate cannot be used as a CA.
    #[error("certificate \"{subject}\" cannot be used: {why}")]
    Certificate {
        /// What it is about.
        subject: String,
        /// Why not, and what to ask its issuer for.
        why: String,
    },
    /// A certificate above is missing.
    #[error(
        "the chain ends at \"{subject}\": give the certificate of its issuer \"{issuer}\" as well"
    )]
    NoIssuer {
        /// The last that is there.
        subject: String,
        /// Who signed it.
        issuer: String,
    },
    /// The chain leads to another root than the folder's.
    #[error(
        "the chain leads to the root \"{found}\", and the root of this folder is \"{own}\"; import it into a \
         folder of its own (`--directory`), and bring that root to the devices"
    )]
    OtherRoot {
        /// The root that it leads to.
        found: String,
        /// The folder's.
        own: String,
    },
    /// A path length forbids it.
    #[error(
        "\"{subject}\" has path length {length}, and {below} CA certificates are to follow below it; ask for one \
         with {below} or none"
    )]
    PathLength {
        /// Who has it.
        subject: String,
        /// Its path length.
        length: u32,
        /// How many there are to be.
        below: usize,
    },
    /// Names that must be signed for are excluded.
    #[error(
        "\"{subject}\" excludes `{domain}`, so that browsers would refuse {host}; ask for a CA without that \
         constraint, or use another name"
    )]
    Excluded {
        /// Whose constraint it is.
        subject: String,
        /// What is excluded.
        domain: HostName,
        /// What is needed.
        host: HostName,
    },
}
