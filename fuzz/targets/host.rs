//! Host names from the wire and from files; authorities.
#![no_main]

use blockhouse::host::{Host, HostName};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for parsed in [HostName::from_wire(text), HostName::from_text(text)] {
        let Ok(name) = parsed else { continue };
        // Canonical: reading it again changes nothing.
        assert_eq!(HostName::from_wire(name.as_str()).as_ref(), Ok(&name));
        assert!(name.as_str().len() <= 253);
        assert_eq!(name.suffixes().count(), name.as_str().split('.').count());
        let _ = (name.to_unicode(), name.site());
    }
    if let Ok(host) = Host::from_authority(text) {
        assert_eq!(Host::from_authority(&host.to_url_host()), Ok(host));
    }
});
