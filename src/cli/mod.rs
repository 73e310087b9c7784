//! The command lines of the two programs.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line talks to people: data on stdout, talk on stderr"
)]

/// The standard library's macros panic when nobody reads any more (`blockhouse exceptions | head`).
macro_rules! print {
    ($($words:tt)*) => { $crate::cli::put(format_args!($($words)*)) };
}
macro_rules! println {
    ($($words:tt)*) => { $crate::cli::put(format_args!("{}\n", format_args!($($words)*))) };
}
/// Talk that nobody hears is no reason to end (`blockhouse-ca init 2>&1 | head -1`).
macro_rules! eprint {
    ($($words:tt)*) => { $crate::cli::talk(format_args!($($words)*)) };
}
macro_rules! eprintln {
    () => { $crate::cli::talk(format_args!("\n")) };
    ($($words:tt)*) => { $crate::cli::talk(format_args!("{}\n", format_args!($($words)*))) };
}

pub mod ca;
pub mod check;
mod codes;
mod doctor;
pub mod explain;
mod lists;
mod log;
pub mod missing;
mod requests;
mod serve;
mod table;
mod trust;
mod zone;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::causes::with_cause;
use crate::config::{Config, Source};
use crate::confine;
use crate::control::{ControlError, Reply};
use crate::server;

/// HTTPS block and warning pages for DNS gateways.
///
/// Without a command and a configuration, serves a built-in example on loopback ports and says what
/// to try.
#[derive(Debug, Parser)]
#[command(name = "blockhouse", version, about, long_about)]
struct Cli {
    /// The configuration file [default: a built-in example]
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// How much to log: error, warn, info, debug, or a filter such as `info,blockhouse=debug`
    #[arg(
        long,
        global = true,
        value_name = "FILTER",
        env = "BLOCKHOUSE_LOG",
        default_value = "info"
    )]
    log: String,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages (the default)
    Serve,
    /// Load everything that the configuration names, and report all problems at once
    Check(check::CheckArgs),
    /// Say what happens to a host, and why
    Explain(explain::ExplainArgs),
    /// Write what a gateway must be told, or ask a gateway whether it says so
    Zone(zone::ZoneArgs),
    /// Show what is in the lists, and how old those are that are fetched
    Lists(lists::ListsArgs),
    /// Show the names and networks that are never impersonated or redirected
    Exceptions(lists::ExceptionsArgs),
    Doctor(doctor::DoctorArgs),
    /// Hand out bypass codes, list them, revoke them
    Codes(codes::CodesArgs),
    /// List what people ask access for, and decide about it
    Requests(requests::RequestsArgs),
    Trust(trust::TrustArgs),
}

/// Runs `blockhouse`.
pub fn blockhouse() -> ExitCode {
    let cli = Cli::parse();
    if let Err(code) = start_log(&cli.log) {
        return code;
    }
    // `check` and `doctor` read keys as well.
    if let Err(error) = confine::hide_memory() {
        tracing::warn!(error = &error as &dyn std::error::Error, "memory can be seen");
    }
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(cli.config.as_deref()),
        Command::Check(args) => check::run(&args, cli.config.as_deref(), |config| {
            // Doctor looks at these more closely.
            let unwritable = server::unwritable(config);
            let mut problems = problems_of_files(config);
            problems.extend(unwritable.iter().map(ToString::to_string));
            problems
        }),
        Command::Explain(args) => explain::run(&args, cli.config.as_deref()),
        Command::Zone(args) => {
            with_config(cli.config.as_deref(), |config| zone::run(&args, config))
        }
        Command::Lists(args) => {
            with_config(cli.config.as_deref(), |config| lists::run(&args, config))
        }
        Command::Exceptions(args) => {
            with_config(cli.config.as_deref(), |config| lists::exceptions(&args, config))
        }
        Command::Doctor(args) => doctor::run(args, cli.config.as_deref()),
        Command::Codes(args) => {
            with_config(cli.config.as_deref(), |config| codes::run(args, config))
        }
        Command::Requests(args) => {
            with_config(cli.config.as_deref(), |config| requests::run(args, config))
        }
        Command::Trust(args) => {
            with_config(cli.config.as_deref(), |config| trust::run(&args, config))
        }
    }
}

/// Runs a command that needs to know the configuration, and nothing that it names.
fn with_config(path: Option<&Path>, run: impl FnOnce(&Config) -> ExitCode) -> ExitCode {
    match path.map(Config::load) {
        Some(Ok(config)) => run(&config),
        Some(Err(errors)) => {
            say(&errors);
            ExitCode::from(2)
        }
        None => run(&Config::builtin()),
    }
}

/// Says why a command to the store was not carried out.
fn refused(reply: Result<Reply, ControlError>) -> ExitCode {
    match reply {
        Err(error) => say(&error),
        Ok(Reply::Failed(why)) => eprintln!("blockhouse: {}", table::harmless(&why)),
        Ok(_) => eprintln!(
            "blockhouse: the server gave an answer to another question; restart it after an upgrade"
        ),
    }
    ExitCode::FAILURE
}

fn print_json(value: &impl serde::Serialize) -> ExitCode {
    match table::json(value) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&error);
            ExitCode::FAILURE
        }
    }
}

/// What is wrong with the files that a configuration names, besides its lists.
fn problems_of_files(config: &Config) -> Vec<String> {
    if config.source == Source::Builtin && !config.ca.directory.exists() {
        // The built-in example makes its files at its first start.
        return Vec::new();
    }
    let (templates, errors) = server::problems(config);
    let templates = templates.iter().map(ToString::to_string);
    templates.chain(errors.iter().map(|error| with_cause(error))).collect()
}

fn start_log(filter: &str) -> Result<(), ExitCode> {
    // A word alone that is no level is taken for the name of a module, and all else is silenced.
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_slip = |part: &&str| {
        let part = part.trim();
        let known = LEVELS.iter().any(|level| part.eq_ignore_ascii_case(level));
        !known && part.parse::<u8>().is_err() && !part.contains(['=', '[', ':', '_'])
    };
    if let Some(slip) = filter.split(',').find(is_slip) {
        eprintln!("blockhouse: `{slip}` is no log level; there are {}", LEVELS.join(", "));
        return Err(ExitCode::from(2));
    }
    // That library warns of malformed packets, and so would let anybody fill the log.
    let quiet = format!("hickory_proto=error,{filter}");
    let filter = if filter.contains("hickory_proto") { filter } else { &quiet };
    let filter = EnvFilter::builder().parse(filter).map_err(|error| {
        eprintln!("blockhouse: `{filter}` is no log filter: {error}; try `--log debug`");
        ExitCode::from(2)
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(log::Log)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_target(false)
        .init();
    Ok(())
}

/// Writes to standard output, as [`put_octets`] does.
fn put(text: std::fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    or_end(out.write_fmt(text).and_then(|()| out.flush()));
}

/// Writes to standard output. When that fails the program ends here: well when whoever reads has read
/// enough, else with the reason.
fn put_octets(octets: &[u8]) {
    let mut out = std::io::stdout().lock();
    or_end(out.write_all(octets).and_then(|()| out.flush()));
}

fn or_end(written: std::io::Result<()>) {
    if let Err(error) = written {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        eprintln!("blockhouse: cannot write to standard output: {error}");
        std::process::exit(1);
    }
}

fn talk(text: std::fmt::Arguments<'_>) {
    let _ = std::io::stderr().lock().write_fmt(text);
}

/// An error with its causes, each on a line of its own.
fn say(error: &(dyn std::error::Error + 'static)) {
    eprintln!("blockhouse: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
}
