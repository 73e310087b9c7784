//! `blockhouse-ca export`.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Folder;
use crate::ca::export::{self, Export as Made, Kit, KitOptions, Optional, Signer};
use crate::ca::{self, CaError};
use crate::clock::Time;
use crate::files::{self, FileError};
use crate::host::HostName;

/// Formats with one file, which is what most people want.
const USUAL: &str = "`der`, `pem`, `mobileconfig`";

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["format", "all", "list"]))]
pub(super) struct Export {
    #[command(flatten)]
    folder: Folder,
    /// One format, by its name in `--list`.
    #[arg(long, value_name = "NAME")]
    format: Option<String>,
    /// Every format, in a new folder, with a README that says who takes which.
    #[arg(long, value_name = "FOLDER")]
    all: Option<PathBuf>,
    /// Name the formats and who takes them.
    #[arg(long)]
    list: bool,
    /// Where to write; `-` is standard output [default: a name made of the root's, in this folder].
    #[arg(long, value_name = "FILE", requires = "format")]
    output: Option<PathBuf>,
    /// An address to which the gateway sends people, so that Chrome and Edge do not count it as local
    /// (may be repeated).
    #[arg(long, value_name = "ADDRESS")]
    block_address: Vec<IpAddr>,
    /// The server's configuration: the addresses to which gateways send people are taken from it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A domain that the constrained policy of Chrome and Edge permits (may be repeated).
    #[arg(long, value_name = "DOMAIN", value_parser = HostName::from_text)]
    permit_domain: Vec<HostName>,
    /// The page from which people install the root, for the notice and its QR code.
    #[arg(long, value_name = "URL")]
    portal_url: Option<String>,
    /// A certificate that devices trust already (PEM, with its chain), to sign Apple profiles by.
    #[arg(long, value_name = "FILE", requires = "sign_key")]
    sign_cert: Option<PathBuf>,
    /// Its key (PEM, mode 0600).
    #[arg(long, value_name = "FILE", requires = "sign_cert")]
    sign_key: Option<PathBuf>,
}

pub(super) fn run(args: &Export, now: Time) -> Result<(), CaError> {
    let roots = ca::published_roots(&args.folder.directory)?;
    let kit = Kit::new(&roots, options(args)?)?;
    let ended = match args.list {
        true => Vec::new(),
        false => ca::published_out_of_force(&args.folder.directory, now)?,
    };
    let signer = match (&args.sign_cert, &args.sign_key) {
        (Some(certificate), Some(key)) => Some(Signer::load(certificate, key)?),
        _ => None,
    };
    let made = export::all(&kit, signer.as_ref())?;
    if let Some(folder) = &args.all {
        write_folder(folder, &made)?;
        println!("{}", folder.display());
        eprintln!("Wrote {} files; README.md there says who takes which.", made.len());
    } else if let Some(format) = &args.format {
        one(args, &kit, format, &made)?;
    } else {
        list(&made);
        return Ok(());
    }
    for why in ended {
        eprintln!("Warning: one of the roots is of no use to a device: {why}");
    }
    for root in kit.roots() {
        eprintln!("Compare its SHA-256 fingerprint on a device: {}", root.sha256());
    }
    Ok(())
}

fn options(args: &Export) -> Result<KitOptions, CaError> {
    if let Some(url) = &args.portal_url {
        let parsed = url.parse::<http::Uri>().ok();
        let web = parsed.filter(|url| matches!(url.scheme_str(), Some("http" | "https")));
        if web.is_none() || !url.ends_with('/') {
            return Err(CaError::BadOption {
                option: "--portal-url",
                value: url.clone(),
                why: "it is the address of the portal's first page, for example \
                      http://blockhouse.internal/"
                    .to_owned(),
            });
        }
    }
    let mut block_addresses = args.block_address.clone();
    if let Some(path) = &args.config {
        let config = super::load(path)?;
        for address in config.gateway.block_addresses(&config.listen) {
            if !block_addresses.contains(&address) {
                block_addresses.push(address);
            }
        }
        if block_addresses.is_empty() {
            return Err(CaError::BadOption {
                option: "--config",
                value: path.display().to_string(),
                why: "the server listens at every address, so that it does not say which gateways answer with; set \
                      `gateway.addresses` there, or give them with `--block-address`"
                    .to_owned(),
            });
        }
    }
    Ok(KitOptions {
        block_addresses,
        portal_url: args.portal_url.clone(),
        permitted_domains: args.permit_domain.clone(),
    })
}

fn list(made: &[Made]) {
    let width = made.iter().map(|file| file.format.len());
    let width = width.chain(missing(made).iter().map(|one| one.format.len())).max();
    let width = width.unwrap_or_default();
    let mut last = "";
    for file in made {
        if file.format != last {
            println!("{:<width$}  {}", file.format, file.audience);
        }
        last = file.format;
    }
    for other in missing(made) {
        println!("{:<width$}  {} (with {})", other.format, other.audience, other.needs);
    }
}

/// The formats that were not made, for want of an option.
fn missing(made: &[Made]) -> Vec<Optional> {
    let there = |one: &Optional| made.iter().any(|file| file.format == one.format);
    export::optional().filter(|one| !there(one)).collect()
}

/// Writes the file of one format, or the files where there are two roots.
fn one(args: &Export, kit: &Kit, format: &str, made: &[Made]) -> Result<(), CaError> {
    let of: Vec<&Made> = made.iter().filter(|file| file.format == format).collect();
    let Some(first) = of.first() else {
        let wanting = missing(made).into_iter().find(|one| one.format == format);
        let why = match wanting {
            Some(one) => format!("it is made with {} alone; give them as well", one.needs),
            None => format!("there is no such format; `--list` has all, most people want {USUAL}"),
        };
        return Err(CaError::BadOption { option: "--format", value: format.to_owned(), why });
    };
    if let (Some(output), true) = (&args.output, of.len() > 1) {
        return Err(CaError::BadOption {
            option: "--output",
            value: output.display().to_string(),
            why: format!("`{format}` makes {} files; leave it out", of.len()),
        });
    }
    let place =
        |file: &Made| args.output.clone().unwrap_or_else(|| PathBuf::from(file.file_name(kit)));
    let places: Vec<PathBuf> = of.iter().map(|file| place(file)).collect();
    if let (Some(output), [file]) = (&args.output, &of[..])
        && output == Path::new("-")
    {
        crate::cli::put_octets(&file.octets);
        eprintln!("Wrote the root as {format} for: {}.", first.audience);
        return Ok(());
    }
    // All or none: what is in the way of the second stops the first.
    if let Some(path) = places.iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(FileError::Exists { what: "export", path: path.clone() }.into());
    }
    for (done, (file, path)) in of.iter().zip(&places).enumerate() {
        let mode = if file.executable { 0o755 } else { 0o644 };
        if let Err(error) = files::create("export", path, &file.octets, mode) {
            for written in &places[..done] {
                let _ = fs::remove_file(written);
            }
            return Err(error.into());
        }
    }
    for path in &places {
        println!("{}", path.display());
    }
    eprintln!("Wrote the root as {format} for: {}.", first.audience);
    Ok(())
}

/// Writes all files, or none: into a folder beside the place, which then takes the name.
fn write_folder(folder: &Path, made: &[Made]) -> Result<(), CaError> {
    let failed = |source| CaError::Folder { attempt: "make", path: folder.to_owned(), source };
    let occupied = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed(error)),
    };
    let bad = |why: &str| CaError::BadOption {
        option: "--all",
        value: folder.display().to_string(),
        why: why.to_owned(),
    };
    if occupied {
        return Err(bad(
            "there is something in it; nothing is ever overwritten, so name a folder that is empty or not \
             there yet",
        ));
    }
    // A whole folder takes the place of this one, which a shell may stand in.
    let Some(name) = folder.file_name() else {
        return Err(bad("it has no name of its own; name a new folder, for example `kit`"));
    };
    let mut scratch_name = std::ffi::OsString::from(".");
    scratch_name.push(name);
    scratch_name.push(".partial");
    let scratch = folder.with_file_name(scratch_name);
    // One of that name can only be left over from an export that was cut off.
    if let Err(error) = fs::remove_dir_all(&scratch)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(failed(error));
    }
    let written = write_all(&scratch, made).and_then(|()| fs::rename(&scratch, folder));
    written.map_err(|error| {
        let _ = fs::remove_dir_all(&scratch);
        failed(error)
    })
}

fn write_all(folder: &Path, made: &[Made]) -> io::Result<()> {
    fs::create_dir(folder)?;
    for file in made {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, &file.octets)?;
        let mode = if file.executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
        fs::File::open(&path)?.sync_all()?;
    }
    Ok(())
}
