//! Requests that go on to the real site, and its answers as they stream in.
//!
//! The site's certificate is verified, redirects are not followed, and nothing is kept of what passes.
//! HTTP/2 is spoken where the site offers it, else HTTP/1.1; connections are kept for the next request,
//! within bounds. The one thing that does not pass is an informational answer other than 100 and 101.

mod body;
mod connect;
mod error;
mod fields;
mod pool;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header, request};
use hyper::body::{Body, Incoming};
use hyper::upgrade::Upgraded;
use hyper_util::client::legacy::connect::capture_connection;
use lru::LruCache;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::host::Host;
use crate::places::clients::Clients;
use crate::relay::Dialer;

use body::{BoxError, Gone, Upload};
use connect::{Connector, NoLink};
use pool::Connectors;

pub use body::{BodyBroke, OriginBody};
pub use error::{Failure, OriginError, OriginSetupError};
pub use pool::Own;

/// How many sites that want no HTTP/2 are remembered.
const MOST_WITHOUT_H2: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

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
    connectors: Connectors,
    /// How many connections there may be.
    most: usize,
    /// Sites that refused a request because it came over HTTP/2.
    without_h2: Mutex<LruCache<Host, ()>>,
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
    /// Whether the site asks the client to log in as a connection, which HTTP/2 does not know.
    pub asks_connection: bool,
}

impl Origins {
    /// Loads root certificates; connects to nothing yet. What is open by `before` counts, where there may be as many.
    ///
    /// # Errors
    /// [`OriginSetupError`].
    pub fn new(
        dialer: Arc<Dialer>,
        settings: OriginSettings,
        before: Option<&Self>,
    ) -> Result<Self, OriginSetupError> {
        let OriginSettings { connect, first_byte, idle, idle_per_host, marker, .. } = settings;
        let roots = Arc::new(connect::roots(settings.extra_roots.as_deref())?);
        let most = settings.connections;
        let (places, clients) = match before.filter(|before| before.most == most) {
            Some(before) => {
                let any = &before.connectors.any;
                (Arc::clone(&any.places), Arc::clone(&any.clients))
            }
            // Half of them for one client, and less the fewer are free. Turns are of no use here.
            None => {
                (Arc::new(Semaphore::new(most)), Arc::new(Clients::new(most, most.div_ceil(2), 1)))
            }
        };
        let configuration = Arc::new(());
        let connector = |h2| -> Result<_, OriginSetupError> {
            let tls = Arc::new(connect::tls(Arc::clone(&roots), h2)?);
            let (dialer, places) = (Arc::clone(&dialer), Arc::clone(&places));
            let (clients, configuration) = (Arc::clone(&clients), Arc::clone(&configuration));
            Ok(Connector { dialer, tls, configuration, places, clients, client: None, connect })
        };
        let connectors = Connectors { any: connector(true)?, h1: connector(false)?, idle_per_host };
        let without_h2 = Mutex::new(LruCache::new(MOST_WITHOUT_H2));
        Ok(Self { connectors, most, without_h2, first_byte, idle, marker })
    }

    /// Sends a request on, and gives the answer as soon as its head is there. `own` is of the connection
    /// that the request came on.
    ///
    /// # Errors
    /// [`OriginError`] when there is none.
    pub async fn send<B>(
        &self,
        to: &Target,
        request: Request<B>,
        own: &Own,
    ) -> Result<Passed, OriginError>
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
        // Without a length and without this the library takes these methods to have no body.
        let unusual = head.method == Method::GET || head.method == Method::HEAD;
        if unusual && !body.is_end_stream() && body.size_hint().exact().is_none() {
            head.headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        head.uri = to.uri(&head).unwrap_or_default();
        let version = head.version;
        // The connection decides what is spoken.
        head.version = Version::HTTP_11;
        head.extensions.remove::<hyper::upgrade::OnUpgrade>();
        let empty = body.is_end_stream();
        let spare = empty.then(|| head.clone());
        let gone = Arc::<Gone>::default();
        let first = Request::from_parts(head, Upload::new(body, version, Arc::clone(&gone)));
        let answer = match self.once(to, first, &gone, upgrade.as_ref(), own).await {
            Err(error) if gone.broke() => Err(error.of_client()),
            Err(OriginError::Broke { host, source }) => {
                let undone = undone(&source);
                // Nor will it do anything over HTTP/2.
                if undone == Some(h2::Reason::HTTP_1_1_REQUIRED) {
                    self.without_h2().put(to.host.clone(), ());
                }
                // Else a kept connection that the site ended at this very moment: a request that changes
                // nothing may be sent once more (RFC 9110 section 9.2.2).
                match spare.filter(|head| undone.is_some() || is_safe(&head.method)) {
                    Some(head) => {
                        let second = Request::from_parts(head, Upload::none());
                        self.once(to, second, &gone, upgrade.as_ref(), own).await
                    }
                    None if undone.is_some() => Err(OriginError::Undone { host, source }),
                    None => Err(OriginError::Broke { host, source }),
                }
            }
            answer => answer,
        }?;
        own.went_through();
        self.received(to, answer, upgrade.is_some()).await
    }

    async fn once(
        &self,
        to: &Target,
        mut request: Request<Upload>,
        gone: &Gone,
        upgrade: Option<&HeaderValue>,
        own: &Own,
    ) -> Result<Response<Incoming>, OriginError> {
        // HTTP/2 knows no other protocols to go on with.
        let h1 = upgrade.is_some() || self.without_h2().get(&to.host).is_some();
        let logs_in = fields::authorizes_connection(request.headers());
        let client = own.client(&self.connectors, h1, logs_in);
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
            let before = gone.frames();
            match timeout(self.first_byte, &mut asked).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(error)) => return Err(failed(error)),
                // An upload that makes progress.
                Err(_) if gone.frames() != before => {}
                Err(_) => {
                    let host = to.host.clone();
                    return Err(OriginError::FirstByteTimeout { host, after: self.first_byte });
                }
            }
        }
    }

    fn without_h2(&self) -> MutexGuard<'_, LruCache<Host, ()>> {
        self.without_h2.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn received(
        &self,
        to: &Target,
        mut response: Response<Incoming>,
        upgraded: bool,
    ) -> Result<Passed, OriginError> {
        let switched = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if switched && !upgraded {
            return Err(OriginError::Unasked { host: to.host.clone() });
        }
        let tunnel = match switched {
            // The head of the answer is there, so this does not wait.
            true => hyper::upgrade::on(&mut response).await.ok(),
            false => None,
        };
        let asks_connection = fields::challenges_connection(&response);
        let (mut head, body) = OriginBody::new(response, self.idle);
        fields::back(&mut head, switched);
        // What is said to the person does not depend on what the site speaks.
        head.version = Version::HTTP_11;
        head.extensions.remove::<hyper::upgrade::OnUpgrade>();
        Ok(Passed { response: Response::from_parts(head, body), tunnel, asks_connection })
    }
}

/// How a site that did nothing with a request said so (RFC 9113 sections 7 and 8.7): it refused the stream, also
/// because it came over HTTP/2, or said good-bye before it came.
fn undone(error: &hyper_util::client::legacy::Error) -> Option<h2::Reason> {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(inner) = inner.downcast_ref::<h2::Error>() {
            let good_bye = inner.is_go_away() && inner.is_remote();
            return inner.reason().filter(|reason| match *reason {
                h2::Reason::REFUSED_STREAM | h2::Reason::HTTP_1_1_REQUIRED => inner.is_remote(),
                h2::Reason::NO_ERROR => good_bye,
                _ => false,
            });
        }
        cause = inner.source();
    }
    None
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
