//! The command line of `blockhouse-ca`: data on stdout, talk on stderr.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a command line")]

mod export;
mod install;
mod machine;
mod handover;
mod import;
mod request;
mod rotate;
mod sample;
mod uninstall;
mod verify;

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use zeroize::Zeroizing;

use crate::ca::{self, CaError, InitPlan, KeyKind, RenewPlan, Summary, TokenPlace};
use crate::causes::with_cause;
use crate::clock::{self, Time};
use crate::config::Config;
use crate::confine;
use crate::host::HostName;

const EXAMPLES: &str = "\
Examples:
  blockhouse-ca init --org 'Example School'         make a root and an issuing CA under certs/
  blockhouse-ca show                                what is there, and the fingerprints
  blockhouse-ca export --list                       who takes which format
  blockhouse-ca export --format mobileconfig        the profile for Apple devices
  blockhouse-ca install                             trust the root on this machine
  blockhouse-ca verify --connect 192.0.2.1          who here trusts it, and a real handshake
  blockhouse-ca renew                               the next issuing CA, before this one ends
  blockhouse-ca rotate status                       where the change to a new root stands
  blockhouse-ca csr --org 'Example School'          a request for another CA, say Active Directory's
  blockhouse-ca import issuing.cer root.cer         take up what it signed
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
    Export(export::Export),
    Install(install::Install),
    Uninstall(uninstall::Uninstall),
    Verify(verify::Verify),
    /// Sign the root's (empty) revocation list anew; needs the root's key.
    Crl(WithKey),
    /// Make the next issuing CA, with a new key; needs the root's key.
    Renew(Renew),
    /// Bring a new root to the devices, step by step, without a gap.
    #[command(subcommand)]
    Rotate(rotate::Rotate),
    /// Ask another CA to sign the issuing CA: makes a key and a request.
    Csr(request::Csr),
    /// Take a CA into use that somebody else has made or signed.
    Import(import::Import),
    /// Write what a server needs into a new folder; never the root's key.
    Handover(handover::Handover),
    /// Write sample leaf certificates, without any key, to check with other tools.
    Sample(sample::Sample),
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

/// The token that holds the issuing CA's key.
#[derive(Debug, Args)]
struct Token {
    /// A PKCS#11 module (a shared library): the issuing CA's key is made and kept in its token.
    #[arg(long, value_name = "FILE", requires_all = ["pkcs11_token", "pkcs11_pin_file"])]
    pkcs11_module: Option<PathBuf>,
    /// The label of the token.
    #[arg(long, value_name = "LABEL", requires = "pkcs11_module")]
    pkcs11_token: Option<String>,
    /// The label of the keys in the token.
    #[arg(long, value_name = "LABEL", default_value = "blockhouse")]
    pkcs11_key: String,
    /// A file (mode 0600) with the user's PIN.
    #[arg(long, value_name = "FILE", requires = "pkcs11_module")]
    pkcs11_pin_file: Option<PathBuf>,
}

impl Token {
    fn place(self) -> Option<TokenPlace> {
        Some(TokenPlace {
            module: self.pkcs11_module?,
            token: self.pkcs11_token?,
            key: self.pkcs11_key,
            pin_file: self.pkcs11_pin_file?,
        })
    }
}

/// Where the key of the next issuing CA is made.
#[derive(Debug, Args)]
struct NextKey {
    #[command(flatten)]
    token: Token,
    /// Make its key in a file, although that of the issuing CA before is in a token.
    #[arg(long, conflicts_with = "pkcs11_module")]
    key_in_file: bool,
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
    #[arg(long, conflicts_with = "pkcs11_module")]
    single_tier: bool,
    #[command(flatten)]
    token: Token,
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
struct Renew {
    #[command(flatten)]
    with_key: WithKey,
    #[command(flatten)]
    below: Below,
    #[command(flatten)]
    key: NextKey,
}

/// Runs the program: exit code 0 done, 1 refused, 2 usage or configuration.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = confine::hide_memory() {
        eprintln!("blockhouse-ca: {error}");
    }
    let now = clock::now();
    let done = match cli.command {
        Command::Init(args) => init(args, now),
        Command::Show(args) => show(&args, now),
        Command::Export(args) => export::run(&args, now),
        Command::Install(args) => return finished(install::run(&args)),
        Command::Uninstall(args) => return finished(uninstall::run(&args)),
        Command::Verify(args) => return finished(verify::run(&args)),
        Command::Crl(args) => crl(&args, now),
        Command::Renew(args) => renew(args, now),
        Command::Rotate(args) => rotate::run(args, now),
        Command::Csr(args) => request::run(args),
        Command::Import(args) => import::run(args, now),
        Command::Handover(args) => handover::run(&args, now),
        Command::Sample(args) => sample::run(args, now),
    };
    finished(done.map(|()| ExitCode::SUCCESS))
}

fn finished(done: Result<ExitCode, CaError>) -> ExitCode {
    match done {
        Ok(code) => code,
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

/// The configuration of the server.
fn load(path: &Path) -> Result<Config, CaError> {
    Config::load(path).map_err(|errors| CaError::BadOption {
        option: "--config",
        value: path.display().to_string(),
        why: with_cause(&errors),
    })
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
        token: args.token.place(),
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
                "Move {} to a safe: only `renew`, `crl` and `rotate` need it.",
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
    let only = match one.permitted_domains.is_empty() {
        true => String::new(),
        false => format!("\n  only for  {}", one.permitted_domains.join(", ")),
    };
    let excluded = if excluded.is_empty() { "no names".into() } else { excluded.join(", ") };
    format!(
        "{} {}\n  subject   {}\n  signed by {}\n  from      {}\n  until     {} ({force})\n  \
         SHA-256   {}\n  SHA-1     {}\n  may sign  {}{only}\n  excludes  {excluded}",
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

fn crl(args: &WithKey, now: Time) -> Result<(), CaError> {
    let lists = ca::renew_root_crls(&args.folder.directory, args.passphrase()?.as_ref(), now)?;
    for list in lists {
        println!("{}", list.path.display());
        eprintln!(
            "Signed the root's revocation list number {}; the next is due by {}.",
            list.number,
            list.next_update.rfc3339()
        );
    }
    Ok(())
}

fn renew(args: Renew, now: Time) -> Result<(), CaError> {
    let plan = RenewPlan {
        passphrase: args.with_key.passphrase()?,
        issuing_days: args.below.issuing_days,
        exclude_domains: args.below.exclude_domain,
        exclude_addresses: args.below.exclude_addresses,
        crl_host: args.below.crl_host,
        token: args.key.token.place(),
        key_in_file: args.key.key_in_file,
    };
    let made = ca::renew(&args.with_key.folder.directory, &plan, now)?;
    println!("{}", made.issuing.display());
    eprintln!("Made \"{}\", in force until {}.", made.common_name, made.not_after.rfc3339());
    eprintln!(
        "Next: nothing; a Blockhouse that runs takes the newest within seconds, and devices need nothing."
    );
    Ok(())
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
