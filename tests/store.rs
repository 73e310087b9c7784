//! The store: what it keeps, what it refuses, and that nothing acknowledged is lost.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use blockhouse::clock::Time;
use blockhouse::control::{self, BindError, Decided, Reply, Server};
use blockhouse::host::Host;
use blockhouse::store::{
    CodeLimits, CodeUse, Decision, NewCode, NewRequest, RequestLimits, State, Store, StoreError,
    Submitted, Who, WhoSpec,
};
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::support::ca::Ran;

const NOW: Time = Time::from_unix(1_800_000_000);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const CODES: CodeLimits = CodeLimits { wrong: 3, locked_for: Duration::from_secs(1_800) };
const REQUESTS: RequestLimits = RequestLimits { per_client: 100, open: 1_000 };

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn host(text: &str) -> Host {
    text.parse().unwrap()
}

/// Opens the store of a folder, which must be whole.
#[track_caller]
fn open(folder: &Path) -> Store {
    let (store, moved) = Store::open(folder, NOW).unwrap();
    assert_eq!(moved, None);
    store
}

fn new_store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    (folder, store)
}

fn any_code() -> NewCode {
    NewCode { categories: vec![], uses: None, until: None, lasts: None, note: "Exam".to_owned() }
}

fn request(host_name: &str, client: &str, session: &str) -> NewRequest {
    NewRequest {
        host: host(host_name),
        site: host(host_name).name().and_then(|n| n.site()).unwrap_or(host_name).to_owned(),
        danger: false,
        category: Some("games".to_owned()),
        policy: "staff".to_owned(),
        location: None,
        client: ip(client),
        session: session.to_owned(),
        event: "7K3MQ-9Q2XA".to_owned(),
        reason: "Needed for class.".to_owned(),
        contact: Some("a@school.example".to_owned()),
    }
}

fn submitted(store: &Store, new: NewRequest) -> String {
    match store.submit(new, REQUESTS, NOW).unwrap() {
        Submitted::New(request) | Submitted::Joined(request) => request.id,
        other => panic!("{other:?}"),
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn everything_is_there_after_a_restart() {
    let (folder, store) = new_store();
    let (code, text) = store.new_code(NewCode { uses: Some(2), ..any_code() }, NOW).unwrap();
    let used = store.use_code(ip("192.0.2.1"), &text, None, CODES, NOW).unwrap();
    assert!(matches!(used, CodeUse::Good(_)), "{used:?}");
    let id = submitted(&store, request("www.a.example", "192.0.2.1", "s1"));
    store.approve(&id, HOUR, WhoSpec::Client, NOW).unwrap();
    assert_eq!(store.bump(ip("2001:db8::1"), u64::MAX, "a.example", NOW).unwrap(), 1);
    let before = (store.codes(), store.requests());
    drop(store);

    let store = open(folder.path());
    assert_eq!((store.codes(), store.requests()), before);
    assert_eq!(store.code(&code.id).unwrap().uses_left, Some(1));
    assert_eq!(store.count_today(ip("2001:db8::1"), u64::MAX, "a.example", NOW), 1);
    let approval = store.approval(ip("192.0.2.1"), &host("b.a.example"), NOW).unwrap();
    assert_eq!((approval.request, approval.until), (id, NOW.plus(HOUR)));
    assert!(store.earlier("s1", &host("www.a.example")).is_some());
    let used = store.use_code(ip("192.0.2.1"), &text, None, CODES, NOW).unwrap();
    assert!(matches!(used, CodeUse::Good(_)), "{used:?}");
}

#[test]
fn folder_and_file_are_for_one_user_and_hold_no_secret() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("deep/state");
    let store = open(&folder);
    let file = folder.join("store.redb");
    assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
    let (_, text) = store.new_code(any_code(), NOW).unwrap();
    submitted(&store, request("a.example", "192.0.2.1", "the-session-of-a-browser"));
    drop(store);
    let octets = fs::read(&file).unwrap();
    let holds = |text: &str| octets.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("$argon2id$v=19$m=19456,t=2,p=1$"), "the hash is there");
    let secret = text.split_once('-').unwrap().1;
    assert!(!holds(secret) && !holds(&secret.replace('-', "")));
    assert!(!holds("the-session-of-a-browser"));

    // As after a careless copy from a backup.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    open(&folder);
    assert_eq!(mode(&file), 0o600);
}

#[test]
fn a_code_is_taken_as_people_type_it() {
    let (_folder, store) = new_store();
    let (code, text) = store.new_code(any_code(), NOW).unwrap();
    assert_eq!(text.len(), 16);
    assert!(text.starts_with(&code.id));
    let plain = text.replace('-', "");
    let alike = plain.replace('0', "o").replace('1', "l");
    let forms = [
        text.to_string(),
        text.to_lowercase(),
        format!("  {} ", text.replace('-', " ")),
        text.replace('-', "\u{2013}"),
        plain,
        alike.to_uppercase().replace('L', "i"),
        alike,
    ];
    for typed in forms {
        let used = store.use_code(ip("192.0.2.1"), &typed, None, CODES, NOW).unwrap();
        assert!(matches!(used, CodeUse::Good(_)), "{typed}: {used:?}");
    }
    assert_eq!(store.code(&code.id.to_lowercase()).unwrap().used, 7);
}

#[test]
fn a_code_opens_what_it_names_for_as_long_as_it_says() {
    let (_folder, store) = new_store();
    let try_it = |text: &str, category, now| {
        store.use_code(ip("192.0.2.1"), text, category, CODES, now).unwrap()
    };
    let named = NewCode {
        categories: vec!["games".to_owned()],
        uses: Some(2),
        until: Some(NOW.plus(HOUR)),
        lasts: Some(HOUR * 2),
        ..any_code()
    };
    let (code, text) = store.new_code(named.clone(), NOW).unwrap();
    for category in [Some("social"), None] {
        assert_eq!(try_it(&text, category, NOW), CodeUse::NotForThis);
    }
    assert_eq!(store.code(&code.id).unwrap().uses_left, Some(2), "not used up by that");
    let CodeUse::Good(used) = try_it(&text, Some("games"), NOW) else { panic!() };
    assert_eq!((used.uses_left, used.used, used.lasts), (Some(1), 1, Some(HOUR * 2)));
    assert_eq!(try_it(&text, Some("games"), NOW.plus(HOUR)), CodeUse::Spent, "ended");
    assert!(matches!(try_it(&text, Some("games"), NOW), CodeUse::Good(_)));
    assert_eq!(try_it(&text, Some("games"), NOW), CodeUse::Spent, "used up");
    assert!(store.is_code_alive(&code.id, NOW.plus(DAY)), "grants by it hold");

    let (code, text) = store.new_code(any_code(), NOW).unwrap();
    assert!(matches!(try_it(&text, None, NOW), CodeUse::Good(_)));
    let revoked = store.revoke_code(&code.id.to_lowercase(), NOW).unwrap().unwrap();
    assert_eq!(revoked.revoked, Some(NOW));
    let again = store.revoke_code(&code.id, NOW.plus(HOUR)).unwrap().unwrap();
    assert_eq!(again.revoked, Some(NOW), "the first time counts");
    assert_eq!(try_it(&text, None, NOW), CodeUse::Spent);
    assert!(!store.is_code_alive(&code.id, NOW));
    assert!(!store.is_code_alive("ZZZZZ", NOW));
    assert_eq!(store.revoke_code("ZZZZZ", NOW).unwrap(), None);

    for wrong in [
        NewCode { uses: Some(0), ..any_code() },
        NewCode { until: Some(NOW), ..any_code() },
        NewCode { lasts: Some(Duration::ZERO), ..any_code() },
        NewCode { note: " \n".to_owned(), ..any_code() },
        NewCode { categories: vec![String::new()], ..any_code() },
    ] {
        let refused = store.new_code(wrong, NOW);
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    }
}

#[test]
fn a_thousand_wrong_codes_are_cheap() {
    let (_folder, store) = new_store();
    let (code, text) = store.new_code(any_code(), NOW).unwrap();
    let attacker = ip("2001:db8::1");
    let one = Instant::now();
    let first = store.use_code(attacker, "nothing like a code", None, CODES, NOW).unwrap();
    let one = one.elapsed();
    assert_eq!(first, CodeUse::Wrong { left: 2 });

    let begun = Instant::now();
    let mut wrong = 1;
    for number in 0..999 {
        // The right id, and another address of the same /64 each time.
        let client = ip(&format!("2001:db8::{number:x}"));
        let typed = format!("{}-{number:05}-00000", code.id);
        match store.use_code(client, &typed, None, CODES, NOW).unwrap() {
            CodeUse::Wrong { .. } => wrong += 1,
            CodeUse::Locked { until } => assert_eq!(until, NOW.plus(CODES.locked_for)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(wrong, 3);
    // Without the lock it would take a thousand times as long as one.
    assert!(begun.elapsed() < one * 100 + Duration::from_secs(1), "{:?}", begun.elapsed());

    let locked = store.use_code(attacker, &text, None, CODES, NOW).unwrap();
    assert!(matches!(locked, CodeUse::Locked { .. }), "a right one is not looked at");
    let other = store.use_code(ip("2001:db8:0:1::1"), &text, None, CODES, NOW).unwrap();
    assert!(matches!(other, CodeUse::Good(_)), "others are not locked");
    let later = NOW.plus(CODES.locked_for);
    let later = store.use_code(attacker, &text, None, CODES, later).unwrap();
    assert!(matches!(later, CodeUse::Good(_)), "{later:?}");
}

#[test]
fn wrong_codes_at_once_get_no_more_tries() {
    let (_folder, store) = new_store();
    let barrier = Barrier::new(12);
    let outcomes: Vec<_> = thread::scope(|threads| {
        let run = |_| {
            threads.spawn(|| {
                barrier.wait();
                store.use_code(ip("192.0.2.1"), "AAAA-00000-00000", None, CODES, NOW).unwrap()
            })
        };
        let running: Vec<_> = (0..12).map(run).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let wrong = outcomes.iter().filter(|one| matches!(one, CodeUse::Wrong { .. })).count();
    let locked = outcomes.iter().filter(|one| matches!(one, CodeUse::Locked { .. })).count();
    assert_eq!((wrong, locked), (3, 9), "{outcomes:?}");
}

#[test]
fn of_two_with_the_last_use_one_wins() {
    let (_folder, store) = new_store();
    for _ in 0..10 {
        let (code, text) = store.new_code(NewCode { uses: Some(1), ..any_code() }, NOW).unwrap();
        let barrier = Barrier::new(2);
        let enter = |client: &'static str| {
            barrier.wait();
            store.use_code(ip(client), &text, None, CODES, NOW).unwrap()
        };
        let both = thread::scope(|threads| {
            let other = threads.spawn(|| enter("192.0.2.2"));
            [enter("192.0.2.1"), other.join().unwrap()]
        });
        let good = both.iter().filter(|one| matches!(one, CodeUse::Good(_))).count();
        let spent = both.iter().filter(|one| matches!(one, CodeUse::Spent)).count();
        assert_eq!((good, spent), (1, 1), "{both:?}");
        let code = store.code(&code.id).unwrap();
        assert_eq!((code.uses_left, code.used), (Some(0), 1));
    }
}

#[test]
fn who_changes_address_within_a_network_gets_not_much_more() {
    let (_folder, store) = new_store();
    let limits = RequestLimits { per_client: 1, open: 1_000 };
    let send = |number: u32, client: &str| {
        let new = request(&format!("h{number}.example"), client, &format!("s{number}"));
        store.submit(new, limits, NOW).unwrap()
    };
    for number in 0..20 {
        let sent = send(number, &format!("2001:db8::1:{number:x}"));
        assert!(matches!(sent, Submitted::New(_)), "{number}: {sent:?}");
    }
    assert!(matches!(send(20, "2001:db8::2:1"), Submitted::TooMany));
    assert!(matches!(send(21, "2001:db8:0:1::1"), Submitted::New(_)), "another network");

    for number in 0..500 {
        let client = ip(&format!("2001:db8::{:x}", 1 + number % 7));
        assert_eq!(store.bump(client, 7, &format!("s{number}.example"), NOW).unwrap(), 1);
    }
    let more = |client: &str| store.bump(ip(client), 7, "more.example", NOW).unwrap();
    assert_eq!(more("2001:db8::9"), u32::MAX, "used up");
    assert_eq!(store.bump(ip("2001:db8::1"), 7, "s0.example", NOW).unwrap(), 2, "as before");
    assert_eq!(more("2001:db8:0:1::9"), 1);
}

#[test]
fn requests_for_a_host_are_one_and_everyone_is_counted() {
    let (_folder, store) = new_store();
    let first = submitted(&store, request("www.a.example", "192.0.2.1", "s1"));
    let other = submitted(&store, request("b.example", "192.0.2.1", "s1"));
    assert_ne!(first, other);
    for number in 2..=120 {
        let client = format!("192.0.2.{number}");
        let new = request("www.a.example", &client, &format!("s{number}"));
        assert!(matches!(store.submit(new, REQUESTS, NOW).unwrap(), Submitted::Joined(_)));
    }
    let again = NewRequest { reason: "Urgent.".into(), ..request("www.a.example", "::1", "s2") };
    submitted(&store, again);
    let found = store.request(&first.to_lowercase()).unwrap();
    assert_eq!((found.count, found.people.len()), (120, 100));
    assert_eq!(found.people[1].reason, "Urgent.", "a browser replaces what it said");
    assert_eq!(store.requests().len(), 2);
    // Once it is decided, the next one begins anew.
    store.deny(&first, Some("No."), NOW).unwrap();
    assert_ne!(submitted(&store, request("www.a.example", "192.0.2.1", "s1")), first);
}

#[test]
fn what_people_write_is_cleaned_and_cut() {
    let (_folder, store) = new_store();
    let new = NewRequest {
        reason: format!("\u{1b}[31m<b>\r\nred\u{202e}{}", "x".repeat(9_999)),
        contact: Some(" \u{7}\t ".to_owned()),
        event: "\u{9b}2J".to_owned(),
        ..request("a.example", "192.0.2.1", "s1")
    };
    let id = submitted(&store, new);
    let person = store.request(&id).unwrap().people.remove(0);
    assert!(person.reason.starts_with("[31m<b> redx"), "{}", person.reason);
    assert_eq!(person.reason.chars().count(), 500);
    assert_eq!((person.contact, person.event.as_str()), (None, "2J"));
    let Decision::Decided(denied) = store.deny(&id, Some(&"n\n".repeat(999)), NOW).unwrap() else {
        panic!("it can be denied");
    };
    let State::Denied { note: Some(note), .. } = denied.state else { panic!() };
    assert_eq!(note.chars().count(), 199, "the space before the 101st letter goes with it");
}

#[test]
fn nobody_fills_the_store_with_requests() {
    let (folder, store) = new_store();
    let limits = RequestLimits { per_client: 3, open: 5 };
    let send = |store: &Store, name: &str, client: &str, now| {
        store.submit(request(name, client, "s"), limits, now).unwrap()
    };
    for name in ["a.example", "b.example", "a.example"] {
        send(&store, name, "192.0.2.1", NOW);
    }
    let later = NOW.plus(DAY);
    assert_eq!(send(&store, "c.example", "192.0.2.1", NOW), Submitted::TooMany);
    assert_eq!(send(&store, "c.example", "::ffff:192.0.2.1", NOW), Submitted::TooMany);
    assert!(matches!(send(&store, "c.example", "192.0.2.1", later), Submitted::New(_)));
    for name in ["d.example", "e.example"] {
        assert!(matches!(send(&store, name, "192.0.2.2", NOW), Submitted::New(_)));
    }
    assert_eq!(send(&store, "f.example", "192.0.2.3", NOW), Submitted::Full);
    assert!(matches!(send(&store, "a.example", "192.0.2.3", NOW), Submitted::Joined(_)));
    drop(store);
    let store = open(folder.path());
    send(&store, "d.example", "192.0.2.2", NOW);
    assert_eq!(send(&store, "d.example", "192.0.2.2", NOW), Submitted::TooMany, "as before");
}

#[test]
fn an_approval_opens_the_site_for_those_it_means() {
    let (_folder, store) = new_store();
    let id = submitted(&store, request("www.a.example", "192.0.2.1", "s1"));
    submitted(&store, request("www.a.example", "2001:db8:0:ff01::1", "s2"));
    let decide = |who, span| match store.approve(&id, span, who, NOW).unwrap() {
        Decision::Decided(request) => request.state,
        other => panic!("{other:?}"),
    };
    let opens = |client: &str, name: &str, now| store.approval(ip(client), &host(name), now);
    assert_eq!(opens("192.0.2.1", "www.a.example", NOW), None);

    decide(WhoSpec::Client, HOUR);
    let end = NOW.plus(HOUR);
    for (client, name, now, wanted) in [
        ("192.0.2.1", "www.a.example", NOW, true),
        ("::ffff:192.0.2.1", "cdn.a.example", NOW, true),
        ("2001:db8:0:ff01::1", "a.example", NOW, true),
        ("192.0.2.2", "www.a.example", NOW, false),
        ("192.0.2.1", "nota.example", NOW, false),
        ("192.0.2.1", "example", NOW, false),
        ("192.0.2.1", "192.0.2.9", NOW, false),
        ("192.0.2.1", "a.example", end.minus(Duration::from_secs(1)), true),
        ("192.0.2.1", "a.example", end, false),
    ] {
        assert_eq!(opens(client, name, now).is_some(), wanted, "{client} {name}");
    }

    let state = decide(WhoSpec::Network { v4: 24, v6: 56 }, HOUR);
    let State::Approved { who: Who::Network(nets), .. } = state else { panic!("{state:?}") };
    let nets: Vec<_> = nets.iter().map(ToString::to_string).collect();
    assert_eq!(nets, ["192.0.2.0/24", "2001:db8:0:ff00::/56"]);
    assert!(opens("192.0.2.200", "a.example", NOW).is_some());
    assert!(opens("2001:db8:0:ffff::9", "a.example", NOW).is_some());
    assert_eq!(opens("192.0.3.1", "a.example", NOW), None);

    decide(WhoSpec::Everyone, HOUR * 9);
    assert_eq!(opens("203.0.113.1", "a.example", NOW).unwrap().until, NOW.plus(HOUR * 9));
    store.deny(&id, None, NOW).unwrap();
    assert_eq!(opens("192.0.2.1", "a.example", NOW), None, "denied after all");
    let refused = store.approve(&id, Duration::ZERO, WhoSpec::Client, NOW);
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    assert_eq!(store.deny("ZZZZZ", None, NOW).unwrap(), Decision::Unknown);
}

#[test]
fn an_approved_public_suffix_opens_nothing_below_it() {
    let (_folder, store) = new_store();
    let everyone = |name: &str| {
        let id = submitted(&store, request(name, "192.0.2.1", "s1"));
        store.approve(&id, HOUR, WhoSpec::Everyone, NOW).unwrap();
    };
    let opens = |name: &str| store.approval(ip("192.0.2.1"), &host(name), NOW).is_some();
    everyone("github.io");
    assert!(opens("github.io"));
    assert!(!opens("someone.github.io"));
    everyone("198.51.100.7");
    assert!(opens("198.51.100.7"));
    assert!(!opens("198.51.100.8"));
}

#[test]
fn a_danger_cannot_be_approved() {
    let (_folder, store) = new_store();
    let id = submitted(&store, request("bad.example", "192.0.2.1", "s1"));
    store.approve(&id, HOUR, WhoSpec::Everyone, NOW).unwrap();
    let danger = NewRequest { danger: true, ..request("evil.example", "192.0.2.1", "s1") };
    let id = submitted(&store, danger);
    let refused = store.approve(&id, HOUR, WhoSpec::Everyone, NOW).unwrap();
    assert!(matches!(refused, Decision::Danger(_)), "{refused:?}");
    assert_eq!(store.approval(ip("192.0.2.1"), &host("evil.example"), NOW), None);
    assert!(matches!(store.deny(&id, None, NOW).unwrap(), Decision::Decided(_)));
    assert!(matches!(store.approve(&id, HOUR, WhoSpec::Client, NOW), Ok(Decision::Danger(_))));
    // A list learns of the danger while the request is open.
    let id = submitted(&store, request("later.example", "192.0.2.1", "s1"));
    let danger = NewRequest { danger: true, ..request("later.example", "192.0.2.2", "s2") };
    submitted(&store, danger);
    assert!(matches!(store.approve(&id, HOUR, WhoSpec::Client, NOW), Ok(Decision::Danger(_))));
}

#[test]
fn a_browser_learns_what_became_of_its_newest_request() {
    let (_folder, store) = new_store();
    let at = host("a.example");
    assert_eq!(store.earlier("s1", &at), None);
    let old = submitted(&store, request("a.example", "192.0.2.1", "s1"));
    submitted(&store, request("b.example", "192.0.2.1", "s1"));
    store.deny(&old, Some("No."), NOW.plus(HOUR)).unwrap();
    let earlier = store.earlier("s1", &at).unwrap();
    let denied = State::Denied { at: NOW.plus(HOUR), note: Some("No.".to_owned()) };
    assert_eq!((earlier.at, earlier.state, earlier.request), (NOW, denied, old));
    let again = store.submit(request("a.example", "192.0.2.1", "s1"), REQUESTS, NOW.plus(DAY));
    assert!(matches!(again, Ok(Submitted::New(_))), "{again:?}");
    assert_eq!(store.earlier("s1", &at).unwrap().state, State::Open);
    assert_eq!(store.earlier("s2", &at), None);
}

#[test]
fn counts_are_of_one_client_rule_site_and_day() {
    let (_folder, store) = new_store();
    let one = ip("192.0.2.1");
    assert_eq!(store.bump(one, 7, "a.example", NOW).unwrap(), 1);
    assert_eq!(store.bump(one, 7, "a.example", NOW).unwrap(), 2);
    let count = |client, rule, site, now| store.count_today(client, rule, site, now);
    assert_eq!(count(ip("::ffff:192.0.2.1"), 7, "a.example", NOW), 2);
    assert_eq!(count(ip("192.0.2.2"), 7, "a.example", NOW), 0);
    assert_eq!(count(one, 8, "a.example", NOW), 0);
    assert_eq!(count(one, 7, "b.example", NOW), 0);
    assert_eq!(count(one, 7, "a.example", NOW.plus(DAY)), 0);
}

#[test]
fn what_is_long_over_is_forgotten_and_nothing_else() {
    let (folder, store) = new_store();
    let code = |new| store.new_code(new, NOW).unwrap().0.id;
    let endless = code(any_code());
    code(NewCode { until: Some(NOW.plus(DAY)), ..any_code() });
    let slow = code(NewCode { until: Some(NOW.plus(DAY)), lasts: Some(DAY * 5), ..any_code() });
    store.revoke_code(&code(any_code()), NOW).unwrap();
    let undecided = submitted(&store, request("a.example", "192.0.2.1", "s1"));
    let denied = submitted(&store, request("b.example", "192.0.2.1", "s1"));
    store.deny(&denied, None, NOW).unwrap();
    let approved = submitted(&store, request("c.example", "192.0.2.1", "s1"));
    store.approve(&approved, DAY * 10, WhoSpec::Everyone, NOW).unwrap();
    store.bump(ip("192.0.2.1"), 7, "a.example", NOW).unwrap();

    let pruned = |day: u32| {
        let at = NOW.plus(DAY * day + Duration::from_secs(1));
        let pruned = store.prune(at).unwrap();
        assert_eq!(store.prune(at).unwrap(), Default::default(), "once is enough");
        (pruned.codes, pruned.requests, pruned.counts)
    };
    assert_eq!(pruned(0), (0, 0, 0));
    assert_eq!(pruned(1), (0, 0, 1));
    assert_eq!(pruned(30), (1, 0, 0), "the revoked one");
    assert_eq!(pruned(31), (1, 0, 0), "the ended one");
    assert!(store.is_code_alive(&slow, NOW.plus(DAY * 31)));
    assert_eq!(pruned(90), (1, 1, 0), "the denied request");
    assert_eq!(pruned(100), (0, 1, 0), "the approved one");
    assert_eq!(store.request(&undecided).unwrap().state, State::Open);
    assert_eq!(pruned(180), (0, 1, 0));
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.codes().iter().map(|code| &code.id).collect::<Vec<_>>(), [&endless]);
    assert_eq!(store.requests(), []);
}

#[test]
fn one_process_has_the_file() {
    let (folder, store) = new_store();
    let refused = Store::open(folder.path(), NOW).map(|_| ()).unwrap_err();
    assert!(matches!(refused, StoreError::Busy { .. }), "{refused}");
    let said = refused.to_string();
    assert!(said.contains("store.redb") && said.contains("the server that runs"), "{said}");
    drop(store.clone());
    assert!(Store::open(folder.path(), NOW).is_err(), "a clone is not the store");
    drop(store);
    open(folder.path());
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let above = tempfile::tempdir().unwrap();
    let file = above.path().join("file");
    fs::write(&file, "").unwrap();
    for (folder, words) in [
        (file.clone(), "cannot use"),
        (file.join("below"), "cannot use"),
        ("/proc/nothing/here".into(), "cannot use"),
    ] {
        let refused = Store::open(&folder, NOW).map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains(words) && refused.contains(folder.to_str().unwrap()), "{refused}");
    }
    // Something that is no file stands in its place: nothing is moved.
    let folder = above.path().join("state");
    fs::create_dir_all(folder.join("store.redb")).unwrap();
    let refused = Store::open(&folder, NOW).map(|_| ()).unwrap_err();
    assert!(matches!(refused, StoreError::Open { .. }), "{refused}");
}

/// A store with something in every table, as octets of its file.
fn filled() -> Vec<u8> {
    let (folder, store) = new_store();
    store.new_code(any_code(), NOW).unwrap();
    for number in 0..50 {
        let name = format!("h{number}.example");
        submitted(&store, request(&name, "192.0.2.1", "s1"));
        store.bump(ip("192.0.2.1"), number, &name, NOW).unwrap();
    }
    drop(store);
    fs::read(folder.path().join("store.redb")).unwrap()
}

/// Opens a folder whose file holds these octets: without a panic, and so that it can be written
/// afterwards. Tells whether the file was moved aside.
fn survives(octets: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.redb");
    fs::write(&file, octets).unwrap();
    let (store, moved) = Store::open(folder.path(), NOW).unwrap();
    if let Some(moved) = &moved {
        assert_eq!(fs::read(&moved.to).unwrap().len(), octets.len());
        let to = moved.to.file_name().unwrap().to_str().unwrap();
        assert_eq!(to, format!("store.redb.broken-{}", NOW.unix()));
        let said = moved.to_string();
        assert!(said.contains(to) && said.contains("backup"), "{said}");
        assert_eq!((store.codes(), store.requests()), (vec![], vec![]));
    } else {
        assert_eq!((store.codes().len(), store.requests().len()), (1, 50));
    }
    store.bump(ip("192.0.2.1"), 1, "a.example", NOW).unwrap();
    drop(store);
    let store = open(folder.path());
    assert!(store.count_today(ip("192.0.2.1"), 1, "a.example", NOW) > 0);
    moved.is_some()
}

#[test]
fn what_is_no_store_is_moved_aside() {
    let whole = filled();
    assert!(!survives(&whole), "the whole file is fine");
    let schema = {
        // The number of the schema, altered: the checksums tell.
        let mut octets = whole.clone();
        let at = octets.windows(6).position(|part| part == b"schema").unwrap();
        octets[at + 6] ^= 2;
        octets
    };
    for octets in [
        b"".to_vec(),
        b"# just a text file\n".to_vec(),
        vec![0; whole.len()],
        vec![0; 1 << 20],
        whole[..9].to_vec(),
        whole[..4096].to_vec(),
        whole[..whole.len() / 2].to_vec(),
        whole[..whole.len() - 4096].to_vec(),
        [&whole[..4096], &vec![0; whole.len() - 4096]].concat(),
        [&vec![0; 4096], &whole[4096..]].concat(),
        schema,
    ] {
        assert!(survives(&octets), "{} octets", octets.len());
    }
}

#[test]
fn a_broken_file_never_goes_over_another() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3 {
        fs::write(folder.path().join("store.redb"), format!("text {round}")).unwrap();
        let (_, moved) = Store::open(folder.path(), NOW).unwrap();
        let moved = moved.unwrap();
        assert_eq!(fs::read_to_string(moved.to).unwrap(), format!("text {round}"));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn a_later_schema_is_moved_aside_whole() {
    const META: redb::TableDefinition<&str, u64> = redb::TableDefinition::new("meta");
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let database = redb::Database::open(folder.path().join("store.redb")).unwrap();
    let change = database.begin_write().unwrap();
    change.open_table(META).unwrap().insert("schema", 2).unwrap();
    change.commit().unwrap();
    drop(database);
    let (_, moved) = Store::open(folder.path(), NOW).unwrap();
    assert!(moved.unwrap().why.contains("schema has version 2"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_makes_it_panic(
        cut in 0.0..1.2f64,
        flips in prop::collection::vec((0.0..1.0f64, 0..8u32), 0..6),
    ) {
        static WHOLE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(filled);
        let place = |share: f64, length: usize| (share * length as f64) as usize;
        let mut octets = WHOLE.clone();
        octets.truncate(place(cut, WHOLE.len()));
        for (at, bit) in flips {
            let at = place(at, octets.len());
            if let Some(octet) = octets.get_mut(at) {
                *octet ^= 1 << bit;
            }
        }
        survives(&octets);
    }
}

/// Where the writer that is to be killed writes; without it the test is the one who kills.
const HAMMER: &str = "BLOCKHOUSE_TEST_HAMMER";

/// Writes until it is killed, and says on stdout what was acknowledged.
fn hammer(folder: &Path) {
    let store = open(folder);
    let mut out = std::io::stdout();
    let mut say = |line: String| writeln!(out, "ack {line}").and_then(|()| out.flush()).unwrap();
    for number in u64::from(std::process::id()) << 32.. {
        let name = format!("h{number}.example");
        let new = NewRequest { reason: "r".repeat(500), ..request(&name, "192.0.2.1", "s1") };
        let limits = RequestLimits { per_client: u32::MAX, open: u32::MAX };
        let Submitted::New(sent) = store.submit(new, limits, NOW).unwrap() else { panic!() };
        say(format!("sent {}", sent.id));
        match number % 4 {
            0 => {
                store.approve(&sent.id, HOUR, WhoSpec::Everyone, NOW).unwrap();
                say(format!("approved {}", sent.id));
            }
            1 => {
                store.deny(&sent.id, Some("No."), NOW).unwrap();
                say(format!("denied {}", sent.id));
            }
            2 => {
                let times = store.bump(ip("192.0.2.1"), 7, "a.example", NOW).unwrap();
                say(format!("counted {times}"));
            }
            _ if number % 32 == 3 => {
                let (code, _) = store.new_code(any_code(), NOW).unwrap();
                say(format!("code {}", code.id));
                store.revoke_code(&code.id, NOW).unwrap();
                say(format!("revoked {}", code.id));
            }
            _ => {}
        }
    }
}

/// Everything that was acknowledged is there, whatever else is.
fn check_acknowledged(store: &Store, lines: &[String]) {
    let count = store.count_today(ip("192.0.2.1"), 7, "a.example", NOW);
    for line in lines {
        let (what, id) = line.split_once(' ').unwrap();
        let request = || store.request(id).map(|request| request.state);
        let there = match what {
            "sent" => request().is_some(),
            "approved" => matches!(request(), Some(State::Approved { .. })),
            "denied" => matches!(request(), Some(State::Denied { .. })),
            "counted" => count >= id.parse().unwrap(),
            "code" => store.code(id).is_some(),
            "revoked" => store.code(id).is_some_and(|code| code.revoked.is_some()),
            _ => panic!("{line}"),
        };
        assert!(there, "`{line}` is lost");
    }
}

#[test]
fn kill_9_loses_nothing_that_was_acknowledged() {
    if let Some(folder) = std::env::var_os(HAMMER) {
        return hammer(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut lines: Vec<String> = Vec::new();
    let mut kills = 0;
    while kills < 60 || lines.len() < 1_000 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::kill_9_loses_nothing_that_was_acknowledged", "--nocapture"])
            .env(HAMMER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let seed = u64::from_le_bytes(blockhouse::random::octets().unwrap());
        // Some are killed while they open the file, the others after some writes; all at a random
        // moment after that, which is most often within a write.
        let (wanted, grace) = match kills % 4 {
            0 => (0, Duration::from_micros(seed % 40_000)),
            _ => (seed % 60, Duration::from_micros((seed >> 8) % 8_000)),
        };
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = |line: String| {
            let line = line.split_once("ack ").map(|(_, line)| line.to_owned());
            line.into_iter().for_each(|line| lines.push(line));
            lines.len()
        };
        let before = acknowledged(String::new());
        let goal = before + usize::try_from(wanted).unwrap();
        while acknowledged(String::new()) < goal {
            acknowledged(output.next().expect("the writer writes").unwrap());
        }
        let end = Instant::now() + grace;
        while Instant::now() < end {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        // What it said before it died counts as well; a line that was cut off does not.
        output.map_while(Result::ok).for_each(|line| {
            acknowledged(line);
        });
        let status = child.wait().unwrap();
        use std::os::unix::process::ExitStatusExt as _;
        assert_eq!(status.signal(), Some(9), "{status}");
        kills += 1;
        check_acknowledged(&open(folder.path()), &lines);
    }
    assert!(!folder.path().join("store.redb.new").exists());
    let _ = File::open(folder.path().join("store.redb")).unwrap();
}

/// A configuration whose store is in the folder `state` beside it.
const CONFIG: &str = r#"
[store]
directory = "state"
[categories.malware]
class = "security"
hosts = ["bad.example"]
[categories.games]
class = "content"
hosts = ["games.example"]
[categories.social]
class = "content"
hosts = ["social.example"]
[policies.default]
default_action = "block"
"#;

/// Runs `blockhouse` on [`CONFIG`] in this folder.
fn blockhouse(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
    fs::write(folder.join("blockhouse.toml"), CONFIG).unwrap();
    command.current_dir(folder).env_remove("BLOCKHOUSE_LOG").stdin(Stdio::null());
    Ran::from(command.args(["--config", "blockhouse.toml"]).args(arguments).output().unwrap())
}

/// A server of commands on a store, with what it was told.
struct Serving {
    told: mpsc::Receiver<Decided>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

fn serve(folder: &Path, store: Store) -> Serving {
    let (tell, told) = mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let server = Server::bind(folder).unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let thread = thread::Builder::new().spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                () = server.run(store, move |news| tell.send(news).unwrap()) => panic!("it ended"),
                _ = stopped => {}
            }
        });
    });
    Serving { told, stop: Some(stop), thread: Some(thread.unwrap()) }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(thread::JoinHandle::join);
        assert!(thread::panicking() || matches!(ended, Some(Ok(()))));
    }
}

#[test]
fn codes_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| blockhouse(folder.path(), arguments);
    let none = run(&["codes", "list"]);
    assert!(none.stderr.contains("There are no bypass codes"), "{none:?}");
    assert_eq!(none.ok(), "");
    assert!(!folder.path().join("state").exists(), "asking makes nothing");

    let options = ["--category", "games", "--uses", "2", "--until", "2999-12-31", "--lasts", "2h"];
    let made = run(&[&["codes", "new", "--note", "Class 9b"], &options[..]].concat());
    for words in [
        "opens games.",
        "2 times, until 3000-01-01T00:00:00Z",
        "for 2h",
        "again",
        "no policy or rule has `codes = true`, so that no page asks for a code",
    ] {
        assert!(made.stderr.contains(words), "{words}: {made:?}");
    }
    let text = made.ok();
    let text = text.trim();
    let store = open(&folder.path().join("state"));
    let used = store.use_code(ip("192.0.2.1"), text, Some("games"), CODES, NOW).unwrap();
    assert!(matches!(used, CodeUse::Good(_)), "{used:?}");
    drop(store);
    let forever = run(&["codes", "new", "--note", "Staff"]);
    assert!(forever.stderr.contains("every category but those of class `security`"), "{forever:?}");
    let staff = forever.ok();

    let list = run(&["codes", "list"]).ok();
    let row = list.lines().find(|line| line.contains("Class 9b")).unwrap();
    let cells: Vec<_> = row.split_whitespace().collect();
    let id = &text[..4];
    assert_eq!(cells[..6], [id, "usable", "1", "1", "3000-01-01T00:00:00Z", "games"]);
    let columns = |line: &str| line.find("NOTE").or(line.find("Class 9b"));
    assert_eq!(columns(list.lines().next().unwrap()), columns(row), "aligned");
    assert!(!list.contains(&text[5..]) && !list.contains("argon2"), "{list}");
    let json = run(&["codes", "list", "--json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let found = json.as_array().unwrap().iter().find(|code| code["id"] == id).unwrap();
    assert_eq!(found["lasts_seconds"], 7200);
    assert_eq!(found["until"], "3000-01-01T00:00:00Z");
    assert!(!json.to_string().contains("argon2"));

    assert!(run(&["codes", "revoke", &id.to_lowercase()]).ok().contains("Class 9b) is revoked"));
    assert!(run(&["codes", "revoke", id]).ok().contains("was revoked already"));
    run(&["codes", "revoke", "no such id"]).refused(1, "no code with the id `no such id`");
    assert!(run(&["codes", "list"]).ok().contains("revoked"));
    let store = open(&folder.path().join("state"));
    assert!(!store.is_code_alive(id, NOW) && store.is_code_alive(&staff[..4], NOW));
}

#[test]
fn a_code_that_some_page_asks_for_is_made_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "[[policies.default.rules]]\naction = \"block\"\ncategories = [\"games\"]\n\
                codes = true\n";
    for config in [format!("{CONFIG}codes = true\n"), format!("{CONFIG}{rule}")] {
        fs::write(folder.path().join("asked.toml"), config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        command.current_dir(folder.path()).env_remove("BLOCKHOUSE_LOG");
        command.args(["--config", "asked.toml", "codes", "new", "--note", "x"]);
        let made = Ran::from(command.output().unwrap());
        assert!(!made.stderr.contains("no page asks for a code"), "{made:?}");
        made.ok();
    }
}

#[test]
fn codes_that_make_no_sense_are_usage_errors() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (&["--category", "gams"][..], "no category `gams` in blockhouse.toml; it has `games`, `so"),
        (&["--category", "games", "--category", "malware"], "class `security`"),
        (&["--uses", "0"], "--uses"),
        (&["--until", "2020-01-01"], "past already"),
        (&["--until", "soon"], "write a day such as"),
        (&["--for", "7"], "`7` is not a duration; write whole numbers with units"),
        (&["--for", "0s"], "from `1m`"),
        (&["--for", "1d", "--until", "2999-01-01"], "cannot be used with"),
        (&["--lasts", "31d"], "from `1m` to `30d`"),
        (&["--note", " "], "--note"),
    ] {
        let note = if arguments[0] == "--note" { &[][..] } else { &["--note", "x"] };
        let all = [&["codes", "new"], note, arguments].concat();
        blockhouse(folder.path(), &all).refused(2, words);
    }
    blockhouse(folder.path(), &["codes", "new"]).refused(2, "--note");
    blockhouse(folder.path(), &["requests", "approve", "X"]).refused(2, "--for");
    let both = ["requests", "approve", "X", "--for", "1h", "--client", "--everyone"];
    blockhouse(folder.path(), &both).refused(2, "cannot be used with");
    assert!(!folder.path().join("state").exists());
}

#[test]
fn requests_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| blockhouse(folder.path(), arguments);
    let state = folder.path().join("state");
    assert!(run(&["requests", "list"]).stderr.contains("No request is open"));
    assert!(!state.exists());
    let store = open(&state);
    let reason = format!("\u{1b}]0;title\u{7}\u{202e}Because {}", "x".repeat(200));
    let new = NewRequest { reason, ..request("www.games.example", "192.0.2.1", "s1") };
    let id = submitted(&store, new);
    submitted(&store, request("www.games.example", "192.0.2.2", "s2"));
    let danger = NewRequest { danger: true, ..request("bad.example", "192.0.2.1", "s1") };
    let bad = submitted(&store, danger);
    drop(store);

    let list = run(&["requests", "list"]).ok();
    assert_eq!(list.lines().count(), 3, "{list}");
    let row = list.lines().find(|line| line.starts_with(&id)).unwrap();
    for words in ["open", " 2 ", "2027-01-15T08:00:00Z", "www.games.example", "Because", "\u{2026}"]
    {
        assert!(row.contains(words), "{words}: {row}");
    }
    assert!(list.contains("open (danger)"), "{list}");
    let shown = run(&["requests", "show", &id.to_lowercase()]).ok();
    for words in ["www.games.example", "games.example and everything below", "192.0.2.2", "7K3MQ"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    for text in [&list, &shown] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
    }
    let json = run(&["requests", "show", &id, "--json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["count"], &json["state"]["is"]), (&2.into(), &"open".into()));
    assert!(json.get("sessions").is_none());

    run(&["requests", "approve", &bad, "--for", "8h"]).refused(1, "[exceptions]");
    run(&["requests", "approve", "nope", "--for", "8h"]).refused(1, "no request with the id");
    let approved = run(&["requests", "approve", &id, "--for", "8h"]).ok();
    assert!(approved.contains("192.0.2.1, 192.0.2.2"), "{approved}");
    let network = run(&["requests", "approve", &id, "--for", "8h", "--network"]).ok();
    assert!(network.contains("for 192.0.2.0/24"), "{network}");
    let everyone = run(&["requests", "approve", &id, "--for", "8h", "--everyone"]).ok();
    assert!(everyone.contains("for everyone"), "{everyone}");
    assert!(!run(&["requests", "list"]).ok().contains(&id));
    assert!(run(&["requests", "list", "--all"]).ok().contains("approved"));
    run(&["requests", "deny", &id, "--note", "After\nschool."]).ok();
    assert!(run(&["requests", "show", &id]).ok().contains("note       After school."));
}

#[test]
fn commands_at_once_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("blockhouse.toml"), CONFIG).unwrap();
    let running: Vec<_> = (0..8)
        .map(|number| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
            command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.args(["--config", "blockhouse.toml", "codes", "new", "--note"]);
            command.arg(format!("number {number}")).spawn().unwrap()
        })
        .collect();
    for child in running {
        Ran::from(child.wait_with_output().unwrap()).ok();
    }
    assert_eq!(open(&folder.path().join("state")).codes().len(), 8);
}

#[test]
fn a_running_server_carries_commands_out_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let store = open(&state);
    let id = submitted(&store, request("games.example", "192.0.2.1", "s1"));
    let serving = serve(&state, store.clone());
    assert_eq!(mode(&state.join("control.sock")), 0o600);
    let run = |arguments: &[&str]| blockhouse(folder.path(), arguments).ok();
    let text = run(&["codes", "new", "--note", "x"]);
    let news = serving.told.recv().unwrap();
    assert!(matches!(&news, Decided::NewCode(code) if text.starts_with(&code.id)), "{news:?}");
    let used = store.use_code(ip("192.0.2.1"), &text, None, CODES, NOW).unwrap();
    assert!(matches!(used, CodeUse::Good(_)), "{used:?}");
    run(&["requests", "approve", &id, "--for", "1h"]);
    assert!(matches!(serving.told.recv().unwrap(), Decided::Approved(request) if request.id == id));
    let now = blockhouse::clock::now();
    assert!(store.approval(ip("192.0.2.1"), &host("games.example"), now).is_some());
    run(&["requests", "deny", &id]);
    assert!(matches!(serving.told.recv().unwrap(), Decided::Denied(request) if request.id == id));
    for _ in 0..2 {
        run(&["codes", "revoke", &text[..4]]);
    }
    run(&["codes", "list"]);
    assert!(matches!(serving.told.recv().unwrap(), Decided::RevokedCode(_)));
    assert!(serving.told.try_recv().is_err(), "nothing is told twice, and lists are no news");
    drop(serving);
    assert!(!state.join("control.sock").exists());
    // The store is still open here, and nobody answers.
    blockhouse(folder.path(), &["codes", "list"]).refused(1, "is in use by another process");
}

#[test]
fn a_dead_servers_socket_is_replaced_and_a_live_ones_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "the file of a dead server stays");
    let store = open(folder.path());
    let serving = serve(folder.path(), store);
    let refused = Server::bind(folder.path()).unwrap_err();
    assert!(matches!(refused, BindError::Running { .. }), "{refused}");
    let reply = control::call(folder.path(), &control::Command::Codes).unwrap();
    assert_eq!(reply, Reply::Codes(vec![]));
    drop(serving);

    fs::write(&path, "a file").unwrap();
    let refused = Server::bind(folder.path()).unwrap_err();
    assert!(matches!(refused, BindError::InTheWay { .. }), "{refused}");
    let long = folder.path().join("x".repeat(100));
    fs::create_dir(&long).unwrap();
    let refused = Server::bind(&long).unwrap_err();
    assert!(refused.to_string().contains("too long for a socket"), "{refused}");
    // Nobody can serve there, so a command has the store to itself.
    let reply = control::call(&long, &control::Command::Codes).unwrap();
    assert_eq!(reply, Reply::Codes(vec![]));
    let absent = control::call(&folder.path().join("none"), &control::Command::Codes).unwrap();
    assert_eq!(absent, Reply::Codes(vec![]));
}

#[test]
fn bad_clients_of_the_socket_hurt_nobody() {
    use std::io::Read as _;
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let _serving = serve(folder.path(), store);
    let path = folder.path().join("control.sock");
    let connect = || std::os::unix::net::UnixStream::connect(&path).unwrap();
    let answer = |octets: &[u8]| {
        let mut stream = connect();
        // It may stop reading before the end.
        let _ = stream.write_all(octets);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        text
    };
    for octets in [
        &b"\n"[..],
        b"{}\n",
        b"\xff\xfe\n",
        b"\"unknown\"\n",
        b"{\"revoke_code\":{}}\n",
        "[".repeat(60_000).as_bytes(),
    ] {
        let text = answer(octets);
        assert!(text.contains("failed") && text.contains("does not understand"), "{text}");
    }
    assert_eq!(answer(b""), "");
    assert_eq!(answer(b"\"codes\""), "{\"codes\":[]}\n", "the end of line may be missing");
    answer(&vec![b'x'; 10 << 20]);
    let silent: Vec<_> = (0..15).map(|_| connect()).collect();
    let begun = Instant::now();
    let ask = || control::call(folder.path(), &control::Command::Codes).unwrap();
    assert_eq!(ask(), Reply::Codes(vec![]));
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    // Now every place is taken by somebody who says nothing, until each one's time is over.
    let more: Vec<_> = (0..2).map(|_| connect()).collect();
    assert_eq!(ask(), Reply::Codes(vec![]));
    drop((silent, more));
    let long = control::Command::Deny { id: "x".repeat(70_000), note: None };
    let refused = control::call(folder.path(), &long).unwrap_err().to_string();
    assert!(refused.contains("65536 are allowed"), "{refused}");
}

#[test]
fn a_damaged_file_is_moved_aside_by_a_command_too() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    fs::write(state.join("store.redb"), "no store").unwrap();
    let ran = blockhouse(folder.path(), &["codes", "new", "--note", "x"]);
    assert!(ran.stderr.contains("store.redb.broken-"), "{ran:?}");
    ran.ok();
    assert_eq!(open(&state).codes().len(), 1);
}

/// Where the writer of the next test writes; without it the test is the one who watches.
const CRAMPED: &str = "BLOCKHOUSE_TEST_CRAMPED";

/// Writes until there is no room, waits for a word, and goes on.
fn write_without_room(folder: &Path) {
    let store = open(folder);
    let limits = RequestLimits { per_client: u32::MAX, open: u32::MAX };
    let mut sent = Vec::new();
    let failed = loop {
        let name = format!("h{}.example", sent.len());
        let new = NewRequest { reason: "r".repeat(500), ..request(&name, "192.0.2.1", "s1") };
        match store.submit(new, limits, NOW) {
            Ok(Submitted::New(request)) => sent.push(request.id),
            other => break other.map(|_| ()).unwrap_err(),
        }
    };
    assert!(matches!(failed, StoreError::Write { .. }), "{failed}");
    assert!(failed.to_string().contains("is the disk full?"), "{failed}");
    let again = store.bump(ip("192.0.2.1"), 7, "a.example", NOW);
    let mut out = std::io::stdout();
    writeln!(out, "ack full after {}, then {}", sent.len(), again.is_ok()).unwrap();
    std::io::stdin().read_line(&mut String::new()).unwrap();
    for number in 1..=20 {
        let name = format!("later{number}.example");
        sent.push(submitted(&store, request(&name, "192.0.2.2", "s1")));
    }
    let all = store.requests().len();
    drop(store);
    let store = open(folder);
    assert!(sent.iter().all(|id| store.request(id).is_some()), "nothing acknowledged is lost");
    assert_eq!(store.requests().len(), all, "memory and disk say the same");
    writeln!(out, "ack {} in all", sent.len()).unwrap();
}

#[test]
fn a_disk_that_was_full_needs_no_restart() {
    if let Some(folder) = std::env::var_os(CRAMPED) {
        return write_without_room(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    // A bound on the size of files does what a full disk does, and can be lifted.
    let script = "trap '' XFSZ; ulimit -S -f 500; exec \"$0\" --exact \
                  store::a_disk_that_was_full_needs_no_restart --nocapture";
    let mut child = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env(CRAMPED, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || output.by_ref().map_while(Result::ok).find(|line| line.contains("ack "));
    let full = next().expect("the disk was full at some time");
    let lifted = Command::new("prlimit")
        .args(["--fsize=unlimited", "--pid", &child.id().to_string()])
        .status()
        .expect("prlimit starts; Debian package util-linux");
    assert!(lifted.success());
    child.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    assert!(next().is_some(), "it could write again after `{full}`");
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_full_disk_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let store = open(&state);
    for number in 0..200 {
        submitted(
            &store,
            request(&format!("h{number}.example"), &format!("192.0.2.{number}"), "s"),
        );
    }
    drop(store);
    fs::write(folder.path().join("blockhouse.toml"), CONFIG).unwrap();
    let script =
        "trap '' XFSZ; ulimit -f 8; exec \"$0\" --config blockhouse.toml codes new --note x";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_blockhouse")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    Ran::from(output).refused(1, "store.redb");
    assert_eq!(fs::read_dir(&state).unwrap().count(), 1, "nothing was moved");
    assert_eq!(open(&state).requests().len(), 200);
}
