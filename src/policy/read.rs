//! From the lists and the patterns of a configuration to an index.

use std::io::{self, BufRead, BufReader, Read as _};
use std::sync::mpsc;

use super::Owner;
use super::index::{Builder, Full, Index};
use super::lists::{self, Findings};
use super::load::{ListReport, PolicyErrors, PolicyProblem, PolicyProblemKind};
use crate::config::{
    BUILTIN_NAMES, CategoryConfig, Config, Exceptions, HostPattern, ListFormat, ListPlace,
    ListSource, Reach,
};
use crate::files::{self, FileError};
use crate::host::HostName;

/// About how many octets a name and its parents take in a list, to guess how many there are.
fn octets_a_name(format: ListFormat) -> u64 {
    match format {
        ListFormat::Domains => 17,
        ListFormat::Adblock => 20,
        ListFormat::Hosts => 25,
        // Most zones name what is below as well.
        ListFormat::Rpz => 50,
    }
}

pub(super) fn read_lists(config: &Config) -> Result<(Index, Vec<ListReport>), PolicyErrors> {
    let categories = &config.policy.categories;
    let lists = categories.iter().flat_map(|category| &category.lists);
    let size = |list: &ListSource| std::fs::metadata(list.place.path(&config.lists));
    let names = lists.filter_map(|list| Some(size(list).ok()?.len() / octets_a_name(list.format)));
    let names = usize::try_from(names.sum::<u64>()).unwrap_or(0);
    let mut reader = ListReader {
        config,
        index: Builder::new(names),
        reports: Vec::new(),
        problems: Vec::new(),
    };
    for (group, (owner, closest)) in (0..).zip(groups_of(config)) {
        let _ = closest;
        reader.group(group, &owner);
    }
    if reader.problems.is_empty() {
        Ok((reader.index.finish(), reader.reports))
    } else {
        Err(PolicyErrors(reader.problems))
    }
}

/// The groups of a configuration, in the order of their numbers, each with whether the entry closest
/// to a host decides.
pub(super) fn groups_of(config: &Config) -> Vec<(Owner, bool)> {
    let mut groups = Vec::new();
    for (category, of) in config.policy.categories.iter().enumerate() {
        if !of.hosts.is_empty() {
            groups.push((Owner::Inline { category }, false));
        }
        for (number, list) in of.lists.iter().enumerate() {
            let place = list.place.clone();
            groups.push((Owner::List { category, number, place }, list.format == ListFormat::Rpz));
        }
    }
    for (policy, of) in config.policy.policies.iter().enumerate() {
        for (rule, of) in of.rules.iter().enumerate() {
            if !of.hosts.is_empty() {
                groups.push((Owner::Rule { policy, rule }, false));
            }
        }
    }
    if config.portal.host.is_some() {
        groups.push((Owner::Portal, false));
    }
    for builtin in [false, true] {
        groups.push((Owner::Exceptions { builtin }, false));
    }
    groups
}

/// The built-in exceptions that are not switched off.
fn builtin_names(exceptions: &Exceptions) -> impl Iterator<Item = &'static str> {
    let on = |name: &&str| !exceptions.not_builtin.iter().any(|off| off.as_str() == *name);
    BUILTIN_NAMES.iter().map(|builtin| builtin.name).filter(on)
}

struct ListReader<'c> {
    config: &'c Config,
    index: Builder,
    reports: Vec<ListReport>,
    problems: Vec<PolicyProblem>,
}

impl ListReader<'_> {
    fn group(&mut self, group: u32, owner: &Owner) {
        let policy = &self.config.policy;
        let added = match owner {
            Owner::Inline { category } => self.patterns(group, &policy.categories[*category].hosts),
            Owner::Rule { policy: of, rule } => {
                self.patterns(group, &policy.policies[*of].rules[*rule].hosts)
            }
            Owner::Portal => self.names(group, self.config.portal.domains().map(HostName::as_str)),
            Owner::Exceptions { builtin: true } => {
                self.names(group, builtin_names(&policy.exceptions))
            }
            Owner::Exceptions { builtin: false } => {
                self.names(group, policy.exceptions.domains.iter().map(HostName::as_str))
            }
            Owner::List { category, number, .. } => {
                let category = &policy.categories[*category];
                let list = &category.lists[*number];
                if let Err(kind) = self.list(group, category, list) {
                    let source = self.config.source.clone();
                    self.problems.push(PolicyProblem { source, line: list.line, kind });
                }
                Ok(())
            }
        };
        if added == Err(Full) {
            let (source, kind) = (self.config.source.clone(), PolicyProblemKind::TooManyNames);
            self.problems.push(PolicyProblem { source, line: 1, kind });
        }
    }

    fn names<'n>(
        &mut self,
        group: u32,
        mut names: impl Iterator<Item = &'n str>,
    ) -> Result<(), Full> {
        names.try_for_each(|name| self.index.add(name, Reach::Within, group, true).map(drop))
    }

    fn patterns(&mut self, group: u32, patterns: &[HostPattern]) -> Result<(), Full> {
        patterns.iter().try_for_each(|pattern| {
            self.index.add(pattern.name.as_str(), pattern.reach, group, true).map(drop)
        })
    }

    fn list(
        &mut self,
        group: u32,
        category: &CategoryConfig,
        list: &ListSource,
    ) -> Result<(), PolicyProblemKind> {
        const WHAT: &str = "the list";
        let path = list.place.path(&self.config.lists);
        let mut report = ListReport {
            category: category.name.clone(),
            list: list.place.to_string(),
            format: list.format,
            accepted: 0,
            duplicate: 0,
            findings: Findings::default(),
            missing: false,
        };
        let failed = |source| {
            let path = path.clone();
            PolicyProblemKind::Unreadable(FileError::Read { what: WHAT, path, source })
        };
        let file = match files::open_regular(&path) {
            Ok(file) => file,
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && matches!(list.place, ListPlace::Url { .. }) =>
            {
                report.missing = true;
                self.reports.push(report);
                return Ok(());
            }
            Err(error) => return Err(failed(error)),
        };
        let limit = self.config.lists.size;
        if file.metadata().map_err(failed)?.len() > limit {
            let path = path.clone();
            return Err(PolicyProblemKind::Unreadable(FileError::TooLarge {
                what: WHAT,
                path,
                limit,
            }));
        }
        let octets = BufReader::with_capacity(1 << 18, file.take(limit));
        let mut entered = Entered::default();
        let enter = |batch: Batch| entered.batch(&batch, &mut self.index, group);
        report.findings = scan_beside(list, octets, enter).map_err(failed)?;
        let Entered { accepted, duplicate, full } = entered;
        (report.accepted, report.duplicate) = (accepted, duplicate);
        if full {
            return Err(PolicyProblemKind::TooManyNames);
        }
        // An empty list is fine, as is one with a few slips; one without a single entry is read
        // the wrong way.
        let other = report.findings.invalid > 0 || !report.findings.unsupported.is_empty();
        if report.accepted == 0 && other {
            return Err(PolicyProblemKind::NothingUnderstood(Box::new(report)));
        }
        self.reports.push(report);
        Ok(())
    }
}

/// Names on their way from the thread that reads to the one that enters them.
#[derive(Default)]
struct Batch {
    text: String,
    /// For each name where it ends, its reach, and whether it is listed.
    names: Vec<(usize, Reach, bool)>,
}

/// What became of the names of a list.
#[derive(Default)]
struct Entered {
    accepted: usize,
    duplicate: usize,
    full: bool,
}

/// How many names go together.
const TOGETHER: usize = 4096;
/// How many batches may wait.
const WAITING: usize = 8;
/// How many names are looked up at once before they are entered one by one.
const AHEAD: usize = 32;

impl Entered {
    fn batch(&mut self, batch: &Batch, index: &mut Builder, group: u32) {
        let mut start = 0;
        let mut names: Vec<&str> = Vec::with_capacity(AHEAD);
        for some in batch.names.chunks(AHEAD) {
            names.clear();
            for (end, ..) in some {
                names.push(batch.text.get(start..*end).unwrap_or_default());
                start = *end;
            }
            index.warm(&names);
            for (name, (_, reach, listed)) in names.iter().zip(some) {
                match index.add(name, *reach, group, *listed) {
                    Ok(true) => self.accepted += 1,
                    Ok(false) => self.duplicate += 1,
                    Err(Full) => self.full = true,
                }
            }
        }
    }
}

/// Reads a list on a thread of its own, since reading and entering take about the same time.
fn scan_beside(
    list: &ListSource,
    octets: impl BufRead + Send,
    enter: impl FnMut(Batch),
) -> io::Result<Findings> {
    let (full, batches) = mpsc::sync_channel::<Batch>(WAITING);
    std::thread::scope(|scope| {
        let read = move || {
            let mut batch = Batch::default();
            let take = |name: &str, reach, listed, _| {
                batch.text.push_str(name);
                batch.names.push((batch.text.len(), reach, listed));
                if batch.names.len() == TOGETHER {
                    // Nobody listens only when the other thread is gone, and all with it.
                    let _ = full.send(std::mem::take(&mut batch));
                }
            };
            let findings = lists::scan(list.format, octets, list.suffixes, take);
            let _ = full.send(batch);
            findings
        };
        let reader =
            std::thread::Builder::new().name("list".to_owned()).spawn_scoped(scope, read)?;
        batches.into_iter().for_each(enter);
        reader.join().unwrap_or_else(|_| Err(io::Error::other("the reader of the list broke off")))
    })
}
