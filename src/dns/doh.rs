//! DNS over HTTPS (RFC 8484): the query in a request. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hickory_proto::op::Message;
use hickory_proto::rr::RData;
use http::{HeaderMap, Method, StatusCode, Uri, header};

/// Where it is served.
pub const PATH: &str = "/dns-query";
/// The type of queries and answers.
pub const MEDIA_TYPE: &str = "application/dns-message";

/// A request that holds no query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DohError {
    /// The address is another.
    #[error("DNS over HTTPS is at /dns-query")]
    NotFound,
    /// Neither GET nor POST.
    #[error("DNS over HTTPS takes GET and POST")]
    Method,
    /// A GET without a query.
    #[error("the parameter `dns` holds the query in base64url")]
    Parameter,
    /// A POST of something else.
    #[error("the body is a query of type application/dns-message")]
    MediaType,
    /// A body larger than any query.
    #[error("a query has 65535 octets at most")]
    TooLarge,
}

impl DohError {
    /// The status that says so.
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Parameter => StatusCode::BAD_REQUEST,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

/// The query in a GET; `None` for a POST, whose body is the query.
///
/// # Errors
/// [`DohError`].
pub fn query_of(
    method: &Method,
    address: &Uri,
    fields: &HeaderMap,
) -> Result<Option<Vec<u8>>, DohError> {
    if address.path() != PATH {
        return Err(DohError::NotFound);
    }
    if method == Method::POST {
        let kind = fields.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
        let is_query = kind.is_some_and(|kind| kind.eq_ignore_ascii_case(MEDIA_TYPE));
        return if is_query { Ok(None) } else { Err(DohError::MediaType) };
    }
    if method != Method::GET {
        return Err(DohError::Method);
    }
    let pairs = address.query().unwrap_or_default().split('&');
    let value = pairs.filter_map(|pair| pair.strip_prefix("dns=")).next();
    let octets = value.and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok());
    octets.filter(|octets| !octets.is_empty()).map(Some).ok_or(DohError::Parameter)
}

/// For how many seconds an HTTP cache may keep an answer (RFC 8484 section 5.1): as long as a resolver
/// would.
pub fn max_age(answer: &[u8]) -> u32 {
    let Ok(message) = Message::from_vec(answer) else { return 0 };
    let soa = message.authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) => Some(record.ttl.min(soa.minimum)),
        _ => None,
    });
    message.answers.iter().map(|record| record.ttl).chain(soa).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(address: &str) -> Result<Option<Vec<u8>>, DohError> {
        query_of(&Method::GET, &address.parse().unwrap(), &HeaderMap::new())
    }

    #[test]
    fn queries_are_found() {
        assert_eq!(get("/dns-query?x=1&dns=AAAB"), Ok(Some(vec![0, 0, 1])));
        assert_eq!(get("/dns-query?dns=AAE="), Ok(Some(vec![0, 1])));
        for wrong in ["/dns-query", "/dns-query?dns=", "/dns-query?dns=a%20b", "/dns-query?adns=AA"]
        {
            assert_eq!(get(wrong), Err(DohError::Parameter), "{wrong}");
        }
        assert_eq!(get("/?dns=AAAB"), Err(DohError::NotFound));
        let post = |kind: &str| {
            let fields = [(header::CONTENT_TYPE, kind.parse().unwrap())].into_iter().collect();
            query_of(&Method::POST, &PATH.parse().unwrap(), &fields)
        };
        assert_eq!(post("application/dns-message"), Ok(None));
        assert_eq!(post("text/plain"), Err(DohError::MediaType));
    }
}
