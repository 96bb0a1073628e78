//! Template line 15: what Sync for Science reads from the records of a category, beyond what FHIR
//! itself requires of them.

use serde_json::Value;

use super::clinical::records;
use crate::category::Category;
use crate::context::Context;
use crate::outcome::{Faults, Finding, Verdict};
use crate::quality::codes_of;
use crate::resource::{codings, name_of, references};

/// Something that every record of a category has.
struct Rule {
    category: &'static str,
    /// What is missing when it does not hold.
    what: &'static str,
    holds: fn(&Value) -> bool,
}

const fn rule(category: &'static str, what: &'static str, holds: fn(&Value) -> bool) -> Rule {
    Rule {
        category,
        what,
        holds,
    }
}

const LOINC: &str = "http://loinc.org";
const UCUM: &str = "http://unitsofmeasure.org";
const CVX: &str = "http://hl7.org/fhir/sid/cvx";
const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

#[rustfmt::skip]
const RULES: &[Rule] = &[
    rule("PAT", "an identifier with system and value", |v| any(&v["identifier"], |one| one["system"].is_string() && one["value"].is_string())),
    rule("PAT", "a family or given name", |v| any(&v["name"], |one| one["family"].is_string() || one["given"].is_array())),
    rule("PAT", "a gender", |v| v["gender"].is_string()),
    rule("PAT", "a birth date", |v| v["birthDate"].is_string()),
    rule("SMK", "the category social-history", |v| any(&v["category"], |one| codes_of(one, CATEGORY).contains(&"social-history"))),
    rule("SMK", "the time it was true", |v| has_choice(v, "effective")),
    rule("SMK", "a coded value", |v| !codings(&v["valueCodeableConcept"]).is_empty()),
    rule("PRB", "a clinicalStatus of its code system", |v| is_void(v) || has_code(&v["clinicalStatus"], "http://terminology.hl7.org/CodeSystem/condition-clinical")),
    rule("PRB", "a verificationStatus of its code system", |v| v["verificationStatus"].is_null() || has_code(&v["verificationStatus"], "http://terminology.hl7.org/CodeSystem/condition-ver-status")),
    rule("PRB", "a category", |v| any(&v["category"], |_| true)),
    rule("MRQ", "a medication", |v| has_choice(v, "medication")),
    rule("MRQ", "the time it was written", |v| v["authoredOn"].is_string()),
    rule("MRQ", "who asked for it", |v| v["requester"].is_object() || has_choice(v, "reported")),
    rule("MST", "a medication", |v| has_choice(v, "medication")),
    rule("MST", "a time", |v| has_choice(v, "effective")),
    rule("MDS", "a medication", |v| has_choice(v, "medication")),
    rule("MDS", "a quantity", |v| !is_done(v) || v["quantity"].is_object()),
    rule("MDS", "the time it was handed over", |v| !is_done(v) || v["whenHandedOver"].is_string()),
    rule("MDS", "the request that authorized it", |v| !references(&v["authorizingPrescription"]).is_empty()),
    rule("MAD", "a medication", |v| has_choice(v, "medication")),
    rule("MAD", "a time", |v| has_choice(v, "effective")),
    rule("ALG", "a clinicalStatus of its code system", |v| is_void(v) || has_code(&v["clinicalStatus"], "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical")),
    rule("ALG", "a code, which is that of no known allergy where there is none", |v| !codings(&v["code"]).is_empty()),
    rule("LAB", "a LOINC code", |v| has_code(&v["code"], LOINC)),
    rule("LAB", "a value, parts, or why there is none", says_something),
    rule("LAB", "units of UCUM", |v| in_ucum(&v["valueQuantity"])),
    rule("LAB", "a reference range", |v| v["valueQuantity"].is_null() || any(&v["referenceRange"], |_| true)),
    rule("VIT", "a LOINC code", |v| has_code(&v["code"], LOINC)),
    rule("VIT", "a value, parts, or why there is none", says_something),
    rule("VIT", "units of UCUM", |v| in_ucum(&v["valueQuantity"])),
    rule("VIT", "both parts of the blood pressure", is_whole_pressure),
    rule("PRC", "the time it was done", |v| !is_done(v) || has_choice(v, "performed")),
    rule("IMM", "a CVX code", |v| has_code(&v["vaccineCode"], CVX)),
    rule("IMM", "a time", |v| has_choice(v, "occurrence")),
    rule("IMM", "why it was not done", |v| v["status"] != "not-done" || v["statusReason"].is_object()),
];

/// Whether there are rules for a category.
pub(super) fn has_rules(category: &Category) -> bool {
    RULES.iter().any(|rule| rule.category == category.code)
}

pub(super) async fn carried(context: &Context, category: &'static Category) -> Verdict {
    let records = records(context, category).await?;
    let mut faults = faults(category, &records);
    if category.code == "LAB" {
        faults.part("reports", reported(context, &records).await)?;
    }
    faults.verdict()
}

/// Whether every record has what is read from it.
fn faults(category: &Category, records: &[Value]) -> Faults {
    let mut faults = Faults::default();
    for record in records {
        let own = RULES.iter().filter(|rule| rule.category == category.code);
        for rule in own.filter(|rule| !(rule.holds)(record)) {
            faults.add(format!("{} lacks {}", name_of(record), rule.what));
        }
    }
    faults
}

/// Laboratory results are found from a report, too, where there are reports.
async fn reported(context: &Context, results: &[Value]) -> Verdict {
    let Some(category) = Category::find("DXR") else {
        return Ok(());
    };
    let Ok(reports) = context.collection(category).await else {
        return Ok(());
    };
    let names: Vec<_> = results.iter().map(name_of).collect();
    let found = reports.resources.iter();
    let mut told = found.flat_map(|report| references(&report["result"]));
    let is_found = told.any(|text| names.iter().any(|name| text.ends_with(name.as_str())));
    if is_found || reports.resources.is_empty() {
        return Ok(());
    }
    Err(Finding::Fail("no diagnostic report leads to one".into()))
}

fn any(list: &Value, holds: impl Fn(&Value) -> bool) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(holds))
}

/// Whether an element of several types (`effective[x]`) is there.
fn has_choice(record: &Value, name: &str) -> bool {
    let members = record.as_object().into_iter().flatten();
    members
        .filter_map(|(member, _)| member.strip_prefix(name))
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

fn has_code(concept: &Value, system: &str) -> bool {
    !codes_of(concept, system).is_empty()
}

/// Entered in error: then there is no clinical status (R4, con-5 and ait-2).
fn is_void(record: &Value) -> bool {
    let codings = codings(&record["verificationStatus"]);
    codings.iter().any(|(_, code)| *code == "entered-in-error")
}

fn is_done(record: &Value) -> bool {
    record["status"] == "completed"
}

fn in_ucum(quantity: &Value) -> bool {
    quantity.is_null() || (quantity["system"] == UCUM && quantity["code"].is_string())
}

fn says_something(record: &Value) -> bool {
    has_choice(record, "value")
        || record["dataAbsentReason"].is_object()
        || any(&record["component"], |_| true)
        || any(&record["hasMember"], |_| true)
}

/// The panel 85354-9 has the systolic and the diastolic pressure.
fn is_whole_pressure(record: &Value) -> bool {
    let is = |concept: &Value, code: &str| codes_of(concept, LOINC).contains(&code);
    let part = |code: &str| any(&record["component"], |part| is(&part["code"], code));
    !is(&record["code"], "85354-9")
        || record["dataAbsentReason"].is_object()
        || (part("8480-6") && part("8462-4"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lacking(code: &str, record: Value) -> Option<String> {
        let category = Category::find(code).unwrap();
        let verdict = faults(category, &[record]).verdict();
        verdict.err().map(|finding| format!("{finding:?}"))
    }

    #[test]
    fn every_rule_is_for_a_category_and_misses_what_is_not_there() {
        for rule in RULES {
            assert!(Category::find(rule.category).is_some(), "{}", rule.what);
        }
        let empty =
            json!({"resourceType": "Observation", "id": "x", "valueQuantity": {"value": 1}});
        let missed = lacking("LAB", empty).unwrap();
        for what in ["a LOINC code", "units of UCUM", "a reference range"] {
            assert!(missed.contains(what), "{missed}");
        }
        assert!(lacking("LAB", json!("nonsense")).is_some());
    }

    #[test]
    fn half_a_blood_pressure_is_missed() {
        let part = |code: &str| json!({"code": {"coding": [{"system": LOINC, "code": code}]}});
        let panel = |parts: &[Value]| {
            let mut record = part("85354-9");
            record["component"] = parts.into();
            record
        };
        assert!(lacking("VIT", panel(&[part("8480-6"), part("8462-4")])).is_none());
        assert!(lacking("VIT", panel(&[part("8480-6")])).is_some());
    }
}
