//! Where the issuing CA's key may lie: in a token, and among the credentials of a systemd unit.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::ca::{Ran, tool};
use crate::support::server::{Blockhouse, CONFIG, command, folder_with_root};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// A token in a folder of its own: its PIN is in `pin`, another one in `wrong`.
fn token(at: &Path) {
    let script = "mkdir tokens; echo \"directories.tokendir = $PWD/tokens\" > softhsm2.conf
        export SOFTHSM2_CONF=$PWD/softhsm2.conf
        softhsm2-util --init-token --free --label blockhouse --so-pin 5678 --pin 1234
        umask 077; echo 1234 > pin; echo 9999 > wrong";
    tool("softhsm2", at, &["bash", "-euc", script]).ok();
}

/// Runs `blockhouse-ca init` with a token.
fn init(at: &Path, module: &str, label: &str, pin: &str) -> Ran {
    let token = ["--pkcs11-module", module, "--pkcs11-token", label, "--pkcs11-pin-file", pin];
    ca(at, &[&["init", "--org", "Example School"], &token[..]].concat())
}

/// Runs `blockhouse-ca` where the token is.
fn ca(at: &Path, words: &[&str]) -> Ran {
    let conf = format!("SOFTHSM2_CONF={}", at.join("softhsm2.conf").display());
    let program = env!("CARGO_BIN_EXE_blockhouse-ca");
    tool("softhsm2", at, &[&["env", &conf, program], words].concat())
}

const TOKEN: [&str; 6] =
    ["--pkcs11-module", MODULE, "--pkcs11-token", "blockhouse", "--pkcs11-pin-file", "pin"];

/// A page comes from a server, for those who trust this root.
fn serves(server: &Blockhouse, root: &Path) {
    let said = visit(server, root, "blocked.test").ok();
    assert!(said.contains("<html"), "{said}");
}

fn visit(server: &Blockhouse, root: &Path, host: &str) -> Ran {
    let port = server.https()[0].port();
    let address = format!("https://{host}:{port}/");
    let resolve = format!("{host}:{port}:127.0.0.1");
    let words = ["curl", "--silent", "--noproxy", "*", "--location", "--cookie", ""];
    let trusting = ["--cacert", root.to_str().unwrap(), "--resolve", &resolve, &address];
    tool("curl", Path::new("/"), &[&words[..], &trusting].concat())
}

/// A server whose authority is in `at`, with its key in the token there.
fn server_with_token(at: &Path, module: &str) -> Blockhouse {
    let certs = format!("directory = \"{}\"", at.join("certs").display());
    let config = format!(
        "{}\n[ca.pkcs11]\nmodule = \"{module}\"\ntoken = \"blockhouse\"\npin_file = \"{}\"\n",
        CONFIG.replace("directory = \"certs\"", &certs),
        at.join("pin").display()
    );
    let conf = format!("SOFTHSM2_CONF={}", at.join("softhsm2.conf").display());
    Blockhouse::start(folder_with_root(&[]), &config, &["/usr/bin/env", &conf])
}

#[test]
fn a_key_in_a_token_signs_and_what_is_wrong_with_a_token_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    token(at);
    init(at, "/no/such.so", "blockhouse", "pin").refused(1, "/no/such.so");
    init(at, MODULE, "other", "pin").refused(1, "there is no token `other`");
    init(at, MODULE, "blockhouse", "wrong").refused(1, "is not that of token");
    assert!(!at.join("certs/root.pem").exists(), "nothing was written");
    init(at, MODULE, "blockhouse", "pin").ok();
    assert!(!at.join("certs/issuing-g1.key").exists());
    let server = server_with_token(at, MODULE);
    serves(&server, &at.join("certs/root.pem"));
}

#[test]
fn a_key_in_a_token_does_not_become_a_file_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    token(at);
    let both = |words: &[&str]| (ca(at, words), ca(at, &[words, &TOKEN[..]].concat()));
    let here = |name: &str| at.join("certs").join(name).exists();
    init(at, MODULE, "blockhouse", "pin").ok();
    let (without, with) = both(&["sample", "blocked.example", "--output", "out"]);
    without.refused(2, "the key of certs/issuing-g1.pem is not at certs/issuing-g1.key");
    with.ok();

    let asked = "or in a file with `--key-in-file`";
    ca(at, &["renew"]).refused(2, asked);
    assert!(!here("issuing-g2.pem") && !here("issuing-g2.key"), "nothing was written");
    let (without, with) = both(&["renew", "--key-in-file"]);
    with.refused(2, "cannot be used with");
    without.ok();
    assert!(here("issuing-g2.key"), "it was asked for");
    // From a file to a token nobody is asked.
    ca(at, &[&["renew"], &TOKEN[..]].concat()).ok();
    assert!(here("issuing-g3.pem") && !here("issuing-g3.key"));

    ca(at, &["rotate", "prepare"]).ok();
    ca(at, &["rotate", "publish"]).ok();
    let (without, with) = both(&["rotate", "activate", "--force"]);
    without.refused(2, asked);
    assert!(with.ok().contains("activated"));
    assert!(here("issuing-g4.pem") && !here("issuing-g4.key"));
    let (without, with) = both(&["sample", "blocked.example", "--output", "new"]);
    without.refused(2, "`--pkcs11-module`, `--pkcs11-token` and `--pkcs11-pin-file`");
    with.ok();
}

#[test]
fn a_request_from_a_token_is_taken_up_where_the_token_is() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    token(at);
    ca(at, &[&["csr", "--org", "Example School"], &TOKEN[..]].concat()).ok();
    let script = "umask 077
        openssl req -x509 -newkey rsa:2048 -nodes -subj '/CN=Other Root' -days 3000 \
            -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.pem
        printf 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n\
subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' > ext.cnf
        openssl x509 -req -in certs/issuing-g1.csr -CA ca.pem -CAkey ca.key -days 100 -extfile ext.cnf \
            -out issuing.pem";
    tool("openssl", at, &["bash", "-euc", script]).ok();
    let import = ["import", "issuing.pem", "ca.pem"];
    ca(at, &import).refused(2, "the key of certs/issuing-g1.csr is not at certs/issuing-g1.key");
    assert!(!at.join("certs/issuing-g1.pem").exists(), "nothing was written");
    ca(at, &[&import, &TOKEN[..]].concat()).ok();
    assert!(!at.join("certs/issuing-g1.key").exists());
}

/// Makes a module that stands before SoftHSM, by putting its own calls in the place of SoftHSM's.
fn module_before(at: &Path, calls: &str) -> String {
    let source = format!(
        r#"
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>
struct list {{ unsigned char version[2]; void *calls[68]; }};
static struct list ours, *theirs;
typedef unsigned long (*call)(unsigned long, ...);
#define THEIRS(n) ((call)theirs->calls[n])
{calls}
unsigned long C_GetFunctionList(struct list **list) {{
    void *module = dlopen("{MODULE}", RTLD_NOW);
    unsigned long (*get)(struct list **) = (unsigned long (*)(struct list **))dlsym(module, "C_GetFunctionList");
    unsigned long result = get(&theirs);
    memcpy(&ours, theirs, sizeof ours);
    replace();
    *list = &ours;
    return result;
}}
"#
    );
    std::fs::write(at.join("before.c"), source).unwrap();
    let pulled = format!("-DPULLED=\"{}\"", at.join("pulled").display());
    let words = [
        "gcc",
        "-Wall",
        "-Werror",
        "-shared",
        "-fPIC",
        &pulled,
        "-o",
        "before.so",
        "before.c",
        "-ldl",
    ];
    tool("gcc", at, &words).ok();
    at.join("before.so").to_str().unwrap().to_owned()
}

#[test]
fn a_locked_token_is_told_from_a_wrong_pin() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    token(at);
    // SoftHSM never locks itself (PKCS #11 3.0, section 5.6.8).
    let module = module_before(
        at,
        "static unsigned long locked(unsigned long s, unsigned long u, void *p, unsigned long n)
        { return 0xA4; }
        static void replace(void) { ours.calls[18] = (void *)locked; }",
    );
    let ran = init(at, &module, "blockhouse", "pin");
    ran.refused(1, "token `blockhouse` is locked after too many wrong PINs");
    assert!(!at.join("certs/root.pem").exists(), "nothing was written");
}

/// While the file is there, the token is not; sessions and logins of before are gone with it.
const PULLED_OUT: &str = "
static unsigned long slot;
static int out(void) { return access(PULLED, F_OK) == 0; }
static unsigned long get_slots(unsigned char p, unsigned long *slots, unsigned long *count) {
    if (out()) { *count = 0; return 0; }
    return THEIRS(4)(p, slots, count);
}
static unsigned long open_session(unsigned long s, unsigned long f, void *a, void *n, unsigned long *h) {
    slot = s;
    return out() ? 0xE0 : THEIRS(12)(s, f, a, n, h);
}
static unsigned long sign_init(unsigned long s, void *m, unsigned long k) {
    if (out()) { THEIRS(14)(slot); return 0x32; }
    return THEIRS(42)(s, m, k);
}
static void replace(void) {
    ours.calls[4] = (void *)get_slots;
    ours.calls[12] = (void *)open_session;
    ours.calls[42] = (void *)sign_init;
}";

#[test]
fn a_token_that_is_put_back_signs_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    token(at);
    let module = module_before(at, PULLED_OUT);
    init(at, &module, "blockhouse", "pin").ok();
    let server = server_with_token(at, &module);
    let root = at.join("certs/root.pem");
    serves(&server, &root);
    std::fs::write(at.join("pulled"), "").unwrap();
    for host in ["one.blocked.test", "two.blocked.test"] {
        assert_ne!(visit(&server, &root, host).code, Some(0), "no token, no leaf");
    }
    // What was minted before serves on.
    serves(&server, &root);
    std::fs::remove_file(at.join("pulled")).unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while visit(&server, &root, "one.blocked.test").code != Some(0) {
        assert!(Instant::now() < until, "it signs again");
    }
    visit(&server, &root, "two.blocked.test").ok();
}

#[test]
fn credentials_of_a_systemd_unit_hold_key_and_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let program = env!("CARGO_BIN_EXE_blockhouse-ca");
    let script = format!(
        "umask 077; echo 'correct horse' > pass
        {program} init --org 'Example School' --passphrase-file pass
        mkdir credentials; mv certs/issuing-g1.key credentials/issuing-key; mv pass credentials/passphrase"
    );
    tool("coreutils", at, &["bash", "-euc", &script]).ok();
    let certs = format!(
        "directory = \"{}\"\nkey_file = \"credential:issuing-key\"\n\
         passphrase_file = \"credential:passphrase\"",
        at.join("certs").display()
    );
    let config = CONFIG.replace("directory = \"certs\"", &certs);
    let place = format!("CREDENTIALS_DIRECTORY={}", at.join("credentials").display());
    let server = Blockhouse::start(folder_with_root(&[]), &config, &["/usr/bin/env", &place]);
    serves(&server, &at.join("certs/root.pem"));
    drop(server);
    // As they look in a unit that runs as a user of its own: the mask of an access list.
    tool("coreutils", at, &["bash", "-euc", "chmod 440 credentials/*"]).ok();
    let server = Blockhouse::start(folder_with_root(&[]), &config, &["/usr/bin/env", &place]);
    serves(&server, &at.join("certs/root.pem"));
    drop(server);
    tool("coreutils", at, &["bash", "-euc", "chmod 444 credentials/*"]).ok();
    let other = folder_with_root(&[]);
    let output = command(other.path(), &config, &["/usr/bin/env", &place]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "others could read it");
    // Started by hand, there are none.
    let other = folder_with_root(&[]);
    let mut by_hand = command(other.path(), &config, &[]);
    let output = by_hand.env_remove("CREDENTIALS_DIRECTORY").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("there is no credential `passphrase` in /run/credentials"), "{said}");
    // What needs no key does without.
    let program = env!("CARGO_BIN_EXE_blockhouse");
    let words =
        [program, "--config", "blockhouse.toml", "explain", "--from", "192.0.2.1", "a.test"];
    tool("blockhouse", other.path(), &words).ok();
}
