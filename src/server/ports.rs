//! Ports that are opened before the server has read its files, since only root may open them.

use std::net::SocketAddr;

use crate::accept::{BindError, Inherited};
use crate::config::Config;

/// The sockets that [`super::Server::open`] takes instead of opening its own: those of the service manager,
/// and with `early` all whose port is configured. The others wait until whoever may not open low ports opens
/// them.
///
/// # Errors
/// [`BindError`] for the first port that cannot be had.
pub fn ports(config: &Config, early: bool) -> Result<Inherited, BindError> {
    let sockets = Inherited::from_environment();
    if !early {
        return Ok(sockets);
    }
    let (listen, dns) = (&config.listen, &config.dns);
    let tcp = [
        ("https", &listen.https),
        ("http", &listen.http),
        ("feed", &config.gateway.feed),
        ("monitor", &listen.monitor),
        ("dns", &dns.listen),
        ("dns-tls", &dns.tls),
        ("dns-https", &dns.https),
    ];
    let none = Vec::new();
    let udp = [("quic", if listen.quic { &listen.https } else { &none }), ("dns", &dns.listen)];
    let fixed = |address: &&SocketAddr| address.port() != 0;
    for (service, addresses) in tcp {
        for address in addresses.iter().filter(fixed) {
            sockets.open_tcp(service, *address)?;
        }
    }
    for (service, addresses) in udp {
        for address in addresses.iter().filter(fixed) {
            sockets.open_udp(service, *address)?;
        }
    }
    Ok(sockets)
}
