//! GEN-02, GEN-03 and GEN-10: variants and their components.

use serde_json::Value;

use super::genomics::{LOINC, VARIANT, found, has_category, own};
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::context::Context;
use crate::outcome::{Faults, Verdict};
use crate::requirement::place::GENOMICS_VARIANT;
use crate::resource::name_of;

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("GEN-02", Required, "Variants are categorised as laboratory and GE, say whether they are present, and where they are.", GENOMICS_VARIANT, |c| Box::pin(variants(c))),
    Check::new("GEN-03", Warning, "Genes are named by HGNC, sequences by version, and coordinates with their system.", GENOMICS_VARIANT, |c| Box::pin(components(c))),
    Check::new("GEN-10", Warning, "The written change and its alleles describe the same variant.", GENOMICS_VARIANT, |c| Box::pin(agreement(c))),
];

/// The value of a component with this LOINC code.
fn component<'a>(record: &'a Value, code: &str) -> Option<&'a Value> {
    let components = record["component"].as_array()?;
    components.iter().find(|component| {
        let codings = component["code"]["coding"].as_array().into_iter().flatten();
        codings
            .into_iter()
            .any(|coding| coding["system"] == LOINC && coding["code"] == code)
    })
}

/// The text or the code of a component.
pub(super) fn text<'a>(record: &'a Value, code: &str) -> Option<&'a str> {
    let component = component(record, code)?;
    let concept = &component["valueCodeableConcept"];
    let coded = concept["coding"][0]["code"].as_str();
    coded
        .or(concept["text"].as_str())
        .or(component["valueString"].as_str())
}

/// g., c. and p. notation, ISCN, or a reference sequence with its place and alleles.
fn is_located(variant: &Value) -> bool {
    let has = |code: &str| component(variant, code).is_some();
    ["81290-9", "48004-6", "48005-3", "81291-7", "48018-6"]
        .into_iter()
        .any(has)
        || (has("48013-7") && (has("81254-5") || has("81302-2")))
}

async fn variants(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for variant in found(context, "Observation", ("code", VARIANT)).await? {
        let name = name_of(&variant);
        for category in ["laboratory", "GE"] {
            faults.unless(has_category(&variant, category), || {
                format!("{name} is not categorised {category}")
            });
        }
        faults.unless(variant["valueCodeableConcept"].is_object(), || {
            format!("{name} does not say whether it is present")
        });
        faults.unless(is_located(&variant), || {
            format!("{name} does not say where it is")
        });
        faults.unless(own(context, &variant).await?, || {
            format!("{name} is not the patient's")
        });
    }
    faults.verdict()
}

fn component_faults(variant: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut unless = |holds: bool, fault: &str| {
        if !holds {
            faults.push(format!("{}: {fault}", name_of(variant)));
        }
    };
    let gene = text(variant, "48018-6");
    unless(
        gene.is_none_or(|gene| gene.starts_with("HGNC:")),
        "the gene is not an id of HGNC",
    );
    for code in ["48013-7", "51958-7"] {
        let is_versioned = |text: &str| {
            text.rsplit_once('.')
                .is_some_and(|(_, version)| version.parse::<u32>().is_ok())
        };
        unless(
            text(variant, code).is_none_or(is_versioned),
            "a sequence has no version",
        );
    }
    let has_place = component(variant, "81254-5").is_some();
    unless(
        !has_place || component(variant, "92822-6").is_some(),
        "its coordinates have no system",
    );
    for (code, marks) in [("81290-9", ":g."), ("48004-6", ":c."), ("48005-3", "p.")] {
        unless(
            text(variant, code).is_none_or(|text| text.contains(marks)),
            "a change is not in HGVS",
        );
    }
    faults
}

async fn components(context: &Context) -> Verdict {
    each(context, component_faults).await
}

async fn each(context: &Context, judge: fn(&Value) -> Vec<String>) -> Verdict {
    let mut faults = Faults::default();
    for variant in found(context, "Observation", ("code", VARIANT)).await? {
        for fault in judge(&variant) {
            faults.add(fault);
        }
    }
    faults.verdict()
}

/// A substitution in HGVS against the alleles that are given beside it.
fn disagreement(variant: &Value) -> Vec<String> {
    let Some((_, change)) = text(variant, "81290-9").and_then(|text| text.split_once(":g.")) else {
        return Vec::new();
    };
    let Some((left, alternate)) = change.split_once('>') else {
        return Vec::new();
    };
    let reference: String = left.chars().filter(char::is_ascii_alphabetic).collect();
    let place: String = left.chars().filter(char::is_ascii_digit).collect();
    let mut faults = Vec::new();
    for (code, written) in [("69547-8", reference.as_str()), ("69551-0", alternate)] {
        if let Some(allele) = text(variant, code).filter(|allele| *allele != written) {
            faults.push(format!(
                "{}: {written} is written, the allele is {allele}",
                name_of(variant)
            ));
        }
    }
    let start =
        component(variant, "81254-5").and_then(|part| part["valueRange"]["low"]["value"].as_u64());
    let zero_based = text(variant, "92822-6") == Some("LA30100-4");
    let start = start.map(|start| start + u64::from(zero_based));
    if start.is_some_and(|start| start.to_string() != place) {
        faults.push(format!(
            "{}: {place} is written, it starts elsewhere",
            name_of(variant)
        ));
    }
    faults
}

async fn agreement(context: &Context) -> Verdict {
    each(context, disagreement).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn variant(hgvs: &str, reference: &str, alternate: &str) -> Value {
        let part = |code: &str, text: &str| {
            json!({"code": {"coding": [{"system": LOINC, "code": code}]},
            "valueCodeableConcept": {"coding": [{"code": text}]}})
        };
        json!({"component": [part("81290-9", hgvs), part("69547-8", reference), part("69551-0", alternate)]})
    }

    #[test]
    fn a_change_is_compared_with_its_alleles() {
        assert!(disagreement(&variant("NC_000017.11:g.43093464G>A", "G", "A")).is_empty());
        assert_eq!(
            disagreement(&variant("NC_000017.11:g.43093464G>A", "C", "A")).len(),
            1
        );
        assert!(disagreement(&variant("NC_000017.11:g.43093464del", "C", "A")).is_empty());
        assert!(disagreement(&json!({"component": 5})).is_empty());
    }

    #[test]
    fn components_of_wrong_types_are_no_panic() {
        assert!(component_faults(&json!({"component": [null, {"code": []}]})).is_empty());
        assert!(!is_located(&json!({})));
    }
}
