//! Nobody is sent round: whatever becomes of the cookies and of the clock, and at whatever moment, each
//! step takes no more requests than the flow has, and the next try leads to the site.

use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::curl::{Reply, WAYS, Way, curl};
use crate::support::person::{CONTINUE, Person, hidden_fields};
use crate::support::resolver::Resolver;
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};
use crate::support::web::Web;

const HOST: &str = "warned.test";

/// A site, and a server in front of it whose clock the test sets.
struct Place {
    server: Blockhouse,
    clock: Arc<TempDir>,
    _web: Web,
    _dns: Resolver,
}

impl Place {
    fn new(ip: &str) -> Self {
        let web = Web::start(ip, &[HOST, "*.warned.test"]);
        let dns = Resolver::start(&[("test", ip)]);
        let config = format!(
            "{CONFIG}\n[upstream]\nservers = [\"{}\"]\nallow = [\"{ip}\"]\nroots = \"{}\"\n",
            dns.address,
            web.root().display()
        );
        // In the server's own folder, since the sandbox hides all others.
        let clock = folder_with_root(&[]);
        let file = format!("FAKETIME_TIMESTAMP_FILE={}", clock.path().join("clock").display());
        let wrap = [
            "env",
            // `$LIB` is the linker's own word for the folder of this machine's kind.
            "LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1",
            // The clock on the wall alone, as when somebody sets it; and at once.
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
            "FAKETIME_NO_CACHE=1",
            &file,
        ];
        std::fs::write(clock.path().join("clock"), "+0\n").unwrap();
        let server = Blockhouse::start(Arc::clone(&clock), &config, &wrap);
        Self { server, clock, _web: web, _dns: dns }
    }

    /// Sets the server's clock while it runs.
    fn set_clock(&self, shift: &str) {
        // In one go, so that nobody reads half of it.
        let new = self.clock.path().join("new");
        std::fs::write(&new, format!("{shift}\n")).unwrap();
        std::fs::rename(new, self.clock.path().join("clock")).unwrap();
    }

    fn person(&self, way: Way) -> Person<'_> {
        Person::new(&self.server, way)
    }

    /// The requests that came, by the server's own count.
    fn stop(self) -> Vec<Value> {
        let mut events = self.server.stop();
        events.retain(|event| event["host"] == HOST && event["request"].is_string());
        events
    }
}

/// What a browser says when a person opens a page.
fn navigation(way: Way) -> Vec<&'static str> {
    match way {
        Way::Plain => vec!["-H", "Accept: text/html", "-H", "Upgrade-Insecure-Requests: 1"],
        Way::H1 | Way::H2 => {
            let metadata = ["-H", "Sec-Fetch-Dest: document", "-H", "Sec-Fetch-Mode: navigate"];
            ["-H", "Accept: text/html"].into_iter().chain(metadata).collect()
        }
    }
}

/// Opens the site. It takes two requests at the most: the one for the cookie check, and the page.
fn open(person: &Person) -> Reply {
    let mut options = vec!["--location", "--max-redirs", "1"];
    options.extend(navigation(person.way));
    person.ask(HOST, "/", &options)
}

fn is_site(reply: &Reply) -> bool {
    reply.status == 200 && reply.text().starts_with("the site: ")
}

fn is_warning(reply: &Reply) -> bool {
    reply.status == 403 && reply.text().contains(&format!("action=\"{CONTINUE}"))
}

/// The site, or else the warning, from which the site is one form away.
#[track_caller]
fn gets_through(person: &Person, what: &str) {
    let page = open(person);
    if is_site(&page) {
        return;
    }
    assert!(is_warning(&page), "{what}: {} {}", page.status, page.text());
    let sent = person.submit(HOST, &page, CONTINUE, &[]);
    assert_eq!((sent.status, sent.field("location")), (303, Some("/")), "{what}: {}", sent.text());
    let site = open(person);
    assert!(is_site(&site), "{what}: {} {}", site.status, site.text());
}

fn keep(person: &Person, wanted: impl Fn(&str) -> bool) {
    let jar = std::fs::read_to_string(person.jar_path()).unwrap();
    let kept: Vec<&str> =
        jar.lines().filter(|line| line.split('\t').nth(5).is_none_or(&wanted)).collect();
    std::fs::write(person.jar_path(), kept.join("\n") + "\n").unwrap();
}

fn is_grant(name: &str) -> bool {
    name.ends_with("blockhouse-grant")
}

#[test]
fn cookies_that_get_lost_at_any_point() {
    let place = Place::new("127.81.1.1");
    for way in WAYS {
        // None at all: the check, and the page that explains.
        let mut options = vec!["--location", "--max-redirs", "1"];
        options.extend(navigation(way));
        let without = || curl(&place.server, way, HOST, "/", &options);
        let page = without();
        assert!(page.text().contains("cookies") && !is_warning(&page), "{}", page.text());

        // Lost between the warning and its form: no grant, and a page at once.
        let person = place.person(way);
        let page = open(&person);
        assert!(is_warning(&page), "{way:?}: {}", page.text());
        keep(&person, |_| false);
        let sent = person.submit(HOST, &page, CONTINUE, &[]);
        assert_eq!(sent.status, 403, "{way:?}");
        assert!(!sent.head.contains("blockhouse-grant"), "{way:?}: {}", sent.head);
        assert!(sent.text().contains("<h1"), "{way:?}: {}", sent.text());
        gets_through(&person, "after the form came too late");

        // The grant is not kept: the warning, as often as it is tried, and no way round.
        let person = place.person(way);
        for _ in 0..3 {
            let page = open(&person);
            assert!(is_warning(&page), "{way:?}: {}", page.text());
            assert_eq!(person.submit(HOST, &page, CONTINUE, &[]).status, 303);
            keep(&person, |name| !is_grant(name));
        }

        // Nothing is kept after the form, for once.
        let page = open(&person);
        assert_eq!(person.submit(HOST, &page, CONTINUE, &[]).status, 303);
        keep(&person, |_| false);
        assert!(is_warning(&open(&person)), "{way:?}");

        // The grant alone is kept.
        gets_through(&person, "after all was lost");
        keep(&person, is_grant);
        assert!(is_site(&open(&person)), "{way:?}: the grant needs no other cookie");
    }
    // By the server's own count: what was asked above and nothing more, for each way.
    let ours = place.stop();
    let ours = ours.iter().filter(|event| event["event"] != "passed_through").count();
    let (none, late, unkept, forgotten) = (2, 2 + 1 + (2 + 1), (2 + 1) + 2 * (1 + 1), (1 + 1) + 2);
    let through = 1 + 1;
    assert_eq!(ours, WAYS.len() * (none + late + unkept + forgotten + through));
}

#[test]
fn two_tabs_and_another_profile() {
    let place = Place::new("127.81.2.1");
    for way in WAYS {
        let person = place.person(way);
        let (one, other) = (open(&person), open(&person));
        assert!(is_warning(&one) && is_warning(&other), "{way:?}");
        let first = person.submit(HOST, &one, CONTINUE, &[]);
        assert!(first.head.contains("blockhouse-grant"), "{way:?}: {}", first.head);
        assert!(is_site(&open(&person)));
        // The other tab, the first one sent once more after going back, and a reload of the way on.
        for page in [&other, &one] {
            let sent = person.submit(HOST, page, CONTINUE, &[]);
            assert_eq!((sent.status, sent.field("location")), (303, Some("/")), "{way:?}");
            assert!(is_site(&open(&person)), "{way:?}");
        }
        let reload = person.ask(HOST, CONTINUE, &navigation(way));
        assert_eq!((reload.status, reload.field("location")), (303, Some("/")), "{way:?}");

        // A private window of the same client sees the warning for itself.
        let private = place.person(way);
        assert!(is_warning(&open(&private)), "{way:?}");
        // And a form of one profile is of no use to another.
        let fields = hidden_fields(&one.text(), CONTINUE);
        let token = format!("token={}&to=/", fields[0].1);
        let sent = private.ask(HOST, CONTINUE, &["--data", &token]);
        assert_eq!(sent.status, 403, "{way:?}");
        assert!(is_warning(&open(&private)), "{way:?}");
    }
}

/// By how much the clock is set: further than everything that has an end, and less. A leaf of a clock
/// that is wrong by more than the backdate is no good to a client, so without TLS there is more.
const SHIFTS: [(&str, &[Way]); 7] = [
    ("-400d", &[Way::Plain]),
    ("-2d", &[Way::H2, Way::Plain]),
    ("-10m", &[Way::H2, Way::Plain]),
    ("+2m", &[Way::H2, Way::Plain]),
    ("+31m", &[Way::H2, Way::Plain]),
    ("+1d", &[Way::H2]),
    ("+400d", &[Way::Plain]),
];

#[test]
fn a_clock_that_is_set_at_any_point() {
    let place = Place::new("127.81.3.1");
    for (shift, ways) in SHIFTS {
        for way in ways.iter().copied() {
            // Between the setting of the cookie and its coming back.
            let person = place.person(way);
            place.set_clock("+0");
            let check = person.ask(HOST, "/", &navigation(way));
            assert_eq!(check.status, 303, "{shift}");
            place.set_clock(shift);
            let marked = check.field("location").unwrap().to_owned();
            let mut options = vec!["--location", "--max-redirs", "1"];
            options.extend(navigation(way));
            let page = person.ask(HOST, &marked, &options);
            assert!(is_warning(&page), "{shift}, after the check: {}", page.text());
            gets_through(&person, &format!("{shift}, after the check"));

            // Between the warning and its form.
            let person = place.person(way);
            place.set_clock("+0");
            let page = open(&person);
            place.set_clock(shift);
            let sent = person.submit(HOST, &page, CONTINUE, &[]);
            assert!(matches!(sent.status, 303 | 403), "{shift}: {}", sent.status);
            assert!(sent.status == 303 || sent.text().contains("<h1"), "{shift}: {}", sent.text());
            gets_through(&person, &format!("{shift}, after the warning"));

            // Between the grant and the site.
            let person = place.person(way);
            place.set_clock("+0");
            let page = open(&person);
            assert_eq!(person.submit(HOST, &page, CONTINUE, &[]).status, 303);
            place.set_clock(shift);
            let ended = matches!(shift, "+31m" | "+1d" | "+400d");
            let reply = open(&person);
            assert!(!ended || is_warning(&reply), "{shift}: the grant is over: {}", reply.status);
            assert!(
                shift != "+2m" || is_site(&reply),
                "{shift}: the grant is good: {}",
                reply.text()
            );
            gets_through(&person, &format!("{shift}, after the grant"));
            // What a page of the site asks for never leads anywhere else.
            place.set_clock("+31m");
            let part = ["-H", "Sec-Fetch-Dest: empty", "-H", "Sec-Fetch-Mode: cors"];
            let part = person.ask(HOST, "/data", &part);
            assert!(matches!(part.status, 200 | 403), "{shift}: {}", part.status);
            // Back where it was.
            place.set_clock("+0");
            gets_through(&person, &format!("{shift}, and back"));
        }
    }
}
