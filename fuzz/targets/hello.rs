//! The fingerprint of a ClientHello.
#![no_main]

use blockhouse::greet::fingerprint::{Ja4, fingerprint};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let Some(found) = fingerprint(octets) else { return };
    assert_eq!(found.ja4.as_str().len(), 36);
    assert_eq!(found.ja4.as_str().parse::<Ja4>(), Ok(found.ja4));
    // A whole hello stays the same, whatever follows.
    let more = [octets, b"rest"].concat();
    assert_eq!(fingerprint(&more), Some(found));
});
