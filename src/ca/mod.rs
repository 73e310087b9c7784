//! The certificate authority: makes the organisation's root, signs leaves under it, shows and
//! exports it.
//!
//! The private key of a CA never leaves this module and signs certificates and revocation lists,
//! nothing else. A key is read once, when an [`Issuer`] is loaded; after that a mint costs one
//! signature. `profile` is pure: it is given `now` and random octets and says what stands in a
//! certificate.

mod refusal;
mod error;
mod token;
mod access;
mod key;
mod profile;
mod inspect;
mod standing;
mod chain;
mod store;
mod trial;
mod issue;
mod revocation;
mod establish;
mod rotate;
mod handover;
mod request;
mod found;
mod import;
mod expiry;
pub mod export;

pub use access::KeyAccess;
pub use error::CaError;
pub use establish::{Created, InitPlan, RenewPlan, Renewed, init, renew};
pub use expiry::{Expiry, Urgency, expiries};
pub use handover::{HandoverPlan, handover};
pub use import::{ImportPlan, Imported, import};
pub use inspect::{Summary, fingerprint_sha1, fingerprint_sha256};
pub use issue::{Issuer, Leaf, LeafTerms};
pub use key::{KeyKind, LeafKey, read_passphrase};
pub use refusal::ImportError;
pub use request::{RequestPlan, Requested, request};
pub use revocation::{RootCrl, generation_of_list, renew_root_crls};
pub use rotate::{
    ActivatePlan, CHECK_HOST, PreparePlan, PublishPlan, RootStatus, RotationStatus, activate,
    prepare, probe_domain, publish, retire, status,
};
pub use standing::Stage;
pub use store::{
    published_out_of_force, published_roots, read_certificates, root_in_use, summaries, to_pem,
};
pub use token::{TokenError, TokenPlace};
