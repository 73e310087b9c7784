//! The stores of Java, by `keytool`. Each Java has its own, and some share one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::nss::children;
use super::program::{self, NoAnswer, output};
use super::root::Scratch;
use super::{Act, CHANGE, Entry, Kind, Root, State, Work, as_administrator};

/// keytool starts a whole machine of its own.
const SLOW: Duration = Duration::from_secs(30);
/// What every Java's store is locked with, as it comes.
const PASSWORD: &str = "changeit";

/// One Java's tool, and its store.
struct Java {
    keytool: PathBuf,
    /// None when it is not where the tool belongs; keytool knows it then.
    store: Option<PathBuf>,
}

pub(super) fn entries(work: Work<'_>) -> Vec<Entry> {
    let found = javas(work.ground.every_java);
    if found.is_empty() {
        return vec![work.entry(Kind::Java, State::Skipped, "there is no Java here")];
    }
    found.iter().map(|java| java.entry(work)).collect()
}

/// The Javas of this machine, one for each store.
fn javas(every: bool) -> Vec<Java> {
    let mut tools: Vec<PathBuf> = Vec::new();
    if every {
        let home = std::env::var_os("JAVA_HOME").map(PathBuf::from);
        tools.extend(home.map(|home| home.join("bin/keytool")));
    }
    tools.extend(program::find("keytool"));
    if every {
        let places =
            ["/usr/lib/jvm", "/usr/java", "/opt/java", "/Library/Java/JavaVirtualMachines"];
        for folder in places.iter().flat_map(|place| children(Path::new(place))) {
            tools.push(folder.join("bin/keytool"));
            tools.push(folder.join("Contents/Home/bin/keytool"));
        }
    }
    let mut found: Vec<Java> = Vec::new();
    for keytool in tools.into_iter().filter(|path| path.is_file()) {
        let store = store_of(&keytool);
        let known = |java: &Java| java.store == store || java.keytool == keytool;
        if !found.iter().any(known) {
            found.push(Java { keytool, store });
        }
    }
    found
}

fn store_of(keytool: &Path) -> Option<PathBuf> {
    let real = keytool.canonicalize().ok()?;
    let home = real.parent()?.parent()?;
    let places = ["lib/security/cacerts", "jre/lib/security/cacerts"];
    places.iter().find_map(|place| home.join(place).canonicalize().ok())
}

impl Java {
    fn shown(&self) -> String {
        match &self.store {
            Some(store) => format!("Java's store {}", store.display()),
            None => format!("the store of {}", self.keytool.display()),
        }
    }

    fn store_words(&self) -> Vec<OsString> {
        match &self.store {
            Some(store) => vec!["-keystore".into(), store.into()],
            None => vec!["-cacerts".into()],
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.keytool);
        // So that its dates and complaints are of one form everywhere.
        command.args(["-J-Duser.language=en", "-J-Duser.country=US"]).args(words);
        command.args(self.store_words()).args(["-storepass", PASSWORD]);
        command
    }

    fn entry(&self, work: Work<'_>) -> Entry {
        let shown = self.shown();
        let alias = match self.alias(work) {
            Ok(alias) => alias,
            Err(why) => return self.failed(work, &format!("keytool cannot read {shown}"), why),
        };
        match (work.act, alias) {
            (Act::Verify | Act::Install, Some(_)) => {
                work.entry(Kind::Java, State::Trusted, format!("{shown} holds the root"))
            }
            (Act::Verify, None) => {
                let next = format!("`{}`", work.install(""));
                let what = format!("{shown} lacks the root: its programs refuse our pages");
                work.advised(Kind::Java, State::Missing, what, next)
            }
            (Act::Install, None) => self.install(work),
            (Act::Uninstall, Some(alias)) => self.uninstall(work, &alias),
            (Act::Uninstall, None) => {
                work.entry(Kind::Java, State::Skipped, format!("{shown} is without the root"))
            }
        }
    }

    /// What the root goes by in the store.
    fn alias(&self, work: Work<'_>) -> Result<Option<String>, NoAnswer> {
        let said = output(&mut self.command(&["-list"]), work.ground.patience.max(SLOW))?;
        Ok(alias_in(&String::from_utf8_lossy(&said), work.root))
    }

    fn install(&self, work: Work<'_>) -> Entry {
        let shown = self.shown();
        let attempt = format!("the root could not be put into {shown}");
        let scratch = match Scratch::of(work.root) {
            Ok(scratch) => scratch,
            Err(why) => return self.failed(work, &attempt, NoAnswer::Failed(why)),
        };
        let alias = &work.root.slug;
        let mut command =
            self.command(&["-importcert", "-noprompt", "-trustcacerts", "-alias", alias]);
        if let Err(why) = output(command.arg("-file").arg(scratch.path()), CHANGE) {
            return self.failed(work, &attempt, why);
        }
        match self.alias(work) {
            Ok(Some(_)) => {
                let what = format!("{shown} holds the root now, as `{alias}`");
                work.entry(Kind::Java, State::Installed, what)
            }
            Ok(None) => {
                let why = "keytool took it, and it is not there".to_owned();
                self.failed(work, &attempt, NoAnswer::Failed(why))
            }
            Err(why) => self.failed(work, &attempt, why),
        }
    }

    fn uninstall(&self, work: Work<'_>, alias: &str) -> Entry {
        let shown = self.shown();
        let attempt = format!("the root could not be taken out of {shown}");
        if let Err(why) = output(&mut self.command(&["-delete", "-alias", alias]), CHANGE) {
            return self.failed(work, &attempt, why);
        }
        match self.alias(work) {
            Ok(None) => {
                work.entry(Kind::Java, State::Removed, format!("took the root out of {shown}"))
            }
            Ok(Some(other)) => {
                let why = format!("it goes by `{other}` as well; run this again");
                self.failed(work, &attempt, NoAnswer::Failed(why))
            }
            Err(why) => self.failed(work, &attempt, why),
        }
    }

    fn failed(&self, work: Work<'_>, attempt: &str, why: NoAnswer) -> Entry {
        let why = match why {
            NoAnswer::Missing => "keytool is gone".to_owned(),
            NoAnswer::Failed(why) => why,
        };
        let next =
            format!("{}; a store with another password takes keytool by hand", as_administrator());
        work.advised(Kind::Java, State::Failed, format!("{attempt}: {why}"), next)
    }
}

/// Finds the root's alias in a listing. Java 8 shows SHA-1, later ones SHA-256.
///
/// ```text
/// example-root-ca-g1, Nov 24, 2026, trustedCertEntry,
/// Certificate fingerprint (SHA-256): 4B:9A:...
/// ```
fn alias_in(listing: &str, root: &Root) -> Option<String> {
    let lines: Vec<&str> = listing.lines().collect();
    let place = lines
        .iter()
        .position(|line| line.ends_with(&root.sha256) || line.trim_end().ends_with(&root.sha1))?;
    let entry = lines.get(place.checked_sub(1)?)?.trim_end().trim_end_matches(',');
    // From the end: the kind of entry, the year, month and day; what is before can have commas.
    Some(entry.rsplitn(4, ", ").nth(3)?.to_owned())
}
