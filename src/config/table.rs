//! Reading a TOML table key by key, so that every problem is found and each has its place.
//!
//! serde stops at the first key that it does not understand. Here a table remembers which keys it
//! was asked for, and what is left over is unknown.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;
use super::value::Refusal;

/// The text being read, and what was found wrong with it so far.
pub(super) struct Sheet<'t> {
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'t> Sheet<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, problems: RefCell::default(), asked: RefCell::default() }
    }

    /// Notes a problem.
    pub(super) fn problem(&self, span: Range<usize>, message: impl Into<String>) {
        self.push(Problem::new(self.text, span, message.into(), None));
    }

    /// Notes a problem, and what to do about it.
    pub(super) fn hinted(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Problem::new(self.text, span, message.into(), Some(hint.into())));
    }

    fn push(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// The line of an octet, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|b| **b == b'\n').count() + 1
    }

    /// All problems in the order of the file, and every key that was asked for as a dotted path.
    pub(super) fn finish(self) -> (Vec<Problem>, BTreeSet<String>) {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems.dedup();
        (problems, self.asked.into_inner())
    }
}

/// A table of the text.
pub(super) struct Table<'a> {
    pub(super) sheet: &'a Sheet<'a>,
    /// Where the table begins.
    pub(super) span: Range<usize>,
    entries: Option<&'a DeTable<'a>>,
    path: String,
    asked: RefCell<Vec<&'static str>>,
}

/// A value of the text, which has the right place but perhaps not the right type.
pub(super) struct Item<'a> {
    pub(super) sheet: &'a Sheet<'a>,
    pub(super) span: Range<usize>,
    value: &'a DeValue<'a>,
    path: String,
}

impl<'a> Table<'a> {
    /// The whole document.
    pub(super) fn root(sheet: &'a Sheet<'a>, document: &'a Spanned<DeTable<'a>>) -> Self {
        Self {
            sheet,
            span: 0..0,
            entries: Some(document.get_ref()),
            path: String::new(),
            asked: RefCell::default(),
        }
    }

    /// The value of a key, if it is there.
    pub(super) fn get(&self, key: &'static str) -> Option<Item<'a>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        drop(asked);
        let path = join(&self.path, key);
        self.sheet.asked.borrow_mut().insert(path.clone());
        let (_, value) = self.entries?.get_key_value(key)?;
        Some(Item { sheet: self.sheet, span: value.span(), value: value.get_ref(), path })
    }

    /// The value of a key that must be there.
    pub(super) fn must(&self, key: &'static str, example: &str) -> Option<Item<'a>> {
        let item = self.get(key);
        if item.is_none() {
            let place = if self.path.is_empty() { "the file" } else { &self.path };
            self.sheet.hinted(
                self.span.clone(),
                format!("{place} needs `{key}`"),
                format!("add a line such as `{key} = {example}`"),
            );
        }
        item
    }

    /// The table of a key; an empty one when it is not there.
    pub(super) fn table(&self, key: &'static str) -> Table<'a> {
        let empty = || Table {
            sheet: self.sheet,
            span: self.span.clone(),
            entries: None,
            path: join(&self.path, key),
            asked: RefCell::default(),
        };
        self.get(key).and_then(Item::table).unwrap_or_else(empty)
    }

    /// The tables of a key that names them freely (`[categories.NAME]`): name, its place, table.
    pub(super) fn named(&self, key: &'static str) -> Vec<(Spanned<String>, Table<'a>)> {
        let Some(item) = self.get(key) else { return Vec::new() };
        let DeValue::Table(entries) = item.value else {
            item.wrong_type("tables");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (name, value) in entries {
            let item = Item {
                sheet: self.sheet,
                span: value.span(),
                value: value.get_ref(),
                path: join(&item.path, "*"),
            };
            if let Some(table) = item.table() {
                tables.push((Spanned::new(name.span(), name.get_ref().to_string()), table));
            }
        }
        // The map is in the order of the alphabet; people think in the order of the file.
        tables.sort_by_key(|(name, _)| name.span().start);
        tables
    }

    /// The tables of a key that holds a list of them (`[[locations]]`).
    pub(super) fn tables(&self, key: &'static str) -> Vec<Table<'a>> {
        let Some(item) = self.get(key) else { return Vec::new() };
        item.items().into_iter().filter_map(Item::table).collect()
    }

    /// Reports every key that was not asked for.
    pub(super) fn finish(self) {
        let asked = self.asked.into_inner();
        for (key, _) in self.entries.into_iter().flatten() {
            let name: &str = key.get_ref();
            if asked.contains(&name) {
                continue;
            }
            let place = match self.path.as_str() {
                "" => "at the top of the file".to_owned(),
                path => format!("in `{path}`"),
            };
            let hint = match nearest(name, asked.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known keys are {}", quoted(asked.iter().copied())),
            };
            self.sheet.hinted(key.span(), format!("unknown key `{name}` {place}"), hint);
        }
    }
}

impl<'a> Item<'a> {
    /// Notes that the value is of another type than wanted.
    pub(super) fn wrong_type(&self, wanted: &str) {
        let path = &self.path;
        let found = match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{path}` must be {wanted}, not {found}");
        match (wanted, self.value) {
            (wanted, DeValue::String(text)) if wanted.starts_with("a list") => {
                self.sheet.hinted(self.span.clone(), message, format!("write `[\"{text}\"]`"));
            }
            _ => self.sheet.problem(self.span.clone(), message),
        }
    }

    /// Notes a problem with the value.
    pub(super) fn problem(&self, message: impl Into<String>) {
        self.sheet.problem(self.span.clone(), message);
    }

    /// Notes a problem with the value, and what to do about it.
    pub(super) fn hinted(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.sheet.hinted(self.span.clone(), message, hint);
    }

    /// The text, without white space around it; refused when it is empty or has control characters.
    pub(super) fn text(&self) -> Option<String> {
        let DeValue::String(text) = self.value else {
            self.wrong_type("a string");
            return None;
        };
        let text = text.trim();
        if text.is_empty() {
            self.hinted(format!("`{}` is empty", self.path), "leave the key out, or fill it in");
            return None;
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            self.problem(format!("`{}` holds a control character", self.path));
            return None;
        }
        Some(text.to_owned())
    }

    /// The text as `read` understands it.
    pub(super) fn read<T>(&self, read: impl FnOnce(&str) -> Result<T, Refusal>) -> Option<T> {
        match read(&self.text()?) {
            Ok(value) => Some(value),
            Err(Refusal { message, hint: Some(hint) }) => {
                self.hinted(message, hint);
                None
            }
            Err(Refusal { message, hint: None }) => {
                self.problem(message);
                None
            }
        }
    }

    /// A truth value.
    pub(super) fn boolean(&self) -> Option<bool> {
        let DeValue::Boolean(value) = self.value else {
            self.wrong_type("true or false");
            return None;
        };
        Some(*value)
    }

    /// A whole number from `least` to `most`.
    pub(super) fn number(&self, least: u64, most: u64) -> Option<u64> {
        let DeValue::Integer(number) = self.value else {
            self.wrong_type("a whole number");
            return None;
        };
        let value = i128::from_str_radix(number.as_str(), number.radix()).unwrap_or(i128::MAX);
        match u64::try_from(value) {
            Ok(value) if (least..=most).contains(&value) => Some(value),
            _ => {
                self.problem(format!("`{}` must be from {least} to {most}", self.path));
                None
            }
        }
    }

    /// One of several words.
    pub(super) fn word<T: Clone>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(value.clone());
        }
        let known = words.iter().map(|(word, _)| *word);
        let hint = match nearest(&text, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", quoted(known)),
        };
        self.hinted(format!("`{}` cannot be `{text}`", self.path), hint);
        None
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Vec<Item<'a>> {
        let DeValue::Array(array) = self.value else {
            self.wrong_type("a list");
            return Vec::new();
        };
        let item = |value: &'a Spanned<DeValue<'a>>| Item {
            sheet: self.sheet,
            span: value.span(),
            value: value.get_ref(),
            path: self.path.clone(),
        };
        array.iter().map(item).collect()
    }

    /// Whether this is a list of any kind.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.value, DeValue::Array(_))
    }

    /// Refuses a list without anything in it.
    pub(super) fn must_hold_some(&self, message: &str, hint: &str) {
        if matches!(self.value, DeValue::Array(array) if array.is_empty()) {
            self.hinted(message, hint);
        }
    }

    /// The value as a table.
    fn table(self) -> Option<Table<'a>> {
        let DeValue::Table(entries) = self.value else {
            self.wrong_type("a table");
            return None;
        };
        let Item { sheet, span, path, .. } = self;
        Some(Table { sheet, span, entries: Some(entries), path, asked: RefCell::default() })
    }

    /// The path of the key, for messages.
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The words in backticks, with commas between them.
pub(super) fn quoted<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The word that was probably meant: at most one slip in three characters away.
pub(super) fn nearest<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    // Past this the text is no slip of a key, and the table below would grow with it.
    if text.chars().count() > 64 {
        return None;
    }
    words
        .map(|word| (distance(text, word), word))
        .filter(|(slips, word)| *slips <= (word.chars().count() / 3).max(1))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, word)| word)
}

/// How many letters must be put in, left out or changed to make `b` of `a` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (line, letter) in b.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for column in 0..a.len() {
            let changed = diagonal + usize::from(a[column] != letter);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[a.len()]
}
