//! `blockhouse-ca csr`.

use clap::Args;

use super::{Key, Token, WithKey};
use crate::ca::{self, CaError, RequestPlan};

#[derive(Debug, Args)]
pub(super) struct Csr {
    #[command(flatten)]
    with_key: WithKey,
    /// The organisation that people on the devices will recognise.
    #[arg(long, value_name = "NAME")]
    org: String,
    /// The CA's name [default: the organisation, `Blockhouse` and a number].
    #[arg(long, value_name = "NAME")]
    cn: Option<String>,
    /// The kind of its key.
    #[arg(long, value_enum, default_value = "p256")]
    key: Key,
    #[command(flatten)]
    token: Token,
}

pub(super) fn run(args: Csr) -> Result<(), CaError> {
    let plan = RequestPlan {
        passphrase: args.with_key.passphrase()?,
        organisation: args.org,
        common_name: args.cn,
        key: args.key.kind(),
        token: args.token.place(),
    };
    let made = ca::request(&args.with_key.folder.directory, &plan)?;
    println!("{}", made.path.display());
    eprintln!("Made a request for \"{}\".", made.common_name);
    match &made.key {
        Some(key) => eprintln!("Its key stays here: {}", key.display()),
        None => eprintln!("Its key stays in the token."),
    }
    eprintln!(
        "Have it signed as a subordinate CA (Active Directory: `certreq -submit -attrib \
         CertificateTemplate:SubCA {}`),",
        made.path.file_name().unwrap_or_default().display()
    );
    eprintln!("then: blockhouse-ca import CERTIFICATE ROOT");
    Ok(())
}
