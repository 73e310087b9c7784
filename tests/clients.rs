//! Programs that people use fetch a page with the exported root, and nothing else of ours.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::curl::{Way, url};
use crate::support::server::Blockhouse;

fn run(what: &str, command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}"));
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{what}: {said}");
    said
}

fn exported(server: &Blockhouse) -> PathBuf {
    let file = server.folder.path().join("exported.pem");
    run(
        "blockhouse-ca export",
        Command::new(env!("CARGO_BIN_EXE_blockhouse-ca"))
            .args(["export", "--format", "pem", "--directory"])
            .arg(server.folder.path().join("certs"))
            .arg("--output")
            .arg(&file),
    );
    file
}

fn support(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support").join(name)
}

/// Clients without a way to say where a host is connect to `localhost`, which no list knows and no
/// exception covers, so that it is blocked as any host is.
#[test]
fn they_all_fetch_a_page() {
    let server = Blockhouse::new();
    let root = exported(&server);
    let address = url(&server, Way::H1, "localhost", "/");
    let wanted = "localhost";

    let said = run(
        "curl",
        Command::new("curl")
            .args(["--silent", "--show-error", "--location", "--cookie", "", "--noproxy", "*"])
            .arg("--cacert")
            .arg(&root)
            .arg(&address),
    );
    assert!(said.contains("<html") && said.contains(wanted), "curl: {said}");

    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python");
    let said =
        run("requests", Command::new(python).arg(support("fetch.py")).arg(&address).arg(&root));
    assert!(said.contains("403") && said.contains("<html"), "requests: {said}");

    let said = run(
        "node",
        Command::new("node")
            .arg(support("fetch.mjs"))
            .arg(&address)
            .env("NODE_EXTRA_CA_CERTS", &root),
    );
    assert!(said.contains("403") && said.contains("<html"), "node: {said}");

    let said =
        run("java", Command::new("java").arg(support("Fetch.java")).arg(&address).arg(&root));
    assert!(said.contains("403") && said.contains("<html"), "java: {said}");

    let port = server.https()[0].port().to_string();
    for priority in ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"] {
        let mut client = Command::new("gnutls-cli");
        client.args(["--sni-hostname", "localhost", "--verify-hostname", "localhost"]);
        client.args(["--port", &port, "--priority", priority, "127.0.0.1", "--x509cafile"]);
        let said = converse("gnutls-cli", client.arg(&root));
        assert!(said.contains("The certificate is trusted"), "gnutls-cli: {said}");
        assert!(said.contains("200 OK"), "gnutls-cli: {said}");
    }
    for version in ["-tls1_2", "-tls1_3"] {
        let mut client = Command::new("openssl");
        client.args(["s_client", version, "-servername", "localhost", "-verify_return_error"]);
        client.args(["-verify_hostname", "localhost", "-connect", &format!("127.0.0.1:{port}")]);
        let said = converse("openssl", client.arg("-CAfile").arg(&root));
        assert!(said.contains("Verify return code: 0 (ok)") && said.contains("200 OK"), "{said}");
    }
}

/// Sends a request through a program that copies between a TLS connection and its own streams, and
/// leaves its input open until the server has ended the connection.
fn converse(what: &str, command: &mut Command) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"GET /x.css HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    drop(input);
    child.wait().unwrap();
    said
}
