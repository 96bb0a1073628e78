//! How texts and URIs are compared.

use std::fmt::Write as _;

use super::Rendered;
use super::value::json_array;
use crate::search::query::Match;

/// The comparison of the row `x`.
pub(super) fn test(out: &mut Rendered, x: &str, value: &Match) {
    match value {
        Match::Starts(text) => starts(out, &format!("{x}.folded"), text),
        Match::Contains(text) => one(out, &format!("instr({x}.folded, ?) > 0"), text),
        Match::Ends(text) => {
            let length = text.chars().count();
            let sql = format!("substr({x}.folded, -{length}) = ?");
            one(out, &sql, text);
        }
        Match::Is(text) => one(out, &format!("{x}.folded = ?"), text),
        Match::Exact(text) => one(out, &format!("{x}.exact = ?"), text),
        Match::Words(words) => {
            out.sql.push_str("(1");
            for word in words {
                let sql = format!(" AND instr(' ' || {x}.folded, ?) > 0");
                one(out, &sql, &format!(" {word}"));
            }
            out.sql.push(')');
        }
        Match::Uri(uri) => one(out, &format!("{x}.value = ?"), uri),
        Match::UriBelow(url) => {
            // The slash is followed by the zero in every character set.
            let sql = format!("({x}.value = ? OR ({x}.value >= ? AND {x}.value < ?))");
            one(out, &sql, url);
            out.push(format!("{url}/"));
            out.push(format!("{url}0"));
        }
        Match::UriAbove(urls) => {
            let _ = write!(
                out.sql,
                "{x}.value IN (SELECT j.value FROM json_each(?) AS j)"
            );
            out.push(json_array(urls));
        }
        _ => out.sql.push('0'),
    }
}

fn one(out: &mut Rendered, sql: &str, text: &str) {
    out.sql.push_str(sql);
    out.push(text.to_owned());
}

fn starts(out: &mut Rendered, column: &str, text: &str) {
    let _ = write!(out.sql, "({column} >= ? AND {column} < ?)");
    out.push(text.to_owned());
    // Greater than any text that starts so: no text holds the last character of Unicode.
    out.push(format!("{text}\u{10FFFF}"));
}
