//! FIN-04 to FIN-06 and FIN-08: the contents of coverage and explanations of benefit.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::access::nothing_of;
use super::financial::found;
use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::context::Context;
use crate::outcome::{Faults, Finding, Verdict, skip};
use crate::requirement::place::{ADJUDICATION, FHIR_JSON, PATIENT_COMPARTMENT, REFERENCES};
use crate::resource::{local_reference, name_of, references};
use crate::validity;

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("FIN-04", Required, "Coverage and explanations of benefit are valid R4.", FHIR_JSON, |c| Box::pin(sound(c))),
    Check::new("FIN-05", Required, "Totals are the sums of what was adjudicated, and amounts name their currency.", ADJUDICATION, |c| Box::pin(sums(c))),
    Check::new("FIN-06", Required, "Coverage, insurer, provider and payee of explanations of benefit can be read, and one insurance is focal.", REFERENCES, |c| Box::pin(resolved(c))),
    Check::new("FIN-08", Required, "Financial records need a token and are never another patient's.", PATIENT_COMPARTMENT, |c| Box::pin(enforced(c))),
];

async fn sound(context: &Context) -> Verdict {
    let mut records = found(context, "Coverage", "beneficiary").await?.resources;
    records.extend(benefits(context).await?);
    let mut faults = Faults::default();
    for record in &records {
        for fault in validity::faults(record) {
            faults.add(format!("{}: {fault}", name_of(record)));
        }
    }
    faults.verdict()
}

async fn benefits(context: &Context) -> Result<Vec<Value>, Finding> {
    let benefits = found(context, "ExplanationOfBenefit", "patient")
        .await?
        .resources;
    if benefits.is_empty() {
        return skip("there are no explanations of benefit (FIN-03)");
    }
    Ok(benefits)
}

type Sums = BTreeMap<String, f64>;

fn code_of(row: &Value) -> Option<&str> {
    row["category"]["coding"][0]["code"].as_str()
}

/// Adds up the amounts of adjudications by category.
fn add(sums: &mut Sums, adjudications: &Value) {
    for row in adjudications.as_array().into_iter().flatten() {
        if let (Some(code), Some(amount)) = (code_of(row), row["amount"]["value"].as_f64()) {
            *sums.entry(code.to_owned()).or_default() += amount;
        }
    }
}

/// What was adjudicated: of the items and, without items, of the whole.
fn adjudicated(benefit: &Value) -> Sums {
    let mut sums = Sums::new();
    let items = benefit["item"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    for item in items {
        add(&mut sums, &item["adjudication"]);
    }
    if items.iter().all(|item| item["adjudication"].is_null()) {
        add(&mut sums, &benefit["adjudication"]);
    }
    sums
}

const CENT: f64 = 0.01;

fn sum_faults(benefit: &Value) -> Vec<String> {
    let sums = adjudicated(benefit);
    let mut faults = Vec::new();
    for total in benefit["total"].as_array().into_iter().flatten() {
        let amount = &total["amount"];
        if !amount["currency"].is_string() {
            faults.push("a total names no currency".to_owned());
        }
        let sum = code_of(total).and_then(|code| Some((code, *sums.get(code)?)));
        if let (Some((code, sum)), Some(value)) = (sum, amount["value"].as_f64())
            && (sum - value).abs() >= CENT
        {
            faults.push(format!("the total of {code} is {value}, the sum {sum:.2}"));
        }
    }
    faults
}

async fn sums(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for benefit in benefits(context).await? {
        for fault in sum_faults(&benefit) {
            faults.add(format!("{}: {fault}", name_of(&benefit)));
        }
    }
    faults.verdict()
}

const MOST_REFERENCES: usize = 10;

async fn resolved(context: &Context) -> Verdict {
    let base = &context.configuration.base;
    let (mut faults, mut names) = (Faults::default(), BTreeSet::new());
    for benefit in benefits(context).await? {
        let insurances = benefit["insurance"].as_array().into_iter().flatten();
        let focal = insurances
            .filter(|insurance| insurance["focal"] == true)
            .count();
        faults.unless(focal == 1, || {
            format!("{} has {focal} focal insurances", name_of(&benefit))
        });
        for element in ["insurance", "insurer", "provider", "payee"] {
            let found = references(&benefit[element]).into_iter();
            names.extend(found.filter_map(|reference| local_reference(reference, base)));
        }
    }
    for name in names.iter().take(MOST_REFERENCES) {
        let answer = context.authorized(context.url(name)?).await?;
        faults.part(name, answer.expect_status(200))?;
    }
    faults.verdict()
}

async fn enforced(context: &Context) -> Verdict {
    let other = context.other_patient().await?;
    let mut faults = Faults::default();
    for (name, parameter) in [
        ("Coverage", "beneficiary"),
        ("ExplanationOfBenefit", "patient"),
    ] {
        if context.claimed(name).await.is_err() {
            continue;
        }
        let url = context.search_url(name, &[(parameter, other.as_str())])?;
        faults.part(name, context.open(url.clone()).await?.expect_status(401))?;
        let answer = context.authorized(url).await?;
        faults.part(name, nothing_of(context, &answer, &other))?;
    }
    faults.verdict()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(code: &str, value: f64) -> Value {
        json!({"category": {"coding": [{"code": code}]}, "amount": {"value": value, "currency": "USD"}})
    }

    #[test]
    fn totals_are_sums_of_items() {
        let mut benefit = json!({
            "item": [{"adjudication": [row("submitted", 10.10)]}, {"adjudication": [row("submitted", 20.20)]}],
            "total": [row("submitted", 30.30)],
        });
        assert!(sum_faults(&benefit).is_empty());
        benefit["total"][0]["amount"] = json!({"value": 31});
        assert_eq!(sum_faults(&benefit).len(), 2);
    }
}
