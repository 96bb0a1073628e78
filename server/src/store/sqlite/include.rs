//! Following references from a page of matches.

use std::fmt::Write as _;

use super::render::{self, Rendered};
use crate::search::include::Direction;
use crate::search::plan::IncludePlan;

/// References up to which each is looked up by itself.
const FEW: usize = 20;

/// The whole statement; the included resource is `r`.
pub(super) fn query(plan: &IncludePlan, keys: &[i64], limit: usize, columns: &str) -> Rendered {
    let mut out = Rendered {
        sql: format!("SELECT DISTINCT {columns} FROM json_each(?) AS j"),
        parameters: vec![json_array(keys).into()],
    };
    let parameters = render::numbers(&plan.parameters);
    // A resource has few references: those of a wildcard are not looked up one by one.
    let each = if plan.parameters.len() > FEW { "+" } else { "" };
    match plan.direction {
        Direction::Forward => {
            let _ = write!(
                out.sql,
                " CROSS JOIN reference AS x ON x.resource = j.value AND {each}x.parameter IN ({parameters}) CROSS JOIN resource AS r ON r.type = x.type AND r.id = x.target"
            );
        }
        Direction::Reverse => {
            let _ = write!(
                out.sql,
                " CROSS JOIN resource AS m ON m.key = j.value CROSS JOIN reference AS x ON x.parameter IN ({parameters}) AND x.target = m.id AND x.type = m.type CROSS JOIN resource AS r ON r.key = x.resource"
            );
        }
    }
    out.sql.push_str(" WHERE r.deleted = 0");
    if let Some(from) = plan.from {
        let _ = write!(out.sql, " AND m.type = {}", from.number());
    }
    out.sql.push_str(" AND (0");
    render::any_of_types(&mut out, "r", &plan.admitted);
    out.sql.push_str(") ORDER BY r.key LIMIT ?");
    out.push(i64::try_from(limit).unwrap_or(i64::MAX));
    out
}

fn json_array(keys: &[i64]) -> String {
    let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
    format!("[{}]", keys.join(","))
}
