//! Where the issuing CA's key may lie: in a token, and among the credentials of a systemd unit.

use std::path::Path;

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
    let conf = format!("SOFTHSM2_CONF={}", at.join("softhsm2.conf").display());
    let program = env!("CARGO_BIN_EXE_blockhouse-ca");
    let words = ["env", &conf, program, "init", "--org", "Example School"];
    let token = ["--pkcs11-module", module, "--pkcs11-token", label, "--pkcs11-pin-file", pin];
    tool("softhsm2", at, &[&words[..], &token].concat())
}

/// A page comes from a server, for those who trust this root.
fn serves(server: &Blockhouse, root: &Path) {
    let port = server.https()[0].port();
    let address = format!("https://blocked.test:{port}/");
    let resolve = format!("blocked.test:{port}:127.0.0.1");
    let words = ["curl", "--silent", "--noproxy", "*", "--location", "--cookie", ""];
    let trusting = ["--cacert", root.to_str().unwrap(), "--resolve", &resolve, &address];
    let said = tool("curl", Path::new("/"), &[&words[..], &trusting].concat()).ok();
    assert!(said.contains("<html"), "{said}");
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
    let certs = format!("directory = \"{}\"", at.join("certs").display());
    let config = format!(
        "{}\n[ca.pkcs11]\nmodule = \"{MODULE}\"\ntoken = \"blockhouse\"\npin_file = \"{}\"\n",
        CONFIG.replace("directory = \"certs\"", &certs),
        at.join("pin").display()
    );
    let conf = format!("SOFTHSM2_CONF={}", at.join("softhsm2.conf").display());
    let server = Blockhouse::start(folder_with_root(&[]), &config, &["/usr/bin/env", &conf]);
    serves(&server, &at.join("certs/root.pem"));
}

/// Stands before SoftHSM and says at each login that the PIN is locked (PKCS #11 3.0, section 5.6.8),
/// which SoftHSM never does of itself.
const LOCKED: &str = r#"
#include <dlfcn.h>
#include <string.h>
struct list { unsigned char version[2]; void *calls[68]; };
static struct list ours;
static unsigned long locked(unsigned long s, unsigned long u, void *p, unsigned long n) { return 0xA4; }
unsigned long C_GetFunctionList(struct list **list) {
    void *module = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW);
    unsigned long (*get)(struct list **) = (unsigned long (*)(struct list **))dlsym(module, "C_GetFunctionList");
    struct list *theirs;
    unsigned long result = get(&theirs);
    memcpy(&ours, theirs, sizeof ours);
    ours.calls[18] = (void *)locked;
    *list = &ours;
    return result;
}
"#;

#[test]
fn a_locked_token_is_told_from_a_wrong_pin() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    token(at);
    std::fs::write(at.join("locked.c"), LOCKED).unwrap();
    let words = ["g++", "-x", "c", "-shared", "-fPIC", "-o", "locked.so", "locked.c", "-ldl"];
    tool("g++", at, &words).ok();
    let module = at.join("locked.so");
    let ran = init(at, module.to_str().unwrap(), "blockhouse", "pin");
    ran.refused(1, "token `blockhouse` is locked after too many wrong PINs");
    assert!(!at.join("certs/root.pem").exists(), "nothing was written");
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
    // Started by hand, there are none.
    let other = folder_with_root(&[]);
    let mut by_hand = command(other.path(), &config, &[]);
    let output = by_hand.env_remove("CREDENTIALS_DIRECTORY").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("credential"), "{said}");
}
