//! Whose fault it is that a connection ended, and how the client said so.

use std::error::Error;
use std::io;

use rustls::AlertDescription;

use crate::trust::Sign;

/// How a TLS connection failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The client did not accept the certificate.
    Trust(Sign),
    /// The client and we have no common protocol, or it does not speak TLS as it should.
    Protocol,
    /// The client or the network broke off.
    Broke,
}

/// Looks for the cause of a failure in the middle of the handshake.
pub(super) fn of_handshake(error: &io::Error) -> Failure {
    if let Some(failure) = of_chain(error) {
        return failure;
    }
    match error.kind() {
        // It has our certificate by now, and left without a word: GnuTLS and Node do so.
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe => Failure::Trust(Sign::Closed),
        _ => Failure::Broke,
    }
}

/// Looks for an alert behind a failure after the handshake: a TLS 1.2 client's arrives only then.
pub(super) fn of_serving(error: &(dyn Error + 'static)) -> Failure {
    of_chain(error).unwrap_or(Failure::Broke)
}

fn of_chain(error: &(dyn Error + 'static)) -> Option<Failure> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(of_tls(tls));
        }
        // An `io::Error` keeps what it wraps to itself: its source is the source of that.
        let inner = error.downcast_ref::<io::Error>().and_then(|io| io.get_ref());
        next = match inner {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

fn of_tls(error: &rustls::Error) -> Failure {
    match error {
        rustls::Error::AlertReceived(alert) => match trust_alert(*alert) {
            Some(sign) => Failure::Trust(sign),
            None => Failure::Protocol,
        },
        _ => Failure::Protocol,
    }
}

/// The alerts that speak of our certificate (RFC 8446 section 6.2).
fn trust_alert(alert: AlertDescription) -> Option<Sign> {
    Some(match alert {
        AlertDescription::BadCertificate => Sign::BadCertificate,
        AlertDescription::UnsupportedCertificate => Sign::UnsupportedCertificate,
        AlertDescription::CertificateRevoked => Sign::CertificateRevoked,
        AlertDescription::CertificateExpired => Sign::CertificateExpired,
        AlertDescription::CertificateUnknown => Sign::CertificateUnknown,
        AlertDescription::UnknownCA => Sign::UnknownCa,
        _ => return None,
    })
}
