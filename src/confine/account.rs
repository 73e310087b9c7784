//! From root to a user of its own, once the ports are open that only root may open.

use std::ffi::CString;

use nix::unistd::{self, Gid, Group, Uid, User};
use rustix::thread::{self, CapabilitySet, CapabilitySets};

use super::{ExposedError, hide_memory};
use crate::config::Process;

/// The process did not become who it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The name means nobody, or root.
    #[error("{key} = \"{name}\" under [process] {what}")]
    Name {
        /// `user` or `group`.
        key: &'static str,
        /// What stands there.
        name: String,
        /// What is wrong with it, and the next step.
        what: &'static str,
    },
    /// The accounts of this machine could not be asked.
    #[error("cannot look up {name} among the accounts of this machine")]
    Lookup {
        /// Of the user or group.
        name: String,
        /// Why.
        source: nix::Error,
    },
    /// Only root can become somebody else.
    #[error(
        "this process runs as another user than {name} (`user` under [process]) and cannot become it; start it as \
         root or as {name}, or take the key out"
    )]
    NotRoot {
        /// The user.
        name: String,
    },
    /// The system refused.
    #[error("cannot {what}, so nothing is served")]
    Refused {
        /// Which step.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The system agreed, and nothing came of it.
    #[error("the process still has {what} after it gave them up, so nothing is served")]
    Kept {
        /// What it still has.
        what: &'static str,
    },
    /// Changing the user makes memory visible again.
    #[error(transparent)]
    Exposed(#[from] ExposedError),
}

impl AccountError {
    /// Whether what was configured is at fault, rather than the machine.
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Name { .. } => true,
            Self::Lookup { .. } | Self::NotRoot { .. } => false,
            Self::Refused { .. } | Self::Kept { .. } | Self::Exposed(_) => false,
        }
    }
}

/// Whether the whole machine is lost with this process.
pub fn runs_as_root() -> bool {
    unistd::geteuid().is_root()
}

/// Becomes the user that is configured, if any, with its groups and without any capability, and looks
/// whether it did. Call it while there is one thread: the user is the whole process's, but capabilities are
/// each thread's own.
///
/// # Errors
/// [`AccountError`]; the process must not serve then.
pub fn become_user(process: &Process) -> Result<(), AccountError> {
    let Some(name) = &process.user else { return Ok(()) };
    let (user, group) = find(name, process.group.as_deref())?;
    if unistd::geteuid() == user && !runs_as_root() {
        return Ok(());
    }
    if !runs_as_root() {
        return Err(AccountError::NotRoot { name: name.clone() });
    }
    let refused =
        |what| move |errno: nix::Error| AccountError::Refused { what, source: errno.into() };
    // A name with a zero in it was not found.
    let c_name = CString::new(name.as_str()).unwrap_or_default();
    // Those that an administrator gave the user, for a token's socket, say; none of root's.
    let groups = unistd::getgrouplist(&c_name, group).map_err(refused("read the user's groups"))?;
    // First, since only root may.
    empty_the_bounding_set()?;
    unistd::setgroups(&groups).map_err(refused("leave root's groups"))?;
    unistd::setresgid(group, group, group).map_err(refused("change the group"))?;
    unistd::setresuid(user, user, user).map_err(refused("change the user"))?;
    let none = CapabilitySet::empty();
    let none = CapabilitySets { effective: none, permitted: none, inheritable: none };
    let refused =
        |what| move |errno: rustix::io::Errno| AccountError::Refused { what, source: errno.into() };
    thread::clear_ambient_capability_set().map_err(refused("give up ambient capabilities"))?;
    thread::set_capabilities(None, none).map_err(refused("give up capabilities"))?;
    look(user, group, &groups)?;
    Ok(hide_memory()?)
}

/// Whether there is the user that is configured, if any; changes nothing.
///
/// # Errors
/// [`AccountError`] when a start would not find it.
pub fn check_user(process: &Process) -> Result<(), AccountError> {
    let Some(name) = &process.user else { return Ok(()) };
    find(name, process.group.as_deref()).map(|_| ())
}

fn find(user: &str, group: Option<&str>) -> Result<(Uid, Gid), AccountError> {
    let wrong = |key, name: &str, what| AccountError::Name { key, name: name.to_owned(), what };
    let lookup = |name: &str, source| AccountError::Lookup { name: name.to_owned(), source };
    let none = "is no account of this machine; `useradd --system --shell /usr/sbin/nologin NAME` makes one";
    let found = User::from_name(user).map_err(|error| lookup(user, error))?;
    let found = found.ok_or_else(|| wrong("user", user, none))?;
    if found.uid.is_root() {
        return Err(wrong("user", user, "is root itself; name a user of its own"));
    }
    let Some(name) = group else { return Ok((found.uid, found.gid)) };
    let group = Group::from_name(name).map_err(|error| lookup(name, error))?;
    let none = "is no group of this machine; `groupadd --system NAME` makes one";
    let group = group.ok_or_else(|| wrong("group", name, none))?;
    Ok((found.uid, group.gid))
}

/// What is not in this set cannot be had again by running a program.
fn empty_the_bounding_set() -> Result<(), AccountError> {
    for capability in CapabilitySet::all().iter() {
        // An error means that this kernel does not know it.
        if let Ok(true) = thread::capability_is_in_bounding_set(capability) {
            thread::remove_capability_from_bounding_set(capability).map_err(|errno| {
                let what = "empty the bounding set of capabilities";
                AccountError::Refused { what, source: errno.into() }
            })?;
        }
    }
    Ok(())
}

/// Asks the system, rather than believe what it said on the way.
fn look(user: Uid, group: Gid, groups: &[Gid]) -> Result<(), AccountError> {
    let kept = |what| Err(AccountError::Kept { what });
    let failed = |source: nix::Error| AccountError::Refused {
        what: "see who the process is",
        source: source.into(),
    };
    let now = unistd::getresuid().map_err(failed)?;
    if [now.real, now.effective, now.saved] != [user; 3] || unistd::setuid(Uid::from_raw(0)).is_ok()
    {
        return kept("root's user");
    }
    let now = unistd::getresgid().map_err(failed)?;
    let mut mine = unistd::getgroups().map_err(failed)?;
    let mut wanted = groups.to_vec();
    for groups in [&mut mine, &mut wanted] {
        groups.sort_by_key(|group| group.as_raw());
        groups.dedup();
    }
    if [now.real, now.effective, now.saved] != [group; 3] || mine != wanted {
        return kept("root's groups");
    }
    let left = thread::capabilities(None).map_err(|errno| AccountError::Refused {
        what: "see which capabilities there are",
        source: errno.into(),
    })?;
    if !(left.effective | left.permitted | left.inheritable).is_empty() {
        return kept("root's capabilities");
    }
    Ok(())
}
