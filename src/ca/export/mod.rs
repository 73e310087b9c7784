//! The root in every form in which devices take it; one file per format.
//!
//! All exports are made of the certificate alone, so that the same root gives the same octets.

mod der;
mod mobileconfig;
mod p7b;
mod pem;

use rustls::pki_types::CertificateDer;

use super::CaError;
use super::inspect::Facts;
use crate::clock::Time;

/// A form in which a root can be handed to devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The bare certificate.
    Der,
    /// Base 64 between two marker lines.
    Pem,
    /// PKCS#7 without signers.
    P7b,
    /// Apple's configuration profile.
    Mobileconfig,
}

impl Format {
    /// All formats, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Der, Self::Pem, Self::P7b, Self::Mobileconfig];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Der => "der",
            Self::Pem => "pem",
            Self::P7b => "p7b",
            Self::Mobileconfig => "mobileconfig",
        }
    }

    /// Who takes it.
    pub const fn audience(self) -> &'static str {
        match self {
            Self::Der => {
                "Windows, Android, Intune and Jamf uploads, Active Directory, Java's keytool"
            }
            Self::Pem => "Linux, Node, Python, git, curl, Kubernetes, Google Admin",
            Self::P7b => "Windows Group Policy import",
            Self::Mobileconfig => "macOS, iOS and iPadOS, by hand or by MDM",
        }
    }

    /// The ending of its file name.
    const fn ending(self) -> &'static str {
        match self {
            Self::Der => "cer",
            Self::Pem => "pem",
            Self::P7b => "p7b",
            Self::Mobileconfig => "mobileconfig",
        }
    }
}

/// An export: what to call it and what stands in it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Export {
    /// The file name, made of the root's common name.
    pub file_name: String,
    /// The contents.
    pub octets: Vec<u8>,
}

/// Puts a root certificate into a format.
///
/// # Errors
/// [`CaError::Broken`] when it is not a CA certificate.
pub fn export(root: &CertificateDer<'_>, format: Format) -> Result<Export, CaError> {
    let facts = facts(root)?;
    let slug = slug(&facts.common_name);
    let octets = match format {
        Format::Der => der::write(root),
        Format::Pem => pem::write(root)?,
        Format::P7b => p7b::write(&[root]),
        Format::Mobileconfig => mobileconfig::write(root, &facts, &slug)?,
    };
    Ok(Export { file_name: format!("{slug}.{}", format.ending()), octets })
}

/// The common name of a root.
///
/// # Errors
/// [`CaError::Broken`] when it is not a CA certificate.
pub fn common_name(root: &CertificateDer<'_>) -> Result<String, CaError> {
    facts(root).map(|facts| facts.common_name)
}

/// When a root ends.
///
/// # Errors
/// [`CaError::Broken`] when it is not a CA certificate.
pub fn not_after(root: &CertificateDer<'_>) -> Result<Time, CaError> {
    facts(root).map(|facts| facts.not_after)
}

fn facts(root: &CertificateDer<'_>) -> Result<Facts, CaError> {
    Facts::read(root).map_err(|why| CaError::Broken {
        what: "root certificate",
        path: "to be exported".into(),
        why,
    })
}

/// A name that is fit for files, Java aliases and Kubernetes: `[a-z0-9-]`.
fn slug(common_name: &str) -> String {
    let mut slug = String::new();
    for letter in common_name.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "root".into() } else { slug.into() }
}
