//! The revocation lists, served over plain HTTP: Windows command-line clients insist on them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use tokio::sync::Mutex;
use tokio::time::timeout;

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

/// How long a visitor waits for a signature, and how long after one that failed another is tried. A token can be slow
/// or away.
const SIGNING: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_secs(60);

/// The lists of the issuing CA and of the root.
pub(super) struct RevocationLists {
    host: Option<Host>,
    issuer: Arc<Issuer>,
    directory: PathBuf,
    issuing: Arc<ArcSwapOption<Signed>>,
    /// Held by who signs; when that failed last.
    signing: Arc<Mutex<Option<Time>>>,
}

struct Signed {
    at: Time,
    list: Bytes,
}

impl Signed {
    /// One from the future is from before the clock was set back, and clients refuse it.
    fn is_fresh(&self, now: Time) -> bool {
        now >= self.at && now.since(self.at) < SIGNED_EVERY
    }
}

impl RevocationLists {
    pub(super) fn new(host: Option<Host>, issuer: Arc<Issuer>, directory: PathBuf) -> Self {
        Self { host, issuer, directory, issuing: Arc::default(), signing: Arc::default() }
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
    pub(super) async fn get(&self, path: &str, now: Time) -> Option<Bytes> {
        if path == ISSUING {
            return self.issuing(now).await;
        }
        // Signed by a root's key, which is best kept off-line: `blockhouse-ca crl` writes it.
        let list = self.directory.join(root_list(path)?);
        files::read("the root's revocation list", &list, LARGEST)
            .map_err(|error| {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "no revocation list of the root");
            })
            .ok()
            .map(Bytes::from)
    }

    async fn issuing(&self, now: Time) -> Option<Bytes> {
        let kept = || self.issuing.load_full();
        if let Some(signed) = kept().filter(|signed| signed.is_fresh(now)) {
            return Some(signed.list.clone());
        }
        // One signs, on a thread that may wait, to its end; the others wait for that, and have the older list at the worst.
        let signs = async {
            let mut failed = Arc::clone(&self.signing).lock_owned().await;
            let waits = failed.is_some_and(|at| now >= at && now.since(at) < AGAIN);
            if waits || kept().is_some_and(|signed| signed.is_fresh(now)) {
                return;
            }
            let (issuer, issuing) = (Arc::clone(&self.issuer), Arc::clone(&self.issuing));
            let sign = move || {
                // The time grows from one list to the next, across restarts as well (RFC 5280 section 5.2.3).
                let number = u64::try_from(now.unix()).unwrap_or(0);
                *failed = match issuer.crl(number, now, GOOD_FOR) {
                    Ok(list) => {
                        let list = Bytes::from(list);
                        issuing.store(Some(Arc::new(Signed { at: now, list })));
                        None
                    }
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(error, "the revocation list could not be signed");
                        Some(now)
                    }
                };
            };
            let _ = tokio::task::spawn_blocking(sign).await;
        };
        let _ = timeout(SIGNING, signs).await;
        kept().map(|signed| signed.list.clone())
    }
}
