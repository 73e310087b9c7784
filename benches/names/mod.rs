//! Host names shaped like those of real lists, the same ones for the same seed.
//!
//! What was counted in large public lists goes in: two of five names are registrable domains, many
//! are hosts of a few large networks, many phishing hosts have a parent that nobody else has, labels
//! are words, words with digits, or random letters.

use std::fmt::Write as _;

/// Makes names without end; a few repeat, as in real lists.
pub(crate) struct Names {
    state: u64,
    made: u64,
}

const TLDS: [(&str, u64); 24] = [
    ("com", 46),
    ("net", 7),
    ("org", 4),
    ("ru", 4),
    ("xyz", 4),
    ("top", 4),
    ("de", 3),
    ("cn", 3),
    ("info", 3),
    ("online", 2),
    ("site", 2),
    ("shop", 2),
    ("co.uk", 2),
    ("com.br", 2),
    ("io", 2),
    ("club", 1),
    ("pl", 1),
    ("fr", 1),
    ("it", 1),
    ("in", 1),
    ("co.jp", 1),
    ("biz", 1),
    ("icu", 1),
    ("vip", 1),
];

const SYLLABLES: [&str; 40] = [
    "ba", "bet", "casi", "click", "co", "da", "de", "di", "er", "fa", "ga", "go", "ho", "in", "ka",
    "ki", "la", "li", "lo", "ma", "me", "mo", "na", "ne", "on", "pay", "po", "ra", "re", "ri",
    "sa", "se", "shop", "sta", "ta", "ter", "ti", "to", "track", "vi",
];

const HOSTS: [&str; 16] = [
    "ad",
    "ads",
    "analytics",
    "api",
    "app",
    "cdn",
    "click",
    "login",
    "m",
    "mail",
    "metrics",
    "pixel",
    "secure",
    "static",
    "stats",
    "www",
];

impl Names {
    /// Names of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, made: 0 }
    }

    /// The next name.
    pub(crate) fn next(&mut self) -> String {
        self.made += 1;
        let mut name = String::with_capacity(32);
        match self.below(100) {
            // A registrable domain.
            0..40 => self.domain(&mut name),
            // A host of one of some thousand networks that many names share.
            40..70 => {
                self.host(&mut name);
                name.push('.');
                let shared = self.below(4000).min(self.below(4000));
                let _ = write!(name, "{}{shared}.", SYLLABLES[shared as usize % 40]);
                name.push_str(TLDS[shared as usize % 24].0);
            }
            // A host of a site that has no other.
            70..90 => {
                self.host(&mut name);
                name.push('.');
                self.domain(&mut name);
            }
            // Deeper.
            _ => {
                self.host(&mut name);
                name.push('.');
                self.label(&mut name);
                name.push('.');
                let shared = self.below(2000);
                let _ = write!(name, "{}{shared}.com", SYLLABLES[shared as usize % 40]);
            }
        }
        name
    }

    fn domain(&mut self, name: &mut String) {
        self.label(name);
        name.push('.');
        let mut rest = self.below(TLDS.iter().map(|(_, weight)| weight).sum());
        for (tld, weight) in TLDS {
            if rest < weight {
                name.push_str(tld);
                return;
            }
            rest -= weight;
        }
    }

    fn host(&mut self, name: &mut String) {
        match self.below(16) {
            0 => name.push_str(HOSTS[self.below(16) as usize]),
            1..8 => {
                let _ = write!(name, "{}{}", HOSTS[self.below(16) as usize], self.below(10_000));
            }
            8..12 => self.random(name, 8),
            _ => self.label(name),
        }
    }

    fn label(&mut self, name: &mut String) {
        for _ in 0..2 + self.below(4) {
            name.push_str(SYLLABLES[self.below(40) as usize]);
        }
        match self.below(10) {
            0..4 => {
                let _ = write!(name, "{}", self.below(10_000));
            }
            4..6 => {
                name.push('-');
                name.push_str(SYLLABLES[self.below(40) as usize]);
            }
            6 => self.random(name, 6),
            _ => {}
        }
    }

    fn random(&mut self, name: &mut String, length: u64) {
        for _ in 0..length {
            name.push(char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[self.below(36) as usize]));
        }
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}
