//! What people see: the block page, the warning, the cookies page, the page in a frame, errors.
//!
//! [`Pages`] is loaded once and shared; rendering takes plain [`PageFacts`], waits for nothing and
//! cannot fail. All that a page shows of a request or of a policy is escaped, and a page is one
//! piece of HTML without scripts and without outside assets, under a policy that allows neither.

mod facts;
mod language;
mod theme;
mod words;
mod templates;
mod style;
mod varying;
mod forms;
mod context;
mod mould;
mod install;
mod portal;

use std::fmt;
use std::path::{Path, PathBuf};

use http::HeaderValue;
use tera::Value;

use crate::files::FileError;

pub use facts::{
    AskReason, CategoryFacts, CodeForm, ContinueForm, Earlier, ErrorKind, FormProblem, PageAction,
    PageClass, PageFacts, PageKind, RequestForm,
};
pub use install::Device;
pub use language::Language;
use mould::{Moulds, Shape};
pub use portal::{CheckFacts, FileFacts, PortalFacts, RootFacts, Sight};
use style::{Part, Styles};
use templates::Templates;
use theme::Colour;
use varying::Varying;
use words::Words;

/// How pages look and what they are called by.
#[derive(Debug, Clone)]
pub struct PageOptions {
    /// Who blocks; stands on every page. When empty, pages say "Blockhouse".
    pub organisation: String,
    /// The mail address to ask, for categories and rules that name none of their own.
    pub contact: Option<String>,
    /// The organisation's colour, `#rrggbb`. Shades that can be read are derived from it.
    pub colour: Option<String>,
    /// An SVG, PNG, JPEG, GIF or WebP image of at most 256 KiB; it becomes part of each page.
    pub logo: Option<PathBuf>,
    /// A folder with templates, a `style.css` and `i18n/<language>/main.ftl` to use in place of
    /// the built-in ones; each file is optional.
    pub templates: Option<PathBuf>,
    /// The language for those who ask for none that there is (a tag such as `en` or `zh-Hans`).
    pub default_language: String,
}

/// All pages in all languages, ready to be rendered. Safe for concurrent use; replaced as a whole
/// when the configuration is loaded again.
pub struct Pages {
    organisation: String,
    contact: Option<String>,
    logo: Option<Value>,
    default_language: Language,
    /// In the order of [`language::ALL`].
    words: Vec<Words>,
    templates: Templates,
    moulds: Moulds,
    styles: Styles,
    /// The content security policies of a page, and of one in a frame.
    csp: [HeaderValue; 2],
}

impl Pages {
    /// Loads all pages. A file of the overriding folder that cannot be used is a [`PageProblem`]
    /// to tell the administrator, and the built-in one stands in for it.
    ///
    /// # Errors
    /// [`PageError`] when an option itself is wrong.
    pub fn load(options: &PageOptions) -> Result<(Self, Vec<PageProblem>), PageError> {
        let default_language = Language::lookup(&options.default_language)
            .ok_or_else(|| PageError::Language(options.default_language.clone()))?;
        let colour = match options.colour.as_deref() {
            Some(text) => Colour::parse(text).ok_or_else(|| PageError::Colour(text.to_owned()))?,
            None => Colour::DEFAULT,
        };
        let logo = options.logo.as_deref().map(theme::logo).transpose()?;
        let folder = options.templates.as_deref();
        if let Some(folder) = folder
            && !folder.is_dir()
        {
            return Err(PageError::Templates(folder.into()));
        }
        let organisation = match options.organisation.trim() {
            "" => "Blockhouse",
            name => name,
        };

        let mut problems = Vec::new();
        let mut words = Vec::new();
        folder.into_iter().for_each(|folder| words::stray_languages(folder, &mut problems));
        for language in language::ALL.iter().copied() {
            let path = folder.map(|folder| words::path(folder, language));
            let text = path.as_deref().and_then(|path| templates::overriding(path, &mut problems));
            let overriding = path.as_deref().zip(text.as_deref());
            words.push(words::resolve(language, organisation, overriding, &mut problems));
        }
        let styles = Styles::load(folder, &theme::variables(colour), &mut problems);
        let mut pages = Self {
            organisation: organisation.to_owned(),
            contact: options.contact.clone(),
            logo: logo.as_deref().map(Value::from),
            default_language,
            words,
            templates: Templates::built_in()?,
            moulds: Moulds::new(),
            csp: [
                csp(&styles.of(Part::Page).hash, "'none'"),
                csp(&styles.of(Part::Frame).hash, "*"),
            ],
            styles,
        };
        if let Some(folder) = folder {
            let mut trials = context::trials(&pages);
            trials.extend(portal::trials(&pages));
            pages.templates.override_from(folder, &trials, &mut problems);
        }
        Ok((pages, problems))
    }

    /// All languages that pages speak.
    pub fn languages(&self) -> &[Language] {
        language::ALL
    }

    /// The language to answer in: what the person chose (a language tag from the switch on the
    /// page), else the best of the `Accept-Language` header, else the default.
    pub fn choose(&self, chosen: Option<&str>, accept_language: Option<&str>) -> Language {
        language::choose(chosen, accept_language, self.default_language)
    }

    /// Renders a page. Should an overriding template fail, the built-in one stands in for it and
    /// [`Page::problem`] says why.
    pub fn render(&self, kind: PageKind, language: Language, facts: &PageFacts<'_>) -> Page {
        let texts = match kind {
            // All that the built-in page in a frame has.
            PageKind::Frame if self.templates.are_built_in() => Varying::of_frame(facts),
            _ => Varying::of(self, self.words(language), facts),
        };
        let render = |texts: &Varying<'_>| {
            let context = context::build(self, kind, language, facts, texts);
            self.templates.render(context::file_name(kind), &context)
        };
        let shape = match self.templates.are_built_in() {
            true => Shape::of(kind, language, facts, self.contact_of(facts), &texts),
            false => None,
        };
        let cast = shape.and_then(|shape| {
            self.moulds.cast(shape, &texts, |marks| match render(marks) {
                (html, None) => Some(html),
                (_, Some(_)) => None,
            })
        });
        let (html, problem) = cast.map_or_else(|| render(&texts), |html| (html, None));
        // A page in a frame shows nothing that could be clicked by mistake; all others do.
        let csp = self.csp[usize::from(kind == PageKind::Frame)].clone();
        Page { html, csp, language, problem }
    }

    /// Whom to ask about a page.
    fn contact_of<'a>(&'a self, facts: &PageFacts<'a>) -> Option<&'a str> {
        facts.contact.or(self.contact.as_deref()).filter(|text| !text.is_empty())
    }

    /// Renders a page of the portal. Should an overriding template fail, the built-in one stands in for
    /// it and [`Page::problem`] says why.
    pub fn render_portal(&self, language: Language, facts: &PortalFacts<'_>) -> Page {
        let context = portal::build(self, language, facts);
        let (html, problem) = self.templates.render(portal::file_name(facts), &context);
        let csp = policy(&portal::csp(&self.styles.of(Part::Portal).hash, facts));
        Page { html, csp, language, problem }
    }

    fn words(&self, language: Language) -> &Words {
        let index = language::ALL.iter().position(|one| *one == language).unwrap_or(0);
        &self.words[index]
    }
}

/// The content security policy (CSP Level 3): the one style by its hash, images that are part of the page, forms that
/// lead back here, nothing else.
fn csp(style_hash: &str, ancestors: &str) -> HeaderValue {
    policy(&format!(
        "default-src 'none'; style-src 'sha256-{style_hash}'; img-src data:; form-action 'self'; \
         base-uri 'none'; frame-ancestors {ancestors}"
    ))
}

/// The field of a policy; one that no field can hold is the strictest.
fn policy(text: &str) -> HeaderValue {
    HeaderValue::from_str(text)
        .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("organisation", &self.organisation).finish_non_exhaustive()
    }
}

/// A rendered page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The document, in UTF-8.
    pub html: String,
    /// The value of `Content-Security-Policy` that goes with it.
    pub csp: HeaderValue,
    /// The language it is in, for `Content-Language`.
    pub language: Language,
    /// An overriding template failed, and the built-in one was used: why, for the administrator.
    pub problem: Option<String>,
}

/// An option for pages that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// No pages in that language.
    #[error("there are no pages in the language `{}`; choose one of {}", .0, language::tags())]
    Language(String),
    /// Not a colour.
    #[error("`{0}` is no colour; write it as `#rrggbb`, for example `#1f4f8b`")]
    Colour(String),
    /// The logo cannot be read or is too large.
    #[error(transparent)]
    Logo(FileError),
    /// The logo is no image.
    #[error("logo {} is not an SVG, PNG, JPEG, GIF or WebP image; convert it to one", .0.display())]
    LogoKind(PathBuf),
    /// The folder is not there.
    #[error(
        "the templates folder {} is not a folder that can be read; make it, or leave it out to \
         use the built-in pages",
        .0.display()
    )]
    Templates(PathBuf),
    /// The built-in templates do not fit together; a test rules this out.
    #[error("the built-in templates cannot be parsed; this is a bug, please report it")]
    BuiltIn(#[source] tera::Error),
}

/// A file of the overriding folder that cannot be used; something built in stands in for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageProblem {
    /// Which file.
    pub file: PathBuf,
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What is used instead and what to do.
    pub next: &'static str,
}

impl PageProblem {
    fn template(file: &Path, line: Option<usize>, what: String) -> Self {
        let next = "the built-in template is used until this one is mended";
        Self { file: file.into(), line, what, next }
    }

    fn message(file: &Path, line: Option<usize>, what: String) -> Self {
        let next = "the built-in message is used until this one is mended";
        Self { file: file.into(), line, what, next }
    }
}

impl fmt::Display for PageProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}; {}", self.what, self.next)
    }
}
