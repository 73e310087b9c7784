//! From what happened to the event that says so.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::clock::{self, Time};
use crate::event::{Event, Outcome};
use crate::host::Host;
use crate::http::route::{Answer, Show};
use crate::leaf;
use crate::policy::Verdict;
use crate::random::EventId;

/// An event with the fields that every one has.
pub(super) fn event(outcome: Outcome, client: IpAddr, since: Instant) -> Event {
    event_as(outcome, EventId::new(), client, since, clock::now())
}

/// An event of the server's own, which no client made.
pub(super) fn own_event(outcome: Outcome, since: Instant) -> Event {
    bare(outcome, EventId::new(), None, since, clock::now())
}

/// The same, for an id and a time that stand on a page already.
pub(super) fn event_as(
    outcome: Outcome,
    id: EventId,
    client: IpAddr,
    since: Instant,
    now: Time,
) -> Event {
    bare(outcome, id, Some(client), since, now)
}

fn bare(outcome: Outcome, id: EventId, client: Option<IpAddr>, since: Instant, now: Time) -> Event {
    let spent = clock::ticks().saturating_duration_since(since);
    let spent = u64::try_from(spent.as_micros()).unwrap_or(u64::MAX);
    Event { client, ..Event::new(outcome, id, now, spent) }
}

/// Adds what the policy said about `host`.
pub(super) fn with_verdict(mut event: Event, host: &Host, verdict: &Verdict) -> Event {
    event.host = Some(host.clone());
    event.action = Some(match verdict.action {
        crate::policy::Action::Block => "block",
        crate::policy::Action::Warn => "warn",
        crate::policy::Action::Allow => "allow",
    });
    event.category = verdict.category.as_ref().map(|category| Arc::clone(&category.name));
    event.policy = Some(Arc::clone(&verdict.policy));
    event.location.clone_from(&verdict.location);
    event
}

/// The outcome that an answer amounts to.
pub(super) fn outcome_of(answer: &Answer) -> Outcome {
    match answer {
        Answer::Page { show, .. } => match show {
            Show::Block(_) => Outcome::BlockPage,
            Show::Warn(_) => Outcome::WarnPage,
            Show::Cookies { .. } => Outcome::CookiesPage,
            Show::Frame => Outcome::FramePage,
            Show::Origin { .. } => Outcome::SiteFailed,
            Show::NoWay { .. }
            | Show::FormExpired
            | Show::FormTooLarge
            | Show::NotFound
            | Show::Failed => Outcome::OtherPage,
        },
        Answer::CookieCheck { .. } => Outcome::CookieCheck,
        Answer::Granted(_) => Outcome::Grant,
        Answer::Pass(_) => Outcome::PassedThrough,
        Answer::SeeOther { .. } | Answer::ReadForm(_) => Outcome::OtherPage,
        Answer::Stub(_) => Outcome::Stub,
    }
}

/// The word for where a leaf came from.
pub(super) fn leaf_word(from: leaf::From) -> &'static str {
    match from {
        leaf::From::Cache => "cache",
        leaf::From::Minted => "minted",
    }
}
