//! The templates: compiled in, and overridable file by file from a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tera::{Context, Tera};

use super::{PageError, PageProblem};
use crate::files::{self, FileError};

/// The built-in templates by file name.
const BUILT_IN: [(&str, &str); 10] = [
    ("base.html", include_str!("../../templates/base.html")),
    ("icon.html", include_str!("../../templates/icon.html")),
    ("forms.html", include_str!("../../templates/forms.html")),
    ("block.html", include_str!("../../templates/block.html")),
    ("warn.html", include_str!("../../templates/warn.html")),
    ("cookies.html", include_str!("../../templates/cookies.html")),
    ("frame.html", include_str!("../../templates/frame.html")),
    ("error.html", include_str!("../../templates/error.html")),
    ("install.html", include_str!("../../templates/install.html")),
    ("check.html", include_str!("../../templates/check.html")),
];

/// A built-in template.
#[cfg(test)]
pub(super) fn built_in(file: &str) -> &'static str {
    BUILT_IN.iter().find(|(name, _)| *name == file).unwrap().1
}

/// The largest overriding file, in octets.
const MAX_FILE: u64 = 256 * 1024;

/// The templates in use, and the built-in ones to fall back to.
pub(super) struct Templates {
    built_in: Tera,
    overriding: Option<Tera>,
}

impl Templates {
    pub(super) fn built_in() -> Result<Self, PageError> {
        let mut tera = Tera::new();
        tera.add_raw_templates(BUILT_IN).map_err(PageError::BuiltIn)?;
        Ok(Self { built_in: tera, overriding: None })
    }

    pub(super) fn are_built_in(&self) -> bool {
        self.overriding.is_none()
    }

    /// Takes the templates of a folder into use, as far as they parse and render all `trials`.
    pub(super) fn override_from(
        &mut self,
        folder: &Path,
        trials: &[(&'static str, Context)],
        problems: &mut Vec<PageProblem>,
    ) {
        stray_files(folder, problems);
        let mut found = BTreeMap::new();
        for (name, _) in BUILT_IN {
            if let Some(text) = overriding(&folder.join(name), problems) {
                found.insert(name, text);
            }
        }
        // Files may lean on each other, so they are tried together; the one that is at fault goes,
        // until the rest works.
        while !found.is_empty() {
            let fault = match self.try_with(&found, trials) {
                Ok(tera) => {
                    self.overriding = Some(tera);
                    return;
                }
                Err(error) => Fault::of(&error),
            };
            // An error that is reported in a built-in file comes from the base that it builds on.
            let culprit = [fault.file.as_deref().unwrap_or(""), "base.html"]
                .into_iter()
                .find(|name| found.contains_key(name));
            match culprit {
                Some(name) => {
                    problems.push(fault.in_file(folder, name));
                    found.retain(|other, _| *other != name);
                }
                None => {
                    problems.extend(found.keys().map(|name| fault.in_file(folder, name)));
                    found.clear();
                }
            }
        }
    }

    fn try_with(
        &self,
        found: &BTreeMap<&'static str, String>,
        trials: &[(&'static str, Context)],
    ) -> Result<Tera, tera::Error> {
        let mut tera = self.built_in.clone();
        tera.add_raw_templates(found.iter().map(|(name, text)| (*name, text.as_str())))?;
        for (name, context) in trials {
            tera.render(name, context)?;
        }
        Ok(tera)
    }

    /// The page, and what was wrong with the overriding template if it failed.
    pub(super) fn render(&self, name: &'static str, context: &Context) -> (String, Option<String>) {
        let mut problem = None;
        if let Some(tera) = &self.overriding {
            match tera.render(name, context) {
                Ok(html) => return (html, None),
                Err(error) => {
                    let fault = Fault::of(&error);
                    problem = Some(fault.in_file(Path::new(""), name).to_string());
                }
            }
        }
        let html = self.built_in.render(name, context).unwrap_or_else(|error| {
            problem = Some(Fault::of(&error).what);
            LAST_RESORT.to_owned()
        });
        (html, problem)
    }
}

/// Shown if even a built-in template failed. Tests render all of them; this is for the case that
/// they overlooked.
const LAST_RESORT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <title>This site is blocked</title><h1>This site is blocked</h1>\
    <p>Please ask the people who look after your network.</p></html>";

/// An overriding file, if there is one that can be read. Line ends become those that an HTML parser
/// makes of them, so that the hash of a style is the one that a browser computes.
pub(super) fn overriding(path: &Path, problems: &mut Vec<PageProblem>) -> Option<String> {
    let octets = match files::read("template", path, MAX_FILE) {
        Ok(octets) => octets,
        Err(FileError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return None;
        }
        Err(error) => {
            let what = match std::error::Error::source(&error) {
                Some(cause) => cause.to_string(),
                None => error.to_string(),
            };
            problems.push(PageProblem::template(path, None, what));
            return None;
        }
    };
    match String::from_utf8(octets) {
        Ok(text) => Some(text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "")),
        Err(_) => {
            problems.push(PageProblem::template(path, None, "the file is not UTF-8".to_owned()));
            None
        }
    }
}

/// A template under a name that nothing asks for is most likely misspelt.
fn stray_files(folder: &Path, problems: &mut Vec<PageProblem>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut stray: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "html" || ending == "css"))
        .filter(|path| {
            let known = |name: &str| path.file_name().is_some_and(|own| own == name);
            !known("style.css") && !BUILT_IN.iter().any(|(name, _)| known(name))
        })
        .collect();
    stray.sort();
    for path in stray {
        let names = BUILT_IN.map(|(name, _)| name).join(", ");
        let what = format!("no page uses a file of this name; the names are {names}, style.css");
        problems.push(PageProblem::template(&path, None, what));
    }
}

/// Where a template is wrong.
struct Fault {
    file: Option<String>,
    line: Option<usize>,
    what: String,
}

impl Fault {
    fn of(error: &tera::Error) -> Self {
        match error.kind() {
            tera::ErrorKind::SyntaxError(report) | tera::ErrorKind::RenderingError(report) => {
                Self {
                    file: Some(report.filename().to_owned()),
                    line: Some(report.span().start_line),
                    what: report.message().to_owned(),
                }
            }
            _ => Self::of_report(&error.to_string()),
        }
    }

    /// Mistakes that show only when templates are put together come as text, `error: WHAT`, then
    /// ` --> FILE:LINE:COLUMN` (tera 2, `reporting.rs`).
    fn of_report(report: &str) -> Self {
        let mut lines = report.lines();
        let what = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let place = lines.next().and_then(|line| line.trim_start().strip_prefix("--> "));
        let mut parts = place.into_iter().flat_map(|place| place.split(':'));
        let file = parts.next().map(str::to_owned);
        let line = parts.next().and_then(|line| line.parse().ok());
        Self { file, line, what }
    }

    fn in_file(&self, folder: &Path, name: &str) -> PageProblem {
        let here = self.file.as_deref() == Some(name);
        let what = match &self.file {
            Some(other) if !here => format!("{} (seen in {other})", self.what),
            _ => self.what.clone(),
        };
        PageProblem::template(&folder.join(name), self.line.filter(|_| here), what)
    }
}
