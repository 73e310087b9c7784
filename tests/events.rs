//! The lines that the outcomes leave.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use blockhouse::clock::Time;
use serde_json::Value;

use crate::support::curl::{Way, curl};
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};

/// A configuration whose events go to a file, with more about it.
fn to_file(path: &str, more: &str) -> String {
    let text = CONFIG.replace("[listen]", "[listen]\nmonitor = [\"127.0.0.1:0\"]");
    format!("{text}\n[events]\nfile = \"{path}\"\n{more}\n")
}

fn visit(server: &Blockhouse, times: usize) {
    for _ in 0..times {
        curl(server, Way::H1, "blocked.test", "/pixel.png", &[]);
    }
}

fn hang_up(server: &Blockhouse) {
    let pid = server.pid().to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
}

fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < until, "{what}");
        std::thread::yield_now();
    }
}

/// How many events of this name are in a file of whole lines.
fn count(path: &Path, name: &str) -> usize {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let event = |line| serde_json::from_str::<Value>(line).expect("whole lines only");
    text.lines().map(event).filter(|event| event["event"] == name).count()
}

#[test]
fn a_line_says_what_came_of_it_and_no_more() {
    const FIELDS: [&str; 19] = [
        "time",
        "id",
        "event",
        "client",
        "host",
        "location",
        "action",
        "category",
        "policy",
        "request",
        "status",
        "http",
        "tls",
        "leaf",
        "alert",
        "ja4",
        "diagnosis",
        "detail",
        "duration_us",
    ];
    let server = Blockhouse::new();
    curl(&server, Way::H2, "blocked.test", "/pixel.png?a=b", &[]);
    let event = server.event_named("stub");
    for (field, wanted) in [
        ("host", "blocked.test"),
        ("client", "127.0.0.1"),
        ("action", "block"),
        ("category", "gambling"),
        ("policy", "default"),
        ("location", "Loopback"),
        ("request", "image"),
        ("http", "HTTP/2.0"),
        ("tls", "TLSv1_3"),
        ("leaf", "minted"),
    ] {
        assert_eq!(event[field], wanted, "{field} of {event}");
    }
    assert_eq!(event["status"], 200);
    for field in event.as_object().unwrap().keys() {
        assert!(FIELDS.contains(&field.as_str()), "{field} is not in the guide");
    }
    let id = event["id"].as_str().unwrap();
    assert!(id.len() == 11 && id.as_bytes()[5] == b'-', "{id}");
}

#[test]
fn a_file_rotates_and_keeps_what_it_says() {
    let events = "[events]\nfile = \"events.jsonl\"\nrotate_size = \"4KiB\"\nkeep = 2\n";
    let server = Blockhouse::with(&format!("{CONFIG}\n{events}"));
    for _ in 0..45 {
        curl(&server, Way::H1, "blocked.test", "/pixel.png", &[]);
    }
    let folder = std::sync::Arc::clone(&server.folder);
    assert!(server.stop().is_empty(), "nothing goes to standard output");
    let read = |name: &str| fs::read_to_string(folder.path().join(name));
    for name in ["events.jsonl", "events.jsonl.1", "events.jsonl.2"] {
        let text = read(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!text.is_empty() && text.len() <= 4096, "{name} has {} octets", text.len());
        for line in text.lines() {
            let event: Value = serde_json::from_str(line).expect("whole lines only");
            assert_eq!(event["event"], "stub");
        }
    }
    assert!(read("events.jsonl.3").is_err(), "no more than two full files are kept");
}

#[test]
fn events_that_a_full_disk_does_not_take_are_counted() {
    let server = Blockhouse::with(&to_file("/dev/full", ""));
    visit(&server, 5);
    let dropped = || server.metric("blockhouse_events_dropped_total");
    wait_for("all five are counted", || dropped() >= 5);
    server.hear("events could not be written and are lost");
    visit(&server, 3);
    wait_for("all eight are counted", || dropped() >= 8);
    assert_eq!(
        server.said().matches("could not be written and are lost").count(),
        1,
        "{}",
        server.said()
    );
    server.stop();
}

#[test]
fn a_file_that_cannot_be_set_aside_goes_on() {
    let folder = folder_with_root(&[]);
    let at = folder.path();
    fs::create_dir_all(at.join("events.jsonl.1/in the way")).unwrap();
    let text = to_file("events.jsonl", "rotate_size = \"4KiB\"\nkeep = 1");
    let server = Blockhouse::start(Arc::clone(&folder), &text, &[]);
    visit(&server, 25);
    server.hear("events.jsonl cannot be set aside; events go on into the same file");
    assert_eq!(server.said().matches("cannot be set aside").count(), 1, "{}", server.said());
    server.stop();
    assert_eq!(count(&at.join("events.jsonl"), "stub"), 25);
}

#[test]
fn events_are_kept_for_as_long_as_it_says() {
    const DAY: u64 = 86_400;
    let folder = folder_with_root(&[]);
    let file = |name: &str| folder.path().join(name);
    let ago = |days: u64| SystemTime::now() - Duration::from_secs(days * DAY);
    let age = |name: &str, days: u64| {
        fs::File::options().append(true).open(file(name)).unwrap().set_modified(ago(days)).unwrap();
    };
    let line = |days: u64| {
        let second = ago(days).duration_since(UNIX_EPOCH).unwrap().as_secs();
        let time = Time::from_unix(i64::try_from(second).unwrap()).rfc3339();
        format!("{{\"time\":\"{time}\",\"event\":\"of_day_{days}\"}}\n")
    };
    fs::write(file("events.jsonl.1"), line(60)).unwrap();
    age("events.jsonl.1", 25);
    fs::write(file("events.jsonl"), line(40) + &line(1)).unwrap();
    age("events.jsonl", 1);
    // So a file holds ten days, and is deleted twenty days after its last event.
    let text = to_file("events.jsonl", "keep = 2\nkeep_for = \"30d\"");
    let server = Blockhouse::start(Arc::clone(&folder), &text, &[]);
    assert_eq!(count(&file("events.jsonl.1"), "of_day_1"), 1, "its first event was too old");
    assert!(!file("events.jsonl.2").exists(), "its last event was too old");
    assert!(server.said().contains("events.jsonl.2 held old events and was deleted"));
    visit(&server, 1);
    age("events.jsonl.1", 19);
    hang_up(&server);
    wait_for("the signal is heard", || count(&file("events.jsonl"), "configuration_loaded") == 1);
    assert!(file("events.jsonl.1").exists(), "it is not so old yet");
    age("events.jsonl.1", 21);
    hang_up(&server);
    server.hear("events.jsonl.1 held old events and was deleted");
    assert!(!file("events.jsonl.1").exists());
    server.stop();
    assert_eq!(count(&file("events.jsonl"), "stub"), 1);
}

#[test]
fn a_file_that_was_moved_away_is_opened_anew_at_a_signal() {
    let server = Blockhouse::with(&to_file("events.jsonl", ""));
    let folder = Arc::clone(&server.folder);
    let (file, moved) = (folder.path().join("events.jsonl"), folder.path().join("moved"));
    visit(&server, 3);
    wait_for("three are written", || count(&file, "stub") == 3);
    fs::rename(&file, &moved).unwrap();
    hang_up(&server);
    wait_for("the file is there anew", || file.exists());
    visit(&server, 2);
    server.stop();
    assert_eq!((count(&moved, "stub"), count(&file, "stub")), (3, 2));
}

#[test]
fn half_a_line_of_a_crash_stays_by_itself() {
    let folder = folder_with_root(&[]);
    let path = folder.path().join("events.jsonl");
    fs::write(&path, "{\"event\":\"stub\"}\n{\"event\":\"st").unwrap();
    let server = Blockhouse::start(Arc::clone(&folder), &to_file("events.jsonl", ""), &[]);
    visit(&server, 1);
    server.stop();
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = text.lines().map(serde_json::from_str::<Value>).collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].is_ok() && lines[1].is_err() && lines[2].is_ok(), "{text}");
}
