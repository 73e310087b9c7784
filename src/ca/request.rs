//! A request for an issuing CA that somebody else's CA signs (PKCS#10, RFC 2986).

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::establish::MAX_ORGANISATION;
use super::key::{self, KeyKind};
use super::profile::{self, CaSubject, MAX_COMMON_NAME};
use super::store::{self, Output};
use super::token::TokenPlace;
use super::{CaError, establish};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct RequestPlan {
    /// The organisation.
    pub organisation: String,
    /// The CA's name; made of the organisation's if unset.
    pub common_name: Option<String>,
    /// The kind of its key.
    pub key: KeyKind,
    /// What encrypts the key.
    pub passphrase: Option<Zeroizing<Vec<u8>>>,
    /// The token in which the key is made.
    pub token: Option<TokenPlace>,
}

/// What was made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Requested {
    /// The request, PEM.
    pub path: PathBuf,
    /// The key, unless it is in a token.
    pub key: Option<PathBuf>,
    /// The name that is asked for.
    pub common_name: String,
}

/// Makes a key and a request for the next issuing CA; `import` takes up the certificate.
///
/// # Errors
/// [`CaError::BadOption`] for a name that cannot be, [`CaError::Step`] while another request waits, and
/// whatever stops a file from being written. Nothing is left behind then.
pub fn request(directory: &Path, plan: &RequestPlan) -> Result<Requested, CaError> {
    let organisation =
        establish::check_text("--org", &plan.organisation, MAX_ORGANISATION)?.to_owned();
    let number = store::next_generation(directory)?;
    let (_, key_path) = establish::refuse_taken(directory, number)?;
    let path = store::request(directory, number);
    let common_name = match &plan.common_name {
        Some(name) => establish::check_text("--cn", name, MAX_COMMON_NAME)?.to_owned(),
        None => {
            let suffix = format!(" Blockhouse Issuing CA G{number}");
            let room = MAX_COMMON_NAME.saturating_sub(suffix.len());
            format!("{}{suffix}", establish::cut(&organisation, room))
        }
    };
    let subject = CaSubject { organisation: Some(organisation), common_name };
    let (key, pkcs8) = establish::new_key(plan.key, plan.token.as_ref())?;
    let made = profile::request(&subject)
        .serialize_request(&key)
        .and_then(|request| request.pem())
        .map_err(|source| CaError::Sign { what: "the request", source })?;
    let mut outputs = Vec::new();
    if let Some(pkcs8) = &pkcs8 {
        outputs.push(Output::secret(&key_path, key::to_pem(pkcs8, plan.passphrase.as_ref())?));
    }
    let text = made.replace("\r\n", "\n").into_bytes();
    outputs.push(Output::plain("request", &path, text, 0o644));
    store::make_folder(directory)?;
    store::write_all(&outputs)?;
    let key = pkcs8.map(|_| key_path);
    Ok(Requested { path, key, common_name: subject.common_name })
}
