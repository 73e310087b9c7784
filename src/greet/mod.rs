//! From a connection to the host that it asks for.
//!
//! Nothing has been decided yet when a greeting is done: its octets are kept, so that the connection
//! can still be passed on untouched.

pub mod fingerprint;
pub mod head;
mod proxied;
mod stream;

use std::io;

use rustls::server::{Acceptor, ClientHello};
use rustls::{CipherSuite, SignatureScheme};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

use self::fingerprint::{Fingerprint, fingerprint};
use crate::host::{Host, HostName};
pub use proxied::{Proxied, read_header, read_proxied};
pub use stream::{Recorded, Rewound};

/// What a peer said first on a TLS port.
pub enum Greeting {
    /// A TLS ClientHello.
    Hello(Hello),
    /// The start of an HTTP request where TLS was due.
    PlainHttp(Rewound<TcpStream>),
    /// Neither TLS nor HTTP.
    NotTls,
    /// A ClientHello that TLS does not allow; the peer has been sent an alert.
    Broken(io::Error),
    /// The peer left before it had said anything whole.
    Left,
    /// The deadline passed.
    TimedOut,
}

/// A ClientHello, and the handshake that waits for an answer.
pub struct Hello {
    // Boxed: it is over a kilobyte, and the other greetings are a few octets.
    handshake: Box<StartHandshake<Recorded<TcpStream>>>,
    name: Option<HostName>,
    ecdsa: bool,
    fingerprint: Option<Fingerprint>,
}

impl Hello {
    /// The name in the hello (RFC 6066 section 3), if there was one.
    pub fn name(&self) -> Option<&HostName> {
        self.name.as_ref()
    }

    /// Whether the client takes an ECDSA leaf.
    pub fn takes_ecdsa(&self) -> bool {
        self.ecdsa
    }

    /// Which program it looks like. None only where rustls understands a hello that we do not.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.fingerprint
    }

    /// Goes on with the handshake. The kept octets are let go.
    pub fn into_handshake(self) -> StartHandshake<TcpStream> {
        let StartHandshake { accepted, io, .. } = *self.handshake;
        let (stream, _) = io.into_parts();
        StartHandshake::from_parts(accepted, stream)
    }

    /// Gives the connection back as it came: the stream, and every octet read from it.
    pub fn into_untouched(self) -> (TcpStream, Vec<u8>) {
        self.handshake.io.into_parts()
    }
}

/// How many octets are read at first: the hello of a browser is a little shorter.
const FIRST: usize = 4096;

/// Reads what the peer of a TLS port says first.
pub async fn greet(stream: TcpStream, deadline: Instant) -> Greeting {
    match timeout_at(deadline, read_greeting(stream)).await {
        Ok(greeting) => greeting,
        Err(_) => Greeting::TimedOut,
    }
}

async fn read_greeting(mut stream: TcpStream) -> Greeting {
    let mut seen = Vec::with_capacity(FIRST);
    if stream.read_buf(&mut seen).await.is_err() {
        return Greeting::Left;
    }
    // The acceptor would answer plain HTTP with a TLS alert.
    match seen.first() {
        None => return Greeting::Left,
        // 22 is the record type of a handshake (RFC 8446 section 5.1).
        Some(22) => {}
        Some(first) if first.is_ascii_uppercase() => {
            return Greeting::PlainHttp(Rewound::new(stream, seen));
        }
        Some(_) => return Greeting::NotTls,
    }
    match LazyConfigAcceptor::new(Acceptor::default(), Recorded::new(stream, seen)).await {
        Ok(handshake) => {
            let hello = handshake.client_hello();
            let name = hello.server_name().and_then(|name| HostName::from_wire(name).ok());
            let ecdsa = takes_ecdsa(&hello);
            let fingerprint = fingerprint(handshake.io.seen());
            Greeting::Hello(Hello { handshake: Box::new(handshake), name, ecdsa, fingerprint })
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Greeting::Broken(error),
        Err(_) => Greeting::Left,
    }
}

/// Whether a client can check an ECDSA P-256 signature with one of its own cipher suites.
fn takes_ecdsa(hello: &ClientHello<'_>) -> bool {
    if !hello.signature_schemes().contains(&SignatureScheme::ECDSA_NISTP256_SHA256) {
        return false;
    }
    // TLS 1.3 suites do not say how the certificate is signed; those of TLS 1.2 do.
    hello.cipher_suites().iter().any(|suite| {
        matches!(
            suite,
            CipherSuite::TLS13_AES_128_GCM_SHA256
                | CipherSuite::TLS13_AES_256_GCM_SHA384
                | CipherSuite::TLS13_CHACHA20_POLY1305_SHA256
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
        )
    })
}

/// What a peer said first on a plain HTTP port: the stream, rewound, and the host it asks for.
pub enum PlainGreeting {
    /// A whole request head, for this host if it names exactly one.
    Head(Rewound<TcpStream>, Option<Host>),
    /// Octets that are no request head: hyper finds the right error for them.
    NotHttp(Rewound<TcpStream>),
    /// The peer left before the head was whole.
    Left,
    /// The deadline passed.
    TimedOut,
}

/// Reads the head of the first request on a plain HTTP port, and gives it back.
pub async fn greet_plain(stream: TcpStream, deadline: Instant) -> PlainGreeting {
    match timeout_at(deadline, read_head(stream)).await {
        Ok(greeting) => greeting,
        Err(_) => PlainGreeting::TimedOut,
    }
}

async fn read_head(mut stream: TcpStream) -> PlainGreeting {
    let mut seen = Vec::with_capacity(2048);
    loop {
        match stream.read_buf(&mut seen).await {
            Ok(0) | Err(_) => return PlainGreeting::Left,
            Ok(_) => {}
        }
        match head::parse(&seen) {
            head::Head::Partial => {}
            head::Head::Whole(host) => {
                return PlainGreeting::Head(Rewound::new(stream, seen), host);
            }
            head::Head::Broken => return PlainGreeting::NotHttp(Rewound::new(stream, seen)),
        }
    }
}
