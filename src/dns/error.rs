//! Why an answer is as it is: Extended DNS Errors (RFC 8914) and structured ones. Pure.

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::opt::EdnsOption;
use serde::Serialize;

use super::answer::Words;
use super::message::shortened;
use crate::policy::{Action, Class, Verdict};

/// The EDNS option of Extended DNS Errors (RFC 8914 section 2).
pub(super) const EXTENDED_ERROR: u16 = 15;
/// The EDNS option, always empty, by which a client asks for structured errors:
/// draft-ietf-dnsop-structured-dns-error-27, section "Structured DNS Error (SDE) EDNS(0) Option Format";
/// IANA's registry of EDNS0 option codes has 26 for it.
pub(super) const STRUCTURED_ERROR: u16 = 26;

/// The most octets of words for people; all else of an answer must fit beside them.
const TEXT: usize = 200;
/// The most octets of a structured error with all its parts.
const STRUCTURED: usize = 480;

/// The codes of RFC 8914 that we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Something that has no code of its own.
    Other = 0,
    /// The addresses are not the name's own.
    Forged = 4,
    /// Policy of who runs the network.
    Blocked = 15,
    /// Somebody else demanded it.
    Censored = 16,
    /// The client's side wanted it.
    Filtered = 17,
    /// This client is not served.
    Prohibited = 18,
    /// Nobody was told to recurse.
    NotAuthoritative = 20,
    /// There is nobody to ask.
    NoReachableAuthority = 22,
    /// Those to ask did not answer.
    NetworkError = 23,
}

/// An Extended DNS Error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedError {
    /// Its code.
    pub code: Code,
    /// Words about it; may be empty.
    pub text: String,
}

impl ExtendedError {
    /// An error with words.
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// Adds it to an answer to a client that speaks EDNS.
    pub fn put(&self, reply: &mut Message) {
        let Some(edns) = &mut reply.edns else { return };
        let mut octets = (self.code as u16).to_be_bytes().to_vec();
        octets.extend_from_slice(self.text.as_bytes());
        edns.options_mut().insert(EdnsOption::Unknown(EXTENDED_ERROR, octets));
    }
}

/// The code for what was redirected.
pub(super) fn code_of(verdict: &Verdict) -> Code {
    match verdict.category.as_ref().map(|category| category.class) {
        Some(Class::Legal) => Code::Censored,
        Some(Class::Content | Class::Tracking) => Code::Filtered,
        Some(Class::Security | Class::Organisation) | None => Code::Blocked,
    }
}

/// What is said to people: by whom, what, and why.
pub(super) fn said(verdict: &Verdict, words: &Words) -> String {
    let what = match verdict.action {
        Action::Warn => "warned about",
        Action::Block | Action::Allow => "blocked",
    };
    let mut text = format!("{what} by {}", words.organisation);
    if let Some(category) = &verdict.category {
        text.push_str(&format!(": {}", category.title));
    }
    if let Some(reason) = &verdict.reason {
        text.push_str(&format!(". {reason}"));
    }
    shortened(&text, TEXT).into_owned()
}

/// The same where no page can be shown. The words about the root first, since the end may be cut off.
pub(super) fn said_of_root(verdict: &Verdict, words: &Words) -> String {
    let text = format!(
        "this device does not accept our root certificate, so that no page can be shown; {}",
        said(verdict, words)
    );
    shortened(&text, TEXT).into_owned()
}

/// The object in the extra text (I-JSON, RFC 7493).
#[derive(Serialize)]
struct Structured<'a> {
    /// Contacts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    c: Vec<String>,
    /// Justification.
    #[serde(skip_serializing_if = "Option::is_none")]
    j: Option<&'a str>,
    /// Sub-error.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<u8>,
    /// Organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    o: Option<&'a str>,
    /// The language of the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    l: Option<&'a str>,
}

/// A structured error. When it grows too long, first the words go and then the organisation.
pub(super) fn structured(verdict: &Verdict, words: &Words) -> String {
    /// "Network Operator Policy", for the code Blocked alone.
    const NETWORK_OPERATOR: u8 = 5;
    let contact = verdict.contact.as_deref().or(words.contact.as_deref());
    let title = verdict.category.as_ref().map(|category| category.title.as_str());
    let mut object = Structured {
        c: contact.map(|mail| format!("mailto:{mail}")).into_iter().collect(),
        j: verdict.reason.as_deref().or(title),
        s: (code_of(verdict) == Code::Blocked).then_some(NETWORK_OPERATOR),
        o: Some(&words.organisation),
        l: Some(&words.language),
    };
    let text = |object: &Structured<'_>| serde_json::to_string(object).unwrap_or_default();
    let mut json = text(&object);
    if json.len() > STRUCTURED {
        object.j = None;
        json = text(&object);
    }
    if json.len() > STRUCTURED {
        (object.o, object.l) = (None, None);
        json = text(&object);
    }
    if json.len() > STRUCTURED { String::new() } else { json }
}
