//! `blockhouse`: serves the pages. All of it is in the library.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    blockhouse::cli::blockhouse()
}
