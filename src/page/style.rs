//! The style sheet. Each page carries the parts of it that are for such a page, since a small page in a frame
//! would else be mostly of rules for others.

use std::path::Path;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tera::Value;

use super::{PageProblem, templates};

const BUILT_IN: &str = include_str!("../../templates/style.css");

/// What a sheet is cut for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Pages for people who asked for a site.
    Page,
    /// The pages of the portal.
    Portal,
    /// The small page in a frame.
    Frame,
}

impl Part {
    const ALL: [Self; 3] = [Self::Page, Self::Portal, Self::Frame];

    /// The word for it in the sheet.
    fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Portal => "portal",
            Self::Frame => "frame",
        }
    }
}

/// What stands in a page's `<style>`.
pub(super) struct Style {
    pub(super) text: Value,
    /// Its SHA-256 in base64, for the content security policy.
    pub(super) hash: String,
}

/// The sheet of each part.
pub(super) struct Styles([Style; Part::ALL.len()]);

impl Styles {
    /// The sheet of the folder, else the built-in one, behind these `variables`. Templates of the folder may use
    /// any of it, so that nothing is cut where there is one.
    pub(super) fn load(
        folder: Option<&Path>,
        variables: &str,
        problems: &mut Vec<PageProblem>,
    ) -> Self {
        let own = folder.map(|folder| overriding(folder, problems));
        let sheet = |part| match &own {
            None => cut(BUILT_IN, part),
            Some(own) => own.clone().unwrap_or_else(|| BUILT_IN.to_owned()),
        };
        Self(Part::ALL.map(|part| {
            let text = variables.to_owned() + &sheet(part);
            let hash = STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes()));
            Style { text: Value::safe_string(&text), hash }
        }))
    }

    pub(super) fn of(&self, part: Part) -> &Style {
        &self.0[part as usize]
    }
}

fn overriding(folder: &Path, problems: &mut Vec<PageProblem>) -> Option<String> {
    let path = folder.join("style.css");
    let text = templates::overriding(&path, problems)?;
    // It would end the style element, and what follows would be markup.
    let ends = |line: &str| line.to_ascii_lowercase().contains("</style");
    if let Some(index) = text.lines().position(ends) {
        let what = "a style sheet cannot contain `</style`".to_owned();
        problems.push(PageProblem::template(&path, Some(index + 1), what));
        return None;
    }
    Some(text)
}

/// What of a sheet is for one part, without the comments, which stand on lines of their own. What is in front of
/// the first mark is for all.
fn cut(sheet: &str, part: Part) -> String {
    let (mut wanted, mut is_comment) = (true, false);
    let mut out = String::with_capacity(sheet.len());
    for line in sheet.lines() {
        if let Some(mut words) = mark(line) {
            wanted = words.any(|word| word == "all" || word == part.word());
            continue;
        }
        is_comment |= line.starts_with("/*");
        if wanted && !is_comment && !line.is_empty() {
            out.push_str(line);
            out.push('\n');
        }
        is_comment &= !line.ends_with("*/");
    }
    out
}

/// For whom the lines are that follow this one, if it says so.
fn mark(line: &str) -> Option<impl Iterator<Item = &str>> {
    let words = line.strip_prefix("/* for ")?.strip_suffix(" */")?;
    let known = |word| word == "all" || Part::ALL.iter().any(|part| part.word() == word);
    words.split(' ').all(known).then(|| words.split(' '))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_part_is_what_is_for_it() {
        let sheet = "/* Of two\nlines. */\na {}\n\n/* for page portal */\nb {}\n/* for print */\n/* for frame */\n  \
                     c {}\n/* for all */\nd {}\n";
        assert_eq!(cut(sheet, Part::Page), "a {}\nb {}\nd {}\n");
        assert_eq!(cut(sheet, Part::Portal), "a {}\nb {}\nd {}\n");
        assert_eq!(cut(sheet, Part::Frame), "a {}\n  c {}\nd {}\n");
    }

    /// The names of classes behind each place where `before` stands.
    fn classes(text: &str, before: &str) -> BTreeSet<String> {
        let ends = |letter: char| !letter.is_ascii_alphanumeric() && letter != '-';
        let name = |rest: &str| rest.split(ends).next().unwrap_or_default().to_owned();
        let letter = |name: &String| name.starts_with(|first: char| first.is_ascii_alphabetic());
        text.split(before).skip(1).map(name).filter(letter).collect()
    }

    #[test]
    fn each_page_has_all_rules_for_what_is_in_it() {
        // Rules for a frame name what is in it, which may be called as something on other pages is.
        let others = BUILT_IN.lines().filter(|line| !line.trim_start().starts_with(".frame "));
        let whole = classes(&others.collect::<String>(), ".");
        assert!(whole.len() > 40, "{whole:?}");
        let (page, portal): (&[_], &[_]) = (
            &["base.html", "block.html", "warn.html", "cookies.html", "error.html", "forms.html"],
            &["base.html", "install.html", "check.html"],
        );
        for (part, files) in
            [(Part::Page, page), (Part::Portal, portal), (Part::Frame, &["frame.html"])]
        {
            let own = cut(BUILT_IN, part);
            assert!(
                own.len() < BUILT_IN.len() && own.matches('{').count() == own.matches('}').count()
            );
            let has = classes(&own, ".");
            for file in files.iter().chain(&["icon.html"]) {
                let text = templates::built_in(file);
                let attributes = text.split("class=\"").skip(1);
                let values = attributes.filter_map(|rest| rest.split('"').next());
                for name in values.flat_map(|value| value.split(' ')) {
                    assert!(!whole.contains(name) || has.contains(name), "{file}: {name}");
                }
            }
        }
        assert!(cut(BUILT_IN, Part::Frame).len() < BUILT_IN.len() / 2);
    }
}
