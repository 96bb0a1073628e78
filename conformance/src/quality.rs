//! What is known about values, dates and codes, as tables.

use serde_json::Value;

/// A quantity that is measured.
#[derive(Debug)]
pub(crate) struct Measure {
    /// LOINC code.
    pub(crate) code: &'static str,
    /// The UCUM unit that the range is in.
    pub(crate) unit: &'static str,
    /// Below this nobody lives, or nothing was measured.
    pub(crate) low: f64,
    /// Above this neither.
    pub(crate) high: f64,
    /// Other UCUM units of the same quantity.
    pub(crate) other_units: &'static [&'static str],
}

const fn measure(
    code: &'static str,
    unit: &'static str,
    low: f64,
    high: f64,
    other_units: &'static [&'static str],
) -> Measure {
    Measure {
        code,
        unit,
        low,
        high,
        other_units,
    }
}

/// Sorted by code.
#[rustfmt::skip]
pub(crate) const MEASURES: &[Measure] = &[
    measure("2160-0", "mg/dL", 0.05, 40.0, &["umol/L"]),
    measure("2339-0", "mg/dL", 10.0, 2000.0, &["mmol/L"]),
    measure("2345-7", "mg/dL", 10.0, 2000.0, &["mmol/L"]),
    measure("2708-6", "%", 30.0, 100.0, &[]),
    measure("2823-3", "mmol/L", 1.0, 12.0, &["meq/L"]),
    measure("29463-7", "kg", 0.3, 450.0, &["g", "[lb_av]"]),
    measure("2951-2", "mmol/L", 90.0, 200.0, &["meq/L"]),
    measure("39156-5", "kg/m2", 5.0, 110.0, &[]),
    measure("4548-4", "%", 2.0, 25.0, &["mmol/mol"]),
    measure("59408-5", "%", 30.0, 100.0, &[]),
    measure("718-7", "g/dL", 2.0, 30.0, &["g/L", "mmol/L"]),
    measure("8302-2", "cm", 20.0, 260.0, &["m", "[in_i]"]),
    measure("8310-5", "Cel", 25.0, 45.0, &["[degF]"]),
    measure("8462-4", "mm[Hg]", 20.0, 200.0, &[]),
    measure("8480-6", "mm[Hg]", 40.0, 300.0, &[]),
    measure("8867-4", "/min", 15.0, 350.0, &["{beats}/min"]),
    measure("9279-1", "/min", 3.0, 120.0, &["{breaths}/min"]),
];

/// Elements that say when something happened.
pub(crate) const EVENT_DATES: &[&str] = &[
    "authoredOn",
    "effectiveDateTime",
    "occurrenceDateTime",
    "onsetDateTime",
    "performedDateTime",
    "recordedDate",
    "whenHandedOver",
];

/// SNOMED CT code, the sex it fits, and what it is.
pub(crate) const SEX_SPECIFIC: &[(&str, &str, &str)] = &[
    ("236886002", "female", "hysterectomy"),
    ("254900004", "male", "carcinoma of prostate"),
    ("266569009", "male", "benign prostatic hyperplasia"),
    ("77386006", "female", "pregnancy"),
    ("72892002", "female", "normal pregnancy"),
    ("90470006", "male", "prostatectomy"),
];

const SNOMED: &str = "http://snomed.info/sct";
const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
const LOINC: &str = "http://loinc.org";

/// Type, element and the code systems of which one is expected.
#[rustfmt::skip]
pub(crate) const EXPECTED_SYSTEMS: &[(&str, &str, &[&str])] = &[
    ("AllergyIntolerance", "code", &[RXNORM, SNOMED, "http://hl7.org/fhir/ndfrt", "http://fdasis.nlm.nih.gov"]),
    ("Condition", "code", &[SNOMED, "http://hl7.org/fhir/sid/icd-10-cm"]),
    ("DiagnosticReport", "code", &[LOINC]),
    ("DocumentReference", "type", &[LOINC]),
    ("Immunization", "vaccineCode", &["http://hl7.org/fhir/sid/cvx"]),
    ("MedicationAdministration", "medicationCodeableConcept", &[RXNORM]),
    ("MedicationDispense", "medicationCodeableConcept", &[RXNORM]),
    ("MedicationRequest", "medicationCodeableConcept", &[RXNORM]),
    ("MedicationStatement", "medicationCodeableConcept", &[RXNORM]),
    // The guide on genomics fixes codes of its own for implications.
    ("Observation", "code", &[LOINC, SNOMED, "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs"]),
    ("Procedure", "code", &[SNOMED, "http://www.ama-assn.org/go/cpt", "http://www.cms.gov/Medicare/Coding/ICD10", "http://www.ada.org/cdt"]),
];

/// Element and the types a reference in it may lead to.
pub(crate) const TARGETS: &[(&str, &[&str])] = &[
    ("encounter", &["Encounter"]),
    ("managingOrganization", &["Organization"]),
    ("patient", &["Patient"]),
    ("serviceProvider", &["Organization"]),
    ("subject", &["Patient", "Group", "Device", "Location"]),
];

/// The codes of one system in a `CodeableConcept`.
pub(crate) fn codes_of<'a>(concept: &'a Value, system: &str) -> Vec<&'a str> {
    let codings = concept["coding"].as_array().into_iter().flatten();
    codings
        .filter(|coding| coding["system"] == system)
        .filter_map(|coding| coding["code"].as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_unique_legal_codes_with_a_range() {
        for measure in MEASURES {
            assert!(crate::code::fault("http://loinc.org", measure.code).is_none());
            assert!(measure.low < measure.high);
        }
        assert!(MEASURES.windows(2).all(|pair| pair[0].code < pair[1].code));
    }

    #[test]
    fn tables_are_sorted_and_their_codes_legal() {
        assert!(EVENT_DATES.is_sorted() && TARGETS.is_sorted_by_key(|row| row.0));
        assert!(EXPECTED_SYSTEMS.is_sorted_by_key(|row| row.0));
        for (code, _, title) in SEX_SPECIFIC {
            assert!(crate::code::fault(SNOMED, code).is_none(), "{title}");
        }
    }
}
