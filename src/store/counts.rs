//! How often a client continued by a rule today.

use std::net::IpAddr;

use super::Store;
use super::error::StoreError;
use super::memory::{Count, Memory, Row};
use super::text::clean;
use crate::clock::Time;
use crate::host::MAX_NAME;

/// The most counts that are kept: one for each client, rule and site of a day.
pub const MAX_COUNTS: usize = 100_000;

impl Store {
    /// How often this client continued to this site by this rule today. Days are UTC days.
    pub fn count_today(&self, client: IpAddr, rule: u64, site: &str, now: Time) -> u32 {
        self.memory().counts.get(&count(client, rule, site, now)).copied().unwrap_or(0)
    }

    /// Counts one more, and says how many that makes today.
    ///
    /// # Errors
    /// [`StoreError::Full`] when no more can be counted, and what keeps it from being written.
    pub fn bump(
        &self,
        client: IpAddr,
        rule: u64,
        site: &str,
        now: Time,
    ) -> Result<u32, StoreError> {
        let count = count(client, rule, site, now);
        self.change(|memory| {
            let mut rows = Vec::new();
            let times = memory.counts.get(&count).copied();
            if times.is_none() && memory.counts.len() >= MAX_COUNTS {
                rows = past(memory, now);
                if rows.is_empty() {
                    return Err(StoreError::Full {
                        what: "counts of today",
                        bound: MAX_COUNTS,
                        hint: "they go at midnight (UTC)",
                    });
                }
            }
            let times = times.unwrap_or(0).saturating_add(1);
            rows.push(Row::Count(count, times));
            Ok((rows, times))
        })
    }
}

/// The counts of past days, as rows to remove.
pub(super) fn past(memory: &Memory, now: Time) -> Vec<Row> {
    let today = day(now);
    let days = memory.counts.keys().take_while(|count| count.day < today);
    days.cloned().map(Row::NoCount).collect()
}

fn count(client: IpAddr, rule: u64, site: &str, now: Time) -> Count {
    Count { day: day(now), client: client.to_canonical(), rule, site: clean(site, MAX_NAME) }
}

fn day(now: Time) -> i64 {
    now.unix().div_euclid(86_400)
}
