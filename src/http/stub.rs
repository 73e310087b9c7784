//! The smallest answer of each type: what a page gets for a part of it that is blocked.
//!
//! Measured in Chromium and Firefox: a typed, empty 200 that CORS lets through keeps the page around
//! it working and its console quiet; HTML, redirects and silence do not.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode, request};

use super::probe;

/// One such answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stub {
    /// 200 with this type and no octets.
    Empty(&'static str),
    /// A transparent picture of one pixel.
    Pixel,
    /// A text track without cues.
    Track,
    /// An empty web application manifest.
    Manifest,
    /// 204.
    NoContent,
    /// 403 with a JSON body that code can read: `fetch` and XHR see that they failed, and why.
    FetchRefused,
    /// 403 without a body.
    Refused,
    /// 404 without a body.
    NotFound,
    /// 503 without a body.
    Unavailable,
    /// 204 that allows what the preflight asks for, so that the request itself gets its answer.
    Preflight,
    /// 200: nothing here is for robots.
    Robots,
    /// 405.
    BadMethod,
    /// 415: a form of ours in a form that no browser sends.
    WrongType,
    /// The site behind us failed, with this status.
    SiteFailed(u16),
    /// 421: this connection is another host's (RFC 9110 section 15.5.20).
    Misdirected,
    /// What a connectivity check expects.
    Probe(probe::Answer),
}

/// A GIF of one transparent pixel, the smallest picture that every browser decodes.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x21\xf9\x04\x01\
    \x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

impl Stub {
    /// The response, without the fields that every answer carries.
    pub fn response(self, head: &request::Parts) -> Response<Bytes> {
        let (status, kind, body): (StatusCode, &'static str, &'static [u8]) = match self {
            Self::Empty(kind) => (StatusCode::OK, kind, b""),
            Self::Pixel => (StatusCode::OK, "image/gif", PIXEL),
            Self::Track => (StatusCode::OK, "text/vtt", b"WEBVTT\n"),
            Self::Manifest => (StatusCode::OK, "application/manifest+json", b"{}"),
            Self::NoContent | Self::Preflight => (StatusCode::NO_CONTENT, "", b""),
            Self::FetchRefused => {
                (StatusCode::FORBIDDEN, "application/json", br#"{"error":"blocked"}"#)
            }
            Self::Refused => (StatusCode::FORBIDDEN, "", b""),
            Self::NotFound => (StatusCode::NOT_FOUND, "", b""),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "", b""),
            Self::Robots => (StatusCode::OK, "text/plain", b"User-agent: *\nDisallow: /\n"),
            Self::BadMethod => (StatusCode::METHOD_NOT_ALLOWED, "", b""),
            Self::WrongType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "", b""),
            Self::SiteFailed(status) => {
                (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY), "", b"")
            }
            Self::Misdirected => (StatusCode::MISDIRECTED_REQUEST, "", b""),
            Self::Probe(answer) => (
                StatusCode::from_u16(answer.status).unwrap_or(StatusCode::NO_CONTENT),
                answer.content_type,
                answer.body.as_bytes(),
            ),
        };
        let mut response = Response::new(Bytes::from_static(body));
        *response.status_mut() = status;
        let fields = response.headers_mut();
        if !kind.is_empty() {
            fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        if self == Self::BadMethod {
            let allowed = HeaderValue::from_static("GET, HEAD, POST");
            fields.insert(header::ALLOW, allowed);
        }
        if self != Self::Misdirected {
            let_through(&head.headers, fields);
            if self == Self::Preflight {
                allow_asked(&head.headers, fields);
            }
        }
        response
    }
}

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const TIMING: HeaderName = HeaderName::from_static("timing-allow-origin");

/// Lets another origin's page have the answer: with CORS (Fetch section 3.2), and under a page's
/// embedder policy.
fn let_through(asked: &HeaderMap, fields: &mut HeaderMap) {
    fields.insert(CORP, HeaderValue::from_static("cross-origin"));
    let Some(origin) = asked.get(header::ORIGIN) else { return };
    fields.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    fields.insert(TIMING, origin.clone());
    fields.insert(header::VARY, HeaderValue::from_static("Origin"));
    fields.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
}

fn allow_asked(asked: &HeaderMap, fields: &mut HeaderMap) {
    if let Some(method) = asked.get(header::ACCESS_CONTROL_REQUEST_METHOD) {
        fields.insert(header::ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    }
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        fields.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    // Never remembered: the host may be allowed a minute from now.
    fields.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("0"));
}
