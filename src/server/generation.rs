//! From a configuration and its files to what serves by them.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::authority::load_probe;
use super::feed::Token;
use super::identity::{Identity, Whose};
use super::load::{Fresh, StartError};
use super::portal::Portal;
use super::pressed::Pressed;
use super::revocation::{self, RevocationLists};
use super::sockets::Sockets;
use super::{Shared, TIDY, hooks, lists, upstream};
use crate::ca::{Issuer, LeafTerms};
use crate::config::{Config, CookieUse};
use crate::confine::Sandbox;
use crate::event::Events;
use crate::hook::Hooks;
use crate::host::Host;
use crate::http;
use crate::http::route::Settings;
use crate::leaf::{Leaves, MintLimits};
use crate::live::Live;
use crate::metrics::Metrics;
use crate::places::clients::Clients;
use crate::store::Store;
use crate::tls::Tls;

/// What outlives a configuration.
pub(super) struct Lasting {
    pub(super) events: Events,
    pub(super) metrics: Arc<Metrics>,
    /// How many connections there may be.
    pub(super) most: usize,
    /// How many of them there are, and each client has.
    pub(super) clients: Arc<Clients>,
    pub(super) store: Store,
    pub(super) live: Arc<Live>,
    pub(super) sockets: Arc<Sockets>,
    pub(super) sandbox: Option<Sandbox>,
    pub(super) tls: Arc<Tls>,
    /// The open addresses for TLS.
    pub(super) https: Vec<SocketAddr>,
    /// Those for plain HTTP.
    pub(super) http: Vec<SocketAddr>,
    /// What forms asked for, and is done to its end.
    pub(super) forms: TaskTracker,
    pub(super) stopping: CancellationToken,
    pub(super) over: CancellationToken,
}

impl Shared {
    /// Puts the parts together. Needs a tokio runtime; waits for the disk. `before`: what counts until now,
    /// whose leaves and hooks go on where they stay the same.
    ///
    /// # Errors
    /// [`StartError`].
    pub(super) fn build(
        config: Arc<Config>,
        fresh: Fresh,
        lasting: &Lasting,
        before: Option<&Self>,
    ) -> Result<Self, StartError> {
        let Fresh { policy, lists_seen, files_seen, pages, issuer, keys, .. } = fresh;
        let feed_token = Token::load(config.gateway.token_file.as_deref())?;
        let own = [&lasting.https[..], &lasting.http].concat();
        let dialer = upstream::dialer(&config, own)?.map(Arc::new);
        let origins = dialer
            .as_ref()
            .map(|dialer| {
                let before = before.and_then(|before| before.origins.as_ref());
                upstream::origins(&config, dialer, &issuer, before)
            })
            .transpose()?;
        let identity = Identity::load_shown(
            Whose::Portal,
            config.portal.identity.clone(),
            config.portal.host.as_ref(),
        )?;
        let probe = load_probe(&config);
        let portal =
            Portal::new(&config, &issuer, probe.as_ref(), identity, lasting.https.clone())?;
        let hook_plans = hooks::plans(&config.hooks)?;
        let hooks = match before.filter(|before| before.hook_plans == hook_plans) {
            Some(before) => before.hooks.clone(),
            None => Hooks::start(hook_plans.clone())?,
        };
        let crl_host = config.ca.crl_host.clone();
        let terms = LeafTerms {
            lifetime: config.leaf.lifetime,
            backdate: config.leaf.backdate,
            crl_url: crl_host.as_ref().map(revocation::issuing_url),
        };
        let limits = &config.limits;
        let mints = || MintLimits::new(limits.mints_per_client, limits.mints_total);
        let next_leaves = probe.map(|probe| {
            // Its revocation list is nowhere: browsers do not ask for one.
            let terms = LeafTerms { crl_url: None, ..terms.clone() };
            Leaves::new(Arc::new(probe), terms, config.leaf.cache, mints())
        });
        let issuer = Arc::new(issuer);
        let leaves = match before.filter(|before| before.mints_alike(&config, &issuer)) {
            Some(before) => Arc::clone(&before.leaves),
            None => Arc::new(Leaves::new(Arc::clone(&issuer), terms, config.leaf.cache, mints())),
        };
        Ok(Self {
            policy: ArcSwap::from_pointee(policy),
            lists_seen,
            files_seen,
            pages,
            revocation: RevocationLists::new(
                crl_host.map(Host::Name),
                issuer,
                config.ca.directory.clone(),
            ),
            leaves,
            next_leaves,
            tls: Arc::clone(&lasting.tls),
            keys: ArcSwap::from_pointee(keys),
            settings: Settings {
                block_needs_cookie: config.cookies.block_page == CookieUse::Required,
                cookie_lifetime: config.cookies.lifetime,
                page_status: config.pages.block_status,
                network: config.grants.network,
                companions: config.companions.clone(),
            },
            serve: http::Limits {
                header: config.limits.header,
                idle: config.limits.idle,
                tunnel_idle: config.upstream.idle,
                keeps_spelling: origins.is_some(),
            },
            dialer,
            origins,
            forms: lasting.forms.clone(),
            pressed: Pressed::new(),
            store: lasting.store.clone(),
            live: Arc::clone(&lasting.live),
            sockets: Arc::clone(&lasting.sockets),
            hooks,
            hook_plans,
            gateway: config.gateway.clone(),
            portal,
            feed_token,
            codes: config.codes.clone(),
            requests: config.requests.clone(),
            trust: config.trust.clone(),
            splice_age: config.grants.splice_age,
            events: lasting.events.clone(),
            metrics: Arc::clone(&lasting.metrics),
            most: lasting.most,
            clients: Arc::clone(&lasting.clients),
            handshake: config.limits.handshake,
            stopping: lasting.stopping.clone(),
            over: lasting.over.clone(),
            retired: lasting.stopping.child_token(),
            config,
        })
    }

    /// Whether leaves that were minted before are what would be minted now.
    fn mints_alike(&self, config: &Config, issuer: &Issuer) -> bool {
        let (before, now) = (&self.config, config);
        let mints = |config: &Config| (config.limits.mints_per_client, config.limits.mints_total);
        let known = self.leaves.issuer();
        known.chain() == issuer.chain()
            && known.root() == issuer.root()
            && before.leaf == now.leaf
            && before.ca == now.ca
            && mints(before) == mints(now)
    }

    /// Begins what goes on by itself until another configuration counts.
    pub(super) fn begin(self: Arc<Self>, tasks: &TaskTracker) {
        let until = self.retired.clone();
        if let (Some(dialer), Some(name)) =
            (self.dialer.clone(), upstream::redirected(&self.config))
        {
            let warning = upstream::warn_of_gateway(dialer, name);
            tasks.spawn(until.clone().run_until_cancelled_owned(warning));
        }
        if let Some(identity) = self.portal.identity() {
            let fresh = async move { identity.keep_fresh(TIDY).await };
            tasks.spawn(until.run_until_cancelled_owned(fresh));
        }
        tasks.spawn(lists::watch(Arc::clone(&self)));
        tasks.spawn(lists::fetch_all(self));
    }
}
