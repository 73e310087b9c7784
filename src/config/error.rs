//! What is wrong with a configuration, shown so that it can be put right.

use std::fmt::{self, Write as _};
use std::ops::Range;

use super::Source;
use crate::causes::with_cause;
use crate::files::FileError;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigErrors {
    /// The file could not be read at all.
    #[error("{}; name an existing file after `--config`", with_cause(.0))]
    Unreadable(FileError),
    /// The file was read and is not understood; all problems are in here.
    #[error("{}", list(source_name, problems))]
    Wrong {
        /// Where it was read.
        source_name: Source,
        /// What is wrong, in the order of the file; at least one.
        problems: Vec<Problem>,
    },
}

/// One thing that is wrong at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The line as it stands in the file; empty where showing it would show a secret.
    pub excerpt: String,
    /// How many characters of the line are meant.
    pub width: usize,
}

impl Problem {
    /// A problem with the octets `span` of `text`.
    pub(super) fn new(
        text: &str,
        span: Range<usize>,
        message: String,
        hint: Option<String>,
    ) -> Self {
        let mut start = span.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let mut end = span.end.clamp(start, line_end.max(start));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self {
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            message,
            hint,
            excerpt: text[line_start..line_end].trim_end_matches('\r').to_owned(),
            width: text[start..end].chars().count().max(1),
        }
    }
}

/// The longest line that is shown in full, in characters.
const MAX_EXCERPT: usize = 160;

fn list(source: &Source, problems: &[Problem]) -> String {
    let mut out = String::new();
    for (index, problem) in problems.iter().enumerate() {
        if index > 0 {
            out.push_str("\n\n");
        }
        // Writing to a string cannot fail.
        let _ = show(&mut out, source, problem);
    }
    out
}

fn show(out: &mut String, source: &Source, problem: &Problem) -> fmt::Result {
    let Problem { line, column, message, hint, excerpt, width } = problem;
    write!(out, "{source}:{line}:{column}: {message}")?;
    if !excerpt.is_empty() && column + width <= MAX_EXCERPT {
        let number = line.to_string();
        let gutter = " ".repeat(number.len());
        // A control character would move the cursor of the terminal; a tab stays, so that the caret
        // below stands right.
        let clean = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
        let shown: String = excerpt.chars().take(MAX_EXCERPT).map(clean).collect();
        let before: String =
            excerpt.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        write!(
            out,
            "\n {gutter} |\n {number} | {shown}\n {gutter} | {before}{}",
            "^".repeat(*width)
        )?;
    }
    if let Some(hint) = hint {
        write!(out, "\n  hint: {hint}")?;
    }
    Ok(())
}
