//! What people see: real Chromium and Firefox, a real dnsmasq that redirects them, on real ports.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::support::browser::{self, Browser, DEADLINE, Profile, Start, artefacts, in_both};
use crate::support::dns::Dns;
use crate::support::namespace::{BLOCKED_V4, BLOCKED_V6, Namespace};
use crate::support::server::{Blockhouse, folder_with_root};
use crate::support::site::{NAME, Site};

in_both! {
    block_page_on_hsts_names
    warning_and_continue
    cookies_off
    a_page_with_forty_blocked_parts
    languages
    pictures
}

/// Everything between a browser and its page.
struct Place {
    blockhouse: Blockhouse,
    dns: Dns,
    site: Site,
    space: Arc<Namespace>,
}

impl Place {
    fn new() -> Self {
        Self::with(&[])
    }

    /// A place whose dnsmasq has these options besides.
    fn with(options: &[&str]) -> Self {
        let space = Arc::new(Namespace::new());
        let dns = Dns::start(&space, NAME, options);
        let pages = HashMap::from([
            ("/parts", include_str!("sample.html").to_owned()),
            ("/frame", FRAME.to_owned()),
        ]);
        let site = Site::start(&space, pages);
        let blockhouse = Blockhouse::start(folder_with_root(&[]), &config(), &space.wrap());
        Self { blockhouse, dns, site, space }
    }

    fn open(&self, start: Start, cookies: bool, languages: &str) -> Box<dyn Browser> {
        let (ours, theirs) = (self.blockhouse.root(), self.site.root());
        let roots = [ours.as_path(), &theirs];
        let profile = Profile { cookies, languages, ..Profile::with(&roots) };
        start(&self.space, &profile)
    }

    /// Ends Blockhouse and gives its events that are about this host.
    fn events(self, host: &str) -> Vec<Value> {
        let mut events = self.blockhouse.stop();
        events.retain(|event| event["host"] == host);
        events
    }
}

fn config() -> String {
    format!(
        r#"
[organisation]
name = "Example School"
contact = "help@school.example"

[listen]
https = ["{BLOCKED_V4}:443", "[{BLOCKED_V6}]:443"]
http = ["{BLOCKED_V4}:80", "[{BLOCKED_V6}]:80"]

[ca]
directory = "certs"

[cookies]
key_file = "certs/cookie.keys"

[categories.malware]
class = "security"
title = "Malware"
reason = "This site spreads harmful software."
hosts = ["malware.test"]

[categories.games]
class = "content"
title = "Games"
reason = "Games wait until after school."
hosts = ["accounts.google.com", "github.com", "games.test"]

[categories.social]
class = "content"
title = "Social networks"
reason = "Please think before you post."
hosts = ["social.test"]

[policies.default]
default_action = "block"

[[policies.default.rules]]
action = "block"
categories = ["malware", "games"]

[[policies.default.rules]]
action = "warn"
categories = ["social"]
"#
    )
}

const FRAME: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
<link rel="icon" href="data:,"><h1>A page of the site</h1><p>With a blocked frame:</p>
<iframe title="part" src="https://games.test/play" style="width:300px;height:250px;border:1px solid gray">
</iframe>"#;

mod check {
    use super::*;

    pub(super) fn block_page_on_hsts_names(start: Start) {
        let place = Place::new();
        let mut browser = place.open(start, true, "en");
        for host in ["accounts.google.com", "github.com"] {
            browser.goto(&format!("https://{host}/some/path?q=1")).unwrap();
            assert!(browser.text().contains(host), "{}", browser.text());
            assert!(browser.text().contains("Games wait until after school."));
            assert!(browser.title().contains(host));
            assert_eq!(browser.status(), 403);
            assert!(browser.url().starts_with(&format!("https://{host}/some/path?q=1")));
            let security = browser.security();
            assert!(security.secure, "{security:?}");
            assert!(security.issuer.contains("Test Organisation"), "{security:?}");
            assert!(place.dns.was_asked("A", host), "{}", place.dns.said());
        }
        drop(browser);
        let events = place.events("github.com");
        assert!(events.iter().any(|event| event["event"] == "block_page"), "{events:#?}");
        // Browsers open connections ahead and close them unused; only an alert is a refusal.
        let refused =
            |event: &Value| event["alert"].as_str().is_some_and(|alert| alert != "closed");
        assert!(!events.iter().any(refused), "{events:#?}");
    }

    pub(super) fn warning_and_continue(start: Start) {
        let place = Place::new();
        let mut browser = place.open(start, true, "en");
        let address = "https://social.test/a/b?c=d";
        browser.goto(address).unwrap();
        assert!(browser.text().contains("Please think before you post."), "{}", browser.text());
        browser.follow("main form [type=submit]").unwrap();
        assert!(browser.url().starts_with(address), "{}", browser.url());
        // The grant holds for the visits that follow, and for the site's other hosts.
        for address in [address, "https://www.social.test/"] {
            browser.goto(address).unwrap();
            let still_asks = browser.eval("document.querySelector('main form') !== null");
            assert_eq!(still_asks, false, "{}", browser.html());
        }
        drop(browser);
        let events = place.events("social.test");
        let grants = events.iter().filter(|event| event["event"] == "grant").count();
        assert_eq!(grants, 1, "{events:#?}");
    }

    pub(super) fn cookies_off(start: Start) {
        let place = Place::new();
        let mut browser = place.open(start, false, "en");
        for (host, reason) in [
            ("games.test", "Games wait until after school."),
            ("social.test", "Please think before you post."),
        ] {
            browser.goto(&format!("https://{host}/x")).unwrap();
            let text = browser.text();
            assert!(text.contains("cookies"), "{text}");
            assert!(text.contains(host), "{text}");
            assert!(text.contains(reason), "{text}");
        }
        drop(browser);
        let events = place.events("games.test");
        let pages = events.iter().filter(|event| event["event"] == "cookies_page").count();
        assert_eq!(pages, 1, "{events:#?}");
        let requests = events.iter().filter(|event| event["request"].is_string()).count();
        assert!(requests <= 3, "no loop: {events:#?}");
    }

    pub(super) fn a_page_with_forty_blocked_parts(start: Start) {
        let place = Place::new();
        let mut browser = place.open(start, true, "en");
        browser.goto(&format!("https://{NAME}/parts")).unwrap();
        let outcomes = browser.eval("settled");
        let outcomes = outcomes.as_object().unwrap();
        let report = serde_json::json!({
            "outcomes": outcomes,
            "load event, ms": browser.eval("performance.timing.loadEventEnd - performance.timing.navigationStart"),
            "console": browser.complaints(),
            "failed": browser.failed(),
        });
        let report = serde_json::to_string_pretty(&report).unwrap();
        let file = artefacts().join(format!("parts-{}.json", browser.name()));
        std::fs::write(file, &report).unwrap();
        browser.screenshot("parts", 1280, false);
        assert_eq!(outcomes.len(), 40, "parts hang that are not here: {report}");
        assert!(browser.text().contains("This sentence belongs to the site."));
        // Chromium itself writes a line for each `fetch`, XHR and WebSocket that is answered with an
        // error, and for a font without glyphs: no answer that code can tell from success avoids it.
        let loud = |line: &&String| !["403", "font"].iter().any(|word| line.contains(word));
        let complaints = browser.complaints();
        let other: Vec<_> = complaints.iter().filter(loud).collect();
        assert!(other.len() <= 2, "the console is not quiet: {other:#?}");
        assert_eq!(outcomes["fetch"], "done", "{report}");
        assert_eq!(outcomes["script sync"], "load", "{report}");
        // A beacon has no outcome in the page; the event shows that it came and was answered.
        place.blockhouse.event(|event| event["host"] == "beacon.tracker.test");
    }

    pub(super) fn languages(start: Start) {
        let place = Place::new();
        for (wanted, language, direction) in
            [("en-GB,en", "en", "ltr"), ("de-CH,de,en", "de", "ltr"), ("ar,en", "ar", "rtl")]
        {
            let mut browser = place.open(start, true, wanted);
            browser.goto("https://games.test/").unwrap();
            assert_eq!(browser.word("document.documentElement.lang"), language);
            assert_eq!(browser.word("document.documentElement.dir"), direction);
            // The badge stands before the words, whichever side that is.
            let left = browser.eval(
                "document.querySelector('.badge').getBoundingClientRect().left <
                 document.querySelector('h1').getBoundingClientRect().left",
            );
            assert_eq!(left, direction == "ltr");
            // The name itself is never turned round.
            assert!(browser.text().contains("games.test"));
            browser.screenshot(&format!("block-{language}"), 320, false);
        }
    }

    pub(super) fn pictures(start: Start) {
        let place = Place::new();
        let mut browser = place.open(start, true, "en");
        let frame = format!("https://{NAME}/frame");
        for (name, address) in [
            ("block", "https://games.test/"),
            ("block-security", "https://malware.test/"),
            ("block-unlisted", "https://a-very-long-name.of-many-labels.nobody-listed.test/"),
            ("warn", "https://social.test/"),
            ("frame", &frame),
        ] {
            browser.goto(address).unwrap();
            all_pictures(&mut *browser, name);
        }
        let mut browser = place.open(start, false, "en");
        browser.goto("https://social.test/").unwrap();
        all_pictures(&mut *browser, "cookies");
    }
}

fn all_pictures(browser: &mut dyn Browser, name: &str) {
    for width in [1280, 320] {
        for dark in [false, true] {
            browser.screenshot(name, width, dark);
            let wide = browser.eval("document.documentElement.scrollWidth").as_u64().unwrap();
            assert!(wide <= u64::from(width), "{name} is {wide} wide at {width}");
        }
    }
}

/// The real site announced HTTP/3 in an HTTPS record, and Firefox waits for QUIC. Met by silence it
/// shows a white page for 65 s, past every deadline; refused, it comes over TCP at once.
#[test]
fn announced_http3_does_not_stall_firefox() {
    // SvcPriority 1, TargetName ".", alpn = h3, h2 (RFC 9460 section 2.2).
    let place = Place::with(&["--dns-rr=games.test,65,00010000010006026833026832"]);
    let root = place.blockhouse.root();
    let roots = [root.as_path()];
    let profile = Profile { insists_on_http3: true, ..Profile::with(&roots) };
    let mut browser = browser::firefox(&place.space, &profile);
    browser.goto("https://games.test/").unwrap_or_else(|error| {
        panic!("{error} (deadline {DEADLINE:?})");
    });
    assert!(browser.text().contains("games.test"));
    assert!(place.dns.was_asked("HTTPS", "games.test"), "{}", place.dns.said());
}
