//! Making an authority, and its next issuing CA. All checks come before the first file is written.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use time::{Date, Month};
use zeroize::Zeroizing;

use super::inspect::{self, Facts, fingerprint_sha1, fingerprint_sha256};
use super::issue::sign_crl;
use super::key::{self, CaKey, KeyKind};
use super::profile::{self, BACKDATE, CaSubject, Exclusions, MAX_COMMON_NAME, Validity};
use super::revocation::{self, ROOT_CRL_LIFETIME};
use super::standing::Standing;
use super::store::{self, Output};
use super::token::{self, TokenPlace};
use super::{CaError, chain};
use crate::clock::Time;
use crate::host::{Host, HostName};
use crate::random;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// With two days of backdating this makes 398, the longest that any client ever asked of a CA/B
/// certificate; an issuing CA is renewed long before.
const MAX_ISSUING_DAYS: u32 = 396;
/// A root's keys should be young enough for the algorithms of their day.
const MAX_YEARS: u32 = 25;
/// The longest organisation name (RFC 5280 appendix A.1, `ub-organization-name`).
pub(super) const MAX_ORGANISATION: usize = 64;

/// What `init` is to make.
#[derive(Debug, Clone)]
pub struct InitPlan {
    /// The organisation's name as it stands in the subjects.
    pub organisation: String,
    /// The name of the authority, before ` Root CA G1`; the organisation and `Blockhouse` if unset.
    pub common_name: Option<String>,
    /// The kind of the root's key.
    pub key: KeyKind,
    /// How long the root lives, in years.
    pub years: u32,
    /// How long the issuing CA lives, in days.
    pub issuing_days: u32,
    /// Domains that leaves can never be signed for.
    pub exclude_domains: Vec<HostName>,
    /// Whether leaves for IP addresses are excluded too.
    pub exclude_addresses: bool,
    /// What the keys are encrypted with.
    pub passphrase: Option<Zeroizing<Vec<u8>>>,
    /// Whether the root signs leaves by itself.
    pub single_tier: bool,
    /// The host that will serve the root's revocation list, with a port if it is not 80.
    pub crl_host: Option<String>,
    /// The token in which the issuing CA's key is made.
    pub token: Option<TokenPlace>,
}

impl InitPlan {
    /// The plan that needs no choice: a P-256 root of ten years, and an issuing CA of one.
    pub fn new(organisation: &str) -> Self {
        Self {
            organisation: organisation.to_owned(),
            common_name: None,
            key: KeyKind::P256,
            years: 10,
            issuing_days: 365,
            exclude_domains: Vec::new(),
            exclude_addresses: false,
            passphrase: None,
            single_tier: false,
            crl_host: None,
            token: None,
        }
    }
}

/// What `init` made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Created {
    /// The root certificate, for the devices.
    pub root: PathBuf,
    /// The root's key, for a safe.
    pub root_key: PathBuf,
    /// The issuing CA's certificate, unless it is a single-tier authority.
    pub issuing: Option<PathBuf>,
    /// The root's revocation list.
    pub crl: PathBuf,
    /// The root's SHA-256 fingerprint.
    pub sha256: String,
    /// The root's SHA-1 fingerprint.
    pub sha1: String,
    /// The root's common name.
    pub common_name: String,
    /// When the root ends.
    pub not_after: Time,
    /// When the issuing CA ends.
    pub issuing_not_after: Option<Time>,
}

/// What `renew` is to make: the subject, and the exclusions, come from the CA before.
#[derive(Debug, Clone)]
pub struct RenewPlan {
    /// How long the issuing CA lives, in days.
    pub issuing_days: u32,
    /// Domains to exclude beside those of the CA before.
    pub exclude_domains: Vec<HostName>,
    /// Whether addresses are excluded, if they were not before.
    pub exclude_addresses: bool,
    /// What opens the root's key and encrypts the new one.
    pub passphrase: Option<Zeroizing<Vec<u8>>>,
    /// The host that serves the root's revocation list, if it was not set before or has changed.
    pub crl_host: Option<String>,
    /// The token in which the issuing CA's key is made.
    pub token: Option<TokenPlace>,
    /// Whether it may be made in a file although that of the CA before is not in one.
    pub key_in_file: bool,
}

/// What `renew` made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Renewed {
    /// The new issuing CA's certificate.
    pub issuing: PathBuf,
    /// Its common name.
    pub common_name: String,
    /// When it ends.
    pub not_after: Time,
}

/// Makes an authority in a folder that has none.
///
/// # Errors
/// [`CaError::BadOption`] for a plan that cannot be, [`CaError::File`] when any of the files is
/// there, and whatever stops a file from being written. Nothing is left behind then.
pub fn init(directory: &Path, plan: &InitPlan, now: Time) -> Result<Created, CaError> {
    let name = authority_name(plan)?;
    let crl_url = plan.crl_host.as_deref().map(|host| crl_url(host, 1)).transpose()?;
    check_days(plan.issuing_days)?;
    let not_before = now.minus(BACKDATE);
    let not_after = years_later(now, plan.years)?;
    let (root_path, root_key) =
        (store::root_certificate(directory, 1), store::root_key(directory, 1));
    let (issuing_path, issuing_key) = store::issuing(directory, 1);
    let crl_path = store::root_crl(directory, 1);
    // After a rotation the first root is no more in its place.
    let rotation = Standing::path(directory);
    for path in [&root_path, &root_key, &issuing_path, &issuing_key, &crl_path, &rotation] {
        store::refuse_existing(path)?;
    }

    let organisation = Some(plan.organisation.trim().to_owned());
    let excluded = Exclusions {
        domains: without_copies(&plan.exclude_domains),
        addresses: plan.exclude_addresses,
        outside_of: None,
    };
    let subject =
        CaSubject { organisation: organisation.clone(), common_name: format!("{name} Root CA G1") };
    let (signing_key, pkcs8) = CaKey::generate(plan.key)?;
    let validity = Validity { not_before, not_after };
    // Constraints belong on the issuing CA, and on the root only where there is no other.
    let on_root = if plan.single_tier { excluded.clone() } else { Exclusions::default() };
    let serial = profile::serial(random::octets()?);
    let params =
        profile::root(&subject, &key::key_identifier(&signing_key), serial, validity, &on_root);
    let root: CertificateDer<'static> = params
        .self_signed(&signing_key)
        .map_err(|source| CaError::Sign { what: "the root", source })?
        .into();
    let root_facts = Facts::read(&root).map_err(|why| CaError::Broken {
        what: "root certificate",
        path: root_path.clone(),
        why,
    })?;
    let signer = rcgen::Issuer::new(params, signing_key);
    let list = Validity { not_before, not_after: now.plus(ROOT_CRL_LIFETIME).min(not_after) };
    let crl = sign_crl(&signer, &root_facts, 1, list)?;

    let key = key::to_pem(&pkcs8, plan.passphrase.as_ref())?;
    let key = match plan.single_tier {
        true => Output::secret(&root_key, key),
        false => Output::root_secret(&root_key, key),
    };
    let mut made = vec![key, Output::list(&crl_path, crl)];
    let mut issuing_not_after = None;
    if !plan.single_tier {
        let subject = CaSubject { organisation, common_name: format!("{name} Issuing CA G1") };
        let below = Issuing {
            subject,
            days: plan.issuing_days,
            excluded,
            crl_url,
            kind: plan.key.for_issuing(),
            token: plan.token.as_ref(),
        }
        .make(&signer, &root_facts, now)?;
        made.extend(below.outputs(&issuing_path, &issuing_key, plan.passphrase.as_ref())?);
        issuing_not_after = Some(below.not_after);
    }
    // Last: with it the folder has an authority.
    made.push(Output::certificate(&root_path, &root)?);
    store::make_folder(directory)?;
    let standing = plan.single_tier.then(Standing::single_tier);
    store::commit(directory, &made, standing)?;
    Ok(Created {
        root: root_path,
        root_key,
        issuing: (!plan.single_tier).then_some(issuing_path),
        crl: crl_path,
        sha256: fingerprint_sha256(&root),
        sha1: fingerprint_sha1(&root),
        common_name: subject.common_name,
        not_after,
        issuing_not_after,
    })
}

/// Makes the next issuing CA under the root in use, with a new key. The one before stays, for the
/// leaves it signed.
///
/// # Errors
/// [`CaError`] when the root or its key cannot be used or a file cannot be written.
pub fn renew(directory: &Path, plan: &RenewPlan, now: Time) -> Result<Renewed, CaError> {
    check_days(plan.issuing_days)?;
    let standing = Standing::read(directory)?;
    let generation = standing.in_use();
    let new_url = plan.crl_host.as_deref().map(|host| crl_url(host, generation)).transpose()?;
    let (root, signer) = store::load_root(directory, generation, plan.passphrase.as_ref(), now)?;
    if plan.token.is_none() && !plan.key_in_file {
        refuse_leaving_token(directory)?;
    }
    let before = before(directory, &root.facts)?;
    let excluded = carry_over(&before, &plan.exclude_domains, plan.exclude_addresses);
    let url = new_url.or_else(|| revocation::sibling_url(before.crl_url.as_deref()?, generation));
    let number = store::next_generation(directory)?;
    let below = Issuing {
        subject: issuing_subject(&before, number),
        days: plan.issuing_days,
        excluded,
        crl_url: url,
        kind: signer.key().kind().for_issuing(),
        token: plan.token.as_ref(),
    };
    let (certificate, key_path) = refuse_taken(directory, number)?;
    let common_name = below.subject.common_name.clone();
    let below = below.make(&signer, &root.facts, now)?;
    let outputs = below.outputs(&certificate, &key_path, plan.passphrase.as_ref())?;
    // From now on there is to be an issuing CA.
    let changed = standing.single_tier.then_some(Standing { single_tier: false, ..standing });
    store::commit(directory, &outputs, changed)?;
    Ok(Renewed { issuing: certificate, common_name, not_after: below.not_after })
}

/// The CA whose subject and exclusions the next issuing CA inherits.
pub(super) fn before(directory: &Path, root: &Facts) -> Result<Facts, CaError> {
    match store::generations(directory)?.first() {
        Some(number) => Ok(chain::load(directory, *number)?.ca.facts),
        None => Ok(root.clone()),
    }
}

/// Refuses to let a key become a file unasked, after one that was kept in a token: a server would take
/// the file, and go on without the token.
pub(super) fn refuse_leaving_token(directory: &Path) -> Result<(), CaError> {
    let Some(number) = store::generations(directory)?.first().copied() else { return Ok(()) };
    let (certificate, key) = store::issuing(directory, number);
    match key.symlink_metadata() {
        Ok(_) => Ok(()),
        Err(_) => Err(CaError::TokenOrFile { certificate }),
    }
}

fn without_copies(domains: &[HostName]) -> Vec<HostName> {
    let mut seen = HashSet::new();
    domains.iter().filter(|domain| seen.insert(*domain)).cloned().collect()
}

/// What was excluded before, and what is to be from now on.
pub(super) fn carry_over(before: &Facts, domains: &[HostName], addresses: bool) -> Exclusions {
    let new = without_copies(domains);
    let new = new.into_iter().filter(|new| !before.excluded_domains.contains(new));
    Exclusions {
        domains: before.excluded_domains.iter().cloned().chain(new).collect(),
        addresses: addresses || inspect::excludes_all_addresses(before),
        outside_of: None,
    }
}

/// The subject of the issuing CA of this generation.
pub(super) fn issuing_subject(before: &Facts, generation: u32) -> CaSubject {
    let (stem, _) = numbered(&before.common_name);
    let stem = match before.self_signed {
        // Never the root's own name: clients would take the one for the other.
        true => {
            let stem = stem.strip_suffix(" CA").unwrap_or(stem);
            format!("{} Issuing CA", stem.strip_suffix(" Root").unwrap_or(stem))
        }
        false => stem.to_owned(),
    };
    let suffix = format!(" G{generation}");
    CaSubject {
        organisation: before.organisation.clone(),
        common_name: format!("{}{suffix}", cut(&stem, MAX_COMMON_NAME - suffix.len())),
    }
}

/// The name of a CA without the number of its generation (`X Root CA G2`), and the number.
pub(super) fn numbered(name: &str) -> (&str, Option<u32>) {
    let number = |number: &str| number.parse().ok();
    match name.rsplit_once(" G").map(|(stem, end)| (stem, number(end))) {
        Some((stem, Some(number))) => (stem, Some(number)),
        _ => (name, None),
    }
}

/// The first `most` characters.
pub(super) fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| text[..end].trim_end())
}

/// The paths of a generation of which nothing may be there yet.
pub(super) fn refuse_taken(directory: &Path, number: u32) -> Result<(PathBuf, PathBuf), CaError> {
    let (certificate, key) = store::issuing(directory, number);
    let request = store::request(directory, number);
    if request.symlink_metadata().is_ok() {
        return Err(CaError::Step {
            step: "make the next issuing CA",
            why: format!(
                "the request {} waits for its certificate; `blockhouse-ca import` takes it up, or \
                 move the request and its key away",
                request.display()
            ),
        });
    }
    for path in [&certificate, &key, &store::between(directory, number)] {
        store::refuse_existing(path)?;
    }
    Ok((certificate, key))
}

/// An issuing CA to be made.
pub(super) struct Issuing<'a> {
    pub(super) subject: CaSubject,
    pub(super) days: u32,
    pub(super) excluded: Exclusions,
    pub(super) crl_url: Option<String>,
    pub(super) kind: KeyKind,
    pub(super) token: Option<&'a TokenPlace>,
}

/// An issuing CA that was made, and is to be written.
pub(super) struct Below {
    pub(super) der: CertificateDer<'static>,
    pub(super) key: CaKey,
    /// None when the key is in a token.
    pkcs8: Option<Zeroizing<Vec<u8>>>,
    pub(super) not_after: Time,
}

impl Issuing<'_> {
    /// Makes it under a root.
    pub(super) fn make(
        &self,
        signer: &rcgen::Issuer<'static, CaKey>,
        root: &Facts,
        now: Time,
    ) -> Result<Below, CaError> {
        let (key, pkcs8) = new_key(self.kind, self.token)?;
        let validity = Validity {
            not_before: now.minus(BACKDATE).max(root.not_before),
            not_after: now.plus(DAY * self.days).min(root.not_after),
        };
        let serial = profile::serial(random::octets()?);
        let identifier = key::key_identifier(&key);
        let url = self.crl_url.as_deref();
        let der: CertificateDer<'static> =
            profile::issuing(&self.subject, &identifier, serial, validity, &self.excluded, url)
                .signed_by(&key, signer)
                .map_err(|source| CaError::Sign { what: "the issuing CA", source })?
                .into();
        debug_assert!(root.has_signed(&der));
        Ok(Below { der, key, pkcs8, not_after: validity.not_after })
    }
}

impl Below {
    /// Its files: the certificate, and the key if it is not in a token.
    pub(super) fn outputs(
        &self,
        certificate: &Path,
        key: &Path,
        passphrase: Option<&Zeroizing<Vec<u8>>>,
    ) -> Result<Vec<Output>, CaError> {
        let mut made = Vec::new();
        if let Some(pkcs8) = &self.pkcs8 {
            made.push(Output::secret(key, key::to_pem(pkcs8, passphrase)?));
        }
        made.push(Output::certificate(certificate, &self.der)?);
        Ok(made)
    }
}

/// Makes the key of an issuing CA: in the token if there is one, else for a file.
#[allow(clippy::type_complexity, reason = "a key, and what its file would hold")]
pub(super) fn new_key(
    kind: KeyKind,
    token: Option<&TokenPlace>,
) -> Result<(CaKey, Option<Zeroizing<Vec<u8>>>), CaError> {
    match token {
        Some(place) => Ok((CaKey::in_token(token::generate(place, kind)?), None)),
        None => CaKey::generate(kind).map(|(key, pkcs8)| (key, Some(pkcs8))),
    }
}

fn authority_name(plan: &InitPlan) -> Result<String, CaError> {
    let organisation = check_text("--org", &plan.organisation, MAX_ORGANISATION)?;
    let Some(given) = &plan.common_name else {
        let name = format!("{organisation} Blockhouse");
        // A long organisation leaves no room: it stands in the subject anyway.
        let fits = name.chars().count() + SUFFIX_ROOM <= MAX_COMMON_NAME;
        return Ok(if fits { name } else { "Blockhouse".into() });
    };
    let name = check_text("--cn", given, MAX_COMMON_NAME - SUFFIX_ROOM)?;
    let name = name.strip_suffix(" G1").unwrap_or(name);
    Ok(name.strip_suffix(" Root CA").unwrap_or(name).to_owned())
}

/// Room for ` Issuing CA G` and three digits.
const SUFFIX_ROOM: usize = 16;

pub(super) fn check_text<'a>(
    option: &'static str,
    value: &'a str,
    most: usize,
) -> Result<&'a str, CaError> {
    let bad = |why: String| CaError::BadOption { option, value: value.into(), why };
    let trimmed = value.trim();
    if trimmed.is_empty() {
        return Err(bad(
            "it is empty; give the name that people on the devices will recognise".into()
        ));
    }
    let length = trimmed.chars().count();
    if length > most {
        return Err(bad(format!("it has {length} characters and certificates allow {most}")));
    }
    if trimmed.chars().any(char::is_control) {
        return Err(bad("it has a control character".into()));
    }
    Ok(trimmed)
}

pub(super) fn check_days(days: u32) -> Result<(), CaError> {
    if (1..=MAX_ISSUING_DAYS).contains(&days) {
        return Ok(());
    }
    Err(CaError::BadOption {
        option: "--issuing-days",
        value: days.to_string(),
        why: format!(
            "an issuing CA lives 1 to {MAX_ISSUING_DAYS} days; run `renew` before it ends"
        ),
    })
}

/// The same day, so many years on; the last of February falls back to the 28th.
pub(super) fn years_later(now: Time, years: u32) -> Result<Time, CaError> {
    let bad = || CaError::BadOption {
        option: "--years",
        value: years.to_string(),
        why: format!("a root lives 1 to {MAX_YEARS} years"),
    };
    if !(1..=MAX_YEARS).contains(&years) {
        return Err(bad());
    }
    let from = now.to_offset();
    let year = from.year() + i32::try_from(years).map_err(|_| bad())?;
    let date = Date::from_calendar_date(year, from.month(), from.day())
        .or_else(|_| Date::from_calendar_date(year, Month::February, 28))
        .map_err(|_| bad())?;
    Ok(Time::from_unix(from.replace_date(date).unix_timestamp()))
}

fn crl_url(host: &str, generation: u32) -> Result<String, CaError> {
    let bad = |why: String| CaError::BadOption { option: "--crl-host", value: host.into(), why };
    let parsed = Host::from_authority(host).map_err(|error| bad(error.to_string()))?;
    let port = host.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    let port =
        port.filter(|_| !host.ends_with(']')).map(|port| format!(":{port}")).unwrap_or_default();
    let name = revocation::list_name(generation);
    Ok(format!("http://{}{port}/crl/{name}", parsed.to_url_host()))
}
