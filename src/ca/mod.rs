//! The certificate authority: makes the organisation's root, signs leaves under it, shows and
//! exports it.
//!
//! The private key of a CA never leaves this module and signs certificates and revocation lists,
//! nothing else. A key is read once, when an [`Issuer`] is loaded; after that a mint costs one
//! signature. `profile` is pure: it is given `now` and random octets and says what stands in a
//! certificate.

mod error;
mod key;
mod profile;
mod inspect;
mod issue;
mod revocation;
mod store;
mod establish;
pub mod export;

pub use error::CaError;
pub use establish::{Created, InitPlan, RenewPlan, Renewed, init, renew};
pub use inspect::{Summary, fingerprint_sha1, fingerprint_sha256};
pub use issue::{Issuer, Leaf, LeafTerms};
pub use key::{KeyKind, LeafKey, read_passphrase};
pub use revocation::{RootCrl, renew_root_crl};
pub use store::{published_roots, read_certificates, summaries, to_pem};
