//! What people get who continue: the real site, in real Chromium and Firefox, with all that is on it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::browser::{Browser, Profile, Start, artefacts, in_both};
use crate::support::dns::Dns;
use crate::support::namespace::{BLOCKED_V4, BLOCKED_V6, Namespace, ORIGIN_V4};
use crate::support::origin::{HUGE, Origin, UPSTREAM};
use crate::support::server::{Blockhouse, folder_with_root};
use crate::support::site::Site;

in_both! {
    the_site_works
    the_connection_is_logged_in
    the_same_spliced
    a_download_streams
    the_grant_ends
    going_back
    nothing_loops
}

const ADDRESS: &str = "https://www.social.test/";
const OUR_FORM: &str = "main form[action^='/.blockhouse/continue'] [type=submit]";
/// A page elsewhere with the site in a frame.
const OUTSIDE: &str = "outside.test";

struct Place {
    /// None while it is started anew.
    blockhouse: Option<Blockhouse>,
    config: String,
    origin: Origin,
    outside: Site,
    _dns: Dns,
    space: Arc<Namespace>,
}

impl Place {
    fn new(hand_over: &str) -> Self {
        let space = Arc::new(Namespace::new());
        let dns = Dns::start(&space, OUTSIDE, &[]);
        let origin = Origin::start(&space);
        let frame =
            format!("<!doctype html><title>Outside</title><iframe src=\"{ADDRESS}\"></iframe>");
        let outside = Site::start_named(&space, OUTSIDE, [("/", frame)].into());
        let config = config(&origin, hand_over);
        let blockhouse = Blockhouse::start(folder_with_root(&[]), &config, &space.wrap());
        Self { blockhouse: Some(blockhouse), config, origin, outside, _dns: dns, space }
    }

    fn blockhouse(&self) -> &Blockhouse {
        self.blockhouse.as_ref().expect("it runs")
    }

    /// Starts the server anew in the same folder, with its clock shifted; gives the events of the one
    /// before.
    fn restart(&mut self, config: &str, shift: &str) -> Vec<Value> {
        let old = self.blockhouse.take().expect("it runs");
        let folder = Arc::clone(&old.folder);
        let events = old.stop();
        let mut wrap = self.space.wrap().to_vec();
        let shift = format!("FAKETIME={shift}");
        if shift != "FAKETIME=+0" {
            // `$LIB` is the linker's own word for the folder of this machine's kind.
            wrap.extend(["env", "LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1", &shift]);
        }
        self.blockhouse = Some(Blockhouse::start(folder, config, &wrap));
        events
    }

    fn open(&self, start: Start, cookies: bool) -> Box<dyn Browser> {
        let (ours, theirs) = (self.blockhouse().root(), self.origin.root());
        let outside = self.outside.root();
        let roots = [ours.as_path(), &theirs, &outside];
        start(&self.space, &Profile { cookies, ..Profile::with(&roots) })
    }

    /// The requests that the server answered since its start, as far as they are for this host.
    fn requests(&mut self, host: &str) -> Vec<Value> {
        let config = self.config.clone();
        let mut events = self.restart(&config, "+0");
        events.retain(|event| event["host"] == host && event["request"].is_string());
        events
    }
}

fn config(origin: &Origin, hand_over: &str) -> String {
    format!(
        r#"
[organisation]
name = "Example School"

[listen]
https = ["{BLOCKED_V4}:443", "[{BLOCKED_V6}]:443"]
http = ["{BLOCKED_V4}:80"]

[categories.social]
class = "content"
title = "Social networks"
reason = "Please think before you post."
hosts = ["social.test"]

[policies.default]
default_action = "block"
continue = "{hand_over}"

[[policies.default.rules]]
action = "warn"
categories = ["social"]

[[companions]]
site = "social.test"
hosts = ["pictures.test"]

[upstream]
servers = ["{UPSTREAM}"]
allow = ["{ORIGIN_V4}/32"]
roots = "{}"
"#,
        origin.root().display()
    )
}

fn warns(browser: &mut dyn Browser) -> bool {
    browser.text().contains("Please think before you post.")
}

/// Opens the site, and continues past its warning.
fn go_on(browser: &mut dyn Browser) {
    browser.goto(ADDRESS).unwrap();
    assert!(warns(browser), "{}", browser.text());
    browser.follow(OUR_FORM).unwrap();
    assert_eq!(browser.title(), "The real site", "{}", browser.html());
}

/// The status of an answer, and the version in which the browser asked.
fn spoken(event: &Value) -> String {
    format!("{} {}", event["status"], event["http"].as_str().unwrap_or_default())
}

mod check {
    use super::*;

    pub(super) fn the_site_works(start: Start) {
        let place = Place::new("pass-through");
        let mut browser = place.open(start, true);
        go_on(&mut *browser);
        assert_eq!(browser.url(), ADDRESS);
        let security = browser.security();
        assert!(security.secure && security.issuer.contains("Test Organisation"), "{security:?}");
        let parts = json!({
            "own": 40, "companion": 40, "socket": "over there", "stream": "ab",
            "data": "data for 1", "script": true, "styled": "rgb(1, 2, 3)",
        });
        assert_eq!(browser.eval("settled"), parts, "{:#?}", browser.complaints());
        for what in [
            "GET www.social.test/",
            "GET static.social.test/style.css",
            "GET static.social.test/font.woff2",
            "OPTIONS api.social.test/data",
            "GET pictures.test/companion.svg",
        ] {
            assert_eq!(place.origin.asked(what), 1, "{what}");
        }
        browser.follow("form [type=submit]").unwrap();
        assert!(browser.url().ends_with("/home"), "{}", browser.url());
        // The site's cookie, and none of ours.
        assert_eq!(browser.text().trim(), "cookies: user=ann");
        browser.goto("https://static.social.test/home").unwrap();
        assert_eq!(browser.title(), "Home", "the site's other hosts have no warning");
        browser.goto("https://pictures.test/").unwrap();
        assert_ne!(browser.title(), "The real site", "a companion has its own page");
        // Our pages' status, the bytes that are no font, and Firefox about its own driver.
        let known = ["403", "font", "OTS", "deprecated"];
        let loud = |line: &&String| !known.iter().any(|word| line.contains(word));
        let complaints = browser.complaints();
        assert_eq!(complaints.iter().filter(loud).count(), 0, "{complaints:#?}");
    }

    pub(super) fn the_connection_is_logged_in(start: Start) {
        let mut place = Place::new("pass-through");
        let mut browser = place.open(start, true);
        go_on(&mut *browser);
        let read = "new Promise(done => {
            const asked = new XMLHttpRequest();
            asked.open('GET', '/mail', true, 'ann', 'secret');
            asked.onloadend = () => done(`${asked.status} ${asked.responseText}`);
            asked.send();
        })";
        // As it is set here Firefox does not log in by NTLM.
        let (wanted, more) = match browser.name() {
            "chromium" => ("200 mail of ann", ["401 HTTP/1.1", "200 HTTP/1.1"].as_slice()),
            _ => ("401 log in", [].as_slice()),
        };
        assert_eq!(browser.eval(read), wanted, "{:#?}", browser.complaints());
        let requests = place.requests("www.social.test");
        let mut spoken: Vec<_> = requests.iter().map(spoken).collect();
        // What the page itself loads may still be under way.
        spoken.retain(|one| one.starts_with("401") || one == "200 HTTP/1.1");
        // An answer that says that HTTP/2 will not do, and then without.
        let wanted = [["401 HTTP/2.0", "401 HTTP/1.1"].as_slice(), more].concat();
        assert_eq!(spoken, wanted, "{requests:#?}");
    }

    pub(super) fn the_same_spliced(start: Start) {
        let place = Place::new("splice");
        let mut browser = place.open(start, true);
        go_on(&mut *browser);
        let parts = browser.eval("settled");
        assert_eq!(
            (&parts["own"], &parts["socket"]),
            (&40.into(), &"over there".into()),
            "{parts}"
        );
        let security = browser.security();
        assert!(!security.issuer.contains("Test Organisation"), "end to end: {security:?}");
        drop(browser);
        let spliced = place.blockhouse().event_named("passed_on");
        assert_eq!(spliced["detail"], "spliced");
    }

    pub(super) fn a_download_streams(start: Start) {
        let place = Place::new("pass-through");
        let mut browser = place.open(start, true);
        go_on(&mut *browser);
        let before = peak(place.blockhouse());
        browser.eval(
            "(window.count = 0, window.huge = (async () => {
                 const reader = (await fetch('/huge')).body.getReader();
                 for (;;) {
                     const { done, value } = await reader.read();
                     if (done) return 'done';
                     window.count += value.length;
                 }
             })().catch(String), 0)",
        );
        // In pieces, since a script has a deadline and a machine may be busy.
        let piece = "Promise.race([huge, new Promise(done => setTimeout(done, 10000, 'going'))])";
        let mut outcome = browser.eval(piece);
        for _ in 0..20 {
            if outcome != "going" {
                break;
            }
            outcome = browser.eval(piece);
        }
        assert_eq!((outcome, browser.eval("count")), ("done".into(), HUGE.into()));
        let grown = peak(place.blockhouse()) - before;
        let file = artefacts().join(format!("download-{}.txt", browser.name()));
        std::fs::write(file, format!("{grown} KiB more at the peak, for {} MiB\n", HUGE >> 20))
            .unwrap();
        assert!(grown < 64 * 1024, "the server's memory grew by {grown} KiB");
    }

    pub(super) fn the_grant_ends(start: Start) {
        let mut place = Place::new("pass-through");
        let mut browser = place.open(start, true);
        go_on(&mut *browser);
        let config = place.config.clone();
        // It outlives the server; not its time, half an hour; and not a change of its rule.
        let changed = config.replace("action = \"warn\"", "action = \"warn\"\nscope = \"host\"");
        for (config, shift, passes) in [
            (&config, "+0", true),
            (&config, "+28m", true),
            (&config, "+31m", false),
            (&config, "+0", true),
            (&changed, "+0", false),
        ] {
            place.restart(config, shift);
            // What a page of the site that is still open asks for gets its small answer at once.
            if browser.title() == "The real site" {
                let status = browser.eval("fetch('/data').then(answer => answer.status)");
                assert_eq!(status, if passes { 200 } else { 403 }, "{shift}");
            }
            browser.goto(ADDRESS).unwrap();
            let text = browser.text();
            assert_eq!(warns(&mut *browser), !passes, "{shift}: {text}");
        }
        // Continuing works as it did the first time.
        go_on(&mut *browser);
    }

    pub(super) fn going_back(start: Start) {
        let mut place = Place::new("pass-through");
        let mut browser = place.open(start, true);
        go_on(&mut *browser);
        browser.eval("settled");
        browser.back().unwrap();
        // The warning that was left, or the site, which is open now; neither an error nor a round trip.
        let (url, title) = (browser.url(), browser.title());
        assert!(url.starts_with(ADDRESS), "{url}");
        assert!(warns(&mut *browser) || title == "The real site", "{}", browser.text());
        // The address in the history may have our mark, which is nothing to the site.
        browser.goto(&url).unwrap();
        assert_eq!(browser.title(), "The real site");
        drop(browser);
        let mut requests = place.requests("www.social.test");
        requests.retain(|event| event["request"] == "navigation" || event["event"] == "grant");
        // Check, warning, grant, site, the address again; back: at most the site once more.
        assert!((5..=6).contains(&requests.len()), "{requests:#?}");
        assert!(place.origin.asked("GET www.social.test/") <= 3);
    }

    pub(super) fn nothing_loops(start: Start) {
        let mut place = Place::new("pass-through");
        let mut browser = place.open(start, false);
        browser.goto(ADDRESS).unwrap();
        assert!(browser.text().contains("cookies"), "{}", browser.text());
        drop(browser);
        let requests = place.requests("www.social.test");
        assert!(requests.len() <= 3, "without cookies: {requests:#?}");

        let mut browser = place.open(start, true);
        go_on(&mut *browser);
        browser.eval("settled");
        // Set a cookie, the warning, the form, the site with five parts of this host.
        let requests = place.requests("www.social.test");
        let ours = |event: &&Value| event["event"] != "passed_through";
        assert_eq!(requests.iter().filter(ours).count(), 3, "{requests:#?}");

        // Back to what was the warning, and once more to the site: one request each.
        browser.goto("https://static.social.test/home").unwrap();
        browser.goto(ADDRESS).unwrap();
        assert_eq!(browser.title(), "The real site");
        place.requests("www.social.test");
        // In a frame of another site the cookie does not come along: the small page, once.
        browser.goto(&format!("https://{OUTSIDE}/")).unwrap();
        let requests = place.requests("www.social.test");
        let frames: Vec<_> = requests.iter().map(|event| event["event"].as_str()).collect();
        assert_eq!(frames, [Some("frame_page")], "{requests:#?}");

        // The clock is set back by two days, and forward by one: nobody is sent round more than once.
        for shift in ["-2d", "+1d"] {
            let config = place.config.clone();
            place.restart(&config, shift);
            let mut fresh = place.open(start, true);
            for browser in [&mut browser, &mut fresh] {
                let shown = browser.goto(ADDRESS);
                assert!(shown.is_ok(), "{shift}: {shown:?}");
            }
            drop(fresh);
            let requests = place.requests("www.social.test");
            let ours = |event: &&Value| event["event"] != "passed_through";
            let count = requests.iter().filter(ours).count();
            assert!(count <= 4, "{shift}: {requests:#?}");
        }
    }
}

/// The most memory that the server has had, in KiB.
fn peak(blockhouse: &Blockhouse) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", blockhouse.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
