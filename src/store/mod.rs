//! What must outlive a restart: bypass codes, access requests and what was decided about them, and
//! how often people continued today.
//!
//! It is one file, `store.redb`, that belongs to one process at a time. A change is on the disk
//! before it is acknowledged; questions are answered from memory. Every table has a bound:
//! [`MAX_CODES`], [`MAX_REQUESTS`] with [`MAX_PEOPLE`] each and [`MAX_ALL_PEOPLE`] in all, and
//! [`MAX_COUNTS`].
//!
//! The journal of trust failures is the one exception: it is written in batches, so that a crash loses
//! its last seconds, and has bounds of its own.

mod attempts;
mod codes;
mod counts;
mod disk;
mod error;
mod memory;
mod requests;
mod text;

pub use codes::{Code, CodeLimits, CodeUse, MAX_CODES, NewCode};
pub use counts::MAX_COUNTS;
pub use disk::FILE;
pub use error::{MovedAside, StoreError};
pub use requests::{
    Approval, Decision, Earlier, MAX_ALL_PEOPLE, MAX_PEOPLE, MAX_REQUESTS, NewRequest, Person,
    Request, RequestLimits, State, Submitted, Who, WhoSpec,
};
pub use text::{MAX_NOTE, MAX_REASON, is_invisible};

use std::collections::VecDeque;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use lru::LruCache;

use self::attempts::Attempts;
use self::disk::Disk;
use self::memory::{Memory, Row};
use crate::accept::share_of;
use crate::clock::Time;
use crate::trust::Journal;

/// Clients whose access requests of the last day are counted.
const CLIENTS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(16_383);
/// Requests of one client, or of a share, that are remembered for counting; no limit of a client is larger.
const REMEMBERED: usize = 10_000;

/// How many times as much as one client all addresses of an IPv6 /64 may send, since they may be one client's.
const OF_SHARE: u32 = 20;

/// Rows of the journal of trust failures in one commit, so that others wait for the disk no longer.
const TRUST_BATCH: usize = 1_024;

/// The open store. Cheap to clone and safe for concurrent use.
///
/// Functions with a `Result` wait for the disk or for a slow hash: call them where a thread may
/// block. The others answer from memory.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    // Locked for the whole of a change, so that changes are made one after the other.
    disk: Mutex<Disk>,
    // Locked for writing only while rows that are on the disk are copied into it.
    memory: RwLock<Memory>,
    attempts: Attempts,
    sent: Mutex<LruCache<IpAddr, VecDeque<Time>>>,
    trust: Journal,
}

/// How much was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Bypass codes, 30 days after their end.
    pub codes: usize,
    /// Access requests: 90 days after their decision or the end of their approval, 180 days after
    /// somebody last asked when nobody decided.
    pub requests: usize,
    /// Counts of past days.
    pub counts: usize,
}

impl Store {
    /// Opens the store in `folder`, and makes both if they are not there (the folder for this user
    /// alone). A file that is no store, or a damaged one, is moved aside and a new one is made.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when another process has it; other errors for a folder or a file that
    /// this user may not use.
    pub fn open(folder: &Path, now: Time) -> Result<(Self, Option<MovedAside>), StoreError> {
        let (disk, mut memory, moved) = Disk::open(folder, now)?;
        let trust = Journal::new(std::mem::take(&mut memory.trust));
        let mut sent: Vec<_> = memory
            .requests
            .values()
            .flat_map(|row| &row.request.people)
            .map(|person| (person.at, person.client))
            .collect();
        sent.sort_unstable();
        let inner = Inner {
            disk: Mutex::new(disk),
            memory: RwLock::new(memory),
            attempts: Attempts::new(),
            sent: Mutex::new(LruCache::new(CLIENTS)),
            trust,
        };
        let store = Self { inner: Arc::new(inner) };
        sent.into_iter().for_each(|(at, client)| store.note_sent(client, at));
        Ok((store, moved))
    }

    /// Forgets what is past keeping; see [`Pruned`]. Once an hour is often enough.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written.
    pub fn prune(&self, now: Time) -> Result<Pruned, StoreError> {
        self.change(|memory| {
            let codes = memory.codes.values().filter(|row| row.code.is_past_keeping(now));
            let mut rows: Vec<_> = codes.map(|row| Row::NoCode(row.code.id.clone())).collect();
            let mut pruned = Pruned { codes: rows.len(), ..Pruned::default() };
            let requests = requests::past(memory, now);
            let counts = counts::past(memory, now);
            (pruned.requests, pruned.counts) = (requests.len(), counts.len());
            rows.extend(requests);
            rows.extend(counts);
            Ok((rows, pruned))
        })
    }

    /// Who does not accept our certificates. What is noted there is on the disk only after
    /// [`Store::save_trust`].
    pub fn trust(&self) -> &Journal {
        &self.inner.trust
    }

    /// Writes down what is new in the journal of trust failures.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written; it is new still, then.
    pub fn save_trust(&self) -> Result<(), StoreError> {
        loop {
            let changes = self.trust().changes(TRUST_BATCH);
            if changes.is_empty() {
                return Ok(());
            }
            let rows = changes.iter().map(|(ip, client)| match client {
                Some(client) => Row::Trust(*ip, Box::new(client.clone())),
                None => Row::NoTrust(*ip),
            });
            let rows = rows.collect();
            if let Err(error) = self.change(|_| Ok((rows, ()))) {
                self.trust().not_written(&changes);
                return Err(error);
            }
        }
    }

    fn memory(&self) -> RwLockReadGuard<'_, Memory> {
        self.inner.memory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempts(&self) -> &Attempts {
        &self.inner.attempts
    }

    /// Makes one change: `plan` says from what is there which rows to write and what to answer.
    /// The rows are on the disk, then in memory, then the answer is given.
    fn change<T>(
        &self,
        plan: impl FnOnce(&Memory) -> Result<(Vec<Row>, T), StoreError>,
    ) -> Result<T, StoreError> {
        let mut disk = self.inner.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = || self.inner.memory.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut found) = disk.recover()? {
            // The journal has not forgotten.
            found.trust.clear();
            *memory() = found;
        }
        let (rows, answer) = plan(&self.memory())?;
        if !rows.is_empty() {
            disk.commit(&rows)?;
            let mut memory = memory();
            rows.into_iter().for_each(|row| memory.apply(row));
        }
        Ok(answer)
    }

    /// Whether this client sent so many access requests in the last day, or others with it that share a network.
    fn has_sent(&self, client: IpAddr, most: u32, now: Time) -> bool {
        let share = share_of(client);
        let most_of_share = most.saturating_mul(OF_SHARE).min(REMEMBERED as u32);
        self.sent_today(client, now) >= most
            || (share != client && self.sent_today(share, now) >= most_of_share)
    }

    fn sent_today(&self, client: IpAddr, now: Time) -> u32 {
        let mut sent = self.inner.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(times) = sent.get_mut(&client) else { return 0 };
        // A moment in the future is from a clock that was set back.
        times.retain(|at| *at <= now && now.since(*at) < requests::COUNTED);
        u32::try_from(times.len()).unwrap_or(u32::MAX)
    }

    fn note_sent(&self, client: IpAddr, at: Time) {
        let mut sent = self.inner.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let share = Some(share_of(client)).filter(|share| *share != client);
        for sender in [Some(client), share].into_iter().flatten() {
            let times = sent.get_or_insert_mut(sender, VecDeque::new);
            if times.len() >= REMEMBERED {
                times.pop_front();
            }
            times.push_back(at);
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What people wrote is for nobody's log.
        f.write_str("Store")
    }
}
