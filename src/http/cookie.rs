//! What is signed: the session cookie, the marks of the cookie check, the tokens of forms, grants.
//!
//! All four are one thing, a sealed text: purpose and payload under the HMAC of the `cookie` crate's
//! signed jar, as one URL-safe word. The purpose is part of what is signed, so that no word can be
//! used in another's place. Pure: `now` is an argument, and keys are given.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, CookieJar, Key, SameSite};
use data_encoding::HEXLOWER;
use http::header::{self, HeaderMap, HeaderValue};

use crate::clock::Time;
use crate::host::Host;
use crate::keyring::Secret;
use crate::random::{self, NoRandom};

/// How long after its setting a cookie must come back for the cookie check to pass judgement. A mark
/// older than this stands in a bookmark or in a page left open, and says nothing about cookies.
const CHECK_LASTS: Duration = Duration::from_secs(60);
/// How long a person may think on a warning page.
const FORM_LASTS: Duration = Duration::from_secs(3600);
/// A clock may have been set back a little between signing and checking.
const CLOCK_SLACK: Duration = Duration::from_secs(5);
/// Longer than every text that we seal; foreign ones are not even decoded.
const LONGEST: usize = 1024;

/// The keys under which texts are sealed: the first seals, all of them open.
///
/// A sealed text begins with the id of its key, so that one look tells which key it is of, and that
/// nothing opens it once that key is gone from the file.
#[derive(Clone)]
pub struct Keys(Vec<Arc<SealKey>>);

/// A key and what it is called. Wiped when nobody has it any more: the `cookie` crate leaves that to others.
struct SealKey {
    id: String,
    key: Key,
}

impl SealKey {
    fn new(key: Key) -> Arc<Self> {
        Arc::new(Self { id: id_of(&key), key })
    }
}

impl Drop for SealKey {
    fn drop(&mut self) {
        self.key = Key::from(&[0; 64]);
        // Or else nobody would read it, and it might not be written.
        black_box(&self.key);
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys([elided]; {})", self.0.len())
    }
}

/// What a sealed text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Session,
    Mark,
    Form,
    Grant,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Mark => "mark",
            Self::Form => "form",
            Self::Grant => "grant",
        }
    }
}

impl Keys {
    /// The newest key first. At least one.
    pub fn new(newest: Key, older: impl IntoIterator<Item = Key>) -> Self {
        Self(std::iter::once(newest).chain(older).map(SealKey::new).collect())
    }

    /// Those of a keyring, the newest first. Without any, nothing can be sealed or opened.
    pub fn of_ring(ring: &[Secret]) -> Self {
        Self(ring.iter().map(|secret| SealKey::new(Key::from(secret.as_slice()))).collect())
    }

    /// One key, made from these octets: the same octets give the same key.
    pub fn from_octets(octets: &[u8; 64]) -> Self {
        Self::new(Key::from(octets), [])
    }

    pub(super) fn seal(&self, purpose: Purpose, payload: &str) -> String {
        let mut jar = CookieJar::new();
        let Some(SealKey { id, key }) = self.0.first().map(Arc::as_ref) else {
            return String::new();
        };
        jar.signed_mut(key).add(Cookie::new("_", format!("{} {payload}", purpose.word())));
        let sealed = jar.get("_").map(|sealed| URL_SAFE_NO_PAD.encode(sealed.value()));
        format!("{id}.{}", sealed.unwrap_or_default())
    }

    pub(super) fn open(&self, purpose: Purpose, sealed: &str) -> Option<String> {
        if sealed.len() > LONGEST {
            return None;
        }
        let (id, sealed) = sealed.split_once('.')?;
        let key = &self.0.iter().find(|one| one.id == id)?.key;
        let inner = String::from_utf8(URL_SAFE_NO_PAD.decode(sealed).ok()?).ok()?;
        let mut jar = CookieJar::new();
        jar.add_original(Cookie::new("_", inner));
        let opened = jar.signed(key).get("_")?;
        let payload = opened.value().strip_prefix(purpose.word())?.strip_prefix(' ')?;
        Some(payload.to_owned())
    }
}

/// What a key is called: a part of a hash of it, which tells nothing about it.
fn id_of(key: &Key) -> String {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(b"id of a blockhouse cookie key");
    hash.update(key.master());
    HEXLOWER.encode(&hash.finish().as_ref()[..4])
}

/// One browser on one host, as its cookie tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    id: String,
    set: Time,
}

impl Session {
    /// A new one.
    ///
    /// # Errors
    /// [`NoRandom`] when the system has no random octets.
    pub fn new(now: Time) -> Result<Self, NoRandom> {
        Ok(Self { id: URL_SAFE_NO_PAD.encode(random::octets::<16>()?), set: now })
    }

    /// The one that the request's cookie names, if it is ours and not older than `lifetime`. `secure`: it came
    /// over TLS, where the cookie without the prefix counts for nothing, since others may have planted it.
    pub fn of(
        headers: &HeaderMap,
        keys: &Keys,
        secure: bool,
        lifetime: Duration,
        now: Time,
    ) -> Option<Self> {
        let name = if secure { SECURE_SESSION } else { PLAIN_SESSION };
        cookies(headers, &[name]).find_map(|value| {
            let payload = keys.open(Purpose::Session, value)?;
            let (id, set) = payload.split_once(' ')?;
            let set = Time::from_unix(set.parse().ok()?);
            is_current(set, lifetime, now).then(|| Self { id: id.to_owned(), set })
        })
    }

    /// What tells it from others.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it is time to set the cookie anew: half of its life is over.
    pub fn is_ageing(&self, lifetime: Duration, now: Time) -> bool {
        now.since(self.set) > lifetime / 2
    }

    /// The same session, set now.
    #[must_use]
    pub fn renewed(self, now: Time) -> Self {
        Self { set: now, ..self }
    }

    /// The `Set-Cookie` value. Host-only; over TLS under the `__Host-` prefix, so that no other host
    /// of the site and no plain connection can plant one (RFC 6265bis section 4.1.3).
    pub fn to_set_cookie(&self, keys: &Keys, secure: bool, lifetime: Duration) -> String {
        let value = keys.seal(Purpose::Session, &format!("{} {}", self.id, self.set.unix()));
        let name = if secure { SECURE_SESSION } else { PLAIN_SESSION };
        set_cookie(name, value, secure, lifetime, None)
    }
}

const SECURE_SESSION: &str = "__Host-blockhouse";
const PLAIN_SESSION: &str = "blockhouse";

/// The mark that the cookie check leaves in the address: "a cookie was set at this moment".
pub fn seal_mark(keys: &Keys, now: Time) -> String {
    keys.seal(Purpose::Mark, &now.unix().to_string())
}

/// Whether a mark is ours and fresh, so that the cookie set with it had to come back by now.
pub fn is_fresh_mark(keys: &Keys, mark: &str, now: Time) -> bool {
    let set = keys.open(Purpose::Mark, mark).and_then(|payload| payload.parse().ok());
    set.is_some_and(|set| is_current(Time::from_unix(set), CHECK_LASTS, now))
}

/// The token of a warning page's form: bound to the session, the host and the rule that warned.
pub fn seal_form(keys: &Keys, session: &Session, host: &Host, rule: u64, now: Time) -> String {
    keys.seal(Purpose::Form, &format!("{} {host} {rule:x} {}", session.id, now.unix()))
}

/// Whether a form's token fits the session, the host and the rule, and is not too old.
pub fn is_good_form(
    keys: &Keys,
    token: &str,
    session: &Session,
    host: &Host,
    rule: u64,
    now: Time,
) -> bool {
    let Some(payload) = keys.open(Purpose::Form, token) else { return false };
    let Some((bound, set)) = payload.rsplit_once(' ') else { return false };
    let Ok(set) = set.parse() else { return false };
    bound == format!("{} {host} {rule:x}", session.id)
        && is_current(Time::from_unix(set), FORM_LASTS, now)
}

/// The names of grant cookies: host-only, for a site, and without TLS.
pub(super) const GRANTS: [&str; 3] =
    ["__Host-blockhouse-grant", "__Secure-blockhouse-grant", "blockhouse-grant"];
/// Every name that a cookie of ours has.
const OURS: [&str; 5] = [SECURE_SESSION, PLAIN_SESSION, GRANTS[0], GRANTS[1], GRANTS[2]];

/// Takes our cookies out of a request that goes on to the site; the site's own stay as they are, to
/// the octet.
pub fn take_ours_out(headers: &mut HeaderMap) {
    let is_ours = |pair: &[u8]| {
        let name = pair.split(|octet| *octet == b'=').next().unwrap_or_default();
        OURS.iter().any(|ours| name.trim_ascii() == ours.as_bytes())
    };
    let lines: Vec<HeaderValue> = headers.get_all(header::COOKIE).iter().cloned().collect();
    if !lines.iter().any(|line| line.as_bytes().split(|octet| *octet == b';').any(is_ours)) {
        return;
    }
    headers.remove(header::COOKIE);
    for line in lines {
        let pairs = line.as_bytes().split(|octet| *octet == b';');
        let kept: Vec<&[u8]> = pairs.filter(|pair| !is_ours(pair)).collect();
        let kept = kept.join(&b';');
        if let Ok(line) = HeaderValue::from_bytes(kept.trim_ascii_start())
            && !line.is_empty()
        {
            headers.append(header::COOKIE, line);
        }
    }
}

fn is_current(set: Time, lifetime: Duration, now: Time) -> bool {
    set <= now.plus(CLOCK_SLACK) && now.since(set) <= lifetime
}

pub(super) fn set_cookie(
    name: &'static str,
    value: String,
    secure: bool,
    lifetime: Duration,
    domain: Option<&str>,
) -> String {
    let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    let mut cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(secure)
        // Not Strict: a person who follows a link from another site must keep it.
        .same_site(SameSite::Lax)
        .max_age(cookie::time::Duration::seconds(seconds));
    if let Some(domain) = domain {
        cookie = cookie.domain(domain.to_owned());
    }
    cookie.build().to_string()
}

/// The values of the request's cookies of these names, in the request's order. The real site's
/// cookies come along with every request; they are stepped over unread.
pub(super) fn cookies<'a>(
    headers: &'a HeaderMap,
    names: &'a [&str],
) -> impl Iterator<Item = &'a str> {
    let is_ours = |name: &[u8]| names.iter().any(|ours| ours.as_bytes() == name);
    headers
        .get_all(header::COOKIE)
        .iter()
        // By octets: a site may set cookies that are no text, and ours beside them still count.
        .flat_map(|line| line.as_bytes().split(|octet| *octet == b';'))
        .filter_map(move |pair| {
            let mut parts = pair.splitn(2, |octet| *octet == b'=');
            let name = parts.next().unwrap_or_default().trim_ascii();
            let value = parts.next().filter(|_| is_ours(name))?;
            std::str::from_utf8(value.trim_ascii()).ok()
        })
        // A browser sends one of each; a client that sends thousands gets no more work out of us.
        .take(8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn keys() -> Keys {
        Keys::from_octets(&[1; 64])
    }

    fn with_cookie(set_cookie: &str) -> HeaderMap {
        let pair = set_cookie.split(';').next().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("a=b; {pair}; c=d").parse().unwrap());
        headers
    }

    fn host(text: &str) -> Host {
        text.parse().unwrap()
    }

    #[test]
    fn a_session_comes_back_until_it_ends() {
        let (now, keys) = (Time::from_unix(1_000_000), keys());
        let session = Session::new(now).unwrap();
        let headers = with_cookie(&session.to_set_cookie(&keys, true, DAY));
        assert_eq!(Session::of(&headers, &keys, true, DAY, now), Some(session.clone()));
        assert_eq!(Session::of(&headers, &keys, true, DAY, now.plus(DAY)), Some(session));
        let late = now.plus(DAY + Duration::from_secs(1));
        assert_eq!(Session::of(&headers, &keys, true, DAY, late), None);
        assert_eq!(
            Session::of(&headers, &keys, true, DAY, now.minus(DAY)),
            None,
            "from the future"
        );
    }

    #[test]
    fn an_older_key_opens_and_a_foreign_one_does_not() {
        let now = Time::from_unix(1_000_000);
        let old = Key::from(&[1; 64]);
        let headers = with_cookie(&Session::new(now).unwrap().to_set_cookie(&keys(), false, DAY));
        let rotated = Keys::new(Key::from(&[2; 64]), [old]);
        assert!(Session::of(&headers, &rotated, false, DAY, now).is_some());
        assert!(Session::of(&headers, &Keys::from_octets(&[2; 64]), false, DAY, now).is_none());
    }

    #[test]
    fn a_purpose_is_never_another() {
        let (now, keys) = (Time::from_unix(1_000_000), keys());
        let mark = seal_mark(&keys, now);
        assert!(is_fresh_mark(&keys, &mark, now));
        for (name, secure) in [(SECURE_SESSION, true), (PLAIN_SESSION, false)] {
            let headers = with_cookie(&format!("{name}={mark}"));
            assert_eq!(Session::of(&headers, &keys, secure, DAY, now), None);
        }
    }

    #[test]
    fn a_planted_cookie_counts_for_nothing_over_tls() {
        let (now, keys) = (Time::from_unix(1_000_000), keys());
        let [planted, own] = [(); 2].map(|()| Session::new(now).unwrap());
        let line = |set: String| set.split(';').next().unwrap().to_owned();
        let plain = line(planted.to_set_cookie(&keys, false, DAY));
        let secure = line(own.to_set_cookie(&keys, true, DAY));
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("{plain}; {secure}").parse().unwrap());
        assert_eq!(Session::of(&headers, &keys, true, DAY, now), Some(own));
        assert_eq!(Session::of(&headers, &keys, false, DAY, now), Some(planted));
    }

    #[test]
    fn a_mark_is_fresh_for_a_minute() {
        let (now, keys) = (Time::from_unix(1_000_000), keys());
        let mark = seal_mark(&keys, now);
        assert!(is_fresh_mark(&keys, &mark, now.plus(CHECK_LASTS)));
        let late = now.plus(CHECK_LASTS + Duration::from_secs(1));
        assert!(!is_fresh_mark(&keys, &mark, late));
    }

    #[test]
    fn a_form_is_bound_to_session_host_and_rule() {
        let (now, keys) = (Time::from_unix(1_000_000), keys());
        let (session, other) = (Session::new(now).unwrap(), Session::new(now).unwrap());
        let token = seal_form(&keys, &session, &host("a.example"), 7, now);
        let good =
            |session, name, rule, now| is_good_form(&keys, &token, session, &host(name), rule, now);
        assert!(good(&session, "a.example", 7, now));
        assert!(!good(&other, "a.example", 7, now));
        assert!(!good(&session, "b.example", 7, now));
        assert!(!good(&session, "a.example", 8, now));
        assert!(!good(&session, "a.example", 7, now.plus(DAY)));
    }

    #[test]
    fn a_cookie_of_the_site_that_is_no_text_hides_none_of_ours() {
        let (now, keys) = (Time::from_unix(1_000_000), keys());
        let set = Session::new(now).unwrap().to_set_cookie(&keys, true, DAY);
        let ours = set.split(';').next().unwrap();
        let line = [b"name=\xfc\xff; ".as_slice(), ours.as_bytes()].concat();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_bytes(&line).unwrap());
        assert!(Session::of(&headers, &keys, true, DAY, now).is_some());
    }

    #[test]
    fn only_our_cookies_are_taken_out() {
        for (line, left) in [
            ("a=b; __Host-blockhouse=x; c=d", Some("a=b; c=d")),
            ("__Secure-blockhouse-grant=x; a=\"b;c\"", Some("a=\"b;c\"")),
            ("blockhouse-grant=x", None),
            ("blockhouse=x;__Host-blockhouse-grant=y", None),
            (
                "a=b;  c ; =; xblockhouse=1; blockhouse2=2",
                Some("a=b;  c ; =; xblockhouse=1; blockhouse2=2"),
            ),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, line.parse().unwrap());
            take_ours_out(&mut headers);
            assert_eq!(headers.get(header::COOKIE).map(|v| v.to_str().unwrap()), left, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_flipped_bit_fails(place in 0usize..400, bit in 0u8..8) {
            let (now, keys) = (Time::from_unix(1_000_000), keys());
            let session = Session::new(now).unwrap().to_set_cookie(&keys, true, DAY);
            for set_cookie in [session] {
                let (start, rest) = set_cookie.split_once('=').unwrap();
                let mut value = rest.split(';').next().unwrap().as_bytes().to_vec();
                let place = place % value.len();
                value[place] ^= 1 << bit;
                let mut line = format!("{start}=").into_bytes();
                line.extend(value);
                let Ok(line) = http::HeaderValue::from_bytes(&line) else { continue };
                let mut headers = HeaderMap::new();
                headers.insert(header::COOKIE, line);
                prop_assert_eq!(Session::of(&headers, &keys, true, DAY, now), None);
            }
        }
    }
}
