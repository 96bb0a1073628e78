//! What is written for people in a record, which apps show as it is.

use super::clinical::records;
use crate::category::Category;
use crate::context::Context;
use crate::outcome::{Faults, Verdict};
use crate::resource::name_of;

/// What a narrative must not contain (FHIR R4, "Narrative": no script, forms or active content).
const ACTIVE: &[&str] = &[
    "<script",
    "<form",
    "<iframe",
    "<object",
    "<embed",
    "<base",
    "javascript:",
    " onload=",
    " onclick=",
    " onerror=",
];

/// Whether every record has a narrative, and none has active content in it.
pub(super) async fn narrated(context: &Context, category: &'static Category) -> Verdict {
    let mut faults = Faults::default();
    for record in records(context, category).await? {
        let div = record["text"]["div"]
            .as_str()
            .unwrap_or_default()
            .to_lowercase();
        faults.unless(!div.is_empty(), || {
            format!("{} has no narrative", name_of(&record))
        });
        let active = ACTIVE.iter().find(|word| div.contains(**word));
        faults.unless(active.is_none(), || {
            format!("{} has active content in its narrative", name_of(&record))
        });
    }
    faults.verdict()
}
