//! Attacks from one address while a person visits from another: every visit succeeds, and hardly later than
//! without the attack; memory stays below its ceiling, and the attacker's connections end.
//!
//! `BLOCKHOUSE_ATTACKS=30` has each attack last for so many seconds at the least, one after the other, and be
//! measured: the server has one processor to itself, and the person another, of which the attackers take what the
//! person leaves. Each says a row of the table in `bench/README.md`.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::setpriority_process;
use rustix::thread::{CpuSet, gettid, sched_setaffinity};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use tempfile::TempDir;

use super::frames::{PREFACE, SETTINGS, frame};
use super::server::{Blockhouse, CONFIG, folder_with_root};
use super::tls::{dial_from, get_over, trusting};

/// What the whole server may hold in memory under any of these, in KiB. A debug build at rest has 60 MiB.
const CEILING: u64 = 300 * 1024;
/// Visits of the person before an attack, and in each try during it.
const VISITS: usize = 50;
/// Under attack 99 of 100 visits take at most so many times what they take without. Where it is not measured, the
/// attackers share the processors with the server and the person, as do other tests, so that they are shared while
/// it is calm as well, a calm visit counts as this long at least, and one try of several has to be good.
const SLOWER: u32 = 3;
const CALM: Duration = Duration::from_millis(20);
const TRIES: usize = 10;
/// The person's address.
const PERSON: [u8; 4] = [127, 9, 9, 9];
/// What an attacker says once it is let go is an error; until then it gives up waiting after this long.
const BOUND: Duration = Duration::from_secs(30);
/// How many attack at once, and where it is measured.
const ATTACKERS: usize = 2;
const MORE_ATTACKERS: usize = 8;
/// How long the person rests: between visits, so that the attackers have most of the processor, and until they have
/// begun.
const REST: Duration = Duration::from_millis(2);
/// The processors of the server and of all others where it is measured.
const SERVER: usize = 0;
const OTHERS: usize = 1;

/// For how long each attack is measured, where it is.
pub fn measured() -> Option<Duration> {
    let asked = std::env::var("BLOCKHOUSE_ATTACKS").ok()?;
    Some(Duration::from_secs(asked.parse().expect("BLOCKHOUSE_ATTACKS is a number of seconds")))
}

/// The time limits are short, so that what they end can be seen to end.
pub fn server() -> Blockhouse {
    server_in(folder_with_root(&[]), "")
}

/// The same with a folder and more of a configuration.
pub fn server_in(folder: Arc<TempDir>, more: &str) -> Blockhouse {
    let limits = "[limits]\nhandshake = \"2s\"\nheader = \"2s\"\nidle = \"2s\"\n\
                  connections_per_client = 200\nmints_per_client = 300\n";
    let text = CONFIG.replace("[listen]", "[listen]\nmonitor = [\"127.0.0.1:0\"]");
    let cpu = SERVER.to_string();
    let alone = ["taskset", "--cpu-list", &cpu];
    let wrap = if measured().is_some() { &alone[..] } else { &[] };
    Blockhouse::start(folder, &format!("{text}\n{limits}{more}"), wrap)
}

/// One attacker: an address, and what it says over and over.
pub struct Attacker {
    pub to: SocketAddr,
    pub from: IpAddr,
    config: Arc<ClientConfig>,
    stop: AtomicBool,
    done: AtomicU64,
}

impl Attacker {
    /// Of this server, from an address of its own.
    pub fn new(to: SocketAddr, from: [u8; 4], config: &Arc<ClientConfig>) -> Self {
        let (from, config) = (IpAddr::from(from), Arc::clone(config));
        Self { to, from, config, stop: AtomicBool::default(), done: AtomicU64::default() }
    }

    /// Counts a round; whether there is to be another.
    pub fn goes_on(&self) -> bool {
        self.done.fetch_add(1, Ordering::Relaxed);
        !self.stop.load(Ordering::Relaxed)
    }

    /// How many rounds there were.
    pub fn rounds(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub fn dial(&self) -> io::Result<TcpStream> {
        let stream = dial_from(self.from, self.to)?;
        stream.set_read_timeout(Some(BOUND))?;
        stream.set_write_timeout(Some(BOUND))?;
        Ok(stream)
    }

    /// What this client begins with.
    pub fn hello(&self, name: &str) -> Vec<u8> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut client = ClientConnection::new(Arc::clone(&self.config), name).unwrap();
        let mut hello = Vec::new();
        client.write_tls(&mut hello).unwrap();
        hello
    }

    pub fn tls(
        &self,
        name: &str,
        alpn: &[&[u8]],
    ) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let mut config = (*self.config).clone();
        config.alpn_protocols = alpn.iter().map(|word| word.to_vec()).collect();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = StreamOwned::new(client, self.dial()?);
        stream.conn.complete_io(&mut stream.sock)?;
        Ok(stream)
    }

    /// A connection of HTTP/2 after its preface and settings.
    pub fn h2(&self) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let mut stream = self.tls("blocked.test", &[b"h2"])?;
        stream.write_all(PREFACE)?;
        stream.write_all(&frame(SETTINGS, 0, 0, &[]))?;
        Ok(stream)
    }
}

/// `GET https://blocked.test/x.css` in HPACK, from the static table (RFC 7541 appendix A).
pub fn request() -> Vec<u8> {
    let mut block = vec![0x82, 0x87, 0x04, 6];
    block.extend_from_slice(b"/x.css");
    block.extend_from_slice(&[0x01, 12]);
    block.extend_from_slice(b"blocked.test");
    block
}

/// Waits for the end of a connection; whatever comes before it is of no interest.
pub fn until_end(stream: &mut impl Read) {
    let mut sink = [0; 16 * 1024];
    while matches!(stream.read(&mut sink), Ok(1..)) {}
}

/// A person: visits eight hosts in turn.
pub struct Visitor {
    pub config: Arc<ClientConfig>,
    pub to: SocketAddr,
}

/// How long visits took.
struct Times {
    half: Duration,
    /// 99 of 100 took at most this long.
    most: Duration,
    visits: usize,
}

impl Visitor {
    pub fn new(server: &Blockhouse) -> Self {
        Self { config: Arc::new(trusting(&server.root())), to: server.https()[0] }
    }

    /// Visits a host.
    pub fn visit(&self, host: &str) -> io::Result<String> {
        get_over(&self.config, dial_from(IpAddr::from(PERSON), self.to)?, host)
    }

    /// Visits the hosts for a while, and then some more; all visits succeed.
    fn times(&self, mut goes_on: impl FnMut() -> bool) -> Result<Times, String> {
        let mut spent = Vec::with_capacity(VISITS);
        while goes_on() || spent.len() < VISITS {
            let (number, began) = (spent.len(), Instant::now());
            let answer = self.visit(&format!("p{}.blocked.test", number % 8));
            let answer = answer.map_err(|error| format!("visit {number}: {error}"))?;
            if !answer.starts_with("HTTP/1.1 200") {
                return Err(format!("visit {number}: {answer}"));
            }
            spent.push(began.elapsed());
        }
        spent.sort();
        let at = |part: usize| spent[spent.len() * part / 100];
        Ok(Times { half: at(50), most: at(99), visits: spent.len() })
    }

    /// What 99 of 100 visits take at most; all of them succeed.
    pub fn visits(&self) -> Result<Duration, String> {
        self.times(|| false).map(|times| times.most)
    }

    /// The same where nobody attacks, and two threads do nothing but keep processors busy.
    fn calm(&self) -> Duration {
        let stop = AtomicBool::new(false);
        let visited = std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            let visited = self.visits();
            stop.store(true, Ordering::Relaxed);
            visited
        });
        visited.unwrap()
    }

    /// Visits while something goes on, and compares with what it was before.
    fn visits_like(&self, calm: Duration) -> Result<(), String> {
        let bound = calm.max(CALM) * SLOWER;
        let mut tries = Vec::new();
        for _ in 0..TRIES {
            tries.push(self.visits()?);
            if tries.iter().any(|slowest| *slowest <= bound) {
                let _ = writeln!(io::stderr(), "calm {calm:?}, under attack {tries:?}");
                return Ok(());
            }
        }
        Err(format!("calm {calm:?}, under attack {tries:?}"))
    }
}

/// Runs attackers, and a person beside them. Where it is measured, the attack goes on until there were so many
/// rounds of it.
pub fn under(rounds: u64, attack: impl Fn(&Attacker) + Sync) -> Blockhouse {
    under_with(server, rounds, attack)
}

/// The same of a server with more of a configuration.
pub fn under_with(
    start: impl FnOnce() -> Blockhouse,
    rounds: u64,
    attack: impl Fn(&Attacker) + Sync,
) -> Blockhouse {
    let _one = one_at_a_time();
    let server = start();
    let person = Visitor::new(&server);
    let attacker = Attacker::new(person.to, [127, 66, 6, 6], &person.config);
    // The first visits have the leaves minted.
    person.visits().unwrap();
    let attack_on = |attack: &(dyn Fn(&Attacker) + Sync)| {
        while attacker.goes_on() {
            attack(&attacker);
        }
    };
    // The attack has begun in earnest.
    let begin = || {
        while attacker.rounds() < 4 {
            rest();
        }
    };
    let Some(time) = measured() else {
        let calm = person.calm();
        std::thread::scope(|scope| {
            (0..ATTACKERS).for_each(|_| drop(scope.spawn(|| attack_on(&attack))));
            begin();
            let visited = person.visits_like(calm);
            attacker.stop.store(true, Ordering::Relaxed);
            visited.unwrap();
        });
        overcome(&server);
        return server;
    };
    let calm = calmly(&person, time);
    let attacked = std::thread::scope(|scope| {
        for _ in 0..MORE_ATTACKERS {
            scope.spawn(|| {
                // The person goes first.
                setpriority_process(None, 19).unwrap();
                attack_on(&attack);
            });
        }
        begin();
        let began = Instant::now();
        let attacked = Attacked::new(&server, &person, || {
            rest();
            began.elapsed() < time || attacker.rounds() < rounds
        });
        attacker.stop.store(true, Ordering::Relaxed);
        attacked
    });
    overcome(&server);
    // The test's name.
    let name = std::any::type_name_of_val(&attack).rsplit("::").nth(1).unwrap_or_default();
    let what = format!("{}, {} rounds", name.replace('_', " "), attacker.rounds());
    attacked.unwrap().tell(&what, &calm, &server);
    server
}

/// Runs a tool that somebody else wrote to hurt servers, from its own address, and a person beside it.
pub fn with_tool(word: &str, options: &[&str]) -> Output {
    let _one = one_at_a_time();
    let server = server();
    let person = Visitor::new(&server);
    person.visits().unwrap();
    let https = person.to.to_string();
    let options = options.iter().map(|option| option.replace("{https}", &https));
    let time = measured();
    let mut words = vec![word.to_owned()];
    if time.is_some() {
        let cpu = OTHERS.to_string();
        let back = ["nice", "-n", "19", "taskset", "--cpu-list", &cpu];
        words.splice(0..0, back.map(str::to_owned));
    }
    let said = [word.to_owned()].into_iter().chain(options.clone()).collect::<Vec<_>>().join(" ");
    words.extend(options);
    let calm = match time {
        Some(time) => Calm::Measured(calmly(&person, time)),
        None => Calm::Tried(person.calm()),
    };
    let mut tool = Command::new(&words[0])
        .args(&words[1..])
        .current_dir(server.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Until it has come, or gone: the person is let go by then.
    while server.metric("blockhouse_connections_open") < 5 && tool.try_wait().unwrap().is_none() {}
    match calm {
        Calm::Tried(calm) => person.visits_like(calm).unwrap(),
        Calm::Measured(calm) => {
            let goes_on = || {
                rest();
                tool.try_wait().unwrap().is_none()
            };
            Attacked::new(&server, &person, goes_on).unwrap().tell(&said, &calm, &server);
        }
    }
    let output = tool.wait_with_output().unwrap();
    overcome(&server);
    output
}

/// Where they are measured, attacks wait for each other, and all but the server leave it its processor.
fn one_at_a_time() -> Option<impl Drop> {
    static ONE: Mutex<()> = Mutex::new(());
    measured()?;
    let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut others = CpuSet::new();
    others.set(OTHERS);
    // What is started from here on inherits it.
    sched_setaffinity(None, &others).unwrap();
    Some(one)
}

/// This thread goes before all others: the scheduler would let an attacker end its slice of three milliseconds.
fn go_first() {
    let own = gettid().to_string();
    // What it starts does not.
    let set = Command::new("chrt").args(["--reset-on-fork", "--rr", "--pid", "10", &own]).status();
    assert!(set.unwrap().success(), "chrt needs the right to do this");
}

fn rest() {
    std::thread::park_timeout(REST);
}

/// How long visits take while nobody attacks.
fn calmly(person: &Visitor, time: Duration) -> Times {
    go_first();
    let began = Instant::now();
    let goes_on = || {
        rest();
        began.elapsed() < time
    };
    person.times(goes_on).unwrap()
}

/// How long visits take in peace.
enum Calm {
    Tried(Duration),
    Measured(Times),
}

/// What was measured of an attack.
struct Attacked {
    times: Times,
    /// How much of its processor the server took, in percent.
    busy: u128,
}

impl Attacked {
    fn new(
        server: &Blockhouse,
        person: &Visitor,
        goes_on: impl FnMut() -> bool,
    ) -> Result<Self, String> {
        let (began, before) = (Instant::now(), server.cpu());
        let times = person.times(goes_on)?;
        let busy = (server.cpu() - before).as_millis() * 100 / began.elapsed().as_millis().max(1);
        Ok(Self { times, busy })
    }

    /// Says the row of a table, and fails where the person waited too long.
    fn tell(&self, what: &str, calm: &Times, server: &Blockhouse) {
        let (now, ms) = (&self.times, |time: Duration| time.as_secs_f64() * 1000.0);
        let row = format!(
            "| {what} | {:.2} / {:.2} ms | {:.2} / {:.2} ms | {:.2} | {} | {} % | {} MiB |",
            ms(calm.half),
            ms(calm.most),
            ms(now.half),
            ms(now.most),
            ms(now.most) / ms(calm.most),
            now.visits,
            self.busy,
            server.memory("VmHWM:") / 1024,
        );
        let _ = writeln!(io::stderr(), "{row}");
        assert!(now.most <= calm.most * SLOWER, "{row}");
    }
}

/// Memory has stayed below its ceiling, and nothing of the attack is left: the last of it ends by its time
/// limit.
pub fn overcome(server: &Blockhouse) {
    let peak = server.memory("VmHWM:");
    assert!(peak < CEILING, "{peak} KiB");
    let (began, open) = (Instant::now(), || server.metric("blockhouse_connections_open"));
    while open() > 0 {
        assert!(began.elapsed() < BOUND, "{} connections are left", open());
    }
}
