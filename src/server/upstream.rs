//! The way to the real sites, as the configuration wants it.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::ca::{self, Issuer};
use crate::config::Config;
use crate::host::HostName;
use crate::origin::{OriginSettings, OriginSetupError, Origins};
use crate::relay::{DialSettings, DialSetupError, Dialer, Servers};

/// How many idle connections to one site are kept for the next request; browsers keep six.
const IDLE_PER_HOST: usize = 8;

/// A name that some category holds in place, and that no exception lets through.
pub(super) fn redirected(config: &Config) -> Option<HostName> {
    let policy = &config.policy;
    let named = policy.categories.iter().flat_map(|category| &category.hosts);
    let mut names = named.filter(|pattern| pattern.reach.itself()).map(|pattern| &pattern.name);
    let excepted =
        |name: &HostName| policy.exceptions.domains.iter().any(|domain| name.is_within(domain));
    names.find(|name| !excepted(name)).cloned()
}

/// Says at the start what a person would else find out on a page.
pub(super) async fn warn_of_gateway(dialer: Arc<Dialer>, name: HostName) {
    if let Some(address) = dialer.is_gateway(&name).await {
        tracing::warn!(
            "the upstream resolver answers {name} with {address}, an address of this server: it is the \
             gateway that redirects, so no site can be reached; name others in upstream.servers"
        );
    }
}

/// What connects to sites; none when the configuration says that nothing is passed on.
pub(super) fn dialer(
    config: &Config,
    own: Vec<SocketAddr>,
) -> Result<Option<Dialer>, DialSetupError> {
    let upstream = &config.upstream;
    let servers = match upstream.servers.as_deref() {
        None => Servers::System,
        Some([]) => return Ok(None),
        Some(servers) => Servers::Listed(servers.to_vec()),
    };
    let allow = upstream.allow.clone();
    let connect = upstream.connect;
    match Dialer::new(DialSettings { servers, allow, own, connect }) {
        // Nobody asked for these resolvers by name, and pages can do without.
        Err(error @ DialSetupError::System(_)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "nothing is passed on");
            Ok(None)
        }
        made => made.map(Some),
    }
}

pub(super) fn origins(
    config: &Config,
    dialer: &Arc<Dialer>,
    issuer: &Issuer,
    before: Option<&Origins>,
) -> Result<Origins, OriginSetupError> {
    // The same for all servers of an organisation, and across restarts: so a loop is found that goes
    // through two of them.
    let fingerprint = ca::fingerprint_sha256(issuer.root()).replace(':', "");
    let mark = fingerprint.get(..12).unwrap_or_default().to_ascii_lowercase();
    let upstream = &config.upstream;
    let settings = OriginSettings {
        connect: upstream.connect,
        first_byte: upstream.first_byte,
        idle: upstream.idle,
        idle_per_host: IDLE_PER_HOST,
        connections: upstream.connections,
        extra_roots: upstream.roots.clone(),
        marker: format!("blockhouse-{mark}"),
    };
    Origins::new(Arc::clone(dialer), settings, before)
}
