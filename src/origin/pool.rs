//! Connections to sites, kept for the next request of the same client connection.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::body::Upload;
use super::connect::Connector;

/// How long a connection to a site is kept for the next request. Many servers end theirs after a
/// minute, or after five seconds.
const KEPT: Duration = Duration::from_secs(20);
/// The largest head of an answer, in octets, and the most fields in it.
const LARGEST_HEAD: usize = 256 * 1024;
const MOST_FIELDS: usize = 256;
/// How much of one HTTP/2 answer may be on its way: 40 Mbit/s at a round trip of 100 ms.
const STREAM_WINDOW: u32 = 512 * 1024;
/// The same for a connection as a whole. What its client does not read lies here in memory; a few answers that
/// nobody reads, such as films that were stopped, must not use up what the others of a page need.
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// Connections that are made with this connector, of which so many idle ones to one site are kept.
fn client(connector: Connector, idle_per_host: usize) -> Client<Connector, Upload> {
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(KEPT)
        .pool_max_idle_per_host(idle_per_host)
        .http1_preserve_header_case(true)
        .http1_max_buf_size(LARGEST_HEAD)
        .http1_max_headers(MOST_FIELDS)
        // What browsers put up with. None of it goes on as it came (RFC 9112 sections 5.1 and 5.2).
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_ignore_invalid_headers_in_responses(true)
        .http2_max_header_list_size(256 * 1024)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .http2_keep_alive_timeout(Duration::from_secs(20))
        .build(connector)
}

/// What makes connections to sites.
pub(super) struct Connectors {
    /// HTTP/2 where the site has it.
    pub(super) any: Connector,
    pub(super) h1: Connector,
    pub(super) idle_per_host: usize,
}

/// The connections to sites that belong to one connection of a client alone, as they do without us. So
/// nobody's requests wait for the streams and the windows that another one's take up at a site, and a login
/// that counts for a connection (NTLM, Negotiate; RFC 4559) is nobody else's.
#[derive(Default)]
pub struct Own {
    client: Option<IpAddr>,
    made: Mutex<Option<Box<Made>>>,
    /// A site did not take a request, and the client was told to send it again.
    again: AtomicBool,
}

struct Made {
    /// Of which configuration they are.
    configuration: Arc<()>,
    any: Client<Connector, Upload>,
    h1: Client<Connector, Upload>,
    /// The client has logged in as a connection, which HTTP/2 does not know: only `h1` from here on.
    logged_in: bool,
}

impl Own {
    /// For a connection of this client, which has its share of all connections to sites.
    pub fn of(client: IpAddr) -> Self {
        Self { client: Some(client), ..Self::default() }
    }

    /// Whether the client may be told to send a request again: once, until one went through.
    pub fn asks_again(&self) -> bool {
        !self.again.swap(true, Ordering::Relaxed)
    }

    /// A request went through.
    pub(super) fn went_through(&self) {
        self.again.store(false, Ordering::Relaxed);
    }

    /// What makes and keeps the connections. `h1`: without HTTP/2. `logs_in`: the request that is to go is
    /// a login of its connection.
    pub(super) fn client(
        &self,
        connectors: &Connectors,
        h1: bool,
        logs_in: bool,
    ) -> Client<Connector, Upload> {
        let mut own = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        own.take_if(|own| !Arc::ptr_eq(&own.configuration, &connectors.any.configuration));
        let own = own.get_or_insert_with(|| Box::new(Made::new(connectors, self.client)));
        own.logged_in |= logs_in;
        if h1 || own.logged_in { own.h1.clone() } else { own.any.clone() }
    }
}

impl Made {
    fn new(connectors: &Connectors, whose: Option<IpAddr>) -> Self {
        let Connectors { any, h1, idle_per_host } = connectors;
        let configuration = Arc::clone(&any.configuration);
        let [any, h1] = [any, h1].map(|one| {
            let connector = Connector { client: whose, ..one.clone() };
            client(connector, *idle_per_host)
        });
        Self { configuration, any, h1, logged_in: false }
    }
}
