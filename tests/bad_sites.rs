//! Sites that misbehave, names that lead inside, and cookies that are no good: each has its page, and
//! none leads to a loop.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::sync::{Arc, mpsc};

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::support::curl::{Reply, Way, curl};
use crate::support::person::{CONTINUE, Person};
use crate::support::resolver::Resolver;
use crate::support::server::{Blockhouse, before_sites};
use crate::support::tls::{dial, trusting};
use crate::support::web::{Faults, Web};

/// The names that the good certificate is for.
const SITES: [&str; 3] = ["warned.test", "*.warned.test", "blocked.test"];

fn config(servers: SocketAddr, roots: &Path, allow: &str, more: &str) -> String {
    let config = before_sites(servers, roots, &format!("\"{allow}\""));
    format!("{config}connect = \"2s\"\nfirst_byte = \"1s\"\nidle = \"1s\"\n{more}")
}

fn is_site(reply: &Reply) -> bool {
    reply.status == 200 && reply.text().starts_with("the site: ")
}

fn is_warning(reply: &Reply) -> bool {
    reply.status == 403 && reply.text().contains(&format!("action=\"{CONTINUE}"))
}

/// The person gets a page with this status and reason, a picture the status alone, both at once.
#[track_caller]
fn fails(person: &Person, host: &str, path: &str, status: u16, why: &str) {
    let page = person.open(host, path);
    assert_eq!(page.status, status, "{host}{path}: {}", page.text());
    assert!(page.text().contains("<h1>") && page.text().contains(host), "{}", page.text());
    let failed =
        |event: &serde_json::Value| event["event"] == "site_failed" && event["host"] == host;
    let event = person.server.event(failed);
    let said = person.server.said();
    assert_eq!((&event["detail"], &event["host"]), (&why.into(), &host.into()), "{path}: {said}");
    let image = ["-H", "Sec-Fetch-Dest: image", "-H", "Sec-Fetch-Mode: no-cors"];
    let part = person.ask(host, path, &image);
    assert_eq!((part.status, part.body.len()), (status, 0), "{host}{path}");
    assert_eq!(person.server.event(failed)["detail"], why);
}

#[test]
fn certificates_that_are_no_good() {
    let faults = Faults { certificates: true, ..Faults::default() };
    let web = Web::with("127.77.40.1", &SITES, faults);
    let dns = Resolver::start(&[("test", "127.77.40.1")]);
    let server = Blockhouse::with(&config(dns.address, &web.root(), "127.77.40.1", ""));
    let person = Person::new(&server, Way::H1);
    assert!(is_site(&person.go_on("warned.test", "/", &[])));
    for (host, why) in [
        ("expired.warned.test", "certificate_expired"),
        ("early.warned.test", "certificate_not_yet_valid"),
        ("wrong.warned.test", "certificate_name"),
        ("untrusted.warned.test", "certificate_untrusted"),
    ] {
        fails(&person, host, "/", 502, why);
        let page = person.open(host, "/");
        assert!(page.text().contains("certificate"), "{}", page.text());
        // No way past it.
        assert!(!page.text().contains("<form"), "{}", page.text());
        server.event_named("site_failed");
    }
    assert!(is_site(&person.open("warned.test", "/")), "the server is still well");
}

#[test]
fn connections_that_fail() {
    let web = Web::start("127.77.41.1", &SITES);
    // Takes connections and says nothing.
    let mute = TcpListener::bind("127.77.41.3:443").unwrap();
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let dns = Resolver::start(&[
        ("test", "127.77.41.1"),
        ("closed.warned.test", "127.77.41.2"),
        ("mute.warned.test", "127.77.41.3"),
        ("round.warned.test", "127.77.41.9"),
        ("gone.warned.test", ""),
    ]);
    let listen = |config: String| {
        config.replace("[\"127.0.0.1:0\", \"[::1]:0\"]", "[\"127.0.0.1:0\", \"127.77.41.9:443\"]")
    };
    let server = Blockhouse::with(&listen(config(dns.address, &web.root(), "127.77.41.0/24", "")));
    let person = Person::new(&server, Way::H2);
    let first = person.go_on("warned.test", "/", &[]);
    assert!(is_site(&first));
    fails(&person, "closed.warned.test", "/", 502, "unreachable");
    fails(&person, "mute.warned.test", "/", 504, "connect_timeout");
    fails(&person, "gone.warned.test", "/", 502, "unresolved");
    // The resolver is the gateway: the name leads to this server.
    fails(&person, "round.warned.test", "/", 508, "loop");

    // Our own mark comes back: somewhere behind the site the way leads here.
    let text = first.text();
    let marker =
        text.lines().find_map(|line| line.to_lowercase().strip_prefix("via: ").map(str::to_owned));
    let via = format!("Via: 1.1 elsewhere, {}", marker.expect("the site was told"));
    let reply = person.ask("warned.test", "/x.css", &["-H", &via]);
    assert_eq!(reply.status, 508);
    assert_eq!(server.event_named("site_failed")["detail"], "loop");
    let other = person.ask("warned.test", "/x.css", &["-H", "Via: 1.1 blockhouse-other"]);
    assert!(is_site(&other), "somebody else's mark: {}", other.status);
    drop((mute, server));

    let silent_at = silent.local_addr().unwrap();
    let server = Blockhouse::with(&config(silent_at, &web.root(), "127.77.41.0/24", ""));
    let person = Person::new(&server, Way::H1);
    let page = person.open("warned.test", "/");
    person.submit("warned.test", &page, CONTINUE, &[]);
    fails(&person, "warned.test", "/", 502, "resolver");
}

#[test]
fn answers_that_are_no_good() {
    let faults = Faults { answers: true, ..Faults::default() };
    let web = Web::with("127.77.42.1", &SITES, faults);
    let dns = Resolver::start(&[("test", "127.77.42.1")]);
    let server = Blockhouse::with(&config(dns.address, &web.root(), "127.77.42.1", ""));
    // A host for each, so that no event of one is taken for the other's.
    let ways = [
        (Way::H1, "--http1.1", "warned.test"),
        (Way::H2, "--http2", "h2.warned.test"),
        (Way::Plain, "--http1.1", "www.warned.test"),
    ];
    for (way, version, host) in ways {
        let person = Person::new(&server, way);
        assert!(is_site(&person.go_on(host, "/", &[])));
        for (path, status, why) in [
            ("/close", 502, "broke"),
            ("/reset", 502, "broke"),
            ("/half-a-head", 502, "broke"),
            ("/garbage", 502, "bad_answer"),
            ("/endless-head", 502, "bad_answer"),
            ("/hang", 504, "first_byte_timeout"),
        ] {
            fails(&person, host, path, status, why);
        }
        // Of an answer that does not end as it promised comes what there is, and it never looks whole:
        // curl says that it was cut off, or, where a reset was faster than the head, that it got a 502.
        for path in ["/short", "/reset-in-body", "/pause-in-body", "/short-chunked"] {
            let url = crate::support::curl::url(&server, way, host, path);
            let output = std::process::Command::new("curl")
                .args(["--silent", "--fail", version, "--noproxy", "*", "--max-time", "20"])
                .args(["--connect-to", "::127.0.0.1:", "--cacert"])
                .arg(server.root())
                .arg("--cookie")
                .arg(person.jar_path())
                .arg(url)
                .output()
                .unwrap();
            let code = output.status.code();
            let came = String::from_utf8_lossy(&output.stdout);
            let as_expected = match code {
                Some(18) => came == "ten octets",
                // Over HTTP/2 the stream is reset (RFC 9113 section 8.1), which may overtake octets.
                Some(92) => way == Way::H2 && "ten octets".starts_with(&*came),
                Some(22) => came.is_empty() && path == "/reset-in-body",
                _ => false,
            };
            assert!(as_expected, "{path}: curl ended with {code:?} after {came:?}");
        }
        assert!(is_site(&person.open(host, "/")), "the server is still well");
    }
}

/// Of several requests that came at once, the first is answered before the site answers the next.
#[test]
fn an_answer_does_not_wait_for_the_next() {
    let faults = Faults { answers: true, ..Faults::default() };
    let web = Web::with("127.77.48.1", &SITES, faults);
    let dns = Resolver::start(&[("test", "127.77.48.1")]);
    let config = config(dns.address, &web.root(), "127.77.48.1", "");
    let config = config.replace("first_byte = \"1s\"", "first_byte = \"1h\"");
    let server = Blockhouse::with(&config);
    let person = Person::new(&server, Way::H1);
    assert!(is_site(&person.go_on("warned.test", "/", &[])));
    let values = [SESSION, GRANT].map(|name| format!("{name}={}", value_of(&person, name)));
    let cookie = values.join("; ");
    let name = ServerName::try_from("warned.test").unwrap();
    let client = ClientConnection::new(Arc::new(trusting(&server.root())), name).unwrap();
    let mut stream = StreamOwned::new(client, dial(server.https()[0]));
    let ask = |path: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: warned.test\r\nCookie: {cookie}\r\n\r\n")
    };
    // With a third at hand the server need not read on, which would send what it holds.
    let all = [CONTINUE, "/hang", "/hang"].map(ask).concat();
    stream.write_all(all.as_bytes()).unwrap();
    let mut line = [0; 12];
    stream.read_exact(&mut line).expect("an answer while the site is silent");
    assert_eq!(&line, b"HTTP/1.1 303");
}

const SESSION: &str = "__Host-blockhouse";
const GRANT: &str = "__Secure-blockhouse-grant";

/// What a cookie of the person holds.
fn value_of(person: &Person, name: &str) -> String {
    let jar = std::fs::read_to_string(person.jar_path()).unwrap();
    let line = jar.lines().find(|line| line.contains(name)).expect("the cookie");
    line.rsplit('\t').next().unwrap().to_owned()
}

#[test]
fn grants_that_are_no_good_show_the_warning() {
    let web = Web::start("127.77.43.1", &SITES);
    let dns = Resolver::start(&[("test", "127.77.43.1")]);
    let server = Blockhouse::with(&config(dns.address, &web.root(), "127.77.43.1", ""));
    let person = Person::new(&server, Way::H1);
    assert!(is_site(&person.go_on("warned.test", "/", &[])));
    let session = format!("{SESSION}={}", value_of(&person, SESSION));
    let grant = value_of(&person, GRANT);
    let html = "Accept: text/html";
    let visit = |host: &str, grant: &str, more: &[&str]| {
        // As a field: curl's own option leaves long cookies out.
        let cookie = format!("Cookie: {session}; {GRANT}={grant}");
        let mut options = vec!["-H", html, "-H", "Sec-Fetch-Mode: navigate", "-H", &cookie];
        options.extend(["-H", "Sec-Fetch-Dest: document"]);
        options.extend(more);
        curl(&server, Way::H1, host, "/", &options)
    };
    assert!(is_site(&visit("warned.test", &grant, &[])), "the good one");
    let (key, sealed) = grant.split_once('.').unwrap();
    let flipped =
        format!("{key}.{}{}", if sealed.starts_with('A') { 'B' } else { 'A' }, &sealed[1..]);
    let foreign = format!("00000000.{sealed}");
    let session_as_grant = value_of(&person, SESSION);
    for (what, cookie) in [
        ("truncated", &grant[..grant.len() - 3]),
        ("flipped", flipped.as_str()),
        ("of a foreign key", foreign.as_str()),
        ("another cookie of ours", session_as_grant.as_str()),
        ("empty", ""),
        ("no ASCII", "\u{fffd}"),
        ("long", &"A".repeat(6000)),
    ] {
        let reply = visit("warned.test", cookie, &[]);
        assert!(is_warning(&reply), "{what}: {} {}", reply.status, reply.text());
    }
    let elsewhere = visit("warned.test", &grant, &["--interface", "127.1.0.1"]);
    assert!(!is_site(&elsewhere), "from another network");
    let other = visit("blocked.test", &grant, &[]);
    assert!(!is_site(&other), "on another site");
}

/// What counts as inside, as names of a granted site, and where they lead.
const INSIDE: [&str; 26] = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.77.44.5",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.77.44.5",
    "::7f4d:2c05",
    "64:ff9b::7f4d:2c05",
    "64:ff9b:1::7f4d:2c05",
    "2002:7f4d:2c05::1",
    "2001:0:5ef5:79fd::80b2:d3fa",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "2001:db8::1",
];

#[test]
fn nobody_reaches_inside() {
    let web = Web::start("127.77.44.1", &SITES);
    let (tls, plain) = (forbidden("127.77.44.5:443"), forbidden("127.77.44.5:80"));
    let hosts: Vec<String> =
        (0..INSIDE.len()).map(|number| format!("in{number}.warned.test")).collect();
    let mut names: Vec<(&str, &str)> = vec![("test", "127.77.44.1")];
    names.extend(hosts.iter().map(String::as_str).zip(INSIDE));
    // Without an IPv4 address of its own a name would have that of its parent.
    let six = hosts.iter().zip(INSIDE).filter(|(_, address)| address.contains(':'));
    names.extend(six.map(|(host, _)| (host.as_str(), "0.0.0.0")));
    let dns = Resolver::start(&names);
    let server = Blockhouse::with(&config(dns.address, &web.root(), "127.77.44.1", ""));
    for way in [Way::H2, Way::Plain] {
        let person = Person::new(&server, way);
        assert!(is_site(&person.go_on("warned.test", "/", &[])));
        for (host, address) in hosts.iter().zip(INSIDE) {
            let page = person.open(host, "/");
            assert_eq!(page.status, 502, "{address}");
            let event = server.event_named("site_failed");
            assert_eq!(event["detail"], "refused_address", "{address}: {event}");
            // The page does not tell what the address is.
            assert!(!page.text().contains(address) || address == "::", "{}", page.text());
        }
    }
    untouched(&[&tls, &plain]);
}

#[test]
fn a_redirect_inside_goes_to_the_browser() {
    let faults = Faults { answers: true, ..Faults::default() };
    let web = Web::with("127.77.45.1", &SITES, faults);
    let inside = forbidden("127.77.45.5:80");
    let dns = Resolver::start(&[("test", "127.77.45.1")]);
    let server = Blockhouse::with(&config(dns.address, &web.root(), "127.77.45.1", ""));
    let person = Person::new(&server, Way::H1);
    assert!(is_site(&person.go_on("warned.test", "/", &[])));
    let reply = person.ask("warned.test", "/to?http://127.77.45.5/", &[]);
    assert_eq!((reply.status, reply.field("location")), (302, Some("http://127.77.45.5/")));
    untouched(&[&inside]);
}

#[test]
fn what_was_checked_is_what_is_dialled() {
    let web = Web::start("127.77.46.1", &SITES);
    let inside = forbidden("127.77.46.5:80");
    // A resolver that tells something else each time, to be forgotten at once.
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let (told, tells) = mpsc::channel();
    std::thread::spawn(move || {
        let mut turn = 0_u32;
        let mut asked = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut asked) {
            let (answer, is_a) = rebinding(&asked[..length], turn);
            if is_a {
                turn += 1;
                let _ = told.send(turn);
            }
            let _ = socket.send_to(&answer, from);
        }
    });
    let server = Blockhouse::with(&config(address, &web.root(), "127.77.46.1", ""));
    let person = Person::new(&server, Way::Plain);
    let page = person.open("warned.test", "/");
    person.submit("warned.test", &page, CONTINUE, &[]);
    let mut outcomes = Vec::new();
    for _ in 0..6 {
        // Each on a connection of its own, so that each is resolved.
        let reply = person.ask(
            "warned.test",
            "/page",
            &["-H", "Connection: close", "-H", "Accept: text/html"],
        );
        outcomes.push(reply.status);
    }
    assert!(outcomes.contains(&200) && outcomes.contains(&502), "{outcomes:?}");
    assert!(tells.try_iter().count() >= 2, "it was asked again");
    untouched(&[&inside]);
}

/// An answer to a query for addresses: the allowed one and the inner one in turns, to be forgotten at
/// once (RFC 1035 section 4).
fn rebinding(query: &[u8], turn: u32) -> (Vec<u8>, bool) {
    let question_end = 12 + query[12..].iter().position(|octet| *octet == 0).unwrap() + 5;
    let is_a = query[question_end - 4..question_end - 2] == [0, 1];
    let mut answer = query[..question_end].to_vec();
    answer[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, u8::from(is_a), 0, 0, 0, 0]);
    if is_a {
        let last = if turn.is_multiple_of(2) { 1 } else { 5 };
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 77, 46, last]);
    }
    (answer, is_a)
}

/// A port at which nobody may knock.
fn forbidden(address: &str) -> TcpListener {
    let listener = TcpListener::bind(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

#[track_caller]
fn untouched(listeners: &[&TcpListener]) {
    for listener in listeners {
        let knocked = listener.accept().map(|(_, from)| from);
        assert_eq!(knocked.map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
    }
}
