//! What is wrong is said before a port opens: what, where, and the next step.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::server::{Blockhouse, CONFIG, command, folder_with_root};

/// Starts with this configuration in a folder that has a root and that `spoil` changed; gives the
/// exit code and what was said.
fn refused(config: &str, spoil: impl Fn(&Path)) -> (i32, String) {
    let folder = folder_with_root(&[]);
    spoil(folder.path());
    let output = command(folder.path(), config, &[]).output().expect("blockhouse starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("listening"), "no port opens: {said}");
    assert!(!said.contains("panicked"), "{said}");
    (output.status.code().expect("an exit code"), said)
}

#[track_caller]
fn check(config: &str, code: i32, wanted: &[&str], spoil: impl Fn(&Path)) {
    let (got, said) = refused(config, spoil);
    assert_eq!(got, code, "{said}");
    for wanted in wanted {
        assert!(said.contains(wanted), "`{wanted}` is missing in: {said}");
    }
}

#[test]
fn a_broken_configuration() {
    let config = CONFIG.replace("default_action = \"block\"", "default_action = \"blok\"");
    check(&config, 2, &["blockhouse.toml", "blok", "block"], |_| {});
    check("[organisation", 2, &["blockhouse.toml:1"], |_| {});
    check(&format!("{CONFIG}\n[listn]\n"), 2, &["listn", "listen"], |_| {});
}

#[test]
fn a_missing_configuration() {
    let output = Command::new(env!("CARGO_BIN_EXE_blockhouse"))
        .args(["--config", "/nowhere/blockhouse.toml"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("/nowhere/blockhouse.toml"), "{said}");
}

#[test]
fn a_list_that_is_not_there() {
    let list = "[[categories.gambling.lists]]\nfile = \"lists/none.txt\"\nformat = \"hosts\"\n";
    check(&format!("{CONFIG}{list}"), 2, &["lists/none.txt"], |_| {});
}

#[test]
fn an_authority_that_is_not_there() {
    check(CONFIG, 2, &["certs", "blockhouse-ca init"], |folder| {
        fs::remove_dir_all(folder.join("certs")).unwrap();
    });
}

#[test]
fn a_key_that_others_can_read() {
    check(CONFIG, 2, &["issuing-g1.key", "chmod 600"], |folder| {
        let key = folder.join("certs/issuing-g1.key");
        fs::set_permissions(key, fs::Permissions::from_mode(0o644)).unwrap();
    });
}

#[test]
fn a_key_of_another_certificate() {
    check(CONFIG, 2, &["issuing-g1"], |folder| {
        let other = folder_with_root(&[]);
        let from = other.path().join("certs/issuing-g1.key");
        let key = folder.join("certs/issuing-g1.key");
        fs::write(&key, fs::read(from).unwrap()).unwrap();
    });
}

#[test]
fn a_broken_certificate_and_a_broken_key() {
    for file in ["issuing-g1.pem", "issuing-g1.key", "root.pem"] {
        check(CONFIG, 2, &[file], |folder| {
            fs::write(folder.join("certs").join(file), "-----BEGIN NOTHING-----\n").unwrap();
        });
    }
}

#[test]
fn broken_cookie_keys() {
    let keys = |text: &'static str, mode| {
        move |folder: &Path| {
            let file = folder.join("certs/cookie.keys");
            fs::write(&file, text).unwrap();
            fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    check(CONFIG, 2, &["line 2", "cookie.keys"], keys("# keys\nabc\n", 0o600));
    check(CONFIG, 2, &["cookie.keys", "move it away"], keys("# none\n", 0o600));
    check(CONFIG, 2, &["cookie.keys", "chmod 600"], keys("# keys\n", 0o640));
}

#[test]
fn a_folder_that_is_not_there() {
    let config = CONFIG.replace("certs/cookie.keys", "nowhere/cookie.keys");
    check(&config, 2, &["nowhere/cookie.keys"], |_| {});
    let config = format!("{CONFIG}\n[events]\nfile = \"nowhere/events.jsonl\"\n");
    check(&config, 1, &["nowhere/events.jsonl", "[events]"], |_| {});
}

#[test]
fn a_port_in_use() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let config = CONFIG.replace("\"127.0.0.1:0\", \"[::1]:0\"", &format!("\"{address}\""));
    check(&config, 1, &[&address.to_string(), "https", "ss -ltnup"], |_| {});
}

#[test]
fn a_broken_template_is_named_and_the_built_in_one_served() {
    let folder = folder_with_root(&[]);
    let templates = folder.path().join("templates");
    fs::create_dir(&templates).unwrap();
    fs::write(templates.join("block.html"), "<p>\n{{ nothing.of.the.kind }}\n").unwrap();
    let config = format!("{CONFIG}\n[pages]\ntemplates = \"templates\"\n");
    let server = Blockhouse::start(folder, &config, &[]);
    assert!(server.words.iter().any(|line| line.contains("block.html")), "{:?}", server.words);
    let reply = crate::support::curl::curl(
        &server,
        crate::support::curl::Way::H2,
        "blocked.test",
        "/",
        &["--location", "--cookie", ""],
    );
    assert!(reply.text().contains("Gambling"), "{}", reply.text());
}

#[test]
fn check_reports_all_at_once() {
    let folder = folder_with_root(&[]);
    let file = folder.path().join("blockhouse.toml");
    let run = |config: &str| {
        fs::write(&file, config).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_blockhouse"))
            .arg("check")
            .arg("--config")
            .arg(&file)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let (code, said) = run(CONFIG);
    assert_eq!((code, said.contains("no problems")), (Some(0), true), "{said}");
    assert!(!folder.path().join("certs/cookie.keys").exists(), "a check makes nothing");

    fs::remove_file(folder.path().join("certs/issuing-g1.key")).unwrap();
    let config = CONFIG.replace("[cookies]", "[cookies]\nrotate = \"soon\"")
        + "[[categories.gambling.lists]]\nfile = \"none.txt\"\nformat = \"hosts\"\n";
    let (code, said) = run(&config);
    assert_eq!(code, Some(2), "{said}");
    for wanted in ["soon", "none.txt", "issuing-g1.key"] {
        assert!(said.contains(wanted), "`{wanted}` is missing in: {said}");
    }
}

/// What `check` says of a configuration: its exit code, and both of its outputs.
fn checked(folder: &Path, config: &str) -> (Option<i32>, String, String) {
    let file = folder.join("blockhouse.toml");
    fs::write(&file, config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
    let output = command.arg("--config").arg(&file).arg("check").output().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn check_finds_what_a_start_would_stumble_over() {
    let folder = folder_with_root(&[]);
    let check = |config: &str| {
        let (code, _, said) = checked(folder.path(), config);
        (code, said)
    };
    for (more, wanted) in [
        ("[process]\nuser = \"nobody-of-that-name\"", "no account of this machine"),
        ("[process]\nuser = \"root\"", "root itself"),
        (
            "[tickets]\nkey_file = \"nowhere/tickets.keys\"",
            "`tickets.key_file`: there is no folder",
        ),
        ("[events]\nfile = \"nowhere/events.jsonl\"", "`events.file`: there is no folder"),
        ("[events]\nfile = \"certs\"", "certs is a folder"),
        ("[store]\ndirectory = \"certs/root.pem/state\"", "root.pem is no folder"),
        ("[[hooks]]\ncommand = [\"/nowhere/tell\"]", "no program /nowhere/tell"),
        ("[[hooks]]\ncommand = [\"certs/root.pem\"]", "no program"),
    ] {
        let (code, said) = check(&format!("{CONFIG}\n{more}\n"));
        assert_eq!(code, Some(2), "{more}: {said}");
        assert!(said.contains(wanted), "`{wanted}` is missing in: {said}");
    }
    let sound = "[events]\nfile = \"events.jsonl\"\n[store]\ndirectory = \"new/state\"\n\
                 [[hooks]]\ncommand = [\"/bin/true\"]\n";
    let (code, said) = check(&format!("{CONFIG}\n{sound}"));
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn check_counts_names_and_warns_of_categories_that_a_policy_leaves_out() {
    let folder = folder_with_root(&[]);
    let check = |config: &str| {
        let (code, said, talk) = checked(folder.path(), config);
        assert_eq!(code, Some(0), "{said}{talk}");
        let warned = talk.lines().filter(|line| line.starts_with("warning: ")).map(str::to_owned);
        (said, warned.collect::<Vec<_>>())
    };
    // A name that is an exception as well is one of those.
    let config = CONFIG.replace("\"warned.test\"", "\"warned.test\", \"trusted.test\"");
    let exceptions = blockhouse::config::BUILTIN_NAMES.len() + 1;
    let counts = format!("5 names in lists and rules, and {exceptions} exceptions\n");
    for config in [config, format!("{CONFIG}\n[portal]\nhost = \"portal.test\"\n")] {
        let (said, warned) = check(&config);
        assert!(said.contains(&counts), "{said}");
        assert!(warned.is_empty(), "{warned:?}");
    }

    let warning = |(category, policy): (&str, &str)| {
        format!(
            "warning: category `{category}` is named by no rule of policy `{policy}`: gateways do \
             not redirect its hosts there"
        )
    };
    let less = CONFIG.replace("[\"malware\", \"gambling\"]", "[\"malware\"]");
    let empty = "[categories.empty]\nclass = \"legal\"\n";
    let guests = |config: &str, action: &str| {
        let policy = format!("[policies.guests]\ndefault_action = \"{action}\"\n");
        format!("default_policy = \"default\"\n{config}\n{policy}")
    };
    for (config, wanted) in [
        (less.clone(), &[("gambling", "default")][..]),
        (format!("{CONFIG}\n{empty}"), &[]),
        (
            guests(CONFIG, "block"),
            &[("malware", "guests"), ("gambling", "guests"), ("social", "guests")],
        ),
        // Who lets pass what no rule names allows what others block, and nobody blocks this.
        (guests(CONFIG, "allow"), &[]),
        (guests(&less, "allow"), &[("gambling", "default"), ("gambling", "guests")]),
    ] {
        let wanted: Vec<String> = wanted.iter().copied().map(warning).collect();
        assert_eq!(check(&config).1, wanted, "{config}");
    }
}

#[test]
fn a_log_level_that_is_none_is_refused() {
    let run = |level: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
        let output = command
            .args(["--log", level, "explain", "--from", "127.0.0.1", "a.example"])
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run("info,debgu");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`debgu` is no log level"), "{said}");
    for level in ["DEBUG", "info,blockhouse=debug", "warn,blockhouse::server", "3"] {
        let (code, said) = run(level);
        assert!(!said.contains("no log level"), "{level}: {code:?} {said}");
    }
}

#[test]
fn explain_says_why() {
    let folder = folder_with_root(&[]);
    let file = folder.path().join("blockhouse.toml");
    fs::write(&file, CONFIG).unwrap();
    let run = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_blockhouse"))
            .args(["explain", "--from", "127.0.0.1", "--config"])
            .arg(&file)
            .args(words)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let said = run(&["www.blocked.test"]);
    for wanted in [
        "block",
        "gambling",
        "Loopback",
        "rule 2",
        "gateway   redirected to 127.0.0.1, ::1\n",
        "\ngrants and approvals are not looked at\n",
    ] {
        assert!(said.contains(wanted), "`{wanted}` is missing in: {said}");
    }
    let said = run(&["elsewhere.test"]);
    assert!(said.starts_with("elsewhere.test from 127.0.0.1: block\n"), "{said}");
    let nobody = "gateway   not redirected: no rule of this policy names the host\n";
    assert!(said.contains(nobody), "{said}");
    let json = |host: &str| -> serde_json::Value {
        serde_json::from_str(&run(&[host, "--json"])).unwrap()
    };
    assert_eq!(json("elsewhere.test")["gateway"]["answer"], "truth");
    let value = json("warned.test");
    assert_eq!(value["gateway"]["answer"], "page");
    assert_eq!(value["gateway"]["aaaa"][0], "::1");
    assert_eq!(value["verdict"]["action"], "warn");
    assert!(value["steps"].as_array().is_some_and(|steps| steps.len() >= 3), "{value}");
    let said = run(&["trusted.test"]);
    assert!(said.contains("allow"), "{said}");
    assert!(said.contains("gateway   not redirected: the host is an exception\n"), "{said}");
}

#[test]
fn a_newcomer_gets_a_root_and_something_to_try() {
    let folder = tempfile::TempDir::new().unwrap();
    // The built-in example listens on fixed ports, which another program may have; either way the
    // root is made first, and only once.
    let run = || {
        let taken = std::net::TcpListener::bind("127.0.0.1:8443");
        let output = Command::new(env!("CARGO_BIN_EXE_blockhouse"))
            .current_dir(folder.path())
            .output()
            .unwrap();
        drop(taken);
        String::from_utf8(output.stderr).unwrap()
    };
    let said = run();
    assert!(said.contains("made a new root"), "{said}");
    assert!(said.contains("cannot listen for https on 127.0.0.1:8443"), "{said}");
    let root = fs::read(folder.path().join("certs/root.pem")).unwrap();
    let key = fs::metadata(folder.path().join("certs/root.key")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
    let said = run();
    assert!(!said.contains("made a new root"), "{said}");
    assert_eq!(fs::read(folder.path().join("certs/root.pem")).unwrap(), root);
}
