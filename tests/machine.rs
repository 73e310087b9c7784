//! `blockhouse-ca install`, `uninstall` and `verify` on machines of the tests' own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::ca::{Ran, authority, blockhouse_ca};
use crate::support::machine::Machine;
use crate::support::nss;
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};

/// What a command said of each store, as `kind state`, without the stores that are not here.
#[track_caller]
fn states(ran: &Ran) -> Vec<String> {
    let report = report(ran);
    let stores = report["stores"].as_array().expect("a list").iter();
    let shown = stores.filter(|entry| entry["state"] != "skipped");
    shown
        .map(|entry| {
            let of = |field: &str| entry[field].as_str().unwrap().to_owned();
            format!("{} {}", of("store"), of("state"))
        })
        .collect()
}

#[track_caller]
fn report(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error} in {ran:#?}"))
}

/// Expects this exit code and these states of stores.
#[track_caller]
fn expect(ran: Ran, code: i32, expected: &[&str]) -> Ran {
    assert_eq!(states(&ran), expected, "{ran:#?}");
    assert_eq!(ran.code, Some(code), "{ran:#?}");
    assert_eq!(report(&ran)["ok"], code == 0);
    ran
}

/// A machine, and the root of a running server.
struct Place {
    machine: Machine,
    server: Blockhouse,
    root: String,
}

impl Place {
    fn new() -> Self {
        let server = Blockhouse::start(folder_with_root(&[]), CONFIG, &[]);
        let root = server.root().display().to_string();
        Self { machine: Machine::new(), server, root }
    }

    fn ca(&self, action: &str, words: &[&str]) -> Ran {
        self.machine.ca(&[&[action, "--json", "--certificate", &self.root], words].concat())
    }

    /// Whether clients that we did not write take a page, each with the store of the system.
    fn clients(&self) -> BTreeMap<&'static str, bool> {
        let port = self.server.https()[0].port();
        let resolve = format!("blocked.test:{port}:127.0.0.1");
        let url = format!("https://blocked.test:{port}/");
        let curl = ["curl", "-sS", "-o", "/dev/null", "--resolve", &resolve, &url];
        let address = format!("127.0.0.1:{port}");
        let openssl = [
            "sh",
            "-c",
            "openssl s_client -connect \"$1\" -servername blocked.test -verify_return_error \
             -verify_hostname blocked.test </dev/null",
            "sh",
            &address,
        ];
        let script = format!(
            "import socket, ssl\ns = socket.create_connection(('127.0.0.1', {port}))\n\
             ssl.create_default_context().wrap_socket(s, server_hostname='blocked.test').close()"
        );
        let python = ["/usr/bin/python3", "-c", &script];
        let clients =
            [("curl", &curl[..]), ("openssl", &openssl[..]), ("python", &python[..])].into_iter();
        clients
            .map(|(name, words)| {
                let ran = self.machine.run(words);
                // A client that fails for another reason than the certificate says nothing of stores.
                let talk = format!("{}{}", ran.stdout, ran.stderr).to_lowercase();
                let taken = ran.code == Some(0);
                assert!(taken || talk.contains("certificate"), "{name}: {ran:#?}");
                (name, taken)
            })
            .collect()
    }
}

/// Every file below a folder, with what stands in it, or where it leads.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_symlink() {
                found.insert(
                    path.clone(),
                    fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes(),
                );
            } else if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn the_system_trusts_our_pages_from_install_to_uninstall() {
    let place = Place::new();
    // The store as the tool makes it, before anything of ours.
    place.machine.run(&["/usr/sbin/update-ca-certificates"]).ok();
    let etc = |place: &Place| {
        let mut all = contents(&place.machine.etc(""));
        // Java's store is a database, which is never the same octets twice.
        all.remove(&place.machine.etc("ssl/certs/java/cacerts"));
        all
    };
    let (before, share) = (etc(&place), contents(&place.machine.share("")));
    let check = |ran: Ran, code: i32, state: &str| {
        let states = ["system", "firefox", "java"].map(|kind| format!("{kind} {state}"));
        expect(ran, code, &states.each_ref().map(String::as_str))
    };
    let refused = BTreeMap::from([("curl", false), ("openssl", false), ("python", false)]);
    let taken = BTreeMap::from([("curl", true), ("openssl", true), ("python", true)]);

    check(place.ca("verify", &["--system"]), 1, "missing");
    assert_eq!(place.clients(), refused);
    check(place.ca("install", &["--system"]), 0, "installed");
    assert_eq!(place.clients(), taken);

    let address = place.server.https()[0].to_string();
    let connect = ["--system", "--connect", &address, "--name", "blocked.test"];
    let seen = report(&check(place.ca("verify", &connect), 0, "trusted"));
    for (number, trusting) in ["root", "system"].into_iter().enumerate() {
        let handshake = &seen["handshakes"][number];
        assert_eq!(handshake["trusting"], trusting);
        assert_eq!(handshake["accepted"], true, "{seen:#}");
    }

    // Again, and nothing is touched.
    let between = contents(&place.machine.etc(""));
    check(place.ca("install", &["--system"]), 0, "trusted");
    assert!(between == contents(&place.machine.etc("")), "the second time changes nothing");

    check(place.ca("uninstall", &["--system"]), 0, "removed");
    assert_eq!(place.clients(), refused);
    let seen = report(&check(place.ca("verify", &connect), 1, "missing"));
    assert_eq!(seen["handshakes"][0]["accepted"], true);
    assert_eq!(seen["handshakes"][1]["accepted"], false);
    let what = seen["handshakes"][1]["what"].as_str().unwrap();
    assert!(what.contains("none of these roots vouches for"), "{what}");
    // The server is the right one, since the root alone is good for it.
    let next = seen["handshakes"][1]["next"].as_str().unwrap();
    let wanted = "this machine's store lacks the root: `blockhouse-ca install --system";
    assert!(next.starts_with(wanted), "{next}");
    expect(place.ca("uninstall", &["--system"]), 0, &[]);

    let after = etc(&place);
    let names = |all: &BTreeMap<PathBuf, Vec<u8>>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after));
    assert!(before == after, "/etc is as it was");
    assert!(share == contents(&place.machine.share("")), "/usr/local/share is as it was");
}

/// An authority, and the path of its root.
fn own_root(options: &[&str]) -> (tempfile::TempDir, String) {
    let folder = authority(options);
    let root = folder.path().join("certs/root.pem").display().to_string();
    (folder, root)
}

/// Whether certutil takes the root for one that may vouch for TLS servers.
fn nss_trusts(machine: &Machine, database: &str, name: &str) -> bool {
    let database = format!("sql:{}", machine.home(database).display());
    machine.run(&["certutil", "-V", "-u", "L", "-n", name, "-d", &database]).code == Some(0)
}

#[test]
fn the_databases_of_a_user() {
    let machine = Machine::new();
    let (_folder, root) = own_root(&["--cn", "Example"]);
    let name = "Example Root CA G1";
    let databases = [
        ".pki/nssdb",
        "snap/chromium/common/.pki/nssdb",
        ".var/app/org.chromium.Chromium/data/pki/nssdb",
        ".mozilla/firefox/x.default",
        "snap/firefox/common/.mozilla/firefox/y.default",
        ".var/app/org.mozilla.firefox/.mozilla/firefox/z.default",
    ];
    for database in databases {
        nss::trust(&machine.home(database), &[]);
    }
    let etc = contents(&machine.etc(""));
    let ca = |action: &str| machine.ca(&[action, "--json", "--user", "--certificate", &root]);
    let of = |state: &str| {
        ["nss", "nss", "nss", "firefox", "firefox", "firefox"].map(|kind| format!("{kind} {state}"))
    };
    let check = |ran: Ran, code: i32, state: &str| {
        expect(ran, code, &of(state).each_ref().map(String::as_str));
    };
    check(ca("verify"), 1, "missing");
    check(ca("install"), 0, "installed");
    check(ca("verify"), 0, "trusted");
    for database in databases {
        assert!(nss_trusts(&machine, database, name), "{database}");
    }
    let home = contents(&machine.home(""));
    check(ca("install"), 0, "trusted");
    assert!(home == contents(&machine.home("")), "the second time changes nothing");

    // It is there, and not for web sites.
    let database = format!("sql:{}", machine.home(".pki/nssdb").display());
    machine.run(&["certutil", "-M", "-d", &database, "-n", name, "-t", ",,"]).ok();
    let ran = ca("verify");
    assert_eq!(states(&ran)[0], "nss untrusted", "{ran:#?}");
    assert_eq!(ran.code, Some(1));
    assert_eq!(states(&ca("install"))[0], "nss installed");
    assert!(nss_trusts(&machine, ".pki/nssdb", name));

    check(ca("uninstall"), 0, "removed");
    for database in databases {
        assert!(!nss_trusts(&machine, database, name), "{database}");
    }
    expect(ca("uninstall"), 0, &[]);
    assert!(etc == contents(&machine.etc("")), "what serves everybody is as it was");
}

#[test]
fn a_chromium_that_never_ran_gets_a_database() {
    let mut machine = Machine::new();
    let (_folder, root) = own_root(&["--cn", "Example"]);
    machine.path = machine.path.split(':').next().unwrap().to_owned();
    machine.take("/usr/bin/certutil");
    let ca =
        |machine: &Machine| machine.ca(&["install", "--json", "--user", "--certificate", &root]);
    // There is none at all, so that nothing could be done.
    expect(ca(&machine), 1, &[]);
    machine.program("google-chrome", "exit 1");
    expect(ca(&machine), 0, &["nss installed"]);
    let mut machine = machine;
    machine.path.push_str(":/usr/bin:/bin");
    assert!(nss_trusts(&machine, ".pki/nssdb", "Example Root CA G1"));
}

#[test]
fn one_of_two_roots_of_the_same_name() {
    let machine = Machine::new();
    let (_one, first) = own_root(&["--cn", "Example"]);
    let (_two, second) = own_root(&["--cn", "Example"]);
    nss::trust(&machine.home(".pki/nssdb"), &[]);
    let ca = |action: &str, root: &str| machine.ca(&[action, "--json", "--certificate", root]);
    let kinds =
        |state: &str| ["system", "nss", "firefox", "java"].map(|kind| format!("{kind} {state}"));
    for root in [&first, &second] {
        expect(ca("install", root), 0, &kinds("installed").each_ref().map(String::as_str));
    }
    for root in [&first, &second] {
        expect(ca("verify", root), 0, &kinds("trusted").each_ref().map(String::as_str));
    }
    // certutil takes away by name alone, and would perhaps take the other.
    let ran = ca("uninstall", &first);
    assert_eq!(states(&ran), ["system removed", "nss failed", "firefox removed", "java removed"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("other certificates by the name"), "{ran:#?}");
    expect(ca("verify", &second), 0, &kinds("trusted").each_ref().map(String::as_str));
}

/// A family that is not this machine's: where its roots lie, its tool, the file it makes.
struct Family {
    anchors: &'static str,
    ending: &'static str,
    tool: &'static str,
    words: &'static str,
    again: &'static str,
    bundle: &'static str,
}

/// The only file with this ending.
fn only_file(folder: &Path, ending: &str) -> PathBuf {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

/// Runs the family's tool as the family does: by p11-kit, which reads the family's own folder.
fn family(family: &Family) {
    let machine = Machine::new();
    let (folder, root) = own_root(&["--cn", "Example"]);
    fs::create_dir_all(machine.etc(family.anchors)).unwrap();
    fs::create_dir_all(machine.etc(family.bundle).parent().unwrap()).unwrap();
    let _ = fs::remove_file(machine.etc(family.bundle));
    let calls = folder.path().join("calls");
    fs::create_dir_all(machine.etc("pkcs11/modules")).unwrap();
    fs::write(
        machine.etc("pkcs11/modules/p11-kit-trust.module"),
        format!(
            "module: p11-kit-trust.so\ntrust-policy: yes\nx-init-reserved: paths=/etc/{}\n",
            family.anchors.trim_end_matches("/anchors")
        ),
    )
    .unwrap();
    machine.program(
        family.tool,
        &format!(
            "echo {} $* >> {}\nexec /usr/bin/trust extract --format=pem-bundle --filter=ca-anchors \
             --overwrite --purpose server-auth /etc/{}",
            family.tool,
            calls.display(),
            family.bundle
        ),
    );
    let ca = |action: &str| machine.ca(&[action, "--json", "--system", "--certificate", &root]);
    let system = |ran: &Ran| {
        states(ran).into_iter().filter(|state| state.starts_with("system")).collect::<Vec<_>>()
    };
    let verify = || {
        let bundle = format!("/etc/{}", family.bundle);
        machine.run(&["openssl", "verify", "-no-CApath", "-no-CAstore", "-CAfile", &bundle, &root])
    };
    let ran = ca("install");
    assert_eq!(system(&ran), ["system installed"], "{ran:#?}");
    verify().ok();
    let anchor = only_file(&machine.etc(family.anchors), family.ending);
    assert_eq!(fs::read(&anchor).unwrap(), fs::read(&root).unwrap());
    assert_eq!(system(&ca("verify")), ["system trusted"]);
    assert_eq!(system(&ca("install")), ["system trusted"]);
    let ran = ca("uninstall");
    assert_eq!(system(&ran), ["system removed"], "{ran:#?}");
    assert!(!anchor.exists());
    assert_ne!(verify().code, Some(0));
    // Once to put it in, once to take it away, and not when there was nothing to do.
    let said = fs::read_to_string(calls).unwrap();
    assert_eq!(
        said,
        format!("{} {}\n{0} {}\n", family.tool, family.words, family.again).replace(" \n", "\n")
    );
}

#[test]
fn the_red_hat_family() {
    family(&Family {
        anchors: "pki/ca-trust/source/anchors",
        ending: "pem",
        tool: "update-ca-trust",
        words: "extract",
        again: "extract",
        bundle: "pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    });
}

#[test]
fn the_suse_family() {
    family(&Family {
        anchors: "pki/trust/anchors",
        ending: "pem",
        tool: "update-ca-certificates",
        words: "",
        again: "",
        bundle: "ssl/ca-bundle.pem",
    });
}

#[test]
fn the_arch_family() {
    family(&Family {
        anchors: "ca-certificates/trust-source/anchors",
        ending: "crt",
        tool: "trust",
        words: "extract-compat",
        again: "extract-compat",
        bundle: "ssl/certs/ca-certificates.crt",
    });
}

#[test]
fn stores_that_cannot_be_written_say_so_and_stay() {
    let mut machine = Machine::new();
    let (_folder, root) = own_root(&[]);
    nss::trust(&machine.home(".pki/nssdb"), &[]);
    machine.read_only = vec!["/etc".into(), "/usr/local/share".into(), machine.home(".pki/nssdb")];
    let before = [contents(&machine.etc("")), contents(&machine.share(""))];
    let ran = machine.ca(&["install", "--json", "--certificate", &root]);
    let failed = ["system failed", "nss failed", "firefox failed", "java failed"];
    let ran = expect(ran, 1, &failed);
    for entry in report(&ran)["stores"].as_array().unwrap() {
        assert!(entry["next"].is_string(), "{entry:#}");
        // keytool says first that the certificate was added.
        let what = entry["what"].as_str().unwrap();
        assert!(entry["store"] != "java" || what.contains(": keytool error: "), "{what}");
    }
    assert!(before == [contents(&machine.etc("")), contents(&machine.share(""))]);

    // The same for people.
    let ran = machine.ca(&["install", "--certificate", &root]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("next: "), "{ran:#?}");
    assert!(ran.stderr.contains("Not everything could be done"), "{ran:#?}");

    // What is there cannot be taken away either.
    machine.read_only.clear();
    let kinds =
        |state: &str| ["system", "nss", "firefox", "java"].map(|kind| format!("{kind} {state}"));
    let ran = machine.ca(&["install", "--json", "--certificate", &root]);
    expect(ran, 0, &kinds("installed").each_ref().map(String::as_str));
    machine.read_only = vec!["/etc".into(), "/usr/local/share".into(), machine.home(".pki/nssdb")];
    expect(machine.ca(&["uninstall", "--json", "--certificate", &root]), 1, &failed);
    let ran = machine.ca(&["verify", "--json", "--certificate", &root]);
    expect(ran, 0, &kinds("trusted").each_ref().map(String::as_str));
}

#[test]
fn missing_tools_are_named_and_a_later_run_goes_on() {
    let mut machine = Machine::new();
    let (_folder, root) = own_root(&[]);
    nss::trust(&machine.home(".pki/nssdb"), &[]);
    let whole = std::mem::replace(&mut machine.path, "/nowhere".to_owned());
    machine.hidden = vec!["/usr/sbin".into(), "/usr/lib/jvm".into()];
    let ran = machine.ca(&["install", "--json", "--certificate", &root]);
    let ran = expect(ran, 1, &["system failed", "nss failed"]);
    for words in ["no `update-ca-certificates`", "libnss3-tools"] {
        assert!(ran.stdout.contains(words), "{words} in {ran:#?}");
    }
    let ran = machine.ca(&["verify", "--json", "--certificate", &root]);
    expect(ran, 1, &["system missing", "nss failed"]);

    machine.path = whole;
    machine.hidden.clear();
    let kinds = ["system", "nss", "firefox", "java"].map(|kind| format!("{kind} installed"));
    let ran = machine.ca(&["install", "--json", "--certificate", &root]);
    expect(ran, 0, &kinds.each_ref().map(String::as_str));
}

#[test]
fn a_tool_that_fails_is_quoted() {
    let machine = Machine::new();
    let (_folder, root) = own_root(&[]);
    machine.program("update-ca-certificates", "echo 'the disk is full' >&2; exit 3");
    let ran = machine.ca(&["install", "--json", "--system", "--certificate", &root]);
    let seen = report(&ran);
    assert_eq!(seen["stores"][0]["state"], "failed");
    let what = seen["stores"][0]["what"].as_str().unwrap();
    assert!(what.contains("the disk is full") && what.contains("is in place"), "{what}");
    // A tool that ends well and does nothing is found out.
    machine.program("update-ca-certificates", "exit 0");
    let ran = machine.ca(&["install", "--json", "--system", "--certificate", &root]);
    let seen = report(&ran);
    assert_eq!(seen["stores"][0]["state"], "failed");
    assert!(
        seen["stores"][0]["what"].as_str().unwrap().contains("lacks the root still"),
        "{seen:#}"
    );
}

#[test]
fn the_policy_of_firefox_keeps_what_others_wrote() {
    let machine = Machine::new();
    let (_folder, root) = own_root(&[]);
    let policy = machine.etc("firefox/policies/policies.json");
    fs::create_dir_all(policy.parent().unwrap()).unwrap();
    let others = serde_json::json!({"policies": {
        "Certificates": {"Install": ["/opt/other.pem"]}, "DisableTelemetry": true
    }});
    fs::write(&policy, others.to_string()).unwrap();
    let ca = |action: &str| machine.ca(&[action, "--json", "--system", "--certificate", &root]);
    let firefox = |ran: Ran| states(&ran).into_iter().find(|state| state.starts_with("firefox"));
    let read = || serde_json::from_slice::<Value>(&fs::read(&policy).unwrap()).unwrap();
    assert_eq!(firefox(ca("install")).unwrap(), "firefox installed");
    let list = &read()["policies"]["Certificates"]["Install"];
    assert_eq!(list[0], "/opt/other.pem");
    let named = list[1].as_str().unwrap();
    let brought = machine.etc(named.strip_prefix("/etc/").unwrap());
    assert_eq!(fs::read(&brought).unwrap(), fs::read(&root).unwrap());
    assert_eq!(firefox(ca("verify")).unwrap(), "firefox trusted");
    assert_eq!(firefox(ca("uninstall")).unwrap(), "firefox removed");
    assert_eq!(read(), others);
    assert!(!brought.exists());

    for broken in ["{", "[]", r#"{"policies": {"Certificates": {"Install": "x"}}}"#] {
        fs::write(&policy, broken).unwrap();
        let ran = ca("install");
        assert_eq!(ran.code, Some(1));
        assert_eq!(firefox(ran).unwrap(), "firefox failed", "{broken}");
        assert_eq!(fs::read_to_string(&policy).unwrap(), broken);
    }
}

#[test]
fn what_others_keep_beside_the_root_stays() {
    let machine = Machine::new();
    let (_one, root) = own_root(&[]);
    let (_two, other) = own_root(&[]);
    let both = [fs::read(&root).unwrap(), fs::read(&other).unwrap()].concat();
    let file = machine.share("ca-certificates/school/both.crt");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, &both).unwrap();
    machine.run(&["/usr/sbin/update-ca-certificates"]).ok();
    let ca = |action: &str| machine.ca(&[action, "--json", "--system", "--certificate", &root]);
    assert_eq!(states(&ca("install"))[0], "system trusted");
    let ran = ca("uninstall");
    assert_eq!(states(&ran)[0], "system failed", "{ran:#?}");
    assert!(ran.stdout.contains("among other certificates"), "{ran:#?}");
    assert_eq!(fs::read(&file).unwrap(), both);
}

#[test]
fn roots_come_from_a_folder_or_a_file() {
    let machine = Machine::new();
    let (folder, root) = own_root(&["--cn", "Example"]);
    let at = |name: &str| folder.path().join(name).display().to_string();
    let script = "openssl x509 -in certs/root.pem -outform DER -out root.cer";
    crate::support::ca::tool("openssl", folder.path(), &["sh", "-c", script]).ok();
    blockhouse_ca(folder.path(), &["sample", "a.example", "--output", "out"]).ok();
    let verify = |words: &[&str]| machine.ca(&[&["verify", "--system", "--json"], words].concat());
    let fingerprint = |ran: Ran| report(&ran)["roots"][0]["sha256"].as_str().unwrap().to_owned();
    let expected = fingerprint(verify(&["--certificate", &root]));
    assert_eq!(fingerprint(verify(&["--directory", &at("certs")])), expected);
    assert_eq!(fingerprint(verify(&["--certificate", &at("root.cer")])), expected);

    verify(&["--certificate", &at("out/leaf-0-0.pem")]).refused(1, "not a CA certificate");
    verify(&["--certificate", &at("certs/root.key")]).refused(1, "certificate");
    let issuing = at("certs/issuing-g1.pem");
    machine.ca(&["install", "--certificate", &issuing]).refused(1, "Example Root CA G1` signed it");
    verify(&["--certificate", &at("nothing.pem")]).refused(1, "nothing.pem");
    verify(&["--directory", &at("nowhere")]).refused(2, "blockhouse-ca init");
    verify(&["--certificate", &root, "--directory", "certs"]).refused(2, "cannot be used with");
    verify(&["--certificate", &root, "--user"]).refused(2, "cannot be used with");
    verify(&["--certificate", &root, "--connect", "a:b:c"]).refused(2, "192.0.2.1");
}

#[test]
fn in_the_overlap_of_two_roots_each_is_tried_alone_and_both_are_advised() {
    let folder = folder_with_root(&[]);
    blockhouse_ca(folder.path(), &["rotate", "prepare"]).ok();
    blockhouse_ca(folder.path(), &["rotate", "publish"]).ok();
    // A chain that the new root alone does not hold for.
    fs::remove_file(folder.path().join("certs/cross-back-g2.pem")).unwrap();
    let server = Blockhouse::start(folder.clone(), CONFIG, &[]);
    let machine = Machine::new();
    let certs = folder.path().join("certs").display().to_string();
    let https = server.https()[0].to_string();
    let connect = ["--connect", https.as_str(), "--name", "blocked.test"];
    let verify = |words: &[&str]| {
        let fixed = ["verify", "--system", "--directory", certs.as_str()];
        machine.ca(&[&fixed[..], &connect, words].concat())
    };
    let seen = report(&verify(&["--json"]));
    let shaken: Vec<_> = seen["handshakes"].as_array().unwrap().iter().collect();
    let of = |at: usize| (&shaken[at]["trusting"], &shaken[at]["root"], &shaken[at]["accepted"]);
    let root = |at: usize| &seen["roots"][at]["sha256"];
    assert_eq!(of(0), (&"root".into(), root(0), &true.into()), "{seen:#}");
    assert_eq!(of(1), (&"root".into(), root(1), &false.into()), "{seen:#}");
    assert_eq!(shaken[2]["trusting"], "system");
    let said = verify(&[]);
    for line in ["Root CA G1\" alone: accepted", "Root CA G2\" alone: refused"] {
        assert!(said.stdout.contains(line), "{line} in {said:#?}");
    }
    // One command for both roots, which leaves none of them out.
    let stores = seen["stores"].as_array().unwrap().iter();
    let advice: Vec<&str> = stores.filter_map(|entry| entry["next"].as_str()).collect();
    assert!(advice.iter().filter(|next| next.contains("install")).count() >= 2, "{seen:#}");
    for next in advice.iter().filter(|next| next.contains("blockhouse-ca install")) {
        assert!(next.contains(&format!("--directory {certs}")), "{next}");
        assert!(!next.contains("--certificate"), "{next}");
    }
}

#[test]
fn handshakes_tell_what_they_met() {
    let place = Place::new();
    let (_folder, stranger) = own_root(&[]);
    let https = place.server.https()[0].to_string();
    let http = place.server.http()[0].to_string();
    // The port is none that a server of another test could be given meanwhile.
    let free = "127.77.31.1:9".to_owned();
    let good = place.root.as_str();
    for (root, address, accepted, words) in [
        (good, &https, true, "Issuing CA"),
        (stranger.as_str(), &https, false, "none of these roots vouches for"),
        (good, &http, false, "HTTP"),
        (good, &free, false, "cannot be reached"),
    ] {
        let words_of = ["verify", "--json", "--user", "--certificate", root, "--connect", address];
        let ran = place.machine.ca(&[&words_of[..], &["--name", "blocked.test"]].concat());
        let seen = report(&ran);
        let shaken = seen["handshakes"].as_array().unwrap();
        assert_eq!(shaken.len(), 1, "{seen:#}");
        assert_eq!(shaken[0]["accepted"], accepted, "{seen:#}");
        assert!(shaken[0]["what"].as_str().unwrap().contains(words), "{words} in {seen:#}");
        assert_eq!(shaken[0]["next"].is_string(), !accepted);
    }
}
