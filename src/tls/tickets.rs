//! Session tickets under keys of a file, so that sessions resume after a reload and a restart, and on other
//! servers that have the same file.
//!
//! A ticket is the name of its key, a nonce, and the session under AES-256-GCM with the name as additional
//! data. The key is derived from the secret of the file.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use rustls::server::ProducesTickets;
use zeroize::Zeroizing;

use crate::keyring::Secret;

/// The octets of a key's name.
const NAME: usize = 8;
/// No session is larger; foreign tickets beyond it are not even tried.
const LARGEST: usize = 8 * 1024;
/// The longest life of a ticket (RFC 8446 section 4.6.1).
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// Seals and opens tickets. Safe for concurrent use.
pub struct Tickets(ArcSwap<Ring>);

struct Ring {
    /// The newest first.
    keys: Vec<([u8; NAME], RandomizedNonceKey)>,
    lifetime: Duration,
}

impl Tickets {
    /// Under these keys, the newest first; without any, none are given out. `rotate`: how old the newest key
    /// gets.
    pub fn new(ring: &[Secret], rotate: Duration) -> Arc<Self> {
        Arc::new(Self(ArcSwap::from_pointee(Ring::new(ring, rotate))))
    }

    /// Takes up other keys.
    pub fn renew(&self, ring: &[Secret], rotate: Duration) {
        let names = |ring: &Ring| ring.keys.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let (before, now) = (self.0.load(), Ring::new(ring, rotate));
        if names(&before) != names(&now) || before.lifetime != now.lifetime {
            self.0.store(Arc::new(now));
        }
    }
}

impl Ring {
    fn new(ring: &[Secret], rotate: Duration) -> Self {
        // A key that cannot be derived would be a fault of the library; tickets are then not given out.
        let keys = ring.iter().filter_map(derive).collect();
        Self { keys, lifetime: rotate.min(WEEK) }
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// The key and its name, which tells nothing about it (RFC 5869).
fn derive(secret: &Secret) -> Option<([u8; NAME], RandomizedNonceKey)> {
    let prk: Prk = Salt::new(HKDF_SHA256, b"blockhouse session tickets").extract(secret.as_slice());
    let mut name = [0; NAME];
    prk.expand(&[b"name"], Length(NAME)).ok()?.fill(&mut name).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    prk.expand(&[b"key"], Length(key.len())).ok()?.fill(key.as_mut_slice()).ok()?;
    Some((name, RandomizedNonceKey::new(&AES_256_GCM, key.as_slice()).ok()?))
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        !self.0.load().keys.is_empty()
    }

    fn lifetime(&self) -> u32 {
        u32::try_from(self.0.load().lifetime.as_secs()).unwrap_or(u32::MAX)
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let ring = self.0.load();
        let (name, key) = ring.keys.first()?;
        let mut sealed = Zeroizing::new(Vec::with_capacity(plain.len() + AES_256_GCM.tag_len()));
        sealed.extend_from_slice(plain);
        let nonce = key.seal_in_place_append_tag(Aad::from(name), &mut *sealed).ok()?;
        Some([&name[..], nonce.as_ref(), &sealed].concat())
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        if ticket.len() > LARGEST {
            return None;
        }
        let (name, rest) = ticket.split_first_chunk::<NAME>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        let ring = self.0.load();
        let (name, key) = ring.keys.iter().find(|(known, _)| known == name)?;
        // Wiped where it does not open; what opens is rustls' own from here on.
        let mut opened = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = key.open_in_place(nonce, Aad::from(name), &mut opened).ok()?.len();
        opened.truncate(length);
        Some(std::mem::take(&mut *opened))
    }
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tickets").field("keys", &self.0.load().keys.len()).finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn secret(octet: u8) -> Secret {
        Zeroizing::new([octet; 64])
    }

    #[test]
    fn what_one_server_seals_another_opens_until_the_key_is_gone() {
        let here = Tickets::new(&[secret(1)], DAY);
        let there = Tickets::new(&[secret(2), secret(1)], DAY);
        let ticket = here.encrypt(b"a session").unwrap();
        assert_eq!(there.decrypt(&ticket).unwrap(), b"a session");
        assert_ne!(here.encrypt(b"a session").unwrap(), ticket, "each has a nonce of its own");
        there.renew(&[secret(3), secret(2)], DAY);
        assert_eq!(there.decrypt(&ticket), None);
    }

    #[test]
    fn a_changed_ticket_is_none() {
        let tickets = Tickets::new(&[secret(1)], DAY);
        let ticket = tickets.encrypt(b"a session").unwrap();
        for at in 0..ticket.len() {
            let mut changed = ticket.clone();
            changed[at] ^= 1;
            assert_eq!(tickets.decrypt(&changed), None, "octet {at}");
            assert_eq!(tickets.decrypt(&ticket[..at]), None, "the first {at} octets");
        }
        assert_eq!(tickets.decrypt(&vec![0; 1 << 16]), None);
    }

    #[test]
    fn without_keys_there_are_none() {
        let tickets = Tickets::new(&[], DAY);
        assert!(!tickets.enabled());
        assert_eq!(tickets.encrypt(b"x"), None);
    }
}
