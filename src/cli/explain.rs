//! `blockhouse explain`: why a host is blocked, or not.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::missing;
use crate::causes::with_cause;
use crate::config::Config;
use crate::host::Host;
use crate::policy::{Action, Explanation, Policy};

/// Tells what the policy says about a host and how it comes to that.
#[derive(Debug, Clone, clap::Args)]
pub struct ExplainArgs {
    /// The host, such as `blocked.example` or `192.0.2.1`
    #[arg(value_parser = Host::from_text, required_unless_present = "page", conflicts_with = "page")]
    pub host: Option<Host>,
    /// The address of the client that asks
    #[arg(long, value_name = "IP", required_unless_present = "page")]
    pub from: Option<IpAddr>,
    /// The address of ours that the client came to, where it carries a reason
    #[arg(long, value_name = "IP", conflicts_with = "page")]
    pub to: Option<IpAddr>,
    /// Say instead what the pages of this granted site asked for and did not get
    #[arg(long, value_name = "URL")]
    pub page: Option<String>,
    /// The events to look through for `--page`, `-` for standard input [default: `events.file`]
    #[arg(long, value_name = "FILE", requires = "page")]
    pub journal: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Prints the explanation; exits with 2 when the configuration or a list is wrong.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "this is what the command is for")]
pub fn run(args: &ExplainArgs, config: Option<&Path>) -> ExitCode {
    match explain(args, config) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("blockhouse: {problem}");
            ExitCode::from(2)
        }
    }
}

fn explain(args: &ExplainArgs, config: Option<&Path>) -> Result<String, String> {
    let config = match config {
        Some(path) => Config::load(path).map_err(|errors| with_cause(&errors))?,
        None => Config::builtin(),
    };
    if let Some(page) = &args.page {
        let missing = missing::missing(page, args.journal.as_deref(), &config)?;
        return match args.json {
            true => serde_json::to_string_pretty(&missing).map_err(|error| error.to_string()),
            false => Ok(missing::text(&missing)),
        };
    }
    let (Some(host), Some(from)) = (&args.host, args.from) else {
        return Err("name a host and `--from` an address, or `--page`".to_owned());
    };
    let policy = Policy::load_cached(&config, false).map_err(|errors| errors.to_string())?.policy;
    let explanation = policy.explain(args.to, from, host);
    if args.json {
        serde_json::to_string_pretty(&explanation).map_err(|error| error.to_string())
    } else {
        Ok(text(&explanation))
    }
}

fn text(explanation: &Explanation) -> String {
    let Explanation { client, host, verdict, steps } = explanation;
    let mut out = format!("{host} from {client}: {}\n", verdict.action);
    for (index, step) in steps.iter().enumerate() {
        let _ = write!(out, "\n  {}. {step}", index + 1);
    }
    let _ = write!(out, "\n\n  policy    {}\n  rule      {}", verdict.policy, verdict.rule);
    let category = verdict.category.as_ref().map(|c| format!("{} ({})", c.name, c.class));
    let terms = &verdict.terms;
    let minutes = terms.duration.as_secs() / 60;
    let go_on = (verdict.action == Action::Warn)
        .then(|| format!("{}, for {minutes} minutes and the {}", terms.hand_over, terms.scope));
    let rows = [
        ("continue", go_on.as_deref()),
        ("location", verdict.location.as_deref()),
        ("category", category.as_deref()),
        ("reason", verdict.reason.as_deref()),
        ("contact", verdict.contact.as_deref()),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            let _ = write!(out, "\n  {name:<9} {value}");
        }
    }
    out
}
