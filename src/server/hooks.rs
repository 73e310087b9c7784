//! Who is told: hooks of the configuration, and commands that come while the server runs.

use std::time::Duration;

use super::{Current, Shared};
use crate::clock;
use crate::config::{Hook, HookHow, HookOn};
use crate::control::{self, Decided};
use crate::files::{self, FileError};
use crate::hook::{How, Plan, What};
use crate::random::EventId;

/// How often ended grants are looked for.
const LOOKS: Duration = Duration::from_secs(2);

/// What the configuration says about hooks, with the secrets that it names.
///
/// # Errors
/// [`FileError`] for a secret that cannot be read, or that others can read.
pub(super) fn plans(hooks: &[Hook]) -> Result<Vec<Plan>, FileError> {
    hooks.iter().map(plan).collect()
}

fn plan(hook: &Hook) -> Result<Plan, FileError> {
    let on = hook.on.iter().map(|on| match on {
        HookOn::Grant => What::Grant,
        HookOn::GrantEnded => What::GrantEnded,
        HookOn::CodeUsed => What::CodeUsed,
        HookOn::CodeLocked => What::CodeLocked,
        HookOn::RequestOpened => What::RequestOpened,
        HookOn::RequestDecided => What::RequestDecided,
    });
    let how = match &hook.how {
        HookHow::Webhook { url, secret_file } => {
            let read = |path: &std::path::PathBuf| files::read_secret("the hook's secret", path);
            let secret = secret_file.as_ref().map(read).transpose()?;
            // The configuration was checked: it is an address.
            How::Webhook { url: url.parse().unwrap_or_default(), secret }
        }
        HookHow::Command { program, args } => {
            How::Command { program: program.clone(), args: args.clone() }
        }
    };
    Ok(Plan { on: on.collect(), how })
}

/// Takes commands until the server stops.
pub(super) async fn control(server: control::Server, current: Current) {
    let shared = current.get();
    let (stopping, store) = (shared.stopping.clone(), shared.store.clone());
    drop(shared);
    let tell = move |decided: Decided| told(&current.get(), &decided);
    stopping.run_until_cancelled(server.run(store, tell)).await;
}

/// Whoever decided sits at a command line; hooks and the log hear of it.
fn told(shared: &Shared, decided: &Decided) {
    let now = clock::now();
    match decided {
        Decided::Approved(request) | Decided::Denied(request) => {
            tracing::info!(request = request.id, host = %request.host, "an access request was decided");
            shared.tell(What::RequestDecided, EventId::new(), now, |data| {
                if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(request) {
                    data.extend(fields);
                }
            });
        }
        Decided::NewCode(code) => tracing::info!(code = code.id, "a bypass code was made"),
        Decided::RevokedCode(code) => tracing::info!(code = code.id, "a bypass code was revoked"),
    }
    shared.end_grants(now);
}

/// Ends grants at their time.
pub(super) async fn watch_grants(current: Current) {
    let stopping = current.get().stopping.clone();
    while stopping.run_until_cancelled(tokio::time::sleep(LOOKS)).await.is_some() {
        current.get().end_grants(clock::now());
    }
}
