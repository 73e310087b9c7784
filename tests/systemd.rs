//! The package and its units under a real systemd.

use std::fs;
use std::path::Path;

use crate::support::ca::tool;

#[test]
fn the_service_starts_reloads_recovers_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bins = Path::new(env!("CARGO_BIN_EXE_blockhouse")).parent().unwrap();
    let words = [&home.join("dist/deb"), bins, at, Path::new("1")];
    let words = words.map(|path| path.to_str().unwrap().to_owned());
    tool("dpkg-dev", at, &words.each_ref().map(String::as_str)).ok();
    fs::copy(home.join("tests/support/unit.sh"), at.join("inside.sh")).unwrap();
    fs::create_dir(at.join("machine")).unwrap();
    let boot = home.join("tests/support/boot.sh");
    let ran = tool("systemd", at, &["bash", boot.to_str().unwrap(), "."]);
    let read = |name: &str| fs::read_to_string(at.join(name)).unwrap_or_default();
    let (said, log) = (read("said"), read("log"));
    assert_eq!(ran.code, Some(0), "{ran:#?}\n{said}\n{log}");
    let wanted = [
        "started: active, CapEff 400 NoNewPrivs 1 Seccomp 2 blockhouse",
        "page: 403",
        "monitor: ready",
        "read anew: 403",
        "after a crash: ready, started again 1 time",
        "after it stood still: ready, 1 time",
        "stopped: inactive, success, 0",
        "with a credential: 403, /etc/blockhouse/blockhouse.toml: no problems",
        "before the first client: inactive",
        "with a socket: 403, 403, CapEff  NoNewPrivs 1 Seccomp 2 blockhouse",
        "while it restarts: 403",
        "stopped: inactive, success",
        "events: all",
        "written: 644 /etc/blockhouse/certs/issuing-g1.pem 644 /etc/blockhouse/certs/root.crl \
         644 /etc/blockhouse/certs/root.pem 600 /var/lib/blockhouse/cookie.keys \
         600 /var/lib/blockhouse/store/store.redb 600 /var/lib/blockhouse/ticket.keys \
         600 /var/log/blockhouse/events.jsonl",
        "complaints: 0, 0",
    ];
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines, wanted, "{said}\n{log}");
}
