//! What can be wrong with a token.

use std::path::PathBuf;

/// Why a token cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The module cannot be loaded.
    #[error("cannot load the PKCS#11 module {} ({why}); is it installed?", path.display())]
    Module {
        /// Its file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// No token has the label.
    #[error(
        "there is no token `{label}`; is it plugged in? The module knows {}",
        if known.is_empty() { "none".to_owned() } else { known.join(", ") }
    )]
    Absent {
        /// The label.
        label: String,
        /// The labels of the tokens that are there.
        known: Vec<String>,
    },
    /// Too many wrong PINs.
    #[error(
        "token `{label}` is locked after too many wrong PINs; its security officer can unlock it"
    )]
    Locked {
        /// The token's label.
        label: String,
    },
    /// One more wrong PIN would lock it.
    #[error(
        "token `{label}` locks itself with one more wrong PIN, so none was tried; log in once with its own \
         tool, and put the PIN file right"
    )]
    LastTry {
        /// The token's label.
        label: String,
    },
    /// The PIN is wrong.
    #[error(
        "the PIN in {} is not that of token `{label}`; put it right before the token locks itself",
        pin_file.display()
    )]
    WrongPin {
        /// The token's label.
        label: String,
        /// The PIN's file.
        pin_file: PathBuf,
    },
    /// The user has no PIN, or an expired one.
    #[error(
        "the user's PIN of token `{label}` is not set or has expired; set it with its own tool"
    )]
    NoPin {
        /// The token's label.
        label: String,
    },
    /// The key is not there.
    #[error("token `{label}` has no key `{key}` that belongs to certificate {}", certificate.display())]
    NoKey {
        /// The token's label.
        label: String,
        /// The key's label.
        key: String,
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// The token refused.
    #[error("token `{label}` did not {attempt}: {code}")]
    Refused {
        /// The token's label.
        label: String,
        /// What was tried.
        attempt: &'static str,
        /// Its code.
        code: String,
    },
}
