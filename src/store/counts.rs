//! How often a client continued by a rule today.

use std::net::IpAddr;

use super::Store;
use super::error::StoreError;
use super::memory::{Count, Memory, Row};
use super::text::clean;
use crate::accept::share_of;
use crate::clock::Time;
use crate::host::MAX_NAME;

/// The most counts that are kept: one for each client, rule and site of a day.
pub const MAX_COUNTS: usize = 100_000;
/// The most of them for one client, and for all addresses of an IPv6 /64 together: nobody continues to as many sites
/// on one day, and nobody must use up those of all.
const MAX_OF_CLIENT: usize = 500;

impl Store {
    /// How often this client continued to this site by this rule today. Days are UTC days.
    pub fn count_today(&self, client: IpAddr, rule: u64, site: &str, now: Time) -> u32 {
        self.memory().counts.get(&count(client, rule, site, now)).copied().unwrap_or(0)
    }

    /// Counts one more, and says how many that makes today: as many as can be for a client that continued to
    /// very many sites.
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
            if times.is_none() && of_share(memory, &count) >= MAX_OF_CLIENT {
                return Ok((rows, u32::MAX));
            }
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

/// How many counts of the day there are for the share of this client.
fn of_share(memory: &Memory, count: &Count) -> usize {
    let share = share_of(count.client);
    let begins = Count { client: share, rule: 0, site: String::new(), day: count.day };
    let later = memory.counts.range(begins..).map(|(later, _)| later);
    later
        .take_while(|later| later.day == count.day && share_of(later.client) == share)
        .take(MAX_OF_CLIENT)
        .count()
}

fn count(client: IpAddr, rule: u64, site: &str, now: Time) -> Count {
    Count { day: day(now), client: client.to_canonical(), rule, site: clean(site, MAX_NAME) }
}

fn day(now: Time) -> i64 {
    now.unix().div_euclid(86_400)
}
