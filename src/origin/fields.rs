//! Which header fields go on, and which are for one hop only (RFC 9110 section 7.6).

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode, Version, request, response};

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const ALT_SVC: HeaderName = HeaderName::from_static("alt-svc");

/// The protocol that a request wants to go on with, if it wants to and HTTP/1.1 lets it. Not to another HTTP:
/// its requests would pass unseen, for whatever host they like.
pub(super) fn wanted_upgrade(head: &request::Parts) -> Option<HeaderValue> {
    let asks = names_of(&head.headers).any(|name| name.eq_ignore_ascii_case("upgrade"));
    let upgrade = head.headers.get(header::UPGRADE).cloned();
    upgrade.filter(|value| asks && head.version == Version::HTTP_11 && !is_http(value))
}

/// Whether some protocol of an `Upgrade` carries HTTP (RFC 9110 section 7.8, RFC 2817, RFC 7540 section 3.2).
fn is_http(upgrade: &HeaderValue) -> bool {
    let protocols = upgrade.as_bytes().split(|octet| *octet == b',').map(<[u8]>::trim_ascii);
    let mut names = protocols.filter_map(|protocol| protocol.split(|octet| *octet == b'/').next());
    names.any(|name| {
        ["http", "h2c", "h2", "h3", "tls"]
            .iter()
            .any(|http| name.eq_ignore_ascii_case(http.as_bytes()))
    })
}

/// Whether a request has been at this server before.
pub(super) fn has_mark(headers: &HeaderMap, marker: &str) -> bool {
    let values = headers.get_all(header::VIA).iter().filter_map(|value| value.to_str().ok());
    let mut hops = values.flat_map(|value| value.split(','));
    // `received-protocol RWS received-by [ comment ]` (RFC 9110 section 7.6.3).
    hops.any(|hop| hop.split_whitespace().nth(1) == Some(marker))
}

/// Whether a request logs its connection in, so that what follows on it counts as the same person's.
pub(super) fn authorizes_connection(headers: &HeaderMap) -> bool {
    headers.get_all(header::AUTHORIZATION).iter().any(is_of_connection)
}

/// Whether an answer asks for that.
pub(super) fn challenges_connection<B>(answer: &Response<B>) -> bool {
    answer.status() == StatusCode::UNAUTHORIZED
        && answer.headers().get_all(header::WWW_AUTHENTICATE).iter().any(is_of_connection)
}

/// Whether some challenge of a list, or the credentials, are of a scheme that is about a connection
/// (RFC 4559; \[MS-NTHT\]). Sites send one challenge to a field for these.
fn is_of_connection(value: &HeaderValue) -> bool {
    let schemes = value.as_bytes().split(|octet| *octet == b',');
    let schemes = schemes.filter_map(|part| part.trim_ascii().split(|octet| *octet == b' ').next());
    schemes.into_iter().any(|scheme| {
        scheme.eq_ignore_ascii_case(b"NTLM") || scheme.eq_ignore_ascii_case(b"Negotiate")
    })
}

/// Makes the fields of a request ready to go on.
pub(super) fn onward(head: &mut request::Parts, marker: &str, upgrade: Option<&HeaderValue>) {
    let headers = &mut head.headers;
    let takes_trailers = headers
        .get_all(header::TE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| coding.trim().eq_ignore_ascii_case("trailers"));
    take_hop_fields(headers);
    headers.remove(header::PROXY_AUTHORIZATION);
    // The client puts in the host that it connects to.
    headers.remove(header::HOST);
    if takes_trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
    if let Some(upgrade) = upgrade {
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, upgrade.clone());
    }
    one_length(headers);
    if head.version == Version::HTTP_2 {
        join_cookies(headers);
    }
    let version = match head.version {
        Version::HTTP_2 => "2",
        Version::HTTP_10 => "1.0",
        _ => "1.1",
    };
    if let Ok(via) = HeaderValue::from_str(&format!("{version} {marker}")) {
        headers.append(header::VIA, via);
    }
}

/// Makes the fields of an answer ready to go back. `switched`: the connection goes on with another
/// protocol, as its fields say.
pub(super) fn back(head: &mut response::Parts, switched: bool) {
    let headers = &mut head.headers;
    // The coding is what counted, and the length is wrong (RFC 9112 section 6.3); without content there is
    // none (RFC 9110 section 8.6).
    if headers.contains_key(header::TRANSFER_ENCODING) || head.status == StatusCode::NO_CONTENT {
        headers.remove(header::CONTENT_LENGTH);
    }
    one_length(headers);
    if !switched {
        take_hop_fields(headers);
    }
    // The browser would leave for the alternative, and stay there past the end of the grant.
    headers.remove(ALT_SVC);
}

/// Takes out of trailers what may not be there, or is for one hop only (RFC 9110 section 6.5.1).
pub(super) fn trailers(headers: &mut HeaderMap) {
    take_hop_fields(headers);
    for name in [header::CONTENT_LENGTH, header::HOST, header::TRAILER] {
        headers.remove(name);
    }
}

/// A length that is said more than once is said once (RFC 9110 section 8.6). Whoever read the message has seen
/// to it that they are the same.
fn one_length(headers: &mut HeaderMap) {
    let mut all = headers.get_all(header::CONTENT_LENGTH).iter();
    let Some(first) = all.next() else { return };
    let one = first.as_bytes().split(|octet| *octet == b',').next().unwrap_or_default();
    if all.next().is_some() || one.len() != first.len() {
        match HeaderValue::from_bytes(one.trim_ascii()) {
            Ok(one) => headers.insert(header::CONTENT_LENGTH, one),
            Err(_) => headers.remove(header::CONTENT_LENGTH),
        };
    }
}

/// Takes out what is meant for this hop alone (RFC 9110 section 7.6.1).
fn take_hop_fields(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = names_of(headers).filter_map(|name| name.parse().ok()).collect();
    for name in named {
        headers.remove(name);
    }
    let always = [
        header::CONNECTION,
        KEEP_ALIVE,
        PROXY_CONNECTION,
        header::PROXY_AUTHENTICATE,
        header::TE,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    for name in always {
        headers.remove(name);
    }
}

/// The names that `Connection` lists.
fn names_of(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

/// HTTP/2 may send cookies in pieces, which HTTP/1.1 does not know (RFC 9113 section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let pieces: Vec<&[u8]> =
        headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if pieces.len() > 1
        && let Ok(whole) = HeaderValue::from_bytes(&pieces.join(&b"; "[..]))
    {
        headers.insert(header::COOKIE, whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(version: Version, fields: &[(&str, &str)]) -> request::Parts {
        let mut request = http::Request::get("https://a.example/").version(version);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn all(headers: &HeaderMap) -> Vec<String> {
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            format!("{name}: {}", value.to_str().unwrap())
        };
        let mut lines: Vec<_> = headers.iter().map(line).collect();
        lines.sort();
        lines
    }

    #[test]
    fn fields_of_one_hop_stay_behind() {
        let fields = [
            ("Connection", "close, X-Own , keep-alive"),
            ("X-Own", "1"),
            ("X-Other", "2"),
            ("X-Other", "3"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Connection", "close"),
            ("Proxy-Authorization", "Basic x"),
            ("TE", "gzip, trailers"),
            ("Upgrade", "h2c"),
            ("Transfer-Encoding", "chunked"),
            ("Host", "a.example:8443"),
            ("Via", "1.0 fred"),
        ];
        let mut head = head(Version::HTTP_11, &fields);
        assert_eq!(wanted_upgrade(&head), None, "named, and not asked for");
        onward(&mut head, "us", None);
        let wanted = ["te: trailers", "via: 1.0 fred", "via: 1.1 us", "x-other: 2", "x-other: 3"];
        assert_eq!(all(&head.headers), wanted);
    }

    #[test]
    fn an_upgrade_that_is_asked_for_goes_on() {
        let fields = [("Connection", "keep-alive, Upgrade"), ("Upgrade", "websocket")];
        let mut head = head(Version::HTTP_11, &fields);
        let upgrade = wanted_upgrade(&head).unwrap();
        onward(&mut head, "us", Some(&upgrade));
        assert_eq!(
            all(&head.headers),
            ["connection: Upgrade", "upgrade: websocket", "via: 1.1 us"]
        );
    }

    #[test]
    fn schemes_that_log_a_connection_in_are_known() {
        let asks = |value: &str| is_of_connection(&HeaderValue::from_str(value).unwrap());
        for value in
            ["NTLM", "ntlm TlRM", "Negotiate oYG==", "Basic realm=\"a\", NTLM", "negotiate,NTLM"]
        {
            assert!(asks(value), "{value}");
        }
        for value in ["", "Basic TlRM", "Bearer NTLM", "Digest realm=\"NTLM\"", "NTLMv3 x"] {
            assert!(!asks(value), "{value}");
        }
    }

    #[test]
    fn cookies_in_pieces_are_joined() {
        let mut head = head(Version::HTTP_2, &[("cookie", "a=1"), ("cookie", "b=2")]);
        onward(&mut head, "us", None);
        assert_eq!(all(&head.headers), ["cookie: a=1; b=2", "via: 2 us"]);
    }

    #[test]
    fn our_mark_is_seen_among_others() {
        let via =
            |value: &str| has_mark(&head(Version::HTTP_11, &[("via", value)]).headers, "us-1");
        assert!(via("1.1 us-1") && via("1.0 fred, 2 us-1 (comment), 1.1 p.example"));
        assert!(!via("1.1 us-12") && !via("1.1 fred (us-1)") && !via("us-1"));
    }
}
