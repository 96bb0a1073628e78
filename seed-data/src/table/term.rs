//! Codes of small fixed vocabularies, and the addresses of all code systems.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::table;

table!(
    /// A code system: its short name in the tables and its address on the wire.
    CodeSystem, CODE_SYSTEMS, "codesystems.tsv", key: &'static str, url: &'static str
);

table!(
    /// A code of a fixed vocabulary of FHIR, HL7 version 2 or version 3.
    Term, TERMS, "terms.tsv", system: &'static str, code: &'static str, display: &'static str
);

static ADDRESSES: LazyLock<BTreeMap<&str, &str>> =
    LazyLock::new(|| CODE_SYSTEMS.iter().map(|row| (row.key, row.url)).collect());

static DISPLAYS: LazyLock<BTreeMap<(&str, &str), &str>> = LazyLock::new(|| {
    TERMS
        .iter()
        .map(|row| ((row.system, row.code), row.display))
        .collect()
});

/// The address of the code system with this short name; the name itself when the table has none.
pub(crate) fn system(key: &'static str) -> &'static str {
    ADDRESSES.get(key).copied().unwrap_or(key)
}

/// The addresses of all code systems.
pub(crate) fn systems() -> impl Iterator<Item = &'static str> {
    CODE_SYSTEMS.iter().map(|row| row.url)
}

/// The display of a code in `terms.tsv`; empty when it is not there.
pub(crate) fn display(system: &str, code: &str) -> &'static str {
    DISPLAYS.get(&(system, code)).copied().unwrap_or("")
}
