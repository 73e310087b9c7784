//! The rules of TLS and HTTP/2, each broken or stretched on a connection of its own by a client that is not ours.

use std::process::Command;

use crate::kit::{python, support};
use crate::support::server::Blockhouse;

/// Runs one of the scripts, which says what failed, and in its last line how many checks there were.
fn keeps(script: &str, least: u32) {
    let server = Blockhouse::new();
    let output = Command::new(python())
        .arg(support(script))
        .args([&server.https()[0].port().to_string(), "blocked.test"])
        .arg(server.root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or_default();
    let (checks, rest) = last.split_once(' ').unwrap_or_default();
    assert_eq!(rest, "checks, 0 failed", "{said}{errors}");
    assert!(checks.parse::<u32>().unwrap() >= least, "{said}");
}

#[test]
fn of_tls() {
    keeps("tls_rules.py", 66);
}

#[test]
fn of_http_2() {
    keeps("http2_rules.py", 76);
}
