//! A configuration that is read anew while the server runs: validated first, swapped whole.
//!
//! Whoever is on a connection stays there and gets the new configuration with the next request. What is no
//! good changes nothing.

use std::error::Error;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use super::generation::Lasting;
use super::load::{Fresh, StartError};
use super::rounds::refresh_keys;
use super::{Current, FINISH, Shared, report, tell_of_list};
use crate::clock;
use crate::config::{Config, HookHow, Source};
use crate::event::{Event, Outcome};
use crate::policy::CacheUse;

/// How often the files are looked at. Looking takes microseconds, and works on every file system.
const LOOK: Duration = Duration::from_secs(2);

/// Tells a server to read its configuration and all files that it names anew. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Reload(Arc<Notify>);

impl Reload {
    /// Asks for it. Several requests at once are one.
    pub fn ask(&self) {
        self.0.notify_one();
    }
}

/// What a file looks like from outside.
pub(super) type Look = (PathBuf, Option<(u64, u64, i64, i64)>);

/// Reads the configuration anew whenever somebody asks, or one of its files has changed.
pub(super) async fn keep(
    current: Current,
    lasting: Arc<Lasting>,
    asked: Reload,
    tasks: TaskTracker,
) {
    let mut loaded = current.get().files_seen.clone();
    let mut last = loaded.clone();
    let mut keys = Keys::new(look(&current).await.1);
    loop {
        tokio::select! {
            () = asked.0.notified() => current.get().events.reopen(),
            () = tokio::time::sleep(LOOK) => {
                let (seen, seen_keys) = look(&current).await;
                keys.follow(seen_keys, &current).await;
                // Twice the same: whoever writes has finished.
                let calm = seen == last;
                last.clone_from(&seen);
                if !calm || seen == loaded {
                    continue;
                }
            }
        }
        // Before it is read, so that what changes meanwhile is seen the next time.
        loaded = look(&current).await.0;
        if reload(&current, &lasting, &tasks).await {
            // The new configuration may name other files.
            loaded.clone_from(&current.get().files_seen);
        }
        last.clone_from(&loaded);
    }
}

/// The files with keys, as they were when they were read, and when they were looked at last.
struct Keys {
    loaded: Vec<Look>,
    last: Vec<Look>,
}

impl Keys {
    fn new(seen: Vec<Look>) -> Self {
        Self { loaded: seen.clone(), last: seen }
    }

    /// Takes up what has changed and is whole.
    async fn follow(&mut self, seen: Vec<Look>, current: &Current) {
        if seen == self.last && seen != self.loaded {
            refresh_keys(&current.get()).await;
            tracing::info!("the files of cookie keys and ticket keys were read anew");
            self.loaded.clone_from(&seen);
        }
        self.last = seen;
    }
}

/// The files, and those with keys.
async fn look(current: &Current) -> (Vec<Look>, Vec<Look>) {
    let config = Arc::clone(&current.get().config);
    // It can only fail when the server goes down.
    let looked = tokio::task::spawn_blocking(move || (look_at(&config), look_at_keys(&config)));
    looked.await.unwrap_or_default()
}

/// The files that a configuration is read from, but for lists and
/// the files with keys, which are looked at by themselves as well.
pub(super) fn look_at(config: &Config) -> Vec<Look> {
    let mut paths = Vec::new();
    if let Source::File(path) = &config.source {
        paths.push(path.clone());
    }
    let ca = &config.ca;
    let named = [&config.organisation.logo, &ca.key_file, &ca.passphrase_file];
    paths.extend(named.into_iter().flatten().cloned());
    paths.extend(ca.pkcs11.iter().map(|token| token.pin_file.clone()));
    let files = [&config.upstream.roots, &config.gateway.token_file];
    paths.extend(files.into_iter().flatten().cloned());
    for hook in &config.hooks {
        if let HookHow::Webhook { secret_file: Some(path), .. } = &hook.how {
            paths.push(path.clone());
        }
    }
    within(&ca.directory, 1, &mut paths);
    if let Some(templates) = &config.pages.templates {
        // As deep as `i18n/LANGUAGE/main.ftl`.
        within(templates, 2, &mut paths);
    }
    paths.retain(|path| *path != config.cookies.key_file && *path != config.tickets.key_file);
    paths.sort();
    paths.dedup();
    stamped(paths)
}

/// The files with keys that seal what clients keep. We add keys to them ourselves, which is no reason to
/// read all the rest anew.
fn look_at_keys(config: &Config) -> Vec<Look> {
    stamped(vec![config.cookies.key_file.clone(), config.tickets.key_file.clone()])
}

fn stamped(paths: Vec<PathBuf>) -> Vec<Look> {
    paths.into_iter().map(|path| (stamp(&path), path)).map(|(stamp, path)| (path, stamp)).collect()
}

fn stamp(path: &Path) -> Option<(u64, u64, i64, i64)> {
    let file = std::fs::metadata(path).ok()?;
    Some((file.len(), file.ino(), file.mtime(), file.mtime_nsec()))
}

/// The files of a folder, and of those below it, so many deep.
fn within(folder: &Path, depth: u32, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if !path.is_dir() {
            paths.push(path);
        } else if depth > 0 {
            within(&path, depth - 1, paths);
        }
    }
}

/// Whether the new configuration counts.
async fn reload(current: &Current, lasting: &Arc<Lasting>, tasks: &TaskTracker) -> bool {
    tell_manager_that_it_begins();
    let counts = reload_now(current, lasting, tasks).await;
    tell_manager(&[NotifyState::Ready]);
    counts
}

/// What `systemctl reload` waits for (sd_notify(3), RELOADING=1).
fn tell_manager_that_it_begins() {
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        tell_manager(&[NotifyState::Reloading, now]);
    }
}

/// Without a service manager this does nothing.
fn tell_manager(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager was not told of a reload");
    }
}

async fn reload_now(current: &Current, lasting: &Arc<Lasting>, tasks: &TaskTracker) -> bool {
    let since = clock::ticks();
    let before = current.get();
    let (old, kept) = (Arc::clone(&before), Arc::clone(lasting));
    let built = tokio::task::spawn_blocking(move || build(&old, &kept)).await;
    let refused = match built {
        Ok(Ok(now)) => {
            let now = Arc::new(now);
            current.0.store(Arc::clone(&now));
            let limits = &now.config.limits;
            now.clients.set_each(limits.connections_per_client, limits.turns_per_client);
            before.retired.cancel();
            // Whoever takes a key out of a file wants it to count no more from here on.
            refresh_keys(&now).await;
            let milliseconds = since.elapsed().as_millis();
            let names = now.policy.load().names();
            tracing::info!(names, milliseconds, "the configuration was read anew");
            let event = report::own_event(Outcome::ConfigurationLoaded, since);
            now.emit(Event { names: Some(names), ..event });
            if before.hook_plans != now.hook_plans {
                let hooks = before.hooks.clone();
                let stopping = now.stopping.clone();
                tasks.spawn(async move {
                    // Requests that are under way tell the hooks of before.
                    let under_way = tokio::time::sleep(FINISH);
                    stopping.run_until_cancelled_owned(under_way).await;
                    hooks.finish(FINISH).await;
                });
            }
            now.begin(tasks);
            // Letting go of millions of names takes its time, off the threads that serve.
            tasks.spawn_blocking(move || drop(before));
            return true;
        }
        Ok(Err(problems)) => problems,
        Err(error) => error.to_string(),
    };
    tracing::error!(
        "everything stays as it was, because the configuration cannot be used:\n{refused}"
    );
    before.emit(report::own_event(Outcome::ConfigurationRefused, since));
    false
}

fn says_nothing(text: &str) -> bool {
    text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#'))
}

/// The next configuration, ready to serve.
///
/// # Errors
/// All that is wrong with it, in words.
fn build(before: &Shared, lasting: &Lasting) -> Result<Shared, String> {
    let mut config = match &before.config.source {
        Source::Builtin => Config::builtin(),
        // Emptied by a full disk, or by whoever is about to write it. Nobody means to have no rules left.
        Source::File(path) if fs::read_to_string(path).is_ok_and(|text| says_nothing(&text)) => {
            return Err(format!(
                "{} says nothing; restart the server should that be meant",
                path.display()
            ));
        }
        Source::File(path) => Config::load(path).map_err(|errors| errors.to_string())?,
    };
    for key in keep_fixed(&mut config, &before.config) {
        tracing::warn!("`{key}` counts from the next start on; until then it stays as it was");
    }
    if let Some(sandbox) = &lasting.sandbox {
        sandbox.holds(&config).map_err(|outside| outside.to_string())?;
    }
    let fresh = Fresh::load(&config, Some(&before.policy.load())).map_err(|errors| {
        let errors: Vec<_> = errors.iter().map(|error| in_words(error)).collect();
        errors.join("\n")
    })?;
    for problem in &fresh.page_problems {
        tracing::warn!("{problem}");
    }
    match fresh.cache {
        CacheUse::Held => tracing::info!("the lists had not changed, so their names stay"),
        _ => fresh.lists.iter().for_each(tell_of_list),
    }
    Shared::build(Arc::new(config), fresh, lasting, Some(before))
        .map_err(|error: StartError| in_words(&error))
}

fn in_words(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("\n  because: {error}"));
        cause = error.source();
    }
    text
}

/// Takes over what cannot change while the server runs; gives the keys that would have changed.
fn keep_fixed(config: &mut Config, before: &Config) -> Vec<&'static str> {
    fn fix<T: Clone + PartialEq>(
        key: &'static str,
        now: &mut T,
        before: &T,
        fixed: &mut Vec<&'static str>,
    ) {
        if now != before {
            now.clone_from(before);
            fixed.push(key);
        }
    }
    let mut fixed = Vec::new();
    fix("[listen]", &mut config.listen, &before.listen, &mut fixed);
    fix("[dns]", &mut config.dns, &before.dns, &mut fixed);
    fix("[events]", &mut config.events, &before.events, &mut fixed);
    fix("[store]", &mut config.store, &before.store, &mut fixed);
    fix("[process]", &mut config.process, &before.process, &mut fixed);
    fix("gateway.feed", &mut config.gateway.feed, &before.gateway.feed, &mut fixed);
    let (now, then) = (&mut config.limits.connections, &before.limits.connections);
    fix("limits.connections", now, then, &mut fixed);
    fixed
}
