//! Windows and macOS, where the platform's own tool does everything: which command lines.
//!
//! They are made by functions that know nothing of the machine they run on.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{NoAnswer, output};
use super::root::Scratch;
use super::{Act, CHANGE, Entry, Kind, Root, State, Work};

/// A system with one store and one tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Platform {
    Windows,
    Mac,
}

/// Whose store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Machine,
    User,
}

/// A command line: the program first.
type Line = Vec<OsString>;

impl Platform {
    /// None where stores are files.
    pub(super) const fn of_this_machine() -> Option<Self> {
        if cfg!(target_os = "windows") {
            Some(Self::Windows)
        } else if cfg!(target_os = "macos") {
            Some(Self::Mac)
        } else {
            None
        }
    }
}

fn line(words: &[&str]) -> Line {
    words.iter().map(OsString::from).collect()
}

/// What asks the store: it ends well when the root is trusted.
fn verify(platform: Platform, whose: Whose, root: &Root, file: &Path) -> Line {
    match platform {
        Platform::Windows => {
            let mut words = line(&["certutil.exe"]);
            words.extend((whose == Whose::User).then(|| "-user".into()));
            words.extend(line(&["-verifystore", "Root", &thumbprint(root)]));
            words
        }
        Platform::Mac => {
            let mut words = line(&["security", "verify-cert", "-c"]);
            words.push(file.into());
            // A CA itself, without asking the network.
            words.extend(line(&["-p", "basic", "-l", "-L", "-q"]));
            words
        }
    }
}

/// What puts the root in.
fn install(platform: Platform, whose: Whose, file: &Path, keychain: &Path) -> Vec<Line> {
    let mut words;
    match platform {
        Platform::Windows => {
            words = line(&["certutil.exe"]);
            words.extend((whose == Whose::User).then(|| "-user".into()));
            words.extend(line(&["-f", "-addstore", "Root"]));
            words.push(file.into());
        }
        Platform::Mac => {
            words = line(&["security", "add-trusted-cert"]);
            words.extend((whose == Whose::Machine).then(|| "-d".into()));
            // For TLS servers; old programs in Go want to see `basic` as well.
            words.extend(line(&["-r", "trustRoot", "-p", "ssl", "-p", "basic", "-k"]));
            words.push(keychain.into());
            words.push(file.into());
        }
    }
    vec![words]
}

/// What takes it away.
fn uninstall(
    platform: Platform,
    whose: Whose,
    root: &Root,
    file: &Path,
    keychain: &Path,
) -> Vec<Line> {
    match platform {
        Platform::Windows => {
            let mut words = line(&["certutil.exe"]);
            words.extend((whose == Whose::User).then(|| "-user".into()));
            words.extend(line(&["-delstore", "Root", &thumbprint(root)]));
            vec![words]
        }
        Platform::Mac => {
            let mut trust = line(&["security", "remove-trusted-cert"]);
            trust.extend((whose == Whose::Machine).then(|| "-d".into()));
            trust.push(file.into());
            let mut certificate =
                line(&["security", "delete-certificate", "-Z", &thumbprint(root)]);
            certificate.push(keychain.into());
            vec![trust, certificate]
        }
    }
}

/// The SHA-1 fingerprint without colons.
fn thumbprint(root: &Root) -> String {
    root.sha1.replace(':', "")
}

fn keychain(whose: Whose, home: Option<&Path>) -> PathBuf {
    match whose {
        Whose::Machine => PathBuf::from("/Library/Keychains/System.keychain"),
        Whose::User => home.unwrap_or(Path::new("~")).join("Library/Keychains/login.keychain-db"),
    }
}

/// A command line as a person would type it.
fn typed(line: &Line) -> String {
    let words = line.iter().map(|word| word.to_string_lossy());
    let quoted = words.map(|word| match word.contains(' ') {
        true => format!("\"{word}\""),
        false => word.into_owned(),
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// Does it for the machine, or else for the user: a Mac's and a Windows' machine store serve everybody.
pub(super) fn entries(work: Work<'_>, platform: Platform) -> Vec<Entry> {
    let scope = work.ground.scope;
    let whose = if scope.system { Whose::Machine } else { Whose::User };
    vec![entry(work, platform, whose)]
}

fn entry(work: Work<'_>, platform: Platform, whose: Whose) -> Entry {
    let scratch = match Scratch::of(work.root) {
        Ok(scratch) => scratch,
        Err(why) => return work.entry(Kind::System, State::Failed, why),
    };
    let file = scratch.path();
    let keychain = keychain(whose, work.ground.home.as_deref());
    let store = match (platform, whose) {
        (Platform::Windows, Whose::Machine) => "the machine's trusted roots",
        (Platform::Windows, Whose::User) => "this user's trusted roots",
        (Platform::Mac, Whose::Machine) => "the system keychain",
        (Platform::Mac, Whose::User) => "this user's keychain",
    };
    let check = verify(platform, whose, work.root, file);
    let is_trusted = || match start(&check) {
        Ok(()) => Ok(true),
        Err(NoAnswer::Failed(_)) => Ok(false),
        Err(NoAnswer::Missing) => Err(()),
    };
    let named = &work.root.file;
    let (lines, done, wanted) = match work.act {
        Act::Uninstall => {
            (uninstall(platform, whose, work.root, file, &keychain), State::Removed, false)
        }
        Act::Install => (install(platform, whose, file, &keychain), State::Installed, true),
        Act::Verify => (Vec::new(), State::Trusted, true),
    };
    match is_trusted() {
        Err(()) => {
            let what = format!("`{}` is missing", check[0].to_string_lossy());
            return work.advised(
                Kind::System,
                State::Failed,
                what,
                "it belongs to the system: see PATH",
            );
        }
        Ok(true) if wanted => {
            return work.entry(
                Kind::System,
                State::Trusted,
                format!("{store}: the root is trusted"),
            );
        }
        Ok(false) if !wanted => {
            return work.entry(Kind::System, State::Skipped, format!("{store}: without the root"));
        }
        Ok(_) => {}
    }
    let by_hand: Vec<String> =
        install(platform, whose, named, &keychain).iter().map(typed).collect();
    if work.act == Act::Verify {
        let what = format!("{store}: the root is not trusted");
        return work.advised(
            Kind::System,
            State::Missing,
            what,
            format!("`{}`", by_hand.join("`, `")),
        );
    }
    for line in &lines {
        if let Err(why) = start(line) {
            let why = match why {
                NoAnswer::Missing => "it is missing".to_owned(),
                NoAnswer::Failed(why) => why,
            };
            let what = format!("{store}: `{}` failed: {why}", typed(line));
            // macOS 11 and later let nobody change trust without a person at the screen.
            let next = match platform {
                Platform::Windows => {
                    "run this in a window opened as administrator, or with `--user`"
                }
                Platform::Mac => {
                    "run this with `sudo` in a terminal on the Mac's own screen, where it asks for the \
                     password; or use the configuration profile (`blockhouse-ca export`)"
                }
            };
            return work.advised(Kind::System, State::Failed, what, next);
        }
    }
    match is_trusted() {
        Ok(trusted) if trusted == wanted => {
            let did = if wanted { "put in" } else { "taken away" };
            work.entry(Kind::System, done, format!("{store}: the root was {did}"))
        }
        _ => {
            let what = format!("{store}: the tool ended well, and nothing changed");
            let next = "another policy of this machine may decide; ask its administrator";
            work.advised(Kind::System, State::Failed, what, next)
        }
    }
}

fn start(line: &Line) -> Result<(), NoAnswer> {
    let Some((program, words)) = line.split_first() else { return Ok(()) };
    output(Command::new(program).args(words), CHANGE).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::read_root_file;

    fn root() -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        let mut plan = rcgen::CertificateParams::new(Vec::new()).unwrap();
        plan.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        plan.distinguished_name.push(rcgen::DnType::CommonName, "Example Root");
        let key = rcgen::KeyPair::generate().unwrap();
        let file = folder.path().join("root.pem");
        std::fs::write(&file, plan.self_signed(&key).unwrap().pem()).unwrap();
        let root = read_root_file(&file).unwrap().remove(0);
        (folder, root)
    }

    #[test]
    fn windows_takes_certutil() {
        let (_folder, root) = root();
        let print = root.sha1.replace(':', "");
        assert_eq!(print.len(), 40);
        let file = Path::new("C:/a root.pem");
        let said = |lines: Vec<Line>| lines.iter().map(typed).collect::<Vec<_>>();
        let windows = Platform::Windows;
        assert_eq!(
            said(install(windows, Whose::Machine, file, Path::new(""))),
            ["certutil.exe -f -addstore Root \"C:/a root.pem\""]
        );
        assert_eq!(
            said(install(windows, Whose::User, file, Path::new(""))),
            ["certutil.exe -user -f -addstore Root \"C:/a root.pem\""]
        );
        assert_eq!(
            said(uninstall(windows, Whose::Machine, &root, file, Path::new(""))),
            [format!("certutil.exe -delstore Root {print}")]
        );
        assert_eq!(
            said(vec![verify(windows, Whose::User, &root, file)]),
            [format!("certutil.exe -user -verifystore Root {print}")]
        );
    }

    #[test]
    fn a_mac_takes_security() {
        let (_folder, root) = root();
        let print = root.sha1.replace(':', "");
        let file = Path::new("/tmp/root.pem");
        let said = |lines: Vec<Line>| lines.iter().map(typed).collect::<Vec<_>>();
        let system = keychain(Whose::Machine, None);
        let own = keychain(Whose::User, Some(Path::new("/Users/ada")));
        assert_eq!(
            said(install(Platform::Mac, Whose::Machine, file, &system)),
            ["security add-trusted-cert -d -r trustRoot -p ssl -p basic -k \
              /Library/Keychains/System.keychain /tmp/root.pem"]
        );
        assert_eq!(
            said(install(Platform::Mac, Whose::User, file, &own)),
            ["security add-trusted-cert -r trustRoot -p ssl -p basic -k \
              /Users/ada/Library/Keychains/login.keychain-db /tmp/root.pem"]
        );
        assert_eq!(
            said(uninstall(Platform::Mac, Whose::Machine, &root, file, &system)),
            [
                "security remove-trusted-cert -d /tmp/root.pem".to_owned(),
                format!(
                    "security delete-certificate -Z {print} /Library/Keychains/System.keychain"
                ),
            ]
        );
        assert_eq!(
            said(vec![verify(Platform::Mac, Whose::Machine, &root, file)]),
            ["security verify-cert -c /tmp/root.pem -p basic -l -L -q"]
        );
    }
}
