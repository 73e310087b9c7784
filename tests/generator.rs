//! `blockhouse-ca` from outside: files and their modes, refusals, and exports read by other tools.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::ca::{Ran, authority, blockhouse_ca, tool};
use crate::support::server::CONFIG;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn init_makes_files_with_the_right_modes() {
    let folder = authority(&[]);
    let certs = folder.path().join("certs");
    assert_eq!(mode(&certs), 0o700);
    for (name, expected) in [
        ("root.pem", 0o644),
        ("root.key", 0o600),
        ("issuing-g1.pem", 0o644),
        ("issuing-g1.key", 0o600),
        ("root.crl", 0o644),
    ] {
        assert_eq!(mode(&certs.join(name)), expected, "{name}");
    }
    assert_eq!(fs::read_dir(&certs).unwrap().count(), 5);
}

#[test]
fn init_writes_nothing_when_any_file_is_there() {
    for name in ["root.pem", "root.key", "issuing-g1.pem", "issuing-g1.key", "root.crl"] {
        let folder = tempfile::tempdir().unwrap();
        let certs = folder.path().join("certs");
        fs::create_dir(&certs).unwrap();
        fs::write(certs.join(name), "mine").unwrap();
        blockhouse_ca(folder.path(), &["init", "--org", "X"]).refused(1, "never overwritten");
        assert_eq!(fs::read_dir(&certs).unwrap().count(), 1, "{name}");
        assert_eq!(fs::read_to_string(certs.join(name)).unwrap(), "mine");
    }
}

#[test]
fn bad_options_are_usage_errors_and_leave_nothing() {
    let long = "x".repeat(65);
    for (arguments, words) in [
        (&["--org", " "][..], "--org"),
        (&["--org", &long], "certificates allow 64"),
        (&["--org", "a\nb"], "control character"),
        (&["--org", "X", "--years", "0"], "--years"),
        (&["--org", "X", "--issuing-days", "399"], "--issuing-days"),
        (&["--org", "X", "--crl-host", "a b"], "--crl-host"),
        (&["--org", "X", "--key", "ed25519"], "possible values"),
        (&["--org", "X", "--exclude-domain", "a..b"], "empty label"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let all = [&["init"], arguments].concat();
        blockhouse_ca(folder.path(), &all).refused(2, words);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?}");
    }
    for url in ["nonsense", "ldap://crl.example/x", "https://crl.example/x"] {
        let words = ["sample", "a.example", "--crl-url", url];
        blockhouse_ca(Path::new("."), &words).refused(2, "http://crl.example/");
    }
}

#[test]
fn an_encrypted_key_opens_in_openssl_and_only_with_its_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (name, text) in [("pw", "correct horse\n"), ("wrong", "battery\n"), ("empty", "\n")] {
        fs::write(at.join(name), text).unwrap();
        fs::set_permissions(at.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    blockhouse_ca(at, &["init", "--org", "X", "--passphrase-file", "pw"]).ok();
    for key in ["certs/root.key", "certs/issuing-g1.key"] {
        assert!(fs::read_to_string(at.join(key)).unwrap().starts_with("-----BEGIN ENCRYPTED"));
        let words = ["openssl", "pkey", "-in", key, "-passin", "file:pw", "-noout"];
        tool("openssl", at, &words).ok();
    }
    blockhouse_ca(at, &["crl"]).refused(2, "--passphrase-file");
    blockhouse_ca(at, &["crl", "--passphrase-file", "wrong"]).refused(1, "does not open");
    blockhouse_ca(at, &["crl", "--passphrase-file", "empty"]).refused(2, "empty");
    fs::set_permissions(at.join("pw"), fs::Permissions::from_mode(0o644)).unwrap();
    blockhouse_ca(at, &["crl", "--passphrase-file", "pw"]).refused(1, "chmod 600");
}

#[test]
fn keys_that_cannot_be_used_are_refused_with_the_reason() {
    let folder = authority(&[]);
    let at = folder.path();
    let key = at.join("certs/issuing-g1.key");
    let sample = || blockhouse_ca(at, &["sample", "a.example", "--output", "out"]);
    for (algorithm, words) in [
        ("ED25519", "Ed25519"),
        ("EC -pkeyopt ec_paramgen_curve:P-521", "P-521"),
        ("EC -pkeyopt ec_paramgen_curve:P-256", "does not belong to"),
    ] {
        let mut command = vec!["openssl", "genpkey", "-out", "certs/issuing-g1.key", "-algorithm"];
        command.extend(algorithm.split(' '));
        tool("openssl", at, &command).ok();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        sample().refused(1, words);
    }
    fs::write(&key, "not a key").unwrap();
    sample().refused(1, "PEM");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    sample().refused(1, "can be read by others");
    fs::write(at.join("certs/issuing-g1.pem"), "-----BEGIN CERTIFICATE-----\n%%\n").unwrap();
    sample().refused(1, "issuing-g1.pem");
    fs::remove_file(at.join("certs/root.pem")).unwrap();
    sample().refused(2, "blockhouse-ca init");
    assert!(!at.join("out").exists());
}

#[test]
fn an_issuing_ca_of_another_root_is_refused() {
    let (one, other) = (authority(&[]), authority(&[]));
    fs::copy(other.path().join("certs/root.pem"), one.path().join("certs/root.pem")).unwrap();
    blockhouse_ca(one.path(), &["sample", "a.example", "--output", "out"])
        .refused(1, "was not signed by");
}

#[test]
fn renew_makes_the_next_generation_and_keeps_the_exclusions() {
    let folder = authority(&["--exclude-domain", "bank.example", "--exclude-addresses"]);
    let at = folder.path();
    blockhouse_ca(at, &["renew", "--exclude-domain", "clinic.example"]).ok();
    assert_eq!(mode(&at.join("certs/issuing-g2.key")), 0o600);
    let words = ["openssl", "x509", "-in", "certs/issuing-g2.pem", "-noout", "-text"];
    let text = tool("openssl", at, &words).ok();
    for expected in ["Issuing CA G2", "DNS:bank.example", "DNS:clinic.example", "pathlen:0"] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    for host in ["www.bank.example", "clinic.example", "192.0.2.1", "2001:db8::1"] {
        blockhouse_ca(at, &["sample", host, "--output", "out"]).refused(1, "excludes it");
    }
    blockhouse_ca(at, &["sample", "notbank.example", "--output", "out"]).ok();
    fs::remove_file(at.join("certs/root.key")).unwrap();
    blockhouse_ca(at, &["renew"]).refused(1, "root.key");
    blockhouse_ca(at, &["sample", "a.example", "--output", "without-root-key"]).ok();
}

#[test]
fn names_are_taken_as_people_write_them_and_each_once() {
    let folder =
        authority(&["--exclude-domain", "Bank.example.", "--exclude-domain", "bank.example"]);
    let at = folder.path();
    let words = ["openssl", "x509", "-in", "certs/issuing-g1.pem", "-noout", "-text"];
    let text = tool("openssl", at, &words).ok();
    assert_eq!(text.matches("DNS:bank.example").count(), 1, "{text}");
    blockhouse_ca(at, &["sample", "münchen.example"]).ok();
    let words = ["openssl", "x509", "-in", "sample/leaf-0-0.pem", "-noout", "-text"];
    assert!(tool("openssl", at, &words).ok().contains("DNS:xn--mnchen-3ya.example"));
}

#[test]
fn people_are_told_in_their_words() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let made = blockhouse_ca(at, &["init", "--org", "Example School"]);
    assert!(made.stderr.contains("only `renew`, `crl` and `rotate` need it"), "{made:#?}");
    let shown = blockhouse_ca(at, &["show"]).ok();
    assert_eq!(shown.matches("\n  excludes  no names").count(), 2, "{shown}");
    for (hosts, words) in [
        (&["a.example"][..], "Wrote 1 sample leaf to one."),
        (&["a.example", "b.example"], "Wrote 2 sample leaves to two."),
    ] {
        let output = if hosts.len() == 1 { "one" } else { "two" };
        let made = blockhouse_ca(at, &[&["sample", "--output", output], hosts].concat());
        assert!(made.stderr.contains(words), "{made:#?}");
    }
    let excluding = authority(&["--exclude-domain", "bank.example"]);
    let shown = blockhouse_ca(excluding.path(), &["show"]).ok();
    assert!(shown.contains("\n  excludes  bank.example"), "{shown}");
}

#[test]
fn show_agrees_with_openssl() {
    let folder = authority(&[]);
    let at = folder.path();
    let shown: serde_json::Value =
        serde_json::from_str(&blockhouse_ca(at, &["show", "--json"]).ok()).unwrap();
    for (name, digest) in [("sha256", "-sha256"), ("sha1", "-sha1")] {
        let words = ["openssl", "x509", "-in", "certs/root.pem", "-noout", "-fingerprint", digest];
        let said = tool("openssl", at, &words).ok();
        assert!(said.trim().ends_with(shown[0][name].as_str().unwrap()), "{said}");
    }
    assert_eq!(shown[1]["role"], "issuing CA");
}

#[test]
fn exports_are_read_back_by_other_tools() {
    let folder = authority(&["--cn", "Example"]);
    let at = folder.path();
    let script = "openssl x509 -in certs/root.pem -noout -fingerprint -sha256";
    let said = tool("openssl", at, &["bash", "-euc", script]).ok();
    let hash = said.trim().rsplit('=').next().unwrap().replace(':', "").to_lowercase();
    let stem = format!("example-root-ca-g1-{}", &hash[..8]);
    for format in ["der", "pem", "p7b", "mobileconfig"] {
        let name = blockhouse_ca(at, &["export", "--format", format]).ok();
        assert_eq!(name.trim_end().rsplit_once('.').unwrap().0, stem);
        blockhouse_ca(at, &["export", "--format", format]).refused(1, "never overwritten");
        blockhouse_ca(at, &["export", "--format", format, "--output", "again"]).ok();
        let again = fs::read(at.join("again")).unwrap();
        assert_eq!(fs::read(at.join(name.trim())).unwrap(), again, "{format}");
        fs::remove_file(at.join("again")).unwrap();
    }
    let root = fs::read(at.join("certs/root.pem")).unwrap();
    assert_eq!(fs::read(at.join(format!("{stem}.pem"))).unwrap(), root);
    let script = format!(
        "openssl x509 -in certs/root.pem -outform DER | cmp - {stem}.cer
        openssl crl2pkcs7 -nocrl -certfile certs/root.pem -outform DER | cmp - {stem}.p7b
        certtool --inder --p7-info < {stem}.p7b | grep -q 'Number of certificates: 1'
        xmllint --noout {stem}.mobileconfig
        python3 -c \"import plistlib; p = plistlib.load(open('{stem}.mobileconfig', 'rb'))
assert p['PayloadContent'][0]['PayloadContent'] == open('{stem}.cer', 'rb').read()
assert p['PayloadType'] == 'Configuration' and p['PayloadScope'] == 'System'\""
    );
    tool("openssl gnutls-bin libxml2-utils", at, &["bash", "-euo", "pipefail", "-c", &script]).ok();
}

#[test]
fn each_root_of_an_overlap_has_its_own_name_and_all_are_written_or_none() {
    let folder = authority(&["--cn", "Example"]);
    let at = folder.path();
    blockhouse_ca(at, &["rotate", "prepare"]).ok();
    blockhouse_ca(at, &["rotate", "publish"]).ok();
    let export = || blockhouse_ca(at, &["export", "--format", "der"]);
    let names: Vec<String> = export().ok().lines().map(str::to_owned).collect();
    assert_eq!(names.len(), 2);
    let roots = [("g1", "certs/root.pem"), ("g2", "certs/root-g2.pem")];
    for (name, (generation, root)) in names.iter().zip(roots) {
        let script = format!(
            "openssl x509 -in {root} -outform DER | cmp - {name}
             openssl x509 -in {root} -noout -fingerprint -sha256"
        );
        let said = tool("openssl", at, &["bash", "-euo", "pipefail", "-c", &script]).ok();
        let hash = said.trim().rsplit('=').next().unwrap().replace(':', "").to_lowercase();
        assert_eq!(*name, format!("example-root-ca-{generation}-{}.cer", &hash[..8]));
    }
    fs::remove_file(at.join(&names[0])).unwrap();
    export().refused(1, &names[1]);
    assert!(!at.join(&names[0]).exists(), "the first was not written either");
    fs::remove_file(at.join(&names[1])).unwrap();
    export().ok();
}

/// Runs `blockhouse-ca` as if it were some days later.
fn later(at: &Path, days: &str, words: &str) -> Ran {
    let script = format!(
        "LD_PRELOAD='/usr/$LIB/faketime/libfaketime.so.1' FAKETIME=+{days}d {} {words}",
        env!("CARGO_BIN_EXE_blockhouse-ca")
    );
    tool("libfaketime", at, &["bash", "-euc", &script])
}

#[test]
fn a_root_that_has_ended_is_not_brought_to_devices_in_silence() {
    let folder = authority(&["--years", "1"]);
    let at = folder.path();
    for words in ["--all kit", "--format pem"] {
        let ran = later(at, "500", &format!("export {words}"));
        ran.refused(1, "certs/root.pem expired on");
    }
    assert!(!at.join("kit").exists());
    later(at, "500", "export --list").ok();
    // Beside another that is in force it does no harm.
    blockhouse_ca(at, &["rotate", "prepare"]).ok();
    blockhouse_ca(at, &["rotate", "publish"]).ok();
    let ran = later(at, "500", "export --all kit");
    let warning =
        "Warning: one of the roots is of no use to a device: certificate certs/root.pem expired on";
    assert!(ran.stderr.contains(warning), "{ran:#?}");
    ran.ok();
}

#[test]
fn formats_that_need_an_option_are_listed_and_refused_with_it() {
    let folder = authority(&[]);
    let at = folder.path();
    let list = |words: &[&str]| blockhouse_ca(at, &[&["export", "--list"], words].concat()).ok();
    let plain = list(&[]);
    for (format, needs) in [
        ("chrome-constrained", "`--permit-domain` or `--block-address`"),
        ("edge-constrained-reg", "`--permit-domain` or `--block-address`"),
        ("mobileconfig-signed", "`--sign-cert` and `--sign-key`"),
    ] {
        let line = plain.lines().find(|line| line.split_whitespace().next() == Some(format));
        assert!(line.is_some_and(|line| line.ends_with(&format!("(with {needs})"))), "{plain}");
        blockhouse_ca(at, &["export", "--format", format]).refused(2, needs);
    }
    let given = list(&["--permit-domain", "inner.example"]);
    let word = |line: &str| line.split_whitespace().next().unwrap().to_owned();
    let formats = |list: &str| list.lines().map(word).collect::<BTreeSet<_>>();
    assert_eq!(formats(&plain), formats(&given));
    for said in [&plain, &given] {
        let texts: Vec<&str> =
            said.lines().map(|line| line.split_once(' ').unwrap().1.trim()).collect();
        let different: BTreeSet<&str> = texts.iter().copied().collect();
        assert_eq!(different.len(), texts.len(), "each line says what it is: {said}");
    }
}

#[test]
fn block_addresses_come_from_the_servers_configuration() {
    let folder = authority(&[]);
    let at = folder.path();
    let policy = |words: &[&str]| {
        let fixed =
            ["export", "--format", "chrome", "--output", "policy.json", "--config", "b.toml"];
        let ran = blockhouse_ca(at, &[&fixed[..], words].concat());
        let text = fs::read_to_string(at.join("policy.json")).unwrap_or_default();
        let _ = fs::remove_file(at.join("policy.json"));
        (ran, text)
    };
    let gateway = "\n[gateway]\naddresses = [\"192.0.2.7\", \"2001:db8::7\"]\n";
    fs::write(at.join("b.toml"), format!("{CONFIG}{gateway}")).unwrap();
    let (ran, text) = policy(&["--block-address", "192.0.2.8"]);
    ran.ok();
    for wanted in ["192.0.2.7/32=public", "[2001:db8::7]/128=public", "192.0.2.8/32=public"] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    let everywhere = CONFIG.replace("127.0.0.1", "0.0.0.0").replace("\"[::1]:0\"", "\"[::]:0\"");
    fs::write(at.join("b.toml"), everywhere).unwrap();
    policy(&[]).0.refused(2, "set `gateway.addresses` there");
    fs::write(at.join("b.toml"), "[nonsense]\n").unwrap();
    policy(&[]).0.refused(2, "nonsense");
}

#[test]
fn a_folder_without_a_name_of_its_own_is_refused_for_that() {
    let folder = authority(&[]);
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let export = ["export", "--directory", "../certs", "--all", "."];
    blockhouse_ca(&empty, &export).refused(2, "it has no name of its own; name a new folder");
    assert_eq!(fs::read_dir(&empty).unwrap().count(), 0);
}

/// As FAT and exFAT answer, which USB sticks have.
const NO_LINKS: &str = "
#include <errno.h>
#include <sys/stat.h>
int linkat(int a, const char *b, int c, const char *d, int e) { errno = EPERM; return -1; }
int fchmod(int a, mode_t b) { errno = EPERM; return -1; }
";

#[test]
fn a_file_system_without_links_and_permissions_takes_exports_and_no_keys() {
    let folder = authority(&[]);
    let at = folder.path();
    fs::write(at.join("shim.c"), NO_LINKS).unwrap();
    tool("gcc", at, &["gcc", "-shared", "-fPIC", "-o", "shim.so", "shim.c"]).ok();
    let shim = format!("LD_PRELOAD={}", at.join("shim.so").display());
    let program = env!("CARGO_BIN_EXE_blockhouse-ca");
    let export = ["env", &shim, program, "export", "--format", "pem", "--output", "stick.pem"];
    tool("coreutils", at, &export).ok();
    let root = fs::read(at.join("certs/root.pem")).unwrap();
    assert_eq!(fs::read(at.join("stick.pem")).unwrap(), root);
    tool("coreutils", at, &export).refused(1, "never overwritten");
    tool("coreutils", at, &["env", &shim, program, "export", "--all", "kit"]).ok();
    let stick = at.join("stick");
    let init =
        ["env", &shim, program, "init", "--org", "X", "--directory", stick.to_str().unwrap()];
    tool("coreutils", at, &init).refused(1, "Operation not permitted");
    assert!(!stick.join("root.pem").exists(), "no key can be kept there");
}

#[test]
fn crl_numbers_grow_and_openssl_checks_the_chain_with_it() {
    let folder = authority(&["--crl-host", "crl.example:8080"]);
    let at = folder.path();
    blockhouse_ca(at, &["crl"]).ok();
    let script = "openssl crl -inform DER -in certs/root.crl -out crl.pem
        openssl crl -in crl.pem -noout -crlnumber | grep -q 'crlNumber=0x02'
        openssl crl -in crl.pem -noout -CAfile certs/root.pem
        openssl verify -crl_check -x509_strict -CAfile certs/root.pem -CRLfile crl.pem certs/issuing-g1.pem
        openssl x509 -in certs/issuing-g1.pem -noout -text | grep -q http://crl.example:8080/crl/root.crl";
    tool("openssl", at, &["bash", "-euo", "pipefail", "-c", script]).ok();
    fs::write(at.join("certs/root.crl"), "broken").unwrap();
    blockhouse_ca(at, &["crl"]).refused(1, "not a revocation list");
}
