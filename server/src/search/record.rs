//! The record of a patient, or of several, as conditions on each type of resource.

use fhir::compartment::{Membership, patient_membership};
use fhir::resource_type::ResourceType;

use super::date;
use super::index::Key;
use super::index::chart::care_date;
use super::plan::Condition;
use super::query::{Match, Prefix};

/// Whose record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patients {
    /// Anybody's.
    All,
    /// Of the patients with these ids.
    These(Vec<String>),
}

/// How a type takes part in records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It belongs to patients.
    Record,
    /// It describes the health system, and comes along when a record refers to it.
    Supporting,
    /// It has nothing to do with records.
    None,
}

/// How a type takes part.
pub fn part(ty: ResourceType) -> Part {
    match patient_membership(ty) {
        Membership::Shared => Part::Supporting,
        Membership::Never => Part::None,
        _ => Part::Record,
    }
}

impl Patients {
    /// One patient.
    pub fn one(id: &str) -> Self {
        Self::These(vec![id.to_owned()])
    }

    /// That a resource of a type belongs to the record; `None` when none of the type does.
    pub fn record(&self, ty: ResourceType) -> Option<Condition> {
        match patient_membership(ty) {
            Membership::Shared | Membership::Never => None,
            Membership::References(_) | Membership::Itself(_) => Some(self.compartment(ty)),
            Membership::EveryTarget(parameter) => Some(Condition::EveryTarget(
                Key::parameter(parameter),
                self.compartments(),
            )),
            Membership::Context(_) => {
                Some(Condition::Context(Key::context(ty), self.compartments()))
            }
        }
    }

    fn compartment(&self, ty: ResourceType) -> Condition {
        match self {
            Self::All => Condition::Has(Key::compartment(ty)),
            Self::These(ids) => match ids.as_slice() {
                [id] => Condition::Compartment(ty, id.clone()),
                ids => Condition::Compartments(ty, ids.to_vec()),
            },
        }
    }

    fn compartments(&self) -> Vec<(ResourceType, Condition)> {
        ResourceType::all()
            .filter(|ty| {
                matches!(
                    patient_membership(*ty),
                    Membership::References(_) | Membership::Itself(_)
                )
            })
            .map(|ty| (ty, self.compartment(ty)))
            .collect()
    }
}

/// That the care a resource is about touches `period`; `None` for types without such a date. A
/// resource that has no date is never left out (R4, `Patient/$everything`).
pub fn care_within(ty: ResourceType, period: date::Range) -> Option<Condition> {
    let key = care_date(ty)?;
    Some(Condition::Any(vec![
        Condition::Value(key, Match::Date(Prefix::Ap, period)),
        Condition::Not(Box::new(Condition::Has(key))),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ty(name: &str) -> ResourceType {
        ResourceType::parse(name).unwrap()
    }

    #[test]
    fn a_type_belongs_to_records_or_supports_them_or_neither() {
        for (name, wanted) in [
            ("Patient", Part::Record),
            ("Observation", Part::Record),
            ("Provenance", Part::Record),
            ("Binary", Part::Record),
            ("Practitioner", Part::Supporting),
            ("Group", Part::None),
        ] {
            assert_eq!(part(ty(name)), wanted, "{name}");
            let record = Patients::All.record(ty(name));
            assert_eq!(record.is_some(), wanted == Part::Record, "{name}");
        }
    }

    #[test]
    fn clinical_types_have_a_date_of_care_and_patients_have_none() {
        let period = date::Range { low: 0, high: 1 };
        for name in [
            "Observation",
            "Condition",
            "Encounter",
            "MedicationRequest",
            "Immunization",
            "Procedure",
            "DiagnosticReport",
            "DocumentReference",
            "ServiceRequest",
            "CarePlan",
            "Goal",
            "Specimen",
            "ImagingStudy",
        ] {
            assert!(care_within(ty(name), period).is_some(), "{name}");
        }
        assert_eq!(care_within(ty("Patient"), period), None);
    }
}
