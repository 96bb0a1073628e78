//! The text of a search, checked against the table of parameters.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use fhir::resource_type::ResourceType;
use fhir::search_parameter::{self, Kind, SearchParameter};

use super::chain;
use super::date;
use super::fold::fold;
use super::include::{Direction, Include, MAX_INCLUDES};
use super::number;
use super::reference::{Target, is_id};
use super::sort::{self, Sort};
use super::token::{Token, escapes_are_legal, split_alternatives, split_unescaped};
use crate::problem::{self, Problem, printable};

/// Matches on a page when the client does not say how many it wants.
pub const DEFAULT_COUNT: u32 = 50;
/// Most matches on a page; a larger `_count` is lowered to it and `self` says so.
pub const MAX_COUNT: u32 = 1000;
const MAX_PARAMETERS: usize = 100;
const MAX_ALTERNATIVES: usize = 500;

/// What reading a query needs to know besides its text.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The server's public base URL, without a slash at the end.
    pub base: &'a str,
    /// The present, for the prefix `ap`.
    pub now: DateTime<Utc>,
}

/// A search that can be answered.
#[derive(Debug, Clone)]
pub struct Query {
    /// The type searched.
    pub resource_type: ResourceType,
    /// What a match must satisfy, all of it.
    pub clauses: Vec<Clause>,
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

/// One parameter with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// The row of the table.
    pub parameter: &'static SearchParameter,
    /// What its values must be.
    pub test: Test,
}

/// What the values of a parameter must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// There is none (`:missing=true`) or there is one (`:missing=false`).
    Missing(bool),
    /// One of the values matches one of these.
    AnyOf(Vec<Match>),
    /// None of the values matches any of these (`:not`).
    NoneOf(Vec<Match>),
    /// It refers to a resource of one of these types that satisfies the clause (chaining).
    Chain(Vec<(ResourceType, Clause)>),
    /// A resource of this type refers to it by this parameter and satisfies the clause (`_has`).
    Has(ResourceType, &'static SearchParameter, Box<Clause>),
}

/// One value to match.
#[derive(Debug, Clone, PartialEq)]
pub enum Match {
    /// A date with its prefix.
    Date(Prefix, date::Range),
    /// Text at the start, folded.
    Starts(String),
    /// Text anywhere, folded.
    Contains(String),
    /// The very text.
    Exact(String),
    /// A coded value.
    Token(Token),
    /// A number with its prefix.
    Number(Prefix, number::Range),
    /// A quantity with its prefix; `None` for any system or unit.
    Quantity(Prefix, number::Range, Option<String>, Option<String>),
    /// A reference to any of these.
    Reference(Vec<Target>),
    /// A logical id whatever the type.
    AnyType(String),
    /// A URI.
    Uri(String),
}

/// How an ordered value is compared (R4, "Prefixes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// Inside the range given.
    Eq,
    /// Not inside it.
    Ne,
    /// Reaches above it.
    Gt,
    /// Reaches below it.
    Lt,
    /// Reaches above it or lies inside.
    Ge,
    /// Reaches below it or lies inside.
    Le,
    /// Starts after it.
    Sa,
    /// Ends before it.
    Eb,
    /// Overlaps it and a tenth around.
    Ap,
}

const PREFIXES: [(&str, Prefix); 9] = [
    ("eq", Prefix::Eq),
    ("ne", Prefix::Ne),
    ("gt", Prefix::Gt),
    ("lt", Prefix::Lt),
    ("ge", Prefix::Ge),
    ("le", Prefix::Le),
    ("sa", Prefix::Sa),
    ("eb", Prefix::Eb),
    ("ap", Prefix::Ap),
];

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
    !parameter.expression.is_empty() && !matches!(parameter.kind, Kind::Composite | Kind::Special)
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
            clauses: Vec::new(),
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
            "_format" | "_pretty" => {}
            "_summary" => self.take_summary(value)?,
            // To leave these out would answer another question.
            "_filter" | "_query" => {
                return Err(Problem::new(
                    problem::Kind::UnsupportedValue,
                    format!("'{code}' is not offered."),
                )
                .at_parameter(code));
            }
            "_sort" => self.sort = sort::parse(self.resource_type, value)?,
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
        types
    }

    fn take_summary(&mut self, value: &str) -> Result<(), Problem> {
        match value {
            "count" => self.summary_count = true,
            "false" => {}
            "true" | "text" | "data" => {
                return Err(Problem::new(
                    problem::Kind::UnsupportedParameter,
                    "Of '_summary' only 'count' and 'false' are offered.",
                )
                .at_parameter("_summary"));
            }
            _ => return Err(illegal("_summary", value, "count or false")),
        }
        Ok(())
    }

    /// Bounds the work of one search over all its parameters.
    fn within_limits(&self) -> Result<(), Problem> {
        let values: usize = self.clauses.iter().map(Clause::values).sum();
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

    fn apply(&mut self, name: &str, value: &str) {
        self.applied.push((name.to_owned(), value.to_owned()));
    }

    fn take_count(&mut self, value: &str) -> Result<(), Problem> {
        let asked: u64 = value
            .parse()
            .map_err(|_| illegal("_count", value, "a whole number, 0 for the total only"))?;
        self.count = u32::try_from(asked).unwrap_or(MAX_COUNT).min(MAX_COUNT);
        self.apply("_count", &self.count.to_string());
        Ok(())
    }

    fn take_total(&mut self, value: &str) -> Result<(), Problem> {
        self.total = match value {
            // An exact total is also the best estimate.
            "accurate" | "estimate" => true,
            "none" => false,
            _ => return Err(illegal("_total", value, "none, estimate or accurate")),
        };
        self.apply("_total", value);
        Ok(())
    }
}

impl Clause {
    /// Reads one parameter, `name[:modifier]=value[,value…]`.
    ///
    /// An unknown name or modifier is [`problem::Kind::UnsupportedParameter`] (the caller may
    /// leave it out); an illegal value is [`problem::Kind::Value`] (never left out).
    pub fn parse(
        resource_type: ResourceType,
        name: &str,
        value: &str,
        context: &Context<'_>,
    ) -> Result<Self, Problem> {
        Self::parse_hop(resource_type, name, value, context, 0)
    }

    /// `hops` references were followed already.
    pub(super) fn parse_hop(
        resource_type: ResourceType,
        name: &str,
        value: &str,
        context: &Context<'_>,
        hops: usize,
    ) -> Result<Self, Problem> {
        if let Some(rest) = name.strip_prefix("_has:") {
            return chain::parse_has(resource_type, rest, value, context, hops);
        }
        if let Some((reference, rest)) = name.split_once('.') {
            return chain::parse_chain(resource_type, reference, rest, value, context, hops);
        }
        let (code, modifier) = match name.split_once(':') {
            Some((code, modifier)) => (code, Some(modifier)),
            None => (name, None),
        };
        let parameter = search_parameter::find(resource_type, code)
            .filter(|parameter| is_offered(parameter))
            .ok_or_else(|| unknown(resource_type, code))?;
        let test = parse_test(parameter, modifier, value, context)?;
        Ok(Self { parameter, test })
    }
}

fn too_many_values() -> Problem {
    Problem::new(
        problem::Kind::TooCostly,
        format!("A search takes at most {MAX_ALTERNATIVES} values in all."),
    )
}

impl Clause {
    /// How many values it compares with.
    fn values(&self) -> usize {
        match &self.test {
            Test::Missing(_) => 1,
            Test::AnyOf(matches) | Test::NoneOf(matches) => matches.len(),
            Test::Chain(targets) => targets
                .iter()
                .map(|(_, clause)| clause.values())
                .max()
                .unwrap_or(0),
            Test::Has(_, _, clause) => clause.values(),
        }
    }

    fn collect_chained(&self, types: &mut BTreeSet<ResourceType>) {
        match &self.test {
            Test::Chain(targets) => {
                for (ty, clause) in targets {
                    types.insert(*ty);
                    clause.collect_chained(types);
                }
            }
            Test::Has(source, _, clause) => {
                types.insert(*source);
                clause.collect_chained(types);
            }
            Test::Missing(_) | Test::AnyOf(_) | Test::NoneOf(_) => {}
        }
    }
}

fn parse_test(
    parameter: &'static SearchParameter,
    modifier: Option<&str>,
    value: &str,
    context: &Context<'_>,
) -> Result<Test, Problem> {
    if modifier == Some("missing") {
        return match value {
            "true" => Ok(Test::Missing(true)),
            "false" => Ok(Test::Missing(false)),
            _ => Err(illegal(parameter.code, value, "true or false")),
        };
    }
    if !escapes_are_legal(value) {
        return Err(illegal(
            parameter.code,
            value,
            r"a backslash only before , $ | or another backslash",
        ));
    }
    let alternatives = split_alternatives(value);
    if alternatives.len() > MAX_ALTERNATIVES {
        return Err(too_many_values());
    }
    let matches = alternatives
        .iter()
        .map(|text| parse_match(parameter, modifier, text, context))
        .collect::<Result<Vec<_>, _>>()?;
    match modifier {
        Some("not") => Ok(Test::NoneOf(matches)),
        _ => Ok(Test::AnyOf(matches)),
    }
}

fn parse_match(
    parameter: &'static SearchParameter,
    modifier: Option<&str>,
    text: &str,
    context: &Context<'_>,
) -> Result<Match, Problem> {
    let unescaped = || split_unescaped(text, '\0').concat();
    let code = parameter.code;
    match (parameter.kind, modifier) {
        (Kind::String, None) => some_text(code, fold(&unescaped())).map(Match::Starts),
        (Kind::String, Some("contains")) => {
            some_text(code, fold(&unescaped())).map(Match::Contains)
        }
        (Kind::String, Some("exact")) => some_text(code, unescaped()).map(Match::Exact),
        // Logical ids are case-sensitive, unlike other tokens.
        (Kind::Token, None | Some("not")) if code == "_id" => {
            some_text(code, unescaped()).map(Match::Exact)
        }
        (Kind::Token, None | Some("not")) => Token::parse(text)
            .map(Match::Token)
            .ok_or_else(|| illegal(code, text, "code, system|code, |code or system|")),
        (Kind::Uri, None) => some_text(code, unescaped()).map(Match::Uri),
        (Kind::Date, None) => parse_date(code, text, context),
        (Kind::Number, None) => parse_number(code, text),
        (Kind::Quantity, None) => parse_quantity(code, text),
        (Kind::Reference, modifier) => parse_reference(parameter, modifier, &unescaped(), context),
        (kind, modifier) => Err(unsupported_modifier(code, kind, modifier)),
    }
}

fn nothing(name: &str) -> Problem {
    Problem::new(
        problem::Kind::Value,
        format!("Parameter '{}' has no value.", printable(name)),
    )
    .at_parameter(&printable(name))
}

/// Names that are not offered, and parameters without a value, are left out; an illegal value
/// never is.
fn may_be_left_out(problem: &Problem, value: &str) -> bool {
    problem.kind == problem::Kind::UnsupportedParameter || value.is_empty()
}

fn some_text(code: &str, text: String) -> Result<String, Problem> {
    if text.is_empty() {
        return Err(illegal(code, &text, "some text"));
    }
    Ok(text)
}

fn split_prefix(text: &str) -> (Prefix, &str) {
    PREFIXES
        .iter()
        .find_map(|(name, prefix)| Some((*prefix, text.strip_prefix(name)?)))
        .unwrap_or((Prefix::Eq, text))
}

fn parse_date(code: &str, text: &str, context: &Context<'_>) -> Result<Match, Problem> {
    let (prefix, rest) = split_prefix(text);
    let range = date::Range::parse(rest).ok_or_else(|| {
        illegal(
            code,
            text,
            "a date such as 2016, 2016-04, 2016-04-16 or 2016-04-17T04:00:00Z, after one of eq ne gt lt ge le sa eb ap",
        )
    })?;
    Ok(Match::Date(
        prefix,
        match prefix {
            Prefix::Ap => date::approximately(range, context.now),
            _ => range,
        },
    ))
}

fn parse_number(code: &str, text: &str) -> Result<Match, Problem> {
    let (prefix, rest) = split_prefix(text);
    let range = number_range(prefix, rest)
        .ok_or_else(|| illegal(code, text, "a number such as 5.4, after an optional prefix"))?;
    Ok(Match::Number(prefix, range))
}

/// Ordering prefixes compare with the very value; `eq`, `ne` and `ap` with its precision.
fn number_range(prefix: Prefix, text: &str) -> Option<number::Range> {
    match prefix {
        Prefix::Eq | Prefix::Ne | Prefix::Ap => number::Range::parse(text),
        _ => number::Range::exactly(text),
    }
}

fn parse_quantity(code: &str, text: &str) -> Result<Match, Problem> {
    let (prefix, rest) = split_prefix(text);
    let parts = split_unescaped(rest, '|');
    let wanted = "a number, number|system|code or number||code, after an optional prefix";
    let (value, system, unit) = match parts.as_slice() {
        [value] => (value, None, None),
        [value, system, unit] => (value, some(system), some(unit)),
        _ => return Err(illegal(code, text, wanted)),
    };
    let range = number_range(prefix, value).ok_or_else(|| illegal(code, text, wanted))?;
    Ok(Match::Quantity(prefix, range, system, unit))
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn parse_reference(
    parameter: &'static SearchParameter,
    modifier: Option<&str>,
    text: &str,
    context: &Context<'_>,
) -> Result<Match, Problem> {
    let narrowed = match modifier {
        None => None,
        Some(name) => Some(
            ResourceType::parse(name)
                .filter(|ty| may_target(parameter, *ty))
                .ok_or_else(|| unsupported_modifier(parameter.code, parameter.kind, Some(name)))?,
        ),
    };
    let local = text
        .strip_prefix(context.base)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(text);
    if let Some(Target::Local(ty, id)) = Target::relative(local) {
        let fits = narrowed.is_none_or(|only| only == ty);
        return Ok(Match::Reference(if fits {
            vec![Target::Local(ty, id)]
        } else {
            Vec::new()
        }));
    }
    if is_id(local) {
        return Ok(by_id(parameter, narrowed, local));
    }
    if local.contains(':') {
        return Ok(Match::Reference(vec![Target::Url(local.to_owned())]));
    }
    Err(illegal(
        parameter.code,
        text,
        "an id, Type/id or an absolute URL",
    ))
}

pub(super) fn may_target(parameter: &SearchParameter, ty: ResourceType) -> bool {
    parameter.targets.is_empty() || parameter.targets.contains(&ty.as_str())
}

fn by_id(parameter: &SearchParameter, narrowed: Option<ResourceType>, id: &str) -> Match {
    match narrowed {
        Some(ty) => Match::Reference(vec![Target::Local(ty, id.to_owned())]),
        None if parameter.targets.is_empty() => Match::AnyType(id.to_owned()),
        None => Match::Reference(
            parameter
                .targets
                .iter()
                .filter_map(|name| ResourceType::parse(name))
                .map(|ty| Target::Local(ty, id.to_owned()))
                .collect(),
        ),
    }
}

fn illegal(code: &str, value: &str, accepted: &str) -> Problem {
    Problem::new(
        problem::Kind::Value,
        format!(
            "'{}' is not a value of parameter '{}'; accepted: {accepted}.",
            printable(value),
            printable(code),
        ),
    )
    .at_parameter(&printable(code))
}

fn unsupported_modifier(code: &str, kind: Kind, modifier: Option<&str>) -> Problem {
    Problem::new(
        problem::Kind::UnsupportedValue,
        format!(
            "Parameter '{code}' (a {}) does not take the modifier ':{}'.",
            kind.as_str(),
            printable(modifier.unwrap_or_default()),
        ),
    )
    .at_parameter(code)
}

pub(super) fn unknown(resource_type: ResourceType, code: &str) -> Problem {
    let hint = nearest(resource_type, code)
        .map_or(String::new(), |near| format!(" Did you mean '{near}'?"));
    Problem::new(
        problem::Kind::UnsupportedParameter,
        format!(
            "Search parameter '{}' is not offered for {resource_type}.{hint}",
            printable(code),
        ),
    )
    .at_parameter(&printable(code))
}

fn nearest(resource_type: ResourceType, code: &str) -> Option<&'static str> {
    search_parameter::of(resource_type)
        .filter(|parameter| is_offered(parameter))
        .map(|parameter| (distance(parameter.code, code), parameter.code))
        .min()
        .filter(|(distance, near)| *distance <= 1 + near.len() / 4)
        .map(|(_, near)| near)
}

/// Edits (insert, delete, replace) between two short names.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<u8> = other.bytes().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, theirs) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *theirs);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONTEXT: Context<'static> = Context {
        base: "http://localhost:8080/api/fhir",
        now: DateTime::UNIX_EPOCH,
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
