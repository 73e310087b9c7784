//! The weaknesses of TLS that are known by name, looked for by testssl.sh, which is not ours.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::ca::tool;
use crate::support::server::{Blockhouse, CONFIG, folder_with_root};

/// Of what it warns because it could not look itself.
const UNSEEN: [&str; 3] = [
    // It did not expect that the answer leads to the cookie check.
    "HTTP_status_code",
    // Its client leaves at once, and may do so before a ticket of TLS 1.3 comes; `tickets` looks at those.
    "sessionresumption_ticket",
    // Its client may have no GOST ciphers, which no TLS library of ours has either.
    "engine_problem",
];

/// What it counts as a weakness, and is none here.
const MEANT: [(&str, &str); 2] = [
    (
        "cert_expirationStatus",
        "a leaf lives for seven days, and the next one is minted before that",
    ),
    ("cert_notAfter", "the same"),
];

#[test]
fn testssl_finds_no_weakness() {
    // It wants to see where a certificate's revocation could be looked up.
    let config = CONFIG.replace("[ca]\n", "[ca]\ncrl_host = \"crl.test\"\n");
    let server = Blockhouse::start(folder_with_root(&["--crl-host", "crl.test"]), &config, &[]);
    let target = format!("blocked.test:{}", server.https()[0].port());
    let root = server.root();
    // It looks no name up, and phones nobody; the first of these bounds it as a whole.
    let words = [
        &["timeout", "1500", "testssl", "--quiet", "--warnings", "off", "--color", "0"][..],
        &["--nodns", "none", "--ip", "127.0.0.1", "--add-ca", root.to_str().unwrap()],
        &[
            "--connect-timeout",
            "20",
            "--openssl-timeout",
            "20",
            "--jsonfile",
            "found.json",
            &target,
        ],
    ];
    let ran = tool("testssl.sh", server.folder.path(), &words.concat());
    let found = fs::read_to_string(server.folder.path().join("found.json")).unwrap();
    let found: Vec<Value> = serde_json::from_str(&found).unwrap_or_else(|_| panic!("{ran:#?}"));
    let mut severities = BTreeMap::new();
    let mut wrong = Vec::new();
    for finding in &found {
        // With two leaves, for two kinds of key, each finding says which one it is about.
        let id = finding["id"].as_str().unwrap().split(' ').next().unwrap();
        let severity = finding["severity"].as_str().unwrap();
        severities.insert(id, severity);
        let weak = match severity {
            "OK" | "INFO" | "LOW" => false,
            "WARN" => !UNSEEN.contains(&id),
            _ => !MEANT.iter().any(|(meant, _)| id == *meant),
        };
        if weak {
            wrong.push(finding);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // It came to its end, saw our chain, and looked for the best known.
    for id in ["heartbleed", "ROBOT", "secure_renego", "SWEET32", "LOGJAM", "cert_chain_of_trust"] {
        assert_eq!(severities.get(id), Some(&"OK"), "{id} in {ran:#?}");
    }
    for (id, _) in MEANT {
        assert!(severities.contains_key(id), "{id} is not found any more: take it out");
    }
}
