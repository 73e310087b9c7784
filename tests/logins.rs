//! Sites that know a person by the connection (NTLM): what one has logged in is nobody else's.

use std::sync::Arc;

use crate::support::curl::Way;
use crate::support::frames::{
    END_HEADERS, END_STREAM, FramedSite, HEADERS, HTTP_1_1_REQUIRED, OK, OVER_1, RST_STREAM,
};
use crate::support::ntlm::Logins;
use crate::support::person::Person;
use crate::support::resolver::Resolver;
use crate::support::scripted::{Says, Script, Scripted};
use crate::support::server::Blockhouse;

/// Greets whom a connection belongs to.
fn mail() -> Says {
    let logins = Logins::default();
    Arc::new(move |connection, head| {
        let field = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("authorization").then(|| value.to_owned())
        };
        let (status, challenge, text) = match logins.hear(connection, head.lines().find_map(field))
        {
            Ok(name) => ("200 OK", String::new(), format!("mail of {name}")),
            Err(challenge) => {
                let challenge = format!("WWW-Authenticate: {challenge}\r\n");
                ("401 Unauthorized", challenge, "log in".to_owned())
            }
        };
        let length = text.len();
        format!("HTTP/1.1 {status}\r\n{challenge}Content-Length: {length}\r\n\r\n{text}")
    })
}

/// What curl got: bodies, each with its status, version and number of new connections.
fn ask(person: &Person, version: &str, paths: &[&str], more: &[&str]) -> String {
    let (code, came) = person.transfer(version, " %{http_code} %{http_version}\n", paths, more);
    assert_eq!(code, Some(0), "{came}");
    came
}

#[test]
fn a_connection_that_is_logged_in_is_nobody_elses() {
    let first = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst".to_vec();
    let scripts = [("/", Script::Octets(first)), ("/mail", Script::Says(mail()))];
    let scripts = scripts.map(|(path, script)| (path.to_owned(), script)).into();
    let site = Scripted::start("127.77.53.1", scripts);
    let dns = Resolver::start(&[("test", "127.77.53.1")]);
    let server = Blockhouse::before_sites(dns.address, &site.root(), "127.77.53.1");
    let people = [Way::H1, Way::H2].map(|way| Person::new(&server, way));
    for person in &people {
        assert_eq!(person.go_on("warned.test", "/", &[]).text(), "first");
    }
    let [ann, ben] = &people;
    site.heard();
    let log_in = ["--ntlm", "--user", "ann:secret"];
    let came = ask(ann, "--http1.1", &["/mail", "/mail", "/mail"], &log_in);
    assert_eq!(came, "mail of ann 200 1.1\n".repeat(3));
    let logged_in = |head: &&Vec<u8>| {
        String::from_utf8_lossy(head).to_lowercase().contains("\r\nauthorization: ntlm ")
    };
    // Its two messages, and no more: what comes behind them is known by the connection.
    assert_eq!(site.heard().iter().filter(logged_in).count(), 2);
    for _ in 0..10 {
        let came = ask(ben, "--http1.1", &["/mail"; 4], &[]);
        assert_eq!(came, "log in 401 1.1\n".repeat(4));
    }
    // HTTP/2 has no such logins, so the client is told to come again without.
    assert_eq!(ask(ben, "--http2", &["/mail"], &[]), "log in 401 1.1\n");
    assert_eq!(ask(ben, "--http2", &["/"], &[]), "first 200 2\n");
    let log_in = ["--ntlm", "--user", "ben:secret"];
    assert_eq!(ask(ben, "--http2", &["/mail"], &log_in), "mail of ben 200 1.1\n");
}

#[test]
fn a_site_that_wants_no_http_2_is_asked_without() {
    let site = FramedSite::start(
        "127.77.54.1",
        &[&[(HEADERS, END_HEADERS | END_STREAM, OK)], &[(RST_STREAM, 0, HTTP_1_1_REQUIRED)]],
    );
    let dns = Resolver::start(&[("test", "127.77.54.1")]);
    let server = Blockhouse::before_sites(dns.address, &site.root(), "127.77.54.1");
    let person = Person::new(&server, Way::H1);
    person.go_on("warned.test", "/", &[]);
    for version in ["--http1.1", "--http2"] {
        let number = if version == "--http2" { 2.to_string() } else { "1.1".to_owned() };
        let came = ask(&person, version, &["/"], &["--request", "POST"]);
        assert_eq!(came, format!("{OVER_1} 200 {number}\n"));
        // A body that is gone could not go again; by now the site is known.
        let came = ask(&person, version, &["/"], &["--data", "x"]);
        assert_eq!(came, format!("{OVER_1} 200 {number}\n"));
    }
}
