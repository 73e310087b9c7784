//! CAs that others have made or signed: what is taken into use, and what is refused with which words.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::life::{ALL, OLD, accepted};
use crate::support::ca::{blockhouse_ca, tool};

/// What other CAs call themselves.
#[test]
fn names_of_other_cas_are_taken_up_or_refused_with_the_reason() {
    let imported = |subject: &str| {
        let folder = tempfile::tempdir().unwrap();
        let script = format!(
            "umask 077
             openssl req -x509 -newkey rsa:2048 -nodes -subj '{subject}' -days 3000 \
                -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.pem"
        );
        tool("openssl", folder.path(), &["bash", "-euc", &script]).ok();
        let ran = blockhouse_ca(folder.path(), &["import", "ca.pem", "ca.key"]);
        (folder, ran)
    };
    for (subject, issuing) in [
        ("/CN=Example CA G1", "Example Issuing CA G1"),
        ("/O=Guild/CN=The Guild Grand CA", "The Guild Grand Issuing CA G1"),
        ("/DC=example/CN=Example Root CA", "Example Issuing CA G1"),
    ] {
        let (folder, ran) = imported(subject);
        ran.ok();
        let at = folder.path();
        blockhouse_ca(at, &["renew"]).ok();
        assert_eq!(accepted(at, "sample", &[OLD]), ALL);
        let shown = blockhouse_ca(at, &["show"]).ok();
        assert!(shown.contains(issuing), "{shown}");
    }
    let (folder, ran) = imported("/DC=org/DC=example/CN=Example Root CA");
    ran.refused(1, "an attribute is in it twice (DC, say)");
    assert!(!folder.path().join(OLD).exists(), "nothing was written");
    // Who reads no further ends nothing with a fault, on either stream.
    let words = [env!("CARGO_BIN_EXE_blockhouse-ca"), "import", "no.pem"].join(" ");
    let script = format!("({words}; echo $? >code) 2>&1 >/dev/null | true; cat code");
    assert_eq!(tool("bash", folder.path(), &["bash", "-c", &script]).ok(), "1\n");
}

/// A CA of another organisation's, made by OpenSSL: `ca.pem` and `ca.key`.
fn other_ca() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let script = "umask 077
        openssl req -x509 -newkey rsa:2048 -nodes -subj '/O=Other/CN=Other Root' -days 3000 \
            -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.pem";
    tool("openssl", folder.path(), &["bash", "-euc", script]).ok();
    folder
}

/// Has the other CA sign the request, `ago` in the past, for a hundred days.
fn signed(at: &Path, extensions: &str, ago: &str) {
    let script = format!(
        "printf '{extensions}\\nsubjectKeyIdentifier=hash\\nauthorityKeyIdentifier=keyid\\n' > ext.cnf
         LD_PRELOAD='/usr/$LIB/faketime/libfaketime.so.1' FAKETIME=-{ago} \\
            openssl x509 -req -in certs/issuing-g1.csr -CA ca.pem -CAkey ca.key -days 100 \\
            -extfile ext.cnf -out issuing.pem"
    );
    tool("openssl libfaketime", at, &["bash", "-euc", &script]).ok();
}

const SUBORDINATE: &str =
    "basicConstraints=critical,CA:TRUE,pathlen:0\\nkeyUsage=critical,keyCertSign,cRLSign";

#[test]
fn a_request_is_signed_by_another_ca_and_taken_into_use() {
    let folder = other_ca();
    let at = folder.path();
    blockhouse_ca(at, &["csr", "--org", "Example School"]).ok();
    let verify = ["openssl", "req", "-in", "certs/issuing-g1.csr", "-noout", "-verify"];
    tool("openssl", at, &verify).ok();
    blockhouse_ca(at, &["csr", "--org", "Example School"]).refused(1, "waits for its certificate");
    signed(at, SUBORDINATE, "1h");
    blockhouse_ca(at, &["import", "issuing.pem"]).refused(1, "give the certificate of its issuer");
    assert!(!at.join("certs/issuing-g1.pem").exists(), "nothing was written");
    // As Windows hands it over: DER, and a chain in PKCS#7.
    let script = "openssl x509 -in issuing.pem -outform DER -out issuing.cer
        openssl crl2pkcs7 -nocrl -certfile issuing.pem -certfile ca.pem -outform DER -out chain.p7b";
    tool("openssl", at, &["bash", "-euc", script]).ok();
    blockhouse_ca(at, &["import", "issuing.cer", "chain.p7b", "--needs", "portal.example"]).ok();
    assert_eq!(accepted(at, "sample", &[OLD]), ALL);
    let root = fs::read(at.join(OLD)).unwrap();
    assert_eq!(root, fs::read(at.join("ca.pem")).unwrap());
    blockhouse_ca(at, &["import", "issuing.cer", "chain.p7b"])
        .refused(1, "no private key was given");
}

#[test]
fn each_wrong_import_has_its_own_words_and_writes_nothing() {
    let sub = |more: &str| format!("{SUBORDINATE}{more}");
    for (extensions, ago, words) in [
        ("basicConstraints=CA:FALSE".to_owned(), "1h", "not a CA certificate"),
        (
            "basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,digitalSignature".to_owned(),
            "1h",
            "key usage",
        ),
        (sub("\\nextendedKeyUsage=clientAuth"), "1h", "does not allow TLS servers"),
        (
            sub("\\nnameConstraints=critical,excluded;DNS:portal.example"),
            "1h",
            "excludes `portal.example`",
        ),
        (
            sub("\\nnameConstraints=critical,permitted;DNS:portal.example"),
            "1h",
            "permits some names only",
        ),
        (sub(""), "101d", "ask its issuer for a new one"),
    ] {
        let folder = other_ca();
        let at = folder.path();
        blockhouse_ca(at, &["csr", "--org", "Example School"]).ok();
        signed(at, &extensions, ago);
        let import = ["import", "issuing.pem", "ca.pem", "--needs", "portal.example"];
        blockhouse_ca(at, &import).refused(1, words);
        assert!(!at.join("certs/issuing-g1.pem").exists(), "{extensions}");
        assert!(!at.join(OLD).exists(), "{extensions}");
    }
}

#[test]
fn pkcs12_of_both_ages_is_taken_and_a_bad_one_is_refused() {
    for legacy in ["", "-legacy"] {
        let folder = other_ca();
        let at = folder.path();
        let script = format!(
            "umask 077
             openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/O=Example School/CN=Sub' \
                -keyout sub.key -out sub.csr
             printf '{SUBORDINATE}\\nsubjectKeyIdentifier=hash\\nauthorityKeyIdentifier=keyid\\n' > ext.cnf
             openssl x509 -req -in sub.csr -CA ca.pem -CAkey ca.key -days 300 -extfile ext.cnf -out sub.pem
             printf 'correct horse\\n' > pass; printf 'wrong\\n' > wrong
             openssl pkcs12 -export {legacy} -in sub.pem -inkey sub.key -certfile ca.pem \
                -passout 'pass:correct horse' -out sub.p12
             openssl req -newkey ed25519 -nodes -subj /CN=E -keyout ed.key -out ed.csr
             openssl ecparam -name secp521r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out p521.key
             head -c 300 sub.p12 > cut.p12; printf nonsense > no.bin
             openssl ecparam -name prime256v1 -genkey -noout -out sec1.key"
        );
        tool("openssl", at, &["bash", "-euc", &script]).ok();
        let import = |words: &[&str]| blockhouse_ca(at, &[&["import"], words].concat());
        let pass = |file| ["sub.p12", "--import-passphrase-file", file];
        import(&["sub.p12"]).refused(1, "it has a passphrase");
        import(&pass("wrong")).refused(1, "the passphrase is not the right one");
        import(&["cut.p12"]).refused(1, "cut.p12");
        import(&["no.bin"]).refused(1, "neither PEM");
        import(&["sub.pem", "ca.pem"]).refused(1, "no private key was given");
        import(&["sub.pem", "ca.pem", "sec1.key"])
            .refused(1, "none of the certificates belongs to");
        import(&["sub.pem", "ca.pem", "sub.key", "sec1.key"]).refused(1, "2 private keys");
        import(&["sub.pem", "ca.pem", "ed.key"]).refused(1, "Ed25519");
        import(&["sub.pem", "ca.pem", "p521.key"]).refused(1, "P-521");
        import(&["sub.key"]).refused(1, "no certificate is in what was given");
        assert!(!at.join("certs").exists(), "nothing was written");
        import(&pass("pass")).ok();
        assert_eq!(accepted(at, "sample", &[OLD]), ALL, "{legacy}");
    }
}

#[test]
fn an_issuer_on_p_521_is_refused_with_the_reason() {
    let folder = other_ca();
    let at = folder.path();
    let script = "umask 077
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-521 -nodes -subj '/O=Other/CN=Large Root' \
            -days 3000 -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.pem";
    tool("openssl", at, &["bash", "-euc", script]).ok();
    blockhouse_ca(at, &["csr", "--org", "Example School"]).ok();
    signed(at, SUBORDINATE, "1h");
    let import = |words: &[&str]| blockhouse_ca(at, &[&["import", "issuing.pem"], words].concat());
    import(&["ca.pem"])
        .refused(1, "\"O=Other, CN=Large Root\" cannot be used: its key is on P-521");
    import(&[]).refused(1, "give the certificate of its issuer");
    // Another root of the same name did not sign it: that one is still wanting.
    let script = "umask 077
        openssl req -x509 -newkey rsa:2048 -nodes -subj '/O=Other/CN=Large Root' -days 3000 \
            -addext keyUsage=critical,keyCertSign,cRLSign -keyout same.key -out same.pem";
    tool("openssl", at, &["bash", "-euc", script]).ok();
    import(&["same.pem"]).refused(1, "give the certificate of its issuer");
    assert!(!at.join(OLD).exists(), "nothing was written");
}

#[test]
fn a_pkcs12_file_with_several_keys_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let script = "umask 077; echo changeit > pass
        for alias in one two; do
            keytool -genkeypair -alias $alias -keyalg EC -groupname secp256r1 -dname CN=$alias -ext bc:c \
                -storetype PKCS12 -keystore two.p12 -storepass changeit
        done";
    tool("default-jdk-headless", at, &["bash", "-euc", script]).ok();
    blockhouse_ca(at, &["import", "two.p12", "--import-passphrase-file", "pass"])
        .refused(1, "there are 2 private keys in what was given");
    assert!(!at.join("certs").exists(), "nothing was written");
}

#[test]
fn a_path_length_that_forbids_it_is_named() {
    let folder = other_ca();
    let at = folder.path();
    let script = "umask 077
        openssl req -x509 -newkey rsa:2048 -nodes -subj '/O=Other/CN=Short Root' -days 3000 \
            -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.pem \
            -addext basicConstraints=critical,CA:TRUE,pathlen:0";
    tool("openssl", at, &["bash", "-euc", script]).ok();
    blockhouse_ca(at, &["csr", "--org", "Example School"]).ok();
    signed(at, SUBORDINATE, "1h");
    blockhouse_ca(at, &["import", "issuing.pem", "ca.pem"])
        .refused(1, "\"O=Other, CN=Short Root\" has path length 0, and 1 CA certificates");
    assert!(!at.join(OLD).exists(), "nothing was written");
}
