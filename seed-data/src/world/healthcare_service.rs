//! `HealthcareService`: what a clinic offers, and when.

use super::Builder;
use crate::element::{Coding, concept, contact, named_reference, reference};
use crate::json::Object;
use crate::record::Seed;
use crate::table::care::{Organization, Provider, SERVICES, Service};

impl Builder {
    pub(super) fn services(&self) -> impl Iterator<Item = Seed> {
        SERVICES.iter().map(|row| self.service(row))
    }

    fn service(&self, row: &Service) -> Seed {
        let owner = Organization::of(row.organization);
        let provider = Provider::of(row.provider);
        let specialty = Coding::new("nucc", provider.specialty_nucc, provider.specialty_display);
        let days: Vec<&str> = row.days.split(',').collect();
        let open = Object::new()
            .with("daysOfWeek", days)
            .with("availableStartTime", row.opens)
            .with("availableEndTime", row.closes);
        self.draft("HealthcareService", format!("svc-{}", row.key))
            .with("active", true)
            .with(
                "providedBy",
                named_reference(&super::organization(owner.key), owner.name),
            )
            .with("specialty", [concept(specialty)])
            .with("location", [reference(&super::location(row.location))])
            .with("name", row.name)
            .with("telecom", [contact("phone", owner.phone, "work")])
            .with("availableTime", [open])
            .with("endpoint", super::endpoint::of(row.organization))
            .seed()
    }
}

/// The reference of a role to the service it works in, if there is one.
pub(super) fn of(organization: &str, provider: &str) -> Option<[Object; 1]> {
    let fits = |row: &&Service| row.organization == organization && row.provider == provider;
    let row = SERVICES.iter().find(fits)?;
    Some([reference(&format!("HealthcareService/svc-{}", row.key))])
}
