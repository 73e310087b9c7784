//! What a configuration says, in types that cannot be wrong.

use std::fmt;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use super::deciding::PolicyConfig;
use super::gateway::{Dns, Gateway, Lists};
use super::grants::{Codes, Companions, Grants, Hook, Requests, StoreConfig};
use super::portal::Portal;
use crate::host::HostName;

/// A whole configuration: read, checked and complete. What the file leaves out has its default.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who blocks; stands on every page.
    pub organisation: Organisation,
    /// Where to listen.
    pub listen: Listen,
    /// Where the certification authorities are.
    pub ca: Ca,
    /// How leaves are made and kept.
    pub leaf: LeafConfig,
    /// How cookies are signed and asked for.
    pub cookies: Cookies,
    /// How TLS sessions are resumed.
    pub tickets: Tickets,
    /// How pages look and answer.
    pub pages: PagesConfig,
    /// What a person gets who continues.
    pub grants: Grants,
    /// Bounds that keep one client from slowing another.
    pub limits: Limits,
    /// Where events go.
    pub events: Events,
    /// The resolvers that know the real addresses.
    pub upstream: Upstream,
    /// Who may see what.
    pub policy: PolicyConfig,
    /// What pages of granted sites need from elsewhere.
    pub companions: Vec<Companions>,
    /// What gateways answer, and how they hear of grants.
    pub gateway: Gateway,
    /// The embedded gateway.
    pub dns: Dns,
    /// Where people install the root.
    pub portal: Portal,
    /// How lists are kept up to date.
    pub lists: Lists,
    /// How bypass codes are guarded.
    pub codes: Codes,
    /// How many access requests there may be.
    pub requests: Requests,
    /// Where codes, requests and counts are kept.
    pub store: StoreConfig,
    /// How long trust failures are kept, and what comes of them.
    pub trust: Trust,
    /// Who is told of what.
    pub hooks: Vec<Hook>,
    /// Who the server is, and what it keeps to.
    pub process: Process,
    /// Where all this was read.
    pub source: Source,
}

/// Where a configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The example that is compiled in, served when no file is given.
    Builtin,
    /// A file.
    File(PathBuf),
}

impl Source {
    /// The folder against which relative paths are meant.
    pub fn folder(&self) -> &Path {
        match self {
            Self::Builtin => Path::new(""),
            Self::File(path) => path.parent().unwrap_or(Path::new("")),
        }
    }

    /// The path that a configuration means by `path`.
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin => f.write_str("the built-in example"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// `[organisation]`
#[derive(Debug, Clone)]
pub struct Organisation {
    /// Its name, as people know it.
    pub name: String,
    /// The mail address that a page names for questions.
    pub contact: Option<String>,
    /// A picture for the pages.
    pub logo: Option<PathBuf>,
    /// The colour of the pages, as `#rrggbb` in lower case.
    pub colour: Option<String>,
}

/// `[listen]`: port 0 lets the system choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// Addresses for TLS; at least one.
    pub https: Vec<SocketAddr>,
    /// Addresses for plain HTTP; may be none.
    pub http: Vec<SocketAddr>,
    /// Addresses for metrics and health, over plain HTTP; may be none.
    pub monitor: Vec<SocketAddr>,
    /// Balancers that begin each connection with the PROXY protocol.
    pub proxy_protocol_from: Vec<IpNet>,
    /// Whether UDP on the `https` addresses refuses QUIC at once.
    pub quic: bool,
}

/// `[ca]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ca {
    /// The folder with what `blockhouse-ca` made.
    pub directory: PathBuf,
    /// The file with the passphrase of the keys, when they have one.
    pub passphrase_file: Option<PathBuf>,
    /// The issuing CA's key, when it is not beside its certificate.
    pub key_file: Option<PathBuf>,
    /// The token with the issuing CA's key.
    pub pkcs11: Option<Pkcs11>,
    /// The host under which leaves announce the revocation list; none leaves it out.
    pub crl_host: Option<HostName>,
}

/// `[ca.pkcs11]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pkcs11 {
    /// The module, a shared library.
    pub module: PathBuf,
    /// The label of the token.
    pub token: String,
    /// The label of the keys.
    pub key: String,
    /// The file with the user's PIN.
    pub pin_file: PathBuf,
}

/// `[leaf]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafConfig {
    /// How long a leaf is good for: 1 hour to 825 days.
    pub lifetime: Duration,
    /// How far before now a leaf begins, for clients whose clock is slow.
    pub backdate: Duration,
    /// How many leaves are kept in memory.
    pub cache: NonZeroUsize,
}

/// `[cookies]`
#[derive(Debug, Clone)]
pub struct Cookies {
    /// Whether the block page needs cookies.
    pub block_page: CookieUse,
    /// The file with the signing keys.
    pub key_file: PathBuf,
    /// How old a signing key gets before a new one takes its place.
    pub rotate: Duration,
    /// How long a browser keeps the cookie.
    pub lifetime: Duration,
}

impl Cookies {
    /// How many keys cookies may outlive at the most: each that is there is tried on what no key has sealed.
    pub const MOST_KEYS: u32 = 30;

    /// How long what a key has sealed may be opened: a session, or a grant.
    pub fn keys_live(&self) -> Duration {
        const GRANT: Duration = Duration::from_secs(30 * 86_400);
        self.lifetime.max(GRANT)
    }
}

/// `[tickets]`
#[derive(Debug, Clone)]
pub struct Tickets {
    /// The file with the keys of session tickets.
    pub key_file: PathBuf,
    /// How old a key gets before a new one takes its place. The last three still open what they sealed.
    pub rotate: Duration,
}

/// Whether a page needs cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieUse {
    /// Without cookies the cookies page shows.
    Required,
    /// Without cookies the page shows all the same.
    Optional,
}

/// `[pages]`
#[derive(Debug, Clone)]
pub struct PagesConfig {
    /// A folder whose templates take the place of the built-in ones.
    pub templates: Option<PathBuf>,
    /// The language for a browser that wants none of ours.
    pub language: String,
    /// The status of the block page: 200 or 400 to 599.
    pub block_status: u16,
}

/// `[limits]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How many connections are served at the same time.
    pub connections: usize,
    /// How many of them one client may have at the most; an IPv6 client is its /64.
    pub connections_per_client: usize,
    /// How many processors one client may keep busy before others have their turn.
    pub turns_per_client: usize,
    /// How long a client may take for its handshake.
    pub handshake: Duration,
    /// How long a client may take for the head of a request.
    pub header: Duration,
    /// How long a connection may be idle.
    pub idle: Duration,
    /// How long open connections may take to end when the server is told to stop.
    pub drain: Duration,
    /// Leaves minted for one client, per minute.
    pub mints_per_client: NonZeroU32,
    /// Leaves minted for all clients, per second.
    pub mints_total: NonZeroU32,
}

/// `[events]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// The file that events are appended to; none means standard output.
    pub file: Option<PathBuf>,
    /// The size in octets at which a new file is begun.
    pub rotate_size: u64,
    /// How many full files are kept.
    pub keep: u32,
    /// For how long events are kept.
    pub keep_for: Duration,
}

/// `[trust]`: who lacks the root.
#[derive(Debug, Clone)]
pub struct Trust {
    /// How long it is remembered that a client did not accept a certificate.
    pub keep: Duration,
    /// When the gateway stops leading a client to a host whose certificates it does not accept.
    pub back_off: Option<BackOff>,
}

/// When the gateway answers that there is no such name, so that a program fails at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackOff {
    /// After so many failures at the host
    pub failures: NonZeroU32,
    /// within this span.
    pub within: Duration,
    /// For how long.
    pub lasts: Duration,
}

/// `[upstream]`
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Resolvers that are not the gateway; `None` means those of the system, and an empty list that
    /// nothing is passed on.
    pub servers: Option<Vec<SocketAddr>>,
    /// Inner networks that may be connected to although they are not public.
    pub allow: Vec<IpNet>,
    /// Root certificates besides the system's.
    pub roots: Option<PathBuf>,
    /// How long a site may take to accept a connection, TLS included.
    pub connect: Duration,
    /// How long a site may take to begin its answer.
    pub first_byte: Duration,
    /// How long a site may pause within its answer.
    pub idle: Duration,
    /// How many connections to sites there may be at the same time.
    pub connections: usize,
}

/// `[process]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The user that a server started as root becomes.
    pub user: Option<String>,
    /// The group, when it is not the user's own.
    pub group: Option<String>,
    /// Whether the server keeps to its own files.
    pub sandbox: bool,
}
