//! One handshake as a client makes it, and what it says of the root.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustls::{CertificateError, RootCertStore};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::web::{self, Shown, Talk};

/// What any site has, and what leads to no page.
const ICON: &str = "/favicon.ico";

/// What came of a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shake {
    /// Whether the server's certificate was accepted.
    pub accepted: bool,
    /// What was found.
    pub what: String,
    /// What to do about it.
    pub next: Option<String>,
}

/// Connects, and accepts the certificate for `name` that these roots vouch for and no other.
pub fn shake(address: SocketAddr, name: &str, roots: &RootCertStore, patience: Duration) -> Shake {
    let refused =
        |what: String, next: &str| Shake { accepted: false, what, next: Some(next.to_owned()) };
    match web::handshake(address, name, Some(roots), Talk::Web(ICON), patience) {
        Shown::Good(leaf) => {
            let what = format!("{address} shows a good certificate for {name}: {}", said(&leaf));
            Shake { accepted: true, what, next: None }
        }
        Shown::Unreachable(error) => {
            let why = match error.kind() {
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "no answer".to_owned(),
                _ => error.to_string(),
            };
            refused(format!("{address} cannot be reached: {why}"), "is the server running there?")
        }
        Shown::NotTls(what) => refused(
            format!("{address} is open, but {what}"),
            "is it the port for https, and Blockhouse behind it?",
        ),
        Shown::Untrusted(leaf, why) => {
            let (why, next) = reason(&why);
            refused(
                format!("{address} shows a certificate for {name} that {why}: {}", said(&leaf)),
                next,
            )
        }
    }
}

fn reason(why: &CertificateError) -> (String, &'static str) {
    match why {
        CertificateError::UnknownIssuer => (
            "none of these roots vouches for".to_owned(),
            "compare the fingerprint of the root with that of the server's (`blockhouse-ca show`); the \
             address may lead to another server",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("has ended".to_owned(), "compare this machine's clock with the server's")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("is not valid yet".to_owned(), "compare this machine's clock with the server's")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            "is for another name".to_owned(),
            "name the host to ask for with `--name`; the address may lead to another server",
        ),
        other => {
            (format!("is refused ({other})"), "`blockhouse-ca show` tells what the CAs may sign")
        }
    }
}

/// Who it says it is, who signed it, and until when.
fn said(leaf: &[u8]) -> String {
    let Ok((_, parsed)) = X509Certificate::from_der(leaf) else {
        return "it cannot be read".to_owned();
    };
    let end = crate::clock::Time::from_unix(parsed.validity().not_after.timestamp());
    format!("signed by \"{}\", until {}", parsed.issuer(), end.rfc3339())
}
