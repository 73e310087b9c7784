//! What lists cost at full size: reading, the file of the index, memory, reloading, a verdict, a zone.
//!
//! `cargo bench --bench lists [-- SIZE…]` prints one table; the sizes are numbers of hosts, by default
//! 100000, 1000000 and 5000000 in fifty categories. Nothing here asserts a time.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures time, and prints it"
)]

mod names;

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::{Duration, Instant};

use blockhouse::config::{Config, Source};
use blockhouse::host::{Host, HostName};
use blockhouse::policy::{CacheUse, Policy};
use blockhouse::zone::{Format, Zone};
use names::Names;

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
const CATEGORIES: usize = 50;
/// How many hosts of each kind are asked for.
const ASKED: usize = 200_000;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench -- --test` only looks whether all this still runs.
    let test = words.iter().any(|word| word == "--test");
    let mut sizes: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = if test { vec![60_000] } else { vec![100_000, 1_000_000, 5_000_000] };
    }
    for size in sizes {
        measure(size);
    }
}

fn measure(size: usize) {
    let folder = tempfile::tempdir().unwrap();
    let config = make(folder.path(), size);
    println!("{size} hosts in {CATEGORIES} categories");

    let before = memory("VmRSS");
    let start = Instant::now();
    let first = Policy::load_cached(&config, true).unwrap();
    let cold = start.elapsed();
    assert!(matches!(first.cache, CacheUse::Written), "{:?}", first.cache);
    row("load from text, and keep the index", format!("{:.2} s", cold.as_secs_f64()));
    let policy = first.policy;
    let names = policy.names();
    row("distinct hosts", names.to_string());
    row("index, by its own count", per(policy.octets(), names));
    row("index, by resident memory", per(memory("VmRSS").saturating_sub(before), names));

    fs::write("/proc/self/clear_refs", "5").unwrap();
    let resident = memory("VmRSS");
    let start = Instant::now();
    let reloaded = Policy::load(&config).unwrap();
    row("reload from text", format!("{:.2} s", start.elapsed().as_secs_f64()));
    let peak = memory("VmHWM").saturating_sub(resident);
    row(
        "memory on top while reloading",
        format!("{:.2} of the index", ratio(peak, policy.octets())),
    );
    drop(reloaded);

    let start = Instant::now();
    let cached = Policy::load_cached(&config, false).unwrap();
    row("load from the index's file", format!("{:.0} ms", start.elapsed().as_secs_f64() * 1e3));
    assert!(matches!(cached.cache, CacheUse::Used), "{:?}", cached.cache);
    drop(cached);

    let mut listed = Names::new(SEED);
    let step = size / ASKED.min(size);
    let listed: Vec<Host> =
        (0..size).map(|_| listed.next()).step_by(step).map(|name| host(&name)).collect();
    let below: Vec<Host> = listed.iter().map(|name| host(&format!("x7.{name}"))).collect();
    let mut other = Names::new(SEED ^ 0xffff);
    let other: Vec<Host> = (0..ASKED).map(|_| host(&format!("{}-x.test", other.next()))).collect();
    for (what, hosts) in
        [("listed", &listed), ("below a listed one", &below), ("not listed", &other)]
    {
        let (median, last) = decide(&policy, hosts);
        row(&format!("verdict, {what}: median, p99"), format!("{median} ns, {last} ns"));
    }

    let start = Instant::now();
    let mut count = 0u64;
    policy
        .redirects(None, |redirect| {
            count += 1;
            black_box(redirect);
            Ok::<_, ()>(())
        })
        .unwrap();
    let rate = count as f64 / start.elapsed().as_secs_f64() / 1e6;
    row("names handed to a zone", format!("{count}, {rate:.1} million/s"));
    let origin = HostName::from_wire("rpz.blockhouse").unwrap();
    let zone = Zone { policy: &policy, of: None, ttl: Duration::from_secs(10), origin: &origin };
    for (word, format) in
        [("rpz", Format::Rpz), ("unbound", Format::Unbound), ("dnsmasq", Format::Dnsmasq)]
    {
        let start = Instant::now();
        let written = zone.write(format, 1, &mut std::io::sink()).unwrap();
        let rate = written.names as f64 / start.elapsed().as_secs_f64() / 1e6;
        row(&format!("zone for {word}"), format!("{rate:.2} million names/s"));
    }
    println!();
}

const SEED: u64 = 20_261_123;

/// Lists of this many hosts; one in three categories warns, one in five is never touched by a rule.
fn make(folder: &Path, size: usize) -> Config {
    let mut files: Vec<BufWriter<fs::File>> = (0..CATEGORIES)
        .map(|n| BufWriter::new(fs::File::create(folder.join(format!("{n}.txt"))).unwrap()))
        .collect();
    let mut names = Names::new(SEED);
    // Some repeat, so a few more are made than there are to be.
    for number in 0..size / 20 * 21 {
        // A few large categories and many small ones.
        let category = (number % 97).min(number % CATEGORIES);
        writeln!(files[category], "{}", names.next()).unwrap();
    }
    for mut file in files {
        file.flush().unwrap();
        // Files of this very moment are not trusted to stay as they are.
        let past = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        file.get_ref().set_modified(past).unwrap();
    }
    let mut text = String::from(
        "[listen]\nhttps = [\"192.0.2.1:443\"]\n[policies.p]\ndefault_action = \"allow\"\n",
    );
    for n in 0..CATEGORIES {
        let class = ["content", "security", "legal", "organisation", "tracking"][n % 5];
        let _ = write!(
            text,
            "[categories.c{n}]\nclass = \"{class}\"\n[[categories.c{n}.lists]]\n\
             file = \"{n}.txt\"\nformat = \"domains\"\n"
        );
    }
    let every = |start: usize| {
        let names = (start..CATEGORIES).step_by(2).map(|n| format!("\"c{n}\""));
        names.collect::<Vec<_>>().join(", ")
    };
    let _ = write!(
        text,
        "[[policies.p.rules]]\naction = \"block\"\ncategories = [{}]\n\
         [[policies.p.rules]]\naction = \"block\"\ncategories = [{}]\n",
        every(0),
        every(1)
    );
    Config::parse(&text, &Source::File(folder.join("blockhouse.toml"))).unwrap()
}

/// Median and 99th percentile of a verdict, each over a few so that the clock does not count.
fn decide(policy: &Policy, hosts: &[Host]) -> (u128, u128) {
    const TOGETHER: usize = 16;
    let mut spans: Vec<u128> = Vec::new();
    for some in hosts.chunks_exact(TOGETHER) {
        let start = Instant::now();
        for host in some {
            black_box(policy.decide(CLIENT, black_box(host)));
        }
        spans.push(start.elapsed().as_nanos() / TOGETHER as u128);
    }
    spans.sort_unstable();
    (spans[spans.len() / 2], spans[spans.len() * 99 / 100])
}

fn host(name: &str) -> Host {
    Host::Name(HostName::from_wire(name).unwrap())
}

/// A figure of this process, in octets.
fn memory(what: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

fn ratio(a: usize, b: usize) -> f64 {
    a as f64 / b as f64
}

fn per(octets: usize, names: usize) -> String {
    format!("{:.1} octets/host ({:.0} MiB)", ratio(octets, names), octets as f64 / 1_048_576.0)
}

fn row(what: &str, value: String) {
    println!("  {what:<42} {value}");
}
