//! `blockhouse trust`: who lacks the root.

use std::net::IpAddr;
use std::process::ExitCode;

use clap::Args;
use ipnet::IpNet;

use super::table::Table;
use crate::config::{Config, read_network};
use crate::control::{self, Command, Reply};
use crate::trust::{Diagnosis, Lacking, Report};

const EXAMPLES: &str = "\
Examples:
  blockhouse trust
  blockhouse trust --client 192.0.2.7
  blockhouse trust --client 192.0.2.0/24 --json
  blockhouse trust --client 192.0.2.7 --clear";

/// Show which clients do not accept the certificates, why, and what to do about it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct TrustArgs {
    /// Only the clients at this address or in this network
    #[arg(long, value_name = "IP|CIDR", value_parser = network)]
    client: Option<IpNet>,
    /// Print JSON, with every host and program
    #[arg(long)]
    json: bool,
    /// Forget what these clients, or all, did not accept
    #[arg(long, conflicts_with = "json")]
    clear: bool,
}

fn network(text: &str) -> Result<IpNet, String> {
    // An address that a log shows in the clothes of IPv6 is taken as it stands.
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(ip.to_canonical()));
    }
    read_network(text, "`--client`")
}

/// Runs the command on the store that this configuration names.
pub(super) fn run(args: &TrustArgs, config: &Config) -> ExitCode {
    let (folder, within) = (&config.store.directory, args.client);
    if args.clear {
        return match control::call(folder, &Command::ClearTrust { within }) {
            Ok(Reply::TrustCleared { clients }) => {
                println!("{}", counted(clients, "client is", "clients are", "forgotten"));
                ExitCode::SUCCESS
            }
            other => super::refused(other),
        };
    }
    match control::call(folder, &Command::Trust { within }) {
        Ok(Reply::Trust(report)) if args.json => super::print_json(&report),
        Ok(Reply::Trust(report)) => {
            show(&report);
            ExitCode::SUCCESS
        }
        other => super::refused(other),
    }
}

fn show(report: &Report) {
    if report.clients.is_empty() {
        eprintln!("No client is known to lack the root.");
    } else {
        let head = ["CLIENT", "LOCATION", "HOSTS", "LAST SEEN", "DIAGNOSIS", "WHAT TO DO NEXT"];
        let mut rows = Table::new(&head);
        for client in &report.clients {
            rows.row([
                client.client.to_string(),
                client.location.clone().unwrap_or_else(|| "-".to_owned()),
                hosts(client).len().to_string(),
                client.last.rfc3339(),
                words(client.diagnosis).to_owned(),
                next(client),
            ]);
        }
        print!("{}", rows.into_text());
    }
    let known = counted(report.seen, "client is", "clients are", "known");
    eprintln!("{known}, {} of them without the root.", report.lacking);
    for root in &report.roots {
        let (root, verified, seen) = (&root.root, root.verified, root.seen);
        eprintln!("{verified} of {seen} in the last thirty days proved to trust root {root}");
    }
}

fn counted(count: usize, one: &str, many: &str, what: &str) -> String {
    format!("{count} {} {what}", if count == 1 { one } else { many })
}

fn hosts(client: &Lacking) -> Vec<String> {
    let mut hosts: Vec<_> =
        client.failures.iter().map(|one| one.failure.host.to_string()).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

fn words(diagnosis: Diagnosis) -> &'static str {
    match diagnosis {
        Diagnosis::NoRoot => "no root on this client",
        Diagnosis::BrowserStore => "a browser with a store of its own",
        Diagnosis::Application => "an application with a store or pins of its own",
        Diagnosis::PinsHost => "an application that pins this host",
        Diagnosis::Unknown => "unknown: one program, and nothing else is known",
    }
}

fn next(client: &Lacking) -> String {
    let of = client.failures.iter().find(|one| one.diagnosis == client.diagnosis);
    let browser = of.map_or("the browser", |one| match one.failure.family.is_browser() {
        true => one.failure.family.word(),
        false => "the browser",
    });
    match client.diagnosis {
        Diagnosis::NoRoot => "install the root on the device".to_owned(),
        Diagnosis::BrowserStore => {
            format!("give {browser} the root: by its policy, or in its settings")
        }
        Diagnosis::Application => {
            let host = of.map(|one| one.failure.host.to_string()).unwrap_or_default();
            format!("give the application that asks for {host} the root, or leave it as it is")
        }
        Diagnosis::PinsHost => {
            let host = of.map(|one| one.failure.host.to_string()).unwrap_or_default();
            format!(
                "nothing helps it but an exception, or `gateway_answer = \"nxdomain\"`, for {host}"
            )
        }
        Diagnosis::Unknown => "look again when a browser of the device has been here".to_owned(),
    }
}
