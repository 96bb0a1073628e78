//! The data that is measured on: exactly 100 resources a patient, known by construction.
//!
//! Everything follows from the patient's number, so that every cell can say what an answer must
//! hold without asking the server.

use serde_json::{Value, json};

/// Resources of one patient.
pub(crate) const PER_PATIENT: u64 = 100;
/// System of the medical record numbers.
pub(crate) const MRN: &str = "http://example.org/fhir/mrn";
/// LOINC.
pub(crate) const LOINC: &str = "http://loinc.org";
/// Laboratory tests that every patient has three of each.
pub(crate) const LABS: [(&str, &str, &str, u64); 12] = [
    ("4548-4", "Hemoglobin A1c", "%", 6),
    ("2339-0", "Glucose", "mg/dL", 95),
    ("2160-0", "Creatinine", "mg/dL", 1),
    ("3094-0", "Urea nitrogen", "mg/dL", 14),
    ("2951-2", "Sodium", "mmol/L", 140),
    ("2823-3", "Potassium", "mmol/L", 4),
    ("718-7", "Hemoglobin", "g/dL", 14),
    ("4544-3", "Hematocrit", "%", 42),
    ("6690-2", "Leukocytes", "10*3/uL", 7),
    ("777-3", "Platelets", "10*3/uL", 250),
    ("2093-3", "Cholesterol", "mg/dL", 190),
    ("2571-8", "Triglyceride", "mg/dL", 120),
];
/// Repetitions of each laboratory test.
pub(crate) const PER_LAB: u64 = 3;
const VITALS: [(&str, &str, &str, u64); 6] = [
    ("8867-4", "Heart rate", "/min", 70),
    ("9279-1", "Respiratory rate", "/min", 14),
    ("8310-5", "Body temperature", "Cel", 37),
    ("29463-7", "Body weight", "kg", 74),
    ("8302-2", "Body height", "cm", 171),
    ("59408-5", "Oxygen saturation", "%", 97),
];
const CONDITIONS: [(&str, &str); 8] = [
    ("44054006", "Diabetes mellitus type 2"),
    ("38341003", "Hypertensive disorder"),
    ("55822004", "Hyperlipidemia"),
    ("195967001", "Asthma"),
    ("35489007", "Depressive disorder"),
    ("414916001", "Obesity"),
    ("239873007", "Osteoarthritis of knee"),
    ("40930008", "Hypothyroidism"),
];
const MEDICATIONS: [(&str, &str); 6] = [
    ("860975", "metformin 500 MG"),
    ("314076", "lisinopril 10 MG"),
    ("617311", "atorvastatin 40 MG"),
    ("197361", "amlodipine 5 MG"),
    ("966222", "levothyroxine 75 MCG"),
    ("312941", "sertraline 50 MG"),
];
const PROCEDURES: [(&str, &str); 6] = [
    ("73761001", "Colonoscopy"),
    ("80146002", "Appendectomy"),
    ("29303009", "Electrocardiographic procedure"),
    ("24623002", "Screening mammography"),
    ("43075005", "Partial resection of colon"),
    ("110473004", "Cataract surgery"),
];
const VACCINES: [(&str, &str); 8] = [
    ("08", "Hep B"),
    ("10", "IPV"),
    ("20", "DTaP"),
    ("21", "varicella"),
    ("03", "MMR"),
    ("140", "influenza"),
    ("115", "Tdap"),
    ("33", "pneumococcal polysaccharide"),
];
const ALLERGENS: [(&str, &str, &str); 2] = [
    (
        "http://www.nlm.nih.gov/research/umls/rxnorm",
        "7984",
        "Penicillin V",
    ),
    ("http://snomed.info/sct", "762952008", "Peanut"),
];
const FAMILIES: [&str; 16] = [
    "Abbott", "Baker", "Castillo", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen", "Ivanova",
    "Jensen", "Kowalski", "Lopez", "Miller", "Nguyen", "Okafor", "Petrov",
];

/// One patient of the dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patient(pub(crate) u64);

impl Patient {
    /// Logical id.
    pub(crate) fn id(self) -> String {
        format!("p{:07}", self.0)
    }

    /// Medical record number.
    pub(crate) fn mrn(self) -> String {
        format!("MRN{:07}", self.0)
    }

    /// Family name; many patients share it.
    pub(crate) fn family(self) -> &'static str {
        FAMILIES[usize::try_from(self.0 % 16).unwrap_or_default()]
    }

    /// Day of birth.
    pub(crate) fn birth_date(self) -> String {
        format!(
            "{}-{:02}-{:02}",
            1930 + self.0 % 80,
            1 + self.0 / 80 % 12,
            1 + self.0 / 960 % 28
        )
    }

    /// Id of one of the 36 laboratory results.
    pub(crate) fn lab(self, number: u64) -> String {
        format!("{}-lab{number}", self.id())
    }

    /// A transaction that puts all of the patient's resources.
    pub(crate) fn transaction(self) -> Value {
        let entries: Vec<Value> = self.resources().iter().map(entry).collect();
        json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries })
    }

    /// All resources, the patient first.
    pub(crate) fn resources(self) -> Vec<Value> {
        let mut resources = vec![self.patient()];
        resources.extend((0..5).map(|n| self.encounter(n)));
        resources.extend((0..8).map(|n| self.condition(n)));
        resources.extend((0..24).map(|n| self.vital(n)));
        resources.extend((0..36).map(|n| self.laboratory(n)));
        resources.push(self.smoking());
        resources.extend((0..6).map(|n| self.medication(n)));
        resources.extend((0..2).map(|n| self.allergy(n)));
        resources.extend((0..6).map(|n| self.procedure(n)));
        resources.extend((0..8).map(|n| self.immunization(n)));
        resources.extend((0..3).map(|n| self.document(n)));
        resources
    }

    fn subject(self) -> Value {
        json!({ "reference": format!("Patient/{}", self.id()) })
    }

    fn patient(self) -> Value {
        json!({
            "resourceType": "Patient",
            "id": self.id(),
            "identifier": [{ "system": MRN, "value": self.mrn() }],
            "name": [{ "use": "official", "family": self.family(), "given": [format!("Robin{}", self.0 % 997)] }],
            "gender": if self.0.is_multiple_of(2) { "female" } else { "male" },
            "birthDate": self.birth_date(),
            "telecom": [{ "system": "phone", "value": "555-555-0100", "use": "home" }],
            "address": [{ "line": ["1 Example Street"], "city": "Springfield", "state": "MA", "postalCode": "01101" }]
        })
    }

    fn encounter(self, n: u64) -> Value {
        json!({
            "resourceType": "Encounter",
            "id": format!("{}-enc{n}", self.id()),
            "status": "finished",
            "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB", "display": "ambulatory" },
            "subject": self.subject(),
            "period": { "start": self.time(n, 9), "end": self.time(n, 10) }
        })
    }

    fn condition(self, n: u64) -> Value {
        json!({
            "resourceType": "Condition",
            "id": format!("{}-cond{n}", self.id()),
            "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
            "verificationStatus": concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", "Confirmed"),
            "category": [concept("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item", "Problem List Item")],
            "code": pick(&CONDITIONS, n, "http://snomed.info/sct"),
            "subject": self.subject(),
            "encounter": self.at_encounter(n),
            "onsetDateTime": self.day(n),
            "recordedDate": self.day(n)
        })
    }

    fn vital(self, n: u64) -> Value {
        self.observation("vit", n, "vital-signs", &VITALS)
    }

    fn laboratory(self, n: u64) -> Value {
        self.observation("lab", n, "laboratory", &LABS)
    }

    fn observation(
        self,
        kind: &str,
        n: u64,
        category: &str,
        table: &[(&str, &str, &str, u64)],
    ) -> Value {
        let length = table.len() as u64;
        let (code, display, unit, normal) = table[usize::try_from(n % length).unwrap_or_default()];
        let value = format!("{normal}.{}", (self.0 + n) % 10);
        json!({
            "resourceType": "Observation",
            "id": format!("{}-{kind}{n}", self.id()),
            "status": "final",
            "category": [concept("http://terminology.hl7.org/CodeSystem/observation-category", category, category)],
            "code": concept(LOINC, code, display),
            "subject": self.subject(),
            "encounter": self.at_encounter(n),
            "effectiveDateTime": self.time(n, 8),
            "issued": self.time(n, 11),
            "valueQuantity": {
                "value": value.parse::<serde_json::Number>().unwrap_or_else(|_| normal.into()),
                "unit": unit, "system": "http://unitsofmeasure.org", "code": unit
            }
        })
    }

    fn smoking(self) -> Value {
        json!({
            "resourceType": "Observation",
            "id": format!("{}-smoke", self.id()),
            "status": "final",
            "category": [concept("http://terminology.hl7.org/CodeSystem/observation-category", "social-history", "Social History")],
            "code": concept(LOINC, "72166-2", "Tobacco smoking status"),
            "subject": self.subject(),
            "effectiveDateTime": self.day(3),
            "valueCodeableConcept": concept("http://snomed.info/sct", "266919005", "Never smoked tobacco")
        })
    }

    fn medication(self, n: u64) -> Value {
        json!({
            "resourceType": "MedicationRequest",
            "id": format!("{}-med{n}", self.id()),
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": pick(&MEDICATIONS, n, "http://www.nlm.nih.gov/research/umls/rxnorm"),
            "subject": self.subject(),
            "encounter": self.at_encounter(n),
            "authoredOn": self.day(n),
            "dosageInstruction": [{ "text": "1 tablet every day" }]
        })
    }

    fn allergy(self, n: u64) -> Value {
        let (system, code, display) = ALLERGENS[usize::from(n % 2 == 1)];
        json!({
            "resourceType": "AllergyIntolerance",
            "id": format!("{}-alg{n}", self.id()),
            "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active", "Active"),
            "verificationStatus": concept("http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "confirmed", "Confirmed"),
            "code": concept(system, code, display),
            "patient": self.subject()
        })
    }

    fn procedure(self, n: u64) -> Value {
        json!({
            "resourceType": "Procedure",
            "id": format!("{}-proc{n}", self.id()),
            "status": "completed",
            "code": pick(&PROCEDURES, n, "http://snomed.info/sct"),
            "subject": self.subject(),
            "encounter": self.at_encounter(n),
            "performedDateTime": self.day(n)
        })
    }

    fn immunization(self, n: u64) -> Value {
        json!({
            "resourceType": "Immunization",
            "id": format!("{}-imm{n}", self.id()),
            "status": "completed",
            "vaccineCode": pick(&VACCINES, n, "http://hl7.org/fhir/sid/cvx"),
            "patient": self.subject(),
            "occurrenceDateTime": self.day(n),
            "primarySource": true
        })
    }

    fn document(self, n: u64) -> Value {
        json!({
            "resourceType": "DocumentReference",
            "id": format!("{}-doc{n}", self.id()),
            "status": "current",
            "type": concept(LOINC, "11506-3", "Progress note"),
            "category": [concept("http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category", "clinical-note", "Clinical Note")],
            "subject": self.subject(),
            "date": self.time(n, 12),
            "content": [{ "attachment": { "contentType": "text/plain", "data": "U3ludGhldGljIG5vdGUu" } }]
        })
    }

    fn at_encounter(self, n: u64) -> Value {
        json!({ "reference": format!("Encounter/{}-enc{}", self.id(), n % 5) })
    }

    /// Days from 2016 to 2024, spread over patients.
    fn day(self, n: u64) -> String {
        format!(
            "{}-{:02}-{:02}",
            2016 + n % 9,
            1 + (self.0 + n) % 12,
            1 + (self.0 * 7 + n) % 28
        )
    }

    fn time(self, n: u64, hour: u64) -> String {
        format!("{}T{hour:02}:{:02}:00-05:00", self.day(n), self.0 % 60)
    }
}

fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code, "display": display }], "text": display })
}

fn pick(table: &[(&str, &str)], n: u64, system: &str) -> Value {
    let (code, display) = table[usize::try_from(n % table.len() as u64).unwrap_or_default()];
    concept(system, code, display)
}

fn entry(resource: &Value) -> Value {
    let address = format!(
        "{}/{}",
        resource["resourceType"].as_str().unwrap_or_default(),
        resource["id"].as_str().unwrap_or_default()
    );
    json!({
        "fullUrl": format!("http://example.org/fhir/{address}"),
        "resource": resource,
        "request": { "method": "PUT", "url": address }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_patient_has_a_hundred_resources_with_ids_of_their_own() {
        let resources = Patient(42).resources();
        let ids: BTreeSet<String> = resources.iter().map(|r| r["id"].to_string()).collect();
        assert_eq!(resources.len() as u64, PER_PATIENT);
        assert_eq!(ids.len(), resources.len());
    }

    #[test]
    fn every_laboratory_test_is_there_as_often_as_the_cells_expect() {
        let resources = Patient(7).resources();
        for (code, ..) in LABS {
            let found = resources
                .iter()
                .filter(|r| r["code"]["coding"][0]["code"] == code);
            assert_eq!(found.count() as u64, PER_LAB, "{code}");
        }
    }
}
