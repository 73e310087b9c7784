//! The sections of the page from which people install the root, one for each kind of device.

use serde::Serialize;

use super::portal::{FileFacts, RootFacts};
use super::words::Words;

/// What people install the root on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Device {
    /// iPhone and iPad.
    Ios,
    /// Android.
    Android,
    /// Windows.
    Windows,
    /// macOS.
    Mac,
    /// ChromeOS.
    Chromeos,
    /// Linux.
    Linux,
    /// Firefox, on any system.
    Firefox,
    /// Programs with stores of their own, and device managers.
    Programs,
}

impl Device {
    pub(super) const ALL: [Self; 8] = [
        Self::Ios,
        Self::Android,
        Self::Windows,
        Self::Mac,
        Self::Chromeos,
        Self::Linux,
        Self::Firefox,
        Self::Programs,
    ];

    /// What a `User-Agent` most likely stands for. It only opens a section; all others stay in sight.
    pub fn of_user_agent(text: &str) -> Option<Self> {
        let has = |word: &str| text.contains(word);
        // The order matters: a Chromebook and Android say Linux, and an iPhone says Mac OS.
        let found = if has("iPhone") || has("iPod") || has("iPad") {
            Self::Ios
        } else if has("Android") {
            Self::Android
        } else if has("CrOS") {
            Self::Chromeos
        } else if has("Windows NT") {
            Self::Windows
        } else if has("Macintosh") {
            Self::Mac
        } else if has("Linux") || has("X11") {
            if has("Firefox/") { Self::Firefox } else { Self::Linux }
        } else {
            return None;
        };
        Some(found)
    }

    const fn id(self) -> &'static str {
        match self {
            Self::Ios => "ios",
            Self::Android => "android",
            Self::Windows => "windows",
            Self::Mac => "mac",
            Self::Chromeos => "chromeos",
            Self::Linux => "linux",
            Self::Firefox => "firefox",
            Self::Programs => "programs",
        }
    }

    /// The messages of its section: steps, those of them that people miss and that change everything,
    /// and what else there is to say.
    const fn messages(self) -> Messages {
        const NONE: Messages =
            Messages { lead: None, steps: &[], missed: None, note: None, remove: None };
        match self {
            Self::Ios => Messages {
                steps: &["install_ios_1", "install_ios_2", "install_ios_3"],
                missed: Some("install_ios_3"),
                remove: Some("install_ios_remove"),
                ..NONE
            },
            Self::Android => Messages {
                steps: &["install_android_1", "install_android_2", "install_android_3"],
                note: Some("install_android_note"),
                remove: Some("install_android_remove"),
                ..NONE
            },
            Self::Windows => Messages {
                steps: &["install_windows_1", "install_windows_2", "install_windows_3"],
                missed: Some("install_windows_3"),
                remove: Some("install_windows_remove"),
                ..NONE
            },
            Self::Mac => Messages {
                lead: Some("install_mac_ipad"),
                steps: &["install_mac_1", "install_mac_2", "install_mac_3"],
                remove: Some("install_mac_remove"),
                ..NONE
            },
            Self::Chromeos => Messages {
                steps: &["install_chromeos_1", "install_chromeos_2", "install_chromeos_3"],
                missed: Some("install_chromeos_3"),
                remove: Some("install_chromeos_remove"),
                ..NONE
            },
            Self::Linux => Messages {
                steps: &["install_linux_1"],
                remove: Some("install_linux_remove"),
                ..NONE
            },
            Self::Firefox => Messages {
                steps: &["install_firefox_1", "install_firefox_2", "install_firefox_3"],
                missed: Some("install_firefox_3"),
                remove: Some("install_firefox_remove"),
                ..NONE
            },
            Self::Programs => Messages { lead: Some("install_programs_lead"), ..NONE },
        }
    }
}

struct Messages {
    lead: Option<&'static str>,
    steps: &'static [&'static str],
    missed: Option<&'static str>,
    note: Option<&'static str>,
    remove: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct ShownRoot<'a> {
    name: &'a str,
    /// Eight groups of four octets, so that people keep their place when they compare.
    sha256: Vec<&'a str>,
    sha1: &'a str,
    ends: String,
}

pub(super) fn shown_root(root: &RootFacts) -> ShownRoot<'_> {
    let ends = root.ends.rfc3339();
    let ends = ends.split('T').next().unwrap_or_default().to_owned();
    ShownRoot { name: &root.name, sha256: groups(&root.sha256), sha1: &root.sha1, ends }
}

/// Cuts `AB:CD:…` after every fourth octet.
fn groups(fingerprint: &str) -> Vec<&str> {
    let mut rest = fingerprint;
    let mut groups = Vec::new();
    while let Some((group, after)) = rest.split_at_checked(12) {
        groups.push(group.trim_end_matches(':'));
        rest = after;
    }
    if !rest.is_empty() {
        groups.push(rest);
    }
    groups
}

#[derive(Serialize)]
pub(super) struct Section<'a> {
    id: &'static str,
    name: &'a str,
    open: bool,
    lead: Option<&'a str>,
    steps: Vec<Step<'a>>,
    commands: Option<String>,
    note: Option<&'a str>,
    files: Vec<ShownFile<'a>>,
    remove: Option<&'a str>,
}

#[derive(Serialize)]
struct Step<'a> {
    text: &'a str,
    strong: bool,
}

#[derive(Serialize)]
struct ShownFile<'a> {
    href: &'a str,
    name: &'a str,
    /// The root that it holds, where there is a choice.
    root: Option<&'a str>,
}

pub(super) fn section<'a>(
    words: &'a Words,
    device: Device,
    files: &'a [FileFacts],
    open: Option<Device>,
    several: bool,
) -> Section<'a> {
    let messages = device.messages();
    let say = |key: &'static str| words.get(key);
    let offered: Vec<&FileFacts> =
        files.iter().filter(|file| file.devices.contains(&device)).collect();
    let commands = match device {
        Device::Linux if !offered.is_empty() => Some(commands(&offered)),
        _ => None,
    };
    let shown = |file: &&'a FileFacts| {
        let root = file.root.as_deref().filter(|_| several);
        ShownFile { href: &file.href, name: &file.name, root }
    };
    let files = offered.iter().map(shown).collect();
    Section {
        id: device.id(),
        name: say(match device {
            Device::Ios => "install_ios",
            Device::Android => "install_android",
            Device::Windows => "install_windows",
            Device::Mac => "install_mac",
            Device::Chromeos => "install_chromeos",
            Device::Linux => "install_linux",
            Device::Firefox => "install_firefox",
            Device::Programs => "install_programs",
        }),
        open: open == Some(device),
        lead: messages.lead.map(say),
        steps: messages
            .steps
            .iter()
            .map(|key| Step { text: say(key), strong: messages.missed == Some(*key) })
            .collect(),
        commands,
        note: messages.note.map(say),
        files,
        remove: messages.remove.map(say),
    }
}

/// What to enter on Linux. Where the files go they have the names that our scripts give them, which so find
/// them again. Those names are ours and have nothing that a shell would read otherwise; roots' names may.
fn commands(files: &[&FileFacts]) -> String {
    let copies = |folder: &str, ending: &str| -> String {
        let copy = |file: &&FileFacts| {
            let name = &file.name;
            format!("sudo cp {name} \\\n  {folder}/{}.{ending}\n", stem(name))
        };
        files.iter().map(copy).collect()
    };
    let into = |database: &str| -> String {
        let command = |file: &&FileFacts| {
            let (name, root) = (&file.name, file.root.as_deref().unwrap_or(&file.name));
            let root = root.replace('\'', "'\\''");
            format!("certutil -d sql:{database} -A -t C,, \\\n  -n '{root}' \\\n  -i {name}\n")
        };
        files.iter().map(command).collect()
    };
    format!(
        "# Debian, Ubuntu, Mint\n{}sudo update-ca-certificates\n\n\
         # Fedora, Red Hat, Rocky\n{}sudo update-ca-trust\n\n\
         # openSUSE\n{}sudo update-ca-certificates\n\n\
         # Arch\n{}sudo update-ca-trust\n\n\
         # Chromium, and Firefox (package libnss3-tools or nss-tools)\n{}{}",
        copies("/usr/local/share/ca-certificates", "crt"),
        copies("/etc/pki/ca-trust/source/anchors", "pem"),
        copies("/etc/pki/trust/anchors", "pem"),
        copies("/etc/ca-certificates/trust-source/anchors", "crt"),
        into("$HOME/.pki/nssdb"),
        into("FOLDER_OF_THE_PROFILE").trim_end(),
    )
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}
