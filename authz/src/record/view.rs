//! What is shown of each resource type: one row each.

/// How resources of one type are shown. Paths are tried in order; the first that holds something
/// counts.
#[derive(Debug)]
pub struct View {
    /// The type.
    pub resource_type: &'static str,
    /// The search parameter that orders by date.
    pub sort: Option<&'static str>,
    /// What it is.
    pub title: &'static [&'static str],
    /// When it was.
    pub date: &'static [&'static str],
    /// How it stands.
    pub status: &'static [&'static str],
    /// What else is worth reading: the key of its name, and where it is.
    pub facts: &'static [(&'static str, &'static str)],
    /// Where attachments are.
    pub attachments: Option<&'static str>,
}

const fn view(resource_type: &'static str, title: &'static [&'static str]) -> View {
    View {
        resource_type,
        sort: None,
        title,
        date: &[],
        status: &["status"],
        facts: &[],
        attachments: None,
    }
}

/// Every type that the portal shows.
pub const VIEWS: &[View] = &[
    View {
        status: &[],
        facts: &[
            ("fact.born", "birthDate"),
            ("fact.gender", "gender"),
            ("fact.address", "address"),
            ("fact.telecom", "telecom"),
            ("fact.language", "communication.language"),
            ("fact.marital", "maritalStatus"),
            ("fact.doctor", "generalPractitioner"),
        ],
        ..view("Patient", &["name"])
    },
    View {
        status: &[],
        facts: &[
            ("fact.relationship", "relationship"),
            ("fact.telecom", "telecom"),
            ("fact.address", "address"),
        ],
        ..view("RelatedPerson", &["name"])
    },
    View {
        sort: Some("onset-date"),
        date: &["onsetDateTime", "onsetPeriod", "recordedDate"],
        status: &["clinicalStatus"],
        facts: &[
            ("fact.category", "category"),
            ("fact.severity", "severity"),
            ("fact.body-site", "bodySite"),
            ("fact.ended", "abatementDateTime"),
            ("fact.recorder", "recorder"),
            ("fact.note", "note.text"),
        ],
        ..view("Condition", &["code"])
    },
    View {
        date: &["date"],
        facts: &[
            ("fact.relationship", "relationship"),
            ("fact.condition", "condition.code"),
        ],
        ..view("FamilyMemberHistory", &["name", "relationship"])
    },
    View {
        sort: Some("authoredon"),
        date: &["authoredOn"],
        facts: &[
            ("fact.dosage", "dosageInstruction.text"),
            ("fact.reason", "reasonCode"),
            ("fact.prescriber", "requester"),
            ("fact.note", "note.text"),
        ],
        ..view(
            "MedicationRequest",
            &["medicationCodeableConcept", "medicationReference"],
        )
    },
    View {
        sort: Some("whenhandedover"),
        date: &["whenHandedOver", "whenPrepared"],
        facts: &[
            ("fact.quantity", "quantity"),
            ("fact.days", "daysSupply"),
            ("fact.dosage", "dosageInstruction.text"),
            ("fact.performer", "performer.actor"),
        ],
        ..view(
            "MedicationDispense",
            &["medicationCodeableConcept", "medicationReference"],
        )
    },
    View {
        sort: Some("effective"),
        date: &["effectivePeriod", "effectiveDateTime", "dateAsserted"],
        facts: &[
            ("fact.dosage", "dosage.text"),
            ("fact.source", "informationSource"),
        ],
        ..view(
            "MedicationStatement",
            &["medicationCodeableConcept", "medicationReference"],
        )
    },
    View {
        sort: Some("effective-time"),
        date: &["effectiveDateTime", "effectivePeriod"],
        facts: &[
            ("fact.dosage", "dosage.text"),
            ("fact.performer", "performer.actor"),
        ],
        ..view(
            "MedicationAdministration",
            &["medicationCodeableConcept", "medicationReference"],
        )
    },
    View {
        sort: Some("date"),
        date: &["onsetDateTime", "recordedDate"],
        status: &["clinicalStatus"],
        facts: &[
            ("fact.category", "category"),
            ("fact.criticality", "criticality"),
            ("fact.reaction", "reaction.manifestation"),
            ("fact.note", "note.text"),
        ],
        ..view("AllergyIntolerance", &["code"])
    },
    View {
        sort: Some("date"),
        date: &["occurrenceDateTime", "recorded"],
        facts: &[
            ("fact.reason", "statusReason"),
            ("fact.lot", "lotNumber"),
            ("fact.body-site", "site"),
            ("fact.performer", "performer.actor"),
            ("fact.place", "location"),
        ],
        ..view("Immunization", &["vaccineCode"])
    },
    View {
        sort: Some("date"),
        date: &[
            "effectiveDateTime",
            "effectivePeriod",
            "effectiveInstant",
            "issued",
        ],
        status: &[],
        facts: &[
            ("fact.body-site", "bodySite"),
            ("fact.performer", "performer"),
            ("fact.note", "note.text"),
        ],
        ..view("Observation", &["code"])
    },
    View {
        sort: Some("date"),
        date: &["effectiveDateTime", "effectivePeriod", "issued"],
        facts: &[
            ("fact.results", "result"),
            ("fact.conclusion", "conclusion"),
            ("fact.performer", "performer"),
        ],
        attachments: Some("presentedForm"),
        ..view("DiagnosticReport", &["code"])
    },
    View {
        date: &["collection.collectedDateTime", "receivedTime"],
        facts: &[("fact.body-site", "collection.bodySite")],
        ..view("Specimen", &["type"])
    },
    View {
        date: &["authored"],
        facts: &[("fact.author", "author")],
        ..view(
            "QuestionnaireResponse",
            &["_questionnaire.extension.valueString", "questionnaire"],
        )
    },
    View {
        sort: Some("date"),
        date: &["performedDateTime", "performedPeriod"],
        facts: &[
            ("fact.reason", "reasonCode"),
            ("fact.body-site", "bodySite"),
            ("fact.performer", "performer.actor"),
            ("fact.outcome", "outcome"),
            ("fact.note", "note.text"),
        ],
        ..view("Procedure", &["code"])
    },
    View {
        sort: Some("authored"),
        date: &["occurrenceDateTime", "occurrencePeriod", "authoredOn"],
        facts: &[
            ("fact.reason", "reasonCode"),
            ("fact.prescriber", "requester"),
        ],
        ..view("ServiceRequest", &["code"])
    },
    View {
        sort: Some("date"),
        date: &["date", "context.period"],
        facts: &[
            ("fact.description", "description"),
            ("fact.author", "author"),
            ("fact.place", "custodian"),
        ],
        attachments: Some("content.attachment"),
        ..view("DocumentReference", &["type", "description"])
    },
    View {
        sort: Some("started"),
        date: &["started"],
        facts: &[
            ("fact.modality", "modality"),
            ("fact.description", "description"),
            ("fact.body-site", "series.bodySite"),
            ("fact.reason", "reasonCode"),
        ],
        ..view(
            "ImagingStudy",
            &["procedureCode", "description", "modality"],
        )
    },
    View {
        date: &["createdDateTime", "createdPeriod", "issued"],
        facts: &[
            ("fact.body-site", "bodySite"),
            ("fact.modality", "modality"),
        ],
        attachments: Some("content"),
        ..view("Media", &["type", "content.title"])
    },
    View {
        sort: Some("date"),
        date: &["period", "created"],
        facts: &[
            ("fact.description", "description"),
            ("fact.note", "activity.detail.description"),
        ],
        ..view("CarePlan", &["title", "category"])
    },
    View {
        date: &["period"],
        facts: &[("fact.members", "participant.member")],
        ..view("CareTeam", &["name", "category"])
    },
    View {
        date: &["startDate"],
        status: &["achievementStatus", "lifecycleStatus"],
        facts: &[
            ("fact.target", "target.detailQuantity"),
            ("fact.due", "target.dueDate"),
        ],
        ..view("Goal", &["description"])
    },
    View {
        date: &["manufactureDate"],
        facts: &[
            ("fact.maker", "manufacturer"),
            ("fact.model", "modelNumber"),
            ("fact.serial", "serialNumber"),
        ],
        ..view("Device", &["type", "deviceName"])
    },
    View {
        sort: Some("date"),
        date: &["period"],
        facts: &[
            ("fact.class", "class"),
            ("fact.reason", "reasonCode"),
            ("fact.performer", "participant.individual"),
            ("fact.place", "location.location"),
            ("fact.organization", "serviceProvider"),
        ],
        ..view("Encounter", &["type", "class"])
    },
    View {
        sort: Some("date"),
        date: &["start", "requestedPeriod"],
        facts: &[
            ("fact.description", "description"),
            ("fact.performer", "participant.actor"),
        ],
        ..view(
            "Appointment",
            &["serviceType", "appointmentType", "description"],
        )
    },
    View {
        date: &["period"],
        facts: &[
            ("fact.member-number", "subscriberId"),
            ("fact.payer", "payor"),
            ("fact.relationship", "relationship"),
        ],
        ..view("Coverage", &["type", "payor"])
    },
    View {
        sort: Some("created"),
        date: &["billablePeriod", "created"],
        facts: &[
            ("fact.category", "type"),
            ("fact.payer", "insurer"),
            ("fact.billed", "item.productOrService"),
            ("fact.total", "total.amount"),
        ],
        ..view("ExplanationOfBenefit", &["provider", "type"])
    },
    View {
        status: &[],
        date: &["recorded"],
        facts: &[
            ("fact.author", "agent.who"),
            ("fact.organization", "agent.onBehalfOf"),
        ],
        ..view("Provenance", &["activity", "agent.type"])
    },
];

impl View {
    /// How this type is shown.
    pub fn of(resource_type: &str) -> Option<&'static Self> {
        VIEWS
            .iter()
            .find(|view| view.resource_type == resource_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::language::Language;

    #[test]
    fn every_type_has_one_row_and_every_fact_a_name() {
        for (at, view) in VIEWS.iter().enumerate() {
            let others = &VIEWS[..at];
            assert!(
                others
                    .iter()
                    .all(|other| other.resource_type != view.resource_type)
            );
            for (key, _) in view.facts {
                assert!(Language::has(key), "{key}");
            }
        }
    }
}
