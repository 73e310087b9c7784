//! `blockhouse-ca export`.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Folder;
use crate::ca::export::{self, Export as Made, Kit, KitOptions, Signer};
use crate::ca::{self, CaError};
use crate::files;
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
    /// Where to write [default: a name made of the root's, in this folder].
    #[arg(long, value_name = "FILE", requires = "format")]
    output: Option<PathBuf>,
    /// An address to which the gateway sends people, so that Chrome and Edge do not count it as local
    /// (may be repeated).
    #[arg(long, value_name = "ADDRESS")]
    block_address: Vec<IpAddr>,
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

pub(super) fn run(args: &Export) -> Result<(), CaError> {
    let roots = ca::published_roots(&args.folder.directory)?;
    let kit = Kit::new(&roots, options(args)?)?;
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
    Ok(KitOptions {
        block_addresses: args.block_address.clone(),
        portal_url: args.portal_url.clone(),
        permitted_domains: args.permit_domain.clone(),
    })
}

fn list(made: &[Made]) {
    let width = made.iter().map(|file| file.format.len()).max().unwrap_or_default();
    let mut last = "";
    for file in made {
        if file.format != last {
            println!("{:<width$}  {}", file.format, file.audience);
        }
        last = file.format;
    }
}

/// Writes the file of one format, or the files where there are two roots.
fn one(args: &Export, kit: &Kit, format: &str, made: &[Made]) -> Result<(), CaError> {
    let of: Vec<&Made> = made.iter().filter(|file| file.format == format).collect();
    let Some(first) = of.first() else {
        return Err(CaError::BadOption {
            option: "--format",
            value: format.to_owned(),
            why: format!("there is no such format; `--list` has all, most people want {USUAL}"),
        });
    };
    if let (Some(output), true) = (&args.output, of.len() > 1) {
        return Err(CaError::BadOption {
            option: "--output",
            value: output.display().to_string(),
            why: format!("`{format}` makes {} files; leave it out", of.len()),
        });
    }
    for file in &of {
        let path = args.output.clone();
        let path = path.unwrap_or_else(|| PathBuf::from(file.file_name(kit.slug())));
        let mode = if file.executable { 0o755 } else { 0o644 };
        files::create("export", &path, &file.octets, mode)?;
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
    let Some(name) = folder.file_name().filter(|_| !occupied) else {
        return Err(CaError::BadOption {
            option: "--all",
            value: folder.display().to_string(),
            why: "there is something in it; nothing is ever overwritten, so name a folder that is empty or \
                  not there yet"
                .to_owned(),
        });
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
