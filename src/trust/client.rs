//! What is known of one client: what it did not accept, what it accepted, what it proved.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{Time, rfc3339};
use crate::config::BackOff;
use crate::greet::fingerprint::{Family, Fingerprint, Ja4};
use crate::host::Host;

/// How many failures of one client are kept, each of one program at one host.
pub const MAX_FAILURES: usize = 16;
/// How many programs of one client are remembered for what they accepted.
const MAX_ACCEPTED: usize = 8;
/// How many roots of one client are remembered as verified: two during a rotation, and some spare.
const MAX_VERIFIED: usize = 4;
/// How many hosts are remembered at which somebody may have clicked past the warning.
const MAX_PASSED: usize = 16;
/// No back-off counts more failures than this.
const MAX_RECENT: usize = 100;
/// A client that left without an alert did so for a reason of its own, or because it does not accept
/// the certificate. Only the second time counts.
const SILENT_COUNTS: u32 = 2;
/// Programs race connections to several addresses and drop the slower ones.
const RACE: Duration = Duration::from_secs(60);
/// A program that has failed at so many hosts since it last accepted a certificate accepts none any
/// more; one that fails at fewer pins them.
const LOST: usize = 4;
/// What was proved stays proved for longer than failures: rotating a root takes its time.
const VERIFIED_KEPT: Duration = Duration::from_secs(400 * 86_400);

/// How a client showed that it does not accept a certificate: alerts by their names in RFC 8446
/// section 6.2, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// 48: what curl, OpenSSL, Firefox, Python and rustls send without the root.
    UnknownCa,
    /// 46: Chromium and Java.
    CertificateUnknown,
    /// 42: Go and GnuTLS.
    BadCertificate,
    /// 43.
    UnsupportedCertificate,
    /// 44.
    CertificateRevoked,
    /// 45.
    CertificateExpired,
    /// It left in the middle of the handshake, once it had the certificate.
    Closed,
    /// It finished the handshake, and left at once without a request.
    NoRequest,
}

impl Sign {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::UnknownCa,
        Self::CertificateUnknown,
        Self::BadCertificate,
        Self::UnsupportedCertificate,
        Self::CertificateRevoked,
        Self::CertificateExpired,
        Self::Closed,
        Self::NoRequest,
    ];

    /// Its name in events and counters.
    pub fn word(self) -> &'static str {
        match self {
            Self::UnknownCa => "unknown_ca",
            Self::CertificateUnknown => "certificate_unknown",
            Self::BadCertificate => "bad_certificate",
            Self::UnsupportedCertificate => "unsupported_certificate",
            Self::CertificateRevoked => "certificate_revoked",
            Self::CertificateExpired => "certificate_expired",
            Self::Closed => "closed",
            Self::NoRequest => "no_request",
        }
    }

    /// Whether the client said so itself.
    pub fn is_alert(self) -> bool {
        !matches!(self, Self::Closed | Self::NoRequest)
    }
}

/// The version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Version {
    /// TLS 1.2.
    #[serde(rename = "TLSv1_2")]
    Tls12,
    /// TLS 1.3.
    #[serde(rename = "TLSv1_3")]
    Tls13,
}

impl Version {
    /// Its name in events.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tls12 => "TLSv1_2",
            Self::Tls13 => "TLSv1_3",
        }
    }
}

/// One program of a client does not accept the certificates of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The host.
    pub host: Host,
    /// The program.
    pub ja4: Ja4,
    /// What the program looks like.
    pub family: Family,
    /// How it showed; an alert counts for more than silence.
    pub alert: Sign,
    /// The version of TLS, the last time.
    pub tls: Version,
    /// When it happened first.
    #[serde(with = "rfc3339")]
    pub first: Time,
    /// When it happened last.
    #[serde(with = "rfc3339")]
    pub last: Time,
    /// How often.
    pub count: u32,
    /// The last times, for the back-off.
    #[serde(skip)]
    recent: VecDeque<Time>,
    /// Until when the gateway answers that there is no such name.
    #[serde(skip)]
    pub(super) back_off: Option<Time>,
}

impl Failure {
    /// Whether it says enough to be shown.
    pub fn counts(&self) -> bool {
        self.alert.is_alert() || self.count >= SILENT_COUNTS
    }
}

/// A program of a client accepted a certificate: a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The program.
    pub ja4: Ja4,
    /// What it looks like.
    pub family: Family,
    /// When it did so last.
    #[serde(with = "rfc3339")]
    pub last: Time,
}

/// A browser of a client proved on the check page that it trusts a root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// The SHA-256 fingerprint of the root, as `AB:CD:…`.
    pub root: String,
    /// When it did so last.
    #[serde(with = "rfc3339")]
    pub at: Time,
}

/// What is known of one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The location that its address belonged to last.
    pub location: Option<String>,
    /// When anything was known of it last.
    #[serde(with = "rfc3339")]
    pub seen: Time,
    /// What it does not accept.
    pub failures: Vec<Failure>,
    /// What it accepted.
    pub accepted: Vec<Accepted>,
    /// What it proved.
    pub verified: Vec<Verified>,
    /// Where a browser succeeded after it had failed, perhaps because somebody clicked past the warning:
    /// such success says nothing of the root.
    #[serde(default)]
    passed: Vec<Host>,
}

impl Client {
    /// A client of which nothing is known yet.
    pub(super) fn new(now: Time) -> Self {
        Self {
            location: None,
            seen: now,
            failures: Vec::new(),
            accepted: Vec::new(),
            verified: Vec::new(),
            passed: Vec::new(),
        }
    }

    /// Whether it is to be shown among those that lack the root.
    pub fn lacks(&self) -> bool {
        self.failures.iter().any(Failure::counts)
    }

    /// The programs that accept certificates still.
    pub(super) fn accepting(&self) -> impl Iterator<Item = &Accepted> {
        self.accepted.iter().filter(|one| {
            let since = self.failures.iter().filter(|failure| {
                failure.ja4 == one.ja4 && failure.counts() && failure.last > one.last
            });
            // Browsers do not enforce pins below a root that was installed.
            since.count() < if one.family.is_browser() { 1 } else { LOST }
        })
    }

    fn accepts(&self, ja4: Ja4) -> Option<&Accepted> {
        self.accepting().find(|one| one.ja4 == ja4)
    }

    /// Notes that a program does not accept the certificate of a host. Gives whether that was noted:
    /// leaving without a word says nothing where browsers do so for reasons of their own.
    pub(super) fn fail(
        &mut self,
        host: &Host,
        by: Fingerprint,
        alert: Sign,
        tls: Version,
        back_off: Option<&BackOff>,
        now: Time,
    ) -> bool {
        self.seen = now;
        if !alert.is_alert() {
            let raced = self.accepts(by.ja4).is_some_and(|one| now.since(one.last) < RACE);
            // Browsers send alerts, and open connections ahead; checks of balancers name no host.
            if by.family.is_browser() || !by.is_named || raced {
                return false;
            }
        }
        let known = self.failures.iter().position(|one| one.host == *host && one.ja4 == by.ja4);
        let place = known.unwrap_or_else(|| {
            if self.failures.len() >= MAX_FAILURES {
                let oldest = self.failures.iter().enumerate().min_by_key(|(_, one)| one.last);
                if let Some((place, _)) = oldest {
                    self.failures.remove(place);
                }
            }
            self.failures.push(Failure {
                host: host.clone(),
                ja4: by.ja4,
                family: by.family,
                alert,
                tls,
                first: now,
                last: now,
                count: 0,
                recent: VecDeque::new(),
                back_off: None,
            });
            self.failures.len() - 1
        });
        let Some(failure) = self.failures.get_mut(place) else { return false };
        if alert.is_alert() || !failure.alert.is_alert() {
            failure.alert = alert;
        }
        failure.tls = tls;
        failure.last = now;
        failure.count = failure.count.saturating_add(1);
        if let Some(rule) = back_off {
            self.press(place, rule, now);
        }
        true
    }

    /// Counts for the back-off. All programs that fail at the host count together, since the gateway
    /// does not know which of them asks.
    fn press(&mut self, place: usize, rule: &BackOff, now: Time) {
        let Some(failure) = self.failures.get_mut(place) else { return };
        if failure.recent.len() >= MAX_RECENT {
            failure.recent.pop_front();
        }
        failure.recent.push_back(now);
        let host = failure.host.clone();
        let mut count = 0;
        for one in self.failures.iter_mut().filter(|one| one.host == host) {
            one.recent.retain(|at| *at <= now && now.since(*at) < rule.within);
            count += one.recent.len();
        }
        if count >= usize::try_from(rule.failures.get()).unwrap_or(usize::MAX)
            && let Some(failure) = self.failures.get_mut(place)
        {
            failure.back_off = Some(now.plus(rule.lasts));
        }
    }

    /// Until when the gateway is to answer that there is no such host.
    pub(super) fn backs_off(&self, host: &Host, now: Time) -> Option<Time> {
        let of_host = self.failures.iter().filter(|one| one.host == *host);
        of_host.filter_map(|one| one.back_off).filter(|until| *until > now).max()
    }

    /// Notes that a program accepted the certificate of a host, and forgets what that settles.
    /// `is_proof`: nobody can have clicked past a warning there.
    pub(super) fn accept(&mut self, host: &Host, by: Fingerprint, is_proof: bool, now: Time) {
        self.seen = now;
        if by.family.is_browser() && !is_proof {
            let of_this = |failure: &Failure| failure.family == by.family && failure.host == *host;
            let failed = self.failures.iter().any(of_this);
            if failed {
                // The root is there now, or somebody clicked past the warning. This host is settled, no more.
                self.failures.retain(|failure| !of_this(failure));
                make_room(&mut self.passed, MAX_PASSED, |_| now);
                self.passed.push(host.clone());
            }
            if failed || self.passed.contains(host) {
                return;
            }
        }
        self.passed.clear();
        // A program that accepted certificates before and fails at a host pins that one: only the
        // host itself settles it. One that never did has the root now.
        let is_known = self.accepts(by.ja4).is_some();
        self.failures.retain(|failure| {
            let same_program = failure.ja4 == by.ja4 && (!is_known || failure.host == *host);
            // A browser says hello in several ways, and all of them have the same roots.
            let same_browser =
                by.family.is_browser() && failure.family == by.family && failure.host == *host;
            !same_program && !same_browser
        });
        match self.accepted.iter_mut().find(|one| one.ja4 == by.ja4) {
            Some(one) => (one.last, one.family) = (now, by.family),
            None => {
                make_room(&mut self.accepted, MAX_ACCEPTED, |one| one.last);
                self.accepted.push(Accepted { ja4: by.ja4, family: by.family, last: now });
            }
        }
    }

    /// Notes that a browser proved to trust a root.
    pub(super) fn verify(&mut self, root: &str, now: Time) {
        self.seen = now;
        match self.verified.iter_mut().find(|one| one.root == root) {
            Some(one) => one.at = now,
            None => {
                make_room(&mut self.verified, MAX_VERIFIED, |one| one.at);
                self.verified.push(Verified { root: root.to_owned(), at: now });
            }
        }
    }

    /// Whether something is older than `keep`.
    pub(super) fn has_old(&self, keep: Duration, now: Time) -> bool {
        let old = |at: Time| now.since(at) >= keep;
        self.failures.iter().any(|one| old(one.last))
            || self.accepted.iter().any(|one| old(one.last))
            || self.verified.iter().any(|one| now.since(one.at) >= keep.max(VERIFIED_KEPT))
            || (!self.passed.is_empty() && old(self.seen))
    }

    /// Forgets what is older than `keep`.
    pub(super) fn forget(&mut self, keep: Duration, now: Time) {
        self.failures.retain(|one| now.since(one.last) < keep);
        self.accepted.retain(|one| now.since(one.last) < keep);
        self.verified.retain(|one| now.since(one.at) < keep.max(VERIFIED_KEPT));
        if now.since(self.seen) >= keep {
            self.passed.clear();
        }
    }

    /// Whether nothing is known of it.
    pub(super) fn is_empty(&self) -> bool {
        self.failures.is_empty()
            && self.accepted.is_empty()
            && self.verified.is_empty()
            && self.passed.is_empty()
    }
}

fn make_room<T>(list: &mut Vec<T>, most: usize, when: impl Fn(&T) -> Time) {
    if list.len() >= most {
        let oldest = list.iter().enumerate().min_by_key(|(_, one)| when(one));
        if let Some((place, _)) = oldest {
            list.remove(place);
        }
    }
}
