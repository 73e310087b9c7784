//! Answers of sites that are odd, and that browsers show all the same: they come through as they are meant.

use std::sync::{Arc, Mutex};

use crate::support::curl::Way;
use crate::support::frames::{
    Answer, END_HEADERS, END_STREAM, FramedSite, GOAWAY, HEADERS, OK, RST_STREAM,
};
use crate::support::person::Person;
use crate::support::resolver::Resolver;
use crate::support::scripted::{Script, Scripted, Talk};
use crate::support::server::Blockhouse;

const TELLS: &str = " %{http_code}";
/// The number of `REFUSED_STREAM` (RFC 9113 section 7).
const REFUSED_STREAM: &[u8] = &[0, 0, 0, 7];

fn scripted(ip: &str, scripts: &[(&str, Script)]) -> (Scripted, Resolver, Blockhouse) {
    let first = Script::Octets(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst".to_vec());
    let all = scripts.iter().cloned().chain([("/", first)]);
    let site = Scripted::start(ip, all.map(|(path, script)| (path.to_owned(), script)).collect());
    let dns = Resolver::start(&[("test", ip)]);
    let server = Blockhouse::before_sites(dns.address, &site.root(), ip);
    (site, dns, server)
}

fn person(server: &Blockhouse) -> Person<'_> {
    let person = Person::new(server, Way::H1);
    assert_eq!(person.go_on("warned.test", "/", &[]).text(), "first");
    person
}

fn octets(text: &str) -> Script {
    Script::Octets(text.as_bytes().to_vec())
}

#[test]
fn lengths_that_do_not_count_do_not_go_on() {
    let chunked = "Transfer-Encoding: chunked\r\n\r\na\r\nten octets\r\n0\r\n\r\n";
    let ok = |rest: &str| octets(&format!("HTTP/1.1 200 OK\r\n{rest}"));
    let (_site, _dns, server) = scripted(
        "127.77.60.1",
        &[
            // RFC 9112 section 6.3.
            ("/both", ok(&format!("Content-Length: 5\r\n{chunked}"))),
            ("/both-0", ok(&format!("Content-Length: 0\r\n{chunked}"))),
            // RFC 9110 section 8.6.
            ("/twice", ok("Content-Length: 10\r\nContent-Length: 10\r\n\r\nten octets")),
            ("/list", ok("Content-Length: 10, 10\r\n\r\nten octets")),
            ("/none", octets("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n")),
        ],
    );
    let person = person(&server);
    for version in ["--http1.1", "--http2"] {
        for path in ["/both", "/both-0", "/twice", "/list"] {
            let came = person.transfer(version, TELLS, &[path], &[]);
            assert_eq!(came, (Some(0), "ten octets 200".to_owned()), "{path} {version}");
        }
        let came = person.transfer(version, TELLS, &["/none"], &[]);
        assert_eq!(came, (Some(0), " 204".to_owned()), "{version}");
    }
}

#[test]
fn fields_that_browsers_put_up_with_go_on_in_good_form() {
    let answer = |fields: &str| {
        octets(&format!("HTTP/1.1 200 OK\r\n{fields}\r\nContent-Length: 4\r\n\r\nfine"))
    };
    let (_site, _dns, server) = scripted(
        "127.77.61.1",
        &[
            ("/space", answer("X-A : b")),
            ("/folded", answer("X-A: b\r\n c")),
            ("/no-colon", answer("what is this\r\nX-A: b")),
        ],
    );
    let person = person(&server);
    for version in ["--http1.1", "--http2"] {
        for (path, value) in [("/space", "b"), ("/folded", "b c"), ("/no-colon", "b")] {
            let tells = " %{http_code} %header{x-a}";
            let (code, came) = person.transfer(version, tells, &[path], &[]);
            let came = came.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!((code, came), (Some(0), format!("fine 200 {value}")), "{path} {version}");
        }
    }
}

#[test]
fn trailers_say_nothing_of_the_connection() {
    let answer = |trailer: &str| {
        octets(&format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nten octets\r\n0\r\n{trailer}\r\n\r\n"
        ))
    };
    let (_site, _dns, server) = scripted(
        "127.77.62.1",
        &[
            ("/good", answer("X-A: b")),
            ("/connection", answer("Connection: close")),
            ("/length", answer("Content-Length: 3")),
        ],
    );
    let person = person(&server);
    for path in ["/good", "/connection", "/length"] {
        for version in ["--http1.1", "--http2"] {
            let came = person.transfer(version, TELLS, &[path], &["-H", "TE: trailers"]);
            assert_eq!(came, (Some(0), "ten octets 200".to_owned()), "{path} {version}");
        }
    }
}

#[test]
fn another_protocol_that_nobody_asked_for_is_no_answer() {
    let text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n";
    let (_site, _dns, server) = scripted("127.77.63.1", &[("/101", octets(text))]);
    let person = person(&server);
    for version in ["--http1.1", "--http2"] {
        let (code, came) = person.transfer(version, TELLS, &["/101"], &[]);
        assert!(code == Some(0) && came.ends_with(" 502"), "{code:?} {came}");
        assert_eq!(server.event_named("site_failed")["detail"], "bad_answer");
    }
}

#[test]
fn a_get_may_have_a_body_of_unknown_length() {
    let heard = Arc::new(Mutex::new(String::new()));
    let hears = Arc::clone(&heard);
    let talk: Talk = Arc::new(move |wire, first| {
        let mut octets = first;
        // The last chunk.
        while !octets.ends_with(b"0\r\n\r\n") {
            let mut buffer = [0; 1024];
            match wire.read(&mut buffer) {
                Ok(count @ 1..) => octets.extend_from_slice(&buffer[..count]),
                _ => break,
            }
        }
        *hears.lock().unwrap() = String::from_utf8_lossy(&octets).into_owned();
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine";
        let _ = wire.write_all(answer);
    });
    let (_site, _dns, server) = scripted("127.77.64.1", &[("/find", Script::Talk(talk))]);
    let person = person(&server);
    let chunked =
        ["--request", "GET", "-H", "Transfer-Encoding: chunked", "--data", "what to find"];
    let came = person.transfer("--http1.1", TELLS, &["/find"], &chunked);
    assert_eq!(came, (Some(0), "fine 200".to_owned()));
    assert!(heard.lock().unwrap().contains("what to find"), "{heard:?}");
}

#[test]
fn what_a_client_breaks_off_is_not_the_sites_fault() {
    use std::io::{Read as _, Write as _};

    use rustls::pki_types::ServerName;
    use rustls::{ClientConnection, StreamOwned};

    use crate::support::tls::{dial, trusting};

    let wait: Talk = Arc::new(|wire, _| {
        let mut buffer = [0; 1024];
        while matches!(wire.read(&mut buffer), Ok(1..)) {}
    });
    let (_site, _dns, server) = scripted("127.77.65.1", &[("/up", Script::Talk(wait))]);
    let person = person(&server);
    let cookie = person.cookies();
    let open = || {
        let name = ServerName::try_from("warned.test").unwrap();
        let client = ClientConnection::new(Arc::new(trusting(&server.root())), name).unwrap();
        StreamOwned::new(client, dial(server.https()[0]))
    };
    let head = format!("POST /up HTTP/1.1\r\nHost: warned.test\r\nCookie: {cookie}\r\n");
    let told = || {
        let event = server.event(|event| {
            event["event"] == "passed_through" && event["status"] == 400
                || event["event"] == "site_failed"
        });
        (event["event"].as_str().unwrap().to_owned(), event["detail"].as_str().map(str::to_owned))
    };
    let wanted = ("passed_through".to_owned(), Some("client".to_owned()));
    let mut broken_off = open();
    write!(broken_off, "{head}Content-Length: 1000\r\n\r\nabc").unwrap();
    broken_off.conn.send_close_notify();
    broken_off.flush().unwrap();
    broken_off.sock.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(told(), wanted);

    let mut no_chunk = open();
    write!(no_chunk, "{head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nwhat?\r\n").unwrap();
    no_chunk.flush().unwrap();
    let mut answer = [0; 12];
    no_chunk.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 400");
    assert_eq!(told(), wanted);
}

#[test]
fn a_request_that_a_site_did_not_take_is_sent_again() {
    // RFC 9113 section 8.7: whatever the method, since nothing was done with it.
    const FINE: Answer = &[(HEADERS, END_HEADERS | END_STREAM, OK)];
    const REFUSED: Answer = &[(RST_STREAM, 0, REFUSED_STREAM)];
    // Without an error, and nothing was done with what came after stream 0.
    const GOOD_BYE: Answer = &[(GOAWAY, 0, &[0; 8])];
    let site = FramedSite::start(
        "127.77.66.1",
        &[FINE, REFUSED, FINE, GOOD_BYE, FINE, REFUSED, FINE, REFUSED, FINE, REFUSED, FINE],
    );
    let dns = Resolver::start(&[("test", "127.77.66.1")]);
    let server = Blockhouse::before_sites(dns.address, &site.root(), "127.77.66.1");
    let person = Person::new(&server, Way::H1);
    person.go_on("warned.test", "/", &[]);
    let went = (Some(0), " 200".to_owned());
    let ask = |version: &str, more: &[&str]| person.transfer(version, TELLS, &["/"], more);
    assert_eq!(ask("--http1.1", &["--request", "POST"]), went);
    assert_eq!(ask("--http1.1", &["--request", "POST"]), went, "after a good-bye");
    assert_eq!(ask("--http2", &["--request", "DELETE"]), went);
    // With a body only the client has it all, and it sends it again by itself when it is told.
    assert_eq!(ask("--http2", &["--data", "x"]), went);
    let (code, came) = ask("--http1.1", &["--data", "x"]);
    assert!(code == Some(0) && came.ends_with(" 502"), "{code:?} {came}");
    assert_eq!(ask("--http1.1", &["--data", "x"]), went);
}
