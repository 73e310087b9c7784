//! Why a site did not answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::CertificateError;

use crate::host::Host;
use crate::relay::DialError;

/// The way to the sites could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OriginSetupError {
    /// The file of root certificates.
    #[error("cannot read root certificates from {}; check upstream.roots", path.display())]
    Roots {
        /// Which file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        source: rustls::pki_types::pem::Error,
    },
    /// A root certificate that is none.
    #[error("{} holds what is no root certificate; check upstream.roots", path.display())]
    Root {
        /// Which file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// TLS.
    #[error("cannot set up TLS to the sites")]
    Tls(#[source] rustls::Error),
}

/// A site gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// No connection.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The request carries our own mark: it went round.
    #[error("the request has been here before: the way to {host} leads back to this server")]
    Loop {
        /// The site.
        host: Host,
    },
    /// The site's certificate is not good for it.
    #[error("the certificate of {host} is not to be trusted: {why}")]
    Certificate {
        /// The site.
        host: Host,
        /// Why.
        why: CertificateError,
    },
    /// The handshake failed.
    #[error("no TLS handshake with {host}")]
    Handshake {
        /// The site.
        host: Host,
        /// Why.
        source: io::Error,
    },
    /// The handshake took too long.
    #[error("{host} took longer than {} s to connect", after.as_secs())]
    ConnectTimeout {
        /// The site.
        host: Host,
        /// The time-out.
        after: Duration,
    },
    /// The answer did not begin.
    #[error("{host} did not begin to answer within {} s", after.as_secs())]
    FirstByteTimeout {
        /// The site.
        host: Host,
        /// The time-out.
        after: Duration,
    },
    /// The site broke off before it answered.
    #[error("{host} broke the connection off")]
    Broke {
        /// The site.
        host: Host,
        /// How.
        source: hyper_util::client::legacy::Error,
    },
    /// The site broke off, and it is certain that it did nothing with the request, which cannot be sent again
    /// from here, since its body is gone.
    #[error("{host} did not take the request")]
    Undone {
        /// The site.
        host: Host,
        /// How it said so.
        source: hyper_util::client::legacy::Error,
    },
    /// It was the client whose request broke off, or was none.
    #[error("the request for {host} broke off")]
    Client {
        /// The site.
        host: Host,
        /// How.
        source: hyper_util::client::legacy::Error,
    },
    /// The site goes on with another protocol that nobody asked for.
    #[error("{host} answered with another protocol")]
    Unasked {
        /// The site.
        host: Host,
    },
    /// What came is no HTTP.
    #[error("{host} answered with what is no HTTP")]
    BadAnswer {
        /// The site.
        host: Host,
        /// What is wrong with it.
        source: hyper_util::client::legacy::Error,
    },
    /// The connection could not be had; several requests may have waited for it.
    #[error(transparent)]
    Link(Arc<OriginError>),
    /// There are too many connections already.
    #[error("too many connections to sites are open")]
    Busy,
}

/// What a failure amounts to, for pages, statuses and counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The name has no address.
    Unresolved,
    /// The resolvers gave no answer.
    Resolver,
    /// The address may not be dialled.
    RefusedAddress,
    /// The way leads back here.
    Loop,
    /// No connection.
    Unreachable,
    /// No connection in time.
    ConnectTimeout,
    /// No answer in time.
    FirstByteTimeout,
    /// The certificate has ended.
    CertificateExpired,
    /// The certificate has not begun.
    CertificateNotYetValid,
    /// The certificate is for another name.
    CertificateName,
    /// The certificate's issuer is not trusted.
    CertificateUntrusted,
    /// The certificate is wrong in another way.
    CertificateOther,
    /// The handshake failed.
    Handshake,
    /// The site broke off.
    Broke,
    /// The answer is no HTTP.
    BadAnswer,
    /// The request broke off.
    Client,
    /// Too many connections.
    Busy,
}

impl Failure {
    /// The status of the answer (RFC 9110 section 15.6; 508 is RFC 5842 section 7.2).
    pub fn status(self) -> u16 {
        match self {
            Self::ConnectTimeout | Self::FirstByteTimeout => 504,
            Self::Busy => 503,
            Self::Loop => 508,
            Self::Client => 400,
            Self::Unresolved
            | Self::Resolver
            | Self::RefusedAddress
            | Self::Unreachable
            | Self::CertificateExpired
            | Self::CertificateNotYetValid
            | Self::CertificateName
            | Self::CertificateUntrusted
            | Self::CertificateOther
            | Self::Handshake
            | Self::Broke
            | Self::BadAnswer => 502,
        }
    }

    /// The word for it in events.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::Resolver => "resolver",
            Self::RefusedAddress => "refused_address",
            Self::Loop => "loop",
            Self::Unreachable => "unreachable",
            Self::ConnectTimeout => "connect_timeout",
            Self::FirstByteTimeout => "first_byte_timeout",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateNotYetValid => "certificate_not_yet_valid",
            Self::CertificateName => "certificate_name",
            Self::CertificateUntrusted => "certificate_untrusted",
            Self::CertificateOther => "certificate_other",
            Self::Handshake => "handshake",
            Self::Broke => "broke",
            Self::BadAnswer => "bad_answer",
            Self::Client => "client",
            Self::Busy => "busy",
        }
    }
}

impl OriginError {
    /// The same where it was the client whose request broke off.
    pub(super) fn of_client(self) -> Self {
        match self {
            Self::Broke { host, source } | Self::BadAnswer { host, source } => {
                Self::Client { host, source }
            }
            other => other,
        }
    }

    /// What it amounts to.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Dial(DialError::Unresolved { .. }) => Failure::Unresolved,
            Self::Dial(DialError::Resolver { .. }) => Failure::Resolver,
            Self::Dial(DialError::Refused { .. }) => Failure::RefusedAddress,
            Self::Dial(DialError::Loop { .. }) | Self::Loop { .. } => Failure::Loop,
            Self::Dial(DialError::Connect { .. }) => Failure::Unreachable,
            Self::Dial(DialError::TimedOut { .. }) | Self::ConnectTimeout { .. } => {
                Failure::ConnectTimeout
            }
            Self::Certificate { why, .. } => failure_of_certificate(why),
            Self::Handshake { .. } => Failure::Handshake,
            Self::FirstByteTimeout { .. } => Failure::FirstByteTimeout,
            Self::Broke { .. } | Self::Undone { .. } => Failure::Broke,
            Self::BadAnswer { .. } | Self::Unasked { .. } => Failure::BadAnswer,
            Self::Client { .. } => Failure::Client,
            Self::Link(error) => error.failure(),
            Self::Busy => Failure::Busy,
        }
    }

    /// One technical sentence, fit for a page: no path, no address inside, nothing of the request.
    pub fn detail(&self) -> String {
        let plain = match self.failure() {
            Failure::Unresolved => "the name has no address",
            Failure::Resolver => "the name servers gave no answer",
            Failure::RefusedAddress => "the name leads to an address that is not public",
            Failure::Loop => "the name leads back to this server",
            Failure::Unreachable => "the site takes no connections",
            Failure::ConnectTimeout => "no connection in time",
            Failure::FirstByteTimeout => "no answer in time",
            Failure::CertificateExpired => "the site's certificate has expired",
            Failure::CertificateNotYetValid => "the site's certificate is not valid yet",
            Failure::CertificateName => "the site's certificate is for another name",
            Failure::CertificateUntrusted => "the site's certificate has an unknown issuer",
            Failure::CertificateOther => "the site's certificate is not valid",
            Failure::Handshake => "no TLS handshake",
            Failure::Broke => "the site broke the connection off",
            Failure::BadAnswer => "the site's answer is no HTTP",
            Failure::Client => "the request broke off",
            Failure::Busy => "too many connections to sites are open",
        };
        plain.to_owned()
    }
}

fn failure_of_certificate(error: &CertificateError) -> Failure {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Failure::CertificateExpired
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Failure::CertificateNotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Failure::CertificateName
        }
        CertificateError::UnknownIssuer => Failure::CertificateUntrusted,
        _ => Failure::CertificateOther,
    }
}
