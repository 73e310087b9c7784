//! A load of TLS connections that verifies what it gets: `bench/compare` runs it against each server in turn.
//!
//!     load MODE ADDRESS ROOT.pem SUFFIX COUNT CLIENTS PID [1.2|1.3] [PATH] [COOKIE]
//!
//! ADDRESS is `connect:ADDRESS` for a proxy, which is asked to connect first (RFC 9110 section 9.3.6). Modes: `cold` (each connection for a name that nobody asked for), `warm` (256 names that were asked for
//! before, full handshakes), `resumed` (the same with the session of before), `keepalive` (requests on one
//! connection for each client), `storm` (all connections at once for one new name). It prints one line of
//! JSON: how many, what failed, the rate, latencies, and how much CPU the process PID and its children took for each,
//! in microseconds. PATH is asked for as a browser asks for a page, a page in a frame (`/frame`), or a part (`.css`).

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "its line is what it is for, and times are in it"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned};

type Failure = Box<dyn Error + Send + Sync>;

/// Names of the warm set.
const WARM: usize = 256;
const BOUND: Duration = Duration::from_secs(30);

struct Plan {
    mode: String,
    to: SocketAddr,
    /// To be asked to connect.
    proxied: bool,
    config: ClientConfig,
    suffix: String,
    count: usize,
    clients: usize,
    request: String,
    /// Differs in each run, so that cold names are cold.
    run: u32,
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [mode, to, root, suffix, count, clients, pid, more @ ..] = &words[..] else {
        return Err(
            "load MODE ADDRESS ROOT.pem SUFFIX COUNT CLIENTS PID [1.2|1.3] [PATH] [COOKIE]".into(),
        );
    };
    let version = more.first().map_or("1.3", String::as_str);
    let path = more.get(1).map_or("/", String::as_str);
    let fetch = match path {
        "/frame" => "Accept: text/html\r\nSec-Fetch-Dest: iframe\r\nSec-Fetch-Mode: navigate",
        path if path.ends_with(".css") => {
            "Accept: text/css\r\nSec-Fetch-Dest: style\r\nSec-Fetch-Mode: no-cors"
        }
        _ => "Accept: text/html\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate",
    };
    let proxy = to.strip_prefix("connect:");
    let cookie = more.get(2).map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
    let plan = Plan {
        mode: mode.clone(),
        to: proxy.unwrap_or(to).parse()?,
        proxied: proxy.is_some(),
        config: config(root, version)?,
        suffix: suffix.clone(),
        count: count.parse()?,
        clients: clients.parse()?,
        request: format!(
            "GET {path} HTTP/1.1\r\nHost: HOST\r\n{cookie}{fetch}\r\nUser-Agent: load\r\n\r\n"
        ),
        run: std::process::id(),
    };
    let (next, barrier) = (AtomicUsize::new(0), Barrier::new(plan.clients + 1));
    if plan.mode == "warm" || plan.mode == "resumed" {
        for number in 0..WARM {
            // What fails here fails below as well, where it counts.
            let _ = visit(&plan, &plan.config, &plan.name(number));
        }
    }
    let cpu = || cpu_ticks(pid);
    let (outcomes, took, ticks) = std::thread::scope(|scope| {
        let run = |_| scope.spawn(|| client(&plan, &next, &barrier));
        let started: Vec<_> = (0..plan.clients).map(run).collect();
        // What prepares the clients does not count.
        barrier.wait();
        let (begun, before) = (Instant::now(), cpu());
        let outcomes: Vec<_> =
            started.into_iter().map(|one| one.join().unwrap_or_default()).collect();
        (outcomes.concat(), begun.elapsed(), cpu().saturating_sub(before))
    });
    report(&outcomes, took, ticks);
    Ok(())
}

fn config(root: &str, version: &str) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(root)? {
        roots.add(certificate?)?;
    }
    let version = match version {
        "1.2" => &rustls::version::TLS12,
        _ => &rustls::version::TLS13,
    };
    let mut provider = aws_lc_rs::default_provider();
    // The plain curve, so that servers with and without post-quantum key exchange compare.
    provider.kx_groups = vec![aws_lc_rs::kx_group::X25519];
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[version])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

impl Plan {
    fn name(&self, number: usize) -> String {
        match self.mode.as_str() {
            "cold" => format!("c{}-{number}.{}", self.run, self.suffix),
            "storm" => format!("s{}.{}", self.run, self.suffix),
            // One connection is for one name.
            "keepalive" => format!("k.{}", self.suffix),
            _ => format!("w{}.{}", number % WARM, self.suffix),
        }
    }
}

type Outcome = Result<Duration, String>;

/// One client: takes numbers until there are none left.
fn client(plan: &Plan, next: &AtomicUsize, barrier: &Barrier) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut resuming = plan.config.clone();
    resuming.resumption = Resumption::in_memory_sessions(16 * WARM);
    let mut kept = None;
    match plan.mode.as_str() {
        "resumed" => {
            // Sessions of its own, to be resumed below.
            for number in 0..WARM {
                let _ = visit(plan, &resuming, &plan.name(number));
            }
        }
        "keepalive" => kept = connect(plan, &plan.config, &plan.name(0)).ok(),
        _ => {}
    }
    barrier.wait();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= plan.count {
            return outcomes;
        }
        let (begun, name) = (Instant::now(), plan.name(number));
        let done = match plan.mode.as_str() {
            "resumed" => visit(plan, &resuming, &name).and_then(|kind| match kind {
                HandshakeKind::Resumed => Ok(()),
                _ => Err("not resumed".into()),
            }),
            "keepalive" => match &mut kept {
                Some(stream) => ask(plan, stream, &name),
                None => Err("no connection".into()),
            },
            _ => visit(plan, &plan.config, &name).map(|_| ()),
        };
        outcomes.push(done.map(|()| begun.elapsed()).map_err(|error| error.to_string()));
    }
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

fn connect(plan: &Plan, config: &ClientConfig, name: &str) -> Result<Stream, Failure> {
    let socket = TcpStream::connect(plan.to)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(BOUND))?;
    if plan.proxied {
        ask_to_connect(&socket, name)?;
    }
    let server = ServerName::try_from(name.to_owned())?;
    let client = ClientConnection::new(Arc::new(config.clone()), server)?;
    Ok(StreamOwned::new(client, socket))
}

fn ask_to_connect(mut socket: &TcpStream, name: &str) -> Result<(), Failure> {
    write!(socket, "CONNECT {name}:443 HTTP/1.1\r\nHost: {name}:443\r\n\r\n")?;
    let (mut seen, mut octet) = (Vec::new(), [0]);
    // One by one, so that nothing of what follows is taken along.
    while !seen.ends_with(b"\r\n\r\n") {
        socket.read_exact(&mut octet)?;
        seen.extend_from_slice(&octet);
    }
    let status = String::from_utf8_lossy(&seen).split(' ').nth(1).map(str::to_owned);
    if status.as_deref() == Some("200") { Ok(()) } else { Err("the proxy did not connect".into()) }
}

/// A connection, a request, and its whole answer; gives the kind of the handshake.
fn visit(plan: &Plan, config: &ClientConfig, name: &str) -> Result<HandshakeKind, Failure> {
    let mut stream = connect(plan, config, name)?;
    ask(plan, &mut stream, name)?;
    stream.conn.handshake_kind().ok_or_else(|| "no handshake".into())
}

fn ask(plan: &Plan, stream: &mut Stream, name: &str) -> Result<(), Failure> {
    stream.write_all(plan.request.replace("HOST", name).as_bytes())?;
    let (mut seen, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Err("the answer broke off".into());
        }
        seen.extend_from_slice(buffer.get(..length).unwrap_or_default());
        let Some(at) = seen.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(seen.get(..at).unwrap_or_default()).to_ascii_lowercase();
        let field = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let body: usize = field.ok_or("no length")?.trim().parse()?;
        if seen.len() >= at + 4 + body {
            let status = head.split(' ').nth(1).unwrap_or_default();
            // A block page has 403.
            return if matches!(status, "200" | "403") { Ok(()) } else { Err(status.into()) };
        }
    }
}

/// Hundredths of a second that a process and its children have used, in the system and by themselves
/// (proc(5), fields 4, 14 and 15).
fn cpu_ticks(pid: &str) -> u64 {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = all.filter_map(|entry| entry.file_name().into_string().ok());
    let found: Vec<_> = names.filter_map(|name| stat(&name)).collect();
    let mut counted: Vec<u64> = pid.parse().into_iter().collect();
    loop {
        let known = counted.len();
        for one in &found {
            if counted.contains(&one.parent) && !counted.contains(&one.pid) {
                counted.push(one.pid);
            }
        }
        if counted.len() == known {
            break;
        }
    }
    found.iter().filter(|one| counted.contains(&one.pid)).map(|one| one.ticks).sum()
}

struct Stat {
    pid: u64,
    parent: u64,
    ticks: u64,
}

fn stat(name: &str) -> Option<Stat> {
    let pid = name.parse().ok()?;
    let text = std::fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
    let fields: Vec<_> = text.rsplit(')').next()?.split_whitespace().collect();
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    Some(Stat { pid, parent: number(1)?, ticks: number(11)? + number(12)? })
}

fn report(outcomes: &[Outcome], took: Duration, ticks: u64) {
    let mut failures = BTreeMap::<&str, usize>::new();
    let mut times = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(time) => times.push(time.as_micros()),
            Err(error) => *failures.entry(error).or_default() += 1,
        }
    }
    times.sort_unstable();
    let at =
        |part: usize| times.get((times.len() * part / 100).min(times.len().max(1) - 1)).copied();
    let rate = times.len() as f64 / took.as_secs_f64();
    let cpu = ticks as f64 * 10_000.0 / outcomes.len().max(1) as f64;
    let line = serde_json::json!({
        "cpu": cpu,
        "done": times.len(), "failures": failures, "rate": rate.round(),
        "p50": at(50).map(|time| time as u64), "p90": at(90).map(|time| time as u64),
        "p99": at(99).map(|time| time as u64),
    });
    println!("{line}");
}
