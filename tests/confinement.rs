//! What the programs give up: root, foreign files, the sight of their memory.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::ca::{blockhouse_ca, tool};
use crate::support::curl::{Way, curl};
use crate::support::server::{Blockhouse, CONFIG, command, folder_with_root};

const NOBODY: u32 = 65_534;

/// Gives a folder and all below it to a user, as far as `whose` wants.
fn give(folder: &Path, whose: &dyn Fn(&Path) -> bool) {
    chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            path if path.is_dir() => give(&path, whose),
            path if whose(&path) => chown(path, Some(NOBODY), Some(NOBODY)).unwrap(),
            _ => {}
        }
    }
}

/// What the kernel says of each thread in this line of its status.
fn threads(pid: u32, what: &str) -> BTreeSet<String> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let status = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("status")).unwrap());
    let line = |text: String| {
        let line = text.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
        line.unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let said: Vec<_> = status.map(line).collect();
    assert!(said.len() > 1, "the runtime has threads");
    said.into_iter().collect()
}

/// A port that only root may open, for TCP and UDP.
fn low_port() -> u16 {
    let first = u16::try_from(std::process::id() % 400).unwrap();
    let mut ports = (0..400).map(|step| 600 + (first + step) % 400);
    let free = |port: &u16| {
        let at = ("127.0.0.1", *port);
        TcpListener::bind(at).is_ok() && UdpSocket::bind(at).is_ok()
    };
    ports.find(free).expect("a free port below 1024; this test needs root")
}

fn reload(server: &Blockhouse) {
    let pid = Pid::from_raw(server.pid().cast_signed()).unwrap();
    kill_process(pid, Signal::HUP).unwrap();
}

fn configure(server: &Blockhouse, config: &str) {
    fs::write(server.folder.path().join("blockhouse.toml"), config).unwrap();
    reload(server);
}

#[test]
fn root_becomes_a_user_once_its_ports_are_open() {
    let folder = folder_with_root(&[]);
    let port = low_port();
    let config = CONFIG.replace("\"127.0.0.1:0\", \"[::1]:0\"", &format!("\"127.0.0.1:{port}\""))
        + "[process]\nuser = \"nobody\"\n";
    give(folder.path(), &|_| true);
    let server = Blockhouse::start(folder, &config, &[]);
    assert_eq!(server.https()[0].port(), port);
    assert!(!server.said().contains("runs as root"), "{}", server.said());
    let all = |id: &str| BTreeSet::from([[id; 4].join(" ")]);
    assert_eq!(threads(server.pid(), "Uid"), all("65534"));
    assert_eq!(threads(server.pid(), "Gid"), all("65534"));
    assert_eq!(threads(server.pid(), "Groups"), BTreeSet::from(["65534".to_owned()]));
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert_eq!(threads(server.pid(), set), BTreeSet::from(["0".repeat(16)]), "{set}");
    }
    // Its memory is root's again, so that the user's other processes cannot read it.
    let memory = fs::metadata(format!("/proc/{}/environ", server.pid())).unwrap();
    assert_eq!(memory.uid(), 0);

    let page = || curl(&server, Way::H2, "blocked.test", "/", &["--location", "--cookie", ""]);
    assert_eq!(page().status, 403);
    // The store is the user's, and answers.
    let state = server.folder.path().join("state");
    for entry in fs::read_dir(&state).unwrap().map(Result::unwrap) {
        assert_eq!(entry.metadata().unwrap().uid(), NOBODY, "{:?}", entry.path());
    }
    let program = env!("CARGO_BIN_EXE_blockhouse");
    let file = server.folder.path().join("blockhouse.toml");
    let words = [program, "--config", file.to_str().unwrap(), "codes", "new", "--note", "kept"];
    tool("blockhouse", server.folder.path(), &words).ok();
    // What is read anew is read as that user.
    configure(&server, &config.replace("Games of chance", "Bets"));
    server.hear("the configuration was read anew");
    assert!(page().text().contains("Bets are not for the office."));
    server.stop();
}

#[test]
fn what_root_makes_in_the_servers_folders_is_the_servers() {
    let folder = folder_with_root(&[]);
    let at = folder.path();
    let config =
        format!("{CONFIG}\n[process]\nuser = \"nobody\"\n[store]\ndirectory = \"var/state\"\n");
    fs::set_permissions(at, fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(at.join("var")).unwrap();
    give(at, &|_| true);
    fs::write(at.join("blockhouse.toml"), &config).unwrap();
    // Before the first start, and by root.
    blockhouse_ca(at, &["renew"]).ok();
    blockhouse_ca(at, &["rotate", "prepare"]).ok();
    let words = ["codes", "new", "--note", "early"];
    let words = [&[env!("CARGO_BIN_EXE_blockhouse"), "--config", "blockhouse.toml"][..], &words];
    tool("blockhouse", at, &words.concat()).ok();
    let owner = |name: &str| fs::metadata(at.join(name)).unwrap().uid();
    for name in
        ["certs/issuing-g2.key", "certs/issuing-g2.pem", "var/state", "var/state/store.redb"]
    {
        assert_eq!(owner(name), NOBODY, "{name}");
    }
    assert_eq!(owner("certs/root-g2.key"), 0, "the server never needs the key of a root");
    let server = Blockhouse::start(folder, &config, &[]);
    assert_eq!(curl(&server, Way::H2, "blocked.test", "/x.css", &[]).status, 200);
}

/// A start as root with this `[process]` is refused with these words, with a folder that the user has but
/// for the file of this name.
#[track_caller]
fn refused(process: &str, root_keeps: &str, code: i32, wanted: &[&str]) {
    let folder = folder_with_root(&[]);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    give(folder.path(), &|path| !path.ends_with(root_keeps));
    let config = format!("{CONFIG}\n[process]\n{process}\n");
    let output = command(folder.path(), &config, &[]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(!said.contains("listening"), "{said}");
    for wanted in wanted {
        assert!(said.contains(wanted), "`{wanted}` is missing in: {said}");
    }
}

#[test]
fn who_cannot_be_the_user_serves_nothing() {
    let user = "user = \"nobody\"";
    refused(user, "issuing-g1.key", 2, &["issuing-g1.key", "Permission denied"]);
    refused("user = \"nobodyatall\"", "", 2, &["nobodyatall", "no account", "useradd"]);
    refused("user = \"root\"", "", 2, &["root itself"]);
    let group = "user = \"nobody\"\ngroup = \"nogroupatall\"";
    refused(group, "", 2, &["nogroupatall", "no group", "groupadd"]);
    refused("group = \"nogroup\"", "", 2, &["needs a `user`"]);
}

#[test]
fn a_server_that_stays_root_says_so() {
    let server = Blockhouse::new();
    assert!(server.said().contains("runs as root"), "{}", server.said());
    assert!(server.said().contains("[process]"), "{}", server.said());
}

/// Whether this kernel has Landlock; without it the server must say so.
fn shut_in(server: &Blockhouse) -> bool {
    !server.said().contains("there is no sandbox: this kernel has no Landlock")
}

#[test]
fn the_server_keeps_to_its_files() {
    let elsewhere = tempfile::tempdir().unwrap();
    let logos = elsewhere.path().join("logos");
    let logo = || {
        fs::create_dir(&logos).unwrap();
        fs::write(logos.join("logo.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    };
    logo();
    let named =
        format!("contact = \"help@organisation.example\"\nlogo = \"{}/logo.svg\"", logos.display());
    let config = CONFIG.replace("contact = \"help@organisation.example\"", &named);
    let server = Blockhouse::with(&config);
    assert_eq!(threads(server.pid(), "NoNewPrivs"), BTreeSet::from(["1".to_owned()]));
    if !shut_in(&server) {
        return;
    }
    // A list within the folder of the configuration, and then one that is elsewhere.
    let list = |path: &str| {
        format!(
            "{config}\n[[categories.gambling.lists]]\nfile = \"{path}\"\nformat = \"domains\"\n"
        )
    };
    fs::write(server.folder.path().join("more.txt"), "listed.test\n").unwrap();
    configure(&server, &list("more.txt"));
    server.hear("the configuration was read anew");
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("list.txt");
    fs::write(&file, "listed.test\n").unwrap();
    configure(&server, &list(file.to_str().unwrap()));
    server.hear(&format!("{} is outside of the folders", outside.path().display()));
    let hook = "\n[[hooks]]\ncommand = [\"/bin/true\"]\n";
    configure(&server, &format!("{config}{hook}"));
    server
        .hear("a hook runs a command, which may need any file, and the server has shut itself in");
    // A new folder of the same name is another one: the kernel says no, although this test is root's.
    fs::rename(&logos, elsewhere.path().join("old")).unwrap();
    logo();
    configure(&server, &config);
    server.hear("logo.svg");
    server.hear("Permission denied");
    let reply = curl(&server, Way::H1, "blocked.test", "/", &["--location", "--cookie", ""]);
    assert_eq!(reply.status, 403);
}

#[test]
fn a_sandbox_that_is_off_says_why() {
    let hook = "[[hooks]]\ncommand = [\"/bin/true\"]\n";
    let off = "[process]\nsandbox = false\n";
    for (more, why) in [(hook, "a hook runs a command"), (off, "`sandbox = false`")] {
        let server = Blockhouse::with(&format!("{CONFIG}\n{more}"));
        assert!(
            server.said().contains(&format!("there is no sandbox: {why}")),
            "{}",
            server.said()
        );
        assert_eq!(threads(server.pid(), "NoNewPrivs"), BTreeSet::from(["0".to_owned()]));
    }
}

/// Starts a program that waits for `pipe`, as nobody, with core dumps allowed as far as may be; gives who
/// owns what the kernel shows of its memory, and whether a signal that dumps left a core.
fn killed_while_it_waits(folder: &Path, words: &[&str]) -> (u32, bool) {
    let script = "ulimit -S -c \"$(ulimit -H -c)\"; exec \"$@\"";
    // What a shell starts in the background ignores this signal, and so does all that it starts.
    let mut child = Command::new("env")
        .args(["--default-signal=QUIT", "setpriv", "--reuid=65534", "--regid=65534"])
        .args(["--clear-groups", "bash", "-c", script, "bash"])
        .args(words)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("setpriv starts; Debian package util-linux");
    // This waits until the program has opened the other end.
    let pipe = OpenOptions::new().write(true).open(folder.join("pipe")).unwrap();
    let owner = fs::metadata(format!("/proc/{}/environ", child.id())).unwrap().uid();
    let pid = Pid::from_raw(child.id().cast_signed()).unwrap();
    kill_process(pid, Signal::QUIT).unwrap();
    let ended = child.wait().unwrap();
    drop(pipe);
    assert_eq!(ended.signal(), Some(Signal::QUIT.as_raw()), "{ended}");
    (owner, ended.core_dumped())
}

#[test]
fn the_memory_of_the_generator_is_nobodys() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::set_permissions(at, fs::Permissions::from_mode(0o755)).unwrap();
    // Where nobody can start it.
    let program = at.join("blockhouse-ca");
    fs::copy(env!("CARGO_BIN_EXE_blockhouse-ca"), &program).unwrap();
    tool("coreutils", at, &["mkfifo", "-m", "600", "pipe"]).ok();
    give(at, &|_| true);
    let words = ["init", "--org", "x", "--directory", "certs", "--passphrase-file", "pipe"];
    let words = [&[program.to_str().unwrap()], &words[..]].concat();
    assert_eq!(killed_while_it_waits(at, &words), (0, false));
    // Of any other program it is the user's.
    assert_eq!(killed_while_it_waits(at, &["cat", "pipe"]).0, NOBODY);
}
