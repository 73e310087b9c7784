//! What the failures of a client amount to. Pure.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::client::{Client, Failure};

/// Why a client does not accept certificates, as far as that can be told from outside. The order is
/// that of how much is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Diagnosis {
    /// One program failed, and nothing else is known of the client.
    Unknown,
    /// The program accepts certificates of other hosts: it pins this host.
    PinsHost,
    /// Other programs accept certificates: this one has a store of its own, or pins.
    Application,
    /// Other programs accept certificates, and this is a browser: it has a store of its own.
    BrowserStore,
    /// A browser or several programs failed, and none succeeded: the root is nowhere on the client.
    NoRoot,
}

impl Diagnosis {
    /// Its name in events and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::PinsHost => "pins_host",
            Self::Application => "application",
            Self::BrowserStore => "browser_store",
            Self::NoRoot => "no_root",
        }
    }
}

impl Client {
    /// What this failure of the client amounts to.
    pub fn diagnose(&self, failure: &Failure) -> Diagnosis {
        let (mut same, mut other) = (false, false);
        for accepted in self.accepting() {
            if accepted.ja4 == failure.ja4 {
                same = true;
            } else {
                other = true;
            }
        }
        if same {
            return Diagnosis::PinsHost;
        }
        if other {
            return match failure.family.is_browser() {
                true => Diagnosis::BrowserStore,
                false => Diagnosis::Application,
            };
        }
        let counting = self.failures.iter().filter(|one| one.counts());
        let programs: HashSet<_> = counting.clone().map(|one| one.ja4).collect();
        if programs.len() > 1 || counting.clone().any(|one| one.family.is_browser()) {
            Diagnosis::NoRoot
        } else {
            Diagnosis::Unknown
        }
    }

    /// The worst of the diagnoses of the client's failures; none when it lacks nothing.
    pub fn diagnosis(&self) -> Option<Diagnosis> {
        let counting = self.failures.iter().filter(|one| one.counts());
        counting.map(|failure| self.diagnose(failure)).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Time;
    use crate::greet::fingerprint::{Family, Fingerprint};
    use crate::trust::client::{Sign, Version};

    const fn at(seconds: i64) -> Time {
        Time::from_unix(1_800_000_000 + seconds)
    }

    fn by(family: Family, number: u8) -> Fingerprint {
        let ja4 = format!("t13d1516h2_8daaf6152771_{number:012x}").parse().unwrap();
        Fingerprint { ja4, family, offers_tls13: true, is_named: true }
    }

    const CURL: fn() -> Fingerprint = || by(Family::Other, 1);
    const PYTHON: fn() -> Fingerprint = || by(Family::Other, 2);
    const FIREFOX: fn() -> Fingerprint = || by(Family::Firefox, 3);
    const CHROMIUM: fn() -> Fingerprint = || by(Family::Chromium, 4);
    const WEBSOCKET: fn() -> Fingerprint = || by(Family::Chromium, 5);

    /// What happens, in order: who, at which host, and whether it accepted.
    enum Did {
        Fails(Fingerprint, &'static str),
        Leaves(Fingerprint, &'static str),
        Accepts(Fingerprint, &'static str),
    }
    use Did::{Accepts, Fails, Leaves};

    /// Each step comes ten minutes after the one before.
    fn lived(story: &[Did]) -> Client {
        let mut client = Client::new(at(0));
        for (number, did) in story.iter().enumerate() {
            let now = at(600 * i64::try_from(number).unwrap());
            let mut fail = |by, host: &str, sign| {
                client.fail(&host.parse().unwrap(), by, sign, Version::Tls13, None, now);
            };
            match did {
                Fails(by, host) => fail(*by, host, Sign::UnknownCa),
                Leaves(by, host) => fail(*by, host, Sign::Closed),
                Accepts(by, host) => client.accept(&host.parse().unwrap(), *by, false, now),
            }
        }
        client
    }

    #[track_caller]
    fn check(story: &[Did], wanted: Option<Diagnosis>) {
        assert_eq!(lived(story).diagnosis(), wanted);
    }

    #[test]
    fn what_failures_amount_to() {
        check(&[], None);
        check(&[Fails(CURL(), "a.test")], Some(Diagnosis::Unknown));
        check(&[Fails(CURL(), "a.test"), Fails(CURL(), "b.test")], Some(Diagnosis::Unknown));
        check(&[Fails(CURL(), "a.test"), Fails(PYTHON(), "a.test")], Some(Diagnosis::NoRoot));
        check(&[Fails(FIREFOX(), "a.test")], Some(Diagnosis::NoRoot));
        check(
            &[Accepts(CHROMIUM(), "a.test"), Fails(FIREFOX(), "a.test")],
            Some(Diagnosis::BrowserStore),
        );
        check(
            &[Fails(PYTHON(), "a.test"), Accepts(CHROMIUM(), "a.test")],
            Some(Diagnosis::Application),
        );
        check(&[Accepts(CURL(), "a.test"), Fails(CURL(), "b.test")], Some(Diagnosis::PinsHost));
        // The worst counts.
        let story = [
            Accepts(CURL(), "a.test"),
            Fails(CURL(), "b.test"),
            Fails(PYTHON(), "b.test"),
            Fails(FIREFOX(), "b.test"),
        ];
        check(&story, Some(Diagnosis::BrowserStore));
        let client = lived(&story);
        let each: Vec<_> = client.failures.iter().map(|one| client.diagnose(one)).collect();
        assert_eq!(each, [Diagnosis::PinsHost, Diagnosis::Application, Diagnosis::BrowserStore]);
    }

    #[test]
    fn success_clears_what_it_settles() {
        // The root has come: wherever the program failed before.
        check(&[Fails(CURL(), "a.test"), Fails(CURL(), "b.test"), Accepts(CURL(), "c.test")], None);
        // A program that accepted before pins the host, until that host itself succeeds.
        let mut story = vec![
            Accepts(CURL(), "a.test"),
            Fails(CURL(), "b.test"),
            Accepts(CURL(), "a.test"),
            Accepts(CHROMIUM(), "b.test"),
        ];
        check(&story, Some(Diagnosis::PinsHost));
        story.push(Accepts(CURL(), "b.test"));
        check(&story, None);
        // A browser's hellos differ, and its roots do not.
        check(&[Fails(WEBSOCKET(), "a.test"), Accepts(CHROMIUM(), "a.test")], None);
        check(
            &[Fails(WEBSOCKET(), "a.test"), Accepts(CHROMIUM(), "b.test")],
            Some(Diagnosis::BrowserStore),
        );
    }

    #[test]
    fn a_root_that_was_taken_away_is_missing() {
        let mut story = vec![Accepts(CURL(), "a.test")];
        story.extend(["b.test", "c.test", "d.test"].map(|host| Fails(CURL(), host)));
        check(&story, Some(Diagnosis::PinsHost));
        story.push(Fails(CURL(), "e.test"));
        check(&story, Some(Diagnosis::Unknown));
        story.push(Accepts(CURL(), "f.test"));
        check(&story, None);
        // Browsers do not enforce pins below a root that was installed: one failure says it.
        let story = [Accepts(CHROMIUM(), "a.test"), Fails(CHROMIUM(), "b.test")];
        check(&story, Some(Diagnosis::NoRoot));
    }

    #[test]
    fn to_click_past_the_warning_is_not_to_have_the_root() {
        let mut story = vec![
            Fails(CHROMIUM(), "a.test"),
            Fails(CHROMIUM(), "b.test"),
            Accepts(CHROMIUM(), "a.test"),
            Accepts(CHROMIUM(), "a.test"),
        ];
        check(&story, Some(Diagnosis::NoRoot));
        story.push(Fails(CHROMIUM(), "c.test"));
        check(&story, Some(Diagnosis::NoRoot));
        // At a host where nothing was clicked it is the root.
        story.push(Accepts(CHROMIUM(), "d.test"));
        check(&story, None);
    }

    #[test]
    fn silence_counts_the_second_time_and_never_for_browsers() {
        check(&[Leaves(CURL(), "a.test")], None);
        check(&[Leaves(CURL(), "a.test"), Leaves(CURL(), "b.test")], None);
        check(&[Leaves(CURL(), "a.test"), Leaves(CURL(), "a.test")], Some(Diagnosis::Unknown));
        check(&[Leaves(FIREFOX(), "a.test"), Leaves(FIREFOX(), "a.test")], None);
        let unnamed = Fingerprint { is_named: false, ..CURL() };
        check(&[Leaves(unnamed, "a.test"), Leaves(unnamed, "a.test")], None);
        // Right after it accepted one, a program only drops a connection that it does not need.
        let mut client = lived(&[Accepts(CURL(), "a.test")]);
        let host = "a.test".parse().unwrap();
        for second in 1..5 {
            client.fail(&host, CURL(), Sign::Closed, Version::Tls13, None, at(second));
        }
        assert_eq!(client.diagnosis(), None);
    }
}
