//! A connection that must not be intercepted goes on to the real origin, untouched.
//!
//! The name is resolved by the product's own upstream resolver, never by the gateway that redirected
//! it. Every address is looked at before it is dialled, so that nobody uses this to reach inside.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::host::Host;

/// How long to wait for one address of the origin before the next is tried.
const CONNECT: Duration = Duration::from_secs(5);
/// How many of an origin's addresses are tried.
const TRIES: usize = 4;
/// A passed-on connection on which nothing moves in either direction ends after this long. Many
/// protocols keep a connection open for minutes between messages.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// The origin could not be reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// The resolver could not be set up.
    #[error("cannot set up the upstream resolver")]
    Setup(#[source] Box<NetError>),
    /// The name has no address that the upstream servers know.
    #[error("cannot resolve {host} upstream")]
    Resolve {
        /// The name.
        host: Host,
        /// What the resolver said.
        source: Box<NetError>,
    },
    /// All its addresses are ours, loopback, private or otherwise not to be dialled.
    #[error("{host} has no address that may be dialled; list inner networks in upstream.allow")]
    NoAddress {
        /// The name.
        host: Host,
    },
    /// No address answered.
    #[error("cannot connect to {host}")]
    Connect {
        /// The name.
        host: Host,
        /// The last failure.
        source: io::Error,
    },
    /// A side broke off.
    #[error("the passed-on connection broke off")]
    Broke(#[source] io::Error),
}

/// Passes connections on. Safe for concurrent use.
pub struct Relay {
    resolver: TokioResolver,
    allow: Vec<IpNet>,
    own: Vec<SocketAddr>,
}

impl Relay {
    /// Resolves through `servers`; dials public addresses and those in `allow`, and never `own`.
    ///
    /// # Errors
    /// [`RelayError::Setup`].
    pub fn new(
        servers: &[SocketAddr],
        allow: Vec<IpNet>,
        own: Vec<SocketAddr>,
    ) -> Result<Self, RelayError> {
        let name_server = |server: &SocketAddr| {
            let at_port = |mut connection: ConnectionConfig| {
                connection.port = server.port();
                connection
            };
            let connections =
                vec![at_port(ConnectionConfig::udp()), at_port(ConnectionConfig::tcp())];
            NameServerConfig::new(server.ip(), true, connections)
        };
        let config =
            ResolverConfig::from_parts(None, Vec::new(), servers.iter().map(name_server).collect());
        let resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            .build()
            .map_err(|source| RelayError::Setup(Box::new(source)))?;
        Ok(Self { resolver, allow, own })
    }

    /// Passes `client` on to port `port` of `host`, starting with the octets `seen`, until both
    /// sides are done.
    ///
    /// # Errors
    /// [`RelayError`] for what failed first.
    pub async fn pass_on(
        &self,
        host: &Host,
        port: u16,
        seen: &[u8],
        client: TcpStream,
    ) -> Result<(), RelayError> {
        let mut origin = self.connect(host, port).await?;
        origin.write_all(seen).await.map_err(RelayError::Broke)?;
        both_ways(client, origin).await.map_err(RelayError::Broke)
    }

    async fn connect(&self, host: &Host, port: u16) -> Result<TcpStream, RelayError> {
        let addresses = match host {
            Host::Ip(ip) => vec![*ip],
            Host::Name(name) => {
                // Absolute, so that no search domain of this machine is tried.
                let found = self.resolver.lookup_ip(format!("{name}.")).await;
                let resolve =
                    |source| RelayError::Resolve { host: host.clone(), source: Box::new(source) };
                found.map_err(resolve)?.iter().collect()
            }
        };
        let mut last = None;
        for ip in addresses.into_iter().filter(|ip| self.may_dial(*ip, port)).take(TRIES) {
            match timeout(CONNECT, TcpStream::connect((ip, port))).await {
                Ok(Ok(stream)) => {
                    // Small TLS records must not wait for each other.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => last = Some(error),
                Err(_) => last = Some(io::ErrorKind::TimedOut.into()),
            }
        }
        Err(match last {
            Some(source) => RelayError::Connect { host: host.clone(), source },
            None => RelayError::NoAddress { host: host.clone() },
        })
    }

    fn may_dial(&self, ip: IpAddr, port: u16) -> bool {
        let ip = embedded(ip);
        let ours = self.own.iter().any(|own| {
            own.port() == port
                && (own.ip().to_canonical() == ip || own.ip().is_unspecified())
                && (own.ip().to_canonical() == ip || ip.is_loopback())
        });
        !ours && (is_public(ip) || self.allow.iter().any(|network| network.contains(&ip)))
    }
}

/// The IPv4 address inside an IPv4-mapped (RFC 4291), NAT64 (RFC 6052) or 6to4 (RFC 3056) address,
/// since that is where a packet to it ends up; else the address itself.
fn embedded(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip.to_canonical() else { return ip.to_canonical() };
    let octets = v6.octets();
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => {
            Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15]).into()
        }
        [0x2002, ..] => Ipv4Addr::new(octets[2], octets[3], octets[4], octets[5]).into(),
        _ => v6.into(),
    }
}

/// Whether an address is a destination on the public internet, by the special-purpose registries
/// (RFC 6890).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_unspecified()
        || ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a == 192 && b == 0 && c == 0))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    // Only 2000::/3 is given out for use on the internet; documentation and benchmarking lie in it.
    let [a, b, ..] = ip.segments();
    (0x2000..0x4000).contains(&a)
        && !(a == 0x2001 && (b == 0xdb8 || b == 0 || b == 2))
        && !(a == 0x3fff && b < 0x1000)
}

/// Copies both ways until both sides have ended, or nothing moves any more.
async fn both_ways(client: TcpStream, origin: TcpStream) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_origin, mut to_origin) = origin.into_split();
    let moved = AtomicU64::new(0);
    let up = one_way(&mut from_client, &mut to_origin, &moved);
    let down = one_way(&mut from_origin, &mut to_client, &moved);
    tokio::try_join!(up, down).map(|_| ())
}

/// Copies one way until that side ends. A side that resets the connection has ended it just as well;
/// the other side is told, and the other direction then ends by itself.
async fn one_way(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    moved: &AtomicU64,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let before = moved.load(Ordering::Relaxed);
        match timeout(IDLE, from.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(count)) => {
                moved.fetch_add(1, Ordering::Relaxed);
                let octets = buffer.get(..count).unwrap_or_default();
                if timeout(IDLE, to.write_all(octets)).await?.is_err() {
                    break;
                }
            }
            // Silence here is fine while the other direction is busy.
            Err(_) if moved.load(Ordering::Relaxed) != before => {}
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        }
    }
    // It may be gone already.
    let _ = to.shutdown().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_addresses_are_not_public() {
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "fe80::1",
            "fc00::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
            "100::1",
        ] {
            assert!(!is_public(embedded(ip.parse().unwrap())), "{ip}");
        }
    }

    #[test]
    fn outer_addresses_are_public() {
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "100.128.0.1",
            "198.20.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
            "2001:4860:4860::8888",
        ] {
            assert!(is_public(embedded(ip.parse().unwrap())), "{ip}");
        }
    }
}
