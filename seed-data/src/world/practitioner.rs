//! Practitioner and `PractitionerRole`: people who give care, and where they do.

use super::Builder;
use crate::element::{
    Coding, address, concept, contact, identifier, named_reference, reference, text_only,
};
use crate::json::Object;
use crate::record::Seed;
use crate::table::care::{Organization, PRACTITIONERS, Practitioner, Provider};
use crate::table::term::system;

impl Practitioner {
    /// Title, given name and family name.
    pub(crate) fn full_name(&self) -> String {
        format!("{} {} {}", self.prefix, self.given, self.family)
            .trim()
            .to_owned()
    }

    /// The reference to this person, with their name.
    pub(crate) fn reference(&self) -> Object {
        named_reference(&super::practitioner(self.key), &self.full_name())
    }
}

impl Builder {
    pub(super) fn practitioners(&self) -> impl Iterator<Item = Seed> {
        PRACTITIONERS
            .iter()
            .flat_map(|row| [self.practitioner(row), self.role(row)])
    }

    pub(super) fn practitioner(&self, row: &Practitioner) -> Seed {
        let id = format!("prac-{}", row.key);
        let work = Organization::of(row.organization);
        let email = format!("{}@example.com", row.key.replace('-', "."));
        let name = Object::new()
            .with("use", "official")
            .with("family", row.family)
            .with("given", [row.given])
            .with(
                "prefix",
                Some(row.prefix)
                    .filter(|text| !text.is_empty())
                    .map(|text| [text]),
            )
            .with(
                "suffix",
                Some(row.suffix)
                    .filter(|text| !text.is_empty())
                    .map(|text| [text]),
            );
        self.draft("Practitioner", id.clone())
            .told(&row.full_name())
            .with("identifier", [identifier(system("npi"), &Self::npi(&id))])
            .with("active", true)
            .with("name", [name])
            .with(
                "telecom",
                [
                    contact("phone", work.phone, "work"),
                    contact("email", &email, "work"),
                ],
            )
            .with(
                "address",
                [address(work.street, work.city, work.state, work.zip)],
            )
            .with("gender", row.gender)
            .with(
                "qualification",
                [Object::new().with("code", text_only(row.suffix))],
            )
            .seed()
    }

    fn role(&self, row: &Practitioner) -> Seed {
        let provider = Provider::of(row.provider);
        let specialty = concept(Coding::new(
            "nucc",
            provider.specialty_nucc,
            provider.specialty_display,
        ));
        let work = Organization::of(row.organization);
        let imaging = row.provider == "radiology";
        self.draft("PractitionerRole", format!("role-{}", row.key))
            .with("active", true)
            .with("practitioner", row.reference())
            .with(
                "organization",
                named_reference(&super::organization(work.key), work.name),
            )
            .with("code", [&specialty])
            .with("specialty", [&specialty])
            .with("location", [reference(&super::location(row.location))])
            .with(
                "healthcareService",
                super::healthcare_service::of(row.organization, row.provider),
            )
            .with("telecom", [contact("phone", work.phone, "work")])
            .with(
                "endpoint",
                imaging.then(|| [reference(&super::image_endpoint())]),
            )
            .seed()
    }
}
