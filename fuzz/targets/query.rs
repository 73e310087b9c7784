//! A DNS query from octets to the answer that the embedded gateway gives by itself.
#![no_main]

use std::net::IpAddr;
use std::sync::LazyLock;

use blockhouse::config::{Canaries, Config, Source};
use blockhouse::dns::{self, Local, Query, Read, Way, Words};
use blockhouse::host::Host;
use blockhouse::policy::{BlockAddresses, Policy, Told};

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let config = r#"
[organisation]
name = "Example"
contact = "help@example.com"
[ca]
directory = "certs"
[categories.games]
class = "content"
reason = "Games wait."
hosts = ["blocked.test", "b.test", "=blocked.example"]
[policies.default]
default_action = "block"
[[policies.default.rules]]
action = "block"
categories = ["games"]
"#;
    let config = Config::parse(config, &Source::Builtin).expect("a configuration");
    Policy::load(&config).expect("a policy").policy
});

const WAYS: [Way; 3] = [Way::Udp, Way::Tcp, Way::Encrypted];
const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    for way in WAYS {
        match dns::read(octets, way) {
            Read::Silence => assert!(octets.len() < 12 || octets[2] & 0x80 != 0),
            Read::Reply(reply) => check(octets, &reply, usize::from(u16::MAX)),
            Read::Query(query) => answers(octets, &query),
        }
    }
});

fn answers(octets: &[u8], query: &Query) {
    let addresses = BlockAddresses {
        v4: vec![[192, 0, 2, 1].into()],
        v6: vec![[0x2001, 2, 0, 0, 0, 0, 0, 1].into()],
    };
    let words = Words {
        organisation: "Example".to_owned(),
        contact: Some("help@example.com".to_owned()),
        language: "en".to_owned(),
        ttl: 10,
        canaries: Canaries::Refuse,
    };
    if let Local::Answer(reply) = dns::local(query, &words) {
        check(octets, &query.encode(reply).expect("it can be written"), query.room());
    }
    let Some(name) = query.host() else { return };
    let verdict = POLICY.decide(CLIENT, &Host::Name(name));
    for told in [POLICY.told(&verdict), Told::Page(0), Told::Nxdomain, Told::Null] {
        for addresses in [&addresses, &BlockAddresses::default()] {
            let reply = dns::redirected(query, told, addresses, CLIENT, &verdict, &words);
            let Some(reply) = reply else {
                assert_eq!(told, Told::Truth);
                continue;
            };
            check(octets, &query.encode(reply).expect("it can be written"), query.room());
        }
    }
}

/// An answer has the query's id, is marked as one, is never authentic, and fits.
fn check(query: &[u8], reply: &[u8], room: usize) {
    assert!(reply.len() >= 12 && reply.len() <= room.max(512), "{} of {room}", reply.len());
    assert_eq!(reply[..2], query[..2]);
    assert_eq!(reply[2] & 0x80, 0x80);
    assert_eq!(reply[3] & 0x20, 0);
}
