//! `blockhouse zone`: the policy for a gateway, and whether a gateway agrees with it.

use std::fs::File;
use std::io::{
    self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _,
};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::table::Table;
use super::{print_json, say};
use crate::clock;
use crate::config::Config;
use crate::files::Scratch;
use crate::host::HostName;
use crate::policy::{Policy, is_local_for_browsers};
use crate::zone::{self, Format, Head, Written};

const EXAMPLES: &str = "\
Examples:
  blockhouse --config /etc/blockhouse.toml zone --format rpz --output /var/lib/bind/blockhouse.rpz
  blockhouse --config /etc/blockhouse.toml zone --format dnsmasq > /etc/dnsmasq.d/blockhouse.conf
  blockhouse --config /etc/blockhouse.toml zone --check 192.0.2.53

Exit codes: 0 done (and the gateway agrees), 1 it does not agree or cannot be asked, 2 a fault in what
was configured.";

/// Write what a gateway must be told, or ask a gateway whether it says so
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ZoneArgs {
    /// For which gateway: rpz, bind, knot, powerdns, unbound, dnsmasq, pihole, hosts, coredns-hosts,
    /// adguard, technitium
    #[arg(long, value_parser = format, required_unless_present = "check")]
    format: Option<Format>,
    /// The policy of the gateway's clients [default: the default policy]
    #[arg(long, value_name = "NAME", conflicts_with = "location")]
    policy: Option<String>,
    /// The location of the gateway's clients, in the place of a policy
    #[arg(long, value_name = "NAME")]
    location: Option<String>,
    /// The file to write; replaced as a whole, and left alone when nothing changed [default: standard
    /// output]
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    output: Option<PathBuf>,
    /// The name of a response policy zone
    #[arg(long, value_name = "NAME", value_parser = zone_name, default_value = "rpz.blockhouse")]
    zone_name: HostName,
    /// Ask this gateway, and compare its answers with the policy
    #[arg(long, value_name = "IP[:PORT]", value_parser = server, conflicts_with = "format")]
    check: Option<SocketAddr>,
    /// How many names of each kind of answer are asked for
    #[arg(long, value_name = "N", default_value_t = 50, requires = "check")]
    sample: usize,
    /// Print JSON
    #[arg(long, requires = "check")]
    json: bool,
}

fn format(text: &str) -> Result<Format, String> {
    let known = Format::WORDS.iter().find(|(word, _)| *word == text).map(|(_, format)| *format);
    known.ok_or_else(|| {
        let words: Vec<&str> = Format::WORDS.iter().map(|(word, _)| *word).collect();
        format!("there are {}", words.join(", "))
    })
}

fn zone_name(text: &str) -> Result<HostName, String> {
    HostName::from_text(text).map_err(|error| error.to_string())
}

fn server(text: &str) -> Result<SocketAddr, String> {
    match text.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => Ok(SocketAddr::new(ip, 53)),
        Err(_) => text.parse().map_err(|_| "write it as 192.0.2.53 or 192.0.2.53:5353".to_owned()),
    }
}

pub(super) fn run(args: &ZoneArgs, config: &Config) -> ExitCode {
    let policy = match Policy::load_cached(config, false) {
        Ok(loaded) => loaded.policy,
        Err(errors) => {
            say(&errors);
            return ExitCode::from(2);
        }
    };
    let of = match chosen(args, &policy, config) {
        Ok(of) => of,
        Err(problem) => {
            eprintln!("blockhouse: {problem}");
            return ExitCode::from(2);
        }
    };
    let block = policy.block_addresses(0);
    if block.v4.is_empty() && block.v6.is_empty() {
        eprintln!(
            "blockhouse: there is no address for the gateway to answer with\n  hint: the server listens \
             at every address; write the one that browsers reach as `gateway.addresses = \
             [\"192.0.2.80\"]` in {}",
            config.source
        );
        return ExitCode::from(2);
    }
    for ip in policy.all_block_addresses().iter().filter(|ip| is_local_for_browsers(**ip)) {
        eprintln!(
            "blockhouse: browsers count {ip} as local, so pages that load parts of redirected hosts make \
             them ask people for permission; see \"The gateway\" in GUIDE.md"
        );
    }
    match args.check {
        Some(server) => check(args, server, &policy, &of),
        None => match write(args, config, &policy, &of) {
            Ok(written) => {
                for (what, count) in &written.left_out {
                    eprintln!("blockhouse: the format cannot say {count} {what}");
                }
                ExitCode::SUCCESS
            }
            // Whoever read the zone has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => {
                let to = args.output.as_deref().unwrap_or(Path::new("standard output"));
                eprintln!("blockhouse: cannot write the zone to {}: {error}", to.display());
                eprintln!("  hint: an earlier zone in this place is as it was");
                ExitCode::FAILURE
            }
        },
    }
}

/// The name of the policy that is meant.
fn chosen(args: &ZoneArgs, policy: &Policy, config: &Config) -> Result<String, String> {
    let names = || policy.policy_names().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    if let Some(location) = &args.location {
        let locations: Vec<String> =
            config.policy.locations.iter().map(|l| format!("`{}`", l.name)).collect();
        let found = policy.policy_at(location).map(str::to_owned);
        return found.ok_or_else(|| {
            format!("there is no location `{location}`; there are: {}", locations.join(", "))
        });
    }
    match &args.policy {
        None => Ok(policy.policy_names().next().unwrap_or_default().to_owned()),
        Some(name) if policy.policy_names().any(|known| known == name) => Ok(name.clone()),
        Some(name) => Err(format!("there is no policy `{name}`; there are {}", names().join(", "))),
    }
}

fn write(args: &ZoneArgs, config: &Config, policy: &Policy, of: &str) -> io::Result<Written> {
    // One of the two is always there.
    let format = args.format.unwrap_or(Format::Rpz);
    let earlier = args
        .output
        .as_deref()
        .filter(|_| format.is_zone())
        .and_then(|path| zone::serial_of(BufReader::new(File::open(path).ok()?)));
    let head = Head {
        zone: args.zone_name.as_str(),
        ttl: config.gateway.ttl.as_secs(),
        serial: zone::next_serial(earlier, clock::now().unix()),
        policy: of,
    };
    let Some(path) = &args.output else {
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        return zone::write(format, policy, &head, &mut out);
    };
    let mut scratch = Scratch::beside(path, 0o644)?;
    let mut out = BufWriter::with_capacity(1 << 16, scratch.file());
    let written = zone::write(format, policy, &head, &mut out)?;
    drop(out);
    if is_same(scratch.path(), path).unwrap_or(false) {
        eprintln!(
            "blockhouse: {} names, as they were; {} is left as it is",
            written.names,
            path.display()
        );
        return Ok(written);
    }
    scratch.put()?;
    eprintln!("blockhouse: {} names in {}", written.names, path.display());
    Ok(written)
}

/// Whether two zones say the same, whatever their serial numbers.
fn is_same(new: &Path, old: &Path) -> io::Result<bool> {
    let open = |path: &Path| -> io::Result<_> {
        let mut file = File::open(path)?;
        let serial = zone::serial_of(BufReader::new(&file));
        file.seek(SeekFrom::Start(0))?;
        Ok((BufReader::with_capacity(1 << 16, file), serial))
    };
    let ((mut new, new_serial), (mut old, old_serial)) = (open(new)?, open(old)?);
    let (mut a, mut b) = (String::new(), String::new());
    loop {
        let (read, other) = (line(&mut new, &mut a)?, line(&mut old, &mut b)?);
        if read == 0 && other == 0 {
            return Ok(true);
        }
        if a != b {
            let serial = |number: Option<u32>| number.map(|n| format!(" {n} ")).unwrap_or_default();
            let soa = a.starts_with("@ IN SOA ");
            if !soa || a.replace(&serial(new_serial), " ") != b.replace(&serial(old_serial), " ") {
                return Ok(false);
            }
        }
    }
}

fn line(from: &mut impl io::BufRead, into: &mut String) -> io::Result<usize> {
    into.clear();
    from.take(1 << 16).read_line(into)
}

fn check(args: &ZoneArgs, server: SocketAddr, policy: &Policy, of: &str) -> ExitCode {
    let report = match zone::check(server, policy, Some(of), args.sample) {
        Ok(report) => report,
        Err(error) => {
            say(&error);
            eprintln!("  hint: is the gateway running, and does it serve this machine?");
            return ExitCode::FAILURE;
        }
    };
    let agrees = report.differences.is_empty();
    if args.json {
        let printed = print_json(&report);
        return if agrees { printed } else { ExitCode::FAILURE };
    }
    if !agrees {
        let mut table = Table::new(&["NAME", "TYPE", "POLICY", "GATEWAY"]);
        for difference in &report.differences {
            let zone::Difference { name, kind, expected, found } = difference.clone();
            table.row([name, kind, expected, found]);
        }
        print!("{}", table.into_text());
    }
    let (questions, differ) = (report.questions, report.differences.len());
    println!("{questions} questions about a sample of {} names: {differ} differ", report.names);
    let _ = io::stdout().flush();
    if agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
