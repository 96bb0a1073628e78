//! FIN-07: the searches and includes of the CARIN guide for Blue Button.

use serde_json::Value;

use super::financial::found;
use crate::catalogue::Check;
use crate::catalogue::Level::Warning;
use crate::collection::{entries, gather, searchset};
use crate::context::{Context, find_claim};
use crate::outcome::{Faults, Verdict, skip};
use crate::requirement::place::CARIN_SEARCH;
use crate::resource::{local_reference, name_of, references};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("FIN-07", Warning, "The searches of the CARIN guide that are claimed find what they are for, and its includes add what is referred to.", CARIN_SEARCH, |c| Box::pin(searches(c))),
];

/// The value of a parameter in a record.
type ValueOf = fn(&Value) -> Option<String>;

/// Parameters beside the patient and how a record has their value.
const PARAMETERS: &[(&str, ValueOf)] = &[
    ("_id", |record| record["id"].as_str().map(str::to_owned)),
    ("_lastUpdated", |record| {
        let text = record["meta"]["lastUpdated"].as_str()?;
        Some(format!("ge{text}"))
    }),
    ("identifier", |record| {
        token(&record["identifier"][0], "value")
    }),
    ("type", |record| token(&record["type"]["coding"][0], "code")),
    ("service-date", |record| {
        let text = record["billablePeriod"]["start"].as_str()?;
        text.get(..10).map(str::to_owned)
    }),
    ("created", |record| {
        record["created"].as_str()?.get(..10).map(str::to_owned)
    }),
];

fn token(value: &Value, member: &str) -> Option<String> {
    let text = value[member].as_str()?;
    Some(match value["system"].as_str() {
        Some(system) => format!("{system}|{text}"),
        None => text.to_owned(),
    })
}

/// Includes and the element they follow.
const INCLUDES: &[(&str, &str)] = &[
    ("ExplanationOfBenefit:coverage", "insurance"),
    ("ExplanationOfBenefit:provider", "provider"),
    ("ExplanationOfBenefit:care-team", "careTeam"),
];

async fn searches(context: &Context) -> Verdict {
    const NAME: &str = "ExplanationOfBenefit";
    let records = found(context, NAME, "patient").await?.resources;
    let Some(record) = records.first() else {
        return skip("there are no explanations of benefit (FIN-03)");
    };
    let claim = find_claim(context.capabilities().await?, NAME);
    let rows = claim
        .map(|claim| &claim["searchParam"])
        .and_then(Value::as_array);
    let is_claimed = |name: &str| {
        name.starts_with('_') || rows.is_some_and(|rows| rows.iter().any(|row| row["name"] == name))
    };
    let patient = &context.session().await?.patient;
    let mut faults = Faults::default();
    for (name, value) in PARAMETERS.iter().filter(|(name, _)| is_claimed(name)) {
        let Some(value) = value(record) else { continue };
        let url = context.search_url(NAME, &[("patient", patient.as_str()), (name, &value)])?;
        let is_there = gather(context, url, NAME)
            .await?
            .names()
            .contains(&name_of(record));
        faults.unless(is_there, || {
            format!("{} is not found by {name}", name_of(record))
        });
    }
    for (include, element) in INCLUDES {
        let Some(wanted) = references(&record[*element])
            .into_iter()
            .find_map(|text| local_reference(text, &context.configuration.base))
        else {
            continue;
        };
        let id = record["id"].as_str().unwrap_or_default();
        let url = context.search_url(
            NAME,
            &[
                ("patient", patient.as_str()),
                ("_id", id),
                ("_include", include),
            ],
        )?;
        let bundle = searchset(&context.authorized(url).await?)?;
        let mut names = entries(&bundle).map(|entry| name_of(&entry["resource"]));
        faults.unless(names.any(|name| name == wanted), || {
            format!("{include} adds no {wanted}")
        });
    }
    faults.verdict()
}
