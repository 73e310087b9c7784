//! The life of a root: rotation step by step, with devices that have the old root, the new one or both;
//! and what is handed over to a server.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use blockhouse::ca::Issuer;
use blockhouse::clock;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use serde_json::Value;

use crate::support::browser::{Profile, Start, in_both};
use crate::support::ca::{authority, blockhouse_ca, tool};
use crate::support::dns::Dns;
use crate::support::namespace::{BLOCKED_V4, BLOCKED_V6, Namespace};
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};
use crate::support::site::NAME;

pub(crate) const OLD: &str = "certs/root.pem";
const NEW: &str = "certs/root-g2.pem";

fn support(name: &str) -> String {
    format!("{}/tests/support/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn python() -> String {
    let path = tool("python3-venv", Path::new("/"), &["sh", &support("python.sh")]).ok();
    format!("{}/bin/python", path.trim())
}

/// Which verifiers accept a leaf that is issued now, on a device with these roots.
pub(crate) fn accepted(at: &Path, output: &str, roots: &[&str]) -> String {
    let leaf = format!("{output}/leaf-0-0.pem");
    let chain = format!("{output}/chain.pem");
    if !at.join(output).exists() {
        blockhouse_ca(at, &["sample", "--output", output, "blocked.example"]).ok();
    }
    verified(at, "blocked.example", &leaf, &chain, roots)
}

/// Which verifiers accept this leaf for the host, on a device with these roots.
fn verified(at: &Path, host: &str, leaf: &str, chain: &str, roots: &[&str]) -> String {
    let (python, script, java) = (python(), support("rotation.py"), support("Chain.java"));
    let words = [&[python.as_str(), &script, host, leaf, chain], roots].concat();
    let said = tool("libnss3-tools gnutls-bin openssl", at, &words).ok();
    let words = [&["java", java.as_str(), leaf, chain], roots].concat();
    let java = tool("default-jdk-headless", at, &words).ok();
    let java = if java.trim() == "accepted" { " java" } else { "" };
    let rustls = if webpki_accepts(at, leaf, chain, roots) { " rustls" } else { "" };
    format!("{}{java}{rustls}", said.trim())
}

fn webpki_accepts(at: &Path, leaf: &str, chain: &str, roots: &[&str]) -> bool {
    let read = |path: &str| -> Vec<CertificateDer<'static>> {
        let found = CertificateDer::pem_file_iter(at.join(path)).unwrap();
        found.collect::<Result<_, _>>().unwrap()
    };
    let roots: Vec<_> = roots.iter().flat_map(|root| read(root)).collect();
    let anchors: Vec<_> =
        roots.iter().map(|root| webpki::anchor_from_trusted_cert(root).unwrap()).collect();
    let (leaf, chain) = (read(leaf), read(chain));
    let now = Duration::from_secs(clock::now().unix() as u64);
    let end = webpki::EndEntityCert::try_from(&leaf[0]).unwrap();
    end.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        &chain,
        UnixTime::since_unix_epoch(now),
        webpki::KeyUsage::server_auth(),
        None,
        None,
    )
    .is_ok()
}

pub(crate) const ALL: &str = "openssl gnutls nss pyca java rustls";

#[test]
fn at_each_step_every_verifier_accepts_what_devices_may_have() {
    for options in [&[][..], &["--key", "rsa2048"]] {
        let folder = authority(options);
        let at = folder.path();
        let check = |stage: &str, sets: &[(&[&str], &str)]| {
            for (roots, wanted) in sets {
                assert_eq!(accepted(at, stage, roots), *wanted, "{options:?} {stage} {roots:?}");
            }
        };
        blockhouse_ca(at, &["rotate", "prepare"]).ok();
        // No device has the new root alone yet, and none should.
        check("prepared", &[(&[OLD], ALL), (&[OLD, NEW], ALL), (&[NEW], "")]);
        blockhouse_ca(at, &["rotate", "publish"]).ok();
        check("published", &[(&[OLD], ALL), (&[NEW], ALL), (&[OLD, NEW], ALL)]);
        blockhouse_ca(at, &["rotate", "activate", "--force"]).ok();
        check("activated", &[(&[OLD], ALL), (&[NEW], ALL), (&[OLD, NEW], ALL)]);
        // The next issuing CA comes under the new root as well.
        blockhouse_ca(at, &["renew"]).ok();
        check("renewed", &[(&[OLD], ALL), (&[NEW], ALL), (&[OLD, NEW], ALL)]);
        fs::copy(at.join(OLD), at.join("old.pem")).unwrap();
        blockhouse_ca(at, &["rotate", "retire", "--force"]).ok();
        check("retired", &[(&[NEW], ALL), (&["old.pem", NEW], ALL), (&["old.pem"], "")]);
    }
}

fn status(at: &Path) -> Value {
    serde_json::from_str(&blockhouse_ca(at, &["rotate", "status", "--json"]).ok()).unwrap()
}

#[test]
fn steps_come_in_their_order_and_can_be_run_again() {
    let folder = authority(&[]);
    let at = folder.path();
    let rotate = |step: &str| blockhouse_ca(at, &["rotate", step]);
    assert_eq!(status(at)["stage"], "settled");
    rotate("publish").refused(1, "`rotate prepare` makes it");
    rotate("activate").refused(1, "`rotate prepare` makes it");
    rotate("retire").refused(1, "one root only");
    let exported = || -> Vec<String> {
        blockhouse_ca(at, &["export", "--all", "kit"]).ok();
        let about = fs::read(at.join("kit/fingerprint.json")).unwrap();
        fs::remove_dir_all(at.join("kit")).unwrap();
        let about: Value = serde_json::from_slice(&about).unwrap();
        let roots = about["roots"].as_array().unwrap().clone();
        roots.iter().map(|root| root["name"].as_str().unwrap().to_owned()).collect()
    };
    let (one, two) =
        ("Example School Blockhouse Root CA G1", "Example School Blockhouse Root CA G2");
    for _ in 0..2 {
        rotate("prepare").ok();
        assert_eq!(status(at)["stage"], "prepared");
        assert_eq!(exported(), [one]);
    }
    rotate("activate").refused(1, "no device can have it yet");
    for _ in 0..2 {
        rotate("publish").ok();
        assert_eq!(status(at)["stage"], "published");
        assert_eq!(exported(), [one, two]);
    }
    // A renewal of the probe that was interrupted between its two files.
    for gone in ["probe-g2.pem", "probe-g2.key"] {
        fs::remove_file(at.join("certs").join(gone)).unwrap();
        rotate("publish").ok();
        assert!(at.join("certs").join(gone).exists(), "{gone}");
        assert_eq!(status(at)["stage"], "published");
    }
    assert!(status(at)["next_step"].as_str().unwrap().contains("see on the check page how many"));
    rotate("prepare").refused(1, "go on to `rotate activate` and `rotate retire` first");
    rotate("retire").refused(1, "`rotate publish` and `rotate activate` come first");
    rotate("activate").refused(1, "with `--force` it does not matter");
    for _ in 0..2 {
        blockhouse_ca(at, &["rotate", "activate", "--force"]).ok();
        assert_eq!(status(at)["stage"], "activated");
        assert_eq!(exported(), [two, one]);
    }
    rotate("retire").refused(1, "with `--force` it does not matter");
    assert_eq!(status(at)["stage"], "activated");
    for force in [&["--force"][..], &[]] {
        blockhouse_ca(at, &[&["rotate", "retire"], force].concat()).ok();
        assert_eq!(status(at)["stage"], "settled");
        assert_eq!(exported(), [two]);
    }
    assert!(at.join("certs/retired/root-g1.key").exists());
    // And once more, from the second root to the third.
    rotate("prepare").ok();
    rotate("publish").ok();
    blockhouse_ca(at, &["rotate", "activate", "--force"]).ok();
    blockhouse_ca(at, &["rotate", "retire", "--force"]).ok();
    assert_eq!(exported(), ["Example School Blockhouse Root CA G3"]);
    let issuer = Issuer::load(&at.join("certs"), None, clock::now()).unwrap();
    assert_eq!(issuer.chain().len(), 1);
}

/// Signs a leaf by the key of the probe, as who has stolen it would: `leaf.pem`.
fn sign_by_the_probe(at: &Path, name: &str) {
    let script = format!(
        "umask 077
         printf 'subjectAltName={name}\nextendedKeyUsage=serverAuth\nbasicConstraints=critical,CA:FALSE\n\
keyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' > ext.cnf
         openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Leaf -keyout leaf.key -out leaf.csr
         openssl x509 -req -in leaf.csr -CA certs/probe-g2.pem -CAkey certs/probe-g2.key -days 7 \
            -extfile ext.cnf -out leaf.pem"
    );
    tool("openssl", at, &["bash", "-euc", &script]).ok();
}

#[test]
fn the_key_of_a_probe_is_of_no_use_for_other_names() {
    let folder = authority(&[]);
    let at = folder.path();
    let publish = |words: &[&str]| blockhouse_ca(at, &[&["rotate", "publish"], words].concat());
    blockhouse_ca(at, &["rotate", "prepare"]).ok();
    publish(&["--check-host", "check.portal.example"]).ok();
    assert_eq!(status(at)["tried_with"], "next.check.portal.example");
    for (host, wanted) in [
        ("x1.next.check.portal.example", ALL),
        ("check.portal.example", ""),
        ("next.check.portal.example.blocked.example", ""),
        ("blocked.example", ""),
    ] {
        sign_by_the_probe(at, &format!("DNS:{host}"));
        let found = verified(at, host, "leaf.pem", "certs/probe-g2.pem", &[NEW]);
        assert_eq!(found, wanted, "{host}");
    }
    for address in ["192.0.2.1", "2001:db8::1"] {
        sign_by_the_probe(at, &format!("IP:{address}"));
        let words = ["openssl", "verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile"];
        let chain = [NEW, "-untrusted", "certs/probe-g2.pem", "leaf.pem"];
        let ran = tool("openssl", at, &[&words[..], &chain].concat());
        assert!(ran.stderr.contains("excluded subtree violation"), "{ran:#?}");
        assert!(!webpki_accepts(at, "leaf.pem", "certs/probe-g2.pem", &[NEW]), "{address}");
    }
    // Told nothing, it stays as it is; told another host, there is another probe.
    let probe = || fs::read(at.join("certs/probe-g2.pem")).unwrap();
    let before = probe();
    publish(&[]).ok();
    assert!(probe() == before);
    publish(&["--check-host", "check.other.example"]).ok();
    assert_eq!(status(at)["tried_with"], "next.check.other.example");
    assert!(probe() != before);
    let shown = blockhouse_ca(at, &["show"]).ok();
    assert!(shown.contains("only for  next.check.other.example"), "{shown}");
    publish(&["--check-host", &"a".repeat(63), "--config", "x"]).refused(2, "cannot be used with");
    publish(&["--config", "gone.toml"]).refused(2, "--config `gone.toml` cannot be used");
}

#[test]
fn a_root_that_has_ended_does_not_hold_up_the_list_of_the_next() {
    let folder = authority(&["--crl-host", "crl.example", "--years", "1"]);
    let at = folder.path();
    let rotate = |words: &[&str]| blockhouse_ca(at, &[&["rotate"], words].concat()).ok();
    rotate(&["prepare"]);
    let program = env!("CARGO_BIN_EXE_blockhouse-ca");
    let later = |words: &str| {
        let script = format!(
            "LD_PRELOAD='/usr/$LIB/faketime/libfaketime.so.1' FAKETIME=+500d {program} {words}"
        );
        tool("libfaketime", at, &["bash", "-euc", &script])
    };
    // What helps depends on how far the rotation has come.
    later("crl").refused(1, "run `blockhouse-ca rotate publish`, then `rotate activate`");
    rotate(&["publish"]);
    later("crl").refused(1, "run `blockhouse-ca rotate activate`");
    rotate(&["activate", "--force"]);
    let list = |name: &str| fs::read(at.join("certs").join(name)).unwrap();
    let before = [list("root.crl"), list("root-g2.crl")];
    let said = later("crl").ok();
    assert!(said.contains("root-g2.crl") && !said.contains("root.crl"), "{said}");
    assert!(list("root.crl") == before[0] && list("root-g2.crl") != before[1]);
}

#[test]
fn a_root_that_is_kept_apart_hands_over_what_a_server_needs() {
    let folder = authority(&["--crl-host", "crl.example"]);
    let at = folder.path();
    blockhouse_ca(at, &["rotate", "prepare"]).ok();
    blockhouse_ca(at, &["rotate", "publish"]).ok();
    // As the shell completes it.
    blockhouse_ca(at, &["handover", "server/"]).ok();
    let names: Vec<String> = fs::read_dir(at.join("server"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().any(|name| name == "issuing-g1.key"), "{names:?}");
    assert!(
        !names.iter().any(|name| name.starts_with("root") && name.ends_with(".key")),
        "{names:?}"
    );
    Issuer::load(&at.join("server"), None, clock::now()).unwrap();
    let server = ["--directory", "server"];
    blockhouse_ca(at, &[&["renew"], &server[..]].concat()).refused(1, "the root's key is kept");
    blockhouse_ca(at, &["handover", "server"]).refused(1, "server");
    blockhouse_ca(at, &["handover", "/proc/x"]).refused(1, "/proc/x");
}

#[test]
fn the_new_root_counts_once_browsers_have_proved_to_trust_it() {
    let folder = folder_with_root(&[]);
    let at = folder.path();
    blockhouse_ca(at, &["rotate", "prepare"]).ok();
    blockhouse_ca(at, &["rotate", "publish"]).ok();
    let text = format!("{CONFIG}\n[portal]\nhost = \"portal.test\"\n");
    let server = Blockhouse::start(folder.clone(), &text, &[]);
    // The probe is for the portal of the example, and this one has another name.
    server.hear("cannot sign for next.check.portal.test");
    blockhouse_ca(at, &["rotate", "publish", "--config", "blockhouse.toml"]).ok();
    server.event_named("configuration_loaded");
    let visit = |host: &str, address: SocketAddr, root: &str| {
        let port = address.port();
        let resolve = format!("{host}:{port}:{}", address.ip());
        let url = format!("https://{host}:{port}/probe/ok?abc");
        let words = [
            "curl",
            "--silent",
            "--noproxy",
            "*",
            "--location",
            "--cookie",
            "",
            "--resolve",
            &resolve,
        ];
        let words = [&words[..], &["--cacert", root, &url]].concat();
        tool("curl", at, &words).stdout
    };
    let activate = || blockhouse_ca(at, &["rotate", "activate", "--config", "blockhouse.toml"]);
    let standing = || blockhouse_ca(at, &["rotate", "status", "--config", "blockhouse.toml"]).ok();
    activate().refused(1, "0 of the 0 clients");
    // Who has the old root alone is seen, and proves nothing of the new one.
    let (next, now) = ("x1.next.check.portal.test", "blocked.test");
    let [four, six] = server.https()[..] else { panic!("two addresses") };
    // By the cross certificate either root will do for the usual names, so that they prove neither.
    assert_eq!(visit("x1.check.portal.test", four, OLD), "ok-abc");
    let wanted = "0 of 1 clients have proved to trust \"Test Organisation Blockhouse Root CA G1\"";
    assert!(standing().contains(wanted), "{}", standing());
    assert_eq!(visit(next, four, OLD), "");
    assert_eq!(visit(next, four, NEW), "ok-abc");
    let wanted = "1 of 1 clients have proved to trust \"Test Organisation Blockhouse Root CA G2\"";
    assert!(standing().contains(wanted), "{}", standing());
    assert_ne!(visit(now, six, OLD), "");
    activate().refused(1, "1 of the 2 clients");
    assert_eq!(visit(next, six, NEW), "ok-abc");
    activate().ok();
    assert_eq!(status(at)["stage"], "activated");
    server.event_named("configuration_loaded");
    let words = ["rotate", "status", "--json", "--config", "blockhouse.toml"];
    let told: Value = serde_json::from_str(&blockhouse_ca(at, &words).ok()).unwrap();
    assert_eq!(told["stage"], "activated");
    assert_eq!(told["coverage"][0]["sha256"], told["in_use"]["sha256"], "{told:#}");
    assert_eq!(
        [&told["coverage"][0]["verified"], &told["coverage"][0]["seen"]],
        [2, 2],
        "{told:#}"
    );
    assert_eq!(told["coverage"][1]["verified"], 0, "{told:#}");
    let retire = |words: &[&str]| blockhouse_ca(at, &[&["rotate", "retire"], words].concat());
    retire(&[]).refused(1, "with `--config FILE` of the server it is asked");
    assert_eq!(status(at)["stage"], "activated");
    retire(&["--config", "blockhouse.toml"]).ok();
    assert_eq!(status(at)["stage"], "settled");
}

#[test]
fn the_old_root_stays_while_too_few_have_the_new_one() {
    let folder = folder_with_root(&[]);
    let at = folder.path();
    for step in [&["prepare"][..], &["publish"], &["activate", "--force"]] {
        blockhouse_ca(at, &[&["rotate"], step].concat()).ok();
    }
    let server = Blockhouse::start(folder.clone(), CONFIG, &[]);
    blockhouse_ca(at, &["rotate", "retire", "--config", "blockhouse.toml"])
        .refused(1, "those that have the old root alone are refused from then on");
    assert_eq!(status(at)["stage"], "activated");
    drop(server);
    blockhouse_ca(at, &["rotate", "retire", "--force"]).ok();
    assert_eq!(status(at)["stage"], "settled");
}

mod check {
    use super::*;

    /// Browsers with the old root, the new one and both, at each step.
    pub(super) fn browsers_go_on_through_a_rotation(start: Start) {
        let space = std::sync::Arc::new(Namespace::new());
        let _dns = Dns::start(&space, NAME, &[]);
        let addresses = format!(
            "https = [\"{BLOCKED_V4}:443\", \"[{BLOCKED_V6}]:443\"]\n\
             http = [\"{BLOCKED_V4}:80\", \"[{BLOCKED_V6}]:80\"]"
        );
        let text = CONFIG.replace(
            "https = [\"127.0.0.1:0\", \"[::1]:0\"]\nhttp = [\"127.0.0.1:0\"]",
            &addresses,
        );
        let folder = folder_with_root(&[]);
        let at = folder.path();
        // After `retire` it lies elsewhere.
        let (old, new) = (at.join("old.pem"), at.join(NEW));
        fs::copy(at.join(OLD), &old).unwrap();
        let every = [true, true, true];
        // Those with the old root alone, with the new one alone, with both.
        for (step, accepted) in [
            (&["prepare"][..], [true, false, true]),
            (&["publish"], every),
            (&["activate", "--force"], every),
            (&["retire", "--force"], [false, true, true]),
        ] {
            blockhouse_ca(at, &[&["rotate"], step].concat()).ok();
            let server = Blockhouse::start(folder.clone(), &text, &space.wrap());
            let devices = [&[old.as_path()][..], &[new.as_path()], &[&old, &new]];
            for (roots, accepted) in devices.into_iter().zip(accepted) {
                let profile = Profile::with(roots);
                let mut browser = start(&space, &profile);
                let opened = browser.goto("https://games.test/");
                assert_eq!(
                    opened.is_ok(),
                    accepted,
                    "{step:?} {roots:?} {opened:?} {}",
                    server.said()
                );
                assert!(!accepted || browser.security().secure);
            }
        }
    }
}
in_both!(browsers_go_on_through_a_rotation);
