//! The structure that ARCHITECTURE.md promises.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The modules of `lib.rs`, in their order there.
fn modules() -> Vec<String> {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

/// Every module that a source names through `crate::`.
fn named(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (place, _) in text.match_indices("crate::") {
        let rest = &text[place + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            // `use crate::{a::B, c};`
            let mut depth = 0;
            let mut word = String::new();
            for letter in group.chars() {
                match letter {
                    '}' if depth == 0 => break,
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => names.push(std::mem::take(&mut word)),
                    _ => word.push(letter),
                }
            }
            names.push(word);
        } else {
            names.push(rest.to_owned());
        }
    }
    let first = |name: &String| {
        let name = name.trim_start();
        name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    names.iter().map(first).collect()
}

#[test]
fn a_module_names_only_those_above_it() {
    let order: HashMap<String, usize> =
        modules().into_iter().enumerate().map(|(place, name)| (name, place)).collect();
    assert!(order.len() > 10, "lib.rs declares the modules: {order:?}");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in sources(&root().join("src")) {
        let inside = path.strip_prefix(root().join("src")).unwrap();
        let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let Some(own) = order.get(first.trim_end_matches(".rs")) else {
            assert!(first == "lib.rs" || first == "bin", "{first} is not declared in lib.rs");
            continue;
        };
        for name in named(&fs::read_to_string(&path).unwrap()) {
            let Some(place) = order.get(&name) else { continue };
            seen += 1;
            if place > own {
                wrong.push(format!("{} names {name}, which stands below it", inside.display()));
            }
        }
    }
    assert!(seen > 50, "the reader of `crate::` paths found only {seen}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_reader_of_paths_sees_groups() {
    let text = "use crate::{a::{B, C}, d};\nuse crate::e::F;";
    assert_eq!(named(text), ["a", "d", "e"]);
}

#[test]
fn files_do_one_job() {
    let mut long = Vec::new();
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        // Unit tests at the end of a file are not part of its job.
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        if lines > 550 {
            long.push(format!("{}: {lines} lines", path.display()));
        }
    }
    assert!(long.is_empty(), "split these: {long:#?}");
}

#[test]
fn nothing_secret_or_generated_is_committed() {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .expect("git starts; Debian package git");
    assert!(listed.status.success());
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<_> = listed.split('\0').filter(|name| !name.is_empty()).collect();
    assert!(files.contains(&"Cargo.toml"));
    for name in files {
        let in_certs = name.strip_prefix("certs/");
        assert!(
            in_certs.is_none_or(|name| ["README.md", ".gitignore"].contains(&name)),
            "{name} must not be committed"
        );
        let Ok(text) = fs::read_to_string(root().join(name)) else { continue };
        // In two pieces, so that this very file does not hold it.
        let marker = ["PRIVATE KEY", "-----"].concat();
        let key =
            text.lines().any(|line| line.starts_with("-----BEGIN") && line.ends_with(&marker));
        assert!(!key, "{name} holds a private key");
    }
}

#[test]
fn no_test_sleeps_or_is_ignored() {
    let words = [["#[ign", "ore"].concat(), ["thread::sl", "eep("].concat()];
    for path in sources(&root().join("tests")) {
        let text = fs::read_to_string(&path).unwrap();
        for word in &words {
            assert!(!text.contains(word.as_str()), "{} has {word}", path.display());
        }
    }
}
