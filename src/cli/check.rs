//! `blockhouse check`: everything that is wrong, at once, before anything is served.

use std::collections::HashSet;
use std::path::Path;
use std::process::ExitCode;

use crate::causes::with_cause;
use crate::config::{Action, BUILTIN_NAMES, Config, Exceptions, PolicyConfig, PolicyTable};
use crate::host::HostName;
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
                println!("{}", counts(config, &loaded.policy));
            }
            Err(errors) => problems.push(errors.to_string()),
        }
        left_out(&config.policy).iter().for_each(|warning| eprintln!("warning: {warning}"));
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

/// How many names there are. One that is an exception counts as that alone, whatever list it is in.
fn counts(config: &Config, policy: &Policy) -> String {
    let Exceptions { domains, not_builtin, .. } = &config.policy.exceptions;
    let is_on = |name: &&str| !not_builtin.iter().any(|off| off.as_str() == *name);
    let builtin = BUILTIN_NAMES.iter().map(|builtin| builtin.name).filter(is_on);
    let exceptions: HashSet<&str> = domains.iter().map(HostName::as_str).chain(builtin).collect();
    let portal = config.portal.domains().filter(|name| !exceptions.contains(name.as_str()));
    let others = policy.names().saturating_sub(exceptions.len() + portal.count());
    let names = if others == 1 { "name" } else { "names" };
    format!("{others} {names} in lists and rules, and {} exceptions", exceptions.len())
}

/// Categories that a policy's rules leave out where that is hardly meant: the policy does not let pass
/// what its rules do not name, or the rules of no policy name the category.
fn left_out(policy: &PolicyConfig) -> Vec<String> {
    let names = |table: &PolicyTable, category: &String| {
        table.rules.iter().any(|rule| rule.categories.contains(category))
    };
    let mut warnings = Vec::new();
    for table in &policy.policies {
        for category in &policy.categories {
            let name = &category.name;
            let is_empty = category.hosts.is_empty() && category.lists.is_empty();
            if is_empty || names(table, name) {
                continue;
            }
            let is_used = policy.policies.iter().any(|other| names(other, name));
            if table.default_action != Action::Allow || !is_used {
                warnings.push(format!(
                    "category `{name}` is named by no rule of policy `{}`: gateways do not \
                     redirect its hosts there",
                    table.name
                ));
            }
        }
    }
    warnings
}

fn summary(report: &ListReport) -> String {
    let ListReport { category, list: file, accepted, duplicate, findings, .. } = report;
    if report.missing {
        return format!("{file}: not fetched yet, so that nothing of it counts for `{category}`");
    }
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
