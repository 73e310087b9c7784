//! The languages that pages speak, and the choice among them.

use std::fmt;

/// A language that pages are written in. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Language(&'static Entry);

struct Entry {
    tag: &'static str,
    name: &'static str,
    right_to_left: bool,
    /// The messages, compiled in.
    messages: &'static str,
}

macro_rules! languages {
    ($($tag:literal $name:literal $right_to_left:literal,)*) => {
        &[$(Language(&Entry {
            tag: $tag,
            name: $name,
            right_to_left: $right_to_left,
            messages: include_str!(concat!("../../templates/i18n/", $tag, "/main.ftl")),
        }),)*]
    };
}

/// All languages, in the order in which the switch on a page lists them; English comes first.
pub(super) const ALL: &[Language] = languages! {
    "en" "English" false,
    "de" "Deutsch" false,
    "es" "Español" false,
    "fr" "Français" false,
    "it" "Italiano" false,
    "nl" "Nederlands" false,
    "pl" "Polski" false,
    "pt" "Português" false,
    "ar" "العربية" true,
    "he" "עברית" true,
    "ja" "日本語" false,
    "zh-Hans" "简体中文" false,
};

/// No header of a browser is longer; the rest of a longer one is not looked at.
const MAX_HEADER: usize = 1024;
/// Nobody reads more languages; further ranges are not looked at.
const MAX_RANGES: usize = 32;

impl Language {
    /// The language tag (RFC 5646), as it stands in `lang` and in the folder names under `i18n`.
    pub fn tag(self) -> &'static str {
        self.0.tag
    }

    /// The language's own name for itself.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Whether it is written from right to left.
    pub fn is_right_to_left(self) -> bool {
        self.0.right_to_left
    }

    /// The language that a tag or language range means, by lookup (RFC 4647 section 3.4): its last
    /// subtags are dropped until something fits. `pt-BR` is Portuguese, `iw` is Hebrew.
    pub fn lookup(range: &str) -> Option<Self> {
        // `zh` in any script: simplified is what we have, and nearer to the reader than English.
        // `iw` is the tag of Hebrew before 1989, which some systems still send.
        let primary = range.split(['-', '_']).next().unwrap_or(range).trim();
        let tag = match primary.to_ascii_lowercase().as_str() {
            "zh" => "zh-Hans",
            "iw" => "he",
            _ => primary,
        };
        ALL.iter().copied().find(|language| language.tag().eq_ignore_ascii_case(tag))
    }

    pub(super) fn messages(self) -> &'static str {
        self.0.messages
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.tag() == other.tag()
    }
}

impl Eq for Language {}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// All tags, for a message.
pub(super) fn tags() -> String {
    ALL.iter().map(|language| language.tag()).collect::<Vec<_>>().join(", ")
}

/// What the person chose on the page, else the best of `Accept-Language` (RFC 9110 section
/// 12.5.4), else `default`.
pub(super) fn choose(
    chosen: Option<&str>,
    accept_language: Option<&str>,
    default: Language,
) -> Language {
    if let Some(language) = chosen.filter(|tag| tag.len() <= 35).and_then(Language::lookup) {
        return language;
    }
    let header = accept_language.unwrap_or_default();
    let end = (0..=MAX_HEADER.min(header.len())).rev().find(|end| header.is_char_boundary(*end));
    let header = &header[..end.unwrap_or(0)];
    let mut best: Option<(u16, Language)> = None;
    let mut refused = Vec::new();
    for part in header.split(',').take(MAX_RANGES) {
        let (range, weight) = weighted(part);
        let language = match range {
            "*" => Some(default),
            _ => Language::lookup(range),
        };
        let Some(language) = language else { continue };
        if weight == 0 {
            refused.push(language);
        // Of equal weights the first one counts.
        } else if best.is_none_or(|(most, _)| weight > most) && !refused.contains(&language) {
            best = Some((weight, language));
        }
    }
    best.map_or(default, |(_, language)| language)
}

/// A range and its weight in thousandths; a weight that cannot be read counts as none given.
fn weighted(part: &str) -> (&str, u16) {
    let Some((range, parameters)) = part.split_once(';') else { return (part.trim(), 1000) };
    let weight = parameters
        .trim()
        .strip_prefix(['q', 'Q'])
        .and_then(|rest| rest.trim_start().strip_prefix('='))
        .and_then(|digits| digits.trim().get(..5).or(Some(digits.trim())))
        .and_then(|digits| digits.parse::<f32>().ok())
        .filter(|weight| (0.0..=1.0).contains(weight))
        .map_or(1000, thousandths);
    (range.trim(), weight)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the caller has seen that it lies between 0 and 1"
)]
fn thousandths(weight: f32) -> u16 {
    (weight * 1000.0).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(chosen: Option<&str>, accept: &str, expected: &str) {
        let german = Language::lookup("de").unwrap();
        assert_eq!(choose(chosen, Some(accept), german).tag(), expected, "{chosen:?} {accept:?}");
    }

    #[test]
    fn the_best_weight_wins_and_the_first_of_equals() {
        check(None, "fr", "fr");
        check(None, "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr");
        check(None, "en;q=0.3,it;q=0.8,nl;q=0.8", "it");
        check(None, " es ; q = 0.2 , pl ; Q=0.25 ", "pl");
        check(None, "sv, da;q=0.8, ja;q=0.1", "ja");
    }

    #[test]
    fn tags_are_looked_up_by_dropping_subtags() {
        for (tag, expected) in [
            ("pt-BR", "pt"),
            ("zh-CN", "zh-Hans"),
            ("zh-Hans-SG", "zh-Hans"),
            ("ZH", "zh-Hans"),
            ("iw", "he"),
            ("he-IL", "he"),
            ("ar-x-private", "ar"),
            ("en_GB", "en"),
            ("ja-Jpan-JP", "ja"),
        ] {
            check(None, tag, expected);
            check(Some(tag), "nl", expected);
        }
    }

    #[test]
    fn what_nobody_speaks_is_the_default() {
        for accept in
            ["", "*", "tlh", "en;q=0", "fr;q=0,fr", ",,,;;;", "q=1", "\u{0}", "-", "e", "enx"]
        {
            check(None, accept, "de");
        }
        check(Some("tlh"), "it", "it");
        check(Some(""), "it", "it");
    }

    #[test]
    fn odd_weights_do_no_harm() {
        check(None, "fr;q=nan,it;q=0.9", "fr");
        check(None, "fr;q=-1,it", "fr");
        check(None, "fr;q=0.1éé,it;q=0.2", "fr");
        check(None, &"x,".repeat(100_000), "de");
        check(None, &format!("{}fr", "é".repeat(600)), "de");
        check(None, &format!("{}fr", "x-a,".repeat(40)), "de");
    }
}
