//! Firefox, by Marionette: JSON over TCP, each message after its length and a colon.

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Browser, DEADLINE, PATIENCE, Profile, Security};
use crate::support::namespace::Namespace;
use crate::support::nss;

pub(super) struct Firefox {
    child: Child,
    wire: BufReader<TcpStream>,
    count: u64,
    said: Arc<Mutex<String>>,
    home: TempDir,
}

impl Firefox {
    pub(super) fn start(space: &Namespace, profile: &Profile) -> Self {
        let home = TempDir::new().expect("a home for Firefox");
        let folder = home.path().join("profile");
        nss::trust(&folder, profile.roots);
        fs::write(folder.join("user.js"), preferences(profile)).expect("user.js");
        let mut child = space
            .tree("/usr/lib/firefox-esr/firefox-esr")
            .args(["--headless", "--marionette", "--remote-allow-system-access", "--no-remote"])
            .arg("--profile")
            .arg(&folder)
            .arg("about:blank")
            .env("HOME", home.path())
            .env("MOZ_CRASHREPORTER_DISABLE", "1")
            .env_remove("DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("setpriv starts; Debian package util-linux");
        let (port, said) = port(&mut child);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let stream = space.connect(address).expect("Marionette listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a deadline");
        let mut firefox = Self { child, wire: BufReader::new(stream), count: 0, said, home };
        let hello = firefox.read();
        assert_eq!(hello["marionetteProtocol"], 3, "{hello}");
        let patience = u64::try_from(DEADLINE.as_millis()).expect("a short time");
        let timeouts = json!({ "pageLoad": patience, "script": patience });
        firefox.call("WebDriver:NewSession", json!({}));
        firefox.call("WebDriver:SetTimeouts", timeouts);
        firefox
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        let answer = self.try_call(method, parameters);
        answer.unwrap_or_else(|error| panic!("Firefox: {method}: {error}"))
    }

    fn try_call(&mut self, method: &str, parameters: Value) -> Result<Value, String> {
        self.count += 1;
        let message = json!([0, self.count, method, parameters]).to_string();
        let framed = format!("{}:{message}", message.len());
        self.wire.get_mut().write_all(framed.as_bytes()).map_err(|error| error.to_string())?;
        loop {
            let answer = self.read();
            if answer[1] != self.count {
                continue;
            }
            return match &answer[2] {
                Value::Null => Ok(answer[3].clone()),
                error => Err(error["message"].as_str().unwrap_or_default().to_owned()),
            };
        }
    }

    fn read(&mut self) -> Value {
        let mut length = Vec::new();
        let said = self.wire.read_until(b':', &mut length);
        let digits = String::from_utf8_lossy(&length);
        let length = digits.trim_end_matches(':').parse().unwrap_or_else(|_| {
            panic!("Firefox is silent ({said:?}); it said:\n{}", self.said.lock().unwrap())
        });
        let mut octets = vec![0; length];
        self.wire.read_exact(&mut octets).expect("a whole message");
        serde_json::from_slice(&octets).expect("Marionette speaks JSON")
    }

    /// Runs a script with the rights of the browser itself.
    fn inside(&mut self, script: &str) -> Value {
        self.call("Marionette:SetContext", json!({ "value": "chrome" }));
        let answer = self.call("WebDriver:ExecuteScript", json!({ "script": script, "args": [] }));
        self.call("Marionette:SetContext", json!({ "value": "content" }));
        answer["value"].clone()
    }
}

impl Browser for Firefox {
    fn name(&self) -> &'static str {
        "firefox"
    }

    fn goto(&mut self, url: &str) -> Result<(), String> {
        self.try_call("WebDriver:Navigate", json!({ "url": url })).map(|_| ())
    }

    fn follow(&mut self, selector: &str) -> Result<(), String> {
        let find = json!({ "using": "css selector", "value": selector });
        let found = self.call("WebDriver:FindElement", find);
        let element = found["value"].as_object().and_then(|all| all.values().next()).cloned();
        // A click waits for the page that it leads to.
        let click = json!({ "id": element.expect("an element") });
        self.try_call("WebDriver:ElementClick", click).map(|_| ())
    }

    fn back(&mut self) -> Result<(), String> {
        self.try_call("WebDriver:Back", json!({})).map(|_| ())
    }

    fn eval(&mut self, script: &str) -> Value {
        let script = format!("return {script};");
        let answer = self.call("WebDriver:ExecuteScript", json!({ "script": script, "args": [] }));
        answer["value"].clone()
    }

    fn security(&mut self) -> Security {
        let found = self.inside(
            "const ui = gBrowser.selectedBrowser.securityUI;
             const leaf = ui.secInfo && ui.secInfo.serverCert;
             return [(ui.state & Ci.nsIWebProgressListener.STATE_IS_SECURE) != 0,
                     leaf ? leaf.issuerCommonName || leaf.issuerOrganization : ''];",
        );
        let issuer = found[1].as_str().unwrap_or_default().to_owned();
        Security { secure: found[0] == true, issuer }
    }

    fn complaints(&mut self) -> Vec<String> {
        let found = self.inside(
            "return Services.console.getMessageArray()
                 .filter(one => one instanceof Ci.nsIScriptError && one.innerWindowID > 0)
                 .map(one => one.category + ': ' + one.errorMessage);",
        );
        words(&found)
    }

    fn failed(&mut self) -> Vec<String> {
        let found = self.eval(
            "performance.getEntriesByType('resource')
                 .filter(one => one.responseStatus === 0 && one.nextHopProtocol === '')
                 .map(one => one.initiatorType + ' ' + one.name)",
        );
        words(&found)
    }

    fn picture(&mut self, width: u32, dark: bool) -> Vec<u8> {
        // Windows have a least width; the tab inside may be narrower.
        self.inside(&format!(
            "Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', {});
             window.resizeTo(Math.max({width}, 500) + 40, 1000);
             const tab = gBrowser.selectedBrowser;
             for (const side of ['width', 'min-width', 'max-width'])
                 tab.style.setProperty(side, '{width}px');",
            u8::from(!dark)
        ));
        let settled = self.eval(&format!(
            "new Promise(done => {{
                 const look = () => innerWidth === {width} &&
                     matchMedia('(prefers-color-scheme: dark)').matches === {dark}
                     ? done(true) : requestAnimationFrame(look);
                 look();
             }})"
        ));
        assert_eq!(settled, true);
        let answer = self.call("WebDriver:TakeScreenshot", json!({ "full": true }));
        let text = answer["value"].as_str().expect("a picture");
        base64::engine::general_purpose::STANDARD.decode(text).expect("Base64")
    }
}

impl Drop for Firefox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(self.home.path());
    }
}

/// The port that Firefox names when it listens. What it says is read to its end.
fn port(child: &mut Child) -> (u16, Arc<Mutex<String>>) {
    let said = Arc::<Mutex<String>>::default();
    let (send, found) = mpsc::channel();
    let stdout: Box<dyn Read + Send> = Box::new(child.stdout.take().expect("stdout is piped"));
    let stderr: Box<dyn Read + Send> = Box::new(child.stderr.take().expect("stderr is piped"));
    for pipe in [stdout, stderr] {
        let (keep, send) = (Arc::clone(&said), send.clone());
        let read = move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                if let Some((_, port)) = line.split_once("Listening on port ") {
                    let _ = send.send(port.trim().parse::<u16>());
                }
                *keep.lock().unwrap() += &format!("{line}\n");
            }
        };
        std::thread::Builder::new().spawn(read).expect("a thread");
    }
    drop(send);
    let port = found.recv_timeout(PATIENCE).ok().and_then(Result::ok).unwrap_or_else(|| {
        let program = Path::new("/usr/lib/firefox-esr/firefox-esr");
        let hint = if program.exists() { "" } else { "install the Debian package firefox-esr; " };
        panic!("Firefox does not listen; {hint}it said:\n{}", said.lock().unwrap())
    });
    (port, said)
}

fn words(list: &Value) -> Vec<String> {
    let all = list.as_array().expect("a list");
    all.iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
}

/// Only what keeps the browser from talking to its maker, and what the profile asks for: how it
/// loads pages stays as delivered.
fn preferences(profile: &Profile) -> String {
    let behaviour = if profile.cookies { 5 } else { 2 };
    let quiet = [
        "app.normandy.enabled",
        "app.update.enabled",
        "browser.newtabpage.enabled",
        "browser.safebrowsing.downloads.remote.enabled",
        "browser.search.update",
        "datareporting.healthreport.uploadEnabled",
        "datareporting.policy.dataSubmissionEnabled",
        "extensions.update.enabled",
        "network.captive-portal-service.enabled",
        "network.connectivity-service.enabled",
        "toolkit.telemetry.enabled",
        "browser.shell.checkDefaultBrowser",
        "browser.aboutwelcome.enabled",
    ];
    let mut text = String::new();
    for name in quiet {
        text += &format!("user_pref(\"{name}\", false);\n");
    }
    text += &format!(
        "user_pref(\"marionette.port\", 0);\n\
         user_pref(\"network.trr.mode\", 5);\n\
         user_pref(\"browser.startup.homepage_override.mstone\", \"ignore\");\n\
         user_pref(\"browser.startup.page\", 0);\n\
         user_pref(\"intl.accept_languages\", \"{}\");\n\
         user_pref(\"network.cookie.cookieBehavior\", {behaviour});\n",
        profile.languages
    );
    if profile.only_tls12 {
        text += "user_pref(\"security.tls.version.max\", 3);\n";
    }
    if profile.insists_on_http3 {
        // Firefox 153 comes over TCP after 50 ms, and does without HTTP/3 once it knows of a root that
        // was added; earlier ones, and some networks, wait for QUIC until it fails.
        text += "user_pref(\"network.dns.httpssvc.http3_fast_fallback_timeout\", 0);\n\
                 user_pref(\"network.http.http3.disable_when_third_party_roots_found\", false);\n";
    }
    text
}

/// The deadline of a read covers the page's own.
const _: () = assert!(PATIENCE.as_secs() > DEADLINE.as_secs() + Duration::from_secs(10).as_secs());
