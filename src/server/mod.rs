//! Builds all parts from a configuration, runs the way of a connection, and drains.

mod asked;
mod authority;
mod connection;
mod dns;
mod fault;
mod feed;
mod hooks;
mod identity;
mod lacking;
mod lists;
mod load;
mod monitor;
mod pass;
mod portal;
mod report;
mod request;
mod revocation;
mod rounds;
mod sockets;
mod standing;
mod upstream;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accept::{self, BindError, Connection, Listener};
use crate::ca::LeafTerms;
use crate::config::{Codes, Config, CookieUse, Gateway, Requests, Trust};
use crate::control::{self};
use crate::event::{Destination, Event, Events, Writer};
use crate::hook::Hooks;
use crate::host::{Host, HostName};
use crate::http::cookie::Keys;
use crate::http::route::Settings;
use crate::http::{self};
use crate::leaf::{Leaves, MintLimits};
use crate::live::Live;
use crate::metrics::Metrics;
use crate::origin::Origins;
use crate::page::Pages;
use crate::policy::Policy;
use crate::relay::Dialer;
use crate::store::Store;
use crate::tls::Tls;
use crate::tls::quic::Refuser;
pub use lists::tell_of_list;
pub use load::{Loaded, StartError, load, problems};

use authority::load_probe;
pub use authority::warn_of_ends;
pub use dns::DnsSetupError;
use feed::Token;
pub use identity::IdentityError;
use identity::{Identity, Whose};
use portal::Portal;
pub use portal::PortalError;
use revocation::RevocationLists;
use sockets::Sockets;

/// How long open connections may take to end when the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How often what grows with use is tidied: rates of clients gone, ageing cookie keys.
const TIDY: Duration = Duration::from_secs(60);
/// How many connections the feed and the monitor may have together.
const OWN_PLACES: usize = 256;

/// What every connection shares. All of it is safe for concurrent use.
struct Shared {
    policy: ArcSwap<Policy>,
    /// What the lists' files looked like before they were read.
    lists_seen: Vec<Option<(u64, u64, i64, i64)>>,
    pages: Pages,
    leaves: Leaves,
    /// The same under the next root, for the names by which the check page finds out who has it.
    next_leaves: Option<Leaves>,
    tls: Tls,
    keys: ArcSwap<Keys>,
    settings: Settings,
    dialer: Option<Arc<Dialer>>,
    origins: Option<Origins>,
    store: Store,
    live: Live,
    sockets: Sockets,
    hooks: Hooks,
    gateway: Gateway,
    portal: Portal,
    feed_token: Token,
    codes: Codes,
    requests: Requests,
    trust: Trust,
    splice_age: Duration,
    events: Events,
    metrics: Metrics,
    /// The places of connections, and how many there are.
    places: (Arc<Semaphore>, usize),
    revocation: RevocationLists,
    handshake: Duration,
    serve: http::Limits,
    stopping: CancellationToken,
}

impl Shared {
    /// Counts an event and hands it over; never waits.
    fn emit(&self, event: Event) {
        self.metrics.event(&event);
        self.events.emit(event);
    }

    /// How many connections are open, and how many may be.
    fn connections(&self) -> (usize, usize) {
        let (places, all) = &self.places;
        (all.saturating_sub(places.available_permits()), *all)
    }
}

/// A server whose ports are open. It serves from [`Server::run`] on.
pub struct Server {
    shared: Arc<Shared>,
    https: Vec<Listener>,
    http: Vec<Listener>,
    quic: Vec<Refuser>,
    feed: Vec<Listener>,
    monitor: Vec<Listener>,
    dns: Option<dns::Dns>,
    control: control::Server,
    writer: Writer,
    root: Root,
    cookies: crate::config::Cookies,
    /// A name that the gateway redirects, to find out whether the resolver is the gateway.
    redirected: Option<HostName>,
    config: Arc<Config>,
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
    /// Puts the parts together and opens all ports. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] for the first port that cannot be had; those opened before are closed again.
    pub fn open(config: &Config, loaded: Loaded) -> Result<Self, StartError> {
        let Loaded { policy, lists_seen, pages, issuer, keys, store, .. } = loaded;
        let (events, writer) = Writer::open(&destination(config))?;
        let places = Arc::new(Semaphore::new(config.limits.connections));
        let https = listen("https", &config.listen.https, &places)?;
        let http = listen("http", &config.listen.http, &places)?;
        let mut quic = Vec::new();
        if config.listen.quic {
            for listener in &https {
                quic.push(Refuser::new(accept::bind_udp("quic", listener.address())?)?);
            }
        }
        let own: Vec<_> = https.iter().chain(&http).map(Listener::address).collect();
        // Gateways and those who watch get through when people take every place.
        let own_places = Arc::new(Semaphore::new(OWN_PLACES));
        let feed = listen("feed", &config.gateway.feed, &own_places)?;
        let monitor = listen("monitor", &config.listen.monitor, &own_places)?;
        let dns = dns::Dns::open(config)?;
        let feed_token = Token::load(config.gateway.token_file.as_deref())?;
        let control = control::Server::bind(&config.store.directory)?;
        let hooks = Hooks::start(hooks::plans(&config.hooks)?)?;
        let dialer = upstream::dialer(config, own)?.map(Arc::new);
        let origins =
            dialer.as_ref().map(|dialer| upstream::origins(config, dialer, &issuer)).transpose()?;
        let root = Root {
            path: issuer.root_path().to_owned(),
            fingerprint: crate::ca::fingerprint_sha256(issuer.root()),
        };
        let identity = Identity::load(Whose::Portal, config.portal.identity.clone())?;
        let tls_addresses = https.iter().map(Listener::address).collect();
        let probe = load_probe(config);
        let portal = Portal::new(config, &issuer, probe.as_ref(), identity, tls_addresses)?;
        let crl_host = config.ca.crl_host.clone();
        let issuer = Arc::new(issuer);
        let terms = LeafTerms {
            lifetime: config.leaf.lifetime,
            backdate: config.leaf.backdate,
            crl_url: crl_host.as_ref().map(revocation::issuing_url),
        };
        let mints = || MintLimits::new(config.limits.mints_per_client, config.limits.mints_total);
        let next_leaves = probe.map(|probe| {
            // Its revocation list is nowhere: browsers do not ask for one.
            let terms = LeafTerms { crl_url: None, ..terms.clone() };
            Leaves::new(Arc::new(probe), terms, cache_size(config), mints())
        });
        let shared = Shared {
            policy: ArcSwap::from_pointee(policy),
            lists_seen,
            pages,
            revocation: RevocationLists::new(
                crl_host.map(Host::Name),
                Arc::clone(&issuer),
                config.ca.directory.clone(),
            ),
            leaves: Leaves::new(issuer, terms, cache_size(config), mints()),
            next_leaves,
            tls: Tls::new()?,
            keys: ArcSwap::from_pointee(keys),
            settings: Settings {
                block_needs_cookie: config.cookies.block_page == CookieUse::Required,
                cookie_lifetime: config.cookies.lifetime,
                page_status: config.pages.block_status,
                network: config.grants.network,
                companions: config.companions.clone(),
            },
            dialer,
            origins,
            store,
            live: Live::new(),
            sockets: Sockets::default(),
            hooks,
            gateway: config.gateway.clone(),
            portal,
            feed_token,
            codes: config.codes.clone(),
            requests: config.requests.clone(),
            trust: config.trust.clone(),
            splice_age: config.grants.splice_age,
            events,
            metrics: Metrics::new(),
            places: (places, config.limits.connections),
            handshake: config.limits.handshake,
            serve: http::Limits {
                header: config.limits.header,
                idle: config.limits.idle,
                tunnel_idle: config.upstream.idle,
            },
            stopping: CancellationToken::new(),
        };
        let (shared, cookies) = (Arc::new(shared), config.cookies.clone());
        let redirected = upstream::redirected(config);
        let config = Arc::new(config.clone());
        Ok(Self {
            shared,
            https,
            http,
            quic,
            feed,
            monitor,
            dns,
            control,
            writer,
            root,
            cookies,
            redirected,
            config,
        })
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
        let Self { shared, https, http, quic, feed, monitor, dns, control, writer, .. } = self;
        let (cookies, redirected, config) = (self.cookies, self.redirected, self.config);
        let tasks = TaskTracker::new();
        let writer = tokio::task::spawn_blocking(move || writer.run());
        let stopping = shared.stopping.clone();
        for listener in https {
            let shared = Arc::clone(&shared);
            tasks.spawn(serve_all(listener, shared, tasks.clone(), connection::https));
        }
        for listener in http {
            let shared = Arc::clone(&shared);
            tasks.spawn(serve_all(listener, shared, tasks.clone(), connection::http));
        }
        for refuser in quic {
            let stopping = stopping.clone();
            tasks.spawn(async move { stopping.run_until_cancelled(refuser.run()).await });
        }
        for listener in feed {
            let shared = Arc::clone(&shared);
            tasks.spawn(serve_all(listener, shared, tasks.clone(), feed::feed));
        }
        for listener in monitor {
            let shared = Arc::clone(&shared);
            tasks.spawn(serve_all(listener, shared, tasks.clone(), monitor::monitor));
        }
        if let Some(dns) = dns {
            dns.spawn(&shared, &tasks);
        }
        if let (Some(dialer), Some(name)) = (shared.dialer.clone(), redirected) {
            tasks.spawn(
                stopping.clone().run_until_cancelled_owned(upstream::warn_of_gateway(dialer, name)),
            );
        }
        if let Some(identity) = shared.portal.identity() {
            let fresh = async move { identity.keep_fresh(TIDY).await };
            tasks.spawn(stopping.clone().run_until_cancelled_owned(fresh));
        }
        tasks.spawn(hooks::control(control, Arc::clone(&shared)));
        tasks.spawn(hooks::watch_grants(Arc::clone(&shared)));
        tasks.spawn(lacking::keep(Arc::clone(&shared)));
        tasks.spawn(rounds::tidy(Arc::clone(&shared), cookies));
        tasks.spawn(lists::watch(Arc::clone(&shared), Arc::clone(&config)));
        tasks.spawn(lists::fetch_all(Arc::clone(&shared), config));
        let hooks = shared.hooks.clone();
        let store = shared.store.clone();
        drop(shared);

        stop.await;
        tracing::info!("stopping; open connections may take {} s to end", DRAIN.as_secs());
        stopping.cancel();
        tasks.close();
        let drained = tokio::time::timeout(DRAIN, tasks.wait()).await;
        lacking::save(store).await;
        if drained.is_err() {
            tracing::warn!(left = tasks.len(), "some connections did not end in time");
            // Their tasks hold the near end of the events; the writer must not wait for them.
            writer.abort();
            return;
        }
        hooks.finish(DRAIN).await;
        let _ = writer.await;
    }
}

fn listen(
    service: &'static str,
    addresses: &[SocketAddr],
    places: &Arc<Semaphore>,
) -> Result<Vec<Listener>, BindError> {
    let bind = |address: &SocketAddr| Listener::bind(service, *address, Arc::clone(places));
    addresses.iter().map(bind).collect()
}

fn cache_size(config: &Config) -> NonZeroUsize {
    config.leaf.cache
}

fn destination(config: &Config) -> Destination {
    let events = &config.events;
    match &events.file {
        None => Destination::Stdout,
        Some(path) => Destination::File {
            path: path.clone(),
            rotate_size: events.rotate_size,
            keep: events.keep,
        },
    }
}

async fn serve_all<F, R>(listener: Listener, shared: Arc<Shared>, tasks: TaskTracker, serve: F)
where
    F: Fn(Connection, Arc<Shared>) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    let stopping = shared.stopping.clone();
    while let Some(connection) = stopping.run_until_cancelled(listener.next()).await {
        tasks.spawn(serve(connection, Arc::clone(&shared)));
    }
}
