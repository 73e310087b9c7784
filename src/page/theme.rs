//! What makes a page the organisation's own: its colour and its logo.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::PageError;
use crate::files;

/// The largest logo, in octets: it is part of every page.
const MAX_LOGO: u64 = 256 * 1024;

/// The contrast between text and its ground: a little more than the 4.5 that WCAG 2.2 asks for at
/// level AA (1.4.3), since links are thin.
const ENOUGH: f64 = 5.5;

/// The ground that accents stand on, light and dark; `style.css` has the same in `--card`.
const LIGHT_CARD: Colour = Colour([0xff, 0xff, 0xff]);
const DARK_CARD: Colour = Colour([0x1b, 0x22, 0x2c]);

/// An sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(pub(super) [u8; 3]);

impl Colour {
    const BLACK: Self = Self([0; 3]);
    const WHITE: Self = Self([255; 3]);
    /// A calm blue, for organisations that name no colour.
    pub(super) const DEFAULT: Self = Self([0x1f, 0x4f, 0x8b]);

    /// Reads `#rrggbb`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// The ratio of contrast with another colour, 1 to 21 (WCAG 2.2, "contrast ratio").
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// WCAG 2.2, "relative luminance".
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|octet| {
            let c = f64::from(octet) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// This colour, `twentieths` of the way to another.
    fn towards(self, other: Self, twentieths: u16) -> Self {
        let mix = |a: u8, b: u8| {
            let sum = u16::from(a) * (20 - twentieths) + u16::from(b) * twentieths;
            u8::try_from(sum / 20).unwrap_or(u8::MAX)
        };
        let ([r, g, b], [or, og, ob]) = (self.0, other.0);
        Self([mix(r, or), mix(g, og), mix(b, ob)])
    }

    /// The nearest shade of this colour that can be read on `ground`.
    pub(super) fn readable_on(self, ground: Self) -> Self {
        let far = ground.ink();
        let enough = |shade: &Self| shade.contrast(ground) >= ENOUGH;
        (0..=20).map(|step| self.towards(far, step)).find(enough).unwrap_or(far)
    }

    /// Black or white, whichever is easier to read on this colour; it is always at least 4.5 to 1.
    pub(super) fn ink(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) {
            Self::WHITE
        } else {
            Self::BLACK
        }
    }

    fn css(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The custom properties that carry the organisation's colour into `style.css`.
///
/// `--accent` is a shade that can be read on a card, `--on-accent` can be read on that shade.
pub(super) fn variables(brand: Colour) -> String {
    let set = |card: Colour| {
        let accent = brand.readable_on(card);
        format!(
            ":root{{--brand:{};--accent:{};--on-accent:{}}}",
            brand.css(),
            accent.css(),
            accent.ink().css()
        )
    };
    format!("{}\n@media (prefers-color-scheme:dark){{{}}}\n", set(LIGHT_CARD), set(DARK_CARD))
}

/// Reads a logo as a `data:` URI.
pub(super) fn logo(path: &Path) -> Result<String, PageError> {
    let octets = files::read("logo", path, MAX_LOGO).map_err(PageError::Logo)?;
    let kind = image_type(&octets).ok_or_else(|| PageError::LogoKind(path.into()))?;
    Ok(format!("data:{kind};base64,{}", STANDARD.encode(&octets)))
}

/// The media type by the first octets (WHATWG MIME Sniffing section 6.1), not by the file's name.
fn image_type(octets: &[u8]) -> Option<&'static str> {
    match octets {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        // An image element runs no script of an SVG, so nothing needs to be cleaned out of it.
        _ if std::str::from_utf8(octets).is_ok_and(|text| text.contains("<svg")) => {
            Some("image/svg+xml")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: &str = include_str!("../../templates/style.css");

    /// A custom property of the style sheet, in light and in dark.
    fn property(name: &str) -> [Colour; 2] {
        let pattern = format!("  {name}: #");
        let mut found = STYLE.match_indices(&pattern).map(|(place, found)| {
            let start = place + found.len() - 1;
            Colour::parse(&STYLE[start..start + 7]).unwrap()
        });
        [found.next().unwrap(), found.next().unwrap()]
    }

    #[test]
    fn the_ratio_is_that_of_wcag() {
        // Pairs and ratios from WebAIM's contrast checker.
        for (one, other, ratio) in [
            ("#000000", "#ffffff", 21.0),
            ("#777777", "#ffffff", 4.48),
            ("#0000ff", "#ffffff", 8.59),
            ("#ff0000", "#000000", 5.25),
        ] {
            let (one, other) = (Colour::parse(one).unwrap(), Colour::parse(other).unwrap());
            assert!((one.contrast(other) - ratio).abs() < 0.01, "{one:?} {other:?}");
            assert!((other.contrast(one) - ratio).abs() < 0.01, "{one:?} {other:?}");
        }
    }

    #[test]
    fn every_text_can_be_read_on_its_ground() {
        assert_eq!(property("--card"), [LIGHT_CARD, DARK_CARD]);
        for text in ["--ink", "--muted", "--danger", "--caution", "--law", "--good"] {
            for ground in ["--page", "--card", "--field"] {
                for scheme in 0..2 {
                    let ratio = property(text)[scheme].contrast(property(ground)[scheme]);
                    assert!(ratio >= 4.5, "{text} on {ground}, scheme {scheme}: {ratio:.2}");
                }
            }
        }
        // The edge of a control needs 3 to 1 (WCAG 2.2, 1.4.11).
        for scheme in 0..2 {
            assert!(property("--edge")[scheme].contrast(property("--card")[scheme]) >= 3.0);
        }
    }

    #[test]
    fn every_colour_of_an_organisation_can_be_read() {
        let step = |digit: u16| u8::try_from(digit % 8 * 36).unwrap();
        for number in 0..512 {
            let brand = Colour([step(number), step(number / 8), step(number / 64)]);
            for card in [LIGHT_CARD, DARK_CARD] {
                let accent = brand.readable_on(card);
                assert!(accent.contrast(card) >= 4.5, "{brand:?}");
                assert!(accent.contrast(accent.ink()) >= 4.5, "{brand:?}");
            }
        }
        let readable = Colour([0x1f, 0x4f, 0x8b]);
        assert_eq!(readable.readable_on(LIGHT_CARD), readable);
    }
}
