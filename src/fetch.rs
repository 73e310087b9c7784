//! Fetching a list: asked for only when it changed, checked before it takes the place of the last one.
//!
//! Whatever goes wrong, the last good list stays as it is.

use std::fs::File;
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest::{self, SHA256};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::clock::Time;
use crate::config::{ListFormat, ListPlace, ListSource, Lists};
use crate::files::{self, FileError, Scratch};
use crate::host::Host;
use crate::origin::{BodyBroke, OriginBody, OriginError, Origins, Own, Target};
use crate::policy::lists;

/// How often an address may lead to another one.
const REDIRECTS: usize = 5;
/// What asks, so that who serves lists knows whom to write to.
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("blockhouse/", env!("CARGO_PKG_VERSION")));
/// The largest note about a list, in octets.
const LARGEST_NOTE: u64 = 64 * 1024;

/// A list could not be fetched; the last good one is still there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The address cannot be asked for.
    #[error("`{0}` leads nowhere: it must be a web address with https")]
    Address(String),
    /// The server did not answer.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The server broke off, or did not send as much as it said.
    #[error("the list broke off after {octets} octets")]
    Broke {
        /// How many had come.
        octets: u64,
        /// Why.
        source: BodyBroke,
    },
    /// It took too long.
    #[error("the list did not come within {} s (`lists.timeout`)", .0.as_secs())]
    TimedOut(Duration),
    /// The server said something else than a list.
    #[error("the server answered with status {0}")]
    Status(StatusCode),
    /// The address leads on and on.
    #[error("the address leads to another one more than {REDIRECTS} times")]
    Redirects,
    /// The list is larger than it may be.
    #[error("the list is larger than {0} octets (`lists.size`)")]
    TooLarge(u64),
    /// A page came instead of a list: a portal to log in to, or a notice.
    #[error("a web page came instead of a list; open the address in a browser to see it")]
    Page,
    /// The list is encoded, which was not asked for.
    #[error("the list came with the content encoding `{0}`, which was not asked for")]
    Encoded(String),
    /// The octets are not those of the pin.
    #[error("the list has the SHA-256 {found}, not the one of the configuration")]
    Pin {
        /// What it has.
        found: String,
    },
    /// The list is of no use in its format.
    #[error("nothing in the list is in the format `{format}`: {}", reason.as_deref().unwrap_or("it is empty"))]
    NothingUnderstood {
        /// The format.
        format: ListFormat,
        /// What is wrong with the first line that is wrong.
        reason: Option<String>,
    },
    /// It cannot be kept.
    #[error("the list cannot be kept in {}", path.display())]
    Keep {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is known of it cannot be kept.
    #[error(transparent)]
    Note(#[from] FileError),
}

/// What is known of a list that was fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its address.
    pub url: String,
    /// The `ETag` that came with it.
    pub etag: Option<String>,
    /// The `Last-Modified` that came with it.
    pub last_modified: Option<String>,
    /// When its server last said that this is the list: seconds since 1970.
    pub checked: i64,
    /// How many octets it has.
    pub octets: u64,
    /// Their SHA-256 in hex.
    pub sha256: String,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// It is as it was.
    Unchanged,
    /// There is another one, of so many octets.
    New(u64),
}

impl Note {
    /// What is known of the list at this place; none when it was never fetched.
    pub fn of(list: &ListSource, settings: &Lists) -> Option<Self> {
        let ListPlace::Url { url, .. } = &list.place else { return None };
        let path = list.place.path(settings);
        // Without the list itself the note is worth nothing.
        std::fs::metadata(&path).ok()?;
        let octets = files::read("the note about a list", &note_path(&path), LARGEST_NOTE).ok()?;
        let note: Self = serde_json::from_slice(&octets).ok()?;
        (note.url == *url).then_some(note)
    }

    /// When its server was last asked with success.
    pub fn checked(&self) -> Time {
        Time::from_unix(self.checked)
    }
}

fn note_path(list: &Path) -> PathBuf {
    list.with_extension("json")
}

/// Asks for a list with a `url`, and keeps it when it is another one. `progress` hears how many octets
/// have come, and of how many.
///
/// # Errors
/// [`FetchError`]; the last good list is then still there.
pub async fn fetch(
    list: &ListSource,
    settings: &Lists,
    origins: &Origins,
    now: Time,
    progress: impl FnMut(u64, Option<u64>) + Send,
) -> Result<Fetched, FetchError> {
    let asked = fetch_in_time(list, settings, origins, now, progress);
    match timeout(settings.timeout, asked).await {
        Ok(fetched) => fetched,
        Err(_) => Err(FetchError::TimedOut(settings.timeout)),
    }
}

async fn fetch_in_time(
    list: &ListSource,
    settings: &Lists,
    origins: &Origins,
    now: Time,
    mut progress: impl FnMut(u64, Option<u64>) + Send,
) -> Result<Fetched, FetchError> {
    let ListPlace::Url { url, sha256 } = &list.place else {
        return Err(FetchError::Address(list.place.to_string()));
    };
    let known = Note::of(list, settings);
    // A list with another pin than the one that is there is asked for as if there were none.
    let known = known.filter(|note| sha256.as_ref().is_none_or(|pin| *pin == note.sha256));
    let response = ask(url, known.as_ref(), origins).await?;
    let path = list.place.path(settings);
    if response.status() == StatusCode::NOT_MODIFIED
        && let Some(note) = known
    {
        keep_note(&path, &Note { checked: now.unix(), ..note })?;
        return Ok(Fetched::Unchanged);
    }
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let text = |name| {
        let value =
            response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        value.map(str::to_owned)
    };
    if let Some(encoding) = text(header::CONTENT_ENCODING).filter(|word| word != "identity") {
        return Err(FetchError::Encoded(encoding));
    }
    if text(header::CONTENT_TYPE).is_some_and(|kind| kind.to_ascii_lowercase().contains("html")) {
        return Err(FetchError::Page);
    }
    let expected = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    if expected.is_some_and(|length: u64| length > settings.size) {
        return Err(FetchError::TooLarge(settings.size));
    }
    let (etag, last_modified) = (text(header::ETAG), text(header::LAST_MODIFIED));
    let failed = |source| FetchError::Keep { path: path.clone(), source };
    std::fs::create_dir_all(&settings.directory).map_err(failed)?;
    let mut scratch = Scratch::beside(&path, 0o644).map_err(failed)?;
    // Half a list would let through what the other half blocks.
    let mut body = response.into_body().strict();
    let (octets, sum) =
        receive(&mut body, &mut scratch, settings.size, &path, |n| progress(n, expected)).await?;
    if sha256.as_ref().is_some_and(|pin| *pin != sum) {
        return Err(FetchError::Pin { found: sum });
    }
    let (format, suffixes, whole) = (list.format, list.suffixes, scratch.path().to_owned());
    let tried = tokio::task::spawn_blocking(move || is_usable(&whole, format, suffixes)).await;
    tried.map_err(|error| failed(io::Error::other(error)))?.map_err(failed)??;
    let same = known.is_some_and(|note| note.sha256 == sum);
    if !same {
        scratch.put().map_err(failed)?;
    }
    let (url, checked) = (url.clone(), now.unix());
    keep_note(&path, &Note { url, etag, last_modified, checked, octets, sha256: sum })?;
    Ok(if same { Fetched::Unchanged } else { Fetched::New(octets) })
}

fn keep_note(list: &Path, note: &Note) -> Result<(), FetchError> {
    let text = serde_json::to_vec_pretty(note).unwrap_or_default();
    Ok(files::replace("the note about a list", &note_path(list), &text, 0o644)?)
}

/// Asks for an address, and for those that it leads to.
async fn ask(
    url: &str,
    known: Option<&Note>,
    origins: &Origins,
) -> Result<Response<OriginBody>, FetchError> {
    let mut at: Uri = url.parse().map_err(|_| FetchError::Address(url.to_owned()))?;
    for _ in 0..=REDIRECTS {
        let wrong = || FetchError::Address(at.to_string());
        let secure = at.scheme_str() == Some("https");
        // What began with TLS must not go on without it.
        if !secure && url.starts_with("https:") {
            return Err(wrong());
        }
        let host = at.host().and_then(|host| Host::from_authority(host).ok()).ok_or_else(wrong)?;
        let mut to = Target::new(host, secure);
        if let Some(port) = at.port_u16() {
            to = to.at_port(port);
        }
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.uri_mut() = at.clone();
        conditions(request.headers_mut(), known);
        let response = origins.send(&to, request, &Own::default()).await?.response;
        let location = response.headers().get(header::LOCATION);
        let leads_on = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
        match location.and_then(|location| location.to_str().ok()).filter(|_| leads_on) {
            Some(location) => at = resolve(&at, location).ok_or_else(wrong)?,
            None => return Ok(response),
        }
    }
    Err(FetchError::Redirects)
}

/// The address that a `Location` means: whole, whole but for how to ask, or a path on the same server.
fn resolve(from: &Uri, location: &str) -> Option<Uri> {
    // Another server, asked in the same way (RFC 3986 section 4.2).
    if location.starts_with("//") {
        return format!("{}:{location}", from.scheme_str()?).parse().ok();
    }
    let to: Uri = location.parse().ok()?;
    if to.scheme().is_some() {
        return Some(to);
    }
    let path = to.path_and_query().filter(|path| path.as_str().starts_with('/'))?.clone();
    let mut parts = from.clone().into_parts();
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).ok()
}

fn conditions(fields: &mut HeaderMap, known: Option<&Note>) {
    fields.insert(header::USER_AGENT, AGENT);
    fields.insert(header::ACCEPT, HeaderValue::from_static("text/plain, */*;q=0.5"));
    fields.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let value = |text: &Option<String>| HeaderValue::from_str(text.as_deref()?).ok();
    if let Some(etag) = known.and_then(|note| value(&note.etag)) {
        fields.insert(header::IF_NONE_MATCH, etag);
    }
    if let Some(time) = known.and_then(|note| value(&note.last_modified)) {
        fields.insert(header::IF_MODIFIED_SINCE, time);
    }
}

/// Writes a body down; gives its length and its SHA-256 in hex.
async fn receive(
    body: &mut OriginBody,
    scratch: &mut Scratch,
    largest: u64,
    path: &Path,
    mut progress: impl FnMut(u64),
) -> Result<(u64, String), FetchError> {
    let mut sum = digest::Context::new(&SHA256);
    let mut octets = 0;
    let mut begins = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|source| FetchError::Broke { octets, source })?;
        let Some(data) = frame.data_ref() else { continue };
        octets += data.len() as u64;
        if octets > largest {
            return Err(FetchError::TooLarge(largest));
        }
        if begins.len() < 512 {
            begins.extend_from_slice(&data[..data.len().min(512)]);
            if is_page(&begins) {
                return Err(FetchError::Page);
            }
        }
        sum.update(data);
        let failed = |source| FetchError::Keep { path: path.into(), source };
        // Some hundred octets to a few kilobytes, into the system's cache.
        scratch.file().write_all(data).map_err(failed)?;
        progress(octets);
    }
    Ok((octets, HEXLOWER.encode(sum.finish().as_ref())))
}

/// Whether text begins as HTML does; no list begins with `<`.
fn is_page(begins: &[u8]) -> bool {
    let text = begins.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begins).trim_ascii_start();
    text.first() == Some(&b'<')
}

/// Whether a list holds anything in its format.
fn is_usable(
    path: &Path,
    format: ListFormat,
    suffixes: bool,
) -> io::Result<Result<(), FetchError>> {
    let mut taken = 0_u64;
    let octets = BufReader::with_capacity(1 << 18, File::open(path)?);
    let findings = lists::scan(format, octets, suffixes, |_, _, _, _| taken += 1)?;
    if taken > 0 {
        return Ok(Ok(()));
    }
    let reason = findings.first_invalid.first().map(|wrong| wrong.reason.clone());
    Ok(Err(FetchError::NothingUnderstood { format, reason }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_leads_where_it_says() {
        let from: Uri = "https://lists.example/a/hosts.txt?x".parse().unwrap();
        for (location, wanted) in [
            ("https://cdn.example/b", Some("https://cdn.example/b")),
            ("//cdn.example/b", Some("https://cdn.example/b")),
            ("/b?y", Some("https://lists.example/b?y")),
            ("b", None),
        ] {
            let to = resolve(&from, location).map(|uri| uri.to_string());
            assert_eq!(to.as_deref(), wanted, "{location}");
        }
    }
}
