//! A configuration that changes while the server runs.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::support::ca::blockhouse_ca;
use crate::support::curl::{Way, curl};
use crate::support::person::Person;
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};
use crate::support::tls::{dial, get, trusting};

/// Writes a configuration in place of the one that the server was started with.
fn write(server: &Blockhouse, config: &str) {
    fs::write(server.folder.path().join("blockhouse.toml"), config).unwrap();
}

fn hang_up(server: &Blockhouse) {
    let pid = server.pid().to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
}

/// Has a configuration take effect by the signal.
fn change(server: &Blockhouse, config: &str) {
    write(server, config);
    hang_up(server);
    server.event_named("configuration_loaded");
}

/// A connection that stays.
type Kept = StreamOwned<ClientConnection, TcpStream>;

fn connect(server: &Blockhouse, host: &str) -> Kept {
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let client = ClientConnection::new(Arc::new(trusting(&server.root())), name).unwrap();
    StreamOwned::new(client, dial(server.https()[0]))
}

/// Asks for a part of a page on a connection that stays.
fn ask(stream: &mut Kept, host: &str) {
    write!(stream, "GET /x.css HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        stream.read_exact(&mut octet).unwrap();
        head.push(octet[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
}

fn page(server: &Blockhouse, host: &str) -> String {
    curl(server, Way::H2, host, "/", &["--location", "--cookie", ""]).text()
}

#[test]
fn a_signal_brings_the_new_configuration_to_open_connections_too() {
    let server = Blockhouse::new();
    assert!(page(&server, "blocked.test").contains("Test Organisation"));
    let mut kept = connect(&server, "warned.test");
    let mut ask = || ask(&mut kept, "warned.test");
    ask();
    assert_eq!(server.event_named("stub")["category"], "social");
    let text = CONFIG
        .replace("name = \"Test Organisation\"", "name = \"Another Name\"")
        .replace("hosts = [\"warned.test\"]", "hosts = []")
        .replace("\"malware.test\"", "\"malware.test\", \"warned.test\"");
    change(&server, &text);
    assert!(page(&server, "blocked.test").contains("Another Name"));
    ask();
    let event = server.event(|event| event["event"] == "stub" && event["category"] == "malware");
    assert_eq!(event["host"], "warned.test");
}

#[test]
fn a_list_that_is_read_anew_counts_on_open_connections_too() {
    let folder = folder_with_root(&[]);
    let path = folder.path().join("names.txt");
    fs::write(&path, "other.test\n").unwrap();
    let lists = "[[categories.malware.lists]]\nfile = \"names.txt\"\nformat = \"domains\"\n";
    let server = Blockhouse::start(folder, &format!("{CONFIG}\n{lists}"), &[]);
    let mut kept = connect(&server, "warned.test");
    let mut category = || {
        ask(&mut kept, "warned.test");
        server.event_named("stub")["category"].clone()
    };
    assert_eq!(category(), "social");
    assert_eq!(category(), "social");
    fs::write(&path, "warned.test\n").unwrap();
    server.event_named("lists_loaded");
    assert_eq!(category(), "malware");
    fs::write(&path, "other.test\n").unwrap();
    server.event_named("lists_loaded");
    assert_eq!(category(), "social");
}

#[test]
fn changed_files_are_found_without_a_signal() {
    let folder = folder_with_root(&[]);
    let templates = folder.path().join("templates");
    fs::create_dir(&templates).unwrap();
    let text = CONFIG.to_owned() + "\n[pages]\ntemplates = \"templates\"\n";
    let server = Blockhouse::start(folder, &text, &[]);
    write(&server, &text.replace("name = \"Test Organisation\"", "name = \"Another Name\""));
    server.event_named("configuration_loaded");
    assert!(page(&server, "blocked.test").contains("Another Name"));
    fs::write(templates.join("block.html"), "<html lang=en>Our own page</html>").unwrap();
    server.event_named("configuration_loaded");
    assert!(page(&server, "blocked.test").contains("Our own page"));
    fs::remove_file(templates.join("block.html")).unwrap();
    server.event_named("configuration_loaded");
    let words = templates.join("i18n/en/main.ftl");
    fs::create_dir_all(words.parent().unwrap()).unwrap();
    for text in ["Our own word", "Another word"] {
        fs::write(&words, format!("block-heading = {text}\n")).unwrap();
        server.event_named("configuration_loaded");
        assert!(page(&server, "blocked.test").contains(text), "{text}");
    }
    // Nothing else changes by itself, so nothing else is loaded.
    let events = server.stop();
    let more = events.iter().filter(|event| event["event"] == "configuration_loaded");
    assert_eq!(more.count(), 0, "{events:#?}");
}

#[test]
fn what_is_no_good_changes_nothing() {
    let server = Blockhouse::new();
    let folder = server.folder.path().to_owned();
    let refused = |words: &str| {
        hang_up(&server);
        server.event_named("configuration_refused");
        server.hear(words);
        assert!(page(&server, "blocked.test").contains("Test Organisation"));
    };
    write(&server, &CONFIG.replace("[organisation]", "[organisation]\nnam = \"x\""));
    refused("blockhouse.toml:3:1: unknown key `nam` in `organisation`");
    write(&server, &CONFIG.replace("hosts = [\"malware.test\"]", "lists = [\"none.txt\"]"));
    refused("none.txt");
    write(&server, CONFIG);
    // By a full disk, or before somebody writes.
    write(&server, "");
    refused("blockhouse.toml says nothing");
    write(&server, "# Nothing but words.\n\n");
    refused("blockhouse.toml says nothing");
    write(&server, CONFIG);
    let issuing = folder.join("certs/issuing-g1.pem");
    let good = fs::read(&issuing).unwrap();
    fs::write(&issuing, "nonsense").unwrap();
    refused("issuing-g1.pem");
    fs::write(&issuing, good).unwrap();
    hang_up(&server);
    server.event_named("configuration_loaded");
    // What is no good is tried once, and not again and again.
    write(&server, "nonsense");
    server.event_named("configuration_refused");
    write(&server, CONFIG);
    server.event_named("configuration_loaded");
    let events = server.stop();
    let tried = events.iter().filter(|event| event["event"] == "configuration_refused");
    assert!(tried.count() <= 3, "{events:#?}");
}

#[test]
fn a_new_root_is_taken_up_and_leaves_are_kept_otherwise() {
    let text = CONFIG.replace("[listen]", "[listen]\nmonitor = [\"127.0.0.1:0\"]");
    let text = format!("{text}\n[portal]\nhost = \"portal.test\"\n");
    let server = Blockhouse::with(&text);
    let at = server.folder.path();
    assert!(page(&server, "blocked.test").contains("<html"));
    assert_eq!(server.event_named("block_page")["leaf"], "minted");
    change(&server, &text.replace("name = \"Test Organisation\"", "name = \"Another Name\""));
    assert!(page(&server, "blocked.test").contains("Another Name"));
    assert_eq!(server.event_named("block_page")["leaf"], "cache", "it was kept");

    blockhouse_ca(at, &["rotate", "prepare"]).ok();
    blockhouse_ca(at, &["rotate", "publish"]).ok();
    server.event_named("configuration_loaded");
    let portal = page(&server, "portal.test");
    assert!(portal.contains("Root CA G1") && portal.contains("Root CA G2"), "{portal}");
    blockhouse_ca(at, &["rotate", "activate", "--force"]).ok();
    server.event_named("configuration_loaded");
    let new = Arc::new(trusting(&at.join("certs/root-g2.pem")));
    let old = Arc::new(trusting(&at.join("certs/root.pem")));
    for root in [&new, &old] {
        assert!(get(root, server.https()[0], "blocked.test").unwrap().contains("200"));
    }
}

#[test]
fn what_needs_a_restart_is_named_and_stays() {
    let server = Blockhouse::new();
    let text = CONFIG
        .replace("http = [\"127.0.0.1:0\"]", "http = []")
        .replace("name = \"Test Organisation\"", "name = \"Another Name\"");
    change(&server, &format!("{text}\n[limits]\nconnections = 20\n"));
    server.hear("`[listen]` counts from the next start on");
    server.hear("`limits.connections` counts from the next start on");
    let reply = curl(&server, Way::Plain, "blocked.test", "/", &["--location", "--cookie", ""]);
    assert!(reply.text().contains("Another Name"));
}

#[test]
fn traffic_goes_on_through_twenty_reloads() {
    let server = Blockhouse::new();
    let config = Arc::new(trusting(&server.root()));
    let address = server.https()[0];
    let stop = AtomicBool::new(false);
    let answers = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (config, stop, answers) = (&config, &stop, &answers);
            scope.spawn(move || {
                let mut number = 0;
                while !stop.load(Ordering::Relaxed) {
                    number += 1;
                    let host = format!("w{worker}-{}.blocked.test", number % 7);
                    let answer = get(config, address, &host);
                    let answer = answer.unwrap_or_else(|error| panic!("{host}: {error}"));
                    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for number in 0..20 {
            let before = answers.load(Ordering::Relaxed);
            let name = format!("name = \"Organisation {number}\"");
            change(&server, &CONFIG.replace("name = \"Test Organisation\"", &name));
            while answers.load(Ordering::Relaxed) == before {
                std::thread::yield_now();
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(answers.load(Ordering::Relaxed) >= 20);
    assert!(page(&server, "blocked.test").contains("Organisation 19"));
}

fn memory(server: &Blockhouse) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn a_connection_that_stays_keeps_no_old_names() {
    // About 200 octets of memory a name.
    let list = |round: usize| {
        let long = "x".repeat(50);
        let name = |n| format!("a{n}-{round}{long}.b{n}-{round}{long}.c{n}-{round}{long}.test\n");
        (0..40_000).map(name).collect::<String>()
    };
    let folder = folder_with_root(&[]);
    let path = folder.path().join("names.txt");
    fs::write(&path, list(0)).unwrap();
    let lists = "[[categories.malware.lists]]\nfile = \"names.txt\"\nformat = \"domains\"\n";
    let limits = "[limits]\nheader = \"1h\"\nidle = \"1h\"\n";
    let server = Blockhouse::start(folder, &format!("{CONFIG}\n{lists}{limits}"), &[]);
    let mut kept = Vec::new();
    let mut early = 0;
    for round in 1..=12 {
        let mut stream = connect(&server, "blocked.test");
        ask(&mut stream, "blocked.test");
        kept.push(stream);
        fs::write(&path, list(round)).unwrap();
        hang_up(&server);
        server.event_named("configuration_loaded");
        if round == 3 {
            early = memory(&server);
        }
    }
    let late = memory(&server);
    // Nine more lists are 70 MiB.
    assert!(late < early + 35 * 1024, "{early} KiB after three lists, {late} KiB after twelve");
    // All of them are still there.
    kept.iter_mut().for_each(|stream| ask(stream, "blocked.test"));
}

#[test]
fn names_that_stay_are_not_read_again() {
    let rules = |first: &str, second: &str| {
        let rules = format!(
            "[[policies.default.rules]]\naction = \"block\"\nhosts = [{first}]\n\
             [[policies.default.rules]]\naction = \"warn\"\nhosts = [{second}]\n[[locations]]"
        );
        CONFIG.replace("[[locations]]", &rules)
    };
    let server = Blockhouse::with(&rules("\"one.test\", \"moves.test\"", "\"two.test\""));
    let action = || {
        curl(&server, Way::H2, "moves.test", "/x.css", &[]);
        server.event_named("stub")["action"].clone()
    };
    assert_eq!(action(), "block");
    hang_up(&server);
    server.event_named("configuration_loaded");
    server.hear("the lists had not changed, so their names stay");
    assert_eq!(action(), "block");
    // The same names in the same order, of which one is another rule's.
    change(&server, &rules("\"one.test\"", "\"moves.test\", \"two.test\""));
    assert_eq!(action(), "warn");
}

#[test]
fn a_service_manager_is_told() {
    let folder = folder_with_root(&[]);
    let path = folder.path().join("notify.sock");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
    let heard = |wanted: &str| {
        let mut buffer = [0; 4096];
        loop {
            let length = socket.recv(&mut buffer).unwrap();
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.contains(wanted) {
                return text;
            }
            assert!(text.contains("WATCHDOG=1"), "{wanted} was awaited: {text}");
        }
    };
    let place = format!("NOTIFY_SOCKET={}", path.display());
    let wrap = ["/usr/bin/env", &place, "WATCHDOG_USEC=300000"];
    let server = Blockhouse::start(folder.clone(), CONFIG, &wrap);
    heard("READY=1");
    for _ in 0..3 {
        heard("WATCHDOG=1");
    }
    hang_up(&server);
    let begins = heard("RELOADING=1");
    let usec = begins.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
    assert!(usec.is_some_and(|usec| usec.parse::<u64>().is_ok()), "{begins}");
    heard("READY=1");
    server.stop();
    heard("STOPPING=1");
}

#[test]
fn hooks_change_with_the_configuration() {
    // Commands run outside of the sandbox, which a server cannot leave once it is in.
    let config = format!("{CONFIG}\n[process]\nsandbox = false\n");
    let server = Blockhouse::with(&config);
    let folder = Arc::clone(&server.folder);
    let at = folder.path();
    let hook = |name: &str| {
        let out = at.join(name).display().to_string();
        format!(
            "{config}\n[[hooks]]\non = [\"grant\"]\n\
             command = [\"/bin/sh\", \"-c\", \"cat >> {out}\"]\n"
        )
    };
    let told = |name: &str| fs::read_to_string(at.join(name)).unwrap_or_default();
    change(&server, &hook("first"));
    Person::new(&server, Way::H2).go_on("warned.test", "/", &[]);
    server.event_named("grant");
    change(&server, &hook("second"));
    Person::new(&server, Way::H2).go_on("warned.test", "/", &[]);
    server.event_named("grant");
    server.stop();
    assert_eq!(told("first").matches("\"type\":\"grant\"").count(), 1, "{}", told("first"));
    assert_eq!(told("second").matches("\"type\":\"grant\"").count(), 1, "{}", told("second"));
}
