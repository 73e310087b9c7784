//! `blockhouse requests`: what people ask for, and the decisions about it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::codes::span;
use super::table::{self, Table, harmless, shortened};
use crate::clock::{self, Time};
use crate::config::Config;
use crate::control::{self, Command, Reply};
use crate::store::{Request, State, Who, WhoSpec};

/// How wide a network `--network` means: what one site or household commonly has.
const AROUND: WhoSpec = WhoSpec::Network { v4: 24, v6: 56 };
/// Characters of a reason in the list.
const REASON: usize = 60;

const EXAMPLES: &str = "\
Examples:
  blockhouse requests list
  blockhouse requests show 7K3Q9
  blockhouse requests approve 7K3Q9 --for 8h --network
  blockhouse requests deny 7K3Q9 --note 'Not during lessons.'";

/// List what people ask access for, and decide about it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct RequestsArgs {
    #[command(subcommand)]
    command: RequestsCommand,
}

#[derive(Debug, Subcommand)]
enum RequestsCommand {
    /// List the requests that are not decided
    List {
        /// Those that are decided, too
        #[arg(long)]
        all: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a request with everybody who sent it
    Show {
        /// The id of the request
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Open the site of a request for a time, at once
    Approve(Approve),
    /// Deny a request; an approval ends at once
    Deny {
        /// The id of the request
        id: String,
        /// Why, in words for the people who asked
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
}

#[derive(Debug, Args)]
struct Approve {
    /// The id of the request
    id: String,
    /// For how long from now, such as `8h` or `30d`
    #[arg(long = "for", id = "span", value_name = "SPAN", value_parser = span)]
    span: Duration,
    /// For the addresses of the people who asked (the default)
    #[arg(long, group = "who")]
    client: bool,
    /// For the networks around them: /24, and /56 for IPv6
    #[arg(long, group = "who")]
    network: bool,
    /// For everyone
    #[arg(long, group = "who")]
    everyone: bool,
}

/// Runs the command on the store that this configuration names.
pub(super) fn run(args: RequestsArgs, config: &Config) -> ExitCode {
    let folder = &config.store.directory;
    match args.command {
        RequestsCommand::List { all, json } => list(folder, all, json),
        RequestsCommand::Show { id, json } => show(folder, id, json),
        RequestsCommand::Approve(Approve { id, span, network, everyone, client: _ }) => {
            let who = match (network, everyone) {
                (true, _) => AROUND,
                (_, true) => WhoSpec::Everyone,
                _ => WhoSpec::Client,
            };
            decide(folder, &Command::Approve { id, seconds: span.as_secs(), who })
        }
        RequestsCommand::Deny { id, note } => decide(folder, &Command::Deny { id, note }),
    }
}

fn list(folder: &Path, all: bool, json: bool) -> ExitCode {
    let requests = match control::call(folder, &Command::Requests { all }) {
        Ok(Reply::Requests(requests)) => requests,
        other => return super::refused(other),
    };
    if json {
        return super::print_json(&requests);
    }
    if requests.is_empty() {
        eprintln!("{}", if all { "There are no requests." } else { "No request is open." });
        return ExitCode::SUCCESS;
    }
    let now = clock::now();
    let head = ["ID", "STATE", "PEOPLE", "SINCE", "HOST", "CATEGORY", "REASON OF THE FIRST"];
    let mut rows = Table::new(&head);
    for request in requests {
        let reason = request.people.first().map(|person| person.reason.clone());
        rows.row([
            request.id.clone(),
            state(&request, now).to_owned(),
            request.count.to_string(),
            request.created.rfc3339(),
            request.host.to_string(),
            request.category.unwrap_or_else(|| "-".to_owned()),
            shortened(&reason.unwrap_or_default(), REASON),
        ]);
    }
    print!("{}", rows.into_text());
    ExitCode::SUCCESS
}

fn state(request: &Request, now: Time) -> &'static str {
    match &request.state {
        State::Open if request.danger => "open (danger)",
        State::Open => "open",
        State::Approved { .. } if request.is_in_force(now) => "approved",
        State::Approved { .. } => "over",
        State::Denied { .. } => "denied",
    }
}

fn show(folder: &Path, id: String, json: bool) -> ExitCode {
    match control::call(folder, &Command::Request { id }) {
        Ok(Reply::Request(request)) if json => super::print_json(&request),
        Ok(Reply::Request(request)) => {
            print!("{}", in_full(&request, clock::now()));
            ExitCode::SUCCESS
        }
        other => unknown_or_refused(other),
    }
}

fn in_full(request: &Request, now: Time) -> String {
    let mut out = format!("{}\n", request.id);
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(out, "  {name:<10} {}", harmless(value));
    };
    let host = request.host.to_string();
    let for_people = request.host.to_unicode();
    row("host", &if host == for_people { host } else { format!("{host} ({for_people})") });
    row("opens", &format!("{} and everything below", request.site));
    row("category", request.category.as_deref().unwrap_or("-"));
    row("policy", &request.policy);
    row("location", request.location.as_deref().unwrap_or("-"));
    row("since", &request.created.rfc3339());
    row("state", state(request, now));
    match &request.state {
        State::Open => {}
        State::Approved { at, until, who } => {
            row("decided", &at.rfc3339());
            row("until", &until.rfc3339());
            row("for", &whom(who));
        }
        State::Denied { at, note } => {
            row("decided", &at.rfc3339());
            row("note", note.as_deref().unwrap_or("-"));
        }
    }
    if request.danger {
        row("danger", "a category of class `security` knows this host: it cannot be approved");
    }
    row("people", &request.count.to_string());
    for person in &request.people {
        let _ = writeln!(
            out,
            "\n  {} from {}, event {}\n    reason   {}\n    contact  {}",
            person.at.rfc3339(),
            person.client,
            harmless(&person.event),
            harmless(&person.reason),
            harmless(person.contact.as_deref().unwrap_or("-")),
        );
    }
    out
}

fn whom(who: &Who) -> String {
    let joined = |texts: Vec<String>| match texts.len() {
        0..=5 => texts.join(", "),
        more => format!("{}, and {} more", texts[..5].join(", "), more - 5),
    };
    match who {
        Who::Clients(clients) => joined(clients.iter().map(ToString::to_string).collect()),
        Who::Network(nets) => joined(nets.iter().map(ToString::to_string).collect()),
        Who::Everyone => "everyone".to_owned(),
    }
}

fn decide(folder: &Path, command: &Command) -> ExitCode {
    match control::call(folder, command) {
        Ok(Reply::Approved(request)) => {
            let State::Approved { until, who, .. } = &request.state else {
                return super::refused(Ok(Reply::Approved(request)));
            };
            let (site, until, who) = (harmless(&request.site), until.rfc3339(), whom(who));
            println!("{}: {site} is open until {until} for {who}", request.id);
            let kept = u32::try_from(request.people.len()).unwrap_or(u32::MAX);
            if matches!(&request.state, State::Approved { who: Who::Clients(_), .. })
                && request.count > kept
            {
                eprintln!(
                    "{} people asked, and the addresses of the first {kept} are known; use \
                     `--network` or `--everyone` to mean the others as well",
                    request.count
                );
            }
            ExitCode::SUCCESS
        }
        Ok(Reply::Denied(request)) => {
            println!("{}: {} is denied", request.id, request.host);
            ExitCode::SUCCESS
        }
        other => unknown_or_refused(other),
    }
}

fn unknown_or_refused(reply: Result<Reply, control::ControlError>) -> ExitCode {
    match reply {
        Ok(Reply::Unknown { id }) => {
            let id = table::shortened(&harmless(&id), 40);
            eprintln!(
                "blockhouse: there is no request with the id `{id}`; `blockhouse requests list \
                 --all` shows all"
            );
            ExitCode::FAILURE
        }
        Ok(Reply::Danger(request)) => {
            eprintln!(
                "blockhouse: {} is in a category of class `security`, which is never opened; if \
                 it is there by mistake, correct the list or name it under [exceptions]",
                request.host
            );
            ExitCode::FAILURE
        }
        other => super::refused(other),
    }
}
