//! What became of the names that check pages make up.
//!
//! A page that came over TLS cannot ask a test address without TLS, and a browser tells it of a certificate
//! that it refuses as little as of a name that leads nowhere. But we have seen the hello for that name, and
//! its end.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::host::Host;
use crate::http::portal::Fate;

/// How many names are kept in mind. Pages ask within seconds; whoever floods us with names gets no more for
/// it than that pages do not know.
const MOST: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// The latest names. Safe for concurrent use.
pub(super) struct Tried(Mutex<LruCache<String, Fate>>);

impl Tried {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }

    /// A hello for the name came, or its client did not accept the certificate.
    pub(super) fn note(&self, host: &Host, fate: Fate) {
        if let Some(word) = host.name().and_then(|name| name.as_str().split('.').next()) {
            self.lock().put(word.to_owned(), fate);
        }
    }

    /// What became of the name that begins with this word.
    pub(super) fn fate(&self, word: &str) -> Fate {
        self.lock().peek(word).copied().unwrap_or(Fate::None)
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<String, Fate>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
