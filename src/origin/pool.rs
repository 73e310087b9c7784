//! Connections to sites, kept for the next request: those that all share, and those that nobody may.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;

use super::body::Upload;
use super::connect::Connector;

/// How long a connection to a site is kept for the next request. Many servers end theirs after a
/// minute, or after five seconds.
const KEPT: Duration = Duration::from_secs(20);
/// The largest head of an answer, in octets, and the most fields in it.
const LARGEST_HEAD: usize = 256 * 1024;
const MOST_FIELDS: usize = 256;
/// How much of one HTTP/2 answer may be on its way: 80 Mbit/s at a round trip of 100 ms.
const STREAM_WINDOW: u32 = 1024 * 1024;
/// The same for a connection as a whole: the largest that there is (RFC 9113 section 6.9.1). Many people
/// share a connection to a site, and one who does not read must not use up what the others need; what
/// is held for them all is bounded by the windows of their answers.
const CONNECTION_WINDOW: u32 = (1 << 31) - 1;

/// Connections that are made with this connector, of which so many idle ones to one site are kept.
pub(super) fn client(connector: Connector, idle_per_host: usize) -> Client<Connector, Upload> {
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(KEPT)
        .pool_max_idle_per_host(idle_per_host)
        .http1_preserve_header_case(true)
        .http1_max_buf_size(LARGEST_HEAD)
        .http1_max_headers(MOST_FIELDS)
        .http2_max_header_list_size(256 * 1024)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .http2_keep_alive_timeout(Duration::from_secs(20))
        .build(connector)
}

/// Makes connections that speak HTTP/1.1, in which one carries one request after the other.
pub(super) struct Private {
    pub(super) connector: Connector,
    pub(super) idle_per_host: usize,
}

impl Private {
    pub(super) fn client(&self) -> Client<Connector, Upload> {
        client(self.connector.clone(), self.idle_per_host)
    }
}

/// The connections to sites that belong to one connection of a client alone. There are none until the
/// client logs in to a site as a connection (NTLM, Negotiate; RFC 4559): the site then takes all that comes
/// on such a connection for that person's, so nobody else's requests may.
#[derive(Default)]
pub struct Own(Mutex<Option<Box<OwnClient>>>);

/// The connections, and the places that they take: those of another configuration do not count.
struct OwnClient {
    places: Arc<Semaphore>,
    client: Client<Connector, Upload>,
}

impl Own {
    /// From here on there are such connections.
    pub(super) fn open(&self, private: &Private) {
        if self.client(private).is_none() {
            let places = Arc::clone(&private.connector.places);
            let client = private.client();
            *self.lock() = Some(Box::new(OwnClient { places, client }));
        }
    }

    /// What makes and keeps them, if there are any.
    pub(super) fn client(&self, private: &Private) -> Option<Client<Connector, Upload>> {
        let own = self.lock();
        let own = own.as_ref().filter(|own| Arc::ptr_eq(&own.places, &private.connector.places));
        own.map(|own| own.client.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<OwnClient>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
