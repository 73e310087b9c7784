//! A server that is told to stop: answers under way still come, and what happened is told to the end.

use std::fs;
use std::io::{Read, Write};
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::Value;

use crate::support::curl::Way;
use crate::support::frames::{GOAWAY, PREFACE, SETTINGS, frame, read_frame};
use crate::support::person::Person;
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};
use crate::support::tls::{dial, trusting};

fn tell_to_stop(server: &Blockhouse) {
    let pid = server.pid().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    server.hear("stopping; open connections may take");
}

fn connect(server: &Blockhouse, protocol: &[u8]) -> impl Read + Write + use<> {
    let mut config = trusting(&server.root());
    config.alpn_protocols = vec![protocol.to_vec()];
    let name = ServerName::try_from("blocked.test").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(client, dial(server.https()[0]))
}

fn head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        stream.read_exact(&mut octet).unwrap();
        head.push(octet[0]);
    }
    String::from_utf8(head).unwrap()
}

/// A request that is under way, and waits for the rest of its body.
fn half_a_request(server: &Blockhouse) -> impl Read + Write + use<> {
    let mut stream = connect(server, b"http/1.1");
    let request = "POST /x HTTP/1.1\r\nHost: blocked.test\r\nContent-Length: 10\r\n\
                   Expect: 100-continue\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    assert!(head(&mut stream).starts_with("HTTP/1.1 100"));
    stream
}

/// A connection of HTTP/2 that is set up, and answers no ping.
fn http2(server: &Blockhouse) -> impl Read + Write + use<> {
    let mut stream = connect(server, b"h2");
    stream.write_all(PREFACE).unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).unwrap();
    assert_eq!(read_frame(&mut stream).unwrap().0, SETTINGS);
    stream
}

#[test]
fn answers_under_way_still_come_and_clients_are_told_to_leave() {
    let server = Blockhouse::new();
    let (mut one, mut two) = (half_a_request(&server), http2(&server));
    tell_to_stop(&server);
    one.write_all(b"0123456789").unwrap();
    let answer = head(&mut one);
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    let kinds: Vec<u8> = std::iter::from_fn(|| Some(read_frame(&mut two).ok()?.0)).collect();
    assert!(kinds.contains(&GOAWAY), "{kinds:?}");
    let events = server.stop();
    assert!(events.iter().any(|event| event["request"].is_string()), "{events:#?}");
}

#[test]
fn who_holds_on_is_cut_off_and_no_event_or_notice_is_lost() {
    let folder = folder_with_root(&[]);
    let out = folder.path().join("told");
    let text = format!(
        "{CONFIG}\n[limits]\ndrain = \"1s\"\n[events]\nfile = \"events.jsonl\"\n[[hooks]]\n\
         on = [\"grant\"]\ncommand = [\"/bin/sh\", \"-c\", \"sleep 2; cat >> {}\"]\n",
        out.display()
    );
    let server = Blockhouse::start(Arc::clone(&folder), &text, &[]);
    Person::new(&server, Way::H1).go_on("warned.test", "/", &[]);
    let mut parts = connect(&server, b"http/1.1");
    let _held = (half_a_request(&server), http2(&server));
    for _ in 0..50 {
        parts.write_all(b"GET /x.css HTTP/1.1\r\nHost: blocked.test\r\n\r\n").unwrap();
        assert!(head(&mut parts).starts_with("HTTP/1.1 200"));
    }
    tell_to_stop(&server);
    server.hear("some connections did not end in time and are cut off");
    assert!(server.stop().is_empty());
    let text = fs::read_to_string(folder.path().join("events.jsonl")).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!((count("stub"), count("grant")), (50, 1), "{events:#?}");
    assert_eq!(count("unused"), 1, "of the connection that was cut off: {events:#?}");
    let told = fs::read_to_string(out).unwrap_or_default();
    assert_eq!(told.matches("\"type\":\"grant\"").count(), 1, "{told}");
}
