//! The text of a search, checked against the table of parameters.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use fhir::resource_type::ResourceType;
use fhir::search_parameter::SearchParameter;

pub use super::clause::{Clause, Match, Prefix, Test};
use super::filter::{self, Filter};
use super::include::{Direction, Include, MAX_INCLUDES};
use super::refusal::{illegal, not_offered, nothing, too_many_values};
use super::several::Compartment;
use super::sort::{self, Sort};
use super::terminology::Terminology;
use crate::problem::{self, Problem};

/// Matches on a page when the client does not say how many it wants.
pub const DEFAULT_COUNT: u32 = 50;
/// Most matches on a page; a larger `_count` is lowered to it and `self` says so.
pub const MAX_COUNT: u32 = 1000;
const MAX_PARAMETERS: usize = 100;
pub(super) const MAX_ALTERNATIVES: usize = 500;

/// What reading a query needs to know besides its text.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The server's public base URL, without a slash at the end.
    pub base: &'a str,
    /// The present, for the prefix `ap`.
    pub now: DateTime<Utc>,
    /// What is known about codes.
    pub terminology: &'a dyn Terminology,
}

/// A search that can be answered.
#[derive(Debug, Clone)]
pub struct Query {
    /// The type searched.
    pub resource_type: ResourceType,
    /// What the URL names below the base: the type, or a compartment with it.
    pub path: String,
    /// The compartment that a match belongs to.
    pub within: Option<Compartment>,
    /// Matches are not the resources themselves, but what they contain of this type
    /// (`_containedType=contained`).
    pub inside: Option<ResourceType>,
    /// What a match must satisfy, all of it.
    pub clauses: Vec<Clause>,
    /// What it must satisfy besides (`_filter`), all of it.
    pub filters: Vec<Filter>,
    /// Matches on a page; 0 asks for the number of matches only.
    pub count: u32,
    /// Whether the total was asked for.
    pub total: bool,
    /// Whether only the number of matches was asked for.
    pub summary_count: bool,
    /// In which order.
    pub sort: Vec<Sort>,
    /// What comes along.
    pub includes: Vec<Include>,
    /// Position in the result, from a page link.
    pub cursor: Option<String>,
    /// What is applied, for the `self` link: names and values as sent.
    pub applied: Vec<(String, String)>,
    /// What is not offered and was left out.
    pub ignored: Vec<Problem>,
}

/// Whether unknown parameters are refused or left out (RFC 7240, R4 "handling").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Handling {
    /// Left out, with an outcome in the Bundle.
    #[default]
    Lenient,
    /// Refused.
    Strict,
}

/// Whether searches can use this parameter. What cannot is not in the `CapabilityStatement`.
pub fn is_offered(parameter: &SearchParameter) -> bool {
    !parameter.expression.is_empty() || ["_text", "_content"].contains(&parameter.code)
}

impl Query {
    /// Reads the name–value pairs of a URL or form.
    pub fn parse(
        resource_type: ResourceType,
        pairs: &[(String, String)],
        handling: Handling,
        context: &Context<'_>,
    ) -> Result<Self, Problem> {
        if pairs.len() > MAX_PARAMETERS {
            return Err(Problem::new(
                problem::Kind::TooCostly,
                format!("A search takes at most {MAX_PARAMETERS} parameters."),
            ));
        }
        let mut query = Self {
            resource_type,
            path: resource_type.as_str().to_owned(),
            within: None,
            inside: None,
            clauses: Vec::new(),
            filters: Vec::new(),
            count: DEFAULT_COUNT,
            total: false,
            summary_count: false,
            sort: Vec::new(),
            includes: Vec::new(),
            cursor: None,
            applied: Vec::new(),
            ignored: Vec::new(),
        };
        for (name, value) in pairs {
            query.take(name, value, handling, context)?;
        }
        if query.summary_count {
            query.count = 0;
        }
        query.within_limits()?;
        Ok(query)
    }

    fn take(
        &mut self,
        name: &str,
        value: &str,
        handling: Handling,
        context: &Context<'_>,
    ) -> Result<(), Problem> {
        let taken = match name {
            "_cursor" => {
                self.cursor = Some(value.to_owned());
                return Ok(());
            }
            _ if value.is_empty() => Err(nothing(name)),
            "_count" => return self.take_count(value),
            "_total" => return self.take_total(value),
            _ => self.take_named(name, value, context),
        };
        match taken {
            Ok(()) => self.apply(name, value),
            Err(problem) if handling == Handling::Lenient && may_be_left_out(&problem, value) => {
                self.ignored.push(problem);
            }
            Err(problem) => return Err(problem),
        }
        Ok(())
    }

    fn take_named(
        &mut self,
        name: &str,
        value: &str,
        context: &Context<'_>,
    ) -> Result<(), Problem> {
        let (code, modifier) = match name.split_once(':') {
            Some((code, modifier)) => (code, Some(modifier)),
            None => (name, None),
        };
        match code {
            // Settled by content negotiation.
            "_format" | "_pretty" | "_elements" => {}
            "_summary" => self.take_summary(value)?,
            // To leave these out would answer another question.
            "_query" => return Err(not_offered(code)),
            // What looks into resources was taken before (`contained`), where that is possible.
            "_contained" if value == "false" => {}
            "_containedType" if value == "container" => {}
            "_contained" | "_containedType" => {
                return Err(not_offered(&format!("{code}={value} here")));
            }
            "_filter" if modifier.is_none() => {
                let filter = filter::parse(self.resource_type, value, context)?;
                self.filters.push(filter);
            }
            // Keys of a second `_sort` follow those of the first.
            "_sort" => sort::parse(self.resource_type, value, &mut self.sort)?,
            "_include" => self.take_include(Direction::Forward, modifier, value)?,
            "_revinclude" => self.take_include(Direction::Reverse, modifier, value)?,
            _ => {
                let clause = Clause::parse(self.resource_type, name, value, context)?;
                self.clauses.push(clause);
            }
        }
        Ok(())
    }

    /// The types that chains and `_has` look at, besides the one searched.
    pub fn chained(&self) -> BTreeSet<ResourceType> {
        let mut types = BTreeSet::new();
        self.clauses
            .iter()
            .for_each(|clause| clause.collect_chained(&mut types));
        self.filters
            .iter()
            .for_each(|filter| filter.collect_chained(&mut types));
        types
    }

    /// Whether it looks words up in texts, or may do so within a filter.
    pub fn asks_for_words(&self) -> bool {
        let words = ["_text", "_content", "_filter"];
        self.applied
            .iter()
            .any(|(name, _)| words.iter().any(|word| name.contains(word)))
    }

    fn take_summary(&mut self, value: &str) -> Result<(), Problem> {
        match value {
            "count" => self.summary_count = true,
            // What is shown of a match is settled with its format.
            "true" | "text" | "data" | "false" => {}
            _ => {
                let accepted = "true, text, data, count or false";
                return Err(illegal("_summary", value, accepted));
            }
        }
        Ok(())
    }

    /// Bounds the work of one search over all its parameters.
    fn within_limits(&self) -> Result<(), Problem> {
        let clauses: usize = self.clauses.iter().map(Clause::values).sum();
        let values: usize = clauses + self.filters.iter().map(Filter::values).sum::<usize>();
        if values > MAX_ALTERNATIVES {
            return Err(too_many_values());
        }
        Ok(())
    }

    fn take_include(
        &mut self,
        direction: Direction,
        modifier: Option<&str>,
        value: &str,
    ) -> Result<(), Problem> {
        if self.includes.len() >= MAX_INCLUDES {
            return Err(Problem::new(
                problem::Kind::TooCostly,
                format!("A search takes at most {MAX_INCLUDES} includes."),
            ));
        }
        let include = Include::parse(direction, modifier, value, self.resource_type)?;
        self.includes.push(include);
        Ok(())
    }

    /// What takes one value: the last one counts, and only it is said to be applied.
    fn apply_last(&mut self, name: &str, value: &str) {
        self.applied.retain(|(applied, _)| applied != name);
        self.apply(name, value);
    }

    fn apply(&mut self, name: &str, value: &str) {
        self.applied.push((name.to_owned(), value.to_owned()));
    }

    fn take_count(&mut self, value: &str) -> Result<(), Problem> {
        self.count = count(value)?;
        self.apply_last("_count", &self.count.to_string());
        Ok(())
    }

    fn take_total(&mut self, value: &str) -> Result<(), Problem> {
        self.total = match value {
            // An exact total is also the best estimate.
            "accurate" | "estimate" => true,
            "none" => false,
            _ => return Err(illegal("_total", value, "none, estimate or accurate")),
        };
        self.apply_last("_total", value);
        Ok(())
    }
}

/// The value of `_count`: digits; more than a page holds is lowered to what it holds.
pub fn count(value: &str) -> Result<u32, Problem> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(illegal(
            "_count",
            value,
            "a whole number, 0 for the total only",
        ));
    }
    // What is too great to be read is too great for a page.
    Ok(value.parse().unwrap_or(MAX_COUNT).min(MAX_COUNT))
}

/// Names that are not offered, and parameters without a value, are left out; an illegal value
/// never is.
fn may_be_left_out(problem: &Problem, value: &str) -> bool {
    problem.kind == problem::Kind::UnsupportedParameter || value.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::reference::Target;
    use crate::search::terminology::Published;

    const CONTEXT: Context<'static> = Context {
        base: "http://localhost:8080/api/fhir",
        now: DateTime::UNIX_EPOCH,
        terminology: &Published,
    };

    fn parse(ty: &str, pairs: &[(&str, &str)], handling: Handling) -> Result<Query, Problem> {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Query::parse(ResourceType::parse(ty).unwrap(), &pairs, handling, &CONTEXT)
    }

    fn clause(ty: &str, name: &str, value: &str) -> Result<Test, Problem> {
        Clause::parse(ResourceType::parse(ty).unwrap(), name, value, &CONTEXT)
            .map(|clause| clause.test)
    }

    #[test]
    fn an_id_stands_for_every_type_the_parameter_may_target() {
        let patient = ResourceType::parse("Patient").unwrap();
        let want = Test::AnyOf(vec![Match::Reference(vec![Target::Local(
            patient,
            "a".into(),
        )])]);
        for value in ["a", "Patient/a", "http://localhost:8080/api/fhir/Patient/a"] {
            assert_eq!(
                clause("Observation", "patient", value),
                Ok(want.clone()),
                "{value}"
            );
        }
        assert_eq!(clause("Observation", "subject:Patient", "a"), Ok(want));
    }

    #[test]
    fn an_unknown_parameter_is_left_out_or_refused_with_a_suggestion() {
        let query = parse(
            "Observation",
            &[("categry", "x"), ("code", "y")],
            Handling::Lenient,
        )
        .unwrap();
        assert_eq!(query.clauses.len(), 1);
        assert_eq!(query.applied, [("code".to_owned(), "y".to_owned())]);
        assert!(
            query.ignored[0]
                .diagnostics
                .contains("Did you mean 'category'?")
        );
        let problem = parse("Observation", &[("categry", "x")], Handling::Strict).unwrap_err();
        assert_eq!(problem.kind, problem::Kind::UnsupportedParameter);
    }

    #[test]
    fn illegal_values_are_refused_even_when_lenient() {
        for (ty, name, value) in [
            ("Observation", "_lastUpdated", "gtx"),
            ("Observation", "date", "zz2020"),
            ("Observation", "date", "ge2023-02-30"),
            ("Observation", "code", "a|b|c"),
            ("Observation", "value-quantity", "5.4|http://u"),
            ("Observation", "value-quantity", "abc||mg"),
            ("Observation", "patient", "Patient/"),
            ("Observation", "patient:missing", "maybe"),
            ("Patient", "name", r"\x"),
            ("Patient", "_count", "-1"),
            ("Patient", "_count", "abc"),
            ("Patient", "_total", "maybe"),
        ] {
            let problem = parse(ty, &[(name, value)], Handling::Lenient).unwrap_err();
            assert_eq!(problem.kind, problem::Kind::Value, "{name}={value}");
        }
    }

    #[test]
    fn a_page_is_never_larger_than_the_limit() {
        let query = parse("Patient", &[("_count", "1000000000")], Handling::Lenient).unwrap();
        assert_eq!(query.count, MAX_COUNT);
        assert_eq!(query.applied, [("_count".to_owned(), "1000".to_owned())]);
    }

    proptest! {
        #[test]
        fn parsing_never_panics(name in ".{0,20}", value in ".{0,40}") {
            let _ = parse("Observation", &[(&name, &value)], Handling::Lenient);
        }

        #[test]
        fn every_kind_reads_any_value_without_panicking(value in ".{0,40}") {
            for name in ["date", "code", "patient", "value-quantity", "value-string"] {
                let _ = clause("Observation", name, &value);
            }
            let _ = clause("RiskAssessment", "probability", &value);
            let _ = clause("ValueSet", "url", &value);
        }
    }
}
