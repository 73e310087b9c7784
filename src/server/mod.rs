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
use crate::ca::{CaError, Issuer, LeafTerms};
use crate::clock;
use crate::config::{Codes, Config, CookieUse, Gateway, Requests, Trust};
use crate::control::{self, BindError as SocketError};
use crate::event::{Destination, Events, SinkError, Writer};
use crate::files::FileError;
use crate::hook::{HookError, Hooks};
use crate::host::{Host, HostName};
use crate::http::cookie::Keys;
use crate::http::route::Settings;
use crate::http::{self, KeyringError};
use crate::leaf::{Leaves, MintLimits};
use crate::live::Live;
use crate::origin::{self, OriginSetupError, Origins};
use crate::page::{PageError, PageOptions, PageProblem, Pages};
use crate::policy::{CacheUse, ListReport, LoadedPolicy, Overlap, Policy, PolicyErrors};
use crate::relay::{DialSetupError, Dialer};
use crate::store::{MovedAside, Store, StoreError};
use crate::tls::quic::{QuicError, Refuser};
use crate::tls::{Tls, TlsError};
pub use lists::tell_of_list;

pub use authority::warn_of_ends;
use authority::{load_issuer, load_probe};
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

/// The server could not be built. Nothing is listening then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The policy or its lists.
    #[error(transparent)]
    Policy(#[from] PolicyErrors),
    /// The certification authority.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The pages.
    #[error(transparent)]
    Pages(#[from] PageError),
    /// The cookie keys.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// Where events go.
    #[error(transparent)]
    Events(#[from] SinkError),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The refusal of QUIC.
    #[error(transparent)]
    Quic(#[from] QuicError),
    /// The upstream resolver.
    #[error(transparent)]
    Dial(#[from] DialSetupError),
    /// The way to the sites.
    #[error(transparent)]
    Origin(#[from] OriginSetupError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The socket for commands.
    #[error(transparent)]
    Control(#[from] SocketError),
    /// Who is told of what.
    #[error(transparent)]
    Hooks(#[from] HookError),
    /// A token or a secret.
    #[error(transparent)]
    Secret(#[from] FileError),
    /// The embedded gateway.
    #[error(transparent)]
    Dns(#[from] DnsSetupError),
    /// The portal's own certificate, or that of the gateway.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The portal.
    #[error(transparent)]
    Portal(#[from] PortalError),
    /// A listening address.
    #[error(transparent)]
    Bind(#[from] BindError),
}

impl StartError {
    /// Whether what was configured is at fault (exit code 2), rather than the machine (1).
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Policy(_) | Self::Ca(_) | Self::Pages(_) | Self::Keys(_) => true,
            Self::Secret(_) | Self::Origin(_) | Self::Hooks(_) | Self::Identity(_) => true,
            Self::Portal(_) => true,
            Self::Events(_) | Self::Dial(_) | Self::Bind(_) => false,
            Self::Store(_) | Self::Control(_) => false,
            Self::Tls(_) | Self::Quic(_) => false,
            Self::Dns(error) => error.is_configuration(),
        }
    }
}

/// Everything that is loaded from files, before any port opens.
pub struct Loaded {
    /// The verdicts.
    pub policy: Policy,
    /// What the lists held.
    pub lists: Vec<ListReport>,
    /// Hosts that several categories know.
    pub overlaps: Vec<Overlap>,
    /// Where the index of the lists comes from.
    pub cache: CacheUse,
    /// What the lists' files looked like before they were read.
    lists_seen: Vec<Option<(u64, u64, i64, i64)>>,
    /// The pages.
    pub pages: Pages,
    /// What is wrong with overriding templates; the built-in ones serve in their stead.
    pub page_problems: Vec<PageProblem>,
    /// The authority.
    pub issuer: Issuer,
    /// The cookie keys.
    pub keys: Keys,
    /// Codes, requests and counts.
    pub store: Store,
    /// A broken store that was moved aside.
    pub moved_aside: Option<MovedAside>,
}

/// Loads all files that a configuration names.
///
/// # Errors
/// All that is wrong, in the order of the configuration.
pub fn load(config: &Config) -> Result<Loaded, Vec<StartError>> {
    let mut errors = Vec::new();
    let lists_seen = lists::look(config);
    let policy = keep(Policy::load_cached(config, true), &mut errors);
    let pages = keep(Pages::load(&page_options(config)), &mut errors);
    let issuer = keep(load_issuer(config), &mut errors);
    if let Some(issuer) = &issuer {
        keep(portal::check(&config.portal, issuer), &mut errors);
    }
    // Last, and only when all else is well: this may make the file.
    let cookies = &config.cookies;
    let keys = if errors.is_empty() {
        keep(http::load_keys(&cookies.key_file, cookies.rotate, clock::now()), &mut errors)
    } else {
        None
    };
    let store = if errors.is_empty() {
        keep(Store::open(&config.store.directory, clock::now()), &mut errors)
    } else {
        None
    };
    match (policy, pages, issuer, keys, store) {
        (Some(loaded), Some((pages, problems)), Some(issuer), Some(keys), Some(store)) => {
            let (store, moved_aside) = store;
            let LoadedPolicy { policy, lists, overlaps, cache } = loaded;
            let page_problems = problems;
            Ok(Loaded {
                policy,
                lists,
                overlaps,
                cache,
                lists_seen,
                pages,
                page_problems,
                issuer,
                keys,
                store,
                moved_aside,
            })
        }
        _ => Err(errors),
    }
}

/// Everything that is wrong with the files that a configuration names, besides its lists; nothing is
/// made or changed. A broken template is no error: the built-in one serves in its stead.
pub fn problems(config: &Config) -> (Vec<PageProblem>, Vec<StartError>) {
    let mut errors = Vec::new();
    let pages = keep(Pages::load(&page_options(config)), &mut errors);
    if let Some(issuer) = keep(load_issuer(config), &mut errors) {
        keep(portal::check(&config.portal, &issuer), &mut errors);
    }
    keep(http::check_keys(&config.cookies.key_file), &mut errors);
    keep(origin::check_roots(config.upstream.roots.as_deref()), &mut errors);
    keep(Token::load(config.gateway.token_file.as_deref()), &mut errors);
    keep(hooks::plans(&config.hooks), &mut errors);
    keep(Identity::load(Whose::Gateway, config.dns.identity.clone()), &mut errors);
    keep(Identity::load(Whose::Portal, config.portal.identity.clone()), &mut errors);
    (pages.map(|(_, problems)| problems).unwrap_or_default(), errors)
}

fn keep<T, E: Into<StartError>>(result: Result<T, E>, errors: &mut Vec<StartError>) -> Option<T> {
    result.map_err(|error| errors.push(error.into())).ok()
}

fn page_options(config: &Config) -> PageOptions {
    PageOptions {
        organisation: config.organisation.name.clone(),
        contact: config.organisation.contact.clone(),
        colour: config.organisation.colour.clone(),
        logo: config.organisation.logo.clone(),
        templates: config.pages.templates.clone(),
        default_language: config.pages.language.clone(),
    }
}

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
    revocation: RevocationLists,
    handshake: Duration,
    serve: http::Limits,
    stopping: CancellationToken,
}

/// A server whose ports are open. It serves from [`Server::run`] on.
pub struct Server {
    shared: Arc<Shared>,
    https: Vec<Listener>,
    http: Vec<Listener>,
    quic: Vec<Refuser>,
    feed: Vec<Listener>,
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
        let listen = |service, addresses: &[SocketAddr]| -> Result<Vec<Listener>, StartError> {
            let bind =
                |address: &SocketAddr| Listener::bind(service, *address, Arc::clone(&places));
            Ok(addresses.iter().map(bind).collect::<Result<_, _>>()?)
        };
        let https = listen("https", &config.listen.https)?;
        let http = listen("http", &config.listen.http)?;
        let mut quic = Vec::new();
        if config.listen.quic {
            for listener in &https {
                quic.push(Refuser::new(accept::bind_udp("quic", listener.address())?)?);
            }
        }
        let own: Vec<_> = https.iter().chain(&http).map(Listener::address).collect();
        let feed = listen("feed", &config.gateway.feed)?;
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
        let dns = self.dns.iter().flat_map(dns::Dns::addresses);
        https.chain(http).chain(quic).chain(feed).chain(dns).collect()
    }

    /// The root that devices must trust.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Serves until `stop` resolves, then lets open connections end.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { shared, https, http, quic, feed, dns, control, writer, .. } = self;
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
