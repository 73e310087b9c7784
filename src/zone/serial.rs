//! The serial of a zone, and whether a zone says anything new.

use std::io::{self, BufRead, Write};

/// How much of a file is looked through for its serial.
const HEAD: usize = 64 * 1024;

/// The serial of a zone that was exported, from its text.
pub fn find(text: &[u8]) -> Option<u32> {
    let head = String::from_utf8_lossy(&text[..text.len().min(HEAD)]);
    let soa = head.lines().find_map(|line| line.strip_prefix("@ SOA "))?;
    soa.split_ascii_whitespace().nth(2)?.parse().ok()
}

/// The serial after an old one, if there is one: the seconds since 1970 where these are greater by
/// serial number arithmetic (RFC 1982), else one more.
pub fn next(old: Option<u32>, now: u32) -> u32 {
    let Some(old) = old else { return now };
    let ahead = now.wrapping_sub(old);
    if ahead != 0 && ahead < 1 << 31 { now } else { old.wrapping_add(1) }
}

/// Compares what is written with what is there, and fails at the first difference.
pub struct Compare<R> {
    old: R,
}

impl<R: BufRead> Compare<R> {
    /// Compares with this.
    pub fn with(old: R) -> Self {
        Self { old }
    }

    /// Whether nothing is left.
    ///
    /// # Errors
    /// When the old contents cannot be read.
    pub fn is_at_end(mut self) -> io::Result<bool> {
        Ok(self.old.fill_buf()?.is_empty())
    }
}

impl<R: BufRead> Write for Compare<R> {
    fn write(&mut self, new: &[u8]) -> io::Result<usize> {
        let old = self.old.fill_buf()?;
        let length = old.len().min(new.len());
        if (length == 0 && !new.is_empty()) || old[..length] != new[..length] {
            return Err(io::Error::other("the contents differ"));
        }
        self.old.consume(length);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_grow() {
        for (old, now, expected) in [
            (None, 7, 7),
            (Some(5), 7, 7),
            (Some(7), 7, 8),
            (Some(9), 7, 10),
            (Some(u32::MAX), 7, 7),
            (Some(u32::MAX), u32::MAX, 0),
            (Some(7), u32::MAX, 8),
            (Some(0), 1 << 31, 1),
            (Some(0), (1 << 31) - 1, (1 << 31) - 1),
        ] {
            assert_eq!(next(old, now), expected, "{old:?} {now}");
        }
    }

    #[test]
    fn the_serial_is_found() {
        let text = b"; x\n$TTL 10\n@ SOA localhost. nobody.invalid. 0000000042 1 2 3 4\n";
        assert_eq!(find(text), Some(42));
        assert_eq!(find(b"a SOA b. c. 1 2 3 4 5\n"), None);
        assert_eq!(find(b"@ SOA localhost. nobody.invalid. 4294967296 1\n"), None);
    }

    #[test]
    fn comparing() {
        let same = |old: &[u8], new: &[u8]| {
            let mut compare = Compare::with(io::BufReader::with_capacity(3, old));
            compare.write_all(new).is_ok() && compare.is_at_end().unwrap()
        };
        assert!(same(b"", b"") && same(b"a longer text", b"a longer text"));
        assert!(!same(b"a longer text", b"a longer") && !same(b"a longer", b"a longer text"));
        assert!(!same(b"abcdef", b"abcdxf"));
    }
}
