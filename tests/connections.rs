//! Hellos, handshakes, and what is no handshake at all.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, Barrier};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::support::curl::{Way, curl};
use crate::support::server::{Blockhouse, CONFIG};
use crate::support::tls::{dial, get, trusting, trusting_in};

fn s_client(server: &Blockhouse, options: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(["s_client", "-verify_return_error", "-showcerts", "-CAfile"])
        .arg(server.root())
        .arg("-connect")
        .arg(server.https()[0].to_string())
        .args(options)
        .stdin(Stdio::null())
        .output()
        .expect("openssl starts; Debian package openssl");
    format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn every_kind_of_name_gets_its_leaf() {
    let server = Blockhouse::new();
    let config = Arc::new(trusting(&server.root()));
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}.test", "a".repeat(56));
    assert_eq!(longest.len(), 253);
    for name in [
        "blocked.test",
        "BLOCKED.Test",
        "blocked.test.",
        "a_b.test",
        "xn--bcher-kva.test",
        "sub.sub.blocked.test",
        "single",
        "1.2.3.test",
        &longest,
    ] {
        let answer = get(&config, server.https()[0], name).unwrap_or_else(|error| {
            panic!("{name}: {error}\n{}", server.said());
        });
        assert!(answer.starts_with("HTTP/1.1 200"), "{name}: {answer}");
    }
}

#[test]
fn without_a_name_the_leaf_is_for_the_address() {
    let server = Blockhouse::new();
    let config = Arc::new(trusting(&server.root()));
    for address in server.https() {
        let answer = get(&config, address, &address.ip().to_string()).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let event = server.event(|event| event["host"] == "::1");
    assert_eq!(event["event"], "stub");
}

#[test]
fn both_tls_versions_and_both_keys() {
    let server = Blockhouse::new();
    for (options, version, key) in [
        (&["-tls1_3"][..], "TLSv1.3", "id-ecPublicKey"),
        (&["-tls1_2"], "TLSv1.2", "id-ecPublicKey"),
        (&["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"], "TLSv1.2", "rsaEncryption"),
        (&["-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256"], "TLSv1.3", "rsaEncryption"),
    ] {
        let mut all = vec!["-servername", "blocked.test", "-verify_hostname", "blocked.test"];
        all.extend(options);
        let said = s_client(&server, &all);
        assert!(said.contains("Verify return code: 0 (ok)"), "{options:?}: {said}");
        assert!(said.contains(&format!("New, {version}")), "{options:?}: {said}");
        assert!(said.contains(key), "{options:?}: {said}");
    }
}

#[test]
fn tickets_resume() {
    for version in ["-tls1_2", "-tls1_3"] {
        let server = Blockhouse::new();
        let folder = tempfile::TempDir::new().unwrap();
        let kept = folder.path().join("session");
        let kept = kept.to_str().unwrap();
        // s_client reads a TLS 1.3 ticket only while it reads an answer, so that a request is sent.
        let run = |options: &[&str]| {
            let mut child = Command::new("openssl")
                .args(["s_client", "-quiet", "-no_ign_eof", "-servername", "blocked.test", version])
                .arg("-connect")
                .arg(server.https()[0].to_string())
                .args(options)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut stdin = child.stdin.take().unwrap();
            stdin
                .write_all(
                    b"GET /x.css HTTP/1.1\r\nHost: blocked.test\r\nConnection: close\r\n\r\n",
                )
                .unwrap();
            let mut answer = String::new();
            child.stdout.take().unwrap().read_to_string(&mut answer).unwrap();
            drop(stdin);
            assert!(child.wait().unwrap().success());
            assert!(answer.contains("200 OK"), "{answer}");
        };
        run(&["-sess_out", kept]);
        let again = s_client(&server, &["-servername", "blocked.test", version, "-sess_in", kept]);
        assert!(again.contains("Reused, TLSv1"), "{version}: {again}");
    }
}

#[test]
fn two_hundred_first_visits_cost_one_mint() {
    const CLIENTS: usize = 200;
    let server = Blockhouse::new();
    let config = Arc::new(trusting(&server.root()));
    let (address, start) = (server.https()[0], Barrier::new(CLIENTS));
    std::thread::scope(|scope| {
        let visits: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    get(&config, address, "new.blocked.test").expect("a first visit never fails")
                })
            })
            .collect();
        for visit in visits {
            assert!(visit.join().unwrap().starts_with("HTTP/1.1 200"));
        }
    });
    let events = server.stop();
    let visits: Vec<_> = events.iter().filter(|event| event["event"] == "stub").collect();
    assert_eq!(visits.len(), CLIENTS);
    let minted = visits.iter().filter(|event| event["leaf"] == "minted").count();
    assert_eq!(minted, 1);
}

#[test]
fn serials_differ_from_host_to_host() {
    let server = Blockhouse::new();
    let mut serials = HashSet::new();
    for number in 0..8 {
        let name = format!("h{number}.blocked.test");
        let said = s_client(&server, &["-servername", &name]);
        let (_, rest) = said.split_once("-----BEGIN CERTIFICATE-----").expect("a leaf");
        let (body, _) = rest.split_once("-----END").unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let pem = format!("-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----\n");
        std::fs::write(file.path(), pem).unwrap();
        let output = Command::new("openssl")
            .args(["x509", "-noout", "-serial", "-in"])
            .arg(file.path())
            .output()
            .unwrap();
        serials.insert(String::from_utf8(output.stdout).unwrap());
    }
    assert_eq!(serials.len(), 8, "{serials:?}");
}

#[test]
fn a_client_without_the_root_is_a_trust_failure() {
    let server = Blockhouse::new();
    let empty = tempfile::NamedTempFile::new().unwrap();
    for version in [["--tlsv1.3", "--tls-max", "1.3"], ["--tlsv1.2", "--tls-max", "1.2"]] {
        let status = Command::new("curl")
            .args(["--silent", "--noproxy", "*", "--connect-to", "::127.0.0.1:"])
            .args(version)
            .arg("--cacert")
            .arg("/etc/ssl/certs/ca-certificates.crt")
            .arg(format!("https://blocked.test:{}/", server.https()[0].port()))
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(60), "curl does not trust an unknown root");
        let event = server.event_named("trust_failure");
        assert_eq!(event["alert"], "unknown_ca");
        assert_eq!(event["host"], "blocked.test");
    }
    drop(empty);
}

#[test]
fn an_exception_gets_no_leaf() {
    let server = Blockhouse::with(&format!("{CONFIG}\n[upstream]\nservers = []\n"));
    let config = Arc::new(trusting(&server.root()));
    for name in ["trusted.test", "www.trusted.test"] {
        let error = get(&config, server.https()[0], name).expect_err("no certificate");
        assert!(error.to_string().contains("AccessDenied"), "{error}");
        let event = server.event_named("refused");
        assert_eq!((event["host"].as_str(), event["leaf"].as_str()), (Some(name), None));
    }
    // Label by label: this one only ends alike.
    assert!(get(&config, server.https()[0], "nottrusted.test").is_ok());
}

#[test]
fn plain_http_on_the_tls_port_is_led_on() {
    let server = Blockhouse::new();
    let port = server.https()[0].port();
    let mut stream = dial(server.https()[0]);
    write!(stream, "GET /a?b=c HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 307"), "{answer}");
    let wanted = format!("location: https://blocked.test:{port}/a?b=c");
    assert!(answer.to_lowercase().contains(&wanted), "{answer}");

    let mut stream = dial(server.https()[0]);
    write!(stream, "POST / HTTP/1.1\r\nHost: blocked.test\r\nContent-Length: 0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("https://"), "{answer}");
}

#[test]
fn garbage_ends_the_connection_and_nothing_else() {
    let server = Blockhouse::new();
    for garbage in [
        &b"\x00\x00\x00\x00"[..],
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        b"\x16\x03\x01\xff\xff\x01",
        b"SSH-2.0-x\r\n",
        b"GET / HTTP/9\r\n\r\n",
        b"\x80\x2e\x01\x00\x02",
    ] {
        let mut stream = dial(server.https()[0]);
        stream.write_all(garbage).unwrap();
        // The server may have ended it by now.
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut rest = Vec::new();
        // A reset is as good an end as any.
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.len() < 1024, "{garbage:?} got {rest:?}");
    }
    let config = Arc::new(trusting(&server.root()));
    assert!(get(&config, server.https()[0], "blocked.test").is_ok());
}

#[test]
fn a_hello_in_pieces_is_put_together() {
    let server = Blockhouse::new();
    let config = Arc::new(trusting(&server.root()));
    let name = rustls::pki_types::ServerName::try_from("blocked.test").unwrap();
    let mut client = rustls::ClientConnection::new(config, name).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    assert!(hello.len() > 1200, "a post-quantum hello is large: {}", hello.len());
    let mut stream = dial(server.https()[0]);
    stream.set_nodelay(true).unwrap();
    for piece in hello.chunks(100) {
        stream.write_all(piece).unwrap();
        stream.flush().unwrap();
    }
    while client.is_handshaking() {
        client.complete_io(&mut stream).unwrap();
    }
    let group = client.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
}

/// Each packet is a system call here and a wake-up there. The ticket, the page and the alert at its end are
/// one, as are the messages of each flight of a handshake.
#[test]
fn no_more_packets_are_sent_than_somebody_waits_for() {
    let text = CONFIG.replace("[cookies]", "[cookies]\nblock_page = \"optional\"");
    let server = Blockhouse::with(&text);
    for (version, full) in [(&rustls::version::TLS13, 2), (&rustls::version::TLS12, 3)] {
        let config = Arc::new(trusting_in(&server.root(), &[version]));
        // In the handshake's first flight, its second in TLS 1.2, and with the page.
        assert_eq!(packets_of_a_page(&server, &config), full, "{version:?}");
        assert_eq!(packets_of_a_page(&server, &config), 2, "{version:?}, resumed");
    }
}

/// How many packets with data a client gets that opens a page, and says all it can say in one packet each.
fn packets_of_a_page(server: &Blockhouse, config: &Arc<ClientConfig>) -> u32 {
    let name = ServerName::try_from("blocked.test").unwrap();
    let mut client = ClientConnection::new(Arc::clone(config), name).unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: blocked.test\r\nAccept: text/html\r\n\r\n";
    // Goes out with the last flight of the handshake.
    client.writer().write_all(request).unwrap();
    let mut socket = dial(server.https()[0]);
    let mut page = Vec::new();
    loop {
        let mut said = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut said).unwrap();
        }
        socket.write_all(&said).unwrap();
        if client.read_tls(&mut socket).unwrap() == 0 {
            break;
        }
        client.process_new_packets().unwrap();
        let _ = client.reader().read_to_end(&mut page);
    }
    assert!(page.starts_with(b"HTTP/1.1 403") && page.ends_with(b"</html>\n"), "a whole page");
    let filter = format!("sport = :{}", socket.local_addr().unwrap().port());
    let output = Command::new("ss").args(["-Htani", &filter]).output().expect("iproute2's ss");
    let said = String::from_utf8(output.stdout).unwrap();
    let counts =
        |word: &str| word.strip_prefix("data_segs_in:").and_then(|count| count.parse().ok());
    said.split_whitespace().find_map(counts).expect(&said)
}

#[test]
fn a_silent_client_is_let_go() {
    let config = format!("{CONFIG}\n[limits]\nhandshake = \"1s\"\nheader = \"1s\"\n");
    let server = Blockhouse::with(&config);
    for address in [server.https()[0], server.http()[0]] {
        let mut stream = dial(address);
        let mut rest = Vec::new();
        // Returns when the server closes; the read's own time-out would be an error.
        stream.read_to_end(&mut rest).expect("the server ends the connection");
        server.event_named("timed_out");
    }
}

#[test]
fn too_many_new_hosts_are_refused_and_known_ones_served() {
    let config = format!("{CONFIG}\n[limits]\nmints_per_client = 3\n");
    let server = Blockhouse::with(&config);
    let client = Arc::new(trusting(&server.root()));
    let results: Vec<_> = (0..6)
        .map(|n| get(&client, server.https()[0], &format!("h{n}.blocked.test")).is_ok())
        .collect();
    assert_eq!(results, [true, true, true, false, false, false]);
    assert_eq!(server.event_named("rate_limited")["detail"], "client");
    assert!(get(&client, server.https()[0], "h0.blocked.test").is_ok(), "its leaf is cached");
}

#[test]
fn quic_is_refused_at_once() {
    let server = Blockhouse::new();
    let mut tls = trusting(&server.root());
    tls.alpn_protocols = vec![b"h3".to_vec()];
    let crypto = quinn::crypto::rustls::QuicClientConfig::try_from(tls).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let error = runtime.block_on(async {
        let mut endpoint = quinn::Endpoint::client("127.0.0.1:0".parse().unwrap()).unwrap();
        endpoint.set_default_client_config(quinn::ClientConfig::new(Arc::new(crypto)));
        let address = server.https()[0];
        endpoint.connect(address, "blocked.test").unwrap().await.expect_err("refused")
    });
    let quinn::ConnectionError::ConnectionClosed(close) = &error else {
        panic!("the connection was not closed, but: {error}");
    };
    // no_application_protocol (RFC 9001 section 8.1): Firefox then comes over TCP without delay.
    assert_eq!(u64::from(close.error_code), 0x178, "{error}");
}

#[test]
fn the_revocation_list_is_served_and_announced() {
    let config = CONFIG.replace("[ca]", "[ca]\ncrl_host = \"crl.organisation.example\"");
    let server = Blockhouse::with(&config);
    let said = s_client(&server, &["-servername", "blocked.test"]);
    assert!(said.contains("Verify return code: 0 (ok)"), "{said}");
    let folder = tempfile::TempDir::new().unwrap();
    let file = |name: &str| folder.path().join(name);
    for (name, text) in ["leaf.pem", "issuing.pem"].iter().zip(said.split("-----BEGIN").skip(1)) {
        let (text, _) = text.split_once("-----END").unwrap();
        let pem = format!("-----BEGIN{text}-----END CERTIFICATE-----\n");
        std::fs::write(file(name), pem).unwrap();
    }
    let list = curl(&server, Way::Plain, "crl.organisation.example", "/crl/issuing.crl", &[]).body;
    std::fs::write(file("issuing.crl"), list).unwrap();
    let verified = Command::new("openssl")
        .args(["verify", "-x509_strict", "-crl_check", "-CAfile"])
        .arg(server.root())
        .args([
            &"-untrusted".into(),
            &file("issuing.pem"),
            &"-CRLfile".into(),
            &file("issuing.crl"),
        ])
        .arg(file("leaf.pem"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[verified.stdout, verified.stderr].concat()).into_owned();
    assert!(verified.status.success(), "{said}");
    let announced = Command::new("openssl")
        .args(["x509", "-noout", "-ext", "crlDistributionPoints", "-in"])
        .arg(file("leaf.pem"))
        .output()
        .unwrap();
    let announced = String::from_utf8(announced.stdout).unwrap();
    assert!(announced.contains("http://crl.organisation.example/crl/issuing.crl"), "{announced}");
    for (path, issuer) in [("/crl/issuing.crl", "Issuing"), ("/crl/root.crl", "Root")] {
        let reply = curl(&server, Way::Plain, "crl.organisation.example", path, &[]);
        assert_eq!(
            (reply.status, reply.field("content-type")),
            (200, Some("application/pkix-crl"))
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &reply.body).unwrap();
        let output = Command::new("openssl")
            .args(["crl", "-inform", "DER", "-noout", "-issuer", "-nextupdate", "-in"])
            .arg(file.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(issuer) && text.contains("nextUpdate="), "{path}: {text}");
    }
    let reply = curl(&server, Way::Plain, "crl.organisation.example", "/other", &[]);
    assert_eq!(reply.status, 404);
}

#[test]
fn a_client_that_holds_its_body_back_is_asked_for_it() {
    let server = Blockhouse::new();
    let name = ServerName::try_from("blocked.test").unwrap();
    let client = ClientConnection::new(Arc::new(trusting(&server.root())), name).unwrap();
    let mut stream = StreamOwned::new(client, dial(server.https()[0]));
    let head = "POST / HTTP/1.1\r\nHost: blocked.test\r\nExpect: 100-continue\r\n\
                Content-Length: 3\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut octets = [0; 4096];
    let length = stream.read(&mut octets).unwrap();
    // Alone: the answer itself comes with the body, or after the patience with it.
    assert_eq!(String::from_utf8_lossy(&octets[..length]), "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").unwrap();
    let length = stream.read(&mut octets).unwrap();
    let answer = String::from_utf8_lossy(&octets[..length]);
    assert!(answer.starts_with("HTTP/1.1 ") && !answer.contains(" 100 "), "{answer}");
}
