//! What is done again and again while the server runs.

use std::sync::Arc;

use super::{Current, Shared, TIDY, warn_of_ends};
use crate::clock;
use crate::http::cookie::Keys;
use crate::keyring::{self, Purpose};
use crate::leaf::Leaves;

/// How many such rounds go by until the store is pruned and old events are deleted: an hour.
const PRUNED: u64 = 60;
/// How many rounds of tidying a day has.
const DAILY: u64 = 24 * 60;

/// Tidies up until the server stops.
pub(super) async fn tidy(current: Current) {
    let stopping = current.get().stopping.clone();
    let (mut dropped, mut rounds) = (0, 0_u64);
    while stopping.run_until_cancelled(tokio::time::sleep(TIDY)).await.is_some() {
        let shared = current.get();
        shared.leaves.tidy();
        shared.next_leaves.iter().for_each(Leaves::tidy);
        shared.store.trust().forget(shared.trust.keep, clock::now());
        refresh_keys(&shared).await;
        rounds += 1;
        if rounds.is_multiple_of(DAILY) {
            warn_of_ends(&shared.config.ca.directory);
        }
        if rounds % PRUNED == 1 {
            shared.events.tidy();
            let store = shared.store.clone();
            let prune = move || store.prune(clock::now());
            if let Ok(Err(error)) = tokio::task::spawn_blocking(prune).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the store could not be pruned"
                );
            }
        }
        let lost = shared.events.dropped();
        if lost > dropped {
            tracing::warn!(lost = lost - dropped, "events came too fast or could not be written");
            dropped = lost;
        }
    }
}

/// Takes up keys that somebody else put into the files, and adds one where the newest has grown old.
pub(super) async fn refresh_keys(shared: &Arc<Shared>) {
    let config = Arc::clone(&shared.config);
    let both = tokio::task::spawn_blocking(move || {
        let (cookies, now) = (&config.cookies, clock::now());
        let (path, live) = (&cookies.key_file, cookies.keys_live());
        let cookies = keyring::load(Purpose::Cookies, path, cookies.rotate, live, now);
        let (path, rotate) = (&config.tickets.key_file, config.tickets.rotate);
        (cookies, keyring::load(Purpose::Tickets, path, rotate, rotate * 3, now))
    });
    let Ok((cookies, tickets)) = both.await else { return };
    match cookies {
        Ok(ring) => shared.keys.store(Arc::new(Keys::of_ring(&ring))),
        Err(error) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the cookie keys stay as they are"
        ),
    }
    match tickets {
        Ok(ring) => shared.tls.tickets().renew(&ring, shared.config.tickets.rotate),
        Err(error) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the ticket keys stay as they are"
        ),
    }
}
