//! The authority that leaves come from: loaded, and watched for its end.

use std::path::Path;

use crate::ca::{self, CaError, Expiry, Issuer, KeyAccess, Urgency, expiries};
use crate::clock;
use crate::config::Config;
use crate::host::Host;

/// The CA that signs leaves.
pub(super) fn load_issuer(config: &Config) -> Result<Issuer, CaError> {
    Issuer::load_with(&config.ca.directory, &KeyAccess::of(&config.ca)?, clock::now())
}

/// The CA under the next root, while a rotation is prepared. Without it everything else goes on.
pub(super) fn load_probe(config: &Config) -> Option<Issuer> {
    let load = || {
        let access = KeyAccess::of(&config.ca)?;
        Issuer::load_probe(&config.ca.directory, access.passphrase.as_ref(), clock::now())
    };
    let probe = load().unwrap_or_else(|error| {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "who has the next root cannot be found out");
        None
    })?;
    // Without a check host there are no names to try it with, and nobody asks.
    let domain = ca::probe_domain(config.portal.check_host.as_ref()?)?;
    if probe.excludes(&Host::Name(domain.clone())) {
        tracing::warn!(
            "who has the next root cannot be found out: {} cannot sign for {domain}; run \
             `blockhouse-ca rotate publish --config FILE` again with this configuration",
            probe.path().display()
        );
        return None;
    }
    Some(probe)
}

/// Says in the log what of the authority ends soon.
pub fn warn_of_ends(directory: &Path) {
    let ends = match expiries(directory, clock::now()) {
        Ok(ends) => ends,
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            return tracing::warn!(error, "when the authority ends cannot be read");
        }
    };
    for one in ends {
        let Expiry { what, path, ends, days, next, urgency, .. } = &one;
        match urgency {
            Urgency::Fine => {}
            Urgency::Soon => {
                tracing::warn!("the {what} {path} ends in {days} days, on {ends}: {next}");
            }
            Urgency::Urgent => {
                tracing::error!("the {what} {path} ends in {days} days, on {ends}: {next}");
            }
            Urgency::Ended => tracing::error!("the {what} {path} ended on {ends}: {next}"),
        }
    }
}
