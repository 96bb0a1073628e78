//! `_include` and `_revinclude`: what comes along with the matches (R4, "Including other
//! resources").

use fhir::resource_type::ResourceType;
use fhir::search_parameter::{self, Kind, SearchParameter};

use crate::problem::{self, Problem, printable};

/// Most `_include` and `_revinclude` parameters of one search.
pub const MAX_INCLUDES: usize = 50;
/// How many times `:iterate` goes on from what it found.
pub const MAX_ROUNDS: usize = 3;
/// Most resources that come along with one page.
pub const MAX_INCLUDED: usize = 2000;

/// Which way a reference is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From a match to what it refers to.
    Forward,
    /// From a match to what refers to it.
    Reverse,
}

/// One `_include` or `_revinclude`.
#[derive(Debug, Clone, PartialEq)]
pub struct Include {
    /// Which way.
    pub direction: Direction,
    /// The type that holds the reference; `None` for any.
    pub source: Option<ResourceType>,
    /// The references: one parameter, or all of the type or of all types for `*`.
    pub parameters: Vec<&'static SearchParameter>,
    /// Only this type of target.
    pub target: Option<ResourceType>,
    /// Go on from what was included.
    pub iterate: bool,
}

impl Include {
    /// Reads `Type:parameter[:Target]`, `Type:*` or `*`: every reference of the matches, of what
    /// was included if it goes on, or to the matches.
    /// Anything else is [`problem::Kind::UnsupportedValue`].
    pub fn parse(
        direction: Direction,
        modifier: Option<&str>,
        text: &str,
        searched: ResourceType,
    ) -> Result<Self, Problem> {
        let iterate = match modifier {
            None => false,
            Some("iterate" | "recurse") => true,
            Some(other) => return Err(unsupported(&format!(":{other}"))),
        };
        let parts: Vec<&str> = text.split(':').collect();
        let (source, parameters, target) = match parts.as_slice() {
            ["*"] if direction == Direction::Forward && !iterate => {
                (Some(searched), references(searched), None)
            }
            ["*"] => (
                None,
                ResourceType::all().flat_map(references).collect(),
                None,
            ),
            [source, "*"] => {
                let source = named(source, text)?;
                (Some(source), references(source), None)
            }
            [source, code] => {
                let source = named(source, text)?;
                (Some(source), vec![reference(source, code)?], None)
            }
            [source, code, target] => {
                let source = named(source, text)?;
                (
                    Some(source),
                    vec![reference(source, code)?],
                    Some(named(target, text)?),
                )
            }
            _ => return Err(malformed(text)),
        };
        Ok(Self {
            direction,
            source,
            parameters,
            target,
            iterate,
        })
    }

    /// The types that may come along.
    pub fn reaches(&self) -> Vec<ResourceType> {
        match (self.direction, self.target) {
            (Direction::Reverse, _) => match self.source {
                Some(source) => vec![source],
                None => ResourceType::all().collect(),
            },
            (Direction::Forward, Some(target)) => vec![target],
            (Direction::Forward, None) => targets(&self.parameters),
        }
    }
}

fn targets(parameters: &[&SearchParameter]) -> Vec<ResourceType> {
    if parameters
        .iter()
        .any(|parameter| parameter.targets.is_empty())
    {
        return ResourceType::all().collect();
    }
    let mut types: Vec<_> = parameters
        .iter()
        .flat_map(|parameter| &parameter.targets)
        .filter_map(|name| ResourceType::parse(name))
        .collect();
    types.sort_unstable();
    types.dedup();
    types
}

fn references(source: ResourceType) -> Vec<&'static SearchParameter> {
    search_parameter::of(source)
        .filter(|parameter| parameter.kind == Kind::Reference && !parameter.expression.is_empty())
        .collect()
}

fn reference(source: ResourceType, code: &str) -> Result<&'static SearchParameter, Problem> {
    search_parameter::find(source, code)
        .filter(|parameter| parameter.kind == Kind::Reference && !parameter.expression.is_empty())
        .ok_or_else(|| unsupported(&format!("{source}:{}", printable(code))))
}

fn named(name: &str, text: &str) -> Result<ResourceType, Problem> {
    ResourceType::parse(name).ok_or_else(|| malformed(text))
}

fn malformed(text: &str) -> Problem {
    Problem::new(
        problem::Kind::UnsupportedValue,
        format!(
            "'{}' does not name what to include; accepted: Type:parameter, Type:parameter:Target, Type:* or *.",
            printable(text)
        ),
    )
    .at_parameter("_include")
}

fn unsupported(what: &str) -> Problem {
    Problem::new(
        problem::Kind::UnsupportedValue,
        format!(
            "{} is not a reference parameter that can be included.",
            printable(what)
        ),
    )
    .at_parameter("_include")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(direction: Direction, text: &str) -> Result<Include, problem::Kind> {
        let searched = ResourceType::parse("MedicationRequest").unwrap();
        Include::parse(direction, None, text, searched).map_err(|problem| problem.kind)
    }

    #[test]
    fn each_form_is_read() {
        let include = parse(Direction::Forward, "MedicationRequest:medication").unwrap();
        assert_eq!(
            include.reaches(),
            [ResourceType::parse("Medication").unwrap()]
        );
        let reverse = parse(Direction::Reverse, "Provenance:target").unwrap();
        assert_eq!(
            reverse.reaches(),
            [ResourceType::parse("Provenance").unwrap()]
        );
        assert!(parse(Direction::Forward, "*").unwrap().parameters.len() > 3);
        let all = parse(Direction::Reverse, "*").unwrap();
        assert_eq!(all.reaches().len(), ResourceType::all().count());
        let narrowed = parse(Direction::Forward, "MedicationRequest:subject:Patient").unwrap();
        assert_eq!(
            narrowed.reaches(),
            [ResourceType::parse("Patient").unwrap()]
        );
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "Foo:bar",
            "Patient",
            "*:*:*",
            "",
            "MedicationRequest:medication:Foo",
            "MedicationRequest:status",
            "MedicationRequest:nothing",
        ] {
            let kind = parse(Direction::Forward, text);
            assert_eq!(kind, Err(problem::Kind::UnsupportedValue), "{text}");
        }
    }
}
