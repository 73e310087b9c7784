//! Plain lists: one domain per line, with everything below it; `*.` in front: only below.

use super::Reader;
use crate::config::Reach;

pub(super) fn line<F: FnMut(&str, Reach, bool, usize)>(reader: &mut Reader<F>, line: &str) {
    let line = line.trim_start();
    if line.starts_with(['!', ';']) || line.starts_with("//") {
        return;
    }
    let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
    let Some(word) = words.next() else { return };
    if words.next().is_some() {
        reader.wrong("more than one word; a line with an address in front has the format `hosts`");
        return;
    }
    if word.starts_with("||") {
        reader.wrong("this is a rule of the format `adblock`");
        return;
    }
    match word.strip_prefix("*.") {
        Some(name) => reader.name(name, Reach::Below, true),
        // A leading dot is how Squid and others write a domain with everything below it.
        None => reader.name(word.strip_prefix('.').unwrap_or(word), Reach::Within, true),
    }
}
