//! Whether the lists are there, fresh, and understood.

use super::{Finding, Ground};
use crate::config::{ListPlace, ListSource, duration_text};
use crate::fetch::Note;
use crate::policy::ListReport;

const CHECK: &str = "lists";
/// After how many refreshes that came to nothing a list counts as old.
const MISSED: u32 = 3;

pub(super) fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let Some(policy) = ground.policy else { return Vec::new() };
    if ground.lists.is_empty() {
        let what = format!("{} names in the configuration, and no list", policy.names());
        return vec![Finding::ok(CHECK, what)];
    }
    let sources = ground.config.policy.categories.iter().flat_map(|category| &category.lists);
    // Every list has a report, in the order of the configuration.
    ground.lists.iter().zip(sources).map(|(report, source)| list(ground, report, source)).collect()
}

fn list(ground: &Ground<'_>, report: &ListReport, source: &ListSource) -> Finding {
    let ListReport { category, list, accepted, findings, missing, .. } = report;
    let refresh = ground.config.lists.refresh;
    if *missing {
        return Finding::failed(
            CHECK,
            format!("{list} was never fetched, so nothing of it counts for `{category}`"),
            "let the server run for a while; its log says why when it cannot fetch it".to_owned(),
        );
    }
    if matches!(source.place, ListPlace::Url { .. }) {
        let old = refresh.saturating_mul(MISSED);
        let age =
            Note::of(source, &ground.config.lists).map(|note| ground.now.since(note.checked()));
        match age {
            Some(age) if age > old => {
                return Finding::warning(
                    CHECK,
                    format!(
                        "{list} was last fetched {} ago, and `lists.refresh` is {}",
                        duration_text(age),
                        duration_text(refresh)
                    ),
                    "the server's log says why it cannot fetch it; the last good one counts"
                        .to_owned(),
                );
            }
            Some(_) => {}
            None => {
                return Finding::warning(
                    CHECK,
                    format!("nobody knows how old {list} is"),
                    "let the server run until it has fetched it once".to_owned(),
                );
            }
        }
    }
    if findings.invalid > 0 {
        let first = findings.first_invalid.first();
        let first = first.map(|wrong| format!(" (line {}: {})", wrong.line, wrong.reason));
        return Finding::warning(
            CHECK,
            format!(
                "{list} has {} entries that are not understood, beside {accepted} that are{}",
                findings.invalid,
                first.unwrap_or_default()
            ),
            "`blockhouse lists` shows more of them; is `format` right?".to_owned(),
        );
    }
    Finding::ok(CHECK, format!("{list} holds {accepted} entries for `{category}`"))
}
