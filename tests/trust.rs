//! Who lacks the root: real clients without it are known by what they are, and leave once they have it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::browser::{Profile, Start, in_both};
use crate::support::dns::Dns;
use crate::support::namespace::{BLOCKED_V4, BLOCKED_V6, Namespace};
use crate::support::person::command;
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};
use crate::support::site::NAME;

fn support(name: &str) -> String {
    format!("{}/tests/support/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Programs that speak TLS, each with a library of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Curl,
    OpenSsl,
    GnuTls,
    Python,
    Java,
    Node,
}

const PROGRAMS: [Program; 6] = [
    Program::Curl,
    Program::OpenSsl,
    Program::GnuTls,
    Program::Python,
    Program::Java,
    Program::Node,
];

/// Asks for a page; gives whether it came.
fn knock(program: Program, port: u16, host: &str, tls12: bool, root: Option<&Path>) -> bool {
    let port = port.to_string();
    let root = root.map(|root| root.to_str().unwrap());
    let version = if tls12 { "1.2" } else { "1.3" };
    let name = format!("TLSv{version}");
    let mut words: Vec<String> = match program {
        Program::Curl => {
            let resolve = format!("{host}:{port}:127.0.0.1");
            let max = if tls12 { "--tls-max=1.2" } else { "--tlsv1.3" };
            let max = max.replace('=', " ");
            format!("curl --silent --include --noproxy * --http1.1 {max} --resolve {resolve} https://{host}:{port}/x.css")
        }
        Program::OpenSsl => {
            let version = version.replace('.', "_");
            format!("openssl s_client -tls{version} -servername {host} -verify_hostname {host} -verify_return_error -connect 127.0.0.1:{port}")
        }
        Program::GnuTls => {
            format!("gnutls-cli --priority NORMAL:-VERS-ALL:+VERS-TLS{version} --sni-hostname {host} --verify-hostname {host} --port {port} 127.0.0.1")
        }
        Program::Python => format!("python3 {} {port} {host} {version}", support("knock.py")),
        Program::Java => format!("java {} {port} {host} {name}", support("Knock.java")),
        Program::Node => format!("node {} {port} {host} {name}", support("knock.mjs")),
    }
    .split(' ')
    .map(str::to_owned)
    .collect();
    if let Some(root) = root {
        let option = match program {
            Program::Curl => Some("--cacert"),
            Program::OpenSsl => Some("-CAfile"),
            Program::GnuTls => Some("--x509cafile"),
            Program::Python | Program::Java | Program::Node => None,
        };
        words.extend(option.map(str::to_owned));
        words.push(root.to_owned());
    }
    let mut child = Command::new(&words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{words:?}: {error}"));
    let mut input = child.stdin.take().unwrap();
    // A program that has ended does not read it.
    let _ = write!(input, "GET /x.css HTTP/1.0\r\nHost: {host}\r\n\r\n");
    let mut said = Vec::new();
    // The input stays open until the server has ended the connection.
    std::io::Read::read_to_end(&mut child.stdout.take().unwrap(), &mut said).unwrap();
    drop(input);
    child.wait().unwrap();
    String::from_utf8_lossy(&said).contains("200 OK")
}

fn report(server: &Blockhouse, more: &[&str]) -> Value {
    let words = [&["trust", "--json"], more].concat();
    serde_json::from_str(&command(server, &words).unwrap()).unwrap()
}

/// What is said of a host, by any client.
fn of_host<'r>(report: &'r Value, host: &str) -> Vec<&'r Value> {
    let clients = report["clients"].as_array().unwrap().iter();
    let failures = clients.flat_map(|client| client["failures"].as_array().unwrap());
    failures.filter(|failure| failure["host"] == host).collect()
}

fn name_of(program: Program, tls12: bool) -> String {
    let version = if tls12 { "12" } else { "13" };
    format!("{program:?}-{version}.test").to_lowercase()
}

#[test]
fn programs_without_the_root_are_known_and_leave_with_it() {
    let server = Blockhouse::new();
    let port = server.https()[0].port();
    let each = || PROGRAMS.iter().flat_map(|program| [true, false].map(|tls12| (*program, tls12)));
    for (program, tls12) in each() {
        for _ in 0..2 {
            let host = name_of(program, tls12);
            assert!(!knock(program, port, &host, tls12, None), "{program:?} {tls12}");
        }
    }
    let said = report(&server, &[]);
    let clients = said["clients"].as_array().unwrap();
    assert_eq!(clients.len(), 1, "{said:#}");
    assert_eq!(clients[0]["client"], "127.0.0.1");
    assert_eq!(clients[0]["diagnosis"], "no_root");
    for (program, tls12) in each() {
        let host = name_of(program, tls12);
        let found = of_host(&said, &host);
        assert_eq!(found.len(), 1, "{program:?} {tls12}: {said:#}");
        let found = found[0];
        assert_eq!(found["diagnosis"], "no_root", "{host}");
        assert_eq!(found["count"], 2, "{host}");
        assert_eq!(found["tls"], if tls12 { "TLSv1_2" } else { "TLSv1_3" }, "{host}");
        assert_eq!(found["family"], "other", "{host}");
        assert!(found["first"].as_str() <= found["last"].as_str(), "{host}");
        let alert = found["alert"].as_str().unwrap();
        let wanted: &[&str] = match program {
            Program::Java => &["certificate_unknown"],
            // They look at the certificate once the handshake is done, and leave with or without a word.
            Program::Node => &["no_request", "closed"],
            Program::GnuTls => &["no_request", "closed", "bad_certificate", "unknown_ca"],
            Program::Curl | Program::OpenSsl | Program::Python => &["unknown_ca"],
        };
        assert!(wanted.contains(&alert), "{host}: {alert}");
    }
    let counted: u64 =
        said["failures"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(counted, 2 * 2 * 6, "{said:#}");

    // For people: what it is, and what to do.
    let table = command(&server, &["trust"]).unwrap();
    assert!(table.contains("no root on this client"), "{table}");
    assert!(table.contains("install the root on the device"), "{table}");
    assert!(!table.contains("192.0.2.9"));
    assert_eq!(report(&server, &["--client", "192.0.2.9"])["clients"], Value::Array(vec![]));

    let root = server.root();
    for (program, tls12) in each() {
        let host = name_of(program, tls12);
        assert!(knock(program, port, &host, tls12, Some(&root)), "{program:?} {tls12}");
        let said = report(&server, &[]);
        assert!(of_host(&said, &host).is_empty(), "{host}: {said:#}");
    }
    let said = report(&server, &[]);
    assert_eq!((&said["clients"], &said["lacking"]), (&Value::Array(vec![]), &Value::from(0)));
}

#[test]
fn a_host_that_is_pinned_is_told_from_a_missing_root() {
    let server = Blockhouse::new();
    let port = server.https()[0].port();
    let root = server.root();
    // The same program trusts the root at other hosts.
    for host in ["one.test", "two.test"] {
        assert!(knock(Program::Curl, port, host, false, Some(&root)));
    }
    assert!(!knock(Program::Curl, port, "pinned.test", false, None));
    let said = report(&server, &[]);
    assert_eq!(of_host(&said, "pinned.test")[0]["diagnosis"], "pins_host", "{said:#}");
    // Another program never succeeded, while this one did.
    assert!(!knock(Program::Python, port, "other.test", false, None));
    let said = report(&server, &[]);
    assert_eq!(of_host(&said, "other.test")[0]["diagnosis"], "application", "{said:#}");
    let event = server.event(|event| event["host"] == "other.test");
    assert_eq!(event["event"], "trust_failure");
    assert_eq!(event["diagnosis"], "application");
    assert!(event["ja4"].as_str().unwrap().starts_with("t13d"), "{event}");

    // A single program is not enough to say that the root is nowhere.
    let cleared = command(&server, &["trust", "--clear", "--client", "127.0.0.0/8"]).unwrap();
    assert!(cleared.contains("1 client is forgotten"), "{cleared}");
    assert_eq!(report(&server, &[])["clients"], Value::Array(vec![]));
}

#[test]
fn it_outlives_a_restart_and_a_single_program_says_little() {
    let folder = folder_with_root(&[]);
    let server = Blockhouse::start(folder.clone(), CONFIG, &[]);
    let port = server.https()[0].port();
    assert!(!knock(Program::Python, port, "a.test", false, None));
    let before = report(&server, &[]);
    assert_eq!(before["clients"][0]["diagnosis"], "unknown");
    server.stop();
    let server = Blockhouse::start(folder, CONFIG, &[]);
    assert_eq!(report(&server, &[])["clients"], before["clients"]);
}

#[test]
fn without_a_server_it_reads_the_store_and_a_wrong_network_is_refused() {
    let server = Blockhouse::new();
    let wrong = command(&server, &["trust", "--client", "x"]).unwrap_err();
    assert!(wrong.contains("192.0.2.0/24"), "{wrong}");
    assert!(!knock(Program::Python, server.https()[0].port(), "a.test", false, None));
    let folder = server.folder.clone();
    let before = report(&server, &[]);
    server.stop();
    let output = Command::new(env!("CARGO_BIN_EXE_blockhouse"))
        .args(["trust", "--json", "--config"])
        .arg(folder.path().join("blockhouse.toml"))
        .output()
        .unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["clients"], before["clients"]);
}

/// What the gateway answers for the host: an address, or the code of the answer.
fn dig(server: &Blockhouse, host: &str) -> String {
    let at = server.words.iter().find_map(|line| line.strip_prefix("listening for dns on "));
    let port = at.unwrap().rsplit(':').next().unwrap();
    let words = ["@127.0.0.1", "-p", port, "+noall", "+comments", "+answer", host, "A"];
    let output = Command::new("dig").args(words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let status = said.split("status: ").nth(1).unwrap().split(',').next().unwrap();
    match said.split_whitespace().rfind(|word| word.parse::<std::net::Ipv4Addr>().is_ok()) {
        Some(address) => address.to_owned(),
        None => status.to_owned(),
    }
}

#[test]
fn the_gateway_backs_off_where_a_client_keeps_failing_until_it_has_the_root() {
    let more = "[trust]\nback_off = true\nback_off_failures = 3\n
        [gateway]\naddresses = [\"127.0.0.1\"]\nfeed = [\"127.0.0.1:0\"]\n
        [dns]\nlisten = [\"127.0.0.1:0\"]\n[upstream]\nservers = []\n
        [portal]\nhost = \"portal.test\"\n";
    let server = Blockhouse::with(&format!("{CONFIG}\n{more}"));
    let port = server.https()[0].port();
    let feed = server.words.iter().find_map(|line| line.strip_prefix("listening for feed on "));
    let verdict = || -> Value {
        let address =
            format!("http://{}/verdict?host=blocked.test&client=127.0.0.1", feed.unwrap());
        let output = Command::new("curl").args(["--silent", "--noproxy", "*", &address]).output();
        serde_json::from_slice(&output.unwrap().stdout).unwrap()
    };
    assert_eq!(dig(&server, "blocked.test"), "127.0.0.1");
    assert_eq!(verdict()["gateway"]["answer"], "page");
    for _ in 0..3 {
        assert_eq!(dig(&server, "blocked.test"), "127.0.0.1");
        assert!(!knock(Program::Curl, port, "blocked.test", false, None));
    }
    assert_eq!(dig(&server, "blocked.test"), "NXDOMAIN");
    assert_eq!(dig(&server, "warned.test"), "127.0.0.1", "another host is as it was");
    for _ in 0..4 {
        assert!(!knock(Program::Curl, port, "portal.test", false, None));
    }
    assert_eq!(dig(&server, "portal.test"), "127.0.0.1", "from there people install the root");
    assert_eq!(verdict()["gateway"]["answer"], "nxdomain");
    let said = report(&server, &[]);
    assert!(of_host(&said, "blocked.test")[0]["back_off_until"].is_string(), "{said:#}");
    assert!(knock(Program::Curl, port, "blocked.test", false, Some(&server.root())));
    assert_eq!(dig(&server, "blocked.test"), "127.0.0.1");
    assert_eq!(verdict()["gateway"]["answer"], "page");
}

#[test]
fn without_the_key_the_gateway_goes_on_redirecting() {
    let more = "[gateway]\naddresses = [\"127.0.0.1\"]\n
        [dns]\nlisten = [\"127.0.0.1:0\"]\n[upstream]\nservers = []\n";
    let server = Blockhouse::with(&format!("{CONFIG}\n{more}"));
    for _ in 0..8 {
        assert!(!knock(Program::Curl, server.https()[0].port(), "blocked.test", false, None));
    }
    assert_eq!(dig(&server, "blocked.test"), "127.0.0.1");
}

#[test]
fn a_visit_to_a_test_address_proves_that_the_root_is_trusted() {
    let server = Blockhouse::with(&format!("{CONFIG}\n[portal]\nhost = \"portal.test\"\n"));
    let port = server.https()[0].port();
    let ask = |host: &str, path: &str| {
        let resolve = format!("{host}:{port}:127.0.0.1");
        let output = Command::new("curl")
            .args(["--silent", "--noproxy", "*", "--resolve", &resolve, "--cacert"])
            .arg(server.root())
            .arg(format!("https://{host}:{port}{path}"))
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert!(ask("portal.test", "/").contains("<html"));
    assert_eq!(report(&server, &[])["roots"], Value::Array(vec![]), "a page proves nothing");
    assert_eq!(ask("x1.check.portal.test", "/probe/ok?abc"), "ok-abc");
    let roots = report(&server, &[])["roots"].clone();
    let fingerprint =
        server.words.iter().find_map(|line| line.strip_prefix("root fingerprint SHA-256 "));
    assert_eq!(roots[0]["root"], fingerprint.unwrap());
    assert_eq!(roots[0]["verified"], 1);
    let table = command(&server, &["trust"]);
    assert!(table.is_ok());
}

mod check {
    use super::*;

    /// A browser before and after its profile has the root, on a device where curl has it all along.
    pub(super) fn browsers_are_known_and_leave(start: Start) {
        let space = std::sync::Arc::new(Namespace::new());
        let _dns = Dns::start(&space, NAME, &[]);
        let addresses = format!(
            "https = [\"{BLOCKED_V4}:443\", \"[{BLOCKED_V6}]:443\"]\n\
             http = [\"{BLOCKED_V4}:80\", \"[{BLOCKED_V6}]:80\"]"
        );
        let text = CONFIG.replace(
            "https = [\"127.0.0.1:0\", \"[::1]:0\"]\nhttp = [\"127.0.0.1:0\"]",
            &addresses,
        );
        assert!(text.contains(&addresses));
        let server = Blockhouse::start(folder_with_root(&[]), &text, &space.wrap());
        let root = server.root();
        let open_as = |profile: Profile, host: &str| {
            let mut browser = start(&space, &profile);
            browser.goto(&format!("https://{host}/")).is_ok()
        };
        let open = |roots: &[&Path], host: &str| open_as(Profile::with(roots), host);
        let alone = |host: &str| {
            let said = report(&server, &[]);
            let found = of_host(&said, host);
            assert!(!found.is_empty(), "{said:#}\n{}", server.said());
            found[0].clone()
        };
        assert!(!open(&[], "games.test"));
        let found = alone("games.test");
        assert_eq!(found["diagnosis"], "no_root");
        let browser = found["family"].as_str().unwrap().to_owned();
        assert!(["firefox", "chromium"].contains(&browser.as_str()), "{found}");
        let alert = if browser == "firefox" { "unknown_ca" } else { "certificate_unknown" };
        assert_eq!(found["alert"], alert);
        assert_eq!(found["tls"], "TLSv1_3");
        let older = |roots| Profile { only_tls12: true, ..Profile::with(roots) };
        assert!(!open_as(older(&[]), "older.test"));
        let found = alone("older.test");
        assert_eq!(found["diagnosis"], "no_root");
        assert_eq!((&found["alert"], &found["tls"]), (&alert.into(), &"TLSv1_2".into()));

        // The system has the root now, the browser does not.
        let mut curl = space.command("curl");
        curl.args(["--silent", "--fail-with-body", "--noproxy", "*", "--cacert"]).arg(&root);
        // By the one family that the browser comes by as well, or they were two clients.
        let families = report(&server, &[])["clients"].as_array().unwrap().clone();
        for client in &families {
            let family = if client["client"].as_str().unwrap().contains(':') { "-6" } else { "-4" };
            let words = [family, "https://system.test/x.css"];
            assert!(curl.args(words).status().unwrap().success());
        }
        assert_eq!(alone("games.test")["diagnosis"], "browser_store");
        let table = command(&server, &["trust"]).unwrap();
        assert!(table.contains("a browser with a store of its own"), "{table}");

        assert!(open(&[&root], "games.test"));
        let said = report(&server, &[]);
        assert!(of_host(&said, "games.test").is_empty(), "{said:#}");
        assert!(open_as(older(&[&root]), "older.test"));
        let said = report(&server, &[]);
        assert!(of_host(&said, "older.test").is_empty(), "{said:#}");
    }
}
in_both!(browsers_are_known_and_leave);
