//! Numbers for a monitoring system, as OpenMetrics text.
//!
//! What happens is counted as it happens; what is the case is asked for when somebody reads. No label
//! holds a host, a client or anything else that people choose: every set of labels is bounded.

mod process;

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::ca::Expiry;
use crate::clock::{self, Time};
use crate::event::{Event, Outcome};
use crate::leaf;
use crate::trust;

/// The media type of what [`Metrics::text`] gives.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the times that are counted, in seconds: from a cached leaf and a page on a
/// connection that is there, to what a person calls slow.
const SECONDS: [f64; 12] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0, 10.0];

type Labels<const N: usize> = [(&'static str, String); N];
type Float = Gauge<f64, AtomicU64>;

/// What is counted as it happens. Safe for concurrent use, and never waits.
pub struct Metrics {
    registry: Registry,
    started: Time,
    events: Vec<Counter>,
    turned_away: Counter,
    made_way: Counter,
    leaves: [Counter; 2],
    /// By version of TLS, then whether the session was resumed.
    handshakes: [[Counter; 2]; 2],
    handshake: Histogram,
    answer: Histogram,
}

/// What is the case at the moment.
#[derive(Debug)]
pub struct Standing<'s> {
    /// How many connections are open, and how many may be.
    pub connections: (usize, usize),
    /// How many leaves are kept, and how many may be.
    pub leaves: (usize, usize),
    /// How many names the policy knows, and how many octets they take.
    pub names: (usize, usize),
    /// How many grants are in use.
    pub grants: usize,
    /// How many events found no place in the queue since the start.
    pub dropped: u64,
    /// What is known of clients and the root.
    pub trust: &'s trust::Report,
    /// What of the authority ends.
    pub expiries: &'s [Expiry],
}

impl Metrics {
    /// Nothing has happened yet.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("blockhouse");
        let build = Family::<Labels<1>, Gauge>::default();
        build.get_or_create(&[("version", env!("CARGO_PKG_VERSION").to_owned())]).set(1);
        registry.register("build_info", "The version that runs", build);

        let events = Family::<Labels<1>, Counter>::default();
        let of =
            |outcome: &Outcome| events.get_or_create_owned(&[("event", outcome.word().to_owned())]);
        let by_outcome = Outcome::ALL.iter().map(of).collect();
        registry.register("events", "What came of connections and requests", events);

        let turned_away = Counter::default();
        let help = "Connections that were closed, since their client had too many";
        registry.register("connections_turned_away", help, turned_away.clone());
        let made_way = Counter::default();
        let help =
            "Idle and unfinished connections that were ended, since the server was nearly full";
        registry.register("connections_made_way", help, made_way.clone());

        let leaves = Family::<Labels<1>, Counter>::default();
        let by_source = ["cache", "minted"]
            .map(|from| leaves.get_or_create_owned(&[("from", from.to_owned())]));
        registry.register("leaves", "Leaf certificates shown", leaves);

        let handshakes = Family::<Labels<2>, Counter>::default();
        let by_kind = ["1.2", "1.3"].map(|tls| {
            ["false", "true"].map(|resumed| {
                handshakes.get_or_create_owned(&[
                    ("tls", tls.to_owned()),
                    ("resumed", resumed.to_owned()),
                ])
            })
        });
        registry.register("handshakes", "TLS handshakes that were completed", handshakes);

        let handshake = Histogram::new(SECONDS);
        let help = "From the first octet that a client may send to the end of the TLS handshake";
        registry.register_with_unit("handshake", help, Unit::Seconds, handshake.clone());
        let answer = Histogram::new(SECONDS);
        let help = "From a request to our own answer";
        registry.register_with_unit("answer", help, Unit::Seconds, answer.clone());
        Self {
            registry,
            started: clock::now(),
            events: by_outcome,
            turned_away,
            made_way,
            leaves: by_source,
            handshakes: by_kind,
            handshake,
            answer,
        }
    }

    /// Counts an event.
    pub fn event(&self, event: &Event) {
        if let Some(counter) = self.events.get(event.event as usize) {
            counter.inc();
        }
        let by_site = matches!(event.event, Outcome::PassedThrough | Outcome::SiteFailed);
        if event.http.is_some() && !by_site {
            self.answer.observe(Duration::from_micros(event.duration_us).as_secs_f64());
        }
    }

    /// Counts a connection that was closed at once, since its client had too many.
    pub fn turned_away(&self) {
        self.turned_away.inc();
    }

    /// Counts a connection that was ended to make way for others.
    pub fn made_way(&self) {
        self.made_way.inc();
    }

    /// Counts a leaf that was shown.
    pub fn leaf(&self, from: leaf::From) {
        self.leaves[usize::from(from == leaf::From::Minted)].inc();
    }

    /// Counts a completed handshake, and how long after the connection's beginning it was.
    pub fn handshake(&self, version: trust::Version, resumed: bool, took: Duration) {
        let tls13 = version == trust::Version::Tls13;
        self.handshakes[usize::from(tls13)][usize::from(resumed)].inc();
        self.handshake.observe(took.as_secs_f64());
    }

    /// Everything, as OpenMetrics text.
    pub fn text(&self, standing: &Standing<'_>) -> String {
        let mut text = String::with_capacity(16 << 10);
        let now = gauges(standing);
        let process = process::registry(self.started);
        let written = [&self.registry, &now, &process]
            .into_iter()
            .try_for_each(|registry| encode_registry(&mut text, registry))
            .and_then(|()| encode_eof(&mut text));
        // Writing into text does not fail.
        debug_assert!(written.is_ok());
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn gauges(standing: &Standing<'_>) -> Registry {
    let mut registry = Registry::with_prefix("blockhouse");
    let mut gauge = |name: &str, help: &str, value: usize| {
        let gauge = Float::default();
        gauge.set(value as f64);
        registry.register(name, help, gauge);
    };
    let trust = standing.trust;
    gauge("connections_open", "Connections that are open", standing.connections.0);
    gauge("connections_limit", "Connections that may be open", standing.connections.1);
    gauge("leaves_kept", "Leaf certificates in the cache", standing.leaves.0);
    gauge("leaves_limit", "Leaf certificates that the cache may hold", standing.leaves.1);
    gauge("names", "Host names in lists and rules", standing.names.0);
    gauge("names_bytes", "Memory of the host names in lists and rules", standing.names.1);
    gauge("grants", "Grants in use", standing.grants);
    gauge("clients_seen", "Client addresses that are known", trust.seen);
    gauge("clients_lacking_root", "Client addresses that lack the root", trust.lacking);
    gauge("clients_recent", "Client addresses that came within 30 days", trust.recent);

    let roots = Family::<Labels<1>, Float>::default();
    for coverage in &trust.roots {
        let root = [("root", coverage.root.clone())];
        roots.get_or_create(&root).set(coverage.verified as f64);
    }
    let help = "Client addresses whose browser proved within 30 days that it trusts the root with this \
                fingerprint";
    registry.register("clients_verified", help, roots);

    let failures = Family::<Labels<1>, Counter>::default();
    for (sign, count) in &trust.failures {
        failures.get_or_create(&[("sign", sign.clone())]).inc_by(*count);
    }
    let help = "Certificates that clients did not accept, by the TLS alert or what else showed it";
    registry.register("trust_failures", help, failures);

    let dropped = Counter::<u64>::default();
    dropped.inc_by(standing.dropped);
    registry.register("events_dropped", "Events that were not written down", dropped);

    let ends = Family::<Labels<2>, Float>::default();
    for one in standing.expiries {
        let file = Path::new(&one.path).file_name().unwrap_or_default();
        let labels = [("what", one.what.to_owned()), ("file", file.to_string_lossy().into_owned())];
        ends.get_or_create(&labels).set(one.end.to_offset().unix_timestamp() as f64);
    }
    let help = "When a root, an issuing CA or a revocation list ends, in seconds since 1970";
    registry.register("expiry_timestamp_seconds", help, ends);
    registry
}
