//! `blockhouse-ca install`.

use std::process::ExitCode;

use clap::Args;

use super::machine::Machine;
use crate::ca::CaError;
use crate::stores::Act;

/// Put the root into this machine's stores of trust
///
/// The system's store (Debian, Red Hat, Arch and SUSE families; on macOS by `security`), Java, the policy
/// of Firefox, and this user's databases of Chromium and profiles of Firefox.
/// What is there already stays as it is, so it can be run again and again. Exit codes: 0 when all stores
/// that are here hold the root, 1 when one could not be changed, 2 when the command line is wrong.
#[derive(Debug, Args)]
pub(super) struct Install {
    #[command(flatten)]
    machine: Machine,
}

pub(super) fn run(args: &Install) -> Result<ExitCode, CaError> {
    args.machine.change(Act::Install)
}
