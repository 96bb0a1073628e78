//! FIN: coverage and explanations of benefit. A server that claims neither is not asked.

use serde_json::Value;

use super::periodic::split;
use super::search::{names_at, same_set};
use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::collection::{Collection, gather};
use crate::context::Context;
use crate::outcome::{Faults, Finding, Verdict, ensure};
use crate::requirement::place::{FINANCIAL_S4S, LAST_UPDATED};
use crate::resource::{is_about, name_of};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("FIN-01", Required, "Coverage is found by beneficiary and by patient alike, and there is at least one.", FINANCIAL_S4S, |c| Box::pin(coverage(c))),
    Check::new("FIN-02", Required, "The periodic queries for coverage and explanations of benefit yield exactly those changed since.", LAST_UPDATED, |c| Box::pin(periodic(c))),
    Check::new("FIN-03", Required, "There are explanations of benefit, all of them the patient's.", FINANCIAL_S4S, |c| Box::pin(benefits(c))),
];

/// Type, parameter of the first query and subject element.
const TYPES: &[(&str, &str, &str)] = &[
    ("Coverage", "beneficiary", "beneficiary"),
    ("ExplanationOfBenefit", "patient", "patient"),
];

pub(super) async fn found(
    context: &Context,
    name: &str,
    parameter: &str,
) -> Result<Collection, Finding> {
    context.claimed(name).await?;
    let patient = &context.session().await?.patient;
    let url = context.search_url(name, &[(parameter, patient)])?;
    let collection = gather(context, url, name).await?;
    collection.expect_complete()?;
    Ok(collection)
}

fn all_mine(resources: &[Value], subject: &str, patient: &str, context: &Context) -> Verdict {
    ensure(!resources.is_empty(), || "there are none".into())?;
    let mut faults = Faults::default();
    for resource in resources {
        let mine = is_about(resource, subject, patient, &context.configuration.base);
        faults.unless(mine, || {
            format!("{} is not the patient's", name_of(resource))
        });
    }
    faults.verdict()
}

async fn coverage(context: &Context) -> Verdict {
    let by_beneficiary = found(context, "Coverage", "beneficiary").await?;
    let by_patient = found(context, "Coverage", "patient").await?;
    let patient = &context.session().await?.patient;
    all_mine(&by_beneficiary.resources, "beneficiary", patient, context)?;
    same_set(&by_patient.names(), &by_beneficiary.names())
}

async fn benefits(context: &Context) -> Verdict {
    let collection = found(context, "ExplanationOfBenefit", "patient").await?;
    let patient = &context.session().await?.patient;
    all_mine(&collection.resources, "patient", patient, context)
}

async fn periodic(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for (name, parameter, _) in TYPES {
        let collection = found(context, name, parameter).await?;
        let (bound, later) = split(&collection.resources)?;
        let patient = &context.session().await?.patient;
        let bound = format!("gt{bound}");
        let url = context.search_url(name, &[(*parameter, patient), ("_lastUpdated", &bound)])?;
        let names = names_at(context, url, name).await?;
        faults.part(name, same_set(&names, &later))?;
    }
    faults.verdict()
}
