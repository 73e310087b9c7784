//! Session tickets that somebody else made: none opens, and ours open to what was sealed alone.
#![no_main]

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use blockhouse::tls::Tickets;
use rustls::server::ProducesTickets as _;

static TICKETS: OnceLock<Arc<Tickets>> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let tickets =
        TICKETS.get_or_init(|| Tickets::new(&[[7; 64].into()], Duration::from_secs(3600)));
    assert_eq!(tickets.decrypt(octets), None);
    // The input as a session, and as the place at which its ticket is changed.
    let Some(mut ticket) = tickets.encrypt(octets) else { panic!("there is a key") };
    if let Some(opened) = tickets.decrypt(&ticket) {
        assert_eq!(opened, octets);
    }
    // Behind the key's name, so that the wrong octet meets the key.
    let at = 8 + octets.iter().map(|octet| usize::from(*octet)).sum::<usize>() % (ticket.len() - 8);
    ticket[at] ^= 1;
    assert_eq!(tickets.decrypt(&ticket), None);
    // The name of a key that there is, and then the input.
    ticket.truncate(8);
    ticket.extend_from_slice(octets);
    assert_eq!(tickets.decrypt(&ticket), None);
});
