//! Tells others what happened: webhooks with a signed JSON body, and commands.
//!
//! [`Hooks::tell`] never waits. Every hook has a queue and a task of its own, so notices reach a
//! hook in their order and one after the other, and a hook that fails or hangs holds up nobody
//! else. The queue is bounded; what does not fit is counted and logged.

mod command;
mod webhook;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use rustls::ClientConfig;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::clock::Time;
use crate::random;
use command::Program;
use webhook::Webhook;

/// How many notices may wait for one hook; a few hundred octets each.
const QUEUE: usize = 1024;

/// One hook: of what it is told, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Of what; empty means of everything.
    pub on: Vec<What>,
    /// How.
    pub how: How,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// A person continued past a warning.
    Grant,
    /// A person opened a site with a bypass code.
    CodeUsed,
    /// A client entered too many wrong codes.
    CodeLocked,
    /// A person asked for access.
    RequestOpened,
    /// An administrator decided on a request.
    RequestDecided,
    /// A grant was ended before its time.
    GrantEnded,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Grant,
        Self::CodeUsed,
        Self::CodeLocked,
        Self::RequestOpened,
        Self::RequestDecided,
        Self::GrantEnded,
    ];

    /// The name in configurations and in the field `type` of a notice.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::CodeUsed => "code_used",
            Self::CodeLocked => "code_locked",
            Self::RequestOpened => "request_opened",
            Self::RequestDecided => "request_decided",
            Self::GrantEnded => "grant_ended",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }
}

/// How a hook is told.
#[derive(Clone, PartialEq, Eq)]
pub enum How {
    /// By a POST with a JSON body, signed as the Standard Webhooks specification says.
    Webhook {
        /// Where to, `http` or `https`.
        url: Uri,
        /// The secret to sign with: `whsec_` and base64, or plain octets. Without one, nothing is
        /// signed.
        secret: Option<Zeroizing<Vec<u8>>>,
    },
    /// By running a program with the same JSON on its standard input.
    Command {
        /// Which program; without a slash it is looked for in `PATH`.
        program: PathBuf,
        /// Its arguments, as they are; no shell sees them.
        args: Vec<String>,
    },
}

impl fmt::Debug for How {
    /// Without the secret, and without the path of an address: with many services, that is one too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Webhook { url, .. } => {
                f.debug_struct("Webhook").field("url", &webhook::label(url)).finish_non_exhaustive()
            }
            Self::Command { program, .. } => {
                f.debug_struct("Command").field("program", program).finish_non_exhaustive()
            }
        }
    }
}

/// One thing that happened.
#[derive(Clone)]
pub struct Notice {
    /// Names this notice, also when it is sent again, so that a receiver can tell it was there
    /// before; the header `webhook-id`.
    pub id: String,
    /// What happened.
    pub what: What,
    /// When.
    pub at: Time,
    /// The rest, the field `data`.
    pub data: Map<String, Value>,
}

impl fmt::Debug for Notice {
    /// Without the data: people are named there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Notice");
        out.field("id", &self.id).field("what", &self.what).field("at", &self.at);
        out.finish_non_exhaustive()
    }
}

/// How patient hooks are, and whom they trust.
#[derive(Debug, Clone)]
pub struct Manner {
    /// The waits between one attempt of a webhook and the next; after the last attempt it gives up.
    /// Each is made up to a fifth shorter or longer, so that many servers do not come at once.
    pub waits: Vec<Duration>,
    /// How long one attempt of a webhook may take in all.
    pub answer: Duration,
    /// How long a command may run before it is killed.
    pub run: Duration,
    /// How an HTTPS server is verified; by the system's roots when not given.
    pub tls: Option<Arc<ClientConfig>>,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            // A restart takes seconds, a deployment minutes; after a quarter of an hour somebody
            // has to look.
            waits: [1, 5, 30, 120, 600].map(Duration::from_secs).into(),
            answer: Duration::from_secs(10),
            run: Duration::from_secs(30),
            tls: None,
        }
    }
}

/// A hook that cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HookError {
    /// The address is none that a webhook can go to.
    #[error(
        "cannot send webhooks to `{0}`: write `https://host/path` or `http://host/path`, without \
         a user name in front of the host"
    )]
    Url(String),
    /// The secret begins with `whsec_`, but goes on with what is no base64.
    #[error(
        "the secret of the webhook to {0} cannot be read: after `whsec_` comes base64, as in \
         `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`"
    )]
    Secret(String),
    /// The system trusts nobody.
    #[error(
        "cannot verify the webhook to {0}: the system has no trusted roots; install the package \
         ca-certificates, or name a file of roots in the variable SSL_CERT_FILE"
    )]
    Roots(String),
    /// The TLS library does not work.
    #[error("cannot set up TLS for webhooks")]
    Tls(#[from] rustls::Error),
}

/// All hooks, running. Cheap to clone, safe for concurrent use; when the last one is dropped, what
/// was not delivered is lost, so call [`finish`](Self::finish) before.
#[derive(Clone)]
pub struct Hooks(Arc<Inner>);

struct Inner {
    lanes: Vec<Lane>,
    closing: CancellationToken,
    tasks: Mutex<JoinSet<()>>,
}

impl Hooks {
    /// Starts all hooks on the current Tokio runtime.
    ///
    /// # Errors
    /// [`HookError`] when a plan cannot be carried out.
    pub fn start(plans: Vec<Plan>) -> Result<Self, HookError> {
        Self::start_with(plans, &Manner::default())
    }

    /// Starts all hooks in another manner than the usual one.
    ///
    /// # Errors
    /// [`HookError`] when a plan cannot be carried out.
    pub fn start_with(plans: Vec<Plan>, manner: &Manner) -> Result<Self, HookError> {
        let closing = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let mut lanes = Vec::new();
        let mut tls = manner.tls.clone();
        let mut ready = Vec::new();
        for plan in plans {
            let way = match plan.how {
                How::Webhook { url, secret } => {
                    Way::Webhook(Box::new(Webhook::new(&url, secret.as_deref(), &mut tls, manner)?))
                }
                How::Command { program, args } => {
                    Way::Command(Program::new(program, args, manner.run))
                }
            };
            ready.push((plan.on, way));
        }
        for (on, way) in ready {
            let (sender, queue) = mpsc::channel(QUEUE);
            let counts = Arc::<Counts>::default();
            let name: Arc<str> = way.name().into();
            let worker = Worker {
                name: Arc::clone(&name),
                way,
                waits: manner.waits.clone(),
                queue,
                counts: Arc::clone(&counts),
                closing: closing.clone(),
            };
            tasks.spawn(worker.run());
            lanes.push(Lane { name, on, queue: sender, counts });
        }
        Ok(Self(Arc::new(Inner { lanes, closing, tasks: Mutex::new(tasks) })))
    }

    /// Tells every hook that wants to know. Never waits.
    pub fn tell(&self, notice: Notice) {
        let mut body = None;
        for lane in &self.0.lanes {
            if !lane.on.is_empty() && !lane.on.contains(&notice.what) {
                continue;
            }
            let body = body.get_or_insert_with(|| json(&notice)).clone();
            let letter = Letter { id: notice.id.clone(), what: notice.what, body };
            lane.put(letter);
        }
    }

    /// How many notices were dropped since the start, because a hook did not keep up.
    pub fn dropped(&self) -> u64 {
        self.0.lanes.iter().map(|lane| lane.counts.dropped.load(Ordering::Relaxed)).sum()
    }

    /// Delivers what waits, for `within` at the most, then ends all hooks; each notice that failed
    /// before gets one more attempt. Says how many notices were not delivered in that time.
    pub async fn finish(&self, within: Duration) -> usize {
        self.0.closing.cancel();
        let mut tasks = {
            let mut tasks = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *tasks)
        };
        let all = async { while tasks.join_next().await.is_some() {} };
        if timeout(within, all).await.is_err() {
            // Commands that still run are killed with their tasks.
            tasks.shutdown().await;
        }
        let waiting = |lane: &Lane| lane.counts.waiting.load(Ordering::Relaxed);
        for lane in self.0.lanes.iter().filter(|lane| waiting(lane) > 0) {
            let count = waiting(lane);
            tracing::warn!(hook = %lane.name, count, "a hook was not told everything before the end");
        }
        self.0.lanes.iter().map(waiting).sum()
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.lanes.iter().map(|lane| &lane.name)).finish()
    }
}

/// The body of a notice.
fn json(notice: &Notice) -> Bytes {
    let body = serde_json::json!({
        "type": notice.what.name(),
        "timestamp": notice.at.rfc3339(),
        "id": notice.id,
        "data": notice.data,
    });
    body.to_string().into()
}

/// A notice as hooks get it.
struct Letter {
    id: String,
    what: What,
    body: Bytes,
}

/// The near end of one hook.
struct Lane {
    name: Arc<str>,
    on: Vec<What>,
    queue: mpsc::Sender<Letter>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    /// Notices in the queue and in delivery.
    waiting: AtomicUsize,
    /// Notices that found the queue full.
    dropped: AtomicU64,
    /// Those of them that the log does not speak of yet.
    unsaid: AtomicU64,
}

impl Lane {
    fn put(&self, letter: Letter) {
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        let Err(refused) = self.queue.try_send(letter) else { return };
        self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
        self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        match refused {
            // One line when it begins, one with the number when the hook moves on.
            TrySendError::Full(_) => {
                if self.counts.unsaid.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::warn!(hook = %self.name, "a hook does not keep up; notices are dropped");
                }
            }
            TrySendError::Closed(letter) => {
                let what = letter.what.name();
                tracing::warn!(hook = %self.name, what, "a notice came after the hooks had ended");
            }
        }
    }
}

/// How letters go out.
enum Way {
    Webhook(Box<Webhook>),
    Command(Program),
}

impl Way {
    fn name(&self) -> String {
        match self {
            Self::Webhook(webhook) => webhook.name().to_owned(),
            Self::Command(program) => program.name(),
        }
    }
}

/// The far end of one hook.
struct Worker {
    name: Arc<str>,
    way: Way,
    waits: Vec<Duration>,
    queue: mpsc::Receiver<Letter>,
    counts: Arc<Counts>,
    closing: CancellationToken,
}

impl Worker {
    async fn run(mut self) {
        loop {
            let letter = tokio::select! {
                biased;
                () = self.closing.cancelled(), if !self.queue.is_closed() => {
                    // What is in the queue still comes out of it.
                    self.queue.close();
                    continue;
                }
                letter = self.queue.recv() => letter,
            };
            let Some(letter) = letter else { return };
            match &self.way {
                Way::Webhook(webhook) => self.send(webhook, &letter).await,
                Way::Command(program) => program.run(&letter).await,
            }
            self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
            let count = self.counts.unsaid.swap(0, Ordering::Relaxed);
            if count > 0 {
                tracing::warn!(hook = %self.name, count, "notices were dropped while a hook was busy");
            }
        }
    }

    /// Sends until it is taken, refused for good, or all waits are over.
    async fn send(&self, webhook: &Webhook, letter: &Letter) {
        let (hook, id, what) = (&*self.name, &letter.id, letter.what.name());
        let mut waits = self.waits.iter();
        loop {
            let last = self.closing.is_cancelled();
            let reason = match webhook.attempt(letter).await {
                Attempt::Taken => return,
                Attempt::Refused(reason) => {
                    tracing::error!(hook, %id, what, reason, "a webhook refused a notice");
                    return;
                }
                Attempt::Failed(reason) => reason,
            };
            match waits.next() {
                Some(wait) if !last => {
                    tracing::debug!(hook, %id, what, reason, "a webhook failed and is tried again");
                    tokio::select! {
                        () = sleep(jittered(*wait)) => {}
                        () = self.closing.cancelled() => {}
                    }
                }
                _ => {
                    tracing::error!(hook, %id, what, reason, "a webhook failed; the notice is lost");
                    return;
                }
            }
        }
    }
}

/// What became of one attempt.
enum Attempt {
    Taken,
    /// For good.
    Refused(String),
    /// For now.
    Failed(String),
}

/// The wait, up to a fifth shorter or longer.
fn jittered(wait: Duration) -> Duration {
    let [random] = random::octets().unwrap_or([127]);
    wait.mul_f64(0.8 + 0.4 * f64::from(random) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_differ_by_a_fifth_at_the_most() {
        let wait = Duration::from_secs(100);
        let all: Vec<Duration> = (0..200).map(|_| jittered(wait)).collect();
        for one in &all {
            assert!((80..=120).contains(&one.as_secs()), "{one:?}");
        }
        assert!(all.iter().any(|one| *one != all[0]));
    }

    #[test]
    fn names_are_read_back() {
        for what in What::ALL {
            assert_eq!(What::parse(what.name()), Some(what));
        }
        assert_eq!(What::parse("Grant"), None);
    }
}
