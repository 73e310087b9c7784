//! Forms that a browser sends twice: the second press of a button breaks off the first one's request, and what that
//! spent must not be lost with its answer.

use std::future::Future;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{Context, SHA256};
use http::header::{self, HeaderMap};
use lru::LruCache;
use tokio::sync::OnceCell;

use super::asked::Told;
use crate::clock;
use crate::host::Host;
use crate::http::route::{Answer, Form};

/// How long after a press another one counts as the same.
const AGAIN: Duration = Duration::from_secs(10);
/// How many presses are remembered; those of long ago are forgotten first.
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1_023);

/// What a form got.
pub(super) type Got = (Answer, Told);

/// The presses of the last seconds. Safe for concurrent use.
pub(super) struct Pressed {
    kept: Mutex<LruCache<Press, Once>>,
}

/// What makes two presses one: a digest of who sent what where.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Press([u8; 32]);

struct Once {
    since: Instant,
    got: Arc<OnceCell<Got>>,
}

impl Press {
    pub(super) fn new(
        client: IpAddr,
        host: &Host,
        form: Form,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Self {
        let mut digest = Context::new(&SHA256);
        let place = format!("{client} {host} {form:?}");
        let cookies = headers.get_all(header::COOKIE).iter().map(|value| value.as_bytes());
        for part in [place.as_bytes()].into_iter().chain(cookies).chain([body]) {
            digest.update(&part.len().to_le_bytes());
            digest.update(part);
        }
        Self(digest.finish().as_ref().try_into().unwrap_or_default())
    }
}

impl Pressed {
    pub(super) fn new() -> Self {
        Self { kept: Mutex::new(LruCache::new(KEPT)) }
    }

    /// What `ask` gives; what it gave to the same press, where that is under way, or led on a moment ago.
    pub(super) async fn once(&self, press: Press, ask: impl Future<Output = Got>) -> Got {
        let got = self.place_of(press, clock::ticks());
        let mut is_first = false;
        let asked = async {
            is_first = true;
            ask.await
        };
        let (answer, mut told) = got.get_or_init(|| asked).await.clone();
        if !is_first {
            told.detail = Some("again");
        }
        // What was refused may be tried again.
        if !matches!(answer, Answer::Granted(_)) {
            let mut kept = self.lock();
            if kept.peek(&press).is_some_and(|once| Arc::ptr_eq(&once.got, &got)) {
                kept.pop(&press);
            }
        }
        (answer, told)
    }

    fn place_of(&self, press: Press, now: Instant) -> Arc<OnceCell<Got>> {
        let mut kept = self.lock();
        let fresh = || Once { since: now, got: Arc::default() };
        let once = kept.get_or_insert_mut(press, fresh);
        let old = now.saturating_duration_since(once.since) > AGAIN;
        if old && once.got.initialized() {
            *once = fresh();
        }
        Arc::clone(&once.got)
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<Press, Once>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
