//! Who does not accept our certificates: trust failures by client and host, what they amount to, and
//! who was seen to accept.
//!
//! Everything here is pure or in memory; the store keeps it over restarts. An address is all
//! that is known of a client: devices behind one address are one client, told apart only by the
//! fingerprints of their programs.

mod client;
mod diagnosis;
mod table;
mod report;
mod journal;

pub use client::{Accepted, Client, Failure, MAX_FAILURES, Sign, Verified, Version};
pub use diagnosis::Diagnosis;
pub use journal::{Journal, NotAccepted, Seen};
pub use report::{Coverage, Lacking, Report, Shown};
pub use table::{MAX_CLIENTS, MAX_LACKING};
