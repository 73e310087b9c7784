//! The system's store, of which each family of Linux has its own.

use std::fs;
use std::path::{Path, PathBuf};

use super::program::{self, NoAnswer, output};
use super::root::MOST;
use super::{Act, CHANGE, Entry, Kind, State, Work, as_administrator};
use crate::causes::with_cause;
use crate::files;

/// How a family of systems keeps the roots that its administrator adds.
#[derive(Debug)]
struct Family {
    name: &'static str,
    /// Where the administrator's roots lie.
    anchors: &'static str,
    /// What their files must end in.
    ending: &'static str,
    /// What makes the store of the files.
    update: &'static [&'static str],
    /// The same after one was taken away.
    renew: &'static [&'static str],
    /// The file that programs read.
    bundle: &'static str,
}

/// The more particular first: a folder of theirs shows the family.
const FAMILIES: [Family; 4] = [
    Family {
        name: "Red Hat",
        anchors: "/etc/pki/ca-trust/source/anchors",
        ending: "pem",
        update: &["update-ca-trust", "extract"],
        renew: &["update-ca-trust", "extract"],
        bundle: "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    },
    Family {
        name: "SUSE",
        anchors: "/etc/pki/trust/anchors",
        ending: "pem",
        update: &["update-ca-certificates"],
        renew: &["update-ca-certificates"],
        bundle: "/etc/ssl/ca-bundle.pem",
    },
    Family {
        name: "Arch",
        anchors: "/etc/ca-certificates/trust-source/anchors",
        ending: "crt",
        update: &["trust", "extract-compat"],
        renew: &["trust", "extract-compat"],
        bundle: "/etc/ssl/certs/ca-certificates.crt",
    },
    Family {
        name: "Debian",
        anchors: "/usr/local/share/ca-certificates",
        ending: "crt",
        update: &["update-ca-certificates"],
        // Without it the links of what is gone stay where OpenSSL looks.
        renew: &["update-ca-certificates", "--fresh"],
        bundle: "/etc/ssl/certs/ca-certificates.crt",
    },
];
/// Where else systems keep all roots in one file: Alpine, and those that are none of the above.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

pub(super) fn entries(work: Work<'_>) -> Vec<Entry> {
    match work.act {
        Act::Verify => look(work),
        Act::Install => vec![install(work)],
        Act::Uninstall => vec![uninstall(work)],
    }
}

/// The family of this system; of two, the one whose tool is here.
fn family() -> Option<&'static Family> {
    let here = || FAMILIES.iter().filter(|family| Path::new(family.anchors).is_dir());
    let has_tool = |family: &&Family| program::find(family.update[0]).is_some();
    here().find(has_tool).or_else(|| here().next())
}

fn look(work: Work<'_>) -> Vec<Entry> {
    let family = family();
    let own = family.map(|family| PathBuf::from(family.bundle)).filter(|path| path.is_file());
    let bundle = own.or_else(|| BUNDLES.iter().map(PathBuf::from).find(|path| path.is_file()));
    // OpenSSL's programs, and with them many others, look there and nowhere else.
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from).filter(|path| path.is_file());
    let mut bundles: Vec<PathBuf> = named.into_iter().chain(bundle).collect();
    bundles.dedup();
    if bundles.is_empty() {
        let what = "no bundle of the system's roots is known here";
        return vec![work.entry(Kind::System, State::Skipped, what)];
    }
    bundles.iter().map(|bundle| look_at(work, bundle)).collect()
}

fn look_at(work: Work<'_>, bundle: &Path) -> Entry {
    let shown = bundle.display();
    match holds(work, bundle) {
        Err(why) => work.entry(Kind::System, State::Failed, why),
        Ok(true) => work.entry(Kind::System, State::Trusted, format!("{shown} holds the root")),
        Ok(false) => {
            let next = format!("`{}`", work.install(" --system"));
            let what = format!(
                "{shown} lacks the root: curl, wget and most programs here refuse our pages"
            );
            work.advised(Kind::System, State::Missing, what, next)
        }
    }
}

fn holds(work: Work<'_>, bundle: &Path) -> Result<bool, String> {
    let octets =
        files::read("the system's roots", bundle, MOST).map_err(|error| with_cause(&error))?;
    Ok(work.root.is_within(&octets))
}

fn no_family(work: Work<'_>) -> Entry {
    let state = if work.act == Act::Uninstall { State::Skipped } else { State::Failed };
    let what = "this system keeps its roots nowhere that is known here".to_owned();
    let next = "install the package `ca-certificates` (or `p11-kit-trust` and `ca-certificates`), then \
                run this again";
    work.advised(Kind::System, state, what, next)
}

/// The files of the administrator's that hold the root.
fn anchors(work: Work<'_>, family: &Family) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(family.anchors)];
    while let Some(folder) = folders.pop() {
        for path in
            fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
        {
            // A link to a folder could lead round in a circle.
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if work.root.is_in_file(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn install(work: Work<'_>) -> Entry {
    let Some(family) = family() else { return no_family(work) };
    let bundle = Path::new(family.bundle);
    let anchors = anchors(work, family);
    let with_ending =
        |path: &&PathBuf| path.extension().is_some_and(|ending| ending == family.ending);
    let kept = anchors.iter().find(with_ending).cloned();
    if let (Some(anchor), Ok(true)) = (&kept, holds(work, bundle)) {
        let what =
            format!("{} was there already, and {} holds it", anchor.display(), family.bundle);
        return work.entry(Kind::System, State::Trusted, what);
    }
    let anchor = match kept {
        Some(anchor) => anchor,
        None => match write_anchor(work, family) {
            Ok(anchor) => anchor,
            Err(why) => return work.advised(Kind::System, State::Failed, why, as_administrator()),
        },
    };
    let shown = anchor.display();
    if let Err(entry) = update(work, family.update, &format!("{shown} is in place")) {
        return entry;
    }
    match holds(work, bundle) {
        Ok(true) => {
            let what = format!(
                "{shown} is in place, and {} put it into {} ({} family)",
                family.update[0], family.bundle, family.name
            );
            work.entry(Kind::System, State::Installed, what)
        }
        found => {
            let why = match found {
                Err(why) => why,
                Ok(_) => format!("{} lacks the root still", family.bundle),
            };
            let what =
                format!("{shown} is in place and `{}` ran, but {why}", family.update.join(" "));
            let next = format!("run `{}` by hand and read what it says", family.update.join(" "));
            work.advised(Kind::System, State::Failed, what, next)
        }
    }
}

fn write_anchor(work: Work<'_>, family: &Family) -> Result<PathBuf, String> {
    let path = Path::new(family.anchors).join(format!("{}.{}", work.root.slug, family.ending));
    files::replace("the root", &path, &work.root.pem, 0o644).map_err(|error| with_cause(&error))?;
    Ok(path)
}

fn update(work: Work<'_>, words: &[&str], done: &str) -> Result<(), Entry> {
    let mut command = program::command(words[0]);
    let (what, next) = match output(command.args(&words[1..]), CHANGE) {
        Ok(_) => return Ok(()),
        Err(NoAnswer::Missing) => (
            format!("{done}, but there is no `{}` to make the store of it", words[0]),
            "install the package that has it (`ca-certificates`; `p11-kit` for `trust`), then run this \
             again"
                .to_owned(),
        ),
        Err(NoAnswer::Failed(why)) => {
            (format!("{done}, but `{}` failed: {why}", words.join(" ")), as_administrator())
        }
    };
    Err(work.advised(Kind::System, State::Failed, what, next))
}

fn uninstall(work: Work<'_>) -> Entry {
    let Some(family) = family() else { return no_family(work) };
    let bundle = Path::new(family.bundle);
    let anchors = anchors(work, family);
    if anchors.is_empty() {
        return match holds(work, bundle) {
            Ok(true) => {
                // Its file was taken away, and the store not made anew.
                match update(work, family.renew, "nothing is to be taken away") {
                    Err(entry) => entry,
                    Ok(()) => gone(work, family, "made the store anew"),
                }
            }
            _ => {
                let what = format!("{} has no file with the root", family.anchors);
                work.entry(Kind::System, State::Skipped, what)
            }
        };
    }
    let mut names = Vec::new();
    for anchor in &anchors {
        let shown = anchor.display();
        let alone =
            files::read("the root", anchor, MOST).is_ok_and(|octets| work.root.is_all_of(&octets));
        if !alone {
            let what =
                format!("{shown} holds the root among other certificates, and stays as it is");
            let next = format!("take the root out of {shown} by hand, then run this again");
            return work.advised(Kind::System, State::Failed, what, next);
        }
        if let Err(error) = fs::remove_file(anchor) {
            let what = format!("cannot take {shown} away: {error}");
            return work.advised(Kind::System, State::Failed, what, as_administrator());
        }
        names.push(shown.to_string());
    }
    let done = format!("took {} away", names.join(", "));
    match update(work, family.renew, &done) {
        Err(entry) => entry,
        Ok(()) => gone(work, family, &done),
    }
}

fn gone(work: Work<'_>, family: &Family, done: &str) -> Entry {
    match holds(work, Path::new(family.bundle)) {
        Ok(true) => {
            let what = format!("{done}, but {} still holds the root", family.bundle);
            let next = format!(
                "look where else it lies: `grep -rl` for it below {}, /usr/share and /etc/ssl",
                family.anchors
            );
            work.advised(Kind::System, State::Failed, what, next)
        }
        _ => {
            let what = format!("{done}, and {} is without it", family.bundle);
            work.entry(Kind::System, State::Removed, what)
        }
    }
}
