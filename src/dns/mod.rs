//! The embedded gateway: a DNS server that answers for what the policy redirects and asks others for
//! the rest.
//!
//! A query is read, judged and answered at once when the policy or the cache has the answer; only what
//! must be forwarded becomes a task, and of those there is a bound, in all and for each client.

mod answer;
mod cache;
mod doh;
mod error;
mod forward;
mod limit;
mod message;
mod serve;
mod upstream;

use std::time::Duration;

pub use answer::{Local, Words, backed_off, local, redirected};
pub use doh::{DohError, MEDIA_TYPE, PATH, max_age, query_of};
pub use message::{Query, Read, Way, read};
pub use serve::{
    Answered, Gateway, Judge, Judged, Origin, Pending, Settings, serve_stream, serve_udp,
};
pub use upstream::{UpstreamError, upstreams};

/// The largest UDP message that is sent, and asked for: it passes every path unfragmented
/// (DNS flag day 2020).
const UDP_PAYLOAD: u16 = 1232;

/// How long a TCP connection may be silent before it is closed (RFC 7766 section 6.2.3 speaks of a few
/// seconds), and how long a client may take to accept an answer.
const STREAM_IDLE: Duration = Duration::from_secs(10);
