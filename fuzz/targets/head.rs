//! The head of a plain HTTP request.
#![no_main]

use blockhouse::greet::head::{Head, parse};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    // What is broken or whole stays so, whatever follows.
    if let Head::Whole(host, path) = parse(octets) {
        let mut more = octets.to_vec();
        more.extend_from_slice(b"rest");
        assert_eq!(parse(&more), Head::Whole(host, path));
    }
});
