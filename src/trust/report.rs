//! What is told of clients and the root.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::client::{Accepted, Client, Failure, Verified};
use super::diagnosis::Diagnosis;
use crate::clock::{Time, rfc3339};

/// What `blockhouse trust` shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The clients that lack the root, the latest first.
    pub clients: Vec<Lacking>,
    /// How many clients lack the root now, whether they are shown or not.
    pub lacking: usize,
    /// How many clients are known, with those that lack nothing.
    pub seen: usize,
    /// Trust failures since the server started, by what showed them.
    pub failures: BTreeMap<String, u64>,
    /// How many clients were seen in the last thirty days.
    pub recent: usize,
    /// For each root that a client proved to trust in the last thirty days: how many did.
    pub roots: Vec<Coverage>,
}

/// A client that lacks the root, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// Its address.
    pub client: IpAddr,
    /// The location that the address belonged to last.
    pub location: Option<String>,
    /// What its failures amount to.
    pub diagnosis: Diagnosis,
    /// When it failed first.
    #[serde(with = "rfc3339")]
    pub first: Time,
    /// When it failed last.
    #[serde(with = "rfc3339")]
    pub last: Time,
    /// Its failures, the latest first.
    pub failures: Vec<Shown>,
    /// Its programs that accepted certificates.
    pub accepted: Vec<Accepted>,
    /// The roots that its browsers proved to trust.
    pub verified: Vec<Verified>,
}

/// A failure, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What happened.
    #[serde(flatten)]
    pub failure: Failure,
    /// What it amounts to.
    pub diagnosis: Diagnosis,
    /// Until when the gateway answers that there is no such name.
    #[serde(with = "rfc3339::option", skip_serializing_if = "Option::is_none", default)]
    pub back_off_until: Option<Time>,
}

/// How many clients proved to trust a root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The SHA-256 fingerprint of the root.
    pub root: String,
    /// How many of the clients that were seen proved to trust it.
    pub verified: usize,
    /// How many clients were seen.
    pub seen: usize,
}

/// A client that lacks the root, as it is shown.
pub(super) fn show(ip: IpAddr, client: &Client, now: Time) -> Option<Lacking> {
    let diagnosis = client.diagnosis()?;
    let mut failures: Vec<_> = client
        .failures
        .iter()
        .filter(|failure| failure.counts())
        .map(|failure| Shown {
            failure: failure.clone(),
            diagnosis: client.diagnose(failure),
            back_off_until: failure.back_off.filter(|until| *until > now),
        })
        .collect();
    failures.sort_by_key(|one| (std::cmp::Reverse(one.failure.last), one.failure.host.clone()));
    Some(Lacking {
        client: ip,
        location: client.location.clone(),
        diagnosis,
        first: failures.iter().map(|one| one.failure.first).min()?,
        last: failures.iter().map(|one| one.failure.last).max()?,
        failures,
        accepted: client.accepted.clone(),
        verified: client.verified.clone(),
    })
}
