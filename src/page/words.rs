//! The messages of each language, resolved once when pages are loaded.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use tera::Value;
use unic_langid::LanguageIdentifier;

use super::PageProblem;
use super::language::{ALL, Language};

/// The messages of one language by key; `-` in a key is `_` here, so that templates can write
/// `t.block_heading`.
pub(super) struct Words {
    texts: HashMap<String, String>,
    /// The same for templates; a clone costs a counter.
    pub(super) all: Value,
}

impl Words {
    /// The message, or nothing when there is none; a test shows that there is one for every key.
    pub(super) fn get(&self, key: &str) -> &str {
        self.texts.get(key).map_or("", String::as_str)
    }
}

/// Resolves all messages of a language. Those in `overriding` go before the built-in ones, key by
/// key.
pub(super) fn resolve(
    language: Language,
    organisation: &str,
    overriding: Option<(&Path, &str)>,
    problems: &mut Vec<PageProblem>,
) -> Words {
    let mut args = FluentArgs::new();
    // An organisation's name in another direction of writing must not turn the sentence around it.
    let isolated = format!("\u{2068}{organisation}\u{2069}");
    args.set("organisation", if language.is_right_to_left() { &isolated } else { organisation });

    let built_in = Source::new(language, language.messages());
    let overriding = overriding.map(|(path, text)| (path, Source::new(language, text)));
    let mut texts = HashMap::new();
    for key in keys(language_of_reference().messages()) {
        let own = overriding.as_ref().and_then(|(path, source)| match source.format(key, &args) {
            Ok(text) => text,
            Err(what) => {
                problems.push(PageProblem::message(path, source.line_of(key), what));
                None
            }
        });
        let text = own.or_else(|| built_in.format(key, &args).ok().flatten()).unwrap_or_default();
        texts.insert(key.replace('-', "_"), text);
    }
    if let Some((path, source)) = &overriding {
        for (line, what) in &source.mistakes {
            problems.push(PageProblem::message(path, Some(*line), what.clone()));
        }
        for key in keys(source.text).filter(|key| !texts.contains_key(&key.replace('-', "_"))) {
            let what = format!("no page has a message `{key}`");
            problems.push(PageProblem::message(path, source.line_of(key), what));
        }
    }
    let all = Value::from(texts.clone());
    Words { texts, all }
}

/// Where the overriding messages of a language lie.
pub(super) fn path(folder: &Path, language: Language) -> PathBuf {
    folder.join("i18n").join(language.tag()).join("main.ftl")
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

/// One Fluent text, parsed.
struct Source<'a> {
    text: &'a str,
    bundle: FluentBundle<FluentResource>,
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
        Self { text, bundle, mistakes }
    }

    /// The message in full, or nothing when there is no such message here.
    fn format(&self, key: &str, args: &FluentArgs<'_>) -> Result<Option<String>, String> {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return Ok(None);
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        match errors.first() {
            Some(error) => Err(format!("message `{key}`: {error}")),
            None => Ok(Some(text)),
        }
    }

    fn line_of(&self, key: &str) -> Option<usize> {
        let starts = |line: &str| keys(line).next() == Some(key);
        self.text.lines().position(starts).map(|index| index + 1)
    }
}
