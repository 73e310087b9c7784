//! How the command line reaches the store: the process that serves owns the file, so commands go to
//! it through a socket in the same folder. Where nobody serves, a command opens the file itself.
//!
//! A connection carries one line of JSON each way: a [`Command`] of at most 64 KiB, then a
//! [`Reply`]. Who may open the socket may do everything; it is for the store's user alone.

mod client;
mod server;

pub use client::{ControlError, call};
pub use server::{BindError, Server};

use std::fmt;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::causes::with_cause;
use crate::clock::Time;
use crate::store::{Code, Decision, NewCode, Request, State, Store, StoreError, WhoSpec};
use crate::trust;

/// The socket's name in the folder of the store.
pub const SOCKET: &str = "control.sock";
/// The longest command, in octets with its end of line.
const MAX_COMMAND: usize = 64 << 10;
/// How long the other side may take to send, and to take what it is sent.
const WAIT: Duration = Duration::from_secs(10);

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Make a bypass code.
    NewCode(NewCode),
    /// List the bypass codes.
    Codes,
    /// Revoke a bypass code.
    RevokeCode {
        /// Which.
        id: String,
    },
    /// List the access requests.
    Requests {
        /// Those that are decided, too.
        all: bool,
    },
    /// Show an access request.
    Request {
        /// Which.
        id: String,
    },
    /// Approve an access request.
    Approve {
        /// Which.
        id: String,
        /// For how many seconds.
        seconds: u64,
        /// For whom.
        who: WhoSpec,
    },
    /// Deny an access request.
    Deny {
        /// Which.
        id: String,
        /// Why, in words for the people who asked.
        note: Option<String>,
    },
    /// Show who lacks the root.
    Trust {
        /// Of these clients; none means all.
        within: Option<IpNet>,
    },
    /// Forget what clients did not accept.
    ClearTrust {
        /// Of these clients; none means all.
        within: Option<IpNet>,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// A code was made.
    Made {
        /// What the store knows of it.
        code: Code,
        /// The code in full, this one time.
        text: Shown,
    },
    /// All codes, the newest first.
    Codes(Vec<Code>),
    /// A code is revoked.
    Revoked {
        /// Which.
        code: Code,
        /// Whether it was so before.
        already: bool,
    },
    /// Access requests, the newest first.
    Requests(Vec<Request>),
    /// One access request.
    Request(Request),
    /// A request is approved from now on.
    Approved(Request),
    /// A request is denied from now on.
    Denied(Request),
    /// A request cannot be approved, since its host is a danger.
    Danger(Request),
    /// Who lacks the root.
    Trust(trust::Report),
    /// The failures of so many clients are forgotten.
    TrustCleared {
        /// How many.
        clients: usize,
    },
    /// There is no code or request with this id.
    Unknown {
        /// What was asked for.
        id: String,
    },
    /// It could not be done; says why and what to do.
    Failed(String),
}

/// A code in full. `Debug` does not show it, and it is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown(pub Zeroizing<String>);

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[elided]")
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Zeroizing::new).map(Self)
    }
}

/// Something that an administrator decided, for those who want to know at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// A bypass code was made.
    NewCode(Code),
    /// A bypass code was revoked; grants by it end.
    RevokedCode(Code),
    /// An access request was approved.
    Approved(Request),
    /// An access request was denied; an earlier approval ends.
    Denied(Request),
}

impl Decided {
    /// What this answer says that was decided by its command; listing and failing decides nothing.
    pub fn by(reply: &Reply) -> Option<Self> {
        match reply {
            Reply::Made { code, .. } => Some(Self::NewCode(code.clone())),
            Reply::Revoked { code, already: false } => Some(Self::RevokedCode(code.clone())),
            Reply::Approved(request) => Some(Self::Approved(request.clone())),
            Reply::Denied(request) => Some(Self::Denied(request.clone())),
            Reply::Revoked { already: true, .. }
            | Reply::Codes(_)
            | Reply::Requests(_)
            | Reply::Request(_)
            | Reply::Danger(_)
            | Reply::Trust(_)
            | Reply::TrustCleared { .. }
            | Reply::Unknown { .. }
            | Reply::Failed(_) => None,
        }
    }
}

/// Does what is asked: the same in the server and in a command that has the file to itself. Waits
/// for the disk.
pub fn execute(store: &Store, command: Command, now: Time) -> Reply {
    attempt(store, command, now).unwrap_or_else(|error| Reply::Failed(with_cause(&error)))
}

fn attempt(store: &Store, command: Command, now: Time) -> Result<Reply, StoreError> {
    Ok(match command {
        Command::NewCode(new) => {
            let (code, text) = store.new_code(new, now)?;
            Reply::Made { code, text: Shown(text) }
        }
        Command::Codes => Reply::Codes(store.codes()),
        Command::RevokeCode { id } => {
            let already = store.code(&id).is_some_and(|code| code.revoked.is_some());
            match store.revoke_code(&id, now)? {
                Some(code) => Reply::Revoked { code, already },
                None => Reply::Unknown { id },
            }
        }
        Command::Requests { all } => {
            let mut requests = store.requests();
            requests.retain(|request| all || request.state == State::Open);
            Reply::Requests(requests)
        }
        Command::Request { id } => match store.request(&id) {
            Some(request) => Reply::Request(request),
            None => Reply::Unknown { id },
        },
        Command::Approve { id, seconds, who } => {
            match store.approve(&id, Duration::from_secs(seconds), who, now)? {
                Decision::Decided(request) => Reply::Approved(request),
                Decision::Danger(request) => Reply::Danger(request),
                Decision::Unknown => Reply::Unknown { id },
            }
        }
        Command::Deny { id, note } => match store.deny(&id, note.as_deref(), now)? {
            Decision::Decided(request) => Reply::Denied(request),
            Decision::Danger(request) => Reply::Danger(request),
            Decision::Unknown => Reply::Unknown { id },
        },
        Command::Trust { within } => Reply::Trust(store.trust().report(within, now)),
        Command::ClearTrust { within } => {
            let clients = store.trust().clear(within);
            store.save_trust()?;
            Reply::TrustCleared { clients }
        }
    })
}

/// What a command is answered when there is no store yet; `None` for the one that makes it.
fn without_store(command: &Command) -> Option<Reply> {
    match command {
        Command::NewCode(_) => None,
        Command::Codes => Some(Reply::Codes(Vec::new())),
        Command::Requests { .. } => Some(Reply::Requests(Vec::new())),
        Command::Trust { .. } => Some(Reply::Trust(trust::Report::default())),
        Command::ClearTrust { .. } => Some(Reply::TrustCleared { clients: 0 }),
        Command::RevokeCode { id }
        | Command::Request { id }
        | Command::Approve { id, .. }
        | Command::Deny { id, .. } => Some(Reply::Unknown { id: id.clone() }),
    }
}
