//! Octets both ways between two streams, until both are done.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How long nothing may move in either direction.
#[derive(Debug, Clone, Copy)]
pub struct Idle(pub Duration);

/// When two streams are parted although neither is done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lifetime {
    /// At this moment, whatever they are doing.
    pub until: Option<Instant>,
    /// At the first pause after this long.
    pub pause_after: Option<Duration>,
}

/// How long nothing moves in a pause.
const PAUSE: Duration = Duration::from_secs(2);

impl Lifetime {
    /// Waits for the moment to part. `moved` counts what moves.
    pub(super) async fn over(self, moved: &AtomicU64) {
        let ended = async {
            match self.until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let paused = async {
            let Some(age) = self.pause_after else { return std::future::pending().await };
            sleep(age).await;
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

/// Copies both ways until both sides have ended, or nothing moves any more.
///
/// # Errors
/// The time-out, or what a side broke off with while it was written to.
pub async fn both_ways(
    client: impl AsyncRead + AsyncWrite + Unpin,
    origin: impl AsyncRead + AsyncWrite + Unpin,
    idle: Idle,
) -> io::Result<()> {
    let moved = AtomicU64::new(0);
    counted(client, origin, idle, &moved).await
}

pub(super) async fn counted(
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
    // It may be gone already.
    let _ = to.shutdown().await;
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
        let moved = AtomicU64::new(0);
        let life = Lifetime { until: None, pause_after: Some(Duration::from_secs(90)) };
        let started = Instant::now();
        let copying = async {
            tokio::select! {
                _ = counted(ours, theirs, Idle(Duration::from_secs(900)), &moved) => false,
                () = life.over(&moved) => true,
            }
        };
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
            parted = copying => assert!(parted),
            () = talking => {}
        }
        let lasted = started.elapsed();
        assert!((120..=126).contains(&lasted.as_secs()), "{lasted:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_pair_is_parted() {
        let (_client, ours) = duplex(64);
        let (theirs, _origin) = duplex(64);
        let ended = both_ways(ours, theirs, Idle(Duration::from_secs(60))).await;
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
