//! Whether the CAs are in force, their keys at hand, and the cookie keys readable.

use std::path::Path;
use std::time::Duration;

use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{Finding, Ground};
use crate::ca::{self, CaError, Issuer, KeyAccess};
use crate::causes::with_cause;
use crate::clock::Time;
use crate::keyring::{self, Purpose};

const ROOT: &str = "root";
const ISSUING: &str = "issuing-ca";
const KEYS: &str = "ca-keys";
const COOKIES: &str = "cookie-keys";
/// What is said of a CA that ends within this time: a month is what rolling one out takes.
const SOON: Duration = Duration::from_secs(30 * 24 * 3600);
/// Bringing the next root to every device takes longer.
const ROOT_SOON: Duration = Duration::from_secs(730 * 24 * 3600);

/// When a certificate is in force.
pub(super) struct Life {
    pub(super) start: Time,
    pub(super) end: Time,
}

impl Life {
    pub(super) fn of(der: &[u8]) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        let validity = parsed.validity();
        let time = |at: x509_parser::time::ASN1Time| Time::from_unix(at.timestamp());
        Some(Self { start: time(validity.not_before), end: time(validity.not_after) })
    }

    pub(super) fn holds(&self, now: Time) -> bool {
        (self.start..=self.end).contains(&now)
    }
}

pub(super) fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let directory = &ground.config.ca.directory;
    let certificates = match ca::read_certificates(directory) {
        Ok(certificates) => certificates,
        Err(error) => {
            let advice = "`blockhouse-ca init` makes one; `ca.directory` says where it is";
            return vec![
                Finding::failed(ROOT, with_cause(&error), advice.to_owned()),
                cookies(ground),
            ];
        }
    };
    let lives: Vec<Life> = certificates.iter().filter_map(|der| Life::of(der)).collect();
    let mut findings = Vec::new();
    let mut dead = false;
    if let Some(root) = lives.first() {
        let advice = match root.holds(ground.now) {
            true => "`blockhouse-ca rotate prepare` makes the next one, where the root's key is",
            false => {
                "make a new root in another folder (`blockhouse-ca init`) and bring it to the devices"
            }
        };
        let found = life(ROOT, "the root", root, ROOT_SOON, ground.now, advice);
        dead |= !root.holds(ground.now);
        findings.push(found);
    }
    // The newest that is in force signs; of several that are not, the newest is to be renewed.
    let issuing = lives.get(1..).unwrap_or_default();
    let signing = issuing.iter().find(|life| life.holds(ground.now)).or(issuing.first());
    if let Some(issuing) = signing {
        let advice =
            "run `blockhouse-ca renew` (it needs the root's key); the server takes it by itself";
        findings.push(life(ISSUING, "the issuing CA", issuing, SOON, ground.now, advice));
        dead |= !issuing.holds(ground.now);
    }
    findings.push(if dead {
        Finding::skipped(KEYS, "no CA is in force")
    } else {
        keys(directory, ground)
    });
    findings.push(cookies(ground));
    findings
}

fn life(
    check: &'static str,
    what: &str,
    life: &Life,
    soon: Duration,
    now: Time,
    advice: &str,
) -> Finding {
    let end = life.end.rfc3339();
    if now > life.end {
        return Finding::failed(check, format!("{what} ended on {end}"), advice.to_owned());
    }
    if now < life.start {
        let what =
            format!("{what} begins on {} only, and now is {}", life.start.rfc3339(), now.rfc3339());
        return Finding::failed(check, what, "set this machine's clock right".to_owned());
    }
    let left = life.end.since(now);
    if left < soon {
        let days = left.as_secs() / 86_400;
        let what = format!("{what} ends in {days} days, on {end}");
        return Finding::warning(check, what, advice.to_owned());
    }
    Finding::ok(check, format!("{what} holds until {end}"))
}

/// Whether the key of the CA that signs is readable and its own.
fn keys(directory: &Path, ground: &Ground<'_>) -> Finding {
    let load = || -> Result<Issuer, CaError> {
        Issuer::load_with(directory, &KeyAccess::of(&ground.config.ca)?, ground.now)
    };
    match load() {
        Ok(issuer) => {
            let path = issuer.path().display().to_string();
            Finding::ok(KEYS, format!("the key of {path} is its own, and readable for us alone"))
        }
        Err(error) => {
            let advice = "no server starts like this; is it the user that the server runs as?";
            Finding::failed(KEYS, with_cause(&error), advice.to_owned())
        }
    }
}

fn cookies(ground: &Ground<'_>) -> Finding {
    let path = &ground.config.cookies.key_file;
    if !path.exists() {
        let why = format!("{} is not there yet; the server makes it", path.display());
        return Finding::skipped(COOKIES, why);
    }
    match keyring::check(Purpose::Cookies, path) {
        Ok(()) => Finding::ok(COOKIES, format!("{} is readable for us alone", path.display())),
        Err(error) => {
            let advice = "a server that starts anew refuses it; with a fresh file (move the old one \
                          away) all cookies and grants end";
            Finding::failed(COOKIES, with_cause(&error), advice.to_owned())
        }
    }
}
