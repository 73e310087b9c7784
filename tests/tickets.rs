//! Sessions that clients resume, as OpenSSL sees it: after a reload, a restart and a crash, on a second
//! server, and not under keys that are gone.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::curl::Way;
use crate::support::person::Person;
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};

const VERSIONS: [&str; 2] = ["tls1_2", "tls1_3"];

/// Asks for a style sheet, with the session in `file` if there is one, and keeps the last one there. Gives
/// whether the session was resumed.
fn visit(server: &Blockhouse, version: &str, file: &Path) -> bool {
    let mut words = vec![
        "s_client".to_owned(),
        format!("-{version}"),
        "-connect".to_owned(),
        server.https()[0].to_string(),
    ];
    let root = server.root();
    words
        .extend(["-servername", "blocked.test", "-verify_return_error", "-CAfile"].map(Into::into));
    words.push(root.to_str().unwrap().to_owned());
    let path = file.to_str().unwrap().to_owned();
    if file.exists() {
        words.extend(["-sess_in".to_owned(), path.clone()]);
    }
    words.extend(["-sess_out".to_owned(), path, "-ign_eof".to_owned()]);
    let mut child = Command::new("openssl")
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let request = "GET /x.css HTTP/1.1\r\nHost: blocked.test\r\nConnection: close\r\n\r\n";
    child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("HTTP/1.1 200"), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said.contains("Reused, TLSv")
}

/// The files in which each version keeps its session; each has been filled by a full handshake.
pub fn sessions(server: &Blockhouse, folder: &Path) -> [std::path::PathBuf; 2] {
    VERSIONS.map(|version| {
        let file = folder.join(version);
        let _ = fs::remove_file(&file);
        assert!(!visit(server, version, &file), "{version}: the first is a full handshake");
        file
    })
}

/// Which of the versions resume their session.
pub fn resumes(server: &Blockhouse, files: &[std::path::PathBuf; 2]) -> [bool; 2] {
    [0, 1].map(|number| visit(server, VERSIONS[number], &files[number]))
}

#[test]
fn sessions_outlive_a_reload_a_restart_and_a_crash() {
    let folder = folder_with_root(&[]);
    let at = folder.path();
    let server = Blockhouse::start(Arc::clone(&folder), CONFIG, &[]);
    let files = sessions(&server, at);
    assert_eq!(resumes(&server, &files), [true, true]);
    let text = CONFIG.replace("name = \"Test Organisation\"", "name = \"Another Name\"");
    fs::write(at.join("blockhouse.toml"), text).unwrap();
    server.event_named("configuration_loaded");
    assert_eq!(resumes(&server, &files), [true, true], "after a reload");
    server.stop();
    let server = Blockhouse::start(Arc::clone(&folder), CONFIG, &[]);
    assert_eq!(resumes(&server, &files), [true, true], "after a restart");
    // Dropped, it is killed.
    drop(server);
    let server = Blockhouse::start(Arc::clone(&folder), CONFIG, &[]);
    assert_eq!(resumes(&server, &files), [true, true], "after a crash");
    server.stop();
    fs::remove_file(at.join("certs/ticket.keys")).unwrap();
    let server = Blockhouse::start(Arc::clone(&folder), CONFIG, &[]);
    assert_eq!(resumes(&server, &files), [false, false], "without their key");
}

#[test]
fn two_servers_may_share_their_keys() {
    let folder = folder_with_root(&[]);
    let at = folder.path();
    let shared =
        format!("{CONFIG}\n[tickets]\nkey_file = \"{}\"\n", at.join("shared.keys").display());
    let certs = format!("directory = \"{}\"", at.join("certs").display());
    let one = Blockhouse::start(Arc::clone(&folder), &shared, &[]);
    let files = sessions(&one, at);
    let elsewhere = Arc::new(tempfile::tempdir().unwrap());
    fs::create_dir(elsewhere.path().join("certs")).unwrap();
    let text = shared.replace("directory = \"certs\"", &certs);
    let two = Blockhouse::start(elsewhere, &text, &[]);
    assert_eq!(resumes(&two, &files), [true, true]);
}

/// A line of a file of keys: made so long ago, with this octet over and over.
fn key(seconds_ago: u64, octet: u8) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    format!("{} {}\n", now - seconds_ago, STANDARD.encode([octet; 64]))
}

fn write_keys(path: &Path, lines: &[String]) {
    let aside = path.with_extension("aside");
    fs::write(&aside, lines.concat()).unwrap();
    fs::set_permissions(&aside, PermissionsExt::from_mode(0o600)).unwrap();
    fs::rename(&aside, path).unwrap();
}

#[test]
fn a_key_that_is_taken_out_opens_nothing_from_the_signal_on() {
    let folder = folder_with_root(&[]);
    let keys = folder.path().join("certs/ticket.keys");
    let server = Blockhouse::start(Arc::clone(&folder), CONFIG, &[]);
    let files = sessions(&server, folder.path());
    write_keys(&keys, &[key(0, 7)]);
    let hang_up = ["-HUP", &server.pid().to_string()];
    assert!(Command::new("kill").args(hang_up).status().unwrap().success());
    server.event_named("configuration_loaded");
    assert_eq!(resumes(&server, &files), [false, false], "under the old key");
    assert_eq!(resumes(&server, &files), [true, true], "under the new one");
    // And without a signal, a little later.
    write_keys(&keys, &[key(0, 8)]);
    server.hear("the files of cookie keys and ticket keys were read anew");
    assert_eq!(resumes(&server, &files), [false, false], "under the key before");
}

#[test]
fn a_changed_file_of_cookie_keys_counts_without_a_signal() {
    let server = Blockhouse::new();
    let person = Person::new(&server, Way::H2);
    let again = || {
        let navigation =
            ["Accept: text/html", "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate"];
        let options: Vec<&str> = navigation.iter().flat_map(|field| ["-H", *field]).collect();
        person.ask("blocked.test", "/", &options).status
    };
    assert_eq!(person.open("blocked.test", "/").status, 403);
    assert_eq!(again(), 403, "the cookie counts");
    write_keys(&server.folder.path().join("certs/cookie.keys"), &[key(0, 7)]);
    server.hear("the files of cookie keys and ticket keys were read anew");
    assert_ne!(again(), 403, "the cookie is checked for once more");
    assert_eq!(person.open("blocked.test", "/").status, 403);
}

#[test]
fn a_new_key_seals_when_others_have_had_time_to_read_it() {
    for (age, old_key_seals) in [(5, true), (600, false)] {
        let folder = folder_with_root(&[]);
        let keys = folder.path().join("certs/ticket.keys");
        write_keys(&keys, &[key(age, 2), key(3600, 1)]);
        let server = Blockhouse::start(Arc::clone(&folder), CONFIG, &[]);
        let files = sessions(&server, folder.path());
        assert_eq!(resumes(&server, &files), [true, true]);
        server.stop();
        // As another server that has not read the file since.
        write_keys(&keys, &[key(3600, 1)]);
        let server = Blockhouse::start(Arc::clone(&folder), CONFIG, &[]);
        assert_eq!(resumes(&server, &files), [old_key_seals; 2], "a key that is {age} s old");
    }
}

#[test]
fn a_file_that_is_no_good_costs_resumption_alone() {
    let folder = folder_with_root(&[]);
    let path = folder.path().join("certs/ticket.keys");
    fs::write(&path, "1 nonsense\n").unwrap();
    let mode = PermissionsExt::from_mode(0o600);
    fs::set_permissions(&path, mode).unwrap();
    let server = Blockhouse::start(Arc::clone(&folder), CONFIG, &[]);
    server.hear("session tickets are good until the next start alone");
    server.hear("line 1 of");
    let files = sessions(&server, folder.path());
    assert_eq!(resumes(&server, &files), [true, true]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "1 nonsense\n", "it is not touched");
}
