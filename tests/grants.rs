//! Who may go on, and for how long: continuing, reasons, counts, scopes, companions, codes, requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::Value;

use crate::support::curl::{Reply, WAYS, Way, curl};
use crate::support::person::{CODE, CONTINUE, Person, REQUEST, command, hidden_fields};
use crate::support::resolver::Resolver;
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};
use crate::support::tls::{dial, trusting};
use crate::support::web::Web;

/// More categories, rules and terms than [`CONFIG`] has. `{upstream}` and `{roots}` are filled in.
fn config(dns: &Resolver, web: &Web, more: &str) -> String {
    let base = CONFIG
        .replace("hosts = [\"warned.test\"]", "hosts = [\"warned.test\", \"warned-too.test\"]")
        .replace(
            "[policies.default]\ndefault_action = \"block\"\n",
            "[policies.default]\ndefault_action = \"block\"\ncodes = true\nrequests = true\n",
        );
    format!(
        "{base}\n[upstream]\nservers = [\"{}\"]\nallow = [\"127.77.0.0/16\", \"127.78.0.0/16\"]\nroots = \"{}\"\n{more}",
        dns.address,
        web.root().display()
    )
}

/// The names of the sites.
const SITES: [&str; 6] = [
    "warned.test",
    "*.warned.test",
    "warned-too.test",
    "blocked.test",
    "*.blocked.test",
    "malware.test",
];

/// A server, its sites, and what knows their addresses. Each test has an address of its own.
struct Place {
    server: Blockhouse,
    web: Web,
    _dns: Resolver,
}

impl Place {
    fn new(ip: &str, more: &str) -> Self {
        Self::with(ip, more, |config| config)
    }

    fn with(ip: &str, more: &str, change: impl FnOnce(String) -> String) -> Self {
        let web = Web::start(ip, &SITES);
        let dns = Resolver::start(&[("test", ip)]);
        let config = change(config(&dns, &web, more));
        let server = Blockhouse::start(folder_with_root(&[]), &config, &[]);
        Self { server, web, _dns: dns }
    }

    fn person(&self, way: Way) -> Person<'_> {
        Person::new(&self.server, way)
    }
}

/// Whether the real site answered, and not one of our pages.
fn is_site(reply: &Reply) -> bool {
    reply.status == 200 && reply.text().starts_with("the site: ")
}

fn is_warning(reply: &Reply) -> bool {
    reply.status == 403 && reply.text().contains(&format!("action=\"{CONTINUE}"))
}

#[test]
fn continuing_leads_to_the_site_and_to_its_other_hosts() {
    let place = Place::new("127.77.10.1", "");
    for way in WAYS {
        let person = place.person(way);
        let reply = person.go_on("warned.test", "/some/page?q=%20x&y", &[]);
        assert!(is_site(&reply), "{way:?}: {} {}", reply.status, reply.text());
        assert!(reply.text().contains("GET /some/page?q=%20x&y"), "{}", reply.text());
        // The site's own answer, without a field of ours.
        assert_eq!(reply.field("content-security-policy"), None);
        assert_eq!(reply.field("strict-transport-security"), Some("max-age=60"));
        assert_eq!(reply.field("alt-svc"), None);

        // What the site got: no cookie of ours, our own mark for loops, its own host.
        let text = reply.text().to_lowercase();
        assert!(
            !text.contains("blockhouse-grant") && !text.contains("__host-blockhouse"),
            "{text}"
        );
        assert!(text.contains("via: ") && text.contains("host: warned.test\r\n"), "{text}");

        let reply = person.open("www.warned.test", "/");
        assert!(is_site(&reply), "{way:?}: another host of the site: {}", reply.status);
        let event = place.server.event_named("passed_through");
        assert_eq!(event["status"], 200);

        // Somebody else's browser on the same machine is warned all the same.
        assert!(is_warning(&place.person(way).open("warned.test", "/")), "{way:?}");
        // Another site of the same category has its own warning.
        assert!(is_warning(&person.open("warned-too.test", "/")), "{way:?}");
    }
}

#[test]
fn what_a_granted_page_loads_without_the_cookie_passes() {
    let more =
        "[[companions]]\nsite = \"warned.test\"\nhosts = [\"blocked.test\", \"malware.test\"]\n";
    let place = Place::new("127.77.11.1", more);
    let person = place.person(Way::H2);
    let font = |origin: &str| {
        let origin = format!("Origin: {origin}");
        let dest = ["-H", &origin, "-H", "Sec-Fetch-Dest: font", "-H", "Sec-Fetch-Mode: cors"];
        curl(&place.server, Way::H2, "static.warned.test", "/a.woff2", &dest)
    };
    let image = |host: &str, referer: &str| {
        let referer = format!("Referer: {referer}");
        let fields =
            ["-H", &referer, "-H", "Sec-Fetch-Dest: image", "-H", "Sec-Fetch-Mode: no-cors"];
        curl(&place.server, Way::H2, host, "/x.png", &fields)
    };
    assert_eq!(font("https://www.warned.test").field("content-type"), Some("font/woff2"), "a stub");
    assert_eq!(image("blocked.test", "https://warned.test/").body.len(), 43, "a pixel");

    assert!(is_site(&person.go_on("warned.test", "/", &[])));
    assert!(is_site(&font("https://www.warned.test")));
    assert!(!is_site(&font("https://elsewhere.test")), "a page of another site");
    let preflight = [
        "-X",
        "OPTIONS",
        "-H",
        "Origin: https://www.warned.test",
        "-H",
        "Access-Control-Request-Method: PUT",
        "-H",
        "Sec-Fetch-Mode: cors",
    ];
    let reply = curl(&place.server, Way::H2, "api.warned.test", "/", &preflight);
    assert!(reply.text().contains("OPTIONS /"), "{}", reply.text());

    // The companion, for parts of the site's pages; danger stays closed.
    assert!(is_site(&image("blocked.test", "https://warned.test/")));
    assert!(is_site(&image("www.blocked.test", "https://blocked.test/style.css")));
    assert_eq!(image("blocked.test", "https://elsewhere.test/").body.len(), 43);
    assert_eq!(image("malware.test", "https://warned.test/").body.len(), 43);
    assert_eq!(person.open("blocked.test", "/").status, 403, "its own page is still blocked");

    let event = place.server.event(|event| event["host"] == "malware.test");
    assert_eq!(event["page"], "warned.test");

    // What was missing can be asked for.
    let journal = place.server.folder.path().join("journal");
    let line = "{\"event\":\"stub\",\"page\":\"warned.test\",\"host\":\"cdn.test\",\"request\":\"image\"}\n";
    std::fs::write(&journal, line).unwrap();
    let journal = journal.to_str().unwrap();
    let said = command(
        &place.server,
        &["explain", "--page", "https://www.warned.test/x", "--journal", journal],
    );
    assert!(said.unwrap().contains("hosts = [\"cdn.test\"]"));
}

#[test]
fn a_reason_is_asked_for_where_the_rule_wants_one() {
    let wanted = "action = \"warn\"\njustification = [\"Research\", \"Other <b>\"]";
    let place =
        Place::with("127.77.12.1", "", |config| config.replacen("action = \"warn\"", wanted, 1));
    let person = place.person(Way::H1);
    let page = person.open("warned.test", "/");
    assert!(page.text().contains("Other &lt;b&gt;"), "{}", page.text());
    for reason in ["", "Because", "<script>alert(1)</script>"] {
        let reply = person.submit("warned.test", &page, CONTINUE, &[("reason", reason)]);
        assert!(is_warning(&reply), "{reason}: {}", reply.status);
        assert!(reply.text().contains("aria-invalid"), "{}", reply.text());
        assert!(!reply.text().contains("<script"), "{}", reply.text());
    }
    assert!(is_site(&person.go_on("warned.test", "/", &[("reason", "Research")])));
    assert_eq!(place.server.event_named("grant")["justification"], "Research");

    let place = Place::with("127.77.12.2", "", |config| {
        let wanted = "action = \"warn\"\njustification = \"required\"";
        config.replacen("action = \"warn\"", wanted, 1)
    });
    let person = place.person(Way::Plain);
    let page = person.open("warned.test", "/");
    assert!(is_warning(&person.submit("warned.test", &page, CONTINUE, &[("reason", " \t ")])));
    let hostile = "\"</script><img src=x onerror=alert(1)>\n\u{1b}[31m";
    assert!(is_site(&person.go_on("warned.test", "/", &[("reason", hostile)])));
    let event = place.server.event_named("grant");
    assert_eq!(event["justification"], "\"</script><img src=x onerror=alert(1)>  [31m");
}

#[test]
fn a_day_has_an_end() {
    let place = Place::with("127.77.13.1", "", |config| {
        config.replacen("action = \"warn\"", "action = \"warn\"\nper_day = 2", 1)
    });
    for time in 0..3 {
        // Each time in a new profile: throwing cookies away does not help.
        let person = place.person(Way::H1);
        let page = person.open("warned.test", "/");
        assert_eq!(page.status, 403);
        if time < 2 {
            assert!(is_site(&person.go_on("warned.test", "/", &[])), "time {time}");
        } else {
            assert!(!is_warning(&page), "no form: {}", page.text());
        }
    }
    assert!(is_warning(&place.person(Way::H1).open("warned-too.test", "/")), "another site");
}

#[test]
fn a_grant_is_as_wide_as_its_scope() {
    let place = Place::with("127.77.14.1", "", |config| {
        config.replacen("action = \"warn\"", "action = \"warn\"\nscope = \"host\"", 1)
    });
    let person = place.person(Way::H2);
    assert!(is_site(&person.go_on("www.warned.test", "/", &[])));
    assert!(is_warning(&person.open("warned.test", "/")));
    assert!(is_warning(&person.open("static.warned.test", "/")));

    let place = Place::with("127.77.14.2", "", |config| {
        config.replacen("action = \"warn\"", "action = \"warn\"\nscope = \"category\"", 1)
    });
    let person = place.person(Way::H2);
    assert!(is_warning(&person.open("warned-too.test", "/")));
    assert!(is_site(&person.go_on("warned.test", "/", &[])));
    assert!(is_site(&person.open("warned-too.test", "/")), "the same category");
    assert_eq!(person.open("blocked.test", "/").status, 403, "another category");
}

#[test]
fn a_changed_rule_ends_its_grants() {
    let web = Web::start("127.77.15.1", &SITES);
    let dns = Resolver::start(&[("test", "127.77.15.1")]);
    let folder = folder_with_root(&[]);
    let first = config(&dns, &web, "");
    let server = Blockhouse::start(folder.clone(), &first, &[]);
    let person = Person::new(&server, Way::H1);
    assert!(is_site(&person.go_on("warned.test", "/", &[])));
    let cookies = std::fs::read_to_string(person.jar_path()).unwrap();
    server.stop();

    // The cookie outlives a restart, and not a change of the rule.
    for (change, passes) in [("", true), ("\nreason = \"Other words\"", false)] {
        let changed = first.replacen("action = \"warn\"", &format!("action = \"warn\"{change}"), 1);
        let server = Blockhouse::start(folder.clone(), &changed, &[]);
        let person = Person::new(&server, Way::H1);
        std::fs::write(person.jar_path(), &cookies).unwrap();
        let reply = person.open("warned.test", "/");
        assert_eq!(is_site(&reply), passes, "{change}: {}", reply.text());
        assert_eq!(is_warning(&reply), !passes);
        server.stop();
    }

    // Nor does it outlive its key.
    std::fs::remove_file(folder.path().join("certs/cookie.keys")).unwrap();
    let server = Blockhouse::start(folder, &first, &[]);
    let person = Person::new(&server, Way::H1);
    std::fs::write(person.jar_path(), &cookies).unwrap();
    assert!(is_warning(&person.open("warned.test", "/")));
}

#[test]
fn forms_that_are_no_good_get_a_clear_page_and_no_grant() {
    let place = Place::new("127.77.16.1", "");
    let person = place.person(Way::H1);
    let page = person.open("warned.test", "/");
    let token = &hidden_fields(&page.text(), CONTINUE)[0].1;
    let good = format!("token={token}&to=/");
    let huge = format!("{good}&reason={}", "x".repeat(20_000));
    let cases: [(&str, &[&str], u16); 7] = [
        ("no token", &["--data", "to=/"], 403),
        ("a foreign token", &["--data", "token=0000.AAAA&to=/"], 403),
        ("from another site", &["--data", &good, "-H", "Sec-Fetch-Site: cross-site"], 403),
        ("of a foreign page", &["--data", &good, "-H", "Origin: https://evil.test"], 403),
        ("too large", &["--data", &huge], 413),
        ("not a form", &["--data", &good, "-H", "Content-Type: application/json"], 415),
        ("no type", &["--data", &good, "-H", "Content-Type:"], 415),
    ];
    for (what, options, status) in cases {
        let reply = person.ask("warned.test", CONTINUE, options);
        assert_eq!(reply.status, status, "{what}");
        assert!(!reply.head.contains("blockhouse-grant"), "{what}: {}", reply.head);
    }
    // A token of another host of the same site is of no use either.
    let reply = person.ask("www.warned.test", CONTINUE, &["--data", &good]);
    assert_eq!(reply.status, 403);
    assert!(is_warning(&person.open("warned.test", "/")));
}

/// Makes a code by the command line, while the server runs.
fn new_code(server: &Blockhouse, words: &[&str]) -> String {
    let mut all = vec!["codes", "new", "--note", "for the test"];
    all.extend(words);
    let said = command(server, &all).unwrap();
    let is_code =
        |word: &&str| word.len() == 16 && word.bytes().filter(|octet| *octet == b'-').count() == 2;
    said.split_whitespace().find(is_code).unwrap_or_else(|| panic!("no code in {said}")).to_owned()
}

#[test]
fn a_code_opens_a_blocked_site_until_it_is_revoked() {
    let place = Place::new("127.77.17.1", "");
    let server = &place.server;
    let code = new_code(server, &["--category", "gambling", "--uses", "1", "--lasts", "1h"]);
    for way in WAYS {
        let page = place.person(way).open("malware.test", "/");
        assert!(!page.text().contains(CODE), "danger takes no code: {}", page.text());
    }
    let person = place.person(Way::H1);
    let page = person.open("blocked.test", "/there?x=1");
    // As people type it.
    let typed = code.to_lowercase().replace('-', " ");
    let reply = person.submit("blocked.test", &page, CODE, &[("code", &typed)]);
    assert_eq!(reply.status, 303, "{}", reply.text());
    assert_eq!(reply.field("location"), Some("/there?x=1"));
    assert!(is_site(&person.open("blocked.test", "/there?x=1")));
    let event = server.event_named("grant");
    assert!(event["code"].as_str().unwrap().ends_with("for the test"), "{event}");
    assert!(!event.to_string().contains(&code), "the code itself is nowhere");

    // Its one use is spent; the grant holds until the code is revoked.
    let other = place.person(Way::H1);
    let page = other.open("blocked.test", "/");
    let reply = other.submit("blocked.test", &page, CODE, &[("code", &code)]);
    assert_eq!(reply.status, 403);
    assert!(reply.text().contains("aria-invalid"), "{}", reply.text());
    assert!(is_site(&person.open("blocked.test", "/")));
    command(server, &["codes", "revoke", &code[..4]]).unwrap();
    assert_eq!(person.open("blocked.test", "/").status, 403);
    assert!(!server.said().contains(&code));

    // For another category, and for danger whatever the form says.
    let social = new_code(server, &["--category", "social"]);
    let page = person.open("blocked.test", "/");
    assert_eq!(person.submit("blocked.test", &page, CODE, &[("code", &social)]).status, 403);
    let any = new_code(server, &[]);
    let fields = hidden_fields(&page.text(), CODE);
    let body = format!("token={}&to=/&code={any}", fields[0].1);
    let reply = person.ask("malware.test", CODE, &["--data", &body]);
    assert_eq!(reply.status, 303, "back to the page");
    assert!(!reply.head.contains("blockhouse-grant"));
    assert!(command(server, &["codes", "new", "--category", "malware", "--note", "x"]).is_err());
}

#[test]
fn a_button_that_is_pressed_twice_spends_once() {
    let place = Place::with("127.77.71.1", "", |config| {
        config.replacen("action = \"warn\"", "action = \"warn\"\nper_day = 1", 1)
    });
    let server = &place.server;
    let code = new_code(server, &["--category", "gambling", "--uses", "1"]);
    for (host, action, more) in
        [("blocked.test", CODE, format!("&code={code}")), ("warned.test", CONTINUE, String::new())]
    {
        let person = place.person(Way::H1);
        let page = person.open(host, "/");
        let fields = hidden_fields(&page.text(), action);
        let token = &fields.iter().find(|(name, _)| name == "token").unwrap().1;
        let body = format!("token={token}&to=/{more}");
        // The browser breaks off the first, and has only the answer to the second.
        let cookies = person.cookies();
        let name = ServerName::try_from(host).unwrap();
        let client = ClientConnection::new(Arc::new(trusting(&server.root())), name).unwrap();
        let mut first = StreamOwned::new(client, dial(server.https()[0]));
        write!(
            first,
            "POST {action} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        first.flush().unwrap();
        assert_eq!(server.event_named("grant")["host"], host);
        drop(first);
        let reply = person.ask(host, action, &["--data", &body]);
        assert_eq!((reply.status, reply.field("location")), (303, Some("/")), "{}", reply.text());
        assert_eq!(server.event_named("grant")["detail"], "again");
        assert!(is_site(&person.open(host, "/")));
    }
    let codes = command(server, &["codes", "list", "--json"]).unwrap();
    let codes: Value = serde_json::from_str(&codes).unwrap();
    assert_eq!((&codes[0]["used"], &codes[0]["uses_left"]), (&1.into(), &0.into()), "{codes}");
}

#[test]
fn wrong_codes_lock_a_client_out() {
    let place = Place::new("127.77.18.1", "[codes]\nwrong = 3\nlocked_for = \"30m\"\n");
    let good = new_code(&place.server, &[]);
    let person = place.person(Way::H1);
    for time in 1..=3 {
        let page = person.open("blocked.test", "/");
        let wrong = format!("{}-AAAAA-AAAA{time}", &good[..4]);
        let reply = person.submit("blocked.test", &page, CODE, &[("code", &wrong)]);
        assert_eq!(reply.status, 403);
        assert_eq!(place.server.event_named("code_refused")["client"], "127.0.0.1");
    }
    // Another profile of the same client, with the right code.
    let person = place.person(Way::H1);
    let page = person.open("blocked.test", "/");
    let reply = person.submit("blocked.test", &page, CODE, &[("code", &good)]);
    assert_eq!(reply.status, 403);
    assert_eq!(place.server.event_named("code_refused")["detail"], "locked");
}

#[test]
fn an_access_request_is_decided_while_the_server_runs() {
    let place = Place::new("127.77.19.1", "[requests]\nper_client = 3\n");
    let server = &place.server;
    let person = place.person(Way::H1);
    let page = person.open("blocked.test", "/wanted");
    let event = server.event_named("block_page")["id"].as_str().unwrap().to_owned();
    let reply = person.submit("blocked.test", &page, REQUEST, &[("reason", "")]);
    assert!(reply.text().contains("aria-invalid"), "a reason is needed: {}", reply.text());
    let reason = "I <b>need</b> it\u{1b}[2J";
    let fields = [("reason", reason), ("contact", "room 7")];
    let reply = person.submit("blocked.test", &page, REQUEST, &fields);
    assert_eq!((reply.status, reply.field("location")), (303, Some("/wanted")));
    assert_eq!(server.event_named("access_request")["detail"], "new");
    let page = person.open("blocked.test", "/wanted");
    assert!(!page.text().contains(REQUEST), "one request is enough: {}", page.text());

    let list: Value =
        serde_json::from_str(&command(server, &["requests", "list", "--json"]).unwrap()).unwrap();
    let [request] = &list.as_array().unwrap()[..] else { panic!("one request: {list}") };
    assert_eq!(request["host"], "blocked.test");
    assert!(request.to_string().contains(&event), "{request} names the event {event}");
    let id = request["id"].as_str().unwrap();
    let shown = command(server, &["requests", "show", id]).unwrap();
    assert!(shown.contains("room 7") && !shown.contains('\u{1b}'), "{shown:?}");

    // Declined, with a word for the person; then approved after all.
    command(server, &["requests", "deny", id, "--note", "Use <i>mine</i>"]).unwrap();
    let page = person.open("blocked.test", "/wanted");
    assert!(page.text().contains("Use &lt;i&gt;mine&lt;"), "{}", page.text());
    command(server, &["requests", "approve", id, "--for", "1h"]).unwrap();
    assert!(is_site(&person.open("blocked.test", "/wanted")));
    assert!(is_site(&person.open("www.blocked.test", "/")), "the site's other hosts");
    command(server, &["requests", "deny", id]).unwrap();
    assert_eq!(person.open("blocked.test", "/wanted").status, 403);

    // Danger can be reported, and not approved.
    let page = person.open("malware.test", "/");
    person.submit("malware.test", &page, REQUEST, &[("reason", "harmless")]);
    let list: Value =
        serde_json::from_str(&command(server, &["requests", "list", "--json"]).unwrap()).unwrap();
    let danger = list.as_array().unwrap().iter().find(|one| one["host"] == "malware.test");
    let id = danger.expect("the request")["id"].as_str().unwrap();
    let refused = command(server, &["requests", "approve", id, "--for", "1h", "--everyone"]);
    assert!(refused.unwrap_err().contains("security"));

    // A client sends so many and no more.
    for host in ["a_b.test", "xn--bcher-kva.test"] {
        let page = person.open(host, "/");
        person.submit(host, &page, REQUEST, &[("reason", "again")]);
    }
    let last = server.event(|event| event["detail"] == "too_many");
    assert_eq!(last["event"], "access_request");
}

#[test]
fn hooks_hear_of_requests_and_grants() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let more = format!("[[hooks]]\non = [\"grant\", \"request_opened\"]\nurl = \"{url}\"\n");
    let place = Place::new("127.78.20.1", &more);
    let person = place.person(Way::H1);
    assert!(is_site(&person.go_on("warned.test", "/", &[])));
    let page = person.open("blocked.test", "/");
    person.submit("blocked.test", &page, REQUEST, &[("reason", "please")]);
    let mut told = Vec::new();
    while told.len() < 2 {
        let (stream, _) = listener.accept().unwrap();
        let mut stream = BufReader::new(stream);
        while let Some(body) = posted(&mut stream) {
            stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            told.push(body);
            if told.len() == 2 {
                break;
            }
        }
    }
    let of = |kind: &str| told.iter().find(|one| one["type"] == kind).expect("told of it");
    assert_eq!(of("grant")["data"]["name"], "warned.test");
    assert_eq!(of("grant")["data"]["client"], "127.0.0.1");
    assert_eq!(of("request_opened")["data"]["reason"], "please");
}

/// The JSON of one POST.
fn posted(stream: &mut BufReader<TcpStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    Some(serde_json::from_slice(&body).unwrap())
}

#[test]
fn the_feed_tells_a_gateway_who_may_go_where() {
    let folder = folder_with_root(&[]);
    let token = folder.path().join("token");
    std::fs::write(&token, "s3cret\n").unwrap();
    std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let more =
        format!("[gateway]\nfeed = [\"127.0.0.1:0\"]\ntoken_file = \"{}\"\n", token.display());
    let web = Web::start("127.77.21.1", &SITES);
    let dns = Resolver::start(&[("test", "127.77.21.1")]);
    let config = config(&dns, &web, &more)
        .replace("codes = true\n", "codes = true\ncontinue = \"gateway\"\n");
    let server = Blockhouse::start(folder, &config, &[]);
    let start = "listening for feed on ";
    let feed = server.words.iter().find_map(|line| line.strip_prefix(start)).unwrap().to_owned();
    let ask = |path: &str, token: &str| -> (u16, Value) {
        let mut stream = TcpStream::connect(&feed).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: feed\r\nAuthorization: Bearer {token}\r\n\
                        Connection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    };
    assert_eq!(ask("/grants", "wrong").0, 401);
    assert_eq!(ask("/other", "s3cret").0, 404);
    let (status, empty) = ask("/grants", "s3cret");
    assert_eq!((status, empty["grants"].as_array().map(Vec::len)), (200, Some(0)));

    let after = format!("/grants?after={}", empty["revision"]);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| ask(&after, "s3cret"));
        let person = Person::new(&server, Way::H1);
        assert!(is_site(&person.go_on("www.warned.test", "/", &[])), "passed through meanwhile");
        let (_, told) = waiting.join().unwrap();
        let grant = &told["grants"][0];
        assert_eq!(grant["client"], "127.0.0.1");
        assert_eq!((&grant["scope"], &grant["name"]), (&"site".into(), &"warned.test".into()));
        assert_eq!(grant["hand_over"], "gateway");
    });
}

#[test]
fn splicing_hands_the_connection_over_untouched() {
    let place = Place::with("127.77.22.1", "", |config| {
        config.replace("codes = true\n", "codes = true\ncontinue = \"splice\"\n")
    });
    let server = &place.server;
    let (ours, theirs) = (trusting(&server.root()), trusting(&place.web.root()));
    let (ours, theirs) = (std::sync::Arc::new(ours), std::sync::Arc::new(theirs));
    let get = |config| crate::support::tls::get(config, server.https()[0], "warned.test");
    assert!(get(&ours).unwrap().contains("text/css"), "a stub, under our root");
    assert!(get(&theirs).is_err());

    // A browser holds another connection open while the person continues over a first one.
    let name = "warned.test".try_into().unwrap();
    let session = rustls::ClientConnection::new(ours.clone(), name).unwrap();
    let mut held = rustls::StreamOwned::new(session, dial(server.https()[0]));
    held.write_all(b"GET /x.css HTTP/1.1\r\nHost: warned.test\r\n\r\n").unwrap();
    let mut first = [0; 12];
    held.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");

    let person = place.person(Way::H1);
    let page = person.open("warned.test", "/");
    let reply = person.submit("warned.test", &page, CONTINUE, &[]);
    assert_eq!(reply.status, 303);
    assert_eq!(reply.field("connection"), Some("close"));
    let mut rest = Vec::new();
    // The held connection ends, and nothing more is answered over it.
    let _ = held.read_to_end(&mut rest);
    assert_eq!(String::from_utf8_lossy(&rest).matches("HTTP/1.1").count(), 0);

    let answer = get(&theirs).unwrap();
    assert!(answer.contains("the site: "), "{answer}");
    assert!(!answer.to_lowercase().contains("via:"), "untouched: {answer}");
    let event = server.event(|event| event["event"] == "passed_on");
    assert_eq!(event["detail"], "spliced");
    // Another host of the site likewise; other sites stay as they are.
    let www = crate::support::tls::get(&theirs, server.https()[0], "www.warned.test").unwrap();
    assert!(www.contains("the site: "));
    assert!(crate::support::tls::get(&theirs, server.https()[0], "blocked.test").is_err());
}

#[test]
fn check_looks_at_every_file_that_is_named() {
    let folder = folder_with_root(&[]);
    let open = folder.path().join("open.token");
    std::fs::write(&open, "token").unwrap();
    std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let config = format!(
        "{CONFIG}\n[upstream]\nroots = \"no-roots.pem\"\n[gateway]\ntoken_file = \"open.token\"\n\
         [[hooks]]\nurl = \"https://hooks.test/\"\nsecret_file = \"no-secret\"\n"
    );
    let file = folder.path().join("blockhouse.toml");
    std::fs::write(&file, config).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_blockhouse"))
        .arg("--config")
        .arg(&file)
        .arg("check")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for wanted in ["no-roots.pem", "open.token", "no-secret"] {
        assert!(said.contains(wanted), "{wanted} is not in {said}");
    }
    assert!(!folder.path().join("state").exists(), "nothing is made");
}
