//! The portal: its names, its files, and its answers.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::{HeaderValue, Method, Response, StatusCode, header, request};
use rustls::sign::CertifiedKey;

use super::identity::{Identity, Kept};
use super::tried::Tried;
use crate::ca::export::{self, Kit, KitOptions};
use crate::ca::{self, CaError, Issuer};
use crate::config::{self, Config};
use crate::host::{Host, HostName};
use crate::http::address::LANGUAGE;
use crate::http::portal::{
    self as routes, CHECK, FILES, Fate, INSTALL, Name, PICTURE, PROBE, SEEN, Wanted,
};
use crate::http::route::chosen_language;
use crate::http::{self as web, Stub};
use crate::page::{CheckFacts, Device, FileFacts, Pages, PortalFacts, RootFacts, Sight};
use crate::policy::Policy;
use crate::random;

/// A green tick, for browsers without scripts.
const TICK: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 24\" width=\"48\" \
    height=\"48\" fill=\"none\" stroke=\"#17693a\" stroke-width=\"2\" stroke-linecap=\"round\" \
    stroke-linejoin=\"round\"><circle cx=\"12\" cy=\"12\" r=\"9\"/><path d=\"m8 12 3 3 5-6\"/></svg>";

/// The portal cannot be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortalError {
    /// Browsers would refuse the leaf of one of its names.
    #[error(
        "the issuing CA excludes `{domain}`, so browsers refuse the portal at {host}; set \
         `portal.{key}` to a name outside of it{or}"
    )]
    Excluded {
        /// The name.
        host: HostName,
        /// The key of the configuration that says it.
        key: &'static str,
        /// The domain that is excluded.
        domain: String,
        /// Another way out, where there is one.
        or: &'static str,
    },
    /// The root cannot be exported.
    #[error(transparent)]
    Ca(#[from] CaError),
}

/// The portal's names and files.
pub(super) struct Portal {
    config: config::Portal,
    identity: Option<Arc<Kept>>,
    check: Option<Host>,
    files: Vec<File>,
    shown_files: Vec<FileFacts>,
    roots: Vec<RootFacts>,
    /// The fingerprint of the root that leaves chain up to; none while a cross certificate makes them chain up
    /// to either of two, so that who accepts one has not shown which.
    leaves_root: Option<String>,
    /// While a rotation is prepared: the domain of the names that a browser tries the next root with, and that
    /// root's fingerprint.
    next: Option<(HostName, String)>,
    excluded: Vec<String>,
    /// Whether leaves for addresses can be made.
    signs_addresses: bool,
    https: Vec<SocketAddr>,
    tried: Tried,
}

struct File {
    format: &'static str,
    /// What it is called on a device: after the root, as in all exports.
    name: String,
    /// What it is called in the folder of all exports, which is the same for every root: for addresses in
    /// documents.
    lasting_name: String,
    media_type: &'static str,
    octets: Bytes,
}

/// A request to the portal.
pub(super) struct Visit<'a> {
    pub(super) head: &'a request::Parts,
    pub(super) host: &'a Host,
    pub(super) secure: bool,
    /// The address of ours that the client came to.
    pub(super) local: IpAddr,
    /// Whether this server passes on what people and sites to which they continue say to each other.
    pub(super) passes: bool,
}

/// An answer, and the word for its event.
pub(super) struct Answered {
    pub(super) response: Response<Bytes>,
    pub(super) detail: &'static str,
}

/// Everything that is wrong with the portal's names.
///
/// # Errors
/// [`PortalError`].
pub(super) fn check(config: &config::Portal, issuer: &Issuer) -> Result<(), PortalError> {
    let names = [
        (config.host.as_ref(), "host", config.identity.is_some()),
        (config.check_host.as_ref(), "check_host", false),
    ];
    for (host, key, has_own) in names {
        let Some(host) = host.filter(|_| !has_own) else { continue };
        if let Some(domain) = issuer.excluded_domains().find(|domain| host.is_within(domain)) {
            let or = match key {
                "host" => ", or give the portal a certificate of its own with `portal.certificate`",
                _ => "",
            };
            let (host, domain) = (host.clone(), domain.to_string());
            return Err(PortalError::Excluded { host, key, domain, or });
        }
    }
    Ok(())
}

impl Portal {
    /// Makes the files ready. `https`: the open addresses for TLS.
    ///
    /// # Errors
    /// [`PortalError`].
    pub(super) fn new(
        config: &Config,
        issuer: &Issuer,
        next: Option<&Issuer>,
        identity: Option<Identity>,
        https: Vec<SocketAddr>,
    ) -> Result<Self, PortalError> {
        check(&config.portal, issuer)?;
        let published = ca::published_roots(&config.ca.directory)?;
        let kit = Kit::new(&published, KitOptions::default())?;
        let roots = kit.roots().iter().map(|root| RootFacts {
            name: root.name().to_owned(),
            sha256: root.sha256(),
            sha1: root.sha1(),
            ends: root.not_after(),
        });
        let roots = roots.collect();
        let mut files = Vec::new();
        let mut shown_files = Vec::new();
        for made in export::all(&kit, None)? {
            let offered = OFFERED.iter().find(|(format, _)| *format == made.format);
            let Some((_, devices)) = offered else { continue };
            let lasting_name = made.path.rsplit('/').next().unwrap_or_default().to_owned();
            // Of these there is one for each root, in the order of the roots.
            let earlier = files.iter().filter(|file: &&File| file.format == made.format).count();
            let root = kit.roots().get(earlier).filter(|_| OF_EACH.contains(&made.format));
            let name = made.file_name(&kit);
            let href = format!("{FILES}{name}");
            let root = root.map(|root| root.name().to_owned());
            shown_files.push(FileFacts { href, name: name.clone(), root, devices });
            let (format, media_type) = (made.format, made.media_type);
            let octets = Bytes::from(made.octets);
            files.push(File { format, name, lasting_name, media_type, octets });
        }
        let check = config.portal.check_host.as_ref();
        let next_name = check.and_then(ca::probe_domain);
        let unspecified = Host::from_ip(IpAddr::from([192, 0, 2, 1]));
        Ok(Self {
            config: config.portal.clone(),
            check: config.portal.check_host.clone().map(Host::Name),
            identity: identity.map(|identity| Arc::new(Kept::new(identity))),
            files,
            shown_files,
            roots,
            next: next
                .zip(next_name)
                .map(|(issuer, name)| (name, ca::fingerprint_sha256(issuer.root()))),
            leaves_root: (published.len() == 1).then(|| ca::fingerprint_sha256(issuer.root())),
            excluded: issuer.excluded_domains().map(ToString::to_string).collect(),
            signs_addresses: !issuer.excludes(&unspecified),
            https,
            tried: Tried::new(),
        })
    }

    /// The certificate of its own, to be kept fresh.
    pub(super) fn identity(&self) -> Option<Arc<Kept>> {
        self.identity.clone()
    }

    /// The certificate to show for a name, when it is not one under our root.
    pub(super) fn shown_for(&self, host: &Host) -> Option<Arc<CertifiedKey>> {
        let own = host.name().is_some() && host.name() == self.config.host.as_ref();
        self.identity.as_ref().filter(|_| own).map(|identity| identity.shown())
    }

    /// The domain of the names that a browser tries the root with, for a name within it.
    pub(super) fn check_name(&self, host: &Host) -> Option<&Host> {
        let check = self.check.as_ref()?;
        let within = host.name()?.is_within(check.name()?);
        within.then_some(check)
    }

    /// Notes what became of a name that a browser tries the root with.
    pub(super) fn tried(&self, host: &Host, fate: Fate) {
        if self.check_name(host).is_some() {
            self.tried.note(host, fate);
        }
    }

    /// As what a host is the portal, if it is.
    pub(super) fn name_of(&self, host: &Host, secure: bool, local: IpAddr) -> Option<Name> {
        match host {
            Host::Name(name) if self.config.check_host.iter().any(|one| name.is_within(one)) => {
                Some(Name::Check)
            }
            Host::Name(name) => (self.config.host.as_ref() == Some(name)).then_some(Name::Portal),
            Host::Ip(ip) => {
                let ours = ip.to_canonical() == local.to_canonical();
                // Over TLS an address may stand for any host whose client sends no name.
                (ours && self.config.by_address && !secure).then_some(Name::Address)
            }
        }
    }

    /// Whether a request over TLS to one of our addresses is a test.
    pub(super) fn is_test(&self, head: &request::Parts, host: &Host, local: IpAddr) -> bool {
        let ours = matches!(host, Host::Ip(ip) if ip.to_canonical() == local.to_canonical());
        ours && self.config.by_address && [PROBE, PICTURE].contains(&head.uri.path())
    }

    /// The fingerprint of the root that a request to a test address proves to be trusted.
    pub(super) fn proved_by(&self, visit: &Visit<'_>) -> Option<&str> {
        let asks = [PROBE, PICTURE].contains(&visit.head.uri.path());
        let next = self.next.as_ref().filter(|_| self.is_next(visit.host));
        let root = next.map(|(_, root)| root).or(self.leaves_root.as_ref());
        root.filter(|_| asks).map(String::as_str)
    }

    /// Whether leaves for this host are to come under the next root.
    pub(super) fn is_next(&self, host: &Host) -> bool {
        let next = self.next.as_ref().zip(host.name());
        next.is_some_and(|((domain, _), name)| name.is_within(domain))
    }

    /// Answers a request.
    pub(super) fn answer(
        &self,
        visit: &Visit<'_>,
        name: Name,
        pages: &Pages,
        policy: &Policy,
    ) -> Answered {
        let own = self.identity.is_some();
        let wanted = routes::route(visit.head, name, visit.secure, own);
        let is_test = matches!(wanted, Wanted::Probe(_) | Wanted::Picture);
        let (response, detail) = match wanted {
            Wanted::Install => (self.install(visit, pages), "install"),
            Wanted::Check { cookies } => (self.check(visit, name, cookies, pages, policy), "check"),
            Wanted::CookieCheck { location, cookie } => {
                let mut response = moved(StatusCode::SEE_OTHER, &location);
                response.headers_mut().insert(header::SET_COOKIE, HeaderValue::from_static(cookie));
                (response, "check")
            }
            Wanted::Probe(word) => {
                (typed("text/plain; charset=utf-8", format!("ok-{word}")), "probe")
            }
            Wanted::Picture => (typed("image/svg+xml", TICK), "probe"),
            Wanted::Seen(word) => {
                let fate = self.tried.fate(word).word();
                (typed("text/plain; charset=utf-8", format!("{fate}-{word}")), "probe")
            }
            Wanted::File(name) => match self.file(name) {
                Some(file) => (file.response(), "download"),
                None => (Stub::NotFound.response(visit.head), "not_found"),
            },
            Wanted::ToTls(rest) => match &self.config.host {
                Some(host) => {
                    let port = port_of(visit.head).and_then(|_| self.https_port(visit.local));
                    let place = authority(host.as_str(), port);
                    let location = format!("https://{place}{rest}");
                    (moved(StatusCode::TEMPORARY_REDIRECT, &location), "redirect")
                }
                None => (Stub::NotFound.response(visit.head), "not_found"),
            },
            Wanted::NotFound => (Stub::NotFound.response(visit.head), "not_found"),
            Wanted::BadMethod => {
                let mut response = Stub::BadMethod.response(visit.head);
                let allowed = HeaderValue::from_static("GET, HEAD");
                response.headers_mut().insert(header::ALLOW, allowed);
                (response, "not_found")
            }
        };
        let mut response = response;
        web::finish(&mut response, visit.head.method == Method::HEAD);
        if is_test {
            // The page that asks stands at another name of ours.
            let every = HeaderValue::from_static("*");
            response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, every);
        }
        Answered { response, detail }
    }

    fn file(&self, name: &str) -> Option<&File> {
        let named = self.files.iter().find(|file| file.name == name);
        named.or_else(|| self.files.iter().find(|file| file.lasting_name == name))
    }

    fn install(&self, visit: &Visit<'_>, pages: &Pages) -> Response<Bytes> {
        let agent = visit.head.headers.get(header::USER_AGENT);
        let agent = agent.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let sight = Sight::Install {
            roots: &self.roots,
            files: &self.shown_files,
            device: Device::of_user_agent(agent),
            protected: visit.secure,
            excluded: &self.excluded,
            passes: visit.passes,
        };
        page(sight, INSTALL, visit, pages)
    }

    fn check(
        &self,
        visit: &Visit<'_>,
        name: Name,
        cookies: bool,
        pages: &Pages,
        policy: &Policy,
    ) -> Response<Bytes> {
        let label = HEXLOWER.encode(&random::octets::<6>().unwrap_or_default());
        // A browser that came without a port is behind something that brings it to ours.
        let asked = port_of(visit.head);
        let https = asked.and_then(|_| self.https_port(visit.local));
        let http = asked.filter(|_| !visit.secure);
        let https = if visit.secure { asked } else { https };
        let named = self.config.check_host.as_ref().map(|check| {
            let at =
                |scheme, port| format!("{scheme}://{}", authority(&format!("LABEL.{check}"), port));
            let control = (!visit.secure).then(|| at("http", http));
            (at("https", https), control)
        });
        let by_address = |scheme: &str, ip: IpAddr, port| {
            let ip = Host::from_ip(ip).to_url_host();
            format!("{scheme}://{}", authority(&ip, port))
        };
        let direct = (name == Name::Address && self.signs_addresses)
            .then(|| by_address("https", visit.local, https));
        let blocks = policy.block_addresses(0);
        let family = |ip: Option<IpAddr>| {
            let ip = ip.filter(|_| self.config.by_address)?;
            match visit.secure {
                true => self.signs_addresses.then(|| by_address("https", ip, https)),
                false => Some(by_address("http", ip, http)),
            }
        };
        let ipv4 = family(blocks.v4.first().map(|ip| IpAddr::V4(*ip)));
        let ipv6 = family(blocks.v6.first().map(|ip| IpAddr::V6(*ip)));
        let (named, control) = named.unzip();
        let control = control.flatten();
        let next = self.next.as_ref();
        let next = next
            .map(|(domain, _)| format!("https://{}", authority(&format!("LABEL.{domain}"), https)));
        let bases = [&named, &control, &direct, &ipv4, &ipv6, &next];
        let origins: Vec<String> =
            bases.iter().filter_map(|base| Some(base.as_ref()?.replace("LABEL", "*"))).collect();
        let probe = |base: &Option<String>| Some(format!("{}{PROBE}?LABEL", base.as_ref()?));
        let picture = named.as_ref().or(direct.as_ref());
        let picture = picture.map(|base| format!("{}{PICTURE}", base.replace("LABEL", &label)));
        let [named, control, direct, ipv4, ipv6, next] = bases.map(probe);
        let check = CheckFacts {
            label: &label,
            cookies,
            named: named.as_deref(),
            control: control.as_deref(),
            direct: direct.as_deref(),
            ipv4: ipv4.as_deref(),
            ipv6: ipv6.as_deref(),
            next: next.as_deref(),
            picture: picture.as_deref(),
            seen: named.as_ref().filter(|_| visit.secure).map(|_| SEEN),
            origins: &origins,
        };
        page(Sight::Check(check), CHECK, visit, pages)
    }

    /// The port for TLS at an address of ours, unless it is the usual one.
    fn https_port(&self, local: IpAddr) -> Option<u16> {
        let at = |address: &&SocketAddr| address.ip() == local || address.ip().is_unspecified();
        let found = self.https.iter().find(at).or(self.https.first());
        found.map(SocketAddr::port).filter(|port| *port != 443)
    }
}

impl File {
    fn response(&self) -> Response<Bytes> {
        let mut response = typed(self.media_type, self.octets.clone());
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        if let Ok(disposition) = HeaderValue::from_str(&disposition) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
        }
        response
    }
}

/// What is offered, and to whom. Device managers get all else from `blockhouse-ca export --all`.
const OFFERED: &[(&str, &[Device])] = &[
    ("mobileconfig", &[Device::Ios, Device::Mac, Device::Programs]),
    ("der", &[Device::Windows, Device::Programs]),
    ("android", &[Device::Android]),
    ("pem", &[Device::Chromeos, Device::Linux, Device::Firefox, Device::Programs]),
    ("p7b", &[Device::Programs]),
    ("java-p12", &[Device::Programs]),
    ("windows-powershell", &[Device::Programs]),
    ("fingerprints", &[Device::Programs]),
];

/// Those of them that hold one root alone.
const OF_EACH: [&str; 3] = ["der", "android", "pem"];

fn page(sight: Sight<'_>, path: &str, visit: &Visit<'_>, pages: &Pages) -> Response<Bytes> {
    let query = visit.head.uri.query();
    let accept = visit.head.headers.get(header::ACCEPT_LANGUAGE);
    let accept = accept.and_then(|value| value.to_str().ok());
    let chosen = chosen_language(query);
    let at = |path: &str, tag: Option<&str>| match tag {
        Some(tag) => format!("{path}?{LANGUAGE}={tag}"),
        None => path.to_owned(),
    };
    let language_url = |tag: &str| at(path, Some(tag));
    let facts = PortalFacts {
        sight,
        install_url: &at(INSTALL, chosen),
        check_url: &at(CHECK, chosen),
        language_url: &language_url,
    };
    let page = pages.render_portal(pages.choose(chosen, accept), &facts);
    if let Some(problem) = &page.problem {
        tracing::error!(%problem, "a template failed; the built-in one was shown");
    }
    let mut response = typed("text/html; charset=utf-8", page.html);
    let fields = response.headers_mut();
    if let Ok(language) = HeaderValue::from_str(page.language.tag()) {
        fields.insert(header::CONTENT_LANGUAGE, language);
    }
    fields.insert(header::CONTENT_SECURITY_POLICY, page.csp);
    response
}

fn typed(media_type: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

fn moved(status: StatusCode, location: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    let location = HeaderValue::from_str(location);
    let location = location.unwrap_or_else(|_| HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// The port that the address in the browser names.
fn port_of(head: &request::Parts) -> Option<u16> {
    let field = || head.headers.get(header::HOST)?.to_str().ok()?.parse().ok();
    head.uri.authority().cloned().or_else(field)?.port_u16()
}

fn authority(host: &str, port: Option<u16>) -> String {
    match port {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
