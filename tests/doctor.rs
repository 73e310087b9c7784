//! `blockhouse doctor`: a sound set-up is called sound, and each planted fault is found as what it is,
//! with nothing else going red that should not.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::namespace::Namespace;
use crate::support::nss;
use crate::support::server::{Blockhouse, folder_with_root};

/// A deployment without a fault. `{…}` are for the tests that plant one.
const CONFIG: &str = r#"
[organisation]
name = "Test Organisation"

[listen]
https = ["192.0.2.1:443", "[2001:2::1]:443"]
http = ["192.0.2.1:80", "[2001:2::1]:80"]

[ca]
directory = "certs"
crl_host = "crl.test"

[portal]
host = "portal.test"

[cookies]
key_file = "certs/cookie.keys"

[gateway]
addresses = ["192.0.2.1", "2001:2::1"]

[upstream]
servers = ["127.0.0.2:53"]
connections = 100

[limits]
connections = 200

[categories.gambling]
class = "content"
hosts = ["blocked.test"]

[categories.social]
class = "content"
hosts = ["warned.test"]

[categories.trackers]
class = "tracking"
hosts = ["tracker.test"]

[policies.default]
default_action = "block"

[[policies.default.rules]]
action = "warn"
categories = ["social"]

[[policies.default.rules]]
action = "block"
categories = ["gambling", "trackers"]

[[locations]]
name = "Office"
networks = ["198.51.100.0/24"]
policy = "default"

[exceptions]
also = ["trusted.blocked.test"]
"#;

/// The gateway as it should be.
const GATEWAY: [&str; 17] = [
    "--local-ttl=10",
    "--address=/blocked.test/warned.test/192.0.2.1",
    "--address=/blocked.test/warned.test/2001:2::1",
    "--local=/blocked.test/warned.test/",
    "--address=/trusted.blocked.test/192.0.2.20",
    "--address=/trusted.blocked.test/2001:2::20",
    "--address=/portal.test/192.0.2.1",
    "--address=/portal.test/2001:2::1",
    "--local=/portal.test/",
    "--address=/tracker.test/",
    "--address=/crl.test/192.0.2.1",
    "--address=/crl.test/2001:2::1",
    "--address=/use-application-dns.net/",
    "--address=/mask.icloud.com/mask-h2.icloud.com/",
    "--server=127.0.0.2",
    "--listen-address=127.0.0.1",
    "--no-resolv",
];
/// The resolver behind it, for which nothing is blocked. `blocked.test` has an HTTPS record.
const UPSTREAM: [&str; 8] = [
    "--address=/crl.test/192.0.2.1",
    "--address=/crl.test/2001:2::1",
    "--address=/#/192.0.2.20",
    "--address=/#/2001:2::20",
    "--dns-rr=blocked.test,65,00010000010003026833",
    "--listen-address=127.0.0.2",
    "--no-resolv",
    "--local-ttl=10",
];

/// A running dnsmasq in a namespace.
struct Dnsmasq(Child);

impl Dnsmasq {
    fn start(space: &Namespace, options: &[String]) -> Self {
        let mut child = space
            .command("/usr/sbin/dnsmasq")
            .args(["--conf-file=/dev/null", "--keep-in-foreground", "--user=root", "--pid-file="])
            .args(["--no-hosts", "--log-facility=-", "--bind-interfaces"])
            .args(options)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("dnsmasq starts; Debian package dnsmasq-base");
        let mut said = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        while !said.contains("started") {
            assert_ne!(lines.read_line(&mut said).unwrap(), 0, "dnsmasq ended: {said}");
        }
        // It goes on to say things, and must not wait for us to read them.
        let drain = move || lines.read_to_end(&mut Vec::new());
        std::thread::Builder::new().spawn(drain).unwrap();
        Self(child)
    }
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Something of the test's own that answers packets.
struct Answerer {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Answerer {
    /// Answers each packet by what `answer` makes of it.
    fn start(
        socket: UdpSocket,
        answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static,
    ) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let serve = move || {
            let mut packet = [0; 4096];
            while !stop.load(Ordering::Relaxed) {
                let Ok((length, peer)) = socket.recv_from(&mut packet) else { continue };
                if let Some(answer) = answer(&packet[..length]) {
                    let _ = socket.send_to(&answer, peer);
                }
            }
        };
        let thread = Some(std::thread::Builder::new().spawn(serve).unwrap());
        Self { ended, thread }
    }

    /// A time server whose clock is this far ahead.
    fn time(space: &Namespace, address: &str, ahead: u64) -> Self {
        let socket = space.udp(address.parse().unwrap()).unwrap();
        Self::start(socket, move |question| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            let mut answer = vec![0; 48];
            (answer[0], answer[1]) = (0x24, 2);
            answer[24..32].copy_from_slice(&question[40..48]);
            let seconds = u32::try_from(now.as_secs() + 2_208_988_800 + ahead).unwrap();
            answer[40..44].copy_from_slice(&seconds.to_be_bytes());
            Some(answer)
        })
    }

    /// A resolver that hands questions on to the gateway, and meddles with the answers.
    fn dns(
        space: &Namespace,
        meddle: impl Fn(&Message, &mut Message) + Send + 'static,
    ) -> (Self, &'static str) {
        let socket = space.udp("127.0.0.3:53".parse().unwrap()).unwrap();
        let onward = space.udp("127.0.0.3:0".parse().unwrap()).unwrap();
        onward.connect("127.0.0.1:53").unwrap();
        onward.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let answerer = Self::start(socket, move |octets| {
            let question = Message::from_vec(octets).ok()?;
            onward.send(octets).ok()?;
            let mut answer = [0; 4096];
            let length = onward.recv(&mut answer).ok()?;
            let mut answer = Message::from_vec(&answer[..length]).ok()?;
            meddle(&question, &mut answer);
            answer.to_vec().ok()
        });
        (answerer, "127.0.0.3")
    }
}

impl Drop for Answerer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A port on which another program answers each connection with these octets.
struct OtherProgram {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl OtherProgram {
    fn start(listener: TcpListener, octets: &'static [u8]) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        listener.set_nonblocking(true).unwrap();
        let serve = move || {
            while !stop.load(Ordering::Relaxed) {
                let Ok((mut stream, _)) = listener.accept() else {
                    std::thread::yield_now();
                    continue;
                };
                let _ = stream.set_nonblocking(false);
                let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(octets);
            }
        };
        Self { ended, thread: Some(std::thread::Builder::new().spawn(serve).unwrap()) }
    }
}

impl Drop for OtherProgram {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A deployment in a network of its own.
struct Place {
    folder: Arc<TempDir>,
    /// The home of the user: browsers' stores.
    home: TempDir,
    gateway: Option<Dnsmasq>,
    server: Option<Blockhouse>,
    _upstream: Dnsmasq,
    space: Namespace,
}

impl Place {
    fn new() -> Self {
        Self::in_folder(folder_with_root(&["--crl-host", "crl.test"]), &[])
    }

    /// `before` goes between the way into the network and the server.
    fn in_folder(folder: Arc<TempDir>, before: &[&str]) -> Self {
        let space = Namespace::new();
        let home = TempDir::new().unwrap();
        let root = folder.path().join("certs/root.pem");
        for database in [".pki/nssdb", ".mozilla/firefox/x.default"] {
            nss::trust(&home.path().join(database), &[&root]);
        }
        fs::copy(&root, home.path().join("bundle.crt")).unwrap();
        // What doctor finds on its way: not the machine's own Java, which is slow and has other roots.
        fs::create_dir(home.path().join("bin")).unwrap();
        std::os::unix::fs::symlink("/usr/bin/certutil", home.path().join("bin/certutil")).unwrap();
        let upstream = Dnsmasq::start(&space, &UPSTREAM.map(str::to_owned));
        let mut place =
            Self { folder, home, gateway: None, server: None, _upstream: upstream, space };
        place.gateway(&[]);
        place.serve(CONFIG, before);
        place
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("certs/root.pem")
    }

    /// Starts the server anew.
    fn serve(&mut self, config: &str, before: &[&str]) {
        self.server = None;
        let wrap = [&self.space.wrap()[..], before].concat();
        self.server = Some(Blockhouse::start(Arc::clone(&self.folder), config, &wrap));
    }

    /// Starts the gateway anew: what begins with `!` is taken out of the sound options, all else is
    /// put in.
    fn gateway(&mut self, changes: &[&str]) {
        self.gateway = None;
        let out: Vec<&str> = changes.iter().filter_map(|change| change.strip_prefix('!')).collect();
        for part in &out {
            assert!(GATEWAY.iter().any(|option| option.contains(part)), "{part}");
        }
        let sound = GATEWAY.iter().filter(|option| !out.iter().any(|part| option.contains(part)));
        let added = changes.iter().filter(|change| !change.starts_with('!'));
        let options: Vec<String> = sound.chain(added).map(|option| (*option).to_owned()).collect();
        self.gateway = Some(Dnsmasq::start(&self.space, &options));
    }

    fn doctor(&self, config: &str, before: &[&str], options: &[&str]) -> Seen {
        let file = self.folder.path().join("doctor.toml");
        fs::write(&file, config).unwrap();
        let [program, wrap @ ..] = self.space.wrap();
        let path = self.home.path();
        let output = Command::new(program)
            .args(wrap)
            .arg("/usr/bin/env")
            .arg(format!("HOME={}", path.display()))
            .arg(format!("SSL_CERT_FILE={}", path.join("bundle.crt").display()))
            .arg(format!("PATH={}", path.join("bin").display()))
            .args(before)
            .arg(env!("CARGO_BIN_EXE_blockhouse"))
            .args(["doctor", "--from", "198.51.100.7", "--timeout", "10s", "--config"])
            .arg(&file)
            .args(options)
            .stdin(Stdio::null())
            .output()
            .expect("blockhouse starts");
        Seen {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What doctor finds with the sound configuration.
    fn look(&self) -> Seen {
        self.doctor(CONFIG, &[], &["--json"])
    }

    fn look_with(&self, config: &str) -> Seen {
        self.doctor(config, &[], &["--json"])
    }
}

/// What doctor said.
#[derive(Debug)]
struct Seen {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Seen {
    fn report(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn findings(&self) -> Vec<Value> {
        self.report()["findings"].as_array().unwrap().clone()
    }

    /// Expects these checks to be at fault, each as `check state`, and no others; and that each says
    /// what to do.
    #[track_caller]
    fn finds(&self, wanted: &[&str]) -> &Self {
        let findings = self.findings();
        let fault =
            |finding: &&Value| finding["state"] == "warning" || finding["state"] == "failed";
        let faults: Vec<&Value> = findings.iter().filter(fault).collect();
        let words = |finding: &&Value| {
            let word = |key: &str| finding[key].as_str().unwrap().to_owned();
            format!("{} {}", word("check"), word("state"))
        };
        let found: BTreeSet<String> = faults.iter().map(words).collect();
        let wanted: BTreeSet<String> = wanted.iter().map(|words| (*words).to_owned()).collect();
        assert_eq!(found, wanted, "{faults:#?}\n{}", self.err);
        for fault in faults {
            assert!(fault["advice"].as_str().is_some_and(|advice| advice.len() > 9), "{fault}");
        }
        let worst = |state: &str| wanted.iter().any(|words| words.ends_with(state));
        let (code, word) = match (worst("failed"), worst("warning")) {
            (true, _) => (2, "failed"),
            (false, true) => (1, "warning"),
            (false, false) => (0, "ok"),
        };
        assert_eq!((self.code, &self.report()["worst"]), (Some(code), &Value::from(word)));
        self
    }

    /// Expects the findings of this check to hold these words, in what they say or advise.
    #[track_caller]
    fn says(&self, check: &str, words: &str) -> &Self {
        let of: Vec<Value> =
            self.findings().into_iter().filter(|found| found["check"] == check).collect();
        let holds = |found: &Value| found.to_string().contains(words);
        assert!(of.iter().any(holds), "`{words}` in {of:#?}");
        self
    }
}

fn replaced(config: &str, from: &str, to: &str) -> String {
    assert!(config.contains(from), "{from}");
    config.replace(from, to)
}

const FAKETIME: &str = "LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1";

/// The words that go before a program whose clock is to be off.
fn at(shift: &str) -> [String; 4] {
    let shift = format!("FAKETIME={shift}");
    let own = "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned();
    ["/usr/bin/env".to_owned(), FAKETIME.to_owned(), own, shift]
}

#[test]
fn a_sound_set_up_has_no_fault() {
    let place = Place::new();
    let _time = Answerer::time(&place.space, "127.0.0.5:123", 0);
    let seen = place.doctor(CONFIG, &[], &["--json", "--ntp", "127.0.0.5"]);
    seen.finds(&[]);
    // Nothing was left out but Java, which is not on this way.
    let skipped: Vec<Value> =
        seen.findings().into_iter().filter(|found| found["state"] == "skipped").collect();
    let skipped: Vec<&str> = skipped.iter().map(|found| found["check"].as_str().unwrap()).collect();
    assert_eq!(skipped, ["trust-java"], "{:#?}", seen.findings());
    seen.says("location", "Office").says("revocation-list", "http://crl.test/crl/root.crl");

    // The same for people: readable without colour, since this is no terminal.
    let seen = place.doctor(CONFIG, &[], &["--gateway", "127.0.0.1:53"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(!seen.out.contains('\u{1b}'), "{}", seen.out);
    assert!(seen.out.contains("ok       https-port"), "{}", seen.out);
    assert!(seen.out.contains("\n0 failed, 0 warnings, "), "{}", seen.out);
    assert!(seen.out.lines().all(|line| line.len() < 140), "{}", seen.out);
}

#[test]
fn what_the_gateway_does_wrong() {
    let mut place = Place::new();

    // Not redirected at all: the resolver behind it answers.
    place.gateway(&[
        "!/blocked.test/warned",
        "--address=/warned.test/192.0.2.1",
        "--address=/warned.test/2001:2::1",
        "--local=/warned.test/",
    ]);
    let seen = place.look();
    seen.finds(&["gateway-redirects failed"]).says("gateway-redirects", "blocked.test");

    // To another address.
    place.gateway(&[
        "!/blocked.test/warned.test/192",
        "--address=/blocked.test/warned.test/192.0.2.30",
    ]);
    place.look().finds(&["gateway-redirects failed"]).says("gateway-redirects", "192.0.2.30");

    // The portal is forgotten.
    place.gateway(&["!portal.test"]);
    place.look().finds(&["gateway-redirects failed"]).says("gateway-redirects", "portal.test");

    // An HTTPS record comes through, and an SVCB record.
    place.gateway(&["--dns-rr=blocked.test,65,00010000010003026833"]);
    place.look().finds(&["gateway-https failed"]).says("gateway-https", "blocked.test");
    place.gateway(&["--dns-rr=warned.test,64,00010000010003026833"]);
    place.look().finds(&["gateway-svcb failed"]).says("gateway-svcb", "warned.test");

    // AAAA comes through; AAAA is not there.
    place.gateway(&[
        "!/blocked.test/warned.test/2001",
        "--address=/blocked.test/warned.test/2001:2::20",
    ]);
    place.look().finds(&["gateway-aaaa failed"]).says("gateway-aaaa", "2001:2::20");
    place.gateway(&["!/blocked.test/warned.test/2001"]);
    place.look().finds(&["gateway-aaaa warning"]).says("gateway-aaaa", "NODATA");

    // An answer that is kept for long.
    place.gateway(&["!local-ttl", "--local-ttl=3600"]);
    place.look().finds(&["gateway-ttl warning"]).says("gateway-ttl", "3600");

    // What is below a domain goes free.
    place.gateway(&["--address=/blockhouse-doctor.blocked.test/192.0.2.20"]);
    place.look().finds(&["gateway-below failed"]);

    // What is excepted is redirected; so is what systems need; what is refused leads somewhere.
    place.gateway(&["!/trusted.blocked.test/"]);
    place
        .look()
        .finds(&["gateway-exceptions failed"])
        .says("gateway-exceptions", "trusted.blocked.test");
    place.gateway(&["--address=/captive.apple.com/192.0.2.1"]);
    place.look().finds(&["gateway-builtin failed"]).says("gateway-builtin", "captive.apple.com");
    place.gateway(&["!/tracker.test/", "--address=/tracker.test/192.0.2.1"]);
    place.look().finds(&["gateway-refuses failed"]).says("gateway-refuses", "tracker.test");

    // Browsers are not told to stay.
    place.gateway(&["!/use-application-dns.net/"]);
    place.look().finds(&["gateway-canary warning"]).says("gateway-canary", "Firefox");

    // A validator takes the redirect for a forgery.
    place.gateway(&[]);
    let blocked = |question: &Message| {
        question
            .queries
            .first()
            .is_some_and(|query| query.name().to_ascii().contains("blocked.test"))
    };
    let validator = move |question: &Message, answer: &mut Message| {
        if blocked(question) && !question.metadata.checking_disabled {
            answer.answers.clear();
            answer.metadata.response_code = ResponseCode::ServFail;
        }
    };
    let (resolver, address) = Answerer::dns(&place.space, validator);
    let seen = place.doctor(CONFIG, &[], &["--json", "--gateway", address]);
    seen.finds(&["gateway-dnssec failed"]).says("gateway-dnssec", "domain-insecure");
    drop(resolver);

    // Nobody answers.
    place.gateway = None;
    let seen = place.doctor(CONFIG, &[], &["--json", "--gateway", "127.0.0.9:53"]);
    seen.finds(&["gateway-reached failed"]);
}

#[test]
fn private_block_addresses() {
    let mut place = Place::new();
    let output =
        place.space.command("ip").args(["address", "add", "10.1.2.3/24", "dev", "net0"]).status();
    assert!(output.unwrap().success());
    let config = replaced(CONFIG, "[portal]\nhost = \"portal.test\"\n", "");
    let config = replaced(&config, "192.0.2.1", "10.1.2.3");
    place.serve(&config, &[]);
    let to_there = |place: &mut Place, more: &[&str]| {
        let changes = [
            "!/blocked.test/warned.test/192",
            "!/crl.test/",
            "--address=/crl.test/10.1.2.3",
            "--address=/crl.test/2001:2::1",
        ];
        place.gateway(&[&changes[..], more].concat());
    };
    // Browsers count it as local.
    to_there(&mut place, &["--address=/blocked.test/warned.test/10.1.2.3"]);
    let seen = place.look_with(&config);
    seen.finds(&["local-network-access warning"])
        .says("local-network-access", "LocalNetworkAccessIpAddressSpaceOverrides")
        .says("local-network-access", "10.1.2.3:443=public");

    // And a resolver in between strips it: dnsmasq that forwards to the redirecting one.
    let _redirecting = Dnsmasq::start(
        &place.space,
        &[
            "--address=/blocked.test/warned.test/10.1.2.3".to_owned(),
            "--address=/blocked.test/warned.test/2001:2::1".to_owned(),
            "--listen-address=127.0.0.4".to_owned(),
            "--no-resolv".to_owned(),
        ],
    );
    to_there(
        &mut place,
        &[
            "!/blocked.test/warned",
            "--stop-dns-rebind",
            "--server=/blocked.test/warned.test/127.0.0.4",
        ],
    );
    let seen = place.look_with(&config);
    seen.finds(&["local-network-access warning", "gateway-rebinding failed"])
        .says("gateway-rebinding", "rebind-domain-ok");
}

#[test]
fn what_is_wrong_with_the_ports() {
    let mut place = Place::new();

    // One family only.
    let half = replaced(
        CONFIG,
        "https = [\"192.0.2.1:443\", \"[2001:2::1]:443\"]",
        "https = [\"192.0.2.1:443\"]",
    );
    place.look_with(&half).finds(&["ip-families warning"]).says("ip-families", "IPv4");
    let half = replaced(
        CONFIG,
        "addresses = [\"192.0.2.1\", \"2001:2::1\"]",
        "addresses = [\"192.0.2.1\"]",
    );
    // The gateway still has another address for IPv6, which nobody announced.
    place.look_with(&half).finds(&["ip-families warning", "gateway-aaaa failed"]);

    // UDP 443 is closed, and then silent.
    let without = replaced(CONFIG, "[listen]", "[listen]\nquic = false");
    place.serve(&without, &[]);
    place.look().finds(&["quic warning"]).says("quic", "ICMP");
    let silent: Vec<UdpSocket> = ["192.0.2.1:443", "[2001:2::1]:443"]
        .map(|address| place.space.udp(address.parse().unwrap()).unwrap())
        .into();
    place.look().finds(&["quic failed"]).says("quic", "silent");
    place.look_with(&without).says("quic", "listen.quic = true");
    drop(silent);

    // Another program has the port for TLS, and says so in plain HTTP.
    let elsewhere = replaced(CONFIG, ":443", ":8443");
    place.serve(&elsewhere, &[]);
    let listen = |address: &str| place.space.listen(address.parse().unwrap()).unwrap();
    let answer = b"HTTP/1.1 404 Not Found\r\nServer: something-else\r\nContent-Length: 0\r\n\r\n";
    let others = ["192.0.2.1:443", "[2001:2::1]:443"]
        .map(|address| OtherProgram::start(listen(address), answer));
    place.look().finds(&["https-port failed"]).says("https-port", "something-else");
    drop(others);

    // Another authority's server has it.
    let other = folder_with_root(&[]);
    let wrap = place.space.wrap();
    let alien = Blockhouse::start(Arc::clone(&other), &replaced(CONFIG, ":80\"", ":8080\""), &wrap);
    place.look().finds(&["https-port failed"]).says("https-port", "not signed under our root");
    drop(alien);

    // Another program has the port for plain HTTP.
    place.serve(&replaced(CONFIG, ":80\"", ":8080\""), &[]);
    let listen = |address: &str| place.space.listen(address.parse().unwrap()).unwrap();
    let others = ["192.0.2.1:80", "[2001:2::1]:80"]
        .map(|address| OtherProgram::start(listen(address), answer));
    place.look().finds(&["http-port failed"]).says("http-port", "something-else");
    drop(others);

    // The server listens elsewhere than gateways send people to.
    place.serve(&elsewhere, &[]);
    let seen = place.look_with(&elsewhere);
    seen.finds(&["https-port failed"]).says("https-port", "forward it");

    // Nobody is at one of the block addresses; the server's own clock can be asked all the same.
    place.serve(CONFIG, &[]);
    let more = replaced(
        CONFIG,
        "addresses = [\"192.0.2.1\"",
        "addresses = [\"127.0.0.77\", \"192.0.2.1\"",
    );
    place
        .look_with(&more)
        .finds(&["https-port failed", "http-port failed", "local-network-access warning"])
        .says("http-port", "127.0.0.77")
        .says("server-clock", "agree on the time");

    // Nothing runs.
    place.server = None;
    place
        .look()
        .finds(&["https-port failed", "http-port failed"])
        .says("https-port", "start the server");
}

#[test]
fn a_portal_with_a_certificate_of_its_own() {
    let mut place = Place::new();
    let made = rcgen::generate_simple_self_signed(["portal.test".to_owned()]).unwrap();
    fs::write(place.folder.path().join("portal.pem"), made.cert.pem()).unwrap();
    let key = place.folder.path().join("portal.key");
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
    // Nothing is redirected but the portal itself.
    let own = "host = \"portal.test\"\ncertificate = \"portal.pem\"\nkey = \"portal.key\"";
    let config = replaced(CONFIG, "host = \"portal.test\"", own);
    let config =
        ["blocked.test", "warned.test", "tracker.test"].iter().fold(config, |config, name| {
            replaced(&config, &format!("hosts = [\"{name}\"]"), "hosts = []")
        });
    place.serve(&config, &[]);
    let seen = place.look_with(&config);
    seen.says("https-port", "shows a good certificate");
    let of_ports = |finding: &&Value| finding["check"] == "https-port" && finding["state"] != "ok";
    assert_eq!(seen.findings().iter().find(of_ports), None);
}

#[test]
fn the_embedded_gateway() {
    let mut place = Place::new();
    place.gateway = None;
    let certify = |name: &str| {
        let made =
            rcgen::generate_simple_self_signed(["dns.organisation.example".to_owned()]).unwrap();
        fs::write(place.folder.path().join(format!("{name}.pem")), made.cert.pem()).unwrap();
        let key = place.folder.path().join(format!("{name}.key"));
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
    };
    certify("dns");
    certify("newer");
    let dns = "[dns]\nlisten = [\"127.0.0.1:53\", \"[::1]:53\"]\ntls = [\"127.0.0.1:853\"]\n\
               https = [\"127.0.0.1:8853\"]\ncertificate = \"dns.pem\"\nkey = \"dns.key\"\n";
    let config = format!("{CONFIG}\n{dns}");
    place.serve(&config, &[]);
    let seen = place.look_with(&config);
    seen.finds(&[]).says("gateway-reached", "127.0.0.1:53");
    for words in ["UDP 127.0.0.1:53 answers", "TCP [::1]:53 answers"] {
        seen.says("dns-port", words);
    }
    seen.says("dns-tls-port", "127.0.0.1:853").says("dns-https-port", "127.0.0.1:8853");

    // Another certificate than the one that is configured by now.
    let newer = replaced(&replaced(&config, "dns.pem", "newer.pem"), "dns.key", "newer.key");
    place.look_with(&newer).finds(&["dns-tls-port failed", "dns-https-port failed"]);
    // Browsers are not told to stay.
    let forward = replaced(&config, "[dns]", "[dns]\ncanaries = \"forward\"");
    place.serve(&forward, &[]);
    place.look_with(&forward).finds(&["gateway-canary warning"]);
    // The server does not know yet that it is to be a gateway.
    place.serve(CONFIG, &[]);
    place.look_with(&config).finds(&[
        "dns-port failed",
        "dns-tls-port failed",
        "dns-https-port failed",
        "gateway-reached failed",
    ]);
}

#[test]
fn what_is_wrong_with_the_authority() {
    let place = Place::new();
    let certs = place.folder.path().join("certs");
    let mode = |name: &str, mode| {
        fs::set_permissions(certs.join(name), fs::Permissions::from_mode(mode)).unwrap();
    };

    // Keys that others can read, and a key of another certificate.
    mode("cookie.keys", 0o644);
    place.look().finds(&["cookie-keys failed"]).says("cookie-keys", "chmod 600");
    mode("cookie.keys", 0o600);
    mode("issuing-g1.key", 0o640);
    place.look().finds(&["ca-keys failed"]).says("ca-keys", "chmod 600");
    mode("issuing-g1.key", 0o600);
    let key = fs::read(certs.join("issuing-g1.key")).unwrap();
    fs::copy(certs.join("root.key"), certs.join("issuing-g1.key")).unwrap();
    place.look().finds(&["ca-keys failed"]).says("ca-keys", "does not belong");
    fs::write(certs.join("issuing-g1.key"), key).unwrap();

    // The list cannot be had where it is announced: the host leads nowhere, or elsewhere.
    let nowhere = replaced(CONFIG, "crl_host = \"crl.test\"", "crl_host = \"tracker.test\"");
    place.look_with(&nowhere).finds(&["revocation-list failed"]).says("revocation-list", "resolve");
    let elsewhere = replaced(CONFIG, "crl_host = \"crl.test\"", "crl_host = \"crl.example\"");
    place.look_with(&elsewhere).finds(&["revocation-list failed"]);

    // Clocks: the time server's, and this machine's against the server's.
    let _time = Answerer::time(&place.space, "127.0.0.5:123", 3660);
    let seen = place.doctor(CONFIG, &[], &["--json", "--ntp", "127.0.0.5"]);
    seen.finds(&["clock warning"]).says("clock", "1h").says("clock", "behind");
    let hour = at("+1h");
    let hour: Vec<&str> = hour.iter().map(String::as_str).collect();
    let seen = place.doctor(CONFIG, &hour, &["--json"]);
    seen.finds(&["server-clock warning"]).says("server-clock", "ahead");
}

/// A folder with a root that was made at another time.
fn made_at(shift: &str) -> Arc<TempDir> {
    let folder = TempDir::new().unwrap();
    let at = at(shift);
    let made = Command::new(&at[0])
        .args(&at[1..])
        .arg(env!("CARGO_BIN_EXE_blockhouse-ca"))
        .args(["init", "--org", "Test Organisation", "--crl-host", "crl.test", "--directory"])
        .arg(folder.path().join("certs"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Arc::new(folder)
}

#[test]
fn certificates_that_end() {
    // The issuing CA lives for a year, the root's list as long.
    let place = Place::in_folder(made_at("-350d"), &[]);
    place.look().finds(&["issuing-ca warning"]).says("issuing-ca", "blockhouse-ca renew");
    drop(place);

    // The root lives for ten years. The server is still of that time.
    let then = at("-4000d");
    let words: Vec<&str> = then.iter().map(String::as_str).collect();
    let place = Place::in_folder(made_at("-4000d"), &words);
    let seen = place.look();
    seen.finds(&["root failed", "issuing-ca failed", "https-port failed", "server-clock warning"])
        .says("root", "make a new root")
        .says("https-port", "has ended");
    drop(place);

    // A clock that is behind.
    let place = Place::new();
    let behind = at("-10d");
    let behind: Vec<&str> = behind.iter().map(String::as_str).collect();
    let seen = place.doctor(CONFIG, &behind, &["--json"]);
    seen.finds(&["root failed", "issuing-ca failed", "https-port failed", "server-clock warning"])
        .says("root", "clock");
}

#[test]
fn stores_that_lack_the_root() {
    let place = Place::new();
    let home = place.home.path();
    let other = folder_with_root(&[]);
    let stranger = other.path().join("certs/root.pem");

    fs::copy(&stranger, home.join("bundle.crt")).unwrap();
    place
        .look()
        .finds(&["trust-system warning"])
        .says("trust-system", "install --system --certificate");
    fs::copy(place.root(), home.join("bundle.crt")).unwrap();

    let refill = |database: &str, root: &Path| {
        fs::remove_dir_all(home.join(database)).unwrap();
        nss::trust(&home.join(database), &[root]);
    };
    refill(".pki/nssdb", &stranger);
    place.look().finds(&["trust-nss warning"]).says("trust-nss", "Chromium");
    refill(".pki/nssdb", &place.root());
    refill(".mozilla/firefox/x.default", &stranger);
    place.look().finds(&["trust-firefox warning"]).says("trust-firefox", "x.default");
    refill(".mozilla/firefox/x.default", &place.root());

    // It is there, and not trusted for web sites.
    let database = format!("sql:{}", home.join(".pki/nssdb").display());
    let changed = Command::new("certutil")
        .args(["-M", "-d", &database, "-n", "root 0", "-t", ",,"])
        .status()
        .unwrap();
    assert!(changed.success());
    place.look().finds(&["trust-nss warning"]).says("trust-nss", "not for web sites");
    refill(".pki/nssdb", &place.root());

    // Java, with its store in the place of the machine's own: each command in the network has its own
    // view of the mounts.
    std::os::unix::fs::symlink("/usr/bin/keytool", home.join("bin/keytool")).unwrap();
    let store = home.join("cacerts");
    let keep = |alias: &str, file: &Path| {
        let kept = Command::new("keytool")
            .args([
                "-importcert",
                "-noprompt",
                "-storepass",
                "changeit",
                "-alias",
                alias,
                "-keystore",
            ])
            .arg(&store)
            .arg("-file")
            .arg(file)
            .output()
            .expect("keytool starts; Debian package default-jdk-headless");
        assert!(kept.status.success(), "{kept:?}");
    };
    let mounted = format!(
        "/usr/bin/mount --bind {} /etc/ssl/certs/java/cacerts && exec \"$@\"",
        store.display()
    );
    let before = ["/bin/sh", "-c", &mounted, "sh"];
    keep("stranger", &stranger);
    let seen = place.doctor(CONFIG, &before, &["--json"]);
    seen.finds(&["trust-java warning"]).says("trust-java", "blockhouse-ca install --certificate ");
    keep("root", &place.root());
    place.doctor(CONFIG, &before, &["--json"]).finds(&[]).says("trust-java", "holds the root");
}

#[test]
fn what_else_is_wrong() {
    let mut place = Place::new();

    // A client at no location.
    let elsewhere =
        place.doctor(&replaced(CONFIG, "198.51.100.0/24", "203.0.113.0/24"), &[], &["--json"]);
    elsewhere.finds(&["location warning"]).says("location", "default policy `default`");

    // The resolver for continuing is the gateway, or is not there.
    let round = replaced(CONFIG, "127.0.0.2:53", "127.0.0.1:53");
    place.look_with(&round).finds(&["upstream failed"]).says("upstream", "sent round");
    let silent = replaced(CONFIG, "127.0.0.2:53", "127.0.0.9:53");
    place.look_with(&silent).finds(&["upstream failed"]).says("upstream", "127.0.0.9:53");

    // Too few files for the connections that are allowed.
    let limited = ["/bin/sh", "-c", "ulimit -n 400; exec \"$@\"", "sh"];
    place.serve(CONFIG, &limited);
    place.look().finds(&["open-files warning"]).says("open-files", "the server may open 400 files");

    place.serve(CONFIG, &[]);

    // A folder that is a file.
    let file =
        replaced(CONFIG, "[limits]", "[store]\ndirectory = \"certs/root.pem/state\"\n[limits]");
    place.look_with(&file).finds(&["folders failed"]);

    // Each folder counts with the file system that it is on.
    fs::create_dir(place.folder.path().join("fixed")).unwrap();
    fs::create_dir(place.folder.path().join("small")).unwrap();
    let mount = format!(
        "cd {}; /bin/mount -t tmpfs -o ro none fixed; /bin/mount -t tmpfs -o size=1m none small; exec \"$@\"",
        place.folder.path().display()
    );
    let mounted = ["/bin/sh", "-ec", &mount, "sh"];
    let fixed = replaced(CONFIG, "[limits]", "[store]\ndirectory = \"fixed/state\"\n[limits]");
    place
        .doctor(&fixed, &mounted, &["--json"])
        .finds(&["folders failed"])
        .says("folders", "read-only");
    let small = replaced(CONFIG, "[limits]", "[events]\nfile = \"small/events.jsonl\"\n[limits]");
    place
        .doctor(&small, &mounted, &["--json"])
        .finds(&["disk-space warning"])
        .says("disk-space", "small");

    // A configuration that is not understood.
    let odd = replaced(CONFIG, "[limits]", "[limits]\nconections = 3");
    place.look_with(&odd).finds(&["configuration failed"]).says("configuration", "conections");

    // Lists: half of one is not understood; one was never fetched; one was fetched long ago.
    fs::write(place.folder.path().join("half.txt"), "one.test\nnot a name!\n").unwrap();
    let in_gambling = |list: &str| {
        let table = format!("[[categories.gambling.lists]]\n{list}\nformat = \"domains\"\n");
        replaced(CONFIG, "[categories.social]", &format!("{table}\n[categories.social]"))
    };
    let half = in_gambling("file = \"half.txt\"");
    place.look_with(&half).finds(&["lists warning"]).says("lists", "line 2");
    let url = "https://lists.example/blocked.txt";
    let fetched = in_gambling(&format!("url = \"{url}\""));
    place.look_with(&fetched).finds(&["lists failed"]).says("lists", "never fetched");
    let missing = in_gambling("file = \"nowhere.txt\"");
    let report = place.look_with(&missing);
    report.says("lists", "nowhere.txt");
    assert_eq!(report.code, Some(2));
    let folder = place.folder.path().join("state/lists");
    fs::create_dir_all(&folder).unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, url.as_bytes());
    let name: String = digest.as_ref()[..8].iter().map(|octet| format!("{octet:02x}")).collect();
    fs::write(folder.join(format!("{name}.list")), "one.test\n").unwrap();
    let note = |age: u64| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let checked = now.as_secs() - age;
        let note = serde_json::json!({
            "url": url, "etag": null, "last_modified": null, "checked": checked, "octets": 9,
            "sha256": "00",
        });
        fs::write(folder.join(format!("{name}.json")), note.to_string()).unwrap();
    };
    note(4 * 24 * 3600);
    place.look_with(&fetched).finds(&["lists warning"]).says("lists", "4d");
    note(3600);
    place.look_with(&fetched).finds(&[]);
}

#[test]
fn what_doctor_does_not_take() {
    let run = |options: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_blockhouse")).arg("doctor").args(options).output();
        let output = output.unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (options, words) in [
        (&["--gateway", "resolver"][..], "192.0.2.53"),
        (&["--timeout", "soon"][..], "soon"),
        (&["--config", "/nowhere/blockhouse.toml"][..], "/nowhere/blockhouse.toml"),
    ] {
        let (code, said) = run(options);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
}
