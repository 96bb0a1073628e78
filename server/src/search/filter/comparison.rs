//! The operators of a filter, by the kind of the parameter.

use fhir::search_parameter::{Kind, SearchParameter};

use crate::problem::{self, Problem};
use crate::search::clause::{Match, Prefix, Test};
use crate::search::fold::fold;
use crate::search::query::Context;
use crate::search::refusal::{illegal, unsupported_modifier};
use crate::search::value::parse_match;

/// What stands between path and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// Equal.
    Eq,
    /// Some value is unequal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Compares as the prefix does.
    Ordered(&'static str),
    /// Overlaps a period.
    Po,
    /// Is present.
    Pr,
    /// Lies below a code or URL.
    Ss,
    /// Lies above a code or URL.
    Sb,
    /// Is in a value set.
    In,
    /// Refers to.
    Re,
}

const OPERATORS: &[(&str, Operator)] = &[
    ("eq", Operator::Eq),
    ("ne", Operator::Ne),
    ("co", Operator::Co),
    ("sw", Operator::Sw),
    ("ew", Operator::Ew),
    ("gt", Operator::Ordered("gt")),
    ("lt", Operator::Ordered("lt")),
    ("ge", Operator::Ordered("ge")),
    ("le", Operator::Ordered("le")),
    ("ap", Operator::Ordered("ap")),
    ("sa", Operator::Ordered("sa")),
    ("eb", Operator::Ordered("eb")),
    ("po", Operator::Po),
    ("pr", Operator::Pr),
    ("ss", Operator::Ss),
    ("sb", Operator::Sb),
    ("in", Operator::In),
    ("re", Operator::Re),
];

impl Operator {
    pub(super) fn parse(text: &str) -> Option<Self> {
        OPERATORS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map(|(_, operator)| *operator)
    }

    fn name(self) -> &'static str {
        OPERATORS
            .iter()
            .find(|(_, operator)| *operator == self)
            .map_or("", |(name, _)| name)
    }
}

/// The test of one parameter.
pub(super) fn compare(
    parameter: &'static SearchParameter,
    modifier: Option<&str>,
    operator: Operator,
    value: &str,
    context: &Context<'_>,
) -> Result<Test, Problem> {
    if modifier.is_some() {
        return Err(unsupported_modifier(parameter, modifier));
    }
    if value.is_empty() {
        return Err(illegal(parameter.code, value, "a value"));
    }
    match operator {
        Operator::Pr => present(parameter, value),
        Operator::Ne => unequal(parameter, value, context),
        _ => one(parameter, operator, value, context).map(|wanted| Test::AnyOf(vec![wanted])),
    }
}

fn present(parameter: &SearchParameter, value: &str) -> Result<Test, Problem> {
    match value {
        "true" => Ok(Test::Missing(false)),
        "false" => Ok(Test::Missing(true)),
        _ => Err(illegal(parameter.code, value, "true or false")),
    }
}

/// Some value other than this one; a resource has one id only.
fn unequal(
    parameter: &'static SearchParameter,
    value: &str,
    context: &Context<'_>,
) -> Result<Test, Problem> {
    let equal = one(parameter, Operator::Eq, value, context)?;
    Ok(match (parameter.kind, equal) {
        _ if matches!(parameter.kind, Kind::Composite | Kind::Special) => {
            return Err(unsupported(parameter, Operator::Ne));
        }
        (_, equal) if parameter.code == "_id" => Test::NoneOf(vec![equal]),
        (_, Match::Date(_, range)) => Test::AnyOf(vec![Match::Date(Prefix::Ne, range)]),
        (_, equal) => Test::AnyOf(vec![Match::Other(Box::new(equal))]),
    })
}

fn one(
    parameter: &'static SearchParameter,
    operator: Operator,
    value: &str,
    context: &Context<'_>,
) -> Result<Match, Problem> {
    let kind = parameter.kind;
    let matched = |modifier: Option<&str>| parse_match(parameter, modifier, value, context);
    let prefixed =
        |prefix: &str| parse_match(parameter, None, &format!("{prefix}{value}"), context);
    let is_ordered = matches!(kind, Kind::Date | Kind::Number | Kind::Quantity);
    match (operator, kind) {
        (_, Kind::String) if parameter.expression.is_empty() => {
            Err(unsupported(parameter, operator))
        }
        (Operator::Eq, Kind::String) => Ok(Match::Is(fold(value))),
        (Operator::Co, Kind::String) => Ok(Match::Contains(fold(value))),
        (Operator::Sw, Kind::String) => Ok(Match::Starts(fold(value))),
        (Operator::Ew, Kind::String) => Ok(Match::Ends(fold(value))),
        (Operator::Eq, _) if is_ordered => prefixed("eq"),
        (Operator::Ordered(prefix), _) if is_ordered => prefixed(prefix),
        (Operator::Po, Kind::Date) => match prefixed("eq")? {
            Match::Date(_, range) => Ok(Match::Date(Prefix::Ap, range)),
            other => Ok(other),
        },
        (Operator::Eq, _) | (Operator::Re, Kind::Reference) => matched(None),
        (Operator::Ss, Kind::Token | Kind::Uri) => matched(Some("below")),
        (Operator::Sb, Kind::Token | Kind::Uri) => matched(Some("above")),
        (Operator::In, Kind::Token) => matched(Some("in")),
        _ => Err(unsupported(parameter, operator)),
    }
}

fn unsupported(parameter: &SearchParameter, operator: Operator) -> Problem {
    Problem::new(
        problem::Kind::UnsupportedValue,
        format!(
            "Parameter '{}' (a {}) is not compared by '{}' in a filter.",
            parameter.code,
            parameter.kind.as_str(),
            operator.name()
        ),
    )
    .at_parameter("_filter")
}
