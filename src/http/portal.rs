//! What a request to the portal gets, as a pure function of its head.

use http::{HeaderMap, Method, header, request};

use super::address;
use super::route::chosen_language;

/// The page from which people install the root.
pub const INSTALL: &str = "/";
/// The page that checks a device.
pub const CHECK: &str = "/check";
/// Below it, a test address answers with the word in its query.
pub const PROBE: &str = "/probe/ok";
/// The same as a picture.
pub const PICTURE: &str = "/probe/ok.svg";
/// A page asks here what became of a name that it tried; the word in the query is the name's first label.
pub const SEEN: &str = "/probe/seen";
/// The folder of the files to download.
pub const FILES: &str = "/ca/";

/// Comes back from a browser that keeps cookies.
const COOKIE: &str = "blockhouse-portal";
/// In the address of the check, once the cookie was set.
const ASKED: &str = "cookies";

/// As what the portal was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// By its name.
    Portal,
    /// By a name that a browser tries the root with.
    Check,
    /// By an address of this server.
    Address,
}

/// What became of a name that a page tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// No hello for it came.
    None,
    /// One came.
    Came,
    /// The client did not accept the certificate.
    Refused,
}

impl Fate {
    /// Its word in answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Came => "came",
            Self::Refused => "refused",
        }
    }
}

/// What a request gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// The page from which people install the root.
    Install,
    /// The page that checks a device, and whether the cookie came back.
    Check {
        /// Whether it did.
        cookies: bool,
    },
    /// A cookie, which must come back at this address.
    CookieCheck {
        /// Path and query.
        location: String,
        /// The `Set-Cookie` value.
        cookie: &'static str,
    },
    /// The word that shows that the test address was reached.
    Probe(&'a str),
    /// The same as a picture.
    Picture,
    /// What became of a name that begins with this word.
    Seen(&'a str),
    /// A file, by its name.
    File(&'a str),
    /// The same address at the portal's name over TLS.
    ToTls(String),
    /// Nothing is there.
    NotFound,
    /// It was not a GET.
    BadMethod,
}

/// Decides. `own_certificate`: the portal has one that browsers trust without our root, so that nothing
/// but tests goes unprotected.
pub fn route(head: &request::Parts, name: Name, secure: bool, own_certificate: bool) -> Wanted<'_> {
    if head.method != Method::GET && head.method != Method::HEAD {
        return Wanted::BadMethod;
    }
    let (path, query) = (head.uri.path(), head.uri.query());
    match path {
        PROBE => {
            return query.filter(|word| is_word(word)).map_or(Wanted::NotFound, Wanted::Probe);
        }
        PICTURE => return Wanted::Picture,
        _ if name == Name::Check => return Wanted::NotFound,
        _ => {}
    }
    if own_certificate && !secure {
        return Wanted::ToTls(address::build(path, query, &[]));
    }
    match path {
        SEEN => query.filter(|word| is_word(word)).map_or(Wanted::NotFound, Wanted::Seen),
        INSTALL => Wanted::Install,
        CHECK if has_cookie(&head.headers) => Wanted::Check { cookies: true },
        CHECK if has(query, ASKED) => Wanted::Check { cookies: false },
        CHECK => Wanted::CookieCheck {
            location: match chosen_language(query) {
                Some(tag) => format!("{CHECK}?{ASKED}&{}={tag}", address::LANGUAGE),
                None => format!("{CHECK}?{ASKED}"),
            },
            // No `Secure`: the page is there without TLS as well. It says nothing and lasts an hour.
            cookie: "blockhouse-portal=1; Path=/check; Max-Age=3600; SameSite=Lax; HttpOnly",
        },
        _ => path.strip_prefix(FILES).map_or(Wanted::NotFound, Wanted::File),
    }
}

/// What a script makes up: short, and nothing that could be markup.
fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-')
}

fn has(query: Option<&str>, name: &str) -> bool {
    query.unwrap_or_default().split('&').any(|pair| pair == name)
}

fn has_cookie(fields: &HeaderMap) -> bool {
    let fields = fields.get_all(header::COOKIE).iter();
    let octets = fields.flat_map(|field| field.as_bytes().split(|octet| *octet == b';'));
    octets
        .map(<[u8]>::trim_ascii)
        .any(|pair| pair.split(|o| *o == b'=').next() == Some(COOKIE.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(method: Method, address: &str, cookie: &str) -> request::Parts {
        let request = http::Request::builder().method(method).uri(address);
        request.header("cookie", cookie).body(()).unwrap().into_parts().0
    }

    #[test]
    fn the_check_is_shown_once_the_cookie_was_tried() {
        let check = |address, cookie| {
            let head = head(Method::GET, address, cookie);
            match route(&head, Name::Portal, false, false) {
                Wanted::Check { cookies } => Ok(cookies),
                Wanted::CookieCheck { location, .. } => Err(location),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(check("/check", ""), Err("/check?cookies".to_owned()));
        let german = "/check?blockhouse-language=de";
        assert_eq!(check(german, ""), Err("/check?cookies&blockhouse-language=de".to_owned()));
        assert_eq!(check("/check?cookies", "a=1"), Ok(false));
        assert_eq!(check("/check", "a=1; blockhouse-portal=1"), Ok(true));
    }

    #[test]
    fn only_words_are_answered_with() {
        for (address, known) in [
            ("/probe/ok?abc-1", true),
            ("/probe/ok", false),
            ("/probe/ok?", false),
            ("/probe/ok?a&b", false),
            ("/probe/ok?A", false),
        ] {
            let head = head(Method::GET, address, "");
            let wanted = route(&head, Name::Check, false, true);
            assert_eq!(wanted != Wanted::NotFound, known, "{address}");
        }
    }

    #[test]
    fn with_a_certificate_of_its_own_nothing_but_tests_goes_unprotected() {
        let get = |address: &str, secure| {
            let head = head(Method::GET, address, "");
            matches!(route(&head, Name::Address, secure, true), Wanted::ToTls(_))
        };
        assert!(get("/", false) && get("/ca/root.pem", false));
        assert!(!get("/", true) && !get("/probe/ok?a", false));
    }
}
