//! Firefox, Chrome and Edge: policies for browsers that have stores of their own, or that are managed
//! apart from their system.

use std::net::IpAddr;

use aws_lc_rs::digest;
use plist::{Dictionary, Value as Plist};
use serde_json::{Map, Value, json};

use super::Optional;
use super::apple::{self, PROFILE};
use super::kit::{Export, Kit, json};
use super::registry::{self, Key, Value as Registry};
use crate::ca::CaError;

const JSON: &str = "application/json";
const FIREFOX: &str = "SOFTWARE\\Policies\\Mozilla\\Firefox\\Certificates";
/// Of Chrome and Edge: the word in file names, the key of the registry, the domain on a Mac.
const CHROMES: [(&str, &str, &str); 2] = [
    ("chrome", "SOFTWARE\\Policies\\Google\\Chrome", "com.google.Chrome"),
    ("edge", "SOFTWARE\\Policies\\Microsoft\\Edge", "com.microsoft.Edge"),
];

/// Who takes what a browser's policy is made into: for Windows, its removal, for a Mac.
const CHROME: [&str; 3] = [
    "Chrome on Windows, where it is managed alone",
    "Chrome on Windows: the removal for it",
    "Chrome on a Mac, where it is managed alone",
];
const EDGE: [&str; 3] = [
    "Edge on Windows, where it is managed alone",
    "Edge on Windows: the removal for it",
    "Edge on a Mac, where it is managed alone",
];
const CONSTRAINTS: &str = "`--permit-domain` or `--block-address`";
/// The same policies for some names and addresses alone.
pub(super) const CONSTRAINED: [Optional; 7] = [
    constrained(
        "chrome-constrained",
        "Chrome, Chromium and Edge on Linux: trust for the permitted names and addresses alone",
    ),
    constrained("chrome-constrained-reg", "Chrome on Windows: the same constraints"),
    constrained("chrome-constrained-reg-remove", "Chrome on Windows: the removal for them"),
    constrained("chrome-constrained-macos", "Chrome on a Mac: the same constraints"),
    constrained("edge-constrained-reg", "Edge on Windows: the same constraints"),
    constrained("edge-constrained-reg-remove", "Edge on Windows: the removal for them"),
    constrained("edge-constrained-macos", "Edge on a Mac: the same constraints"),
];

const fn constrained(format: &'static str, audience: &'static str) -> Optional {
    Optional { format, audience, needs: CONSTRAINTS }
}

pub(super) fn files(kit: &Kit) -> Result<Vec<Export>, CaError> {
    let mut files = firefox(kit)?;
    files.extend(chrome(kit)?);
    Ok(files)
}

fn firefox(kit: &Kit) -> Result<Vec<Export>, CaError> {
    // Where linux/install.sh puts them, family by family; Firefox passes over what is not there.
    let places = kit.roots.iter().flat_map(|root| {
        let slug = &root.slug;
        [
            format!("/usr/local/share/ca-certificates/{slug}.crt"),
            format!("/etc/pki/ca-trust/source/anchors/{slug}.pem"),
            format!("/etc/ca-certificates/trust-source/anchors/{slug}.crt"),
            format!("/etc/pki/trust/anchors/{slug}.pem"),
        ]
    });
    let policy = json!({ "policies": { "Certificates": {
        "ImportEnterpriseRoots": true,
        "Install": places.collect::<Vec<_>>(),
    } } });
    let import = ("ImportEnterpriseRoots".to_owned(), Registry::Number(1));
    let key = Key { path: FIREFOX.to_owned(), values: vec![import] };
    let mut certificates = Dictionary::new();
    certificates.insert("ImportEnterpriseRoots".into(), true.into());
    let mut settings = Dictionary::new();
    settings.insert("EnterprisePoliciesEnabled".into(), true.into());
    settings.insert("Certificates".into(), Plist::Dictionary(certificates));
    Ok(vec![
        Export::new(
            "firefox",
            "Firefox on Linux: /etc/firefox/policies/policies.json, after linux/install.sh",
            "firefox/policies.json",
            json(&policy),
            JSON,
        ),
        registry::file(
            "firefox-reg",
            "Firefox on Windows: trust what Windows trusts",
            "firefox/firefox.reg",
            std::slice::from_ref(&key),
        ),
        registry::file(
            "firefox-reg-remove",
            "Firefox on Windows: the removal for it",
            "firefox/firefox-remove.reg",
            &[key.taken_back()],
        ),
        Export::new(
            "firefox-macos",
            "Firefox on a Mac: trust what macOS trusts",
            "firefox/firefox-macos.mobileconfig",
            apple::preferences(kit, "firefox", "org.mozilla.firefox", settings)?,
            PROFILE,
        ),
    ])
}

fn chrome(kit: &Kit) -> Result<Vec<Export>, CaError> {
    let policy = policy(kit, false);
    let mut files = vec![Export::new(
        "chrome",
        "Chrome, Chromium and Edge on Linux: /etc/opt/chrome/policies/managed, /etc/chromium/…, /etc/opt/edge/…",
        "chrome/policy.json",
        json(&Value::Object(policy.clone())),
        JSON,
    )];
    if constraints(kit).is_some() {
        files.push(Export::new(
            CONSTRAINED[0].format,
            CONSTRAINED[0].audience,
            "chrome/policy-constrained.json",
            json(&Value::Object(self::policy(kit, true))),
            JSON,
        ));
    }
    for (word, key, domain) in CHROMES {
        let edge = word == "edge";
        let (formats, audiences) = match edge {
            true => (["edge-reg", "edge-reg-remove", "edge-macos"], EDGE),
            false => (["chrome-reg", "chrome-reg-remove", "chrome-macos"], CHROME),
        };
        let whom = std::array::from_fn(|at| (formats[at], audiences[at]));
        files.extend(managed(kit, whom, word, (key, domain), &policy)?);
        if constraints(kit).is_some() {
            let first = if edge { 4 } else { 1 };
            let of = |at: usize| (CONSTRAINED[first + at].format, CONSTRAINED[first + at].audience);
            let word = format!("{word}-constrained");
            let policy = self::policy(kit, true);
            let whom = std::array::from_fn(of);
            files.extend(managed(kit, whom, &word, (key, domain), &policy)?);
        }
    }
    Ok(files)
}

/// A policy as Windows and macOS take it.
fn managed(
    kit: &Kit,
    [install, remove, macos]: [(&'static str, &'static str); 3],
    word: &str,
    (key, domain): (&str, &str),
    policy: &Map<String, Value>,
) -> Result<Vec<Export>, CaError> {
    let mut keys = Vec::new();
    let mut settings = Dictionary::new();
    for (name, value) in policy {
        let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
        if list.iter().all(Value::is_string) {
            let texts = list.iter().filter_map(Value::as_str);
            let values = texts.map(|text| (number(text), Registry::Text(text.to_owned())));
            keys.push(Key { path: format!("{key}\\{name}"), values: values.collect() });
        } else {
            // What is no list of texts stands in one value, as JSON.
            let value = (name.clone(), Registry::Text(value.to_string()));
            keys.push(Key { path: key.to_owned(), values: vec![value] });
        }
        settings.insert(name.clone(), property(value));
    }
    let gone: Vec<Key> = keys.iter().map(Key::taken_back).collect();
    let file = |ending: &str| format!("chrome/{word}{ending}");
    Ok(vec![
        registry::file(install.0, install.1, &file(".reg"), &keys),
        registry::file(remove.0, remove.1, &file("-remove.reg"), &gone),
        Export::new(
            macos.0,
            macos.1,
            file("-macos.mobileconfig"),
            apple::preferences(kit, word, domain, settings)?,
            PROFILE,
        ),
    ])
}

/// The number of a text in a list. Browsers take any that a signed word of 32 bits holds; policies of
/// others count from 1, and an installation must not write over theirs, nor a removal take them along.
fn number(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let first: [u8; 4] = std::array::from_fn(|at| hash.as_ref()[at]);
    (u32::from_be_bytes(first) & 0x3fff_ffff | 0x4000_0000).to_string()
}

/// What a policy says, in the words of macOS.
fn property(value: &Value) -> Plist {
    match value {
        Value::Array(list) => Plist::Array(list.iter().map(property).collect()),
        Value::Object(map) => {
            let pairs = map.iter().map(|(name, value)| (name.clone(), property(value)));
            Plist::Dictionary(pairs.collect())
        }
        Value::String(text) => Plist::from(text.as_str()),
        // Policies of ours hold nothing else.
        other => Plist::from(other.to_string()),
    }
}

/// The policy of Chrome and Edge.
fn policy(kit: &Kit, constrained: bool) -> Map<String, Value> {
    let mut policy = Map::new();
    let certificates = kit.roots.iter().map(super::kit::Root::base64);
    match constraints(kit).filter(|_| constrained) {
        Some(constraints) => {
            let of =
                |certificate| json!({ "certificate": certificate, "constraints": constraints });
            policy
                .insert("CACertificatesWithConstraints".to_owned(), certificates.map(of).collect());
        }
        // The bare base 64 of the certificate; with the lines of PEM it would be passed over.
        None => {
            policy.insert("CACertificates".to_owned(), certificates.map(Value::from).collect());
        }
    }
    let spaces = kit.options.block_addresses.iter().map(|ip| match ip {
        IpAddr::V4(ip) => format!("{ip}/32=public"),
        IpAddr::V6(ip) => format!("[{ip}]/128=public"),
    });
    let spaces: Vec<Value> = spaces.map(Value::from).collect();
    if !spaces.is_empty() {
        policy.insert("LocalNetworkAccessIpAddressSpaceOverrides".to_owned(), spaces.into());
    }
    policy
}

/// What the root may be used for. A kind that is not named is not constrained, so that block addresses
/// alone leave every name.
fn constraints(kit: &Kit) -> Option<Value> {
    let mut constraints = Map::new();
    let names: Vec<Value> =
        kit.options.permitted_domains.iter().map(|name| name.as_str().into()).collect();
    if !names.is_empty() {
        constraints.insert("permitted_dns_names".to_owned(), names.into());
    }
    let ranges = kit.options.block_addresses.iter().map(|ip| match ip {
        IpAddr::V4(ip) => format!("{ip}/32"),
        IpAddr::V6(ip) => format!("{ip}/128"),
    });
    let ranges: Vec<Value> = ranges.map(Value::from).collect();
    if !ranges.is_empty() {
        constraints.insert("permitted_cidrs".to_owned(), ranges.into());
    }
    (!constraints.is_empty()).then_some(Value::Object(constraints))
}
