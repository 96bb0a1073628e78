//! Comparing ranges by prefix (R4, "Prefixes").

use std::fmt::Write as _;

use rusqlite::types::Value as Parameter;

use super::Rendered;
use crate::search::number;
use crate::search::query::Prefix;

pub(super) fn numbers(out: &mut Rendered, prefix: Prefix, x: &str, range: number::Range) {
    let range = match prefix {
        Prefix::Ap => range.approximately(),
        _ => range,
    };
    compare(out, prefix, x, range.low, range.high);
}

/// Compares the columns `low` and `high` of the row `x` with the range asked for.
pub(super) fn compare<T: Into<Parameter> + Clone>(
    out: &mut Rendered,
    prefix: Prefix,
    x: &str,
    asked_low: T,
    asked_high: T,
) {
    let (low, high) = (format!("{x}.low"), format!("{x}.high"));
    compare_columns(out, prefix, (&low, &high), asked_low, asked_high);
}

/// Compares the range between two columns with the range asked for.
pub(super) fn compare_columns<T: Into<Parameter> + Clone>(
    out: &mut Rendered,
    prefix: Prefix,
    (low, high): (&str, &str),
    asked_low: T,
    asked_high: T,
) {
    match prefix {
        Prefix::Eq => within(out, low, high, asked_low, asked_high),
        Prefix::Ne => {
            out.sql.push_str("NOT ");
            within(out, low, high, asked_low, asked_high);
        }
        Prefix::Gt => one_side(out, high, ">", asked_high),
        Prefix::Lt => one_side(out, low, "<", asked_low),
        Prefix::Ge => {
            out.sql.push('(');
            one_side(out, high, ">", asked_high.clone());
            out.sql.push_str(" OR ");
            within(out, low, high, asked_low, asked_high);
            out.sql.push(')');
        }
        Prefix::Le => {
            out.sql.push('(');
            one_side(out, low, "<", asked_low.clone());
            out.sql.push_str(" OR ");
            within(out, low, high, asked_low, asked_high);
            out.sql.push(')');
        }
        Prefix::Sa => one_side(out, low, ">", asked_high),
        Prefix::Eb => one_side(out, high, "<", asked_low),
        Prefix::Ap => {
            let _ = write!(out.sql, "({low} <= ? AND {high} >= ?)");
            out.push(asked_high);
            out.push(asked_low);
        }
    }
}

fn within<T: Into<Parameter> + Clone>(out: &mut Rendered, low: &str, high: &str, from: T, to: T) {
    // The lower limit is not above the upper one: that ends the walk along the index.
    let _ = write!(out.sql, "({low} >= ? AND {low} <= ? AND {high} <= ?)");
    out.push(from);
    out.push(to.clone());
    out.push(to);
}

fn one_side<T: Into<Parameter>>(out: &mut Rendered, column: &str, sign: &str, value: T) {
    let _ = write!(out.sql, "{column} {sign} ?");
    out.push(value);
}
