//! `blockhouse-ca export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Folder;
use crate::ca::export::{self, Format};
use crate::ca::{self, CaError};
use crate::files;

#[derive(Debug, Args)]
pub(super) struct Export {
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

pub(super) fn run(args: &Export) -> Result<(), CaError> {
    let Some(format) = args.format.map(FormatName::format) else {
        for format in Format::ALL {
            println!("{:<13} {}", format.name(), format.audience());
        }
        return Ok(());
    };
    let roots = ca::published_roots(&args.folder.directory)?;
    let Some(root) = roots.first() else { return Ok(()) };
    let made = export::export(root, format)?;
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(&made.file_name));
    files::create("export", &path, &made.octets, 0o644)?;
    println!("{}", path.display());
    eprintln!("Wrote the root as {} for: {}.", format.name(), format.audience());
    eprintln!("Compare its SHA-256 fingerprint on a device: {}", ca::fingerprint_sha256(root));
    Ok(())
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
