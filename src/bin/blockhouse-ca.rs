//! Makes, shows and exports the organisation's root.

use std::process::ExitCode;

fn main() -> ExitCode {
    blockhouse::cli::ca::main()
}
