//! The messages of each language, resolved once when pages are loaded.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use tera::Value;
use unic_langid::LanguageIdentifier;

use super::PageProblem;
use super::language::{ALL, Language, tags};
use crate::clock::Time;

/// Messages that say a number or a time, with the name of what they say. They can be resolved only
/// when a page is made, so templates do not find them under `t`.
const OPEN: [(&str, &str); 4] = [
    ("earlier_waiting", "since"),
    ("earlier_approved", "until"),
    ("problem_code_wrong", "left"),
    ("problem_code_locked", "until"),
];

/// The messages of one language by key; `-` in a key is `_` here, so that templates can write
/// `t.block_heading`.
pub(super) struct Words {
    texts: HashMap<String, String>,
    /// The same for templates; a clone costs a counter.
    pub(super) all: Value,
    right_to_left: bool,
    /// The organisation's name as sentences take it.
    organisation: String,
    built_in: Bundle,
    overriding: Option<Bundle>,
    /// Which of [`OPEN`] the overriding messages say.
    own: Vec<&'static str>,
}

impl Words {
    /// The message, or nothing when there is none; a test shows that there is one for every key.
    pub(super) fn get(&self, key: &str) -> &str {
        self.texts.get(key).map_or("", String::as_str)
    }

    /// A message of [`OPEN`] with the number that it says.
    pub(super) fn with_number(&self, key: &str, number: u32) -> String {
        self.with(key, number.into())
    }

    /// A message of [`OPEN`] with the time that it says.
    pub(super) fn with_time(&self, key: &str, time: Time) -> String {
        // Nobody needs seconds to know when to come back.
        let text = time.rfc3339();
        let minutes = text.rfind(':').and_then(|end| text.get(..end)).unwrap_or(&text);
        let text = minutes.replace('T', " ") + " UTC";
        let text = if self.right_to_left { format!("\u{2066}{text}\u{2069}") } else { text };
        self.with(key, text.into())
    }

    fn with(&self, key: &str, value: FluentValue<'_>) -> String {
        let Some((open, name)) = OPEN.iter().find(|(open, _)| *open == key) else {
            return String::new();
        };
        let mut args = arguments(&self.organisation);
        args.set(*name, value);
        let own = self.overriding.as_ref().filter(|_| self.own.contains(open));
        let text = own.and_then(|bundle| bundle.format(&dashed(key), &args).ok().flatten());
        text.or_else(|| self.built_in.format(&dashed(key), &args).ok().flatten())
            .unwrap_or_default()
    }
}

/// What every message may say.
fn arguments(organisation: &str) -> FluentArgs<'_> {
    let mut args = FluentArgs::new();
    args.set("organisation", organisation);
    args
}

/// A key as Fluent files have it.
fn dashed(key: &str) -> String {
    key.replace('_', "-")
}

/// Resolves all messages of a language. Those in `overriding` go before the built-in ones, key by
/// key.
pub(super) fn resolve(
    language: Language,
    organisation: &str,
    overriding: Option<(&Path, &str)>,
    problems: &mut Vec<PageProblem>,
) -> Words {
    // An organisation's name in another direction of writing must not turn the sentence around it.
    let right_to_left = language.is_right_to_left();
    let organisation = if right_to_left {
        format!("\u{2068}{organisation}\u{2069}")
    } else {
        organisation.to_owned()
    };
    let args = arguments(&organisation);

    let built_in = Source::new(language, language.messages());
    let overriding = overriding.map(|(path, text)| (path, Source::new(language, text)));
    let mut texts = HashMap::new();
    let mut own_open = Vec::new();
    for key in keys(language_of_reference().messages()) {
        let name = key.replace('-', "_");
        let open = OPEN.iter().find(|(open, _)| *open == name);
        let own = overriding.as_ref().and_then(|(path, source)| {
            let tried = match open {
                Some((_, value)) => source.try_open(key, value, &organisation),
                None => source.bundle.format(key, &args),
            };
            tried.unwrap_or_else(|what| {
                problems.push(PageProblem::message(path, source.line_of(key), what));
                None
            })
        });
        if let Some((open, _)) = open {
            own_open.extend(own.map(|_| *open));
        } else {
            let text = own.or_else(|| built_in.bundle.format(key, &args).ok().flatten());
            texts.insert(name, text.unwrap_or_default());
        }
    }
    if let Some((path, source)) = &overriding {
        for (line, what) in &source.mistakes {
            problems.push(PageProblem::message(path, Some(*line), what.clone()));
        }
        let known: Vec<&str> = keys(language_of_reference().messages()).collect();
        for key in keys(source.text).filter(|key| !known.contains(key)) {
            let what = format!("no page has a message `{key}`");
            problems.push(PageProblem::message(path, source.line_of(key), what));
        }
    }
    let all = Value::from(texts.clone());
    Words {
        texts,
        all,
        right_to_left,
        organisation,
        built_in: built_in.bundle,
        overriding: overriding.map(|(_, source)| source.bundle),
        own: own_open,
    }
}

/// Where the overriding messages of a language lie.
pub(super) fn path(folder: &Path, language: Language) -> PathBuf {
    folder.join(LANGUAGES).join(language.tag()).join("main.ftl")
}

/// The folder with a folder for each language.
const LANGUAGES: &str = "i18n";

/// Messages in a language that pages do not speak are read by nobody.
pub(super) fn stray_languages(folder: &Path, problems: &mut Vec<PageProblem>) {
    let Ok(entries) = fs::read_dir(folder.join(LANGUAGES)) else { return };
    let mut stray: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| !ALL.iter().any(|known| path.file_name() == Some(known.tag().as_ref())))
        .filter(|path| path.join("main.ftl").exists())
        .collect();
    stray.sort();
    for path in stray {
        let what = format!("pages speak no language of this name; they speak {}", tags());
        problems.push(PageProblem::message(&path, None, what));
    }
}

/// The language whose keys all others have.
fn language_of_reference() -> Language {
    ALL[0]
}

/// The keys of the messages in a Fluent text: each begins a line (Fluent syntax, "Message").
pub(super) fn keys(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (key, _) = line.split_once('=')?;
        let key = key.trim_end();
        let fine = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.bytes().all(fine)).then_some(key)
    })
}

/// Messages that can be formatted.
struct Bundle(FluentBundle<FluentResource>);

impl Bundle {
    /// The message in full, or nothing when there is no such message here.
    fn format(&self, key: &str, args: &FluentArgs<'_>) -> Result<Option<String>, String> {
        let Some(pattern) = self.0.get_message(key).and_then(|message| message.value()) else {
            return Ok(None);
        };
        let mut errors = Vec::new();
        let text = self.0.format_pattern(pattern, Some(args), &mut errors).into_owned();
        match errors.first() {
            Some(error) => Err(format!("message `{key}`: {error}")),
            None => Ok(Some(text)),
        }
    }
}

/// One Fluent text, parsed.
struct Source<'a> {
    text: &'a str,
    bundle: Bundle,
    /// Line and description.
    mistakes: Vec<(usize, String)>,
}

impl<'a> Source<'a> {
    fn new(language: Language, text: &'a str) -> Self {
        let identifier: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // Hosts and addresses stand in elements of their own, which isolate them already.
        bundle.set_use_isolating(false);
        let mut mistakes = Vec::new();
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(rest, errors)| {
            for error in errors {
                let before = text.get(..error.pos.start).unwrap_or(text);
                mistakes.push((before.matches('\n').count() + 1, error.kind.to_string()));
            }
            rest
        });
        if let Err(errors) = bundle.add_resource(resource) {
            mistakes.extend(errors.iter().map(|error| (1, error.to_string())));
        }
        Self { text, bundle: Bundle(bundle), mistakes }
    }

    /// Tries a message of [`OPEN`] with numbers of every plural form that a language has.
    fn try_open(
        &self,
        key: &str,
        name: &str,
        organisation: &str,
    ) -> Result<Option<String>, String> {
        let mut text = None;
        for number in [0, 1, 2, 3, 11, 100] {
            let mut args = arguments(organisation);
            match name {
                "left" => args.set(name, number),
                _ => args.set(name, number.to_string()),
            }
            text = self.bundle.format(key, &args)?;
        }
        Ok(text)
    }

    fn line_of(&self, key: &str) -> Option<usize> {
        let starts = |line: &str| keys(line).next() == Some(key);
        self.text.lines().position(starts).map(|index| index + 1)
    }
}
