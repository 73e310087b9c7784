//! Hours of use in a short form: traffic of every kind while the configuration is read anew and clients
//! die, and a crash under load. `BLOCKHOUSE_ENDURANCE=3600` has the first take an hour;
//! `BLOCKHOUSE_BINARY` names another binary than the one of the tests.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use serde_json::Value;

use crate::support::curl::{WAYS, Way};
use crate::support::person::{CONTINUE, Person, command};
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};
use crate::support::tls::{get, trusting};
use crate::tickets::{resumes, sessions};

/// How long it goes on where nothing else is asked for.
const SHORT: Duration = Duration::from_secs(20);
/// How often the configuration is read anew in the short form, and otherwise.
const STEPS: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];
/// How many names the list has. They take 6 MiB of memory, and twice that while they are read anew.
const NAMES: usize = 200_000;
/// What the server may gain in memory after the first quarter, in KiB, and for each connection that stays. With each
/// reload it goes up and down by 40 MiB, since the allocator keeps what it had; so the most of that quarter counts.
const GAIN: u64 = 24 * 1024;
const EACH: u64 = 100;
/// How long whatever is awaited may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection that stays.
struct Kept {
    stream: StreamOwned<ClientConnection, TcpStream>,
    name: String,
    asked: Instant,
}

impl Kept {
    fn new(config: &Arc<ClientConfig>, to: SocketAddr, name: &str) -> io::Result<Self> {
        let host = ServerName::try_from(name.to_owned()).unwrap();
        let client = ClientConnection::new(Arc::clone(config), host).unwrap();
        let stream = StreamOwned::new(client, dial(to)?);
        Ok(Self { stream, name: name.to_owned(), asked: Instant::now() })
    }

    /// Asks for a part of a page.
    fn ask(&mut self) -> io::Result<()> {
        self.asked = Instant::now();
        write!(self.stream, "GET /x.css HTTP/1.1\r\nHost: {}\r\n\r\n", self.name)?;
        let mut seen = Vec::new();
        let mut octets = [0; 1024];
        while !seen.windows(4).any(|window| window == b"\r\n\r\n") {
            let read = self.stream.read(&mut octets)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            seen.extend_from_slice(&octets[..read]);
        }
        if !seen.starts_with(b"HTTP/1.1 200") {
            return Err(io::Error::other(String::from_utf8_lossy(&seen).into_owned()));
        }
        Ok(())
    }
}

/// Asks for a part of a page over and over on one connection.
fn parts(config: &Arc<ClientConfig>, to: SocketAddr, name: &str, count: u32) -> io::Result<()> {
    let mut kept = Kept::new(config, to, name)?;
    (0..count).try_for_each(|_| kept.ask())
}

/// A person who opens a page that blocks, and continues past one that warns.
fn browse(server: &Blockhouse, way: Way) {
    let person = Person::new(server, way);
    let page = person.open("blocked.test", "/");
    assert_eq!(page.status, 403, "{way:?}: {}", page.text());
    assert!(page.text().contains("</html>"), "{way:?}: the whole page");
    let page = person.open("warned.test", "/");
    let granted = person.submit("warned.test", &page, CONTINUE, &[]);
    assert_eq!(granted.status, 303, "{way:?}: {}", granted.text());
}

/// The list of a round: it differs in its last line alone, which is enough for another index.
fn write_list(path: &Path, round: u32) {
    let name = |n| format!("name-{n}.test\n");
    let mut text: String = (0..NAMES).map(name).collect();
    text.push_str(&format!("round-{round}.test\n"));
    let aside = path.with_extension("aside");
    fs::write(&aside, text).unwrap();
    fs::rename(&aside, path).unwrap();
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

/// Has the workers end, also where the test fails.
struct OnDrop<'a>(&'a AtomicBool);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits for what is so sooner or later.
fn wait_for(is_so: impl Fn() -> bool, otherwise: impl Fn() -> String) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "{}", otherwise());
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

#[test]
fn mixed_traffic_with_reloads_and_clients_that_die() {
    let asked = std::env::var("BLOCKHOUSE_ENDURANCE").ok();
    let whole = asked.map_or(SHORT, |text| Duration::from_secs(text.parse().unwrap()));
    let step = STEPS[usize::from(whole > SHORT)];
    let config_of = |reloads: u32| {
        let text = CONFIG
            .replace("Test Organisation", &format!("Organisation {reloads}"))
            .replace("[listen]", "[listen]\nmonitor = [\"127.0.0.1:0\"]");
        format!(
            "{text}\n[limits]\nmints_per_client = 1000000\nmints_total = 1000000\nidle = \"5m\"\nhandshake = \"1m\"\n\
             [leaf]\ncache = 2000\n[events]\nfile = \"events.jsonl\"\n\
             [[categories.malware.lists]]\nfile = \"names.txt\"\nformat = \"domains\"\n"
        )
    };
    let folder = folder_with_root(&[]);
    let names = folder.path().join("names.txt");
    write_list(&names, 0);
    let server = Blockhouse::start(Arc::clone(&folder), &config_of(0), &[]);
    let mut config = trusting(&server.root());
    // Eight tickets a host: the known hosts keep theirs beside the new ones.
    config.resumption = Resumption::in_memory_sessions(8 * 2048);
    let (config, to) = (Arc::new(config), server.https()[0]);
    let start = Instant::now();
    // Now the last of its sockets is open.
    command(&server, &["trust"]).unwrap();
    let resting = descriptors(&server);
    let (over, visits, new) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let early = std::thread::scope(|scope| {
        let _over = OnDrop(&over);
        let mut workers = Vec::new();
        for kind in 0..4_u32 {
            let (config, over, visits, new) = (&config, &over, &visits, &new);
            workers.push(scope.spawn(move || {
                let mut number = 0_u64;
                while !over.load(Ordering::Relaxed) {
                    number += 1;
                    let done = match kind {
                        // New names, known names by a ticket, a kept connection, and the dying.
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
        let stopped = || workers.iter().any(|worker| worker.is_finished());
        let (mut reloads, mut early, mut kept) = (0, 0, Vec::new());
        while (start.elapsed() < whole || reloads < 5) && !stopped() {
            let next = Instant::now() + step;
            reloads += 1;
            write_list(&names, reloads);
            fs::write(folder.path().join("blockhouse.toml"), config_of(reloads)).unwrap();
            signal(&server, "-HUP");
            let wanted = usize::try_from(reloads).unwrap();
            let said = || server.said().matches("the configuration was read anew").count();
            wait_for(|| said() >= wanted || stopped(), || server.said());
            // One connection of each configuration stays.
            kept.push(Kept::new(&config, to, "stays.blocked.test").unwrap());
            for (round, kept) in kept.iter_mut().enumerate() {
                let rested = kept.asked.elapsed();
                if let Err(error) = kept.ask() {
                    let said = server.said();
                    panic!(
                        "the connection of round {round} rested for {rested:?}: {error}\n{said}"
                    );
                }
            }
            // Until the names have changed.
            if start.elapsed() < whole / 4 || reloads < 4 {
                early = early.max(memory(&server) - EACH * u64::from(reloads));
            }
            for way in WAYS.into_iter().cycle() {
                browse(&server, way);
                if Instant::now() > next || stopped() {
                    break;
                }
            }
        }
        over.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.join().unwrap();
        }
        assert_eq!(kept.len(), usize::try_from(reloads).unwrap());
        // What is gone is given back by and by.
        let bound = early + GAIN + EACH * u64::from(reloads);
        wait_for(
            || memory(&server) < bound,
            || format!("{early} KiB in a quarter, {} KiB in the end", memory(&server)),
        );
        early
    });
    assert!(early > 0 && visits.load(Ordering::Relaxed) > 100, "{visits:?} visits");
    let resumed = "blockhouse_handshakes_total{tls=\"1.3\",resumed=\"true\"}";
    assert!(server.metric(resumed) > 10, "{} sessions were resumed", server.metric(resumed));
    assert_eq!(server.metric("blockhouse_events_dropped_total"), 0);
    // Those who died without a word are given up by the time limits.
    wait_for(
        || descriptors(&server).len() <= resting.len(),
        || format!("open: {:#?}, and before: {resting:#?}", descriptors(&server)),
    );
}

/// Every line of a file of events is whole, but for the one at which a server was killed.
fn lines(path: &Path, torn: usize) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    let all = text.lines().map(serde_json::from_str);
    let (good, bad): (Vec<_>, Vec<_>) = all.partition(Result::is_ok);
    assert!(bad.len() <= torn, "{bad:?}");
    good.into_iter().map(Result::unwrap).collect()
}

#[test]
fn a_crash_under_load_costs_nobody_what_they_had() {
    let folder = folder_with_root(&[]);
    let text = format!("{CONFIG}\n[events]\nfile = \"events.jsonl\"\n");
    let path = folder.path().join("events.jsonl");
    let server = Blockhouse::start(Arc::clone(&folder), &text, &[]);
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
        let visit = || {
            // Until the server is gone.
            while get(&config, to, &format!("c{}.blocked.test", seen.load(Ordering::Relaxed)))
                .is_ok()
            {
                seen.fetch_add(1, Ordering::Relaxed);
            }
        };
        let workers: Vec<_> = (0..3).map(|_| scope.spawn(visit)).collect();
        let failed = || workers.iter().any(|worker| worker.is_finished());
        let until = Instant::now() + PATIENCE;
        while seen.load(Ordering::Relaxed) < 50 && !failed() && Instant::now() < until {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        let (failed, seen) = (failed(), seen.load(Ordering::Relaxed));
        // Without it the visits would never end.
        signal(&server, "-KILL");
        assert!(!failed && seen >= 50, "{seen} visits; did one fail: {failed}");
    });
    drop(person);
    drop(server);

    let before = lines(&path, 1).len();
    assert!(before > 20, "{before} events were written before the crash");
    let server = Blockhouse::start(Arc::clone(&folder), &text, &[]);
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
    drop(person);
    server.stop();
    let after = lines(&path, 1);
    let last = after.last().unwrap();
    assert!(after.len() > before && last["host"] == "blocked.test", "{last}");
}
