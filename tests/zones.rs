//! Zones for gateways: what real ones answer that were given them, and how files are kept.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use blockhouse::ask;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{RData, RecordType};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::browser::{self, Profile};
use crate::support::gateways::{Gateway, Kind, Setting};
use crate::support::namespace::{BLOCKED_V4, BLOCKED_V6, Namespace, SITE_V4};
use crate::support::server::{Blockhouse, folder_with_root};
use crate::support::truth::{TRUE_V4, TRUE_V6, Truth};

/// A policy with every kind of answer, and names in every relation to each other.
const CONFIG: &str = r#"
default_policy = "staff"

[gateway]
addresses = ["192.0.2.1", "192.0.2.2", "2001:2::1"]
ttl = "7s"

[[gateway.reasons]]
addresses = ["192.0.2.81"]
category = "malware"

[categories.games]
class = "content"
hosts = ["games.example", "=exact.example", "*.below.example", "xn--bcher-kva.example", "a_b.example"]

[categories.malware]
class = "security"
hosts = ["malware.example", "deep.mid.games.example"]

[categories.trackers]
class = "tracking"
hosts = ["tracker.example", "=only-tracker.example", "*.trackers.example"]

[categories.telemetry]
class = "security"
gateway_answer = "nxdomain"
hosts = ["telemetry.games.example"]

[categories.nothing]
class = "content"
gateway_answer = "null"
hosts = ["null.example", "=only-null.example"]

[policies.staff]
default_action = "block"

[[policies.staff.rules]]
action = "block"
hosts = ["bad.fine.games.example"]

[[policies.staff.rules]]
action = "allow"
hosts = ["fine.games.example", "=alone.games.example"]

[[policies.staff.rules]]
action = "block"
categories = ["games", "malware", "trackers", "telemetry", "nothing"]

[policies.guests]
default_action = "allow"

[[policies.guests.rules]]
action = "block"
categories = ["malware"]

[[locations]]
name = "hall"
networks = ["192.0.2.0/24"]
policy = "guests"

[exceptions]
also = ["never.games.example", "never.example"]
"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Page,
    Malware,
    Nxdomain,
    Null,
    Truth,
    /// The name without data, where a format cannot say that there is none.
    Nodata,
}
use Answer::{Malware, Null, Nxdomain, Page};

const NAMES: &[(&str, Answer)] = &[
    ("games.example", Page),
    ("GAMES.Example", Page),
    ("www.games.example", Page),
    ("a.b.c.games.example", Page),
    ("notgames.example", Answer::Truth),
    ("xn--bcher-kva.example", Page),
    ("a_b.example", Page),
    ("exact.example", Page),
    ("www.exact.example", Answer::Truth),
    ("below.example", Answer::Truth),
    ("www.below.example", Page),
    ("x.www.below.example", Page),
    ("malware.example", Malware),
    ("WWW.MALWARE.EXAMPLE", Malware),
    // An empty non-terminal between two blocked names, and what lies beside and below it.
    ("mid.games.example", Page),
    ("beside.mid.games.example", Page),
    ("deep.mid.games.example", Malware),
    ("x.deep.mid.games.example", Malware),
    ("tracker.example", Nxdomain),
    ("www.tracker.example", Nxdomain),
    ("only-tracker.example", Nxdomain),
    ("www.only-tracker.example", Answer::Truth),
    ("trackers.example", Answer::Truth),
    ("www.trackers.example", Nxdomain),
    ("telemetry.games.example", Nxdomain),
    ("x.telemetry.games.example", Nxdomain),
    ("null.example", Null),
    ("www.null.example", Null),
    ("only-null.example", Null),
    ("www.only-null.example", Answer::Truth),
    // Exceptions below blocked names, blocked names below those.
    ("fine.games.example", Answer::Truth),
    ("www.fine.games.example", Answer::Truth),
    ("bad.fine.games.example", Page),
    ("x.bad.fine.games.example", Page),
    ("alone.games.example", Answer::Truth),
    ("x.alone.games.example", Page),
    ("never.games.example", Answer::Truth),
    ("www.never.games.example", Answer::Truth),
    ("never.example", Answer::Truth),
    ("example", Answer::Truth),
    ("untouched.truth", Answer::Truth),
];

const KINDS: [RecordType; 6] = [
    RecordType::A,
    RecordType::AAAA,
    RecordType::HTTPS,
    RecordType::SVCB,
    RecordType::MX,
    RecordType::TXT,
];

/// A folder with a configuration.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("blockhouse.toml"), config).unwrap();
        // Servers may give up the rights of root before they read the zone.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(folder.path(), open).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        command.arg("--config").arg(self.path("blockhouse.toml")).arg("zone").args(options);
        command.env_remove("BLOCKHOUSE_LOG");
        command
    }

    fn zone(&self, options: &[&str]) -> Output {
        self.command(options).output().expect("blockhouse starts")
    }

    /// Exports for a format; gives the file and what was said.
    fn export(&self, format: &str) -> (PathBuf, String) {
        let file = self.path(&format!("zone.{format}"));
        let made = self.zone(&["--format", format, "--output", file.to_str().unwrap()]);
        let said = String::from_utf8(made.stderr).unwrap();
        assert!(made.status.success(), "{said}");
        assert_eq!(made.stdout, b"");
        (file, said)
    }

    fn text(&self, options: &[&str]) -> String {
        let made = self.zone(options);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).unwrap()
    }

    /// What `--check` says in JSON, and whether it is content.
    fn check(&self, format: &str, server: SocketAddr) -> (bool, Value) {
        let server = server.to_string();
        let checked = self.zone(&["--check", &server, "--format", format, "--json"]);
        let report = serde_json::from_slice(&checked.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&checked.stderr)));
        (checked.status.success(), report)
    }
}

fn ask(server: SocketAddr, name: &str, kind: RecordType) -> Message {
    ask::ask(server, name, kind, Duration::from_secs(20))
        .unwrap_or_else(|error| panic!("{name} {kind}: {error:?}"))
}

/// What an answer says, in short; addresses are sorted.
fn short(answer: &Message) -> String {
    let code = match answer.metadata.response_code {
        ResponseCode::NoError => String::new(),
        ResponseCode::NXDomain => "no such name".to_owned(),
        other => format!("{other}"),
    };
    let records: BTreeSet<String> = answer
        .answers
        .iter()
        .map(|record| match &record.data {
            RData::A(a) => IpAddr::V4(a.0).to_string(),
            RData::AAAA(aaaa) => IpAddr::V6(aaaa.0).to_string(),
            _ => format!("some {}", record.record_type()),
        })
        .collect();
    let records: Vec<_> = records.into_iter().collect();
    format!("{code}{}", records.join(" "))
}

fn expected(answer: Answer, kind: RecordType) -> String {
    match (answer, kind) {
        (Answer::Truth, RecordType::A) => TRUE_V4.to_string(),
        (Answer::Truth, RecordType::AAAA) => TRUE_V6.to_string(),
        (Answer::Truth, other) => format!("some {other}"),
        (Nxdomain, _) => "no such name".to_owned(),
        (Page, RecordType::A) => "192.0.2.1 192.0.2.2".to_owned(),
        (Page, RecordType::AAAA) => "2001:2::1".to_owned(),
        (Malware, RecordType::A) => "192.0.2.81".to_owned(),
        (Null, RecordType::A) => "0.0.0.0".to_owned(),
        (Null, RecordType::AAAA) => "::".to_owned(),
        (Page | Malware | Null | Answer::Nodata, _) => String::new(),
    }
}

/// Starts a gateway with the exported zone and asks it for everything; `unlike` are names that the
/// format cannot say, with what it says instead.
fn check_gateway(kind: Kind, unlike: &[(&str, Answer)]) {
    let place = Place::new(CONFIG);
    let truth = Truth::start();
    let (zone, _) = place.export(kind.format());
    let setting = Setting { zone: &zone, upstream: truth.address, wrap: &[], address: None };
    let gateway = kind.start(&setting);
    let mut wrong = Vec::new();
    for (name, answer) in NAMES {
        let other = unlike.iter().find(|(other, _)| other == name);
        let answer = other.map_or(*answer, |(_, answer)| *answer);
        truth.asked();
        for record in KINDS {
            let got = ask(gateway.address, name, record);
            if short(&got) != expected(answer, record) {
                wrong.push(format!("{name} {record}: `{}`", short(&got)));
            }
            if answer != Answer::Truth && got.answers.iter().any(|record| record.ttl > 7) {
                wrong.push(format!("{name} {record}: {:?}", got.answers));
            }
        }
        if answer != Answer::Truth && !truth.asked().is_empty() {
            wrong.push(format!("{name} was asked upstream"));
        }
    }
    assert!(wrong.is_empty(), "{kind:?}:\n{}\n{}", wrong.join("\n"), gateway.said());
    let (content, report) = place.check(kind.format(), gateway.address);
    assert!(content, "{report:#}");
    assert!(report["questions"].as_u64() > Some(100), "{report:#}");
    finds_a_difference(&place, kind, &gateway);
}

/// The gateway keeps the old zone while the policy goes on.
fn finds_a_difference(place: &Place, kind: Kind, gateway: &Gateway) {
    let changed = CONFIG.replace("\"=exact.example\"", "\"=exact.example\", \"=planted.example\"");
    fs::write(place.path("blockhouse.toml"), changed).unwrap();
    let (content, report) = place.check(kind.format(), gateway.address);
    assert!(!content);
    let differences = report["differences"].as_array().unwrap();
    let names: BTreeSet<_> =
        differences.iter().filter_map(|found| found["name"].as_str()).collect();
    assert_eq!(names, BTreeSet::from(["PLANTED.EXAMPLE", "planted.example"]), "{report:#}");
    assert_eq!(differences[0]["type"], "A");
    assert_eq!(differences[0]["expected"], "192.0.2.1, 192.0.2.2");
    assert_eq!(differences[0]["got"], TRUE_V4.to_string());
    let server = gateway.address.to_string();
    let shown = place.zone(&["--check", &server, "--format", kind.format()]);
    let text = String::from_utf8(shown.stdout).unwrap();
    assert_eq!(shown.status.code(), Some(1));
    assert!(text.contains("planted.example") && text.contains("differs from the policy"), "{text}");
}

#[test]
fn bind() {
    check_gateway(Kind::Bind, &[]);
}

#[test]
fn unbound_with_a_response_policy_zone() {
    check_gateway(Kind::UnboundRpz, &[]);
}

#[test]
fn powerdns() {
    check_gateway(Kind::Powerdns, &[]);
}

#[test]
fn knot_resolver() {
    check_gateway(Kind::Knot, &[]);
}

#[test]
fn dnsmasq() {
    check_gateway(Kind::Dnsmasq, &[]);
}

#[test]
fn unbound() {
    // What local zones cannot say; see `what_a_format_cannot_say`.
    let unlike = [
        ("www.below.example", Answer::Truth),
        ("x.www.below.example", Answer::Truth),
        ("www.trackers.example", Answer::Truth),
        ("only-tracker.example", Answer::Nodata),
        ("alone.games.example", Page),
    ];
    check_gateway(Kind::Unbound, &unlike);
}

#[test]
fn a_hosts_file_in_dnsmasq() {
    // A hosts file names hosts one by one, and says nothing of the other types.
    let place = Place::new(CONFIG);
    let truth = Truth::start();
    let (zone, said) = place.export("hosts");
    assert!(said.contains("names blocked without the names below them"), "{said}");
    let setting = Setting { zone: &zone, upstream: truth.address, wrap: &[], address: None };
    let gateway = Kind::DnsmasqHosts.start(&setting);
    let (ours, theirs) = ("192.0.2.1 192.0.2.2", TRUE_V4.to_string());
    for (name, answer) in [
        ("games.example", ours),
        ("EXACT.example", ours),
        ("mid.games.example", ours),
        ("malware.example", "192.0.2.81"),
        ("tracker.example", "0.0.0.0"),
        ("null.example", "0.0.0.0"),
        ("bad.fine.games.example", ours),
        ("fine.games.example", &theirs),
        ("www.games.example", &theirs),
        ("below.example", &theirs),
    ] {
        assert_eq!(short(&ask(gateway.address, name, RecordType::A)), answer, "{name}");
    }
    assert_eq!(short(&ask(gateway.address, "null.example", RecordType::AAAA)), "::");
    assert_eq!(short(&ask(gateway.address, "games.example", RecordType::AAAA)), "2001:2::1");
    // The names of the list are checked, what cannot be said is not.
    let checked = place.check("hosts", gateway.address);
    // dnsmasq asks upstream for the family that a hosts file does not have.
    let differences = checked.1["differences"].as_array().unwrap().iter();
    let names: BTreeSet<_> = differences
        .map(|found| format!("{} {}", found["name"].as_str().unwrap(), found["type"]))
        .collect();
    let expected = BTreeSet::from(["deep.mid.games.example \"AAAA\"", "malware.example \"AAAA\""]);
    assert_eq!(names.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
}

/// What is said about the limits of a format.
#[track_caller]
fn check_limits(format: &str, expected: &[&str]) {
    let (_, said) = Place::new(CONFIG).export(format);
    let counts = said.lines().filter(|line| line.contains("this format"));
    let counts: Vec<_> = counts
        .map(|line| {
            let (words, count) = line.rsplit_once(": ").unwrap();
            let words = words.strip_prefix("blockhouse: ").unwrap();
            format!("{count} {}", words.split(',').next().unwrap())
        })
        .collect();
    assert_eq!(counts, expected, "{said}");
}

#[test]
fn what_a_format_cannot_say() {
    for format in ["rpz", "bind", "knot", "powerdns", "dnsmasq", "pihole", "adguard"] {
        check_limits(format, &[]);
    }
    check_limits(
        "unbound",
        &[
            "2 names left out",
            "1 names that get one answer together with the names below them",
            "1 names without a usable address instead of `no such name`",
        ],
    );
    let hosts = [
        "10 names blocked without the names below them",
        "3 names left out",
        "1 names without a usable address instead of `no such name`",
    ];
    check_limits("hosts", &hosts);
    check_limits("coredns-hosts", &hosts);
    check_limits(
        "technitium",
        &[
            "2 names left out",
            "4 names that get one answer together with the names below them",
            "5 names with the list's one answer instead of their category's",
            "1 names that are not blocked",
        ],
    );
}

#[test]
fn every_format_says_what_it_is_and_never_a_time() {
    let place = Place::new(CONFIG);
    for format in [
        "rpz",
        "bind",
        "knot",
        "powerdns",
        "unbound",
        "dnsmasq",
        "pihole",
        "hosts",
        "coredns-hosts",
        "adguard",
        "technitium",
    ] {
        let text = place.text(&["--format", format]);
        let first = text.lines().next().unwrap();
        assert!(first.contains("Written by blockhouse zone"), "{format}: {first}");
        assert!(text.lines().nth(1).unwrap().ends_with("Policy: staff"), "{format}");
        let lines = |text: &str| {
            let lines = text.lines().filter(|line| !line.starts_with("@ SOA ")).map(str::to_owned);
            lines.collect::<Vec<_>>()
        };
        assert_eq!(lines(&text), lines(&place.text(&["--format", format])), "{format}");
    }
    // What Pi-hole reads is what dnsmasq reads.
    let entries = |format| {
        let text = place.text(&["--format", format]);
        text.lines().filter(|l| !l.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(entries("pihole"), entries("dnsmasq"));
    assert_eq!(entries("coredns-hosts"), entries("hosts"));
}

#[test]
fn what_a_server_needs_is_said_for_current_releases() {
    let place = Place::new(CONFIG);
    for (format, wanted) in [
        (
            "pihole",
            &[
                "sudo pihole-FTL --config misc.etc_dnsmasq_d true",
                "sudo systemctl restart pihole-FTL",
                "(version 5: `pihole restartdns`)",
            ][..],
        ),
        ("adguard", &["`data/userfilters/`", "`filtering.safe_fs_patterns`", "Check for updates"]),
        ("powerdns", &["recursor: {rpzs: [{name: /etc/powerdns/rpz.blockhouse}]}"]),
        (
            "knot",
            &[
                "Knot Resolver 5 (kresd.conf)",
                "local-data: {rpz: [{file: /etc/knot-resolver/rpz.blockhouse}]}",
            ],
        ),
    ] {
        let text = place.text(&["--format", format]);
        for wanted in wanted {
            assert!(text.contains(wanted), "`{wanted}` is missing in: {text}");
        }
    }
}

#[test]
fn a_portal_that_a_format_cannot_say_is_named() {
    let portal =
        "[portal]\nhost = \"portal.never.example\"\ncheck_host = \"check.never.example\"\n";
    let place = Place::new(&format!("{CONFIG}\n{portal}"));
    let (_, said) = place.export("technitium");
    for (name, key) in [("portal.never.example", "host"), ("check.never.example", "check_host")] {
        let words = format!(
            "the portal {name} cannot be said in this format: choose a name outside of the \
             exceptions (`[portal] {key}`), or add it by hand"
        );
        assert!(said.contains(&words), "`{words}` is missing in: {said}");
    }
    // The other name below an exception is counted, as ever.
    assert!(said.contains("which counts first in this format: 1\n"), "{said}");
    for format in ["rpz", "unbound", "dnsmasq", "hosts", "adguard"] {
        let (_, said) = place.export(format);
        assert!(!said.contains("the portal"), "{format}: {said}");
    }
}

#[test]
fn a_zone_that_redirects_nothing_says_so() {
    let config = "[gateway]\naddresses = [\"192.0.2.1\", \"2001:2::1\"]\n\
        [portal]\nhost = \"portal.example\"\n\
        [categories.c]\nclass = \"content\"\nhosts = [\"c.example\"]\n[policies.p]\n";
    let rule = |action: &str| {
        format!("{config}[[policies.p.rules]]\naction = \"{action}\"\ncategories = [\"c\"]\n")
    };
    for (config, nothing) in
        [(config.to_owned(), true), (rule("allow"), true), (rule("warn"), false)]
    {
        for format in ["rpz", "hosts", "technitium"] {
            let (_, said) = Place::new(&config).export(format);
            let says = said.contains("0 names to redirect: no rule names a host");
            assert_eq!(says, nothing, "{format} of {config}: {said}");
        }
    }
}

#[test]
fn policies_and_locations() {
    let place = Place::new(CONFIG);
    let guests = place.text(&["--format", "rpz", "--policy", "guests"]);
    assert!(guests.contains("\nmalware.example A 192.0.2.81\n") && !guests.contains("\ngames."));
    let hall = place.text(&["--format", "rpz", "--location", "hall", "--zone-name", "x.test"]);
    assert!(hall.contains("; Policy: guests\n") && hall.contains("\n$ORIGIN x.test.\n"), "{hall}");
    for (options, words) in [
        (["--policy", "nobody"], "there is no policy `nobody`; there are `staff`, `guests`"),
        (["--location", "moon"], "there is no location `moon`"),
    ] {
        let refused = place.zone(&[&["--format", "rpz"][..], &options].concat());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2));
        assert!(said.contains(words) && refused.stdout.is_empty(), "{said}");
    }
}

fn serial(file: &Path) -> u32 {
    let text = fs::read_to_string(file).unwrap();
    let soa = text.lines().find(|line| line.starts_with("@ SOA ")).unwrap();
    soa.split(' ').nth(4).unwrap().parse().unwrap()
}

#[test]
fn serials_grow_and_an_unchanged_zone_is_left_alone() {
    use std::os::unix::fs::MetadataExt as _;
    let place = Place::new(CONFIG);
    let (file, said) = place.export("rpz");
    assert!(said.contains("names written to"), "{said}");
    let before = (fs::read(&file).unwrap(), fs::metadata(&file).unwrap().ino());
    let (_, said) = place.export("rpz");
    assert!(said.contains("says all that already"), "{said}");
    assert_eq!(before, (fs::read(&file).unwrap(), fs::metadata(&file).unwrap().ino()));
    // Within one second the clock gives no greater serial, and neither does one that was set back.
    let first = serial(&file);
    fs::write(place.path("blockhouse.toml"), CONFIG.replace("ttl = \"7s\"", "ttl = \"8s\""))
        .unwrap();
    place.export("rpz");
    let second = serial(&file);
    assert!(second > first);
    let ahead = second + 100_000;
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(&second.to_string(), &ahead.to_string())).unwrap();
    fs::write(place.path("blockhouse.toml"), CONFIG).unwrap();
    place.export("rpz");
    assert_eq!(serial(&file), ahead + 1);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(&(ahead + 1).to_string(), "4294967295")).unwrap();
    fs::write(place.path("blockhouse.toml"), CONFIG.replace("ttl = \"7s\"", "ttl = \"8s\""))
        .unwrap();
    place.export("rpz");
    assert!(serial(&file) >= first && serial(&file) < ahead, "around the corner (RFC 1982)");
}

#[test]
fn what_is_not_ours_is_not_overwritten() {
    let place = Place::new(CONFIG);
    let file = place.path("hosts");
    fs::write(&file, "127.0.0.1 localhost\n").unwrap();
    let refused = place.zone(&["--format", "hosts", "--output", file.to_str().unwrap()]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains("was not written by `blockhouse zone`"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "127.0.0.1 localhost\n");
}

/// A list of so many names for a category, and a configuration with it.
fn long_list(names: usize) -> Place {
    let config = "[gateway]\naddresses = [\"192.0.2.1\", \"2001:2::1\"]\n\
        [categories.c]\nclass = \"content\"\n[[categories.c.lists]]\nfile = \"list\"\n\
        format = \"domains\"\n[policies.p]\ndefault_action = \"allow\"\n\
        [[policies.p.rules]]\naction = \"block\"\ncategories = [\"c\"]\n";
    let place = Place::new(config);
    let list: String = (0..names)
        .map(|n| {
            let mixed = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
            format!("host-{mixed:x}.site-{:x}.example\n", n / 7)
        })
        .collect();
    fs::write(place.path("list"), list).unwrap();
    place
}

#[test]
fn an_export_that_fails_or_is_stopped_leaves_the_old_file() {
    let place = long_list(40_000);
    let (file, _) = place.export("rpz");
    let before = fs::read(&file).unwrap();
    let longer = format!("{}more.example\n", fs::read_to_string(place.path("list")).unwrap());
    fs::write(place.path("list"), longer).unwrap();
    let words = ["--format", "rpz", "--output", file.to_str().unwrap()];
    let command = place.command(&words);
    let inner: Vec<_> = command.get_args().map(|word| word.to_str().unwrap()).collect();
    // The disk is full after some blocks of 512 octets.
    let failed = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(&inner)
        .output()
        .unwrap();
    let said = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write the zone") && said.contains("because: "), "{said}");
    assert_eq!(fs::read(&file).unwrap(), before);
    // Without the trap the signal ends it in the middle of writing, as pulling the plug would.
    let killed = Command::new("sh")
        .args(["-c", "ulimit -c 0; ulimit -f 100; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(&inner)
        .output()
        .unwrap();
    assert_eq!(killed.status.code(), None, "{killed:?}");
    assert_eq!(fs::read(&file).unwrap(), before);
    // The next one works.
    place.export("rpz");
    assert!(fs::read_to_string(&file).unwrap().contains("\nmore.example A 192.0.2.1\n"));
}

#[test]
fn standard_output_that_is_full() {
    let place = Place::new(CONFIG);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = place.command(&["--format", "rpz"]);
    let failed = command.stdout(full).output().unwrap();
    assert_eq!(failed.status.code(), Some(1));
    let said = String::from_utf8(failed.stderr).unwrap();
    assert!(said.contains("no zone was written to standard output"), "{said}");
}

#[test]
fn block_addresses_that_are_missing_or_local() {
    let everywhere =
        CONFIG.replace("addresses = [\"192.0.2.1\", \"192.0.2.2\", \"2001:2::1\"]\n", "");
    let place = Place::new(&everywhere);
    let file = place.path("zone");
    let refused = place.zone(&["--format", "rpz", "--output", file.to_str().unwrap()]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(said.contains("set `gateway.addresses`"), "{said}");
    assert!(!file.exists());
    let place = Place::new(&CONFIG.replace("192.0.2.2", "10.0.0.7"));
    let (_, said) = place.export("rpz");
    assert!(said.contains("browsers count 10.0.0.7 as local"), "{said}");
    let (_, said) = Place::new(CONFIG).export("rpz");
    assert!(!said.contains("as local"), "{said}");
}

#[test]
fn names_that_do_not_fit_into_a_zone() {
    let label = "a".repeat(63);
    let long = format!("{label}.{label}.{label}.{}", "b".repeat(53));
    let config = CONFIG.replace("\"a_b.example\"", &format!("\"{long}\", \"192.rpz-ip\""));
    let place = Place::new(&config);
    let (file, said) = place.export("bind");
    assert!(said.contains("too long with the name of the zone behind them"), "{said}");
    assert!(said.contains("a meaning of its own in such zones: 1"), "{said}");
    let checked = Command::new("named-checkzone")
        .args(["-k", "ignore", "rpz.blockhouse"])
        .arg(&file)
        .output()
        .expect("named-checkzone starts; Debian package bind9-utils");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    assert!(!fs::read_to_string(file).unwrap().contains("rpz-ip"));
}

#[test]
fn memory_does_not_grow_with_the_zone() {
    // VmHWM of an export of so many names, in KiB; its standard output is read slowly enough that it
    // is still there when all but the end was written.
    let most = |names| {
        use std::io::Read as _;
        let place = long_list(names);
        let mut command = place.command(&["--format", "rpz"]);
        let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let (mut total, mut peak, mut octets) = (0, 0, vec![0; 1 << 16]);
        loop {
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
            let line = status.lines().find(|line| line.starts_with("VmHWM:"));
            if let Some(line) = line {
                peak = line.split_ascii_whitespace().nth(1).unwrap().parse::<u64>().unwrap();
            }
            match out.read(&mut octets).unwrap() {
                0 => break,
                length => total += length as u64,
            }
        }
        assert!(child.wait().unwrap().success());
        (peak, total)
    };
    let (small, _) = most(1_000);
    let (large, written) = most(300_000);
    // The names themselves take less than 100 octets each while the list is read, and the allocator keeps
    // some of what it got back; the zone would take more than 150 each on top of that.
    assert!(written > 45_000_000, "{written}");
    let grown = (large - small) * 1024;
    assert!(grown < 45_000_000, "{grown} octets more for a zone of {written}");
}

#[test]
fn chromium_resolves_through_unbound_and_sees_the_page() {
    let config = format!(
        r#"
[organisation]
name = "Test Organisation"

[listen]
https = ["{BLOCKED_V4}:443", "[{BLOCKED_V6}]:443"]
http = ["{BLOCKED_V4}:80", "[{BLOCKED_V6}]:80"]

[ca]
directory = "certs"

[cookies]
key_file = "certs/cookie.keys"

[categories.games]
class = "content"
reason = "Games wait until after school."
hosts = ["games.example"]

[categories.trackers]
class = "tracking"
hosts = ["tracker.example"]

[policies.default]
default_action = "allow"

[[policies.default.rules]]
action = "block"
categories = ["games", "trackers"]
"#
    );
    let place = Place::new(&config);
    let (zone, said) = place.export("rpz");
    assert!(!said.contains("as local"), "{said}");
    let space = Namespace::new();
    // Nobody answers there, so that only what the zone says leads anywhere.
    let upstream = format!("{SITE_V4}:5353").parse().unwrap();
    let address = Some("127.0.0.1:53".parse().unwrap());
    let wrap = space.wrap();
    let _gateway = Kind::UnboundRpz.start(&Setting { zone: &zone, upstream, wrap: &wrap, address });
    let blockhouse = Blockhouse::start(folder_with_root(&[]), &config, &wrap);
    let root = blockhouse.root();
    let roots = [root.as_path()];
    let profile = Profile::with(&roots);
    let mut browser = browser::chromium(&space, &profile);
    browser.goto("https://www.games.example/play").unwrap();
    assert!(browser.text().contains("Games wait until after school."), "{}", browser.text());
    assert!(browser.security().secure, "{:?}", browser.security());
    assert_eq!(browser.status(), 403);
    let refused = browser.goto("https://tracker.example/").unwrap_err();
    assert!(refused.contains("ERR_NAME_NOT_RESOLVED"), "{refused}");
}

#[test]
fn the_embedded_gateway_says_what_the_policy_says() {
    let truth = Truth::start();
    let config = format!(
        "{CONFIG}\n[listen]\nhttps = [\"127.0.0.1:0\"]\nhttp = []\nquic = false\n\
         [dns]\nlisten = [\"127.0.0.1:0\"]\n[upstream]\nservers = [\"{}\"]\n",
        truth.address
    );
    let blockhouse = Blockhouse::start(folder_with_root(&[]), &config, &[]);
    let line = blockhouse.words.iter().find_map(|line| line.strip_prefix("listening for dns on "));
    let (content, report) = Place::new(&config).check("rpz", line.unwrap().parse().unwrap());
    assert!(content, "{report:#}");
    assert!(report["questions"].as_u64() > Some(100), "{report:#}");
}

#[test]
fn a_gateway_that_is_not_there() {
    let place = Place::new(CONFIG);
    let nobody = place.zone(&["--check", "127.0.0.1:1"]);
    let said = String::from_utf8(nobody.stderr).unwrap();
    assert_eq!(nobody.status.code(), Some(1));
    assert!(said.contains("the gateway does not answer"), "{said}");
    assert!(said.contains("cannot ask 127.0.0.1:1"), "{said}");
}

#[test]
fn rules_of_adguard_home() {
    let text = Place::new(CONFIG).text(&["--format", "adguard"]);
    let about = |name: &str| {
        let mine = |line: &&str| line.trim_start_matches(['@', '|', '*', '.']).starts_with(name);
        text.lines().filter(mine).collect::<Vec<_>>()
    };
    // An exception would go before a rule for the same name, so there is none for what is below.
    assert_eq!(
        about("exact.example"),
        [
            "|exact.example^$dnsrewrite=NOERROR;A;192.0.2.1",
            "|exact.example^$dnsrewrite=NOERROR;A;192.0.2.2",
            "|exact.example^$dnsrewrite=NOERROR;AAAA;2001:2::1",
        ]
    );
    // All rules that match count, so the answer from above is taken out.
    assert_eq!(
        about("telemetry.games.example"),
        [
            "@@||telemetry.games.example^$dnsrewrite=NOERROR;A;192.0.2.1",
            "@@||telemetry.games.example^$dnsrewrite=NOERROR;A;192.0.2.2",
            "@@||telemetry.games.example^$dnsrewrite=NOERROR;AAAA;2001:2::1",
            "||telemetry.games.example^$dnsrewrite=NXDOMAIN;;",
        ]
    );
    assert_eq!(
        about("fine.games.example"),
        ["@@||fine.games.example^$dnsrewrite", "@@||fine.games.example^"]
    );
    assert_eq!(
        about("bad.fine.games.example"),
        [
            "||bad.fine.games.example^$dnsrewrite=NOERROR;A;192.0.2.1,important",
            "||bad.fine.games.example^$dnsrewrite=NOERROR;A;192.0.2.2,important",
            "||bad.fine.games.example^$dnsrewrite=NOERROR;AAAA;2001:2::1,important",
        ]
    );
    assert_eq!(about("trackers.example"), ["||*.trackers.example^$dnsrewrite=NXDOMAIN;;"]);
}
