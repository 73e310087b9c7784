//! The one place that reads the clock.
//!
//! Everything that decides takes `now` as an argument, so that it can be tried at any time of day.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment of wall-clock time with the resolution that certificates have: one second (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The time that is `seconds` after 1970-01-01T00:00:00Z.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// This time, `span` later.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_secs()).unwrap_or(i64::MAX)))
    }

    /// This time, `span` earlier.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_secs()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The same moment for the `time` crate, clamped to the years it knows.
    pub fn to_offset(self) -> OffsetDateTime {
        // -62135596800 and 253402300799 are the first second of year 1 and the last of year 9999.
        let clamped = self.0.clamp(-62_135_596_800, 253_402_300_799);
        OffsetDateTime::from_unix_timestamp(clamped).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// RFC 3339 in UTC, `2026-01-02T03:04:05Z`.
    pub fn rfc3339(self) -> String {
        self.to_offset().format(&Rfc3339).unwrap_or_default()
    }
}

/// The wall clock.
#[allow(clippy::disallowed_methods, reason = "this module is the clock")]
pub fn now() -> Time {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(span) => Time(i64::try_from(span.as_secs()).unwrap_or(i64::MAX)),
        Err(before) => Time(-i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX)),
    }
}

/// The steady clock, for measuring how long something took.
#[allow(clippy::disallowed_methods, reason = "this module is the clock")]
pub fn ticks() -> Instant {
    Instant::now()
}

/// Times as RFC 3339, for files and for people.
pub mod rfc3339 {
    use serde::{Deserialize as _, Deserializer, Serializer, de};
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    use super::Time;

    /// Writes a time.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(time: &Time, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&time.rfc3339())
    }

    /// Reads a time.
    ///
    /// # Errors
    /// When the text is no time.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        read(&String::deserialize(from)?)
    }

    fn read<E: de::Error>(text: &str) -> Result<Time, E> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(E::custom)?;
        Ok(Time::from_unix(moment.unix_timestamp()))
    }

    /// The same for a time that may be missing.
    pub mod option {
        use super::*;

        /// Writes a time, or nothing.
        ///
        /// # Errors
        /// The serializer's.
        pub fn serialize<S: Serializer>(time: &Option<Time>, to: S) -> Result<S::Ok, S::Error> {
            match time {
                Some(time) => to.serialize_some(&time.rfc3339()),
                None => to.serialize_none(),
            }
        }

        /// Reads a time, or nothing.
        ///
        /// # Errors
        /// When there is a text, and it is no time.
        pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Time>, D::Error> {
            Option::<String>::deserialize(from)?.as_deref().map(read).transpose()
        }
    }
}
