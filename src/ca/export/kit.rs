//! What every export is made from, and the parts that several formats share.

use std::net::IpAddr;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use uuid::Uuid;

use crate::ca::CaError;
use crate::ca::inspect::{self, Facts};
use crate::ca::store::to_pem;
use crate::clock::Time;
use crate::host::HostName;

/// The name space of all UUIDs that we derive. It must never change.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f0b_6b0e_5f1d_5c36_9a51_3d5d_1b8c_e7a2);

/// The roots, and what else stands in exports. No key is within its reach.
#[derive(Debug)]
pub struct Kit {
    pub(super) roots: Vec<Root>,
    organisation: String,
    pub(super) options: KitOptions,
}

/// What exports hold besides the roots.
#[derive(Debug, Clone, Default)]
pub struct KitOptions {
    /// The addresses to which gateways send people; browsers are told that they are not local.
    pub block_addresses: Vec<IpAddr>,
    /// The page from which people install the root.
    pub portal_url: Option<String>,
    /// The only domains that Chrome and Edge may trust the root for, in the constrained policy.
    pub permitted_domains: Vec<HostName>,
}

/// One root and what stands in it.
#[derive(Debug)]
pub struct Root {
    pub(super) der: CertificateDer<'static>,
    pub(super) facts: Facts,
    /// The common name, in one line.
    pub(super) name: String,
    /// `[a-z0-9-]`, with the beginning of the SHA-256 fingerprint, so that what goes by it means this
    /// root and no other of the same name: a file name, an alias, a name in Kubernetes.
    pub(super) slug: String,
    /// `root`, or `root-2` for the second.
    pub(super) stem: String,
    pub(super) pem: String,
    pub(super) sha256: [u8; 32],
    pub(super) sha1: [u8; 20],
}

impl Kit {
    /// Takes roots apart; the first is the one that leaves chain up to.
    ///
    /// # Errors
    /// [`CaError::Broken`] when one is not a CA certificate, or there is none.
    pub fn new(certificates: &[CertificateDer<'_>], options: KitOptions) -> Result<Self, CaError> {
        let mut roots: Vec<Root> = Vec::new();
        for (number, der) in certificates.iter().enumerate() {
            let facts = Facts::read(der).map_err(broken)?;
            let sha256 = hash(&digest::SHA256, der);
            let slug = format!("{}-{}", slug(&facts.common_name), &hex_lower(&sha256)[..8]);
            let stem = match number {
                0 => "root".to_owned(),
                _ => format!("root-{}", number + 1),
            };
            roots.push(Root {
                der: der.clone().into_owned(),
                name: one_line(&facts.common_name),
                facts,
                slug,
                stem,
                pem: to_pem(der)?,
                sha256,
                sha1: hash(&digest::SHA1_FOR_LEGACY_USE_ONLY, der),
            });
        }
        let Some(root) = roots.first() else { return Err(broken("there is none".to_owned())) };
        let organisation = root.facts.organisation.as_deref().map(one_line);
        let organisation = organisation.unwrap_or_else(|| root.name.clone());
        Ok(Self { roots, organisation, options })
    }

    /// The roots, the one that leaves chain up to first.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// The one that leaves chain up to.
    pub(super) fn root(&self) -> &Root {
        // `new` refuses an empty kit.
        &self.roots[0]
    }

    /// The organisation that people will recognise.
    pub fn organisation(&self) -> &str {
        &self.organisation
    }

    /// The common name of the root that leaves chain up to.
    pub fn name(&self) -> &str {
        self.root().name()
    }

    /// The same root in PEM.
    pub fn pem(&self) -> &str {
        &self.root().pem
    }

    /// A name like the roots', for what holds all of them.
    pub fn slug(&self) -> &str {
        &self.root().slug
    }

    /// A name that stays the same from one generation of roots to the next, so that a device replaces
    /// what it got earlier.
    pub(super) fn lasting_slug(&self) -> String {
        slug(&self.organisation)
    }

    /// All roots in PEM, one after the other.
    pub(super) fn bundle(&self) -> String {
        self.roots.iter().map(|root| root.pem.as_str()).collect()
    }

    /// The same for the same roots and role, and for nothing else (RFC 9562 section 5.5).
    pub(super) fn uuid(&self, role: &str) -> String {
        let all: Vec<u8> = self.roots.iter().flat_map(|root| root.sha256).collect();
        uuid(&all, role)
    }
}

impl Root {
    /// Its common name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who signed it, where it did not do so itself.
    pub fn issued_by(&self) -> Option<&str> {
        (!self.facts.self_signed).then_some(&*self.facts.issuer)
    }

    /// When it ends.
    pub fn not_after(&self) -> Time {
        self.facts.not_after
    }

    /// Base 64 in one line.
    pub(super) fn base64(&self) -> String {
        STANDARD.encode(&self.der)
    }

    /// What Windows calls the thumbprint, as it writes it: upper case without colons.
    pub(super) fn thumbprint(&self) -> String {
        hex_lower(&self.sha1).to_uppercase()
    }

    /// `AB:CD:…`
    pub fn sha256(&self) -> String {
        inspect::fingerprint_sha256(&self.der)
    }

    /// `AB:CD:…`
    pub fn sha1(&self) -> String {
        inspect::fingerprint_sha1(&self.der)
    }

    /// The same for the same root and role, and for nothing else.
    pub(super) fn uuid(&self, role: &str) -> String {
        uuid(&self.sha256, role)
    }
}

/// One file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Export {
    /// What it is called on the command line. Two roots give two files of the same format.
    pub format: &'static str,
    /// Who takes it.
    pub audience: &'static str,
    /// Where it lies in the folder of all exports, with `/`.
    pub path: String,
    /// The contents.
    pub octets: Vec<u8>,
    /// Its media type.
    pub media_type: &'static str,
    /// Whether it is a program.
    pub executable: bool,
}

impl Export {
    pub(super) fn new(
        format: &'static str,
        audience: &'static str,
        path: impl Into<String>,
        octets: impl Into<Vec<u8>>,
        media_type: &'static str,
    ) -> Self {
        let (path, octets) = (path.into(), octets.into());
        Self { format, audience, path, octets, media_type, executable: false }
    }

    /// A shell script.
    pub(super) fn script(
        format: &'static str,
        audience: &'static str,
        path: impl Into<String>,
        text: String,
    ) -> Self {
        let script = Self::new(format, audience, path, text, "text/x-shellscript");
        Self { executable: true, ..script }
    }

    /// The name of the file alone; where it says no more than `root` or `root-2`, made of that root's, and where
    /// it says no more than `install`, with that of its folder.
    pub fn file_name(&self, kit: &Kit) -> String {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        // From the last on, since the first root's stem begins those of the others.
        let own = kit.roots.iter().rev().find_map(|root| {
            let rest = name.strip_prefix(&root.stem)?;
            rest.starts_with(['.', '-']).then(|| format!("{}{rest}", root.slug))
        });
        let general = name.starts_with("install.") || name.starts_with("uninstall.");
        own.unwrap_or_else(|| if general { self.path.replace('/', "-") } else { name.to_owned() })
    }
}

/// Puts values into the places of a text that are marked `@NAME@`.
pub(super) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        out.push_str(before);
        let known = values.iter().find_map(|(name, value)| {
            Some((*value, after.strip_prefix(*name)?.strip_prefix('@')?))
        });
        match known {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push('@');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// One JSON document for people and programs.
pub(super) fn json(value: &serde_json::Value) -> String {
    // Values without maps of odd keys are always written.
    format!("{value:#}\n")
}

/// Base 64 in lines of this width, each followed by `end`.
pub(super) fn folded(base64: &str, width: usize, before: &str, end: &str) -> String {
    let mut out = String::new();
    let mut rest = base64;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(width.min(rest.len()));
        out.push_str(before);
        out.push_str(line);
        out.push_str(end);
        rest = after;
    }
    out
}

/// UTF-16, little endian, as Windows wants it.
pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Text that stands in XML.
pub(super) fn xml(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

/// A text of a certificate without line ends and the like, which would end a comment or a line of a script.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

pub(super) fn hex_lower(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn broken(why: String) -> CaError {
    CaError::Broken { what: "root certificate", path: "to be exported".into(), why }
}

fn hash<const N: usize>(algorithm: &'static digest::Algorithm, der: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(digest::digest(algorithm, der).as_ref());
    out
}

fn uuid(name: &[u8], role: &str) -> String {
    let name = [name, b"/", role.as_bytes()].concat();
    Uuid::new_v5(&NAMESPACE, &name).hyphenated().to_string().to_uppercase()
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
    // A label of Kubernetes has 63 letters.
    slug.truncate(40);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "root".into() } else { slug.into() }
}
