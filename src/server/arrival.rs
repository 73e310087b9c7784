//! Who comes, and whether there is a place for them.

use super::{Shared, report};
use crate::accept::Connection;
use crate::event::{Event, Outcome};
use crate::greet::{Proxied, read_proxied};
use crate::places::clients::Seat;

/// A place among the client's own connections, where it is known by now who the client is.
pub(super) fn own_place(connection: &Connection, shared: &Shared) -> Own {
    let balancers = &shared.config.listen.proxy_protocol_from;
    if balancers.iter().any(|network| network.contains(&connection.client)) {
        return Own::ByBalancer;
    }
    Own::Here(shared.clients.take(connection.client))
}

pub(super) enum Own {
    /// A balancer will say who it is.
    ByBalancer,
    /// The place, unless the client has too many.
    Here(Option<Seat>),
}

/// Finds out who it is that came where a balancer stands in front. Nothing for a client that has too many
/// connections, or a balancer that does not say who it is.
pub(super) async fn arrive(
    mut connection: Connection,
    own: Own,
    deadline: tokio::time::Instant,
    shared: &Shared,
) -> Option<(Connection, Seat)> {
    let place = match own {
        Own::Here(place) => place,
        Own::ByBalancer => {
            match read_proxied(&mut connection.stream, deadline).await {
                Ok(Proxied::From(client, local)) => {
                    (connection.client, connection.local) = (client.ip(), local);
                }
                Ok(Proxied::Own) => {}
                Err(error) => {
                    let balancer = connection.client;
                    tracing::debug!(%balancer, %error, "a connection without the PROXY protocol");
                    let event = report::event(Outcome::NotTls, balancer, connection.since);
                    let detail = Some("proxy_protocol");
                    shared.emit(Event { detail, ..event });
                    return None;
                }
            }
            shared.clients.take(connection.client)
        }
    };
    if place.is_none() {
        shared.metrics.turned_away();
    }
    Some((connection, place?))
}
