//! Whether QUIC is refused at once, so that browsers come over TCP without delay.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, ConnectionError, Endpoint};
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;

use super::Finding;
use super::web::again;

const CHECK: &str = "quic";
/// `no_application_protocol` (RFC 9001 section 8.1): Firefox then comes over TCP without delay.
const NO_PROTOCOL: u64 = 0x178;
/// A version that nobody speaks and that asks for the list of those that are spoken (RFC 9000
/// section 15).
const GREASE: u32 = 0x1a2a_3a4a;
/// What an Initial must be filled up to (RFC 9000 section 14.1).
const INITIAL: usize = 1200;
/// A server on the same network answers in a few milliseconds.
const SOON: Duration = Duration::from_secs(2);

/// Looks at the UDP side of a TLS address.
pub(super) fn check(address: SocketAddr, name: &str, on: bool, patience: Duration) -> Finding {
    let advice = |cause: &str| {
        let cause = if on { cause } else { "set `listen.quic = true` and restart" };
        Some(cause.to_owned())
    };
    let silent = || {
        Finding::failed(
            CHECK,
            format!(
                "UDP {address} is silent: Firefox waits up to a minute where a site had HTTP/3"
            ),
            advice("let UDP through the firewall, and see that no other program has the port"),
        )
    };
    match knock(address, patience.min(SOON)) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            return Finding::warning(
                CHECK,
                format!(
                    "UDP {address} is refused by ICMP: Chromium goes on at once, and Firefox waits \
                     for up to a minute where a site had HTTP/3"
                ),
                advice("is it the same server that answers by TCP? Restart it"),
            );
        }
        Err(_) => return silent(),
        Ok(()) => {}
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let closed = runtime.map_err(|error| error.to_string()).and_then(|runtime| {
        let connected = runtime
            .block_on(async { tokio::time::timeout(patience, connect(address, name)).await });
        connected.unwrap_or_else(|_| Err("it does not finish the handshake".to_owned()))
    });
    match closed {
        Ok(Some(NO_PROTOCOL)) => Finding::ok(CHECK, format!("UDP {address} refuses QUIC at once")),
        Ok(Some(code)) => Finding::warning(
            CHECK,
            format!("UDP {address} ends QUIC connections with the code {code:#x}"),
            advice("Firefox may wait a second or more; is another program on this port?"),
        ),
        Ok(None) => Finding::failed(
            CHECK,
            format!("UDP {address} speaks HTTP/3, which this server does not: another program"),
            advice("stop what listens there: `ss -lunp` shows it"),
        ),
        Err(why) => Finding::failed(
            CHECK,
            format!("UDP {address} answers, but not as this server does: {why}"),
            advice("stop what listens there: `ss -lunp` shows it"),
        ),
    }
}

/// Sends a packet that every QUIC server answers without keeping anything.
fn knock(address: SocketAddr, patience: Duration) -> io::Result<()> {
    let socket = UdpSocket::bind(any(address))?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(patience))?;
    let mut packet = vec![0xc0];
    packet.extend_from_slice(&GREASE.to_be_bytes());
    // Two connection ids of eight octets.
    packet.extend_from_slice(&[8, 1, 2, 3, 4, 5, 6, 7, 8]);
    packet.extend_from_slice(&[8, 8, 7, 6, 5, 4, 3, 2, 1]);
    packet.resize(INITIAL, 0);
    again(|| socket.send(&packet))?;
    again(|| socket.recv(&mut [0; 2048])).map(drop)
}

fn any(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

/// Makes a connection as a browser does; gives the code that ended it, or nothing when it stands.
async fn connect(address: SocketAddr, name: &str) -> Result<Option<u64>, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| error.to_string())?;
    // Nothing is to be trusted: the refusal comes before the certificate.
    let mut tls = tls.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    tls.alpn_protocols = vec![b"h3".to_vec()];
    let crypto = QuicClientConfig::try_from(tls).map_err(|error| error.to_string())?;
    let mut endpoint = Endpoint::client(any(address)).map_err(|error| error.to_string())?;
    endpoint.set_default_client_config(ClientConfig::new(Arc::new(crypto)));
    let connecting = endpoint.connect(address, name).map_err(|error| error.to_string())?;
    match connecting.await {
        Ok(_) => Ok(None),
        Err(ConnectionError::ConnectionClosed(close)) => Ok(Some(close.error_code.into())),
        // Its certificate was looked at: it speaks HTTP/3.
        Err(ConnectionError::TransportError(_)) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}
