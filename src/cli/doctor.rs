//! `blockhouse doctor`: what stands in the way of a deployment, and what to do.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::{print_json, say, table};
use crate::causes::with_cause;
use crate::config::{Config, read_duration};
use crate::doctor::{self, Finding, Options, Report, State};

/// How wide the table gets, in columns, and how narrow its texts at the least.
const WIDTH: usize = 100;
const NARROW: usize = 40;
const TO_DO: &str = "what to do: ";

/// Look at what the deployment stands on, and say what to do
///
/// Connects to the running server, asks the gateway, and reads this machine's stores of trust; changes
/// nothing. Run it on the server, as the user that the server runs as or as root. Exit codes: 0 when all
/// is well or was skipped, 1 when a warning is the worst, 2 when something failed or the command line is
/// wrong.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// The gateway that clients use [default: the embedded one, else the system's first resolver]
    #[arg(long, value_name = "IP[:PORT]", value_parser = gateway)]
    gateway: Option<SocketAddr>,
    /// What clients look like to the server, to see at which location they are
    #[arg(long, value_name = "IP")]
    from: Option<IpAddr>,
    /// A time server to compare the clock with [default: the gateway, when it is one]
    #[arg(long, value_name = "HOST")]
    ntp: Option<String>,
    /// How long each single wait may take
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = patience)]
    timeout: Duration,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn gateway(text: &str) -> Result<SocketAddr, String> {
    let ip = text.trim_matches(['[', ']']).parse::<IpAddr>();
    let address = ip.map(|ip| SocketAddr::new(ip, 53));
    address
        .or_else(|_| text.parse())
        .map_err(|_| "write `192.0.2.53` or `192.0.2.53:5353`".to_owned())
}

fn patience(text: &str) -> Result<Duration, String> {
    let span = read_duration(text)?;
    if span.is_zero() { Err("give it a second at least".to_owned()) } else { Ok(span) }
}

pub(super) fn run(args: DoctorArgs, config: Option<&Path>) -> ExitCode {
    let (config, problems) = match config.map(Config::examine) {
        None => (Config::builtin(), Vec::new()),
        Some(Ok((config, errors))) => {
            (config, errors.map(|errors| with_cause(&errors)).into_iter().collect())
        }
        // Nothing is known then.
        Some(Err(errors)) => {
            say(&errors);
            return ExitCode::from(2);
        }
    };
    let options =
        Options { gateway: args.gateway, from: args.from, ntp: args.ntp, patience: args.timeout };
    let report = doctor::examine(&config, problems, &options);
    if args.json {
        let printed = print_json(&report);
        if printed != ExitCode::SUCCESS {
            return printed;
        }
    } else {
        print!("{}", text(&report, is_coloured()));
    }
    ExitCode::from(match report.worst {
        State::Skipped | State::Ok => 0,
        State::Warning => 1,
        State::Failed => 2,
    })
}

/// Whether people see colours (<https://no-color.org>).
fn is_coloured() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !refused
}

fn text(report: &Report, coloured: bool) -> String {
    let mut out = String::new();
    let width = report.findings.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
    for Finding { check, state, what, advice } in &report.findings {
        let colour = match state {
            State::Skipped => "2",
            State::Ok => "32",
            State::Warning => "33",
            State::Failed => "1;31",
        };
        let state = match coloured {
            true => format!("\u{1b}[{colour}m{state:<7}\u{1b}[0m"),
            false => format!("{state:<7}"),
        };
        let indent = 7 + 2 + width + 2;
        let mut begin = format!("{state}  {check:<width$}  ");
        for line in what.lines().flat_map(|line| wrapped(line, indent)) {
            let _ = writeln!(out, "{begin}{}", table::harmless(line));
            begin = " ".repeat(indent);
        }
        let mut begin = " ".repeat(indent);
        let indent = indent + 2;
        let advice = advice.as_ref().map(|advice| format!("{TO_DO}{advice}")).unwrap_or_default();
        for line in advice.lines().flat_map(|line| wrapped(line, indent)) {
            let _ = writeln!(out, "{begin}{}", table::harmless(line));
            begin = " ".repeat(indent);
        }
    }
    let count = |state| report.findings.iter().filter(|finding| finding.state == state).count();
    let states = [State::Failed, State::Warning, State::Ok, State::Skipped];
    let counts = states.map(|state| match (count(state), state) {
        (number, State::Warning) if number != 1 => format!("{number} warnings"),
        (number, state) => format!("{number} {state}"),
    });
    let _ = writeln!(out, "\n{}", counts.join(", "));
    out
}

/// A text in lines that fit beside what stands in front of them; a long word has a line of its own.
fn wrapped(text: &str, indent: usize) -> Vec<&str> {
    let width = WIDTH.saturating_sub(indent).max(NARROW);
    let (mut lines, mut start, mut end) = (Vec::new(), 0, 0);
    for (at, _) in text.match_indices(' ').chain([(text.len(), "")]) {
        if end > start && text[start..at].chars().count() > width {
            lines.push(&text[start..end]);
            start = end + 1;
        }
        end = at;
    }
    lines.push(&text[start..]);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_wrapped_at_spaces() {
        let text = format!("one two {} three", "x".repeat(50));
        let lines = wrapped(&text, 80);
        assert_eq!(lines, ["one two", &"x".repeat(50), "three"]);
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrapped("short", 10), ["short"]);
        assert_eq!(wrapped("", 10), [""]);
    }

    #[test]
    fn gateways_have_port_53() {
        assert_eq!(gateway("192.0.2.53").unwrap().to_string(), "192.0.2.53:53");
        assert_eq!(gateway("2001:db8::53").unwrap().to_string(), "[2001:db8::53]:53");
        assert_eq!(gateway("[2001:db8::53]:5353").unwrap().to_string(), "[2001:db8::53]:5353");
        gateway("resolver.example").unwrap_err();
    }
}
