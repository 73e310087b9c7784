//! The PROXY protocol, from a stream that may hold anything after it.
#![no_main]

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use blockhouse::greet::{Proxied, read_header};

/// What is said at the beginning of these octets, and how many of them it took.
fn read(octets: &[u8]) -> Option<(Proxied, usize)> {
    let mut rest = octets;
    let found = {
        let reading = pin!(read_header(&mut rest));
        let Poll::Ready(found) = reading.poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("octets in memory are always ready");
        };
        found.ok()?
    };
    Some((found, octets.len() - rest.len()))
}

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let Some((found, taken)) = read(octets) else { return };
    // Not one octet of what follows counts, or is taken.
    assert_eq!(read(&octets[..taken]), Some((found, taken)));
    let more = [&octets[..taken], b"\x16\x03\x01"].concat();
    assert_eq!(read(&more), Some((found, taken)));
    // And every one of the header does.
    assert_eq!(read(&octets[..taken - 1]), None);
    if let Proxied::From(client, _) = found {
        assert_eq!(client.ip(), client.ip().to_canonical());
    }
});
