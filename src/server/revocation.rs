//! The revocation lists, served over plain HTTP: Windows command-line clients insist on them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use crate::ca::{Issuer, generation_of_list};
use crate::clock::Time;
use crate::files;
use crate::host::{Host, HostName};

/// The issuing CA's list is good for a week, and signed anew every day.
const GOOD_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
const SIGNED_EVERY: Duration = Duration::from_secs(24 * 3600);
/// An empty list is a few hundred octets; a root's list of a decade is smaller than this.
const LARGEST: u64 = 1024 * 1024;

/// The address under which leaves announce the issuing CA's list.
pub(super) fn issuing_url(host: &HostName) -> String {
    format!("http://{host}{ISSUING}")
}

const ISSUING: &str = "/crl/issuing.crl";
/// Where the lists of roots are, each by its name.
const LISTS: &str = "/crl/";

/// Whether one of the lists is at this path.
pub(super) fn is_list(path: &str) -> bool {
    path == ISSUING || root_list(path).is_some()
}

/// The name of a root's list: another one for each generation of roots.
fn root_list(path: &str) -> Option<&str> {
    path.strip_prefix(LISTS).filter(|name| generation_of_list(name).is_some())
}

/// The lists of the issuing CA and of the root.
pub(super) struct RevocationLists {
    host: Option<Host>,
    issuer: Arc<Issuer>,
    directory: PathBuf,
    issuing: Mutex<Option<(Time, Bytes)>>,
}

impl RevocationLists {
    pub(super) fn new(host: Option<Host>, issuer: Arc<Issuer>, directory: PathBuf) -> Self {
        Self { host, issuer, directory, issuing: Mutex::new(None) }
    }

    /// The folder of the authority.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether requests to `host` are for the lists.
    pub(super) fn is_host(&self, host: &Host) -> bool {
        self.host.as_ref() == Some(host)
    }

    /// The list at `path`, in DER.
    pub(super) fn get(&self, path: &str, now: Time) -> Option<Bytes> {
        match path {
            ISSUING => self.issuing(now),
            // Signed by a root's key, which is best kept off-line: `blockhouse-ca crl` writes it.
            path => {
                let list = self.directory.join(root_list(path)?);
                files::read("the root's revocation list", &list, LARGEST)
                    .map_err(|error| tracing::warn!(%error, "no revocation list of the root"))
                    .ok()
                    .map(Bytes::from)
            }
        }
    }

    fn issuing(&self, now: Time) -> Option<Bytes> {
        let mut kept = self.issuing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((signed, list)) = &*kept
            && now.since(*signed) < SIGNED_EVERY
        {
            return Some(list.clone());
        }
        // The time grows from one list to the next, across restarts as well (RFC 5280 section 5.2.3).
        let number = u64::try_from(now.unix()).unwrap_or(0);
        match self.issuer.crl(number, now, GOOD_FOR) {
            Ok(list) => {
                let list = Bytes::from(list);
                *kept = Some((now, list.clone()));
                Some(list)
            }
            Err(error) => {
                tracing::error!(%error, "the revocation list could not be signed");
                kept.as_ref().map(|(_, list)| list.clone())
            }
        }
    }
}
