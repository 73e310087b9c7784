//! The portal in browsers, before and after a person installs what it offers.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;

use crate::portal::{HOST, config, folder_with_two_roots};
use crate::support::browser::{Browser, Profile, Start, artefacts, in_both};
use crate::support::ca::tool;
use crate::support::dns::Dns;
use crate::support::namespace::{BLOCKED_V4, BLOCKED_V6, Namespace};
use crate::support::nss;
use crate::support::server::{Blockhouse, folder_with_root};
use crate::support::site::NAME;

in_both! {
    a_browser_before_and_after
    a_rotation_asks_for_the_next_root
    a_certificate_of_its_own_hides_nothing
}

/// A network whose gateway redirects every name to the portal's server.
struct Place {
    server: Blockhouse,
    space: Arc<Namespace>,
    _dns: Dns,
}

impl Place {
    fn new(folder: Arc<TempDir>, more: &str, options: &[&str]) -> Self {
        let space = Arc::new(Namespace::new());
        let dns = Dns::start(&space, NAME, options);
        let addresses = format!(
            "https = [\"{BLOCKED_V4}:443\", \"[{BLOCKED_V6}]:443\"]\n\
             http = [\"{BLOCKED_V4}:80\", \"[{BLOCKED_V6}]:80\"]"
        );
        let text = config(more).replace(
            "https = [\"127.0.0.1:0\", \"[::1]:0\"]\nhttp = [\"127.0.0.1:0\"]",
            &addresses,
        );
        assert!(text.contains(&addresses));
        let server = Blockhouse::start(folder, &text, &space.wrap());
        Self { server, space, _dns: dns }
    }

    fn browser(&self, start: Start, roots: &[&Path]) -> Box<dyn Browser> {
        let profile = Profile::with(roots);
        start(&self.space, &profile)
    }

    /// Loads a file from the portal, as a person does before anything is trusted.
    fn download(&self, path: &str) -> PathBuf {
        let file = self.server.folder.path().join(path.rsplit('/').next().unwrap());
        let output = self
            .space
            .command("/usr/bin/curl")
            .args(["--silent", "--fail", "--noproxy", "*", "--resolve"])
            .arg(format!("{HOST}:80:{BLOCKED_V4}"))
            .arg("--output")
            .arg(&file)
            .arg(format!("http://{HOST}{path}"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{path}: {output:?}");
        file
    }
}

/// The state of every row once the script has come to an end.
fn states(browser: &mut dyn Browser, url: &str) -> Vec<(String, String)> {
    browser.goto(url).unwrap();
    let script = "new Promise((done) => {
        const list = document.getElementById('checks');
        const shown = () => [...list.children].filter((one) => !one.hidden);
        const look = () => list.dataset.done
            ? done(shown().map((one) => [one.dataset.row, one.dataset.state]))
            : setTimeout(look, 50);
        look();
    })";
    let Value::Array(rows) = browser.eval(script) else { panic!("no rows") };
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter().map(|row| (word(&row[0]), word(&row[1]))).collect()
}

/// `trust good, cookies good`
fn expected(rows: &str) -> Vec<(String, String)> {
    let row = |row: &str| row.trim().split_once(' ').map(|(id, state)| (id.into(), state.into()));
    rows.split(',').filter_map(row).collect()
}

const ALL_GOOD: &str = "trust good, cookies good, dns good, ipv4 good, ipv6 good";

/// Pictures for people to look at.
fn pictures(browser: &mut dyn Browser, name: &str) {
    for width in [1280, 320] {
        for dark in [false, true] {
            browser.screenshot(name, width, dark);
        }
    }
}

/// Where a section's first buttons lead.
fn offered(browser: &mut dyn Browser, section: &str) -> Vec<String> {
    let script = format!(
        "[...document.querySelectorAll('#{section} a[download]')].map((a) => a.getAttribute('href'))"
    );
    let Value::Array(found) = browser.eval(&script) else { panic!("no buttons") };
    found.iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

mod check {
    use super::*;

    pub(super) fn a_browser_before_and_after(start: Start) {
        let place = Place::new(folder_with_root(&[]), "", &[]);
        let by_name = format!("http://{HOST}/check");
        let by_address = format!("http://{BLOCKED_V4}/check");
        let mut browser = place.browser(start, &[]);
        let before = browser.as_mut();
        let bad = expected(&ALL_GOOD.replace("trust good", "trust bad"));
        assert_eq!(states(before, &by_name), bad, "{}", place.server.said());
        pictures(before, "check-before");
        assert_eq!(states(before, &by_address), bad);
        // Over TLS nothing can be shown yet; the file comes from the page without it.
        before.goto(&format!("https://{HOST}/")).unwrap_err();
        before.goto(&format!("http://{HOST}/")).unwrap();
        assert_eq!(before.status(), 200);
        pictures(before, "install-before");
        let [file] = &offered(before, "linux")[..] else { panic!("one file") };
        let file = place.download(file);
        drop(browser);

        let mut browser = place.browser(start, &[&file]);
        let browser = browser.as_mut();
        for url in [&by_name, &by_address, &format!("https://{HOST}/check")] {
            assert_eq!(states(browser, url), expected(ALL_GOOD), "{url}");
        }
        pictures(browser, "check-after");
        assert!(browser.security().secure);
        browser.goto(&format!("https://{HOST}/")).unwrap();
        assert_eq!(browser.status(), 200);
        pictures(browser, "install");
        let open = browser.eval("[...document.querySelectorAll('details[open]')].map((d) => d.id)");
        let wanted = if browser.name() == "firefox" { "firefox" } else { "linux" };
        assert_eq!(open, serde_json::json!([wanted]));
        let mut complaints = browser.complaints();
        // Firefox says this of its own driver.
        complaints.retain(|line| !line.contains("Window.fullScreen"));
        assert!(complaints.is_empty(), "{complaints:?}");
    }

    pub(super) fn a_rotation_asks_for_the_next_root(start: Start) {
        let place = Place::new(folder_with_two_roots(), "", &[]);
        let root = place.server.root();
        let next = place.server.folder.path().join("certs/root-g2.pem");
        let rows = |trust: &str, next: &str| {
            let first = format!("trust {trust}, next {next}");
            expected(&ALL_GOOD.replace("trust good", &first))
        };
        let roots: [(&[&Path], &str, &str); 3] =
            [(&[], "bad", "bad"), (&[&root], "good", "bad"), (&[&root, &next], "good", "good")];
        for (number, (roots, trust, next)) in roots.into_iter().enumerate() {
            let mut browser = place.browser(start, roots);
            let browser = browser.as_mut();
            let wanted = rows(trust, next);
            assert_eq!(states(browser, &format!("http://{HOST}/check")), wanted);
            if number == 1 {
                assert!(browser.text().contains("lacks the next certificate"));
                pictures(browser, "check-rotation");
                browser.goto(&format!("https://{HOST}/")).unwrap();
                browser.eval("document.querySelectorAll('details').forEach((d) => d.open = true)");
                assert_eq!(offered(browser, "windows").len(), 2);
                pictures(browser, "install-rotation");
            }
            if number > 0 {
                assert_eq!(states(browser, &format!("https://{HOST}/check")), wanted);
            }
        }
    }

    pub(super) fn a_certificate_of_its_own_hides_nothing(start: Start) {
        let folder = folder_with_root(&[]);
        let script = format!(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
                 -subj /CN=Public -keyout public.key -out public.pem
             openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=portal \
                 -keyout portal.key -out portal.csr
             echo subjectAltName=DNS:{HOST} >names
             openssl x509 -req -in portal.csr -CA public.pem -CAkey public.key -days 20 \
                 -extfile names -out portal.pem"
        );
        tool("openssl", folder.path(), &["bash", "-euc", &script]).ok();
        let public = folder.path().join("public.pem");
        let own = "certificate = \"portal.pem\"\nkey = \"portal.key\"";
        // A gateway that leads nowhere for the test names is told from a root that is missing.
        let astray = "--address=/astray.test/";
        let page = format!("https://{HOST}/check");
        let place = Place::new(Arc::clone(&folder), own, &[]);
        let without = "trust bad, cookies good, dns good, ipv4 later, ipv6 later";
        let mut browser = place.browser(start, &[&public]);
        assert_eq!(states(browser.as_mut(), &page), expected(without), "{}", place.server.said());
        pictures(browser.as_mut(), "check-own-certificate");
        drop(browser);
        let root = place.server.root();
        let mut browser = place.browser(start, &[&public, &root]);
        assert_eq!(states(browser.as_mut(), &page), expected(ALL_GOOD));
        drop((browser, place));

        let place = Place::new(folder, &format!("check_host = \"astray.test\"\n{own}"), &[astray]);
        let mut browser = place.browser(start, &[&public]);
        let lost = "trust unknown, cookies good, dns bad, ipv4 later, ipv6 later";
        assert_eq!(states(browser.as_mut(), &page), expected(lost));
    }
}

/// Without scripts the page shows a picture that only those see who trust the root.
#[test]
fn without_scripts_a_picture_tells() {
    for when in ["before", "after"] {
        let place = Place::new(folder_with_root(&[]), "", &[]);
        let root = place.server.root();
        let roots: &[&Path] = if when == "after" { &[&root] } else { &[] };
        let home = TempDir::new().unwrap();
        nss::trust(&home.path().join(".pki/nssdb"), roots);
        let data = home.path().join("profile");
        std::fs::create_dir_all(data.join("Default")).unwrap();
        let off = "{\"profile\": {\"default_content_setting_values\": {\"javascript\": 2}}}";
        std::fs::write(data.join("Default/Preferences"), off).unwrap();
        for (page, path) in [("install", "/"), ("check", "/check")] {
            let picture = artefacts().join(format!("{page}-no-scripts-{when}.png"));
            let _ = std::fs::remove_file(&picture);
            let mut chromium: Command = place.space.tree("/usr/bin/chromium");
            chromium.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]);
            chromium.args(["--window-size=700,1100"]);
            chromium.args(["--hide-scrollbars", "--disable-background-networking"]);
            chromium.arg(format!("--user-data-dir={}", data.display()));
            chromium.arg(format!("--screenshot={}", picture.display()));
            chromium.arg(format!("http://{HOST}{path}")).env("HOME", home.path());
            let output = chromium.output().unwrap();
            assert!(picture.exists(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let events = place.server.stop();
        // A script would ask for the test addresses in both cases.
        let is_shown = events.iter().any(|event| event["detail"] == "probe");
        assert_eq!(is_shown, when == "after", "{events:?}");
    }
}
