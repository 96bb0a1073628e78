//! The second evaluator of a plan's conditions: over index rows in memory instead of a database.
//!
//! It decides about content that is not (or no longer) in the index: what is about to be written,
//! and earlier versions. A property test holds the two evaluators equal.

use chrono::{DateTime, Utc};
use fhir::resource_type::ResourceType;

use super::index::{Key, Row, Value};
use super::plan::Condition;
use super::query::{Match, Prefix};
use super::reference::Target;
use super::token::Token;
use super::{date, number};

/// A resource outside the index.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Logical id.
    pub id: &'a str,
    /// `meta.lastUpdated`.
    pub updated: DateTime<Utc>,
    /// Its index rows.
    pub rows: &'a [Row],
}

/// What a condition asks about other resources; the store answers.
pub trait Surroundings {
    /// Whether a resource satisfies one of the conditions for its type.
    fn is_seen(&self, target: &Target, contexts: &[(ResourceType, Condition)]) -> bool;
    /// Whether a resource of `source` that satisfies the condition refers to this id.
    fn is_referred_to(&self, id: &str, source: ResourceType, key: Key, inside: &Condition) -> bool;
}

impl Condition {
    /// Whether the candidate satisfies the condition.
    pub fn admits(&self, candidate: Candidate<'_>, around: &dyn Surroundings) -> bool {
        let values = |key: &Key| values_of(candidate.rows, *key);
        match self {
            Self::Never => false,
            Self::All(all) => all.iter().all(|one| one.admits(candidate, around)),
            Self::Any(any) => any.iter().any(|one| one.admits(candidate, around)),
            Self::Not(inner) => !inner.admits(candidate, around),
            Self::Id(ids) => ids.iter().any(|id| id == candidate.id),
            Self::Updated(prefix, range) => {
                let at = candidate.updated.timestamp_millis();
                let row = date::Range { low: at, high: at };
                compare(*prefix, (row.low, row.high), (range.low, range.high))
            }
            Self::Has(key) => values(key).next().is_some(),
            Self::Value(key, wanted) => values(key).any(|value| satisfies(value, wanted)),
            Self::Compartment(ty, patient) => values_of(candidate.rows, Key::compartment(*ty))
                .any(|value| is_patient(value, patient)),
            Self::Compartments(ty, patients) => values_of(candidate.rows, Key::compartment(*ty))
                .any(|value| patients.iter().any(|patient| is_patient(value, patient))),
            Self::EveryTarget(key, contexts) => {
                let mut targets = targets(candidate.rows, *key).peekable();
                targets.peek().is_some() && targets.all(|target| around.is_seen(target, contexts))
            }
            Self::Contains(ty, inside) => values(&Key::contained()).any(|value| {
                contained(value, *ty, candidate.updated)
                    .is_some_and(|contained| inside.admits(contained, around))
            }),
            Self::ReferredToBy(source, key, inside) => {
                around.is_referred_to(candidate.id, *source, *key, inside)
            }
            Self::Context(key, contexts) => {
                targets(candidate.rows, *key).any(|target| around.is_seen(target, contexts))
            }
        }
    }
}

fn values_of(rows: &[Row], key: Key) -> impl Iterator<Item = &Value> {
    rows.iter()
        .filter(move |row| row.key == key)
        .map(|row| &row.value)
}

/// A resource of the type inside another one, as a candidate of its own.
fn contained(value: &Value, ty: ResourceType, updated: DateTime<Utc>) -> Option<Candidate<'_>> {
    match value {
        Value::Contained(contained) if contained.resource_type == ty => Some(Candidate {
            id: &contained.id,
            updated,
            rows: &contained.rows,
        }),
        _ => None,
    }
}

fn targets(rows: &[Row], key: Key) -> impl Iterator<Item = &Target> {
    values_of(rows, key).filter_map(|value| match value {
        Value::Reference(target) => Some(target),
        _ => None,
    })
}

fn is_patient(value: &Value, patient: &str) -> bool {
    matches!(value, Value::Reference(Target::Local(ty, id)) if ty.as_str() == "Patient" && id == patient)
}

fn satisfies(value: &Value, wanted: &Match) -> bool {
    match (value, wanted) {
        (_, Match::Other(inner)) => is_comparable(value, inner) && !satisfies(value, inner),
        (Value::Text { .. }, _) => is_text(value, wanted),
        (Value::Date(row), Match::Date(prefix, asked)) => {
            compare(*prefix, (row.low, row.high), (asked.low, asked.high))
        }
        (Value::Token { system, code }, Match::Token(token))
        | (
            Value::Identifier {
                system,
                value: code,
            },
            Match::Identifier(token),
        ) => is_token(system, code, token),
        (Value::Token { system, code }, Match::Codes(groups)) => groups
            .iter()
            .any(|(known, codes)| known == system && codes.contains(code)),
        (Value::OfType(row), Match::OfType(asked)) => row == asked,
        (Value::Number(row), Match::Number(prefix, asked)) => numbers(*prefix, *row, *asked),
        (Value::Quantity { .. } | Value::Canonical { .. }, _) => is_quantity(value, wanted),
        (Value::Reference(target), Match::Reference(wanted)) => wanted.contains(target),
        (Value::Reference(Target::Local(_, id)), Match::AnyType(wanted)) => id == wanted,
        (Value::Uri(uri), _) => is_uri(uri, wanted),
        (Value::Narrative(words), Match::Narrative(asked))
        | (Value::Content(words), Match::Content(asked)) => asked.holds(words),
        (Value::Place(point), Match::Near(circle)) => circle.holds(*point),
        (Value::Composite { parts, .. }, Match::Composite(wanted)) => parts
            .iter()
            .zip(wanted)
            .all(|(values, wanted)| values.iter().any(|value| satisfies(value, wanted))),
        _ => false,
    }
}

/// Whether a value is of the kind that a match is about.
fn is_comparable(value: &Value, wanted: &Match) -> bool {
    matches!(
        (value, wanted),
        (Value::Date(_), Match::Date(..))
            | (Value::Token { .. }, Match::Token(_) | Match::Codes(_))
            | (Value::Number(_), Match::Number(..))
            | (Value::Quantity { .. }, Match::Quantity(..))
            | (Value::Canonical { .. }, Match::Canonical(..))
            | (Value::Reference(_), Match::Reference(_) | Match::AnyType(_))
            | (
                Value::Uri(_),
                Match::Uri(_) | Match::UriBelow(_) | Match::UriAbove(_)
            )
            | (
                Value::Text { .. },
                Match::Starts(_)
                    | Match::Contains(_)
                    | Match::Exact(_)
                    | Match::Ends(_)
                    | Match::Is(_)
            )
    )
}

fn is_text(value: &Value, wanted: &Match) -> bool {
    let Value::Text { folded, exact } = value else {
        return false;
    };
    match wanted {
        Match::Starts(text) => folded.starts_with(text.as_str()),
        Match::Contains(text) => folded.contains(text.as_str()),
        Match::Ends(text) => folded.ends_with(text.as_str()),
        Match::Is(text) => folded == text,
        Match::Exact(text) => exact == text,
        Match::Words(words) => {
            let spaced = format!(" {folded}");
            words
                .iter()
                .all(|word| spaced.contains(&format!(" {word}")))
        }
        _ => false,
    }
}

fn is_quantity(value: &Value, wanted: &Match) -> bool {
    match (value, wanted) {
        (
            Value::Quantity {
                range,
                system,
                unit,
            },
            Match::Quantity(prefix, asked, wanted_system, wanted_unit),
        ) => {
            numbers(*prefix, *range, *asked)
                && wanted_system.as_ref().is_none_or(|wanted| wanted == system)
                && wanted_unit.as_ref().is_none_or(|wanted| wanted == unit)
        }
        (Value::Canonical { range, unit }, Match::Canonical(prefix, asked, wanted)) => {
            unit == wanted && numbers(*prefix, *range, *asked)
        }
        _ => false,
    }
}

fn is_uri(uri: &str, wanted: &Match) -> bool {
    match wanted {
        Match::Uri(wanted) => uri == wanted,
        Match::UriAbove(wanted) => wanted.iter().any(|wanted| wanted == uri),
        Match::UriBelow(url) => uri
            .strip_prefix(url.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        _ => false,
    }
}

fn is_token(system: &str, code: &str, token: &Token) -> bool {
    token.code.as_ref().is_none_or(|wanted| wanted == code)
        && token.system.as_ref().is_none_or(|wanted| wanted == system)
}

fn numbers(prefix: Prefix, row: number::Range, asked: number::Range) -> bool {
    let asked = match prefix {
        Prefix::Ap => asked.approximately(),
        _ => asked,
    };
    compare(prefix, (row.low, row.high), (asked.low, asked.high))
}

/// Compares the range of a value with the range asked for (R4, "Prefixes").
fn compare<T: PartialOrd + Copy>(prefix: Prefix, (low, high): (T, T), (from, to): (T, T)) -> bool {
    let within = low >= from && high <= to;
    match prefix {
        Prefix::Eq => within,
        Prefix::Ne => !within,
        Prefix::Gt => high > to,
        Prefix::Lt => low < from,
        Prefix::Ge => high > to || within,
        Prefix::Le => low < from || within,
        Prefix::Sa => low > to,
        Prefix::Eb => high < from,
        Prefix::Ap => low <= to && high >= from,
    }
}
