//! The addresses to listen at, no two of which may want the same port.

use std::net::SocketAddr;

use super::table::Table;
use super::value;

/// What was listed so far, and under which key.
#[derive(Default)]
pub(super) struct Ports(Vec<(SocketAddr, &'static str)>);

impl Ports {
    /// Reads the list `key` of a table; `port` is that of addresses without one, `called` what the list is
    /// called as a whole, and `default` stands where there is none.
    pub(super) fn read(
        &mut self,
        table: &Table<'_>,
        (key, called): (&'static str, &'static str),
        port: u16,
        default: Vec<SocketAddr>,
    ) -> Vec<SocketAddr> {
        let Some(item) = table.get(key) else {
            self.0.extend(default.iter().map(|address| (*address, called)));
            return default;
        };
        let mut found = Vec::new();
        for item in item.items() {
            let Some(address) = item.read(|text| value::socket(text, port)) else { continue };
            match self.0.iter().find(|(other, _)| clash(*other, address)) {
                Some((other, _)) if *other == address => {
                    item.hinted(format!("`{address}` is listed twice"), "leave one of the two out");
                }
                Some((other, at)) => item.hinted(
                    format!("`{address}` wants the port that `{other}` of `{at}` has already"),
                    "leave one of the two out, or choose another port",
                ),
                None => {}
            }
            self.0.push((address, called));
            found.push(address);
        }
        found
    }
}

/// Whether the system refuses the second when it has given the first. With port 0 each gets its own.
fn clash(one: SocketAddr, other: SocketAddr) -> bool {
    let any = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0
        && one.port() == other.port()
        && one.is_ipv4() == other.is_ipv4()
        && (any || one.ip() == other.ip())
}
