//! A network of the test's own: a browser, a name server and Blockhouse meet in it on the real ports,
//! nothing leaves it, and tests run side by side.

use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Where redirected names lead. Browsers count 192.0.2.0/24 as public, unlike loopback and private
/// addresses, which they would ask the person about before they fetch parts of a public page.
pub const BLOCKED_V4: &str = "192.0.2.1";
/// The same for IPv6: a benchmarking address, public for both browsers, unlike 2001:db8::/32.
pub const BLOCKED_V6: &str = "2001:2::1";
/// Where a site lives that is not blocked.
pub const SITE_V4: &str = "192.0.2.20";
/// Where a site lives that is blocked or warned about.
pub const ORIGIN_V4: &str = "192.0.2.30";
/// The address of [`SITE_V4`] for IPv6.
pub const SITE_V6: &str = "2001:2::20";

/// A network namespace, which is gone with this value.
pub struct Namespace {
    name: String,
    /// What lies over `/etc` for trees of processes.
    etc: Option<PathBuf>,
}

impl Namespace {
    /// A network with the addresses above on one interface, and a resolver configuration that asks
    /// 127.0.0.1. Needs root.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        remove_abandoned();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{count}", std::process::id());
        ip(&["netns", "add", &name]);
        let space = Self { name, etc: None };
        let folder = resolver_folder(&space.name);
        fs::create_dir_all(&folder)
            .expect("a folder below /etc/netns (the browser tests run as root)");
        fs::write(folder.join("resolv.conf"), "nameserver 127.0.0.1\n").expect("resolv.conf");
        let name = space.name.as_str();
        let inside = |words: &[&str]| ip(&[&["-n", name], words].concat());
        inside(&["link", "set", "lo", "up"]);
        // An interface that is up, so that browsers do not think they are off-line. Both ends of the
        // pair stay in here.
        inside(&["link", "add", "net0", "type", "veth", "peer", "name", "net1"]);
        // Chromium gives its requests up when an address comes (ERR_NETWORK_CHANGED), so none may come
        // by itself later.
        for link in ["net0", "net1"] {
            inside(&["link", "set", link, "addrgenmode", "none"]);
        }
        for address in [BLOCKED_V4, SITE_V4, ORIGIN_V4] {
            inside(&["address", "add", &format!("{address}/24"), "dev", "net0"]);
        }
        for address in [BLOCKED_V6, SITE_V6] {
            let address = format!("{address}/64");
            inside(&["-6", "address", "add", &address, "dev", "net0", "nodad"]);
        }
        inside(&["link", "set", "net1", "up"]);
        inside(&["link", "set", "net0", "up"]);
        // The kernel reports the carrier a moment later, which Chromium takes for a change as well.
        let started = Instant::now();
        while !inside(&["link", "show", "net0"]).contains("state UP") {
            assert!(started.elapsed() < Duration::from_secs(10), "net0 does not come up");
        }
        // Browsers look for a route to public addresses before they ask for AAAA.
        inside(&["-6", "route", "add", "default", "dev", "net0"]);
        space
    }

    /// Makes another server than 127.0.0.1 the one that commands ask from now on.
    pub fn name_server(&self, address: &str) {
        let file = resolver_folder(&self.name).join("resolv.conf");
        fs::write(file, format!("nameserver {address}\n")).expect("resolv.conf");
    }

    /// What goes before a command so that it runs in here, and dies with the thread that started it.
    pub fn wrap(&self) -> [&str; 7] {
        ["setpriv", "--pdeathsig", "KILL", "ip", "netns", "exec", &self.name]
    }

    /// A command that runs in here. `wrap` ends in `exec`, so the child's id is the program's.
    pub fn command(&self, program: &str) -> Command {
        let wrap = self.wrap();
        let mut command = Command::new(wrap[0]);
        command.args(&wrap[1..]).arg(program);
        command
    }

    /// A command whose whole tree of processes ends with it: it is the first of its own process ids.
    pub fn tree(&self, program: &str) -> Command {
        let mut command = self.command("unshare");
        command.args(["--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--"]);
        if let Some(etc) = &self.etc {
            // Each of these has mounts of its own already.
            let script = r#"mount -t overlay -o "lowerdir=$0:/etc" overlay /etc && exec "$@""#;
            command.args(["/bin/sh", "-c", script]).arg(etc);
        }
        command.arg(program);
        command
    }

    /// Lets what is in this folder lie over `/etc` for trees of processes that start from now on.
    pub fn lay_over_etc(&mut self, folder: &Path) {
        // It hides the file that `ip` puts there.
        fs::write(folder.join("resolv.conf"), "nameserver 127.0.0.1\n").expect("resolv.conf");
        self.etc = Some(folder.to_owned());
    }

    /// A connection made in here.
    pub fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        self.within(|| TcpStream::connect(address))
    }

    /// A listener in here.
    pub fn listen(&self, address: SocketAddr) -> io::Result<TcpListener> {
        self.within(|| TcpListener::bind(address))
    }

    /// A socket for UDP in here.
    pub fn udp(&self, address: SocketAddr) -> io::Result<UdpSocket> {
        self.within(|| UdpSocket::bind(address))
    }

    /// Does something in a thread that has moved in here. Sockets stay where they were made.
    fn within<T: Send>(&self, action: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
        let link = Path::new("/run/netns").join(&self.name);
        std::thread::scope(|scope| {
            let inside = scope.spawn(move || {
                let link = File::open(link)?;
                move_into_link_name_space(link.as_fd(), Some(LinkNameSpaceType::Network))?;
                action()
            });
            inside.join().expect("the thread in the namespace ends")
        })
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        remove(&self.name);
    }
}

const PREFIX: &str = "blockhouse-";

fn resolver_folder(name: &str) -> PathBuf {
    Path::new("/etc/netns").join(name)
}

fn remove(name: &str) {
    let _ = Command::new("ip").args(["netns", "delete", name]).status();
    let _ = fs::remove_dir_all(resolver_folder(name));
}

/// Takes away what test runs left that were killed.
fn remove_abandoned() {
    let Ok(spaces) = fs::read_dir("/run/netns") else { return };
    for name in spaces.filter_map(|entry| entry.ok()?.file_name().into_string().ok()) {
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            remove(&name);
        }
    }
}

fn ip(words: &[&str]) -> String {
    let output = Command::new("ip").args(words).output();
    let output = output.expect("ip starts; Debian package iproute2");
    assert!(
        output.status.success(),
        "ip {}: {} (the browser tests run as root, for network namespaces)",
        words.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
