//! A request of a person who may go on: to the real site and back.

use http::{HeaderValue, Request, Response, Uri, Version, header, request};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;

use crate::host::Host;
use crate::http::kind::Kind;
use crate::http::route::{Answer, Show};
use crate::http::{BodyError, Reply, ReplyBody, Stub, Then, address, cookie};
use crate::origin::{Failure, OriginError, Origins, Own, Target};
use crate::page::ErrorKind;

/// Passes a request on, and its answer back. `own` is of the connection that it came on. `close`: that
/// one ends with the answer.
///
/// # Errors
/// [`OriginError`] when no answer came.
pub(super) async fn pass(
    origins: &Origins,
    head: &request::Parts,
    body: Incoming,
    host: &Host,
    secure: bool,
    own: &Own,
    close: bool,
) -> Result<Reply, OriginError> {
    let to = Target::new(host.clone(), secure);
    let passed = origins.send(&to, onward(head, body), own).await?;
    let response: Response<_> = passed.response;
    let response = response.map(|octets| {
        let octets = octets.map_err(|error| -> BodyError { Box::new(error) });
        ReplyBody::Passed(octets.boxed_unsync())
    });
    let then = match passed.tunnel {
        Some(upgraded) => Then::Tunnel(Box::new(TokioIo::new(upgraded))),
        None if passed.asks_connection && head.version == Version::HTTP_2 => {
            Then::Again(h2::Reason::HTTP_1_1_REQUIRED)
        }
        None if close => Then::Close,
        None => Then::Stay,
    };
    Ok(Reply { response, then })
}

/// The request as the site is to see it: without our cookies and our words in the query.
fn onward(head: &request::Parts, body: Incoming) -> Request<Incoming> {
    let mut head = head.clone();
    cookie::take_ours_out(&mut head.headers);
    let referrer = head.headers.get(header::REFERER).and_then(|referrer| referrer.to_str().ok());
    let referrer = referrer.and_then(address::clean_referrer);
    if let Some(Ok(referrer)) = referrer.map(HeaderValue::try_from) {
        head.headers.insert(header::REFERER, referrer);
    }
    let (path, query) = (head.uri.path(), head.uri.query());
    if address::has_own_words(query)
        && let Ok(clean) = address::clean(path, query).parse::<Uri>()
    {
        head.uri = clean;
    }
    Request::from_parts(head, body)
}

/// What a person, or the page around a part, gets when the site did not answer.
pub(super) fn failed(error: &OriginError, kind: Kind) -> Answer {
    let failure = error.failure();
    let status = failure.status();
    if kind != Kind::Navigation {
        return Answer::Stub(Stub::SiteFailed(status));
    }
    let error_kind = match failure {
        Failure::Unresolved | Failure::Resolver => ErrorKind::OriginUnresolved,
        Failure::RefusedAddress => ErrorKind::OriginRefused,
        Failure::Loop => ErrorKind::OriginLoop,
        Failure::Unreachable => ErrorKind::OriginUnreachable,
        Failure::ConnectTimeout | Failure::FirstByteTimeout => ErrorKind::OriginTimeout,
        Failure::CertificateExpired
        | Failure::CertificateNotYetValid
        | Failure::CertificateName
        | Failure::CertificateUntrusted
        | Failure::CertificateOther => ErrorKind::OriginCertificate,
        Failure::Handshake | Failure::Broke | Failure::BadAnswer | Failure::Client => {
            ErrorKind::OriginBroke
        }
        Failure::Busy => ErrorKind::Busy,
    };
    let show = Show::Origin { error: error_kind, detail: error.detail() };
    Answer::Page { show, status, cookies: Vec::new() }
}
