//! `blockhouse-ca sample`.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::{Token, WithKey};
use crate::ca::{self, CaError, Issuer, KeyAccess, KeyKind, LeafKey, LeafTerms};
use crate::clock::Time;
use crate::files;
use crate::host::Host;

#[derive(Debug, Args)]
pub(super) struct Sample {
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
    #[arg(long, value_name = "URL", value_parser = plain_url)]
    crl_url: Option<String>,
    /// The folder to write to; made if it is missing.
    #[arg(long, value_name = "FOLDER", default_value = "sample")]
    output: PathBuf,
    #[command(flatten)]
    token: Token,
}

pub(super) fn run(args: Sample, now: Time) -> Result<(), CaError> {
    let bad =
        |value: &str, why: String| CaError::BadOption { option: "host", value: value.into(), why };
    let hosts: Vec<Host> = args
        .hosts
        .iter()
        .map(|text| Host::from_text(text).map_err(|error| bad(text, error.to_string())))
        .collect::<Result<_, _>>()?;
    let (passphrase, token) = (args.with_key.passphrase()?, args.token.place());
    let access = KeyAccess { passphrase, key_file: None, token };
    let issuer = Issuer::load_with(&args.with_key.folder.directory, &access, now)?;
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
    let written = match hosts.len() * args.count as usize {
        1 => "1 sample leaf".to_owned(),
        number => format!("{number} sample leaves"),
    };
    eprintln!("Wrote {written} to {}.", folder.display());
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

/// Verifiers fetch lists without TLS, since a list would have to be there for that first (RFC 5280
/// section 8).
fn plain_url(text: &str) -> Result<String, String> {
    let url = text.parse::<http::Uri>().ok();
    match url.is_some_and(|url| url.scheme_str() == Some("http") && url.host().is_some()) {
        true => Ok(text.to_owned()),
        false => Err("write it such as `http://crl.example/issuing-g1.crl`".to_owned()),
    }
}

fn write_pem(path: &Path, der: &rustls::pki_types::CertificateDer<'_>) -> Result<(), CaError> {
    Ok(files::create("sample", path, ca::to_pem(der)?.as_bytes(), 0o644)?)
}
