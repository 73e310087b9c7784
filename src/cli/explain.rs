//! `blockhouse explain`: why a host is blocked, or not.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::{Value, json};

use super::missing;
use crate::causes::with_cause;
use crate::config::Config;
use crate::host::Host;
use crate::policy::{
    Action, BlockAddresses, ExceptionKind, Explanation, Policy, RuleId, Told, Verdict,
};

/// Tells what the policy says about a host and how it comes to that.
#[derive(Debug, Clone, clap::Args)]
pub struct ExplainArgs {
    /// The host, such as `blocked.example` or `192.0.2.1`
    #[arg(value_parser = Host::from_text, required_unless_present = "page", conflicts_with = "page")]
    pub host: Option<Host>,
    /// The address of the client that asks; required with a host
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

/// What is explained, as JSON tells it.
#[derive(Serialize)]
struct Shown<'e> {
    #[serde(flatten)]
    explanation: &'e Explanation,
    /// As the feed's `/verdict` has it.
    gateway: Value,
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
    let verdict = &explanation.verdict;
    if args.json {
        let shown = Shown { explanation: &explanation, gateway: told(&policy, verdict) };
        serde_json::to_string_pretty(&shown).map_err(|error| error.to_string())
    } else {
        Ok(text(&explanation, &gateway(&policy, host, verdict)))
    }
}

/// What a gateway answers, for programs.
fn told(policy: &Policy, verdict: &Verdict) -> Value {
    match policy.told(verdict) {
        Told::Truth => json!({ "answer": "truth" }),
        Told::Nxdomain => json!({ "answer": "nxdomain" }),
        Told::Null => json!({ "answer": "null" }),
        Told::Page(number) => {
            let BlockAddresses { v4, v6 } = policy.block_addresses(number);
            json!({ "answer": "page", "a": v4, "aaaa": v6 })
        }
    }
}

/// The same for people, with the reason where it is the truth: to block a host that no gateway
/// redirects is of no effect.
fn gateway(policy: &Policy, host: &Host, verdict: &Verdict) -> String {
    if host.name().is_none() {
        return "not asked, since the host is an address".to_owned();
    }
    let why = match policy.told(verdict) {
        Told::Page(number) => {
            let BlockAddresses { v4, v6 } = policy.block_addresses(number);
            let v4 = v4.iter().map(ToString::to_string);
            let all: Vec<String> = v4.chain(v6.iter().map(ToString::to_string)).collect();
            return match all.is_empty() {
                true => "redirected to this server; `gateway.addresses` is empty".to_owned(),
                false => format!("redirected to {}", all.join(", ")),
            };
        }
        Told::Nxdomain => return "answers that there is no such name".to_owned(),
        Told::Null => return "answers 0.0.0.0 and ::".to_owned(),
        Told::Truth => match (verdict.exception, &verdict.rule) {
            (Some(ExceptionKind::ClientNetwork), _) => {
                "the client is an exception, which exported zones cannot say"
            }
            (Some(_), _) => "the host is an exception",
            (None, RuleId::Default) if verdict.unlisted => "no rule of this policy names the host",
            (None, RuleId::Default) => "no rule of this policy names the host or its category",
            (None, _) => "the rule allows it",
        },
    };
    format!("not redirected: {why}")
}

fn text(explanation: &Explanation, gateway: &str) -> String {
    let Explanation { client, host, verdict, steps } = explanation;
    // For the portal `block` means that gateways redirect it, and no more.
    let what = match &verdict.rule {
        RuleId::Portal => "portal".to_owned(),
        _ => verdict.action.to_string(),
    };
    let mut out = format!("{host} from {client}: {what}\n");
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
        ("gateway", Some(gateway)),
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
    out.push_str("\n\ngrants and approvals are not looked at");
    out
}
