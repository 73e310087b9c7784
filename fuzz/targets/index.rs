//! The file in which the index of all lists is kept, with its sum put right, so that what is behind it
//! is read as well.
#![no_main]

use blockhouse::policy::look_into_cache;
use xxhash_rust::xxh3::xxh3_64;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let mut file = b"BHINDX03".to_vec();
    file.extend(xxh3_64(octets).to_le_bytes());
    file.extend(octets);
    let names = ["www.casino.example", "example", "a.b.c.d.e.f", "x"];
    let _ = look_into_cache(&file, &names);
});
