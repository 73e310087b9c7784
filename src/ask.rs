//! Asking a name server one question, for commands that look at what a gateway says.
//!
//! Nothing is cached, followed or tried again at another server: the answer is the server's own.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use hickory_proto::ProtoError;
use hickory_proto::op::{Edns, Message, Query};
use hickory_proto::rr::{Name, RecordType};
use hickory_proto::serialize::binary::DecodeError;

use crate::clock;

/// The largest answer over UDP that is asked for, in octets: what passes every path unfragmented
/// (DNS flag day 2020).
const PAYLOAD: u16 = 1232;
/// How many answers that belong to no question of ours are thrown away before we give up.
const STRANGERS: usize = 16;

/// There is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Nothing came in time.
    #[error("{server} did not answer in time")]
    TimedOut {
        /// Who was asked.
        server: SocketAddr,
    },
    /// The system did not let us, or the server refused the packet.
    #[error("cannot ask {server}")]
    Io {
        /// Who was asked.
        server: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The question cannot be written down.
    #[error("the question cannot be written down")]
    Question(#[source] ProtoError),
    /// What came is no answer.
    #[error("{server} sent something that is no DNS message")]
    Garbage {
        /// Who was asked.
        server: SocketAddr,
        /// Why.
        source: DecodeError,
    },
    /// What came over TCP answers something else.
    #[error("{server} answered another question")]
    Stranger {
        /// Who was asked.
        server: SocketAddr,
    },
}

/// Asks one question, with recursion desired: by UDP, and by TCP when the answer was cut short.
///
/// `patience` bounds each of the two.
///
/// # Errors
/// [`AskError`] when there is no answer; an answer that says no is an answer.
pub fn ask(
    server: SocketAddr,
    name: &str,
    kind: RecordType,
    patience: Duration,
) -> Result<Message, AskError> {
    let mut edns = Edns::new();
    edns.set_max_payload(PAYLOAD);
    let question = question(name, kind, Some(edns))?;
    let answer = by_udp(server, &question, patience)?;
    if answer.metadata.truncation { by_tcp(server, &question, patience) } else { Ok(answer) }
}

/// The question as a message, with recursion desired.
///
/// # Errors
/// [`AskError::Question`] for a name that DNS cannot carry.
pub fn question(name: &str, kind: RecordType, edns: Option<Edns>) -> Result<Message, AskError> {
    let name = Name::from_ascii(format!("{name}.")).map_err(AskError::Question)?;
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(name, kind));
    if let Some(edns) = edns {
        message.set_edns(edns);
    }
    Ok(message)
}

/// Sends a message by UDP and waits for its answer.
///
/// # Errors
/// [`AskError`].
pub fn by_udp(
    server: SocketAddr,
    question: &Message,
    patience: Duration,
) -> Result<Message, AskError> {
    let octets = question.to_vec().map_err(AskError::Question)?;
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => AskError::TimedOut { server },
        _ => AskError::Io { server, source },
    };
    let own: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((own, 0)).map_err(failed)?;
    socket.connect(server).map_err(failed)?;
    socket.send(&octets).map_err(failed)?;
    let start = clock::ticks();
    let mut answer = vec![0; usize::from(u16::MAX)];
    for _ in 0..STRANGERS {
        let left = patience.saturating_sub(clock::ticks().saturating_duration_since(start));
        if left.is_zero() {
            break;
        }
        socket.set_read_timeout(Some(left)).map_err(failed)?;
        let length = match socket.recv(&mut answer) {
            Ok(length) => length,
            // Some signal came in between.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        match Message::from_vec(&answer[..length]) {
            Ok(answer) if answers(&answer, question) => return Ok(answer),
            Ok(_) => {}
            Err(source) => return Err(AskError::Garbage { server, source }),
        }
    }
    Err(AskError::TimedOut { server })
}

/// Sends a message by TCP (RFC 7766) and waits for its answer.
///
/// # Errors
/// [`AskError`].
pub fn by_tcp(
    server: SocketAddr,
    question: &Message,
    patience: Duration,
) -> Result<Message, AskError> {
    let octets = question.to_vec().map_err(AskError::Question)?;
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => AskError::TimedOut { server },
        _ => AskError::Io { server, source },
    };
    let mut stream = TcpStream::connect_timeout(&server, patience).map_err(failed)?;
    stream.set_read_timeout(Some(patience)).map_err(failed)?;
    stream.set_write_timeout(Some(patience)).map_err(failed)?;
    let length = u16::try_from(octets.len()).unwrap_or(u16::MAX).to_be_bytes();
    stream.write_all(&[&length[..], &octets].concat()).map_err(failed)?;
    let mut length = [0; 2];
    stream.read_exact(&mut length).map_err(failed)?;
    let mut answer = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut answer).map_err(failed)?;
    match Message::from_vec(&answer) {
        Ok(answer) if answers(&answer, question) => Ok(answer),
        Ok(_) => Err(AskError::Stranger { server }),
        Err(source) => Err(AskError::Garbage { server, source }),
    }
}

/// Whether a message answers this question (RFC 5452 section 9.1).
fn answers(answer: &Message, question: &Message) -> bool {
    let same = |(a, b): (&Query, &Query)| a.name() == b.name() && a.query_type() == b.query_type();
    answer.metadata.id == question.metadata.id
        && (answer.queries.is_empty() || answer.queries.iter().zip(&question.queries).all(same))
}
