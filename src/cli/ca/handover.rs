//! `blockhouse-ca handover`.

use std::path::PathBuf;

use clap::Args;

use super::WithKey;
use crate::ca::{self, CaError, HandoverPlan};
use crate::clock::Time;

#[derive(Debug, Args)]
pub(super) struct Handover {
    #[command(flatten)]
    with_key: WithKey,
    /// The folder to write; it must not be there yet.
    #[arg(value_name = "FOLDER")]
    target: PathBuf,
    /// A file (mode 0600) with the passphrase that the keys get on the server [default: the same as here].
    #[arg(long, value_name = "FILE")]
    server_passphrase_file: Option<PathBuf>,
}

pub(super) fn run(args: &Handover, now: Time) -> Result<(), CaError> {
    let there = args.server_passphrase_file.as_deref().map(ca::read_passphrase).transpose()?;
    let plan = HandoverPlan { passphrase: args.with_key.passphrase()?, server_passphrase: there };
    let files = ca::handover(&args.with_key.folder.directory, &args.target, &plan, now)?;
    for file in &files {
        println!("{}", file.display());
    }
    eprintln!("Bring this folder to the server as its `ca.directory`. The root's key stays here.");
    Ok(())
}
