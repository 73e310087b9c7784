//! Zones for gateways, read by the gateways: what they answer is what the policy says.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::browser::{self, Profile};
use crate::support::gateways::{Kind, NameServer, TRUE_V4, TRUE_V6};
use crate::support::namespace::{BLOCKED_V4, BLOCKED_V6, Namespace};
use crate::support::server::{Blockhouse, folder_with_root};

/// What every gateway can be told.
const COMMON: &str = r#"
default_policy = "staff"
[listen]
https = ["0.0.0.0:443"]
[gateway]
addresses = ["192.0.2.80", "2001:2::80"]
ttl = "7s"
[[gateway.reasons]]
addresses = ["192.0.2.81"]
category = "malware"
[categories.games]
class = "content"
hosts = ["games.example", "xn--bcher-kva.example", "deep.a.b.wild.example", "wild.example", HOSTS]
[categories.malware]
class = "security"
hosts = ["worse.example", "worse.games.example"]
[categories.ads]
class = "tracking"
hosts = ["ads.example"]
[categories.nulled]
class = "content"
gateway_answer = "null"
hosts = ["nulled.example"]
[categories.unruled]
class = "content"
hosts = ["unruled.example"]
[policies.staff]
[[policies.staff.rules]]
action = "block"
categories = ["games", "malware", "ads", "nulled"]
[policies.guests]
[[policies.guests.rules]]
action = "block"
categories = ["ads"]
[[locations]]
name = "hall"
networks = ["198.51.100.0/24"]
policy = "guests"
[exceptions]
also = ["good.games.example", "trusted.example"]
"#;

/// Patterns that only response policy zones can say.
const FINE: &str =
    r#""=exact.example", "*.below.example", "=mid.wild2.example", "x.mid.wild2.example""#;

/// Names that the upstream knows more of than addresses.
const RICH: [&str; 6] = [
    "games.example",
    "worse.example",
    "ads.example",
    "nulled.example",
    "free.example",
    "good.games.example",
];

fn folder(fine: bool) -> TempDir {
    let folder = TempDir::new().unwrap();
    let hosts = if fine { FINE } else { "\"plain.example\"" };
    fs::write(folder.path().join("blockhouse.toml"), COMMON.replace("HOSTS", hosts)).unwrap();
    folder
}

fn zone(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_blockhouse"))
        .arg("--config")
        .arg(folder.join("blockhouse.toml"))
        .arg("zone")
        .args(words)
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn export(folder: &Path, format: &str) {
    let path = folder.join("zone");
    let output = zone(folder, &["--format", format, "--output", path.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// A gateway of this kind agrees with the policy for every kind of name and type.
fn agrees(kind: Kind) {
    let fine = !matches!(kind, Kind::Unbound | Kind::Dnsmasq);
    let folder = folder(fine);
    export(folder.path(), kind.format());
    let upstream = NameServer::upstream(&RICH);
    let gateway = NameServer::gateway(kind, folder.path(), upstream.address);

    let answers = |name: &str| ["A", "AAAA"].map(|kind| gateway.answers(name, kind));
    let truth = [format!("A {TRUE_V4}"), format!("AAAA {TRUE_V6}")];
    let page = ["A 192.0.2.80".to_owned(), "AAAA 2001:2::80".to_owned()];
    let gone = ["NXDOMAIN".to_owned(), "NXDOMAIN".to_owned()];
    for name in [
        "games.example",
        "GaMes.EXAMPLE",
        "www.games.example",
        "a.b.c.games.example",
        "xn--bcher-kva.example",
        "wild.example",
        // Between a listed name and a listed name far below it.
        "b.wild.example",
        "x.b.wild.example",
        "a.b.wild.example",
        "deep.a.b.wild.example",
        "x.deep.a.b.wild.example",
        "notdeep.a.b.wild.example",
    ] {
        assert_eq!(answers(name), page, "{kind:?} {name}");
    }
    for name in ["free.example", "unruled.example", "notgames.example", "example"] {
        assert_eq!(answers(name), truth, "{kind:?} {name}");
    }
    // Knot Resolver looks exceptions up by itself, past the rule that forwards: there is no internet here.
    let excepted = if kind == Kind::Knot {
        ["SERVFAIL".to_owned(), "SERVFAIL".to_owned()]
    } else {
        truth.clone()
    };
    for name in [
        "good.games.example",
        "x.good.games.example",
        "trusted.example",
        "connectivitycheck.gstatic.com",
    ] {
        assert_eq!(answers(name), excepted, "{kind:?} {name}");
    }
    assert_eq!(answers("ads.example"), gone, "{kind:?}");
    assert_eq!(answers("x.ads.example"), gone, "{kind:?}");
    assert_eq!(answers("x.nulled.example"), ["A 0.0.0.0", "AAAA ::"], "{kind:?}");
    // A category with an address of its own, which is IPv4 only.
    assert_eq!(answers("worse.example"), ["A 192.0.2.81", "-"], "{kind:?}");
    assert_eq!(answers("x.worse.games.example"), ["A 192.0.2.81", "-"], "{kind:?}");
    for of in ["HTTPS", "SVCB", "MX", "TXT"] {
        assert_eq!(gateway.answers("games.example", of), "-", "{kind:?} {of}");
        assert_eq!(gateway.answers("www.games.example", of), "-", "{kind:?} {of}");
        assert_eq!(gateway.answers("nulled.example", of), "-", "{kind:?} {of}");
        assert_eq!(gateway.answers("ads.example", of), "NXDOMAIN", "{kind:?} {of}");
        assert_ne!(gateway.answers("free.example", of), "-", "{kind:?} {of}");
        assert_ne!(gateway.answers("good.games.example", of), "-", "{kind:?} {of}");
    }
    if fine {
        assert_eq!(answers("exact.example"), page, "{kind:?}");
        assert_eq!(answers("x.exact.example"), excepted, "{kind:?}");
        assert_eq!(answers("below.example"), excepted, "{kind:?}");
        assert_eq!(answers("x.y.below.example"), page, "{kind:?}");
        assert_eq!(answers("mid.wild2.example"), page, "{kind:?}");
        assert_eq!(answers("y.mid.wild2.example"), excepted, "{kind:?}");
        assert_eq!(answers("y.x.mid.wild2.example"), page, "{kind:?}");
    }
    let ttl = gateway.dig(&["+noall", "+answer", "games.example"]);
    let ttl: u32 = ttl.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(ttl <= 7, "{kind:?} {ttl}");

    // Our own look at it comes to the same, and finds what has changed since.
    let server = gateway.address.to_string();
    let output = zone(folder.path(), &["--check", &server]);
    assert!(output.status.success(), "{kind:?}: {}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).ends_with(": 0 differ\n"), "{}", text(&output.stdout));
    let config = folder.path().join("blockhouse.toml");
    let changed = fs::read_to_string(&config)
        .unwrap()
        .replace("\"ads.example\"", "\"ads.example\", \"free.example\"");
    fs::write(&config, changed).unwrap();
    let output = zone(folder.path(), &["--check", &server, "--json"]);
    assert_eq!(output.status.code(), Some(1), "{kind:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let differences = report["differences"].as_array().unwrap();
    assert!(
        differences.iter().any(|d| d["name"] == "free.example"
            && d["kind"] == "HTTPS"
            && d["expected"] == "NXDOMAIN"),
        "{report:#}"
    );
    let other = |d: &&Value| !d["name"].as_str().unwrap().to_lowercase().contains("free.example");
    assert_eq!(differences.iter().filter(other).count(), 0, "{report:#}");
}

#[test]
fn unbound_with_a_response_policy_zone() {
    agrees(Kind::UnboundRpz);
}

#[test]
fn unbound_with_local_zones() {
    agrees(Kind::Unbound);
}

#[test]
fn bind() {
    agrees(Kind::Bind);
}

#[test]
fn dnsmasq() {
    agrees(Kind::Dnsmasq);
}

#[test]
fn powerdns_recursor() {
    agrees(Kind::Powerdns);
}

#[test]
fn knot_resolver() {
    agrees(Kind::Knot);
}

#[test]
fn the_embedded_gateway() {
    let upstream = NameServer::upstream(&RICH);
    let config = COMMON
        .replace("HOSTS", FINE)
        .replace("https = [\"0.0.0.0:443\"]", "https = [\"127.0.0.1:0\"]\nhttp = []\nquic = false")
        + &format!(
            "[dns]\nlisten = [\"127.0.0.1:0\"]\n[upstream]\nservers = [\"{}\"]\n",
            upstream.address
        );
    let blockhouse = Blockhouse::start(folder_with_root(&[]), &config, &[]);
    let dns = blockhouse.words.iter().find_map(|line| line.strip_prefix("listening for dns on "));
    // At no more than it answers a single client.
    let output = zone(blockhouse.folder.path(), &["--check", dns.unwrap()]);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).ends_with(": 0 differ\n"), "{}", text(&output.stdout));
}

/// Chromium asks a real Unbound that reads a zone of ours, and sees the page.
#[test]
fn chromium_sees_the_page_by_way_of_unbound() {
    let space = Namespace::new();
    let config = format!(
        r#"
[listen]
https = ["{BLOCKED_V4}:443", "[{BLOCKED_V6}]:443"]
http = ["{BLOCKED_V4}:80"]
[categories.games]
class = "content"
title = "Games"
reason = "Games wait until after school."
hosts = ["games.test", "accounts.google.com"]
[policies.default]
[[policies.default.rules]]
action = "block"
categories = ["games"]
[upstream]
servers = []
"#
    );
    let blockhouse = Blockhouse::start(folder_with_root(&[]), &config, &space.wrap());
    let folder = blockhouse.folder.path();
    export(folder, "rpz");
    let _unbound = NameServer::unbound_in(&space, folder);
    let root = blockhouse.root();
    let profile =
        Profile { roots: &[&root], cookies: true, languages: "en", insists_on_http3: false };
    let mut browser = browser::chromium(&space, &profile);
    for address in ["https://www.games.test/", "https://accounts.google.com/", "http://games.test/"]
    {
        browser.goto(address).unwrap();
        assert!(browser.text().contains("Games wait until after school."), "{}", browser.text());
        assert_eq!(browser.status(), 403);
    }
    blockhouse.event_named("block_page");
}

#[test]
fn a_zone_is_replaced_whole_with_a_greater_serial_or_left_alone() {
    let folder = folder(true);
    let path = folder.path().join("zone");
    let serial = || {
        let text = fs::read_to_string(&path).unwrap();
        let soa = text.lines().find(|line| line.contains(" SOA ")).unwrap().to_owned();
        soa.split(' ').nth(5).unwrap().parse::<u32>().unwrap()
    };
    export(folder.path(), "rpz");
    let (first, before) = (serial(), fs::metadata(&path).unwrap().modified().unwrap());
    export(folder.path(), "rpz");
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before, "nothing changed");
    let config = folder.path().join("blockhouse.toml");
    let more = fs::read_to_string(&config)
        .unwrap()
        .replace("\"ads.example\"", "\"ads.example\", \"new.example\"");
    fs::write(&config, more).unwrap();
    export(folder.path(), "rpz");
    assert!(serial() > first, "{first}");
    assert!(fs::read_to_string(&path).unwrap().contains("\nnew.example CNAME .\n"));
    // A serial of the future grows as well.
    let later =
        fs::read_to_string(&path).unwrap().replace(&format!(" {} ", serial()), " 3500000000 ");
    fs::write(&path, later.replace("new.example", "old.example")).unwrap();
    export(folder.path(), "rpz");
    assert_eq!(serial(), 3_500_000_001);
}

#[test]
fn a_zone_that_cannot_be_finished_leaves_the_old_one() {
    let folder = folder(true);
    let path = folder.path().join("zone");
    fs::write(&path, "the old zone\n").unwrap();
    let lists: String = (0..200_000).map(|n| format!("host{n}.example\n")).collect();
    fs::write(folder.path().join("list"), lists).unwrap();
    let config = folder.path().join("blockhouse.toml");
    let text = fs::read_to_string(&config).unwrap().replace(
        "[categories.malware]",
        "[[categories.games.lists]]\nfile = \"list\"\nformat = \"domains\"\n[categories.malware]",
    );
    fs::write(&config, text).unwrap();
    // No file may get larger than 64 KiB, as on a full disk.
    let status = Command::new("sh")
        .args([
            "-c",
            "ulimit -f 64; trap '' XFSZ; exec \"$0\" \"$@\"",
            env!("CARGO_BIN_EXE_blockhouse"),
            "--config",
        ])
        .arg(&config)
        .args(["zone", "--format", "rpz", "--output"])
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!(status.status.code(), Some(1), "{}", super::zones::text(&status.stderr));
    assert_eq!(fs::read_to_string(&path).unwrap(), "the old zone\n");
    assert!(
        super::zones::text(&status.stderr).contains("is as it was"),
        "{}",
        super::zones::text(&status.stderr)
    );
    let left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let scratch = left.filter(|name| name.to_string_lossy().contains("new-")).count();
    assert_eq!(scratch, 0, "nothing half-written stays");
}

#[test]
fn every_format_says_what_it_can_and_counts_the_rest() {
    let folder = folder(true);
    let export = |format: &str| {
        let output = zone(folder.path(), &["--format", format]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        (text(&output.stdout), text(&output.stderr))
    };
    for format in ["hosts", "coredns-hosts"] {
        let (file, said) = export(format);
        // getent reads a hosts file as the system does.
        assert!(file.contains("\n192.0.2.80 games.example\n2001:2::80 games.example\n"), "{file}");
        assert!(file.contains("\n0.0.0.0 ads.example\n"), "{file}");
        assert!(!file.contains("good.games.example"), "{file}");
        assert!(said.contains("cannot say"), "{said}");
    }
    let (rules, _) = export("adguard");
    for rule in [
        "||games.example^$dnsrewrite=NOERROR;A;192.0.2.80",
        "||games.example^$dnsrewrite=NOERROR;AAAA;2001:2::80",
        "@@||good.games.example^",
        "||ads.example^$dnsrewrite=NXDOMAIN;;",
        "|exact.example^$dnsrewrite=NOERROR;A;192.0.2.80",
    ] {
        assert!(rules.lines().any(|line| line == rule), "{rule} in {rules}");
    }
    let (list, said) = export("technitium");
    assert!(
        list.contains("\n||games.example^\n") && list.contains("\n@@||good.games.example^\n"),
        "{list}"
    );
    assert!(list.contains("\"blockingAddresses\": [\"192.0.2.80\", \"2001:2::80\"]"), "{list}");
    assert!(said.contains("another answer than the block addresses"), "{said}");
    assert!(export("pihole").0.contains("/etc/dnsmasq.d/"));
    assert!(export("dnsmasq").0.contains("\nlocal=/games.example/\n"));

    // The policy of a location, and what does not exist.
    let output = zone(folder.path(), &["--format", "rpz", "--location", "hall"]);
    let guests = text(&output.stdout);
    assert!(
        guests.contains("\nads.example CNAME .\n") && !guests.contains("\ngames.example "),
        "{guests}"
    );
    let output = zone(folder.path(), &["--format", "rpz", "--policy", "nobody"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("there are `staff`, `guests`"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn without_an_address_there_is_no_zone_and_a_local_one_is_warned_of() {
    let folder = TempDir::new().unwrap();
    let write = |addresses: &str| {
        let text = COMMON
            .replace("HOSTS", "\"x.example\"")
            .replace("[\"192.0.2.80\", \"2001:2::80\"]", addresses);
        fs::write(folder.path().join("blockhouse.toml"), text).unwrap();
    };
    write("[]");
    let output = zone(folder.path(), &["--format", "rpz"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("gateway.addresses = [\"192.0.2.80\"]"),
        "{}",
        text(&output.stderr)
    );
    write("[\"10.0.0.1\"]");
    let output = zone(folder.path(), &["--format", "rpz"]);
    assert!(output.status.success());
    assert!(
        text(&output.stderr).contains("browsers count 10.0.0.1 as local"),
        "{}",
        text(&output.stderr)
    );
    // A gateway that is not there.
    let output = zone(folder.path(), &["--check", "127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("cannot ask 127.0.0.1:1"), "{}", text(&output.stderr));
}

#[test]
fn writing_a_large_zone_takes_little_memory() {
    let folder = folder(true);
    let lists: String =
        (0..400_000).map(|n| format!("host{n}.some{}.example\n", n % 1000)).collect();
    fs::write(folder.path().join("list"), &lists).unwrap();
    let config = folder.path().join("blockhouse.toml");
    let text = fs::read_to_string(&config).unwrap().replace(
        "[categories.malware]",
        "[[categories.games.lists]]\nfile = \"list\"\nformat = \"domains\"\n[categories.malware]",
    );
    fs::write(&config, text).unwrap();
    let peak = |words: &str| {
        // The peak of the program as the system counted it, in KiB.
        let script = "import resource, subprocess, sys\n\
                      subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n\
                      print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        let output = Command::new("python3")
            .args(["-c", script, env!("CARGO_BIN_EXE_blockhouse"), "--config"])
            .arg(&config)
            .args(words.split(' '))
            .output()
            .unwrap();
        super::zones::text(&output.stdout).trim().parse::<u64>().unwrap()
    };
    let (loaded, written) = (peak("lists"), peak("zone --format rpz"));
    assert!(written < loaded + 4096, "{loaded} KiB to load, {written} KiB to write");
}
