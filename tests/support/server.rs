//! A running Blockhouse: started with a configuration, on ports of the system's choice, known by its
//! own start-up words.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long a start, or an awaited event, may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The configuration that most tests start from. `{dir}` is the test's own folder.
pub const CONFIG: &str = r#"
[organisation]
name = "Test Organisation"
contact = "help@organisation.example"

[listen]
https = ["127.0.0.1:0", "[::1]:0"]
http = ["127.0.0.1:0"]

[ca]
directory = "certs"

[cookies]
key_file = "certs/cookie.keys"

[categories.malware]
class = "security"
title = "Malware"
hosts = ["malware.test"]

[categories.gambling]
class = "content"
title = "Gambling"
reason = "Games of chance are not for the office."
hosts = ["blocked.test", "xn--bcher-kva.test", "a_b.test"]

[categories.social]
class = "content"
title = "Social networks"
hosts = ["warned.test"]

[policies.default]
default_action = "block"

[[policies.default.rules]]
action = "warn"
categories = ["social"]

[[policies.default.rules]]
action = "block"
categories = ["malware", "gambling"]

[[locations]]
name = "Loopback"
networks = ["127.0.0.0/8", "::1/128"]
policy = "default"

[exceptions]
domains = ["trusted.test"]
"#;

/// A folder with a root, a configuration, and a program that serves them.
pub struct Blockhouse {
    child: Child,
    /// The folder of the test; certificates are in `certs`.
    pub folder: Arc<TempDir>,
    /// What was said on standard error up to `ready`.
    pub words: Vec<String>,
    said: Arc<Mutex<Vec<String>>>,
    talk: Receiver<String>,
    events: Receiver<Value>,
    seen: Mutex<Vec<Value>>,
    readers: Vec<JoinHandle<()>>,
}

/// The configuration of the tests with a way to sites; `allow` is what stands in the list.
pub fn before_sites(servers: SocketAddr, roots: &Path, allow: &str) -> String {
    format!(
        "{CONFIG}\n[upstream]\nservers = [\"{servers}\"]\nallow = [{allow}]\nroots = \"{}\"\n",
        roots.display()
    )
}

/// A folder in which `blockhouse-ca init` made a root with these options.
pub fn folder_with_root(options: &[&str]) -> Arc<TempDir> {
    let folder = TempDir::new().expect("a folder for the test");
    let made = Command::new(env!("CARGO_BIN_EXE_blockhouse-ca"))
        .args(["init", "--org", "Test Organisation", "--directory"])
        .arg(folder.path().join("certs"))
        .args(options)
        .output()
        .expect("blockhouse-ca starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Arc::new(folder)
}

/// The command that serves `config` from `folder`; `wrap` goes before the program (`ip netns exec …`). The program is
/// the one of the tests, or what `BLOCKHOUSE_BINARY` names: what is measured is a release build.
pub fn command(folder: &Path, config: &str, wrap: &[&str]) -> Command {
    let file = folder.join("blockhouse.toml");
    fs::write(&file, config).expect("the configuration is written");
    let other = std::env::var("BLOCKHOUSE_BINARY");
    let program = other.as_deref().unwrap_or(env!("CARGO_BIN_EXE_blockhouse"));
    let mut words = wrap.to_vec();
    words.push(program);
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg("--config").arg(file).arg("serve");
    command.env_remove("BLOCKHOUSE_LOG").stdin(Stdio::null());
    command
}

impl Blockhouse {
    /// Starts with [`CONFIG`] and a P-256 root.
    pub fn new() -> Self {
        Self::with(CONFIG)
    }

    /// The same with a resolver that knows sites, whose root is in this file and which have these addresses.
    pub fn before_sites(servers: SocketAddr, roots: &Path, allow: &str) -> Self {
        Self::with(&before_sites(servers, roots, &format!("\"{allow}\"")))
    }

    /// Starts with this configuration and a P-256 root.
    pub fn with(config: &str) -> Self {
        Self::start(folder_with_root(&[]), config, &[])
    }

    /// Starts in a folder that has a root already.
    pub fn start(folder: Arc<TempDir>, config: &str, wrap: &[&str]) -> Self {
        let mut child = command(folder.path(), config, wrap)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("blockhouse starts");
        let said = Arc::new(Mutex::new(Vec::new()));
        let (words_in, words_out) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().expect("standard error is piped"));
        let keep = Arc::clone(&said);
        let talk = std::thread::Builder::new().spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                keep.lock().unwrap().push(line.clone());
                let _ = words_in.send(line);
            }
        });
        let (events_in, events) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let data = std::thread::Builder::new().spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).expect("every line is an event");
                let _ = events_in.send(event);
            }
        });
        let mut words = Vec::new();
        let started = Instant::now();
        loop {
            match words_out.recv_timeout(PATIENCE.saturating_sub(started.elapsed())) {
                Ok(line) if line == "ready" => break,
                Ok(line) => words.push(line),
                Err(error) => {
                    let _ = child.kill();
                    panic!(
                        "blockhouse did not get ready ({error}); it said:\n{}",
                        words.join("\n")
                    );
                }
            }
        }
        let readers = vec![talk.unwrap(), data.unwrap()];
        let seen = Mutex::default();
        Self { child, folder, words, said, talk: words_out, events, seen, readers }
    }

    fn addresses(&self, service: &str) -> Vec<SocketAddr> {
        let start = format!("listening for {service} on ");
        let found = self.words.iter().filter_map(|line| line.strip_prefix(&start));
        found.map(|text| text.parse().expect("an address")).collect()
    }

    /// The addresses for TLS.
    pub fn https(&self) -> Vec<SocketAddr> {
        self.addresses("https")
    }

    /// The addresses for plain HTTP.
    pub fn http(&self) -> Vec<SocketAddr> {
        self.addresses("http")
    }

    /// The file that the start-up words name as root.
    pub fn root(&self) -> PathBuf {
        let start = "root certificate at ";
        let line = self.words.iter().find_map(|line| line.strip_prefix(start));
        PathBuf::from(line.expect("the start-up words name the root"))
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What its process has of something in memory, in KiB (proc_pid_status(5)).
    pub fn memory(&self, what: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// How much of processors its process has used (proc_pid_stat(5), fields 14 and 15).
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        let after_name = stat.rsplit(')').next().unwrap();
        let ticks = after_name.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.map(|field| field.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 10)
    }

    /// A metric without labels; the configuration must have a monitor.
    pub fn metric(&self, name: &str) -> u64 {
        let mut stream = TcpStream::connect(self.addresses("monitor")[0]).unwrap();
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap().trim().parse::<f64>().unwrap() as u64
    }

    /// All that was said on standard error so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }

    /// Waits until `wanted` was said on standard error.
    pub fn hear(&self, wanted: &str) {
        let started = Instant::now();
        while !self.said().contains(wanted) {
            let left = PATIENCE.saturating_sub(started.elapsed());
            if self.talk.recv_timeout(left).is_err() {
                panic!("`{wanted}` was not said, but:\n{}", self.said());
            }
        }
    }

    /// The next event that `wanted` accepts; what comes before it is kept for later calls.
    pub fn event(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut seen = self.seen.lock().unwrap();
        if let Some(place) = seen.iter().position(&wanted) {
            return seen.remove(place);
        }
        let started = Instant::now();
        loop {
            match self.events.recv_timeout(PATIENCE.saturating_sub(started.elapsed())) {
                Ok(event) if wanted(&event) => return event,
                Ok(event) => seen.push(event),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("no such event among {seen:#?}; it said:\n{}", self.said());
                }
            }
        }
    }

    /// The next event of this name.
    pub fn event_named(&self, name: &str) -> Value {
        self.event(|event| event["event"] == name)
    }

    /// Stops it, and gives every event that was not taken yet.
    pub fn stop(mut self) -> Vec<Value> {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().expect("kill starts");
        assert!(sent.success());
        let ended = self.child.wait().expect("blockhouse ends");
        assert!(ended.success(), "ended with {ended}; it said:\n{}", self.said());
        for reader in self.readers.drain(..) {
            reader.join().expect("all was read");
        }
        let mut events = std::mem::take(&mut *self.seen.lock().unwrap());
        events.extend(self.events.try_iter());
        events
    }
}

impl Drop for Blockhouse {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
