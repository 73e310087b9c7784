//! `blockhouse lists`: what is in the lists. `blockhouse exceptions`: what is never touched.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::table::Table;
use super::{print_json, say};
use crate::clock;
use crate::config::{BUILTIN_NAMES, Config, duration_text};
use crate::fetch::Note;
use crate::policy::{ListReport, Overlap, Policy};

/// Show what is in the lists, and how old those are that are fetched
#[derive(Debug, Args)]
pub(super) struct ListsArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Show the names and networks that are never impersonated or redirected
#[derive(Debug, Args)]
pub(super) struct ExceptionsArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown<'l> {
    names: usize,
    octets: usize,
    lists: Vec<ShownList<'l>>,
    overlaps: &'l [Overlap],
}

#[derive(Serialize)]
struct ShownList<'l> {
    #[serde(flatten)]
    report: &'l ListReport,
    checked: Option<String>,
    #[serde(skip)]
    age: Option<String>,
}

pub(super) fn run(args: &ListsArgs, config: &Config) -> ExitCode {
    let loaded = match Policy::load_cached(config, false) {
        Ok(loaded) => loaded,
        Err(errors) => {
            say(&errors);
            return ExitCode::from(2);
        }
    };
    let sources = config.policy.categories.iter().flat_map(|category| &category.lists);
    let shown = |(report, source)| {
        let checked = Note::of(source, &config.lists).map(|note| note.checked());
        let age = checked.map(|at| duration_text(clock::now().since(at)));
        ShownList { report, checked: checked.map(|at| at.rfc3339()), age }
    };
    let shown = Shown {
        names: loaded.policy.names(),
        octets: loaded.policy.octets(),
        // Every list has a report, in the order of the configuration.
        lists: loaded.lists.iter().zip(sources).map(shown).collect(),
        overlaps: &loaded.overlaps,
    };
    if args.json {
        return print_json(&shown);
    }
    let mut table =
        Table::new(&["CATEGORY", "ACCEPTED", "DUPLICATE", "INVALID", "UNUSED", "ASKED", "LIST"]);
    for ShownList { report, age, .. } in &shown.lists {
        let unused: usize = report.findings.unsupported.values().sum();
        let asked = match (age, report.missing) {
            (_, true) => "not fetched yet".to_owned(),
            (Some(age), false) => format!("{age} ago"),
            (None, false) => "-".to_owned(),
        };
        // A list that is empty has zeros.
        let figure = |number: usize| match report.missing {
            true => "-".to_owned(),
            false => number.to_string(),
        };
        table.row([
            report.category.clone(),
            figure(report.accepted),
            figure(report.duplicate),
            figure(report.findings.invalid),
            figure(unused),
            asked,
            report.list.clone(),
        ]);
    }
    print!("{}", table.into_text());
    for ShownList { report, .. } in &shown.lists {
        for wrong in &report.findings.first_invalid {
            println!("{}:{}: {}", report.list, wrong.line, super::table::harmless(&wrong.reason));
        }
        for (kind, count) in &report.findings.unsupported {
            println!("{}: {count} {kind} cannot be decided by a host name", report.list);
        }
    }
    shown.overlaps.iter().for_each(|overlap| println!("{overlap}"));
    println!("{} names in {} KiB of memory", shown.names, shown.octets >> 10);
    ExitCode::SUCCESS
}

#[derive(Serialize)]
struct Exception {
    name: String,
    builtin: bool,
    on: bool,
    asker: Option<&'static str>,
    why: Option<&'static str>,
}

pub(super) fn exceptions(args: &ExceptionsArgs, config: &Config) -> ExitCode {
    let exceptions = &config.policy.exceptions;
    let own = exceptions.domains.iter().map(ToString::to_string);
    let own = own.chain(exceptions.networks.iter().map(ToString::to_string));
    let own = own.map(|name| Exception { name, builtin: false, on: true, asker: None, why: None });
    let builtin = BUILTIN_NAMES.iter().map(|builtin| Exception {
        name: builtin.name.to_owned(),
        builtin: true,
        on: !exceptions.not_builtin.iter().any(|off| off.as_str() == builtin.name),
        asker: Some(builtin.asker),
        why: Some(builtin.why),
    });
    let all: Vec<Exception> = own.chain(builtin).collect();
    if args.json {
        return print_json(&all);
    }
    let mut table = Table::new(&["NAME", "FROM", "STATE", "WHO ASKS", "WHEN REDIRECTED"]);
    for Exception { name, builtin, on, asker, why } in all {
        let from = if builtin { "built in" } else { "configuration" };
        let state = if on { "on" } else { "off" };
        let [asker, why] = [asker, why].map(|text| text.unwrap_or("-").to_owned());
        table.row([name, from.to_owned(), state.to_owned(), asker, why]);
    }
    print!("{}", table.into_text());
    println!("Switch a built-in one off by its name in `exceptions.not_builtin`.");
    ExitCode::SUCCESS
}
