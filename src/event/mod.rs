//! One record of one outcome, and the file or stream that it goes to.
//!
//! An event never holds a cookie, a path, a query, a referrer or a body of the impersonated site:
//! there is no field for them. Of the page that sent a request it holds the site alone, and only
//! while the client may go there.

mod file;
mod sink;

use std::net::IpAddr;
use std::sync::Arc;

use serde::Serialize;

use crate::clock::{Time, rfc3339};
use crate::greet::fingerprint::Ja4;
use crate::host::Host;
use crate::random::EventId;

pub use sink::{Destination, Events, FilePlan, SinkError, Writer};

/// Gives each outcome its word, in one place.
macro_rules! outcomes {
    ($($(#[$about:meta])+ $name:ident = $word:literal,)+) => {
        /// What came of a connection or a request.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Outcome {
            $($(#[$about])+ $name,)+
        }

        impl Outcome {
            /// Every outcome, in the order of the enumeration.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word for it in events and metrics.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

outcomes! {
    /// A block page was shown.
    BlockPage = "block_page",
    /// A warning page was shown.
    WarnPage = "warn_page",
    /// The cookies page was shown.
    CookiesPage = "cookies_page",
    /// The small page for a frame was shown.
    FramePage = "frame_page",
    /// Another page of ours was shown (an error, an expired form).
    OtherPage = "other_page",
    /// The cookie was set and is to come back.
    CookieCheck = "cookie_check",
    /// A person may go on: past a warning, or by a bypass code.
    Grant = "grant",
    /// A bypass code was refused.
    CodeRefused = "code_refused",
    /// An access request was sent.
    AccessRequest = "access_request",
    /// A request went on to the site, and its answer came back.
    PassedThrough = "passed_through",
    /// The site that a request went on to did not answer.
    SiteFailed = "site_failed",
    /// A part of a page got its small answer.
    Stub = "stub",
    /// A request for another host than its connection's was sent back.
    Misdirected = "misdirected",
    /// A request was redirected from plain HTTP on the TLS port.
    PlainOnTls = "plain_on_tls",
    /// A connection was passed on untouched.
    PassedOn = "passed_on",
    /// A connection was ended without a certificate.
    Refused = "refused",
    /// The client did not accept the certificate.
    TrustFailure = "trust_failure",
    /// The handshake was made and no request came: a spare connection of a browser, or a program that
    /// looks at the certificate only afterwards, does not like it, and says nothing.
    Unused = "unused",
    /// The handshake failed for another reason.
    HandshakeFailure = "handshake_failure",
    /// Neither TLS nor HTTP came.
    NotTls = "not_tls",
    /// The client said nothing in time.
    TimedOut = "timed_out",
    /// Too many new hosts were asked for.
    RateLimited = "rate_limited",
    /// The portal was visited; the detail says what was wanted there.
    Portal = "portal",
    /// A revocation list was served.
    RevocationList = "revocation_list",
    /// A list was asked for; it is there.
    ListFetched = "list_fetched",
    /// A list was asked for, and the last good one counts.
    ListFailed = "list_failed",
    /// The lists were read anew, and count.
    ListsLoaded = "lists_loaded",
    /// The lists were read anew, and stay as they were.
    ListsRefused = "lists_refused",
    /// The configuration and its files were read anew, and count.
    ConfigurationLoaded = "configuration_loaded",
    /// The configuration and its files were read anew, and stay as they were.
    ConfigurationRefused = "configuration_refused",
}

impl Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

/// One outcome. Fields that do not apply are left out of the line.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// RFC 3339, UTC.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub time: Time,
    /// The short id that stands on the page as well.
    pub id: EventId,
    /// What came of it.
    pub event: Outcome,
    /// The client's address; left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<IpAddr>,
    /// The host asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// The location that the client's address belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Arc<str>>,
    /// `block`, `warn` or `allow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<&'static str>,
    /// The category that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Arc<str>>,
    /// The policy that applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Arc<str>>,
    /// The kind of request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<&'static str>,
    /// The HTTP status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `HTTP/1.1` or `HTTP/2.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<&'static str>,
    /// `TLSv1_2` or `TLSv1_3`; left out for plain HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<&'static str>,
    /// `cache` or `minted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<&'static str>,
    /// The client's TLS alert, or `closed` where it just left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<&'static str>,
    /// The JA4 fingerprint of the client's hello, where it did not accept the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ja4: Option<Ja4>,
    /// What the client's failures amount to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<&'static str>,
    /// The bypass code that made the grant: its id and its note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why the person continued, in their own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// The granted site whose page sent the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// The list, by its path or address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// How many names count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<usize>,
    /// More words, from a fixed set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
    /// From the request, or the connection, to the answer: microseconds.
    pub duration_us: u64,
}

impl Event {
    /// An event with what every one has; the duration is in microseconds.
    pub fn new(event: Outcome, id: EventId, time: Time, duration_us: u64) -> Self {
        Self {
            time,
            id,
            event,
            client: None,
            host: None,
            location: None,
            action: None,
            category: None,
            policy: None,
            request: None,
            status: None,
            http: None,
            tls: None,
            leaf: None,
            alert: None,
            ja4: None,
            diagnosis: None,
            code: None,
            justification: None,
            page: None,
            list: None,
            names: None,
            detail: None,
            duration_us,
        }
    }
}
