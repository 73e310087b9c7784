//! What is shipped around the program: the units, the package's configuration, alerts and the dashboard.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::ca::{blockhouse_ca, tool};

fn dist(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("dist").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(dist(name)).unwrap()
}

#[test]
fn the_unit_is_understood_and_hardened() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // The programs that it names must be there, so they are named where they are.
    let program = env!("CARGO_BIN_EXE_blockhouse");
    let unit = read("blockhouse.service").replace("/usr/bin/blockhouse", program);
    fs::write(at.join("blockhouse.service"), unit).unwrap();
    fs::copy(dist("blockhouse.socket"), at.join("blockhouse.socket")).unwrap();
    for name in ["blockhouse.service", "blockhouse.socket"] {
        let words = ["systemd-analyze", "verify", "--man=no", name];
        let ran = tool("systemd", at, &words);
        // It also tells of other units of this machine; ours must not be among what it says.
        let about: Vec<_> = ran.stderr.lines().filter(|line| line.contains("blockhouse")).collect();
        assert!(about.is_empty(), "{about:#?}");
        assert_eq!(ran.code, Some(0), "{ran:#?}");
    }
    // Tenths: below 2.0 (`systemd-analyze security` fails above the threshold).
    let words = ["systemd-analyze", "security", "--offline=true", "--threshold=19"];
    let words = [&words[..], &["./blockhouse.service"]].concat();
    tool("systemd", at, &words).ok();
}

#[test]
fn the_package_installs_and_goes_away() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let bins = Path::new(env!("CARGO_BIN_EXE_blockhouse")).parent().unwrap();
    // A debug build is large, and how small its package is does not matter.
    let words = [&dist("deb"), bins, at, Path::new("1")];
    let words = words.map(|path| path.to_str().unwrap().to_owned());
    tool("dpkg-dev", at, &words.each_ref().map(String::as_str)).ok();
    // Errors fail; what it warns of is how it is meant (no manual pages, files that are not for all).
    tool("lintian", at, &["bash", "-euc", "lintian --allow-root --fail-on error *.deb >&2"]).ok();
    // Into a folder, with a copy of the users: the one of the package must be made.
    let script = "
        mkdir -p etc root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/lib/blockhouse root/var/log/blockhouse
        touch root/var/lib/dpkg/status
        cp -a /etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/login.defs etc
        mount --bind etc /etc
        act() { dpkg --root=$PWD/root --force-depends --force-script-chrootless \"$@\" >&2; }
        act --install *.deb
        getent passwd blockhouse | cut -d: -f1,6,7
        cd root
        stat -c '%G %a %n' etc/blockhouse etc/blockhouse/blockhouse.toml usr/bin/blockhouse
        usr/bin/blockhouse --version
        usr/bin/blockhouse-ca --version
        grep -c 'libc6 (>= [0-9.]*)' var/lib/dpkg/status
        cd ..
        act --purge blockhouse
        find root -name '*blockhouse*' -not -path '*/dpkg/*'";
    let said = tool("util-linux", at, &["unshare", "--mount", "bash", "-euc", script]).ok();
    let version = env!("CARGO_PKG_VERSION");
    let lines: Vec<&str> = said.lines().collect();
    let wanted = [
        "blockhouse:/var/lib/blockhouse:/usr/sbin/nologin",
        "blockhouse 750 etc/blockhouse",
        "blockhouse 640 etc/blockhouse/blockhouse.toml",
        "root 755 usr/bin/blockhouse",
        &format!("blockhouse {version}"),
        &format!("blockhouse-ca {version}"),
        // The oldest library that will do.
        "1",
        // Keys stay; the events go.
        "root/var/lib/blockhouse",
    ];
    assert_eq!(lines, wanted, "{said}");
}

#[test]
fn the_configurations_to_begin_with_are_good_once_there_is_a_root() {
    for name in ["blockhouse.toml", "container.toml"] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let here = at.to_str().unwrap();
        let text = read(name)
            .replace("/etc/blockhouse", here)
            .replace("/var/lib/blockhouse", here)
            .replace("/var/log/blockhouse", here);
        fs::write(at.join("blockhouse.toml"), text).unwrap();
        let check = || {
            let program = env!("CARGO_BIN_EXE_blockhouse");
            tool("blockhouse", at, &[program, "--config", "blockhouse.toml", "check"])
        };
        check().refused(2, "root.pem");
        blockhouse_ca(at, &["init", "--org", "Example School"]).ok();
        assert!(check().ok().contains("no problems"));
    }
}

#[test]
fn alerts_fire_when_they_should_and_else_not() {
    let at = dist("");
    tool("prometheus", &at, &["promtool", "check", "rules", "alerts.yaml"]).ok();
    tool("prometheus", &at, &["promtool", "test", "rules", "alerts.test.yaml"]).ok();
    // Each of them is tried.
    let tried = read("alerts.test.yaml");
    for line in read("alerts.yaml").lines() {
        if let Some(name) = line.trim().strip_prefix("- alert: ") {
            assert!(tried.contains(name), "{name} is never tried");
        }
    }
}

/// The names of metrics that a text speaks of, as the guide writes them.
fn metrics(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let ours = words.filter(|word| {
        word.starts_with("blockhouse_")
            || ["_seconds_total", "_bytes", "_fds"]
                .iter()
                .any(|end| word.starts_with("process_") && word.ends_with(end))
    });
    let bare = |word: &str| {
        let ends = ["_total", "_bucket", "_count", "_sum"];
        ends.iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word).to_owned()
    };
    ours.map(bare).collect()
}

#[test]
fn dashboard_and_alerts_speak_of_metrics_that_there_are() {
    let guide = include_str!("../GUIDE.md");
    let named = [read("alerts.yaml"), read("grafana.json")].concat();
    let named = metrics(&named);
    assert!(named.len() > 15, "{named:?}");
    for name in &named {
        let row =
            guide.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{name}`")));
        assert!(row, "the guide has no {name}");
    }
    let dashboard: Value = serde_json::from_str(&read("grafana.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    for panel in panels {
        assert!(panel["description"].as_str().is_some_and(|text| text.len() > 20), "{panel}");
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap().replace("$__rate_interval", "5m");
            let rule = serde_json::json!({ "groups": [{ "name": "x", "rules": [{ "record": "x", "expr": expression }] }] });
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("x.yaml"), rule.to_string()).unwrap();
            tool("prometheus", folder.path(), &["promtool", "check", "rules", "x.yaml"]).ok();
        }
    }
}

#[test]
fn the_container_file_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let helper = format!("{}/tests/support/python.sh", env!("CARGO_MANIFEST_DIR"));
    let place = tool("python3-venv", folder.path(), &["sh", &helper]).ok();
    let python = format!("{}/bin/python", place.trim());
    let script = "
import sys
from dockerfile_parse import DockerfileParser
parsed = DockerfileParser(path=sys.argv[1], cache_content=True)
steps = [one for one in parsed.structure if one['instruction'] != 'COMMENT']
print(*[one['instruction'] for one in steps])
print(*[word for one in steps if one['instruction'] == 'EXPOSE' for word in one['value'].split()])
print(*[one['value'].split()[-2] for one in steps if one['instruction'] == 'COPY' and '--from' not in one['value']])";
    let copy = folder.path().join("Dockerfile");
    fs::copy(dist("Containerfile"), &copy).unwrap();
    let words = [python.as_str(), "-c", script, copy.to_str().unwrap()];
    let said = tool("python3", folder.path(), &words).ok();
    let [steps, ports, copied] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
    let expected =
        "FROM WORKDIR COPY RUN FROM RUN COPY COPY USER VOLUME EXPOSE STOPSIGNAL ENTRYPOINT CMD";
    assert_eq!(steps, expected);
    // The ports of the configuration that the image begins with, and UDP for the refusal of QUIC.
    let config = read("container.toml");
    for port in ports.split(' ').filter_map(|port| port.strip_suffix("/tcp")) {
        let listens = [format!("\"0.0.0.0:{port}\""), format!("\"[::]:{port}\"")];
        assert!(listens.iter().all(|address| config.contains(address)), "{port}");
    }
    assert_eq!(ports, "8443/tcp 8443/udp 8080/tcp 9469/tcp");
    assert_eq!(copied, ". dist/container.toml");
}
