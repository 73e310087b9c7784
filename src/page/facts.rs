//! What a page is about, and the facts that it tells.

use std::net::IpAddr;

use crate::clock::Time;
use crate::host::Host;
use crate::random::EventId;

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageKind {
    /// The host is blocked.
    Block,
    /// The person is warned and may continue.
    Warn,
    /// Cookies are refused; still says who blocked what.
    Cookies,
    /// A small page for a frame, without forms and links.
    Frame,
    /// Something went wrong, or there is nothing to show.
    Error(ErrorKind),
}

/// What an error page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The authority of a request is not the name of its connection.
    Misdirected,
    /// The request could not be understood.
    BadRequest,
    /// The request has a body or head that is too large.
    TooLarge,
    /// A method that the address does not take.
    MethodNotAllowed,
    /// Nothing lives at the address.
    NotFound,
    /// The token of a form has ended or was used.
    Expired,
    /// Plain HTTP came to the port for HTTPS.
    PlainHttp,
    /// A decision to continue was noted, but this server does not pass the site through.
    Granted,
    /// The server failed.
    Internal,
    /// The server is at its limits.
    Busy,
    /// The site's name has no address.
    OriginUnresolved,
    /// The site's address lies in an inner network, which this server does not open.
    OriginRefused,
    /// The site does not take connections.
    OriginUnreachable,
    /// The site did not answer in time.
    OriginTimeout,
    /// The site's certificate cannot be trusted; the page's `detail` says what is wrong with it.
    OriginCertificate,
    /// The site broke off, or answered what is no HTTP.
    OriginBroke,
    /// The way to the site leads back to this server.
    OriginLoop,
}

impl ErrorKind {
    /// The status code that goes with the page (RFC 9110 section 15; 508 is RFC 5842 section 7.2).
    pub fn status(self) -> u16 {
        match self {
            Self::Misdirected => 421,
            Self::BadRequest | Self::PlainHttp => 400,
            Self::TooLarge => 413,
            Self::MethodNotAllowed => 405,
            Self::NotFound => 404,
            Self::Expired => 403,
            Self::Granted => 200,
            Self::Internal => 500,
            Self::Busy => 503,
            Self::OriginUnresolved
            | Self::OriginRefused
            | Self::OriginUnreachable
            | Self::OriginCertificate
            | Self::OriginBroke => 502,
            Self::OriginTimeout => 504,
            Self::OriginLoop => 508,
        }
    }

    /// Whether the page is about the site that was asked for, not about this server.
    pub(super) fn is_of_origin(self) -> bool {
        match self {
            Self::OriginUnresolved
            | Self::OriginRefused
            | Self::OriginUnreachable
            | Self::OriginTimeout
            | Self::OriginCertificate
            | Self::OriginBroke
            | Self::OriginLoop => true,
            Self::Misdirected
            | Self::BadRequest
            | Self::TooLarge
            | Self::MethodNotAllowed
            | Self::NotFound
            | Self::Expired
            | Self::PlainHttp
            | Self::Granted
            | Self::Internal
            | Self::Busy => false,
        }
    }

    /// Whether trying again could help before somebody has mended something.
    pub(super) fn may_pass(self) -> bool {
        !matches!(self, Self::OriginRefused | Self::OriginCertificate | Self::OriginLoop)
    }
}

/// What the verdict was; the cookies page and the page in a frame say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageAction {
    /// Blocked.
    Block,
    /// Warned about.
    Warn,
}

/// The class of a category; it sets the tone of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageClass {
    /// Malware, phishing and the like.
    Security,
    /// Content that the organisation does not want.
    Content,
    /// Blocked by law or by an order.
    Legal,
    /// A rule of the organisation.
    Organisation,
}

/// What a page tells.
#[derive(Clone, Copy)]
pub struct PageFacts<'a> {
    /// The host that was asked for; an error page may know none.
    pub host: Option<&'a Host>,
    /// Whether the connection was HTTPS.
    pub host_secure: bool,
    /// What the verdict was.
    pub action: PageAction,
    /// The category that the host is in.
    pub category: Option<CategoryFacts<'a>>,
    /// No list knows the host: the gateway redirected it for a reason of its own.
    pub unlisted: bool,
    /// The id of the event, for the help desk.
    pub event_id: EventId,
    /// When it happened.
    pub now: Time,
    /// The location that the client is at.
    pub location: Option<&'a str>,
    /// The policy that decided; empty when none did.
    pub policy: &'a str,
    /// The client's address.
    pub client: IpAddr,
    /// The rule's or category's own mail address, to go before the organisation's.
    pub contact: Option<&'a str>,
    /// The address of this page in another language, up to that language's tag; without it there is no switch.
    pub language_url: Option<&'a str>,
    /// The form to continue by; only the warning page shows it.
    pub continue_form: Option<ContinueForm<'a>>,
    /// The warning page has no form because today's continues are used up.
    pub used_up: bool,
    /// The form for a bypass code; the block page and the warning page show it.
    pub code_form: Option<CodeForm<'a>>,
    /// The form to ask for access; the block page and the warning page show it, unless an earlier
    /// request is waiting.
    pub request_form: Option<RequestForm<'a>>,
    /// What became of an earlier request for the same host; those two pages say it.
    pub earlier: Option<Earlier<'a>>,
    /// What went wrong with the site, in one technical sentence; error pages about the origin show
    /// it.
    pub detail: Option<&'a str>,
    /// Where "try again" leads; the cookies page shows it, error pages where it could help, and
    /// the block page when an earlier request was approved.
    pub retry_url: Option<&'a str>,
    /// Until when a grant holds.
    pub until: Option<Time>,
}

/// A category as a page shows it.
#[derive(Debug, Clone, Copy)]
pub struct CategoryFacts<'a> {
    /// Its title for people.
    pub title: &'a str,
    /// Its class.
    pub class: PageClass,
    /// The policy's own words about it.
    pub reason: Option<&'a str>,
}

/// What the form on the warning page sends, by POST.
#[derive(Debug, Clone, Copy)]
pub struct ContinueForm<'a> {
    /// Where to.
    pub action: &'a str,
    /// Proof that the form came from this page; the field `token`.
    pub token: &'a str,
    /// Where the person wanted to go; the field `to`.
    pub to: &'a str,
    /// Whether the form asks why; the field `reason`.
    pub ask: AskReason<'a>,
    /// Whether this server then passes on what the person and the site say to each other.
    pub passes: bool,
    /// Why the form that was sent before did not do.
    pub problem: Option<FormProblem>,
}

/// Whether a warning page asks for a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskReason<'a> {
    /// It does not.
    No,
    /// It does; the answer may be empty.
    Optional,
    /// It does; without an answer there is no way on.
    Required,
    /// One of these is to be chosen; none is chosen beforehand.
    Choose(&'a [String]),
}

/// What the form for a bypass code sends, by POST; the code is the field `code`.
#[derive(Debug, Clone, Copy)]
pub struct CodeForm<'a> {
    /// Where to.
    pub action: &'a str,
    /// Proof that the form came from this page; the field `token`.
    pub token: &'a str,
    /// Where the person wanted to go; the field `to`.
    pub to: &'a str,
    /// Why the form that was sent before did not do.
    pub problem: Option<FormProblem>,
}

/// What the form to ask for access sends, by POST; the fields `reason` and `contact` are what the
/// person writes, at most [`MAX_REASON`](Self::MAX_REASON) and [`MAX_CONTACT`](Self::MAX_CONTACT)
/// UTF-16 code units.
#[derive(Debug, Clone, Copy)]
pub struct RequestForm<'a> {
    /// Where to.
    pub action: &'a str,
    /// Proof that the form came from this page; the field `token`.
    pub token: &'a str,
    /// Where the person wanted to go; the field `to`.
    pub to: &'a str,
    /// The event of the first page, for the help desk; the field `event`.
    pub event: EventId,
    /// Why the form that was sent before did not do.
    pub problem: Option<FormProblem>,
}

impl RequestForm<'_> {
    /// The length of the field `reason`, here and on the warning page, in UTF-16 code units (HTML,
    /// "maxlength").
    pub const MAX_REASON: usize = 500;
    /// The length of the field `contact`, in UTF-16 code units.
    pub const MAX_CONTACT: usize = 200;
}

/// Why a form that was sent did not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormProblem {
    /// The reason is empty.
    ReasonMissing,
    /// The reason is none of those on the list.
    ReasonUnknown,
    /// There is no such code.
    CodeWrong {
        /// How many more may be tried.
        left: u32,
    },
    /// Too many wrong codes came from this client.
    CodeLocked {
        /// When codes are taken again.
        until: Time,
    },
    /// The code is for other sites.
    CodeNotForThis,
    /// The code is used up, has ended or was revoked.
    CodeSpent,
    /// This client has sent too many requests.
    TooManyRequests,
    /// The server keeps no more requests.
    RequestsFull,
    /// The server failed.
    TryAgain,
}

/// What became of an earlier request for access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier<'a> {
    /// Nobody has decided yet.
    Waiting {
        /// When it was sent.
        since: Time,
    },
    /// It was approved.
    Approved {
        /// Until when that holds.
        until: Time,
    },
    /// It was declined.
    Denied {
        /// What the administrator says about it.
        note: Option<&'a str>,
    },
}
