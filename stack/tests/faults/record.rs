//! Faults of the records themselves.

use conformance::UsCore;
use serde_json::{Value, json};

use super::fault::{Fault, fault};
use super::message::Reply;
use super::special::with_everything;

/// Adds an extension with this value to every record.
fn extend(reply: &mut Reply, name: &str, value: &Value) {
    reply.each_record(|record| {
        let mut extension = json!({"url": "http://example.org/odd"});
        extension[name] = value.clone();
        match record["extension"].as_array_mut() {
            Some(list) => list.push(extension),
            None => record["extension"] = json!([extension]),
        }
    });
}

/// Elements that some profile of US Core requires.
const REQUIRED: &[&str] = &[
    "code",
    "category",
    "name",
    "type",
    "identifier",
    "gender",
    "vaccineCode",
    "clinicalStatus",
    "verificationStatus",
    "active",
    "intent",
    "content",
    "lifecycleStatus",
    "description",
    "class",
    "period",
    "relationship",
    "medicationCodeableConcept",
    "payor",
    "questionnaire",
    "recorded",
    "telecom",
    "endpoint",
    "authored",
    "effectivePeriod",
    "text",
    "participant",
    "requester",
    "authoredOn",
    "whenHandedOver",
    "primarySource",
    "reportedBoolean",
    "reportedReference",
];

/// Claims a profile of its type and is nothing like it.
fn disguise(record: &mut Value) {
    let name = record["resourceType"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let profile = match name.as_str() {
        "Condition" => "condition-problems-health-concerns".to_owned(),
        "Device" => "implantable-device".to_owned(),
        "DiagnosticReport" => "diagnosticreport-lab".to_owned(),
        "Observation" => "observation-lab".to_owned(),
        _ => name.to_lowercase(),
    };
    record["meta"]["profile"] = json!([format!(
        "http://hl7.org/fhir/us/core/StructureDefinition/us-core-{profile}"
    )]);
    match name.as_str() {
        "Goal" => record["subject"] = json!({"reference": "Group/x"}),
        "Provenance" => record["agent"] = json!([{"who": {"reference": "Practitioner/x"}}]),
        _ => {}
    }
    for element in REQUIRED {
        if let Some(members) = record.as_object_mut() {
            members.remove(*element);
        }
    }
}

fn of_type(reply: &mut Reply, name: &str, change: impl Fn(&mut Value)) {
    reply.each_record(|record| {
        if record["resourceType"] == name {
            change(record);
        }
    });
}

/// Of these the newest profiles require nothing that R4 does not, the oldest do.
const AS_IN_R4: &[&str] = &[
    "USC-Goal-04",
    "USC-Immunization-04",
    "USC-MedicationRequest-04",
];

const DANGLING: Fault = fault(
    "dangling",
    "references lead nowhere",
    &["each-08", "USC-each-06"],
)
.reply(|_, reply, _| extend(reply, "valueReference", &json!({"reference": "#nobody"})));

const DISGUISED: Fault = fault(
    "disguised",
    "records claim profiles whose elements they lack",
    &[
        "USC-each-04",
        "!USC-Goal-04",
        "!USC-Immunization-04",
        "!USC-MedicationRequest-04",
    ],
)
.reply(|_, reply, _| reply.each_record(disguise));

pub static FAULTS: &[Fault] = &[
    fault(
        "foreign-records",
        "records are about another patient",
        &["each-04"],
    )
    .reply(|ask, reply, _| {
        if ask.is_search() || ask.is_read() {
            reply.each_record(|record| {
                if record["resourceType"] == "Patient" {
                    record["id"] = json!("smart-1081332");
                }
                for name in ["subject", "patient"] {
                    if record[name]["reference"].is_string() {
                        record[name]["reference"] = json!("Patient/smart-1081332");
                    }
                }
                if record["target"].is_array() {
                    record["target"] = json!([{"reference": "Patient/smart-1081332"}]);
                }
            });
        }
    }),
    fault(
        "unknown-element",
        "records have elements that FHIR does not know",
        &["each-06", "FIN-04"],
    )
    .reply(|_, reply, _| reply.each_record(|record| record["s4sMood"] = json!("odd"))),
    DANGLING,
    DANGLING
        .renamed("dangling-answers", &["USC-QuestionnaireResponse-06"])
        .setting(with_everything),
    fault("bad-code", "codes have wrong check digits", &["each-09"]).reply(|_, reply, _| {
        extend(
            reply,
            "valueCoding",
            &json!({"system": "http://loinc.org", "code": "8867-5"}),
        );
    }),
    fault(
        "read-differs",
        "a read yields another record than the search",
        &["each-10"],
    )
    .reply(|ask, reply, _| {
        if ask.is_read() {
            reply.each_record(|record| record["language"] = json!("tlh"));
        }
    }),
    fault("active-narrative", "narratives carry script", &["each-14"]).reply(|_, reply, _| {
        reply.each_record(|record| {
            record["text"] = json!({"status": "generated",
            "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>1</script></div>"});
        });
    }),
    DISGUISED,
    DISGUISED
        .renamed("disguised-answers", &["USC-QuestionnaireResponse-04"])
        .setting(with_everything),
    DISGUISED
        .renamed("disguised-in-3.1.1", AS_IN_R4)
        .setting(|configuration| configuration.us_core = Some(UsCore::V3_1_1)),
    fault(
        "wrong-sum",
        "totals are not the sum of what was adjudicated",
        &["FIN-05"],
    )
    .reply(|_, reply, _| {
        of_type(reply, "ExplanationOfBenefit", |record| {
            for total in record["total"].as_array_mut().into_iter().flatten() {
                total["amount"]["value"] = json!(123_456.78);
            }
        });
    }),
    fault("no-focal", "no insurance is the focal one", &["FIN-06"]).reply(|_, reply, _| {
        of_type(reply, "ExplanationOfBenefit", |record| {
            for insurance in record["insurance"].as_array_mut().into_iter().flatten() {
                insurance["focal"] = json!(false);
            }
        });
    }),
    fault(
        "no-modality",
        "imaging studies have no modality",
        &["IMG-02"],
    )
    .reply(|_, reply, _| {
        of_type(reply, "ImagingStudy", |record| {
            record.as_object_mut().unwrap().remove("modality");
        });
    }),
    fault("one-id", "different records have one id", &["QLT-07"]).reply(|_, reply, _| {
        of_type(reply, "Observation", |record| {
            record["id"] = json!("the-one");
        });
    }),
];
