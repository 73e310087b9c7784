//! The host that a connection or a request asks for.
//!
//! A [`HostName`] is parsed once, at the edge, and cannot be wrong afterwards: lower case, A-labels
//! only, no trailing dot, labels of 1 to 63 octets, at most 253 octets in all.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

/// The longest host name in its text form, without the trailing dot (RFC 1035 section 2.3.4).
pub const MAX_NAME: usize = 253;
/// The longest label (RFC 1035 section 2.3.4).
pub const MAX_LABEL: usize = 63;

/// Why a text is not a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// Nothing, or only a dot.
    #[error("the host name is empty")]
    Empty,
    /// More than [`MAX_NAME`] octets.
    #[error("the host name is longer than {MAX_NAME} octets")]
    TooLong,
    /// Two dots in a row, or a leading one.
    #[error("the host name has an empty label")]
    EmptyLabel,
    /// A label of more than [`MAX_LABEL`] octets.
    #[error("a label is longer than {MAX_LABEL} octets")]
    LabelTooLong,
    /// An octet that no host name has: only letters, digits, `-` and `_` are allowed.
    #[error("a host name holds letters, digits, `-`, `_` and dots only")]
    BadCharacter,
    /// A U-label that does not turn into an A-label (RFC 5891 section 4).
    #[error("the international name is not valid IDNA")]
    BadIdn,
    /// An address stands where a name must.
    #[error("this is an IP address, not a name")]
    Address,
}

/// A DNS name in its one canonical form. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostName(Arc<str>);

impl HostName {
    /// Reads a name as it comes over the wire: SNI, authority, DNS.
    ///
    /// Upper case and one trailing dot are folded away; underscores are kept, since real hosts have
    /// them; U-labels are refused, because no client sends them.
    ///
    /// # Errors
    /// [`HostError`] when the text is no host name.
    pub fn from_wire(text: &str) -> Result<Self, HostError> {
        let mut name = String::with_capacity(text.len());
        canonical(text, &mut name)?;
        Ok(Self(name.into()))
    }

    /// Reads a name as a person writes it in a file: U-labels are turned into A-labels.
    ///
    /// # Errors
    /// [`HostError`] when the text is no host name.
    pub fn from_text(text: &str) -> Result<Self, HostError> {
        let mut name = String::new();
        canonical_of_text(text, &mut name)?;
        Ok(Self(name.into()))
    }

    /// The name as A-labels, lower case, without a trailing dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name for people: A-labels turned into U-labels where that is safe to read.
    pub fn to_unicode(&self) -> String {
        let (text, result) = idna::domain_to_unicode(&self.0);
        if result.is_ok() { text } else { self.0.to_string() }
    }

    /// Whether `self` is `parent` or lies below it, label by label.
    ///
    /// `notexample.com` is not within `example.com`.
    pub fn is_within(&self, parent: &HostName) -> bool {
        match self.0.strip_suffix(parent.as_str()) {
            Some(rest) => rest.is_empty() || rest.ends_with('.'),
            None => false,
        }
    }

    /// The name itself, then each parent, up to the top-level label.
    pub fn suffixes(&self) -> impl Iterator<Item = &str> {
        let mut rest = Some(self.as_str());
        std::iter::from_fn(move || {
            let here = rest?;
            rest = here.split_once('.').map(|(_, parent)| parent);
            Some(here)
        })
    }

    /// The site: the registrable domain by the public suffix list, or `None` when the name is
    /// itself a public suffix.
    pub fn site(&self) -> Option<&str> {
        psl::domain_str(&self.0)
    }
}

/// Writes the canonical form of what [`HostName::from_text`] reads into `into`, in the place of what
/// is there: for lists, whose millions of names need no memory of their own.
///
/// # Errors
/// [`HostError`] when the text is no host name.
pub fn canonical_of_text(text: &str, into: &mut String) -> Result<(), HostError> {
    if text.is_ascii() {
        return canonical(text, into);
    }
    // More than this cannot fit any more once it is encoded; it bounds the work on foreign text.
    if text.len() > 4 * MAX_NAME {
        return Err(HostError::TooLong);
    }
    let ascii = idna::domain_to_ascii(text).map_err(|_| HostError::BadIdn)?;
    canonical(&ascii, into)
}

fn canonical(text: &str, into: &mut String) -> Result<(), HostError> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return Err(HostError::Empty);
    }
    if text.len() > MAX_NAME {
        return Err(HostError::TooLong);
    }
    for label in text.split('.') {
        if label.is_empty() {
            return Err(HostError::EmptyLabel);
        }
        if label.len() > MAX_LABEL {
            return Err(HostError::LabelTooLong);
        }
        let fine = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !label.bytes().all(fine) {
            return Err(HostError::BadCharacter);
        }
    }
    // A name whose last label is all digits is read as an IPv4 address by the URL standard
    // (WHATWG URL, "ends in a number checker"), so no browser can mean a name by it.
    let last = text.rsplit('.').next().unwrap_or(text);
    if last.bytes().all(|b| b.is_ascii_digit()) {
        return Err(HostError::Address);
    }
    into.clear();
    into.push_str(text);
    into.make_ascii_lowercase();
    Ok(())
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for HostName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// What a leaf is minted for: a name, or an address when the client sent no name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Host {
    /// A DNS name.
    Name(HostName),
    /// An IP address, in its canonical form (an IPv4-mapped IPv6 address is the IPv4 address).
    Ip(IpAddr),
}

impl Host {
    /// Reads the host of an authority (`example.com:443`, `192.0.2.1`, `[2001:db8::1]:8443`),
    /// leaving the port out (RFC 3986 section 3.2.2).
    ///
    /// # Errors
    /// [`HostError`] when there is no host in it.
    pub fn from_authority(authority: &str) -> Result<Self, HostError> {
        // User information never belongs into an authority of ours.
        if authority.contains('@') {
            return Err(HostError::BadCharacter);
        }
        if let Some(rest) = authority.strip_prefix('[') {
            let (inside, port) = rest.split_once(']').ok_or(HostError::BadCharacter)?;
            if !(port.is_empty() || is_port(port)) {
                return Err(HostError::BadCharacter);
            }
            let ip: std::net::Ipv6Addr = inside.parse().map_err(|_| HostError::BadCharacter)?;
            return Ok(Self::from_ip(IpAddr::V6(ip)));
        }
        let host = match authority.rfind(':') {
            Some(colon) if is_port(&authority[colon..]) => &authority[..colon],
            _ => authority,
        };
        host.parse()
    }

    /// Reads a host as a person types it: an address, also in brackets, or a name, in which U-labels are
    /// turned into A-labels.
    ///
    /// # Errors
    /// [`HostError`] when the text is no host.
    pub fn from_text(text: &str) -> Result<Self, HostError> {
        match text.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(ip) => Ok(Self::from_ip(ip)),
            Err(_) => HostName::from_text(text).map(Self::Name),
        }
    }

    /// The host for an address.
    pub fn from_ip(ip: IpAddr) -> Self {
        Self::Ip(ip.to_canonical())
    }

    /// The name, if it is one.
    pub fn name(&self) -> Option<&HostName> {
        match self {
            Self::Name(name) => Some(name),
            Self::Ip(_) => None,
        }
    }

    /// The host as text.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Name(name) => Cow::Borrowed(name.as_str()),
            Self::Ip(ip) => Cow::Owned(ip.to_string()),
        }
    }

    /// The registrable domain, or the host itself where there is none: what a grant is for.
    pub fn site_or_self(&self) -> String {
        match self.name().and_then(HostName::site) {
            Some(site) => site.to_owned(),
            None => self.to_string(),
        }
    }

    /// The name for people; see [`HostName::to_unicode`].
    pub fn to_unicode(&self) -> String {
        match self {
            Self::Name(name) => name.to_unicode(),
            Self::Ip(ip) => ip.to_string(),
        }
    }

    /// The host as it stands in a URL: an IPv6 address goes into brackets.
    pub fn to_url_host(&self) -> String {
        match self {
            Self::Ip(IpAddr::V6(ip)) => format!("[{ip}]"),
            other => other.to_string(),
        }
    }
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

impl FromStr for Host {
    type Err = HostError;

    /// Reads a name as it comes over the wire, or an address.
    fn from_str(text: &str) -> Result<Self, HostError> {
        match text.parse::<IpAddr>() {
            Ok(ip) => Ok(Self::from_ip(ip)),
            Err(_) => HostName::from_wire(text).map(Self::Name),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Ip(ip) => ip.fmt(f),
        }
    }
}

impl serde::Serialize for Host {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> serde::Deserialize<'de> for Host {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        <String as serde::Deserialize>::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl From<HostName> for Host {
    fn from(name: HostName) -> Self {
        Self::Name(name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> HostName {
        HostName::from_wire(text).unwrap()
    }

    #[test]
    fn names_have_one_form() {
        for (text, wanted) in [
            ("Example.COM", "example.com"),
            ("example.com.", "example.com"),
            ("a_b.example", "a_b.example"),
            ("single", "single"),
            ("1.2.3.test", "1.2.3.test"),
        ] {
            assert_eq!(name(text).as_str(), wanted);
        }
        let german = HostName::from_text("B\u{fc}cher.example").unwrap();
        assert_eq!(german.as_str(), "xn--bcher-kva.example");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "a".repeat(64);
        let longer = vec!["a".repeat(63); 4].join(".");
        for (text, error) in [
            ("", HostError::Empty),
            (".", HostError::Empty),
            ("a..b", HostError::EmptyLabel),
            (".a", HostError::EmptyLabel),
            ("a b", HostError::BadCharacter),
            ("a/b", HostError::BadCharacter),
            ("\u{fc}", HostError::BadCharacter),
            ("192.0.2.1", HostError::Address),
            (long.as_str(), HostError::LabelTooLong),
            (longer.as_str(), HostError::TooLong),
        ] {
            assert_eq!(HostName::from_wire(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn authorities_give_their_host() {
        for (text, wanted) in [
            ("example.com:443", "example.com"),
            ("example.com", "example.com"),
            ("192.0.2.1:80", "192.0.2.1"),
            ("[2001:DB8::1]:443", "2001:db8::1"),
            ("[::ffff:192.0.2.1]", "192.0.2.1"),
        ] {
            assert_eq!(Host::from_authority(text).unwrap().to_string(), wanted);
        }
        for text in ["", "user@host", "[::1", "[::1]x", "a:b:c", "host:port"] {
            assert!(Host::from_authority(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_any_text_is_safe_and_stable(text in "\\PC{0,300}") {
            let read = [HostName::from_wire(&text), HostName::from_text(&text)];
            for host in read.into_iter().flatten() {
                prop_assert_eq!(HostName::from_wire(host.as_str()), Ok(host));
            }
            let _ = Host::from_authority(&text);
        }

        #[test]
        fn within_is_by_label(
            a in "[a-c]{1,2}(\\.[a-c]{1,2}){0,3}",
            b in "[a-c]{1,2}(\\.[a-c]{1,2}){0,2}",
        ) {
            let labels = |text: &str| text.split('.').rev().map(str::to_owned).collect::<Vec<_>>();
            let naive = labels(&a).starts_with(&labels(&b));
            prop_assert_eq!(name(&a).is_within(&name(&b)), naive);
            prop_assert_eq!(name(&a).suffixes().any(|suffix| suffix == b), naive);
        }
    }
}
