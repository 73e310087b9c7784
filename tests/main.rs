//! All integration tests, one topic a file.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]
#![allow(unreachable_pub, reason = "support is public to the topics, and nobody else sees it")]
#![allow(clippy::disallowed_methods, reason = "a test waits by the clock, with a bound")]

mod support;

mod answers;
mod attacks;
mod bad_sites;
mod balancers;
mod bounds;
mod browsers;
mod chains;
mod clients;
mod configuration;
mod confinement;
mod conformance;
mod connections;
mod continuing;
mod dist;
mod doctor;
mod ending;
mod endurance;
mod events;
mod gateway;
mod generator;
mod grants;
mod hooks;
mod imports;
mod leaves;
mod keys;
mod kit;
mod kit_browsers;
mod kit_machines;
mod kit_secrets;
mod life;
mod lists;
mod logins;
mod loops;
mod machine;
mod monitor;
mod odd_sites;
mod pages;
mod pass_through;
mod passing_on;
mod policy;
mod portal;
mod portal_browsers;
mod reload;
mod rules;
mod secrets;
mod start;
mod store;
mod systemd;
mod tickets;
mod tidy;
mod trust;
mod weaknesses;
mod whole;
mod zones;
