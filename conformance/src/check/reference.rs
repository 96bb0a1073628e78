//! Where references in records lead, for the categories and the profiles of US Core.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::context::Context;
use crate::outcome::{Faults, Verdict, skip};
use crate::resource::{id_of, local_reference, name_of, references};

/// References read per category, so that a run stays polite.
const MOST_REFERENCES: usize = 10;

/// Whether what records refer to can be read. A patient may be linked to another record of the
/// same person; a record of a patient that is `owned` may not lead to another patient.
pub(super) async fn resolvable(context: &Context, records: &[Value], owned: bool) -> Verdict {
    let own = format!("Patient/{}", context.session().await?.patient);
    let mut faults = Faults::default();
    for fault in records.iter().flat_map(dangling_contained) {
        faults.add(fault);
    }
    if !records.iter().any(|record| !references(record).is_empty()) {
        return skip("there are no references");
    }
    let base = &context.configuration.base;
    let (others, names): (BTreeSet<_>, BTreeSet<_>) = records
        .iter()
        .flat_map(references)
        .filter_map(|reference| local_reference(reference, base))
        .filter(|name| *name != own)
        .partition(|name| name.starts_with("Patient/"));
    for name in others.iter().filter(|_| owned) {
        faults.add(format!("{name} is another patient"));
    }
    for name in names.into_iter().take(MOST_REFERENCES) {
        faults.part(&name, context.readable(&name).await)?;
    }
    faults.verdict()
}

/// `#id` references without a contained resource of that id.
fn dangling_contained(record: &Value) -> Vec<String> {
    let contained = record["contained"].as_array();
    let has =
        |id: &str| contained.is_some_and(|list| list.iter().any(|inner| id_of(inner) == Some(id)));
    references(record)
        .into_iter()
        .filter_map(|reference| reference.strip_prefix('#'))
        .filter(|id| !id.is_empty() && !has(id))
        .map(|id| {
            format!(
                "{} refers to #{id}, which is not contained",
                name_of(record)
            )
        })
        .collect()
}
