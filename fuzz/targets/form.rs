//! Addresses to return to, and queries with words of ours.
#![no_main]

use blockhouse::http::address;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let to = address::return_address(text);
    assert!(to.starts_with('/') && !to.starts_with("//") && !to.contains('\\'));
    assert_eq!(address::return_address(&to), to);
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let clean = address::clean(path, Some(query));
    assert!(!clean.starts_with("//") && !clean.starts_with("/\\"));
});
