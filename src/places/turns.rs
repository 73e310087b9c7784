//! By which the connections of one client share the processor with those of others.
//!
//! The runtime works off what is woken in its order, and asks the system for more when it is through, or after
//! some dozens of tasks. A client can have very many woken at once: by handshakes that it begins, requests,
//! frames. Whoever comes then would wait for all of them.
//!
//! So it is measured how long the steps of a client's connections take. While that is little they run as they come.
//! From there on the client waits for the next round: until the runtime is through with all others, and has asked the
//! system who else came. Only so many of its tasks wait for that, and the others for them: each round costs some
//! microseconds.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::Executor;
use hyper_util::rt::TokioExecutor;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{coop, yield_now};

use crate::clock;

/// What a client may use of each of its processors before it waits for the next round: a visit or two. It is forgotten
/// half as fast as they work, so that a client that never uses more than half of them, and not in bursts, does not wait.
const AT_ONCE: Duration = Duration::from_millis(1);

/// No more is held against it, so that it is forgotten soon.
const AT_MOST: Duration = AT_ONCE.saturating_mul(2);

/// How long a round is from there on. Time as it passes: what the runtime and the system do for each step is more than
/// some steps are. Its last step may take longer: a handshake does.
const ROUND: Duration = Duration::from_micros(250);

/// How many of the 128 operations that tokio lets a task have in one step are taken from it.
const TAKEN: u32 = 104;

/// The turns of one client. Cheap to clone; safe for concurrent use.
#[derive(Debug, Clone)]
pub struct Turns(Arc<Share>);

#[derive(Debug)]
struct Share {
    /// How many processors there are for the client.
    each: u32,
    turns: Arc<Semaphore>,
    used: Mutex<Used>,
}

#[derive(Debug)]
struct Used {
    time: Duration,
    /// As it was then.
    then: Instant,
    /// When its last round began.
    round: Instant,
}

impl Used {
    fn now(&self, now: Instant, each: u32) -> Duration {
        self.time.saturating_sub(now.saturating_duration_since(self.then).saturating_mul(each) / 2)
    }
}

impl Turns {
    /// `each`: how many processors the client may keep busy until it waits for the next round.
    pub fn new(each: usize) -> Self {
        let now = clock::ticks();
        let used = Mutex::new(Used { time: Duration::ZERO, then: now, round: now });
        let turns = Arc::new(Semaphore::new(each));
        Self(Arc::new(Share { each: u32::try_from(each).unwrap_or(u32::MAX), turns, used }))
    }

    /// Runs a future, of which each step waits for its turn.
    pub fn steps<F: Future + Unpin>(&self, future: F) -> Steps<F> {
        Steps { turns: self.clone(), future, waits: None }
    }

    /// Waits for a turn. It ends when this is dropped.
    async fn take(self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        let turn = Arc::clone(&self.0.turns).acquire_owned().await.ok();
        // Whoever had it before may have waited for the next round.
        if self.is_over(clock::ticks()) {
            // The runtime comes back to this when it has nothing else, and has asked the system.
            yield_now().await;
            self.used().round = clock::ticks();
        }
        turn
    }

    /// Whether the client waits for the next round.
    fn is_over(&self, now: Instant) -> bool {
        let (each, used) = (self.0.each, self.used());
        used.now(now, each) > AT_ONCE.saturating_mul(each)
            && now.saturating_duration_since(used.round) >= ROUND
    }

    /// Takes note of a step.
    fn took(&self, begin: Instant, end: Instant) {
        let (each, mut used) = (self.0.each, self.used());
        let time = used.now(end, each) + end.saturating_duration_since(begin);
        (used.time, used.then) = (time.min(AT_MOST.saturating_mul(each)), end);
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.0.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Turns {
    /// Of somebody who shares with nobody.
    fn default() -> Self {
        Self::new(1)
    }
}

/// Has the futures that hyper starts by itself, one for each stream of HTTP/2, wait for their turns.
impl<F> Executor<F> for Turns
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        TokioExecutor::new().execute(self.steps(Box::pin(future)));
    }
}

/// See [`Turns::steps`].
pub struct Steps<F> {
    turns: Turns,
    future: F,
    /// Until it is this one's turn.
    waits: Option<Pin<Box<dyn Future<Output = Option<OwnedSemaphorePermit>> + Send>>>,
}

impl<F: Future + Unpin> Future for Steps<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let begin = clock::ticks();
        if this.waits.is_none() && this.turns.is_over(begin) {
            this.waits = Some(Box::pin(this.turns.clone().take()));
        }
        let mut _turn = None;
        if let Some(waits) = &mut this.waits {
            _turn = ready!(waits.as_mut().poll(cx));
            this.waits = None;
            // Whoever moves much data does it in small steps.
            for _ in 0..TAKEN {
                ready!(coop::poll_proceed(cx)).made_progress();
            }
        }
        let polled = Pin::new(&mut this.future).poll(cx);
        this.turns.took(begin, clock::ticks());
        polled
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::task::JoinSet;

    use super::*;

    /// One step that takes its time.
    fn work(done: &Arc<AtomicUsize>) -> Pin<Box<dyn Future<Output = usize> + Send>> {
        let done = Arc::clone(done);
        Box::pin(async move {
            let begin = clock::ticks();
            // Long enough not to be forgotten while the machine does something else.
            while clock::ticks() - begin < AT_ONCE * 10 {}
            done.fetch_add(1, Ordering::Relaxed)
        })
    }

    #[tokio::test]
    async fn who_wants_much_waits_for_others() {
        let done = Arc::<AtomicUsize>::default();
        let (greedy, mut tasks) = (Turns::new(1), JoinSet::new());
        for _ in 0..10 {
            tasks.spawn(greedy.steps(work(&done)));
        }
        let mut others = JoinSet::new();
        others.spawn(Turns::new(1).steps(work(&done)));
        // It comes last, and hardly more than what comes at once goes before it.
        let other = others.join_all().await;
        assert!(other[0] <= 5, "{other:?} went before");
        assert_eq!(tasks.join_all().await.len(), 10);
    }

    #[tokio::test]
    async fn what_was_used_is_forgotten_and_a_turn_is_given_back() {
        let turns = Turns::new(1);
        let done = Arc::<AtomicUsize>::default();
        turns.steps(work(&done)).await;
        assert!(turns.is_over(clock::ticks()));
        // One that waits and is dropped leaves its turn to the next.
        let mut waits = turns.steps(work(&done));
        assert!(
            Pin::new(&mut waits)
                .poll(&mut Context::from_waker(std::task::Waker::noop()))
                .is_pending()
        );
        assert_eq!(turns.0.turns.available_permits(), 0);
        drop(waits);
        turns.steps(work(&done)).await;
        assert_eq!(turns.0.turns.available_permits(), 1);
        let later = clock::ticks() + Duration::from_secs(1);
        assert!(!turns.is_over(later));
    }
}
