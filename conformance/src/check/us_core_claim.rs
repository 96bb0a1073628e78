//! USC: what the server says of its US Core, and what comes along with records.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::collection::{entries, searchset};
use crate::context::{Context, find_claim};
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::{US_CORE_PROVENANCE, US_CORE_SEARCH, US_CORE_SERVER};
use crate::resource::{local_reference, name_of, references, type_of};
use crate::us_core::{Kind, Source, TYPES, named, searches};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("USC-01", Warning, "The release of US Core is told by the CapabilityStatement.", US_CORE_SERVER, |c| Box::pin(told(c))),
    Check::new("USC-02", Warning, "Every claimed type of US Core names the profiles it supports.", US_CORE_SERVER, |c| Box::pin(profiled(c))),
    Check::new("USC-03", Required, "Every claimed type of US Core names the search parameters that US Core requires.", US_CORE_SEARCH, |c| Box::pin(parameters(c))),
    Check::new("USC-04", Required, "A search with _revinclude=Provenance:target adds nothing but Provenance of its matches.", US_CORE_PROVENANCE, |c| Box::pin(provenance(c))),
    Check::new("USC-05", Required, "A search for medication requests with _include adds the medications they refer to.", US_CORE_SEARCH, |c| Box::pin(medications(c))),
];

async fn told(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let release = context.release().await?;
    let is_told = named(statement).is_some_and(|named| named >= release);
    ensure(is_told, || {
        format!("no version of US Core from {release} on is named")
    })
}

async fn profiled(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let release = context.release().await?;
    let mut faults = Faults::default();
    for kind in TYPES
        .iter()
        .filter(|kind| searches(kind.resource_type, release).next().is_some())
    {
        let Some(row) = find_claim(statement, kind.resource_type) else {
            continue;
        };
        let profiles = row["supportedProfile"].as_array().into_iter().flatten();
        let mut urls = profiles.filter_map(Value::as_str);
        let has_one = urls.any(|url| url.starts_with("http://hl7.org/fhir/us/core/"));
        faults.unless(has_one, || format!("{} names none", kind.resource_type));
    }
    faults.verdict()
}

async fn parameters(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let release = context.release().await?;
    let mut faults = Faults::default();
    for kind in TYPES {
        let Some(row) = find_claim(statement, kind.resource_type) else {
            continue;
        };
        let rows = row["searchParam"].as_array().into_iter().flatten();
        let named: BTreeSet<_> = rows.filter_map(|row| row["name"].as_str()).collect();
        let required = searches(kind.resource_type, release).filter(|search| search.is_required);
        let missing: BTreeSet<_> = required
            .flat_map(|search| search.parameters)
            .filter(|name| !named.contains(name))
            .collect();
        let words: Vec<_> = missing.into_iter().collect();
        faults.unless(words.is_empty(), || {
            format!("{} lacks {}", kind.resource_type, words.join(", "))
        });
    }
    faults.verdict()
}

/// The first page of a search for what is the patient's own of a type.
async fn page(
    context: &Context,
    kind: &'static Kind,
    addition: (&str, &str),
) -> Result<Value, Finding> {
    let patient = context.session().await?.patient.as_str();
    let mut query = match kind.source {
        Source::Own => vec![("_id", patient)],
        _ => vec![("patient", patient)],
    };
    if let Source::Searched(additions) = kind.source {
        query.extend(additions.iter().flatten().take(1));
    }
    query.push(addition);
    let url = context.search_url(kind.resource_type, &query)?;
    searchset(&context.authorized(url).await?)
}

async fn provenance(context: &Context) -> Verdict {
    context.release().await?;
    context.claimed("Provenance").await?;
    let (mut faults, mut tried) = (Faults::default(), false);
    for kind in TYPES
        .iter()
        .filter(|kind| matches!(kind.source, Source::Own | Source::Searched(_)))
    {
        if context.records(kind).await.is_err() {
            continue;
        }
        let page = page(context, kind, ("_revinclude", "Provenance:target")).await;
        match page {
            Ok(page) => tried |= added(context, &page, &mut faults),
            Err(finding) => faults.part(kind.resource_type, Err(finding))?,
        }
    }
    if !tried {
        return skip("no record has a Provenance");
    }
    faults.verdict()
}

/// Whether a page has Provenance; notes what of it is about none of the matches.
fn added(context: &Context, page: &Value, faults: &mut Faults) -> bool {
    let of_mode =
        |mode: &'static str| entries(page).filter(move |entry| entry["search"]["mode"] == mode);
    let matches: BTreeSet<_> = of_mode("match")
        .map(|entry| name_of(&entry["resource"]))
        .collect();
    let mut has_some = false;
    for entry in of_mode("include") {
        let record = &entry["resource"];
        has_some |= type_of(record) == Some("Provenance");
        let base = &context.configuration.base;
        let mut targets = references(&record["target"])
            .into_iter()
            .filter_map(|text| local_reference(text, base));
        faults.unless(targets.any(|name| matches.contains(&name)), || {
            format!("{} is about none of the matches", name_of(record))
        });
    }
    has_some
}

async fn medications(context: &Context) -> Verdict {
    context.release().await?;
    let Some(kind) = TYPES
        .iter()
        .find(|kind| kind.resource_type == "MedicationRequest")
    else {
        return skip("there is no such type");
    };
    context.records(kind).await?;
    let page = page(context, kind, ("_include", "MedicationRequest:medication")).await?;
    let base = &context.configuration.base;
    let present: BTreeSet<_> = entries(&page)
        .map(|entry| name_of(&entry["resource"]))
        .collect();
    let medications =
        entries(&page).flat_map(|entry| references(&entry["resource"]["medicationReference"]));
    let wanted: BTreeSet<_> = medications
        .filter_map(|text| local_reference(text, base))
        .collect();
    if wanted.is_empty() {
        return skip("no medication request refers to a Medication");
    }
    let mut faults = Faults::default();
    for name in wanted.difference(&present) {
        faults.add(format!("{name} is missing"));
    }
    faults.verdict()
}
