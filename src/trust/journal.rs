//! What happens to clients, as it is noted, and what it amounts to.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ipnet::IpNet;

use super::client::{Client, Sign, Verified, Version};
use super::diagnosis::Diagnosis;
use super::report::{Coverage, Report, show};
use super::table::Table;
use crate::clock::Time;
use crate::config::BackOff;
use crate::greet::fingerprint::Fingerprint;
use crate::host::Host;

/// Over how long it counts that a root was proved to be trusted.
const RECENT: Duration = Duration::from_secs(30 * 86_400);
/// How much older than the truth the disk may be about a client that lacks nothing, so that every
/// request of every client is not written down.
const SETTLED: Duration = Duration::from_secs(600);

/// Who said hello, and for which host.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'s> {
    /// The client's address.
    pub client: IpAddr,
    /// The location that it belongs to.
    pub location: Option<&'s str>,
    /// The host.
    pub host: &'s Host,
    /// The program.
    pub by: Fingerprint,
    /// Whether the name was made for this visit, so that nobody can have clicked past a warning.
    pub is_fresh: bool,
}

/// How a certificate was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAccepted {
    /// What showed it.
    pub alert: Sign,
    /// The version of TLS.
    pub tls: Version,
}

/// All that is known of clients and the root. Safe for concurrent use; nothing here waits for a disk.
pub struct Journal {
    table: Mutex<Table>,
    counters: [AtomicU64; Sign::ALL.len()],
}

impl Journal {
    /// With what was written down.
    pub fn new(rows: impl IntoIterator<Item = (IpAddr, Client)>) -> Self {
        let mut table = Table::new();
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|(_, client)| client.seen);
        for (ip, client) in rows {
            table.written.insert(ip);
            table.put(ip, client);
        }
        table.changed.clear();
        Self { table: Mutex::new(table), counters: Default::default() }
    }

    /// Notes that a client did not accept a certificate. Gives what its failures amount to, or `None`
    /// where this one says nothing.
    pub fn failed(
        &self,
        seen: Seen<'_>,
        how: NotAccepted,
        back_off: Option<&BackOff>,
        now: Time,
    ) -> Option<Diagnosis> {
        let ip = seen.client.to_canonical();
        let mut table = self.table();
        let mut client = table.take(ip).unwrap_or_else(|| Client::new(now));
        let noted = client.fail(seen.host, seen.by, how.alert, how.tls, back_off, now);
        client.location = seen.location.map(str::to_owned);
        let failure = client.failures.iter();
        let failure = failure.filter(|one| noted && one.counts());
        let mut failure = failure.filter(|one| one.host == *seen.host && one.ja4 == seen.by.ja4);
        let diagnosis = failure.next().map(|failure| client.diagnose(failure));
        if client.is_empty() {
            return None;
        }
        table.put(ip, client);
        drop(table);
        if noted {
            let place = Sign::ALL.iter().position(|sign| *sign == how.alert);
            if let Some(counter) = place.and_then(|place| self.counters.get(place)) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        }
        diagnosis
    }

    /// Notes that a client accepted a certificate: a request came.
    pub fn accepted(&self, seen: Seen<'_>, now: Time) {
        let ip = seen.client.to_canonical();
        let mut table = self.table();
        // Nearly always: a client that lacks nothing, and a program that is known.
        if let Some(client) = table.fine.get_mut(ip)
            && let Some(known) = client.accepted.iter_mut().find(|one| one.ja4 == seen.by.ja4)
        {
            let is_old = now.since(known.last) >= SETTLED;
            let moved = client.location.as_deref() != seen.location;
            (known.last, client.seen) = (now, now);
            if moved {
                client.location = seen.location.map(str::to_owned);
            }
            if is_old || moved {
                table.changed.insert(ip);
            }
            return;
        }
        let mut client = table.take(ip).unwrap_or_else(|| Client::new(now));
        client.accept(seen.host, seen.by, seen.is_fresh, now);
        client.location = seen.location.map(str::to_owned);
        table.put(ip, client);
    }

    /// Notes that a browser of a client proved on the check page that it trusts a root, named by its
    /// SHA-256 fingerprint as `AB:CD:…`.
    pub fn record_verified(&self, client: IpAddr, root: &str, now: Time) {
        /// Longer than any fingerprint.
        const LONGEST: usize = 128;
        if root.len() > LONGEST {
            return;
        }
        let ip = client.to_canonical();
        let mut table = self.table();
        let mut client = table.take(ip).unwrap_or_else(|| Client::new(now));
        client.verify(root, now);
        table.put(ip, client);
    }

    /// How many of the clients that were seen within this span proved to trust a root.
    pub fn coverage(&self, root: &str, within: Duration, now: Time) -> Coverage {
        let table = self.table();
        let seen = table.all().filter(|(_, client)| now.since(client.seen) < within);
        let (mut all, mut verified) = (0, 0);
        for (_, client) in seen {
            all += 1;
            let proved = |one: &Verified| one.root == root && now.since(one.at) < within;
            verified += usize::from(client.verified.iter().any(proved));
        }
        Coverage { root: root.to_owned(), verified, seen: all }
    }

    /// Until when the gateway is to tell this client that there is no such host.
    pub fn backs_off(&self, client: IpAddr, host: &Host, now: Time) -> Option<Time> {
        self.table().lacking.peek(client.to_canonical())?.backs_off(host, now)
    }

    /// Every back-off that holds: whom, which host, until when.
    pub fn all_back_offs(&self, now: Time) -> Vec<(IpAddr, Host, Time)> {
        let table = self.table();
        let each = table.lacking.iter().flat_map(|(ip, client)| {
            let held = client.failures.iter().filter_map(|one| Some((one, one.back_off?)));
            held.map(|(failure, until)| (*ip, failure.host.clone(), until))
        });
        let mut held: Vec<_> = each.filter(|(_, _, until)| *until > now).collect();
        held.sort();
        held
    }

    /// What is known, of the clients within a network or of all.
    pub fn report(&self, within: Option<IpNet>, now: Time) -> Report {
        let table = self.table();
        let asked = |ip: &IpAddr| within.is_none_or(|net| net.contains(ip));
        let shown = table.lacking.iter().filter(|(ip, client)| client.lacks() && asked(ip));
        let mut clients: Vec<_> = shown.filter_map(|(ip, client)| show(*ip, client, now)).collect();
        clients.sort_by_key(|one| (std::cmp::Reverse(one.last), one.client));
        Report { clients, ..self.counted(&table, now) }
    }

    /// The same without the clients.
    pub fn summary(&self, now: Time) -> Report {
        self.counted(&self.table(), now)
    }

    fn counted(&self, table: &Table, now: Time) -> Report {
        let lacking = table.lacking.iter().filter(|(_, client)| client.lacks()).count();
        let mut roots = BTreeMap::<&str, usize>::new();
        let is_recent = |at: Time| now.since(at) < RECENT;
        for verified in table.all().flat_map(|(_, client)| &client.verified) {
            if is_recent(verified.at) {
                *roots.entry(&verified.root).or_default() += 1;
            }
        }
        let recent = table.all().filter(|(_, client)| is_recent(client.seen)).count();
        let seen = table.lacking.len() + table.fine.len();
        let roots = roots.into_iter().map(|(root, verified)| {
            let root = root.to_owned();
            Coverage { root, verified, seen: recent }
        });
        let roots = roots.collect();
        let counters = Sign::ALL.iter().zip(&self.counters);
        let failures = counters.map(|(sign, count)| {
            let count = count.load(Ordering::Relaxed);
            (sign.word().to_owned(), count)
        });
        let (clients, failures) = (Vec::new(), failures.collect());
        Report { clients, lacking, seen, failures, recent, roots }
    }

    /// Forgets the failures of the clients within a network, or of all; gives of how many clients.
    pub fn clear(&self, within: Option<IpNet>) -> usize {
        let mut table = self.table();
        let asked = |ip: &IpAddr| within.is_none_or(|net| net.contains(ip));
        let clients: Vec<_> = table.lacking.iter().map(|(ip, _)| *ip).filter(asked).collect();
        let mut shown = 0;
        for ip in clients {
            let Some(mut client) = table.take(ip) else { continue };
            shown += usize::from(client.lacks());
            client.failures.clear();
            table.put(ip, client);
        }
        shown
    }

    /// Forgets what is older than `keep`.
    pub fn forget(&self, keep: Duration, now: Time) {
        let mut table = self.table();
        let all: Vec<_> = table.all().map(|(ip, _)| *ip).collect();
        // From the least to the most recently seen, so that those of whom something is forgotten stay in their order.
        for ip in all.into_iter().rev() {
            let cache = if table.lacking.contains(ip) { &table.lacking } else { &table.fine };
            let old = cache.peek(ip).is_some_and(|client| client.has_old(keep, now));
            if old && let Some(mut client) = table.take(ip) {
                client.forget(keep, now);
                table.put(ip, client);
            }
        }
    }

    /// At most so many rows that must be written (or removed, where there is no client), to bring the
    /// disk up to date. They count as written; [`Journal::not_written`] takes that back.
    pub fn changes(&self, most: usize) -> Vec<(IpAddr, Option<Client>)> {
        let mut table = self.table();
        let gone: Vec<_> = table.gone.iter().copied().take(most).collect();
        let left = most.saturating_sub(gone.len());
        let changed: Vec<_> = table.changed.iter().copied().take(left).collect();
        let mut rows = Vec::with_capacity(gone.len() + changed.len());
        for ip in gone {
            table.gone.remove(&ip);
            table.written.remove(&ip);
            rows.push((ip, None));
        }
        for ip in changed {
            table.changed.remove(&ip);
            table.written.insert(ip);
            rows.push((ip, table.peek(ip).cloned()));
        }
        rows
    }

    /// These rows could not be written after all.
    pub fn not_written(&self, rows: &[(IpAddr, Option<Client>)]) {
        let mut table = self.table();
        for (ip, _) in rows {
            // What is on the disk is not known: a row too much to remove is no harm.
            table.written.insert(*ip);
            if table.peek(*ip).is_some() {
                table.changed.insert(*ip);
            } else {
                table.gone.insert(*ip);
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::net::Ipv4Addr;
    use std::num::NonZeroU32;

    use super::*;
    use crate::greet::fingerprint::Family;
    use crate::trust::{MAX_CLIENTS, MAX_FAILURES, MAX_LACKING};

    const NOW: Time = Time::from_unix(1_800_000_000);
    const DAY: Duration = Duration::from_secs(86_400);
    const MINUTE: Duration = Duration::from_secs(60);
    const ALERT: NotAccepted = NotAccepted { alert: Sign::UnknownCa, tls: Version::Tls13 };

    fn by(number: u32) -> Fingerprint {
        let ja4 = format!("t13d1516h2_8daaf6152771_{number:012x}").parse().unwrap();
        Fingerprint { ja4, family: Family::Other, offers_tls13: true, is_named: true }
    }

    fn ip(number: u32) -> IpAddr {
        Ipv4Addr::from(0x0a00_0000 + number).into()
    }

    fn host(text: &str) -> Host {
        text.parse().unwrap()
    }

    fn fail(journal: &Journal, client: u32, host_name: &str, now: Time) -> Option<Diagnosis> {
        let host = host(host_name);
        let seen = Seen {
            client: ip(client),
            location: Some("Hall"),
            host: &host,
            by: by(1),
            is_fresh: false,
        };
        journal.failed(seen, ALERT, None, now)
    }

    fn accept(journal: &Journal, client: u32, program: u32, host_name: &str, now: Time) {
        let host = host(host_name);
        let seen = Seen {
            client: ip(client),
            location: None,
            host: &host,
            by: by(program),
            is_fresh: false,
        };
        journal.accepted(seen, now);
    }

    #[test]
    fn a_flood_of_clients_hosts_and_programs_stays_bounded() {
        let journal = Journal::new([]);
        for client in 0..20_000 {
            fail(&journal, client, "a.test", NOW);
            accept(&journal, 100_000 + client, 1, "a.test", NOW);
            if client % 1000 == 0 {
                journal.changes(usize::MAX);
            }
        }
        for number in 0..1000 {
            fail(&journal, 19_999, &format!("h{number}.test"), NOW);
            accept(&journal, 119_999, number, "a.test", NOW);
            journal.record_verified(ip(119_999), &format!("{number}"), NOW);
        }
        let report = journal.report(None, NOW);
        assert_eq!((report.lacking, report.clients.len()), (MAX_LACKING, MAX_LACKING));
        assert_eq!(report.seen, MAX_LACKING + MAX_CLIENTS);
        assert!(report.clients.iter().all(|one| one.failures.len() <= MAX_FAILURES));
        assert_eq!(report.failures["unknown_ca"], 21_000);
        let table = journal.table();
        let busiest = table.peek(ip(119_999)).unwrap();
        assert!(busiest.accepted.len() <= 8 && busiest.verified.len() <= 4, "{busiest:?}");
        assert!(table.changed.len() + table.gone.len() <= MAX_LACKING + 2 * MAX_CLIENTS);
        drop(table);
        // What is written and what is taken away together make the disk the same as memory.
        let mut disk = HashSet::new();
        let journal = Journal::new([]);
        for client in 0..3 * u32::try_from(MAX_LACKING).unwrap() {
            fail(&journal, client, "a.test", NOW);
            if client % 997 == 0 {
                for (ip, row) in journal.changes(500) {
                    if row.is_some() {
                        disk.insert(ip)
                    } else {
                        disk.remove(&ip)
                    };
                }
            }
        }
        for (ip, row) in journal.changes(usize::MAX) {
            if row.is_some() {
                disk.insert(ip)
            } else {
                disk.remove(&ip)
            };
        }
        let table = journal.table();
        assert_eq!(disk, table.all().map(|(ip, _)| *ip).collect());
        assert_eq!(disk, table.written);
    }

    #[test]
    fn a_network_of_very_many_clients_leaves_room_for_the_others() {
        let journal = Journal::new([]);
        let fails = |client: IpAddr| {
            let host = host("a.test");
            let seen = Seen { client, location: None, host: &host, by: by(1), is_fresh: false };
            journal.failed(seen, ALERT, None, NOW);
        };
        let knows = |client: &str| {
            let client: IpAddr = client.parse().unwrap();
            journal.report(None, NOW).clients.iter().any(|one| one.client == client)
        };
        let neighbour = "2001:db8:0:1::1";
        for client in ["192.0.2.1", "2001:db8:1::1", neighbour] {
            fails(client.parse().unwrap());
        }
        // One /64, again and again by other addresses.
        for number in 0..3 * MAX_LACKING as u128 {
            fails(IpAddr::V6(((0x2001_0db8_u128 << 96) + number).into()));
        }
        assert_eq!(journal.report(None, NOW).lacking, MAX_LACKING / 4 + 3);
        // All of the /48 that it is in.
        for number in 0..3 * MAX_LACKING as u128 {
            fails(IpAddr::V6(((0x2001_0db8_u128 << 96) + ((number + 2) << 64)).into()));
        }
        assert_eq!(journal.report(None, NOW).lacking, MAX_LACKING / 2 + 2);
        assert!(!knows(neighbour), "who is in that network goes with it");
        assert!(knows("192.0.2.1") && knows("2001:db8:1::1"));
        // What goes leaves its place to others.
        assert_eq!(journal.clear("2001:db8::/48".parse().ok()), MAX_LACKING / 2);
        let table = journal.table();
        assert_eq!((table.lacking.len(), table.fine.len()), (2, 0));
        assert!(table.gone.is_empty() && table.changed.len() == 2);
    }

    #[test]
    fn what_could_not_be_written_is_written_later() {
        let journal = Journal::new([]);
        fail(&journal, 1, "a.test", NOW);
        let rows = journal.changes(10);
        assert_eq!((rows.len(), journal.changes(10).len()), (1, 0));
        journal.not_written(&rows);
        assert_eq!(journal.changes(10), rows);
        let again = Journal::new(rows.into_iter().filter_map(|(ip, row)| Some((ip, row?))));
        assert_eq!(again.report(None, NOW).clients, journal.report(None, NOW).clients);
        assert_eq!(again.changes(10), []);
        assert_eq!(again.clear(None), 1);
        assert_eq!(again.changes(10), [(ip(1), None)]);
    }

    #[test]
    fn a_client_that_succeeds_is_written_now_and_then() {
        let journal = Journal::new([]);
        accept(&journal, 1, 1, "a.test", NOW);
        assert_eq!(journal.changes(10).len(), 1);
        accept(&journal, 1, 1, "b.test", NOW.plus(MINUTE));
        assert_eq!(journal.changes(10).len(), 0);
        accept(&journal, 1, 1, "b.test", NOW.plus(MINUTE * 30));
        assert_eq!(journal.changes(10).len(), 1);
        accept(&journal, 1, 2, "b.test", NOW.plus(MINUTE * 30));
        assert_eq!(journal.changes(10).len(), 1, "another program");
    }

    #[test]
    fn old_failures_are_forgotten() {
        let journal = Journal::new([]);
        fail(&journal, 1, "a.test", NOW);
        fail(&journal, 2, "a.test", NOW);
        fail(&journal, 2, "b.test", NOW.plus(DAY * 29));
        journal.record_verified(ip(3), "AB:CD", NOW);
        journal.forget(DAY * 30, NOW.plus(DAY * 31));
        let report = journal.report(None, NOW.plus(DAY * 31));
        assert_eq!((report.lacking, report.seen), (1, 2));
        assert_eq!(report.clients[0].failures.len(), 1);
        journal.forget(DAY * 30, NOW.plus(DAY * 500));
        assert_eq!(journal.report(None, NOW).seen, 0);
    }

    #[test]
    fn a_network_is_asked_about_and_cleared_by_itself() {
        let journal = Journal::new([]);
        fail(&journal, 1, "a.test", NOW);
        fail(&journal, 256, "a.test", NOW);
        let net = "10.0.1.0/24".parse().ok();
        let report = journal.report(net, NOW);
        assert_eq!((report.clients.len(), report.lacking), (1, 2));
        assert_eq!(report.clients[0].client, ip(256));
        assert_eq!(report.clients[0].location.as_deref(), Some("Hall"));
        assert_eq!(journal.clear(net), 1);
        assert_eq!(journal.report(None, NOW).clients[0].client, ip(1));
    }

    #[test]
    fn the_gateway_backs_off_after_enough_failures_and_until_success() {
        let rule = BackOff {
            failures: NonZeroU32::new(3).unwrap(),
            within: MINUTE * 10,
            lasts: MINUTE * 15,
        };
        let host = host("a.test");
        let failed = |journal: &Journal, program, now| {
            let seen = Seen {
                client: ip(1),
                location: None,
                host: &host,
                by: by(program),
                is_fresh: false,
            };
            journal.failed(seen, ALERT, Some(&rule), now);
            journal.backs_off(ip(1), &host, now)
        };
        let journal = Journal::new([]);
        assert_eq!(failed(&journal, 1, NOW), None);
        assert_eq!(failed(&journal, 1, NOW.plus(MINUTE * 9)), None);
        // The first is too long ago.
        assert_eq!(failed(&journal, 2, NOW.plus(MINUTE * 11)), None);
        let now = NOW.plus(MINUTE * 12);
        let until = failed(&journal, 1, now).expect("programs count together");
        assert_eq!(until, now.plus(MINUTE * 15));
        assert_eq!(journal.all_back_offs(now), [(ip(1), host.clone(), until)]);
        assert_eq!(journal.report(None, now).clients[0].failures[0].back_off_until, Some(until));
        assert_eq!(journal.backs_off(ip(2), &host, now), None);
        assert_eq!(journal.backs_off(ip(1), &"b.test".parse().unwrap(), now), None);
        assert_eq!(journal.backs_off(ip(1), &host, until), None, "it ends by itself");
        accept(&journal, 1, 1, "a.test", now);
        assert_eq!(journal.backs_off(ip(1), &host, now), None, "success ends it");
    }

    #[test]
    fn coverage_of_a_root_is_of_those_that_were_seen() {
        let journal = Journal::new([]);
        accept(&journal, 1, 1, "a.test", NOW);
        journal.record_verified(ip(1), "AB", NOW);
        journal.record_verified(ip(2), "CD", NOW);
        journal.record_verified(ip(2), &"x".repeat(1000), NOW);
        fail(&journal, 3, "a.test", NOW);
        accept(&journal, 4, 1, "a.test", NOW.minus(DAY * 20));
        let coverage = journal.coverage("AB", DAY * 7, NOW);
        assert_eq!(coverage, Coverage { root: "AB".to_owned(), verified: 1, seen: 3 });
        let roots = journal.report(None, NOW).roots;
        let roots: Vec<_> = roots.iter().map(|one| (one.root.as_str(), one.verified)).collect();
        assert_eq!(roots, [("AB", 1), ("CD", 1)]);
    }
}
