//! What is secret between a person and a site is kept nowhere and told to nobody: cookies, passwords, addresses,
//! bodies.

use std::path::Path;
use std::sync::mpsc;

use http::{Request, Response};
use hyper::body::Incoming;

use crate::support::curl::{WAYS, Way, curl};
use crate::support::h2::{Answered, H2Site, Heard, body, read};
use crate::support::person::Person;
use crate::support::resolver::Resolver;
use crate::support::server::{Blockhouse, before_sites, folder_with_root};

/// In every secret, and in nothing else.
const SECRET: &str = "SECRET";
const PLANTED: [&str; 8] = [
    "-H",
    "Authorization: Bearer SECRET-TOKEN",
    "-H",
    "Referer: https://other.example/SECRET-REFERRER",
    "-H",
    "X-Own: SECRET-FIELD",
    "--data",
    "SECRET-BODY",
];
const NAVIGATION: [&str; 4] = ["-H", "Accept: text/html", "-H", "Sec-Fetch-Dest: document"];

#[test]
fn nothing_of_the_real_site_reaches_a_log_or_a_page() {
    let server = Blockhouse::new();
    for way in WAYS {
        let mut options = vec!["-H", "Cookie: session=SECRET-COOKIE"];
        options.extend(PLANTED);
        options.extend(NAVIGATION);
        let reply = curl(&server, way, "blocked.test", "/SECRET-PATH?SECRET-QUERY", &options);
        // The redirect leads back to where the person wanted to go; that much is the address itself.
        assert!(!reply.text().contains(SECRET), "{}", reply.text());
        assert!(!reply.field("set-cookie").unwrap_or_default().contains(SECRET));
        let page = curl(
            &server,
            way,
            "blocked.test",
            "/",
            &["--location", "--cookie", "session=SECRET-COOKIE"],
        );
        assert!(!page.text().contains(SECRET));
    }
    let said = server.said();
    let events = server.stop();
    assert!(events.len() >= 6, "{events:?}");
    assert!(!format!("{events:?}{said}").contains(SECRET), "{events:#?}\n{said}");
}

#[test]
fn nothing_of_what_passes_through_is_kept_or_told() {
    let ip = "127.82.1.1";
    let (tell, told) = mpsc::channel::<Heard>();
    let answer = move |request: Request<Incoming>| -> Answered {
        let tell = tell.clone();
        Box::pin(async move {
            let (head, octets) = request.into_parts();
            let (octets, trailers) = read(octets).await.unwrap();
            let status = if head.uri.path() == "/SECRET-DOOR" { 401 } else { 200 };
            tell.send(Heard { head, body: octets, trailers }).unwrap();
            Response::builder()
                .status(status)
                .header("set-cookie", "login=SECRET-COOKIE; Path=/")
                .header("location", "https://warned.test/SECRET-LOCATION")
                .header("www-authenticate", "Basic realm=\"SECRET-REALM\"")
                .body(body(&[b"the answer: SECRET-ANSWER"], None))
                .unwrap()
        })
    };
    let site = H2Site::start(ip, &["warned.test", "*.warned.test"], answer);
    let dns = Resolver::start(&[("test", ip)]);
    let config = before_sites(dns.address, &site.root(), &format!("\"{ip}\""));
    // At the most talkative, with what the libraries have to say.
    let talkative = ["env", "BLOCKHOUSE_LOG=trace"];
    let server = Blockhouse::start(folder_with_root(&[]), &config, &talkative);
    let mut passed = 0;
    for way in [Way::H1, Way::H2] {
        let person = Person::new(&server, way);
        let page = person.go_on("warned.test", "/SECRET-PATH?SECRET-QUERY", &[]);
        assert!(page.text().contains("SECRET-ANSWER"), "{}", page.text());
        for path in ["/SECRET-DOOR", "/SECRET-PATH?SECRET-QUERY"] {
            told.try_iter().count();
            let mut options = PLANTED.to_vec();
            options.extend(NAVIGATION);
            let reply = person.ask("warned.test", path, &options);
            assert!(reply.text().contains("SECRET-ANSWER"), "{}", reply.text());
            passed += 1;
            // They were all there to be told of.
            let heard = told.recv().unwrap();
            let fields = format!("{:?} {:?}", heard.head.headers, heard.head.uri);
            for planted in ["COOKIE", "TOKEN", "REFERRER", "FIELD", &path["/SECRET-".len()..]] {
                assert!(fields.contains(&format!("SECRET-{planted}")), "{planted}: {fields}");
            }
            assert_eq!(heard.body, b"SECRET-BODY");
        }
        // Where the site's own name does not resolve, the log has something to say.
        let gone = person.ask("gone.warned.invalid", "/SECRET-PATH", &PLANTED);
        assert_ne!(gone.status, 200);
    }
    let files = holding(server.folder.path(), SECRET.as_bytes());
    assert_eq!(files, Vec::<String>::new(), "these files hold secrets");
    server.hear("TRACE");
    let folder = std::sync::Arc::clone(&server.folder);
    let said = server.said();
    let events = server.stop();
    let told = events.iter().filter(|event| event["event"] == "passed_through").count();
    assert!(told > passed, "{events:#?}");
    assert!(!format!("{events:?}").contains(SECRET), "{events:#?}");
    let line = said.lines().find(|line| line.contains(SECRET));
    assert_eq!(line, None, "the log holds a secret");
    // What is written at the end.
    let files = holding(folder.path(), SECRET.as_bytes());
    assert_eq!(files, Vec::<String>::new(), "these files hold secrets");
}

/// The files below `folder` that hold these octets.
fn holding(folder: &Path, wanted: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(holding(&path, wanted));
        } else if kind.is_file() {
            let octets = std::fs::read(&path).unwrap();
            if octets.windows(wanted.len()).any(|part| part == wanted) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}
