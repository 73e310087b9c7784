//! `blockhouse explain --page`: which hosts the pages of a granted site asked for and did not get.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::host::{Host, HostName};

/// The longest line of events that is looked at, in octets; ours are far shorter.
const LONGEST: u64 = 64 * 1024;

/// What a host of the page got.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Requests that got a small answer in place of what was asked for.
    pub refused: u64,
    /// Requests that went on to the site.
    pub passed: u64,
    /// Requests that went on to a site which did not answer.
    pub failed: u64,
    /// The category by which the host is blocked.
    pub category: Option<String>,
    /// The kinds of what was refused.
    pub kinds: BTreeMap<String, u64>,
}

/// What the pages of a site asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The site.
    pub page: String,
    /// How many requests of its pages were found.
    pub requests: u64,
    /// The hosts that they asked for.
    pub hosts: BTreeMap<String, Asked>,
}

#[derive(Deserialize)]
struct Line {
    event: String,
    #[serde(default)]
    page: Option<String>,
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    request: Option<String>,
}

/// Looks through the events of `journal`, or of the file that the configuration names.
///
/// # Errors
/// What is wrong, in words for the person at the command line.
pub fn missing(page: &str, journal: Option<&Path>, config: &Config) -> Result<Missing, String> {
    let site = site_of(page)?;
    let mut missing = Missing { page: site, requests: 0, hosts: BTreeMap::new() };
    match journal.map(Path::to_owned).or_else(|| config.events.file.clone()) {
        Some(path) if path == Path::new("-") => {
            read(io::stdin().lock(), &mut missing).map_err(|error| error.to_string())?;
        }
        Some(path) => {
            // The oldest first: `NAME.8`, …, `NAME.1`, `NAME`.
            let numbered = (1..=config.events.keep).rev().map(|number| {
                let mut name = path.clone().into_os_string();
                name.push(format!(".{number}"));
                PathBuf::from(name)
            });
            let rotated = numbered.filter(|path| path.exists());
            for path in rotated.chain([path.clone()]) {
                let wrong =
                    |error| format!("cannot read the events in {}: {error}", path.display());
                read(File::open(&path).map_err(wrong)?, &mut missing).map_err(wrong)?;
            }
        }
        None => {
            return Err("there is no file of events: set `events.file`, or name one with \
                        `--journal FILE` (`-` for standard input)"
                .to_owned());
        }
    }
    Ok(missing)
}

fn read(from: impl Read, missing: &mut Missing) -> io::Result<()> {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while (&mut from).take(LONGEST).read_until(b'\n', &mut line)? > 0 {
        // Whatever else stands in the file is none of ours.
        if let Ok(event) = serde_json::from_slice::<Line>(&line) {
            count(event, missing);
        }
        line.clear();
    }
    Ok(())
}

fn count(event: Line, missing: &mut Missing) {
    let (Some(page), Some(host)) = (event.page, event.host) else { return };
    if page != missing.page {
        return;
    }
    let refused = match event.event.as_str() {
        "passed_through" | "site_failed" => false,
        "stub" | "frame_page" | "block_page" | "warn_page" | "cookie_check" => true,
        _ => return,
    };
    missing.requests += 1;
    let asked = missing.hosts.entry(host).or_default();
    asked.category = event.category.or(asked.category.take());
    if refused {
        asked.refused += 1;
        *asked.kinds.entry(event.request.unwrap_or_default()).or_default() += 1;
    } else if event.event == "passed_through" {
        asked.passed += 1;
    } else {
        asked.failed += 1;
    }
}

/// The site that an address or a host is of.
fn site_of(page: &str) -> Result<String, String> {
    let rest = page.split_once("://").map_or(page, |(_, rest)| rest);
    let name = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = name.rsplit_once('@').map_or(name, |(_, name)| name);
    let bare = name.split(':').next().unwrap_or_default();
    let host = match HostName::from_text(bare) {
        Ok(name) => Host::Name(name),
        Err(_) => Host::from_authority(name)
            .map_err(|error| format!("`{page}` names no host: {error}"))?,
    };
    Ok(host.site_or_self())
}

/// The findings for people, with the lines of configuration that would help.
pub fn text(missing: &Missing) -> String {
    let Missing { page, requests, hosts } = missing;
    if *requests == 0 {
        return format!(
            "No request from a granted page of {page} was found. Continue to the site, let its page \
             load, and look again."
        );
    }
    let mut out = format!("{requests} requests came from pages of {page} while a grant held.\n");
    let wide = hosts.keys().map(String::len).max().unwrap_or(0);
    for (host, asked) in hosts {
        let Asked { refused, passed, failed, category, kinds } = asked;
        let _ = write!(out, "\n  {host:wide$}  passed {passed}, refused {refused}");
        if *failed > 0 {
            let _ = write!(out, ", no answer {failed}");
        }
        if let Some(category) = category {
            let _ = write!(out, "  ({category})");
        }
        if !kinds.is_empty() {
            let kinds: Vec<_> = kinds.iter().map(|(kind, n)| format!("{kind} {n}")).collect();
            let _ = write!(out, "  {}", kinds.join(", "));
        }
    }
    let refused = hosts.iter().filter(|(_, asked)| asked.refused > 0 && asked.passed == 0);
    let refused: Vec<_> = refused.map(|(host, _)| format!("\"{host}\"")).collect();
    if !refused.is_empty() {
        let _ = write!(
            out,
            "\n\nIf the site needs them, add to the configuration:\n\n[[companions]]\nsite = \
             \"{page}\"\nhosts = [{}]",
            refused.join(", ")
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_is_named_and_a_broken_line_is_no_matter() {
        let journal = concat!(
            "{\"event\":\"stub\",\"page\":\"a.example\",\"host\":\"cdn.example\",\"request\":\"image\"}\n",
            "{\"event\":\"passed_through\",\"page\":\"a.example\",\"host\":\"www.a.example\"}\n",
            "{\"event\":\"stub\",\"page\":\"b.example\",\"host\":\"other.example\"}\n",
            "no json\n",
            "{\"event\":\"stub\",\"page\":\"a.example\",\"host\":\"cdn.example\",\"request\":\"font\"}",
        );
        let site = site_of("https://user@www.a.example:8443/x?y").unwrap();
        let mut missing = Missing { page: site, requests: 0, hosts: BTreeMap::new() };
        read(journal.as_bytes(), &mut missing).unwrap();
        assert_eq!(missing.requests, 3);
        assert_eq!(missing.hosts["cdn.example"].refused, 2);
        let text = text(&missing);
        assert!(text.contains("hosts = [\"cdn.example\"]"), "{text}");
        assert!(!text.contains("other.example"), "{text}");
    }
}
