//! A leaf as the cache keeps it.
//!
//! Leaves under one key differ in name, serial number, life and signature alone: less than half of them.
//! The rest is kept once, in the first leaf under the key, as a dictionary of LZ4. To give a leaf back
//! takes less than a microsecond of the handshake that it is for.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use lz4_flex::block::{compress_with_dict, decompress_with_dict};
use rustls::pki_types::CertificateDer;
use rustls::sign::SigningKey;

use super::LeafError;
use crate::ca::{Leaf, LeafKey};
use crate::clock::Time;

/// A key of leaves, and the first leaf under it.
pub(super) struct Under {
    key: Arc<LeafKey>,
    first: OnceLock<Box<[u8]>>,
}

impl Under {
    pub(super) fn new(key: LeafKey) -> Self {
        Self { key: Arc::new(key), first: OnceLock::new() }
    }

    pub(super) fn key(&self) -> &Arc<LeafKey> {
        &self.key
    }
}

/// A leaf and its life.
pub(super) struct Kept {
    packed: Box<[u8]>,
    /// Of the leaf, in octets.
    length: usize,
    under: Arc<Under>,
    /// From then on one connection renews it.
    pub(super) renew_at: Time,
    not_before: Time,
    not_after: Time,
    pub(super) renewing: AtomicBool,
}

impl Kept {
    pub(super) fn new(leaf: &Leaf, under: Arc<Under>, renew_at: Time) -> Self {
        let Leaf { der, not_before, not_after } = leaf;
        let first = under.first.get_or_init(|| der[..].into());
        let packed = compress_with_dict(der, first).into_boxed_slice();
        let (not_before, not_after) = (*not_before, *not_after);
        let (length, renewing) = (der.len(), AtomicBool::new(false));
        Self { packed, length, under, renew_at, not_before, not_after, renewing }
    }

    /// Whether it can be shown. One whose life has not begun was minted before the clock was set back.
    pub(super) fn is_good(&self, now: Time) -> bool {
        self.not_before <= now && now < self.not_after
    }

    /// One that cannot be given back.
    #[cfg(test)]
    pub(super) fn broken(under: Arc<Under>, until: Time) -> Self {
        let (packed, renewing) = (Box::default(), AtomicBool::new(false));
        let not_before = Time::from_unix(0);
        Self { packed, length: 1, under, renew_at: until, not_before, not_after: until, renewing }
    }

    pub(super) fn der(&self) -> Result<CertificateDer<'static>, LeafError> {
        let first = self.under.first.get().ok_or(LeafError::Unpack)?;
        let der = decompress_with_dict(&self.packed, self.length, first);
        der.map(CertificateDer::from).map_err(|_| LeafError::Unpack)
    }

    pub(super) fn signing_key(&self) -> Arc<dyn SigningKey> {
        self.under.key.signing_key()
    }
}
