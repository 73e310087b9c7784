//! A future beside another one that is polled far more often.
//!
//! What ends a connection from outside (the server goes down, a place is needed, a time is over) is several
//! things to wait for, some behind locks that all connections share. `select!` asks each of them again
//! whenever a packet comes. Here they are asked when one of them has something to say.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Runs `main` to its end, unless `side` ends first. Where both end at once, `main` counts.
pub fn beside<M, S>(main: M, side: S) -> Beside<M, S>
where
    M: Future + Unpin,
    S: Future + Unpin,
{
    // The first time nobody has rung, and it is asked.
    let bell = Bell { rung: AtomicBool::new(true), outer: Mutex::new(Waker::noop().clone()) };
    let bell = Arc::new(bell);
    let waker = Waker::from(Arc::clone(&bell));
    Beside { main, side, bell, waker, outer: Waker::noop().clone() }
}

/// See [`beside`]. `Ok` is what `main` came to, `Err` what `side` did.
pub struct Beside<M, S> {
    main: M,
    side: S,
    bell: Arc<Bell>,
    /// Rings the bell.
    waker: Waker,
    /// What the bell wakes, as far as is known here without its lock.
    outer: Waker,
}

struct Bell {
    rung: AtomicBool,
    outer: Mutex<Waker>,
}

impl Bell {
    fn outer(&self) -> MutexGuard<'_, Waker> {
        self.outer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        // Woken outside of the lock.
        let outer = self.outer().clone();
        outer.wake();
    }
}

impl<M: Future + Unpin, S: Future + Unpin> Future for Beside<M, S> {
    type Output = Result<M::Output, S::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Poll::Ready(done) = Pin::new(&mut this.main).poll(cx) {
            return Poll::Ready(Ok(done));
        }
        // Before it is looked whether somebody rang: who rings later wakes this one.
        if !this.outer.will_wake(cx.waker()) {
            this.outer.clone_from(cx.waker());
            this.bell.outer().clone_from(cx.waker());
        }
        if this.bell.rung.swap(false, Ordering::AcqRel)
            && let Poll::Ready(done) =
                Pin::new(&mut this.side).poll(&mut Context::from_waker(&this.waker))
        {
            return Poll::Ready(Err(done));
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn, ready};
    use std::pin::pin;
    use std::sync::atomic::AtomicUsize;

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn who_ends_first_counts_and_the_main_one_before_the_other() {
        assert_eq!(beside(ready(1), ready(2)).await, Ok(1));
        assert_eq!(beside(pending::<u8>(), ready(2)).await, Err(2));
        let (main, side) = (Notify::new(), Notify::new());
        main.notify_one();
        let (mut one, mut other) = (pin!(main.notified()), pin!(side.notified()));
        assert_eq!(beside(one.as_mut(), other.as_mut()).await, Ok(()));
    }

    #[tokio::test]
    async fn the_side_is_asked_only_when_it_rings_and_then_it_is() {
        let (side, asked) = (Arc::new(Notify::new()), AtomicUsize::new(0));
        let mut steps = 0;
        let main = poll_fn(|cx| {
            steps += 1;
            match steps {
                ..100 => cx.waker().wake_by_ref(),
                // It rings while the main one is asked, and later nobody wakes any more.
                100 => side.notify_one(),
                _ => {}
            }
            Poll::<()>::Pending
        });
        let mut rung = pin!(side.notified());
        let counted = poll_fn(|cx| {
            asked.fetch_add(1, Ordering::Relaxed);
            rung.as_mut().poll(cx)
        });
        assert_eq!(beside(main, counted).await, Err(()));
        assert_eq!(asked.into_inner(), 2);
    }

    #[tokio::test]
    async fn it_wakes_the_task_that_it_is_in_now() {
        let side = Arc::new(Notify::new());
        let rung = Arc::clone(&side);
        let mut both = beside(pending::<()>(), Box::pin(async move { rung.notified().await }));
        // Asked by one task, then moved to another.
        poll_fn(|cx| {
            assert!(Pin::new(&mut both).poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let mut begun = Some(begun);
        let mut moved = tokio::task::JoinSet::new();
        moved.spawn(async move {
            poll_fn(move |cx| {
                let polled = Pin::new(&mut both).poll(cx);
                begun.take().map(|begun| begun.send(()));
                polled
            })
            .await
        });
        has_begun.await.unwrap();
        side.notify_one();
        assert_eq!(moved.join_next().await.unwrap().unwrap(), Err(()));
    }
}
