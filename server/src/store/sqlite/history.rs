//! Walking through versions, newest first.
//!
//! Current and earlier versions lie in two tables, each with an index by time; the engine merges
//! the walks, so a page costs what it shows. One patient's versions are walked by the patient.

use std::fmt::Write as _;

use chrono::DateTime;
use fhir::resource_type::ResourceType;
use rusqlite::{OptionalExtension as _, Row, params, params_from_iter};

use super::render::reach::{any_of_types, compartment_offset, whole_compartment};
use super::render::{Rendered, patient_type};
use super::{Sqlite, StoreError, engine};
use crate::interaction::Instance;
use crate::search::history::{HistoryPlan, Seen, is_open};
use crate::search::plan::Condition;
use crate::store::{Stored, Version};

impl Sqlite {
    /// At most `limit` versions after `seen`, newest first. Earlier versions are not judged by
    /// their own content here.
    pub fn history(
        &self,
        plan: &HistoryPlan,
        seen: Option<Seen>,
        limit: u32,
    ) -> Result<Vec<Version>, StoreError> {
        let mut query = versions(plan, seen);
        query.sql.push_str(if plan.id.is_some() {
            " ORDER BY version DESC LIMIT ?"
        } else {
            " ORDER BY updated DESC, key DESC, version DESC LIMIT ?"
        });
        query.push(i64::from(limit));
        self.timed(|connection| {
            let mut statement = connection.prepare_cached(&query.sql).map_err(engine)?;
            let mut rows = statement
                .query(params_from_iter(query.parameters))
                .map_err(engine)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next().map_err(engine)? {
                found.push(version(row)?);
            }
            Ok(found)
        })
    }

    /// How many versions a plan walks.
    pub fn count_history(&self, plan: &HistoryPlan) -> Result<u64, StoreError> {
        let query = versions(plan, None);
        let sql = format!("SELECT count(*) FROM ({})", query.sql);
        self.timed(|connection| {
            connection
                .prepare_cached(&sql)
                .and_then(|mut statement| {
                    statement.query_row(params_from_iter(query.parameters), |row| {
                        row.get::<_, i64>(0)
                    })
                })
                .map(i64::unsigned_abs)
                .map_err(engine)
        })
    }

    /// One version of a resource, whoever asks.
    pub fn version(&self, instance: &Instance, number: u32) -> Result<Option<Version>, StoreError> {
        self.readers.with(|connection| {
            let mut statement = connection
                .prepare_cached(
                    "SELECT key, type, id, version, updated, body, 1 FROM resource
                     WHERE type = ?1 AND id = ?2 AND version = ?3
                     UNION ALL
                     SELECT r.key, r.type, r.id, h.version, h.updated, h.body, 0
                     FROM resource AS r CROSS JOIN history AS h ON h.resource = r.key
                     WHERE r.type = ?1 AND r.id = ?2 AND h.version = ?3",
                )
                .map_err(engine)?;
            let row = statement
                .query_row(
                    params![instance.resource_type.number(), instance.id, number],
                    |row| Ok(version(row)),
                )
                .optional()
                .map_err(engine)?;
            row.transpose()
        })
    }
}

/// The types of a plan, by how they are walked.
enum Part<'a> {
    /// Everything of these types, deletions included.
    Open(Vec<ResourceType>),
    /// What belongs to a patient now.
    Compartment(&'a str, Vec<ResourceType>),
    /// What satisfies a condition now.
    Judged(Vec<(ResourceType, Condition)>),
}

fn parts(plan: &HistoryPlan) -> Vec<Part<'_>> {
    let (open, rest): (Vec<_>, Vec<_>) = plan
        .admitted
        .iter()
        .partition(|(_, condition)| is_open(condition));
    // One resource is found by its id.
    let patient = rest
        .iter()
        .filter(|_| plan.id.is_none())
        .find_map(|(ty, condition)| whole_compartment(*ty, condition));
    let (own, judged): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(ty, condition)| {
        patient.is_some() && whole_compartment(*ty, condition) == patient
    });
    let types = |part: &[&(ResourceType, Condition)]| part.iter().map(|(ty, _)| *ty).collect();
    let mut parts = Vec::new();
    if !open.is_empty() {
        parts.push(Part::Open(types(&open)));
    }
    if let Some(patient) = patient {
        parts.push(Part::Compartment(patient, types(&own)));
    }
    if !judged.is_empty() {
        parts.push(Part::Judged(judged.into_iter().cloned().collect()));
    }
    parts
}

/// Every version of a plan, without an order.
fn versions(plan: &HistoryPlan, seen: Option<Seen>) -> Rendered {
    let mut out = Rendered {
        sql: String::with_capacity(1024),
        parameters: Vec::with_capacity(32),
    };
    for part in parts(plan) {
        for earlier in [false, true] {
            if !out.sql.is_empty() {
                out.sql.push_str(" UNION ALL ");
            }
            select(&mut out, plan, &part, earlier);
            in_time(&mut out, plan, earlier);
            after(&mut out, plan, seen, earlier);
        }
    }
    if out.sql.is_empty() {
        out.sql
            .push_str("SELECT key, type, id, version, updated, body, 1 FROM resource WHERE 0");
    }
    out
}

fn select(out: &mut Rendered, plan: &HistoryPlan, part: &Part<'_>, earlier: bool) {
    let (columns, current) = if earlier {
        ("h.version AS version, h.updated AS updated, h.body", 0)
    } else {
        ("r.version AS version, r.updated AS updated, r.body", 1)
    };
    let _ = write!(
        out.sql,
        "SELECT r.key AS key, r.type, r.id, {columns}, {current} FROM {} WHERE ",
        tables(plan, part, earlier)
    );
    match part {
        Part::Open(types) => of_types(out, types, plan.id.is_some()),
        Part::Compartment(patient, types) => {
            let keys = types.iter().map(|ty| compartment_offset() + ty.number());
            let _ = write!(
                out.sql,
                "d.parameter IN ({}) AND d.target = ? AND d.type = ? AND r.deleted = 0",
                list(keys)
            );
            out.push((*patient).to_owned());
            out.push(patient_type());
        }
        Part::Judged(judged) => {
            let types: Vec<_> = judged.iter().map(|(ty, _)| *ty).collect();
            of_types(out, &types, plan.id.is_some());
            out.sql.push_str(" AND r.deleted = 0 AND (0");
            any_of_types(out, "r", judged);
            out.sql.push(')');
        }
    }
    if let Some(id) = &plan.id {
        out.sql.push_str(" AND r.id = ?");
        out.push(id.clone());
    }
}

fn tables(plan: &HistoryPlan, part: &Part<'_>, earlier: bool) -> &'static str {
    let by_resource = plan.id.is_some();
    match (part, earlier) {
        (Part::Compartment(..), false) => {
            "reference AS d CROSS JOIN resource AS r ON r.key = d.resource"
        }
        (Part::Compartment(..), true) => {
            "reference AS d CROSS JOIN resource AS r ON r.key = d.resource CROSS JOIN history AS h ON h.resource = r.key"
        }
        (_, false) => "resource AS r",
        (_, true) if by_resource => "resource AS r CROSS JOIN history AS h ON h.resource = r.key",
        (_, true) => "history AS h CROSS JOIN resource AS r ON r.key = h.resource",
    }
}

/// Versions are walked by time and looked at one by one; one resource is found by its address.
fn of_types(out: &mut Rendered, types: &[ResourceType], by_id: bool) {
    let sign = if by_id { "" } else { "+" };
    let numbers = types.iter().map(|ty| ty.number());
    let _ = write!(out.sql, "{sign}r.type IN ({})", list(numbers));
}

fn list(numbers: impl Iterator<Item = u16>) -> String {
    numbers
        .map(|number| number.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

fn in_time(out: &mut Rendered, plan: &HistoryPlan, earlier: bool) {
    let alias = if earlier { "h" } else { "r" };
    if let Some(since) = plan.since {
        let _ = write!(out.sql, " AND {alias}.updated >= ?");
        out.push(since);
    }
    if let Some(at) = plan.at {
        let _ = write!(out.sql, " AND {alias}.updated <= ?");
        out.push(at.high);
        if earlier {
            // It was current until the next version was made.
            out.sql.push_str(
                " AND coalesce((SELECT n.updated FROM history AS n WHERE n.resource = h.resource AND n.version = h.version + 1), r.updated) > ?",
            );
            out.push(at.low);
        }
    }
}

fn after(out: &mut Rendered, plan: &HistoryPlan, seen: Option<Seen>, earlier: bool) {
    let Some(seen) = seen else { return };
    let alias = if earlier { "h" } else { "r" };
    if plan.id.is_some() {
        let _ = write!(out.sql, " AND {alias}.version < ?");
        out.push(i64::from(seen.version));
        return;
    }
    let _ = write!(
        out.sql,
        " AND {alias}.updated <= ? AND ({alias}.updated, r.key, {alias}.version) < (?, ?, ?)"
    );
    out.push(seen.updated);
    out.push(seen.updated);
    out.push(seen.key);
    out.push(i64::from(seen.version));
}

fn version(row: &Row<'_>) -> Result<Version, StoreError> {
    let number: u16 = row.get(1).map_err(engine)?;
    let milliseconds: i64 = row.get(4).map_err(engine)?;
    let instance = Instance {
        resource_type: ResourceType::from_number(number)
            .ok_or_else(|| StoreError::Damaged(format!("resource type {number}")))?,
        id: row.get(2).map_err(engine)?,
    };
    let updated = DateTime::from_timestamp_millis(milliseconds)
        .ok_or_else(|| StoreError::Damaged(format!("instant {milliseconds}")))?;
    let (key, version) = (row.get(0).map_err(engine)?, row.get(3).map_err(engine)?);
    let body: Option<Vec<u8>> = row.get(5).map_err(engine)?;
    Ok(Version {
        key,
        version,
        updated,
        is_current: row.get(6).map_err(engine)?,
        stored: body.map(|body| Stored {
            key,
            resource_type: instance.resource_type,
            id: instance.id.clone(),
            version,
            updated,
            body,
        }),
        instance,
    })
}
