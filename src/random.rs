//! Random octets from the operating system's generator, and the short ids made of them.

use std::cell::RefCell;
use std::fmt;

/// No random octets could be had from the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random octets")]
pub struct NoRandom;

/// `N` random octets, fit for keys and serial numbers.
///
/// # Errors
/// [`NoRandom`] when the system's generator fails.
pub fn octets<const N: usize>() -> Result<[u8; N], NoRandom> {
    let mut out = [0; N];
    aws_lc_rs::rand::fill(&mut out).map_err(|_| NoRandom)?;
    Ok(out)
}

/// Crockford's base 32: no I, L, O, U, so that an id can be read out over the telephone.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `N` random digits of Crockford's base 32: five random bits each.
///
/// # Errors
/// [`NoRandom`] when the system's generator fails.
pub fn letters<const N: usize>() -> Result<[u8; N], NoRandom> {
    Ok(octets::<N>()?.map(|octet| ALPHABET[usize::from(octet & 31)]))
}

/// The short id of one event: fifty random bits as `7K3MQ-9Q2XA`.
///
/// It stands on the page and in the log, so that a help desk finds one by the other.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventId([u8; EventId::LENGTH]);

impl EventId {
    const LENGTH: usize = 11;

    /// A new id. Should the system have no random octets, the id is `00000-00000`: a page without
    /// a useful id is better than no page.
    pub fn new() -> Self {
        let bits = STOCK.with_borrow_mut(Stock::draw).map_or(0, u64::from_be_bytes);
        let mut text = [b'-'; Self::LENGTH];
        let letters = text.iter_mut().enumerate().filter(|(place, _)| *place != Self::LENGTH / 2);
        for (number, (_, letter)) in letters.enumerate() {
            let index = (bits >> (5 * number)) & 31;
            *letter = ALPHABET[usize::try_from(index).unwrap_or(0)];
        }
        Self(text)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Random octets for many ids: to ask for those of one costs as much as a verdict.
struct Stock {
    octets: [u8; Self::SIZE],
    /// How many of them were not given out.
    left: usize,
}

impl Stock {
    const SIZE: usize = 512;

    fn draw<const N: usize>(&mut self) -> Option<[u8; N]> {
        if self.left < N {
            self.octets = octets().ok()?;
            self.left = Self::SIZE;
        }
        let (rest, drawn) = self.octets.get(..self.left)?.split_last_chunk()?;
        self.left = rest.len();
        Some(*drawn)
    }
}

thread_local! {
    static STOCK: RefCell<Stock> = const { RefCell::new(Stock { octets: [0; Stock::SIZE], left: 0 }) };
}

impl Default for EventId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl serde::Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
