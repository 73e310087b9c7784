//! What the process gives up before it serves: the sight of its memory, root's rights, and every file
//! that is not its business; and what it asks of the system, as many descriptors as may be, and small pages.

mod account;
mod sandbox;

use rustix::io::Errno;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};
use rustix::thread::disable_transparent_huge_pages;

pub use account::{AccountError, become_user, check_user, runs_as_root};
pub use sandbox::{Off, Outside, Sandbox, SandboxError};

/// What holds keys is not written to disk when it crashes, nor read by other processes of the same user.
///
/// # Errors
/// What of it the system refused; nothing else depends on it.
pub fn hide_memory() -> Result<(), ExposedError> {
    let wanted = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, wanted).map_err(ExposedError::Dumps)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(ExposedError::Reads)
}

/// Memory stayed visible.
#[derive(Debug, thiserror::Error)]
pub enum ExposedError {
    /// To whoever reads core dumps.
    #[error("a crash may leave keys behind in a core dump")]
    Dumps(#[source] Errno),
    /// To debuggers.
    #[error("processes of the same user may read our keys")]
    Reads(#[source] Errno),
}

/// Every connection needs a descriptor.
pub fn raise_descriptors() {
    let files = getrlimit(Resource::Nofile);
    if files.current != files.maximum {
        let most = Rlimit { current: files.maximum, ..files };
        // Then it is as many as it was.
        let _ = setrlimit(Resource::Nofile, most);
    }
}

/// The allocator asks the system for pages of two megabytes, each of which is wiped when it is first used: that holds a
/// processor up for milliseconds, and much of a page may never be used.
pub fn use_small_pages() {
    // Then they are as large as they were.
    let _ = disable_transparent_huge_pages(true);
}
