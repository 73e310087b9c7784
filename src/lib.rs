//! Blockhouse: HTTPS block and warning pages for DNS gateways.
//!
//! The modules stand in the order in which a connection meets them, and each names only those above
//! it; a test reads the sources and enforces it.

pub mod causes;
pub mod host;
pub mod clock;
pub mod random;
pub mod beside;
pub mod files;
pub mod keyring;
pub mod config;
pub mod confine;
pub mod accept;
pub mod places;
pub mod greet;
pub mod policy;
pub mod trust;
pub mod store;
pub mod control;
pub mod live;
pub mod ask;
pub mod zone;
pub mod relay;
pub mod origin;
pub mod fetch;
pub mod dns;
pub mod ca;
pub mod leaf;
pub mod tls;
pub mod page;
pub mod http;
pub mod event;
pub mod metrics;
pub mod hook;
pub mod server;
pub mod stores;
pub mod doctor;
pub mod cli;
