//! Databases of NSS, by `certutil`: Chromium's, and the profiles of Firefox.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{self, NoAnswer, output};
use super::root::Scratch;
use super::{Act, CHANGE, Entry, Kind, State, Work, as_administrator};

/// What `certutil` comes in.
const PACKAGE: &str = "Debian package libnss3-tools, elsewhere nss-tools or mozilla-nss-tools";
/// Programs that read Chromium's database.
const CHROMIUMS: [&str; 8] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "brave-browser",
    "vivaldi",
    "opera",
];

/// What a database says of the root.
enum Held {
    Trusted(Vec<String>),
    /// It is there, and not for web sites.
    Untrusted(Vec<String>, String),
    Absent,
}

pub(super) fn entries(work: Work<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    let shared = Path::new("/etc/pki/nssdb");
    if work.ground.scope.system && shared.join("cert9.db").is_file() {
        entries.push(database(
            work,
            Kind::Nss,
            shared,
            "programs with this database refuse our pages",
        ));
    }
    if !work.ground.scope.user {
        return entries;
    }
    let Some(home) = &work.ground.home else {
        entries.push(work.entry(
            Kind::Nss,
            State::Skipped,
            "the user's home is not known (`HOME`)",
        ));
        return entries;
    };
    let mut folders = places(home);
    if folders.is_empty() && work.act == Act::Install {
        match make(work, home) {
            Ok(made) => folders.extend(made),
            Err(entry) => entries.push(entry),
        }
    }
    if folders.is_empty() && entries.is_empty() {
        entries.push(work.entry(Kind::Nss, State::Skipped, "this user has no NSS database"));
    }
    entries.extend(
        folders
            .iter()
            .map(|folder| database(work, Kind::Nss, folder, "Chromium here refuses our pages")),
    );
    entries
}

/// The databases of Chromium and its kin in a home.
fn places(home: &Path) -> Vec<PathBuf> {
    let folders = [".pki/nssdb", ".local/share/pki/nssdb"];
    // Chromium reads the first folder that is there, and no other.
    let first =
        |home: &Path| folders.map(|folder| home.join(folder)).into_iter().find(|f| f.is_dir());
    let mut found: Vec<PathBuf> = first(home).into_iter().collect();
    for (parent, inside) in [("snap", &["current", "common"][..]), (".var/app", &[".", "data"])] {
        for folder in children(&home.join(parent)) {
            found.extend(inside.iter().filter_map(|inside| first(&folder.join(inside))));
            let pki = folder.join("data/pki/nssdb");
            found.extend(pki.is_dir().then_some(pki));
        }
    }
    // `current` of a snap is a link to one of its siblings, and may be the same for two names.
    let mut seen: Vec<PathBuf> = Vec::new();
    found.retain(|folder| {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        let new = !seen.contains(&real);
        seen.push(real);
        new
    });
    found
}

/// What is in a folder, in order.
pub(super) fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Makes a database where a Chromium is that never ran.
fn make(work: Work<'_>, home: &Path) -> Result<Option<PathBuf>, Entry> {
    let Some(browser) = CHROMIUMS.iter().find(|name| program::find(name).is_some()) else {
        return Ok(None);
    };
    let failed = |why: String| {
        let what =
            format!("`{browser}` has no database of roots yet, and none could be made: {why}");
        let next = format!("start `{browser}` once, then run this again");
        work.advised(Kind::Nss, State::Failed, what, next)
    };
    // Under `sudo` the home can be another's, who could not use what we make there.
    let owner = fs::metadata(home).map(|found| found.uid());
    let own = fs::metadata("/proc/self").map(|found| found.uid());
    if !matches!((owner, own), (Ok(owner), Ok(own)) if owner == own) {
        return Err(failed(format!("{} is not the home of this user", home.display())));
    }
    let folder = home.join(".pki/nssdb");
    fs::create_dir_all(&folder).map_err(|error| failed(error.to_string()))?;
    let mut command = certutil(&folder, &["-N", "--empty-password"]);
    match output(&mut command, CHANGE) {
        Ok(_) => Ok(Some(folder)),
        Err(why) => {
            // Chromium takes a folder that is there, and makes its own files in it.
            let why = match why {
                NoAnswer::Missing => format!("`certutil` is missing ({PACKAGE})"),
                NoAnswer::Failed(why) => why,
            };
            Err(failed(why))
        }
    }
}

fn certutil(folder: &Path, words: &[&str]) -> Command {
    let mut database = OsString::from("sql:");
    database.push(folder);
    let mut command = program::command("certutil");
    command.args(words).arg("-d").arg(database);
    command
}

/// Looks at a database, and puts the root in or takes it away. `harm` is what follows without it.
pub(super) fn database(work: Work<'_>, store: Kind, folder: &Path, harm: &str) -> Entry {
    let shown = folder.display();
    let held = match held(work, folder) {
        Ok(held) => held,
        Err(why) => return unread(work, store, folder, &why),
    };
    match (work.act, held) {
        (Act::Verify | Act::Install, Held::Trusted(_)) => {
            work.entry(store, State::Trusted, format!("{shown} trusts the root"))
        }
        (Act::Verify, Held::Absent) => {
            let what = format!("{shown} lacks the root: {harm}");
            work.advised(store, State::Missing, what, by_hand(work))
        }
        (Act::Verify, Held::Untrusted(_, flags)) => {
            let what = format!("{shown} has the root, not for web sites (`{flags}`): {harm}");
            work.advised(store, State::Untrusted, what, by_hand(work))
        }
        (Act::Install, Held::Absent | Held::Untrusted(..)) => install(work, store, folder),
        (Act::Uninstall, Held::Absent) => {
            work.entry(store, State::Skipped, format!("{shown} is without the root"))
        }
        (Act::Uninstall, Held::Trusted(names) | Held::Untrusted(names, _)) => {
            uninstall(work, store, folder, &names)
        }
    }
}

fn by_hand(work: Work<'_>) -> String {
    format!("`{}`, which takes `certutil` ({PACKAGE})", work.install(""))
}

fn unread(work: Work<'_>, store: Kind, folder: &Path, why: &NoAnswer) -> Entry {
    let shown = folder.display();
    match why {
        NoAnswer::Missing => {
            let what = format!("{shown} takes `certutil` to read and to change, which is missing");
            let next = format!("install it ({PACKAGE}), then run this again");
            work.advised(store, State::Failed, what, next)
        }
        NoAnswer::Failed(why) => {
            let what = format!("certutil cannot read {shown}: {why}");
            work.advised(
                store,
                State::Failed,
                what,
                "end the programs that use it, then run this again",
            )
        }
    }
}

fn install(work: Work<'_>, store: Kind, folder: &Path) -> Entry {
    let shown = folder.display();
    let failed = |why: String| {
        let what = format!("the root could not be put into {shown}: {why}");
        let next =
            "may this user write there? A database with a password of its own takes the root by \
                    the browser's settings alone"
                .to_owned();
        work.advised(store, State::Failed, what, next)
    };
    let scratch = match Scratch::of(work.root) {
        Ok(scratch) => scratch,
        Err(why) => return failed(why),
    };
    // Trusted to sign for TLS servers, and for nothing else.
    let mut command = certutil(folder, &["-A", "-t", "C,,", "-n", &work.root.name]);
    command.arg("-i").arg(scratch.path());
    if let Err(why) = output(&mut command, CHANGE) {
        return match why {
            NoAnswer::Missing => unread(work, store, folder, &why),
            NoAnswer::Failed(why) => failed(why),
        };
    }
    match held(work, folder) {
        Ok(Held::Trusted(_)) => work.entry(
            store,
            State::Installed,
            format!("{shown} trusts the root now, for web sites"),
        ),
        _ => failed("certutil took it, and it is not trusted all the same".to_owned()),
    }
}

fn uninstall(work: Work<'_>, store: Kind, folder: &Path, names: &[String]) -> Entry {
    let shown = folder.display();
    for name in names {
        let octets = output(&mut certutil(folder, &["-L", "-r", "-n", name]), work.ground.patience);
        // certutil takes away by name, which several certificates of one subject share.
        if octets.is_ok_and(|octets| octets != work.root.der[..]) {
            let what =
                format!("{shown} has other certificates by the name `{name}`, so the root stays");
            let next = "take it away in the settings of the browser, among the authorities";
            return work.advised(store, State::Failed, what, next);
        }
        if let Err(why) = output(&mut certutil(folder, &["-D", "-n", name]), CHANGE) {
            let why = match why {
                NoAnswer::Missing => return unread(work, store, folder, &why),
                NoAnswer::Failed(why) => why,
            };
            let what = format!("the root could not be taken out of {shown}: {why}");
            return work.advised(store, State::Failed, what, as_administrator());
        }
    }
    match held(work, folder) {
        Ok(Held::Absent) => {
            work.entry(store, State::Removed, format!("took the root out of {shown}"))
        }
        _ => {
            let what =
                format!("certutil took the root out of {shown}, and it is there all the same");
            work.advised(
                store,
                State::Failed,
                what,
                "end the programs that use it, then run this again",
            )
        }
    }
}

/// Goes through a database by the nicknames that stand in it.
fn held(work: Work<'_>, folder: &Path) -> Result<Held, NoAnswer> {
    // certutil makes a database where there is none, and looking changes nothing.
    if !folder.join("cert9.db").is_file() {
        return Ok(Held::Absent);
    }
    let patience = work.ground.patience;
    let listed = output(&mut certutil(folder, &["-L"]), patience)?;
    let listed = String::from_utf8_lossy(&listed);
    let (mut names, mut trusted, mut last) = (Vec::new(), false, String::new());
    for line in listed.lines() {
        let Some((name, flags)) = line.trim_end().rsplit_once(char::is_whitespace) else {
            continue;
        };
        if flags.matches(',').count() != 2 || flags.contains('/') {
            continue;
        }
        let name = name.trim_end();
        let octets = output(&mut certutil(folder, &["-L", "-r", "-n", name]), patience)?;
        // Several certificates can go by one name.
        let root = &work.root.der[..];
        if !octets.windows(root.len().max(1)).any(|part| part == root) {
            continue;
        }
        trusted |= flags.split(',').next().unwrap_or_default().contains('C');
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        last = flags.to_owned();
    }
    Ok(match (names.is_empty(), trusted) {
        (true, _) => Held::Absent,
        (false, true) => Held::Trusted(names),
        (false, false) => Held::Untrusted(names, last),
    })
}
