//! Whether the clocks agree: this machine's, the server's, and one that is kept by others.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _, UdpSocket};
use std::time::Duration;

use time::PrimitiveDateTime;
use time::macros::format_description;

use super::{Finding, Ground, web};
use crate::clock::{self, Time};
use crate::config::duration_text;

const CLOCK: &str = "clock";
const SERVER: &str = "server-clock";
/// People with a clock of their own see what is further off; protocols bear with five minutes.
const SLACK: Duration = Duration::from_secs(60);
/// From 1900, where NTP begins, to 1970 (RFC 5905 section 6).
const EPOCH: i64 = 2_208_988_800;
const NTP: u16 = 123;
/// A server on the same network answers in a few milliseconds.
const SOON: Duration = Duration::from_secs(2);

/// `answering` is where the server answers plain HTTP.
pub(super) fn check(ground: &Ground<'_>, answering: Option<SocketAddr>) -> Vec<Finding> {
    vec![server(ground, answering), reference(ground)]
}

fn apart(one: Time, other: Time) -> Duration {
    one.since(other).max(other.since(one))
}

/// The server's clock, as its answers tell it.
fn server(ground: &Ground<'_>, answering: Option<SocketAddr>) -> Finding {
    let Some(address) = answering else {
        return Finding::skipped(SERVER, "the http port has to answer first");
    };
    let answer = web::get(address, "blockhouse-doctor.example", "/favicon.ico", ground.patience);
    let said = answer.ok().and_then(|answer| answer.field("date").and_then(http_date));
    let Some(said) = said else {
        return Finding::skipped(SERVER, format!("{address} does not say what time it is"));
    };
    compare(SERVER, "the server", said)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
fn http_date(text: &str) -> Option<Time> {
    let form = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let read = PrimitiveDateTime::parse(text, form).ok()?;
    Some(Time::from_unix(read.assume_utc().unix_timestamp()))
}

fn compare(check: &'static str, whose: &str, said: Time) -> Finding {
    let now = clock::now();
    let off = apart(now, said);
    if off <= SLACK {
        return Finding::ok(check, format!("{whose} and this machine agree on the time"));
    }
    let direction = if now > said { "ahead of" } else { "behind" };
    Finding::warning(
        check,
        format!("this machine's clock is {} {direction} {whose}", duration_text(off)),
        "keep both clocks by NTP: leaves that begin too late, or end too early, are no good to \
         devices"
            .to_owned(),
    )
}

/// A clock that is kept by others, or that the gateway keeps.
fn reference(ground: &Ground<'_>) -> Finding {
    let (address, named) = match (&ground.options.ntp, ground.gateway) {
        (Some(host), _) => match resolve(host) {
            Some(address) => (address, true),
            None => {
                let what = format!("the time server `{host}` does not resolve");
                return Finding::warning(CLOCK, what, "give its address".to_owned());
            }
        },
        (None, Some(gateway)) => (SocketAddr::new(gateway.ip(), NTP), false),
        (None, None) => return Finding::skipped(CLOCK, "name a time server by `--ntp HOST`"),
    };
    match sntp(address, ground.patience.min(SOON)) {
        Ok(said) => compare(CLOCK, &format!("the time server {}", address.ip()), said),
        Err(error) if named => Finding::warning(
            CLOCK,
            format!("the time server {} does not answer: {error}", address.ip()),
            "name one that does by `--ntp HOST`".to_owned(),
        ),
        Err(_) => {
            Finding::skipped(CLOCK, "the gateway keeps no time; name a time server by `--ntp HOST`")
        }
    }
}

fn resolve(host: &str) -> Option<SocketAddr> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Some(SocketAddr::new(ip, NTP));
    }
    if let Ok(address) = host.parse::<SocketAddr>() {
        return Some(address);
    }
    (host, NTP).to_socket_addrs().ok()?.next()
}

/// Asks once (RFC 4330 section 5).
fn sntp(address: SocketAddr, patience: Duration) -> io::Result<Time> {
    let own: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((own, 0))?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(patience))?;
    // Version 4, a client; all else may be zero but a mark that the answer brings back.
    let mut packet = [0; 48];
    packet[0] = 0x23;
    let mark = clock::now().unix().to_be_bytes();
    packet[40..48].copy_from_slice(&mark);
    web::again(|| socket.send(&packet))?;
    let mut answer = [0; 512];
    let length = web::again(|| socket.recv(&mut answer))?;
    read_sntp(&answer[..length], &mark)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it sent what is no time"))
}

fn read_sntp(answer: &[u8], mark: &[u8; 8]) -> Option<Time> {
    let (mode, stratum) = (answer.first()? & 7, *answer.get(1)?);
    // Mode 4 is a server; stratum 0 sends us away, and 16 knows no time itself.
    if mode != 4 || !(1..16).contains(&stratum) || answer.get(24..32)? != mark {
        return None;
    }
    let seconds = u32::from_be_bytes(answer.get(40..44)?.try_into().ok()?);
    // The count begins anew in 2036 (RFC 4330 section 3).
    let era = if seconds & 0x8000_0000 == 0 { 1_i64 << 32 } else { 0 };
    Some(Time::from_unix(i64::from(seconds) + era - EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http() {
        let date = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(date.rfc3339(), "1994-11-06T08:49:37Z");
        assert_eq!(http_date("now"), None);
    }

    #[test]
    fn answers_of_time_servers() {
        let mark = [1, 2, 3, 4, 5, 6, 7, 8];
        let mut answer = [0_u8; 48];
        (answer[0], answer[1]) = (0x24, 2);
        answer[24..32].copy_from_slice(&mark);
        let seconds = u32::try_from(EPOCH + 1_700_000_000).unwrap();
        answer[40..44].copy_from_slice(&seconds.to_be_bytes());
        assert_eq!(read_sntp(&answer, &mark), Some(Time::from_unix(1_700_000_000)));
        // A year of the next era.
        answer[40..44].copy_from_slice(&1_u32.to_be_bytes());
        assert_eq!(read_sntp(&answer, &mark).unwrap().rfc3339(), "2036-02-07T06:28:17Z");
        for wrong in [(0, 0x23), (1, 0), (1, 16), (24, 9)] {
            let mut answer = answer;
            answer[wrong.0] = wrong.1;
            assert_eq!(read_sntp(&answer, &mark), None, "{wrong:?}");
        }
        assert_eq!(read_sntp(&answer[..40], &mark), None);
    }
}
