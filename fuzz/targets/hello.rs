//! The fingerprint of a ClientHello, and the name in it.
#![no_main]

use blockhouse::greet::fingerprint::{Ja4, fingerprint, server_name};
use blockhouse::host::HostName;
use rustls::server::Acceptor;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    // Whatever rustls takes for a name we do as well; what it refuses is read on its own.
    let mut acceptor = Acceptor::default();
    let mut rest = octets;
    if acceptor.read_tls(&mut rest).is_ok()
        && let Ok(Some(accepted)) = acceptor.accept()
        && let Some(name) = accepted.client_hello().server_name()
    {
        let ours = server_name(octets).unwrap_or_default();
        assert_eq!(HostName::from_wire(&ours), HostName::from_wire(name), "{ours} is not {name}");
    }
    let more = [octets, b"rest"].concat();
    if let Some(name) = server_name(octets) {
        assert_eq!(server_name(&more), Some(name));
    }
    let Some(found) = fingerprint(octets) else { return };
    assert_eq!(found.ja4.as_str().len(), 36);
    assert_eq!(found.ja4.as_str().parse::<Ja4>(), Ok(found.ja4));
    // A whole hello stays the same, whatever follows.
    assert_eq!(fingerprint(&more), Some(found));
});
