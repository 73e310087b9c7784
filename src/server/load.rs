//! Loads all files that a configuration names, before any port opens.

use std::sync::Arc;

use super::authority::load_issuer;
use super::dns::{self, DnsSetupError};
use super::feed::Token;
use super::identity::{Identity, IdentityError, Whose};
use super::needs::{self, NeedError};
use super::portal::{self, PortalError};
use super::reload::{self, Look};
use super::{hooks, lists};
use crate::accept::BindError;
use crate::ca::{CaError, Issuer};
use crate::clock;
use crate::config::{self, Config};
use crate::confine::AccountError;
use crate::control::BindError as SocketError;
use crate::event::SinkError;
use crate::files::FileError;
use crate::hook::HookError;
use crate::http::cookie::Keys;
use crate::keyring::{self, KeyringError, Purpose};
use crate::origin::{self, OriginSetupError};
use crate::page::{PageError, PageOptions, PageProblem, Pages};
use crate::policy::{CacheUse, ListReport, LoadedPolicy, Overlap, Policy, PolicyErrors};
use crate::relay::DialSetupError;
use crate::store::{MovedAside, Store, StoreError};
use crate::tls::quic::QuicError;
use crate::tls::{Tickets, TlsError};

/// The server could not be built. Nothing is listening then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The policy or its lists.
    #[error(transparent)]
    Policy(#[from] PolicyErrors),
    /// The certification authority.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The pages.
    #[error(transparent)]
    Pages(#[from] PageError),
    /// The cookie keys.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// Where events go.
    #[error(transparent)]
    Events(#[from] SinkError),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The refusal of QUIC.
    #[error(transparent)]
    Quic(#[from] QuicError),
    /// The upstream resolver.
    #[error(transparent)]
    Dial(#[from] DialSetupError),
    /// The way to the sites.
    #[error(transparent)]
    Origin(#[from] OriginSetupError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The socket for commands.
    #[error(transparent)]
    Control(#[from] SocketError),
    /// Who is told of what.
    #[error(transparent)]
    Hooks(#[from] HookError),
    /// A token or a secret.
    #[error(transparent)]
    Secret(#[from] FileError),
    /// The embedded gateway.
    #[error(transparent)]
    Dns(#[from] DnsSetupError),
    /// The portal's own certificate, or that of the gateway.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The portal.
    #[error(transparent)]
    Portal(#[from] PortalError),
    /// A listening address.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The user to become.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A folder or a program.
    #[error(transparent)]
    Need(#[from] NeedError),
}

impl StartError {
    /// Whether what was configured is at fault (exit code 2), rather than the machine (1).
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Policy(_) | Self::Ca(_) | Self::Pages(_) | Self::Keys(_) => true,
            Self::Secret(_) | Self::Origin(_) | Self::Hooks(_) | Self::Identity(_) => true,
            Self::Portal(_) | Self::Need(_) => true,
            Self::Account(error) => error.is_configuration(),
            Self::Events(_) | Self::Dial(_) | Self::Bind(_) => false,
            Self::Store(_) | Self::Control(_) => false,
            Self::Tls(_) | Self::Quic(_) => false,
            Self::Dns(error) => error.is_configuration(),
        }
    }
}

/// Everything that is loaded from files, before any port opens.
pub struct Loaded {
    /// What is read anew with each configuration.
    pub fresh: Fresh,
    /// Codes, requests and counts.
    pub store: Store,
    /// A broken store that was moved aside.
    pub moved_aside: Option<MovedAside>,
}

/// What is read anew with each configuration.
pub struct Fresh {
    /// The verdicts.
    pub policy: Policy,
    /// What the lists held.
    pub lists: Vec<ListReport>,
    /// Hosts that several categories know.
    pub overlaps: Vec<Overlap>,
    /// Where the index of the lists comes from.
    pub cache: CacheUse,
    /// What the lists' files looked like before they were read.
    pub(super) lists_seen: Vec<Option<(u64, u64, i64, i64)>>,
    /// What the other files looked like before they were read.
    pub(super) files_seen: Vec<Look>,
    /// The pages.
    pub pages: Pages,
    /// What is wrong with overriding templates; the built-in ones serve in their stead.
    pub page_problems: Vec<PageProblem>,
    /// The authority.
    pub issuer: Issuer,
    /// The cookie keys.
    pub keys: Keys,
}

/// Loads all files that a configuration names.
///
/// # Errors
/// All that is wrong, in the order of the configuration.
pub fn load(config: &Config) -> Result<Loaded, Vec<StartError>> {
    let fresh = Fresh::load(config, None)?;
    let (store, moved_aside) = Store::open(&config.store.directory, clock::now())
        .map_err(|error| vec![StartError::from(error)])?;
    Ok(Loaded { fresh, store, moved_aside })
}

impl Fresh {
    /// Loads all files that a configuration names, but for the store. `before`: the policy that counts
    /// until now, whose names go on where they stay the same.
    ///
    /// # Errors
    /// All that is wrong, in the order of the configuration.
    pub(super) fn load(config: &Config, before: Option<&Policy>) -> Result<Self, Vec<StartError>> {
        let mut errors = Vec::new();
        let (lists_seen, files_seen) = (lists::look(config), reload::look_at(config));
        let policy = keep(Policy::load_after(config, true, before), &mut errors);
        let pages = keep(Pages::load(&page_options(config)), &mut errors);
        let issuer = keep(load_issuer(config), &mut errors);
        if let Some(issuer) = &issuer {
            keep(portal::check(&config.portal, issuer), &mut errors);
        }
        keep(dns::check(config), &mut errors);
        // Last, and only when all else is well: this may make the file.
        let cookies = &config.cookies;
        let keys = if errors.is_empty() {
            let (path, live, now) = (&cookies.key_file, cookies.keys_live(), clock::now());
            let ring = keyring::load(Purpose::Cookies, path, cookies.rotate, live, now);
            keep(ring.map(|ring| Keys::of_ring(&ring)), &mut errors)
        } else {
            None
        };
        let (Some(policy), Some((pages, page_problems)), Some(issuer), Some(keys)) =
            (policy, pages, issuer, keys)
        else {
            return Err(errors);
        };
        let LoadedPolicy { policy, lists, overlaps, cache } = policy;
        Ok(Self {
            policy,
            lists,
            overlaps,
            cache,
            lists_seen,
            files_seen,
            pages,
            page_problems,
            issuer,
            keys,
        })
    }
}

/// Everything that is wrong with what a configuration names, besides its lists; nothing is made or
/// changed. A broken template is no error: the built-in one serves in its stead.
pub fn problems(config: &Config) -> (Vec<PageProblem>, Vec<StartError>) {
    let mut errors = Vec::new();
    let pages = keep(Pages::load(&page_options(config)), &mut errors);
    if let Some(issuer) = keep(load_issuer(config), &mut errors) {
        keep(portal::check(&config.portal, &issuer), &mut errors);
    }
    keep(keyring::check(Purpose::Cookies, &config.cookies.key_file), &mut errors);
    keep(keyring::check(Purpose::Tickets, &config.tickets.key_file), &mut errors);
    keep(origin::check_roots(config.upstream.roots.as_deref()), &mut errors);
    keep(Token::load(config.gateway.token_file.as_deref()), &mut errors);
    keep(hooks::plans(&config.hooks), &mut errors);
    keep(dns::check(config), &mut errors);
    let portal = config.portal.host.as_ref();
    for (whose, files, host) in [
        (Whose::Gateway, &config.dns.identity, None),
        (Whose::Portal, &config.portal.identity, portal),
    ] {
        let own = keep(Identity::load(whose, files.clone()), &mut errors).flatten();
        let flaw = own.and_then(|own| own.flaw(host, clock::now()));
        errors.extend(flaw.map(StartError::from));
    }
    errors.extend(needs::missing(config));
    (pages.map(|(_, problems)| problems).unwrap_or_default(), errors)
}

/// The keys of session tickets. Without the file, sessions resume until the next start only, which is no
/// reason not to serve.
pub(super) fn tickets(config: &Config) -> Arc<Tickets> {
    let config::Tickets { key_file, rotate } = &config.tickets;
    let ring = keyring::load(Purpose::Tickets, key_file, *rotate, *rotate * 3, clock::now());
    let ring = ring.unwrap_or_else(|error| {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "session tickets are good until the next start alone");
        keyring::fresh().into_iter().collect()
    });
    Tickets::new(&ring, *rotate)
}

fn keep<T, E: Into<StartError>>(result: Result<T, E>, errors: &mut Vec<StartError>) -> Option<T> {
    result.map_err(|error| errors.push(error.into())).ok()
}

fn page_options(config: &Config) -> PageOptions {
    PageOptions {
        organisation: config.organisation.name.clone(),
        contact: config.organisation.contact.clone(),
        colour: config.organisation.colour.clone(),
        logo: config.organisation.logo.clone(),
        templates: config.pages.templates.clone(),
        default_language: config.pages.language.clone(),
    }
}
