//! Chromium, by the DevTools protocol over a pair of pipes: messages are JSON and end in NUL.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Browser, DEADLINE, PATIENCE, Profile, Security};
use crate::support::namespace::Namespace;
use crate::support::nss;

pub(super) struct Chromium {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: String,
    count: u64,
    /// What came before it was asked for.
    waiting: VecDeque<Value>,
    security: Security,
    complaints: Vec<String>,
    failed: Vec<String>,
    home: TempDir,
}

impl Chromium {
    pub(super) fn start(space: &Namespace, profile: &Profile) -> Self {
        let home = TempDir::new().expect("a home for Chromium");
        nss::trust(&home.path().join(".pki/nssdb"), profile.roots);
        let data = home.path().join("profile");
        fs::create_dir_all(data.join("Default")).expect("a profile");
        let cookies = if profile.cookies { 1 } else { 2 };
        let preferences = json!({
            "intl": { "accept_languages": profile.languages, "selected_languages": profile.languages },
            "profile": { "default_content_setting_values": { "cookies": cookies } },
        });
        fs::write(data.join("Default/Preferences"), preferences.to_string()).expect("preferences");
        // The protocol is spoken on the descriptors 3 and 4, which the shell makes of its own.
        let mut child = space
            .tree("/bin/sh")
            .args([
                "-c",
                r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>/dev/null"#,
                "/usr/bin/chromium",
            ])
            .args(["--remote-debugging-pipe", "--headless=new", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-background-networking", "--disable-component-update"])
            .args(["--disable-sync", "--no-first-run", "--no-default-browser-check"])
            .args(profile.only_tls12.then_some("--ssl-version-max=tls1.2"))
            .args(["--disable-dev-shm-usage", "--password-store=basic", "about:blank"])
            .arg(format!("--user-data-dir={}", data.display()))
            .env("HOME", home.path())
            .env_remove("DISPLAY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("setpriv starts; Debian package util-linux");
        let to = child.stdin.take().expect("standard input is piped");
        let mut pipe = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let (send, from) = mpsc::channel();
        std::thread::Builder::new()
            .spawn(move || {
                let mut message = Vec::new();
                while pipe.read_until(0, &mut message).is_ok_and(|octets| octets > 0) {
                    message.pop();
                    let value = serde_json::from_slice(&message).expect("DevTools speaks JSON");
                    if send.send(value).is_err() {
                        break;
                    }
                    message.clear();
                }
            })
            .expect("a thread");
        let mut chromium = Self {
            child,
            to,
            from,
            session: String::new(),
            count: 0,
            waiting: VecDeque::new(),
            security: Security { secure: false, issuer: String::new() },
            complaints: Vec::new(),
            failed: Vec::new(),
            home,
        };
        chromium.attach();
        chromium
    }

    fn attach(&mut self) {
        let started = Instant::now();
        let target = loop {
            let targets = self.call("Target.getTargets", json!({}));
            let page = targets["targetInfos"]
                .as_array()
                .and_then(|all| all.iter().find(|target| target["type"] == "page"));
            match page {
                Some(page) => break page["targetId"].clone(),
                None => assert!(started.elapsed() < PATIENCE, "Chromium opens no tab: {targets}"),
            }
        };
        let attach = json!({ "targetId": target, "flatten": true });
        let attached = self.call("Target.attachToTarget", attach);
        self.session = attached["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "Network", "Log", "Security"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
    }

    /// Calls a method and gives its result.
    fn call(&mut self, method: &str, parameters: Value) -> Value {
        let answer = self.try_call(method, parameters);
        answer.unwrap_or_else(|error| panic!("Chromium: {method}: {error}"))
    }

    fn try_call(&mut self, method: &str, parameters: Value) -> Result<Value, String> {
        self.count += 1;
        let id = self.count;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        let mut octets = message.to_string().into_bytes();
        octets.push(0);
        self.to.write_all(&octets).map_err(|error| {
            format!("is gone ({error}); is the Debian package chromium installed?")
        })?;
        let started = Instant::now();
        loop {
            let message = self.next(PATIENCE.saturating_sub(started.elapsed()))?;
            if message["id"] == id {
                return match &message["error"] {
                    Value::Null => Ok(message["result"].clone()),
                    error => Err(error["message"].as_str().unwrap_or_default().to_owned()),
                };
            }
            self.waiting.push_back(message);
        }
    }

    /// Waits for an event of the tab.
    fn await_event(&mut self, method: &str) -> Result<Value, String> {
        let started = Instant::now();
        loop {
            let message = match self.waiting.pop_front() {
                Some(message) => message,
                None => self
                    .next(DEADLINE.saturating_sub(started.elapsed()))
                    .map_err(|_| format!("no {method} within {DEADLINE:?}"))?,
            };
            if message["method"] == method {
                return Ok(message["params"].clone());
            }
        }
    }

    fn next(&mut self, patience: Duration) -> Result<Value, String> {
        let message = self.from.recv_timeout(patience).map_err(|error| {
            format!("says nothing ({error}); is the Debian package chromium installed?")
        })?;
        self.note(&message);
        Ok(message)
    }

    /// Keeps what is asked for later.
    fn note(&mut self, message: &Value) {
        let event = &message["params"];
        match message["method"].as_str().unwrap_or_default() {
            "Network.responseReceived" if event["type"] == "Document" => {
                let response = &event["response"];
                // Frames are documents as well; only the tab's own page counts.
                if event["frameId"] == event["loaderId"] || event["requestId"] == event["loaderId"]
                {
                    let issuer = response["securityDetails"]["issuer"].as_str();
                    self.security.issuer = issuer.unwrap_or_default().to_owned();
                }
            }
            "Security.visibleSecurityStateChanged" => {
                self.security.secure = event["visibleSecurityState"]["securityState"] == "secure";
            }
            "Network.loadingFailed" => self.failed.push(format!(
                "{} {}{}",
                event["type"].as_str().unwrap_or_default(),
                event["errorText"].as_str().unwrap_or_default(),
                if event["canceled"] == true { " (given up by the page)" } else { "" },
            )),
            "Log.entryAdded" => {
                let entry = &event["entry"];
                if entry["level"] == "error" || entry["level"] == "warning" {
                    let text = entry["text"].as_str().unwrap_or_default();
                    let url = entry["url"].as_str().unwrap_or_default();
                    self.complaints.push(format!("{text} {url}"));
                }
            }
            "Runtime.exceptionThrown" => {
                self.complaints.push(event["exceptionDetails"]["text"].to_string());
            }
            "Runtime.consoleAPICalled" if event["type"] == "error" => {
                self.complaints.push(event["args"].to_string());
            }
            _ => {}
        }
    }
}

impl Browser for Chromium {
    fn name(&self) -> &'static str {
        "chromium"
    }

    fn goto(&mut self, url: &str) -> Result<(), String> {
        self.waiting.clear();
        let answer = self.try_call("Page.navigate", json!({ "url": url }))?;
        match answer["errorText"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => self.await_event("Page.loadEventFired").map(|_| ()),
        }
    }

    fn follow(&mut self, selector: &str) -> Result<(), String> {
        self.waiting.clear();
        let script = format!("document.querySelector({}).click()", json!(selector));
        let call = json!({ "expression": script, "userGesture": true });
        let answer = self.try_call("Runtime.evaluate", call)?;
        assert!(answer["exceptionDetails"].is_null(), "no {selector}: {answer}");
        self.await_event("Page.loadEventFired").map(|_| ())
    }

    fn back(&mut self) -> Result<(), String> {
        self.waiting.clear();
        let history = self.call("Page.getNavigationHistory", json!({}));
        let place = history["currentIndex"].as_u64().and_then(|index| index.checked_sub(1));
        let before = place.and_then(|place| usize::try_from(place).ok()).expect("a page before");
        let to = json!({ "entryId": history["entries"][before]["id"] });
        self.try_call("Page.navigateToHistoryEntry", to)?;
        // A page that was kept whole does not load again.
        match self.await_event("Page.frameNavigated")?["type"] == "BackForwardCacheRestore" {
            true => Ok(()),
            false => self.await_event("Page.loadEventFired").map(|_| ()),
        }
    }

    fn eval(&mut self, script: &str) -> Value {
        let call = json!({ "expression": script, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", call);
        assert!(answer["exceptionDetails"].is_null(), "`{script}`: {answer}");
        answer["result"]["value"].clone()
    }

    fn security(&mut self) -> Security {
        // An answer comes after all events before it.
        self.eval("0");
        self.security.clone()
    }

    fn complaints(&mut self) -> Vec<String> {
        self.eval("0");
        self.complaints.clone()
    }

    fn failed(&mut self) -> Vec<String> {
        self.eval("0");
        self.failed.clone()
    }

    fn picture(&mut self, width: u32, dark: bool) -> Vec<u8> {
        let shade = if dark { "dark" } else { "light" };
        let feature = json!([{ "name": "prefers-color-scheme", "value": shade }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": feature }));
        let size =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
        // The picture of the whole page has no bar; laid out for one, it would lose its right edge.
        self.call("Emulation.setScrollbarsHidden", json!({ "hidden": true }));
        let shot = json!({ "format": "png", "captureBeyondViewport": true });
        let answer = self.call("Page.captureScreenshot", shot);
        let text = answer["data"].as_str().expect("a picture");
        base64::engine::general_purpose::STANDARD.decode(text).expect("Base64")
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(self.home.path());
    }
}
