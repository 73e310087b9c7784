//! `blockhouse-ca rotate`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Folder, Key, NextKey, WithKey, load};
use crate::ca::{
    self, ActivatePlan, CaError, PreparePlan, PublishPlan, RootStatus, RotationStatus,
};
use crate::clock::Time;
use crate::control::{self, Command, Reply};
use crate::host::HostName;

/// The part of the clients that should have proved to trust the new root, in percent.
const ENOUGH: usize = 95;

#[derive(Debug, Subcommand)]
pub(super) enum Rotate {
    /// Make the next root, and let the old one sign it as well; needs the old root's key.
    Prepare(Prepare),
    /// Let exports carry both roots, and let the check page find out who has the new one.
    Publish(Publish),
    /// Put the issuing CA under the new root; devices with either root go on.
    Activate(Activate),
    /// Put the old root's files aside; devices that have it alone are refused from then on.
    Retire(Retire),
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
pub(super) struct Publish {
    #[command(flatten)]
    with_key: WithKey,
    /// The server's configuration: says which host its check page tries the new root with.
    #[arg(long, value_name = "FILE", conflicts_with = "check_host")]
    config: Option<PathBuf>,
    /// The same by hand, as `portal.check_host` has it [default: check.blockhouse.internal]
    #[arg(long, value_name = "HOST", value_parser = HostName::from_text)]
    check_host: Option<HostName>,
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
pub(super) struct Retire {
    #[command(flatten)]
    folder: Folder,
    /// The server's configuration: asks the server how many clients have proved to trust the new root.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Retire although too few, or an unknown number of clients, have the new root.
    #[arg(long)]
    force: bool,
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

/// How many clients have proved to trust a root.
#[derive(Debug, Serialize)]
struct Coverage {
    common_name: String,
    sha256: String,
    verified: usize,
    /// Of the clients of the last thirty days.
    seen: usize,
}

/// Where the rotation stands, as JSON tells it.
#[derive(Debug, Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    status: &'a RotationStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Vec<Coverage>>,
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
        Rotate::Publish(args) => publish(args, now)?,
        Rotate::Activate(args) => activate(args, now)?,
        Rotate::Retire(args) => retire(&args, now)?,
        Rotate::Status(args) => {
            let status = ca::status(&args.folder.directory, now)?;
            let asked = args.config.as_deref().map(|config| coverages(config, &status));
            if args.json {
                let told = Told { status: &status, coverage: asked.transpose()? };
                let text = serde_json::to_string_pretty(&told)
                    .map_err(|_| CaError::Crypto("write the state of the rotation down"))?;
                println!("{text}");
                return Ok(());
            }
            print(&status);
            for Coverage { common_name, verified, seen, .. } in asked.transpose()?.iter().flatten()
            {
                println!("{verified} of {seen} clients have proved to trust \"{common_name}\"");
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

fn publish(args: Publish, now: Time) -> Result<RotationStatus, CaError> {
    let config = args.config.as_deref().map(load).transpose()?;
    let plan = PublishPlan {
        passphrase: args.with_key.passphrase()?,
        check_host: args.check_host.or_else(|| config?.portal.check_host),
    };
    ca::publish(&args.with_key.folder.directory, &plan, now)
}

fn activate(args: Activate, now: Time) -> Result<RotationStatus, CaError> {
    let directory = &args.with_key.folder.directory;
    let before = ca::status(directory, now)?;
    if let (ca::Stage::Published, Some(new), false) = (before.stage, &before.other, args.force) {
        advise(&ACTIVATE, args.config.as_deref(), &new.sha256)?;
    }
    let plan = ActivatePlan {
        passphrase: args.with_key.passphrase()?,
        issuing_days: args.issuing_days,
        token: args.key.token.place(),
        key_in_file: args.key.key_in_file,
    };
    ca::activate(directory, &plan, now)
}

fn retire(args: &Retire, now: Time) -> Result<RotationStatus, CaError> {
    let directory = &args.folder.directory;
    let before = ca::status(directory, now)?;
    // When it is about to finish what was interrupted, the old root is out of use already.
    if before.stage == ca::Stage::Activated && !args.force {
        advise(&RETIRE, args.config.as_deref(), &before.in_use.sha256)?;
    }
    ca::retire(directory, now)
}

/// A step that clients without the new root should not be surprised by.
struct Advised {
    step: &'static str,
    /// What becomes of them.
    without: &'static str,
}

/// With the cross certificate nobody is refused; but nobody knows then who has to be helped before the old
/// root goes.
const ACTIVATE: Advised = Advised {
    step: "activate the next root",
    without: "the cross certificate serves those that have the old root alone",
};
const RETIRE: Advised = Advised {
    step: "retire the old root",
    without: "those that have the old root alone are refused from then on",
};

/// Refuses to go on before most clients have the new root.
fn advise(advised: &Advised, config: Option<&Path>, new: &str) -> Result<(), CaError> {
    let refuse = |why: String| CaError::Step { step: advised.step, why };
    let Some(config) = config else {
        return Err(refuse(
            "how many clients have the new root is not known; with `--config FILE` of the server it is asked, \
             with `--force` it does not matter"
                .to_owned(),
        ));
    };
    let (verified, seen) = coverage(config, new)?;
    if seen == 0 || verified * 100 < seen * ENOUGH {
        return Err(refuse(format!(
            "{verified} of the {seen} clients of the last thirty days have proved on the check page to trust the \
             new root, and {ENOUGH} in a hundred should; bring the exports to the others, or go on with `--force` \
             ({})",
            advised.without
        )));
    }
    Ok(())
}

/// How many clients trust a root, of those that were seen.
fn coverage(config: &Path, root: &str) -> Result<(usize, usize), CaError> {
    let refuse = |why: String| CaError::Step { step: "ask the server", why };
    let config = load(config)?;
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

/// The same for every root that has a part in the rotation.
fn coverages(config: &Path, status: &RotationStatus) -> Result<Vec<Coverage>, CaError> {
    let roots = [Some(&status.in_use), status.other.as_ref()].into_iter().flatten();
    let told = |root: &RootStatus| {
        let (verified, seen) = coverage(config, &root.sha256)?;
        let (sha256, common_name) = (root.sha256.clone(), root.common_name.clone());
        Ok(Coverage { common_name, sha256, verified, seen })
    };
    roots.map(told).collect()
}

fn print(status: &RotationStatus) {
    println!("stage      {}", status.stage.name());
    println!("in use     \"{}\", until {}", status.in_use.common_name, status.in_use.not_after);
    if let Some(other) = &status.other {
        println!("other      \"{}\", until {}", other.common_name, other.not_after);
    }
    println!("exports    {}", status.published.join("\n           "));
    println!("sent       {}", status.sent.join("\n           "));
    if let Some(domain) = &status.tried_with {
        println!("tried at   names below {domain}");
    }
    println!("next       {}", status.next_step);
}
