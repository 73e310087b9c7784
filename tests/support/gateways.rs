//! Gateways that people run, each started with a zone that Blockhouse exported.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use blockhouse::ask;
use hickory_proto::rr::RecordType;

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program, and the format that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bind,
    Unbound,
    UnboundRpz,
    Dnsmasq,
    DnsmasqHosts,
    Powerdns,
    Knot,
}

/// What a gateway is started with.
pub struct Setting<'s> {
    /// The exported zone.
    pub zone: &'s Path,
    /// Whom it asks for what it does not know.
    pub upstream: SocketAddr,
    /// What goes before the program, such as `ip netns exec …`.
    pub wrap: &'s [&'s str],
    /// Its address, when that is settled; else it is asked at a free port.
    pub address: Option<SocketAddr>,
}

/// A running gateway.
pub struct Gateway {
    child: Child,
    folder: PathBuf,
    /// Where it answers.
    pub address: SocketAddr,
}

impl Kind {
    /// What `--format` is called for it.
    pub fn format(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Unbound => "unbound",
            Self::UnboundRpz => "rpz",
            Self::Dnsmasq => "dnsmasq",
            Self::DnsmasqHosts => "hosts",
            Self::Powerdns => "powerdns",
            Self::Knot => "knot",
        }
    }

    /// Starts it.
    pub fn start(self, setting: &Setting<'_>) -> Gateway {
        // The port was free a moment ago; somebody else may have taken it since.
        let mut said = String::new();
        for _ in 0..5 {
            match self.try_start(setting) {
                Ok(gateway) => return gateway,
                Err(words) => said = words,
            }
        }
        panic!("{self:?} does not answer: {said}");
    }

    fn try_start(self, setting: &Setting<'_>) -> Result<Gateway, String> {
        let address = setting.address.unwrap_or_else(|| free_address(self));
        let folder = tempfile::tempdir().unwrap().keep();
        let said = folder.join("said");
        let words = self.command(setting, &folder, address);
        let mut all = setting.wrap.to_vec();
        all.extend(words.iter().map(String::as_str));
        let log = fs::File::create(&said).unwrap();
        let child = Command::new(all[0])
            .args(&all[1..])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{} starts ({error}); see tests/run", all[0]));
        let mut gateway = Gateway { child, folder, address };
        let started = Instant::now();
        loop {
            if gateway.child.try_wait().unwrap().is_some() || started.elapsed() > PATIENCE {
                return Err(fs::read_to_string(&said).unwrap_or_default());
            }
            // BIND answers a moment before it knows the zone.
            let knows = || fs::read_to_string(&said).unwrap_or_default().contains("reload done");
            if self == Self::Bind && !knows() {
                std::thread::yield_now();
                continue;
            }
            // In a network of its own it is waited for there.
            if !setting.wrap.is_empty() {
                let dig = ["dig", "+tries=1", "+time=1", "+short", "ready.truth", "@127.0.0.1"];
                let asked =
                    Command::new(setting.wrap[0]).args(&setting.wrap[1..]).args(dig).output();
                if asked.unwrap().status.success() {
                    return Ok(gateway);
                }
            } else if ask::ask(address, "ready.truth", RecordType::A, Duration::from_secs(1))
                .is_ok()
            {
                return Ok(gateway);
            }
            std::thread::yield_now();
        }
    }

    /// The words that start it, after its configuration was written.
    fn command(self, setting: &Setting<'_>, folder: &Path, address: SocketAddr) -> Vec<String> {
        let (zone, up) = (setting.zone.display(), setting.upstream);
        let (ip, port) = (address.ip(), address.port());
        let dir = folder.display();
        let write = |name: &str, text: String| {
            let file = folder.join(name);
            fs::write(&file, text).unwrap();
            file.display().to_string()
        };
        let unbound = |more: String| {
            let text = format!(
                "server:\n interface: {ip}\n port: {port}\n do-daemonize: no\n username: \"\"\n \
                 chroot: \"\"\n pidfile: \"\"\n directory: \"{dir}\"\n use-syslog: no\n \
                 num-threads: 1\n do-not-query-localhost: no\n access-control: 127.0.0.0/8 allow\n\
                 {more}\nforward-zone:\n name: \".\"\n forward-addr: {}@{}\n\
                 remote-control:\n control-enable: no\n",
                up.ip(),
                up.port()
            );
            ["unbound", "-d", "-c", &write("unbound.conf", text)].map(str::to_owned).to_vec()
        };
        match self {
            Self::Unbound => unbound(format!(" module-config: \"iterator\"\ninclude: \"{zone}\"")),
            Self::UnboundRpz => unbound(format!(
                " module-config: \"respip iterator\"\nrpz:\n name: rpz.blockhouse\n zonefile: {zone}"
            )),
            Self::Bind => {
                let text = format!(
                    "options {{ directory \"{dir}\"; pid-file none; session-keyfile none;\n\
                     listen-on port {port} {{ {ip}; }}; listen-on-v6 {{ none; }};\n\
                     recursion yes; allow-query {{ any; }}; dnssec-validation no;\n\
                     forward only; forwarders {{ {} port {}; }}; empty-zones-enable no;\n\
                     response-policy {{ zone \"rpz.blockhouse\"; }} qname-wait-recurse no break-dnssec yes;\n\
                     }};\ncontrols {{ }};\n\
                     zone \"rpz.blockhouse\" {{ type primary; file \"{zone}\"; \
                     allow-query {{ none; }}; check-names ignore; }};\n",
                    up.ip(),
                    up.port()
                );
                let file = write("named.conf", text);
                ["named", "-g", "-n", "1", "-c", &file].map(str::to_owned).to_vec()
            }
            Self::Dnsmasq | Self::DnsmasqHosts => {
                let more = match self {
                    Self::Dnsmasq => format!("conf-file={zone}"),
                    _ => format!("addn-hosts={zone}"),
                };
                let text = format!(
                    "port={port}\nlisten-address={ip}\nbind-interfaces\nno-resolv\nno-hosts\n\
                     pid-file=\nuser=root\nserver={}#{}\n{more}\n",
                    up.ip(),
                    up.port()
                );
                let file = write("dnsmasq.conf", text);
                vec!["dnsmasq".to_owned(), "-k".to_owned(), format!("--conf-file={file}")]
            }
            Self::Powerdns => {
                let lua = format!("rpzFile(\"{zone}\", {{policyName=\"rpz.blockhouse\"}})\n");
                let lua = write("rpz.lua", lua);
                let text = format!(
                    "local-address={ip}\nlocal-port={port}\nforward-zones-recurse=.={up}\n\
                     lua-config-file={lua}\nsocket-dir={dir}\ndaemon=no\ndisable-syslog=yes\n\
                     threads=1\ndnssec=off\nsecurity-poll-suffix=\ndont-query=\nwrite-pid=no\n\
                     allow-from=127.0.0.0/8\nsetuid=\nsetgid=\n"
                );
                write("recursor.conf", text);
                vec!["pdns_recursor".to_owned(), format!("--config-dir={dir}")]
            }
            Self::Knot => {
                let text = format!(
                    "net.listen('{ip}', {port}, {{ kind = 'dns' }})\ncache.size = 10 * MB\n\
                     trust_anchors.remove('.')\n\
                     for _, name in ipairs({{'priming', 'ta_update', 'ta_signal_query', \
                     'detect_time_skew', 'detect_time_jump'}}) do pcall(modules.unload, name) end\n\
                     local rpz = policy.rpz(policy.DENY, '{zone}')\n\
                     policy.add(function (request, query) local action = rpz(request, query)\n\
                     if action ~= policy.PASS then return action end end)\n\
                     policy.add(policy.all(policy.STUB('{}@{}')))\n",
                    up.ip(),
                    up.port()
                );
                let file = write("kresd.conf", text);
                vec!["kresd".to_owned(), "-n".to_owned(), "-c".to_owned(), file, dir.to_string()]
            }
        }
    }
}

/// An address whose port is free for UDP and TCP.
fn free_address(kind: Kind) -> SocketAddr {
    // Each has a loopback address of its own: at a shared one a port can go to another server between
    // this look and its start, and that one would answer in its stead. BIND knows only the addresses
    // that stand at an interface.
    static COUNT: AtomicU8 = AtomicU8::new(1);
    let ip = match kind {
        Kind::Bind => Ipv4Addr::LOCALHOST,
        _ => Ipv4Addr::new(127, 66, 0, COUNT.fetch_add(1, Ordering::Relaxed).max(1)),
    };
    loop {
        let udp = UdpSocket::bind((ip, 0)).unwrap();
        let address = udp.local_addr().unwrap();
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

impl Gateway {
    /// All that it said.
    pub fn said(&self) -> String {
        fs::read_to_string(self.folder.join("said")).unwrap_or_default()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
