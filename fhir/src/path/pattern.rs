//! Regular expressions of `matches` and `replaceMatches`.

use regex::{Regex, RegexBuilder};

use super::error::PathError;

/// A compiled regular expression. Matching takes time linear in the text.
#[derive(Debug, Clone)]
pub(super) struct Pattern(pub(super) Regex);

/// The most memory a compiled expression may take.
const SIZE_LIMIT: usize = 1 << 20;

impl Pattern {
    /// Compiles `text` in single-line mode, as <http://hl7.org/fhirpath/N1/#matchesregex-string-boolean> asks.
    pub(super) fn parse(text: &str) -> Result<Self, PathError> {
        RegexBuilder::new(text)
            .dot_matches_new_line(true)
            .size_limit(SIZE_LIMIT)
            .build()
            .map(Self)
            .map_err(|_| PathError::Pattern(text.to_owned()))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}
