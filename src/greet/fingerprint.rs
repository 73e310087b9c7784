//! The fingerprint of a ClientHello: which program says hello, whatever it says it is.
//!
//! JA4 is FoxIO's method (github.com/FoxIO-LLC/ja4, `technical_details/JA4.md`): the transport, the
//! highest version, whether there is a name, how many cipher suites and extensions, the first ALPN
//! protocol, then hashes of the sorted suites, and of the sorted extensions with the signature
//! algorithms. GREASE (RFC 8701) counts nowhere.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Extensions that are looked at (IANA, TLS ExtensionType Values).
const SERVER_NAME: u16 = 0x0000;
const SIGNATURE_ALGORITHMS: u16 = 0x000d;
const ALPN: u16 = 0x0010;
const COMPRESS_CERTIFICATE: u16 = 0x001b;
const RECORD_SIZE_LIMIT: u16 = 0x001c;
const DELEGATED_CREDENTIALS: u16 = 0x0022;
const SUPPORTED_VERSIONS: u16 = 0x002b;
/// Application settings, the first code point and the second; Chromium alone sends them.
const ALPS: [u16; 2] = [0x4469, 0x44cd];
const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;

/// How many octets of a handshake message say its kind and length.
const HEAD: usize = 4;
/// TLS 1.3 in a list of versions.
const TLS13: u16 = 0x0304;

/// A JA4 fingerprint, as in `t13d1516h2_8daaf6152771_e5627efa2ab1`: always 36 ASCII characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ja4([u8; 36]);

impl Ja4 {
    /// Its text.
    pub fn as_str(&self) -> &str {
        // Only ASCII gets in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Ja4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Ja4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text is not a JA4 fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a JA4 fingerprint looks like `t13d1516h2_8daaf6152771_e5627efa2ab1`")]
pub struct NoJa4;

impl FromStr for Ja4 {
    type Err = NoJa4;

    fn from_str(text: &str) -> Result<Self, NoJa4> {
        let octets: [u8; 36] = text.as_bytes().try_into().map_err(|_| NoJa4)?;
        let fine = |(place, octet): (usize, &u8)| match place {
            10 | 23 => *octet == b'_',
            0..10 => octet.is_ascii_alphanumeric(),
            _ => octet.is_ascii_digit() || (b'a'..=b'f').contains(octet),
        };
        if octets.iter().enumerate().all(fine) { Ok(Self(octets)) } else { Err(NoJa4) }
    }
}

impl Serialize for Ja4 {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Ja4 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// What kind of program says such a hello, by what only that kind sends. It is what the hello looks
/// like: programs that are built on a browser's network stack look like the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Firefox and its relatives: delegated credentials and a record size limit, no GREASE.
    Firefox,
    /// Chromium, Chrome, Edge and what is built on them: GREASE, with application settings or ECH.
    Chromium,
    /// Safari and what is built on Apple's stack: GREASE and compressed certificates, no ECH.
    Safari,
    /// Everything else.
    Other,
}

impl Family {
    /// Whether it looks like a browser.
    pub fn is_browser(self) -> bool {
        match self {
            Self::Firefox | Self::Chromium | Self::Safari => true,
            Self::Other => false,
        }
    }

    /// Its name for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Firefox => "Firefox",
            Self::Chromium => "Chromium",
            Self::Safari => "Safari",
            Self::Other => "program",
        }
    }
}

/// What a hello tells of the program that sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// JA4.
    pub ja4: Ja4,
    /// What it looks like.
    pub family: Family,
    /// Whether it offers TLS 1.3, which we then choose.
    pub offers_tls13: bool,
    /// Whether it names a host.
    pub is_named: bool,
}

/// Takes the fingerprint of the ClientHello that starts `octets`: TLS records as they came over TCP.
/// `None` when it is not whole, or is no hello.
pub fn fingerprint(octets: &[u8]) -> Option<Fingerprint> {
    let message = message(octets)?;
    let hello = Fields::read(&message)?;
    Some(Fingerprint {
        ja4: hello.ja4(),
        family: hello.family(),
        offers_tls13: hello.versions.contains(&TLS13),
        is_named: hello.has(SERVER_NAME),
    })
}

/// The name in the ClientHello that starts `octets` (RFC 6066 section 3), as it stands there. It is read from
/// hellos that are not otherwise good as well.
pub fn server_name(octets: &[u8]) -> Option<String> {
    let message = message(octets)?;
    let name = Fields::read(&message)?.name?;
    String::from_utf8(name.to_vec()).ok()
}

/// The body of the first handshake message, which may be spread over records (RFC 8446 section 5.1).
fn message(octets: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut rest = Reader(octets);
    let mut message = Cow::Borrowed(&[][..]);
    loop {
        let mut whole = Reader(&message);
        if let (Some(1), Some(length)) = (whole.u8(), whole.u24())
            && whole.0.len() >= length
        {
            let body = HEAD..HEAD + length;
            return Some(match message {
                Cow::Borrowed(message) => Cow::Borrowed(message.get(body)?),
                Cow::Owned(message) => Cow::Owned(message.get(body)?.to_vec()),
            });
        }
        // 22 is the record type of a handshake; the version in the record means nothing.
        if rest.u8()? != 22 {
            return None;
        }
        rest.u16()?;
        let fragment = rest.vector16()?;
        if fragment.is_empty() || message.first().is_some_and(|kind| *kind != 1) {
            return None;
        }
        // Most come in one record, and need not be copied.
        match message.is_empty() {
            true => message = Cow::Borrowed(fragment),
            false => message.to_mut().extend_from_slice(fragment),
        }
    }
}

/// What of a hello counts, without GREASE, in the order of the hello.
struct Fields<'h> {
    legacy_version: u16,
    ciphers: Vec<u16>,
    extensions: Vec<u16>,
    signatures: Vec<u16>,
    versions: Vec<u16>,
    alpn: Option<&'h [u8]>,
    name: Option<&'h [u8]>,
    greases: bool,
}

impl<'h> Fields<'h> {
    /// RFC 8446 section 4.1.2, and RFC 5246 section 7.4.1.2 for hellos without extensions.
    fn read(body: &'h [u8]) -> Option<Self> {
        let mut body = Reader(body);
        let legacy_version = body.u16()?;
        body.take(32)?;
        body.vector8()?;
        let (ciphers, greases) = Reader(body.vector16()?).numbers()?;
        body.vector8()?;
        let mut fields = Self {
            legacy_version,
            ciphers,
            extensions: Vec::new(),
            signatures: Vec::new(),
            versions: Vec::new(),
            alpn: None,
            name: None,
            greases,
        };
        if body.0.is_empty() {
            return Some(fields);
        }
        let mut extensions = Reader(body.vector16()?);
        while !extensions.0.is_empty() {
            let (kind, content) = (extensions.u16()?, extensions.vector16()?);
            if is_grease(kind) {
                fields.greases = true;
                continue;
            }
            fields.extensions.push(kind);
            let mut content = Reader(content);
            match kind {
                SIGNATURE_ALGORITHMS => {
                    fields.signatures = Reader(content.vector16()?).numbers()?.0;
                }
                SUPPORTED_VERSIONS => fields.versions = Reader(content.vector8()?).numbers()?.0,
                SERVER_NAME => {
                    // 0 is a host name, and there is no other kind. What is wrong with it is for others to say.
                    fields.name = content.vector16().and_then(|list| {
                        let mut names = Reader(list);
                        names.u8().filter(|kind| *kind == 0)?;
                        names.vector16()
                    });
                }
                ALPN => {
                    let mut names = Reader(content.vector16()?);
                    fields.alpn = names.vector8();
                }
                _ => {}
            }
        }
        Some(fields)
    }

    fn has(&self, extension: u16) -> bool {
        self.extensions.contains(&extension)
    }

    fn family(&self) -> Family {
        let is_firefox = self.has(DELEGATED_CREDENTIALS) && self.has(RECORD_SIZE_LIMIT);
        let is_chromium =
            ALPS.iter().any(|alps| self.has(*alps)) || self.has(ENCRYPTED_CLIENT_HELLO);
        match self.greases {
            false if is_firefox => Family::Firefox,
            true if is_chromium => Family::Chromium,
            true if self.has(COMPRESS_CERTIFICATE) => Family::Safari,
            _ => Family::Other,
        }
    }

    fn ja4(&self) -> Ja4 {
        let version = self.versions.iter().copied().max().unwrap_or(self.legacy_version);
        let version = match version {
            0x0304 => "13",
            0x0303 => "12",
            0x0302 => "11",
            0x0301 => "10",
            0x0300 => "s3",
            0x0002 => "s2",
            _ => "00",
        };
        let name = if self.has(SERVER_NAME) { 'd' } else { 'i' };
        let (ciphers, extensions) = (self.ciphers.len().min(99), self.extensions.len().min(99));
        let [first, last] = alpn_letters(self.alpn);
        let mut sorted = self.ciphers.clone();
        sorted.sort_unstable();
        let b = short_hash(&listed(&sorted));
        let mut sorted = self.extensions.clone();
        sorted.retain(|kind| ![SERVER_NAME, ALPN].contains(kind));
        sorted.sort_unstable();
        let mut c = listed(&sorted);
        if !self.signatures.is_empty() && !c.is_empty() {
            c.push('_');
            c.push_str(&listed(&self.signatures));
        }
        let c = short_hash(&c);
        let text = format!("t{version}{name}{ciphers:02}{extensions:02}{first}{last}_{b}_{c}");
        // Always of that length; see the widths above.
        Ja4(text.as_bytes().try_into().unwrap_or([b'0'; 36]))
    }
}

/// RFC 8701: both octets are the same, and end in A.
fn is_grease(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// The first and the last letter of the first protocol; of its octets in hex where one of them is
/// neither letter nor digit.
fn alpn_letters(protocol: Option<&[u8]>) -> [char; 2] {
    let Some((first, last)) = protocol.and_then(|name| Some((*name.first()?, *name.last()?)))
    else {
        return ['0', '0'];
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [char::from(first), char::from(last)];
    }
    let digit = |number: u8| char::from_digit(number.into(), 16).unwrap_or_default();
    [digit(first >> 4), digit(last & 15)]
}

/// Numbers of four hex digits with commas between them.
fn listed(numbers: &[u16]) -> String {
    let mut text = String::with_capacity(numbers.len() * 5);
    for number in numbers {
        if !text.is_empty() {
            text.push(',');
        }
        HEXLOWER.encode_append(&number.to_be_bytes(), &mut text);
    }
    text
}

/// The first twelve hex digits of a text's SHA-256, and zeros for none.
fn short_hash(text: &str) -> String {
    if text.is_empty() {
        return "0".repeat(12);
    }
    let hash = digest(&SHA256, text.as_bytes());
    HEXLOWER.encode(&hash.as_ref()[..6])
}

/// Takes numbers and vectors off the front.
struct Reader<'o>(&'o [u8]);

impl<'o> Reader<'o> {
    fn take(&mut self, count: usize) -> Option<&'o [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u24(&mut self) -> Option<usize> {
        let octets = self.take(3)?;
        Some(octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet)))
    }

    fn vector8(&mut self) -> Option<&'o [u8]> {
        let length = self.u8()?;
        self.take(length.into())
    }

    fn vector16(&mut self) -> Option<&'o [u8]> {
        let length = self.u16()?;
        self.take(length.into())
    }

    /// All that is left as numbers of two octets, without GREASE, and whether there was any.
    fn numbers(self) -> Option<(Vec<u16>, bool)> {
        if !self.0.len().is_multiple_of(2) {
            return None;
        }
        let all = self
            .0
            .chunks_exact(2)
            .filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)));
        let (grease, numbers): (Vec<u16>, Vec<u16>) = all.partition(|number| is_grease(*number));
        Some((numbers, !grease.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn vector8(content: &[u8]) -> Vec<u8> {
        [&[u8::try_from(content.len()).unwrap()], content].concat()
    }

    fn vector16(content: &[u8]) -> Vec<u8> {
        [&u16::try_from(content.len()).unwrap().to_be_bytes(), content].concat()
    }

    fn numbers(numbers: &[u16]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    /// A hello in one record, of suites, and of extensions with their content.
    fn hello(version: u16, ciphers: &[u16], extensions: Option<&[(u16, Vec<u8>)]>) -> Vec<u8> {
        let mut body = version.to_be_bytes().to_vec();
        body.extend([7; 32]);
        body.extend(vector8(&[9; 32]));
        body.extend(vector16(&numbers(ciphers)));
        body.extend(vector8(&[0]));
        if let Some(extensions) = extensions {
            let each = extensions.iter();
            let all = each.flat_map(|(kind, content)| {
                [kind.to_be_bytes().to_vec(), vector16(content)].concat()
            });
            body.extend(vector16(&all.collect::<Vec<_>>()));
        }
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let message = [&[1], &length[1..], &body].concat();
        [&[22, 3, 1][..], &vector16(&message)].concat()
    }

    /// The example of the specification: Chrome, with GREASE everywhere and extensions in any order.
    fn chrome() -> Vec<u8> {
        let ciphers = [
            0x3a3a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
            0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
        ];
        let signatures = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
        let mut extensions: Vec<(u16, Vec<u8>)> = [
            0x1a1a, 0x0033, 0x0000, 0x0012, 0x0005, 0x000a, 0x000b, 0x0015, 0x0017, 0x001b, 0x0023,
            0x002d, 0x4469, 0xff01, 0xdada,
        ]
        .map(|kind| (kind, Vec::new()))
        .to_vec();
        extensions.insert(3, (0x000d, vector16(&numbers(&signatures))));
        extensions.insert(5, (0x0010, vector16(&[vector8(b"h2"), vector8(b"http/1.1")].concat())));
        extensions.insert(9, (0x002b, vector8(&numbers(&[0x8a8a, 0x0304, 0x0303]))));
        hello(0x0303, &ciphers, Some(&extensions))
    }

    #[track_caller]
    fn check(octets: &[u8], ja4: &str, family: Family) -> Fingerprint {
        let found = fingerprint(octets).expect("a whole hello");
        assert_eq!((found.ja4.as_str(), found.family), (ja4, family));
        assert_eq!(ja4.parse(), Ok(found.ja4));
        found
    }

    #[test]
    fn the_example_of_the_specification() {
        let ja4 = "t13d1516h2_8daaf6152771_e5627efa2ab1";
        let found = check(&chrome(), ja4, Family::Chromium);
        assert!(found.offers_tls13 && found.is_named);
    }

    #[test]
    fn a_hello_may_come_in_many_records() {
        let whole = chrome();
        let message = &whole[5..];
        let records: Vec<u8> = message
            .chunks(41)
            .flat_map(|part| [&[22, 3, 1][..], &vector16(part)].concat())
            .collect();
        assert_eq!(fingerprint(&records), fingerprint(&whole));
        for end in 0..whole.len() {
            assert_eq!(fingerprint(&whole[..end]), None, "{end} octets");
        }
        let more = [&whole[..], b"what follows"].concat();
        assert_eq!(fingerprint(&more), fingerprint(&whole));
    }

    #[test]
    fn every_part_has_its_edges() {
        // The hashes by `printf 002f,0035 | sha256sum`, and so on.
        let suites = [0x0035, 0x002f];
        let alpn = |name: &[u8]| vec![(ALPN, vector16(&vector8(name)))];
        for (octets, ja4) in [
            (hello(0x0303, &suites, None), "t12i020000_f54dd463d39b_000000000000"),
            (hello(0x0301, &[], None), "t10i000000_000000000000_000000000000"),
            (hello(0x0300, &[0x0a0a], Some(&[])), "ts3i000000_000000000000_000000000000"),
            (hello(0x7f1c, &[], None), "t00i000000_000000000000_000000000000"),
            (hello(0x0303, &[], Some(&alpn(b"h"))), "t12i0001hh_000000000000_000000000000"),
            (hello(0x0303, &[], Some(&alpn(b""))), "t12i000100_000000000000_000000000000"),
            (hello(0x0303, &[], Some(&alpn(&[0xab]))), "t12i0001ab_000000000000_000000000000"),
            (
                hello(0x0303, &[], Some(&alpn(&[0x30, 0xab]))),
                "t12i00013b_000000000000_000000000000",
            ),
            (
                hello(0x0303, &[], Some(&alpn(&[0xab, 0x31, 0xcd]))),
                "t12i0001ad_000000000000_000000000000",
            ),
            (
                // One extension that counts, and no signature algorithms: no underscore.
                hello(0x0303, &[], Some(&[(0x0017, vec![]), (SERVER_NAME, vec![])])),
                "t12d000200_000000000000_1ca028f07214",
            ),
        ] {
            check(&octets, ja4, Family::Other);
        }
        let many: Vec<u16> = (0..200).collect();
        let found = fingerprint(&hello(0x0303, &many, None)).unwrap();
        assert!(found.ja4.as_str().starts_with("t12i9900"), "{}", found.ja4);
    }

    #[test]
    fn families_by_what_only_they_send() {
        let of = |grease: bool, kinds: &[u16]| {
            let suites = if grease { [0xfafa, 0x1301] } else { [0x1301, 0x1302] };
            let extensions: Vec<_> = kinds.iter().map(|kind| (*kind, Vec::new())).collect();
            fingerprint(&hello(0x0303, &suites, Some(&extensions))).unwrap().family
        };
        assert_eq!(of(false, &[0x0022, 0x001c]), Family::Firefox);
        assert_eq!(of(false, &[0x001c]), Family::Other);
        assert_eq!(of(true, &[0x44cd]), Family::Chromium);
        assert_eq!(of(true, &[0xfe0d]), Family::Chromium);
        assert_eq!(of(true, &[0x001b]), Family::Safari);
        assert_eq!(of(false, &[0xfe0d]), Family::Other, "rustls and others send it as well");
    }

    #[test]
    fn what_is_no_hello_has_none() {
        let mut server = chrome();
        server[5] = 2;
        let mut odd = hello(0x0303, &[1, 2], None);
        // The length of the suites: odd.
        let at = odd.windows(6).position(|part| part == [0, 4, 0, 1, 0, 2]).unwrap();
        odd[at + 1] = 3;
        for octets in [&b""[..], b"GET / HTTP/1.1\r\n\r\n", &[22, 3, 1, 0, 0], &server, &odd] {
            assert_eq!(fingerprint(octets), None, "{octets:?}");
        }
        for text in ["", "t13d1516h2", "t13d1516h2-8daaf6152771-e5627efa2ab1", &"\u{e4}".repeat(18)]
        {
            assert_eq!(text.parse::<Ja4>(), Err(NoJa4));
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_safe(
            mut octets in prop::collection::vec(any::<u8>(), 0..200),
            flips in prop::collection::vec((0..300usize, any::<u8>()), 0..5),
        ) {
            let _ = fingerprint(&octets);
            octets = chrome();
            for (at, value) in flips {
                if let Some(octet) = octets.get_mut(at) {
                    *octet = value;
                }
            }
            if let Some(found) = fingerprint(&octets) {
                prop_assert_eq!(found.ja4.as_str().len(), 36);
                prop_assert_eq!(found.ja4.as_str().parse(), Ok(found.ja4));
            }
        }
    }
}
