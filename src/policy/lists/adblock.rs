//! Adblock style: `||example.com^`, with `@@` in front to take a host out of the list again.
//!
//! Only rules that mean a host and everything below it can be decided here. The rest of the
//! language speaks of paths, resources and page elements, which nobody sees before the handshake.

use super::Reader;
use crate::config::Reach;

/// Modifiers with which a rule still means all of a host.
const HARMLESS: [&str; 6] = ["important", "third-party", "3p", "all", "document", "doc"];

pub(super) fn line<F: FnMut(&str, Reach, bool, usize)>(reader: &mut Reader<F>, line: &str) {
    let line = line.trim_start();
    if line.is_empty() || line.starts_with(['!', '[']) {
        return;
    }
    // `##`, `#@#`, `#?#`, `#$#`, `#%#` and so on: what a page shows, not where it comes from.
    let cosmetic = |line: &str| {
        line.match_indices('#').any(|(at, _)| {
            let rest = line[at + 1..].trim_start_matches(['@', '?', '$', '%']);
            rest.starts_with('#')
        })
    };
    if cosmetic(line) {
        reader.unsupported("element hiding rules");
        return;
    }
    if line.starts_with('#') {
        return;
    }
    let (listed, rule) = match line.strip_prefix("@@") {
        Some(rule) => (false, rule),
        None => (true, line),
    };
    if rule.starts_with('/') && rule.len() > 1 {
        reader.unsupported("regular expressions and paths");
        return;
    }
    let (pattern, modifiers) = rule.split_once('$').unwrap_or((rule, ""));
    let harmless = |modifier: &str| modifier.is_empty() || HARMLESS.contains(&modifier);
    if !modifiers.split(',').all(harmless) {
        reader.unsupported("rules with modifiers that depend on more than the host");
        return;
    }
    let Some(host) = pattern.strip_prefix("||") else {
        reader.unsupported("patterns that do not begin with a host");
        return;
    };
    let host = host.strip_suffix('|').unwrap_or(host);
    let host = host.strip_suffix('^').unwrap_or(host);
    let (host, reach) = match host.strip_prefix("*.") {
        Some(host) => (host, Reach::Below),
        None => (host, Reach::Within),
    };
    // `||ads.` means every host that begins so.
    if host.contains('*') || host.ends_with('.') {
        reader.unsupported("wildcards");
    } else if host.contains(['/', '^', '?', '=']) {
        reader.unsupported("regular expressions and paths");
    } else if host.contains(':') {
        reader.unsupported("ports");
    } else if host.parse::<std::net::IpAddr>().is_ok() {
        reader.unsupported("addresses");
    } else {
        reader.name(host, reach, listed);
    }
}
