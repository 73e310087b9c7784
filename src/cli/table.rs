//! Lists for people on a terminal, and JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use crate::store::is_invisible;

/// Columns of equal width; the last one is as long as it gets.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|&name| name.to_owned()).collect()] }
    }

    /// Adds a row. What people wrote is shown so that it cannot steer the terminal.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| harmless(&cell)).collect());
    }

    pub(super) fn into_text(self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let columns = self.rows.first().map_or(0, Vec::len);
        let widths: Vec<_> = (0..columns).map(width).collect();
        let mut out = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let _ = write!(line, "{cell:<width$}  ");
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

/// A text in which nothing moves the cursor, changes colours or turns the line around.
pub(super) fn harmless(text: &str) -> String {
    let odd = |letter: char| letter.is_control() || is_invisible(letter);
    text.chars().map(|letter| if odd(letter) { '\u{fffd}' } else { letter }).collect()
}

/// At most `most` characters of a text.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('\u{2026}');
    short
}

/// JSON with escapes for what a terminal would obey; it means the same to a program.
pub(super) fn json(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let plain = serde_json::to_string_pretty(value)?;
    let mut out = String::with_capacity(plain.len());
    for letter in plain.chars() {
        // Only the line ends that JSON itself is laid out with stand outside a string.
        if letter != '\n' && (letter.is_control() || is_invisible(letter)) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(letter);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_harmless() {
        let mut table = Table::new(&["ID", "NOTE"]);
        table.row(["\u{fc}ber".to_owned(), "\u{1b}[2J\u{202e}x".to_owned()]);
        assert_eq!(table.into_text(), "ID    NOTE\n\u{fc}ber  \u{fffd}[2J\u{fffd}x\n");
    }

    #[test]
    fn json_means_the_same_and_steers_no_terminal() {
        let text = "\u{9b}31m \u{202e}\u{e0001} \u{1b} \n \u{fc}";
        let shown = json(&[text]).unwrap();
        assert!(!shown.contains(['\u{9b}', '\u{202e}', '\u{e0001}', '\u{1b}']), "{shown}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&shown).unwrap(), [text]);
    }
}
