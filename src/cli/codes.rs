//! `blockhouse codes`: hand out bypass codes, list them, revoke them.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use super::table::{self, Table, harmless};
use crate::clock::{self, Time};
use crate::config::{Class, Config, duration_text, read_duration};
use crate::control::{self, Command, Reply};
use crate::store::{Code, NewCode};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

const EXAMPLES: &str = "\
Examples:
  blockhouse codes new --category social --for 7d --note 'Project week, class 9b'
  blockhouse codes new --uses 1 --lasts 2h --note 'Mr Smith, once'
  blockhouse codes list
  blockhouse codes revoke AB3D";

/// Hand out bypass codes, list them, revoke them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CodesArgs {
    #[command(subcommand)]
    command: CodesCommand,
}

#[derive(Debug, Subcommand)]
enum CodesCommand {
    /// Make a code and show it, this one time
    New(New),
    /// List the codes; never what proves them
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a code, and end everything that it opened
    Revoke {
        /// The first four digits of the code
        id: String,
    },
}

#[derive(Debug, Args)]
struct New {
    /// A category that the code opens (may be repeated) [default: every one but class `security`]
    #[arg(long, value_name = "NAME")]
    category: Vec<String>,
    /// How many times it can be used [default: without a bound]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    uses: Option<u32>,
    /// The last day (UTC), or the moment, until which it is taken, such as `2026-12-31` or
    /// `2026-12-31T18:00:00Z` [default: until it is revoked]
    #[arg(long, value_name = "WHEN", value_parser = moment, conflicts_with = "span")]
    until: Option<Time>,
    /// For how long from now it is taken, such as `7d` or `1h30m`
    #[arg(long = "for", id = "span", value_name = "SPAN", value_parser = span)]
    span: Option<Duration>,
    /// How long a site stays open after the code was entered [default: as the rule says]
    #[arg(long, value_name = "SPAN", value_parser = lasts)]
    lasts: Option<Duration>,
    /// What it is for; stands in the list and in the event of each use
    #[arg(long, value_name = "TEXT")]
    note: String,
}

/// Runs the command on the store that this configuration names.
pub(super) fn run(args: CodesArgs, config: &Config) -> ExitCode {
    let folder = &config.store.directory;
    match args.command {
        CodesCommand::New(new) => {
            if let Err(problem) = known(&new.category, config) {
                eprintln!("blockhouse: {problem}");
                return ExitCode::from(2);
            }
            let now = clock::now();
            let until = new.until.or(new.span.map(|span| now.plus(span)));
            if until.is_some_and(|until| until <= now) {
                eprintln!("blockhouse: the moment after `--until` is past already");
                return ExitCode::from(2);
            }
            if new.note.trim().is_empty() {
                eprintln!("blockhouse: say after `--note` what the code is for");
                return ExitCode::from(2);
            }
            let New { category: categories, uses, lasts, note, .. } = new;
            make(config, NewCode { categories, uses, until, lasts, note })
        }
        CodesCommand::List { json } => list(folder, json),
        CodesCommand::Revoke { id } => revoke(folder, id),
    }
}

/// Refuses categories that are not there, and those that no code opens.
fn known(names: &[String], config: &Config) -> Result<(), String> {
    let categories = &config.policy.categories;
    for name in names {
        match categories.iter().find(|category| category.name == *name) {
            Some(category) if category.class == Class::Security => {
                return Err(format!(
                    "`{name}` is of class `security`, which no code opens; correct its list or \
                     add an exception"
                ));
            }
            Some(_) => {}
            None => {
                let open = categories.iter().filter(|other| other.class != Class::Security);
                let names: Vec<_> = open.map(|other| format!("`{}`", other.name)).collect();
                let names = match names.as_slice() {
                    [] => "none that a code could open".to_owned(),
                    names => names.join(", "),
                };
                let name = harmless(name);
                return Err(format!(
                    "there is no category `{name}` in {}; it has {names}",
                    config.source
                ));
            }
        }
    }
    Ok(())
}

/// Whether any page asks for a code.
fn is_asked_for(config: &Config) -> bool {
    let mut policies = config.policy.policies.iter();
    policies.any(|one| one.terms.codes || one.rules.iter().any(|rule| rule.terms.codes))
}

fn make(config: &Config, new: NewCode) -> ExitCode {
    match control::call(&config.store.directory, &Command::NewCode(new)) {
        Ok(Reply::Made { code, text }) => {
            println!("{}", &*text.0);
            eprintln!("\n{}", what_it_opens(&code));
            eprintln!(
                "It cannot be shown again: hand it out now. `blockhouse codes revoke {}` ends it.",
                code.id
            );
            if !is_asked_for(config) {
                eprintln!(
                    "blockhouse: no policy or rule has `codes = true`, so that no page asks for a \
                     code"
                );
            }
            ExitCode::SUCCESS
        }
        other => super::refused(other),
    }
}

fn what_it_opens(code: &Code) -> String {
    let categories = match code.categories.as_slice() {
        [] => "every category but those of class `security`".to_owned(),
        names => names.iter().map(|name| harmless(name)).collect::<Vec<_>>().join(", "),
    };
    let uses = match code.uses_left {
        None => "any number of times".to_owned(),
        Some(1) => "once".to_owned(),
        Some(number) => format!("{number} times"),
    };
    let until = match code.until {
        None => "until it is revoked".to_owned(),
        Some(until) => format!("until {}", until.rfc3339()),
    };
    let lasts = match code.lasts {
        None => "for as long as the rule of the site says".to_owned(),
        Some(span) => format!("for {}", duration_text(span)),
    };
    format!(
        "This code opens {categories}.\nIt can be used {uses}, {until}; each use opens a site \
         {lasts}."
    )
}

fn list(folder: &Path, json: bool) -> ExitCode {
    let codes = match control::call(folder, &Command::Codes) {
        Ok(Reply::Codes(codes)) => codes,
        other => return super::refused(other),
    };
    if json {
        return super::print_json(&codes);
    }
    if codes.is_empty() {
        eprintln!(
            "There are no bypass codes; `blockhouse codes new --help` shows how to make one."
        );
        return ExitCode::SUCCESS;
    }
    let now = clock::now();
    let mut rows = Table::new(&["ID", "STATE", "USED", "LEFT", "UNTIL", "OPENS", "NOTE"]);
    for code in codes {
        let dash = || "-".to_owned();
        let opens = match code.categories.as_slice() {
            [] => "all".to_owned(),
            names => names.join(","),
        };
        let state = state(&code, now).to_owned();
        rows.row([
            code.id,
            state,
            code.used.to_string(),
            code.uses_left.map_or_else(dash, |left| left.to_string()),
            code.until.map_or_else(dash, Time::rfc3339),
            opens,
            code.note,
        ]);
    }
    print!("{}", rows.into_text());
    ExitCode::SUCCESS
}

fn state(code: &Code, now: Time) -> &'static str {
    if code.revoked.is_some() {
        "revoked"
    } else if code.uses_left == Some(0) {
        "used up"
    } else if code.is_usable(now) {
        "usable"
    } else {
        "ended"
    }
}

fn revoke(folder: &Path, id: String) -> ExitCode {
    match control::call(folder, &Command::RevokeCode { id }) {
        Ok(Reply::Revoked { code, already }) => {
            let Code { id, note, .. } = code;
            let note = harmless(&note);
            match code.revoked.filter(|_| already) {
                Some(at) => println!("{id} ({note}) was revoked already, {}", at.rfc3339()),
                None => println!("{id} ({note}) is revoked, and what it opened is closed"),
            }
            ExitCode::SUCCESS
        }
        Ok(Reply::Unknown { id }) => {
            let id = table::shortened(&harmless(&id), 40);
            eprintln!(
                "blockhouse: there is no code with the id `{id}`; `blockhouse codes list` shows \
                 all (the id is the first four digits of a code)"
            );
            ExitCode::FAILURE
        }
        other => super::refused(other),
    }
}

/// A day, which is meant to its end, or a moment.
fn moment(text: &str) -> Result<Time, String> {
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(Time::from_unix(moment.unix_timestamp()));
    }
    match Date::parse(text, format_description!("[year]-[month]-[day]")) {
        Ok(day) => Ok(Time::from_unix(day.midnight().assume_utc().unix_timestamp()).plus(DAY)),
        Err(_) => Err("write a day such as `2026-12-31`, or a moment such as \
                       `2026-12-31T18:00:00Z`"
            .to_owned()),
    }
}

fn lasts(text: &str) -> Result<Duration, String> {
    // The same as for a rule, so that what outlives a revoked key or a changed rule stays short.
    let span = read_duration(text)?;
    if (MINUTE..=DAY * 30).contains(&span) {
        Ok(span)
    } else {
        Err("a site can be open from `1m` to `30d`".to_owned())
    }
}

/// From a minute to ten years.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    let span = read_duration(text)?;
    if (MINUTE..=DAY * 3650).contains(&span) {
        Ok(span)
    } else {
        Err("from `1m` to `3650d` are possible".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_meant_to_its_end() {
        let read = |text| moment(text).map(Time::rfc3339);
        assert_eq!(read("2026-12-31").unwrap(), "2027-01-01T00:00:00Z");
        assert_eq!(read("2026-12-31T18:00:00Z").unwrap(), "2026-12-31T18:00:00Z");
        assert_eq!(read("2026-12-31T18:00:00+02:00").unwrap(), "2026-12-31T16:00:00Z");
        for wrong in ["", "2026-02-30", "31.12.2026", "tomorrow", "2026-12-31 18:00"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
