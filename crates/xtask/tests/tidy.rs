//! The rules of `docs/ARCHITECTURE.md` that a compiler does not check.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each crate may depend on within the workspace. A change here is a change of the architecture:
/// it belongs in `docs/ARCHITECTURE.md`, in the same commit.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("graphbeat-base", &[]),
    ("graphbeat-catalog", &["base"]),
    ("graphbeat-core", &["base", "catalog"]),
    ("graphbeat-config", &["base", "catalog", "core"]),
    ("graphbeat-http", &["base"]),
    ("graphbeat-entra", &["base", "http"]),
    ("graphbeat-graph", &["base", "catalog", "core", "http", "entra"]),
    ("graphbeat-store", &["base", "core"]),
    ("graphbeat-engine", &["base", "catalog", "config", "core", "entra", "graph", "http", "store"]),
    ("graphbeat-sandbox", &["base"]),
    ("graphbeat", &["base", "catalog", "config", "core", "engine", "entra", "graph", "http", "sandbox", "store"]),
    ("graphbeat-fuzz", &["base", "catalog", "config", "core", "entra", "graph", "http", "sandbox"]),
    ("xtask", &[]),
];

/// Libraries that only some crates may name.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("reqwest", &[]),
    ("rusqlite", &["graphbeat-store"]),
    ("hyper", &["graphbeat-http", "graphbeat-sandbox"]),
    ("clap", &["graphbeat"]),
    ("anyhow", &["graphbeat", "xtask"]),
];

/// Crates without async, IO and clock.
const PURE: &[&str] = &["graphbeat-catalog", "graphbeat-core"];
/// What a pure crate's sources must not hold.
const IMPURE: &[&str] =
    &["async fn", "async move", "std::fs", "std::net", "std::io::Read", "tokio", "Clock", "static mut"];

/// The longest hand-written source file.
const FILE_LINES_MAX: usize = 800;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace").to_path_buf()
}

fn crates() -> BTreeMap<String, (PathBuf, toml::Table)> {
    let folder = root().join("crates");
    fs::read_dir(folder)
        .expect("the crates")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let manifest = fs::read_to_string(path.join("Cargo.toml")).expect("a manifest");
            let manifest: toml::Table = manifest.parse().expect("TOML");
            let name = manifest["package"]["name"].as_str().expect("a name").to_owned();
            assert_eq!(path.file_name().and_then(|name| name.to_str()), Some(name.as_str()), "folder = package name");
            (name, (path, manifest))
        })
        .collect()
}

fn dependencies(manifest: &toml::Table, table: &str) -> BTreeSet<String> {
    manifest.get(table).and_then(toml::Value::as_table).map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                found.push((path, text));
            }
        }
    }
    found
}

/// A source file up to its tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[test]
fn crates_depend_only_on_what_the_architecture_allows() {
    let allowed: BTreeMap<_, _> = MAY_DEPEND_ON.iter().copied().collect();
    for (name, (_, manifest)) in crates() {
        let allowed = allowed.get(name.as_str()).unwrap_or_else(|| panic!("{name} is not in the table"));
        for dependency in dependencies(&manifest, "dependencies") {
            if let Some(short) = dependency.strip_prefix("graphbeat-") {
                assert!(allowed.contains(&short), "{name} must not depend on {dependency}");
            }
            assert_ne!(dependency, "graphbeat", "{name} must not depend on the binary");
        }
    }
}

#[test]
fn the_page_about_the_architecture_has_the_same_table() {
    let page = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("the page");
    for (name, allowed) in MAY_DEPEND_ON {
        let allowed = if allowed.is_empty() { "–".to_owned() } else { allowed.join(", ") };
        let row = format!("| `{name}` | {allowed} |");
        assert!(page.lines().any(|line| line == row), "the page lacks `{row}`");
    }
}

#[test]
fn emulator_and_client_share_nothing_but_base() {
    let crates = crates();
    let (_, sandbox) = &crates["graphbeat-sandbox"];
    let of_sandbox = dependencies(sandbox, "dependencies");
    let shared: Vec<_> = of_sandbox.iter().filter(|name| name.starts_with("graphbeat")).collect();
    assert_eq!(shared, ["graphbeat-base"]);
    for (name, (_, manifest)) in &crates {
        if name != "graphbeat" && name != "graphbeat-fuzz" {
            assert!(!dependencies(manifest, "dependencies").contains("graphbeat-sandbox"), "{name}");
        }
    }
}

#[test]
fn a_library_is_named_only_where_the_architecture_says() {
    for (name, (_, manifest)) in crates() {
        for (library, only) in ONLY_IN {
            let names_it = dependencies(&manifest, "dependencies").contains(*library);
            assert!(!names_it || only.contains(&name.as_str()), "{name} must not name {library}");
        }
    }
}

#[test]
fn catalog_and_core_are_pure() {
    let crates = crates();
    for name in PURE {
        let (path, manifest) = &crates[*name];
        assert!(!dependencies(manifest, "dependencies").contains("tokio"), "{name}");
        for (file, text) in sources(&path.join("src")) {
            for word in IMPURE {
                assert!(!without_tests(&text).contains(word), "{} holds `{word}`", file.display());
            }
        }
    }
}

#[test]
fn every_crate_keeps_the_workspace_s_lints() {
    for (name, (_, manifest)) in crates() {
        let keeps = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(keeps, Some(true), "{name}");
    }
}

#[test]
fn every_file_says_what_it_is_and_stays_readable() {
    for (_, (path, _)) in crates() {
        for (file, text) in sources(&path.join("src")) {
            let shown = file.display();
            assert!(text.starts_with("//!"), "{shown} does not say what it is");
            assert!(text.lines().count() <= FILE_LINES_MAX, "{shown} is too long");
        }
    }
}

#[test]
fn no_source_leaves_work_behind_or_silences_a_lint_unsaid() {
    // Split, so that this file does not find itself.
    let banned = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[al", "low("), concat!("#[ig", "nore")];
    for (_, (path, _)) in crates() {
        for (file, text) in ["src", "tests", "benches"].into_iter().flat_map(|part| sources(&path.join(part))) {
            for word in banned {
                assert!(!text.contains(word), "{} holds `{word}`", file.display());
            }
        }
    }
}
