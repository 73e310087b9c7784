//! What can go wrong in the certificate authority.

use std::io;
use std::path::PathBuf;

use super::refusal::ImportError;
use super::token::TokenError;
use crate::files::FileError;
use crate::host::Host;
use crate::random::NoRandom;

/// Why the certificate authority could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A folder could not be made or listed.
    #[error("cannot {attempt} folder {}", path.display())]
    Folder {
        /// `make` or `list`.
        attempt: &'static str,
        /// Which folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An option has a value that cannot be used.
    #[error("{option} `{value}` cannot be used: {why}")]
    BadOption {
        /// The option's name on the command line.
        option: &'static str,
        /// What was given.
        value: String,
        /// What is wrong, and what would be right.
        why: String,
    },
    /// There is no root in the folder.
    #[error(
        "there is no root certificate at {}; make one with `blockhouse-ca init --directory {}`",
        path.display(),
        path.parent().unwrap_or(path).display()
    )]
    NoRoot {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The root's key is not in the folder.
    #[error(
        "the root's key {} is not here; do this where the root's key is kept, and bring the result \
         over with `blockhouse-ca handover`, or ask the owner of the root with `blockhouse-ca csr`",
        path.display()
    )]
    NoRootKey {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A step that does not follow on the last one.
    #[error("cannot {step}: {why}")]
    Step {
        /// The step.
        step: &'static str,
        /// Why not, and what comes first.
        why: String,
    },
    /// A trial leaf was not accepted.
    #[error("a leaf on trial by \"{common_name}\" was not accepted: {why}; nothing was written")]
    Trial {
        /// Who signed it.
        common_name: String,
        /// What the verifier said.
        why: String,
    },
    /// What was to be imported cannot be used.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A token cannot be used.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A file does not hold what it should.
    #[error("cannot use {what} {}: {why}", path.display())]
    Broken {
        /// What the file is for.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The private key is not the certificate's.
    #[error(
        "key {} does not belong to certificate {}; put back the pair that was made together",
        key.display(),
        certificate.display()
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The issuing CA was not signed by the root beside it.
    #[error(
        "certificate {} was not signed by {}; put back the files that were made together",
        certificate.display(),
        root.display()
    )]
    WrongRoot {
        /// The issuing CA's file.
        certificate: PathBuf,
        /// The root's file.
        root: PathBuf,
    },
    /// A CA is past its end.
    #[error("certificate {} expired on {end}; {next}", path.display())]
    Expired {
        /// Which certificate.
        path: PathBuf,
        /// When it ended, RFC 3339.
        end: String,
        /// The next step.
        next: &'static str,
    },
    /// A CA is not valid yet: the clock of this machine is probably wrong.
    #[error("certificate {} is only valid from {start}; is this machine's clock right?", path.display())]
    NotYetValid {
        /// Which certificate.
        path: PathBuf,
        /// When it starts, RFC 3339.
        start: String,
    },
    /// A key of a kind that clients do not accept.
    #[error("key {} is {kind}, which is refused: {why}", path.display())]
    KeyKind {
        /// The key's file.
        path: PathBuf,
        /// What it is.
        kind: String,
        /// Why that is no use.
        why: &'static str,
    },
    /// The key is encrypted and no passphrase was given.
    #[error("key {} is encrypted; give its passphrase with `--passphrase-file FILE` (a server: `ca.passphrase_file`)", path.display())]
    PassphraseMissing {
        /// The key's file.
        path: PathBuf,
    },
    /// A key is not where it is looked for, as when a token holds it.
    #[error(
        "the key of {} is not at {}; if it is in a token, say which with `--pkcs11-module`, `--pkcs11-token` and \
         `--pkcs11-pin-file` (a server: `[ca.pkcs11]`)",
        certificate.display(),
        key.display()
    )]
    KeyElsewhere {
        /// The certificate, or the request for one.
        certificate: PathBuf,
        /// Where the key would be.
        key: PathBuf,
    },
    /// The issuing CA before has its key elsewhere, and nobody said where the next one's is to be.
    #[error(
        "the key of {} is not beside it but in a token, or kept elsewhere; make the next one in a token with \
         `--pkcs11-module`, `--pkcs11-token` and `--pkcs11-pin-file`, or in a file with `--key-in-file`",
        certificate.display()
    )]
    TokenOrFile {
        /// The certificate of the issuing CA before.
        certificate: PathBuf,
    },
    /// The passphrase does not open the key.
    #[error("the passphrase does not open key {}", path.display())]
    PassphraseWrong {
        /// The key's file.
        path: PathBuf,
    },
    /// The host is one that this CA must not sign for.
    #[error("no leaf for {host}: the issuing CA excludes it by a name constraint")]
    Excluded {
        /// The host asked for.
        host: Host,
    },
    /// The system has no random octets.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// A key could not be made or used.
    #[error("cannot {0}: the cryptographic library refused")]
    Crypto(&'static str),
    /// A certificate or revocation list could not be written down or signed.
    #[error("cannot sign {what}")]
    Sign {
        /// What was to be signed.
        what: &'static str,
        /// Why.
        source: rcgen::Error,
    },
}

impl CaError {
    /// Whether the request itself was wrong (exit code 2) rather than refused (exit code 1).
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::BadOption { .. }
                | Self::PassphraseMissing { .. }
                | Self::KeyElsewhere { .. }
                | Self::TokenOrFile { .. }
                | Self::NoRoot { .. }
        )
    }
}
