//! Metrics, read by a parser that we did not write, and health.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::support::ca::{blockhouse_ca, tool};
use crate::support::curl::{Way, curl};
use crate::support::server::{Blockhouse, CONFIG, command, folder_with_root};
use crate::support::tls::dial_from;

fn config() -> String {
    CONFIG.replace("[listen]", "[listen]\nmonitor = [\"127.0.0.1:0\"]")
}

/// Asks the monitor; gives the head and the body.
fn ask(server: &Blockhouse, path: &str, options: &[&str]) -> (String, String) {
    let start = "listening for monitor on ";
    let address = server.words.iter().find_map(|line| line.strip_prefix(start)).unwrap();
    let url = format!("http://{address}{path}");
    let words = [&["--silent", "--include", "--noproxy", "*"], options, &[&url]].concat();
    let output = Command::new("curl").args(words).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let (head, body) = said.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

/// All samples, as `name{label="value"}`, by the reference parser of OpenMetrics.
fn samples(server: &Blockhouse) -> BTreeMap<String, f64> {
    let (head, body) = ask(server, "/metrics", &[]);
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{head}");
    let at = server.folder.path();
    std::fs::write(at.join("metrics.txt"), body).unwrap();
    let script = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
found = {}
for family in parse(open('metrics.txt').read()):
    assert family.documentation.strip(), family.name
    for one in family.samples:
        labels = ','.join(f'{key}=\"{value}\"' for key, value in sorted(one.labels.items()))
        name = one.name + ('{' + labels + '}' if labels else '')
        assert name not in found, name
        found[name] = one.value
print(json.dumps(found))";
    let helper = format!("{}/tests/support/python.sh", env!("CARGO_MANIFEST_DIR"));
    let folder = tool("python3-venv", at, &["sh", &helper]).ok();
    let python = format!("{}/bin/python", folder.trim());
    let said = tool("python3", at, &[&python, "-c", script]).ok();
    serde_json::from_str(&said).unwrap()
}

#[test]
fn what_happens_is_counted() {
    let server = Blockhouse::with(&config());
    let before = samples(&server);
    assert_eq!(before["blockhouse_events_total{event=\"block_page\"}"], 0.0);
    assert_eq!(before["blockhouse_leaves_kept"], 0.0);
    assert_eq!(before["blockhouse_events_dropped_total"], 0.0);
    assert!(before["blockhouse_names"] >= 5.0);
    assert_eq!(before["process_start_time_seconds"].fract(), 0.0);
    for _ in 0..2 {
        let options: &[&str] = &["--location", "--cookie", ""];
        assert!(curl(&server, Way::H2, "blocked.test", "/", options).text().contains("<html"));
    }
    // Without the root.
    let port = server.https()[0].port();
    let resolve = format!("blocked.test:{port}:127.0.0.1");
    let address = format!("https://blocked.test:{port}/");
    let refused = Command::new("curl")
        .args(["--silent", "--noproxy", "*", "--resolve", &resolve, &address])
        .status();
    assert_eq!(refused.unwrap().code(), Some(60));
    server.event_named("trust_failure");
    let after = samples(&server);
    assert_eq!(after["blockhouse_events_total{event=\"block_page\"}"], 2.0);
    assert_eq!(after["blockhouse_events_total{event=\"trust_failure\"}"], 1.0);
    assert_eq!(after["blockhouse_trust_failures_total{sign=\"unknown_ca\"}"], 1.0);
    assert_eq!(after["blockhouse_leaves_total{from=\"minted\"}"], 1.0);
    assert!(after["blockhouse_leaves_total{from=\"cache\"}"] >= 2.0);
    assert_eq!(after["blockhouse_leaves_kept"], 1.0);
    assert_eq!(after["blockhouse_clients_lacking_root"], 1.0);
    let handshakes: f64 = after
        .iter()
        .filter(|(name, _)| name.starts_with("blockhouse_handshakes_total"))
        .map(|(_, count)| count)
        .sum();
    assert_eq!(after["blockhouse_handshake_seconds_count"], handshakes);
    assert!(handshakes >= 2.0);
    let answers = after["blockhouse_answer_seconds_count"];
    assert!(answers >= after["blockhouse_events_total{event=\"block_page\"}"], "{answers}");
    assert!(after["blockhouse_answer_seconds_sum"] > 0.0);
    for name in ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"] {
        assert!(after[name] > 0.0, "{name}");
    }
    // Nobody is named.
    let (_, text) = ask(&server, "/metrics", &[]);
    for secret in ["blocked.test", "127.0.0.1", "gambling"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[test]
fn the_guide_tells_of_every_metric() {
    let server = Blockhouse::with(&config());
    let guide = include_str!("../GUIDE.md");
    let (_, text) = ask(&server, "/metrics", &[]);
    let mut families = 0;
    for line in text.lines() {
        let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|line| line.split_once(' '))
        else {
            continue;
        };
        families += 1;
        let row =
            guide.lines().find(|row| row.starts_with('|') && row.contains(&format!("`{name}`")));
        let row = row.unwrap_or_else(|| panic!("the guide does not tell of {name}"));
        if name.starts_with("blockhouse") {
            assert!(row.contains(&format!("| {kind} |")), "{name} is a {kind}: {row}");
        }
    }
    assert!(families >= 20, "{text}");
}

#[test]
fn ends_and_a_rotation_are_in_the_metrics() {
    let folder = folder_with_root(&[]);
    let server = Blockhouse::start(folder.clone(), &config(), &[]);
    let end = |name: &str, what: &str| {
        let key = format!("blockhouse_expiry_timestamp_seconds{{file=\"{name}\",what=\"{what}\"}}");
        let at = folder.path();
        let said = tool(
            "openssl",
            at,
            &["openssl", "x509", "-in", &format!("certs/{name}"), "-enddate", "-noout"],
        )
        .ok();
        let date = said.trim().strip_prefix("notAfter=").unwrap().to_owned();
        let unix = tool("coreutils", at, &["date", "+%s", "--date", &date]).ok();
        (samples(&server)[&key], unix.trim().parse::<f64>().unwrap())
    };
    let (ours, theirs) = end("root.pem", "root");
    assert_eq!(ours, theirs);
    let (ours, theirs) = end("issuing-g1.pem", "issuing CA");
    assert_eq!(ours, theirs);
    // Others change the folder while the server runs.
    blockhouse_ca(folder.path(), &["rotate", "prepare"]).ok();
    let (ours, theirs) = end("root-g2.pem", "root");
    assert_eq!(ours, theirs);
}

#[test]
fn health_is_told_and_nothing_else_is_there() {
    let server = Blockhouse::with(&config());
    for (path, body) in [("/healthz", "well\n"), ("/readyz", "ready\n")] {
        let (head, said) = ask(&server, path, &[]);
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert_eq!(said, body);
        let (head, said) = ask(&server, path, &["--head"]);
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        assert_eq!(said, "");
    }
    assert!(ask(&server, "/", &[]).0.starts_with("http/1.1 404"));
    assert!(ask(&server, "/verdict", &[]).0.starts_with("http/1.1 404"));
    let (head, _) = ask(&server, "/metrics", &["--data", "x"]);
    assert!(head.starts_with("http/1.1 405"), "{head}");
    assert!(head.contains("allow: get, head"), "{head}");
    // People do not come by it.
    let events = server.stop();
    assert_eq!(events, Vec::<Value>::new());
}

#[test]
fn it_answers_when_people_take_every_place() {
    let text = format!("{}\n[limits]\nconnections = 16\n", config());
    let server = Blockhouse::with(&text);
    let address = server.https()[0];
    // One client does not get them all, and of those that say nothing a few make way.
    let from = |number| std::net::IpAddr::from([127, 66, 4, number]);
    let _held: Vec<_> = (1..65).map(|number| dial_from(from(number), address).unwrap()).collect();
    assert_eq!(samples(&server)["blockhouse_connections_limit"], 16.0);
    let full = |server: &Blockhouse| samples(server)["blockhouse_connections_open"] >= 13.0;
    let mut tries = 0;
    while !full(&server) {
        tries += 1;
        assert!(tries < 100, "{:?}", samples(&server));
    }
    assert!(ask(&server, "/readyz", &[]).0.starts_with("http/1.1 200"));
}

#[test]
fn an_address_that_is_taken_is_refused_at_the_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let text = CONFIG.replace("[listen]", &format!("[listen]\nmonitor = [\"{address}\"]"));
    let folder = folder_with_root(&[]);
    let output = command(folder.path(), &text, &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("cannot listen for monitor on {address}")), "{said}");
}
