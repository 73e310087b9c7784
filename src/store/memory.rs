//! What is in the file, in memory, with the indexes that make questions cheap.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::codes::Code;
use super::requests::{Request, State};
use crate::host::Host;
use crate::trust;

/// The SHA-256 of the opaque id of a browser on a host, as hexadecimal digits.
pub(super) type Session = String;

/// A bypass code with what proves it. Not `Debug`, since nobody needs to see the hash.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct CodeRow {
    pub(super) code: Code,
    /// The Argon2id hash of the secret part in PHC form.
    pub(super) hash: String,
}

/// An access request with the browsers that sent it, in the order of its people.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct RequestRow {
    pub(super) request: Request,
    pub(super) sessions: Vec<Session>,
}

/// What is counted: a client, a rule, a site, a day.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Count {
    /// Days since 1970-01-01 (UTC). First, so that past days stand together.
    pub(super) day: i64,
    pub(super) client: IpAddr,
    pub(super) rule: u64,
    pub(super) site: String,
}

impl Count {
    pub(super) fn key(&self) -> String {
        format!("{}|{}|{:016x}|{}", self.day, self.client, self.rule, self.site)
    }

    pub(super) fn from_key(key: &str) -> Option<Self> {
        let mut parts = key.splitn(4, '|');
        Some(Self {
            day: parts.next()?.parse().ok()?,
            client: parts.next()?.parse().ok()?,
            rule: u64::from_str_radix(parts.next()?, 16).ok()?,
            site: parts.next()?.to_owned(),
        })
    }
}

/// One row written or removed; the same list goes to the disk and then to memory.
pub(super) enum Row {
    Code(Arc<CodeRow>),
    NoCode(String),
    Request(Arc<RequestRow>),
    NoRequest(String),
    Count(Count, u32),
    NoCount(Count),
    Trust(IpAddr, Box<trust::Client>),
    NoTrust(IpAddr),
}

/// Everything in the file.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) codes: BTreeMap<String, Arc<CodeRow>>,
    pub(super) requests: BTreeMap<String, Arc<RequestRow>>,
    pub(super) counts: BTreeMap<Count, u32>,
    /// What the journal of trust failures begins with; it has a memory of its own.
    pub(super) trust: Vec<(IpAddr, trust::Client)>,
    /// People in all requests.
    pub(super) people: usize,
    /// The open request of a host.
    open: HashMap<Host, String>,
    /// Approved requests by their site, also those whose time is over.
    approved: HashMap<String, Vec<String>>,
    /// Requests by the browsers that sent them.
    sent: HashMap<Session, Vec<String>>,
}

impl Memory {
    pub(super) fn apply(&mut self, row: Row) {
        match row {
            Row::Code(row) => {
                self.codes.insert(row.code.id.clone(), row);
            }
            Row::NoCode(id) => {
                self.codes.remove(&id);
            }
            Row::Request(row) => {
                self.forget(&row.request.id);
                self.remember(&row);
                self.requests.insert(row.request.id.clone(), row);
            }
            Row::NoRequest(id) => {
                self.forget(&id);
                self.requests.remove(&id);
            }
            Row::Count(count, times) => {
                self.counts.insert(count, times);
            }
            Row::NoCount(count) => {
                self.counts.remove(&count);
            }
            Row::Trust(..) | Row::NoTrust(_) => {}
        }
    }

    fn remember(&mut self, row: &RequestRow) {
        let Request { id, host, site, state, people, .. } = &row.request;
        match state {
            State::Open => {
                self.open.insert(host.clone(), id.clone());
            }
            State::Approved { .. } => {
                self.approved.entry(site.clone()).or_default().push(id.clone());
            }
            State::Denied { .. } => {}
        }
        self.people += people.len();
        for session in &row.sessions {
            self.sent.entry(session.clone()).or_default().push(id.clone());
        }
    }

    fn forget(&mut self, id: &str) {
        let Some(row) = self.requests.get(id).cloned() else { return };
        let Request { host, site, people, .. } = &row.request;
        if self.open.get(host).is_some_and(|open| open == id) {
            self.open.remove(host);
        }
        leave_out(&mut self.approved, site, id);
        self.people = self.people.saturating_sub(people.len());
        for session in &row.sessions {
            leave_out(&mut self.sent, session, id);
        }
    }

    /// The open request for exactly this host.
    pub(super) fn open_request(&self, host: &Host) -> Option<&Arc<RequestRow>> {
        self.open.get(host).and_then(|id| self.requests.get(id))
    }

    /// How many requests are open.
    pub(super) fn open_requests(&self) -> usize {
        self.open.len()
    }

    /// The approved requests with one of the sites that `host` is in.
    pub(super) fn approved(&self, host: &Host) -> impl Iterator<Item = &Arc<RequestRow>> {
        let mut ids = Vec::new();
        // Nearly always there is none, and this is asked on every request.
        if !self.approved.is_empty() {
            match host {
                Host::Name(name) => {
                    // Not beyond the registrable domain: a request for a public suffix that is
                    // itself a host does not open what others have below it.
                    let least = name.site().map_or(name.as_str().len(), str::len);
                    let sites = name.suffixes().take_while(|site| site.len() >= least);
                    ids.extend(sites.filter_map(|site| self.approved.get(site)).flatten());
                }
                Host::Ip(ip) => {
                    ids.extend(self.approved.get(&ip.to_string()).into_iter().flatten())
                }
            }
        }
        ids.into_iter().filter_map(|id| self.requests.get(id))
    }

    /// The requests that this browser sent.
    pub(super) fn sent(&self, session: &str) -> impl Iterator<Item = &Arc<RequestRow>> {
        self.sent.get(session).into_iter().flatten().filter_map(|id| self.requests.get(id))
    }
}

fn leave_out(index: &mut HashMap<String, Vec<String>>, key: &str, id: &str) {
    if let Some(ids) = index.get_mut(key) {
        ids.retain(|other| other != id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}
