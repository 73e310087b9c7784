//! Requests that go on to the real site, and its answers as they stream in.
//!
//! The site's certificate is verified, redirects are not followed, and nothing is kept of what passes.
//! HTTP/2 is spoken where the site offers it, else HTTP/1.1; connections are kept for the next request,
//! within bounds. The one thing that does not pass is an informational answer other than 100 and 101.

mod body;
mod connect;
mod error;
mod fields;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version, request};
use hyper::body::{Body, Incoming};
use hyper::upgrade::Upgraded;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::host::Host;
use crate::relay::Dialer;

use body::{BoxError, Upload};
use connect::{Connector, NoLink};

pub use body::{BodyBroke, OriginBody};
pub use error::{Failure, OriginError, OriginSetupError};

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

/// How sites are asked.
#[derive(Debug, Clone)]
pub struct OriginSettings {
    /// How long a connection may take: once for its place and TCP, once for TLS.
    pub connect: Duration,
    /// How long a site may take to begin its answer, from the last octet of the request that went.
    pub first_byte: Duration,
    /// How long a site may pause within its answer.
    pub idle: Duration,
    /// How many idle connections to one site are kept.
    pub idle_per_host: usize,
    /// How many connections to all sites there are at the most.
    pub connections: usize,
    /// Root certificates besides the system's: a PEM file.
    pub extra_roots: Option<PathBuf>,
    /// What this server calls itself in `Via`, so that it knows a request that comes round.
    pub marker: String,
}

/// Reads the root certificates that a start would read, and keeps nothing.
///
/// # Errors
/// [`OriginSetupError`] for a file that cannot be read, or that holds no root certificate.
pub fn check_roots(file: Option<&Path>) -> Result<(), OriginSetupError> {
    connect::roots(file).map(|_| ())
}

/// Asks sites. Safe for concurrent use.
pub struct Origins {
    /// HTTP/2 where the site has it.
    any: Client<Connector, Upload>,
    /// For requests that want to go on with another protocol, which HTTP/2 does not know.
    h1: Client<Connector, Upload>,
    first_byte: Duration,
    idle: Duration,
    marker: String,
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    host: Host,
    secure: bool,
    port: Option<u16>,
}

impl Target {
    /// The host at port 443 with TLS, or at port 80 without.
    pub fn new(host: Host, secure: bool) -> Self {
        Self { host, secure, port: None }
    }

    /// The same at another port.
    #[must_use]
    pub fn at_port(self, port: u16) -> Self {
        Self { port: Some(port), ..self }
    }

    fn uri(&self, head: &request::Parts) -> Result<Uri, http::Error> {
        let mut authority = self.host.to_url_host();
        if let Some(port) = self.port {
            authority = format!("{authority}:{port}");
        }
        // `OPTIONS *` is about the server; a client asks about its root instead.
        let path = head.uri.path_and_query().map(|path| path.as_str()).filter(|path| *path != "*");
        Uri::builder()
            .scheme(if self.secure { "https" } else { "http" })
            .authority(authority)
            .path_and_query(path.unwrap_or("/"))
            .build()
    }
}

/// What a site answered.
pub struct Passed {
    /// Its answer, ready to go back.
    pub response: Response<OriginBody>,
    /// The connection, when it goes on with another protocol (status 101).
    pub tunnel: Option<Upgraded>,
}

impl Origins {
    /// Loads root certificates; connects to nothing yet.
    ///
    /// # Errors
    /// [`OriginSetupError`].
    pub fn new(dialer: Arc<Dialer>, settings: OriginSettings) -> Result<Self, OriginSetupError> {
        let OriginSettings { connect, first_byte, idle, idle_per_host, marker, .. } = settings;
        let roots = Arc::new(connect::roots(settings.extra_roots.as_deref())?);
        let places = Arc::new(Semaphore::new(settings.connections));
        let client = |h2| -> Result<_, OriginSetupError> {
            let tls = Arc::new(connect::tls(Arc::clone(&roots), h2)?);
            let (dialer, places) = (Arc::clone(&dialer), Arc::clone(&places));
            let connector = Connector { dialer, tls, places, connect };
            let mut builder = Client::builder(TokioExecutor::new());
            builder
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
                .http2_keep_alive_timeout(Duration::from_secs(20));
            Ok(builder.build(connector))
        };
        Ok(Self { any: client(true)?, h1: client(false)?, first_byte, idle, marker })
    }

    /// Sends a request on, and gives the answer as soon as its head is there.
    ///
    /// # Errors
    /// [`OriginError`] when there is none.
    pub async fn send<B>(&self, to: &Target, request: Request<B>) -> Result<Passed, OriginError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (mut head, body) = request.into_parts();
        if fields::has_mark(&head.headers, &self.marker) {
            return Err(OriginError::Loop { host: to.host.clone() });
        }
        let upgrade = fields::wanted_upgrade(&head);
        fields::onward(&mut head, &self.marker, upgrade.as_ref());
        head.uri = to.uri(&head).unwrap_or_default();
        let version = head.version;
        // The connection decides what is spoken.
        head.version = Version::HTTP_11;
        head.extensions.remove::<hyper::upgrade::OnUpgrade>();
        let empty = body.is_end_stream();
        let spare = (empty && is_safe(&head.method)).then(|| head.clone());
        let gone = Arc::new(AtomicU64::new(0));
        let first = Request::from_parts(head, Upload::new(body, version, Arc::clone(&gone)));
        let mut answer = self.once(to, first, &gone, upgrade.as_ref()).await;
        if let (Err(OriginError::Broke { .. }), Some(head)) = (&answer, spare) {
            // A kept connection that the site ended at this very moment; such a request may be sent
            // once more (RFC 9110 section 9.2.2).
            let second = Request::from_parts(head, Upload::none());
            answer = self.once(to, second, &gone, upgrade.as_ref()).await;
        }
        self.received(answer?, upgrade.is_some()).await
    }

    async fn once(
        &self,
        to: &Target,
        mut request: Request<Upload>,
        gone: &AtomicU64,
        upgrade: Option<&HeaderValue>,
    ) -> Result<Response<Incoming>, OriginError> {
        let client = if upgrade.is_some() { &self.h1 } else { &self.any };
        let failed = |error| failed(&to.host, error);
        let mut link = capture_connection(&mut request);
        let mut asked = client.request(request);
        tokio::select! {
            biased;
            answered = &mut asked => return answered.map_err(failed),
            // Until there is a connection its own time-outs count.
            _ = link.wait_for_connection_metadata() => {}
        }
        loop {
            let before = gone.load(Ordering::Relaxed);
            match timeout(self.first_byte, &mut asked).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(error)) => return Err(failed(error)),
                // An upload that makes progress.
                Err(_) if gone.load(Ordering::Relaxed) != before => {}
                Err(_) => {
                    let host = to.host.clone();
                    return Err(OriginError::FirstByteTimeout { host, after: self.first_byte });
                }
            }
        }
    }

    async fn received(
        &self,
        mut response: Response<Incoming>,
        upgraded: bool,
    ) -> Result<Passed, OriginError> {
        let switched = upgraded && response.status() == StatusCode::SWITCHING_PROTOCOLS;
        let tunnel = match switched {
            // The head of the answer is there, so this does not wait.
            true => hyper::upgrade::on(&mut response).await.ok(),
            false => None,
        };
        let (mut head, body) = OriginBody::new(response, self.idle);
        fields::back(&mut head, switched);
        // What is said to the person does not depend on what the site speaks.
        head.version = Version::HTTP_11;
        head.extensions.remove::<hyper::upgrade::OnUpgrade>();
        Ok(Passed { response: Response::from_parts(head, body), tunnel })
    }
}

/// Whether a request changes nothing, so that it may be sent twice.
fn is_safe(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD || method == Method::OPTIONS
}

/// What the client's error amounts to.
fn failed(host: &Host, error: hyper_util::client::legacy::Error) -> OriginError {
    let host = host.clone();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        if let Some(NoLink(own)) = inner.downcast_ref() {
            return OriginError::Link(Arc::clone(own));
        }
        if inner.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return OriginError::BadAnswer { host, source: error };
        }
        cause = inner.source();
    }
    OriginError::Broke { host, source: error }
}
