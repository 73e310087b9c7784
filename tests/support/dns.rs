//! The gateway of the tests: a real dnsmasq that redirects names to Blockhouse.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::namespace::{BLOCKED_V4, BLOCKED_V6, Namespace, SITE_V4, SITE_V6};

/// A running dnsmasq.
pub struct Dns {
    child: Child,
    log: Arc<(Mutex<Vec<String>>, Condvar)>,
    reader: Option<JoinHandle<()>>,
}

impl Dns {
    /// Redirects every name to Blockhouse, except `site`, which is told truthfully. `options` are
    /// dnsmasq's own.
    pub fn start(space: &Namespace, site: &str, options: &[&str]) -> Self {
        let mut child = space
            .command("/usr/sbin/dnsmasq")
            .args(["--conf-file=/dev/null", "--keep-in-foreground", "--user=root", "--pid-file="])
            .args(["--no-resolv", "--no-hosts", "--log-facility=-", "--log-queries"])
            .args(["--listen-address=127.0.0.1", "--bind-interfaces"])
            .arg(format!("--address=/#/{BLOCKED_V4}"))
            .arg(format!("--address=/#/{BLOCKED_V6}"))
            .arg(format!("--address=/{site}/{SITE_V4}"))
            .arg(format!("--address=/{site}/{SITE_V6}"))
            // Browsers talk to their makers whatever the profile says.
            .args(["--address=/mozilla.com/", "--address=/mozilla.net/", "--address=/mozilla.org/"])
            .arg("--address=/googleapis.com/")
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("dnsmasq starts; Debian package dnsmasq-base");
        let log = Arc::<(Mutex<Vec<String>>, Condvar)>::default();
        let stderr = BufReader::new(child.stderr.take().expect("standard error is piped"));
        let keep = Arc::clone(&log);
        let reader = std::thread::Builder::new().spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                keep.0.lock().unwrap().push(line);
                keep.1.notify_all();
            }
            keep.0.lock().unwrap().push(ENDED.to_owned());
            keep.1.notify_all();
        });
        let dns = Self { child, log, reader: reader.ok() };
        dns.wait("started, version");
        dns
    }

    /// Whether a query of this type (`A`, `AAAA`, `HTTPS`) for this name came.
    pub fn was_asked(&self, kind: &str, name: &str) -> bool {
        let wanted = format!("query[{kind}] {name} ");
        self.log.0.lock().unwrap().iter().any(|line| line.contains(&wanted))
    }

    /// All that it said.
    pub fn said(&self) -> String {
        self.log.0.lock().unwrap().join("\n")
    }

    fn wait(&self, words: &str) {
        let (log, more) = &*self.log;
        let done = |log: &Vec<String>| log.iter().any(|line| line.contains(words) || line == ENDED);
        let log = log.lock().unwrap();
        let (log, _) =
            more.wait_timeout_while(log, Duration::from_secs(30), |log| !done(log)).unwrap();
        assert!(log.iter().any(|line| line.contains(words)), "dnsmasq said: {log:#?}");
    }
}

const ENDED: &str = "(dnsmasq has ended)";

impl Drop for Dns {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}
