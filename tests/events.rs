//! The lines that the outcomes leave.

use std::fs;

use serde_json::Value;

use crate::support::curl::{Way, curl};
use crate::support::server::{Blockhouse, CONFIG};

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
