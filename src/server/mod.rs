//! Builds all parts from a configuration, runs the way of a connection, and drains.

mod arrival;
mod asked;
mod authority;
mod connection;
mod dns;
mod fault;
mod feed;
mod generation;
mod hooks;
mod identity;
mod lacking;
mod lists;
mod load;
mod monitor;
mod needs;
mod pass;
mod plain;
mod portal;
mod ports;
mod pressed;
mod reload;
mod report;
mod request;
mod revocation;
mod rounds;
mod sockets;
mod standing;
mod tried;
mod upstream;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accept::{self, BindError, Connection, Inherited, Listener};
use crate::config::{Codes, Config, Gateway, Requests, Trust};
use crate::confine::Sandbox;
use crate::control;
use crate::event::{Destination, Event, Events, FilePlan, Writer};
use crate::hook::{Hooks, Plan};
use crate::http::cookie::Keys;
use crate::http::route::Settings;
use crate::http::{self, Ends};
use crate::leaf::Leaves;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::origin::Origins;
use crate::page::Pages;
use crate::places::clients::{Clients, Seat};
use crate::places::turns::Turns;
use crate::policy::Policy;
use crate::relay::Dialer;
use crate::store::Store;
use crate::tls::Tls;
use crate::tls::quic::Refuser;

pub use authority::warn_of_ends;
pub use dns::DnsSetupError;
use feed::Token;
use generation::Lasting;
pub use identity::IdentityError;
pub use lists::tell_of_list;
pub use load::{Fresh, Loaded, StartError, load, problems};
pub use needs::{NeedError, unwritable};
use portal::Portal;
pub use portal::PortalError;
pub use ports::ports;
use pressed::Pressed;
use reload::Look;
pub use reload::Reload;
use revocation::RevocationLists;
use sockets::Sockets;

/// How long hooks that end may take to tell what they were told.
const FINISH: Duration = Duration::from_secs(10);
/// How long connections may take to say what came of them once they are cut off, and how long the last
/// events may take on their way.
const LAST: Duration = Duration::from_secs(1);
/// How often what grows with use is tidied: rates of clients gone, ageing cookie keys.
const TIDY: Duration = Duration::from_secs(60);
/// How many connections the feed and the monitor may have together.
const OWN_PLACES: usize = 256;

/// What a configuration amounts to while it counts; what outlives it is shared with the next one. All of
/// it is safe for concurrent use.
struct Shared {
    config: Arc<Config>,
    policy: ArcSwap<Policy>,
    /// What the lists' files looked like before they were read.
    lists_seen: Vec<Option<(u64, u64, i64, i64)>>,
    /// What the other files looked like before they were read.
    files_seen: Vec<Look>,
    pages: Pages,
    leaves: Arc<Leaves>,
    /// The same under the next root, for the names by which the check page finds out who has it.
    next_leaves: Option<Leaves>,
    tls: Arc<Tls>,
    keys: ArcSwap<Keys>,
    settings: Settings,
    dialer: Option<Arc<Dialer>>,
    origins: Option<Origins>,
    /// What forms asked for, and is done to its end.
    forms: TaskTracker,
    /// Forms that were sent a moment ago.
    pressed: Pressed,
    store: Store,
    live: Arc<Live>,
    sockets: Arc<Sockets>,
    hooks: Hooks,
    hook_plans: Vec<Plan>,
    gateway: Gateway,
    portal: Portal,
    feed_token: Token,
    codes: Codes,
    requests: Requests,
    trust: Trust,
    splice_age: Duration,
    events: Events,
    metrics: Arc<Metrics>,
    /// How many connections there may be.
    most: usize,
    /// How many of them there are, and each client has.
    clients: Arc<Clients>,
    revocation: RevocationLists,
    handshake: Duration,
    serve: http::Limits,
    /// The server goes down.
    stopping: CancellationToken,
    /// It has waited for its connections long enough.
    over: CancellationToken,
    /// Another configuration counts.
    retired: CancellationToken,
}

impl Shared {
    /// Counts an event and hands it over; never waits.
    fn emit(&self, event: Event) {
        self.metrics.event(&event);
        self.events.emit(event);
    }

    /// How many connections are open, and how many may be.
    fn connections(&self) -> (usize, usize) {
        (self.clients.taken(), self.most)
    }

    /// What bounds a connection from now on, whatever configuration counts later.
    fn bounds(&self) -> (http::Limits, Ends) {
        (self.serve, self.ends())
    }

    /// The same for a connection that has a seat among those of people.
    fn bounds_of(&self, seat: &Seat) -> (http::Limits, Ends) {
        (self.serve, Ends { busy: seat.busy(), turns: seat.turns(), ..self.ends() })
    }

    /// What ends a connection from outside.
    fn ends(&self) -> Ends {
        let (stopping, over) = (self.stopping.clone(), self.over.clone());
        let (vanish, busy, turns) = (CancellationToken::new(), Arc::default(), Turns::default());
        Ends { stopping, over, vanish, busy, turns }
    }
}

/// What counts now. Connections ask for it at their beginning, and at each request.
#[derive(Clone)]
struct Current(Arc<ArcSwap<Shared>>);

impl Current {
    fn get(&self) -> Arc<Shared> {
        self.0.load_full()
    }
}

/// A server whose ports are open. It serves from [`Server::run`] on.
pub struct Server {
    current: Current,
    lasting: Arc<Lasting>,
    https: Vec<Listener>,
    http: Vec<Listener>,
    quic: Vec<Refuser>,
    feed: Vec<Listener>,
    monitor: Vec<Listener>,
    dns: Option<dns::Dns>,
    control: control::Server,
    writer: Writer,
    root: Root,
    reload: Reload,
}

/// The root that devices must trust.
#[derive(Debug, Clone)]
pub struct Root {
    /// Its file.
    pub path: PathBuf,
    /// Its SHA-256 fingerprint, as `AB:CD:…`.
    pub fingerprint: String,
}

impl Server {
    /// Puts the parts together and opens all ports that are not among those `inherited`. Needs a tokio
    /// runtime, whose threads are in the `sandbox` if there is one.
    ///
    /// # Errors
    /// [`StartError`] for the first port that cannot be had; those opened before are closed again.
    pub fn open(
        config: &Config,
        loaded: Loaded,
        inherited: Inherited,
        sandbox: Option<Sandbox>,
    ) -> Result<Self, StartError> {
        let Loaded { fresh, store, .. } = loaded;
        let (events, writer) = Writer::open(&destination(config))?;
        let places = Arc::new(Semaphore::new(config.limits.connections));
        let https = listen("https", &config.listen.https, &places, &inherited)?;
        let http = listen("http", &config.listen.http, &places, &inherited)?;
        let mut quic = Vec::new();
        if config.listen.quic {
            for listener in &https {
                quic.push(Refuser::new(accept::bind_udp("quic", listener.address(), &inherited)?)?);
            }
        }
        // Gateways and those who watch get through when people take every place.
        let own_places = Arc::new(Semaphore::new(OWN_PLACES));
        let feed = listen("feed", &config.gateway.feed, &own_places, &inherited)?;
        let monitor = listen("monitor", &config.listen.monitor, &own_places, &inherited)?;
        let dns = dns::Dns::open(config, &inherited)?;
        for address in inherited.left() {
            tracing::warn!(%address, "the service manager has opened this address, and nothing is to listen on it; add it under [listen]");
        }
        let control = control::Server::bind(&config.store.directory)?;
        let root = Root {
            path: fresh.issuer.root_path().to_owned(),
            fingerprint: crate::ca::fingerprint_sha256(fresh.issuer.root()),
        };
        let lasting = Arc::new(Lasting {
            events,
            metrics: Arc::new(Metrics::new()),
            most: config.limits.connections,
            clients: Arc::new(Clients::new(
                config.limits.connections,
                config.limits.connections_per_client,
                config.limits.turns_per_client,
            )),
            store,
            live: Arc::new(Live::new()),
            sockets: Arc::default(),
            sandbox,
            tls: Arc::new(Tls::new(load::tickets(config))?),
            https: https.iter().map(Listener::address).collect(),
            http: http.iter().map(Listener::address).collect(),
            forms: TaskTracker::new(),
            stopping: CancellationToken::new(),
            over: CancellationToken::new(),
        });
        let first = Shared::build(Arc::new(config.clone()), fresh, &lasting, None)?;
        let current = Current(Arc::new(ArcSwap::from_pointee(first)));
        let reload = Reload::default();
        Ok(Self {
            current,
            lasting,
            https,
            http,
            quic,
            feed,
            monitor,
            dns,
            control,
            writer,
            root,
            reload,
        })
    }

    /// By which the server is told to read its configuration anew.
    pub fn reload(&self) -> Reload {
        self.reload.clone()
    }

    /// The open addresses, each with its service, in the order of the configuration.
    pub fn addresses(&self) -> Vec<(&'static str, SocketAddr)> {
        let https = self.https.iter().map(|listener| ("https", listener.address()));
        let http = self.http.iter().map(|listener| ("http", listener.address()));
        let quic = self.quic.iter().filter_map(|refuser| Some(("quic", refuser.address().ok()?)));
        let feed = self.feed.iter().map(|listener| ("feed", listener.address()));
        let monitor = self.monitor.iter().map(|listener| ("monitor", listener.address()));
        let dns = self.dns.iter().flat_map(dns::Dns::addresses);
        https.chain(http).chain(quic).chain(feed).chain(monitor).chain(dns).collect()
    }

    /// The root that devices must trust.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Serves until `stop` resolves, then lets open connections end.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { current, lasting, https, http, quic, feed, monitor, dns, .. } = self;
        let (control, writer, reload) = (self.control, self.writer, self.reload);
        let tasks = TaskTracker::new();
        let writer = tokio::task::spawn_blocking(move || writer.run());
        let stopping = lasting.stopping.clone();
        for listener in https {
            tasks.spawn(serve_all(listener, current.clone(), tasks.clone(), connection::https));
        }
        for listener in http {
            tasks.spawn(serve_all(listener, current.clone(), tasks.clone(), plain::http));
        }
        for refuser in quic {
            let stopping = stopping.clone();
            tasks.spawn(async move { stopping.run_until_cancelled(refuser.run()).await });
        }
        for listener in feed {
            tasks.spawn(serve_all(listener, current.clone(), tasks.clone(), feed::feed));
        }
        for listener in monitor {
            tasks.spawn(serve_all(listener, current.clone(), tasks.clone(), monitor::monitor));
        }
        if let Some(dns) = dns {
            dns.spawn(&current, &tasks);
        }
        tasks.spawn(hooks::control(control, current.clone()));
        tasks.spawn(hooks::watch_grants(current.clone()));
        tasks.spawn(lacking::keep(current.clone()));
        tasks.spawn(rounds::tidy(current.clone()));
        current.get().begin(&tasks);
        let reloading = reload::keep(current.clone(), Arc::clone(&lasting), reload, tasks.clone());
        tasks.spawn(stopping.clone().run_until_cancelled_owned(reloading));

        stop.await;
        let drain = current.get().config.limits.drain;
        tracing::info!("stopping; open connections may take {} s to end", drain.as_secs());
        stopping.cancel();
        tasks.close();
        if timeout(drain, tasks.wait()).await.is_err() {
            tracing::warn!(
                left = tasks.len(),
                "some connections did not end in time and are cut off"
            );
            lasting.over.cancel();
            // Who shakes hands still has nothing to tell.
            let _ = timeout(LAST, tasks.wait()).await;
        }
        lasting.forms.close();
        let _ = timeout(LAST, lasting.forms.wait()).await;
        // Tasks that are left hold the near end of the events; the writer must not wait for them.
        lasting.events.close();
        // Nothing can be done about a destination that takes nothing.
        let _ = timeout(LAST, writer).await;
        lacking::save(lasting.store.clone()).await;
        current.get().hooks.finish(FINISH).await;
    }
}

fn listen(
    service: &'static str,
    addresses: &[SocketAddr],
    places: &Arc<Semaphore>,
    inherited: &Inherited,
) -> Result<Vec<Listener>, BindError> {
    let each = addresses.iter();
    each.map(|address| Listener::bind(service, *address, Arc::clone(places), inherited)).collect()
}

fn destination(config: &Config) -> Destination {
    let events = &config.events;
    match &events.file {
        None => Destination::Stdout,
        Some(path) => Destination::File(FilePlan {
            path: path.clone(),
            rotate_size: events.rotate_size,
            keep: events.keep,
            keep_for: events.keep_for,
        }),
    }
}

async fn serve_all<F, R>(mut listener: Listener, current: Current, tasks: TaskTracker, serve: F)
where
    F: Fn(Connection, Current) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    let stopping = current.get().stopping.clone();
    while let Some(connection) = stopping.run_until_cancelled(listener.next()).await {
        // In a box, or it is copied six times until it runs, and three times when it is over.
        tasks.spawn(Box::pin(serve(connection, current.clone())));
    }
}
