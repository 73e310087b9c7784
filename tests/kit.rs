//! `blockhouse-ca export --all`: every file is read back, and used, by programs that we did not write.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use blockhouse::ca::export::{self, Kit, KitOptions};
use blockhouse::host::HostName;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tempfile::TempDir;

use crate::support::browser::artefacts;
use crate::support::ca::{authority, blockhouse_ca, tool};
use crate::support::curl::{Way, url};
use crate::support::server::Blockhouse;

const EXPORT: [&str; 11] = [
    "export",
    "--all",
    "kit",
    "--block-address",
    "192.0.2.1",
    "--block-address",
    "2001:db8::1",
    "--permit-domain",
    "inner.example",
    "--portal-url",
    "http://portal.example/",
];

/// An authority with its kit, made once for all that only read it.
pub(crate) fn kit() -> &'static Path {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = authority(&[]);
        blockhouse_ca(folder.path(), &EXPORT).ok();
        folder
    });
    made.path()
}

pub(crate) fn support(name: &str) -> String {
    format!("{}/tests/support/{name}", env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn python() -> String {
    let path = tool("python3-venv", Path::new("/"), &["sh", &support("python.sh")]).ok();
    format!("{}/bin/python", path.trim())
}

/// Lets `kit.py` look at the kit of a folder.
#[track_caller]
pub(crate) fn look(check: &str, at: &Path, roots: &[&str], words: &[&str]) {
    let (python, script) = (python(), support("kit.py"));
    let words = [&[python.as_str(), &script, check, "kit"], roots, &["--"], words].concat();
    tool("shellcheck libxml2-utils openssl", at, &words).ok();
}

/// The same for the kit with one root.
#[track_caller]
fn looks(check: &str) {
    look(check, kit(), &["kit/root.cer"], &[]);
}

#[test]
fn sums_certificates_and_the_readme_agree() {
    looks("basic");
}

#[test]
fn the_readme_tells_of_every_file_and_of_the_way_back() {
    looks("readme");
}

#[test]
fn the_readme_knows_the_way_of_intune() {
    let text = fs::read_to_string(kit().join("kit/README.md")).unwrap();
    let way = "Create › New policy › Windows 10 and later › Templates › Trusted certificate;";
    assert!(text.contains(way), "{text}");
}

#[test]
fn windows_files_are_read_back() {
    looks("windows");
    looks("intune");
}

#[test]
fn apple_profiles_follow_apples_rules() {
    looks("apple");
}

#[test]
fn android_and_chromeos_files_are_read_back() {
    looks("mobile");
}

#[test]
fn scripts_are_clean() {
    looks("scripts");
}

#[test]
fn policies_of_browsers_follow_their_schemas() {
    looks("browsers");
}

#[test]
fn files_for_servers_are_read_back() {
    looks("servers");
}

#[test]
fn the_notice_holds_the_fingerprint_and_a_code_that_scans() {
    notice(kit(), "notice", &["kit/root.cer"], &["http://portal.example/"]);
}

/// Shows the notice of a kit in a browser, and lets `kit.py` compare it.
#[track_caller]
fn notice(at: &Path, name: &str, roots: &[&str], wanted: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let picture = artefacts().join(format!("{name}.png"));
    let _ = fs::remove_file(&picture);
    let mut chromium = Command::new("chromium");
    chromium.args(["--headless=new", "--no-sandbox", "--hide-scrollbars"]);
    chromium.args(["--window-size=900,1400", "--no-first-run", "--disable-gpu"]);
    chromium.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
    chromium.arg(format!("--screenshot={}", picture.display()));
    chromium.arg(format!("file://{}", at.join("kit/notice.html").display()));
    let output = chromium.output().unwrap();
    assert!(picture.exists(), "{}", String::from_utf8_lossy(&output.stderr));
    look("notice", at, roots, &[&[picture.to_str().unwrap()], wanted].concat());
}

#[test]
fn the_same_root_gives_the_same_octets_and_no_key_is_in_them() {
    for options in [&[][..], &["--key", "rsa2048"]] {
        let folder = authority(options);
        let at = folder.path();
        blockhouse_ca(at, &EXPORT).ok();
        fs::rename(at.join("kit"), at.join("earlier")).unwrap();
        blockhouse_ca(at, &EXPORT).ok();
        tool("diffutils", at, &["diff", "--recursive", "earlier", "kit"]).ok();
        let keys: Vec<String> = fs::read_dir(at.join("certs"))
            .unwrap()
            .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
            .filter(|path| path.ends_with(".key"))
            .collect();
        assert_eq!(keys.len(), 2);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        look("keys", at, &["kit/root.cer"], &keys);
    }
}

#[test]
fn profiles_are_signed_by_a_certificate_of_the_organisation() {
    for key in ["rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256"] {
        let folder = authority(&[]);
        let at = folder.path();
        let script = format!(
            "umask 077
             openssl req -x509 -newkey {key} -nodes -subj /CN=Signers -days 30 -keyout ca.key -out ca.pem
             openssl req -newkey {key} -nodes -subj /CN=Profiles -keyout s.key -out s.csr
             openssl x509 -req -in s.csr -CA ca.pem -CAkey ca.key -days 30 -out s.pem
             cat ca.pem >> s.pem"
        );
        tool("openssl", at, &["bash", "-euc", &script]).ok();
        let sign = ["--sign-cert", "s.pem", "--sign-key", "s.key"];
        blockhouse_ca(at, &[&EXPORT[..], &sign].concat()).ok();
        look("signed", at, &["kit/root.cer"], &["ca.pem"]);
    }
}

#[test]
fn signers_that_cannot_be_are_refused() {
    let folder = authority(&[]);
    let at = folder.path();
    let script = "umask 077
        openssl req -x509 -newkey ed25519 -nodes -subj /CN=S -days 30 -keyout ed.key -out ed.pem
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=S -days 30 \
            -keyout ec.key -out ec.pem
        cp ec.key open.key; chmod 644 open.key; echo nothing > no.pem";
    tool("openssl", at, &["bash", "-euc", script]).ok();
    for (certificate, key, words) in [
        ("ed.pem", "ed.key", "signed by RSA or P-256 keys"),
        ("ec.pem", "ed.key", "does not belong to the first certificate of ec.pem"),
        ("ec.pem", "open.key", "can be read by others"),
        ("no.pem", "ec.key", "no certificate stands in it"),
        ("ec.pem", "no.pem", "no.pem"),
        ("gone.pem", "ec.key", "gone.pem"),
    ] {
        let words_of = ["--all", "kit", "--sign-cert", certificate, "--sign-key", key];
        let ran = blockhouse_ca(at, &[&["export"][..], &words_of].concat());
        ran.refused(1, words);
        assert!(!at.join("kit").exists(), "{certificate} {key}");
    }
}

fn two_roots() -> Vec<CertificateDer<'static>> {
    let made = ["G one", "G two"].map(|name| {
        let made = authority(&["--cn", name]);
        CertificateDer::from_pem_file(made.path().join("certs/root.pem")).unwrap()
    });
    made.into()
}

#[test]
fn both_roots_of_a_rotation_are_in_every_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let roots = two_roots();
    let options = KitOptions {
        block_addresses: vec!["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()],
        permitted_domains: vec![HostName::from_text("inner.example").unwrap()],
        ..KitOptions::default()
    };
    write(&Kit::new(&roots, options).unwrap(), &at.join("kit"));
    let both = ["kit/root.cer", "kit/root-2.cer"];
    for check in [
        "basic", "readme", "windows", "intune", "apple", "mobile", "scripts", "browsers", "servers",
    ] {
        look(check, at, &both, &[]);
    }
    let sha256 = ["root.pem", "root-2.pem"].map(|pem| {
        let words = ["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", pem];
        let said = tool("openssl", &at.join("kit"), &words).ok();
        format!("SHA-256 {}", said.trim().split('=').nth(1).unwrap())
    });
    notice(at, "notice-two", &both, &[&sha256[0], &sha256[1]]);
    for store in ["truststore.p12", "truststore-sha1.p12", "truststore.jks"] {
        assert_eq!(entries(&at.join("kit/java").join(store)), 2, "{store}");
    }
}

/// Writes a kit down as `export --all` does.
fn write(kit: &Kit, folder: &Path) {
    for file in export::all(kit, None).unwrap() {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &file.octets).unwrap();
        let mode = if file.executable { 0o755 } else { 0o644 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// Names that mean something to a shell, to Markdown, to HTML and to PowerShell.
#[test]
fn any_name_of_an_organisation_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let name = "O'B & \"S\" `id` $(x) <b> *c* \u{2019}s |\\";
    blockhouse_ca(at, &["init", "--org", name]).ok();
    let about = blockhouse_ca(at, &["show"]).ok();
    assert!(about.contains(&format!("{name} Blockhouse Root CA G1")), "{about}");
    blockhouse_ca(at, &EXPORT).ok();
    for check in ["basic", "readme", "windows", "intune", "scripts", "servers"] {
        look(check, at, &["kit/root.cer"], &[]);
    }
    notice(at, "notice-name", &["kit/root.cer"], &["http://portal.example/"]);
    let said = on_a_machine(
        at,
        "kit=$OLDPWD/kit
         for step in nss-install.sh nss-uninstall.sh install.sh uninstall.sh; do
             $kit/linux/$step >&2
             echo $step $(certutil -L -d sql:home/.pki/nssdb | grep -c ' C,,' || true) \\
                 $(ls /usr/local/share/ca-certificates | grep -c o-b-s || true)
         done",
    );
    let wanted = "nss-install.sh 1 0\nnss-uninstall.sh 0 0\ninstall.sh 0 1\nuninstall.sh 0 0\n";
    assert_eq!(said, wanted);
}

/// A Mac's tools, played: `security` trusts what lies in the folder `trusted`, and says what it was asked.
const MAC: &str = "
    mkdir -p bin trusted; PATH=$PWD/bin:$PATH
    cat >bin/sw_vers <<'END'
#!/bin/sh
echo ${MACOS:-15.0}
END
    cat >bin/security <<END
#!/bin/bash
verb=\\$1; echo \"\\$@\" | sed 's, /tmp/[^ ]*, FILE,' >>$PWD/asked
case \\$verb in
find-certificate) cat $PWD/keychain;;
verify-cert) case \" \\$* \" in *' -l '*) ;; *) exit 1;; esac
    for known in $PWD/trusted/*; do cmp -s \\$3 \\$known && exit 0; done; exit 1;;
remove-trusted-cert|delete-certificate) exit 0;;
*) exit 1;;
esac
END
    chmod 755 bin/*; : >asked; : >keychain; ";

#[test]
fn scripts_for_macs_ask_for_every_root() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(&Kit::new(&two_roots(), KitOptions::default()).unwrap(), &at.join("kit"));
    let script = format!(
        "{MAC}
         jamf=kit/apple/jamf-extension-attribute.sh
         echo none: $($jamf)
         cp kit/root.pem trusted/; echo one: $($jamf)
         cp kit/root-2.pem trusted/; echo both: $($jamf)
         grep -c 'verify-cert -c FILE -p ssl -l -L -q' asked
         : >asked; kit/apple/macos-remove.sh | wc -l; grep -c trusted-cert asked || true
         for root in root root-2; do
             openssl x509 -in kit/$root.pem -noout -fingerprint -sha1 | sed 's/.*=/SHA-1 hash: /; s/://g' >>keychain
         done
         : >asked; kit/apple/macos-remove.sh >removed; grep -c ^removed: removed
         grep -v find-certificate asked | cut -d ' ' -f 1-2"
    );
    let said = tool("openssl", at, &["bash", "-euo", "pipefail", "-c", &script]).ok();
    let one = "remove-trusted-cert -d\ndelete-certificate -Z\n";
    let answers =
        ["untrusted", "untrusted", "trusted"].map(|one| format!("<result>{one}</result>"));
    let [none, first, both] = answers;
    let wanted = format!("none: {none}\none: {first}\nboth: {both}\n6\n2\n0\n2\n{one}{one}");
    assert_eq!(said, wanted);
}

/// How many trusted certificates Java finds.
fn entries(store: &Path) -> usize {
    let words =
        ["keytool", "-list", "-storepass", "changeit", "-keystore", store.to_str().unwrap()];
    let said = tool("default-jdk-headless", Path::new("/"), &words).ok();
    said.matches("trustedCertEntry").count()
}

#[test]
fn java_trusts_the_server_by_each_store() {
    let server = Blockhouse::new();
    let kit = exported(&server);
    let address = url(&server, Way::H1, "localhost", "/");
    for (store, kind) in [
        ("java/truststore.p12", "PKCS12"),
        ("java/truststore-sha1.p12", "PKCS12"),
        ("java/truststore.jks", "JKS"),
    ] {
        let store = kit.join(store);
        assert_eq!(entries(&store), 1, "{}", store.display());
        let option = |name: &str, value: &str| format!("-Djavax.net.ssl.{name}={value}");
        let said = tool(
            "default-jdk-headless",
            Path::new("/"),
            &[
                "java",
                &option("trustStore", store.to_str().unwrap()),
                &option("trustStoreType", kind),
                &option("trustStorePassword", "changeit"),
                &support("Fetch.java"),
                &address,
            ],
        )
        .ok();
        assert!(said.contains("403") && said.contains("<html"), "{said}");
    }
    let refused =
        tool("default-jdk-headless", Path::new("/"), &["java", &support("Fetch.java"), &address]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("PKIX path building failed"), "{refused:?}");
}

/// The kit of a running server's root.
pub(crate) fn exported(server: &Blockhouse) -> PathBuf {
    let at = server.folder.path();
    blockhouse_ca(at, &EXPORT).ok();
    at.join("kit")
}

/// Runs a script as on a machine of its own: what it writes to /etc and its like is for it alone.
#[track_caller]
pub(crate) fn on_a_machine(at: &Path, script: &str) -> String {
    let mounts = "
        for folder in /etc /usr/local /var/lib; do
            mkdir -p upper$folder work$folder
            mount -t overlay overlay -o lowerdir=$folder,upperdir=$PWD/upper$folder,workdir=$PWD/work$folder $folder
        done
        export HOME=$PWD/home; mkdir -p $HOME; ";
    // An overlay wants its layers on a file system that is no overlay itself.
    let layers = "mkdir -p layers; mount -t tmpfs tmpfs layers; cd layers; ";
    let script = format!("{layers}{mounts}{script}");
    let words = ["unshare", "--mount", "--", "bash", "-euo", "pipefail", "-c", &script];
    tool("util-linux ca-certificates", at, &words).ok()
}

/// (`grep` reads to the end, since a client whose reader leaves has failed.)
#[test]
fn linux_scripts_install_for_the_systems_clients_and_remove_again() {
    let server = Blockhouse::new();
    let kit = exported(&server);
    let address = url(&server, Way::H1, "localhost", "/");
    let (kit, python) = (kit.display(), "/usr/bin/python3");
    let said = on_a_machine(
        server.folder.path(),
        &format!(
            "fetch() {{ curl --silent --show-error --noproxy '*' --location --cookie '' {address}; }}
             ask() {{ {python} -c \"import urllib.request as u; u.urlopen('{address}')\" 2>&1 || true; }}
             ! fetch 2>/dev/null && echo before: refused
             {kit}/linux/install.sh >&2
             {kit}/linux/install.sh >&2
             fetch | grep '<html' >/dev/null && echo then: served
             ask | grep 'HTTP Error 403' >/dev/null && echo python: served
             . {kit}/environment/blockhouse-root.sh
             node {fetch} {address} | grep 403 >/dev/null && echo node: served
             unset NODE_EXTRA_CA_CERTS SSL_CERT_FILE CURL_CA_BUNDLE
             {kit}/linux/uninstall.sh >&2
             {kit}/linux/uninstall.sh >&2
             ! fetch 2>/dev/null && echo after: refused
             ask | grep CERTIFICATE_VERIFY_FAILED >/dev/null && echo python: refused",
            fetch = support("fetch.mjs"),
        ),
    );
    let wanted = "before: refused\nthen: served\npython: served\nnode: served\nafter: refused\npython: refused\n";
    assert_eq!(said, wanted);
}

#[test]
fn nss_scripts_install_and_remove() {
    let said = on_a_machine(
        kit(),
        "kit=$OLDPWD/kit; mkdir -p home/.mozilla/firefox/x.default
         certutil -N -d sql:home/.mozilla/firefox/x.default --empty-password
         trusted() { certutil -L -d sql:$1 | grep -c 'Root CA G1 *C,,' || true; }
         for step in nss-install.sh nss-install.sh nss-uninstall.sh; do
             $kit/linux/$step >&2
             echo $step $(trusted home/.pki/nssdb) $(trusted home/.mozilla/firefox/x.default)
         done",
    );
    assert_eq!(said, "nss-install.sh 1 1\nnss-install.sh 1 1\nnss-uninstall.sh 0 0\n");
}

/// The same places as `blockhouse-ca install` looks at, and none that Chromium passes over.
#[test]
fn nss_scripts_know_every_place_and_make_none_beside_another() {
    let places = [
        ".local/share/pki/nssdb",
        "snap/chromium/common/.pki/nssdb",
        "snap/other/current/.local/share/pki/nssdb",
        ".var/app/org.chromium.Chromium/data/pki/nssdb",
        ".var/app/com.brave.Browser/.pki/nssdb",
        ".mozilla/firefox/x.default",
        ".config/mozilla/firefox/y.default",
        "snap/firefox/common/.mozilla/firefox/z.default",
        ".var/app/org.mozilla.firefox/.mozilla/firefox/w.default",
    ];
    let said = on_a_machine(
        kit(),
        &format!(
            "kit=$OLDPWD/kit; places='{}'
             for place in $places; do
                 mkdir -p home/$place; certutil -N -d sql:home/$place --empty-password
             done
             count() {{ for place in $places; do certutil -L -d sql:home/$place; done | grep -c ' C,,' || true; }}
             $kit/linux/nss-install.sh >&2; count
             test -e home/.pki && echo hidden
             $kit/linux/nss-uninstall.sh >&2; count",
            places.join(" ")
        ),
    );
    assert_eq!(said, format!("{}\n0\n", places.len()));
}

#[test]
fn java_scripts_install_and_remove() {
    let said = on_a_machine(
        kit(),
        "kit=$OLDPWD/kit
         store=$(readlink -f $(dirname $(readlink -f $(command -v java)))/../lib/security/cacerts)
         cp $store cacerts; mount --bind cacerts $store
         for step in install.sh install.sh uninstall.sh uninstall.sh; do
             $kit/java/$step >&2
             echo $step $(keytool -list -cacerts -storepass changeit 2>/dev/null | grep -c example-school || true)
         done",
    );
    assert_eq!(said, "install.sh 1\ninstall.sh 1\nuninstall.sh 0\nuninstall.sh 0\n");
}

#[test]
fn p11_kit_trusts_it_for_servers_alone() {
    let said = on_a_machine(
        kit(),
        "kit=$OLDPWD/kit
         mkdir -p store /etc/pkcs11/modules; cp $kit/linux/*.p11-kit store/
         printf 'module: p11-kit-trust.so\\ntrust-policy: yes\\nx-init-reserved: paths=%s/store\\n' $PWD \\
             > /etc/pkcs11/modules/p11-kit-trust.module
         for purpose in server-auth email code-signing; do
             trust extract --format=pem-bundle --filter=ca-anchors --purpose=$purpose \\
                 --overwrite $PWD/$purpose.pem
             echo $purpose $(grep -c 'BEGIN CERT' $purpose.pem || true)
         done",
    );
    assert_eq!(said, "server-auth 1\nemail 0\ncode-signing 0\n");
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_half_made() {
    let folder = authority(&[]);
    let at = folder.path();
    // An empty folder is as good as none.
    fs::create_dir(at.join("kit")).unwrap();
    blockhouse_ca(at, &["export", "--all", "kit"]).ok();
    let before = fs::read(at.join("kit/SHA256SUMS")).unwrap();
    blockhouse_ca(at, &["export", "--all", "kit"]).refused(2, "nothing is ever overwritten");
    assert_eq!(fs::read(at.join("kit/SHA256SUMS")).unwrap(), before);
    blockhouse_ca(at, &["export", "--all", "certs/root.pem"]).refused(1, "certs/root.pem");
    blockhouse_ca(at, &["export", "--all", "no/such/kit"]).refused(1, "no/such/kit");
    blockhouse_ca(at, &["export", "--all", "/proc/kit"]).refused(1, "/proc/kit");

    // The disk is full in the middle.
    let program = env!("CARGO_BIN_EXE_blockhouse-ca");
    let script = format!(
        "mkdir small; mount -t tmpfs -o size=64k tmpfs small
         {program} export --all small/kit && exit 3
         ls -A small"
    );
    let words = ["unshare", "--mount", "--", "bash", "-uc", &script];
    let ran = tool("util-linux", at, &words);
    assert!(ran.stderr.contains("small/kit") && ran.stderr.contains("No space left"), "{ran:?}");
    assert_eq!(ran.ok(), "");

    // It was killed in the middle: the next one cleans up.
    let script = format!("ulimit -c 0; ulimit -f 1; {program} export --all other; ls -A other");
    tool("bash", at, &["bash", "-c", &script]);
    assert!(!at.join("other").exists() && at.join(".other.partial").exists());
    blockhouse_ca(at, &["export", "--all", "other"]).ok();
    assert!(at.join("other/SHA256SUMS").exists() && !at.join(".other.partial").exists());
}

#[test]
fn formats_one_by_one_and_what_is_wrong_with_options() {
    let folder = authority(&[]);
    let at = folder.path();
    blockhouse_ca(at, &["export", "--all", "kit"]).ok();
    let list = blockhouse_ca(at, &["export", "--list"]).ok();
    // The others need an option.
    let made = list.lines().filter(|line| !line.contains("(with `"));
    let formats: Vec<&str> = made.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(formats.len() > 60, "{list}");
    for format in formats {
        blockhouse_ca(at, &["export", "--format", format, "--output", "one"]).ok();
        let one = fs::read(at.join("one")).unwrap();
        let of_all = tool("grep", at, &["find", "kit", "-type", "f"]).ok();
        let same = of_all.lines().any(|path| fs::read(at.join(path)).unwrap() == one);
        assert!(same, "{format}");
        fs::remove_file(at.join("one")).unwrap();
    }
    let export = |words: &[&str]| blockhouse_ca(at, &[&["export"], words].concat());
    // No name is that of another format's file.
    for (format, name) in [
        ("linux", "linux-install.sh"),
        ("linux-remove", "linux-uninstall.sh"),
        ("java-install", "java-install.sh"),
        ("java-remove", "java-uninstall.sh"),
    ] {
        assert_eq!(export(&["--format", format]).ok(), format!("{name}\n"));
    }
    let pem = fs::read_to_string(at.join("certs/root.pem")).unwrap();
    assert_eq!(export(&["--format", "pem", "--output", "-"]).ok(), pem);
    export(&["--format", "docx"]).refused(2, "`--list` has all");
    export(&["--format", "pem", "--portal-url", "portal"])
        .refused(2, "http://blockhouse.internal/");
    export(&["--format", "pem", "--block-address", "x"]).refused(2, "--block-address");
    export(&["--format", "pem", "--permit-domain", "a b"]).refused(2, "--permit-domain");
    export(&["--format", "pem", "--sign-cert", "x"]).refused(2, "--sign-key");
    export(&[]).refused(2, "--all");
    export(&["--all", "x", "--format", "pem"]).refused(2, "cannot be used with");
    export(&["--list", "--directory", "nowhere"]).refused(2, "blockhouse-ca init");
}
