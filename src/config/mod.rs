//! The configuration: TOML in, plain checked data out.
//!
//! What is not understood is refused with file, line, column and a hint, and all problems are
//! reported at once.

mod build;
mod builtin_names;
mod deciding;
mod error;
mod gateway;
mod grants;
mod policy;
mod ports;
mod portal;
mod table;
mod types;
mod value;

use std::collections::BTreeSet;
use std::path::Path;

use toml::Spanned;
use toml::de::DeTable;

use self::table::{Sheet, Table};
use crate::files;

pub use self::builtin_names::{BUILTIN_NAMES, BuiltinName};
pub use self::deciding::*;
pub use self::error::{ConfigErrors, Problem};
pub use self::gateway::{Canaries, Dns, Gateway, GatewayAnswer, Lists, ReasonAddress};
pub use self::grants::*;
pub use self::portal::Portal;
pub use self::types::*;
pub use self::value::{duration_text, is_public_suffix, read_duration, read_network};

/// The example that is served when no file is given.
const BUILTIN: &str = include_str!("builtin.toml");

/// The largest configuration, in octets: hosts by the million belong in lists.
const MAX_FILE: u64 = 16 << 20;

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigErrors`] with everything that is wrong.
    pub fn load(path: &Path) -> Result<Self, ConfigErrors> {
        match Self::examine(path)? {
            (config, None) => Ok(config),
            (_, Some(errors)) => Err(errors),
        }
    }

    /// Reads a file as far as it goes, so that what it names can be looked at as well: what is
    /// wrong has its default, and stands in the errors.
    ///
    /// # Errors
    /// [`ConfigErrors`] when the file cannot be read or is not TOML at all.
    pub fn examine(path: &Path) -> Result<(Self, Option<ConfigErrors>), ConfigErrors> {
        let octets =
            files::read("the configuration", path, MAX_FILE).map_err(ConfigErrors::Unreadable)?;
        let source_name = Source::File(path.to_owned());
        let text = match std::str::from_utf8(&octets) {
            Ok(text) => text,
            Err(error) => {
                let text = String::from_utf8_lossy(&octets[..error.valid_up_to()]);
                let message = "the file is not UTF-8 text from here on".to_owned();
                let hint = Some("save it as UTF-8".to_owned());
                let end = text.len();
                let problems = vec![Problem::new(&text, end..end, message, hint)];
                return Err(ConfigErrors::Wrong { source_name, problems });
            }
        };
        match read(text, &source_name) {
            Reading { config: Some(config), problems, .. } if problems.is_empty() => {
                Ok((config, None))
            }
            Reading { config: Some(config), problems, .. } => {
                Ok((config, Some(ConfigErrors::Wrong { source_name, problems })))
            }
            Reading { problems, .. } => Err(ConfigErrors::Wrong { source_name, problems }),
        }
    }

    /// Reads a text. Touches no file.
    ///
    /// # Errors
    /// [`ConfigErrors`] with everything that is wrong.
    pub fn parse(text: &str, source: &Source) -> Result<Self, ConfigErrors> {
        match read(text, source) {
            Reading { config: Some(config), problems, .. } if problems.is_empty() => Ok(config),
            Reading { problems, .. } => {
                Err(ConfigErrors::Wrong { source_name: source.clone(), problems })
            }
        }
    }

    /// The example that is served when no file is given.
    pub fn builtin() -> Self {
        // A test sees to it that there are no problems.
        build_from(BUILTIN, &DeTable::parse_recoverable(BUILTIN).0, &Source::Builtin).0
    }
}

/// A text that was read as far as it goes.
struct Reading {
    /// None when the text is not TOML.
    config: Option<Config>,
    problems: Vec<Problem>,
    /// All keys that were looked for, with `*` for names that are free.
    #[cfg_attr(not(test), allow(dead_code, reason = "a test compares them with the example"))]
    keys: BTreeSet<String>,
}

fn read(text: &str, source: &Source) -> Reading {
    // Some editors put a byte order mark in front, which TOML does not know.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let nothing = |problems| Reading { config: None, problems, keys: BTreeSet::new() };
    if text.trim_start().starts_with("-----BEGIN ") {
        return nothing(vec![pem_instead()]);
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What recovery made of the rest would give problems that are none.
        let sheet = Sheet::new(text);
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            sheet.problem(span, format!("this is not TOML: {}", error.message()));
        }
        return nothing(sheet.finish().0);
    }
    let (config, problems, keys) = build_from(text, &document, source);
    Reading { config: Some(config), problems, keys }
}

fn build_from<'t>(
    text: &'t str,
    document: &Spanned<DeTable<'t>>,
    source: &Source,
) -> (Config, Vec<Problem>, BTreeSet<String>) {
    let sheet = Sheet::new(text);
    let config = build::config(Table::root(&sheet, document), source);
    let (problems, keys) = sheet.finish();
    (config, problems, keys)
}

/// A key or certificate was named in the place of the configuration; its text is not shown.
fn pem_instead() -> Problem {
    Problem {
        line: 1,
        column: 1,
        message: "this is a PEM file (a key or a certificate), not a configuration".to_owned(),
        hint: Some("name the TOML file; `ca.directory` in it says where keys are".to_owned()),
        excerpt: String::new(),
        width: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../blockhouse.example.toml");

    /// The example with every key switched on that stands there behind a `#` without a space.
    fn all_on() -> String {
        let on = |line: &'static str| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with([' ', '#']) && !rest.is_empty() => rest,
            _ => line,
        };
        EXAMPLE.lines().map(on).collect::<Vec<_>>().join("\n")
    }

    fn present(table: &toml::Table, path: &str, out: &mut BTreeSet<String>) {
        for (key, value) in table {
            let free = ["categories", "policies"].contains(&path);
            let key = if free { "*" } else { key };
            let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            match value {
                toml::Value::Table(table) => present(table, &path, out),
                toml::Value::Array(items) => {
                    items
                        .iter()
                        .filter_map(toml::Value::as_table)
                        .for_each(|t| present(t, &path, out));
                }
                _ => {}
            }
            if key != "*" {
                out.insert(path);
            }
        }
    }

    #[test]
    fn the_builtin_example_has_no_problems() {
        Config::parse(BUILTIN, &Source::Builtin).unwrap();
    }

    #[test]
    fn every_key_stands_in_the_example() {
        let text = all_on();
        let reading = read(&text, &Source::Builtin);
        assert_eq!(reading.problems, []);
        let mut stands = BTreeSet::new();
        present(&text.parse().unwrap(), "", &mut stands);
        assert_eq!(stands, reading.keys);
    }

    #[test]
    fn the_example_says_the_defaults() {
        let of = |text: &str| {
            let read = read(text, &Source::Builtin).config.unwrap();
            format!(
                "{:?}",
                Config {
                    gateway: Gateway { reasons: Vec::new(), ..read.gateway },
                    policy: Config::builtin().policy,
                    companions: Vec::new(),
                    hooks: Vec::new(),
                    organisation: Config::builtin().organisation,
                    ..read
                }
            )
        };
        assert_eq!(of(EXAMPLE), of(""));
    }
}
