//! Who may go on to the site: a person with a grant, and the requests that the site's pages send.
//!
//! A browser does not send the grant's cookie with everything that a granted page needs: not with
//! fonts and preflights, not with a `fetch` to the site's other hosts, and never to hosts of another
//! domain. Such requests are known by where they come from, and by the client that has a grant in use.

use std::net::IpAddr;

use http::HeaderName;
use http::header::{self, HeaderMap};

use super::cookie::Keys;
use super::grant::Grant;
use super::kind::Kind;
use super::route::{Request, Settings};
use crate::clock::Time;
use crate::config::Companions;
use crate::host::Host;
use crate::live::{LiveGrant, Opens};
use crate::policy::Verdict;

/// What is known besides the request: the store and the grants in use. Asked only when it matters.
pub trait Standing: Sync {
    /// Whether the bypass code of this id was neither revoked nor removed.
    fn is_code_alive(&self, id: &str) -> bool;
    /// Until when an approved access request opens this host to this client.
    fn approved_until(&self, client: IpAddr, host: &Host, now: Time) -> Option<Time>;
    /// The grants that this client has in use.
    fn live(&self, client: IpAddr, now: Time) -> Vec<LiveGrant>;
    /// How often this client continued to this site by this rule today.
    fn continued_today(&self, client: IpAddr, rule: u64, site: &str, now: Time) -> u32;
    /// What became of the last access request that this session sent for this host.
    fn earlier(&self, session: &str, host: &Host, now: Time) -> Option<Earlier>;
}

/// What became of an access request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earlier {
    /// Nothing yet; it was sent then.
    Waiting(Time),
    /// It was approved until then.
    Approved(Time),
    /// It was declined, with this note.
    Denied(Option<String>),
}

/// Leave to go on to the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// When it ends.
    pub until: Time,
    /// What gives it.
    pub by: By,
}

/// What gives leave to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The grant in the request's cookie.
    Cookie(Grant),
    /// An approved access request.
    Approval,
    /// A grant that the client has in use and that opens this host too.
    Live,
    /// A page of the granted site sent it, which this host is a companion of.
    Companion,
}

/// Whether the request may go on to the site. A host that a category of class security knows stays
/// closed whatever it carries.
pub fn permit(
    request: &Request<'_>,
    verdict: &Verdict,
    keys: &Keys,
    settings: &Settings,
    standing: &dyn Standing,
    now: Time,
) -> Option<Permission> {
    if verdict.danger {
        return None;
    }
    let Request { host, client, .. } = *request;
    let headers = &request.head.headers;
    let rule = verdict.revision;
    let at = (client, settings.network);
    if let Some(grant) = Grant::of(headers, keys, host, rule, at, now)
        && grant.code.as_deref().is_none_or(|code| standing.is_code_alive(code))
    {
        return Some(Permission { until: grant.until, by: By::Cookie(grant) });
    }
    if let Some(until) = standing.approved_until(client, host, now) {
        return Some(Permission { until, by: By::Approval });
    }
    let live = standing.live(client, now);
    if live.is_empty() {
        return None;
    }
    let from = Source::of(headers);
    for grant in live.iter().filter(|grant| is_alive(grant, standing)) {
        let until = grant.until;
        if is_opened(grant, host, verdict) {
            let anyone = matches!(grant.opens, Opens::Category(_));
            if anyone || (is_part(request.kind) && from.is_within_site_of(host)) {
                return Some(Permission { until, by: By::Live });
            }
        }
        let companions = companions_of(grant, &settings.companions);
        if is_part(request.kind)
            && companions.clone().any(|one| is_among(one, host))
            && from.may_be_page_of(grant, companions)
        {
            return Some(Permission { until, by: By::Companion });
        }
    }
    None
}

/// Whether one of the client's grants in use opens this host, as far as a connection can tell: by its
/// rule, or as a companion. Gives the grant.
pub fn opening(
    live: &[LiveGrant],
    host: &Host,
    verdict: &Verdict,
    companions: &[Companions],
    standing: &dyn Standing,
) -> Option<LiveGrant> {
    let opens = |grant: &&LiveGrant| {
        is_opened(grant, host, verdict)
            || companions_of(grant, companions).any(|one| is_among(one, host))
    };
    let mut alive = live.iter().filter(|grant| is_alive(grant, standing));
    alive.find(|grant| !verdict.danger && opens(grant)).cloned()
}

/// The site of a granted page that sent this request, to help find out what that page is missing.
pub fn granted_page(headers: &HeaderMap, live: &[LiveGrant]) -> Option<String> {
    let page = Source::of(headers).page?;
    let site = page.site_or_self();
    let opened = |grant: &LiveGrant| match &grant.opens {
        Opens::Host(name) => page.to_string() == *name,
        Opens::Site(name) => site == *name,
        Opens::Category(_) => grant.host.site_or_self() == site,
    };
    live.iter().any(opened).then_some(site)
}

fn is_alive(grant: &LiveGrant, standing: &dyn Standing) -> bool {
    grant.code.as_deref().is_none_or(|code| standing.is_code_alive(code))
}

fn is_opened(grant: &LiveGrant, host: &Host, verdict: &Verdict) -> bool {
    let category = verdict.category.as_ref().map(|category| &*category.name);
    grant.rule.is_none_or(|rule| rule == verdict.revision) && grant.opens.covers(host, category)
}

/// A part of a page, as against a page that a person opens.
fn is_part(kind: Kind) -> bool {
    !matches!(kind, Kind::Navigation | Kind::Prefetch | Kind::Probe | Kind::Own | Kind::BadMethod)
}

fn companions_of<'c>(
    grant: &'c LiveGrant,
    all: &'c [Companions],
) -> impl Iterator<Item = &'c Companions> + Clone {
    all.iter().filter(move |one| {
        let site = Host::Name(one.site.clone());
        match &grant.opens {
            Opens::Host(name) => *name == one.site.as_str(),
            Opens::Site(name) => *name == site.site_or_self(),
            Opens::Category(_) => grant.host.site_or_self() == site.site_or_self(),
        }
    })
}

fn is_among(companions: &Companions, host: &Host) -> bool {
    host.name().is_some_and(|name| companions.hosts.iter().any(|pattern| pattern.matches(name)))
}

/// Where a request says that it comes from.
struct Source {
    /// The host of `Origin`, else of `Referer`.
    page: Option<Host>,
    /// `Sec-Fetch-Site`, which no page can forge (W3C Fetch Metadata section 2.4).
    site: Option<String>,
}

impl Source {
    fn of(headers: &HeaderMap) -> Self {
        const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let host = |text: &str| {
            let uri: http::Uri = text.parse().ok()?;
            Host::from_authority(uri.authority()?.as_str()).ok()
        };
        Self {
            page: text(header::ORIGIN)
                .and_then(host)
                .or_else(|| text(header::REFERER).and_then(host)),
            site: text(SEC_FETCH_SITE).map(str::to_owned),
        }
    }

    /// Whether a page of the host's own site sent it.
    fn is_within_site_of(&self, host: &Host) -> bool {
        match &self.page {
            Some(page) => page.site_or_self() == host.site_or_self(),
            None => matches!(self.site.as_deref(), Some("same-origin" | "same-site")),
        }
    }

    /// Whether a page of the grant's site, or a companion of it such as a style sheet, sent it; a
    /// request that does not say where it comes from may be one.
    fn may_be_page_of<'c>(
        &self,
        grant: &LiveGrant,
        mut companions: impl Iterator<Item = &'c Companions>,
    ) -> bool {
        match &self.page {
            Some(page) => {
                page.site_or_self() == grant.host.site_or_self()
                    || companions.any(|one| is_among(one, page))
            }
            None => self.site.as_deref() != Some("none"),
        }
    }
}
