//! The embedded gateway: what it tells whom, over every transport, seen by clients that are not ours.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::rdata::{A, NULL, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::browser::{self, Profile};
use crate::support::curl::Way;
use crate::support::namespace::{BLOCKED_V4, Namespace, ORIGIN_V4};
use crate::support::origin::{Origin, UPSTREAM};
use crate::support::person::{CODE, Person, command};
use crate::support::resolver::Resolver;
use crate::support::server::{self, Blockhouse, CONFIG, folder_with_root};
use crate::support::tls::dial_from;
use crate::support::upstream::{Upstream, answer};
use crate::support::web::Web;

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Categories of all kinds besides those of [`CONFIG`].
const MORE: &str = r#"
[gateway]
addresses = ["192.0.2.1", "192.0.2.2", "2001:2::1"]
ttl = "17s"

[[gateway.reasons]]
addresses = ["192.0.2.81"]
category = "malware"

[categories.law]
class = "legal"
title = "Forbidden by law"
hosts = ["law.test"]

[categories.house]
class = "organisation"
title = "House rules"
hosts = ["house.test", "=alone.test", "*.below.test", "connectivitycheck.gstatic.com"]

[categories.trackers]
class = "tracking"
title = "Trackers"
hosts = ["tracker.test"]

[categories.nothing]
class = "content"
title = "Nothing"
hosts = ["null.test"]
gateway_answer = "null"

[[policies.default.rules]]
action = "block"
categories = ["law", "house", "trackers", "nothing"]
"#;

/// A server whose gateway asks `upstream`, and the lines of `[dns]` besides its addresses.
fn serve(upstream: &str, dns: &str, more: &str) -> Blockhouse {
    Blockhouse::with(&config(upstream, dns, more))
}

fn config(upstream: &str, dns: &str, more: &str) -> String {
    format!(
        "{CONFIG}\n{MORE}\n[dns]\nlisten = [\"127.0.0.1:0\"]\n{dns}\n\
         [upstream]\nservers = [{upstream}]\n{more}"
    )
}

fn quoted(address: SocketAddr) -> String {
    format!("\"{address}\"")
}

/// A gateway with a certificate, and an upstream resolver that knows some names.
struct Place {
    server: Blockhouse,
    _folder: TempDir,
    root: std::path::PathBuf,
    _upstream: Resolver,
}

impl Place {
    fn new() -> Self {
        let upstream = Resolver::start(&[
            ("ok.test", "192.0.2.77"),
            ("alone.test", "192.0.2.78"),
            ("below.test", "192.0.2.79"),
            ("trusted.test", "192.0.2.80"),
            ("connectivitycheck.gstatic.com", "192.0.2.82"),
        ]);
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("root.pem");
        let (certificate, key) = certify(folder.path(), &root);
        let dns = format!(
            "tls = [\"127.0.0.1:0\"]\nhttps = [\"127.0.0.1:0\"]\n\
             certificate = \"{certificate}\"\nkey = \"{key}\""
        );
        let server = serve(&quoted(upstream.address), &dns, "");
        Self { server, _folder: folder, root, _upstream: upstream }
    }
}

/// A certificate for `gateway.test` under a root of its own, in files.
fn certify(folder: &std::path::Path, root: &std::path::Path) -> (String, String) {
    let (chain, key) = identity_pem(root);
    let path = |name| folder.join(name).to_str().unwrap().to_owned();
    let (certificate, key_file) = (path("dns.pem"), path("dns.key"));
    std::fs::write(&certificate, chain).unwrap();
    std::fs::write(&key_file, key).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&key_file, mode).unwrap();
    (certificate, key_file)
}

fn identity_pem(root: &std::path::Path) -> (String, String) {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.distinguished_name.push(DnType::CommonName, "The gateway's root");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    std::fs::write(root, authority.self_signed(&authority_key).unwrap().pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["gateway.test".to_owned()]).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    (leaf.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem())
}

/// The first address of a service by the start-up words.
fn at(server: &Blockhouse, service: &str) -> SocketAddr {
    let start = format!("listening for {service} on ");
    let line = server.words.iter().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("no {service} among {:#?}", server.words)).parse().unwrap()
}

/// What a client was told: the code, and the records of the answer as `TYPE DATA`, in order.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    code: String,
    records: Vec<String>,
}

/// Runs a client, and reads what it prints.
fn run(program: &str, words: &[&str]) -> (Told, String) {
    let output = Command::new(program).args(words).output();
    let output = output.unwrap_or_else(|error| panic!("{program} starts: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let after = |mark: &str| {
        let (_, rest) = said.split_once(mark)?;
        Some(rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap().to_owned())
    };
    let marks = ["QUERY, status: ", "QUERY; status: ", "rcode: "];
    let code = marks.into_iter().find_map(after);
    let code = code.unwrap_or_else(|| {
        panic!("{program} {words:?}: {said}{}", String::from_utf8_lossy(&output.stderr))
    });
    let mut section = "";
    let mut records = Vec::new();
    for line in said.lines() {
        if line.ends_with("SECTION:") {
            section = line;
        } else if section == ";; ANSWER SECTION:" && !line.is_empty() && !line.starts_with(';') {
            let fields: Vec<_> = line.split_whitespace().skip(3).collect();
            records.push(fields.join(" "));
        }
    }
    records.sort();
    (Told { code, records }, said)
}

/// What every client says over every transport, which must be the same.
fn all_say(place: &Place, name: &str, kind: &str) -> Told {
    let port = |service| at(&place.server, service).port().to_string();
    let (plain, tls, https) = (port("dns"), port("dns-tls"), port("dns-https"));
    let ca = format!("+tls-ca={}", place.root.display());
    let strict = [ca.as_str(), "+tls-hostname=gateway.test", "@127.0.0.1"];
    let clients: [(&str, Vec<&str>); 8] = [
        ("dig", vec!["@127.0.0.1", "-p", &plain, name, kind]),
        ("dig", vec!["+tcp", "+dnssec", "@127.0.0.1", "-p", &plain, name, kind]),
        ("kdig", vec!["@127.0.0.1", "-p", &plain, name, kind]),
        ("kdig", vec!["+tcp", "+noedns", "@127.0.0.1", "-p", &plain, name, kind]),
        ("kdig", [&["+tls"], &strict[..], &["-p", &tls, name, kind]].concat()),
        ("kdig", [&["+https"], &strict[..], &["-p", &https, name, kind]].concat()),
        ("drill", vec!["-p", &plain, name, "@127.0.0.1", kind]),
        ("drill", vec!["-t", "-D", "-p", &plain, name, "@127.0.0.1", kind]),
    ];
    let mut first: Option<Told> = None;
    for (program, words) in clients {
        let (told, said) = run(program, &words);
        match &first {
            None => first = Some(told),
            Some(first) => assert_eq!(*first, told, "{program} {words:?}: {said}"),
        }
    }
    first.unwrap()
}

#[test]
fn clients_agree_over_every_transport() {
    let place = Place::new();
    let block = ["A 192.0.2.1", "A 192.0.2.2"];
    let cases: [(&str, &str, &str, &[&str]); 27] = [
        ("blocked.test", "A", "NOERROR", &block),
        ("BLOCKED.Test", "A", "NOERROR", &block),
        ("deep.in.blocked.test", "A", "NOERROR", &block),
        ("blocked.test", "AAAA", "NOERROR", &["AAAA 2001:2::1"]),
        ("blocked.test", "TYPE65", "NOERROR", &[]),
        ("blocked.test", "TYPE64", "NOERROR", &[]),
        ("blocked.test", "MX", "NOERROR", &[]),
        ("blocked.test", "DNSKEY", "NOERROR", &[]),
        ("_443._tcp.blocked.test", "TLSA", "NOERROR", &[]),
        ("a_b.test", "A", "NOERROR", &block),
        ("warned.test", "A", "NOERROR", &block),
        ("malware.test", "A", "NOERROR", &["A 192.0.2.81"]),
        ("malware.test", "AAAA", "NOERROR", &[]),
        ("law.test", "A", "NOERROR", &block),
        ("tracker.test", "A", "NXDOMAIN", &[]),
        ("tracker.test", "TYPE65", "NXDOMAIN", &[]),
        ("null.test", "A", "NOERROR", &["A 0.0.0.0"]),
        ("null.test", "AAAA", "NOERROR", &["AAAA ::"]),
        ("null.test", "TXT", "NOERROR", &[]),
        ("alone.test", "A", "NOERROR", &block),
        ("sub.alone.test", "A", "NOERROR", &["A 192.0.2.78"]),
        ("below.test", "A", "NOERROR", &["A 192.0.2.79"]),
        ("sub.below.test", "A", "NOERROR", &block),
        ("trusted.test", "A", "NOERROR", &["A 192.0.2.80"]),
        ("connectivitycheck.gstatic.com", "A", "NOERROR", &["A 192.0.2.82"]),
        ("ok.test", "A", "NOERROR", &["A 192.0.2.77"]),
        ("_dns.resolver.arpa", "TYPE64", "NOERROR", &[]),
    ];
    for (name, kind, code, records) in cases {
        let told = all_say(&place, name, kind);
        assert_eq!(
            (told.code.as_str(), &told.records[..]),
            (code, &strings(records)[..]),
            "{name}"
        );
    }
    // A name that is no host name: its host decides.
    let odd = all_say(&place, "a\\032b.blocked.test", "A");
    assert_eq!(odd.records, strings(&block));
    // Firefox and Apple's systems ask whether they may resolve by themselves.
    assert_eq!(all_say(&place, "use-application-dns.net", "A").code, "NXDOMAIN");
    let apple = all_say(&place, "mask.icloud.com", "A");
    assert_eq!((apple.code.as_str(), apple.records.len()), ("NOERROR", 0));
    // dnsmasq refuses what it does not know, and that is passed on.
    assert_eq!(all_say(&place, "unknown.example", "A").code, "REFUSED");
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn what_is_not_there_says_for_how_long_and_why() {
    let place = Place::new();
    let port = at(&place.server, "dns").port().to_string();
    let dig = |words: &[&str]| run("dig", &[&["@127.0.0.1", "-p", &port], words].concat()).1;

    let said = dig(&["blocked.test", "HTTPS"]);
    assert!(
        said.contains("SOA\tblockhouse.invalid. nobody.invalid. 1 3600 600 86400 17"),
        "{said}"
    );
    let by = "by Test Organisation";
    for (name, error) in [
        ("blocked.test", format!("EDE: 17 (Filtered): (blocked {by}: Gambling. Games of chance")),
        ("warned.test", format!("EDE: 17 (Filtered): (warned about {by}: Social networks)")),
        ("malware.test", format!("EDE: 15 (Blocked): (blocked {by}: Malware)")),
        ("house.test", format!("EDE: 15 (Blocked): (blocked {by}: House rules)")),
        ("law.test", format!("EDE: 16 (Censored): (blocked {by}: Forbidden by law)")),
        ("tracker.test", format!("EDE: 17 (Filtered): (blocked {by}: Trackers)")),
    ] {
        let said = dig(&[name, "A"]);
        assert!(said.contains(&error), "{name}: {said}");
        let forged = said.contains("EDE: 4 (Forged Answer)");
        assert_eq!(forged, name != "tracker.test", "{name}: {said}");
        assert!(!said.contains(" ad;") && !said.contains(" aa;"), "{said}");
    }
    assert!(!dig(&["ok.test", "A"]).contains("EDE"), "what is true needs no excuse");
    let said = dig(&["+noedns", "blocked.test", "A"]);
    assert!(!said.contains("OPT PSEUDOSECTION") && said.contains("192.0.2.1"), "{said}");
    let said = dig(&["+notcp", "blocked.test", "ANY"]);
    assert!(said.contains("HINFO\t\"RFC8482\""), "{said}");
    let said = dig(&["+norecurse", "elsewhere.test", "A"]);
    assert!(said.contains("status: REFUSED") && said.contains("EDE: 20"), "{said}");
}

#[test]
fn the_name_of_the_portal_is_no_block() {
    let server = serve("", "", "[portal]\nhost = \"portal.test\"\n");
    let port = at(&server, "dns").port().to_string();
    for more in [&[][..], &["+ednsopt=26"]] {
        let words = [&["@127.0.0.1", "-p", &port][..], more, &["portal.test", "A"]].concat();
        let (told, said) = run("dig", &words);
        assert_eq!(told.records, strings(&["A 192.0.2.1", "A 192.0.2.2"]), "{said}");
        assert!(said.contains("OPT PSEUDOSECTION") && !said.contains("EDE"), "{said}");
    }
}

#[test]
fn who_asks_for_structured_errors_gets_no_forged_answer() {
    let place = Place::new();
    let port = at(&place.server, "dns").port().to_string();
    let dig = |words: &[&str]| run("dig", &[&["@127.0.0.1", "-p", &port], words].concat());
    let object = |said: &str| -> Value {
        let (_, rest) = said.split_once("): (").expect("the words of an error");
        serde_json::from_str(rest.split(")\n").next().unwrap()).expect("I-JSON")
    };
    let contact = json!(["mailto:help@organisation.example"]);
    for (name, code, wanted) in [
        (
            "blocked.test",
            "EDE: 17",
            json!({"c": contact, "j": "Games of chance are not for the office.",
                   "o": "Test Organisation", "l": "en"}),
        ),
        (
            "house.test",
            "EDE: 15",
            json!({"c": contact, "j": "House rules", "s": 5, "o": "Test Organisation", "l": "en"}),
        ),
        (
            "law.test",
            "EDE: 16",
            json!({"c": contact, "j": "Forbidden by law", "o": "Test Organisation", "l": "en"}),
        ),
    ] {
        for kind in ["A", "AAAA", "HTTPS"] {
            let (told, said) = dig(&["+ednsopt=26", name, kind]);
            assert_eq!((told.code.as_str(), told.records.len()), ("NXDOMAIN", 0), "{said}");
            assert!(said.contains(code) && !said.contains("EDE: 4"), "{said}");
            assert_eq!(object(&said), wanted);
            // The TTL of the gateway, which lies between 10 and 60 s.
            assert!(said.contains("SOA") && said.contains("\t17\tIN"), "{said}");
        }
    }
    // An option with content says nothing; and what is not redirected is told as ever.
    let (told, said) = dig(&["+ednsopt=26:00", "blocked.test", "A"]);
    assert_eq!(told.records.len(), 2, "{said}");
    assert_eq!(dig(&["+ednsopt=26", "ok.test", "A"]).0.records, ["A 192.0.2.77"]);
}

#[test]
fn canaries_are_forwarded_where_that_is_wished() {
    let upstream = Resolver::start(&[("net", "192.0.2.5"), ("com", "192.0.2.5")]);
    let server = serve(&quoted(upstream.address), "canaries = \"forward\"", "");
    for name in ["use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com"] {
        let said = ask(&server, &question(name, RecordType::A)).unwrap();
        assert_eq!(addresses(&said), [Ipv4Addr::new(192, 0, 2, 5)], "{name}");
    }
}

#[test]
fn dns_over_https_is_for_any_client() {
    let place = Place::new();
    let port = at(&place.server, "dns-https").port();
    let curl = |words: &[&str]| -> (u16, Vec<u8>, String) {
        let head = TempDir::new().unwrap();
        let head = head.path().join("head");
        let output = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--max-time",
                "60",
                "--noproxy",
                "*",
                "--dump-header",
            ])
            .arg(&head)
            .args(["--resolve", &format!("gateway.test:{port}:127.0.0.1"), "--cacert"])
            .arg(&place.root)
            .args(words)
            .output()
            .expect("curl starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let head = std::fs::read_to_string(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, output.stdout, head.to_lowercase())
    };
    let query = question("blocked.test", RecordType::A).to_vec().unwrap();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("query");
    std::fs::write(&file, &query).unwrap();
    let data = format!("@{}", file.display());
    let url = |rest: &str| format!("https://gateway.test:{port}{rest}");
    let encoded = {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&query)
    };
    let (post, get) = (url("/dns-query"), url(&format!("/dns-query?dns={encoded}")));
    let kind = "Content-Type: application/dns-message";
    for words in [
        vec!["--http2", "-H", kind, "--data-binary", &data, &post],
        vec!["--http1.1", "-H", kind, "--data-binary", &data, &post],
        vec!["--http2", &get],
        vec!["--http1.1", &get],
    ] {
        let (status, body, head) = curl(&words);
        assert_eq!(status, 200, "{words:?}");
        assert_eq!(addresses(&Message::from_vec(&body).unwrap()).len(), 2);
        assert!(head.contains("content-type: application/dns-message"), "{head}");
        assert!(head.contains("cache-control: max-age=17"), "{head}");
    }
    let large = folder.path().join("large");
    std::fs::write(&large, vec![0; 70_000]).unwrap();
    let large = format!("@{}", large.display());
    let (elsewhere, bare) = (url("/"), url("/dns-query"));
    let (garbage, silent) = (url("/dns-query?dns=%"), url("/dns-query?dns=AAAA"));
    for (words, wanted) in [
        (vec![elsewhere.as_str()], 404),
        (vec![bare.as_str()], 400),
        (vec![garbage.as_str()], 400),
        (vec![silent.as_str()], 400),
        (vec!["-X", "DELETE", bare.as_str()], 405),
        (vec!["--data-binary", &data, bare.as_str()], 415),
        (vec!["--http1.1", "-H", kind, "--data-binary", &large, bare.as_str()], 413),
        (vec!["--http2", "-H", kind, "--data-binary", &large, bare.as_str()], 413),
    ] {
        assert_eq!(curl(&words).0, wanted, "{words:?}");
    }
    // curl's own resolver asks over HTTPS, and ends at the port of the pages.
    let pages = place.server.https()[0].port();
    let output = Command::new("curl")
        .args(["--verbose", "--max-time", "60", "--noproxy", "*", "--doh-insecure", "--insecure"])
        .args(["--doh-url", &format!("https://127.0.0.1:{port}/dns-query")])
        .args(["--connect-timeout", "1", &format!("https://blocked.test:{pages}/")])
        .output()
        .expect("curl starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("192.0.2.1"), "{said}");
}

/// A question with EDNS that offers room for 1232 octets.
fn question(name: &str, kind: RecordType) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(format!("{name}.")).unwrap(), kind));
    let mut edns = Edns::new();
    edns.set_max_payload(1232);
    message.set_edns(edns);
    message
}

/// A socket of a client at `127.0.0.LAST`, connected to the gateway.
fn client(server: &Blockhouse, last: u8) -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, last), 0)).unwrap();
    socket.connect(at(server, "dns")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn exchange(socket: &UdpSocket, octets: &[u8]) -> Option<Message> {
    socket.send(octets).unwrap();
    let mut answer = [0; 4096];
    let length = socket.recv(&mut answer).ok()?;
    Some(Message::from_vec(&answer[..length]).unwrap())
}

fn ask(server: &Blockhouse, question: &Message) -> Option<Message> {
    exchange(&client(server, 1), &question.to_vec().unwrap())
}

/// Asks again when nothing comes: beside a flood the system may have no room for a packet.
fn insist(socket: &UdpSocket, octets: &[u8]) -> Message {
    (0..5).find_map(|_| exchange(socket, octets)).expect("an answer")
}

fn ask_from(server: &Blockhouse, last: u8, name: &str) -> Message {
    let question = question(name, RecordType::A);
    insist(&client(server, last), &question.to_vec().unwrap())
}

fn by_tcp(server: &Blockhouse, queries: &[Vec<u8>]) -> Vec<Message> {
    let mut stream = connect(server);
    queries.iter().for_each(|octets| send(&mut stream, octets));
    queries.iter().map(|_| receive(&mut stream)).collect()
}

fn connect(server: &Blockhouse) -> TcpStream {
    let stream = TcpStream::connect(at(server, "dns")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn send(stream: &mut TcpStream, query: &[u8]) {
    let length = u16::try_from(query.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length[..], query].concat()).unwrap();
}

fn receive(stream: &mut TcpStream) -> Message {
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut octets = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut octets).unwrap();
    Message::from_vec(&octets).unwrap()
}

fn addresses(message: &Message) -> Vec<Ipv4Addr> {
    let address = |record: &Record| match &record.data {
        RData::A(A(ip)) => Some(*ip),
        _ => None,
    };
    message.answers.iter().filter_map(address).collect()
}

/// The codes of Extended DNS Errors.
fn errors(message: &Message) -> Vec<u16> {
    let options = message.edns.as_ref().map(|edns| edns.options().get_all(EdnsCode::from(15)));
    let code = |option: &&EdnsOption| match option {
        EdnsOption::Unknown(_, octets) => u16::from_be_bytes([octets[0], octets[1]]),
        other => panic!("{other:?}"),
    };
    options.unwrap_or_default().iter().map(code).collect()
}

/// An upstream's answer with one address.
fn with_address(query: &Message, ttl: u32) -> Message {
    let mut said = answer(query);
    let name = query.queries[0].name().clone();
    said.add_answer(Record::from_rdata(name, ttl, RData::A(A::new(192, 0, 2, 99))));
    said
}

#[test]
fn answers_are_kept_and_their_ttls_count_down() {
    let upstream = Upstream::start(|query, _| {
        let mut said = with_address(query, 300);
        if query.queries[0].name().to_ascii().starts_with("none") {
            said.answers.clear();
            said.metadata.response_code = ResponseCode::NXDomain;
            let soa = SOA::new(Name::root(), Name::root(), 1, 1, 1, 1, 60);
            said.add_authority(Record::from_rdata(Name::root(), 900, RData::SOA(soa)));
        }
        Some(said)
    });
    let server = serve(&quoted(upstream.address), "queries_per_client = 1000000", "");
    let first = ask_from(&server, 1, "kept.example");
    assert_eq!(first.answers[0].ttl, 300);
    let started = Instant::now();
    let later = loop {
        let again = ask_from(&server, 1, "KEPT.example");
        assert_eq!(again.queries[0].name().to_ascii(), "KEPT.example.", "as it was asked");
        assert!(started.elapsed() < PATIENCE);
        if again.answers[0].ttl < 300 {
            break again;
        }
    };
    assert!(later.answers[0].ttl >= 280, "{later}");
    assert_eq!(upstream.asked("kept.example."), 1);

    for _ in 0..3 {
        let none = ask_from(&server, 1, "none.example");
        assert_eq!(none.metadata.response_code, ResponseCode::NXDomain);
    }
    assert_eq!(upstream.asked("none.example."), 1);
    // Another type, and DO, are other questions.
    let mut signed = question("kept.example", RecordType::A);
    signed.edns.as_mut().unwrap().set_dnssec_ok(true);
    ask(&server, &signed).unwrap();
    ask(&server, &question("kept.example", RecordType::AAAA)).unwrap();
    assert_eq!(upstream.asked("kept.example."), 3);
}

#[test]
fn signatures_are_for_who_asks_and_nothing_is_called_authentic_that_is_ours() {
    let upstream = Upstream::start(|query, _| {
        let mut said = with_address(query, 300);
        said.metadata.authentic_data = true;
        if query.edns.as_ref().is_some_and(|edns| edns.flags().dnssec_ok) {
            let name = query.queries[0].name().clone();
            let rdata =
                NULL::with(vec![0, 1, 13, 2, 0, 0, 1, 44, 1, 2, 3, 4, 1, 2, 3, 4, 0, 7, 0, 9]);
            let data = RData::Unknown { code: RecordType::RRSIG, rdata };
            said.add_answer(Record::from_rdata(name, 300, data));
        }
        // What the client asked with is passed on.
        if query.metadata.checking_disabled {
            said.answers[0].ttl = 7;
        }
        Some(said)
    });
    let server = serve(&quoted(upstream.address), "", "");
    let signed = |name: &str, unchecked: bool| {
        let mut query = question(name, RecordType::A);
        query.edns.as_mut().unwrap().set_dnssec_ok(true);
        query.metadata.checking_disabled = unchecked;
        ask(&server, &query).unwrap()
    };
    for _ in 0..2 {
        let said = signed("signed.example", false);
        assert_eq!(said.answers[1].record_type(), RecordType::RRSIG);
        assert!(said.edns.as_ref().unwrap().flags().dnssec_ok);
        assert!(said.metadata.authentic_data, "the upstream is on this very machine");
        let said = signed("signed.example", true);
        assert_eq!((said.answers[0].ttl, said.metadata.checking_disabled), (7, true));
        let said = ask_from(&server, 1, "signed.example");
        assert_eq!(said.answers.len(), 1);
        assert!(!said.metadata.authentic_data, "nobody asked");
    }
    let said = signed("blocked.test", false);
    assert_eq!((addresses(&said).len(), errors(&said)), (2, vec![17, 4]));
    assert!(!said.metadata.authentic_data);
}

#[test]
fn another_server_is_asked_when_one_is_dead() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    // The port is none that a test of another kind could be given meanwhile.
    let closed: SocketAddr = "127.77.31.1:9".parse().unwrap();
    let failing = Upstream::start(|query, _| {
        let mut said = answer(query);
        said.metadata.response_code = ResponseCode::ServFail;
        Some(said)
    });
    let alive = Upstream::start(|query, _| Some(with_address(query, 300)));
    let dead = silent.local_addr().unwrap();
    let servers = [closed, dead, failing.address, alive.address].map(quoted).join(", ");
    let server = serve(&servers, "", "");
    for name in ["a.example", "b.example"] {
        let said = ask_from(&server, 1, name);
        assert_eq!(addresses(&said), [Ipv4Addr::new(192, 0, 2, 99)], "{said}");
    }
    assert!(failing.asked("a.example.") <= 1 && alive.asked("b.example.") == 1);

    let server = serve(&[closed, dead].map(quoted).join(", "), "", "");
    let said = ask_from(&server, 1, "a.example");
    assert_eq!((said.metadata.response_code, errors(&said)), (ResponseCode::ServFail, vec![23]));
    // An answer that admits a failure is better than none.
    let server = serve(&[dead, failing.address].map(quoted).join(", "), "", "");
    let said = ask_from(&server, 1, "a.example");
    assert_eq!((said.metadata.response_code, errors(&said)), (ResponseCode::ServFail, vec![]));

    let server = serve("", "", "");
    let said = ask_from(&server, 1, "a.example");
    assert_eq!((said.metadata.response_code, errors(&said)), (ResponseCode::ServFail, vec![22]));
    assert_eq!(addresses(&ask_from(&server, 1, "blocked.test")).len(), 2);
}

#[test]
fn answers_that_are_forged_or_old_fashioned_are_told_apart() {
    let upstream = Upstream::start(|query, _| {
        let mut said = with_address(query, 300);
        let name = query.queries[0].name().to_ascii();
        if name.starts_with("old") {
            // A server from before EDNS.
            if query.edns.is_some() {
                let mut refused = answer(query);
                refused.edns = None;
                refused.metadata.response_code = ResponseCode::FormErr;
                return Some(refused);
            }
            said.edns = None;
        } else if name.starts_with("forged-id") {
            said.metadata.id ^= 1;
        } else if name.starts_with("forged-name") {
            said.queries[0] = Query::query(Name::from_ascii("other.").unwrap(), RecordType::A);
        } else if name.starts_with("asks") {
            said.metadata.message_type = MessageType::Query;
        }
        Some(said)
    });
    let server = serve(&quoted(upstream.address), "", "");
    assert_eq!(addresses(&ask_from(&server, 1, "old.example")).len(), 1);
    for name in ["forged-id.example", "forged-name.example", "asks.example"] {
        let said = ask_from(&server, 1, name);
        assert_eq!(said.metadata.response_code, ResponseCode::ServFail, "{said}");
        assert!(addresses(&said).is_empty());
    }
}

#[test]
fn what_does_not_fit_is_cut_and_comes_whole_over_tcp() {
    let upstream = Upstream::start(|query, tcp| {
        let mut said = answer(query);
        let name = query.queries[0].name().clone();
        // More than a datagram holds: the upstream itself cuts it short, and is asked over TCP.
        let count = if name.to_ascii().starts_with("large") { 30 } else { 8 };
        if count == 30 && !tcp {
            said.metadata.truncation = true;
            return Some(said);
        }
        for number in 0..count {
            let text = TXT::new(vec![format!("{number:03}{}", "x".repeat(97))]);
            said.add_answer(Record::from_rdata(name.clone(), 300, RData::TXT(text)));
        }
        Some(said)
    });
    let server = serve(&quoted(upstream.address), "", "");
    let port = at(&server, "dns").port().to_string();
    for (name, records) in [("medium.example", 8), ("large.example", 30)] {
        for room in [512_u16, 1232, 4096, 65_535] {
            let mut query = question(name, RecordType::TXT);
            query.edns.as_mut().unwrap().set_max_payload(room);
            let said = ask(&server, &query).unwrap();
            let fits = records == 8 && room >= 1232;
            assert_eq!(said.metadata.truncation, !fits, "{name} {room}");
            assert_eq!(said.answers.len(), if fits { 8 } else { 0 });
            let length = said.to_vec().unwrap().len();
            assert!(length <= usize::from(room.min(1232)), "{length}");
        }
        let mut plain = question(name, RecordType::TXT);
        plain.edns = None;
        assert!(ask(&server, &plain).unwrap().metadata.truncation, "512 octets without EDNS");
        for program in ["dig", "kdig"] {
            let (told, said) = run(program, &["@127.0.0.1", "-p", &port, name, "TXT"]);
            assert_eq!(told.records.len(), records, "{said}");
        }
    }
    // Long words about an error give way as well.
    let long = "long ".repeat(100);
    let more = format!(
        "[categories.long]\nclass = \"content\"\nreason = \"{long}\"\nhosts = [\"long.test\"]\n[[policies.default.rules]]\naction = \"block\"\ncategories = [\"long\"]\n"
    );
    let server = serve("", "", &more);
    let mut query = question("long.test", RecordType::A);
    query.edns.as_mut().unwrap().set_max_payload(512);
    query.edns.as_mut().unwrap().options_mut().insert(EdnsOption::Unknown(26, Vec::new()));
    let said = ask(&server, &query).unwrap();
    assert!(!said.metadata.truncation && said.to_vec().unwrap().len() <= 512, "{said}");
}

#[test]
fn queries_on_one_connection_are_answered_as_they_get_ready() {
    let upstream = Upstream::start(|query, _| {
        let slow = query.queries[0].name().to_ascii().starts_with("never");
        (!slow).then(|| with_address(query, 300))
    });
    let server = serve(&quoted(upstream.address), "", "");
    let names = ["never.example", "quick.example", "blocked.test"];
    let queries: Vec<_> =
        names.iter().map(|name| question(name, RecordType::A).to_vec().unwrap()).collect();
    let said = by_tcp(&server, &queries);
    let order: Vec<_> = said.iter().map(|one| one.queries[0].name().to_ascii()).collect();
    assert_eq!(order.last().map(String::as_str), Some("never.example."), "{order:?}");
    assert_eq!(said.last().unwrap().metadata.response_code, ResponseCode::ServFail);
}

#[test]
fn a_query_under_way_is_answered_when_the_server_stops() {
    let (came, comes) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let upstream = Upstream::start(move |query, _| {
        let _ = came.send(());
        // Once it is released, nobody waits.
        let _ = released.lock().unwrap().recv();
        Some(with_address(query, 300))
    });
    let server = serve(&quoted(upstream.address), "", "");
    let (mut waits, mut idle) = (connect(&server), connect(&server));
    send(&mut waits, &question("slow.example", RecordType::A).to_vec().unwrap());
    comes.recv_timeout(PATIENCE).unwrap();
    let pid = server.pid().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    server.hear("stopping; open connections may take");
    // Who waits for nothing is not kept.
    assert_eq!(idle.read(&mut [0]).unwrap(), 0);
    drop(release);
    assert_eq!(addresses(&receive(&mut waits)).len(), 1);
    assert_eq!(waits.read(&mut [0]).unwrap(), 0);
    server.stop();
}

#[test]
fn only_the_networks_that_are_named_are_served() {
    let upstream = Upstream::start(|query, _| Some(with_address(query, 300)));
    let server = serve(&quoted(upstream.address), "networks = [\"127.0.0.1/32\"]", "");
    assert_eq!(addresses(&ask_from(&server, 1, "ok.example")).len(), 1);
    let query = question("other.example", RecordType::A).to_vec().unwrap();
    for name in ["other.example", "blocked.test"] {
        let said = ask_from(&server, 2, name);
        assert_eq!((said.metadata.response_code, errors(&said)), (ResponseCode::Refused, vec![18]));
        // Of no use to who forges senders: hardly longer than the question.
        assert!(said.to_vec().unwrap().len() <= query.len() + 6, "{said}");
    }
    assert_eq!(upstream.asked("other.example."), 0);
    // And not often.
    let stranger = client(&server, 2);
    for _ in 0..2000 {
        stranger.send(&query).unwrap();
    }
    assert_eq!(addresses(&ask_from(&server, 1, "after.example")).len(), 1);
    assert!(received(&stranger) < 1000);
}

#[test]
fn a_new_configuration_reaches_it() {
    let [first, second] =
        ["192.0.2.91", "192.0.2.92"].map(|address| Resolver::start(&[("ok.test", address)]));
    let server = serve(&quoted(first.address), "", "");
    let says =
        |address: [u8; 4]| addresses(&ask_from(&server, 1, "ok.test")) == [Ipv4Addr::from(address)];
    assert!(says([192, 0, 2, 91]));
    let text = config(&quoted(second.address), "", "");
    std::fs::write(server.folder.path().join("blockhouse.toml"), text).unwrap();
    server.hear("the configuration was read anew");
    let given_up = Instant::now() + PATIENCE;
    while !says([192, 0, 2, 92]) {
        assert!(Instant::now() < given_up, "it asks the old resolver still");
    }
}

#[test]
fn who_is_not_served_takes_no_connection_from_who_is() {
    let server = serve("", "networks = [\"127.0.0.1/32\"]", "");
    let strangers: Vec<_> = (0..600_u16)
        .map(|number| {
            let [high, low] = (number / 20).to_be_bytes();
            dial_from([127, 77, 70 + high, low].into(), at(&server, "dns")).unwrap()
        })
        .collect();
    let said = by_tcp(&server, &[question("blocked.test", RecordType::A).to_vec().unwrap()]);
    assert_eq!(said[0].metadata.response_code, ResponseCode::NoError);
    drop(strangers);
}

/// How many answers have come to a socket.
fn received(socket: &UdpSocket) -> usize {
    socket.set_nonblocking(true).unwrap();
    let mut octets = [0; 4096];
    std::iter::from_fn(|| socket.recv(&mut octets).ok()).count()
}

#[test]
fn a_client_has_a_rate() {
    let server = serve("", "queries_per_client = 20", "");
    let (busy, other) = (client(&server, 2), client(&server, 3));
    let query = question("blocked.test", RecordType::A).to_vec().unwrap();
    for _ in 0..1000 {
        busy.send(&query).unwrap();
    }
    // In turn: what was sent before is done when this is answered.
    insist(&other, &query);
    let answered = received(&busy);
    assert!((20..500).contains(&answered), "{answered}");
    // Over TCP nobody else can be meant, so the client is told.
    let said = by_tcp(&server, &vec![query; 200]);
    let refused = |one: &&Message| one.metadata.response_code == ResponseCode::Refused;
    let count = said.iter().filter(refused).count();
    assert!((1..=180).contains(&count), "{count}");
    assert!(said.iter().filter(refused).all(|one| errors(one) == [0]));
}

#[test]
fn a_flood_of_one_client_does_not_slow_another() {
    let upstream = Upstream::start(|query, _| {
        let slow = query.queries[0].name().to_ascii().ends_with("slow.example.");
        (!slow).then(|| with_address(query, 0))
    });
    // A rate that lets the flood through, so that it is the places that keep it in bounds.
    let server = serve(&quoted(upstream.address), "queries_per_client = 1000000", "");
    let flood = client(&server, 2);
    for number in 0..3000 {
        let query = question(&format!("n{number}.slow.example"), RecordType::A);
        flood.send(&query.to_vec().unwrap()).unwrap();
    }
    let other = client(&server, 3);
    let mut answered = 0;
    for number in 0..100 {
        let name = format!("n{number}.quick.example");
        let said = exchange(&other, &question(&name, RecordType::A).to_vec().unwrap());
        let said = said.expect("an answer in spite of the flood");
        assert_eq!(said.queries[0].name().to_ascii(), format!("{name}."));
        answered += addresses(&said).len();
        // The flood goes on.
        for more in 0..20 {
            let query = question(&format!("n{number}-{more}.slow.example"), RecordType::A);
            flood.send(&query.to_vec().unwrap()).unwrap();
        }
    }
    assert_eq!(answered, 100);
    assert_eq!(upstream.asked_below("quick.example."), 100);
    let forwarded = upstream.asked_below("slow.example.");
    assert!(forwarded > 0 && forwarded < 2500, "{forwarded} of 5000");
}

#[test]
fn what_is_no_query_gets_what_it_deserves() {
    let upstream = Upstream::start(|query, _| Some(with_address(query, 300)));
    let server = serve(&quoted(upstream.address), "", "");
    let good = question("blocked.test", RecordType::A);
    let changed = |change: &dyn Fn(&mut Message)| {
        let mut message = good.clone();
        change(&mut message);
        message.to_vec().unwrap()
    };
    let class = |octets: Vec<u8>, class: u16| {
        let mut octets = octets;
        // The name has 14 octets, the type two.
        octets[28..30].copy_from_slice(&class.to_be_bytes());
        octets
    };
    let octets = good.to_vec().unwrap();
    let cases: [(&str, Vec<u8>, ResponseCode); 9] = [
        ("update", changed(&|m| m.metadata.op_code = OpCode::Update), ResponseCode::NotImp),
        ("notify", changed(&|m| m.metadata.op_code = OpCode::Notify), ResponseCode::NotImp),
        ("two", changed(&|m| m.queries.push(m.queries[0].clone())), ResponseCode::FormErr),
        ("none", changed(&|m| m.queries.clear()), ResponseCode::FormErr),
        ("short", octets[..20].to_vec(), ResponseCode::FormErr),
        ("chaos", class(octets.clone(), 3), ResponseCode::Refused),
        (
            "transfer",
            changed(&|m| m.queries[0].query_type = RecordType::AXFR),
            ResponseCode::Refused,
        ),
        (
            "version",
            changed(&|m| _ = m.edns.as_mut().unwrap().set_version(1)),
            ResponseCode::BADVERS,
        ),
        ("loop", [&octets[..12], &[0xc0, 12, 0, 1, 0, 1]].concat(), ResponseCode::FormErr),
    ];
    for (what, octets, code) in &cases {
        let said = exchange(&client(&server, 1), octets).expect(what);
        // 16 has two names.
        let number = u16::from(said.metadata.response_code);
        assert_eq!(number, u16::from(*code), "{what}");
        assert_eq!(said.metadata.message_type, MessageType::Response);
        assert_eq!(said.metadata.id, good.metadata.id, "{what}");
    }
    // An answer is never answered, nor is what has no header.
    let socket = client(&server, 1);
    for octets in
        [&[][..], &[1; 11], &changed(&|m| m.metadata.message_type = MessageType::Response)]
    {
        socket.send(octets).unwrap();
    }
    let said = exchange(&socket, &good.to_vec().unwrap()).unwrap();
    assert_eq!(addresses(&said).len(), 2, "the first answer is that to the last one");
    assert_eq!(received(&socket), 0);

    // An option of EDNS that is cut off.
    let cut_off = [&octets[..octets.len() - 2], &[0, 2, 0, 1]].concat();
    assert!(exchange(&client(&server, 1), &cut_off).is_some());

    // Every octet in turn turned over, and every length: it stays in service.
    for at in 0..octets.len() {
        let mut wrong = octets.clone();
        wrong[at] ^= 0xff;
        socket.send(&wrong).unwrap();
        socket.send(&octets[..at]).unwrap();
    }
    assert_eq!(addresses(&ask_from(&server, 1, "blocked.test")).len(), 2);
    let said = server.said();
    assert!(said.ends_with("ready"), "malformed packets fill no log: {said}");
    let mut stream = TcpStream::connect(at(&server, "dns")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&[0, 3, 1, 2, 3]).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0, "it ends");
}

/// Makes a code by the command line; gives it and its id.
fn new_code(server: &Blockhouse) -> (String, String) {
    let said =
        command(server, &["codes", "new", "--note", "for the test", "--lasts", "1h"]).unwrap();
    let is_code =
        |word: &&str| word.len() == 16 && word.bytes().filter(|octet| *octet == b'-').count() == 2;
    let code = said.split_whitespace().find(is_code).expect("a code").to_owned();
    let list: Value =
        serde_json::from_str(&command(server, &["codes", "list", "--json"]).unwrap()).unwrap();
    (code, list[0]["id"].as_str().expect("the id of a code").to_owned())
}

#[test]
fn a_grant_makes_the_answer_true_until_it_ends() {
    let ip = "127.77.30.1";
    let web = Web::start(ip, &["warned.test", "*.warned.test", "blocked.test"]);
    let upstream = Upstream::start(|query, _| {
        let mut said = with_address(query, 3600);
        said.answers[0].data = RData::A(A::new(127, 77, 30, 1));
        Some(said)
    });
    let real = [Ipv4Addr::new(127, 77, 30, 1)];
    let more = format!("allow = [\"127.77.0.0/16\"]\nroots = \"{}\"\n", web.root().display());
    let config = config(&quoted(upstream.address), "", &more).replace(
        "[policies.default]\ndefault_action = \"block\"\n",
        "[policies.default]\ndefault_action = \"block\"\ncodes = true\ncontinue = \"gateway\"\n",
    );
    let server = Blockhouse::start(folder_with_root(&[]), &config, &[]);
    let told = |last: u8, name: &str| addresses(&ask_from(&server, last, name));

    assert_eq!(told(1, "warned.test").len(), 2);
    let person = Person::new(&server, Way::H1);
    assert_eq!(person.go_on("warned.test", "/", &[]).status, 200);
    for _ in 0..2 {
        let said = ask_from(&server, 1, "www.warned.test");
        assert_eq!(addresses(&said), real);
        assert_eq!(said.answers[0].ttl, 17, "the truth outlives the grant by no more");
        assert!(errors(&said).is_empty());
    }
    assert_eq!(told(9, "warned.test").len(), 2, "another client has no grant");
    assert_eq!(told(1, "blocked.test").len(), 2, "another site has none");

    // A code opens it for this client, and with its revocation that ends.
    let (code, id) = new_code(&server);
    let page = person.open("blocked.test", "/");
    assert_eq!(person.submit("blocked.test", &page, CODE, &[("code", &code)]).status, 303);
    assert_eq!(told(1, "blocked.test"), real);
    command(&server, &["codes", "revoke", &id]).unwrap();
    assert_eq!(told(1, "blocked.test").len(), 2);
    assert_eq!(told(1, "warned.test"), real, "the other grant holds");
}

#[test]
fn a_loop_is_refused_at_the_start() {
    let folder = folder_with_root(&[]);
    // Somebody has the port: that the configuration is wrong is said whether or not it is free.
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for (listen, upstream) in [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.53")] {
        let config = config(&format!("\"{upstream}:{port}\""), "", "")
            .replace("listen = [\"127.0.0.1:0\"]", &format!("listen = [\"{listen}:{port}\"]"));
        let start = server::command(folder.path(), &config, &[]).output().unwrap();
        let file = folder.path().join("blockhouse.toml");
        let check = Command::new(env!("CARGO_BIN_EXE_blockhouse"))
            .arg("--config")
            .arg(file)
            .arg("check")
            .output()
            .unwrap();
        for output in [start, check] {
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(said.contains("is the embedded gateway itself"), "{said}");
        }
    }
}

#[test]
fn at_every_address_it_answers_from_the_one_that_was_asked() {
    let config = CONFIG.replace("\"127.0.0.1:0\", \"[::1]:0\"", "\"0.0.0.0:0\"");
    let dns = "[dns]\nlisten = [\"0.0.0.0:0\", \"[::]:0\"]\n[upstream]\nservers = []\n";
    let server = Blockhouse::with(&format!("{config}\n{dns}"));
    let start = "listening for dns on ";
    let ports: Vec<_> = server.words.iter().filter_map(|line| line.strip_prefix(start)).collect();
    let ports: Vec<SocketAddr> = ports.iter().map(|text| text.parse().unwrap()).collect();
    for (at, port, kind, record) in [
        // No block address is known, so it is the one at which the client found us.
        ("127.0.0.9", ports[0].port(), "A", Some("A 127.0.0.9")),
        ("127.0.0.9", ports[0].port(), "AAAA", None),
        ("::1", ports[1].port(), "AAAA", Some("AAAA ::1")),
    ] {
        for tcp in ["+notcp", "+tcp"] {
            // dig takes answers from nowhere else than where it asked.
            let words = [&format!("@{at}"), "-p", &port.to_string(), tcp, "blocked.test", kind];
            let (told, said) = run("dig", &words);
            assert_eq!(told.records, strings(record.as_slice()), "{said}");
        }
    }
}

#[test]
fn a_certificate_that_is_no_good_is_refused_at_the_start() {
    let folder = folder_with_root(&[]);
    let (certificate, key) = certify(folder.path(), &folder.path().join("gateway-root.pem"));
    let (other, other_key) = {
        let elsewhere = folder.path().join("other");
        std::fs::create_dir(&elsewhere).unwrap();
        certify(&elsewhere, &elsewhere.join("root.pem"))
    };
    drop(other);
    for (certificate, key, words) in [
        (certificate.as_str(), other_key.as_str(), "is of no use with the certificate"),
        (key.as_str(), key.as_str(), "the certificate of the gateway"),
        ("nowhere.pem", key.as_str(), "the certificate of the gateway"),
    ] {
        let tls =
            format!("tls = [\"127.0.0.1:0\"]\ncertificate = \"{certificate}\"\nkey = \"{key}\"");
        let config = config("", &tls, "");
        let output = server::command(folder.path(), &config, &[]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

/// Chromium in a network with nothing but Blockhouse: its gateway is the name server, its pages stand
/// at the block addresses.
#[test]
fn chromium_sees_pages_and_goes_on() {
    let space = Arc::new(Namespace::new());
    // The gateway and the pages see the browser at the same address, as in a real network.
    space.name_server(BLOCKED_V4);
    let origin = Origin::start(&space);
    let config = format!(
        r#"
[organisation]
name = "Example School"

[listen]
https = ["{BLOCKED_V4}:443"]
http = ["{BLOCKED_V4}:80"]

[dns]
listen = ["{BLOCKED_V4}:53"]
networks = ["{BLOCKED_V4}/32"]

[categories.games]
class = "content"
title = "Games"
reason = "Games wait until after school."
hosts = ["games.test", "github.com"]

[categories.social]
class = "content"
title = "Social networks"
reason = "Please think before you post."
hosts = ["social.test"]

[policies.default]
default_action = "block"
continue = "gateway"

[[policies.default.rules]]
action = "block"
categories = ["games"]

[[policies.default.rules]]
action = "warn"
categories = ["social"]

[upstream]
servers = ["{UPSTREAM}"]
allow = ["{ORIGIN_V4}/32"]
roots = "{}"
"#,
        origin.root().display()
    );
    let blockhouse = Blockhouse::start(folder_with_root(&[]), &config, &space.wrap());
    let (ours, theirs) = (blockhouse.root(), origin.root());
    let roots = [ours.as_path(), &theirs];
    let profile = Profile::with(&roots);
    let mut browser = browser::chromium(&space, &profile);
    for address in ["https://games.test/", "https://github.com/some/path", "http://games.test/"] {
        browser.goto(address).unwrap();
        assert!(browser.text().contains("Games wait until after school."), "{}", browser.text());
        assert_eq!(browser.status(), 403);
    }
    browser.goto("https://www.social.test/").unwrap();
    assert!(browser.text().contains("Please think before you post."), "{}", browser.text());
    browser.follow("main form[action^='/.blockhouse/continue'] [type=submit]").unwrap();
    assert_eq!(browser.title(), "The real site", "{}", browser.html());
    // The name server of this client now says where the site really is.
    let mut dig = space.command("dig");
    let said = dig.args(["+short", "www.social.test", "A"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), ORIGIN_V4);
    drop(browser);
    let events = blockhouse.stop();
    assert!(events.iter().any(|event| event["event"] == "block_page"), "{events:#?}");
}
