//! Grants that are in use, by the client's address: for requests that carry no cookie although a page
//! of the granted site sent them, for connections to splice, and for the gateway that asks who may go
//! where.
//!
//! Kept in memory only. A cookie brings its grant back after a restart.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use serde::Serialize;
use tokio::sync::watch;

use crate::clock::Time;
use crate::config::HandOver;
use crate::host::Host;

/// How many clients are kept; those not seen for longest make room.
const CLIENTS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(49_999);
/// How many grants of one client are kept. A person continues to a handful of sites in half an hour.
const GRANTS: usize = 64;

/// What a grant opens for its client.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase", tag = "scope", content = "name")]
pub enum Opens {
    /// This host.
    Host(String),
    /// This registrable domain, with all hosts in it.
    Site(String),
    /// Every host of this category.
    Category(String),
}

impl Opens {
    /// Whether this host is meant. `category` is the one that the verdict names.
    pub fn covers(&self, host: &Host, category: Option<&str>) -> bool {
        match self {
            Self::Host(name) => host.to_string() == *name,
            Self::Site(name) => host.site_or_self() == *name,
            Self::Category(name) => category == Some(name),
        }
    }
}

/// A grant in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiveGrant {
    /// What it opens.
    #[serde(flatten)]
    pub opens: Opens,
    /// The host at which it was made, or first seen.
    pub host: Host,
    /// The revision of the rule that made it; a changed rule ends it. None for an approval, which no
    /// rule made.
    #[serde(skip)]
    pub rule: Option<u64>,
    /// When it ends.
    #[serde(serialize_with = "as_rfc3339")]
    pub until: Time,
    /// When this server first heard of it.
    #[serde(serialize_with = "as_rfc3339")]
    pub since: Time,
    /// How the site reaches the person.
    pub hand_over: HandOver,
    /// The bypass code that made it, so that its revocation ends it.
    #[serde(skip)]
    pub code: Option<String>,
}

fn as_rfc3339<S: serde::Serializer>(time: &Time, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&time.rfc3339())
}

/// A grant and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientGrant {
    /// The client's address.
    pub client: IpAddr,
    /// The grant.
    #[serde(flatten)]
    pub grant: LiveGrant,
}

/// All grants in use. Safe for concurrent use.
pub struct Live {
    clients: Mutex<LruCache<IpAddr, Vec<LiveGrant>>>,
    /// Whether there are any, for those who ask without the lock: each request does.
    some: AtomicBool,
    changes: watch::Sender<u64>,
}

impl Live {
    /// None yet.
    pub fn new() -> Self {
        let clients = Mutex::new(LruCache::new(CLIENTS));
        Self { clients, some: AtomicBool::new(false), changes: watch::Sender::new(0) }
    }

    /// Takes a grant up, or notes a later end of one that is known. Gives whether it is new.
    pub fn note(&self, client: IpAddr, grant: LiveGrant) -> bool {
        let mut clients = self.lock();
        self.some.store(true, Ordering::Release);
        let known = clients.get_or_insert_mut(client.to_canonical(), Vec::new);
        known.retain(|other| other.until > grant.since);
        // An approval and a grant of a rule can open the same, and end at different times.
        let same =
            |other: &&mut LiveGrant| (&other.opens, other.rule) == (&grant.opens, grant.rule);
        if let Some(same) = known.iter_mut().find(same) {
            let news = same.until < grant.until;
            if news {
                *same = LiveGrant { since: same.since, ..grant };
                drop(clients);
                self.changed();
            }
            return false;
        }
        if known.len() >= GRANTS {
            known.remove(0);
        }
        known.push(grant);
        drop(clients);
        self.changed();
        true
    }

    /// The client's grants that hold now.
    pub fn of(&self, client: IpAddr, now: Time) -> Vec<LiveGrant> {
        if !self.some.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut clients = self.lock();
        let grants = clients.get(&client.to_canonical()).map_or(&[][..], Vec::as_slice);
        grants.iter().filter(|grant| grant.until > now).cloned().collect()
    }

    /// All grants that hold now, and the number of changes so far.
    pub fn all(&self, now: Time) -> (u64, Vec<ClientGrant>) {
        let clients = self.lock();
        let grants = clients.iter().flat_map(|(client, grants)| {
            let held = grants.iter().filter(|grant| grant.until > now);
            held.map(|grant| ClientGrant { client: *client, grant: grant.clone() })
        });
        let mut grants: Vec<_> = grants.collect();
        grants.sort_by_key(|one| (one.grant.since, one.client));
        (*self.changes.borrow(), grants)
    }

    /// How many hold.
    pub fn count(&self, now: Time) -> usize {
        let clients = self.lock();
        clients.iter().flat_map(|(_, grants)| grants).filter(|grant| grant.until > now).count()
    }

    /// Takes out the grants that have ended, and those that `gone` says to; gives them.
    pub fn end(&self, now: Time, gone: impl Fn(IpAddr, &LiveGrant) -> bool) -> Vec<ClientGrant> {
        let mut ended = Vec::new();
        let mut clients = self.lock();
        for (client, grants) in clients.iter_mut() {
            for grant in grants.extract_if(.., |grant| grant.until <= now || gone(*client, grant)) {
                ended.push(ClientGrant { client: *client, grant });
            }
        }
        let empty: Vec<_> = clients.iter().filter(|(_, g)| g.is_empty()).map(|(c, _)| *c).collect();
        for client in empty {
            clients.pop(&client);
        }
        self.some.store(!clients.is_empty(), Ordering::Release);
        drop(clients);
        if !ended.is_empty() {
            self.changed();
        }
        ended
    }

    /// Tells of changes: the number of them so far.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<IpAddr, Vec<LiveGrant>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(site: &str, until: i64) -> LiveGrant {
        LiveGrant {
            opens: Opens::Site(site.to_owned()),
            host: site.parse().unwrap(),
            rule: Some(1),
            until: Time::from_unix(until),
            since: Time::from_unix(0),
            hand_over: HandOver::PassThrough,
            code: None,
        }
    }

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    #[test]
    fn a_grant_holds_until_its_end_and_is_told_once() {
        let live = Live::new();
        assert!(live.note(CLIENT, grant("a.example", 100)));
        assert!(!live.note(CLIENT, grant("a.example", 100)), "known");
        assert!(!live.note(CLIENT, grant("a.example", 200)), "longer");
        assert_eq!(live.of(CLIENT, Time::from_unix(150)).len(), 1);
        assert!(live.of(CLIENT, Time::from_unix(200)).is_empty());
        assert_eq!(live.end(Time::from_unix(200), |_, _| false).len(), 1);
        assert!(live.all(Time::from_unix(0)).1.is_empty());
    }

    #[test]
    fn a_client_cannot_fill_memory() {
        let live = Live::new();
        for site in 0..1000 {
            live.note(CLIENT, grant(&format!("s{site}.example"), 100));
        }
        assert_eq!(live.of(CLIENT, Time::from_unix(1)).len(), GRANTS);
    }

    #[test]
    fn scopes_cover_what_they_say() {
        let host = |text: &str| text.parse::<Host>().unwrap();
        assert!(Opens::Site("a.co.uk".to_owned()).covers(&host("x.a.co.uk"), None));
        assert!(!Opens::Site("a.co.uk".to_owned()).covers(&host("b.co.uk"), None));
        assert!(!Opens::Host("a.co.uk".to_owned()).covers(&host("x.a.co.uk"), None));
        assert!(Opens::Category("c".to_owned()).covers(&host("b.example"), Some("c")));
        assert!(!Opens::Category("c".to_owned()).covers(&host("b.example"), None));
    }
}
