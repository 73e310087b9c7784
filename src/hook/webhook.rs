//! One webhook: signed as the Standard Webhooks specification says
//! (<https://www.standardwebhooks.com>), one connection for each attempt.

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::{Attempt, HookError, Letter, Manner};
use crate::clock;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
/// The prefix of a secret in base64.
const PREFIX: &[u8] = b"whsec_";

/// Where one webhook goes.
pub(super) struct Webhook {
    name: String,
    /// For the connection; an IPv6 address without its brackets.
    host: String,
    port: u16,
    /// For the header.
    authority: HeaderValue,
    target: Uri,
    key: Option<hmac::Key>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    answer: Duration,
}

/// What may be logged of an address.
pub(super) fn label(url: &Uri) -> String {
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}", url.scheme_str().unwrap_or(""), url.host().unwrap_or(""))
}

impl Webhook {
    /// `tls` is set up when the first webhook needs it.
    pub(super) fn new(
        url: &Uri,
        secret: Option<&Vec<u8>>,
        tls: &mut Option<Arc<ClientConfig>>,
        manner: &Manner,
    ) -> Result<Self, HookError> {
        let name = label(url);
        let wrong = || HookError::Url(name.clone());
        let secure = match url.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong()),
        };
        let authority = url.authority().ok_or_else(wrong)?;
        let host = authority.host();
        if host.is_empty() || authority.as_str().contains('@') {
            return Err(wrong());
        }
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let key = secret.map(|secret| key(secret, &name)).transpose()?;
        let tls = if secure {
            let config = match tls {
                Some(config) => Arc::clone(config),
                None => Arc::clone(tls.insert(verifying(&name)?)),
            };
            let server = ServerName::try_from(host.clone()).map_err(|_| wrong())?;
            Some((TlsConnector::from(config), server))
        } else {
            None
        };
        let path = url.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            port: authority.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            authority: HeaderValue::from_str(authority.as_str()).map_err(|_| wrong())?,
            target: path.parse().map_err(|_| wrong())?,
            host,
            key,
            tls,
            answer: manner.answer,
            name,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Sends a letter once.
    pub(super) async fn attempt(&self, letter: &Letter) -> Attempt {
        let Ok(id) = HeaderValue::from_str(&letter.id) else {
            return Attempt::Refused("the id of the notice cannot stand in a header".to_owned());
        };
        let request = self.request(id, letter);
        match timeout(self.answer, self.exchange(request)).await {
            Ok(Ok(status)) => verdict(status),
            Ok(Err(error)) => Attempt::Failed(error.to_string()),
            Err(_) => Attempt::Failed(format!("no answer within {:?}", self.answer)),
        }
    }

    fn request(&self, id: HeaderValue, letter: &Letter) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(letter.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.clone();
        let fields = request.headers_mut();
        fields.insert(header::HOST, self.authority.clone());
        fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        fields.insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
        fields.insert(header::CONNECTION, HeaderValue::from_static("close"));
        // The time of the attempt, not of the event: receivers refuse what is minutes old, so that
        // nobody can send an old notice again.
        let now = clock::now().unix();
        if let Some(key) = &self.key {
            let mut context = hmac::Context::with_key(key);
            context.update(format!("{}.{now}.", letter.id).as_bytes());
            context.update(&letter.body);
            let signature = format!("v1,{}", STANDARD.encode(context.sign()));
            if let Ok(signature) = HeaderValue::from_str(&signature) {
                fields.insert(SIGNATURE, signature);
            }
        }
        fields.insert(ID, id);
        fields.insert(TIMESTAMP, HeaderValue::from(now));
        request
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<StatusCode, Failure> {
        let socket =
            TcpStream::connect((&*self.host, self.port)).await.map_err(Failure::Connect)?;
        match &self.tls {
            Some((connector, server)) => {
                let stream = connector.connect(server.clone(), socket).await;
                over(stream.map_err(Failure::Tls)?, request).await
            }
            None => over(socket, request).await,
        }
    }
}

const AGENT: &str = concat!("blockhouse/", env!("CARGO_PKG_VERSION"));

/// One request over a stream; the answer's body is of no interest.
async fn over<S>(stream: S, request: Request<Full<Bytes>>) -> Result<StatusCode, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(Failure::Http)?;
    let driven = async {
        // Should the connection end first, the request ends with the reason.
        let _ = connection.await;
        pending::<()>().await;
    };
    tokio::select! {
        answer = sender.send_request(request) => match answer {
            Ok(answer) => Ok(answer.status()),
            Err(error) => Err(Failure::Http(error)),
        },
        () = driven => Err(Failure::Ended),
    }
}

/// What a status says about a notice. Redirects are not followed: the signed body would go to where
/// the administrator has not sent it.
fn verdict(status: StatusCode) -> Attempt {
    match status.as_u16() {
        200..=299 => Attempt::Taken,
        408 | 429 => Attempt::Failed(format!("status {status}")),
        300..=499 => Attempt::Refused(format!("status {status}")),
        _ => Attempt::Failed(format!("status {status}")),
    }
}

/// The key of a secret.
fn key(secret: &[u8], name: &str) -> Result<hmac::Key, HookError> {
    let octets = match secret.strip_prefix(PREFIX) {
        Some(text) => {
            let octets = STANDARD.decode(text.trim_ascii_end());
            Zeroizing::new(octets.map_err(|_| HookError::Secret(name.to_owned()))?)
        }
        None => Zeroizing::new(secret.to_vec()),
    };
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &octets))
}

/// TLS that trusts the system's roots.
fn verifying(name: &str) -> Result<Arc<ClientConfig>, HookError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        return Err(HookError::Roots(name.to_owned()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Why there was no answer. The cause is part of the text, since it ends in one line of the log.
enum Failure {
    Connect(std::io::Error),
    Tls(std::io::Error),
    Http(hyper::Error),
    Ended,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => write!(f, "cannot connect: {error}"),
            Self::Tls(error) => write!(f, "no TLS: {error}"),
            Self::Http(error) => write!(f, "no answer: {error}"),
            Self::Ended => f.write_str("the connection ended"),
        }
    }
}
