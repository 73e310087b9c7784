//! What the parts of one connection cost, each alone. Nothing here asserts a time.
//!
//! `cargo bench --bench parts [-- FILTER]` measures; `-- --test` runs everything once.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::cell::LazyCell;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use blockhouse::ca::{self, InitPlan, Issuer, KeyKind, LeafKey, LeafTerms};
use blockhouse::clock::{self, Time};
use blockhouse::config::{Config, Source};
use blockhouse::event::{Event, Outcome};
use blockhouse::host::Host;
use blockhouse::http::cookie::{Keys, Session};
use blockhouse::keyring;
use blockhouse::leaf::{LeafKind, Leaves, MintLimits};
use blockhouse::page::{
    AskReason, CategoryFacts, ContinueForm, PageAction, PageClass, PageFacts, PageKind,
    PageOptions, Pages,
};
use blockhouse::policy::{Action, Policy, Verdict};
use blockhouse::random::EventId;
use blockhouse::tls::{Tickets, Tls};
use criterion::{Bencher, Criterion, criterion_group, criterion_main};
use http::header::{COOKIE, HeaderMap, HeaderValue};
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{
    ClientConfig, ClientConnection, Connection, HandshakeKind, RootCertStore, ServerConnection,
};

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
const HOST: &str = "www.casino.example";
const DAY: Duration = Duration::from_secs(24 * 3600);
/// How many hosts the list of the policy has.
const LISTED: usize = 1_000_000;
/// How many different hosts are asked for in turn, so that the answers are not all in the cache.
const ASKED: usize = 1 << 16;

criterion_group! {
    name = parts;
    config = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    targets = mint, signer, cached_leaf, handshake, decide, render, cookie_check, event, together
}
criterion_main!(parts);

fn mint(criterion: &mut Criterion) {
    let now = clock::now();
    let issuer = issuer(now);
    let host = host(HOST);
    for (name, kind) in [("mint ecdsa leaf", KeyKind::P256), ("mint rsa leaf", KeyKind::Rsa2048)] {
        let key = LazyCell::new(|| LeafKey::generate(kind).unwrap());
        criterion.bench_function(name, |bencher| {
            let key = &*key;
            bencher.iter(|| issuer.mint(black_box(&host), key, &terms(), now).unwrap());
        });
    }
}

/// What a process of its own for the issuing key would add to each mint: the octets to be signed go to somebody
/// else over a socket, and a signature comes back. Beside `mint ecdsa leaf`; nothing is signed here.
fn signer(criterion: &mut Criterion) {
    let (mut near, mut far) = UnixStream::pair().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut asked = [0; 300];
            while far.read_exact(&mut asked).is_ok() {
                far.write_all(&asked[..72]).unwrap();
            }
        });
        criterion.bench_function("signer over a socket", |bencher| {
            let mut signature = [0; 72];
            bencher.iter(|| {
                near.write_all(black_box(&[7; 300])).unwrap();
                near.read_exact(&mut signature).unwrap();
                signature
            });
        });
        // The other side ends with it.
        drop(near);
    });
}

fn cached_leaf(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let now = clock::now();
    let many = NonZeroU32::new(1000).unwrap();
    let limits = MintLimits::new(many, many);
    let leaves =
        Leaves::new(Arc::new(issuer(now)), terms(), NonZeroUsize::new(1024).unwrap(), limits);
    let host = host(HOST);
    let get = async || leaves.get(black_box(&host), LeafKind::Ecdsa, CLIENT, now).await.unwrap();
    runtime.block_on(get());
    criterion.bench_function("leaf from cache", |bencher| {
        // Inside of one `block_on`, whose own cost is none of the cache's.
        bencher.iter_custom(|rounds| {
            runtime.block_on(async {
                let start = clock::ticks();
                for _ in 0..rounds {
                    black_box(get().await);
                }
                start.elapsed()
            })
        });
    });
}

/// TLS 1.3 in memory. Client and server share one thread, so that a figure is the cost of both.
fn handshake(criterion: &mut Criterion) {
    let now = clock::now();
    let issuer = issuer(now);
    let key = LeafKey::generate(KeyKind::P256).unwrap();
    let leaf = issuer.mint(&host(HOST), &key, &terms(), now).unwrap();
    let chain = std::iter::once(leaf.der).chain(issuer.chain().iter().cloned()).collect();
    let shown = Arc::new(CertifiedKey::new(chain, key.signing_key()));
    let tls =
        Tls::new(Tickets::new(&[keyring::fresh().unwrap()], Duration::from_secs(3600))).unwrap();

    let mut roots = RootCertStore::empty();
    roots.add(issuer.root().clone()).unwrap();
    let mut client = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = vec![b"h2".to_vec()];
    let resuming = Arc::new(client.clone());
    client.resumption = Resumption::disabled();
    let forgetting = Arc::new(client);

    criterion.bench_function("handshake full", |bencher| {
        bencher.iter(|| {
            assert_eq!(shake_hands(&forgetting, &tls, &shown), HandshakeKind::Full);
        });
    });
    criterion.bench_function("handshake resumed", |bencher| {
        // Every handshake brings the ticket for the next one.
        shake_hands(&resuming, &tls, &shown);
        bencher.iter(|| {
            assert_eq!(shake_hands(&resuming, &tls, &shown), HandshakeKind::Resumed);
        });
    });
}

fn shake_hands(config: &Arc<ClientConfig>, tls: &Tls, leaf: &Arc<CertifiedKey>) -> HandshakeKind {
    let name = ServerName::try_from(HOST).unwrap();
    let mut client: Connection = ClientConnection::new(Arc::clone(config), name).unwrap().into();
    let mut server: Connection =
        ServerConnection::new(tls.showing(Arc::clone(leaf))).unwrap().into();
    let mut wire = Vec::new();
    // Until both fall silent: the ticket comes after the handshake.
    while client.wants_write() || server.wants_write() {
        carry(&mut client, &mut server, &mut wire);
        carry(&mut server, &mut client, &mut wire);
    }
    match client.handshake_kind().unwrap() {
        // One more round trip, for a key share that the server did not like.
        HandshakeKind::FullWithHelloRetryRequest => HandshakeKind::Full,
        kind => kind,
    }
}

fn carry(from: &mut Connection, to: &mut Connection, wire: &mut Vec<u8>) {
    wire.clear();
    while from.wants_write() {
        from.write_tls(wire).unwrap();
    }
    let mut rest = wire.as_slice();
    while !rest.is_empty() {
        to.read_tls(&mut rest).unwrap();
        to.process_new_packets().unwrap();
    }
}

fn decide(criterion: &mut Criterion) {
    let crowd = LazyCell::new(Crowd::new);
    let in_turn = |bencher: &mut Bencher<'_>, hosts: &[Host]| {
        let mut hosts = hosts.iter().cycle();
        bencher.iter(|| crowd.policy.decide(CLIENT, black_box(hosts.next().unwrap())));
    };
    criterion.bench_function("decide listed host of a million", |b| in_turn(b, &crowd.listed));
    criterion.bench_function("decide host below one of a million", |b| in_turn(b, &crowd.below));
    criterion.bench_function("decide host not among a million", |b| in_turn(b, &crowd.other));
}

/// A policy with a list of a million made-up hosts, and some hosts to ask it for.
struct Crowd {
    policy: Policy,
    listed: Vec<Host>,
    below: Vec<Host>,
    other: Vec<Host>,
}

impl Crowd {
    fn new() -> Self {
        let mut names = Names(0x0062_6c6f_636b_6564);
        let mut list = String::with_capacity(LISTED * 20);
        let (mut listed, mut below) = (Vec::new(), Vec::new());
        for place in 0..LISTED {
            let name = names.next();
            writeln!(list, "{name}").unwrap();
            if place % (LISTED / ASKED) == 0 {
                below.push(host(&format!("cdn.www.{name}")));
                listed.push(host(&name));
            }
        }
        let other: Vec<_> = (0..ASKED).map(|_| host(&names.next())).collect();

        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("million.txt"), list).unwrap();
        let source = Source::File(folder.path().join("blockhouse.toml"));
        let config = Config::parse(CONFIG, &source).unwrap();
        let loaded = Policy::load(&config).unwrap();
        let (policy, report) = (loaded.policy, &loaded.lists[0]);
        assert_eq!(report.accepted, LISTED, "{report:?}");
        for (hosts, action) in
            [(&listed, Action::Block), (&below, Action::Block), (&other, Action::Allow)]
        {
            assert_eq!(policy.decide(CLIENT, &hosts[0]).action, action);
        }
        Self { policy, listed, below, other }
    }
}

const CONFIG: &str = r#"
[organisation]
name = "Bench"

[listen]
https = ["127.0.0.1:0"]

[categories.million]
class = "content"

[[categories.million.lists]]
file = "million.txt"
format = "domains"

[categories.few]
class = "content"
hosts = ["casino.example", "=www.games.example"]

[[locations]]
name = "office"
networks = ["192.0.2.0/24", "198.51.100.0/24"]
policy = "office"

[policies.office]
default_action = "allow"

[[policies.office.rules]]
action = "warn"
categories = ["few"]

[[policies.office.rules]]
action = "block"
categories = ["million"]
"#;

/// Made-up names, the same ones in every run (SplitMix64).
struct Names(u64);

impl Names {
    fn next(&mut self) -> String {
        const TOP: [&str; 8] = ["com", "net", "org", "de", "io", "info", "co.uk", "example"];
        let length = 9 + self.below(8);
        let letters = (0..length).map(|_| char::from(b'a' + u8::try_from(self.below(26)).unwrap()));
        let mut name: String = letters.collect();
        name.push('.');
        name.push_str(TOP[usize::try_from(self.below(8)).unwrap()]);
        name
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

fn render(criterion: &mut Criterion) {
    let options = PageOptions {
        organisation: "Example Organisation".into(),
        contact: Some("helpdesk@example.com".into()),
        colour: Some("#1f4f8b".into()),
        logo: None,
        templates: None,
        default_language: "en".into(),
    };
    let (pages, problems) = Pages::load(&options).unwrap();
    assert!(problems.is_empty());
    let language = pages.choose(None, Some("de-CH, de;q=0.9, en;q=0.8"));
    let host = host(HOST);
    let language_url = "/some/page?bh-lang=";
    let facts = PageFacts {
        host: Some(&host),
        host_secure: true,
        action: PageAction::Block,
        category: Some(CategoryFacts {
            title: "Gambling",
            class: PageClass::Content,
            reason: Some("Games for money are not part of our work."),
        }),
        unlisted: false,
        event_id: EventId::new(),
        now: clock::now(),
        location: Some("office"),
        policy: "office",
        client: CLIENT,
        contact: None,
        language_url: Some(language_url),
        continue_form: None,
        used_up: false,
        code_form: None,
        request_form: None,
        earlier: None,
        detail: None,
        retry_url: None,
        until: None,
    };
    criterion.bench_function("render block page", |bencher| {
        bencher.iter(|| pages.render(PageKind::Block, language, black_box(&facts)));
    });
    let form = ContinueForm {
        action: "/continue",
        token: "c2VhbGVk",
        to: "/some/page",
        ask: AskReason::Optional,
        passes: false,
        problem: None,
    };
    let facts = PageFacts { action: PageAction::Warn, continue_form: Some(form), ..facts };
    criterion.bench_function("render warning page", |bencher| {
        bencher.iter(|| pages.render(PageKind::Warn, language, black_box(&facts)));
    });
}

fn cookie_check(criterion: &mut Criterion) {
    let now = clock::now();
    let (keys, headers) = with_cookie(now);
    criterion.bench_function("check session cookie", |bencher| {
        bencher.iter(|| Session::of(black_box(&headers), &keys, true, DAY, now));
    });
}

/// The fields of a request with a session cookie of ours among others, and the keys that it is checked with.
fn with_cookie(now: Time) -> (Keys, HeaderMap) {
    let keys = Keys::from_octets(&[7; 64]);
    let set = Session::new(now).unwrap().to_set_cookie(&keys, true, DAY);
    let ours = set.split(';').next().unwrap();
    let mut headers = HeaderMap::new();
    let value = format!("theme=dark; _ga=GA1.2.1234567890.1234567890; {ours}");
    headers.insert(COOKIE, HeaderValue::from_str(&value).unwrap());
    assert!(Session::of(&headers, &keys, true, DAY, now).is_some());
    (keys, headers)
}

/// An event, from the verdict to the line that is written.
fn event(criterion: &mut Criterion) {
    let crowd = LazyCell::new(Crowd::new);
    let mut line = Vec::with_capacity(1024);
    criterion.bench_function("event to its line", |bencher| {
        let host = &crowd.listed[0];
        let verdict = crowd.policy.decide(CLIENT, host);
        bencher.iter(|| write_event(&mut line, black_box(host), &verdict));
    });
}

/// What a request costs besides HTTP and its page: the verdict, the check of the cookie, and the event.
fn together(criterion: &mut Criterion) {
    let crowd = LazyCell::new(Crowd::new);
    let now = clock::now();
    let (keys, headers) = with_cookie(now);
    let mut line = Vec::with_capacity(1024);
    criterion.bench_function("verdict, cookie and event of a million", |bencher| {
        let mut hosts = crowd.listed.iter().cycle();
        bencher.iter(|| {
            let host = black_box(hosts.next().unwrap());
            let verdict = crowd.policy.decide(CLIENT, host);
            let session = Session::of(black_box(&headers), &keys, true, DAY, now);
            write_event(&mut line, host, &verdict);
            session
        });
    });
}

/// Both halves of an event: the request's thread makes it, the writer's thread makes a line of it.
fn write_event(line: &mut Vec<u8>, host: &Host, verdict: &Verdict) {
    let since = clock::ticks();
    let spent = u64::try_from(clock::ticks().duration_since(since).as_micros()).unwrap();
    let event = Event {
        client: Some(CLIENT),
        host: Some(host.clone()),
        location: verdict.location.clone(),
        action: Some("block"),
        category: verdict.category.as_ref().map(|category| Arc::clone(&category.name)),
        policy: Some(Arc::clone(&verdict.policy)),
        request: Some("navigation"),
        status: Some(403),
        http: Some("HTTP/2.0"),
        tls: Some("TLSv1.3"),
        leaf: Some("cache"),
        ..Event::new(Outcome::BlockPage, EventId::new(), clock::now(), spent)
    };
    line.clear();
    serde_json::to_writer(&mut *line, &black_box(event)).unwrap();
    black_box(line);
}

/// A P-256 issuing CA under a root of its own. The keys are in memory only once this returns.
fn issuer(now: Time) -> Issuer {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("certs");
    ca::init(&directory, &InitPlan::new("Bench"), now).unwrap();
    Issuer::load(&directory, None, now).unwrap()
}

fn terms() -> LeafTerms {
    LeafTerms { lifetime: 30 * DAY, backdate: DAY, crl_url: None }
}

fn host(name: &str) -> Host {
    Host::from_authority(name).unwrap()
}
