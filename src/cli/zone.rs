//! `blockhouse zone`: writes what a gateway is told of the policy, and looks whether it says so.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::say;
use super::table::Table;
use crate::clock;
use crate::config::{Config, Portal};
use crate::files::{FileError, Scratch};
use crate::host::HostName;
use crate::policy::{LoadedPolicy, Policy, is_local_for_browsers};
use crate::zone::{
    Check, CheckError, CheckReport, Compare, Difference, Format, MARK, Report, Zone, ZoneError,
    find_serial, next_serial,
};

/// How much is written at once.
const BUFFER: usize = 256 * 1024;
/// How much of an old file is looked through for its mark and its serial.
const HEAD: u64 = 64 * 1024;
/// How many differences a person is shown.
const SHOWN: usize = 100;

/// Writes every name that the policy redirects in the language of a gateway.
#[derive(Debug, clap::Args)]
pub(super) struct ZoneArgs {
    /// The language [default with --check: rpz]
    #[arg(long, short, value_enum, required_unless_present = "check")]
    format: Option<Format>,
    /// The policy of the clients that the gateway serves [default: `default_policy`]
    #[arg(long, value_name = "NAME", conflicts_with = "location")]
    policy: Option<String>,
    /// The location of the clients that the gateway serves
    #[arg(long, value_name = "NAME")]
    location: Option<String>,
    /// The file; it changes as a whole, and only when there is something new; `-` is standard output, as
    /// without it
    #[arg(long, short, value_name = "FILE", conflicts_with = "check")]
    output: Option<PathBuf>,
    /// The name of the zone, for formats that are one
    #[arg(long, value_name = "NAME", default_value = "rpz.blockhouse", value_parser = origin)]
    zone_name: HostName,
    /// Ask a running gateway instead, and compare its answers with the policy
    #[arg(long, value_name = "SERVER[:PORT]", value_parser = server)]
    check: Option<SocketAddr>,
    /// How many names of each kind of answer to ask for
    #[arg(long, value_name = "N", default_value_t = 200, requires = "check",
        value_parser = clap::value_parser!(u32).range(1..))]
    sample: u32,
    /// Print the differences as JSON
    #[arg(long, requires = "check")]
    json: bool,
}

fn origin(text: &str) -> Result<HostName, String> {
    HostName::from_wire(text).map_err(|error| error.to_string())
}

/// An address or a name, and a port unless it is 53.
fn server(text: &str) -> Result<SocketAddr, String> {
    if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, 53));
    }
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) => (name, port.parse().map_err(|_| format!("`{port}` is no port"))?),
        None => (text, 53),
    };
    let mut found = (name, port).to_socket_addrs().map_err(|error| error.to_string())?;
    found.next().ok_or_else(|| format!("`{name}` has no address"))
}

/// Why there is no zone.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("there is no policy `{name}`; there are {}", known.join(", "))]
    Policy { name: String, known: Vec<String> },
    #[error("there is no location `{name}` in the configuration; see `[[locations]]`")]
    Location { name: String },
    #[error(
        "{} was not written by `blockhouse zone`, so it is not overwritten; move it away or choose \
         another place",
        path.display()
    )]
    Foreign { path: PathBuf },
    #[error("no zone was written to standard output")]
    Output(#[source] io::Error),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Zone(#[from] ZoneError),
    #[error(transparent)]
    Check(#[from] CheckError),
}

impl Failed {
    fn code(&self) -> ExitCode {
        match self {
            Self::Policy { .. }
            | Self::Location { .. }
            | Self::Zone(ZoneError::NoAddresses { .. })
            | Self::Check(CheckError::Zone(_)) => ExitCode::from(2),
            Self::Foreign { .. }
            | Self::Output(_)
            | Self::File(_)
            | Self::Zone(_)
            | Self::Check(_) => ExitCode::FAILURE,
        }
    }
}

pub(super) fn run(args: &ZoneArgs, config: &Config) -> ExitCode {
    let loaded = match Policy::load_cached(config, false) {
        Ok(loaded) => loaded,
        Err(errors) => {
            say(&errors);
            return ExitCode::from(2);
        }
    };
    warn_of_lists(&loaded);
    let done = zone_of(args, config, &loaded.policy).and_then(|zone| match args.check {
        Some(server) => check(args, zone, server),
        None => {
            warn_of_addresses(&loaded.policy);
            export(args, &zone, &config.portal)
        }
    });
    done.unwrap_or_else(|failed| {
        if matches!(&failed, Failed::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            // Whoever read the zone has read enough.
            return ExitCode::SUCCESS;
        }
        say(&failed);
        failed.code()
    })
}

fn zone_of<'p>(
    args: &'p ZoneArgs,
    config: &Config,
    policy: &'p Policy,
) -> Result<Zone<'p>, Failed> {
    let of = match (&args.policy, &args.location) {
        (Some(name), _) => {
            let mut names = policy.policy_names();
            Some(names.find(|known| known == name).ok_or_else(|| Failed::Policy {
                name: name.clone(),
                known: policy.policy_names().map(|known| format!("`{known}`")).collect(),
            })?)
        }
        (None, Some(name)) => {
            Some(policy.policy_at(name).ok_or_else(|| Failed::Location { name: name.clone() })?)
        }
        (None, None) => None,
    };
    Ok(Zone { policy, of, ttl: config.gateway.ttl, origin: &args.zone_name })
}

fn export(args: &ZoneArgs, zone: &Zone<'_>, portal: &Portal) -> Result<ExitCode, Failed> {
    let format = args.format.unwrap_or(Format::Rpz);
    // Serials are seconds since 1970 without the bits that do not fit (RFC 1982).
    let now = clock::now().unix() as u32;
    let report = match args.output.as_deref().filter(|path| *path != Path::new("-")) {
        None => {
            let mut out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
            let report = zone.write(format, now, &mut out).map_err(|error| match error {
                ZoneError::Io(source) => Failed::Output(source),
                other => other.into(),
            })?;
            out.flush().map_err(Failed::Output)?;
            report
        }
        Some(path) => to_file(zone, format, path, now)?,
    };
    tell(&report, portal);
    Ok(ExitCode::SUCCESS)
}

/// Says what the zone does not say, or not exactly.
fn tell(report: &Report, portal: &Portal) {
    if !report.redirects {
        eprintln!(
            "blockhouse: 0 names to redirect: no rule names a host to block or to warn about; see \
             \"Who may see what\" in GUIDE.md"
        );
    }
    for name in &report.portal {
        let is_host = portal.host.as_ref().is_some_and(|host| host.as_str() == name);
        let key = if is_host { "host" } else { "check_host" };
        eprintln!(
            "blockhouse: the portal {name} cannot be said in this format: choose a name outside of \
             the exceptions (`[portal] {key}`), or add it by hand"
        );
    }
    for (limit, count) in &report.limits {
        eprintln!("blockhouse: {}: {count}", limit.words());
    }
}

fn to_file(zone: &Zone<'_>, format: Format, path: &Path, now: u32) -> Result<Report, Failed> {
    const WHAT: &str = "the zone";
    let unreadable = |source| FileError::Read { what: WHAT, path: path.into(), source };
    let unwritable = |source| FileError::Write { what: WHAT, path: path.into(), source };
    let mut old = None;
    match File::open(path) {
        Ok(file) => {
            let mut head = Vec::new();
            (&file).take(HEAD).read_to_end(&mut head).map_err(unreadable)?;
            let first = head.split(|octet| *octet == b'\n').next().unwrap_or_default();
            if !head.is_empty() && !String::from_utf8_lossy(first).contains(MARK) {
                return Err(Failed::Foreign { path: path.into() });
            }
            old = find_serial(&head);
            // With the old serial a policy that says the same gives the same octets.
            let mut compare = Compare::with(BufReader::with_capacity(
                BUFFER,
                File::open(path).map_err(unreadable)?,
            ));
            let report = match zone.write(format, old.unwrap_or(now), &mut compare) {
                Ok(report) => Some(report),
                Err(ZoneError::Io(_)) => None,
                Err(other) => return Err(other.into()),
            };
            if let Some(report) = report
                && compare.is_at_end().map_err(unreadable)?
            {
                eprintln!("blockhouse: {} says all that already", path.display());
                return Ok(report);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unreadable(error).into()),
    }
    let mut scratch = Scratch::beside(path, 0o644).map_err(unwritable)?;
    let mut out = BufWriter::with_capacity(BUFFER, scratch.file());
    let report =
        zone.write(format, next_serial(old, now), &mut out).map_err(|error| match error {
            ZoneError::Io(source) => Failed::File(unwritable(source)),
            other => other.into(),
        })?;
    out.flush().map_err(unwritable)?;
    drop(out);
    scratch.put().map_err(unwritable)?;
    eprintln!("blockhouse: {} names written to {}", report.names, path.display());
    Ok(report)
}

fn check(args: &ZoneArgs, zone: Zone<'_>, server: SocketAddr) -> Result<ExitCode, Failed> {
    let check = Check {
        zone,
        format: args.format.unwrap_or(Format::Rpz),
        sample: usize::try_from(args.sample).unwrap_or(usize::MAX),
    };
    let report = check.run(server)?;
    if args.json {
        super::print_json(&report);
    } else {
        print!("{}", text(&report));
    }
    Ok(match report.differences.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn text(report: &CheckReport) -> String {
    let CheckReport { server, policy, names, sampled, questions, differences } = report;
    let asked = format!("{questions} questions about {sampled} of {names} names");
    if differences.is_empty() {
        return format!("{server} says what the policy `{policy}` says: {asked}\n");
    }
    let mut table = Table::new(&["NAME", "TYPE", "THE POLICY SAYS", "THE GATEWAY SAYS"]);
    for difference in differences.iter().take(SHOWN) {
        let Difference { name, kind, expected, got } = difference;
        table.row([name.clone(), kind.clone(), expected.clone(), got.clone()]);
    }
    let more = match differences.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("and {more} more; `--json` shows all\n"),
    };
    format!(
        "{}{more}\n{server} differs from the policy `{policy}` in {} answers: {asked}. Was the zone \
         exported and loaded since the last change?\n",
        table.into_text(),
        differences.len()
    )
}

fn warn_of_lists(loaded: &LoadedPolicy) {
    for report in loaded.lists.iter().filter(|report| report.missing) {
        eprintln!(
            "blockhouse: the list {} has not been fetched yet, so none of its names is here; \
             `blockhouse serve` fetches it",
            report.list
        );
    }
}

fn warn_of_addresses(policy: &Policy) {
    for ip in policy.all_block_addresses() {
        if is_local_for_browsers(ip) {
            eprintln!(
                "blockhouse: browsers count {ip} as local, so pages that load parts of redirected hosts \
                 make them ask people for permission; see \"The gateway\" in GUIDE.md"
            );
        }
    }
}
