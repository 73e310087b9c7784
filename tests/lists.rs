//! Lists kept up to date: files that change, addresses that are asked, and an index that is kept.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::frames::{DATA, END_HEADERS, FramedSite, HEADERS, NO_ERROR, OK, RST_STREAM};
use crate::support::resolver::Resolver;
use crate::support::scripted::{Script, Scripted};
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};

/// What a server of lists does with one request.
#[derive(Clone)]
enum Does {
    /// Sends these octets and closes.
    Sends(String),
    /// Keeps the connection open and says nothing.
    Hangs,
}

fn list(text: &str) -> Does {
    ok("text/plain", text)
}

fn ok(kind: &str, text: &str) -> Does {
    let length = text.len();
    Does::Sends(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nETag: \"{length}\"\r\n\
         Connection: close\r\n\r\n{text}"
    ))
}

/// Serves one script after the other, the last one for ever; keeps the requests' heads.
struct ListServer {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl ListServer {
    fn start(scripts: Vec<Does>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let keep = Arc::clone(&heads);
        let serve = move || {
            let mut held = Vec::new();
            for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                let mut stream: TcpStream = stream;
                let mut head = Vec::new();
                let mut octet = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut octet).unwrap_or(0) == 1 {
                    head.push(octet[0]);
                }
                keep.lock().unwrap().push(String::from_utf8_lossy(&head).to_ascii_lowercase());
                match &scripts[number.min(scripts.len() - 1)] {
                    Does::Sends(text) => {
                        let _ = stream.write_all(text.as_bytes());
                    }
                    Does::Hangs => held.push(stream),
                }
            }
        };
        std::thread::Builder::new().spawn(serve).unwrap();
        Self { address, heads }
    }

    fn url(&self) -> String {
        format!("http://{}/list.txt", self.address)
    }
}

/// The configuration of the tests with a category of lists, and a feed to ask for verdicts.
fn config(lists: &str) -> String {
    CONFIG.replace("[listen]", "[gateway]\nfeed = [\"127.0.0.1:0\"]\n\n[listen]").replace(
        "[policies.default]",
        &format!(
            "[upstream]\nservers = [\"127.0.0.1:9\"]\nallow = [\"127.0.0.0/8\"]\n\n\
             [categories.listed]\nclass = \"content\"\n\n{lists}\n[policies.default]"
        ),
    ) + "\n[[policies.default.rules]]\naction = \"block\"\ncategories = [\"listed\"]\n"
}

fn fetched(server: &ListServer, more: &str) -> String {
    let url = server.url();
    config(&format!("[[categories.listed.lists]]\nurl = \"{url}\"\nformat = \"domains\"\n{more}\n"))
}

/// What the server says of a host: the answer of a gateway, and the whole verdict.
fn verdict(server: &Blockhouse, query: &str) -> (String, Value) {
    let feed = server.words.iter().find_map(|line| line.strip_prefix("listening for feed on "));
    let url = format!("http://{}/verdict?{query}", feed.unwrap());
    let output = Command::new("curl").args(["--silent", "--noproxy", "*", &url]).output().unwrap();
    let body: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stdout)));
    (body["gateway"]["answer"].as_str().unwrap().to_owned(), body)
}

fn answer(server: &Blockhouse, host: &str) -> String {
    verdict(server, &format!("client=127.0.0.1&host={host}")).0
}

#[test]
fn a_list_is_fetched_at_the_start_and_asked_for_again_by_its_tag() {
    let unchanged =
        Does::Sends("HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_owned());
    let mut scripts = vec![list("first.example\n")];
    // Enough of them for the first list to be read before the second one comes.
    scripts.extend(vec![unchanged; 9]);
    scripts.push(list("first.example\nsecond.example\n"));
    let lists = ListServer::start(scripts);
    let server = Blockhouse::with(&format!("[lists]\nrefresh = \"1s\"\n{}", fetched(&lists, "")));
    assert!(server.said().contains("was not fetched yet"), "{}", server.said());
    assert_eq!(server.event_named("list_fetched")["list"], lists.url());
    server.event_named("lists_loaded");
    assert_eq!(answer(&server, "www.first.example"), "page");
    assert_eq!(server.event_named("list_fetched")["detail"], "unchanged");
    server.event_named("lists_loaded");
    assert_eq!(answer(&server, "second.example"), "page");
    let heads = lists.heads.lock().unwrap();
    assert!(!heads[0].contains("if-none-match"), "{}", heads[0]);
    assert!(heads[1].contains("if-none-match: \"14\"\r\n"), "{}", heads[1]);
    assert!(heads[0].contains("user-agent: blockhouse/"), "{}", heads[0]);
}

#[test]
fn a_list_that_goes_wrong_leaves_the_last_good_one() {
    let page = "<!DOCTYPE html><html><body>Please log in</body></html>";
    let short =
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nshort.example\n";
    let huge = format!("{}.example\n", "a".repeat(60)).repeat(200);
    let unending = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{huge}");
    let gzip = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx";
    let away = "HTTP/1.1 302 Found\r\nLocation: /list.txt\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let gone = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let mut scripts = vec![list("good.example\n")];
    let mut expected = Vec::new();
    for (script, detail) in [
        (ok("text/html; charset=utf-8", "good.example\n"), "page"),
        (list(&format!("\n  {page}")), "page"),
        (Does::Sends(short.to_owned()), "broke"),
        (list(&huge), "too_large"),
        (Does::Sends(unending), "too_large"),
        (Does::Sends(gzip.to_owned()), "encoded"),
        (Does::Sends(gone.to_owned()), "status"),
        (list("two words\nand three words\n"), "nothing_understood"),
        (list(""), "nothing_understood"),
        (Does::Hangs, "timed_out"),
        (Does::Sends("this is no HTTP\r\n\r\n".to_owned()), "bad_answer"),
    ] {
        scripts.push(script);
        expected.push(detail);
    }
    // An address that leads to itself, as often as it is followed.
    scripts.push(Does::Sends(away.to_owned()));
    expected.push("redirects");
    let lists = ListServer::start(scripts);
    let settings = "[lists]\nrefresh = \"1s\"\ntimeout = \"2s\"\nsize = \"4KiB\"\n";
    let server = Blockhouse::with(&format!("{settings}{}", fetched(&lists, "")));
    server.event_named("lists_loaded");
    for detail in expected {
        let failed = server.event_named("list_failed");
        assert_eq!(failed["detail"], detail, "{}", server.said());
        assert_eq!(answer(&server, "good.example"), "page", "after {detail}");
    }
    let kept = fs::read_dir(server.folder.path().join("state/lists")).unwrap();
    let scratch =
        kept.filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().contains("new"));
    assert_eq!(scratch.count(), 0, "nothing half-written stays");
}

#[test]
fn a_list_that_may_have_been_cut_is_not_taken() {
    let text = "good.example\n";
    let plain = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{text}").into_bytes();
    let scripts = [("/told", Script::Octets(plain.clone())), ("/cut", Script::Cut(plain))];
    let scripts = scripts.map(|(path, script)| (path.to_owned(), script)).into();
    let site = Scripted::start("127.77.52.1", scripts);
    let framed = FramedSite::start(
        "127.77.52.2",
        &[&[(HEADERS, END_HEADERS, OK), (DATA, 0, b"good.example\n"), (RST_STREAM, 0, NO_ERROR)]],
    );
    let dns = Resolver::start(&[("test", "127.77.52.2"), ("a.warned.test", "127.77.52.1")]);
    let folder = folder_with_root(&[]);
    let roots = [site.root(), framed.root()].map(|path| fs::read_to_string(path).unwrap());
    fs::write(folder.path().join("roots.pem"), roots.concat()).unwrap();
    let list =
        |url: &str| format!("[[categories.listed.lists]]\nurl = \"{url}\"\nformat = \"domains\"\n");
    let urls = ["https://a.warned.test/told", "https://a.warned.test/cut", "https://warned.test/"];
    let text = config(&urls.map(list).concat()).replace(
        "servers = [\"127.0.0.1:9\"]",
        &format!("servers = [\"{}\"]\nroots = \"roots.pem\"", dns.address),
    );
    let server = Blockhouse::start(folder, &text, &[]);
    for url in urls {
        let is_it = |event: &Value| {
            event["list"] == url && event["event"].as_str().unwrap().starts_with("list_f")
        };
        let event = server.event(is_it);
        let wanted = if url.ends_with("/told") { "list_fetched" } else { "list_failed" };
        assert_eq!(event["event"], wanted, "{event}");
        if wanted == "list_failed" {
            assert_eq!(event["detail"], "broke", "{event}");
        }
    }
}

#[test]
fn a_pin_decides_which_list_counts() {
    // printf 'pinned.example\n' | sha256sum
    let sum = Command::new("sh")
        .args(["-c", "printf 'pinned.example\\n' | sha256sum | cut -d' ' -f1"])
        .output()
        .unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    let lists = ListServer::start(vec![list("other.example\n"), list("pinned.example\n")]);
    let pin = format!("sha256 = \"{}\"", sum.trim());
    let server = Blockhouse::with(&format!("[lists]\nrefresh = \"1s\"\n{}", fetched(&lists, &pin)));
    assert_eq!(server.event_named("list_failed")["detail"], "pin");
    server.event_named("lists_loaded");
    assert_eq!(answer(&server, "pinned.example"), "page");
    assert_eq!(answer(&server, "other.example"), "truth");
}

#[test]
fn a_file_that_changes_is_read_anew_and_a_broken_one_changes_nothing() {
    let folder = folder_with_root(&[]);
    let path = folder.path().join("list.txt");
    fs::write(&path, "one.example\n").unwrap();
    let text = config("[[categories.listed.lists]]\nfile = \"list.txt\"\nformat = \"domains\"\n");
    let server = Blockhouse::start(folder, &text, &[]);
    assert_eq!(answer(&server, "one.example"), "page");
    fs::write(&path, "two.example\nthree.example\n").unwrap();
    let loaded = server.event_named("lists_loaded");
    assert!(loaded["names"].as_u64().unwrap() > 2, "{loaded}");
    assert!(loaded.get("client").is_none(), "{loaded}");
    assert_eq!(
        (answer(&server, "one.example"), answer(&server, "two.example")),
        ("truth".into(), "page".into())
    );
    fs::write(&path, "nothing of use here\n").unwrap();
    server.event_named("lists_refused");
    server.hear("list.txt holds nothing in the format `domains`");
    assert_eq!(answer(&server, "two.example"), "page");
    fs::remove_file(&path).unwrap();
    server.event_named("lists_refused");
    assert_eq!(answer(&server, "two.example"), "page");
    // A pipe, which nobody writes into.
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    server.event_named("lists_refused");
    server.hear("it is no regular file");
    fs::remove_file(&path).unwrap();
    fs::write(&path, "four.example\n").unwrap();
    server.event_named("lists_loaded");
    assert_eq!(answer(&server, "four.example"), "page");
    // It may be meant, and often is not.
    fs::write(&path, "").unwrap();
    server.event_named("lists_loaded");
    server.hear("a list is empty");
}

#[test]
fn the_index_is_kept_and_made_anew_when_it_is_stale_or_damaged() {
    let folder = folder_with_root(&[]);
    let path = folder.path().join("list.txt");
    let names: String = (0..60_000).map(|n| format!("host{n}.kept.example\n")).collect();
    let write = |text: &str| {
        fs::write(&path, text).unwrap();
        // A file of this very moment is not trusted to stay as it is.
        let past = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
        fs::File::options().append(true).open(&path).unwrap().set_modified(past).unwrap();
    };
    write(&names);
    let text = config("[[categories.listed.lists]]\nfile = \"list.txt\"\nformat = \"domains\"\n");
    let kept = folder.path().join("state/lists/index.cache");
    let check = |words: &str, host: &str| {
        let server = Blockhouse::start(Arc::clone(&folder), &text, &[]);
        assert!(server.said().contains(words), "{}", server.said());
        assert_eq!(answer(&server, host), "page");
        assert_eq!(answer(&server, "host60000.kept.example"), "truth");
        assert!(server.said().contains("accepted=6000"), "{}", server.said());
        server.stop();
    };
    check("the index of the lists was kept", "host59999.kept.example");
    check("the kept index was used", "x.host59999.kept.example");
    write(&names.replace("host7.", "seven."));
    check("made from other lists", "seven.kept.example");
    check("the kept index was used", "seven.kept.example");
    let good = fs::read(&kept).unwrap();
    for at in [3, 9, 20, 60, 100, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&kept, bad).unwrap();
        check("the kept index was made anew", "host1.kept.example");
    }
    fs::write(&kept, &good[..good.len() - 5]).unwrap();
    check("it is damaged", "host1.kept.example");
    fs::remove_file(&kept).unwrap();
    check("the index of the lists was kept", "host1.kept.example");
}

#[test]
fn verdicts_are_told_and_an_address_can_carry_the_reason() {
    let text = CONFIG
        .replace(
            "[listen]\nhttps = [\"127.0.0.1:0\", \"[::1]:0\"]\nhttp = [\"127.0.0.1:0\"]",
            "[listen]\nhttps = [\"127.0.0.1:0\"]\nhttp = [\"127.0.0.2:0\"]\n\n\
             [gateway]\nfeed = [\"127.0.0.1:0\"]\naddresses = [\"192.0.2.7\", \"2001:db8::7\"]\n\n\
             [[gateway.reasons]]\naddresses = [\"127.0.0.2\"]\ncategory = \"malware\"\n\
             reason = \"The provider knows it as dangerous.\"",
        )
        .replace("[cookies]", "[cookies]\nblock_page = \"optional\"");
    let server = Blockhouse::with(&text);
    let (told, body) = verdict(&server, "client=127.0.0.1&host=Blocked.TEST");
    assert_eq!(told, "page");
    assert_eq!(body["gateway"]["a"][0], "192.0.2.7");
    assert_eq!(body["gateway"]["aaaa"][0], "2001:db8::7");
    assert_eq!(body["verdict"]["category"]["name"], "gambling");
    assert_eq!(
        verdict(&server, "client=127.0.0.1&host=malware.test").1["gateway"]["a"][0],
        "127.0.0.2"
    );
    assert_eq!(verdict(&server, "client=127.0.0.1&host=else.test").0, "truth");
    assert_eq!(verdict(&server, "client=127.0.0.1&host=detectportal.firefox.com").0, "truth");
    let (_, sent) = verdict(&server, "client=127.0.0.1&host=else.test&to=127.0.0.2");
    assert_eq!(sent["verdict"]["action"], "block");
    assert_eq!(sent["verdict"]["reason"], "The provider knows it as dangerous.");

    // The page says so too, for a host that no list knows.
    let url = format!("http://{}/", server.http()[0]);
    let page = Command::new("curl")
        .args(["--silent", "--noproxy", "*", "--header", "Host: else.test", &url])
        .args(["--header", "Accept: text/html", "--header", "Upgrade-Insecure-Requests: 1"])
        .output()
        .unwrap();
    let page = String::from_utf8(page.stdout).unwrap();
    assert!(page.contains("The provider knows it as dangerous."), "{page}");
    assert!(page.contains("Malware"), "{page}");
    let event = server.event_named("block_page");
    assert_eq!((&event["category"], &event["host"]), (&"malware".into(), &"else.test".into()));
}

#[test]
fn what_is_in_the_lists_and_what_is_never_touched_can_be_shown() {
    let folder = folder_with_root(&[]);
    fs::write(folder.path().join("list.txt"), "a.example\na.example\nx y\nmalware.test\n").unwrap();
    let text = config("[[categories.listed.lists]]\nfile = \"list.txt\"\nformat = \"domains\"\n")
        .replace(
            "domains = [\"trusted.test\"]",
            "domains = [\"trusted.test\"]\nnot_builtin = [\"pool.ntp.org\"]",
        );
    fs::write(folder.path().join("blockhouse.toml"), text).unwrap();
    let run = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_blockhouse"))
            .args(words)
            .arg("--config")
            .arg(folder.path().join("blockhouse.toml"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let lists = run(&["lists"]);
    assert!(lists.contains("list.txt:3: more than one word"), "{lists}");
    assert!(
        lists.contains("entries are in `malware` and in `listed`: `malware` counts"),
        "{lists}"
    );
    let json: Value = serde_json::from_str(&run(&["lists", "--json"])).unwrap();
    assert_eq!(
        (&json["lists"][0]["accepted"], &json["lists"][0]["duplicate"]),
        (&2.into(), &1.into())
    );
    let exceptions: Value = serde_json::from_str(&run(&["exceptions", "--json"])).unwrap();
    let on = |name: &str| {
        let of = exceptions.as_array().unwrap().iter().find(|one| one["name"] == name);
        of.unwrap_or_else(|| panic!("{name}"))["on"].clone()
    };
    assert_eq!((on("trusted.test"), on("pool.ntp.org")), (true.into(), false.into()));
    assert_eq!(on("detectportal.firefox.com"), true);
    assert!(run(&["exceptions"]).contains("mitmdetection.services.mozilla.com"));
}

#[test]
fn a_list_that_was_never_fetched_has_no_figures() {
    let folder = folder_with_root(&[]);
    let url = "https://lists.example/blocked.txt";
    let table = format!("[[categories.listed.lists]]\nurl = \"{url}\"\nformat = \"domains\"\n");
    let file = folder.path().join("blockhouse.toml");
    fs::write(&file, config(&table)).unwrap();
    let run = |word: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        let output = command.arg("--config").arg(&file).arg(word).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let said = run("check");
    assert!(said.contains(&format!("{url}: not fetched yet")), "{said}");
    assert!(!said.contains("0 entries"), "{said}");
    let said = run("lists");
    let row = said.lines().find(|line| line.ends_with(url)).unwrap();
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells, ["listed", "-", "-", "-", "-", "not", "fetched", "yet", url]);
}

#[test]
fn who_reads_no_further_is_no_fault_and_a_full_disk_is_one() {
    let run = |script: &str| {
        let mut command = Command::new("bash");
        command.args(["-c", script, env!("CARGO_BIN_EXE_blockhouse")]).output().unwrap()
    };
    let some =
        run("set -o pipefail; for n in 1 2 3; do \"$0\" exceptions | head -n 1 || exit; done");
    let said = String::from_utf8_lossy(&some.stderr);
    assert!(some.status.success() && said.is_empty(), "{said}");
    let full = run("\"$0\" exceptions > /dev/full");
    let said = String::from_utf8_lossy(&full.stderr);
    assert_eq!(full.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write to standard output: No space left"), "{said}");
}
