//! Host lists, as others write them: foreign text of any size and any quality.
//!
//! A line that is not understood is counted and named, never guessed at, and never stops the rest.

mod adblock;
mod domains;
mod hosts;
mod rpz;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read as _};

use serde::{Deserialize, Serialize};

use crate::config::{HostPattern, ListFormat, Reach, is_public_suffix};
use crate::host::{HostError, HostName, canonical_of_text};

/// The longest line that is looked at, in octets; the longest lines of real lists are element
/// hiding rules of a few thousand.
pub const MAX_LINE: usize = 1 << 16;

/// How many lines that are wrong are named; the rest is counted.
pub const NAMED: usize = 5;

/// What a list says about some hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which hosts.
    pub pattern: HostPattern,
    /// Whether they are in the list, or taken out of it again (`@@`, `rpz-passthru`).
    pub listed: bool,
    /// The line, from 1.
    pub line: usize,
}

/// What a list holds besides entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// How many lines (or names of a line) are wrong.
    pub invalid: usize,
    /// The first [`NAMED`] of them.
    pub first_invalid: Vec<Wrong>,
    /// What is right and cannot be decided by a host name, counted by kind.
    pub unsupported: BTreeMap<Cow<'static, str>, usize>,
}

/// One wrong line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads a whole list.
pub fn parse(format: ListFormat, octets: &[u8]) -> (Vec<Entry>, Findings) {
    let mut entries = Vec::new();
    let take = |name: &str, reach, listed, line| {
        // It was written in its canonical form just now.
        if let Ok(name) = HostName::from_wire(name) {
            entries.push(Entry { pattern: HostPattern { name, reach }, listed, line });
        }
    };
    // Memory cannot fail to be read.
    let findings = scan(format, octets, false, take).unwrap_or_default();
    (entries, findings)
}

/// Reads a list line by line and hands each entry over as it comes: the name in canonical form, its
/// reach, whether it is listed, and the line. `suffixes`: whether public suffixes are taken.
///
/// # Errors
/// What the list could not be read for.
pub fn scan(
    format: ListFormat,
    mut list: impl BufRead,
    suffixes: bool,
    take: impl FnMut(&str, Reach, bool, usize),
) -> io::Result<Findings> {
    let (line, findings, name) = (0, Findings::default(), String::new());
    let mut reader = Reader { take, line, findings, suffixes, name };
    let mut zone = rpz::Zone::default();
    let mut octets = Vec::new();
    loop {
        octets.clear();
        let read = (&mut list).take(MAX_LINE as u64 + 2).read_until(b'\n', &mut octets)?;
        if read == 0 && reader.line > 0 {
            break;
        }
        reader.line += 1;
        let ended = octets.last() == Some(&b'\n');
        if ended {
            octets.pop();
        } else if octets.len() > MAX_LINE {
            list.skip_until(b'\n')?;
        }
        let mut line = octets.as_slice();
        if reader.line == 1 {
            if line.starts_with(&[0xff, 0xfe]) || line.starts_with(&[0xfe, 0xff]) {
                reader.wrong("the file is UTF-16 text; save it as UTF-8");
                return Ok(reader.findings);
            }
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        let Some(line) = reader.text(line) else { continue };
        match format {
            ListFormat::Hosts => hosts::line(&mut reader, &line),
            ListFormat::Domains => domains::line(&mut reader, &line),
            ListFormat::Adblock => adblock::line(&mut reader, &line),
            ListFormat::Rpz => zone.line(&mut reader, &line),
        }
    }
    if format == ListFormat::Rpz {
        zone.end(&mut reader);
    }
    Ok(reader.findings)
}

/// What the formats share: the current line, and where its contents go.
struct Reader<F> {
    take: F,
    line: usize,
    findings: Findings,
    suffixes: bool,
    /// The name at hand, in canonical form.
    name: String,
}

impl<F: FnMut(&str, Reach, bool, usize)> Reader<F> {
    /// The line as text, without a carriage return and white space at the end.
    fn text<'l>(&mut self, line: &'l [u8]) -> Option<Cow<'l, str>> {
        if line.len() > MAX_LINE {
            self.wrong("the line is longer than 64 KiB");
            return None;
        }
        match std::str::from_utf8(line) {
            Ok(text) if text.contains('\0') => {
                // Left by programs that were stopped while writing; the rest of the line may stand.
                Some(Cow::Owned(text.replace('\0', " ").trim_end().to_owned()))
            }
            Ok(text) => Some(Cow::Borrowed(text.trim_end())),
            Err(_) => {
                self.wrong("the line is not UTF-8 text");
                None
            }
        }
    }

    fn wrong(&mut self, reason: impl Into<String>) {
        self.findings.invalid += 1;
        if self.findings.first_invalid.len() < NAMED {
            let reason = reason.into();
            self.findings.first_invalid.push(Wrong { line: self.line, reason });
        }
    }

    fn unsupported(&mut self, kind: &'static str) {
        *self.findings.unsupported.entry(Cow::Borrowed(kind)).or_default() += 1;
    }

    /// Takes a name in.
    fn name(&mut self, text: &str, reach: Reach, listed: bool) {
        match canonical_of_text(text, &mut self.name) {
            Ok(()) if listed && reach.below() && !self.suffixes && is_public_suffix(&self.name) => {
                let name = &self.name;
                self.wrong(format!("`{name}` would mean every site under it"));
            }
            Ok(()) => (self.take)(&self.name, reach, listed, self.line),
            Err(error) => self.wrong(refusal(text, error)),
        }
    }
}

fn refusal(text: &str, error: HostError) -> String {
    const SHOWN: usize = 60;
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut shown: String = text.chars().take(SHOWN).map(clean).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`: {error}")
}
