//! `blockhouse serve`: start, say so in the agreed words, serve until told to stop.

use std::future::pending;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};

use super::log::Log;
use super::say;
use crate::accept::Inherited;
use crate::ca::{self, InitPlan};
use crate::clock;
use crate::config::Config;
use crate::confine::{self, Sandbox};
use crate::host::HostName;
use crate::policy::{CacheUse, is_local_for_browsers};
use crate::server::{self, Root, Server};

/// Exit codes: 0 done, 1 refused by the machine, 2 a fault in what was configured.
pub(super) fn run(config: Option<&Path>) -> ExitCode {
    confine::raise_descriptors();
    confine::use_small_pages();
    let example = config.is_none();
    let config = match config {
        Some(path) => match Config::load(path) {
            Ok(config) => config,
            Err(errors) => {
                say(&errors);
                return ExitCode::from(2);
            }
        },
        None => Config::builtin(),
    };
    if example && let Err(code) = make_example_root(&config) {
        return code;
    }
    let sockets = match become_user(&config) {
        Ok(sockets) => sockets,
        Err(code) => return code,
    };
    let loaded = match server::load(&config) {
        Ok(loaded) => loaded,
        Err(errors) => {
            errors.iter().for_each(|error| say(error));
            let configured = errors.iter().any(server::StartError::is_configuration);
            return ExitCode::from(if configured { 2 } else { 1 });
        }
    };
    for problem in &loaded.fresh.page_problems {
        tracing::warn!("{problem}");
    }
    if let Some(moved) = &loaded.moved_aside {
        tracing::error!("{moved}");
    }
    loaded.fresh.lists.iter().for_each(server::tell_of_list);
    if let Some(most) = loaded.fresh.overlaps.first() {
        let pairs = loaded.fresh.overlaps.len();
        tracing::info!("categories overlap in {pairs} pairs; in the largest {most}");
    }
    match &loaded.fresh.cache {
        CacheUse::Replaced(error) => {
            let error = error as &dyn std::error::Error;
            tracing::info!(error, "the kept index was made anew");
        }
        CacheUse::Failed(error) => tracing::warn!(
            error = error as &dyn std::error::Error,
            "the index could not be kept, so that the next start reads the lists again"
        ),
        CacheUse::Used => tracing::info!("the lists had not changed, so the kept index was used"),
        CacheUse::Written => tracing::info!("the index of the lists was kept for the next start"),
        CacheUse::None | CacheUse::Held => {}
    }
    // The built-in example is for this machine alone.
    let blocks = loaded.fresh.policy.all_block_addresses();
    for ip in blocks.iter().filter(|ip| !example && is_local_for_browsers(**ip)) {
        tracing::warn!(
            "browsers count the block address {ip} as local: pages that load parts of redirected hosts make \
             them ask people for permission; GUIDE.md, \"The gateway\", says what helps"
        );
    }
    server::warn_of_ends(&config.ca.directory);
    let spki = loaded.fresh.issuer.chain().first().and_then(|issuing| spki_hash(issuing));

    // Before the runtime starts its threads, which are then in it as well.
    let sandbox = match shut_in(&config) {
        Ok(sandbox) => sandbox,
        Err(code) => return code,
    };
    Log::begin();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&error);
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(async {
        let server = match Server::open(&config, loaded, sockets, sandbox) {
            Ok(server) => server,
            Err(error) => {
                say(&error);
                return ExitCode::from(if error.is_configuration() { 2 } else { 1 });
            }
        };
        let signals = (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
            signal(SignalKind::hangup()),
        );
        let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) = signals else {
            eprintln!("blockhouse: cannot wait for signals");
            return ExitCode::FAILURE;
        };
        // What was said before comes before the words that programs wait for.
        Log::flush();
        announce(&server);
        if example {
            let portal = config.portal.host.as_ref();
            suggest(&server.addresses(), server.root(), spki.as_deref(), portal);
        }
        let reload = server.reload();
        let meanwhile = async {
            // Each of them ends with the server.
            tokio::join!(feed_watchdog(), async {
                while hangup.recv().await.is_some() {
                    reload.ask();
                }
            });
        };
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tell_manager(&[NotifyState::Stopping]);
        };
        tell_manager(&[NotifyState::Ready]);
        tokio::select! {
            () = server.run(stop) => {}
            () = meanwhile => {}
        }
        ExitCode::SUCCESS
    });
    // Some thread may wait for a disk or a pipe that never takes what it is given.
    runtime.shutdown_background();
    Log::flush();
    code
}

/// Opens the ports that only root may open, and stops being root where a user is configured. All files are
/// read as that user, so that whatever it may not read is told of now and not at some reload.
fn become_user(config: &Config) -> Result<Inherited, ExitCode> {
    let root = confine::runs_as_root();
    let sockets = server::ports(config, root && config.process.user.is_some());
    let sockets = sockets.map_err(|error| {
        say(&error);
        ExitCode::FAILURE
    })?;
    confine::become_user(&config.process).map_err(|error| {
        say(&error);
        ExitCode::from(if error.is_configuration() { 2 } else { 1 })
    })?;
    if root && config.process.user.is_none() {
        tracing::warn!(
            "the server runs as root, so that whoever takes it over has this machine: set `user` under [process], \
             or start it as a user of its own (GUIDE.md, \"Running it\")"
        );
    }
    Ok(sockets)
}

/// Enters the sandbox, or says why there is none.
fn shut_in(config: &Config) -> Result<Option<Sandbox>, ExitCode> {
    match Sandbox::enter(config) {
        Ok(Ok(sandbox)) => Ok(Some(sandbox)),
        Ok(Err(off)) => {
            tracing::info!("there is no sandbox: {off}");
            Ok(None)
        }
        Err(error) => {
            say(&error);
            Err(ExitCode::FAILURE)
        }
    }
}

/// Says to a service manager that we are alive, as often as it wants to hear it; it starts a server anew
/// whose runtime has come to a halt.
async fn feed_watchdog() {
    let Some(within) = sd_notify::watchdog_enabled() else { return pending().await };
    loop {
        tell_manager(&[NotifyState::Watchdog]);
        tokio::time::sleep(within / 3).await;
    }
}

/// Without a service manager this does nothing.
fn tell_manager(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager could not be told how the server is");
    }
}

/// The start-up words. Tests and people rely on them: they change only with a major version.
fn announce(server: &Server) {
    for (service, address) in server.addresses() {
        eprintln!("listening for {service} on {address}");
    }
    let Root { path, fingerprint } = server.root();
    eprintln!("root certificate at {}", path.display());
    eprintln!("root fingerprint SHA-256 {fingerprint}");
    eprintln!("ready");
}

/// The first start of a newcomer makes a root; every later one uses it.
fn make_example_root(config: &Config) -> Result<(), ExitCode> {
    let directory = &config.ca.directory;
    if directory.join("root.pem").exists() {
        return Ok(());
    }
    let plan = InitPlan::new(&config.organisation.name);
    match ca::init(directory, &plan, clock::now()) {
        Ok(_) => {
            eprintln!("made a new root in {}, for this machine alone", directory.display());
            eprintln!("(`blockhouse-ca show` tells more, `blockhouse-ca --help` makes your own)");
            Ok(())
        }
        Err(error) => {
            say(&error);
            Err(ExitCode::FAILURE)
        }
    }
}

/// Prints what a newcomer can try, as commands that work as they stand.
fn suggest(
    addresses: &[(&'static str, SocketAddr)],
    root: &Root,
    spki: Option<&str>,
    portal: Option<&HostName>,
) {
    let Some((_, https)) = addresses.iter().find(|(service, _)| *service == "https") else {
        return;
    };
    let (ip, port) = (https.ip(), https.port());
    let root = root.path.display();
    eprintln!(
        "
This is the built-in example: it blocks blocked.example, warns of warned.example, and never
touches trusted.example. Nothing on this machine was changed. Try, in another terminal:

  curl --location --cookie '' --cacert {root} \\
    --resolve blocked.example:{port}:{ip} https://blocked.example:{port}/
"
    );
    if let Some(spki) = spki {
        eprintln!(
            "or in Chromium, with a profile that is thrown away and only here trusts this server:

  chromium --user-data-dir=\"$(mktemp -d)\" --no-first-run \\
    --host-resolver-rules='MAP *.example:443 {ip}:{port}' \\
    --ignore-certificate-errors-spki-list='{spki}' \\
    https://blocked.example/ https://warned.example/
"
        );
    }
    let http = addresses.iter().find(|(service, _)| *service == "http");
    if let (Some(portal), Some((_, http))) = (portal, http) {
        let port = http.port();
        eprintln!("The page from which people install the root: http://{portal}:{port}/");
    }
    eprintln!(
        "Your own configuration: `blockhouse --config FILE`; blockhouse.example.toml has every key."
    );
}

/// Base 64 of the SHA-256 of a certificate's public key, as Chromium's command line takes it.
fn spki_hash(certificate: &[u8]) -> Option<String> {
    use base64::Engine as _;
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let spki = parsed.tbs_certificate.subject_pki.raw;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, spki);
    Some(base64::engine::general_purpose::STANDARD.encode(hash.as_ref()))
}
