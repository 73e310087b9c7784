//! What we sign, checked by verifiers that we did not write.

use std::collections::HashSet;
use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use blockhouse::ca::{CaError, Issuer, KeyKind, LeafKey, LeafTerms};
use blockhouse::clock;
use blockhouse::host::Host;
use rustls::pki_types::{ServerName, UnixTime};

use crate::support::ca::{authority, blockhouse_ca, tool};

const AUTHORITIES: [&[&str]; 4] =
    [&[], &["--key", "p384"], &["--key", "rsa2048"], &["--single-tier"]];

fn terms() -> LeafTerms {
    let day = Duration::from_secs(24 * 3600);
    LeafTerms { lifetime: 7 * day, backdate: day, crl_url: None }
}

fn hosts() -> Vec<String> {
    let label = "a".repeat(61);
    vec![
        "blocked.example".into(),
        "under_score.example".into(),
        "xn--bcher-kva.example".into(),
        format!("{label}.example"),
        format!("{label}.{label}.{label}.{label}.{}", "b".repeat(5)),
        "192.0.2.7".into(),
        "2001:db8::7".into(),
    ]
}

#[test]
fn openssl_and_gnutls_accept_every_leaf() {
    for options in AUTHORITIES {
        let folder = authority(options);
        let at = folder.path();
        let hosts = hosts();
        for rsa in [false, true] {
            let output = if rsa { "rsa" } else { "ec" };
            let mut arguments = vec!["sample", "--output", output];
            arguments.extend(rsa.then_some("--rsa"));
            arguments.extend(hosts.iter().map(String::as_str));
            blockhouse_ca(at, &arguments).ok();
            for (place, host) in hosts.iter().enumerate() {
                let leaf = format!("{output}/leaf-{place}-0.pem");
                let chain = format!("{output}/chain.pem");
                let untrusted = if at.join(&chain).exists() {
                    format!("-untrusted {chain}")
                } else {
                    String::new()
                };
                let kind = if host.parse::<IpAddr>().is_ok() { "ip" } else { "hostname" };
                let script = format!(
                    "openssl verify -x509_strict -purpose sslserver -verify_{kind} {host} \
                     -CAfile certs/root.pem {untrusted} {leaf}
                     cat {leaf} $(ls {chain} || true) > both.pem
                     certtool --verify --verify-hostname {host} --verify-purpose \
                     1.3.6.1.5.5.7.3.1 --load-ca-certificate certs/root.pem --infile both.pem"
                );
                tool("openssl gnutls-bin", at, &["bash", "-euc", &script]).ok();
            }
        }
    }
}

#[test]
fn nss_python_and_java_accept_every_leaf_and_pkilint_has_no_remark() {
    for options in AUTHORITIES {
        let folder = authority(options);
        let at = folder.path();
        let mut arguments = vec!["sample", "--output", "ec"];
        let hosts = hosts();
        arguments.extend(hosts.iter().map(String::as_str));
        blockhouse_ca(at, &arguments).ok();
        let rsa = ["sample", "--output", "rsa", "--rsa", "blocked.example"];
        blockhouse_ca(at, &rsa).ok();
        fs::write(at.join("hosts"), hosts.join("\n")).unwrap();
        let support = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support");
        let script = format!("exec \"$(sh {support}/python.sh)\"/bin/python {support}/verify.py");
        tool("python3-venv libnss3-tools", at, &["bash", "-euc", &script]).ok();
        let java = format!("{support}/Verify.java");
        tool("openjdk-17-jdk-headless", at, &["java", &java]).ok();
    }
}

#[test]
fn webpki_accepts_every_leaf_and_serials_are_unique() {
    let now = clock::now();
    let mut serials = HashSet::new();
    for options in AUTHORITIES {
        let folder = authority(options);
        let issuer = Issuer::load(&folder.path().join("certs"), None, now).unwrap();
        let anchor = webpki::anchor_from_trusted_cert(issuer.root()).unwrap();
        for kind in [KeyKind::P256, KeyKind::Rsa2048] {
            let key = LeafKey::generate(kind).unwrap();
            for host in hosts() {
                let parsed: Host = host.parse().unwrap();
                let leaf = issuer.mint(&parsed, &key, &terms(), now).unwrap();
                let end = webpki::EndEntityCert::try_from(&leaf.der).unwrap();
                end.verify_for_usage(
                    webpki::ALL_VERIFICATION_ALGS,
                    std::slice::from_ref(&anchor),
                    issuer.chain(),
                    UnixTime::since_unix_epoch(Duration::from_secs(now.unix() as u64)),
                    webpki::KeyUsage::server_auth(),
                    None,
                    None,
                )
                .unwrap();
                end.verify_is_valid_for_subject_name(&ServerName::try_from(host).unwrap()).unwrap();
            }
        }
    }
    let folder = authority(&[]);
    let issuer = Issuer::load(&folder.path().join("certs"), None, now).unwrap();
    let key = LeafKey::generate(KeyKind::P256).unwrap();
    let host: Host = "blocked.example".parse().unwrap();
    for _ in 0..10_000 {
        let leaf = issuer.mint(&host, &key, &terms(), now).unwrap();
        let end = webpki::EndEntityCert::try_from(&leaf.der).unwrap();
        let serial = end.serial().to_vec();
        assert_eq!(serial.len(), 16);
        assert!((0x40..0x80).contains(&serial[0]));
        assert!(serials.insert(serial), "a serial came twice");
    }
}

#[test]
fn an_expired_issuer_is_refused_and_a_leaf_never_outlives_its_issuer() {
    let folder = authority(&["--issuing-days", "3"]);
    let certs = folder.path().join("certs");
    let now = clock::now();
    let issuer = Issuer::load(&certs, None, now).unwrap();
    let key = LeafKey::generate(KeyKind::P256).unwrap();
    let host: Host = "blocked.example".parse().unwrap();
    let leaf = issuer.mint(&host, &key, &terms(), now).unwrap();
    assert_eq!(leaf.not_after, issuer.not_after());
    let later = now.plus(Duration::from_secs(4 * 24 * 3600));
    assert!(matches!(issuer.mint(&host, &key, &terms(), later), Err(CaError::Expired { .. })));
    assert!(matches!(Issuer::load(&certs, None, later), Err(CaError::Expired { .. })));
}

#[test]
fn the_root_signs_no_leaf_in_place_of_an_issuing_ca() {
    // It has no exclusions of its own.
    let folder = authority(&["--exclude-domain", "bank.example"]);
    let at = folder.path();
    let sample = |host: &str| blockhouse_ca(at, &["sample", host, "--output", host]);
    let lose = |number: u32| {
        for ending in ["pem", "key"] {
            fs::remove_file(at.join(format!("certs/issuing-g{number}.{ending}"))).unwrap();
        }
    };
    lose(1);
    for host in ["www.bank.example", "a.example"] {
        sample(host).refused(1, "there is none under certs/root.pem");
    }
    blockhouse_ca(at, &["renew", "--exclude-domain", "bank.example"]).ok();
    sample("www.bank.example").refused(1, "excludes it");
    sample("a.example").ok();

    // A root that signed by itself does no more once there was an issuing CA.
    let folder = authority(&["--single-tier"]);
    let at = folder.path();
    blockhouse_ca(at, &["sample", "a.example"]).ok();
    assert!(at.join("sample/leaf-0-0.pem").exists());
    blockhouse_ca(at, &["renew"]).ok();
    for ending in ["pem", "key"] {
        fs::remove_file(at.join(format!("certs/issuing-g1.{ending}"))).unwrap();
    }
    blockhouse_ca(at, &["sample", "b.example", "--output", "b"]).refused(1, "there is none");
}

#[test]
fn verifiers_refuse_an_excluded_name_that_was_signed_all_the_same() {
    // The issuing CA's key falls into the wrong hands: its thief is not bound by our own check.
    let folder = authority(&["--exclude-domain", "bank.example"]);
    let script = "openssl req -new -newkey rsa:2048 -nodes -keyout k -subj / -out csr 2>/dev/null
        printf 'subjectAltName=critical,DNS:%s\\nextendedKeyUsage=serverAuth\\n' $HOST_NAME > ext
        openssl x509 -req -in csr -CA certs/issuing-g1.pem -CAkey certs/issuing-g1.key -days 3 \
            -extfile ext -out leaf.pem 2>/dev/null
        openssl verify -CAfile certs/root.pem -untrusted certs/issuing-g1.pem leaf.pem";
    for (host, code, words) in [("www.bank.example", 2, "excluded subtree"), ("a.example", 0, "")] {
        let script = format!("HOST_NAME={host}; {script}");
        tool("openssl", folder.path(), &["bash", "-euc", &script]).refused(code, words);
    }
}
