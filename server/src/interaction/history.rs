//! What a history asks for (R4, "history").

use fhir::resource_type::ResourceType;
use url::form_urlencoded::Serializer;

use super::Instance;
use crate::problem::{self, Problem, printable};
use crate::search::date::{self, Range};
use crate::search::query::{DEFAULT_COUNT, Handling, count};
use crate::search::refusal::{illegal, nothing};

/// Whose versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// One resource's.
    Instance(Instance),
    /// Those of every resource of a type.
    Type(ResourceType),
    /// Those of every resource.
    System,
}

impl Of {
    /// The one type, if it is one.
    pub fn resource_type(&self) -> Option<ResourceType> {
        match self {
            Self::Instance(instance) => Some(instance.resource_type),
            Self::Type(resource_type) => Some(*resource_type),
            Self::System => None,
        }
    }
}

/// A history that can be answered.
#[derive(Debug, Clone)]
pub struct HistoryQuery {
    /// Whose.
    pub of: Of,
    /// Only versions made at or after this, in milliseconds since the epoch.
    pub since: Option<i64>,
    /// Only versions that were current at some time in this range.
    pub at: Option<Range>,
    /// Versions on a page; 0 asks for their number only.
    pub count: u32,
    /// Position in the result, from a page link.
    pub cursor: Option<String>,
    /// What is applied, for the links: names and values.
    pub applied: Vec<(String, String)>,
}

impl HistoryQuery {
    /// Reads the name–value pairs of a URL. A history Bundle has no place for an outcome, so what
    /// is not offered is left out silently unless it is to be handled strictly.
    pub fn parse(of: Of, pairs: &[(String, String)], handling: Handling) -> Result<Self, Problem> {
        let mut query = Self {
            of,
            since: None,
            at: None,
            count: DEFAULT_COUNT,
            cursor: None,
            applied: Vec::new(),
        };
        for (name, value) in pairs {
            query.take(name, value, handling)?;
        }
        Ok(query)
    }

    fn take(&mut self, name: &str, value: &str, handling: Handling) -> Result<(), Problem> {
        match name {
            "_cursor" => {
                self.cursor = Some(value.to_owned());
                return Ok(());
            }
            "_since" | "_at" | "_count" if value.is_empty() => return Err(nothing(name)),
            "_summary" if value == "count" => self.count = 0,
            "_since" => self.since = Some(since(value)?),
            "_at" => {
                let accepted = "a date or dateTime";
                self.at = Some(Range::parse(value).ok_or_else(|| illegal(name, value, accepted))?);
            }
            "_count" => return self.take_count(value),
            // Settled by content negotiation.
            "_format" | "_pretty" | "_summary" | "_elements" => {}
            _ if handling == Handling::Strict => return Err(not_offered(name)),
            _ => return Ok(()),
        }
        self.applied.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    fn take_count(&mut self, value: &str) -> Result<(), Problem> {
        self.count = count(value)?;
        self.applied.push(("_count".into(), self.count.to_string()));
        Ok(())
    }

    /// The normalized text below the base URL: what is applied, and nothing else.
    pub fn text(&self) -> String {
        let mut text = match &self.of {
            Of::Instance(Instance { resource_type, id }) => {
                format!("{resource_type}/{id}/_history")
            }
            Of::Type(resource_type) => format!("{resource_type}/_history"),
            Of::System => "_history".to_owned(),
        };
        if self.applied.is_empty() {
            return text;
        }
        text.push('?');
        let start = text.len();
        let mut pairs = Serializer::for_suffix(&mut text, start);
        pairs.extend_pairs(&self.applied);
        pairs.finish();
        text
    }
}

/// `_since` is an instant: date, time with seconds, and zone.
fn since(value: &str) -> Result<i64, Problem> {
    let zoned = |time: &str| time.ends_with('Z') || time.contains(['+', '-', ' ']);
    value
        .split_once('T')
        .filter(|(_, time)| time.matches(':').count() >= 2 && zoned(time))
        .and_then(|_| date::Range::parse(value))
        .map(|range| range.low)
        .ok_or_else(|| illegal("_since", value, "an instant such as 2026-01-31T12:00:00Z"))
}

fn not_offered(name: &str) -> Problem {
    Problem::new(
        problem::Kind::UnsupportedParameter,
        format!(
            "A history takes _since, _at, _count, _summary, _elements, _format and _pretty, not '{}'.",
            printable(name)
        ),
    )
    .at_parameter(&printable(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, value: &str) -> Result<HistoryQuery, Problem> {
        HistoryQuery::parse(
            Of::System,
            &[(name.to_owned(), value.to_owned())],
            Handling::Lenient,
        )
    }

    #[test]
    fn since_is_an_instant_and_nothing_less() {
        let query = parse("_since", "2026-01-31T12:00:00.5+02:00").unwrap();
        assert_eq!(query.since, Some(1_769_853_600_500));
        for value in [
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-01-31T12:00Z",
            "x",
            "",
        ] {
            let problem = parse("_since", value).unwrap_err();
            assert_eq!(problem.kind, problem::Kind::Value, "{value}");
        }
    }

    #[test]
    fn the_text_says_what_is_applied() {
        let query = parse("_count", "1000000000").unwrap();
        assert_eq!(query.text(), "_history?_count=1000");
        assert_eq!(parse("x", "y").unwrap().text(), "_history");
    }
}
