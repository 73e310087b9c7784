//! A real resolver on loopback that knows the addresses of the tests' sites: dnsmasq.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};

/// A running dnsmasq.
pub struct Resolver {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
}

impl Resolver {
    /// Knows these names, each with everything below it, and no others; an empty address is a name that
    /// does not exist.
    pub fn start(names: &[(&str, &str)]) -> Self {
        // The port was free a moment ago; somebody else may have taken it since.
        let mut said = String::new();
        for _ in 0..10 {
            match Self::try_start(names) {
                Ok(resolver) => return resolver,
                Err(words) => said = words,
            }
        }
        panic!("dnsmasq ended: {said}");
    }

    fn try_start(names: &[(&str, &str)]) -> Result<Self, String> {
        let address = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut child = Command::new("dnsmasq")
            .args(["--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"])
            .args(["--bind-interfaces", "--listen-address=127.0.0.1", "--pid-file="])
            .arg(format!("--port={}", address.port()))
            .args(names.iter().map(|(name, ip)| format!("--address=/{name}/{ip}")))
            .stderr(Stdio::piped())
            .spawn()
            .expect("dnsmasq starts; Debian package dnsmasq-base");
        let mut said = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        while !said.contains("started") {
            if lines.read_line(&mut said).unwrap() == 0 {
                let _ = child.wait();
                return Err(said);
            }
        }
        Ok(Self { child, address })
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
