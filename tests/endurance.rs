//! Hours of use in a short form: traffic of every kind while the configuration is read anew and clients
//! die, and a crash under load. `BLOCKHOUSE_ENDURANCE=3600` has the first take an hour.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::support::curl::Way;
use crate::support::person::{Person, command};
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};
use crate::support::tls::{get, trusting};
use crate::tickets::{resumes, sessions};

/// How long it goes on where nothing else is asked for.
const SHORT: Duration = Duration::from_secs(20);
/// How often the configuration is read anew in the short form; ten seconds in an hour.
const RELOADS: u32 = 10;
/// What the server may gain in memory after the first quarter, in KiB.
const GAIN: u64 = 24 * 1024;

/// Asks for a part of a page over and over on one connection.
fn parts(config: &Arc<ClientConfig>, to: SocketAddr, name: &str, count: u32) -> io::Result<()> {
    let host = ServerName::try_from(name.to_owned()).unwrap();
    let client = ClientConnection::new(Arc::clone(config), host).unwrap();
    let mut stream = StreamOwned::new(client, dial(to)?);
    for _ in 0..count {
        write!(stream, "GET /x.css HTTP/1.1\r\nHost: {name}\r\n\r\n")?;
        let mut seen = Vec::new();
        let mut octets = [0; 1024];
        while !seen.windows(4).any(|window| window == b"\r\n\r\n") {
            let read = stream.read(&mut octets)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            seen.extend_from_slice(&octets[..read]);
        }
        if !seen.starts_with(b"HTTP/1.1 200") {
            return Err(io::Error::other(String::from_utf8_lossy(&seen).into_owned()));
        }
    }
    Ok(())
}

fn dial(to: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(stream)
}

/// A client that dies somewhere on its way, by a reset or without a word.
fn die(config: &Arc<ClientConfig>, to: SocketAddr, number: u64) -> io::Result<()> {
    let name = format!("d{}.blocked.test", number % 50);
    let socket = dial(to)?;
    if number.is_multiple_of(2) {
        rustix::net::sockopt::set_socket_linger(&socket, Some(Duration::ZERO))?;
    }
    let host = ServerName::try_from(name.clone()).unwrap();
    let mut client = ClientConnection::new(Arc::clone(config), host).unwrap();
    let mut socket = socket;
    match number % 5 {
        0 => {}
        // Half a hello.
        1 => {
            let mut hello = Vec::new();
            client.write_tls(&mut hello)?;
            socket.write_all(&hello[..hello.len() / 2])?;
        }
        2 => drop(client.write_tls(&mut socket)?),
        3 => drop(client.complete_io(&mut socket)?),
        _ => {
            let mut stream = StreamOwned::new(client, socket);
            write!(stream, "GET / HTTP/1.1\r\nHost: {name}\r\n")?;
        }
    }
    Ok(())
}

fn memory(server: &Blockhouse) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// What the server has open; one that is closed meanwhile does not count.
fn descriptors(server: &Blockhouse) -> Vec<String> {
    let all = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
    let target = |entry: io::Result<fs::DirEntry>| fs::read_link(entry.unwrap().path()).ok();
    all.filter_map(target).map(|path| path.display().to_string()).collect()
}

fn signal(server: &Blockhouse, name: &str) {
    let pid = server.pid().to_string();
    assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
}

#[test]
fn mixed_traffic_with_reloads_and_clients_that_die() {
    let asked = std::env::var("BLOCKHOUSE_ENDURANCE").ok();
    let whole = asked.map_or(SHORT, |text| Duration::from_secs(text.parse().unwrap()));
    let limits = "[limits]\nmints_per_client = 100000\nidle = \"5s\"\nhandshake = \"5s\"\n\
                  [leaf]\ncache = 2000\n";
    let server = Blockhouse::with(&format!("{CONFIG}\n{limits}"));
    let (config, to) = (Arc::new(trusting(&server.root())), server.https()[0]);
    let start = Instant::now();
    // Now the last of its sockets is open.
    command(&server, &["trust"]).unwrap();
    let resting = descriptors(&server);
    let (over, visits, new) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let early = std::thread::scope(|scope| {
        let mut workers = Vec::new();
        for kind in 0..4_u32 {
            let (config, over, visits, new) = (&config, &over, &visits, &new);
            workers.push(scope.spawn(move || {
                let mut number = 0_u64;
                while !over.load(Ordering::Relaxed) {
                    number += 1;
                    let done = match kind {
                        // New names, known names, a kept connection, and the dying.
                        0 => {
                            let name = new.fetch_add(1, Ordering::Relaxed);
                            get(config, to, &format!("n{name}.blocked.test")).map(drop)
                        }
                        1 => get(config, to, &format!("k{}.blocked.test", number % 20)).map(drop),
                        2 => parts(config, to, "kept.blocked.test", 20),
                        _ => {
                            // What becomes of it is its own affair.
                            let _ = die(config, to, number);
                            Ok(())
                        }
                    };
                    if let Err(error) = done {
                        panic!("worker {kind}, visit {number}: {error}");
                    }
                    visits.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        let step = whole.min(SHORT) / RELOADS;
        let (mut reloads, mut early) = (0, None);
        while start.elapsed() < whole && !workers.iter().any(|worker| worker.is_finished()) {
            let text = CONFIG.replace("Test Organisation", &format!("Organisation {reloads}"));
            let text = format!("{text}\n{limits}");
            fs::write(server.folder.path().join("blockhouse.toml"), text).unwrap();
            signal(&server, "-HUP");
            server.event_named("configuration_loaded");
            reloads += 1;
            if early.is_none() && start.elapsed() > whole / 4 {
                early = Some(memory(&server));
            }
            std::thread::park_timeout(step);
        }
        over.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.join().unwrap();
        }
        early.unwrap()
    });
    let late = memory(&server);
    assert!(late < early + GAIN, "{early} KiB after a quarter, {late} KiB in the end");
    assert!(visits.load(Ordering::Relaxed) > 100, "{visits:?} visits");
    // Those who died without a word are given up by the time limits.
    let until = Instant::now() + Duration::from_secs(30);
    while descriptors(&server).len() > resting.len() {
        let open = descriptors(&server);
        assert!(Instant::now() < until, "open: {open:#?}, and before: {resting:#?}");
        std::thread::yield_now();
    }
}

#[test]
fn a_crash_under_load_costs_nobody_what_they_had() {
    let folder = folder_with_root(&[]);
    let server = Blockhouse::start(Arc::clone(&folder), CONFIG, &[]);
    command(&server, &["codes", "new", "--note", "kept", "--uses", "5"]).unwrap();
    let codes = command(&server, &["codes", "list", "--json"]).unwrap();
    let person = Person::new(&server, Way::H1);
    let page = person.open("blocked.test", "/");
    assert_eq!(page.status, 403, "{}", page.text());
    let files = sessions(&server, folder.path());
    let jar = fs::read(person.jar_path()).unwrap();
    let (config, to) = (Arc::new(trusting(&server.root())), server.https()[0]);
    let seen = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                // Until the server is gone.
                while get(&config, to, &format!("c{}.blocked.test", seen.load(Ordering::Relaxed)))
                    .is_ok()
                {
                    seen.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while seen.load(Ordering::Relaxed) < 50 {
            std::thread::yield_now();
        }
        signal(&server, "-KILL");
    });
    drop(person);
    drop(server);

    let server = Blockhouse::start(Arc::clone(&folder), CONFIG, &[]);
    assert_eq!(resumes(&server, &files), [true, true]);
    let said = server.said();
    assert!(!said.contains("moved aside"), "{said}");
    let person = Person::new(&server, Way::H1);
    fs::write(person.jar_path(), jar).unwrap();
    // With a cookie that counts the page comes at once, without the check for cookies.
    let page = person.ask(
        "blocked.test",
        "/",
        &[
            "-H",
            "Accept: text/html",
            "-H",
            "Sec-Fetch-Dest: document",
            "-H",
            "Sec-Fetch-Mode: navigate",
        ],
    );
    assert_eq!(page.status, 403, "{}", page.text());
    assert_eq!(command(&server, &["codes", "list", "--json"]).unwrap(), codes);
    command(&server, &["trust"]).unwrap();
}
