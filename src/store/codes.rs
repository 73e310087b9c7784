//! Bypass codes: handed out by an administrator, shown once, kept as a hash, and entered on the
//! block page.
//!
//! A code is `AB3D-7QK2M-X9PTZ`: four digits that name it, which are no secret, and ten that prove
//! it: fifty random bits.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Store;
use super::attempts::Place;
use super::error::StoreError;
use super::memory::{CodeRow, Row};
use super::text::{self, MAX_NOTE, clean};
use crate::clock::Time;
use crate::random;

/// The most codes that are kept, dead ones included.
pub const MAX_CODES: usize = 10_000;
/// The most categories that one code names.
const MAX_CATEGORIES: usize = 100;
/// How long a code is kept after its end.
const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// Digits of the part that names a code.
const ID: usize = 4;
/// Digits of the part that proves it.
const SECRET: usize = 10;

/// What is verified when no code has the id that was typed, so that the time an answer takes does
/// not tell which ids there are. Nobody knows a text with this hash.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$\
    AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What a new code should be able to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCode {
    /// The categories it opens; none means every category but those of class `security`.
    pub categories: Vec<String>,
    /// How many times it can be used; none means without a bound.
    pub uses: Option<u32>,
    /// The moment from which it is not taken any more.
    #[serde(with = "text::rfc3339::option")]
    pub until: Option<Time>,
    /// How long a grant by it lasts; none means as long as the rule says.
    #[serde(rename = "lasts_seconds", with = "text::seconds")]
    pub lasts: Option<Duration>,
    /// What it is for, in words for administrators; it stands in the events of its uses.
    pub note: String,
}

/// A bypass code as the store knows it: everything but its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The four digits that name it.
    pub id: String,
    /// The categories it opens; none means every category but those of class `security`.
    pub categories: Vec<String>,
    /// How many uses are left; none means without a bound.
    pub uses_left: Option<u32>,
    /// How many times it was used.
    pub used: u32,
    /// When it was used last.
    #[serde(with = "text::rfc3339::option")]
    pub last_used: Option<Time>,
    /// The moment from which it is not taken any more.
    #[serde(with = "text::rfc3339::option")]
    pub until: Option<Time>,
    /// How long a grant by it lasts; none means as long as the rule says.
    #[serde(rename = "lasts_seconds", with = "text::seconds")]
    pub lasts: Option<Duration>,
    /// What it is for.
    pub note: String,
    /// When it was made.
    #[serde(with = "text::rfc3339")]
    pub created: Time,
    /// When it was revoked.
    #[serde(with = "text::rfc3339::option")]
    pub revoked: Option<Time>,
}

impl Code {
    /// Whether it opens this category; `None` stands for a host in no category. Class `security` is
    /// not asked here: the caller never lets a code open such a category.
    pub fn opens(&self, category: Option<&str>) -> bool {
        self.categories.is_empty()
            || category.is_some_and(|name| self.categories.iter().any(|own| own == name))
    }

    /// Whether it would be taken now.
    pub fn is_usable(&self, now: Time) -> bool {
        self.revoked.is_none()
            && self.uses_left != Some(0)
            && self.until.is_none_or(|until| now < until)
    }

    /// Whether it ended, or was revoked, so long ago that it is forgotten.
    pub(super) fn is_past_keeping(&self, now: Time) -> bool {
        let spent = self.last_used.filter(|_| self.uses_left == Some(0));
        let taken = [self.until, spent].into_iter().flatten().min();
        // A grant must not end because its code is forgotten. Without a span of its own it lasts
        // as a rule says: 30 days at most, which is the time for which ended codes are kept.
        let ended = taken.map(|end| end.plus(self.lasts.unwrap_or_default()));
        self.revoked.or(ended).is_some_and(|end| end.plus(KEPT) < now)
    }
}

/// After how many wrong codes a client has to wait, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeLimits {
    /// Wrong codes until the client is locked; 0 counts as 1.
    pub wrong: u32,
    /// For how long it is locked, and how long a wrong code is remembered.
    pub locked_for: Duration,
}

/// What became of a code that somebody entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeUse {
    /// It is right, and this use is counted.
    Good(Code),
    /// There is no such code.
    Wrong {
        /// How many more wrong ones there may be before the client is locked.
        left: u32,
    },
    /// There were too many wrong ones; this one was not looked at.
    Locked {
        /// When the client may try again.
        until: Time,
    },
    /// It is right, and opens other categories. It is not used up by this.
    NotForThis,
    /// It is right, and used up, ended or revoked.
    Spent,
}

impl Store {
    /// Makes a code. The second value is the code in full: it is shown once and kept nowhere.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a code that could never be used, and whatever else keeps it from
    /// being written.
    pub fn new_code(
        &self,
        new: NewCode,
        now: Time,
    ) -> Result<(Code, Zeroizing<String>), StoreError> {
        let categories = categories(&new.categories)?;
        let note = clean(&new.note, MAX_NOTE);
        if note.is_empty() {
            return Err(StoreError::Invalid(
                "a code needs a note, so that lists and events say what it is for",
            ));
        }
        if new.uses == Some(0) {
            return Err(StoreError::Invalid("a code needs at least one use"));
        }
        if new.until.is_some_and(|until| until <= now) {
            return Err(StoreError::Invalid("the end of the code is past already"));
        }
        if new.lasts.is_some_and(|span| span.is_zero()) {
            return Err(StoreError::Invalid("a grant by the code must last a second at least"));
        }
        let secret = Zeroizing::new(random::letters::<SECRET>()?);
        let hash = hash(&*secret)?;
        self.change(|memory| {
            if memory.codes.len() >= MAX_CODES {
                return Err(StoreError::Full {
                    what: "bypass codes",
                    bound: MAX_CODES,
                    hint: "revoke those that nobody needs; they go 30 days later",
                });
            }
            let id = text::fresh_id::<ID>(|id| memory.codes.contains_key(id))?;
            let shown = shown(&id, &secret);
            let code = Code {
                id,
                categories,
                uses_left: new.uses,
                used: 0,
                last_used: None,
                until: new.until,
                lasts: new.lasts,
                note,
                created: now,
                revoked: None,
            };
            let row = CodeRow { code: code.clone(), hash };
            Ok((vec![Row::Code(row.into())], (code, shown)))
        })
    }

    /// All codes that are kept, the newest first.
    pub fn codes(&self) -> Vec<Code> {
        let mut codes: Vec<_> = self.memory().codes.values().map(|row| row.code.clone()).collect();
        codes.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
        codes
    }

    /// The code with this id, as a person may type it.
    pub fn code(&self, id: &str) -> Option<Code> {
        self.memory().codes.get(&text::typed_id(id)).map(|row| row.code.clone())
    }

    /// Revokes a code and so ends all grants by it; `None` when there is none with this id. A code
    /// that is revoked already keeps the time at which it was.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written.
    pub fn revoke_code(&self, id: &str, now: Time) -> Result<Option<Code>, StoreError> {
        let id = text::typed_id(id);
        self.change(|memory| {
            let Some(row) = memory.codes.get(&id) else { return Ok((Vec::new(), None)) };
            if row.code.revoked.is_some() {
                return Ok((Vec::new(), Some(row.code.clone())));
            }
            let mut row = CodeRow::clone(row);
            row.code.revoked = Some(now);
            let code = row.code.clone();
            Ok((vec![Row::Code(row.into())], Some(code)))
        })
    }

    /// Whether a grant by this code still holds: the code is there and not revoked.
    ///
    /// A code whose uses are spent or whose time is over makes no new grants; the earlier ones hold
    /// until their own end.
    pub fn is_code_alive(&self, id: &str, now: Time) -> bool {
        let row = self.memory().codes.get(id).cloned();
        row.is_some_and(|row| row.code.revoked.is_none() && !row.code.is_past_keeping(now))
    }

    /// Takes what somebody typed as a code for a host of this category.
    ///
    /// Whatever was typed costs one verification of a hash, or none when the client is locked. At
    /// most two are verified at a time; more wait, in a short queue.
    ///
    /// # Errors
    /// [`StoreError::Overloaded`] when the queue is full, and what keeps the use from being written.
    pub fn use_code(
        &self,
        client: IpAddr,
        typed: &str,
        category: Option<&str>,
        limits: CodeLimits,
        now: Time,
    ) -> Result<CodeUse, StoreError> {
        let place = self.attempts().enter(client)?;
        if let Some(until) = place.locked(limits, now) {
            return Ok(CodeUse::Locked { until });
        }
        let typed = text::typed_digits(typed, ID + SECRET).map(Zeroizing::new);
        let whole = typed.as_ref().filter(|digits| digits.len() == ID + SECRET);
        let (id, secret) = whole.map_or(("", ""), |digits| digits.split_at(ID));
        let row = self.memory().codes.get(id).cloned();
        let hash = row.as_ref().map_or(DECOY, |row| row.hash.as_str());
        if !is_right(secret, hash) {
            return Ok(wrong(place, limits, now));
        }
        // Looked up again under the lock of all changes: of two people with the last use one wins.
        self.change(|memory| {
            let Some(row) = memory.codes.get(id) else {
                return Ok((Vec::new(), CodeUse::Spent));
            };
            if !row.code.is_usable(now) {
                return Ok((Vec::new(), CodeUse::Spent));
            }
            if !row.code.opens(category) {
                return Ok((Vec::new(), CodeUse::NotForThis));
            }
            let mut row = CodeRow::clone(row);
            row.code.uses_left = row.code.uses_left.map(|left| left.saturating_sub(1));
            row.code.used = row.code.used.saturating_add(1);
            row.code.last_used = Some(now);
            let code = row.code.clone();
            Ok((vec![Row::Code(row.into())], CodeUse::Good(code)))
        })
        .inspect(|used| {
            if matches!(used, CodeUse::Good(_)) {
                place.forgive();
            }
        })
    }
}

fn wrong(place: Place<'_>, limits: CodeLimits, now: Time) -> CodeUse {
    CodeUse::Wrong { left: place.wrong(limits, now) }
}

fn categories(names: &[String]) -> Result<Vec<String>, StoreError> {
    let mut out = Vec::new();
    for name in names {
        let name = clean(name, MAX_NOTE);
        if name.is_empty() {
            return Err(StoreError::Invalid("a category of the code has no name"));
        }
        if !out.contains(&name) {
            out.push(name);
        }
    }
    if out.len() > MAX_CATEGORIES {
        return Err(StoreError::Invalid(
            "a code names 100 categories at most; without any it opens all of them",
        ));
    }
    Ok(out)
}

fn shown(id: &str, secret: &[u8; SECRET]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(ID + SECRET + 2));
    out.push_str(id);
    for (place, digit) in secret.iter().enumerate() {
        if place % 5 == 0 {
            out.push('-');
        }
        out.push(char::from(*digit));
    }
    out
}

/// Argon2id with 19 MiB and two passes, the first choice of OWASP's password storage sheet.
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn hash(secret: &[u8]) -> Result<String, StoreError> {
    let salt = random::octets::<16>()?;
    let hash = hasher().hash_password_with_salt(secret, &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| StoreError::Hash(error.to_string()))
}

fn is_right(secret: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| hasher().verify_password(secret.as_bytes(), &hash).is_ok())
}

impl fmt::Debug for CodeRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeRow").field("code", &self.code).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_say_how_they_were_made_and_fit_one_secret() {
        let made = hash(b"0123456789").unwrap();
        assert!(made.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{made}");
        assert_ne!(made, hash(b"0123456789").unwrap(), "each has a salt of its own");
        assert!(is_right("0123456789", &made));
        assert!(!is_right("0123456780", &made));
    }

    #[test]
    fn the_decoy_is_a_hash_that_takes_as_long() {
        let decoy = PasswordHash::new(DECOY).unwrap();
        let real = hash(b"0123456789").unwrap();
        let real = PasswordHash::new(&real).unwrap();
        assert_eq!(decoy.params, real.params);
        assert_eq!(decoy.hash.unwrap().as_bytes().len(), real.hash.unwrap().as_bytes().len());
        assert!(!is_right("", DECOY));
    }
}
