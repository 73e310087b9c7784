//! `blockhouse-ca uninstall`.

use std::process::ExitCode;

use clap::Args;

use super::machine::Machine;
use crate::ca::CaError;
use crate::stores::Act;

/// Take the root out of this machine's stores of trust
///
/// By its octets, whatever name it goes by and whoever put it there. Files and databases that hold other
/// roots under the same name stay as they are, and are named. Exit codes: 0 when no store holds the root
/// any more, 1 when one could not be changed, 2 when the command line is wrong.
#[derive(Debug, Args)]
pub(super) struct Uninstall {
    #[command(flatten)]
    machine: Machine,
}

pub(super) fn run(args: &Uninstall) -> Result<ExitCode, CaError> {
    args.machine.change(Act::Uninstall)
}
