//! The PROXY protocol, versions 1 and 2, by which a balancer says who the client is
//! (haproxy.org, proxy-protocol.txt).

use std::io;
use std::net::{IpAddr, SocketAddr};

use ppp::{HeaderResult, v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

/// What each header of version 2 begins with.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// The longest header of version 1, with its end of line (section 2.1).
const LONGEST_LINE: usize = 107;
/// The longest header of version 2 that is read: addresses take 216 octets at the most, and balancers add
/// a few hundred of their own.
const LONGEST: usize = 4096;

/// What a balancer said of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxied {
    /// From whom to where.
    From(SocketAddr, SocketAddr),
    /// It is the balancer's own, to see whether we are well.
    Own,
}

/// Reads the header, and not one octet more.
///
/// # Errors
/// What there is is no header, or it did not come in time.
pub async fn read_proxied(stream: &mut TcpStream, deadline: Instant) -> io::Result<Proxied> {
    match timeout_at(deadline, read_header(stream)).await {
        Ok(read) => read,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// The same without a deadline, from whatever there is to read.
///
/// # Errors
/// What there is is no header.
pub async fn read_header(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Proxied> {
    let mut header = vec![0; SIGNATURE.len()];
    stream.read_exact(&mut header).await?;
    if header == SIGNATURE {
        let mut rest = [0; 4];
        stream.read_exact(&mut rest).await?;
        let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        if length > LONGEST {
            return Err(broken("its header is too long"));
        }
        header.extend_from_slice(&rest);
        header.resize(header.len() + length, 0);
        let at = header.len() - length;
        stream.read_exact(header.get_mut(at..).unwrap_or_default()).await?;
    } else {
        if !header.starts_with(b"PROXY ") {
            return Err(broken("no header came"));
        }
        // What follows the line is the client's, so it is read octet by octet; balancers write version 2.
        while !header.ends_with(b"\r\n") {
            if header.len() >= LONGEST_LINE {
                return Err(broken("its line is too long"));
            }
            header.push(stream.read_u8().await?);
        }
    }
    parse(&header)
}

fn broken(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn parse(header: &[u8]) -> io::Result<Proxied> {
    match HeaderResult::parse(header) {
        HeaderResult::V1(Ok(header)) => Ok(match header.addresses {
            v1::Addresses::Unknown => Proxied::Own,
            v1::Addresses::Tcp4(found) => Proxied::From(
                socket(found.source_address, found.source_port),
                socket(found.destination_address, found.destination_port),
            ),
            v1::Addresses::Tcp6(found) => Proxied::From(
                socket(found.source_address, found.source_port),
                socket(found.destination_address, found.destination_port),
            ),
        }),
        HeaderResult::V2(Ok(header)) => Ok(match (header.command, header.addresses) {
            (v2::Command::Local, _) => Proxied::Own,
            (v2::Command::Proxy, v2::Addresses::IPv4(found)) => Proxied::From(
                socket(found.source_address, found.source_port),
                socket(found.destination_address, found.destination_port),
            ),
            (v2::Command::Proxy, v2::Addresses::IPv6(found)) => Proxied::From(
                socket(found.source_address, found.source_port),
                socket(found.destination_address, found.destination_port),
            ),
            (v2::Command::Proxy, v2::Addresses::Unspecified | v2::Addresses::Unix(_)) => {
                Proxied::Own
            }
        }),
        HeaderResult::V1(Err(_)) | HeaderResult::V2(Err(_)) => Err(broken("its header is broken")),
    }
}

fn socket(ip: impl Into<IpAddr>, port: u16) -> SocketAddr {
    SocketAddr::new(ip.into().to_canonical(), port)
}
