//! Real browsers, driven raw, so that they behave as they do in a person's hands: Chromium by the
//! DevTools protocol and Firefox by Marionette. Automation frameworks switch defaults off that
//! matter here.

mod chromium;
mod firefox;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::namespace::Namespace;

/// How long a page may take. Firefox's white page in front of a mute UDP port lasts 30 s and more.
pub const DEADLINE: Duration = Duration::from_secs(25);

/// How long a browser may take to start, or to answer its driver, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// What a profile is like.
pub struct Profile<'a> {
    /// Root certificates that it trusts besides the browser's own: PEM files.
    pub roots: &'a [&'a Path],
    /// Whether sites may set cookies.
    pub cookies: bool,
    /// The languages that the person reads, most wanted first.
    pub languages: &'a str,
    /// Whether an announced HTTP/3 is tried until it fails. Firefox only.
    pub insists_on_http3: bool,
    /// Whether it speaks nothing newer than TLS 1.2.
    pub only_tls12: bool,
}

impl<'a> Profile<'a> {
    /// One like most, with these roots.
    pub fn with(roots: &'a [&'a Path]) -> Self {
        Self { roots, cookies: true, languages: "en", insists_on_http3: false, only_tls12: false }
    }
}

/// What stands behind the padlock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    /// Whether the browser calls the page secure.
    pub secure: bool,
    /// The common name or organisation of the issuer.
    pub issuer: String,
}

/// A browser with one tab.
pub trait Browser {
    /// Its name, for messages and file names.
    fn name(&self) -> &'static str;

    /// Opens an address and waits for `load`. The error is the browser's own word: a network or
    /// certificate error, or that [`DEADLINE`] passed.
    fn goto(&mut self, url: &str) -> Result<(), String>;

    /// Clicks on what a CSS selector finds, and waits for the page that follows.
    fn follow(&mut self, selector: &str) -> Result<(), String>;

    /// Goes back in the history, as by the button, and waits for the page.
    fn back(&mut self) -> Result<(), String>;

    /// The value of a script, which may be a promise that settles within [`DEADLINE`].
    fn eval(&mut self, script: &str) -> Value;

    /// The security of the page that is shown.
    fn security(&mut self) -> Security;

    /// Every error and warning of the console since the start.
    fn complaints(&mut self) -> Vec<String>;

    /// Every request since the start that failed in the network, where the browser tells.
    fn failed(&mut self) -> Vec<String>;

    /// The whole page as PNG, laid out at this width in CSS pixels.
    fn picture(&mut self, width: u32, dark: bool) -> Vec<u8>;

    /// The text that a person sees.
    fn text(&mut self) -> String {
        self.word("document.body.innerText")
    }

    /// The document's source.
    fn html(&mut self) -> String {
        self.word("document.documentElement.outerHTML")
    }

    /// The address of the document.
    fn url(&mut self) -> String {
        self.word("location.href")
    }

    /// The title of the document.
    fn title(&mut self) -> String {
        self.word("document.title")
    }

    /// The HTTP status that the document came with.
    fn status(&mut self) -> u64 {
        let script = "performance.getEntriesByType('navigation')[0].responseStatus";
        self.eval(script).as_u64().expect("a status")
    }

    /// A script's value as a string.
    fn word(&mut self, script: &str) -> String {
        let value = self.eval(script);
        value.as_str().unwrap_or_else(|| panic!("`{script}` gave {value}")).to_owned()
    }

    /// Writes a picture into the artefact folder.
    fn screenshot(&mut self, name: &str, width: u32, dark: bool) -> PathBuf {
        let shade = if dark { "dark" } else { "light" };
        let file = artefacts().join(format!("{name}-{}-{width}-{shade}.png", self.name()));
        std::fs::write(&file, self.picture(width, dark)).expect("the screenshot is written");
        file
    }
}

/// Starts a browser in a namespace.
pub type Start = fn(&Namespace, &Profile) -> Box<dyn Browser>;

/// Makes a test of a check for each browser: of a function in the module `check`.
macro_rules! in_both {
    ($($name:ident)*) => {$(
        mod $name {
            #[test]
            fn chromium() {
                super::check::$name(crate::support::browser::chromium);
            }

            #[test]
            fn firefox() {
                super::check::$name(crate::support::browser::firefox);
            }
        }
    )*};
}
pub(crate) use in_both;

/// Starts Chromium in a namespace.
pub fn chromium(space: &Namespace, profile: &Profile) -> Box<dyn Browser> {
    Box::new(chromium::Chromium::start(space, profile))
}

/// Starts Firefox in a namespace.
pub fn firefox(space: &Namespace, profile: &Profile) -> Box<dyn Browser> {
    Box::new(firefox::Firefox::start(space, profile))
}

/// Where screenshots go: `BLOCKHOUSE_ARTEFACTS`, or `target/artefacts`.
pub fn artefacts() -> PathBuf {
    let folder = std::env::var_os("BLOCKHOUSE_ARTEFACTS").map_or_else(
        || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("artefacts"),
        PathBuf::from,
    );
    std::fs::create_dir_all(&folder).expect("the folder for artefacts");
    folder
}
