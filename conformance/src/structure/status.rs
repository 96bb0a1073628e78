//! The required bindings of `status`, for the types the checks read.

use serde_json::Value;

use crate::resource::type_of;

/// Type and codes.
#[rustfmt::skip]
const STATUS: &[(&str, &str)] = &[
    ("CarePlan", "draft active on-hold revoked completed entered-in-error unknown"),
    ("CareTeam", "proposed active suspended inactive entered-in-error"),
    ("Coverage", "active cancelled draft entered-in-error"),
    ("Device", "active inactive entered-in-error unknown"),
    ("DiagnosticReport", "registered partial preliminary final amended corrected appended cancelled entered-in-error unknown"),
    ("DocumentReference", "current superseded entered-in-error"),
    ("Encounter", "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown"),
    ("ExplanationOfBenefit", "active cancelled draft entered-in-error"),
    ("ImagingStudy", "registered available cancelled entered-in-error unknown"),
    ("Immunization", "completed entered-in-error not-done"),
    ("MedicationAdministration", "in-progress not-done on-hold completed entered-in-error stopped unknown"),
    ("MedicationDispense", "preparation in-progress cancelled on-hold completed entered-in-error stopped declined unknown"),
    ("MedicationRequest", "active on-hold cancelled completed entered-in-error stopped draft unknown"),
    ("MedicationStatement", "active completed entered-in-error intended stopped on-hold unknown not-taken"),
    ("Observation", "registered preliminary final amended corrected cancelled entered-in-error unknown"),
    ("Procedure", "preparation in-progress not-done on-hold stopped completed entered-in-error unknown"),
];

/// What is wrong with the resource's status; nothing when it has none or its type is not listed.
pub(super) fn fault(resource: &Value) -> Option<String> {
    let name = type_of(resource)?;
    let status = resource["status"].as_str()?;
    let (_, allowed) = STATUS.iter().find(|(row, _)| *row == name)?;
    let legal = allowed.split(' ').any(|word| word == status);
    (!legal).then(|| format!("{name}.status {status:?} is not in its value set"))
}
