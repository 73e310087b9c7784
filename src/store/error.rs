//! What can go wrong with the store.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::clock::Time;
use crate::random::NoRandom;

/// Why the store did not do what was asked. Nothing was changed, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder of the store could not be made or entered.
    #[error(
        "cannot use {} as the folder of the store; does the folder above it exist, and may this \
         user write there?",
        path.display()
    )]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has the store.
    #[error(
        "{} is in use by another process, most likely the server that runs; ask that server (its \
         control socket is in the same folder) or stop it first",
        path.display()
    )]
    Busy {
        /// Which file.
        path: PathBuf,
    },
    /// The file could not be opened, for a reason that is no damage.
    #[error(
        "cannot open the store {}; does it belong to the user that the server runs as?",
        path.display()
    )]
    Open {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A damaged file could not be moved aside.
    #[error("the store {} is damaged ({why}) and cannot be moved aside", path.display())]
    Aside {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file was fine when the store was opened and is not any more.
    #[error(
        "the store {} cannot be read any more ({why}); look for errors of the disk, and start the \
         server again to have the file moved aside",
        path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A change could not be written. Whether it will be there after the next start is not known.
    #[error("cannot write to the store {} ({why}); is the disk full?", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What went wrong.
        why: String,
    },
    /// A table has as many rows as it may have.
    #[error("the store holds {bound} {what} and takes no more; {hint}")]
    Full {
        /// What there are so many of.
        what: &'static str,
        /// How many there may be.
        bound: usize,
        /// What to do.
        hint: &'static str,
    },
    /// A category in a code that no configuration could have, an empty note and the like.
    #[error("{0}")]
    Invalid(&'static str),
    /// More people enter codes at this moment than can be served.
    #[error("too many codes are being checked at this moment; try again in a few seconds")]
    Overloaded,
    /// The hash of a code could not be made.
    #[error("cannot hash the code: {0}")]
    Hash(String),
    /// No random octets.
    #[error(transparent)]
    Random(#[from] NoRandom),
}

/// A file that was no store, and was moved aside so that a new one could be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedAside {
    /// Where it was.
    pub from: PathBuf,
    /// Where it is now.
    pub to: PathBuf,
    /// What is wrong with it.
    pub why: String,
    /// When it was moved.
    pub at: Time,
}

impl fmt::Display for MovedAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the store {} could not be read ({}); it is now {}, and a new, empty store took its \
             place: bypass codes and access requests of before are gone. To have them back, stop \
             the server and put a copy of the file from a backup there; delete the broken file \
             when nobody needs it",
            self.from.display(),
            self.why,
            self.to.display()
        )
    }
}
