//! Host lists of all four formats.
#![no_main]

use blockhouse::config::ListFormat;
use blockhouse::policy::lists::{self, NAMED};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let lines = octets.iter().filter(|octet| **octet == b'\n').count() + 1;
    for (_, format) in ListFormat::WORDS {
        let (entries, findings) = lists::parse(*format, octets);
        for entry in &entries {
            assert!((1..=lines).contains(&entry.line));
            assert!(!entry.pattern.to_string().is_empty());
        }
        assert_eq!(findings.first_invalid.len(), findings.invalid.min(NAMED));
        for wrong in &findings.first_invalid {
            assert!((1..=lines).contains(&wrong.line) && !wrong.reason.is_empty());
        }
    }
});
