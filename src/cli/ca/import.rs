//! `blockhouse-ca import`.

use std::path::PathBuf;

use clap::Args;

use super::{Token, WithKey};
use crate::ca::{self, CaError, ImportPlan};
use crate::clock::Time;
use crate::host::HostName;

#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(flatten)]
    with_key: WithKey,
    /// PEM, DER, PKCS#7 or PKCS#12: the CA's certificate, those above it up to the root, and its key unless
    /// `csr` made it.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// A file (mode 0600) with the passphrase of what is imported.
    #[arg(long, value_name = "FILE")]
    import_passphrase_file: Option<PathBuf>,
    /// A name that it must be able to sign for: the portal's, say (may be repeated).
    #[arg(long, value_name = "HOST", value_parser = HostName::from_text)]
    needs: Vec<HostName>,
    #[command(flatten)]
    token: Token,
}

pub(super) fn run(args: Import, now: Time) -> Result<(), CaError> {
    let import_passphrase =
        args.import_passphrase_file.as_deref().map(ca::read_passphrase).transpose()?;
    let plan = ImportPlan {
        passphrase: args.with_key.passphrase()?,
        files: args.files,
        import_passphrase,
        token: args.token.place(),
        needs: args.needs,
    };
    let made = ca::import(&args.with_key.folder.directory, &plan, now)?;
    println!("{}", made.path.display());
    eprintln!(
        "Took \"{}\" into use, in force until {}; a leaf on trial was accepted.",
        made.common_name,
        made.not_after.rfc3339()
    );
    if !made.excluded.is_empty() {
        let names: Vec<_> = made.excluded.iter().map(ToString::to_string).collect();
        eprintln!("It can never sign for: {}. List these among the exceptions.", names.join(", "));
    }
    eprintln!("Devices must trust \"{}\", SHA-256 {}", made.root_name, made.root_sha256);
    if !made.can_rotate {
        eprintln!(
            "Note: the path length of that root leaves no room for a successor that it signs (`rotate`)."
        );
    }
    if made.is_root {
        eprintln!(
            "Next: `blockhouse-ca renew` makes an issuing CA under it, and `crl` its revocation list."
        );
    } else {
        eprintln!("Next: nothing; a Blockhouse that runs takes the newest within seconds.");
    }
    Ok(())
}
