//! What searches ask about code systems and value sets.

use fhir::terminology::code_system;

/// A code of a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// URI of the system.
    pub system: String,
    /// The code, as its system writes it.
    pub code: String,
}

/// Knows value sets and the hierarchies of code systems. `None` always means that it does not
/// know; the search is then refused rather than answered with too little.
pub trait Terminology: std::fmt::Debug + Sync {
    /// Every code of a value set, by its canonical URL.
    fn expand(&self, value_set: &str) -> Option<Vec<Code>>;
    /// The code and every code that it includes.
    fn below(&self, system: &str, code: &str) -> Option<Vec<String>>;
    /// The code and every code that includes it.
    fn above(&self, system: &str, code: &str) -> Option<Vec<String>>;
}

/// The value sets that R4 and US Core enumerate, and the hierarchies of the code systems that are
/// known completely.
#[derive(Debug, Clone, Copy)]
pub struct Published;

impl Terminology for Published {
    fn expand(&self, value_set: &str) -> Option<Vec<Code>> {
        let codes = fhir::validate::enumerated(value_set)?;
        Some(
            codes
                .iter()
                .map(|(code, system)| Code {
                    system: (*system).to_owned(),
                    code: (*code).to_owned(),
                })
                .collect(),
        )
    }

    fn below(&self, system: &str, code: &str) -> Option<Vec<String>> {
        code_system(system)?.below(code).map(owned)
    }

    fn above(&self, system: &str, code: &str) -> Option<Vec<String>> {
        code_system(system)?.above(code).map(owned)
    }
}

fn owned(codes: Vec<&'static str>) -> Vec<String> {
    codes.into_iter().map(str::to_owned).collect()
}
