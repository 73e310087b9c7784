//! What differs from one visit to the next on pages that are alike: to a template it is text, and nothing
//! hangs on what it says.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::language::Language;
use super::words::Words;
use super::{CodeForm, ContinueForm, PageFacts, Pages, RequestForm};
use crate::clock::Time;

/// One of the texts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot {
    Host,
    /// The host where it may break behind its dots.
    HostLabels,
    HostAscii,
    EventId,
    Time,
    Client,
    ContactHref,
    RetryUrl,
    ContinueAction,
    ContinueToken,
    ContinueTo,
    CodeAction,
    CodeToken,
    CodeTo,
    RequestAction,
    RequestToken,
    RequestTo,
    RequestEvent,
    /// Up to the tag of the language; must stay the last.
    LanguageUrl,
}

/// How many there are.
const SLOTS: usize = Slot::LanguageUrl as usize + 1;
// A mould knows by the bits of a number which of them there are.
const _: () = assert!(SLOTS <= 32);

/// The texts of one page; those that it does not have are missing.
pub(super) struct Varying<'a>([Option<Cow<'a, str>>; SLOTS]);

impl<'a> Varying<'a> {
    /// Those of a page with these facts.
    pub(super) fn of(pages: &Pages, words: &Words, facts: &PageFacts<'a>) -> Self {
        let mut all = Self::of_frame(facts);
        if let (Some(host), Some(text)) = (facts.host, all.get(Slot::Host)) {
            let (text, ascii) = (text.to_owned(), host.to_string());
            if text != ascii {
                all.set(Slot::HostAscii, ascii);
            }
            all.set(Slot::HostLabels, text);
        }
        all.set(Slot::Time, time_of(facts.now));
        all.set(Slot::Client, facts.client.to_canonical().to_string());
        if let Some(contact) = pages.contact_of(facts).filter(|contact| is_mail(contact)) {
            all.set(Slot::ContactHref, mail_to(words, contact, facts));
        }
        if let Some(url) = facts.retry_url {
            all.set(Slot::RetryUrl, url);
        }
        if let Some(ContinueForm { action, token, to, .. }) = facts.continue_form {
            all.set(Slot::ContinueAction, action);
            all.set(Slot::ContinueToken, token);
            all.set(Slot::ContinueTo, to);
        }
        if let Some(CodeForm { action, token, to, .. }) = facts.code_form {
            all.set(Slot::CodeAction, action);
            all.set(Slot::CodeToken, token);
            all.set(Slot::CodeTo, to);
        }
        if let Some(RequestForm { action, token, to, event, .. }) = facts.request_form {
            all.set(Slot::RequestAction, action);
            all.set(Slot::RequestToken, token);
            all.set(Slot::RequestTo, to);
            all.set(Slot::RequestEvent, event.to_string());
        }
        if let Some(url) = facts.language_url {
            all.set(Slot::LanguageUrl, url);
        }
        all
    }

    /// Those that the built-in page in a frame has.
    pub(super) fn of_frame(facts: &PageFacts<'a>) -> Self {
        let mut all = Self([const { None }; SLOTS]);
        if let Some(host) = facts.host {
            all.set(Slot::Host, host.to_unicode());
        }
        all.set(Slot::EventId, facts.event_id.to_string());
        all
    }

    fn set(&mut self, slot: Slot, text: impl Into<Cow<'a, str>>) {
        if let Some(place) = self.0.get_mut(slot as usize) {
            *place = Some(text.into());
        }
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&str> {
        self.at(slot as usize)
    }

    /// The same, where the page has it for sure.
    pub(super) fn text(&self, slot: Slot) -> &str {
        self.get(slot).unwrap_or_default()
    }

    /// The address of the page in another language.
    pub(super) fn language_url(&self, language: Language) -> String {
        format!("{}{}", self.text(Slot::LanguageUrl), language.tag())
    }

    /// All in their order.
    pub(super) fn all(&self) -> impl Iterator<Item = Option<&str>> {
        self.0.iter().map(Option::as_deref)
    }

    /// The text of that number.
    pub(super) fn at(&self, place: usize) -> Option<&str> {
        self.0.get(place)?.as_deref()
    }

    /// The same texts, each changed.
    pub(super) fn map(&self, change: impl Fn(usize, &str) -> Option<Cow<'_, str>>) -> Varying<'_> {
        Varying(std::array::from_fn(|place| change(place, self.at(place)?)))
    }

    /// The same slots with other texts.
    pub(super) fn with(&self, text: impl Fn(usize) -> String) -> Varying<'static> {
        Varying(std::array::from_fn(|place| self.at(place).map(|_| text(place).into())))
    }

    pub(super) fn continue_form<'v>(&'v self, form: ContinueForm<'v>) -> ContinueForm<'v> {
        ContinueForm {
            action: self.text(Slot::ContinueAction),
            token: self.text(Slot::ContinueToken),
            to: self.text(Slot::ContinueTo),
            ..form
        }
    }

    pub(super) fn code_form<'v>(&'v self, form: CodeForm<'v>) -> CodeForm<'v> {
        CodeForm {
            action: self.text(Slot::CodeAction),
            token: self.text(Slot::CodeToken),
            to: self.text(Slot::CodeTo),
            ..form
        }
    }

    pub(super) fn request_form<'v>(&'v self, form: RequestForm<'v>) -> RequestForm<'v> {
        RequestForm {
            action: self.text(Slot::RequestAction),
            token: self.text(Slot::RequestToken),
            to: self.text(Slot::RequestTo),
            ..form
        }
    }
}

/// As RFC 3339 has it, without its letters: the page says that it is UTC.
fn time_of(now: Time) -> String {
    let mut text = now.rfc3339();
    text.retain(|letter| letter != 'Z');
    if let Some(place) = text.find('T') {
        text.replace_range(place..=place, " ");
    }
    text
}

fn is_mail(contact: &str) -> bool {
    contact.contains('@') && !contact.contains(char::is_whitespace)
}

fn mail_to(words: &Words, contact: &str, facts: &PageFacts<'_>) -> String {
    let host = facts.host.map(ToString::to_string).unwrap_or_default();
    let subject = format!("{} {host} [{}]", words.get("mail_subject"), facts.event_id);
    format!("mailto:{}?subject={}", percent(contact, "@+"), percent(&subject, ""))
}

/// Percent-encoding of all but the unreserved characters and those in `kept` (RFC 6068 section 2).
fn percent(text: &str, kept: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let letter = char::from(byte);
        if letter.is_ascii_alphanumeric() || "-._~".contains(letter) || kept.contains(letter) {
            out.push(letter);
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
