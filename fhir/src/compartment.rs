//! The patient compartment: which resources belong to a patient, and what a patient's app may
//! see of the resources that belong to nobody.
//!
//! The base is R4's `CompartmentDefinition/patient`; where it is silent about a type that patient
//! apps need, a row of our own says how that type is judged, with the reason.

use std::sync::LazyLock;

use crate::resource_type::ResourceType;
use crate::search_parameter::{self, SearchParameter};

/// How one knows that a resource belongs to a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// One of these references points to the patient.
    References(Vec<&'static SearchParameter>),
    /// It is the patient, or one of these references points to the patient.
    Itself(Vec<&'static SearchParameter>),
    /// Every target of this reference belongs to the patient.
    EveryTarget(&'static SearchParameter),
    /// The element with this FHIRPath refers to a resource that may be seen.
    Context(&'static str),
    /// It describes the health system, not a person; every app may see it.
    Shared,
    /// Nothing makes it a patient's; a patient's app never sees it.
    Never,
}

/// Rows that differ from R4's table.
const OWN_ROWS: &[(&str, OwnRow)] = &[
    // Protected like the document it is the content of (R4 Binary, "Security").
    ("Binary", OwnRow::Context("Binary.securityContext")),
    ("CodeSystem", OwnRow::Shared),
    ("CompartmentDefinition", OwnRow::Shared),
    ("ConceptMap", OwnRow::Shared),
    // US Core searches Device by patient; R4's table leaves the type out.
    ("Device", OwnRow::References(&["patient"])),
    ("Endpoint", OwnRow::Shared),
    // Its members are other people: being one of them does not open the list.
    ("Group", OwnRow::Never),
    ("HealthcareService", OwnRow::Shared),
    ("Location", OwnRow::Shared),
    ("Medication", OwnRow::Shared),
    ("OperationDefinition", OwnRow::Shared),
    ("Organization", OwnRow::Shared),
    ("Practitioner", OwnRow::Shared),
    ("PractitionerRole", OwnRow::Shared),
    // Speaks of its targets, so it may be seen when all of them may.
    ("Provenance", OwnRow::EveryTarget("target")),
    ("Questionnaire", OwnRow::Shared),
    ("SearchParameter", OwnRow::Shared),
    ("StructureDefinition", OwnRow::Shared),
    // Referrals and follow-ups are read by the patient they are for; R4's table leaves them out.
    ("Task", OwnRow::References(&["patient"])),
    ("ValueSet", OwnRow::Shared),
];

enum OwnRow {
    References(&'static [&'static str]),
    EveryTarget(&'static str),
    Context(&'static str),
    Shared,
    Never,
}

/// The types that have a compartment (R4, "Compartments").
pub const NAMES: &[&str] = &[
    "Device",
    "Encounter",
    "Patient",
    "Practitioner",
    "RelatedPerson",
];

/// The references by which resources of a type belong to a compartment, as R4 publishes them and
/// as the rows of our own say; none when the type is not in it. The resource that a compartment is
/// named after is in it besides.
pub fn parameters_of(of: ResourceType, ty: ResourceType) -> Vec<&'static SearchParameter> {
    if of.as_str() == "Patient"
        && let Membership::References(own) | Membership::Itself(own) = patient_membership(ty)
    {
        return own.clone();
    }
    let published = include_str!("../data/compartment-patient.tsv")
        .lines()
        .map(|line| ("Patient", line))
        .chain(
            include_str!("../data/compartment-other.tsv")
                .lines()
                .filter_map(|line| line.split_once('\t')),
        )
        .filter(|(name, _)| *name == of.as_str())
        .filter_map(|(_, row)| row.split_once('\t'))
        .find(|(name, _)| *name == ty.as_str());
    published.map_or_else(Vec::new, |(_, codes)| {
        parameters(ty, &codes.split([',', '|']).collect::<Vec<_>>())
    })
}

static TABLE: LazyLock<Vec<Membership>> =
    LazyLock::new(|| ResourceType::all().map(judge).collect());

/// How resources of this type are known to belong to a patient.
pub fn patient_membership(resource_type: ResourceType) -> &'static Membership {
    TABLE
        .get(usize::from(resource_type.number()))
        .unwrap_or(&Membership::Never)
}

fn judge(ty: ResourceType) -> Membership {
    let own = OWN_ROWS.iter().find(|(name, _)| *name == ty.as_str());
    match own.map(|(_, row)| row) {
        Some(OwnRow::References(codes)) => Membership::References(parameters(ty, codes)),
        Some(OwnRow::EveryTarget(code)) => {
            search_parameter::find(ty, code).map_or(Membership::Never, Membership::EveryTarget)
        }
        Some(OwnRow::Context(path)) => Membership::Context(path),
        Some(OwnRow::Shared) => Membership::Shared,
        Some(OwnRow::Never) => Membership::Never,
        None => published(ty),
    }
}

fn published(ty: ResourceType) -> Membership {
    let row = include_str!("../data/compartment-patient.tsv")
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .find(|(name, _)| *name == ty.as_str());
    let Some((_, codes)) = row else {
        return Membership::Never;
    };
    let references = parameters(ty, &codes.split(',').collect::<Vec<_>>());
    if ty.as_str() == "Patient" {
        Membership::Itself(references)
    } else {
        Membership::References(references)
    }
}

fn parameters(ty: ResourceType, codes: &[&str]) -> Vec<&'static SearchParameter> {
    codes
        .iter()
        .filter_map(|code| search_parameter::find(ty, code))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> &'static Membership {
        patient_membership(ResourceType::parse(name).unwrap())
    }

    #[test]
    fn every_published_row_resolves_to_its_parameters() {
        for line in include_str!("../data/compartment-patient.tsv")
            .lines()
            .skip(1)
        {
            let (name, codes) = line.split_once('\t').unwrap();
            let ty = ResourceType::parse(name).unwrap();
            for code in codes.split(',') {
                assert!(search_parameter::find(ty, code).is_some(), "{name} {code}");
            }
        }
    }

    #[test]
    fn the_other_compartments_hold_what_is_published() {
        let ty = |name| ResourceType::parse(name).unwrap();
        let codes = |of, name| -> Vec<_> {
            let parameters = parameters_of(ty(of), ty(name));
            parameters.into_iter().map(|row| row.code).collect()
        };
        assert_eq!(codes("Encounter", "Observation"), ["encounter"]);
        assert_eq!(codes("Practitioner", "PractitionerRole"), ["practitioner"]);
        assert_eq!(codes("Device", "DeviceRequest").len(), 4);
        assert_eq!(codes("Encounter", "Encounter"), [""; 0]);
        assert_eq!(codes("Patient", "Observation").len(), 2);
        assert_eq!(codes("Patient", "Provenance"), ["patient"]);
        assert_eq!(codes("Patient", "Organization"), [""; 0]);
        assert_eq!(codes("Organization", "Patient"), [""; 0]);
        for of in NAMES {
            let held = ResourceType::all().filter(|held| !parameters_of(ty(of), *held).is_empty());
            assert!(held.count() > 20, "{of}");
        }
    }

    #[test]
    fn own_rows_name_types_in_order() {
        assert!(OWN_ROWS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, _) in OWN_ROWS {
            assert!(ResourceType::parse(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_type_nobody_judged_is_never_a_patients() {
        assert_eq!(of("Bundle"), &Membership::Never);
        assert_eq!(of("Group"), &Membership::Never);
        assert_eq!(of("Organization"), &Membership::Shared);
        assert!(matches!(of("Patient"), Membership::Itself(_)));
        assert!(matches!(of("Observation"), Membership::References(rows) if rows.len() == 2));
        assert!(matches!(of("Provenance"), Membership::EveryTarget(_)));
    }
}
