//! Which documents are meant.

use serde_json::Value;

use super::DocRef;
use crate::search::date;

impl DocRef {
    pub(super) fn is_wanted(&self, document: &Value) -> bool {
        let status = document["status"].as_str().unwrap_or_default();
        let fits = match self.care {
            Some(asked) => status != "entered-in-error" && touches(document, asked),
            None => status == "current",
        };
        fits && self.has_profile(document)
    }

    fn has_profile(&self, document: &Value) -> bool {
        let formats = || {
            document["content"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|content| content["format"]["code"].as_str())
        };
        self.profiles.is_empty()
            || formats().any(|format| self.profiles.iter().any(|wanted| wanted == format))
    }
}

/// Whether the care a document is about touches the period; by its own date if it says nothing.
fn touches(document: &Value, asked: date::Range) -> bool {
    let parse = |value: &Value| value.as_str().and_then(date::Range::parse);
    let period = &document["context"]["period"];
    let care = match (parse(&period["start"]), parse(&period["end"])) {
        (None, None) => parse(&document["date"]),
        (start, end) => Some(date::Range::between(start, end)),
    };
    care.is_none_or(|care| care.low <= asked.high && care.high >= asked.low)
}

pub(super) fn written(document: &Value) -> Option<i64> {
    document["date"]
        .as_str()
        .and_then(date::Range::parse)
        .map(|range| range.low)
}
