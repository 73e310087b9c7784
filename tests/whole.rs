//! Whether a body that ends is whole: answers for people, and uploads for sites.

use std::io::Write as _;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::support::curl::Way;
use crate::support::frames::{
    DATA, END_HEADERS, END_STREAM, FramedSite, HEADERS, NO_ERROR, OK, PREFACE, RST_STREAM,
    SETTINGS, frame,
};
use crate::support::person::Person;
use crate::support::resolver::Resolver;
use crate::support::scripted::{Script, Scripted, Talk};
use crate::support::server::Blockhouse;
use crate::support::tls::{dial, trusting};

/// What curl is to say behind a body.
const TELLS: &str = " %{http_code}";
/// `:status: 413` in HPACK.
const TOO_LARGE: &[u8] = b"\x08\x03413";

#[test]
fn a_stream_that_is_reset_without_an_error_is_whole_only_when_it_ended() {
    // RFC 9113 section 8.1: such a reset tells who asks to send no more, and is no end of an answer.
    let site = FramedSite::start(
        "127.77.49.1",
        &[
            &[(HEADERS, END_HEADERS, OK), (DATA, END_STREAM, b"first")],
            &[(HEADERS, END_HEADERS, OK), (DATA, 0, b"ten octets"), (RST_STREAM, 0, NO_ERROR)],
            &[(HEADERS, END_HEADERS, OK), (DATA, 0, b"ten octets"), (RST_STREAM, 0, NO_ERROR)],
            &[(HEADERS, END_HEADERS, OK), (RST_STREAM, 0, NO_ERROR)],
            &[
                (HEADERS, END_HEADERS, TOO_LARGE),
                (DATA, END_STREAM, b"too large"),
                (RST_STREAM, 0, NO_ERROR),
            ],
            &[(HEADERS, END_HEADERS | END_STREAM, OK), (RST_STREAM, 0, NO_ERROR)],
        ],
    );
    let dns = Resolver::start(&[("test", "127.77.49.1")]);
    let server = Blockhouse::before_sites(dns.address, &site.root(), "127.77.49.1");
    let person = Person::new(&server, Way::H1);
    assert_eq!(person.go_on("warned.test", "/", &[]).text(), "first");
    let ask = |version, more: &[&str]| person.transfer(version, TELLS, &["/"], more);
    assert_eq!(ask("--http1.1", &[]), (Some(18), "ten octets 200".to_owned()));
    // The stream is reset, which may overtake octets, and the head as well.
    let (code, came) = ask("--http2", &[]);
    let came = came.strip_suffix(" 200").or(came.strip_suffix(" 000")).unwrap_or(&came);
    assert!(code == Some(92) && "ten octets".starts_with(came), "{code:?} {came}");
    assert_eq!(ask("--http1.1", &[]), (Some(18), " 200".to_owned()));

    // More than the site's window takes, so that the upload has not ended when the answer comes.
    let upload = server.folder.path().join("upload");
    std::fs::write(&upload, vec![0; 4 << 20]).unwrap();
    let upload = format!("@{}", upload.display());
    let (code, came) = ask("--http1.1", &["--data-binary", &upload]);
    assert_eq!((code, &*came), (Some(0), "too large 413"));
    let (code, came) = ask("--http1.1", &["--data-binary", &upload]);
    assert_eq!((code, &*came), (Some(0), " 200"), "without a body");
}

#[test]
fn the_end_of_a_connection_ends_an_answer_without_a_length_alone() {
    // Chromium and Firefox take it so, whether TLS said that this is the end or not.
    let plain = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nten octets";
    let old = "HTTP/1.0 200 OK\r\n\r\nten octets";
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nten octets";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nten octets\r\n";
    let head = "HTTP/1.1 200 OK\r\nContent-";
    let first = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst";
    let cut = |text: &str| Script::Cut(text.as_bytes().to_vec());
    let scripts = [
        ("/", Script::Octets(first.as_bytes().to_vec())),
        ("/told", Script::Octets(plain.as_bytes().to_vec())),
        ("/plain", cut(plain)),
        ("/old", cut(old)),
        ("/whole", cut(first)),
        ("/long", cut(long)),
        ("/chunked", cut(chunked)),
        ("/head", cut(head)),
    ];
    let scripts = scripts.map(|(path, script)| (path.to_owned(), script)).into();
    let site = Scripted::start("127.77.51.1", scripts);
    let dns = Resolver::start(&[("test", "127.77.51.1")]);
    let server = Blockhouse::before_sites(dns.address, &site.root(), "127.77.51.1");
    let person = Person::new(&server, Way::H1);
    assert_eq!(person.go_on("warned.test", "/", &[]).text(), "first");
    for path in ["/told", "/plain", "/old", "/whole"] {
        for version in ["--http1.1", "--http2"] {
            let (code, came) = person.transfer(version, TELLS, &[path], &[]);
            let wanted = if path == "/whole" { "first 200" } else { "ten octets 200" };
            assert_eq!((code, &*came), (Some(0), wanted), "{path} {version}");
        }
    }
    for path in ["/long", "/chunked"] {
        let (code, came) = person.transfer("--http1.1", TELLS, &[path], &[]);
        assert_eq!((code, &*came), (Some(18), "ten octets 200"), "{path}");
    }
    assert_eq!(person.open("warned.test", "/head").status, 502);
}

#[test]
fn a_request_that_is_reset_never_looks_whole_to_the_site() {
    let (heard, hears) = mpsc::channel();
    let heard = Mutex::new(heard);
    let talk: Talk = Arc::new(move |wire, first| {
        let heard = heard.lock().unwrap();
        let mut octets = first;
        loop {
            heard.send((octets.clone(), false)).unwrap();
            let mut buffer = [0; 1024];
            match wire.read(&mut buffer) {
                Ok(count @ 1..) => octets.extend_from_slice(&buffer[..count]),
                _ => break,
            }
        }
        let _ = heard.send((octets, true));
    });
    let first = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst".to_vec();
    let scripts = [("/", Script::Octets(first)), ("/upload", Script::Talk(talk))];
    let scripts = scripts.map(|(path, script)| (path.to_owned(), script)).into();
    let site = Scripted::start("127.77.50.1", scripts);
    let dns = Resolver::start(&[("test", "127.77.50.1")]);
    let server = Blockhouse::before_sites(dns.address, &site.root(), "127.77.50.1");
    let person = Person::new(&server, Way::H2);
    assert_eq!(person.go_on("warned.test", "/", &[]).text(), "first");

    let mut trust = trusting(&server.root());
    trust.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("warned.test").unwrap();
    let client = ClientConnection::new(Arc::new(trust), name).unwrap();
    let mut stream = StreamOwned::new(client, dial(server.https()[0]));
    let head = [
        literal(":method", "POST"),
        literal(":scheme", "https"),
        literal(":authority", "warned.test"),
        literal(":path", "/upload"),
        literal("cookie", &person.cookies()),
    ];
    stream.write_all(PREFACE).unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).unwrap();
    stream.write_all(&frame(HEADERS, END_HEADERS, 1, &head.concat())).unwrap();
    stream.write_all(&frame(DATA, 0, 1, b"half a body")).unwrap();
    let patience = Duration::from_secs(30);
    let came = |part: &[u8]| part.windows(11).any(|octets| octets == b"half a body");
    while !came(&hears.recv_timeout(patience).expect("the beginning comes").0) {}
    stream.write_all(&frame(RST_STREAM, 0, 1, NO_ERROR)).unwrap();
    let all = loop {
        let (octets, ended) = hears.recv_timeout(patience).expect("the site's connection ends");
        if ended {
            break octets;
        }
    };
    let all = String::from_utf8_lossy(&all);
    assert!(!all.contains("\r\n0\r\n"), "the site was told that it had all: {all:?}");
    assert_eq!(person.open("warned.test", "/").text(), "first", "the server is still well");
}

/// A field as a literal that is not kept, without compression (RFC 7541 section 6.2.2).
fn literal(name: &str, value: &str) -> Vec<u8> {
    let mut field = vec![0];
    for text in [name, value] {
        match text.len().checked_sub(127) {
            None => field.push(u8::try_from(text.len()).unwrap()),
            Some(mut rest) => {
                field.push(127);
                while rest >= 128 {
                    field.push(u8::try_from(rest % 128).unwrap() | 128);
                    rest /= 128;
                }
                field.push(u8::try_from(rest).unwrap());
            }
        }
        field.extend_from_slice(text.as_bytes());
    }
    field
}
