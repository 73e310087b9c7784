//! From a connection to the host that it asks for.
//!
//! Nothing has been decided yet when a greeting is done: its octets are kept, so that the connection
//! can still be passed on untouched.

mod extent;
pub mod fingerprint;
pub mod head;
mod proxied;
mod stream;

use std::io;
use std::pin::pin;

use rustls::server::{Accepted, Acceptor, ClientHello};
use rustls::{CipherSuite, SignatureScheme};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use self::extent::{Extent, Follower};
use self::fingerprint::{Fingerprint, fingerprint};
use crate::host::{Host, HostName};
pub use proxied::{Proxied, read_header, read_proxied};
pub use stream::Rewound;

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
    // Boxed: it is over a kilobyte, and the other greetings are a few octets. With an error where rustls
    // cannot go on: a name that begins or ends with a hyphen is enough, and real hosts have such names.
    accepted: Result<Box<Accepted>, Refused>,
    stream: TcpStream,
    /// All that was read from the stream; rustls has all of it as well.
    seen: Vec<u8>,
    name: Option<HostName>,
    ecdsa: bool,
    fingerprint: Option<Fingerprint>,
}

impl Hello {
    fn new(accepted: Box<Accepted>, stream: TcpStream, seen: Vec<u8>) -> Self {
        let hello = accepted.client_hello();
        let name = hello.server_name().and_then(|name| HostName::from_wire(name).ok());
        let ecdsa = takes_ecdsa(&hello);
        let fingerprint = fingerprint(&seen);
        Self { accepted: Ok(accepted), stream, seen, name, ecdsa, fingerprint }
    }

    /// One that can be passed on untouched and not be answered, if there is a name in it; else it comes back.
    fn unanswerable(
        refused: Refused,
        stream: TcpStream,
        seen: Vec<u8>,
    ) -> Result<Self, (Refused, TcpStream)> {
        let name = fingerprint::server_name(&seen);
        match name.and_then(|name| HostName::from_wire(&name).ok()) {
            Some(name) => {
                let fingerprint = fingerprint(&seen);
                let (accepted, name) = (Err(refused), Some(name));
                Ok(Self { accepted, stream, seen, name, ecdsa: false, fingerprint })
            }
            None => Err((refused, stream)),
        }
    }

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

    /// Why there can be no handshake, if so.
    pub fn refused(&self) -> Option<&Refused> {
        self.accepted.as_ref().err()
    }

    /// Goes on with the handshake. The kept octets are let go.
    ///
    /// # Errors
    /// When there can be none: why, and where to say so.
    pub fn into_handshake(self) -> Result<(Box<Accepted>, TcpStream), (Refused, TcpStream)> {
        match self.accepted {
            Ok(accepted) => Ok((accepted, self.stream)),
            Err(refused) => Err((refused, self.stream)),
        }
    }

    /// Gives the connection back as it came: the stream, and every octet read from it.
    pub fn into_untouched(self) -> (TcpStream, Vec<u8>) {
        (self.stream, self.seen)
    }
}

/// Why rustls does not take a hello, and the alert that says so.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Refused {
    error: io::Error,
    alert: Vec<u8>,
}

impl Refused {
    /// Sends the alert.
    pub async fn tell(self, mut stream: TcpStream) -> io::Error {
        // Whether it arrives or not, the connection ends.
        let _ = stream.write_all(&self.alert).await;
        self.error
    }
}

/// How many octets are read at first: the hello of a browser is a little shorter.
const FIRST: usize = 4096;
/// The longest hello that is read. Browsers send two kilobytes with a key share that withstands quantum
/// computers, and two more with tickets and padding; a record holds no more than this (RFC 8446 section
/// 5.1). It is what a client can make us keep before it has said anything whole.
const LONGEST: usize = 16 * 1024;
/// The alert for a longer one: fatal, `decode_error` (RFC 8446 section 6).
const TOO_LONG: [u8; 7] = [21, 3, 3, 0, 2, 2, 50];

/// Reads what the peer of a TLS port says first.
pub async fn greet(stream: TcpStream, deadline: Instant) -> Greeting {
    match timeout_at(deadline, pin!(read_greeting(stream))).await {
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
    let mut acceptor = Acceptor::default();
    let (mut follower, mut given) = (Follower::default(), 0);
    loop {
        match follower.look(&seen, LONGEST) {
            Extent::Partial if seen.len() < LONGEST => {}
            Extent::Partial | Extent::TooLong => {
                let _ = stream.write_all(&TOO_LONG).await;
                return Greeting::Broken(broken("the hello is too long"));
            }
            // Rustls keeps a copy of its own, so it gets nothing before there is something to judge.
            Extent::There => {
                let fresh = seen.get(given..).unwrap_or_default();
                match judge(&mut acceptor, fresh) {
                    Ok(Some(accepted)) => {
                        return Greeting::Hello(Hello::new(accepted, stream, seen));
                    }
                    Ok(None) if seen.len() < LONGEST => given = seen.len(),
                    Ok(None) => return Greeting::Broken(broken("the hello is too long")),
                    Err(refused) => {
                        return match Hello::unanswerable(refused, stream, seen) {
                            Ok(hello) => Greeting::Hello(hello),
                            Err((refused, stream)) => Greeting::Broken(refused.tell(stream).await),
                        };
                    }
                }
            }
        }
        match stream.read_buf(&mut seen).await {
            Ok(0) | Err(_) => return Greeting::Left,
            Ok(_) => {}
        }
    }
}

/// Gives rustls all of `fresh`, and asks what it thinks; with an error comes the alert for the client.
fn judge(acceptor: &mut Acceptor, mut fresh: &[u8]) -> Result<Option<Box<Accepted>>, Refused> {
    // What it did not take would be missing from the handshake.
    while !fresh.is_empty() {
        match acceptor.read_tls(&mut fresh) {
            Ok(0) => {
                let error = broken("rustls takes no more");
                return Err(Refused { error, alert: Vec::new() });
            }
            Ok(_) => {}
            Err(error) => return Err(Refused { error, alert: Vec::new() }),
        }
    }
    match acceptor.accept() {
        Ok(accepted) => Ok(accepted.map(Box::new)),
        Err((error, mut alert)) => {
            let mut octets = Vec::new();
            // Writing to memory does not fail.
            let _ = alert.write_all(&mut octets);
            let error = io::Error::new(io::ErrorKind::InvalidData, error);
            Err(Refused { error, alert: octets })
        }
    }
}

fn broken(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
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
    /// A whole request head, for this host if it names exactly one, and this path.
    Head(Rewound<TcpStream>, Option<Host>, String),
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
    let (mut read, mut parsed) = (0, 0);
    loop {
        match stream.read_buf(&mut seen).await {
            Ok(0) | Err(_) => return PlainGreeting::Left,
            Ok(_) => {}
        }
        // Not at each octet of a client that sends them one by one: where it may end, and ever more rarely.
        let fresh = seen.get(usize::saturating_sub(read, 3)..).unwrap_or_default();
        let ends = fresh.windows(2).any(|two| two == b"\n\n")
            || fresh.windows(3).any(|three| three == b"\n\r\n");
        read = seen.len();
        if !ends && read < parsed * 2 {
            continue;
        }
        parsed = read;
        match head::parse(&seen) {
            head::Head::Partial => {}
            head::Head::Whole(host, path) => {
                return PlainGreeting::Head(Rewound::new(stream, seen), host, path);
            }
            head::Head::Broken => return PlainGreeting::NotHttp(Rewound::new(stream, seen)),
        }
    }
}
