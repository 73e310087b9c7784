//! Trust stores of the browsers: NSS databases in scratch folders, filled by certutil.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Makes a database in `folder` that trusts these roots (PEM files) for web sites.
pub fn trust(folder: &Path, roots: &[&Path]) {
    fs::create_dir_all(folder).expect("a folder for the trust store");
    let database = format!("sql:{}", folder.display());
    certutil(&["-N", "-d", &database, "--empty-password"]);
    for (number, root) in roots.iter().enumerate() {
        let (name, file) = (format!("root {number}"), root.to_str().expect("a path in UTF-8"));
        certutil(&["-A", "-d", &database, "-n", &name, "-t", "C,,", "-i", file]);
    }
}

fn certutil(words: &[&str]) {
    let output = Command::new("certutil").args(words).output();
    let output = output.expect("certutil starts; Debian package libnss3-tools");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "certutil {}: {said}", words.join(" "));
}
