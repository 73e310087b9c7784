//! Response policy zones (draft-vixie-dnsop-dns-rpz-00) in master file form (RFC 1035 section 5).
//!
//! The triggers are names: `example.com` is exact, `*.example.com` is everything below. What the
//! gateway does with a name does not matter here; whether it touches it does.

use super::Reader;
use crate::config::Reach;

/// A zone being read, line by line.
#[derive(Default)]
pub(super) struct Zone {
    /// What relative names end in, without the last dot; none until the file says.
    origin: Option<String>,
    /// The name of the zone, without the last dot: the owner of the SOA record.
    apex: Option<String>,
    /// The owner of the last record, for lines that begin with white space.
    owner: Option<String>,
    /// Inside how many parentheses the next line begins.
    depth: usize,
}

impl Zone {
    pub(super) fn line<F: FnMut(&str, Reach, bool, usize)>(
        &mut self,
        reader: &mut Reader<F>,
        line: &str,
    ) {
        let continued = self.depth > 0;
        let line = self.strip(line);
        // What follows in parentheses is the rest of an SOA or a signature, never a trigger.
        if continued || line.trim().is_empty() {
            return;
        }
        let mut words = line.split([' ', '\t', '(', ')']).filter(|word| !word.is_empty());
        if line.starts_with('$') {
            let (directive, value) = (words.next().unwrap_or_default(), words.next());
            self.directive(reader, directive, value);
            return;
        }
        if !line.starts_with([' ', '\t']) {
            self.owner = words.next().map(str::to_owned);
        }
        let Some(owner) = self.owner.clone() else {
            reader.wrong("a record without an owner");
            return;
        };
        // TTL and class may stand in either order, or not at all.
        let ttl = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_digit())
                && word.bytes().all(|b| b.is_ascii_digit() || b"sSmMhHdDwW".contains(&b))
        };
        let class = |word: &str| ["IN", "CH", "HS"].iter().any(|c| c.eq_ignore_ascii_case(word));
        let mut rest = words.skip_while(|word| ttl(word) || class(word));
        let Some(kind) = rest.next() else {
            reader.wrong("a record without a type");
            return;
        };
        self.record(reader, &owner, &kind.to_ascii_uppercase(), rest.next());
    }

    pub(super) fn end<F: FnMut(&str, Reach, bool, usize)>(&mut self, reader: &mut Reader<F>) {
        if self.depth > 0 {
            reader.wrong("a parenthesis is never closed");
        }
    }

    /// The line without its comment; counts parentheses outside of strings.
    fn strip<'l>(&mut self, line: &'l str) -> &'l str {
        let (mut quoted, mut escaped) = (false, false);
        for (at, c) in line.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => quoted = !quoted,
                ';' if !quoted => return &line[..at],
                '(' if !quoted => self.depth += 1,
                ')' if !quoted => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        line
    }

    fn directive<F: FnMut(&str, Reach, bool, usize)>(
        &mut self,
        reader: &mut Reader<F>,
        directive: &str,
        value: Option<&str>,
    ) {
        match (directive.to_ascii_uppercase().as_str(), value) {
            ("$TTL", Some(_)) => {}
            ("$ORIGIN", Some(value)) => {
                let full = match (value.strip_suffix('.'), &self.origin) {
                    (Some(full), _) => full.to_ascii_lowercase(),
                    (None, Some(origin)) => format!("{value}.{origin}").to_ascii_lowercase(),
                    (None, None) => value.to_ascii_lowercase(),
                };
                // Names only grow by this: a zone could otherwise double a long one line by line.
                self.origin = Some(full).filter(|full| full.len() <= crate::host::MAX_NAME);
            }
            ("$INCLUDE" | "$GENERATE", _) => reader.unsupported("$INCLUDE and $GENERATE"),
            _ => reader.wrong("a directive that is not understood"),
        }
    }

    fn record<F: FnMut(&str, Reach, bool, usize)>(
        &mut self,
        reader: &mut Reader<F>,
        owner: &str,
        kind: &str,
        data: Option<&str>,
    ) {
        let full = match (owner, owner.strip_suffix('.'), &self.origin) {
            ("@", _, origin) => origin.clone(),
            (_, Some(full), _) => Some(full.to_ascii_lowercase()),
            (_, None, Some(origin)) => Some(format!("{owner}.{origin}").to_ascii_lowercase()),
            (_, None, None) => None,
        };
        if kind == "SOA" {
            self.apex = full;
            return;
        }
        // Below the apex the rest of the name is the trigger. A file without `$ORIGIN` is read as
        // the name server does that is told the zone's name elsewhere.
        let apex = self.apex.as_ref().or(self.origin.as_ref());
        let trigger = match (&full, apex) {
            (None, _) if owner == "@" => "",
            (None, _) => owner,
            (Some(full), None) => full,
            (Some(full), Some(apex)) if full == apex => "",
            (Some(full), Some(apex)) => {
                let inside = full.strip_suffix(apex.as_str()).and_then(|t| t.strip_suffix('.'));
                let Some(trigger) = inside else {
                    reader.wrong(format!("`{owner}` is outside the zone `{apex}`"));
                    return;
                };
                trigger
            }
        };
        if trigger.is_empty() {
            // The apex has NS and whatever a zone needs, but no trigger.
            return;
        }
        let last = trigger.rsplit('.').next().unwrap_or(trigger);
        let last = last.to_ascii_lowercase();
        if last.starts_with("rpz-") {
            reader.unsupported(match last.as_str() {
                "rpz-ip" => "triggers by answer address (rpz-ip)",
                "rpz-client-ip" => "triggers by client address (rpz-client-ip)",
                "rpz-nsdname" => "triggers by name server (rpz-nsdname)",
                "rpz-nsip" => "triggers by name server address (rpz-nsip)",
                _ => "triggers of other kinds",
            });
            return;
        }
        let listed = match (kind, data) {
            ("A" | "AAAA", Some(_)) => true,
            ("CNAME", Some(target)) => {
                let target = target.to_ascii_lowercase();
                match target.strip_suffix('.').unwrap_or(&target) {
                    "rpz-passthru" => false,
                    "rpz-tcp-only" => {
                        reader.unsupported("rpz-tcp-only");
                        return;
                    }
                    // The older way to write a passthru: a name that points to itself.
                    same if same == trigger.strip_prefix("*.").unwrap_or(trigger) => false,
                    _ => true,
                }
            }
            ("CNAME" | "A" | "AAAA", None) => {
                reader.wrong(format!("a {kind} record without a value"));
                return;
            }
            _ => {
                reader.unsupported("records other than CNAME, A and AAAA");
                return;
            }
        };
        match trigger.strip_prefix("*.") {
            Some(name) => reader.name(name, Reach::Below, listed),
            None => reader.name(trigger, Reach::Exact, listed),
        }
    }
}
