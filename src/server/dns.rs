//! The embedded gateway's ports, and what it asks of the rest of the server.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use rustls::ServerConfig;
use tokio::net::UdpSocket;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use super::identity::{Identity, IdentityError, Kept, Whose};
use super::{Current, Shared, TIDY};
use crate::accept::{self, BindError, Connection, Inherited, Listener};
use crate::clock::{self, Time};
use crate::config::{Config, HandOver};
use crate::dns::{
    self, DohError, Gateway, Judge, Judged, MEDIA_TYPE, Origin, UpstreamError, Way, Words,
};
use crate::host::Host;
use crate::http::permit::opening;
use crate::http::{self as web, Protocol, Reply, Room};
use crate::policy::{Policy, RuleId, Told, Verdict};

/// The name that DNS over TLS has among protocols (RFC 7858 section 3.1 leaves it to IANA's registry).
const DOT: &[u8] = b"dot";
/// How often a port that the system chose for TCP may turn out to be taken for UDP.
const PORTS: usize = 16;

/// The embedded gateway could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DnsSetupError {
    /// A listening address.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// An address without its socket.
    #[error("cannot use {address} for DNS")]
    Socket {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The servers to ask.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The certificate or its key.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl DnsSetupError {
    /// Whether what was configured is at fault, rather than the machine.
    pub(super) fn is_configuration(&self) -> bool {
        match self {
            Self::Upstream(_) | Self::Identity(_) => true,
            Self::Bind(_) | Self::Socket { .. } => false,
        }
    }
}

/// Looks whether the embedded gateway would ask itself, which needs no open port.
///
/// # Errors
/// [`DnsSetupError::Upstream`].
pub(super) fn check(config: &Config) -> Result<(), DnsSetupError> {
    let wanted = &config.dns;
    if !wanted.is_on() {
        return Ok(());
    }
    match dns::upstreams(config.upstream.servers.as_deref(), &wanted.listen) {
        Err(error @ UpstreamError::Loop { .. }) => Err(error.into()),
        // That this machine's resolvers are unknown is said when the ports are open.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The open ports of the embedded gateway, and all that it needs to serve on them.
pub(super) struct Dns {
    udp: Vec<UdpSocket>,
    tcp: Vec<Listener>,
    tls: Vec<Listener>,
    https: Vec<Listener>,
    identity: Option<Identity>,
    settings: dns::Settings,
}

impl Dns {
    /// Opens the ports that the configuration wants, and chooses the servers to ask. None when there
    /// is no embedded gateway.
    ///
    /// # Errors
    /// [`DnsSetupError`].
    pub(super) fn open(
        config: &Config,
        inherited: &Inherited,
    ) -> Result<Option<Self>, DnsSetupError> {
        let wanted = &config.dns;
        if !wanted.is_on() {
            return Ok(None);
        }
        let identity = Identity::load_shown(Whose::Gateway, wanted.identity.clone(), None)?;
        // Apart from the places of the pages, so that neither can take the other's.
        let places = Arc::new(Semaphore::new(config.limits.connections));
        let (mut udp, mut tcp) = (Vec::new(), Vec::new());
        for address in &wanted.listen {
            let (datagrams, streams) = both(*address, &places, inherited)?;
            udp.push(datagrams);
            tcp.push(streams);
        }
        let bind = |service, addresses: &[SocketAddr]| -> Result<Vec<Listener>, BindError> {
            let each = addresses.iter();
            each.map(|address| Listener::bind(service, *address, Arc::clone(&places), inherited))
                .collect()
        };
        let (tls, https) = (bind("dns-tls", &wanted.tls)?, bind("dns-https", &wanted.https)?);
        let own: Vec<_> = tcp.iter().map(Listener::address).collect();
        let servers = servers(config, &own)?;
        let settings = dns::Settings {
            words: words(config),
            networks: wanted.networks.clone(),
            rate: wanted.rate,
            cache: wanted.cache,
            servers,
        };
        Ok(Some(Self { udp, tcp, tls, https, identity, settings }))
    }

    /// The open addresses, each with its service.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> {
        let of = |service, listeners: &[Listener]| {
            let addresses: Vec<_> = listeners.iter().map(|one| (service, one.address())).collect();
            addresses
        };
        let all = [of("dns", &self.tcp), of("dns-tls", &self.tls), of("dns-https", &self.https)];
        all.into_iter().flatten()
    }

    /// Serves on all ports until the server stops. Queries under way have a few seconds to end.
    pub(super) fn spawn(self, current: &Current, tasks: &TaskTracker) {
        let Self { udp, tcp, tls, https, identity, settings } = self;
        let stopping = current.get().stopping.clone();
        let gateway = Arc::new(Gateway::new(settings, current.clone()));
        let until = |serving| stopping.clone().run_until_cancelled_owned(serving);
        let own = tcp.iter().map(Listener::address).collect();
        tasks.spawn(follow(Arc::clone(&gateway), current.clone(), own));
        for socket in udp {
            tasks.spawn(until(dns::serve_udp(socket, Arc::clone(&gateway), tasks.clone())));
        }
        let place =
            |identity| Place { gateway: Arc::clone(&gateway), current: current.clone(), identity };
        for listener in tcp {
            tasks.spawn(serve_all(listener, place(None), tasks.clone(), plain));
        }
        if let Some(identity) = identity {
            let identity = Arc::new(Kept::new(identity));
            for listener in tls {
                let place = place(Some(Arc::clone(&identity)));
                tasks.spawn(serve_all(listener, place, tasks.clone(), encrypted));
            }
            for listener in https {
                let place = place(Some(Arc::clone(&identity)));
                tasks.spawn(serve_all(listener, place, tasks.clone(), over_https));
            }
            let reload = async move { identity.keep_fresh(TIDY).await };
            tasks.spawn(stopping.clone().run_until_cancelled_owned(reload));
        }
        let tidy = async move {
            loop {
                sleep(TIDY).await;
                gateway.tidy();
            }
        };
        tasks.spawn(stopping.run_until_cancelled_owned(tidy));
    }
}

/// What answers are made of.
fn words(config: &Config) -> Words {
    Words {
        organisation: config.organisation.name.clone(),
        contact: config.organisation.contact.clone(),
        language: config.pages.language.clone(),
        ttl: u32::try_from(config.gateway.ttl.as_secs()).unwrap_or(u32::MAX),
        canaries: config.dns.canaries,
    }
}

/// Who is asked; `own` are the gateway's addresses.
fn servers(config: &Config, own: &[SocketAddr]) -> Result<Vec<SocketAddr>, UpstreamError> {
    match dns::upstreams(config.upstream.servers.as_deref(), own) {
        // Nobody asked for these resolvers by name, and what is redirected needs none.
        Err(error @ UpstreamError::System(_)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "nothing is forwarded");
            Ok(Vec::new())
        }
        servers => servers,
    }
}

/// Keeps a gateway to the configuration that counts, until the server stops.
async fn follow(gateway: Arc<Gateway>, current: Current, own: Vec<SocketAddr>) {
    let shared = current.get();
    let (mut retired, stopping) = (shared.retired.clone(), shared.stopping.clone());
    drop(shared);
    loop {
        retired.cancelled().await;
        if stopping.is_cancelled() {
            return;
        }
        let shared = current.get();
        retired = shared.retired.clone();
        match servers(&shared.config, &own) {
            Ok(servers) => gateway.renew(words(&shared.config), &servers),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the gateway goes on with the resolvers that it has");
            }
        }
    }
}

/// TCP and UDP at one address; with port 0 at a port that is free for both.
fn both(
    address: SocketAddr,
    places: &Arc<Semaphore>,
    inherited: &Inherited,
) -> Result<(UdpSocket, Listener), DnsSetupError> {
    let mut tries = PORTS;
    loop {
        let streams = Listener::bind("dns", address, Arc::clone(places), inherited)?;
        let chosen = streams.address();
        match accept::bind_udp("dns", chosen, inherited) {
            Ok(socket) => {
                let datagrams = UdpSocket::from_std(socket)
                    .map_err(|source| DnsSetupError::Socket { address: chosen, source })?;
                return Ok((datagrams, streams));
            }
            Err(error) => {
                tries -= 1;
                if address.port() != 0 || tries == 0 {
                    return Err(error.into());
                }
            }
        }
    }
}

impl Judge for Current {
    fn judge(&self, client: IpAddr, host: &Host) -> Judged {
        self.get().judge(client, host)
    }
}

impl Shared {
    fn judge(&self, client: IpAddr, host: &Host) -> Judged {
        let policy: Arc<Policy> = self.policy.load_full();
        let verdict = policy.decide(client, host);
        let told = policy.told(&verdict);
        let is_granted = told != Told::Truth && self.is_opened_by_gateway(client, host, &verdict);
        let (told, addresses) = match told {
            _ if is_granted => (Told::Truth, Default::default()),
            Told::Page(number) => (told, policy.block_addresses(number).clone()),
            Told::Truth | Told::Nxdomain | Told::Null => (told, Default::default()),
        };
        // Off, it costs nothing; a client that lacks nothing is soon found out.
        let backs_off =
            matches!(told, Told::Page(_)) && self.backs_off(client, host, &verdict).is_some();
        Judged { verdict, told, addresses, is_granted, backs_off }
    }

    /// Until when the gateway is to tell the client that there is no such host, for want of the root. The portal, from
    /// which people install it, is always there.
    pub(super) fn backs_off(&self, client: IpAddr, host: &Host, verdict: &Verdict) -> Option<Time> {
        self.trust.back_off.as_ref().filter(|_| verdict.rule != RuleId::Portal)?;
        self.store.trust().backs_off(client, host, clock::now())
    }

    /// Whether the client reaches the host by the gateway telling it the truth: a grant of that kind
    /// holds, or an access request was approved.
    fn is_opened_by_gateway(&self, client: IpAddr, host: &Host, verdict: &Verdict) -> bool {
        if verdict.danger {
            return false;
        }
        let now = clock::now();
        let live = self.live.of(client, now);
        let grant = opening(&live, host, verdict, &self.settings.companions, self);
        grant.is_some_and(|grant| grant.hand_over == HandOver::Gateway)
            || (verdict.terms.hand_over == HandOver::Gateway
                && self.store.approval(client, host, now).is_some())
    }
}

/// What every connection to the gateway shares.
#[derive(Clone)]
struct Place {
    gateway: Arc<Gateway>,
    current: Current,
    identity: Option<Arc<Kept>>,
}

async fn serve_all<F, R>(mut listener: Listener, place: Place, tasks: TaskTracker, serve: F)
where
    F: Fn(Connection, Place) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    let stopping = place.current.get().stopping.clone();
    while let Some(connection) = stopping.run_until_cancelled(listener.next()).await {
        tasks.spawn(serve(connection, place.clone()));
    }
}

/// DNS over TCP.
async fn plain(connection: Connection, place: Place) {
    let Some(_served) = place.gateway.enter(connection.client) else { return };
    let origin = origin(&connection, Way::Tcp);
    serve(connection.stream, &place, origin).await;
}

/// DNS over TLS (RFC 7858).
async fn encrypted(connection: Connection, place: Place) {
    let Some(_served) = place.gateway.enter(connection.client) else { return };
    let origin = origin(&connection, Way::Encrypted);
    let Some(mut config) = place.tls() else { return };
    Arc::make_mut(&mut config).alpn_protocols = vec![DOT.to_vec()];
    let handshake = TlsAcceptor::from(config).accept(connection.stream);
    match timeout(place.current.get().handshake, handshake).await {
        Ok(Ok(stream)) => serve(stream, &place, origin).await,
        Ok(Err(error)) => tracing::debug!(%error, client = %origin.client, "no TLS for DNS"),
        Err(_) => tracing::debug!(client = %origin.client, "TLS for DNS took too long"),
    }
}

async fn serve<S>(stream: S, place: &Place, origin: Origin)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let stopping = place.current.get().stopping.clone();
    if let Err(error) = dns::serve_stream(stream, &place.gateway, origin, &stopping).await {
        tracing::debug!(%error, client = %origin.client, "a DNS connection broke off");
    }
}

/// DNS over HTTPS (RFC 8484).
async fn over_https(connection: Connection, place: Place) {
    let Some(_served) = place.gateway.enter(connection.client) else { return };
    let origin = origin(&connection, Way::Encrypted);
    let Some(config) = place.tls() else { return };
    let handshake = TlsAcceptor::from(config).accept(connection.stream);
    let stream = match timeout(place.current.get().handshake, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%error, client = %origin.client, "no TLS for DNS over HTTPS");
            return;
        }
        Err(_) => return,
    };
    let protocol = match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => Protocol::Http2,
        _ => Protocol::Http1,
    };
    let (limits, ends) = place.current.get().bounds();
    let gateway = Arc::clone(&place.gateway);
    let answer = move |request, room: Arc<Room>| {
        let gateway = Arc::clone(&gateway);
        // It waits for other name servers, and what it waits with is small.
        room.leave();
        async move { Reply::whole(answer_https(request, &gateway, origin).await, false) }
    };
    web::serve(stream, protocol, limits, ends, answer).await;
}

async fn answer_https(
    request: Request<Incoming>,
    gateway: &Arc<Gateway>,
    origin: Origin,
) -> Response<Bytes> {
    let (head, mut body) = request.into_parts();
    let query = match dns::query_of(&head.method, &head.uri, &head.headers) {
        Ok(Some(query)) => Ok(query),
        Ok(None) => body_of(&mut body).await,
        Err(error) => Err(error),
    };
    let query = match query {
        Ok(query) => query,
        Err(error) => {
            web::discard(body).await;
            return refused(error);
        }
    };
    let Some(answer) = gateway.resolve(&query, origin).await else {
        return refused(DohError::Parameter);
    };
    let age = HeaderValue::from_str(&format!("max-age={}", dns::max_age(&answer)));
    let mut response = Response::new(Bytes::from(answer));
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    fields.insert(header::CACHE_CONTROL, age.unwrap_or(HeaderValue::from_static("no-store")));
    response
}

async fn body_of(body: &mut Incoming) -> Result<Vec<u8>, DohError> {
    /// A query is small and is sent at once.
    const PATIENCE: Duration = Duration::from_secs(10);
    let whole = Limited::new(body, usize::from(u16::MAX)).collect();
    match timeout(PATIENCE, whole).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes().to_vec()),
        Ok(Err(_)) => Err(DohError::TooLarge),
        Err(_) => Err(DohError::Parameter),
    }
}

fn refused(error: DohError) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(format!("{error}\n")));
    *response.status_mut() = error.status();
    let fields = response.headers_mut();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    fields.insert(header::CONTENT_TYPE, kind);
    if error == DohError::Method {
        fields.insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
    }
    response
}

fn origin(connection: &Connection, way: Way) -> Origin {
    Origin { client: connection.client, local: connection.local.ip(), way }
}

impl Place {
    fn tls(&self) -> Option<Arc<ServerConfig>> {
        Some(self.current.get().tls.showing(self.identity.as_ref()?.shown()))
    }
}
