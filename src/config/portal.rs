//! The portal: where people install the root, and see whether their browser trusts it.

use std::path::PathBuf;

use super::build::path;
use super::table::Table;
use super::types::Source;
use super::value;
use crate::host::HostName;

/// `[portal]`
#[derive(Debug, Clone)]
pub struct Portal {
    /// Its name, which gateways answer with the block addresses; none leaves only the way by address.
    pub host: Option<HostName>,
    /// The domain of the names that a browser tries the root with; there whenever `host` is.
    pub check_host: Option<HostName>,
    /// Whether plain HTTP to an address of this server shows the portal.
    pub by_address: bool,
    /// A certificate chain and a key that browsers trust without our root, for `host`.
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl Portal {
    /// The domains that belong to the portal, each with everything below it.
    pub fn domains(&self) -> impl Iterator<Item = &HostName> {
        let check = self.check_host.as_ref();
        let apart = check.filter(|check| !self.host.iter().any(|host| check.is_within(host)));
        self.host.iter().chain(apart)
    }
}

pub(super) fn portal(table: Table<'_>, source: &Source) -> Portal {
    let host = table.get("host").and_then(|item| item.read(value::host_name));
    let check_item = table.get("check_host");
    let check = check_item.as_ref().and_then(|item| item.read(value::host_name));
    if let (Some(item), None) = (&check_item, &host) {
        item.hinted(
            "`portal.check_host` is of no use without `portal.host`",
            "set `portal.host`, for example `host = \"blockhouse.internal\"`",
        );
    }
    let below = |host: &HostName| HostName::from_text(&format!("check.{host}")).ok();
    let check_host = host.as_ref().and_then(|host| check.clone().or_else(|| below(host)));
    if let (Some(item), true) = (&check_item, host.is_some() && host == check) {
        item.hinted(
            "`portal.check_host` and `portal.host` are the same name",
            "leave `check_host` out: then it is `check.` before the name of the portal",
        );
    }
    let (certificate, key) = (path(&table, "certificate", source), path(&table, "key", source));
    if certificate.is_some() != key.is_some() {
        table.sheet.hinted(
            table.span.clone(),
            "a certificate of the portal's own needs its key, and a key its certificate",
            "set both `portal.certificate` and `portal.key` (PEM), or neither",
        );
    }
    let identity = certificate.zip(key);
    if identity.is_some() && host.is_none() {
        table.sheet.hinted(
            table.span.clone(),
            "a certificate of the portal's own is shown for the portal's name, and it has none",
            "set `portal.host` to the name in the certificate",
        );
    }
    let by_address = table.get("by_address").and_then(|item| item.boolean()).unwrap_or(true);
    let found = Portal { host, check_host, by_address, identity };
    table.finish();
    found
}
