//! One parameter of a search with its values.

use std::collections::BTreeSet;

use fhir::resource_type::ResourceType;
use fhir::search_parameter::{self, Kind, SearchParameter};

use super::document::Expression;
use super::position::Circle;
use super::query::{Context, MAX_ALTERNATIVES, is_offered};
use super::reference::Target;
use super::refusal::{illegal, too_many_values, unknown, unsupported_modifier};
use super::token::{Token, TypedIdentifier, escapes_are_legal, split_protected};
use super::value::parse_match;
use super::{chain, date, modifier, number};
use crate::problem::Problem;

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
    /// Words of the narrative (`_text`).
    Narrative(Expression),
    /// Words of the whole resource (`_content`).
    Content(Expression),
    /// Text at the end, folded.
    Ends(String),
    /// The whole text, folded.
    Is(String),
    /// Each of these begins a word of the text, folded.
    Words(Vec<String>),
    /// A coded value.
    Token(Token),
    /// One of these codes of one of these systems, folded; an empty system for none.
    Codes(Vec<(String, Vec<String>)>),
    /// An identifier of a type (`:of-type`).
    OfType(TypedIdentifier),
    /// The identifier of a reference (`:identifier`).
    Identifier(Token),
    /// A number with its prefix.
    Number(Prefix, number::Range),
    /// A quantity with its prefix; `None` for any system or unit.
    Quantity(Prefix, number::Range, Option<String>, Option<String>),
    /// A quantity in the canonical unit of its measure.
    Canonical(Prefix, number::Range, String),
    /// A reference to any of these.
    Reference(Vec<Target>),
    /// A logical id whatever the type.
    AnyType(String),
    /// A URI.
    Uri(String),
    /// This URL, without a slash at the end, or one under it.
    UriBelow(String),
    /// One of these URLs.
    UriAbove(Vec<String>),
    /// All of these about the same element, in the order of the components.
    Composite(Vec<Match>),
    /// A place inside.
    Near(Circle),
    /// A value of the same kind that does not match this.
    Other(Box<Match>),
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

pub(super) const PREFIXES: [(&str, Prefix); 9] = [
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

impl Prefix {
    /// Whether only a narrow range of values matches.
    pub fn is_equal(self) -> bool {
        matches!(self, Self::Eq | Self::Ap)
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
        if name == "_list" && value.starts_with('$') {
            return Err(illegal(
                name,
                value,
                "ids of lists; lists that are computed are not offered",
            ));
        }
        let leaf =
            |parameter, modifier: Option<&str>| parse_test(parameter, modifier, value, context);
        Self::parse_hop(resource_type, name, &leaf, 0)
    }

    /// Reads the name; `leaf` reads what the parameter at its end is compared with. `hops`
    /// references were followed already.
    pub(super) fn parse_hop(
        resource_type: ResourceType,
        name: &str,
        leaf: Leaf<'_>,
        hops: usize,
    ) -> Result<Self, Problem> {
        if let Some(rest) = name.strip_prefix("_has:") {
            return chain::parse_has(resource_type, rest, leaf, hops);
        }
        if name == "_list" {
            return chain::parse_has(resource_type, "List:item:_id", leaf, hops);
        }
        if let Some((reference, rest)) = name.split_once('.') {
            return chain::parse_chain(resource_type, reference, rest, leaf, hops);
        }
        let (code, modifier) = match name.split_once(':') {
            Some((code, modifier)) => (code, Some(modifier)),
            None => (name, None),
        };
        let parameter = search_parameter::find(resource_type, code)
            .filter(|parameter| is_offered(parameter))
            .ok_or_else(|| unknown(resource_type, code))?;
        let test = leaf(parameter, modifier)?;
        Ok(Self { parameter, test })
    }
}

/// Reads what a parameter, with the modifier after its name, is compared with.
pub(super) type Leaf<'a> =
    &'a dyn Fn(&'static SearchParameter, Option<&str>) -> Result<Test, Problem>;

impl Clause {
    /// How many values it compares with.
    pub(super) fn values(&self) -> usize {
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

    pub(super) fn collect_chained(&self, types: &mut BTreeSet<ResourceType>) {
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
    // The modifiers of a reference may be types; those it judges itself.
    let taken = |modifier| modifier::of(parameter).contains(&modifier);
    if parameter.kind != Kind::Reference && !modifier.is_none_or(taken) {
        return Err(unsupported_modifier(parameter, modifier));
    }
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
    let alternatives = split_protected(value, ',');
    if alternatives.len() > MAX_ALTERNATIVES {
        return Err(too_many_values());
    }
    let matches = alternatives
        .iter()
        .map(|text| parse_match(parameter, modifier, text, context))
        .collect::<Result<Vec<_>, _>>()?;
    match modifier {
        Some("not" | "not-in") => Ok(Test::NoneOf(matches)),
        _ => Ok(Test::AnyOf(matches)),
    }
}
