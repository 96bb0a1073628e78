//! The sections of a summary (International Patient Summary, profile `Composition-uv-ips`).

use serde_json::Value;

use crate::search::date;

/// A section: which resources it shows.
pub(super) struct Section {
    /// LOINC code of the section.
    pub(super) loinc: &'static str,
    /// For people.
    pub(super) title: &'static str,
    /// Whether a summary cannot be without it.
    pub(super) is_required: bool,
    /// Types it shows.
    pub(super) types: &'static [&'static str],
    /// Whether it shows this one of them.
    pub(super) keeps: fn(&Value) -> bool,
}

/// Statuses under which a resource says what is not, or not any more.
const OVER: &[&str] = &[
    "entered-in-error",
    "cancelled",
    "stopped",
    "not-done",
    "completed",
    "inactive",
    "revoked",
    "rejected",
    "abandoned",
];
/// Pregnancy status, intention, expected date of delivery and outcomes (LOINC).
const PREGNANCY: &[&str] = &[
    "82810-3", "86645-9", "11778-8", "11779-6", "11780-4", "11636-8", "11637-6", "11638-4",
    "11639-2", "11640-0", "11612-9", "11613-7", "11614-5", "33065-4",
];
const RETRACTED: &[&str] = &["entered-in-error", "not-done", "cancelled"];

fn has_status(resource: &Value, statuses: &[&str]) -> bool {
    let lifecycle = resource["lifecycleStatus"].as_str();
    resource["status"]
        .as_str()
        .or(lifecycle)
        .is_some_and(|status| statuses.contains(&status))
}

/// Whether a code of a code system for clinical or verification status is one of these.
fn is_coded(concept: &Value, codes: &[&str]) -> bool {
    concept["coding"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|coding| {
            coding["code"]
                .as_str()
                .is_some_and(|code| codes.contains(&code))
        })
}

fn is_true(resource: &Value) -> bool {
    !is_coded(
        &resource["verificationStatus"],
        &["entered-in-error", "refuted"],
    )
}

fn is_active(resource: &Value) -> bool {
    is_true(resource)
        && !is_coded(
            &resource["clinicalStatus"],
            &["resolved", "inactive", "remission"],
        )
}

fn is_past(resource: &Value) -> bool {
    is_true(resource) && !is_active(resource)
}

fn is_current(resource: &Value) -> bool {
    !has_status(resource, OVER)
}

fn is_valid(resource: &Value) -> bool {
    !has_status(resource, RETRACTED)
}

fn has_category(resource: &Value, code: &str) -> bool {
    resource["category"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|category| is_coded(category, &[code]))
}

/// The sections, in their order.
pub(super) const SECTIONS: &[Section] = &[
    Section {
        loinc: "11450-4",
        title: "Problem list",
        is_required: true,
        types: &["Condition"],
        keeps: is_active,
    },
    Section {
        loinc: "48765-2",
        title: "Allergies and intolerances",
        is_required: true,
        types: &["AllergyIntolerance"],
        keeps: is_active,
    },
    Section {
        loinc: "10160-0",
        title: "Medication summary",
        is_required: true,
        types: &["MedicationRequest", "MedicationStatement"],
        keeps: is_current,
    },
    Section {
        loinc: "11369-6",
        title: "Immunizations",
        is_required: false,
        types: &["Immunization"],
        keeps: is_valid,
    },
    Section {
        loinc: "47519-4",
        title: "Procedures",
        is_required: false,
        types: &["Procedure"],
        keeps: is_valid,
    },
    Section {
        loinc: "46264-8",
        title: "Medical devices",
        is_required: false,
        types: &["Device", "DeviceUseStatement"],
        keeps: is_valid,
    },
    Section {
        loinc: "30954-2",
        title: "Results",
        is_required: false,
        types: &["Observation", "DiagnosticReport"],
        keeps: |resource| {
            let is_report = resource["resourceType"] == "DiagnosticReport";
            is_valid(resource) && (is_report || has_category(resource, "laboratory"))
        },
    },
    Section {
        loinc: "8716-3",
        title: "Vital signs",
        is_required: false,
        types: &["Observation"],
        keeps: |resource| is_valid(resource) && has_category(resource, "vital-signs"),
    },
    Section {
        loinc: "29762-2",
        title: "Social history",
        is_required: false,
        types: &["Observation"],
        keeps: |resource| is_valid(resource) && has_category(resource, "social-history"),
    },
    Section {
        loinc: "11348-0",
        title: "Past illnesses",
        is_required: false,
        types: &["Condition"],
        keeps: is_past,
    },
    Section {
        loinc: "10162-6",
        title: "History of pregnancies",
        is_required: false,
        types: &["Observation"],
        keeps: |resource| is_valid(resource) && is_coded(&resource["code"], PREGNANCY),
    },
    Section {
        loinc: "47420-5",
        title: "Functional status",
        is_required: false,
        types: &["Observation"],
        keeps: |resource| {
            is_valid(resource)
                && ["functional-status", "disability-status"]
                    .iter()
                    .any(|category| has_category(resource, category))
        },
    },
    Section {
        loinc: "42348-3",
        title: "Advance directives",
        is_required: false,
        types: &["Consent"],
        keeps: |resource| is_current(resource) && is_coded(&resource["scope"], &["adr"]),
    },
    Section {
        loinc: "104605-1",
        title: "Alerts",
        is_required: false,
        types: &["Flag"],
        keeps: is_current,
    },
    Section {
        loinc: "18776-5",
        title: "Plan of care",
        is_required: false,
        types: &["CarePlan", "Goal"],
        keeps: is_current,
    },
];

/// When a resource is from, for the order of a section.
pub(super) fn when(resource: &Value) -> Option<i64> {
    let members = [
        "effectiveDateTime",
        "onsetDateTime",
        "recordedDate",
        "authoredOn",
        "occurrenceDateTime",
        "performedDateTime",
        "startDate",
    ];
    let periods = [
        "effectivePeriod",
        "performedPeriod",
        "onsetPeriod",
        "period",
    ];
    let of_period = || {
        periods
            .iter()
            .find_map(|member| resource[*member]["start"].as_str())
    };
    let text = members.iter().find_map(|member| resource[*member].as_str());
    date::Range::parse(text.or_else(of_period)?).map(|range| range.low)
}

#[cfg(test)]
mod tests {
    use fhir::resource_type::ResourceType;

    use super::*;

    #[test]
    fn sections_name_types_that_there_are() {
        for section in SECTIONS {
            for name in section.types {
                assert!(ResourceType::parse(name).is_some(), "{name}");
            }
        }
    }
}
