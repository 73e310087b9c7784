//! Which servers are asked for what we do not know.

use std::net::{IpAddr, SocketAddr};

use hickory_resolver::net::NetError;
use hickory_resolver::system_conf::read_system_conf;

/// The upstream servers are not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// A query that we forward would come back to us.
    #[error(
        "the upstream resolver {server} is the embedded gateway itself (`dns.listen` has {own}); name \
         others in upstream.servers, or write `servers = []` to forward nothing"
    )]
    Loop {
        /// The server.
        server: SocketAddr,
        /// The address of ours.
        own: SocketAddr,
    },
    /// This machine's resolver configuration.
    #[error(
        "cannot read this machine's resolvers (/etc/resolv.conf), which the embedded gateway is to \
         ask; name some in upstream.servers, or write `servers = []` to forward nothing"
    )]
    System(#[source] Box<NetError>),
}

/// The servers to ask, in order: those listed, else those of this machine. `own` are the addresses at
/// which we answer.
///
/// # Errors
/// [`UpstreamError`] when one of them is this server, or when this machine's are unknown.
pub fn upstreams(
    listed: Option<&[SocketAddr]>,
    own: &[SocketAddr],
) -> Result<Vec<SocketAddr>, UpstreamError> {
    let servers: Vec<SocketAddr> = match listed {
        Some(listed) => listed.to_vec(),
        None => {
            let (config, _) =
                read_system_conf().map_err(|error| UpstreamError::System(Box::new(error)))?;
            // resolv.conf(5) knows no ports.
            config.name_servers().iter().map(|server| SocketAddr::new(server.ip, 53)).collect()
        }
    };
    let machine: Vec<IpAddr> = if_addrs::get_if_addrs()
        .map(|interfaces| interfaces.iter().map(|one| one.ip().to_canonical()).collect())
        .unwrap_or_default();
    for server in &servers {
        let ip = server.ip().to_canonical();
        let is_here = ip.is_loopback() || ip.is_unspecified() || machine.contains(&ip);
        let is_same = |own: &&SocketAddr| {
            let listening = own.ip().to_canonical();
            own.port() == server.port()
                && (listening == ip || (listening.is_unspecified() && is_here))
        };
        if let Some(own) = own.iter().find(is_same) {
            return Err(UpstreamError::Loop { server: *server, own: *own });
        }
    }
    Ok(servers)
}
