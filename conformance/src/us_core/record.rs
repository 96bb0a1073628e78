//! The types that US Core is about, and how their records are collected.

/// Where records of a type come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The patient's own record.
    Own,
    /// A search by patient, one for each of these additions to the query.
    Searched(&'static [Option<(&'static str, &'static str)>]),
    /// What other records refer to.
    Referred,
    /// A search by this parameter for what other records refer to.
    Through(&'static str, &'static str),
    /// What says where other records come from.
    Origin,
}

/// A type of US Core.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) resource_type: &'static str,
    pub(crate) source: Source,
}

const PLAIN: Source = Source::Searched(&[None]);
const PRACTITIONER: Source = Source::Through("practitioner", "Practitioner");

#[rustfmt::skip]
const OBSERVATIONS: Source = Source::Searched(&[
    Some(("category", "laboratory")), Some(("category", "vital-signs")), Some(("category", "social-history")),
    Some(("category", "survey")), Some(("category", "sdoh")), Some(("category", "exam")),
    Some(("category", "imaging")), Some(("category", "procedure")), Some(("category", "activity")),
    Some(("category", "functional-status")), Some(("category", "disability-status")),
    Some(("category", "cognitive-status")),
]);

const fn kind(resource_type: &'static str, source: Source) -> Kind {
    Kind {
        resource_type,
        source,
    }
}

/// Every type, sorted.
#[rustfmt::skip]
pub(crate) const TYPES: &[Kind] = &[
    kind("AllergyIntolerance", PLAIN),
    kind("CarePlan", Source::Searched(&[Some(("category", "assess-plan"))])),
    kind("CareTeam", Source::Searched(&[Some(("status", "active"))])),
    kind("Condition", PLAIN),
    kind("Coverage", PLAIN),
    kind("Device", PLAIN),
    kind("DiagnosticReport", PLAIN),
    kind("DocumentReference", PLAIN),
    kind("Encounter", PLAIN),
    kind("Goal", PLAIN),
    kind("Immunization", PLAIN),
    kind("Location", Source::Referred),
    kind("Medication", Source::Referred),
    kind("MedicationDispense", PLAIN),
    kind("MedicationRequest", Source::Searched(&[Some(("intent", "order,plan,proposal,reflex-order"))])),
    kind("Observation", OBSERVATIONS),
    kind("Organization", Source::Referred),
    kind("Patient", Source::Own),
    kind("Practitioner", Source::Referred),
    kind("PractitionerRole", PRACTITIONER),
    kind("Procedure", PLAIN),
    kind("Provenance", Source::Origin),
    kind("QuestionnaireResponse", PLAIN),
    kind("RelatedPerson", PLAIN),
    kind("ServiceRequest", PLAIN),
    kind("Specimen", PLAIN),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_are_sorted_and_exist() {
        assert!(TYPES.is_sorted_by_key(|kind| kind.resource_type));
        for kind in TYPES {
            assert!(fhir::resource_type::ResourceType::parse(kind.resource_type).is_some());
        }
    }
}
