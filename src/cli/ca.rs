//! The command line of `blockhouse-ca`: data on stdout, talk on stderr.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a command line")]

use std::error::Error as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use zeroize::Zeroizing;

use crate::ca::export::{self, Format};
use crate::ca::{self, CaError, InitPlan, Issuer, KeyKind, LeafKey, LeafTerms, RenewPlan, Summary};
use crate::clock::{self, Time};
use crate::files;
use crate::host::{Host, HostName};

const EXAMPLES: &str = "\
Examples:
  blockhouse-ca init --org 'Example School'         make a root and an issuing CA under certs/
  blockhouse-ca show                                what is there, and the fingerprints
  blockhouse-ca export --list                       who takes which format
  blockhouse-ca export --format mobileconfig        the profile for Apple devices
  blockhouse-ca renew                               the next issuing CA, before this one ends
  blockhouse-ca crl                                 sign the root's revocation list anew
  blockhouse-ca sample blocked.example --output /tmp/sample
                                                    a leaf to try with another verifier";

/// Makes, shows and exports the organisation's root.
#[derive(Debug, Parser)]
#[command(name = "blockhouse-ca", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a root and the issuing CA that signs leaves; overwrites nothing.
    Init(Init),
    /// Show the certificates: subject, validity, fingerprints, what they may sign.
    Show(Show),
    /// Write the root in a form that devices take.
    Export(Export),
    /// Sign the root's (empty) revocation list anew; needs the root's key.
    Crl(WithKey),
    /// Make the next issuing CA, with a new key; needs the root's key.
    Renew(Renew),
    /// Write sample leaf certificates, without any key, to check with other tools.
    Sample(Sample),
}

#[derive(Debug, Args)]
struct Folder {
    /// The folder of the authority.
    #[arg(long, default_value = "certs", value_name = "FOLDER")]
    directory: PathBuf,
}

#[derive(Debug, Args)]
struct WithKey {
    #[command(flatten)]
    folder: Folder,
    /// A file (mode 0600) with the passphrase of the keys.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl WithKey {
    fn passphrase(&self) -> Result<Option<Zeroizing<Vec<u8>>>, CaError> {
        self.passphrase_file.as_deref().map(ca::read_passphrase).transpose()
    }
}

#[derive(Debug, Args)]
struct Below {
    /// How many days the issuing CA lives.
    #[arg(long, default_value_t = 365, value_name = "DAYS")]
    issuing_days: u32,
    /// A domain that can never be impersonated, with everything below it (may be repeated).
    #[arg(long, value_name = "DOMAIN", value_parser = HostName::from_text)]
    exclude_domain: Vec<HostName>,
    /// Never sign for IP addresses.
    #[arg(long)]
    exclude_addresses: bool,
    /// The host that will serve the root's revocation list, for Windows command-line clients.
    #[arg(long, value_name = "HOST[:PORT]")]
    crl_host: Option<String>,
}

#[derive(Debug, Args)]
struct Init {
    #[command(flatten)]
    with_key: WithKey,
    /// The organisation that people on the devices will recognise.
    #[arg(long, value_name = "NAME")]
    org: String,
    /// The authority's name; ` Root CA G1` is added [default: the organisation and `Blockhouse`].
    #[arg(long, value_name = "NAME")]
    cn: Option<String>,
    /// The kind of the root's key; the issuing CA gets the fastest of the same family.
    #[arg(long, value_enum, default_value = "p256")]
    key: Key,
    /// How many years the root lives.
    #[arg(long, default_value_t = 10)]
    years: u32,
    #[command(flatten)]
    below: Below,
    /// Let the root sign leaves by itself: simpler, but its key can never go off-line.
    #[arg(long)]
    single_tier: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Key {
    P256,
    P384,
    Rsa2048,
    Rsa3072,
    Rsa4096,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    folder: Folder,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Export {
    #[command(flatten)]
    folder: Folder,
    /// The format.
    #[arg(long, value_enum, required_unless_present = "list")]
    format: Option<FormatName>,
    /// Name the formats and who takes them.
    #[arg(long, conflicts_with_all = ["format", "output"])]
    list: bool,
    /// Where to write [default: a name made of the root's, in this folder].
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatName {
    Der,
    Pem,
    P7b,
    Mobileconfig,
}

#[derive(Debug, Args)]
struct Renew {
    #[command(flatten)]
    with_key: WithKey,
    #[command(flatten)]
    below: Below,
}

#[derive(Debug, Args)]
struct Sample {
    #[command(flatten)]
    with_key: WithKey,
    /// Hosts: names or IP addresses.
    #[arg(required = true, value_name = "HOST")]
    hosts: Vec<String>,
    /// For an RSA leaf key instead of P-256.
    #[arg(long)]
    rsa: bool,
    /// How many certificates per host.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
    /// Where the revocation list of the issuing CA would be.
    #[arg(long, value_name = "URL")]
    crl_url: Option<String>,
    /// The folder to write to; made if it is missing.
    #[arg(long, value_name = "FOLDER")]
    output: PathBuf,
}

/// Runs the program: exit code 0 done, 1 refused, 2 usage or configuration.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let now = clock::now();
    let done = match cli.command {
        Command::Init(args) => init(args, now),
        Command::Show(args) => show(&args, now),
        Command::Export(args) => export(&args),
        Command::Crl(args) => crl(&args, now),
        Command::Renew(args) => renew(args, now),
        Command::Sample(args) => sample(&args, now),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("blockhouse-ca: {error}");
            let mut cause = error.source();
            while let Some(deeper) = cause {
                eprint!(": {deeper}");
                cause = deeper.source();
            }
            eprintln!();
            ExitCode::from(if error.is_usage() { 2 } else { 1 })
        }
    }
}

fn init(args: Init, now: Time) -> Result<(), CaError> {
    let directory = args.with_key.folder.directory.clone();
    let plan = InitPlan {
        passphrase: args.with_key.passphrase()?,
        organisation: args.org,
        common_name: args.cn,
        key: args.key.kind(),
        years: args.years,
        issuing_days: args.below.issuing_days,
        exclude_domains: args.below.exclude_domain,
        exclude_addresses: args.below.exclude_addresses,
        single_tier: args.single_tier,
        crl_host: args.below.crl_host,
    };
    let made = ca::init(&directory, &plan, now)?;
    println!("{}", made.sha256);
    let (root, folder) = (made.root.display(), directory.display());
    eprintln!(
        "Made a root, \"{}\", in force until {}.",
        made.common_name,
        made.not_after.rfc3339()
    );
    eprintln!("The certificate is at {root}; its SHA-256 fingerprint stands above.");
    match (&made.issuing, made.issuing_not_after) {
        (Some(issuing), Some(end)) => {
            eprintln!("The issuing CA is at {}, until {}.", issuing.display(), end.rfc3339());
            eprintln!(
                "Move {} to a safe: only `renew` and `crl` need it.",
                made.root_key.display()
            );
        }
        _ => {
            eprintln!("The root signs leaves by itself: keep {} safe.", made.root_key.display());
            if !plan.exclude_domains.is_empty() || plan.exclude_addresses {
                eprintln!(
                    "Note: Java ignores exclusions on a root; without --single-tier it honours them."
                );
            }
        }
    }
    if plan.passphrase.is_none() {
        eprintln!("The keys are not encrypted; with --passphrase-file they would be.");
    }
    eprintln!(
        "Next: `blockhouse-ca export --list --directory {folder}` for the forms devices take."
    );
    Ok(())
}

fn show(args: &Show, now: Time) -> Result<(), CaError> {
    let all = ca::summaries(&args.folder.directory, now)?;
    if args.json {
        let text = serde_json::to_string_pretty(&all)
            .map_err(|_| CaError::Crypto("write the certificates down as JSON"))?;
        println!("{text}");
        return Ok(());
    }
    let text: Vec<String> = all.iter().map(describe).collect();
    println!("{}", text.join("\n\n"));
    Ok(())
}

fn describe(one: &Summary) -> String {
    let force = if one.valid_now { "in force" } else { "NOT IN FORCE" };
    let mut excluded: Vec<&str> = one.excluded_domains.iter().map(String::as_str).collect();
    excluded.extend(one.excluded_addresses.iter().map(String::as_str));
    let excluded = if excluded.is_empty() { "nothing".into() } else { excluded.join(", ") };
    format!(
        "{} {}\n  subject   {}\n  signed by {}\n  from      {}\n  until     {} ({force})\n  \
         SHA-256   {}\n  SHA-1     {}\n  may sign  {}\n  never for {excluded}",
        one.role,
        one.path,
        one.subject,
        one.issuer,
        one.not_before,
        one.not_after,
        one.sha256,
        one.sha1,
        one.may_sign,
    )
}

fn export(args: &Export) -> Result<(), CaError> {
    let Some(format) = args.format.map(FormatName::format) else {
        for format in Format::ALL {
            println!("{:<13} {}", format.name(), format.audience());
        }
        return Ok(());
    };
    let certificates = ca::read_certificates(&args.folder.directory)?;
    let Some(root) = certificates.first() else { return Ok(()) };
    let made = export::export(root, format)?;
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(&made.file_name));
    files::create("export", &path, &made.octets, 0o644)?;
    println!("{}", path.display());
    eprintln!("Wrote the root as {} for: {}.", format.name(), format.audience());
    eprintln!("Compare its SHA-256 fingerprint on a device: {}", ca::fingerprint_sha256(root));
    Ok(())
}

fn crl(args: &WithKey, now: Time) -> Result<(), CaError> {
    let list = ca::renew_root_crl(&args.folder.directory, args.passphrase()?.as_ref(), now)?;
    println!("{}", list.path.display());
    eprintln!(
        "Signed the root's revocation list number {}; the next is due by {}.",
        list.number,
        list.next_update.rfc3339()
    );
    Ok(())
}

fn renew(args: Renew, now: Time) -> Result<(), CaError> {
    let plan = RenewPlan {
        passphrase: args.with_key.passphrase()?,
        issuing_days: args.below.issuing_days,
        exclude_domains: args.below.exclude_domain,
        exclude_addresses: args.below.exclude_addresses,
        crl_host: args.below.crl_host,
    };
    let made = ca::renew(&args.with_key.folder.directory, &plan, now)?;
    println!("{}", made.issuing.display());
    eprintln!("Made \"{}\", in force until {}.", made.common_name, made.not_after.rfc3339());
    eprintln!("Next: restart or reload Blockhouse, which takes the newest; devices need nothing.");
    Ok(())
}

fn sample(args: &Sample, now: Time) -> Result<(), CaError> {
    let bad =
        |value: &str, why: String| CaError::BadOption { option: "host", value: value.into(), why };
    let hosts: Vec<Host> = args
        .hosts
        .iter()
        .map(|text| text.parse::<Host>().map_err(|error| bad(text, error.to_string())))
        .collect::<Result<_, _>>()?;
    let passphrase = args.with_key.passphrase()?;
    let issuer = Issuer::load(&args.with_key.folder.directory, passphrase.as_ref(), now)?;
    if let Some(host) = hosts.iter().find(|host| issuer.excludes(host)) {
        return Err(CaError::Excluded { host: host.clone() });
    }
    let key = LeafKey::generate(if args.rsa { KeyKind::Rsa2048 } else { KeyKind::P256 })?;
    let terms = LeafTerms {
        lifetime: Duration::from_secs(7 * 24 * 3600),
        backdate: Duration::from_secs(24 * 3600),
        crl_url: args.crl_url.clone(),
    };
    let folder = &args.output;
    std::fs::create_dir_all(folder).map_err(|source| CaError::Folder {
        attempt: "make",
        path: folder.clone(),
        source,
    })?;
    let mut out = io::stdout().lock();
    for (place, host) in hosts.iter().enumerate() {
        for number in 0..args.count {
            let leaf = issuer.mint(host, &key, &terms, now)?;
            // A name of 253 octets is too long for a file, so that the file has numbers.
            let path = folder.join(format!("leaf-{place}-{number}.pem"));
            write_pem(&path, &leaf.der)?;
            let _ = writeln!(out, "{} {host}", path.display());
        }
    }
    let mut chain = String::new();
    for der in issuer.chain() {
        chain.push_str(&ca::to_pem(der)?);
    }
    eprintln!("Wrote {} sample leaves to {}.", hosts.len() * args.count as usize, folder.display());
    eprintln!("Their key was thrown away: they are good for checking a verifier, not for serving.");
    // OpenSSL takes an empty file of certificates for a broken one, so that there is none when the
    // root signs leaves by itself.
    let mut untrusted = String::new();
    if !chain.is_empty() {
        let path = folder.join("chain.pem");
        files::create("chain", &path, chain.as_bytes(), 0o644)?;
        untrusted = format!(" -untrusted {}", path.display());
    }
    eprintln!(
        "Next: openssl verify -x509_strict -purpose sslserver -CAfile {}{untrusted} {}",
        issuer.root_path().display(),
        folder.join("leaf-0-0.pem").display()
    );
    Ok(())
}

fn write_pem(path: &Path, der: &rustls::pki_types::CertificateDer<'_>) -> Result<(), CaError> {
    Ok(files::create("sample", path, ca::to_pem(der)?.as_bytes(), 0o644)?)
}

impl Key {
    fn kind(self) -> KeyKind {
        match self {
            Self::P256 => KeyKind::P256,
            Self::P384 => KeyKind::P384,
            Self::Rsa2048 => KeyKind::Rsa2048,
            Self::Rsa3072 => KeyKind::Rsa3072,
            Self::Rsa4096 => KeyKind::Rsa4096,
        }
    }
}

impl FormatName {
    fn format(self) -> Format {
        match self {
            Self::Der => Format::Der,
            Self::Pem => Format::Pem,
            Self::P7b => Format::P7b,
            Self::Mobileconfig => Format::Mobileconfig,
        }
    }
}
