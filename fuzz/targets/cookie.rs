//! Cookies, marks and tokens that somebody else made: none is ever taken for ours.
#![no_main]

use std::net::Ipv4Addr;
use std::sync::OnceLock;
use std::time::Duration;

use blockhouse::clock::Time;
use blockhouse::config::NetworkWidth;
use blockhouse::http::cookie::{self, Keys, Session};
use blockhouse::http::grant::Grant;

static KEYS: OnceLock<Keys> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let keys = KEYS.get_or_init(|| Keys::from_octets(&[7; 64]));
    let now = Time::from_unix(1_800_000_000);
    let mut headers = http::HeaderMap::new();
    let Ok(value) = http::HeaderValue::from_bytes(octets) else { return };
    headers.insert(http::header::COOKIE, value);
    for secure in [true, false] {
        assert_eq!(Session::of(&headers, keys, secure, Duration::from_secs(3600), now), None);
    }
    let host = "example.com".parse().unwrap();
    let at = (Ipv4Addr::LOCALHOST.into(), NetworkWidth { v4: 0, v6: 0 });
    assert_eq!(Grant::of(&headers, keys, &host, 1, at, now), None);
    let mut onward = headers.clone();
    cookie::take_ours_out(&mut onward);
    cookie::take_ours_out(&mut onward);
    let text = String::from_utf8_lossy(octets);
    assert!(!cookie::is_fresh_mark(keys, &text, now));
});
