//! `blockhouse-ca export`: the same roots give the same octets, whenever and by whomever, and no key is in
//! them, nor in what the commands print.

use std::fs;
use std::path::{Path, PathBuf};

use crate::kit::look;
use crate::support::ca::{authority, blockhouse_ca, tool};

/// Runs `blockhouse-ca` as if it were some days later; what it says on both streams goes to `printed/kit`.
fn later(at: &Path, days: u32, words: &str) {
    let printed = at.join("printed/kit");
    fs::create_dir_all(&printed).unwrap();
    let number = fs::read_dir(&printed).unwrap().count();
    let script = format!(
        "LD_PRELOAD='/usr/$LIB/faketime/libfaketime.so.1' FAKETIME=+{days}d {} {words} > {}/{number} 2>&1",
        env!("CARGO_BIN_EXE_blockhouse-ca"),
        printed.display()
    );
    tool("libfaketime", at, &["bash", "-euc", &script]).ok();
}

/// The keys of the authority, in the clear.
fn keys(at: &Path) -> Vec<String> {
    fs::create_dir_all(at.join("opened")).unwrap();
    let entries = fs::read_dir(at.join("certs")).unwrap().map(|entry| entry.unwrap().path());
    let keys: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "key")).collect();
    let open = |path: &PathBuf| {
        let to = at.join("opened").join(path.file_name().unwrap()).display().to_string();
        let from = path.to_str().unwrap();
        let words = ["openssl", "pkey", "-in", from, "-passin", "pass:correct horse", "-out", &to];
        tool("openssl", at, &words).ok();
        to
    };
    keys.iter().map(open).collect()
}

/// Expects none of the keys in the kit and in what was printed.
#[track_caller]
fn holds_no_key(at: &Path, keys: &[String]) {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    look("keys", at, &["kit/root.cer"], &keys);
    look("keys", &at.join("printed"), &["../kit/root.cer"], &keys);
}

const OPTIONS: &str =
    "--block-address 192.0.2.1 --permit-domain inner.example --portal-url http://portal.example/";

#[test]
fn kits_of_two_roots_and_of_encrypted_authorities_are_the_same_at_any_time_and_hold_no_key() {
    for (encrypted, kind) in [("", "p256"), (" --passphrase-file pass", "rsa2048")] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let secret = "umask 077; echo 'correct horse' > pass";
        tool("bash", at, &["bash", "-euc", secret]).ok();
        later(at, 0, &format!("init --org 'Example School' --key {kind}{encrypted}"));
        for step in ["prepare", "publish", "activate --force"] {
            later(at, 0, &format!("rotate {step}{encrypted}"));
            for days in [0, 200] {
                later(at, days, &format!("export --all kit-{days} {OPTIONS}"));
            }
            tool("diffutils", at, &["diff", "--recursive", "kit-0", "kit-200"]).ok();
            fs::rename(at.join("kit-0"), at.join("kit")).unwrap();
            let both = at.join("kit/root-2.cer").exists();
            assert_eq!(both, step != "prepare", "{step}");
            later(at, 0, "show --json");
            later(at, 0, "rotate status");
            let keys = keys(at);
            assert!(keys.len() >= 3, "{keys:?}");
            holds_no_key(at, &keys);
            fs::remove_dir_all(at.join("kit")).unwrap();
            fs::remove_dir_all(at.join("kit-200")).unwrap();
        }
    }
}

/// Signed by RSA a profile is always the same; by ECDSA its signature, and what counts it, is new each time.
#[test]
fn signed_kits_hold_neither_our_keys_nor_the_signers() {
    for (kind, but) in [
        ("rsa:2048", &[][..]),
        (
            "ec -pkeyopt ec_paramgen_curve:P-256",
            &[
                "--exclude=*.signed.mobileconfig",
                "--exclude=SHA256SUMS",
                "--exclude=fingerprint.json",
            ],
        ),
    ] {
        let folder = authority(&[]);
        let at = folder.path();
        blockhouse_ca(at, &["rotate", "prepare"]).ok();
        blockhouse_ca(at, &["rotate", "publish"]).ok();
        let script = format!(
            "umask 077
             openssl req -x509 -newkey {kind} -nodes -subj /CN=Profiles -days 30 -keyout s.key -out s.pem"
        );
        tool("openssl", at, &["bash", "-euc", &script]).ok();
        for kit in ["earlier", "kit"] {
            later(
                at,
                3,
                &format!("export --all {kit} --sign-cert s.pem --sign-key s.key {OPTIONS}"),
            );
        }
        let diff = [&["diff", "--recursive"], but, &["earlier", "kit"]].concat();
        tool("diffutils", at, &diff).ok();
        assert!(at.join("kit/apple/root.signed.mobileconfig").exists());
        let mut keys = keys(at);
        keys.push(at.join("s.key").display().to_string());
        holds_no_key(at, &keys);
    }
}
