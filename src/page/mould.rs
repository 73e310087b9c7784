//! Pages that are cast instead of rendered: of all pages that are alike but for [`Varying`] one is rendered,
//! with marks in the place of those texts, and the others are its pieces with their texts between them.
//!
//! That costs a tenth. It is done for the common pages, and only with the built-in templates: what others
//! do with a text is unknown here. A test compares both ways.

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use super::language::Language;
use super::varying::{Slot, Varying};
use super::{AskReason, PageAction, PageClass, PageFacts, PageKind};
use crate::random;

/// How many moulds are kept; about 12 kB each.
const KEPT: NonZeroUsize = NonZeroUsize::new(128).unwrap();

/// The moulds that were made so far. Safe for concurrent use; no lock is held while a page is rendered.
pub(super) struct Moulds {
    /// In front of each mark. Nobody knows it, so that no text of a page can hold it.
    secret: Option<String>,
    kept: Mutex<LruCache<Shape, Arc<Mould>>>,
}

impl Moulds {
    pub(super) fn new() -> Self {
        let letters = random::letters::<20>().ok();
        let secret = letters.map(|letters| letters.map(char::from).iter().collect());
        Self { secret, kept: Mutex::new(LruCache::new(KEPT)) }
    }

    /// The page in this shape with these texts. `render` renders it with other texts; nothing comes
    /// when it cannot, or when the page cannot be cast.
    pub(super) fn cast(
        &self,
        shape: Shape,
        texts: &Varying<'_>,
        render: impl FnOnce(&Varying<'_>) -> Option<String>,
    ) -> Option<String> {
        // A template may ask whether a text is empty.
        if texts.all().any(|text| text == Some("")) {
            return None;
        }
        let kept = self.lock().get(&shape).map(Arc::clone);
        let mould = match kept {
            Some(mould) => mould,
            None => {
                let secret = self.secret.as_ref()?;
                let html = render(&texts.with(|place| format!("{secret}{place:02}")))?;
                let mould = Arc::new(Mould::new(&html, secret)?);
                self.lock().put(shape, Arc::clone(&mould));
                mould
            }
        };
        mould.fill(texts)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<Shape, Arc<Mould>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All that a page depends on besides the texts of [`Varying`].
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Shape {
    kind: PageKind,
    language: &'static str,
    action: PageAction,
    secure: bool,
    unlisted: bool,
    used_up: bool,
    passes: bool,
    category: Option<(Box<str>, PageClass, Option<Box<str>>)>,
    location: Option<Box<str>>,
    policy: Box<str>,
    contact: Option<Box<str>>,
    ask: Option<Ask>,
    /// Which texts there are.
    texts: u32,
}

#[derive(PartialEq, Eq, Hash)]
enum Ask {
    No,
    Optional,
    Required,
    Choose(Box<[String]>),
}

impl Shape {
    /// The shape of a page; rare pages have none.
    pub(super) fn of(
        kind: PageKind,
        language: Language,
        facts: &PageFacts<'_>,
        contact: Option<&str>,
        texts: &Varying<'_>,
    ) -> Option<Self> {
        let problem = facts.continue_form.is_some_and(|form| form.problem.is_some())
            || facts.code_form.is_some_and(|form| form.problem.is_some())
            || facts.request_form.is_some_and(|form| form.problem.is_some());
        let rare = matches!(kind, PageKind::Error(_))
            || facts.earlier.is_some()
            || facts.detail.is_some()
            || facts.until.is_some();
        if problem || rare {
            return None;
        }
        let category = facts.category.map(|category| {
            (category.title.into(), category.class, category.reason.map(Into::into))
        });
        Some(Self {
            kind,
            language: language.tag(),
            action: facts.action,
            secure: facts.host_secure,
            unlisted: facts.unlisted,
            used_up: facts.used_up,
            passes: facts.continue_form.is_some_and(|form| form.passes),
            category,
            location: facts.location.map(Into::into),
            policy: facts.policy.into(),
            contact: contact.map(Into::into),
            ask: facts.continue_form.map(|form| match form.ask {
                AskReason::No => Ask::No,
                AskReason::Optional => Ask::Optional,
                AskReason::Required => Ask::Required,
                AskReason::Choose(choices) => Ask::Choose(choices.into()),
            }),
            texts: texts.all().fold(0, |mask, text| mask << 1 | u32::from(text.is_some())),
        })
    }
}

/// A page cut at its marks.
struct Mould {
    first: Box<str>,
    /// Each with the place of the text in front of it.
    pieces: Box<[(usize, Box<str>)]>,
}

impl Mould {
    fn new(html: &str, secret: &str) -> Option<Self> {
        let mut parts = html.split(secret);
        let first = parts.next()?.into();
        let pieces = parts.map(|part| {
            let (place, piece) = part.split_at_checked(2)?;
            Some((place.parse().ok()?, piece.into()))
        });
        Some(Self { first, pieces: pieces.collect::<Option<_>>()? })
    }

    fn fill(&self, texts: &Varying<'_>) -> Option<String> {
        let escaped = texts.map(escape);
        let all = || self.pieces.iter().map(|(place, piece)| (escaped.at(*place), piece));
        let length = all().map(|(text, piece)| text.map_or(0, str::len) + piece.len());
        let mut page = String::with_capacity(self.first.len() + length.sum::<usize>());
        page.push_str(&self.first);
        for (text, piece) in all() {
            page.push_str(text?);
            page.push_str(piece);
        }
        Some(page)
    }
}

/// As the templates write it.
fn escape(place: usize, text: &str) -> Option<Cow<'_, str>> {
    let breaks = place == Slot::HostLabels as usize;
    // Few have anything to escape, and each octet takes a call.
    let plain = !text.bytes().any(|octet| b"&<>\"'".contains(&octet));
    if plain {
        if !breaks {
            return Some(text.into());
        }
        let mut out = String::with_capacity(text.len() + 5 * text.matches('.').count());
        let mut labels = text.split('.');
        out.push_str(labels.next()?);
        labels.for_each(|label| out.extend([".<wbr>", label]));
        return Some(out.into());
    }
    let mut out = Vec::with_capacity(text.len() + 8);
    let mut parts = if breaks { text.split('.').collect() } else { vec![text] }.into_iter();
    tera::escape_html(parts.next()?, &mut out).ok()?;
    for part in parts {
        out.extend_from_slice(b".<wbr>");
        tera::escape_html(part, &mut out).ok()?;
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}
