//! What is done again and again while the server runs.

use std::sync::Arc;

use super::{Current, TIDY, warn_of_ends};
use crate::clock;
use crate::http;
use crate::leaf::Leaves;

/// How many such rounds go by until the store is pruned: an hour.
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
        let (path, rotate) = (shared.config.cookies.key_file.clone(), shared.config.cookies.rotate);
        let loaded =
            tokio::task::spawn_blocking(move || http::load_keys(&path, rotate, clock::now()));
        match loaded.await {
            Ok(Ok(keys)) => shared.keys.store(Arc::new(keys)),
            Ok(Err(error)) => tracing::warn!(%error, "the cookie keys stay as they are"),
            Err(_) => {}
        }
        rounds += 1;
        if rounds.is_multiple_of(DAILY) {
            warn_of_ends(&shared.config.ca.directory);
        }
        let store = shared.store.clone();
        let prune = move || store.prune(clock::now());
        if rounds % PRUNED == 1
            && let Ok(Err(error)) = tokio::task::spawn_blocking(prune).await
        {
            tracing::warn!(%error, "the store could not be pruned");
        }
        let lost = shared.events.dropped();
        if lost > dropped {
            tracing::warn!(lost = lost - dropped, "events were dropped");
            dropped = lost;
        }
    }
}
