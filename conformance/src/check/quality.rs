//! QLT: whether the records that were downloaded make sense.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::category::CATEGORIES;
use crate::context::Context;
use crate::outcome::{Faults, Finding, Verdict, skip};
use crate::quality::{
    EVENT_DATES, EXPECTED_SYSTEMS, MEASURES, Measure, SEX_SPECIFIC, TARGETS, codes_of,
};
use crate::requirement::place::{CODES, META, QUALITY, REFERENCES};
use crate::resource::{each_object, name_of, type_of};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("QLT-01", Warning, "Measured values are plausible for their code and unit.", QUALITY, |c| Box::pin(plausible(c))),
    Check::new("QLT-02", Warning, "Units belong to what was measured.", QUALITY, |c| Box::pin(units(c))),
    Check::new("QLT-03", Warning, "Periods end after they begin.", QUALITY, |c| Box::pin(each(c, periods))),
    Check::new("QLT-04", Warning, "Events lie within the patient's life.", QUALITY, |c| Box::pin(lifetime(c))),
    Check::new("QLT-05", Warning, "Events lie between 1900 and today.", QUALITY, |c| Box::pin(era(c))),
    Check::new("QLT-06", Warning, "Conditions and procedures that only one sex has fit the patient.", QUALITY, |c| Box::pin(sexes(c))),
    Check::new("QLT-07", Required, "No two different records have the same type and id.", META, |c| Box::pin(unique(c))),
    Check::new("QLT-08", Warning, "Codes come from the code systems that are expected of their elements.", CODES, |c| Box::pin(each(c, systems))),
    Check::new("QLT-09", Required, "The subject is a relative reference to a patient.", REFERENCES, |c| Box::pin(each(c, subject))),
    Check::new("QLT-10", Warning, "References lead to the types that their elements are for.", REFERENCES, |c| Box::pin(each(c, targets))),
    Check::new("QLT-11", Warning, "No small child has a smoking status.", QUALITY, |c| Box::pin(ages(c))),
];

/// Everything that the categories' first queries yield.
async fn downloaded(context: &Context) -> Result<Vec<Value>, Finding> {
    context.session().await?;
    let mut records = Vec::new();
    for category in CATEGORIES.iter().filter(|category| category.is_list()) {
        if let Ok(collection) = context.collection(category).await {
            records.extend(collection.resources.iter().cloned());
        }
    }
    if records.is_empty() {
        return skip("there are no records");
    }
    Ok(records)
}

async fn each(context: &Context, fault: fn(&Value) -> Option<String>) -> Verdict {
    let mut faults = Faults::default();
    for record in downloaded(context).await? {
        if let Some(fault) = fault(&record) {
            faults.add(format!("{}: {fault}", name_of(&record)));
        }
    }
    faults.verdict()
}

/// Values with their measures, of observations and their components.
fn measured(record: &Value) -> Vec<(&'static Measure, f64, String)> {
    let components = record["component"].as_array().into_iter().flatten();
    std::iter::once(record)
        .chain(components)
        .filter_map(|part| {
            let codes = codes_of(&part["code"], "http://loinc.org");
            let measure = MEASURES
                .iter()
                .find(|measure| codes.contains(&measure.code))?;
            let quantity = &part["valueQuantity"];
            let unit = quantity["code"].as_str().or(quantity["unit"].as_str())?;
            Some((measure, quantity["value"].as_f64()?, unit.to_owned()))
        })
        .collect()
}

async fn plausible(context: &Context) -> Verdict {
    let (mut faults, mut tried) = (Faults::default(), false);
    for record in downloaded(context).await? {
        for (measure, value, unit) in measured(&record) {
            tried = true;
            let is_plausible =
                unit != measure.unit || (measure.low..=measure.high).contains(&value);
            faults.unless(is_plausible, || {
                format!("{}: {} of {value} {unit}", name_of(&record), measure.code)
            });
        }
    }
    decided(tried, faults)
}

fn decided(tried: bool, faults: Faults) -> Verdict {
    if tried {
        faults.verdict()
    } else {
        skip("there is nothing to judge")
    }
}

async fn units(context: &Context) -> Verdict {
    let (mut faults, mut tried) = (Faults::default(), false);
    for record in downloaded(context).await? {
        for (measure, _, unit) in measured(&record) {
            tried = true;
            let fits = unit == measure.unit || measure.other_units.contains(&unit.as_str());
            faults.unless(fits, || {
                format!("{}: {} in {unit}", name_of(&record), measure.code)
            });
        }
    }
    decided(tried, faults)
}

fn periods(record: &Value) -> Option<String> {
    let mut fault = None;
    each_object(record, &mut |object| {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        for (start, end) in [("start", "end"), ("onsetDateTime", "abatementDateTime")] {
            if let (Some(start), Some(end)) = (text(start), text(end))
                && day(start) > day(end)
            {
                fault = Some(format!("{start} is after {end}"));
            }
        }
    });
    fault
}

/// The date of a date or date-time; shorter ones compare as far as they go.
fn day(text: &str) -> &str {
    text.get(..10).unwrap_or(text)
}

/// Dates of events in a record.
fn dates(record: &Value) -> Vec<&str> {
    EVENT_DATES
        .iter()
        .filter_map(|name| record[*name].as_str())
        .map(day)
        .collect()
}

async fn lifetime(context: &Context) -> Verdict {
    let patient = context.patient().await?.resource("Patient")?;
    let Some(birth) = patient["birthDate"].as_str() else {
        return skip("the patient has no birthDate");
    };
    let death = patient["deceasedDateTime"].as_str().map(day);
    let mut faults = Faults::default();
    for record in downloaded(context).await? {
        for date in dates(&record) {
            let is_before = date < &birth[..birth.len().min(date.len())];
            let is_after =
                death.is_some_and(|death| date > death) && type_of(&record) == Some("Observation");
            faults.unless(!is_before && !is_after, || {
                format!("{} at {date}", name_of(&record))
            });
        }
    }
    faults.verdict()
}

async fn era(context: &Context) -> Verdict {
    let today = (context.clock.now() + chrono::TimeDelta::days(1))
        .format("%Y-%m-%d")
        .to_string();
    let mut faults = Faults::default();
    for record in downloaded(context).await? {
        for date in dates(&record) {
            faults.unless(("1900"..=today.as_str()).contains(&date), || {
                format!("{} at {date}", name_of(&record))
            });
        }
    }
    faults.verdict()
}

async fn sexes(context: &Context) -> Verdict {
    let patient = context.patient().await?.resource("Patient")?;
    let gender = patient["gender"].as_str().unwrap_or_default();
    if !matches!(gender, "male" | "female") {
        return skip("the patient's gender is neither male nor female");
    }
    let mut faults = Faults::default();
    for record in downloaded(context).await? {
        let codes = codes_of(&record["code"], "http://snomed.info/sct");
        let odd = SEX_SPECIFIC
            .iter()
            .find(|(code, sex, _)| codes.contains(code) && *sex != gender);
        if let Some((_, _, title)) = odd {
            faults.add(format!(
                "{}: {title} of a {gender} patient",
                name_of(&record)
            ));
        }
    }
    faults.verdict()
}

async fn unique(context: &Context) -> Verdict {
    let mut seen: BTreeMap<String, Value> = BTreeMap::new();
    let mut faults = Faults::default();
    for record in downloaded(context).await? {
        let name = name_of(&record);
        match seen.get(&name) {
            Some(other) if *other != record => {
                faults.add(format!("{name} is two different records"));
            }
            Some(_) => {}
            None => {
                seen.insert(name, record);
            }
        }
    }
    faults.verdict()
}

fn systems(record: &Value) -> Option<String> {
    let name = type_of(record)?;
    let (_, element, systems) = EXPECTED_SYSTEMS.iter().find(|(ty, _, _)| *ty == name)?;
    let codings = record[*element]["coding"].as_array()?;
    let fits = codings
        .iter()
        .any(|coding| systems.iter().any(|system| coding["system"] == *system));
    (!fits && !codings.is_empty())
        .then(|| format!("{element} has no code of {}", systems.join(" or ")))
}

fn subject(record: &Value) -> Option<String> {
    let name = ["subject", "patient"]
        .into_iter()
        .find(|name| record[*name].is_object())?;
    let reference = record[name]["reference"].as_str().unwrap_or_default();
    (!reference.starts_with("Patient/")).then(|| format!("{name} is {reference:?}"))
}

fn targets(record: &Value) -> Option<String> {
    let mut fault = None;
    each_object(record, &mut |object| {
        for (element, types) in TARGETS {
            let reference = object
                .get(*element)
                .and_then(|value| value["reference"].as_str());
            let Some((kind, _)) = reference.and_then(|reference| reference.split_once('/')) else {
                continue;
            };
            let is_relative = kind.starts_with(|c: char| c.is_ascii_uppercase());
            if is_relative && !types.contains(&kind) {
                fault = Some(format!("{element} leads to {kind}"));
            }
        }
    });
    fault
}

const SMALL_CHILD: i32 = 8;

async fn ages(context: &Context) -> Verdict {
    let patient = context.patient().await?.resource("Patient")?;
    let year = |text: &str| text.get(..4).and_then(|year| year.parse::<i32>().ok());
    let Some(birth) = patient["birthDate"].as_str().and_then(year) else {
        return skip("the patient has no birthDate");
    };
    let mut faults = Faults::default();
    for record in downloaded(context).await? {
        let is_smoking = codes_of(&record["code"], "http://loinc.org").contains(&"72166-2");
        let at = dates(&record)
            .first()
            .and_then(|date| year(date))
            .unwrap_or(i32::MAX);
        faults.unless(
            !is_smoking || at.saturating_sub(birth) >= SMALL_CHILD,
            || {
                format!(
                    "{} at the age of {}",
                    name_of(&record),
                    at.saturating_sub(birth)
                )
            },
        );
    }
    faults.verdict()
}
