//! The host and the path of a plain HTTP request, read from the raw octets of its head.
//!
//! Hyper parses the request itself afterwards; this only finds out for whom it is, early enough to
//! pass the connection on untouched.

use crate::host::Host;

/// The longest head that is read, and the most fields in it, as hyper has them: a client whose head is longer
/// gets its 431.
pub const MAX_HEAD: usize = 64 * 1024;
const MAX_FIELDS: usize = 128;

/// What the octets so far amount to.
#[derive(Debug, PartialEq, Eq)]
pub enum Head {
    /// More is needed.
    Partial,
    /// A whole head, with its host if it names exactly one, and the path that it asks for there.
    Whole(Option<Host>, String),
    /// Not HTTP, or longer than [`MAX_HEAD`].
    Broken,
}

/// Looks for the host of the request that starts `octets`.
pub fn parse(octets: &[u8]) -> Head {
    let mut headers = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(octets) {
        Ok(httparse::Status::Partial) if octets.len() < MAX_HEAD => Head::Partial,
        Ok(httparse::Status::Partial) | Err(_) => Head::Broken,
        Ok(httparse::Status::Complete(_)) => Head::Whole(host(&request), path(&request)),
    }
}

/// The path without its query: `/` where there is none.
fn path(request: &httparse::Request<'_, '_>) -> String {
    let target = request.path.unwrap_or_default();
    let rest = match target.strip_prefix("http://") {
        Some(rest) => rest.get(rest.find(['/', '?', '#']).unwrap_or(rest.len())..),
        None => Some(target),
    };
    let path = rest.unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    if path.is_empty() { "/".to_owned() } else { path.to_owned() }
}

fn host(request: &httparse::Request<'_, '_>) -> Option<Host> {
    // An absolute request target outranks the Host field (RFC 9112 section 3.2.2).
    if let Some(rest) = request.path?.strip_prefix("http://") {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        return Host::from_authority(rest.get(..end)?).ok();
    }
    let mut hosts = request.headers.iter().filter(|h| h.name.eq_ignore_ascii_case("host"));
    let only = hosts.next()?;
    if hosts.next().is_some() {
        return None;
    }
    Host::from_authority(std::str::from_utf8(only.value).ok()?.trim()).ok()
}
