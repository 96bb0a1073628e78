//! Where a patient is cared for, and by whom.

use crate::table::care::{Location, PRACTITIONERS, Practitioner};
use crate::table::people::Place;

/// The clinic, the hospital and the people of a patient's neighbourhood.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    pub(crate) clinic: &'static Location,
    pub(crate) ward: &'static Location,
    pub(crate) emergency: &'static Location,
    /// Who leads the patient's care.
    pub(crate) primary: &'static Practitioner,
}

impl Site {
    /// The site for a home and an age: children see a paediatrician.
    pub(crate) fn of(place: &Place, age: u32) -> Self {
        let (clinic, hospital) = match (place.state, place.city) {
            ("OK", "Broken Arrow" | "Bixby" | "Mounds") => ("clinic-broken-arrow", "tulsa"),
            ("OK", _) => ("clinic-tulsa", "tulsa"),
            ("NC", _) => ("clinic-durham", "boston"),
            _ => ("clinic-boston", "boston"),
        };
        let provider = if age < 18 {
            "pediatrics"
        } else {
            "primary-care"
        };
        Self {
            clinic: Location::of(clinic),
            ward: Location::of(&format!("hospital-{hospital}-ward")),
            emergency: Location::of(&format!("hospital-{hospital}-emergency")),
            primary: practitioner(provider, clinic),
        }
    }

    /// Someone of this profession: at the clinic, at the hospital, or anywhere.
    pub(crate) fn practitioner(&self, provider: &str) -> &'static Practitioner {
        let here = [self.clinic, self.ward, self.emergency];
        PRACTITIONERS
            .iter()
            .filter(|person| person.provider == provider)
            .min_by_key(|person| {
                here.iter()
                    .position(|place| place.key == person.location)
                    .unwrap_or(here.len())
            })
            .unwrap_or(self.primary)
    }
}

/// Someone of this profession at a clinic; anybody of the profession when the clinic has none.
fn practitioner(provider: &str, clinic: &str) -> &'static Practitioner {
    let fits = |person: &&Practitioner| person.provider == provider && person.location == clinic;
    PRACTITIONERS.iter().find(fits).unwrap_or_else(|| {
        crate::table::row(&PRACTITIONERS, "practitioners.tsv", provider, |p| {
            p.provider == provider
        })
    })
}
