//! `blockhouse-ca verify`.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use rustls::RootCertStore;
use serde::Serialize;

use super::machine::Machine;
use crate::ca::CaError;
use crate::doctor::{Shake, shake};
use crate::host::Host;
use crate::stores::{Act, Entry, Kind, Root, State};

/// How long each step of a handshake may take.
const PATIENCE: Duration = Duration::from_secs(10);
const HTTPS: u16 = 443;

/// Tell which of this machine's stores trust the root
///
/// Changes nothing. Exit codes: 0 when every store that is here trusts the root and the handshakes that
/// were asked for succeed, 1 when one does not, 2 when the command line is wrong.
#[derive(Debug, Args)]
pub(super) struct Verify {
    #[command(flatten)]
    machine: Machine,
    /// Shake hands with this server: once for each root, trusting it alone, and once as the system does.
    #[arg(long, value_name = "HOST[:PORT]")]
    connect: Option<String>,
    /// The host to ask for in the handshake [default: the host of --connect]
    #[arg(long, value_name = "HOST", requires = "connect", value_parser = Host::from_text)]
    name: Option<Host>,
}

/// One handshake.
#[derive(Debug, Serialize)]
struct Handshake {
    /// `root` or `system`.
    trusting: &'static str,
    /// The SHA-256 fingerprint of that root.
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
    accepted: bool,
    what: String,
    next: Option<String>,
}

pub(super) fn run(args: &Verify) -> Result<ExitCode, CaError> {
    let target = args.connect.as_deref().map(target).transpose()?;
    let roots = args.machine.roots()?;
    let entries = args.machine.run(Act::Verify, &roots);
    let bad = |state| matches!(state, State::Missing | State::Untrusted | State::Failed);
    let trusted = entries.iter().any(|entry| entry.state == State::Trusted)
        && !entries.iter().any(|entry| bad(entry.state));
    let handshakes = target.map(|(host, address)| {
        let name = &args.name.as_ref().map_or(host, Host::to_string);
        // One by one: in the overlap of two roots a device may have either.
        let of = |root: &Root| told(Some(root), shake(address, name, &alone(root), PATIENCE));
        let mut found: Vec<Handshake> = roots.iter().map(of).collect();
        if args.machine.scope().system {
            let mut shaken = by_the_system(address, name);
            let is_ours = found.iter().any(|handshake| handshake.accepted);
            // The server shows what it should, so that it is this machine that has to change.
            if let Some(install) = lacking(&entries).filter(|_| is_ours && !shaken.accepted) {
                shaken.next = Some(format!("this machine's store lacks the root: {install}"));
            }
            found.push(told(None, shaken));
        }
        found
    });
    let shaken = handshakes.iter().flatten().all(|handshake| handshake.accepted);
    let talk = |handshake: &Handshake| {
        let state = if handshake.accepted { "accepted" } else { "refused" };
        let named = |sha256: &String| roots.iter().find(|root| root.sha256 == *sha256);
        let whom = match handshake.root.as_ref().and_then(named) {
            Some(root) if roots.len() > 1 => format!("trusting \"{}\" alone", root.name),
            Some(_) => "trusting the root alone".to_owned(),
            None => "as the system does".to_owned(),
        };
        let mut lines = vec![format!("handshake {whom}: {state}: {}", handshake.what)];
        lines.extend(handshake.next.as_ref().map(|next| format!("  next: {next}")));
        lines
    };
    let handshakes = handshakes.as_deref();
    if entries.iter().all(|entry| entry.state == State::Skipped) {
        eprintln!("No store of trust was found here, so that nothing trusts the root.");
    }
    Ok(args.machine.tell(&roots, &entries, handshakes, trusted && shaken, talk))
}

/// How to put the root into the system's store, where it is missing.
fn lacking(entries: &[Entry]) -> Option<&str> {
    let lacks = |entry: &&Entry| entry.store == Kind::System && entry.state == State::Missing;
    entries.iter().find(lacks)?.next.as_deref()
}

fn told(root: Option<&Root>, shake: Shake) -> Handshake {
    let trusting = if root.is_some() { "root" } else { "system" };
    let root = root.map(|root| root.sha256.clone());
    Handshake { trusting, root, accepted: shake.accepted, what: shake.what, next: shake.next }
}

fn alone(root: &Root) -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates([root.der.clone()]);
    store
}

fn by_the_system(address: SocketAddr, name: &str) -> Shake {
    let mut store = RootCertStore::empty();
    let (added, _) =
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        return Shake {
            accepted: false,
            what: "the system has no roots that can be read".to_owned(),
            next: Some("install the package `ca-certificates`".to_owned()),
        };
    }
    shake(address, name, &store, PATIENCE)
}

/// The host and where it is.
fn target(text: &str) -> Result<(String, SocketAddr), CaError> {
    let bad = |why: String| CaError::BadOption { option: "--connect", value: text.into(), why };
    let (host, port) = parts(text).ok_or_else(|| {
        bad("write `192.0.2.1`, `[2001:db8::1]:443` or `blocked.example:443`".to_owned())
    })?;
    let found = (host.as_str(), port).to_socket_addrs();
    let mut found = found.map_err(|error| bad(format!("it leads nowhere ({error})")))?;
    let address = found.next().ok_or_else(|| bad("it has no address".to_owned()))?;
    Ok((host, address))
}

fn parts(text: &str) -> Option<(String, u16)> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some((address.ip().to_string(), address.port()));
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return Some((bare.to_owned(), HTTPS));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (text, HTTPS),
    };
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn addresses_have_port_443() {
        let cases = [
            ("192.0.2.1", ("192.0.2.1", 443)),
            ("192.0.2.1:8443", ("192.0.2.1", 8443)),
            ("2001:db8::1", ("2001:db8::1", 443)),
            ("[2001:db8::1]", ("2001:db8::1", 443)),
            ("[2001:db8::1]:8443", ("2001:db8::1", 8443)),
            ("blocked.example", ("blocked.example", 443)),
            ("blocked.example:8443", ("blocked.example", 8443)),
        ];
        for (text, (host, port)) in cases {
            assert_eq!(parts(text), Some((host.to_owned(), port)), "{text}");
        }
        for text in ["", ":443", "blocked.example:port", "a:b:c"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
