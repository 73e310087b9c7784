//! What kind of request this is: a person who opens a page, or a page that wants a part of itself.
//!
//! Decided by `Sec-Fetch-Dest` and `Sec-Fetch-Mode`, then by `Accept`, then by the path's ending
//! (W3C Fetch Metadata). Pure: it sees the head and nothing else.

use http::header::{self, HeaderMap, HeaderName};
use http::{Method, request};

/// The path below which everything is the product's own.
pub const OWN_PATH: &str = "/.blockhouse/";

const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const PURPOSE: HeaderName = HeaderName::from_static("purpose");
const SERVICE_WORKER: HeaderName = HeaderName::from_static("service-worker");

/// The kind of a request; the answer hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A person opens a page.
    Navigation,
    /// A page opens another inside itself.
    Frame,
    /// `<object>` or `<embed>`: may show anything, so that a frame's page fits best.
    Embedded,
    /// A picture.
    Image,
    /// Sound or film.
    Media,
    /// A text track of a film.
    Track,
    /// A font.
    Font,
    /// A style sheet.
    Style,
    /// A script or a module.
    Script,
    /// A worker's script, dedicated or shared, or a worklet's.
    Worker,
    /// A service worker's script.
    ServiceWorker,
    /// A web application's manifest.
    Manifest,
    /// `fetch` or XHR whose outcome the page's code can see.
    Fetch,
    /// A beacon, ping, report or no-cors fetch: nobody sees its outcome.
    Beacon,
    /// A stream of server-sent events.
    EventSource,
    /// A WebSocket handshake.
    WebSocket,
    /// A CORS preflight.
    Preflight,
    /// A browser loads ahead what a person may open later.
    Prefetch,
    /// An operating system or browser asks whether it is on-line.
    Probe,
    /// `/favicon.ico` and its like.
    Icon,
    /// `/robots.txt`.
    Robots,
    /// A small well-known file that only machines ask for.
    WellKnown,
    /// Below [`OWN_PATH`].
    Own,
    /// A method that no answer of ours fits.
    BadMethod,
}

impl Kind {
    /// The word for it in events.
    pub fn word(self) -> &'static str {
        match self {
            Self::Navigation => "navigation",
            Self::Frame => "frame",
            Self::Embedded => "embedded",
            Self::Image => "image",
            Self::Media => "media",
            Self::Track => "track",
            Self::Font => "font",
            Self::Style => "style",
            Self::Script => "script",
            Self::Worker => "worker",
            Self::ServiceWorker => "service_worker",
            Self::Manifest => "manifest",
            Self::Fetch => "fetch",
            Self::Beacon => "beacon",
            Self::EventSource => "event_source",
            Self::WebSocket => "websocket",
            Self::Preflight => "preflight",
            Self::Prefetch => "prefetch",
            Self::Probe => "probe",
            Self::Icon => "icon",
            Self::Robots => "robots",
            Self::WellKnown => "well_known",
            Self::Own => "own",
            Self::BadMethod => "bad_method",
        }
    }

    /// Tells the kind of a request by its head. `host` is the name asked for, in lower case.
    pub fn of(head: &request::Parts, host: &str) -> Self {
        let path = head.uri.path();
        let headers = &head.headers;
        if head.method == Method::CONNECT || head.method == Method::TRACE {
            return Self::BadMethod;
        }
        if head.method == Method::OPTIONS {
            let preflight = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
            return if preflight { Self::Preflight } else { Self::BadMethod };
        }
        if path.starts_with(OWN_PATH) {
            return Self::Own;
        }
        if has_token(headers, header::UPGRADE, "websocket") {
            return Self::WebSocket;
        }
        if super::probe::answer(host, path).is_some() {
            return Self::Probe;
        }
        if is(headers, SERVICE_WORKER, "script") {
            return Self::ServiceWorker;
        }
        let purpose = |name| text(headers, name).is_some_and(|value| value.contains("prefetch"));
        if purpose(SEC_PURPOSE) || purpose(PURPOSE) {
            return Self::Prefetch;
        }
        match text(headers, SEC_FETCH_DEST) {
            Some(dest) => by_destination(dest, head),
            None => by_file(path).or_else(|| by_accept(headers, path)).unwrap_or_else(|| {
                // Neither a browser of today nor an `Accept` that tells: a request that some page's
                // code made carries where it came from, one that a person or a tool made does not.
                let from_page = headers.contains_key(header::ORIGIN)
                    || headers.contains_key(header::REFERER)
                    || headers.contains_key("x-requested-with");
                if from_page { Self::Fetch } else { Self::Navigation }
            }),
        }
    }
}

fn by_destination(dest: &str, head: &request::Parts) -> Kind {
    match dest {
        "document" => Kind::Navigation,
        "iframe" | "frame" | "fencedframe" => Kind::Frame,
        "object" | "embed" => Kind::Embedded,
        "image" => by_file(head.uri.path()).unwrap_or(Kind::Image),
        "audio" | "video" => Kind::Media,
        "track" => Kind::Track,
        "font" => Kind::Font,
        "style" | "xslt" => Kind::Style,
        "script" => Kind::Script,
        "worker" | "sharedworker" | "audioworklet" | "paintworklet" => Kind::Worker,
        "serviceworker" => Kind::ServiceWorker,
        "manifest" => Kind::Manifest,
        "report" => Kind::Beacon,
        "json" => Kind::Fetch,
        "empty" => without_destination(head),
        // Destinations still to be invented: an empty answer is right for most.
        _ => Kind::Beacon,
    }
}

/// `Sec-Fetch-Dest: empty`: made by code, with one exception. A service worker that the real site
/// left behind repeats the navigation of a person, and the repeated request says `empty`; but it
/// still asks for HTML, and no code of a page can set `Upgrade-Insecure-Requests`.
fn without_destination(head: &request::Parts) -> Kind {
    let headers = &head.headers;
    let mode = text(headers, SEC_FETCH_MODE).unwrap_or_default();
    let accept = text(headers, header::ACCEPT).unwrap_or_default();
    let repeated = is(headers, header::UPGRADE_INSECURE_REQUESTS, "1");
    if accept.contains("text/html") && (repeated || mode == "navigate") {
        return Kind::Navigation;
    }
    match mode {
        _ if accept.contains("text/event-stream") => Kind::EventSource,
        "websocket" => Kind::WebSocket,
        "no-cors" => Kind::Beacon,
        _ => Kind::Fetch,
    }
}

/// Files that are asked for by their name alone, whoever asks.
fn by_file(path: &str) -> Option<Kind> {
    match path {
        "/favicon.ico" => Some(Kind::Icon),
        "/robots.txt" => Some(Kind::Robots),
        "/ads.txt"
        | "/app-ads.txt"
        | "/sitemap.xml"
        | "/crossdomain.xml"
        | "/browserconfig.xml"
        | "/security.txt"
        | "/clientaccesspolicy.xml" => Some(Kind::WellKnown),
        _ if path.starts_with("/.well-known/") => Some(Kind::WellKnown),
        _ if path.starts_with("/apple-touch-icon") && path.ends_with(".png") => Some(Kind::Icon),
        _ => None,
    }
}

/// Plain HTTP and old browsers send no fetch metadata: `Accept` tells most, the ending the rest.
fn by_accept(headers: &HeaderMap, path: &str) -> Option<Kind> {
    if is(headers, header::UPGRADE_INSECURE_REQUESTS, "1") {
        return Some(Kind::Navigation);
    }
    let accept = text(headers, header::ACCEPT).unwrap_or_default();
    let first = accept.split([',', ';']).next().unwrap_or_default().trim();
    if headers.contains_key("x-requested-with") {
        return Some(Kind::Fetch);
    }
    match first {
        "text/event-stream" => return Some(Kind::EventSource),
        "text/css" => return Some(Kind::Style),
        "text/html" | "application/xhtml+xml" => return Some(Kind::Navigation),
        "application/json" => return Some(Kind::Fetch),
        "application/manifest+json" => return Some(Kind::Manifest),
        _ if first.starts_with("image/") => return Some(Kind::Image),
        _ if first.starts_with("video/") || first.starts_with("audio/") => {
            return Some(Kind::Media);
        }
        _ if first.starts_with("font/") || first.starts_with("application/font") => {
            return Some(Kind::Font);
        }
        _ if accept.contains("text/html") => return Some(Kind::Navigation),
        _ => {}
    }
    let file = path.rsplit('/').next().unwrap_or_default();
    let (_, ending) = file.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "svg" | "ico" | "bmp" => Kind::Image,
        "js" | "mjs" => Kind::Script,
        "css" => Kind::Style,
        "woff" | "woff2" | "ttf" | "otf" | "eot" => Kind::Font,
        "mp4" | "webm" | "mp3" | "ogg" | "m4a" | "m4v" | "mov" | "wav" | "m3u8" | "mpd" => {
            Kind::Media
        }
        "vtt" => Kind::Track,
        "json" | "wasm" => Kind::Fetch,
        "webmanifest" => Kind::Manifest,
        _ => return None,
    })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn is(headers: &HeaderMap, name: HeaderName, value: &str) -> bool {
    text(headers, name).is_some_and(|text| text.trim().eq_ignore_ascii_case(value))
}

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}
