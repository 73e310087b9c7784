//! The way to the real origins: their names resolved, their addresses looked at, connections made,
//! and octets passed on untouched.
//!
//! Names are resolved by the product's own upstream resolver, never by the gateway that redirected
//! them. Every address is looked at before it is dialled, and it is that very address which is
//! dialled, so that nobody uses this to reach inside.

mod address;
mod splice;

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hickory_proto::rr::Name;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use ipnet::IpNet;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::clock;
use crate::host::{Host, HostName};

pub use address::{embedded, is_allowed};
pub use splice::{Idle, Lifetime, both_ways};

/// How long one attempt to connect is waited for before the next address is tried beside it
/// (RFC 8305 section 8).
const STAGGER: Duration = Duration::from_millis(250);
/// How many of an origin's addresses are tried.
const TRIES: usize = 8;
/// A passed-on connection on which nothing moves in either direction ends after this long. Many
/// protocols keep a connection open for minutes between messages.
const IDLE: Idle = Idle(Duration::from_secs(15 * 60));
/// How long this machine's own addresses are remembered.
const REMEMBERED: Duration = Duration::from_secs(10);

/// The resolver could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialSetupError {
    /// This machine's resolver configuration.
    #[error(
        "cannot read this machine's resolvers (/etc/resolv.conf); name some in upstream.servers, or \
         write `servers = []` to pass nothing on"
    )]
    System(#[source] Box<NetError>),
    /// The resolver itself.
    #[error("cannot set up the upstream resolver")]
    Resolver(#[source] Box<NetError>),
}

/// The origin could not be reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// The name has no address.
    #[error("{host} has no address that the upstream resolvers know")]
    Unresolved {
        /// The name.
        host: Host,
    },
    /// The resolvers did not answer.
    #[error("the upstream resolvers gave no answer for {host}")]
    Resolver {
        /// The name.
        host: Host,
        /// What went wrong.
        source: Box<NetError>,
    },
    /// All its addresses are loopback, private or otherwise not to be dialled.
    #[error(
        "{host} leads to {}, no address that may be dialled; list inner networks in upstream.allow",
        listed(addresses)
    )]
    Refused {
        /// The name.
        host: Host,
        /// What it resolved to.
        addresses: Vec<IpAddr>,
    },
    /// It leads to this very server.
    #[error(
        "{host} leads to {address}, an address of this server: the resolver is the gateway that \
         redirects; name others in upstream.servers"
    )]
    Loop {
        /// The name.
        host: Host,
        /// The address of ours.
        address: IpAddr,
    },
    /// No address took the connection.
    #[error("cannot connect to {host}")]
    Connect {
        /// The name.
        host: Host,
        /// The last failure.
        source: io::Error,
    },
    /// No address answered in time.
    #[error("{host} did not answer in time")]
    TimedOut {
        /// The name.
        host: Host,
    },
}

fn listed(addresses: &[IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Who knows the real addresses.
#[derive(Debug, Clone)]
pub enum Servers {
    /// The resolvers of this machine.
    System,
    /// These.
    Listed(Vec<SocketAddr>),
}

/// How origins are dialled.
#[derive(Debug, Clone)]
pub struct DialSettings {
    /// Who knows the real addresses.
    pub servers: Servers,
    /// Inner networks that may be dialled.
    pub allow: Vec<IpNet>,
    /// The addresses at which this server listens: never dialled.
    pub own: Vec<SocketAddr>,
    /// How long a connection may take, with the look-up of its name.
    pub connect: Duration,
}

/// Dials origins. Safe for concurrent use.
pub struct Dialer {
    resolver: TokioResolver,
    allow: Vec<IpNet>,
    own: Vec<SocketAddr>,
    connect: Duration,
    machine: Mutex<Option<(std::time::Instant, HashSet<IpAddr>)>>,
}

impl Dialer {
    /// Sets the resolver up; asks nothing yet.
    ///
    /// # Errors
    /// [`DialSetupError`].
    pub fn new(settings: DialSettings) -> Result<Self, DialSetupError> {
        let DialSettings { servers, allow, own, connect } = settings;
        let provider = TokioRuntimeProvider::default();
        let builder = match servers {
            Servers::System => TokioResolver::builder(provider)
                .map_err(|source| DialSetupError::System(Box::new(source)))?,
            Servers::Listed(servers) => {
                let servers = servers.iter().map(name_server).collect();
                let config = ResolverConfig::from_parts(None, Vec::new(), servers);
                TokioResolver::builder_with_config(config, provider)
            }
        };
        let mut builder = builder;
        let options = builder.options_mut();
        options.ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
        // So that what it tries besides fits into the time that there is.
        options.timeout = options.timeout.min(connect / 4);
        // A gateway on this very machine may write redirected names into /etc/hosts.
        options.use_hosts_file = ResolveHosts::Never;
        let resolver =
            builder.build().map_err(|source| DialSetupError::Resolver(Box::new(source)))?;
        Ok(Self { resolver, allow, own, connect, machine: Mutex::default() })
    }

    /// Connects to the host: to the first of its addresses that answers, IPv6 and IPv4 in turns.
    ///
    /// # Errors
    /// [`DialError`].
    pub async fn dial(&self, host: &Host, port: u16) -> Result<TcpStream, DialError> {
        let deadline = Instant::now() + self.connect;
        let found = timeout_at(deadline, self.resolve(host)).await.unwrap_or_else(|_| {
            Err(DialError::Resolver { host: host.clone(), source: Box::new(NetError::Timeout) })
        })?;
        let addresses = self.permitted(host, &found, port)?;
        let late = |_| DialError::TimedOut { host: host.clone() };
        timeout_at(deadline, race(host, addresses, port)).await.map_err(late)?
    }

    /// Whether the resolver answers for this name with an address of ours, as the gateway does for
    /// every name that it redirects; gives the address.
    pub async fn is_gateway(&self, redirected: &HostName) -> Option<IpAddr> {
        let host = Host::Name(redirected.clone());
        let found = timeout(self.connect, self.resolve(&host)).await.ok()?.ok()?;
        found.into_iter().find(|ip| {
            let ip = embedded(*ip);
            self.own.iter().any(|own| self.is_own(ip, own))
        })
    }

    async fn resolve(&self, host: &Host) -> Result<Vec<IpAddr>, DialError> {
        let name = match host {
            Host::Ip(ip) => return Ok(vec![*ip]),
            Host::Name(name) => name,
        };
        // Absolute, so that no search domain of this machine is tried, and label by label, since the library
        // reads no text with a label that begins with a hyphen.
        let failed = |source| DialError::Resolver { host: host.clone(), source: Box::new(source) };
        let name = Name::from_labels(name.as_str().split('.').map(str::as_bytes))
            .map_err(|error| failed(NetError::from(error)))?;
        match self.resolver.lookup_ip(name).await {
            Ok(found) => Ok(found.iter().collect()),
            Err(error) if error.is_no_records_found() => {
                Err(DialError::Unresolved { host: host.clone() })
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The addresses that may be dialled, the families in turns (RFC 8305 section 4).
    fn permitted(
        &self,
        host: &Host,
        found: &[IpAddr],
        port: u16,
    ) -> Result<Vec<IpAddr>, DialError> {
        if let Some(address) = found.iter().find(|ip| self.is_ours(**ip, port)) {
            return Err(DialError::Loop { host: host.clone(), address: *address });
        }
        let allowed = found.iter().copied().filter(|ip| is_allowed(*ip, &self.allow));
        let (six, four): (Vec<_>, Vec<_>) = allowed.partition(IpAddr::is_ipv6);
        let longer = six.len().max(four.len());
        let turns = (0..longer).flat_map(|at| [six.get(at), four.get(at)]);
        let addresses: Vec<IpAddr> = turns.flatten().copied().take(TRIES).collect();
        if addresses.is_empty() {
            let (host, addresses) = (host.clone(), found.to_vec());
            return Err(match addresses.is_empty() {
                true => DialError::Unresolved { host },
                false => DialError::Refused { host, addresses },
            });
        }
        Ok(addresses)
    }

    /// Whether a connection to this address and port ends at this server.
    fn is_ours(&self, ip: IpAddr, port: u16) -> bool {
        let ip = embedded(ip);
        self.own.iter().any(|own| own.port() == port && self.is_own(ip, own))
    }

    fn is_own(&self, ip: IpAddr, own: &SocketAddr) -> bool {
        match own.ip().to_canonical() {
            listening if listening.is_unspecified() => {
                ip.is_unspecified() || ip.is_loopback() || self.machine_has(ip)
            }
            listening => listening == ip,
        }
    }

    /// Whether a network interface of this machine has the address.
    fn machine_has(&self, ip: IpAddr) -> bool {
        let now = clock::ticks();
        let mut known = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = known.as_ref().filter(|(at, _)| now.duration_since(*at) < REMEMBERED);
        if let Some((_, addresses)) = fresh {
            return addresses.contains(&ip);
        }
        let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
            tracing::warn!(%error, "this machine's addresses are unknown; a loop may go unseen");
            Vec::new()
        });
        let addresses: HashSet<IpAddr> =
            interfaces.iter().map(|interface| interface.ip().to_canonical()).collect();
        let has = addresses.contains(&ip);
        *known = Some((now, addresses));
        has
    }
}

/// Passes `client` on to an origin, starting with the octets `seen`, until both sides are done or
/// `life` is over.
///
/// # Errors
/// What a side broke off with, or that nothing moved for a quarter of an hour.
pub async fn pass_on(
    client: TcpStream,
    seen: &[u8],
    origin: TcpStream,
    life: Lifetime,
) -> io::Result<()> {
    both_ways(client, seen, origin, IDLE, life).await
}

fn name_server(server: &SocketAddr) -> NameServerConfig {
    let at_port = |mut connection: ConnectionConfig| {
        connection.port = server.port();
        connection
    };
    let connections = vec![at_port(ConnectionConfig::udp()), at_port(ConnectionConfig::tcp())];
    NameServerConfig::new(server.ip(), true, connections)
}

/// Tries the addresses one after the other, the next one beside those that keep us waiting; the first
/// that connects wins, and the others are dropped.
async fn race(host: &Host, addresses: Vec<IpAddr>, port: u16) -> Result<TcpStream, DialError> {
    let mut waiting = addresses.into_iter();
    let mut attempts = JoinSet::new();
    let mut last = None;
    loop {
        let more = match waiting.next() {
            Some(ip) => {
                attempts.spawn(TcpStream::connect((ip, port)));
                true
            }
            None => false,
        };
        loop {
            let ended = tokio::select! {
                ended = attempts.join_next() => ended,
                () = sleep(STAGGER), if more => break,
            };
            match ended {
                Some(Ok(Ok(stream))) => {
                    // Small TLS records must not wait for each other.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Some(Ok(Err(error))) => {
                    last = Some(error);
                    if more {
                        break;
                    }
                }
                Some(Err(_)) => {}
                None if more => break,
                None => {
                    let source = last.unwrap_or_else(|| io::ErrorKind::NotConnected.into());
                    return Err(DialError::Connect { host: host.clone(), source });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_origin_that_does_not_read_is_parted_from_as_well() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).await.unwrap();
        let origin = TcpStream::connect(address).await.unwrap();
        // More than the system takes for a peer that does not read.
        let seen = vec![0; 64 << 20];
        let until = Some(tokio::time::Instant::now() + Duration::from_millis(200));
        let passed = pass_on(client, &seen, origin, Lifetime { until, ..Lifetime::default() });
        assert!(timeout(Duration::from_secs(30), passed).await.unwrap().is_ok());
    }
}
