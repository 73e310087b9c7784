//! Real name servers as gateways: each started with a zone that Blockhouse wrote, in front of an upstream
//! that knows every name.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::namespace::Namespace;

/// What the upstream answers for every name.
pub const TRUE_V4: &str = "198.51.100.1";
/// The same for AAAA.
pub const TRUE_V6: &str = "2001:2::51";

/// How long a name server may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A name server and a zone of Blockhouse's for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    UnboundRpz,
    Unbound,
    Bind,
    Dnsmasq,
    Powerdns,
    Knot,
}

impl Kind {
    /// The format that Blockhouse writes for it.
    pub fn format(self) -> &'static str {
        match self {
            Self::UnboundRpz => "rpz",
            Self::Unbound => "unbound",
            Self::Bind => "bind",
            Self::Dnsmasq => "dnsmasq",
            Self::Powerdns => "powerdns",
            Self::Knot => "knot",
        }
    }
}

/// A running name server.
pub struct NameServer {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
}

impl NameServer {
    /// An upstream that knows every name, and for these names more than addresses.
    pub fn upstream(names: &[&str]) -> Self {
        start("dnsmasq", |port| {
            let mut command = Command::new("dnsmasq");
            command
                .args(["--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"])
                .args(["--bind-interfaces", "--listen-address=127.0.0.1", "--pid-file="])
                .arg(format!("--port={port}"))
                .args([format!("--address=/#/{TRUE_V4}"), format!("--address=/#/{TRUE_V6}")]);
            for name in names {
                // 1 . alpn=h3
                command.arg(format!("--dns-rr={name},65,000100000100030268 33").replace(' ', ""));
                command.arg(format!("--dns-rr={name},64,000100000100030268 33").replace(' ', ""));
                command.arg(format!("--mx-host={name},mail.{name},10"));
                command.arg(format!("--txt-record={name},the truth"));
            }
            command
        })
    }

    /// A gateway of this kind with the zone in `folder/zone`.
    pub fn gateway(kind: Kind, folder: &Path, upstream: SocketAddr) -> Self {
        let zone = folder.join("zone").display().to_string();
        let own = folder.join(format!("{kind:?}"));
        let _ = fs::remove_dir_all(&own);
        fs::create_dir(&own).expect("a folder for the name server");
        let file = own.join("conf");
        let up = upstream.port();
        let here = own.display();
        match kind {
            Kind::UnboundRpz | Kind::Unbound => start("unbound", |port| {
                let how = match kind {
                    Kind::Unbound => format!("include: \"{zone}\"\n"),
                    _ => format!("rpz:\n name: \"rpz.blockhouse\"\n zonefile: \"{zone}\"\n"),
                };
                let modules = if kind == Kind::Unbound { "iterator" } else { "respip iterator" };
                let text = format!(
                    "server:\n directory: \"{here}\"\n chroot: \"\"\n username: \"\"\n pidfile: \"\"\n \
                     use-syslog: no\n logfile: \"\"\n interface: 127.0.0.1\n port: {port}\n \
                     do-daemonize: no\n do-not-query-localhost: no\n module-config: \"{modules}\"\n\
                     remote-control:\n control-enable: no\n{how}\
                     forward-zone:\n name: \".\"\n forward-addr: 127.0.0.1@{up}\n"
                );
                fs::write(&file, text).expect("the configuration is written");
                let mut command = Command::new("unbound");
                command.args(["-d", "-p", "-c"]).arg(&file);
                command
            }),
            Kind::Bind => start("named", |port| {
                let text = format!(
                    "options {{ directory \"{here}\"; listen-on port {port} {{ 127.0.0.1; }}; \
                     listen-on-v6 {{ none; }}; recursion yes; allow-query {{ any; }}; forward only; \
                     forwarders {{ 127.0.0.1 port {up}; }}; dnssec-validation no; pid-file none; \
                     session-keyfile none; \
                     response-policy {{ zone \"rpz.blockhouse\"; }} break-dnssec yes qname-wait-recurse no; \
                     }};\ncontrols {{ }};\n\
                     zone \"rpz.blockhouse\" {{ type primary; file \"{zone}\"; allow-query {{ none; }}; }};\n"
                );
                fs::write(&file, text).expect("the configuration is written");
                let mut command = Command::new("named");
                command.args(["-g", "-n", "1", "-c"]).arg(&file);
                command
            }),
            Kind::Dnsmasq => start("dnsmasq", |port| {
                let mut command = Command::new("dnsmasq");
                command
                    .args(["--no-daemon", "--no-resolv", "--no-hosts", "--bind-interfaces"])
                    .args(["--listen-address=127.0.0.1", "--pid-file="])
                    .args([format!("--port={port}"), format!("--server=127.0.0.1#{up}")])
                    .arg(format!("--conf-file={zone}"));
                command
            }),
            Kind::Powerdns => start("pdns_recursor", |port| {
                let text = format!("rpzFile(\"{zone}\", {{ policyName = \"blockhouse\" }})\n");
                fs::write(&file, text).expect("the configuration is written");
                let mut command = Command::new("pdns_recursor");
                command
                    .args(["--daemon=no", "--dnssec=off", "--local-address=127.0.0.1", "--quiet"])
                    .args(["--allow-from=127.0.0.0/8", "--threads=1", "--dont-query="])
                    .arg(format!("--config-dir={here}"))
                    .arg(format!("--socket-dir={here}"))
                    .arg(format!("--local-port={port}"))
                    .arg(format!("--forward-zones-recurse=.=127.0.0.1:{up}"))
                    .arg(format!("--lua-config-file={}", file.display()));
                command
            }),
            Kind::Knot => start("kresd", |port| {
                let text = format!(
                    "net.listen('127.0.0.1', {port}, {{ kind = 'dns' }})\n\
                     cache.size = 10 * MB\ntrust_anchors.remove('.')\n\
                     modules = {{ 'hints > iterate' }}\nhints.root({{ ['nobody.'] = '127.0.0.1' }})\n\
                     policy.add(policy.rpz(policy.DENY, '{zone}', false))\n\
                     policy.add(policy.all(policy.STUB('127.0.0.1@{up}')))\n"
                );
                fs::write(&file, text).expect("the configuration is written");
                let mut command = Command::new("kresd");
                command.args(["--noninteractive", "--config"]).arg(&file).arg(&own);
                command
            }),
        }
    }

    /// Unbound with a response policy zone in a network of the test's own, at 127.0.0.1:53.
    pub fn unbound_in(space: &Namespace, folder: &Path) -> Self {
        let conf = folder.join("unbound.conf");
        let (here, zone) = (folder.display(), folder.join("zone").display().to_string());
        let text = format!(
            "server:\n directory: \"{here}\"\n chroot: \"\"\n username: \"\"\n pidfile: \"\"\n \
             use-syslog: no\n logfile: \"\"\n interface: 127.0.0.1\n do-daemonize: no\n \
             do-not-query-localhost: no\n module-config: \"respip iterator\"\n \
             local-zone: \"test.\" nodefault\n\
             remote-control:\n control-enable: no\n\
             rpz:\n name: \"rpz.blockhouse\"\n zonefile: \"{zone}\"\n"
        );
        fs::write(&conf, text).expect("the configuration is written");
        let child = space
            .command("unbound")
            .args(["-d", "-p", "-c"])
            .arg(&conf)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("unbound starts; see tests/run");
        let address: SocketAddr = ([127, 0, 0, 1], 53).into();
        let started = Instant::now();
        while space.connect(address).is_err() {
            assert!(started.elapsed() < PATIENCE, "unbound does not listen");
        }
        Self { child, address }
    }

    /// What `dig` prints with these words.
    pub fn dig(&self, words: &[&str]) -> String {
        let output = Command::new("dig")
            .arg(format!("@{}", self.address.ip()))
            .args(["-p", &self.address.port().to_string(), "+time=10", "+tries=2"])
            .args(words)
            .output()
            .expect("dig starts; Debian package dnsutils");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The answers for a name, sorted; `NXDOMAIN` or `SERVFAIL`, or `-` where there is none.
    pub fn answers(&self, name: &str, kind: &str) -> String {
        let text = self.dig(&["+noall", "+comments", "+answer", "-t", kind, name]);
        for code in ["NXDOMAIN", "SERVFAIL"] {
            if text.contains(&format!("status: {code}")) {
                return code.to_owned();
            }
        }
        assert!(text.contains("status: NOERROR"), "{name} {kind}: {text}");
        let records = text.lines().filter(|line| !line.starts_with(';') && !line.is_empty());
        let data =
            records.map(|line| line.split_whitespace().skip(3).collect::<Vec<_>>().join(" "));
        let mut data: Vec<String> = data.collect();
        data.sort();
        if data.is_empty() { "-".to_owned() } else { data.join(", ") }
    }
}

fn start(name: &str, command: impl Fn(u16) -> Command) -> NameServer {
    let mut said = String::new();
    // The port was free a moment ago; somebody else may have taken it since.
    for _ in 0..5 {
        let address = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut log = tempfile::tempfile().expect("a file for what it says");
        let mut child = command(address.port())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // A pipe that nobody empties would stop it.
            .stderr(log.try_clone().unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start ({error}); see tests/run"));
        if answers(address, &mut child) {
            return NameServer { child, address };
        }
        let _ = child.kill();
        let _ = child.wait();
        said.clear();
        let _ = log.seek(SeekFrom::Start(0));
        let _ = log.take(1 << 16).read_to_string(&mut said);
    }
    panic!("{name} does not answer; it said:\n{said}");
}

/// Asks until there is an answer, or the server has ended.
fn answers(address: SocketAddr, child: &mut Child) -> bool {
    // ready.example A, recursion desired.
    let question =
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05ready\x07example\x00\x00\x01\x00\x01";
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let started = Instant::now();
    let mut answer = [0; 512];
    while started.elapsed() < PATIENCE {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return false;
        }
        let _ = socket.send(question);
        // NOERROR: some servers say SERVFAIL before they are ready.
        if matches!(socket.recv(&mut answer), Ok(length) if length > 12 && answer[3] & 15 == 0) {
            return true;
        }
    }
    false
}

impl Drop for NameServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
