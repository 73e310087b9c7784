//! The exported policies in the browsers that they are for: with one a page is served, without it refused.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::support::browser::{self, Browser, Profile, Start};
use crate::support::ca::blockhouse_ca;
use crate::support::dns::Dns;
use crate::support::namespace::{BLOCKED_V4, Namespace};
use crate::support::server::{Blockhouse, folder_with_root};
use crate::support::site::{NAME, Site};

/// A block address of a kind that browsers count as local.
const LOCAL: &str = "10.53.0.1";

/// A browser's way to a block page, and the kit of the root behind it.
struct Place {
    blockhouse: Blockhouse,
    _dns: Dns,
    site: Site,
    space: Arc<Namespace>,
    kit: PathBuf,
}

impl Place {
    /// What `lay` makes of the kit lies over `/etc`.
    fn new(export: &[&str], lay: impl FnOnce(&Path, &Path)) -> Self {
        let folder = folder_with_root(&[]);
        blockhouse_ca(folder.path(), &[&["export", "--all", "kit"], export].concat()).ok();
        let kit = folder.path().join("kit");
        let etc = folder.path().join("etc");
        fs::create_dir(&etc).unwrap();
        lay(&kit, &etc);
        let mut space = Namespace::new();
        space.lay_over_etc(&etc);
        let words = ["address", "add", &format!("{LOCAL}/32"), "dev", "net0"];
        assert!(space.command("ip").args(words).status().unwrap().success());
        let space = Arc::new(space);
        let local = format!("--address=/local.test/{LOCAL}");
        let no_v6 = "--address=/local.test/".to_owned();
        let dns = Dns::start(&space, NAME, &[&local, &no_v6]);
        let page = "<!doctype html><title>A page</title><link rel=icon href=data:,>".to_owned();
        let site = Site::start(&space, HashMap::from([("/page", page)]));
        let blockhouse = Blockhouse::start(folder, &config(), &space.wrap());
        Self { blockhouse, _dns: dns, site, space, kit }
    }

    /// A browser that trusts the site, and what the policies say.
    fn open(&self, start: Start) -> Box<dyn Browser> {
        let root = self.site.root();
        let roots = [root.as_path()];
        let profile = Profile::with(&roots);
        start(&self.space, &profile)
    }

    /// Expects that a browser visits a page without a warning.
    #[track_caller]
    fn served(&self, start: Start, host: &str) {
        let visit = self.visit(start, host);
        assert!(visit.as_ref().is_ok_and(|by| by.contains("Test Organisation")), "{visit:?}");
    }

    /// Expects that a browser refuses the certificate of a page, and says so to the server.
    #[track_caller]
    fn refused(&self, start: Start, host: &str) {
        let visit = self.visit(start, host);
        assert!(visit.is_err(), "{visit:?}");
        self.blockhouse.event(|event| {
            let alert = event["alert"].as_str().unwrap_or_default();
            event["host"] == host && alert != "closed" && !alert.is_empty()
        });
    }

    /// The error of a visit, or the issuer of the page.
    fn visit(&self, start: Start, host: &str) -> Result<String, String> {
        let mut browser = self.open(start);
        browser.goto(&format!("https://{host}/"))?;
        assert!(browser.text().contains(host), "{}", browser.text());
        let security = browser.security();
        assert!(security.secure, "{security:?}");
        Ok(security.issuer)
    }
}

fn config() -> String {
    format!(
        r#"
[organisation]
name = "Test Organisation"
contact = "help@organisation.example"

[listen]
https = ["{BLOCKED_V4}:443", "{LOCAL}:443"]
http = ["{BLOCKED_V4}:80"]

[ca]
directory = "certs"

[cookies]
key_file = "certs/cookie.keys"

[policies.default]
default_action = "block"
"#
    )
}

/// Puts one file of the kit where a system has it.
fn put(kit: &Path, file: &str, etc: &Path, place: &str) {
    let place = etc.join(place);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::copy(kit.join(file), place).unwrap();
}

const CHROMIUM: &str = "chromium/policies/managed/blockhouse.json";

#[test]
fn chromium_serves_by_the_policy_alone() {
    let place = Place::new(&[], |_, _| {});
    place.refused(browser::chromium, "github.com");
    let place = Place::new(&[], |kit, etc| put(kit, "chrome/policy.json", etc, CHROMIUM));
    place.served(browser::chromium, "github.com");
}

#[test]
fn chromium_keeps_to_the_constraints() {
    let options = ["--permit-domain", "inner.test", "--permit-domain", "example.net"];
    let place = Place::new(&options, |kit, etc| {
        put(kit, "chrome/policy-constrained.json", etc, CHROMIUM);
    });
    for host in ["inner.test", "a.inner.test", "example.net"] {
        place.served(browser::chromium, host);
    }
    place.refused(browser::chromium, "github.com");
}

/// A part of a public page that is blocked, at a local address: without the policy the person is asked,
/// and a browser without a window says no.
#[test]
fn chromium_does_not_count_block_addresses_as_local() {
    for (options, expected) in [
        (&[][..], "TypeError"),
        (&["--block-address", LOCAL, "--block-address", "fd00::1"], "opaque"),
    ] {
        let place = Place::new(options, |kit, etc| put(kit, "chrome/policy.json", etc, CHROMIUM));
        let policy = fs::read(place.kit.join("chrome/policy.json")).unwrap();
        let policy: Value = serde_json::from_slice(&policy).unwrap();
        let overrides = policy.get("LocalNetworkAccessIpAddressSpaceOverrides");
        assert_eq!(overrides.is_some(), !options.is_empty());
        let mut browser = place.open(browser::chromium);
        browser.goto(&format!("https://{NAME}/page")).unwrap();
        let outcome = browser.word(
            "fetch('https://local.test/', { mode: 'no-cors' }).then(got => got.type, error => error.name)",
        );
        assert_eq!(outcome, expected, "{options:?} {:?}", browser.failed());
    }
}

#[test]
fn firefox_serves_by_the_policy_and_the_file_alone() {
    let policy = |kit: &Path, etc: &Path| {
        put(kit, "firefox/policies.json", etc, "firefox/policies/policies.json");
    };
    // The policy names files, which linux/install.sh puts there.
    let place = Place::new(&[], policy);
    place.refused(browser::firefox, "github.com");
    for folder in
        ["ca-certificates/trust-source/anchors/*.crt", "pki/ca-trust/source/anchors/*.pem"]
    {
        let place = Place::new(&[], |kit, etc| {
            policy(kit, etc);
            put(kit, "root.pem", etc, &folder.replace('*', &slug(kit)));
        });
        place.served(browser::firefox, "github.com");
    }
}

/// The name under which the scripts install the root.
fn slug(kit: &Path) -> String {
    let entries = fs::read_dir(kit.join("linux")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let found: Vec<_> =
        names.filter_map(|name| Some(name.strip_suffix(".p11-kit")?.to_owned())).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}
