//! The rules of the house that a compiler does not check.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in its helpers"
)]

use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

/// Every source file with its path below `src`.
fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&root)
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap()
}

#[test]
fn every_module_says_what_it_is() {
    for (name, text) in files() {
        assert!(text.starts_with("//! "), "{name}");
    }
}

/// Files that hold a table and little else.
const TABLES: [&str; 1] = ["record/view.rs"];

#[test]
fn files_are_small_and_nothing_is_left_to_do() {
    for (name, text) in files() {
        let is_small = without_tests(&text).lines().count() <= 300;
        assert!(is_small || TABLES.contains(&name.as_str()), "{name}");
        for word in ["TODO", "FIXME", "XXX"] {
            assert!(!text.contains(word), "{name}");
        }
    }
}

/// The string literals of a piece of source.
fn literals(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

#[test]
fn every_page_about_a_problem_is_in_the_table_of_texts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("texts");
    let mut table = String::new();
    for file in std::fs::read_dir(folder).unwrap() {
        table.push_str(&std::fs::read_to_string(file.unwrap().path()).unwrap());
    }
    let known: Vec<&str> = table
        .lines()
        .filter_map(|line| line.split('\t').nth(1))
        .collect();
    let mut count = 0;
    for (name, text) in files()
        .iter()
        .filter(|(name, _)| name.starts_with("endpoint/"))
    {
        for call in ["Problem::page(", "Self::page("] {
            for rest in text.split(call).skip(1) {
                let call = rest.split(");").next().unwrap_or_default();
                let call = call.split("))").next().unwrap_or_default();
                let call = call.split(")\n    }").next().unwrap_or_default();
                for words in literals(call) {
                    assert!(known.contains(&words), "{name}: {words}");
                    count += 1;
                }
            }
        }
    }
    assert!(count > 15, "{count}");
}

#[test]
fn secrets_are_compared_as_digests_only() {
    for (name, text) in files() {
        for line in without_tests(&text).lines() {
            let compares = line.contains("==") || line.contains("!=");
            assert!(!(compares && line.contains("expose()")), "{name}: {line}");
        }
    }
}

#[test]
fn each_layer_knows_only_those_below() {
    // Folder, and what must not be named in it.
    const WALLS: &[(&str, &[&str])] = &[
        (
            "oauth/",
            &[
                "actix_web",
                "rusqlite",
                "crate::store",
                "crate::endpoint",
                "crate::page",
            ],
        ),
        ("store/", &["actix_web", "crate::endpoint", "crate::page"]),
        ("page/", &["actix_web", "rusqlite", "crate::endpoint"]),
        ("account/", &["actix_web", "crate::endpoint", "crate::page"]),
        ("endpoint/", &["SELECT ", "INSERT ", "UPDATE ", "DELETE "]),
    ];
    for (name, text) in files() {
        for (folder, forbidden) in WALLS {
            for word in *forbidden {
                let crosses = name.starts_with(folder) && without_tests(&text).contains(word);
                assert!(!crosses, "{name} names {word}");
            }
        }
    }
}
