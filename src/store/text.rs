//! Texts from people, ids, and how times are written.

pub(super) use crate::clock::rfc3339;
use crate::random::{self, NoRandom};

/// The longest reason, in characters.
pub const MAX_REASON: usize = 500;
/// The longest contact or note, in characters.
pub const MAX_NOTE: usize = 200;

/// A text as it is kept: one line, without control and direction characters, of at most `most`
/// characters. What came from a form is cut there as well; this is the last line of defence.
pub(super) fn clean(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut kept = 0;
    let mut gap = false;
    for letter in text.chars() {
        if letter.is_whitespace() || letter.is_control() {
            gap = kept > 0;
            continue;
        }
        if is_invisible(letter) {
            continue;
        }
        let needed = 1 + usize::from(gap);
        if kept + needed > most {
            break;
        }
        if gap {
            out.push(' ');
        }
        gap = false;
        out.push(letter);
        kept += needed;
    }
    out
}

/// Characters that turn or hide what stands around them: directions, zero width, byte order marks.
pub fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A new id of `N` digits that is not `taken`.
pub(super) fn fresh_id<const N: usize>(taken: impl Fn(&str) -> bool) -> Result<String, NoRandom> {
    loop {
        let id: String = random::letters::<N>()?.iter().copied().map(char::from).collect();
        // The tables are bounded far below the number of ids, so this ends soon.
        if !taken(&id) {
            return Ok(id);
        }
    }
}

/// What a person typed, as digits of Crockford's base 32: spaces and hyphens of all kinds are left
/// out, and letters that look like digits are those digits. `None` for anything else, and for more
/// than `most` digits.
pub(super) fn typed_digits(text: &str, most: usize) -> Option<String> {
    // A caller zeroizes it; it must not leave copies behind by growing.
    let mut out = String::with_capacity(most);
    for letter in text.chars() {
        let digit = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ad}' => continue,
            other if other.is_whitespace() || is_invisible(other) => continue,
            other if other.is_ascii_alphanumeric() && other != 'U' => other,
            _ => return None,
        };
        if out.len() == most {
            return None;
        }
        out.push(digit);
    }
    Some(out)
}

/// An id as a person types it, as it is kept. What cannot be an id stays as it is.
pub(super) fn typed_id(text: &str) -> String {
    typed_digits(text, 16).unwrap_or_else(|| text.to_owned())
}

/// Spans as whole seconds.
pub(super) mod seconds {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        span: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => to.serialize_some(&span.as_secs()),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Duration::from_secs))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_one_clean_line() {
        for (text, wanted) in [
            ("  a\r\n\tb  ", "a b"),
            ("\u{1b}[2Jhello\u{7}", "[2Jhello"),
            ("a\u{202e}b\u{200b}c\u{feff}", "abc"),
            ("\u{9b}31m", "31m"),
            ("12345678", "1234567"),
            ("123456 8", "123456"),
            ("", ""),
            (" \n ", ""),
        ] {
            assert_eq!(clean(text, if text.starts_with('1') { 7 } else { 100 }), wanted);
        }
        assert_eq!(clean(&"\u{1f642}".repeat(600), MAX_REASON).chars().count(), 500);
    }

    #[test]
    fn what_is_typed_becomes_digits() {
        for (text, wanted) in [
            ("ab3d-7qk2m x9ptz", Some("AB3D7QK2MX9PTZ")),
            ("o\u{2013}i-L\u{a0}0", Some("0110")),
            ("", Some("")),
            ("abcu", None),
            ("\u{e4}", None),
            ("0123456789ABCDEFG", None),
        ] {
            assert_eq!(typed_digits(text, 16).as_deref(), wanted, "{text}");
        }
        assert_eq!(typed_id("7k3q9"), "7K3Q9");
        assert_eq!(typed_id("no id!"), "no id!");
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in "\\PC{0,40}|[0-9a-zA-Z -]{0,20}|.{0,40}", most in 0..20usize) {
            let kept = clean(&text, most);
            prop_assert!(kept.chars().count() <= most);
            prop_assert!(!kept.chars().any(|c| c.is_control() || is_invisible(c)));
            prop_assert_eq!(clean(&kept, most), kept);
            if let Some(digits) = typed_digits(&text, most) {
                prop_assert!(digits.len() <= most);
                prop_assert!(digits.bytes().all(|b| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&b)));
            }
        }
    }
}
