//! What was deleted since an earlier export, as transactions of deletions (Bulk Data Access 2.0.0,
//! manifest, `deleted`).

use std::cell::Cell;

use chrono::DateTime;
use fhir::resource_type::ResourceType;
use serde_json::{Value, json};

use crate::access::restriction::Restriction;
use crate::problem::Problem;
use crate::search::date;
use crate::search::index::{self, Key};
use crate::search::matches::{Candidate, Surroundings};
use crate::search::plan::Condition;
use crate::search::reference::Target;
use crate::store::{Found, Snapshot};

/// The deletions that a job tells of: in which period, and what the last content had to be.
#[derive(Debug, Default)]
pub struct Deletions {
    period: Option<date::Range>,
    types: Vec<(ResourceType, Condition)>,
}

impl Deletions {
    /// Those of a window that has a beginning: they are for clients that have an earlier export.
    pub fn of(window: Option<date::Range>) -> Self {
        Self {
            period: window.filter(|window| window.low > i64::MIN),
            types: Vec::new(),
        }
    }

    /// Tells of a type what satisfied `conditions` inside `restriction` until it was deleted.
    pub fn tell(&mut self, ty: ResourceType, conditions: &[Condition], restriction: &Restriction) {
        let mut all = conditions.to_vec();
        all.push(Condition::restricted(ty, restriction));
        self.types.push((ty, Condition::All(all)));
    }

    /// Shows one `Bundle` for each deletion.
    pub(super) fn each(
        &self,
        snapshot: &Snapshot<'_>,
        mut visit: impl FnMut(&Value) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let Some(period) = self.period else {
            return Ok(());
        };
        for (ty, condition) in &self.types {
            snapshot.deleted(*ty, period, |found| {
                if was_admitted(*ty, found, condition) {
                    visit(&deletion(*ty, found.id))?;
                }
                Ok::<(), Problem>(())
            })?;
        }
        Ok(())
    }
}

/// Whether the last content alone says that the resource was the caller's to see. What hangs on
/// other resources, such as the content of a document, is not told: they may be gone too.
fn was_admitted(ty: ResourceType, found: &Found<'_>, condition: &Condition) -> bool {
    let Some(json) = serde_json::from_slice(found.body).ok() else {
        return false;
    };
    let Ok(rows) = index::extract(ty, &json) else {
        return false;
    };
    let candidate = Candidate {
        id: found.id,
        updated: DateTime::from_timestamp_millis(found.updated).unwrap_or_default(),
        rows: &rows,
    };
    let alone = Alone::default();
    condition.admits(candidate, &alone) && !alone.was_asked.get()
}

fn deletion(ty: ResourceType, id: &str) -> Value {
    json!({
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{ "request": { "method": "DELETE", "url": format!("{ty}/{id}") } }],
    })
}

/// Knows nothing about other resources, and remembers whether that mattered: under a negation,
/// not knowing must not count as a yes.
#[derive(Default)]
struct Alone {
    was_asked: Cell<bool>,
}

impl Surroundings for Alone {
    fn is_seen(&self, _: &Target, _: &[(ResourceType, Condition)]) -> bool {
        self.was_asked.set(true);
        false
    }

    fn is_referred_to(&self, _: &str, _: ResourceType, _: Key, _: &Condition) -> bool {
        self.was_asked.set(true);
        false
    }
}
