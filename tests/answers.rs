//! What a request gets: every row of the design's table, over HTTP/1.1, HTTP/2 and plain HTTP.

use crate::support::curl::{Reply, WAYS, Way, curl};
use crate::support::server::{Blockhouse, CONFIG};
use crate::support::tls::trusting;

const HTML: &str = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";
const DOCUMENT: &[&str] =
    &["-H", HTML, "-H", "Sec-Fetch-Dest: document", "-H", "Sec-Fetch-Mode: navigate"];
/// What a browser over plain HTTP sends: no fetch metadata.
const PLAIN_DOCUMENT: &[&str] = &["-H", HTML, "-H", "Upgrade-Insecure-Requests: 1"];

fn document(way: Way) -> &'static [&'static str] {
    if way == Way::Plain { PLAIN_DOCUMENT } else { DOCUMENT }
}

/// Follows the cookie check with curl's own cookie engine.
fn visit(server: &Blockhouse, way: Way, host: &str, more: &[&str]) -> Reply {
    let mut options = vec!["--location", "--max-redirs", "3", "--cookie", ""];
    options.extend(document(way));
    options.extend(more);
    curl(server, way, host, "/some/page?q=1", &options)
}

#[test]
fn navigation_without_a_cookie_is_checked_once() {
    let server = Blockhouse::new();
    for way in WAYS {
        let reply = curl(&server, way, "blocked.test", "/a/b?x=1&y=%20", document(way));
        assert_eq!(reply.status, 303, "{way:?}");
        let cookie = reply.field("set-cookie").expect("a cookie is set");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        assert_eq!(cookie.contains("Secure"), way != Way::Plain, "{cookie}");
        assert_eq!(cookie.starts_with("__Host-"), way != Way::Plain, "{cookie}");
        let location = reply.field("location").unwrap();
        assert!(location.starts_with("/a/b?x=1&y=%20&blockhouse-check="), "{location}");
    }
}

#[test]
fn navigation_with_the_cookie_shows_the_block_page() {
    let server = Blockhouse::new();
    for way in WAYS {
        let reply = visit(&server, way, "blocked.test", &[]);
        assert_eq!(reply.status, 403, "{way:?}");
        let text = reply.text();
        for wanted in [
            "blocked.test",
            "Gambling",
            "Games of chance",
            "Test Organisation",
            "help@organisation.example",
        ] {
            assert!(text.contains(wanted), "{way:?}: {wanted} is missing in {text}");
        }
        let event = server.event_named("block_page");
        assert!(text.contains(event["id"].as_str().unwrap()), "the event's id is on the page");
        assert_eq!(event["host"], "blocked.test");
        assert_eq!(event["category"], "gambling");
        assert_eq!(event["location"], "Loopback");
        if way == Way::H1 {
            assert_eq!(reply.field("connection"), Some("close"));
        }
    }
}

#[test]
fn navigation_with_cookies_refused_shows_the_cookies_page() {
    let server = Blockhouse::new();
    for way in WAYS {
        for host in ["blocked.test", "warned.test"] {
            let mut options = vec!["--location", "--max-redirs", "2"];
            options.extend(document(way));
            let reply = curl(&server, way, host, "/", &options);
            assert_eq!(reply.status, 403);
            let text = reply.text();
            assert!(text.contains(host) && text.to_lowercase().contains("cookie"), "{text}");
            let event = server.event_named("cookies_page");
            assert_eq!(event["host"], host);
        }
    }
}

#[test]
fn an_old_or_foreign_mark_is_checked_again() {
    let server = Blockhouse::new();
    for mark in ["x", "", "bWFyayAxNzAwMDAwMDAw"] {
        let path = format!("/?blockhouse-check={mark}&q=1");
        let reply = curl(&server, Way::H1, "blocked.test", &path, DOCUMENT);
        assert_eq!(reply.status, 303);
        let location = reply.field("location").unwrap();
        assert_eq!(location.matches("blockhouse-check").count(), 1, "{location}");
    }
}

#[test]
fn optional_cookies_show_the_block_page_at_once() {
    let config = CONFIG.replace("[cookies]", "[cookies]\nblock_page = \"optional\"");
    let server = Blockhouse::with(&config);
    let reply = curl(&server, Way::H2, "blocked.test", "/", DOCUMENT);
    assert_eq!(reply.status, 403);
    assert!(reply.field("set-cookie").is_some());
    let reply = curl(&server, Way::H2, "warned.test", "/", DOCUMENT);
    assert_eq!(reply.status, 303, "the warning page always needs cookies");
}

#[test]
fn continuing_makes_a_grant_and_leads_back() {
    let server = Blockhouse::with(&format!("{CONFIG}\n[upstream]\nservers = []\n"));
    for way in WAYS {
        let jar = tempfile::NamedTempFile::new().unwrap();
        let jar = jar.path().to_str().unwrap();
        let keep = ["--cookie", jar, "--cookie-jar", jar];
        let reply = visit(&server, way, "warned.test", &["--cookie-jar", jar]);
        assert_eq!(reply.status, 403);
        let text = reply.text();
        let value = |name: &str| {
            let (_, rest) =
                text.split_once(&format!("name=\"{name}\" value=\"")).expect("the form");
            rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#x2F;", "/")
        };
        assert_eq!(value("to"), "/some/page?q=1");
        let token = format!("token={}", value("token"));
        let mut options = keep.to_vec();
        options.extend(["--data-urlencode", &token, "--data-urlencode", "to=/some/page?q=1"]);
        let reply = curl(&server, way, "warned.test", "/.blockhouse/continue", &options);
        assert_eq!(reply.status, 303, "{way:?}: {}", reply.text());
        assert_eq!(reply.field("location"), Some("/some/page?q=1"));
        assert!(reply.field("set-cookie").unwrap().contains("blockhouse-grant="));
        server.event_named("grant");

        let mut options = keep.to_vec();
        options.extend(document(way));
        let reply = curl(&server, way, "warned.test", "/some/page?q=1", &options);
        assert_eq!(reply.status, 502, "the grant is honoured: no second warning");

        // The same form once more, without its cookies: refused, and no grant.
        let options = ["--data-urlencode", &token, "--data-urlencode", "to=/"];
        let reply = curl(&server, way, "warned.test", "/.blockhouse/continue", &options);
        assert_eq!(reply.status, 403);
        assert_eq!(reply.field("set-cookie"), None);
    }
}

#[test]
fn a_form_leads_nowhere_else() {
    let server = Blockhouse::new();
    for to in ["https://evil.test/", "//evil.test/", "/\\evil.test/", "javascript:alert(1)", ""] {
        // The host is blocked, not warned: the form is answered with the way back alone.
        let to = format!("to={to}");
        let options = ["--data-urlencode", &to];
        let reply = curl(&server, Way::H1, "blocked.test", "/.blockhouse/continue", &options);
        assert_eq!(reply.status, 303);
        let location = reply.field("location").unwrap();
        assert!(location == "/" || location == "/evil.test/", "{to} led to {location}");
    }
}

#[test]
fn the_connection_ends_after_a_page_and_not_after_a_stub() {
    let server = Blockhouse::new();
    for way in WAYS {
        // Two requests in one run of curl: the second says how many connections it had to open.
        let second = |path: &str, options: &[&str]| {
            let next = crate::support::curl::url(&server, way, "blocked.test", path);
            let mut all = vec!["--write-out", "%{stderr}%{num_connects}\n"];
            all.extend(options);
            all.extend(["--output", "/dev/null", next.as_str()]);
            let said = crate::support::curl::said(&server, way, "blocked.test", path, &all);
            said.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(second("/x.css", &[]), ["1", "0"], "{way:?}: stubs share a connection");
        if way != Way::H2 {
            let mut page = vec!["--location", "--cookie", ""];
            page.extend(document(way));
            assert_eq!(second("/", &page), ["1", "1"], "{way:?}: a page is the last of its own");
        }
    }
}

/// curl may send its next request before it has read the GOAWAY; this client sends none, and waits.
#[test]
fn an_http_2_connection_is_ended_by_the_server_after_a_page() {
    let config = CONFIG.replace("[cookies]", "[cookies]\nblock_page = \"optional\"");
    let server = Blockhouse::with(&config);
    let (status, ended) = crate::support::tls::visit_until_the_end(
        &trusting(&server.root()),
        server.https()[0],
        "blocked.test",
    );
    assert_eq!(status, 403);
    assert!(ended, "the server keeps the connection");
}

/// One row: what a page asks for, and the smallest answer that keeps the page working.
struct Row {
    what: &'static str,
    path: &'static str,
    send: &'static [&'static str],
    status: u16,
    kind: Option<&'static str>,
    length: usize,
}

const fn row(
    what: &'static str,
    path: &'static str,
    send: &'static [&'static str],
    status: u16,
    kind: Option<&'static str>,
    length: usize,
) -> Row {
    Row { what, path, send, status, kind, length }
}

const ORIGIN: &str = "Origin: https://page.example";

const ROWS: &[Row] = &[
    row("image", "/x", &["-H", "Sec-Fetch-Dest: image"], 200, Some("image/gif"), 43),
    row(
        "image by accept",
        "/x",
        &["-H", "Accept: image/avif,image/webp,*/*"],
        200,
        Some("image/gif"),
        43,
    ),
    row("image by ending", "/x.PNG", &[], 200, Some("image/gif"), 43),
    row("style", "/x", &["-H", "Sec-Fetch-Dest: style"], 200, Some("text/css"), 0),
    row("style by accept", "/x", &["-H", "Accept: text/css,*/*;q=0.1"], 200, Some("text/css"), 0),
    row("script", "/x", &["-H", "Sec-Fetch-Dest: script"], 200, Some("text/javascript"), 0),
    row("script by ending", "/x.js?v=1", &[], 200, Some("text/javascript"), 0),
    row("worker", "/x", &["-H", "Sec-Fetch-Dest: worker"], 200, Some("text/javascript"), 0),
    row("font", "/x", &["-H", "Sec-Fetch-Dest: font"], 200, Some("font/woff2"), 0),
    row("video", "/x", &["-H", "Sec-Fetch-Dest: video"], 204, None, 0),
    row("track", "/x", &["-H", "Sec-Fetch-Dest: track"], 200, Some("text/vtt"), 7),
    row(
        "manifest",
        "/x",
        &["-H", "Sec-Fetch-Dest: manifest"],
        200,
        Some("application/manifest+json"),
        2,
    ),
    row(
        "fetch",
        "/api",
        &["-H", "Sec-Fetch-Dest: empty", "-H", "Sec-Fetch-Mode: cors", "-H", ORIGIN],
        403,
        Some("application/json"),
        19,
    ),
    row(
        "xhr, old browser",
        "/api",
        &["-H", ORIGIN, "-H", "Accept: */*"],
        403,
        Some("application/json"),
        19,
    ),
    row(
        "beacon",
        "/b",
        &["-H", "Sec-Fetch-Dest: empty", "-H", "Sec-Fetch-Mode: no-cors", "-X", "POST"],
        204,
        None,
        0,
    ),
    row(
        "event source",
        "/e",
        &[
            "-H",
            "Sec-Fetch-Dest: empty",
            "-H",
            "Sec-Fetch-Mode: cors",
            "-H",
            "Accept: text/event-stream",
        ],
        204,
        None,
        0,
    ),
    row(
        "preflight",
        "/api",
        &["-X", "OPTIONS", "-H", ORIGIN, "-H", "Access-Control-Request-Method: PUT"],
        204,
        None,
        0,
    ),
    row(
        "service worker",
        "/sw.js",
        &["-H", "Service-Worker: script", "-H", "Sec-Fetch-Dest: serviceworker"],
        404,
        None,
        0,
    ),
    row(
        "prefetch",
        "/p",
        &["-H", "Sec-Fetch-Dest: document", "-H", "Sec-Purpose: prefetch;prerender"],
        503,
        None,
        0,
    ),
    row("favicon", "/favicon.ico", &["-H", "Sec-Fetch-Dest: image"], 204, None, 0),
    row("robots", "/robots.txt", &[], 200, Some("text/plain"), 26),
    row("well-known", "/.well-known/assetlinks.json", &[], 404, None, 0),
];

#[test]
fn parts_of_a_page_get_the_smallest_answer_at_once() {
    let server = Blockhouse::new();
    for way in WAYS {
        for row in ROWS {
            let reply = curl(&server, way, "malware.test", row.path, row.send);
            let got = (reply.status, reply.field("content-type"), reply.body.len());
            assert_eq!(got, (row.status, row.kind, row.length), "{} over {way:?}", row.what);
            assert_eq!(reply.field("set-cookie"), None, "{}", row.what);
            if row.send.contains(&ORIGIN) {
                let allowed = reply.field("access-control-allow-origin");
                assert_eq!(allowed, Some("https://page.example"), "{}", row.what);
            }
        }
    }
}

#[test]
fn a_websocket_fails_at_once() {
    let server = Blockhouse::new();
    let upgrade = [
        "-H",
        "Connection: Upgrade",
        "-H",
        "Upgrade: websocket",
        "-H",
        "Sec-WebSocket-Version: 13",
    ];
    for way in [Way::H1, Way::Plain] {
        assert_eq!(curl(&server, way, "blocked.test", "/ws", &upgrade).status, 403);
    }
}

#[test]
fn a_preflight_is_allowed_what_it_asks() {
    let server = Blockhouse::new();
    let ask = [
        "-X",
        "OPTIONS",
        "-H",
        ORIGIN,
        "-H",
        "Access-Control-Request-Method: PUT",
        "-H",
        "Access-Control-Request-Headers: x-a,x-b",
    ];
    let reply = curl(&server, Way::H2, "blocked.test", "/api", &ask);
    assert_eq!(reply.field("access-control-allow-methods"), Some("PUT"));
    assert_eq!(reply.field("access-control-allow-headers"), Some("x-a,x-b"));
    assert_eq!(reply.field("access-control-allow-credentials"), Some("true"));
}

#[test]
fn frames_get_a_small_page_without_forms() {
    let server = Blockhouse::new();
    for way in [Way::H1, Way::H2] {
        for dest in ["iframe", "frame", "object", "embed"] {
            let dest = format!("Sec-Fetch-Dest: {dest}");
            let reply = curl(&server, way, "warned.test", "/", &["-H", &dest, "-H", HTML]);
            assert_eq!(reply.status, 200);
            let text = reply.text();
            assert!(text.contains("warned.test") && !text.contains("<form"), "{text}");
            let policy = reply.field("content-security-policy").unwrap();
            assert!(policy.contains("frame-ancestors *"), "{policy}");
        }
    }
}

#[test]
fn a_navigation_that_an_old_service_worker_repeats_shows_the_page() {
    let server = Blockhouse::new();
    for mode in ["navigate", "same-origin"] {
        let mode = format!("Sec-Fetch-Mode: {mode}");
        let send = [
            "-H",
            HTML,
            "-H",
            "Sec-Fetch-Dest: empty",
            "-H",
            &mode,
            "-H",
            "Upgrade-Insecure-Requests: 1",
        ];
        let mut options = vec!["--location", "--cookie", ""];
        options.extend(send);
        let reply = curl(&server, Way::H2, "blocked.test", "/", &options);
        assert_eq!(reply.status, 403);
        assert!(reply.text().contains("Gambling"));
    }
}

#[test]
fn connectivity_checks_get_what_they_expect() {
    let server = Blockhouse::new();
    // Built-in exceptions are never impersonated, so they have no answer over TLS.
    for (host, path, status, body, ways) in [
        ("www.google.com", "/generate_204", 204, "", &WAYS[..]),
        ("fedoraproject.org", "/static/hotspot.txt", 200, "OK", &WAYS),
        ("connectivitycheck.gstatic.com", "/generate_204", 204, "", &[Way::Plain]),
        (
            "www.msftconnecttest.com",
            "/connecttest.txt",
            200,
            "Microsoft Connect Test",
            &[Way::Plain],
        ),
        ("detectportal.firefox.com", "/success.txt?ipv4", 200, "success\n", &[Way::Plain]),
        (
            "captive.apple.com",
            "/hotspot-detect.html",
            200,
            "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n",
            &[Way::Plain],
        ),
        (
            "nmcheck.gnome.org",
            "/check_network_status.txt",
            200,
            "NetworkManager is online\n",
            &[Way::Plain],
        ),
    ] {
        for way in ways {
            let reply = curl(&server, *way, host, path, &[]);
            assert_eq!((reply.status, reply.text().as_str()), (status, body), "{host} {way:?}");
        }
    }
}

#[test]
fn what_else_a_checked_host_has_is_passed_on() {
    // Windows opens /redirect there in a browser.
    let site = std::net::TcpListener::bind("127.77.68.1:80").expect("port 80; run as root");
    let dns =
        crate::support::resolver::Resolver::start(&[("www.msftconnecttest.com", "127.77.68.1")]);
    let roots = std::path::Path::new("certs/root.pem");
    let config = crate::support::server::before_sites(dns.address, roots, "\"127.77.68.1\"");
    let server = Blockhouse::with(&config);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            use std::io::{Read as _, Write as _};
            let (mut socket, _) = site.accept().unwrap();
            let mut asked = [0; 4096];
            let read = socket.read(&mut asked).unwrap();
            assert!(asked[..read].starts_with(b"GET /redirect HTTP/1.1"));
            socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nthe site").unwrap();
        });
        let reply = curl(&server, Way::Plain, "www.msftconnecttest.com", "/redirect", &[]);
        assert_eq!((reply.status, reply.text().as_str()), (200, "the site"));
    });
    let reply = curl(&server, Way::Plain, "www.msftconnecttest.com", "/connecttest.txt", &[]);
    assert_eq!(reply.text(), "Microsoft Connect Test");
}

#[test]
fn our_own_path_is_ours() {
    let server = Blockhouse::new();
    let reply = curl(&server, Way::H2, "blocked.test", "/.blockhouse/nothing", DOCUMENT);
    assert_eq!(reply.status, 404);
    let reply = curl(&server, Way::H2, "warned.test", "/.blockhouse/continue", DOCUMENT);
    assert_eq!((reply.status, reply.field("location")), (303, Some("/")));
}

#[test]
fn every_answer_carries_the_same_care() {
    let server = Blockhouse::new();
    for way in WAYS {
        for (path, send) in [
            ("/", document(way)),
            ("/x.js", &[][..]),
            ("/favicon.ico", &[][..]),
            ("/.blockhouse/x", document(way)),
        ] {
            for host in ["blocked.test", "warned.test"] {
                let reply = curl(&server, way, host, path, send);
                assert_eq!(reply.field("cache-control"), Some("no-store"), "{path}");
                assert_eq!(reply.field("alt-svc"), Some("clear"), "{path}");
                assert_eq!(reply.field("x-content-type-options"), Some("nosniff"), "{path}");
                assert_eq!(reply.field("strict-transport-security"), None, "{path}");
                let policy = reply.field("content-security-policy").expect("a policy");
                assert!(policy.contains("default-src 'none'"), "{policy}");
                assert!(!policy.contains("unsafe"), "{policy}");
            }
        }
    }
}

#[test]
fn another_hosts_request_is_sent_back() {
    let server = Blockhouse::new();
    for way in [Way::H1, Way::H2] {
        let reply = curl(&server, way, "blocked.test", "/", &["-H", "Host: warned.test"]);
        assert_eq!(reply.status, 421, "{way:?}");
        let reply =
            curl(&server, way, "blocked.test", "/x.js", &["-H", "Host: BLOCKED.test.:1234"]);
        assert_eq!(reply.status, 200, "case, a trailing dot and the port do not matter");
    }
}

#[test]
fn a_host_that_no_list_knows_says_so() {
    let server = Blockhouse::new();
    let reply = visit(&server, Way::H2, "nobody-lists-this.test", &[]);
    assert_eq!(reply.status, 403);
    assert!(reply.text().contains("nobody-lists-this.test"));
    let event = server.event_named("block_page");
    assert_eq!(event["category"], serde_json::Value::Null);
}

#[test]
fn the_page_speaks_the_readers_language() {
    let server = Blockhouse::new();
    for (accept, language, direction) in [
        ("de-AT,de;q=0.9", "de", "ltr"),
        ("ar", "ar", "rtl"),
        ("he-IL", "he", "rtl"),
        ("xx", "en", "ltr"),
    ] {
        let accept = format!("Accept-Language: {accept}");
        let reply = visit(&server, Way::H2, "blocked.test", &["-H", &accept]);
        assert_eq!(reply.field("content-language"), Some(language));
        let text = reply.text();
        assert!(text.contains(&format!("lang=\"{language}\"")), "{text}");
        assert!(text.contains(&format!("dir=\"{direction}\"")), "{text}");
    }
    let reply = curl(
        &server,
        Way::H2,
        "blocked.test",
        "/?blockhouse-language=fr&a=b",
        &["--location", "--cookie", "", "-H", HTML, "-H", "Accept-Language: de"],
    );
    assert_eq!(reply.field("content-language"), Some("fr"), "what a person chose counts more");
}
