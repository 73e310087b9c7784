//! Who does not accept our certificates, and who does: from connections to the journal and to events.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::connection::Visit;
use super::{Current, Shared};
use crate::clock;
use crate::event::{Event, Outcome};
use crate::greet::fingerprint::Fingerprint;
use crate::http::portal::Fate;
use crate::policy::Verdict;
use crate::trust::{NotAccepted, Seen, Sign};

/// How often the journal is written down: as much of it a crash loses.
const WRITES: Duration = Duration::from_secs(2);

/// Notes that a client did not accept a certificate, or that it looks so, and says which event that is.
pub(super) fn failed(
    visit: &Visit,
    verdict: &Verdict,
    by: Option<Fingerprint>,
    how: NotAccepted,
    shared: &Shared,
) -> Event {
    let is_browser = by.is_some_and(|by| by.family.is_browser());
    let diagnosis = by.and_then(|by| {
        let seen = seen(visit, verdict, by, shared);
        shared.store.trust().failed(seen, how, shared.trust.back_off.as_ref(), clock::now())
    });
    if how.alert != Sign::NoRequest {
        shared.portal.tried(&visit.host, Fate::Refused);
    }
    let (outcome, alert) = match how.alert {
        Sign::NoRequest => (Outcome::Unused, None),
        // Browsers send an alert when they refuse; this is a connection that they did not need.
        Sign::Closed if is_browser => (Outcome::Unused, None),
        alert => (Outcome::TrustFailure, Some(alert.word())),
    };
    Event {
        tls: Some(how.tls.word()),
        alert,
        ja4: by.map(|by| by.ja4),
        diagnosis: diagnosis.map(|diagnosis| diagnosis.word()),
        ..visit.event(outcome, verdict)
    }
}

fn seen<'s>(
    visit: &'s Visit,
    verdict: &'s Verdict,
    by: Fingerprint,
    shared: &'s Shared,
) -> Seen<'s> {
    let location = verdict.location.as_deref();
    // Each of the names that the check page makes up is new; all of them are one in the journal.
    let check = shared.portal.check_name(&visit.host);
    let host = check.unwrap_or(&visit.host);
    Seen { client: visit.client, location, host, by, is_fresh: check.is_some() }
}

/// Notes at the first request of a connection that the client accepted the certificate.
pub(super) struct Trusts {
    visit: Arc<Visit>,
    verdict: Arc<Verdict>,
    by: Option<Fingerprint>,
    is_noted: AtomicBool,
}

impl Trusts {
    pub(super) fn new(visit: &Arc<Visit>, verdict: &Arc<Verdict>, by: Option<Fingerprint>) -> Self {
        let (visit, verdict) = (Arc::clone(visit), Arc::clone(verdict));
        Self { visit, verdict, by, is_noted: AtomicBool::new(false) }
    }

    /// A request came.
    pub(super) fn proved(&self, shared: &Shared) {
        if let Some(by) = self.by
            && !self.is_noted.swap(true, Ordering::Relaxed)
        {
            let seen = seen(&self.visit, &self.verdict, by, shared);
            shared.store.trust().accepted(seen, clock::now());
            shared.leaves.know(self.visit.client);
        }
    }
}

/// Writes the journal down until the server stops.
pub(super) async fn keep(current: Current) {
    let stopping = current.get().stopping.clone();
    while stopping.run_until_cancelled(tokio::time::sleep(WRITES)).await.is_some() {
        save(current.get().store.clone()).await;
    }
}

/// Writes the journal down.
pub(super) async fn save(store: crate::store::Store) {
    // What fails is written the next time.
    if let Ok(Err(error)) = tokio::task::spawn_blocking(move || store.save_trust()).await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "trust failures could not be written down");
    }
}
