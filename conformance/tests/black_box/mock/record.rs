//! Two people and their records.

use serde_json::{Value, json};

use super::{ADA, BOB, CY};

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

/// Everything the mock stores.
pub fn all(fault: &str, origin: &str) -> Vec<Value> {
    let mut records = Vec::new();
    for patient in [ADA, BOB, CY] {
        person(&mut records, patient);
        observations(&mut records, patient);
        clinical(&mut records, patient);
        documents(&mut records, patient, origin);
        others(&mut records, patient);
    }
    for (at, record) in records.iter_mut().enumerate() {
        complete(record, at);
        spoil(record, fault);
    }
    records.retain(|record| !is_dropped(record, fault));
    if fault == "two-records" {
        let mut twin = records
            .iter()
            .find(|record| is_laboratory(record))
            .unwrap()
            .clone();
        twin["valueString"] = json!("something else");
        records.push(twin);
    }
    records
}

fn about(patient: &str) -> Value {
    json!({"reference": format!("Patient/{patient}")})
}

/// Adds what every record has: metadata and a narrative.
fn complete(record: &mut Value, at: usize) {
    record["meta"] = json!({
        "versionId": "1",
        "lastUpdated": format!("2024-03-01T08:{:02}:{:02}.{:03}Z", at / 60, at % 60, at),
    });
    record["text"] = json!({"status": "generated",
        "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">A record.</div>"});
}

fn is_laboratory(record: &Value) -> bool {
    record["category"][0]["coding"][0]["code"] == "laboratory"
}

fn spoil(record: &mut Value, fault: &str) {
    if fault == "no-modality" && record["resourceType"] == "ImagingStudy" {
        record.as_object_mut().unwrap().remove("modality");
    }
    if fault == "wrong-size" && record["resourceType"] == "DocumentReference" {
        record["content"][0]["attachment"]["size"] = json!(1);
    }
    spoil_others(record, fault);
    if !is_laboratory(record) {
        return;
    }
    match fault {
        "no-version-id" => record["meta"] = json!({"lastUpdated": record["meta"]["lastUpdated"]}),
        "bad-status" => record["status"] = json!("done"),
        "hostile-status" => record["status"] = json!("<img src=x>"),
        "odd-period" => {
            record["effectivePeriod"] = json!({"start": "2023-02-01", "end": "2023-01-01"});
        }
        "before-birth" => record["effectiveDateTime"] = json!("1970-01-01"),
        "far-future" => record["effectiveDateTime"] = json!("2999-01-01"),
        "local-codes" => record["code"]["coding"][0]["system"] = json!("http://example.org/codes"),
        "odd-target" => record["encounter"] = json!({"reference": "Practitioner/doctor"}),
        "unlinked-subject" => record["subject"] = json!({"identifier": {"value": "ada"}}),
        "unknown-element" => record["dateRecorded"] = json!("2024-01-01"),
        "dangling" => record["performer"] = json!([{"reference": "Practitioner/nobody"}]),
        "bad-code" => record["code"]["coding"][0]["code"] = json!("718-8"),
        "active-narrative" => record["text"]["div"] = json!("<div><script>x</script></div>"),
        "foreign-laboratory" if record["id"] == format!("lab-1-{ADA}") => {
            record["subject"] = json!({"reference": format!("Patient/{BOB}"), "display": "Ada"});
        }
        _ => {}
    }
}

fn spoil_others(record: &mut Value, fault: &str) {
    let kind = record["resourceType"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let is_vital = record["valueQuantity"].is_object();
    match (fault, kind.as_str()) {
        ("implausible", _) if is_vital => record["valueQuantity"]["value"] = json!(7200),
        ("odd-unit", _) if is_vital => record["valueQuantity"]["code"] = json!("kg"),
        ("odd-sex", "Procedure") => record["code"]["coding"][0]["code"] = json!("90470006"),
        ("smoking-child", "Observation") => record["effectiveDateTime"] = json!("1983-01-01"),
        ("no-document-type", "DocumentReference") => record["type"] = json!({"text": "Note"}),
        ("inline-document", "DocumentReference") => {
            record["content"][0]["attachment"]["data"] = json!("A".repeat(1_500_000));
        }
        ("wrong-sum", "ExplanationOfBenefit") => record["total"][0]["amount"]["value"] = json!(99),
        ("no-gender", "Patient") => {
            record.as_object_mut().unwrap().remove("gender");
        }
        ("no-use", "ExplanationOfBenefit") => record["use"] = Value::Null,
        ("two-focal", "ExplanationOfBenefit") => {
            let insurance = record["insurance"][0].clone();
            record["insurance"] = json!([insurance, insurance]);
        }
        _ => {}
    }
}

fn is_dropped(record: &Value, fault: &str) -> bool {
    match fault {
        "no-laboratory" => is_laboratory(record),
        "no-benefits" => record["resourceType"] == "ExplanationOfBenefit",
        _ => false,
    }
}

fn person(records: &mut Vec<Value>, patient: &str) {
    records.push(json!({"resourceType": "Patient", "id": patient,
        "identifier": [{"system": "http://example.org/mrn", "value": patient}],
        "name": [{"family": "Example", "given": ["A"]}], "gender": "female",
        "birthDate": "1980-05-06",
        "generalPractitioner": [{"reference": format!("Practitioner/doctor-{patient}")}],
        "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en"}]}}]}));
    records.push(
        json!({"resourceType": "Practitioner", "id": format!("doctor-{patient}"),
        "identifier": [{"system": "http://example.org/staff", "value": format!("doctor-{patient}")}],
        "name": [{"family": "Doctor"}]}),
    );
    records.push(
        json!({"resourceType": "Organization", "id": format!("insurer-{patient}"),
        "name": "Insurer"}),
    );
}

fn observation(id: &str, patient: &str, category: &str, code: &str) -> Value {
    json!({"resourceType": "Observation", "id": format!("{id}-{patient}"), "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": category}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": about(patient), "effectiveDateTime": "2023-10-01",
        "performer": [{"reference": format!("Practitioner/doctor-{patient}")}],
        "valueString": "measured"})
}

fn observations(records: &mut Vec<Value>, patient: &str) {
    for number in 1..=5 {
        records.push(observation(
            &format!("lab-{number}"),
            patient,
            "laboratory",
            "718-7",
        ));
    }
    for number in 1..=3 {
        records.push(observation(
            &format!("vital-{number}"),
            patient,
            "vital-signs",
            "8867-4",
        ));
        if let Some(members) = records.last_mut().and_then(Value::as_object_mut) {
            members.remove("valueString");
            members.insert(
                "valueQuantity".to_owned(),
                json!({"value": 72, "unit": "/min",
                "system": "http://unitsofmeasure.org", "code": "/min"}),
            );
        }
    }
    let mut smoking = observation("smoking", patient, "social-history", "72166-2");
    smoking.as_object_mut().unwrap().remove("valueString");
    smoking["valueCodeableConcept"] =
        json!({"coding": [{"system": "http://snomed.info/sct", "code": "266919005"}]});
    records.push(smoking);
}

fn clinical(records: &mut Vec<Value>, patient: &str) {
    let code = json!({"coding": [{"system": "http://snomed.info/sct", "code": "44054006"}]});
    let medicine = json!({"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "860975"}]});
    records.push(json!({"resourceType": "Medication", "id": format!("medicine-{patient}"), "code": medicine}));
    records.push(
        json!({"resourceType": "MedicationRequest", "id": format!("kept-{patient}"),
        "status": "active", "intent": "order", "subject": about(patient), "authoredOn": "2022-12-01",
        "requester": {"reference": format!("Practitioner/doctor-{patient}")},
        "medicationReference": {"reference": format!("Medication/medicine-{patient}")}}),
    );
    for number in 1..=2 {
        let id = |kind: &str| format!("{kind}-{number}-{patient}");
        records.extend([
            json!({"resourceType": "Condition", "id": id("problem"), "code": code, "subject": about(patient),
                "clinicalStatus": {"coding": [{"code": "active",
                    "system": "http://terminology.hl7.org/CodeSystem/condition-clinical"}]},
                "category": [{"coding": [{"code": "encounter-diagnosis",
                    "system": "http://terminology.hl7.org/CodeSystem/condition-category"}]}]}),
            json!({"resourceType": "MedicationRequest", "id": id("request"), "status": "active",
                "intent": "order", "medicationCodeableConcept": medicine, "subject": about(patient),
                "authoredOn": "2022-12-01",
                "requester": {"reference": format!("Practitioner/doctor-{patient}")}}),
            json!({"resourceType": "MedicationStatement", "id": id("statement"), "status": "active",
                "effectiveDateTime": "2023-01-01",
                "medicationCodeableConcept": medicine, "subject": about(patient)}),
            json!({"resourceType": "MedicationDispense", "id": id("dispense"), "status": "completed",
                "whenHandedOver": "2023-01-01T10:00:00Z", "quantity": {"value": 30},
                "authorizingPrescription": [{"reference": format!("MedicationRequest/request-{number}-{patient}")}],
                "medicationCodeableConcept": medicine, "subject": about(patient)}),
            json!({"resourceType": "MedicationAdministration", "id": id("given"), "status": "completed",
                "medicationCodeableConcept": medicine, "subject": about(patient),
                "effectiveDateTime": "2023-01-01"}),
            json!({"resourceType": "AllergyIntolerance", "id": id("allergy"), "code": code,
                "clinicalStatus": {"coding": [{"code": "active",
                    "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"}]},
                "verificationStatus": {"coding": [{"code": "confirmed",
                    "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"}]}, "patient": about(patient)}),
            json!({"resourceType": "Procedure", "id": id("procedure"), "status": "completed", "performedDateTime": "2023-01-01",
                "code": code, "subject": about(patient)}),
            json!({"resourceType": "Immunization", "id": id("vaccine"), "status": "completed",
                "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]},
                "patient": about(patient), "occurrenceDateTime": "2022-10-01"}),
        ]);
    }
}

fn documents(records: &mut Vec<Value>, patient: &str, origin: &str) {
    records.push(json!({"resourceType": "DocumentReference", "id": format!("note-{patient}"),
        "status": "current", "type": {"coding": [{"system": "http://loinc.org", "code": "34133-9"}]},
        "category": [{"coding": [{"code": "clinical-note",
            "system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"}]}],
        "subject": about(patient),
        "content": [{"attachment": {"contentType": "text/plain", "size": 5,
            "url": format!("{origin}/fhir/Binary/note-{patient}"),
            "hash": "qvTGHdzF6KLavt4PO0gs2a6pQ00="}}]}));
}

fn others(records: &mut Vec<Value>, patient: &str) {
    let id = |kind: &str| format!("{kind}-{patient}");
    let code = json!({"coding": [{"system": "http://loinc.org", "code": "58410-2"}]});
    let plan = json!([{"coding": [{"system": "http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "code": "assess-plan"}]}]);
    records.extend([
        json!({"resourceType": "DiagnosticReport", "id": id("report"), "status": "final", "code": code,
            "category": [{"coding": [{"system": "http://loinc.org", "code": "LP29684-5"}]}],
            "result": [{"reference": format!("Observation/lab-1-{patient}")}],
            "effectiveDateTime": "2024-03-01T08:00:00Z", "subject": about(patient)}),
        json!({"resourceType": "Encounter", "id": id("visit"), "status": "finished", "subject": about(patient), "type": [code],
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}}),
        json!({"resourceType": "CarePlan", "id": id("plan"), "status": "active", "intent": "plan",
            "category": plan, "subject": about(patient)}),
        json!({"resourceType": "CareTeam", "id": id("team"), "status": "active", "category": [code], "subject": about(patient),
            "participant": [{"role": [code], "member": {"reference": format!("Practitioner/doctor-{patient}")}}]}),
        json!({"resourceType": "Goal", "id": id("goal"), "lifecycleStatus": "active", "description": code, "subject": about(patient)}),
        json!({"resourceType": "Device", "id": id("device"), "type": code, "patient": about(patient)}),
        json!({"resourceType": "Provenance", "id": id("origin"), "target": [about(patient),
                {"reference": format!("Observation/lab-1-{patient}")}],
            "recorded": "2024-03-01T08:00:00Z", "activity": code,
            "agent": [{"onBehalfOf": {"reference": format!("Organization/insurer-{patient}")}, "who": {"reference": format!("Practitioner/doctor-{patient}")}}]}),
        json!({"resourceType": "Coverage", "id": id("coverage"), "status": "active", "relationship": {"text": "self"}, "subscriberId": "7",
            "beneficiary": about(patient), "payor": [about(patient)]}),
        benefit(patient),
        json!({"resourceType": "ImagingStudy", "id": id("study"), "status": "available",
            "identifier": [{"system": "urn:dicom:uid", "value": "urn:oid:1.2.3"}],
            "modality": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"}],
            "contained": [{"resourceType": "Endpoint", "id": "e", "status": "active",
                "connectionType": {"code": "dicom-wado-rs"}, "address": "https://images.example/dicom"}],
            "endpoint": [{"reference": "#e"}], "subject": about(patient)}),
    ]);
}

fn benefit(patient: &str) -> Value {
    let amount = json!({"category": {"coding": [{"code": "submitted",
        "system": "http://terminology.hl7.org/CodeSystem/adjudication"}]},
        "amount": {"value": 12.5, "currency": "USD"}});
    let doctor = json!({"reference": format!("Practitioner/doctor-{patient}")});
    json!({"resourceType": "ExplanationOfBenefit", "id": format!("benefit-{patient}"), "status": "active",
        "type": {"coding": [{"code": "professional", "system": "http://terminology.hl7.org/CodeSystem/claim-type"}]},
        "use": "claim", "patient": about(patient), "created": "2024-01-01", "insurer": {"reference": format!("Organization/insurer-{patient}")}, "provider": doctor,
        "outcome": "complete",
        "insurance": [{"focal": true, "coverage": {"reference": format!("Coverage/coverage-{patient}")}}],
        "item": [{"sequence": 1, "productOrService": {"text": "visit"}, "adjudication": [amount]}],
        "total": [amount]})
}
