//! The rules of the house that the compiler does not check.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

const CRATES: [&str; 8] = [
    "authz",
    "bench",
    "conformance",
    "fhir",
    "seed-data",
    "server",
    "smart",
    "stack",
];

/// Every Rust file below `folder`, with its text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

fn crate_sources(name: &str) -> Vec<(PathBuf, String)> {
    sources(&root().join(name).join("src"))
}

/// The crates of ours that a crate depends on, tests included.
fn arrows(name: &str) -> Vec<&'static str> {
    let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
    CRATES
        .into_iter()
        .filter(|other| {
            manifest
                .lines()
                .any(|line| line.starts_with(&format!("{other}.workspace")))
        })
        .collect()
}

#[test]
fn crates_depend_on_each_other_one_way() {
    for (name, allowed) in [
        ("fhir", &[][..]),
        ("smart", &[]),
        ("bench", &["conformance"]),
        ("server", &["fhir", "smart"]),
        ("authz", &["smart"]),
        ("seed-data", &["fhir"]),
        ("conformance", &["fhir", "smart"]),
        (
            "stack",
            &[
                "authz",
                "bench",
                "conformance",
                "seed-data",
                "server",
                "smart",
            ],
        ),
    ] {
        for arrow in arrows(name) {
            assert!(
                allowed.contains(&arrow),
                "{name} must not depend on {arrow}"
            );
        }
    }
}

#[test]
fn only_one_module_knows_the_database_and_one_knows_http() {
    for (library, home) in [("rusqlite", "store"), ("actix_web", "http")] {
        for (path, text) in crate_sources("server") {
            let inside = path.components().any(|part| part.as_os_str() == home);
            let entry = path.ends_with("src/app.rs") || path.ends_with("src/main.rs");
            let uses = text.lines().any(|line| {
                !line.trim_start().starts_with("//") && line.contains(&format!("{library}::"))
            });
            assert!(
                !uses || inside || (entry && library == "actix_web"),
                "{} uses {library}",
                path.display()
            );
        }
    }
}

#[test]
fn every_file_says_what_it_is() {
    for name in CRATES {
        for (path, text) in crate_sources(name) {
            assert!(
                text.starts_with("//!"),
                "{} has no module documentation",
                path.display()
            );
        }
    }
}

#[test]
fn nothing_is_left_for_later_in_the_code() {
    let words = [
        "TO".to_owned() + "DO",
        "FIX".to_owned() + "ME",
        "XX".to_owned() + "X:",
    ];
    for name in CRATES {
        let rules = |path: &PathBuf| path.ends_with("tidy.rs");
        for (path, text) in sources(&root().join(name)) {
            for word in words.iter().filter(|_| !rules(&path)) {
                assert!(
                    !text.contains(word.as_str()),
                    "{} says {word}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn the_readme_gives_the_commands_that_continuous_integration_runs() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let run = fs::read_to_string(root().join(".ci/run")).unwrap();
    let command = "cargo test --workspace";
    assert!(readme.contains(command) && run.contains(command));
    assert!(readme.contains("cargo run --release"));
}
