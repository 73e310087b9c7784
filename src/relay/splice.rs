//! Octets both ways between two streams, until both are done.

use std::future::pending;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// How long nothing may move in either direction.
#[derive(Debug, Clone, Copy)]
pub struct Idle(pub Duration);

/// When two streams are parted although neither is done.
#[derive(Debug, Clone, Default)]
pub struct Lifetime {
    /// At this moment, whatever they are doing.
    pub until: Option<Instant>,
    /// At the first pause after this long.
    pub pause_after: Option<Duration>,
    /// At the first pause once this is cancelled: the server goes down.
    pub leaving: CancellationToken,
}

/// How long nothing moves in a pause.
const PAUSE: Duration = Duration::from_secs(2);

impl Lifetime {
    /// Waits for the moment to part. `moved` counts what moves.
    async fn over(self, moved: &AtomicU64) {
        let ended = async {
            match self.until {
                Some(until) => sleep_until(until).await,
                None => pending().await,
            }
        };
        let old = async {
            match self.pause_after {
                Some(age) => sleep(age).await,
                None => pending().await,
            }
        };
        let paused = async {
            tokio::select! {
                () = old => {}
                () = self.leaving.cancelled() => {}
            }
            loop {
                let before = moved.load(Ordering::Relaxed);
                sleep(PAUSE).await;
                if moved.load(Ordering::Relaxed) == before {
                    return;
                }
            }
        };
        tokio::select! {
            () = ended => {}
            () = paused => {}
        }
    }
}

/// Copies both ways, with the octets `seen` of the client first, until both sides have ended, nothing moves any more, or
/// `life` is over.
///
/// # Errors
/// The time-out, or what a side broke off with while it was written to.
pub async fn both_ways(
    client: impl AsyncRead + AsyncWrite + Unpin,
    seen: &[u8],
    mut origin: impl AsyncRead + AsyncWrite + Unpin,
    idle: Idle,
    life: Lifetime,
) -> io::Result<()> {
    let moved = AtomicU64::new(0);
    let copied = async {
        timeout(idle.0, origin.write_all(seen)).await??;
        counted(client, origin, idle, &moved).await
    };
    tokio::select! {
        ended = copied => ended,
        () = life.over(&moved) => Ok(()),
    }
}

async fn counted(
    client: impl AsyncRead + AsyncWrite + Unpin,
    origin: impl AsyncRead + AsyncWrite + Unpin,
    idle: Idle,
    moved: &AtomicU64,
) -> io::Result<()> {
    let (mut from_client, mut to_client) = split(client);
    let (mut from_origin, mut to_origin) = split(origin);
    let up = one_way(&mut from_client, &mut to_origin, idle, moved);
    let down = one_way(&mut from_origin, &mut to_client, idle, moved);
    tokio::try_join!(up, down).map(|_| ())
}

/// Copies one way until that side ends. A side that resets the connection has ended it just as well;
/// the other side is told, and the other direction then ends by itself.
async fn one_way(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    Idle(idle): Idle,
    moved: &AtomicU64,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let before = moved.load(Ordering::Relaxed);
        match timeout(idle, from.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(count)) => {
                moved.fetch_add(1, Ordering::Relaxed);
                let octets = buffer.get(..count).unwrap_or_default();
                let written = async {
                    to.write_all(octets).await?;
                    to.flush().await
                };
                if timeout(idle, written).await?.is_err() {
                    break;
                }
                moved.fetch_add(1, Ordering::Relaxed);
            }
            // Silence here is fine while the other direction is busy.
            Err(_) if moved.load(Ordering::Relaxed) != before => {}
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        }
    }
    // It may be gone already, or take nothing any more.
    let _ = timeout(idle, to.shutdown()).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_old_pair_is_parted_at_its_first_pause() {
        let (mut client, ours) = duplex(64);
        let (theirs, mut origin) = duplex(64);
        let age = Some(Duration::from_secs(90));
        let life = Lifetime { pause_after: age, ..Lifetime::default() };
        let started = Instant::now();
        let copying = both_ways(ours, &[], theirs, Idle(Duration::from_secs(900)), life);
        let talking = async {
            // A word a second for two minutes, then silence.
            for _ in 0..120 {
                client.write_all(b"x").await.unwrap();
                let mut word = [0; 1];
                origin.read_exact(&mut word).await.unwrap();
                sleep(Duration::from_secs(1)).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            parted = copying => parted.unwrap(),
            () = talking => {}
        }
        let lasted = started.elapsed();
        assert!((120..=126).contains(&lasted.as_secs()), "{lasted:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_pair_is_parted() {
        let (_client, ours) = duplex(64);
        let (theirs, _origin) = duplex(64);
        let idle = Idle(Duration::from_secs(60));
        let ended = both_ways(ours, &[], theirs, idle, Lifetime::default()).await;
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
