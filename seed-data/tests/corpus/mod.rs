//! The population that the tests look at: the named patients and some statistical ones, parsed.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use seed_data::{Config, Population, Record};
use serde_json::Value;

/// Statistical patients in the corpus.
pub const PATIENTS: u64 = 80;

/// All resources by `Type/id`.
pub type Corpus = BTreeMap<String, Value>;

pub fn config() -> Config {
    Config {
        patients: PATIENTS,
        ..Config::default()
    }
}

pub fn records(config: Config) -> Vec<Record> {
    Population::new(config).records().collect()
}

/// The parsed corpus, made once per test program.
pub fn corpus() -> &'static Corpus {
    static CORPUS: LazyLock<Corpus> = LazyLock::new(parse);
    &CORPUS
}

fn parse() -> Corpus {
    let mut corpus = Corpus::new();
    for seed in records(config())
        .into_iter()
        .flat_map(|record| record.seeds)
    {
        let key = format!("{}/{}", seed.resource_type, seed.id);
        let value = serde_json::from_str(&seed.json).unwrap();
        assert!(corpus.insert(key.clone(), value).is_none(), "{key} twice");
    }
    corpus
}

/// Resources of one type.
pub fn of_type<'c>(corpus: &'c Corpus, kind: &str) -> impl Iterator<Item = &'c Value> {
    let prefix = format!("{kind}/");
    corpus
        .iter()
        .filter(move |(key, _)| key.starts_with(&prefix))
        .map(|(_, value)| value)
}

/// Every object inside `value`, itself included.
pub fn objects<'v>(value: &'v Value, seen: &mut Vec<&'v serde_json::Map<String, Value>>) {
    match value {
        Value::Object(map) => {
            seen.push(map);
            map.values().for_each(|inner| objects(inner, seen));
        }
        Value::Array(items) => items.iter().for_each(|inner| objects(inner, seen)),
        _ => {}
    }
}

/// The text at a JSON pointer; empty when there is none.
pub fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// The number at a JSON pointer.
pub fn number(value: &Value, pointer: &str) -> Option<f64> {
    value
        .pointer(pointer)
        .and_then(Value::as_number)
        .and_then(|number| number.to_string().parse().ok())
}

/// The patient that a resource is about; empty for the world.
pub fn subject(value: &Value) -> &str {
    let pointers = [
        "/subject/reference",
        "/patient/reference",
        "/beneficiary/reference",
    ];
    pointers
        .iter()
        .map(|pointer| text(value, pointer))
        .find(|link| !link.is_empty())
        .unwrap_or("")
}

/// The named patients and the world, parsed once per test program.
pub fn named() -> &'static Corpus {
    static NAMED: LazyLock<Corpus> = LazyLock::new(|| {
        corpus()
            .iter()
            .filter(|(key, _)| !key.contains("/pop-"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    });
    &NAMED
}

/// The birth date of a Patient; the first day of the month when no more is known.
pub fn birth(patient: &Value) -> NaiveDate {
    let text = text(patient, "/birthDate");
    text.parse()
        .or_else(|_| format!("{text}-01").parse())
        .unwrap()
}
