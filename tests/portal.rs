//! The portal: where people install the root, and see whether their browser trusts it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::ca::blockhouse_ca;
use crate::support::curl::{Way, curl};
use crate::support::person::Person;
use crate::support::server::{Blockhouse, CONFIG, command, folder_with_root};

pub(crate) const HOST: &str = "portal.test";

pub(crate) fn config(more: &str) -> String {
    format!("{CONFIG}\n[portal]\nhost = \"{HOST}\"\n{more}\n")
}

fn portal() -> Blockhouse {
    Blockhouse::with(&config(""))
}

/// The page from which people install the root, as this program sees it.
fn install(server: &Blockhouse, way: Way, agent: &str, more: &[&str]) -> String {
    let agent = format!("User-Agent: {agent}");
    let mut words = vec!["-H", agent.as_str()];
    words.extend(more);
    let reply = curl(server, way, HOST, "/", &words);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.field("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(reply.field("cache-control"), Some("no-store"));
    reply.text()
}

#[test]
fn people_are_told_where_this_server_stands_between_them_and_a_site() {
    const TOLD: &str = "passes through a server of Test Organisation, which could read it.";
    // No server is asked; what counts is whether sites are to be reached at all.
    let upstream = |servers: &str| format!("[upstream]\nservers = [{servers}]\n");
    let [some, none] = [upstream("\"127.0.0.1:9\""), upstream("")];
    let by = |way: &str| format!("default_action = \"block\"\ncontinue = \"{way}\"\n");
    let spliced = "[gateway]\nmeanwhile = \"splice\"\n";
    let action = "default_action = \"block\"\n";
    for (config, told) in [
        (config(&some), true),
        (config(&some).replace(action, &by("splice")), false),
        // Until the browser resolves the name anew.
        (config(&some).replace(action, &by("gateway")), true),
        (config(&format!("{some}{spliced}")).replace(action, &by("gateway")), false),
        (config(&none), false),
    ] {
        let server = Blockhouse::with(&config);
        assert_eq!(install(&server, Way::H2, "curl", &[]).contains(TOLD), told, "{config}");
        let page = Person::new(&server, Way::H2).open("warned.test", "/").text();
        assert!(page.contains("Continue to the site"), "{page}");
        assert_eq!(page.contains(TOLD), told, "{config}");
        let page = Person::new(&server, Way::H2).open("blocked.test", "/").text();
        assert!(!page.contains(TOLD));
    }
}

fn openssl(words: &[&str], input: &Path) -> String {
    let output = Command::new("openssl").args(words).arg("-in").arg(input).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_page_opens_what_the_visitor_uses_and_shows_the_rest() {
    let server = portal();
    let ids = ["ios", "android", "windows", "mac", "chromeos", "linux", "firefox", "programs"];
    for (agent, open) in [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Safari/604.1", Some("ios")),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/130.0 Mobile", Some("android")),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0", Some("windows")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1", Some("mac")),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/130.0", Some("chromeos")),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0", Some("linux")),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", Some("firefox")),
        ("curl/8.0", None),
    ] {
        let html = install(&server, Way::H2, agent, &[]);
        for id in ids {
            let is_open = html.contains(&format!("id=\"{id}\" open"));
            assert!(html.contains(&format!("id=\"{id}\"")), "{agent}: {id}");
            assert_eq!(is_open, open == Some(id), "{agent}: {id}");
        }
    }
}

#[test]
fn the_page_shows_the_fingerprints_and_asks_to_compare_them_where_it_came_unprotected() {
    let server = portal();
    let words = ["x509", "-noout", "-fingerprint", "-sha256"];
    let sha256 = openssl(&words, &server.root());
    let sha256 = sha256.trim().split('=').nth(1).unwrap();
    for way in [Way::H1, Way::H2, Way::Plain] {
        let html = install(&server, way, "curl", &[]);
        let groups: Vec<&str> =
            sha256.as_bytes().chunks(12).map(|c| std::str::from_utf8(c).unwrap()).collect();
        assert_eq!(groups.len(), 8);
        for group in groups {
            assert!(html.contains(&format!("<span>{}</span>", group.trim_end_matches(':'))));
        }
        assert_eq!(html.contains("I have compared"), way == Way::Plain, "{way:?}");
        // The two steps that people miss stand out.
        assert!(html.contains("<strong>Then open Settings › General › About"));
        assert!(html.contains("<strong>Choose “Place all certificates in the following store”"));
        assert!(html.contains("What this certificate can do"));
    }
}

/// What a root's files are called: after its name and its fingerprint, as in all exports.
fn slug(root: &Path) -> String {
    let read = |what: &str| openssl(&["x509", "-noout", what, "-nameopt", "multiline"], root);
    let subject = read("-subject");
    let name = subject.split("commonName").nth(1).unwrap().trim_start_matches([' ', '=']).trim();
    let print = openssl(&["x509", "-noout", "-fingerprint", "-sha256"], root);
    let print = print.split('=').nth(1).unwrap().replace(':', "").to_lowercase();
    format!("{}-{}", name.to_lowercase().replace(' ', "-"), &print[..8])
}

#[test]
fn files_have_the_types_and_names_that_devices_take() {
    let server = portal();
    let folder = tempfile::tempdir().unwrap();
    let der = folder.path().join("der");
    openssl(&["x509", "-outform", "DER", "-out", der.to_str().unwrap()], &server.root());
    let der = std::fs::read(der).unwrap();
    let slug = slug(&server.root());
    for (ending, media_type, is_der) in [
        ("cer", "application/x-x509-ca-cert", true),
        ("crt", "application/x-x509-ca-cert", true),
        ("pem", "application/x-pem-file", false),
        ("p7b", "application/x-pkcs7-certificates", false),
        ("mobileconfig", "application/x-apple-aspen-config", false),
    ] {
        let name = format!("{slug}.{ending}");
        // Documents name the addresses that are the same for every root.
        for (way, asked) in
            [(Way::H2, &name), (Way::Plain, &name), (Way::H2, &format!("root.{ending}"))]
        {
            let reply = curl(&server, way, HOST, &format!("/ca/{asked}"), &[]);
            assert_eq!(reply.status, 200, "{asked}");
            assert_eq!(reply.field("content-type"), Some(media_type));
            let disposition = format!("attachment; filename=\"{name}\"");
            assert_eq!(reply.field("content-disposition"), Some(disposition.as_str()));
            assert_eq!(reply.field("x-content-type-options"), Some("nosniff"));
            assert_eq!(reply.field("content-length"), Some(reply.body.len().to_string().as_str()));
            let page = install(&server, way, "curl", &[]);
            assert!(page.contains(&format!("href=\"/ca/{name}\"")), "{name}");
            assert_eq!(reply.body == der, is_der, "{name}");
        }
    }
    let pem = curl(&server, Way::H1, HOST, &format!("/ca/{slug}.pem"), &[]).body;
    assert_eq!(pem, std::fs::read(server.root()).unwrap());
}

/// Nothing of others is overwritten, and the kit's removal finds what was put there.
#[test]
fn commands_use_the_names_of_the_kit() {
    let server = portal();
    let slug = slug(&server.root());
    let page = install(&server, Way::H2, "curl", &[]);
    for command in [
        format!("sudo cp {slug}.pem \\\n  /usr/local/share/ca-certificates/{slug}.crt\n"),
        format!("sudo cp {slug}.pem \\\n  /etc/pki/ca-trust/source/anchors/{slug}.pem\n"),
        "-n &#39;Test Organisation Blockhouse Root CA G1&#39; \\\n  -i ".to_owned(),
    ] {
        assert!(page.contains(&command), "{command}: {page}");
    }
    let at = server.folder.path();
    blockhouse_ca(at, &["export", "--all", "kit"]).ok();
    let removal = std::fs::read_to_string(at.join("kit/linux/uninstall.sh")).unwrap();
    assert!(removal.contains(&format!("\"{slug}\"")), "{removal}");
}

/// A folder in which the next root is given to devices.
pub(crate) fn folder_with_two_roots() -> std::sync::Arc<tempfile::TempDir> {
    let folder = folder_with_root(&[]);
    blockhouse_ca(folder.path(), &["rotate", "prepare"]).ok();
    let check = format!("check.{HOST}");
    blockhouse_ca(folder.path(), &["rotate", "publish", "--check-host", &check]).ok();
    folder
}

#[test]
fn during_a_rotation_each_root_has_its_button_and_its_commands() {
    let folder = folder_with_two_roots();
    let slugs = ["certs/root.pem", "certs/root-g2.pem"].map(|file| slug(&folder.path().join(file)));
    let server = Blockhouse::start(folder, &config(""), &[]);
    let page = install(&server, Way::H2, "curl", &[]);
    assert!(page.contains("Install both"), "{page}");
    for (slug, name) in slugs.iter().zip(["G1", "G2"]) {
        let name = format!("Test Organisation Blockhouse Root CA {name}");
        for command in [
            format!("sudo cp {slug}.pem \\\n  /usr/local/share/ca-certificates/{slug}.crt\n"),
            format!("-n &#39;{name}&#39; \\\n  -i {slug}.pem"),
        ] {
            assert!(page.contains(&command), "{command}: {page}");
        }
        for ending in ["cer", "crt", "pem"] {
            let button = page.split(&format!("href=\"/ca/{slug}.{ending}\"")).nth(1).unwrap();
            let button = button.split("</a>").next().unwrap();
            assert!(button.contains(&format!(">{name}<")), "{button}");
        }
        assert_eq!(curl(&server, Way::H2, HOST, &format!("/ca/{slug}.cer"), &[]).status, 200);
    }
    let check = curl(&server, Way::H2, HOST, "/check?cookies", &[]).text();
    assert!(check.contains("data-row=\"next\""), "{check}");
    // What only a script can find out is not shown to those who have none.
    for row in check.split("<li class=\"item\"").skip(1) {
        let tag = row.split('>').next().unwrap();
        assert_eq!(tag.ends_with(" hidden"), !tag.contains("data-row=\"cookies\""), "{tag}");
    }
    let alone = portal();
    let page = install(&alone, Way::H2, "curl", &[]);
    assert!(!page.contains("Install both") && !page.contains("class=\"of\""), "{page}");
    assert!(
        !curl(&alone, Way::H2, HOST, "/check?cookies", &[]).text().contains("data-row=\"next\"")
    );
}

/// The page over TLS asks what became of the names that it tried.
#[test]
fn the_server_says_what_it_saw_of_a_test_name() {
    let server = portal();
    let fate = |word: &str| {
        let reply = curl(&server, Way::H2, HOST, &format!("/probe/seen?{word}"), &[]);
        assert_eq!((reply.status, reply.field("access-control-allow-origin")), (200, None));
        reply.text()
    };
    assert_eq!(fate("abc-1"), "none-abc-1");
    let host = format!("abc-1.check.{HOST}");
    assert_eq!(curl(&server, Way::H1, &host, "/probe/ok?abc-1", &[]).text(), "ok-abc-1");
    assert_eq!(fate("abc-1"), "came-abc-1");
    let port = server.https()[0].port();
    let refused = Command::new("curl")
        .args(["--silent", "--noproxy", "*", "--resolve"])
        .arg(format!("abc-2.check.{HOST}:{port}:127.0.0.1"))
        .arg(format!("https://abc-2.check.{HOST}:{port}/probe/ok?abc-2"))
        .status()
        .unwrap();
    assert_eq!(refused.code(), Some(60));
    server.event_named("trust_failure");
    assert_eq!(fate("abc-2"), "refused-abc-2");
    // Other names are nobody's business, and no word is more than one.
    let other = curl(&server, Way::H1, "elsewhere.test", "/", &["--cookie", ""]);
    assert_ne!(other.status, 0);
    assert_eq!(fate("elsewhere"), "none-elsewhere");
    assert_eq!(curl(&server, Way::H2, HOST, "/probe/seen?%3Cb%3E", &[]).status, 404);
    assert_eq!(curl(&server, Way::H2, &host, "/probe/seen?abc-1", &[]).status, 404);
}

#[test]
fn no_address_gives_a_key_away() {
    let server = portal();
    let folder = server.folder.path().join("certs");
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == "root.pem" {
            continue;
        }
        for path in [format!("/ca/{name}"), format!("/ca/../certs/{name}"), format!("/{name}")] {
            for way in [Way::H1, Way::Plain] {
                let reply = curl(&server, way, HOST, &path, &[]);
                assert_eq!(reply.status, 404, "{path}");
                assert!(reply.body.is_empty());
            }
        }
    }
}

#[test]
fn the_portal_speaks_the_readers_language() {
    let server = portal();
    let german = install(&server, Way::H2, "curl", &["-H", "Accept-Language: de"]);
    assert!(german.contains("<html lang=\"de\" dir=\"ltr\">"));
    let arabic = curl(&server, Way::H2, HOST, "/check?cookies&blockhouse-language=ar", &[]);
    assert!(arabic.text().contains("<html lang=\"ar\" dir=\"rtl\">"));
    // The language goes along from page to page.
    assert!(arabic.text().contains("href=\"/?blockhouse-language=ar\""));
}

#[test]
fn the_check_tells_whether_cookies_come_back() {
    let server = portal();
    let jar = server.folder.path().join("jar");
    let jar = jar.to_str().unwrap();
    let state = |options: &[&str]| {
        let reply = curl(&server, Way::Plain, HOST, "/check", options);
        assert_eq!(reply.status, 200, "{}", reply.head);
        let html = reply.text();
        let row = html.split("data-row=\"cookies\" data-state=\"").nth(1).unwrap();
        row.split('"').next().unwrap().to_owned()
    };
    assert_eq!(state(&["--location"]), "bad");
    assert_eq!(state(&["--location", "--cookie-jar", jar, "--cookie", jar]), "good");
}

#[test]
fn test_addresses_answer_with_the_word_and_nothing_else() {
    let server = portal();
    let host = format!("abc123-1.check.{HOST}");
    for way in [Way::H1, Way::H2, Way::Plain] {
        let reply = curl(&server, way, &host, "/probe/ok?abc123-1", &["-H", "Origin: null"]);
        assert_eq!((reply.status, reply.text().as_str()), (200, "ok-abc123-1"));
        assert_eq!(reply.field("access-control-allow-origin"), Some("*"));
        let markup = curl(&server, way, &host, "/probe/ok?%3Cb%3E", &[]);
        assert_eq!((markup.status, markup.body.len()), (404, 0));
        let tick = curl(&server, way, &host, "/probe/ok.svg", &[]);
        assert_eq!(tick.field("content-type"), Some("image/svg+xml"));
        // Nothing else of the portal is at those names.
        assert_eq!(curl(&server, way, &host, "/", &[]).status, 404);
    }
    let post = curl(&server, Way::H1, HOST, "/", &["--data", "a=b"]);
    assert_eq!((post.status, post.field("allow")), (405, Some("GET, HEAD")));
}

#[test]
fn by_address_over_plain_http() {
    let server = portal();
    let by = |path: &str| curl(&server, Way::Plain, "127.0.0.1", path, &[]);
    assert!(by("/").text().contains("id=\"ios\""));
    assert_eq!(by("/ca/root.cer").status, 200);
    let check = by("/check?cookies");
    let https = server.https()[0].port();
    // What a script tries: by name, and by the address that the page came from.
    let named = format!("data-url=\"https://LABEL.check.{HOST}:{https}/probe/ok?LABEL\"");
    let direct = format!("data-direct=\"https://127.0.0.1:{https}/probe/ok?LABEL\"");
    assert!(check.text().contains(&named), "{}", check.text());
    assert!(check.text().contains(&direct));
    let policy = check.field("content-security-policy").unwrap();
    assert!(policy.contains(&format!("https://*.check.{HOST}:{https}")), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let probe = curl(&server, Way::H1, "127.0.0.1", "/probe/ok?abc", &[]);
    assert_eq!(probe.text(), "ok-abc");
    // Any other request over TLS to an address is for a host whose client sends no name.
    let other = curl(&server, Way::H1, "127.0.0.1", "/", &["--cookie", ""]);
    assert_ne!(other.status, 200);

    let off = Blockhouse::with(&config("by_address = false"));
    let page = curl(&off, Way::Plain, "127.0.0.1", "/ca/root.cer", &["-H", "Accept: text/html"]);
    assert_ne!(page.status, 200);
}

#[test]
fn an_organisations_own_domain_may_be_an_exception() {
    let text = config("").replace("[\"trusted.test\"]", "[\"trusted.test\", \"portal.test\"]");
    let server = Blockhouse::with(&text);
    assert!(install(&server, Way::H2, "curl", &[]).contains("id=\"ios\""));
    let word = |words: &[&str]| {
        let file = server.folder.path().join("blockhouse.toml");
        let output = Command::new(env!("CARGO_BIN_EXE_blockhouse"))
            .arg("--config")
            .arg(file)
            .args(words)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr)
    };
    let said = word(&["explain", "--from", "127.0.0.1", &format!("x.check.{HOST}")]);
    assert!(said.contains("The host is the portal's"), "{said}");
    assert!(said.starts_with(&format!("x.check.{HOST} from 127.0.0.1: portal\n")), "{said}");
    // Gateways are told of it, with all below it.
    let zone = word(&["zone", "--format", "dnsmasq"]);
    assert!(zone.contains(&format!("address=/{HOST}/127.0.0.1")), "{zone}");
    let event = server.event_named("portal");
    assert_eq!(event["detail"], "install");
}

/// A certificate that browsers trust without our root, for the portal's name.
fn own_certificate(folder: &Path) -> String {
    certificate_for(folder, HOST, 2100)
}

/// One for this host, until the end of a year.
fn certificate_for(folder: &Path, host: &str, year: i32) -> String {
    let mut plan = rcgen::CertificateParams::new([host.to_owned()]).unwrap();
    plan.not_before = rcgen::date_time_ymd(2000, 1, 1);
    plan.not_after = rcgen::date_time_ymd(year, 12, 31);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = plan.self_signed(&key).unwrap();
    std::fs::write(folder.join("portal.pem"), certificate.pem()).unwrap();
    let file = folder.join("portal.key");
    std::fs::write(&file, key.serialize_pem()).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    "certificate = \"portal.pem\"\nkey = \"portal.key\"".to_owned()
}

#[test]
fn a_certificate_of_its_own_is_shown_for_its_name_alone() {
    let folder = folder_with_root(&["--exclude-domain", HOST]);
    let own = own_certificate(folder.path());
    // The issuing CA can never sign for the portal's name: only its own certificate makes that work.
    let text = config(&format!("check_host = \"check.elsewhere.test\"\n{own}"));
    let public = folder.path().join("portal.pem").to_str().unwrap().to_owned();
    let server = Blockhouse::start(folder, &text, &[]);
    let trusting: &[&str] = &["--cacert", &public];
    let page = install(&server, Way::H2, "curl", trusting);
    assert!(page.contains(&format!("It can never be used for: <bdi dir=\"ltr\">{HOST}")), "{page}");
    assert_eq!(curl(&server, Way::H1, "a.check.elsewhere.test", "/probe/ok?a", &[]).text(), "ok-a");
    // Nothing but tests goes unprotected.
    for host in [HOST, "127.0.0.1"] {
        let reply = curl(&server, Way::Plain, host, "/ca/root.cer", &[]);
        let port = server.https()[0].port();
        assert_eq!(reply.status, 307);
        let wanted = format!("https://{HOST}:{port}/ca/root.cer");
        assert_eq!(reply.field("location"), Some(wanted.as_str()));
    }
    let probe = curl(&server, Way::Plain, "a.check.elsewhere.test", "/probe/ok?a", &[]);
    assert_eq!(probe.text(), "ok-a");
}

#[test]
fn a_certificate_of_its_own_that_clients_refuse_is_told_of() {
    for (host, year, why) in
        [("elsewhere.test", 2100, "it is not for `portal.test`"), (HOST, 2020, "it ended on")]
    {
        let folder = folder_with_root(&[]);
        let text = config(&certificate_for(folder.path(), host, year));
        let file = folder.path().join("blockhouse.toml");
        std::fs::write(&file, &text).unwrap();
        let mut check = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        let output = check.arg("--config").arg(&file).arg("check").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(why), "{said}");
        // Pages do not depend on it, so that the server starts, and says it.
        let server = Blockhouse::start(folder, &text, &[]);
        assert!(server.words.iter().any(|line| line.contains(why)), "{:?}", server.words);
        assert_eq!(curl(&server, Way::H2, "malware.test", "/", &["--location"]).status, 403);
    }
}

#[test]
fn what_cannot_be_is_refused_at_the_start() {
    let said = |options: &[&str], text: &str, extra: &[(&str, &str)]| {
        let folder = folder_with_root(options);
        for (name, content) in extra {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let output = command(folder.path(), text, &[]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let excluded = said(&["--exclude-domain", "test"], &config(""), &[]);
    assert!(excluded.contains("excludes `test`"), "{excluded}");
    assert!(excluded.contains("portal.certificate"), "{excluded}");
    let below = said(&["--exclude-domain", "check.portal.test"], &config(""), &[]);
    assert!(below.contains("portal.check_host"), "{below}");
    for (more, hint) in [
        ("certificate = \"a.pem\"", "set both `portal.certificate` and `portal.key`"),
        ("check_host = \"portal.test\"", "leave `check_host` out"),
        ("host_name = \"a\"", "portal"),
    ] {
        let text = said(&[], &config(more), &[]);
        assert!(text.contains(hint), "{more}: {text}");
    }
    let nameless = format!("{CONFIG}\n[portal]\ncheck_host = \"a.test\"\n");
    assert!(said(&[], &nameless, &[]).contains("set `portal.host`"));
    let own = "certificate = \"portal.pem\"\nkey = \"portal.key\"";
    let missing = said(&[], &config(own), &[]);
    assert!(missing.contains("the certificate of the portal"), "{missing}");
}
