//! From a configuration and its lists to a policy, by way of the index that was kept last time.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cache::{self, CacheError};
use super::compile::compile;
use super::index::Index;
use super::lists::Findings;
use super::read::read_lists;
use super::{Owner, Policy};
use crate::causes::with_cause;
use crate::clock::{self, Time};
use crate::config::{Config, ListFormat, Source};
use crate::files::{self, FileError};

/// From how many names on an index is kept in a file; fewer are read from their lists in no time.
const KEPT: usize = 50_000;
/// What was found in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListReport {
    /// The category that the list is for.
    pub category: String,
    /// Where it is: a path or an address.
    pub list: String,
    /// How it was read.
    pub format: ListFormat,
    /// How many entries were taken in.
    pub accepted: usize,
    /// How many entries say what an earlier one of the same list said.
    pub duplicate: usize,
    /// What was wrong or cannot be used.
    pub findings: Findings,
    /// Whether it has not been fetched yet, so that nothing of it counts.
    pub missing: bool,
}

/// Hosts that several categories know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// The category that counts: its class is the strictest, or it comes first.
    pub counts: String,
    /// Another one that knows them.
    pub beside: String,
    /// How many entries both have.
    pub entries: usize,
}

/// How an index was come by.
#[derive(Debug)]
pub enum CacheUse {
    /// The lists were read; there is no file to keep an index in, or they are too small for one.
    None,
    /// The lists are those of the policy before, so that its index was good.
    Held,
    /// The file was good.
    Used,
    /// The lists were read, and the index was kept for the next time.
    Written,
    /// The lists were read because the file was no good.
    Replaced(CacheError),
    /// The lists were read, and the index could not be kept.
    Failed(CacheError),
}

/// A policy, and what there is to say about it.
#[derive(Debug)]
pub struct LoadedPolicy {
    /// The policy.
    pub policy: Policy,
    /// What each list held.
    pub lists: Vec<ListReport>,
    /// Hosts that several categories know.
    pub overlaps: Vec<Overlap>,
    /// Where the index comes from.
    pub cache: CacheUse,
}

/// Why there is no policy: every list that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct PolicyErrors(pub Vec<PolicyProblem>);

/// One list that cannot be used.
#[derive(Debug)]
pub struct PolicyProblem {
    /// Which configuration names it.
    pub source: Source,
    /// On which line.
    pub line: usize,
    /// What is wrong.
    pub kind: PolicyProblemKind,
}

/// What is wrong with a list.
#[derive(Debug)]
#[non_exhaustive]
pub enum PolicyProblemKind {
    /// It cannot be read.
    Unreadable(FileError),
    /// There are more names than an index can hold.
    TooManyNames,
    /// It was read, and not one entry was found in it.
    NothingUnderstood(Box<ListReport>),
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.source, self.line)?;
        match &self.kind {
            PolicyProblemKind::Unreadable(error) => {
                write!(f, "{}", with_cause(error))?;
                if error.is_not_found() {
                    let hint = "a relative path starts at the folder of the configuration";
                    write!(f, "\n  hint: {hint}")?;
                }
                Ok(())
            }
            PolicyProblemKind::TooManyNames => {
                write!(f, "all lists together hold more than 4 GiB of names")
            }
            PolicyProblemKind::NothingUnderstood(report) => {
                let ListReport { list: file, format, findings, .. } = &**report;
                write!(f, "the list {file} holds nothing in the format `{format}`")?;
                for wrong in &findings.first_invalid {
                    write!(f, "\n  {file}:{}: {}", wrong.line, wrong.reason)?;
                }
                write!(
                    f,
                    "\n  hint: is `format` right? There are `hosts`, `domains`, `adblock` and `rpz`"
                )
            }
        }
    }
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { counts, beside, entries } = self;
        write!(f, "{entries} entries are in `{counts}` and in `{beside}`: `{counts}` counts")
    }
}

impl Policy {
    /// Reads the lists that a configuration names, and compiles its rules. Writes nothing.
    ///
    /// # Errors
    /// [`PolicyErrors`] names every list that cannot be read or in which nothing is understood.
    pub fn load(config: &Config) -> Result<LoadedPolicy, PolicyErrors> {
        let (index, lists) = read_lists(config)?;
        let policy = compile(config, Arc::new(index));
        let overlaps = policy.overlaps();
        Ok(LoadedPolicy { policy, lists, overlaps, cache: CacheUse::None })
    }

    /// As [`load`](Self::load), by way of the file of an earlier index where it is good. `write`:
    /// whether an index may be kept for the next time.
    ///
    /// # Errors
    /// [`PolicyErrors`]. A file that is no good is no error.
    pub fn load_cached(config: &Config, write: bool) -> Result<LoadedPolicy, PolicyErrors> {
        Self::load_after(config, write, None)
    }

    /// As [`load_cached`](Self::load_cached), by way of the index of the policy before where that is made
    /// from the same names.
    ///
    /// # Errors
    /// [`PolicyErrors`].
    pub fn load_after(
        config: &Config,
        write: bool,
        before: Option<&Self>,
    ) -> Result<LoadedPolicy, PolicyErrors> {
        let path = config.lists.directory.join("index.cache");
        let key = cache_key(config);
        let held = before.and_then(|before| Some((before, before.made_from.as_ref()?)));
        if let Some((before, (made_from, kept))) = held
            && key == Some(*made_from)
        {
            let policy = compile(config, Arc::clone(&before.index));
            return Ok(with_key(key, policy, kept.clone(), CacheUse::Held));
        }
        let found = match key {
            Some(key) => read_cache(&path, key),
            None => Err(None),
        };
        let why = match found {
            Ok((index, kept)) => {
                let policy = compile(config, Arc::new(index));
                return Ok(with_key(key, policy, kept, CacheUse::Used));
            }
            Err(why) => why,
        };
        let loaded = Self::load(config)?;
        // The lists may have changed while they were read.
        let same = cache_key(config).filter(|now| key == Some(*now));
        let written = same.filter(|_| write && loaded.policy.names() >= KEPT).map(|key| {
            let with = (&loaded.lists, &loaded.overlaps);
            write_cache(&path, key, &loaded.policy.index, &with)
        });
        let cache = match (written, why) {
            (None, _) => CacheUse::None,
            (Some(Err(error)), _) => CacheUse::Failed(error),
            (Some(Ok(())), Some(error)) => CacheUse::Replaced(error),
            (Some(Ok(())), None) => CacheUse::Written,
        };
        let LoadedPolicy { policy, lists, overlaps, .. } = loaded;
        Ok(with_key(same, policy, (lists, overlaps), cache))
    }

    /// Which categories share entries, the most first.
    fn overlaps(&self) -> Vec<Overlap> {
        let mut slots = vec![0usize; self.index.slots.len()];
        for (_, record) in self.index.records() {
            if let Some(count) = slots.get_mut(record.slot as usize) {
                *count += 1;
            }
        }
        let mut pairs: HashMap<(usize, usize), usize> = HashMap::new();
        for (slot, count) in self.index.slots.iter().zip(slots).skip(1) {
            let mut categories: Vec<usize> = Vec::new();
            for set in [slot.itself, slot.below] {
                for member in self.index.sets.get(set) {
                    let owner = self.groups.get(member.group() as usize).map(|group| &group.of);
                    if let Some(Owner::Inline { category } | Owner::List { category, .. }) = owner
                        && member.listed()
                        && !categories.contains(category)
                    {
                        categories.push(*category);
                    }
                }
            }
            let strictness = |at: &usize| self.categories[*at].class.strictness();
            categories.sort_by_key(|at| (std::cmp::Reverse(strictness(at)), *at));
            if let Some((first, others)) = categories.split_first() {
                for other in others {
                    *pairs.entry((*first, *other)).or_default() += count;
                }
            }
        }
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_by_key(|(pair, entries)| (std::cmp::Reverse(*entries), *pair));
        let name = |at: usize| self.categories[at].name.to_string();
        let overlap = |((counts, beside), entries)| Overlap {
            counts: name(counts),
            beside: name(beside),
            entries,
        };
        pairs.into_iter().map(overlap).collect()
    }
}

/// A policy that knows what its index was made from.
fn with_key(key: Option<u128>, policy: Policy, kept: Kept, cache: CacheUse) -> LoadedPolicy {
    let (lists, overlaps) = kept.clone();
    let policy = Policy { made_from: key.map(|key| (key, kept)), ..policy };
    LoadedPolicy { policy, lists, overlaps, cache }
}

/// Everything that an index is made from, in short; none when it may change without our seeing it.
fn cache_key(config: &Config) -> Option<u128> {
    let mut text = String::from(env!("CARGO_PKG_VERSION"));
    let mut say = |part: &dyn fmt::Display| {
        text += &part.to_string();
        text.push('\0');
    };
    for category in &config.policy.categories {
        say(&category.name);
        say(&category.class);
        category.hosts.iter().for_each(|pattern| say(pattern));
        say(&"lists");
        for list in &category.lists {
            let path = list.place.path(&config.lists);
            say(&list.place);
            say(&list.format);
            say(&list.suffixes);
            match std::fs::metadata(&path) {
                Ok(file) => {
                    let now = clock::now();
                    // A file that changed just now may change again within the same tick of its clock.
                    if now.since(Time::from_unix(file.mtime())).as_secs() < 2 {
                        return None;
                    }
                    say(&format_args!(
                        "{} {}.{} {}.{} {}",
                        file.len(),
                        file.mtime(),
                        file.mtime_nsec(),
                        file.ctime(),
                        file.ctime_nsec(),
                        file.ino()
                    ));
                }
                Err(_) => say(&"missing"),
            }
        }
    }
    // Each rule by itself: a name that moves to another rule belongs to another group.
    for rule in config.policy.policies.iter().flat_map(|policy| &policy.rules) {
        say(&"rule");
        rule.hosts.iter().for_each(|pattern| say(pattern));
    }
    say(&"portal");
    config.portal.domains().for_each(|name| say(name));
    say(&"exceptions");
    config.policy.exceptions.domains.iter().for_each(|name| say(name));
    say(&"not built in");
    config.policy.exceptions.not_builtin.iter().for_each(|name| say(name));
    Some(xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
}

/// What is kept with an index.
pub(super) type Kept = (Vec<ListReport>, Vec<Overlap>);

/// None as the error when there is no file.
fn read_cache(path: &Path, key: u128) -> Result<(Index, Kept), Option<CacheError>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(None),
        Err(error) => return Err(Some(error.into())),
    };
    let length = file.metadata().map_err(|error| Some(error.into()))?.len();
    cache::read(&mut file, length, key).map_err(Some)
}

fn write_cache(
    path: &Path,
    key: u128,
    index: &Index,
    with: &impl Serialize,
) -> Result<(), CacheError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut scratch = files::Scratch::beside(path, 0o644)?;
    let mut out = io::BufWriter::with_capacity(1 << 16, scratch.file());
    cache::write(index, key, with, &mut out)?;
    io::Write::flush(&mut out)?;
    drop(out);
    scratch.put()?;
    Ok(())
}
