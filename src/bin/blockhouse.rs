//! `blockhouse`: serves the pages. All of it is in the library.

fn main() -> std::process::ExitCode {
    blockhouse::cli::blockhouse()
}
