//! Whether this machine's stores of trust hold the root: the system's, NSS, Firefox, Java.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::program::{NoAnswer, output};
use super::{Finding, Ground};
use crate::ca;
use crate::files;

const SYSTEM: &str = "trust-system";
const NSS: &str = "trust-nss";
const FIREFOX: &str = "trust-firefox";
const JAVA: &str = "trust-java";
/// Where systems keep all roots in one file: Debian, Fedora, SUSE, Alpine.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// The largest such file.
const MOST: u64 = 32 << 20;
/// keytool starts a whole machine of its own.
const SLOW: Duration = Duration::from_secs(30);

pub(super) fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let certificates = ca::read_certificates(&ground.config.ca.directory);
    let Some(root) = certificates.ok().and_then(|all| all.into_iter().next()) else {
        return vec![Finding::skipped(SYSTEM, "there is no root to look for")];
    };
    let path = ground.config.ca.directory.join("root.pem").display().to_string();
    let store = Store { root, path, patience: ground.patience };
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let mut findings = vec![store.system()];
    findings.push(store.nss(home.as_deref()));
    findings.extend(store.firefox(home.as_deref()));
    findings.push(store.java());
    findings
}

/// What a database says of the root.
enum Held {
    Trusted,
    /// It is there, and not for web sites.
    Untrusted(String),
    Absent,
}

/// The root that is looked for.
struct Store {
    root: CertificateDer<'static>,
    path: String,
    patience: Duration,
}

impl Store {
    fn system(&self) -> Finding {
        // OpenSSL's programs, and with them many others, look there first.
        let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
        let known = BUNDLES.iter().map(PathBuf::from);
        let Some(bundle) = named.into_iter().chain(known).find(|path| path.is_file()) else {
            return Finding::skipped(SYSTEM, "no bundle of the system's roots is known here");
        };
        let shown = bundle.display();
        let text = match files::read("the system's roots", &bundle, MOST) {
            Ok(text) => text,
            Err(error) => return Finding::skipped(SYSTEM, error.to_string()),
        };
        let mut all = CertificateDer::pem_slice_iter(&text).filter_map(Result::ok);
        if all.any(|der| der == self.root) {
            return Finding::ok(SYSTEM, format!("{shown} holds the root"));
        }
        Finding::warning(
            SYSTEM,
            format!("{shown} lacks the root: curl, wget and most programs here refuse our pages"),
            format!(
                "`cp {} /usr/local/share/ca-certificates/blockhouse.crt && update-ca-certificates` \
                 (Fedora: `trust anchor {}`)",
                self.path, self.path
            ),
        )
    }

    fn nss(&self, home: Option<&Path>) -> Finding {
        let folders = [".pki/nssdb", ".local/share/pki/nssdb"];
        // Chromium reads the first folder that is there, and no other.
        let mut found = folders.iter().filter_map(|folder| Some(home?.join(folder)));
        match found.find(|folder| folder.is_dir()) {
            Some(folder) => self.database(NSS, &folder, "Chromium here refuses our pages"),
            None => Finding::skipped(NSS, "this user has no NSS database"),
        }
    }

    fn firefox(&self, home: Option<&Path>) -> Vec<Finding> {
        if let Some(policy) = self.firefox_policy(home) {
            return vec![policy];
        }
        let places = [
            ".mozilla/firefox",
            ".config/mozilla/firefox",
            "snap/firefox/common/.mozilla/firefox",
            ".var/app/org.mozilla.firefox/.mozilla/firefox",
        ];
        let places = places.iter().filter_map(|place| fs::read_dir(home?.join(place)).ok());
        let profiles = places.flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let mut profiles: Vec<PathBuf> =
            profiles.filter(|folder| folder.join("cert9.db").is_file()).collect();
        profiles.sort();
        if profiles.is_empty() {
            return vec![Finding::skipped(FIREFOX, "this user has no profile of Firefox")];
        }
        let of = |folder: &PathBuf| self.database(FIREFOX, folder, "Firefox refuses our pages");
        profiles.iter().map(of).collect()
    }

    /// What a policy for all profiles says, when it brings the root.
    fn firefox_policy(&self, home: Option<&Path>) -> Option<Finding> {
        let files = [
            "/etc/firefox/policies/policies.json",
            "/usr/lib/firefox/distribution/policies.json",
            "/usr/lib/firefox-esr/distribution/policies.json",
        ];
        files.iter().find_map(|file| {
            let text = files::read("the policies of Firefox", Path::new(file), MOST).ok()?;
            let policies: serde_json::Value = serde_json::from_slice(&text).ok()?;
            let named = policies.pointer("/policies/Certificates/Install")?.as_array()?;
            let named = named.iter().filter_map(serde_json::Value::as_str);
            let mut files = named.flat_map(|name| installed(name, home));
            files
                .any(|path| self.is_in(&path))
                .then(|| Finding::ok(FIREFOX, format!("{file} brings the root to every profile")))
        })
    }

    /// Whether a file is the root, in PEM or DER.
    fn is_in(&self, path: &Path) -> bool {
        let Ok(octets) = files::read("a certificate", path, MOST) else { return false };
        octets == *self.root
            || CertificateDer::pem_slice_iter(&octets)
                .filter_map(Result::ok)
                .any(|der| der == self.root)
    }

    fn database(&self, check: &'static str, folder: &Path, what: &str) -> Finding {
        let shown = folder.display();
        let advice = format!(
            "`certutil -d sql:{shown} -A -t C,, -n blockhouse -i {}` (Debian package libnss3-tools)",
            self.path
        );
        match self.held(folder) {
            Ok(Held::Trusted) => Finding::ok(check, format!("{shown} trusts the root")),
            Ok(Held::Absent) => {
                Finding::warning(check, format!("{shown} lacks the root: {what}"), advice)
            }
            Ok(Held::Untrusted(flags)) => Finding::warning(
                check,
                format!("{shown} has the root, not for web sites (`{flags}`): {what}"),
                advice,
            ),
            Err(NoAnswer::Missing) => {
                let why =
                    format!("{shown} takes `certutil` to read (Debian package libnss3-tools)");
                Finding::skipped(check, why)
            }
            Err(NoAnswer::Failed(why)) => {
                Finding::skipped(check, format!("certutil cannot read {shown}: {why}"))
            }
        }
    }

    /// Goes through a database by the nicknames that stand in it.
    fn held(&self, folder: &Path) -> Result<Held, NoAnswer> {
        // certutil makes a database where there is none, and we change nothing.
        if !folder.join("cert9.db").is_file() {
            return Ok(Held::Absent);
        }
        let mut database = std::ffi::OsString::from("sql:");
        database.push(folder);
        let certutil = |words: &[&OsStr]| {
            let mut command = Command::new("certutil");
            command.arg("-L").arg("-d").arg(&database).args(words);
            output(&mut command, self.patience)
        };
        let listed = certutil(&[])?;
        let listed = String::from_utf8_lossy(&listed);
        let mut held = Held::Absent;
        for line in listed.lines() {
            let Some((name, flags)) = line.trim_end().rsplit_once(char::is_whitespace) else {
                continue;
            };
            if flags.matches(',').count() != 2 || flags.contains('/') {
                continue;
            }
            let name = OsStr::new(name.trim_end());
            let octets = certutil(&["-n".as_ref(), name, "-r".as_ref()])?;
            // Several certificates can go by one name.
            if !octets.windows(self.root.len().max(1)).any(|part| part == &self.root[..]) {
                continue;
            }
            let web = flags.split(',').next().unwrap_or_default();
            if web.contains('C') {
                return Ok(Held::Trusted);
            }
            held = Held::Untrusted(flags.to_owned());
        }
        Ok(held)
    }

    fn java(&self) -> Finding {
        let mut command = Command::new("keytool");
        command.args(["-list", "-cacerts", "-storepass", "changeit"]);
        let said = match output(&mut command, self.patience.max(SLOW)) {
            Ok(said) => said,
            Err(NoAnswer::Missing) => return Finding::skipped(JAVA, "there is no Java here"),
            Err(NoAnswer::Failed(why)) => {
                return Finding::skipped(JAVA, format!("keytool cannot read its store: {why}"));
            }
        };
        let fingerprint = ca::fingerprint_sha256(&self.root);
        if String::from_utf8_lossy(&said).contains(&fingerprint) {
            return Finding::ok(JAVA, "Java's store holds the root");
        }
        Finding::warning(
            JAVA,
            "Java's store lacks the root: its programs refuse our pages",
            format!(
                "`keytool -importcert -cacerts -storepass changeit -noprompt -alias blockhouse -file {}`",
                self.path
            ),
        )
    }
}

/// Where Firefox looks for a certificate that a policy names.
fn installed(name: &str, home: Option<&Path>) -> Vec<PathBuf> {
    let mut places = vec![PathBuf::from(name)];
    let folders = ["/usr/lib/mozilla/certificates", "/usr/lib64/mozilla/certificates"];
    places.extend(folders.iter().map(|folder| Path::new(folder).join(name)));
    places.extend(home.map(|home| home.join(".mozilla/certificates").join(name)));
    places
}
