//! `blockhouse check`: everything that is wrong, at once, before anything is served.

use std::path::Path;
use std::process::ExitCode;

use crate::causes::with_cause;
use crate::config::Config;
use crate::policy::{ListReport, Policy};

/// Loads the configuration and everything it names, and reports all problems.
#[derive(Debug, Clone, clap::Args)]
pub struct CheckArgs {}

/// Prints what was found; `more` looks at what other stages load from the configuration and gives
/// one text per problem. Exits with 2 when there is any problem.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "this is what the command is for")]
pub fn run(
    _args: &CheckArgs,
    config: Option<&Path>,
    more: impl FnOnce(&Config) -> Vec<String>,
) -> ExitCode {
    let mut problems = Vec::new();
    let config = match config.map(Config::examine) {
        Some(Ok((config, errors))) => {
            problems.extend(errors.map(|errors| with_cause(&errors)));
            Some(config)
        }
        Some(Err(errors)) => {
            problems.push(with_cause(&errors));
            None
        }
        None => Some(Config::builtin()),
    };
    if let Some(config) = &config {
        // The lists are what is to be checked, so an earlier index does not count.
        match Policy::load(config) {
            Ok(loaded) => {
                loaded.lists.iter().for_each(|report| println!("{}", summary(report)));
                for overlap in &loaded.overlaps {
                    println!("{overlap}");
                }
                println!("{} names in all lists and rules", loaded.policy.names());
            }
            Err(errors) => problems.push(errors.to_string()),
        }
        problems.extend(more(config));
    }
    for problem in &problems {
        eprintln!("{problem}\n");
    }
    let Some(config) = config.filter(|_| problems.is_empty()) else {
        eprintln!("blockhouse: put this right and run `blockhouse check` again");
        return ExitCode::from(2);
    };
    println!("{}: no problems", config.source);
    ExitCode::SUCCESS
}

fn summary(report: &ListReport) -> String {
    let ListReport { category, list: file, accepted, duplicate, findings, .. } = report;
    let unsupported: usize = findings.unsupported.values().sum();
    let mut out = format!(
        "{}: {accepted} entries for `{category}`, {duplicate} duplicate, {} invalid, \
         {unsupported} unsupported",
        file, findings.invalid
    );
    for wrong in &findings.first_invalid {
        out.push_str(&format!("\n  line {}: {}", wrong.line, wrong.reason));
    }
    if findings.invalid > findings.first_invalid.len() {
        out.push_str(&format!("\n  and {} more", findings.invalid - findings.first_invalid.len()));
    }
    for (kind, count) in &findings.unsupported {
        out.push_str(&format!("\n  unsupported: {count} {kind}"));
    }
    out
}
