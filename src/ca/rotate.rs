//! From one root to the next, in four steps that a device never notices.
//!
//! `prepare` makes the next root and lets the old one sign it as well; `publish` has exports carry
//! both; `activate` puts the issuing CA under the new root and sends the cross certificate along, so
//! that the chain holds for devices that have the old root, the new one or both; `retire` puts the
//! old one aside. Each step looks at everything before it writes, writes all or nothing, and does
//! nothing when it is done already.

mod retire;
mod status;

use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use zeroize::Zeroizing;

use super::chain::Link;
use super::establish::{self, Issuing};
use super::inspect::Facts;
use super::issue::sign_crl;
use super::key::{self, CaKey, KeyKind};
use super::profile::{self, BACKDATE, CaSubject, Exclusions, MAX_COMMON_NAME, Validity};
use super::standing::{Stage, Standing};
use super::store::{self, Output};
use super::token::TokenPlace;
use super::{CaError, revocation, trial};
use crate::clock::Time;
use crate::host::HostName;
use crate::random;
pub use retire::retire;
pub use status::{RootStatus, RotationStatus, status};

/// How long a probe lives, at most; `publish` makes another one in the last thirty days.
const PROBE_DAYS: u32 = 396;
const PROBE_RENEWED: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 3600);
/// The check host of a server whose portal has the name that the example gives it.
pub const CHECK_HOST: &str = "check.blockhouse.internal";

/// What `prepare` is to make.
#[derive(Debug, Clone)]
pub struct PreparePlan {
    /// What opens the old root's key and encrypts the new one.
    pub passphrase: Option<Zeroizing<Vec<u8>>>,
    /// The kind of the new root's key; that of the old one if unset.
    pub key: Option<KeyKind>,
    /// How long the new root lives, in years.
    pub years: u32,
}

/// What `publish` is to make.
#[derive(Debug, Clone)]
pub struct PublishPlan {
    /// What opens the new root's key and encrypts the probe's.
    pub passphrase: Option<Zeroizing<Vec<u8>>>,
    /// The check host of the portal, `portal.check_host` of the server; if unset, that of a probe which is
    /// there already, or [`CHECK_HOST`].
    pub check_host: Option<HostName>,
}

/// What `activate` is to make.
#[derive(Debug, Clone)]
pub struct ActivatePlan {
    /// What opens the new root's key and encrypts the issuing CA's.
    pub passphrase: Option<Zeroizing<Vec<u8>>>,
    /// How long the issuing CA lives, in days.
    pub issuing_days: u32,
    /// The token in which its key is made.
    pub token: Option<TokenPlace>,
    /// Whether it may be made in a file although that of the CA before is not in one.
    pub key_in_file: bool,
}

/// Makes the next root, and its certificate by the root in use.
///
/// # Errors
/// [`CaError::Step`] while another rotation goes on, and whatever stops a file from being written.
pub fn prepare(directory: &Path, plan: &PreparePlan, now: Time) -> Result<RotationStatus, CaError> {
    const STEP: &str = "prepare the next root";
    let refuse = |why: String| CaError::Step { step: STEP, why };
    let standing = Standing::read(directory)?;
    match standing.stage {
        Stage::Settled => {}
        Stage::Prepared => return status(directory, now),
        Stage::Published | Stage::Activated => {
            let stage = standing.stage.name();
            let next = match standing.stage {
                Stage::Activated => "`rotate retire`",
                _ => "`rotate activate` and `rotate retire`",
            };
            return Err(refuse(format!("the rotation before is {stage}; go on to {next} first")));
        }
    }
    let passphrase = plan.passphrase.as_ref();
    let (old, signer) = store::load_root(directory, standing.root, passphrase, now)?;
    if let Some(length) = old.facts.path_length.filter(|length| *length < 2) {
        return Err(refuse(format!(
            "{} has path length {length}, and its successor and an issuing CA below that need 2; \
             make a new root in another folder, and bring both to the devices",
            old.path.display()
        )));
    }
    let next = standing.root + 1;
    let key_path = store::root_key(directory, next);
    let (path, crl_path) =
        (store::root_certificate(directory, next), store::root_crl(directory, next));
    let cross_path = store::cross(directory, next);
    let (probe, probe_key) = store::probe(directory, next);
    let back_path = store::cross_back(directory, next);
    for path in [&key_path, &path, &crl_path, &cross_path, &back_path, &probe, &probe_key] {
        store::refuse_existing(path)?;
    }

    let subject = successor(&old.facts, next);
    let kind = plan.key.unwrap_or(signer.key().kind());
    let (new_key, pkcs8) = CaKey::generate(kind)?;
    let identifier = key::key_identifier(&new_key);
    let validity = Validity {
        not_before: now.minus(BACKDATE),
        not_after: establish::years_later(now, plan.years)?,
    };
    // What the root in use excludes by itself the next one does too; the rest is the issuing CA's.
    let excluded = establish::carry_over(&old.facts, &[], false);
    let params = profile::root(&subject, &identifier, serial()?, validity, &excluded);
    let root: CertificateDer<'static> = params
        .self_signed(&new_key)
        .map_err(|source| CaError::Sign { what: "the next root", source })?
        .into();
    let facts = Facts::read(&root).map_err(|why| CaError::Broken {
        what: "root certificate",
        path: path.clone(),
        why,
    })?;
    let before = establish::before(directory, &old.facts)?;
    let known = old.facts.crl_url.clone().or(before.crl_url);
    let url = known.and_then(|known| revocation::sibling_url(&known, standing.root));
    let crossed = Validity {
        not_before: validity.not_before.max(old.facts.not_before),
        not_after: validity.not_after.min(old.facts.not_after),
    };
    let cross: CertificateDer<'static> =
        profile::cross(&subject, &identifier, serial()?, crossed, url.as_deref())
            .signed_by(&new_key, &signer)
            .map_err(|source| CaError::Sign { what: "the cross certificate", source })?
            .into();
    let cross = link(&cross_path, cross)?;
    let root = Link { path, der: root, facts };
    check_cross(&old, &root, &cross)?;
    let new_signer = rcgen::Issuer::new(params, new_key);
    // The other way round: until `activate` it serves devices that have the new root alone.
    let old_subject = CaSubject {
        organisation: old.facts.organisation.clone(),
        common_name: old.facts.common_name.clone(),
    };
    let back: CertificateDer<'static> =
        profile::cross(&old_subject, &old.facts.identifier, serial()?, crossed, None)
            .signed_by(signer.key(), &new_signer)
            .map_err(|source| CaError::Sign { what: "the cross certificate", source })?
            .into();
    let back = link(&back_path, back)?;
    let list = sign_crl(&new_signer, &root.facts, 1, revocation::crl_validity(&root.facts, now))?;
    let mut outputs = vec![
        Output::root_secret(&key_path, key::to_pem(&pkcs8, passphrase)?),
        Output::certificate(&root.path, &root.der)?,
        Output::certificate(&cross_path, &cross.der)?,
        Output::list(&crl_path, list),
    ];
    // A root of somebody else's may write its name in a way that ours do not.
    if check_cross(&root, &old, &back).is_ok() {
        outputs.push(Output::certificate(&back.path, &back.der)?);
    }
    let standing = Standing { stage: Stage::Prepared, next: Some(next), ..standing };
    store::commit(directory, &outputs, Some(standing))?;
    Ok(status(directory, now)?.changed())
}

/// Has exports carry both roots, and makes the probe that is under the new root alone.
///
/// # Errors
/// [`CaError::Step`] when nothing was prepared, and whatever stops a file from being written.
pub fn publish(directory: &Path, plan: &PublishPlan, now: Time) -> Result<RotationStatus, CaError> {
    const STEP: &str = "publish the next root";
    let refuse = |why: &str| CaError::Step { step: STEP, why: why.into() };
    let standing = Standing::read(directory)?;
    let next = match (standing.stage, standing.next) {
        (Stage::Prepared | Stage::Published | Stage::Activated, Some(next)) => next,
        _ => return Err(refuse("there is none; `rotate prepare` makes it")),
    };
    let (old, _) = check(directory, standing, next)?;
    let (certificate, key_path) = store::probe(directory, next);
    let there = |path: &PathBuf| path.symlink_metadata().is_ok();
    let known = match standing.stage != Stage::Prepared && there(&certificate) {
        true => Some(store::load_probe(&certificate)?.facts),
        false => None,
    };
    let domain = wanted_domain(plan.check_host.as_ref(), known.as_ref())?;
    if let Some(probe) = &known
        && there(&key_path)
        && now.plus(PROBE_RENEWED) < probe.not_after
        && probe.permitted_domains == [domain.clone()]
    {
        return status(directory, now);
    }
    let passphrase = plan.passphrase.as_ref();
    let (root, signer) = store::load_root(directory, next, passphrase, now)?;
    let before = establish::before(directory, &old.facts)?;
    let probe = Issuing {
        subject: CaSubject {
            organisation: root.facts.organisation.clone(),
            common_name: probe_name(&root.facts),
        },
        days: PROBE_DAYS,
        // Its key is always a file, so that it is worth nothing to who steals it: no name but the portal's.
        excluded: Exclusions {
            outside_of: Some(domain),
            ..establish::carry_over(&before, &[], true)
        },
        crl_url: crl_url(&before, &root.facts, next),
        kind: signer.key().kind().for_issuing(),
        // It goes away with the rotation.
        token: None,
    }
    .make(&signer, &root.facts, now)?;
    let outputs = probe.outputs(&certificate, &key_path, passphrase)?;
    // One that ends, or what an interrupted run left of it.
    let mut before = vec![certificate, key_path];
    before.retain(there);
    let aside = match before.is_empty() {
        true => retire::Aside::default(),
        false => retire::put_aside(directory, &before, now)?,
    };
    let stage = match standing.stage {
        Stage::Prepared => Stage::Published,
        later => later,
    };
    let done = store::commit(directory, &outputs, Some(Standing { stage, ..standing }));
    if done.is_err() {
        aside.undo();
    }
    done?;
    Ok(status(directory, now)?.changed())
}

/// Puts the next issuing CA under the new root; from then on the chain carries the cross certificate.
///
/// # Errors
/// [`CaError::Step`] when the new root is not published, [`CaError::Trial`] when the new chain does
/// not hold for a device that has one of the two roots, and whatever stops a file from being written.
pub fn activate(
    directory: &Path,
    plan: &ActivatePlan,
    now: Time,
) -> Result<RotationStatus, CaError> {
    const STEP: &str = "activate the next root";
    let refuse = |why: &str| CaError::Step { step: STEP, why: why.into() };
    let standing = Standing::read(directory)?;
    let next = match (standing.stage, standing.next) {
        (Stage::Published, Some(next)) => next,
        (Stage::Activated, _) => return status(directory, now),
        (Stage::Prepared, _) => {
            return Err(refuse(
                "no device can have it yet; `rotate publish`, and bring the exports to the devices",
            ));
        }
        _ => return Err(refuse("there is none; `rotate prepare` makes it")),
    };
    establish::check_days(plan.issuing_days)?;
    if plan.token.is_none() && !plan.key_in_file {
        establish::refuse_leaving_token(directory)?;
    }
    let (old, cross) = check(directory, standing, next)?;
    let (root, signer) = store::load_root(directory, next, plan.passphrase.as_ref(), now)?;
    let before = establish::before(directory, &old.facts)?;
    let number = store::next_generation(directory)?;
    let (certificate, key_path) = establish::refuse_taken(directory, number)?;
    let below = Issuing {
        subject: establish::issuing_subject(&before, number),
        days: plan.issuing_days,
        excluded: establish::carry_over(&before, &[], false),
        crl_url: crl_url(&before, &root.facts, next),
        kind: signer.key().kind().for_issuing(),
        token: plan.token.as_ref(),
    }
    .make(&signer, &root.facts, now)?;
    let outputs = below.outputs(&certificate, &key_path, plan.passphrase.as_ref())?;
    let issuing = link(&certificate, below.der)?;
    let signer = store::signer_of(&issuing.der, below.key, &certificate)?;
    let sent = [issuing.der.clone(), cross.der];
    trial::verify(&signer, &issuing.facts, &sent, &root.der, now)?;
    if now <= old.facts.not_after {
        trial::verify(&signer, &issuing.facts, &sent, &old.der, now)?;
    }
    let standing = Standing { stage: Stage::Activated, ..standing };
    store::commit(directory, &outputs, Some(standing))?;
    Ok(status(directory, now)?.changed())
}

/// Reads the two roots and the cross certificate, and refuses them when they do not fit together.
fn check(directory: &Path, standing: Standing, next: u32) -> Result<(Link, Link), CaError> {
    let old = store::root(directory, standing.root)?;
    let new = store::root(directory, next)?;
    let cross = store::load_link("cross certificate", &store::cross(directory, next))?;
    check_cross(&old, &new, &cross)?;
    Ok((old, cross))
}

/// Refuses a cross certificate that is not the new root's by the old one.
pub(super) fn check_cross(old: &Link, new: &Link, cross: &Link) -> Result<(), CaError> {
    let broken = |why: String| CaError::Broken {
        what: "cross certificate",
        path: cross.path.clone(),
        why: format!("{why}; put back the files that were made together"),
    };
    if cross.facts.spki != new.facts.spki || cross.facts.raw_subject != new.facts.raw_subject {
        return Err(broken(format!("it is not about the root in {}", new.path.display())));
    }
    if cross.facts.identifier != new.facts.identifier {
        return Err(broken("its key identifier is not the new root's".into()));
    }
    if !old.facts.has_signed(&cross.der) {
        return Err(broken(format!("it was not signed by the root in {}", old.path.display())));
    }
    Ok(())
}

/// The subject of the root after this one: always another name, so that people and devices can tell
/// the two apart.
fn successor(old: &Facts, generation: u32) -> CaSubject {
    let (stem, number) = establish::numbered(&old.common_name);
    let number = number.map_or(generation, |number| generation.max(number.saturating_add(1)));
    let suffix = format!(" G{number}");
    let stem = establish::cut(stem, MAX_COMMON_NAME - suffix.len());
    CaSubject { organisation: old.organisation.clone(), common_name: format!("{stem}{suffix}") }
}

/// The domain of the names that browsers try the next root with, for the check host of the portal.
pub fn probe_domain(check_host: &HostName) -> Option<HostName> {
    HostName::from_text(&format!("next.{check_host}")).ok()
}

/// The domain that a probe is to sign for: the one that was asked for, else that of the probe before.
fn wanted_domain(asked: Option<&HostName>, known: Option<&Facts>) -> Result<HostName, CaError> {
    let bad = |host: &str| CaError::BadOption {
        option: "--check-host",
        value: host.to_owned(),
        why: "with `next.` before it, it is no name of a host".to_owned(),
    };
    if let Some(host) = asked {
        return probe_domain(host).ok_or_else(|| bad(host.as_str()));
    }
    if let Some([domain]) = known.map(|facts| facts.permitted_domains.as_slice()) {
        return Ok(domain.clone());
    }
    let usual = HostName::from_text(CHECK_HOST).ok();
    usual.as_ref().and_then(probe_domain).ok_or_else(|| bad(CHECK_HOST))
}

fn probe_name(root: &Facts) -> String {
    let name = root.common_name.replace(" Root CA ", " Probe CA ");
    match name == root.common_name {
        true => format!("{} Probe", establish::cut(&name, MAX_COMMON_NAME - " Probe".len())),
        false => name,
    }
}

/// Where the new root's list is, if lists are announced at all.
fn crl_url(before: &Facts, root: &Facts, generation: u32) -> Option<String> {
    let known = before.crl_url.as_deref().or(root.crl_url.as_deref())?;
    revocation::sibling_url(known, generation)
}

fn serial() -> Result<[u8; 16], CaError> {
    Ok(profile::serial(random::octets()?))
}

fn link(path: &Path, der: CertificateDer<'static>) -> Result<Link, CaError> {
    let facts = Facts::read(&der).map_err(|why| CaError::Broken {
        what: "certificate",
        path: path.into(),
        why,
    })?;
    Ok(Link { path: path.into(), der, facts })
}
