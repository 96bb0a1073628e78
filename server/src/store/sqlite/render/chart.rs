//! A walk through the chart of one patient. Its lines hold most of what is asked, so the resources
//! themselves are touched only when they are shown.

use std::fmt::Write as _;

use fhir::search_parameter::Kind;

use super::range::compare;
use super::{Need, Rendered, condition};
use crate::search::index::Key;
use crate::search::index::chart::Chart;
use crate::search::plan::{Condition, Plan, charted};
use crate::search::query::Match;
use crate::search::reference::Target;
use crate::search::sort::{By, Sort};
use crate::search::token::Token;
use crate::store::sqlite::cells::SEVERAL;

const COLUMNS: &str = "key, updated, low, high, marks";

/// `FROM … WHERE …`; the line is `d`, and the resource, where one is needed, `r`.
pub(super) fn from_where(
    out: &mut Rendered,
    plan: &Plan,
    (patient, part): (&str, Option<&Condition>),
    need: Need,
) {
    let chart = Chart::of(plan.resource_type);
    let codes = part.and_then(|part| charted(chart, part));
    // The lines of one code are in the order of their keys, each key once.
    let one = match codes.as_deref() {
        None => Some((Key::compartment(plan.resource_type), None)),
        Some([(key, token)]) if token.system.is_some() => Some((*key, Some(*token))),
        Some(_) => None,
    };
    out.sql.push_str("FROM ");
    match &codes {
        Some(codes) if one.is_none() => gathered(out, patient, codes),
        _ => out.sql.push_str("chart AS d"),
    }
    let by_resource =
        plan.conditions.iter().any(asks_resource) || plan.sort.iter().any(|sort| by_id(*sort));
    if need == Need::Resource || by_resource {
        out.sql
            .push_str(" CROSS JOIN resource AS r ON r.key = d.key");
    }
    out.sql.push_str(" WHERE ");
    match one {
        Some((key, token)) => line(out, patient, key, token),
        None => out.sql.push('1'),
    }
    let walk = Walk { chart, patient };
    for one in &plan.conditions {
        out.sql.push_str(" AND ");
        walk.condition(out, one);
    }
}

/// What a sort key is called in a line, if the line has it.
pub(in super::super) fn sorted(plan: &Plan, sort: Sort) -> Option<&'static str> {
    match sort.by {
        By::Value([key], Kind::Date) if Chart::of(plan.resource_type).care == Some(*key) => {
            Some(if sort.descending { "d.high" } else { "d.low" })
        }
        _ => None,
    }
}

/// The lines of several codes, or of one whatever its system: each key once.
fn gathered(out: &mut Rendered, patient: &str, codes: &[(Key, &Token)]) {
    let distinct = if codes.len() == 1 { "DISTINCT " } else { "" };
    for (at, (key, token)) in codes.iter().enumerate() {
        let start = if at == 0 { "(" } else { " UNION " };
        let _ = write!(
            out.sql,
            "{start}SELECT {distinct}{COLUMNS} FROM chart AS d WHERE "
        );
        line(out, patient, *key, Some(*token));
    }
    out.sql.push_str(") AS d");
}

/// The lines of a code, or those that only say that a resource belongs to the patient.
fn line(out: &mut Rendered, patient: &str, key: Key, token: Option<&Token>) {
    out.sql
        .push_str("d.patient = ? AND d.parameter = ? AND d.code = ?");
    out.push(patient.to_owned());
    out.push(i64::from(key.number()));
    let code = token.and_then(|token| token.code.clone());
    out.push(code.unwrap_or_default());
    match token.map(|token| token.system.clone()) {
        None => out.sql.push_str(" AND d.system = 0"),
        Some(None) => {}
        Some(Some(system)) => {
            out.sql
                .push_str(" AND d.system = (SELECT key FROM system WHERE uri = ?)");
            out.push(system);
        }
    }
}

/// Whether a condition asks what only the resource itself says.
fn asks_resource(condition: &Condition) -> bool {
    match condition {
        Condition::All(all) | Condition::Any(all) => all.iter().any(asks_resource),
        Condition::Not(inner) => asks_resource(inner),
        Condition::Id(_) | Condition::ReferredToBy(..) => true,
        _ => false,
    }
}

fn by_id(sort: Sort) -> bool {
    matches!(sort.by, By::Id)
}

struct Walk<'a> {
    chart: &'a Chart,
    patient: &'a str,
}

impl Walk<'_> {
    fn condition(&self, out: &mut Rendered, asked: &Condition) {
        match asked {
            Condition::All(all) => self.joined(out, all, " AND ", "1"),
            Condition::Any(any) => self.joined(out, any, " OR ", "0"),
            Condition::Not(inner) => {
                out.sql.push_str("NOT ");
                self.condition(out, inner);
            }
            Condition::Value(key, Match::Date(prefix, range)) if self.chart.care == Some(*key) => {
                // A missing date compares with nothing, and several are looked at one by one.
                let _ = write!(
                    out.sql,
                    "(d.low IS NOT NULL AND CASE WHEN d.marks < {SEVERAL} THEN "
                );
                compare(out, *prefix, "d", range.low, range.high);
                out.sql.push_str(" ELSE ");
                condition(out, "d", asked);
                out.sql.push_str(" END)");
            }
            Condition::Value(key, Match::Reference(targets)) => match self.named(*key, targets) {
                Some(bit) => {
                    let _ = write!(out.sql, "(d.marks & {bit}) <> 0");
                }
                None => condition(out, "d", asked),
            },
            asked if asks_resource(asked) => condition(out, "r", asked),
            asked => condition(out, "d", asked),
        }
    }

    /// The bit that says that a parameter names the patient of the chart.
    fn named(&self, key: Key, targets: &[Target]) -> Option<u8> {
        match targets {
            [Target::Local(ty, id)] if ty.as_str() == "Patient" && id == self.patient => {
                self.chart.bit(key)
            }
            _ => None,
        }
    }

    fn joined(&self, out: &mut Rendered, all: &[Condition], word: &str, empty: &str) {
        if all.is_empty() {
            out.sql.push_str(empty);
            return;
        }
        out.sql.push('(');
        for (at, one) in all.iter().enumerate() {
            if at > 0 {
                out.sql.push_str(word);
            }
            self.condition(out, one);
        }
        out.sql.push(')');
    }
}
