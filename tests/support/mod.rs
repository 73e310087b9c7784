//! What tests stand on: servers, clients, browsers, verifiers that are not ours.

pub mod attack;
pub mod browser;
pub mod ca;
pub mod curl;
pub mod dns;
pub mod frames;
pub mod gateways;
pub mod h2;
pub mod machine;
pub mod namespace;
pub mod nss;
pub mod ntlm;
pub mod origin;
pub mod person;
pub mod resolver;
pub mod scripted;
pub mod server;
pub mod site;
pub mod tls;
pub mod truth;
pub mod upstream;
pub mod web;
