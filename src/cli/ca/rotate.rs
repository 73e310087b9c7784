//! `blockhouse-ca rotate`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Folder, Key, NextKey, WithKey};
use crate::ca::{self, ActivatePlan, CaError, PreparePlan, RotationStatus};
use crate::clock::Time;
use crate::config::Config;
use crate::control::{self, Command, Reply};

/// The part of the clients that should have proved to trust the new root, in percent.
const ENOUGH: usize = 95;

#[derive(Debug, Subcommand)]
pub(super) enum Rotate {
    /// Make the next root, and let the old one sign it as well; needs the old root's key.
    Prepare(Prepare),
    /// Let exports carry both roots, and let the verify page find out who has the new one.
    Publish(WithKey),
    /// Put the issuing CA under the new root; devices with either root go on.
    Activate(Activate),
    /// Put the old root's files aside.
    Retire(Folder),
    /// Where the change to a new root stands, and what comes next.
    Status(Status),
}

#[derive(Debug, Args)]
pub(super) struct Prepare {
    #[command(flatten)]
    with_key: WithKey,
    /// The kind of the new root's key [default: that of the old one].
    #[arg(long, value_enum)]
    key: Option<Key>,
    /// How many years the new root lives.
    #[arg(long, default_value_t = 10)]
    years: u32,
}

#[derive(Debug, Args)]
pub(super) struct Activate {
    #[command(flatten)]
    with_key: WithKey,
    /// How many days the issuing CA lives.
    #[arg(long, default_value_t = 365, value_name = "DAYS")]
    issuing_days: u32,
    /// The server's configuration: asks the server how many clients have proved to trust the new root.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Activate although too few, or an unknown number of clients, have the new root.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    key: NextKey,
}

#[derive(Debug, Args)]
pub(super) struct Status {
    #[command(flatten)]
    folder: Folder,
    /// The server's configuration: asks the server how many clients have proved to trust each root.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Rotate, now: Time) -> Result<(), CaError> {
    let status = match args {
        Rotate::Prepare(args) => {
            let plan = PreparePlan {
                passphrase: args.with_key.passphrase()?,
                key: args.key.map(Key::kind),
                years: args.years,
            };
            ca::prepare(&args.with_key.folder.directory, &plan, now)?
        }
        Rotate::Publish(args) => {
            ca::publish(&args.folder.directory, args.passphrase()?.as_ref(), now)?
        }
        Rotate::Activate(args) => activate(args, now)?,
        Rotate::Retire(folder) => ca::retire(&folder.directory, now)?,
        Rotate::Status(args) => {
            let status = ca::status(&args.folder.directory, now)?;
            if args.json {
                let text = serde_json::to_string_pretty(&status)
                    .map_err(|_| CaError::Crypto("write the state of the rotation down"))?;
                println!("{text}");
                return Ok(());
            }
            print(&status);
            if let Some(config) = &args.config {
                coverages(config, &status)?;
            }
            return Ok(());
        }
    };
    print(&status);
    eprintln!(
        "{}",
        if status.changed { "Done." } else { "It was done already; nothing was changed." }
    );
    Ok(())
}

fn activate(args: Activate, now: Time) -> Result<RotationStatus, CaError> {
    let directory = &args.with_key.folder.directory;
    let before = ca::status(directory, now)?;
    if before.stage == ca::Stage::Published && !args.force {
        advise(args.config.as_deref(), &before)?;
    }
    let plan = ActivatePlan {
        passphrase: args.with_key.passphrase()?,
        issuing_days: args.issuing_days,
        token: args.key.token.place(),
        key_in_file: args.key.key_in_file,
    };
    ca::activate(directory, &plan, now)
}

/// Refuses to go on before most clients have the new root. With the cross certificate none of them is
/// refused; but nobody knows then who has to be helped before the old root goes.
fn advise(config: Option<&Path>, status: &RotationStatus) -> Result<(), CaError> {
    let refuse = |why: String| CaError::Step { step: "activate the next root", why };
    let Some(other) = &status.other else { return Ok(()) };
    let Some(config) = config else {
        return Err(refuse(
            "how many clients have the new root is not known; with `--config FILE` of the server it is asked, \
             with `--force` it does not matter"
                .to_owned(),
        ));
    };
    let (verified, seen) = coverage(config, &other.sha256)?;
    if seen == 0 || verified * 100 < seen * ENOUGH {
        return Err(refuse(format!(
            "{verified} of the {seen} clients of the last thirty days have proved on the verify page to trust the \
             new root, and {ENOUGH} in a hundred should; bring the exports to the others, or go on with `--force` \
             (the cross certificate serves those that have the old root alone)"
        )));
    }
    Ok(())
}

/// How many clients trust a root, of those that were seen.
fn coverage(config: &Path, root: &str) -> Result<(usize, usize), CaError> {
    let refuse = |why: String| CaError::Step { step: "ask the server", why };
    let config = Config::load(config).map_err(|errors| refuse(errors.to_string()))?;
    let reply = control::call(&config.store.directory, &Command::Trust { within: None });
    match reply {
        Ok(Reply::Trust(report)) => {
            let found = report.roots.iter().find(|one| one.root == root);
            Ok((found.map_or(0, |found| found.verified), report.recent))
        }
        Ok(_) => Err(refuse("it gave another answer".to_owned())),
        Err(error) => Err(refuse(error.to_string())),
    }
}

fn coverages(config: &Path, status: &RotationStatus) -> Result<(), CaError> {
    for root in [Some(&status.in_use), status.other.as_ref()].into_iter().flatten() {
        let (verified, seen) = coverage(config, &root.sha256)?;
        println!("{verified} of {seen} clients have proved to trust \"{}\"", root.common_name);
    }
    Ok(())
}

fn print(status: &RotationStatus) {
    println!("stage      {}", status.stage.name());
    println!("in use     \"{}\", until {}", status.in_use.common_name, status.in_use.not_after);
    if let Some(other) = &status.other {
        println!("other      \"{}\", until {}", other.common_name, other.not_after);
    }
    println!("exports    {}", status.published.join("\n           "));
    println!("sent       {}", status.sent.join("\n           "));
    println!("next       {}", status.next_step);
}
