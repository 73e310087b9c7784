//! From a socket to a connection: listeners, a bound on open connections, and back-off.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ipnet::IpNet;
use listenfd::ListenFd;
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::yield_now;

use crate::clock;

/// How many connections the system may hold for us before we take them.
const BACKLOG: i32 = 1024;
/// How long to wait when the system has no descriptor or memory left. Accepting again at once would
/// burn a whole core until some connection ends.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// How many connections are accepted until those that are there have their turn: 10 us for each.
const IN_A_ROW: u32 = 8;

/// A peer that vanished without a word is noticed after a minute and a half: of silence before it is asked
/// whether it is still there, how often it is asked, and at which distance. The system's own questions take
/// eleven minutes more.
const SILENCE: Duration = Duration::from_secs(60);
const QUESTIONS: u32 = 3;
const BETWEEN: Duration = Duration::from_secs(10);

/// A listening address could not be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for {service} on {address}; {hint}")]
pub struct BindError {
    /// `https`, `http`, `quic`, `dns` and so on.
    pub service: &'static str,
    /// The address asked for.
    pub address: SocketAddr,
    hint: &'static str,
    /// What the system said.
    pub source: io::Error,
}

impl BindError {
    fn new(service: &'static str, address: SocketAddr, source: io::Error) -> Self {
        let hint = match source.kind() {
            io::ErrorKind::AddrInUse => {
                "another program has this port: `ss -ltnup` shows which; stop it or choose \
                 another address under [listen]"
            }
            io::ErrorKind::PermissionDenied => {
                "ports below 1024 need CAP_NET_BIND_SERVICE: `setcap cap_net_bind_service=+ep` on \
                 the program, or AmbientCapabilities= in its systemd unit"
            }
            io::ErrorKind::AddrNotAvailable => {
                "this machine has no such address: `ip address` shows which it has"
            }
            _ => "see the cause, and check [listen]",
        };
        Self { service, address, hint, source }
    }
}

/// One accepted connection: who, where, since when, and its place among all open ones.
#[derive(Debug)]
pub struct Connection {
    /// The socket.
    pub stream: TcpStream,
    /// The client's address, in canonical form (never an IPv4-mapped IPv6 address).
    pub client: IpAddr,
    /// The address of ours that the client came to.
    pub local: SocketAddr,
    /// When it was accepted.
    pub since: Instant,
    /// Gives the place back when it is dropped.
    pub permit: OwnedSemaphorePermit,
}

/// The sockets that a service manager has opened for us (sd_listen_fds(3)). One of them is taken wherever
/// its address is to be listened on.
#[derive(Debug, Default)]
pub struct Inherited {
    tcp: Mutex<Vec<std::net::TcpListener>>,
    udp: Mutex<Vec<std::net::UdpSocket>>,
}

impl Inherited {
    /// Those of this process.
    pub fn from_environment() -> Self {
        let mut sockets = ListenFd::from_env();
        let found = Self::default();
        for number in 0..sockets.len() {
            // Asking for the wrong kind is an error that leaves the socket where it is.
            if let Ok(Some(listener)) = sockets.take_tcp_listener(number) {
                found.tcp.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
            } else if let Ok(Some(socket)) = sockets.take_udp_socket(number) {
                found.udp.lock().unwrap_or_else(PoisonError::into_inner).push(socket);
            }
        }
        found
    }

    /// Opens a TCP address now, unless it is open, for whoever takes it later with fewer rights.
    ///
    /// # Errors
    /// [`BindError`] with a hint for the usual causes.
    pub fn open_tcp(&self, service: &'static str, address: SocketAddr) -> Result<(), BindError> {
        let socket = self.tcp(address).map_or_else(|| open_tcp(address), Ok);
        let socket = socket.map_err(|source| BindError::new(service, address, source))?;
        self.tcp.lock().unwrap_or_else(PoisonError::into_inner).push(socket);
        Ok(())
    }

    /// The same for a UDP address.
    ///
    /// # Errors
    /// [`BindError`] with a hint for the usual causes.
    pub fn open_udp(&self, service: &'static str, address: SocketAddr) -> Result<(), BindError> {
        let socket = self.udp(address).map_or_else(|| open_udp(address), Ok);
        let socket = socket.map_err(|source| BindError::new(service, address, source))?;
        self.udp.lock().unwrap_or_else(PoisonError::into_inner).push(socket);
        Ok(())
    }

    fn tcp(&self, address: SocketAddr) -> Option<std::net::TcpListener> {
        let mut sockets = self.tcp.lock().unwrap_or_else(PoisonError::into_inner);
        let at = sockets.iter().position(|one| one.local_addr().is_ok_and(|own| own == address))?;
        Some(sockets.swap_remove(at))
    }

    fn udp(&self, address: SocketAddr) -> Option<std::net::UdpSocket> {
        let mut sockets = self.udp.lock().unwrap_or_else(PoisonError::into_inner);
        let at = sockets.iter().position(|one| one.local_addr().is_ok_and(|own| own == address))?;
        Some(sockets.swap_remove(at))
    }

    /// The addresses that nobody has taken.
    pub fn left(&self) -> Vec<SocketAddr> {
        let tcp = self.tcp.lock().unwrap_or_else(PoisonError::into_inner);
        let udp = self.udp.lock().unwrap_or_else(PoisonError::into_inner);
        let tcp = tcp.iter().filter_map(|one| one.local_addr().ok());
        tcp.chain(udp.iter().filter_map(|one| one.local_addr().ok())).collect()
    }
}

/// A bound TCP address.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    places: Arc<Semaphore>,
    /// How many were accepted since the others had their turn.
    in_a_row: u32,
}

impl Listener {
    /// Binds `address` (port 0: any free one), unless it is among those that were `inherited`. An IPv6 address takes IPv6 only, so that `0.0.0.0`
    /// and `[::]` can stand side by side.
    ///
    /// # Errors
    /// [`BindError`] with a hint for the usual causes.
    pub fn bind(
        service: &'static str,
        address: SocketAddr,
        places: Arc<Semaphore>,
        inherited: &Inherited,
    ) -> Result<Self, BindError> {
        let bound = || -> io::Result<(TcpListener, SocketAddr)> {
            let listener = match inherited.tcp(address) {
                Some(listener) => {
                    listener.set_nonblocking(true)?;
                    listener
                }
                None => open_tcp(address)?,
            };
            // Accepted sockets inherit these (Linux), which saves system calls. Without
            // NODELAY the first byte of a page waits 40 ms for the client's delayed acknowledgement.
            let socket = SockRef::from(&listener);
            socket.set_tcp_nodelay(true)?;
            let keepalive = TcpKeepalive::new().with_time(SILENCE);
            let keepalive = keepalive.with_interval(BETWEEN).with_retries(QUESTIONS);
            socket.set_tcp_keepalive(&keepalive)?;
            let listener = TcpListener::from_std(listener)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) =
            bound().map_err(|source| BindError::new(service, address, source))?;
        Ok(Self { listener, address, places, in_a_row: 0 })
    }

    /// The address with the port that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next connection. Waits while all places are taken (the system's backlog then holds what
    /// comes), and steps over connections that ended before they were accepted.
    pub async fn next(&mut self) -> Connection {
        loop {
            if self.in_a_row >= IN_A_ROW {
                self.in_a_row = 0;
                yield_now().await;
            }
            let Ok(permit) = Arc::clone(&self.places).acquire_owned().await else {
                // The semaphore is never closed; should it be, nothing may be accepted any more.
                std::future::pending::<()>().await;
                continue;
            };
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    self.in_a_row += 1;
                    let local = match self.address.ip().is_unspecified() {
                        // Only then it is worth a system call.
                        true => stream.local_addr().unwrap_or(self.address),
                        false => self.address,
                    };
                    return Connection {
                        stream,
                        client: peer.ip().to_canonical(),
                        local: SocketAddr::new(local.ip().to_canonical(), local.port()),
                        since: clock::ticks(),
                        permit,
                    };
                }
                Err(error) if is_about_the_peer(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, address = %self.address, "cannot accept; waiting");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            }
        }
    }
}

/// Binds a UDP address, unless it is among those that were `inherited`.
///
/// # Errors
/// [`BindError`] with a hint for the usual causes.
pub fn bind_udp(
    service: &'static str,
    address: SocketAddr,
    inherited: &Inherited,
) -> Result<std::net::UdpSocket, BindError> {
    let bound = || -> io::Result<std::net::UdpSocket> {
        if let Some(socket) = inherited.udp(address) {
            socket.set_nonblocking(true)?;
            return Ok(socket);
        }
        // Through tokio once, so that a missing runtime shows here and not later.
        UdpSocket::from_std(open_udp(address)?)?.into_std()
    };
    bound().map_err(|source| BindError::new(service, address, source))
}

/// Whose share an address uses, where there is a limit for each client. An IPv6 client has a /64 to itself and may change within it at will.
pub fn share_of(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(_) => network_of(client, 64),
    }
}

/// The network of so many bits that an address is in; the address itself where it has fewer.
pub fn network_of(client: IpAddr, bits: u8) -> IpAddr {
    IpNet::new(client, bits).map_or(client, |network| network.network())
}

fn open_tcp(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = socket(address, Type::STREAM, Protocol::TCP)?;
    // A restarted server must not wait for the old one's connections to time out.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn open_udp(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let socket = socket(address, Type::DGRAM, Protocol::UDP)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

/// Errors that `accept(2)` hands over from the connection itself, not from the listener.
fn is_about_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
            | io::ErrorKind::TimedOut
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn accepted_sockets_ask_whether_the_peer_is_there() {
        let places = Arc::new(Semaphore::new(1));
        let address = "127.0.0.1:0".parse().unwrap();
        let mut listener = Listener::bind("https", address, places, &Inherited::default()).unwrap();
        let peer = TcpStream::connect(listener.address());
        let (connection, peer) = tokio::join!(listener.next(), peer);
        let _peer = peer.unwrap();
        let socket = SockRef::from(&connection.stream);
        assert!(socket.keepalive().unwrap() && socket.tcp_nodelay().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), SILENCE);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), BETWEEN);
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), QUESTIONS);
    }

    #[tokio::test]
    async fn who_is_there_has_a_turn_while_many_come() {
        let places = Arc::new(Semaphore::new(100));
        let address = "127.0.0.1:0".parse().unwrap();
        let mut listener = Listener::bind("https", address, places, &Inherited::default()).unwrap();
        let mut peers = Vec::new();
        for _ in 0..3 * IN_A_ROW {
            peers.push(TcpStream::connect(listener.address()).await.unwrap());
        }
        let mut accepted = vec![listener.next().await];
        let mut others = tokio::task::JoinSet::new();
        let other = others.spawn(std::future::ready(()));
        while !other.is_finished() {
            accepted.push(listener.next().await);
        }
        assert!(accepted.len() <= IN_A_ROW as usize + 1, "{} went before", accepted.len());
        while accepted.len() < peers.len() {
            accepted.push(listener.next().await);
        }
    }
}
