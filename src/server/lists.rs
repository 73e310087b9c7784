//! Lists kept up to date: files looked at, addresses asked, the policy swapped while service goes on.

use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;
use std::time::Duration;

use super::{Shared, report};
use crate::clock::{self, Time};
use crate::config::{Config, ListPlace, ListSource, Lists};
use crate::event::{Event, Outcome};
use crate::fetch::{self, FetchError, Fetched, Note};
use crate::origin::Origins;
use crate::policy::{ListReport, LoadedPolicy, Policy, PolicyErrors};

/// How often the files are looked at. Looking takes microseconds, and works on every file system.
const LOOK: Duration = Duration::from_secs(2);
/// How long to wait after a list could not be fetched; doubled each time, up to `lists.refresh`.
const AGAIN: Duration = Duration::from_secs(60);
/// Progress is told of a list about each so many octets.
const STEP: u64 = 16 << 20;

/// Reads the lists anew whenever one of their files changes, until another configuration counts.
pub(super) async fn watch(shared: Arc<Shared>) {
    let config = Arc::clone(&shared.config);
    let mut loaded = shared.lists_seen.clone();
    let mut last = loaded.clone();
    let retired = shared.retired.clone();
    while retired.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
        let of = Arc::clone(&config);
        let Ok(seen) = tokio::task::spawn_blocking(move || look(&of)).await else { continue };
        // Twice the same: whoever writes has finished.
        let calm = seen == last;
        last.clone_from(&seen);
        if calm && seen != loaded {
            loaded = seen;
            reload(&shared, &config).await;
        }
    }
}

/// What the list files look like from outside.
pub(super) fn look(config: &Config) -> Vec<Option<(u64, u64, i64, i64)>> {
    let lists = lists_of(config);
    let of = |list: &ListSource| {
        let file = std::fs::metadata(list.place.path(&config.lists)).ok()?;
        Some((file.len(), file.ino(), file.mtime(), file.mtime_nsec()))
    };
    lists.map(of).collect()
}

fn lists_of(config: &Config) -> impl Iterator<Item = &ListSource> {
    config.policy.categories.iter().flat_map(|category| &category.lists)
}

async fn reload(shared: &Arc<Shared>, config: &Arc<Config>) {
    let since = clock::ticks();
    let (swap, of) = (Arc::clone(shared), Arc::clone(config));
    // The old policy is let go of here as well, off the threads that serve.
    let reloaded = tokio::task::spawn_blocking(move || {
        let LoadedPolicy { policy, lists, .. } = Policy::load_cached(&of, true)?;
        let names = policy.names();
        drop(swap.policy.swap(Arc::new(policy)));
        Ok::<_, PolicyErrors>((names, lists))
    });
    match reloaded.await {
        Ok(Ok((names, lists))) => {
            lists.iter().for_each(tell_of_list);
            let milliseconds = since.elapsed().as_millis();
            tracing::info!(names, milliseconds, "the lists were read anew");
            let event = report::own_event(Outcome::ListsLoaded, since);
            shared.emit(Event { names: Some(names), ..event });
        }
        Ok(Err(errors)) => {
            tracing::error!("the lists stay as they were, because one cannot be used:\n{errors}");
            let event = report::own_event(Outcome::ListsRefused, since);
            shared.emit(event);
        }
        Err(error) => tracing::error!(%error, "the lists stay as they were"),
    }
}

/// Says what a list held.
pub fn tell_of_list(report: &ListReport) {
    let ListReport { category, list, accepted, duplicate, findings, missing, .. } = report;
    if *missing {
        tracing::warn!(list, category, "a list was not fetched yet, so nothing of it counts");
        return;
    }
    let invalid = findings.invalid;
    if *accepted + *duplicate == 0 {
        tracing::warn!(list, category, "a list is empty, so that it names nothing");
    }
    tracing::info!(list, category, accepted, duplicate, invalid, "a list was loaded");
    for wrong in &findings.first_invalid {
        tracing::debug!("{list}:{}: {}", wrong.line, wrong.reason);
    }
}

/// How long to wait until the time is looked at again.
const LONGEST: Duration = Duration::from_secs(600);

/// Asks for the lists that have an address, each when it is time, until another configuration counts.
pub(super) async fn fetch_all(shared: Arc<Shared>) {
    let config = Arc::clone(&shared.config);
    let Some(origins) = &shared.origins else { return };
    let mut due: Vec<(Time, u32, &ListSource)> = lists_of(&config)
        .filter(|list| matches!(list.place, ListPlace::Url { .. }))
        .map(|list| (first_time(list, &config.lists), 0, list))
        .collect();
    let retired = shared.retired.clone();
    while let Some((at, failures, list)) = due.iter_mut().min_by_key(|(at, ..)| *at) {
        // A machine that has no clock of its own learns the time after it began to wait.
        let wait = tokio::time::sleep(at.since(clock::now()).min(LONGEST));
        if retired.run_until_cancelled(wait).await.is_none() {
            return;
        }
        if clock::now() < *at {
            continue;
        }
        let fetched = fetch_one(list, &config.lists, origins, &shared);
        let Some(good) = retired.run_until_cancelled(fetched).await else { return };
        *failures = if good { 0 } else { failures.saturating_add(1) };
        let pause = match *failures {
            0 => config.lists.refresh,
            n => AGAIN.saturating_mul(1 << n.min(16).saturating_sub(1)).min(config.lists.refresh),
        };
        *at = clock::now().plus(pause);
    }
}

/// When a list is asked for the first time: at once unless it was not long ago.
fn first_time(list: &ListSource, settings: &Lists) -> Time {
    match Note::of(list, settings) {
        Some(note) => note.checked().plus(settings.refresh),
        None => clock::now(),
    }
}

async fn fetch_one(
    list: &ListSource,
    settings: &Lists,
    origins: &Origins,
    shared: &Shared,
) -> bool {
    let since = clock::ticks();
    let name = list.place.to_string();
    tracing::info!(list = name, "asking for a list");
    let mut told = 0;
    let progress = |octets: u64, of: Option<u64>| {
        if octets >= told + STEP {
            told = octets;
            let (mib, of_mib) = (octets >> 20, of.map(|of| of >> 20));
            tracing::info!(list = name, mib, of_mib, "a list is coming");
        }
    };
    let fetched = fetch::fetch(list, settings, origins, clock::now(), progress).await;
    let (outcome, detail) = match &fetched {
        Ok(Fetched::New(octets)) => {
            tracing::info!(list = name, octets, "a list was fetched");
            (Outcome::ListFetched, None)
        }
        Ok(Fetched::Unchanged) => {
            tracing::info!(list = name, "a list is as it was");
            (Outcome::ListFetched, Some("unchanged"))
        }
        Err(error) => {
            let error: &(dyn std::error::Error + 'static) = error;
            tracing::warn!(list = name, error, "a list was not fetched; the last good one counts");
            (Outcome::ListFailed, Some(word(&fetched)))
        }
    };
    let event = report::own_event(outcome, since);
    shared.emit(Event { list: Some(name), detail, ..event });
    fetched.is_ok()
}

/// One word for why a list was not fetched.
fn word(fetched: &Result<Fetched, FetchError>) -> &'static str {
    match fetched {
        Ok(_) => "fetched",
        Err(FetchError::Origin(error)) => error.failure().word(),
        Err(FetchError::Address(_)) => "address",
        Err(FetchError::Broke { .. }) => "broke",
        Err(FetchError::TimedOut(_)) => "timed_out",
        Err(FetchError::Status(_)) => "status",
        Err(FetchError::Redirects) => "redirects",
        Err(FetchError::TooLarge(_)) => "too_large",
        Err(FetchError::Page) => "page",
        Err(FetchError::Encoded(_)) => "encoded",
        Err(FetchError::Pin { .. }) => "pin",
        Err(FetchError::NothingUnderstood { .. }) => "nothing_understood",
        Err(FetchError::Keep { .. } | FetchError::Note(_)) => "keep",
    }
}
