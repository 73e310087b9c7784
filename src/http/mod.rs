//! From a stream to requests, and from a request to its answer.

pub mod address;
pub mod cookie;
pub mod forms;
pub mod grant;
pub mod kind;
mod patience;
pub mod permit;
pub mod portal;
pub mod probe;
mod respond;
pub mod route;
mod serve;
mod stub;
mod watch;

pub use respond::{Dress, finish, respond};
pub use serve::{
    BodyError, Duplex, Ends, Limits, Protocol, Reply, ReplyBody, ServeEnd, Then, discard, serve,
};
pub use stub::Stub;
pub use watch::Room;
