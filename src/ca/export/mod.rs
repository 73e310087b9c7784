//! The root in every form in which devices and those who manage them take it.
//!
//! All exports are made of the certificates alone, so that the same roots give the same octets, and no key
//! can ever stand in one. Only an ECDSA signature of a signer's is another one each time.

mod apple;
mod basic;
mod browsers;
mod der;
mod documents;
mod java;
mod kit;
mod mobile;
mod registry;
mod servers;
mod sign;
mod unix;
mod windows;

pub use kit::{Export, Kit, KitOptions, Root};
pub use sign::Signer;

use super::CaError;

/// A format that is made only when it is told more than the roots.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Optional {
    /// What it is called on the command line.
    pub format: &'static str,
    /// Who takes it.
    pub audience: &'static str,
    /// The options that it needs.
    pub needs: &'static str,
}

/// All formats of that kind.
pub fn optional() -> impl Iterator<Item = Optional> {
    browsers::CONSTRAINED.iter().chain([&sign::SIGNED]).copied()
}

/// Every file, each with its place in one folder.
///
/// # Errors
/// [`CaError::Crypto`] when one cannot be written down or signed.
pub fn all(kit: &Kit, signer: Option<&Signer>) -> Result<Vec<Export>, CaError> {
    let mut files = basic::files(kit);
    files.extend(windows::files(kit));
    files.extend(apple::files(kit)?);
    files.extend(mobile::files(kit));
    files.extend(unix::files(kit));
    files.extend(browsers::files(kit)?);
    files.extend(java::files(kit));
    files.extend(servers::files(kit));
    if let Some(signer) = signer {
        let profiles = files.iter().filter(|file| file.media_type == apple::PROFILE);
        let signed: Result<Vec<_>, _> = profiles.map(|profile| signer.sign(profile)).collect();
        files.extend(signed?);
    }
    let documents = documents::files(kit, &files)?;
    files.extend(documents);
    Ok(files)
}
