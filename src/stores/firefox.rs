//! Firefox: the policy for everybody on the machine, and this user's profiles.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::nss;
use super::program;
use super::root::MOST;
use super::{Act, Entry, Kind, State, Work, as_administrator};
use crate::causes::with_cause;
use crate::files;

/// Where the policy lies. The first that is there is in force.
const POLICIES: [&str; 3] = [
    "/etc/firefox/policies/policies.json",
    "/usr/lib/firefox/distribution/policies.json",
    "/usr/lib/firefox-esr/distribution/policies.json",
];
/// Where profiles lie below a home: plain, new, snap, flatpak.
const PROFILES: [&str; 4] = [
    ".mozilla/firefox",
    ".config/mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
];
const LIST: [&str; 3] = ["policies", "Certificates", "Install"];

pub(super) fn entries(work: Work<'_>) -> Vec<Entry> {
    let scope = work.ground.scope;
    let mut entries = Vec::new();
    let before = bringing(work);
    if scope.system && work.act != Act::Verify {
        entries.extend(match work.act {
            Act::Uninstall => uninstall(work),
            _ => install(work),
        });
    }
    // certutil shows what a policy brought as untrusted, though Firefox trusts it.
    if let Some(file) = bringing(work)
        && work.act != Act::Uninstall
    {
        if entries.is_empty() {
            let what = format!("{} brings the root to every profile", file.display());
            entries.push(work.entry(Kind::Firefox, State::Trusted, what));
        }
        return entries;
    }
    if !scope.user {
        if entries.is_empty() {
            let what = "no policy of Firefox on this machine brings the root";
            let state =
                if is_here() && work.act == Act::Verify { State::Missing } else { State::Skipped };
            let install = work.install(" --system");
            let next = format!("`{install}`, or `--user` for the profiles of one user");
            entries.push(work.advised(Kind::Firefox, state, what.to_owned(), next));
        }
        return entries;
    }
    let profiles = profiles(work);
    if profiles.is_empty() && entries.is_empty() {
        entries.push(work.entry(
            Kind::Firefox,
            State::Skipped,
            "this user has no profile of Firefox",
        ));
    }
    let of =
        |folder: &PathBuf| nss::database(work, Kind::Firefox, folder, "Firefox refuses our pages");
    entries.extend(profiles.iter().map(of));
    if before.is_some()
        && let Some(entry) = entries.first_mut()
        && entry.state == State::Removed
    {
        entry.next = Some(
            "profiles of other users keep what the policy brought: run `blockhouse-ca uninstall --user` \
             as each of them"
                .to_owned(),
        );
    }
    entries
}

fn profiles(work: Work<'_>) -> Vec<PathBuf> {
    let home = work.ground.home.iter();
    let places = home.flat_map(|home| PROFILES.iter().map(|place| home.join(place)));
    let mut found: Vec<PathBuf> = places
        .flat_map(|place| nss::children(&place))
        .filter(|folder| folder.join("cert9.db").is_file())
        .collect();
    found.sort();
    found
}

/// Whether there is a Firefox for everybody.
fn is_here() -> bool {
    Path::new("/etc/firefox").is_dir()
        || ["firefox", "firefox-esr"].iter().any(|name| program::find(name).is_some())
}

/// The policy that brings the root, if one does.
fn bringing(work: Work<'_>) -> Option<PathBuf> {
    let brings = |path: &PathBuf| {
        let policy = read(path).ok().flatten();
        policy.is_some_and(|policy| names(&policy).any(|name| is_root(work, name)))
    };
    POLICIES.iter().map(PathBuf::from).find(brings)
}

fn read(path: &Path) -> Result<Option<Value>, String> {
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    let text = files::read("the policies of Firefox", path, MOST).map_err(|e| with_cause(&e))?;
    let policy: Value = serde_json::from_slice(&text)
        .map_err(|error| format!("{} is not JSON: {error}", path.display()))?;
    if !policy.is_object() {
        return Err(format!("{} holds no policies", path.display()));
    }
    Ok(Some(policy))
}

fn names(policy: &Value) -> impl Iterator<Item = &str> {
    let list = policy.pointer("/policies/Certificates/Install").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// Whether what a policy names is the root, in one of the places where Firefox looks for it.
fn is_root(work: Work<'_>, name: &str) -> bool {
    let mut places = vec![PathBuf::from(name)];
    let folders = ["/usr/lib/mozilla/certificates", "/usr/lib64/mozilla/certificates"];
    places.extend(folders.iter().map(|folder| Path::new(folder).join(name)));
    let home = work.ground.home.iter();
    places.extend(home.map(|home| home.join(".mozilla/certificates").join(name)));
    places.iter().any(|path| work.root.is_in_file(path))
}

/// The policy in force, or where one is to be.
fn policy_file() -> PathBuf {
    let there = POLICIES.iter().map(PathBuf::from).find(|path| path.symlink_metadata().is_ok());
    there.unwrap_or_else(|| PathBuf::from(POLICIES[0]))
}

fn failed(work: Work<'_>, why: String) -> Option<Entry> {
    Some(work.advised(Kind::Firefox, State::Failed, why, as_administrator()))
}

fn install(work: Work<'_>) -> Option<Entry> {
    if bringing(work).is_some() || !is_here() {
        return None;
    }
    let path = policy_file();
    let shown = path.display();
    let mut policy = match read(&path) {
        Ok(policy) => policy.unwrap_or_else(|| Value::Object(Map::new())),
        Err(why) => {
            let next = format!("put {shown} right by hand, then run this again");
            return Some(work.advised(Kind::Firefox, State::Failed, why, next));
        }
    };
    let Some(list) = list_in(&mut policy) else {
        let what = format!("{shown} has something else than a list at {}", LIST.join("."));
        let next = format!("put {shown} right by hand, then run this again");
        return Some(work.advised(Kind::Firefox, State::Failed, what, next));
    };
    // Beside the policy, since a Firefox in a snap sees that folder and hardly another.
    let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
    let certificate = folder.join(format!("{}.pem", work.root.slug));
    list.push(Value::String(certificate.display().to_string()));
    if let Err(error) = fs::create_dir_all(&folder) {
        return failed(work, format!("cannot make {}: {error}", folder.display()));
    }
    if let Err(error) = files::replace("the root", &certificate, &work.root.pem, 0o644) {
        return failed(work, with_cause(&error));
    }
    if let Err(why) = write(&path, &policy) {
        let _ = fs::remove_file(&certificate);
        return failed(work, why);
    }
    let what =
        format!("{shown} brings the root to every profile, when Firefox starts the next time");
    Some(work.entry(Kind::Firefox, State::Installed, what))
}

fn uninstall(work: Work<'_>) -> Option<Entry> {
    let path = bringing(work)?;
    let shown = path.display();
    let mut policy = match read(&path) {
        Ok(policy) => policy?,
        Err(why) => return failed(work, why),
    };
    let ours: Vec<String> =
        names(&policy).filter(|name| is_root(work, name)).map(str::to_owned).collect();
    list_in(&mut policy)?
        .retain(|name| name.as_str().is_none_or(|name| !ours.iter().any(|our| our == name)));
    prune(&mut policy, &LIST);
    let done = match policy.as_object().is_some_and(Map::is_empty) {
        true => fs::remove_file(&path).map_err(|error| format!("cannot remove {shown}: {error}")),
        false => write(&path, &policy),
    };
    if let Err(why) = done {
        return failed(work, why);
    }
    // What we put beside it. What somebody else put elsewhere may serve other programs.
    let own = path.with_file_name(format!("{}.pem", work.root.slug));
    let _ = fs::remove_file(own);
    Some(work.entry(Kind::Firefox, State::Removed, format!("took the root out of {shown}")))
}

/// The list of certificates, made where there is none; none when something else is in its place.
fn list_in(policy: &mut Value) -> Option<&mut Vec<Value>> {
    let mut place = policy;
    for (depth, name) in LIST.iter().enumerate() {
        let empty = match depth + 1 == LIST.len() {
            true => Value::Array(Vec::new()),
            false => Value::Object(Map::new()),
        };
        place = place.as_object_mut()?.entry(*name).or_insert(empty);
    }
    place.as_array_mut()
}

/// Takes away along a path what has become empty.
fn prune(value: &mut Value, path: &[&str]) {
    let (Some((first, rest)), Some(table)) = (path.split_first(), value.as_object_mut()) else {
        return;
    };
    let Some(inner) = table.get_mut(*first) else { return };
    prune(inner, rest);
    let empty = match inner {
        Value::Array(list) => list.is_empty(),
        Value::Object(table) => table.is_empty(),
        _ => false,
    };
    if empty {
        table.remove(*first);
    }
}

fn write(path: &Path, policy: &Value) -> Result<(), String> {
    let mut text = serde_json::to_string_pretty(policy).map_err(|error| error.to_string())?;
    text.push('\n');
    files::replace("the policies of Firefox", path, text.as_bytes(), 0o644)
        .map_err(|error| with_cause(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_of_others_is_kept() {
        let before: Value = serde_json::json!({"policies": {"DisableTelemetry": true}});
        let mut policy = before.clone();
        list_in(&mut policy).unwrap().push("/x.pem".into());
        assert_eq!(names(&policy).collect::<Vec<_>>(), ["/x.pem"]);
        list_in(&mut policy).unwrap().clear();
        prune(&mut policy, &LIST);
        assert_eq!(policy, before);
    }

    #[test]
    fn what_is_no_list_stays() {
        let mut policy = serde_json::json!({"policies": {"Certificates": 7}});
        assert!(list_in(&mut policy).is_none());
        let mut policy = serde_json::json!({"policies": {"Certificates": {"Install": "x"}}});
        assert!(list_in(&mut policy).is_none());
    }
}
