//! SRC-11 and SRC-12: the forms of references and tokens.

use std::collections::BTreeSet;

use super::search::{anchor, names_at, same_set};
use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::category::Category;
use crate::context::Context;
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::{SEARCH_REFERENCE, SEARCH_TOKEN};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("SRC-11", Required, "The patient may be named by id, by reference and as subject, with the same result.", SEARCH_REFERENCE, |c| Box::pin(references(c))),
    Check::new("SRC-12", Required, "A code alone, a code with its system and a list of codes select what they say.", SEARCH_TOKEN, |c| Box::pin(tokens(c))),
];

const CATEGORY_SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

async fn references(context: &Context) -> Verdict {
    let anchor = anchor(context).await?;
    let patient = &context.session().await?.patient;
    let wanted = anchor.collection.names();
    let mut faults = Faults::default();
    for (name, value) in [
        ("patient", format!("Patient/{patient}")),
        ("subject", format!("Patient/{patient}")),
    ] {
        let mut query = anchor.category.query_for(patient);
        query.retain(|(parameter, _)| parameter != "patient");
        query.push((name.to_owned(), value));
        let url = context.search_url(anchor.category.searched, &query)?;
        let found = names_at(context, url, anchor.category.resource_type).await;
        faults.part(name, found.and_then(|found| same_set(&found, &wanted)))?;
    }
    faults.verdict()
}

async fn names_of(context: &Context, code: &str) -> Result<BTreeSet<String>, Finding> {
    let Some(category) = Category::find(code) else {
        return skip(format!("there is no category {code}"));
    };
    let collection = context.collection(category).await?;
    collection.expect_complete()?;
    Ok(collection.names())
}

async fn by_category(context: &Context, value: &str) -> Result<BTreeSet<String>, Finding> {
    let patient = &context.session().await?.patient;
    let url = context.search_url(
        "Observation",
        &[("patient", patient.as_str()), ("category", value)],
    )?;
    names_at(context, url, "Observation").await
}

async fn tokens(context: &Context) -> Verdict {
    let laboratory = names_of(context, "LAB").await?;
    let vital_signs = names_of(context, "VIT").await?;
    if laboratory.is_empty() || vital_signs.is_empty() {
        return skip("there are no laboratory results or no vital signs");
    }
    let mut faults = Faults::default();
    let with_system = by_category(context, &format!("{CATEGORY_SYSTEM}|laboratory")).await?;
    faults.part("system|code", same_set(&with_system, &laboratory))?;
    let wrong_system = by_category(context, "http://example.org/other|laboratory").await?;
    faults.part(
        "another system",
        ensure(wrong_system.is_empty(), || "has matches".into()),
    )?;
    let either = by_category(context, "laboratory,vital-signs").await?;
    let union = laboratory.union(&vital_signs).cloned().collect();
    faults.part("a list of codes", same_set(&either, &union))?;
    faults.verdict()
}
