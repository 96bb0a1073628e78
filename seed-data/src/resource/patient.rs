//! Patient, with the extensions of US Core.

use crate::chart::Chart;
use crate::element::{
    Coding, address, concept, contact, named_reference, period, typed_identifier,
};
use crate::json::Object;
use crate::moment::{self, Moment};
use crate::person::Identity;
use crate::table::people::Demographic;
use crate::world;

const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";

impl Demographic {
    pub(crate) fn coding(&self) -> Coding {
        Coding::new(self.system, self.code, self.display)
    }
}

impl Chart {
    /// Writes the Patient, registered on `registered`.
    pub(crate) fn write_patient(&mut self, registered: Moment) -> String {
        let clinic = self.site.clinic;
        let person = &self.identity;
        let number = typed_identifier("MR", world::RECORD_NUMBERS, &person.record_number);
        let deceased = person.death.map(|day| Moment::at(day, 1_085, self.zone()));
        let draft = self
            .draft_patient(registered)
            .with("extension", extensions(person))
            .with(
                "identifier",
                [number.with(
                    "assigner",
                    Object::new().with("display", "Cedar Ridge Health System"),
                )],
            )
            .with("active", true)
            .with("name", names(person, moment::days(person.birth, 9_500)))
            .with("telecom", telecoms(person))
            .with("gender", person.sex.gender())
            .with("birthDate", person.birth)
            .with("deceasedDateTime", deceased)
            .with("address", addresses(person))
            .with(
                "maritalStatus",
                person.marital.map(|row| concept(row.coding())),
            )
            .with("communication", [communication(person.language)])
            .with("generalPractitioner", [self.site.primary.reference()])
            .with(
                "managingOrganization",
                named_reference(&world::organization(clinic.organization), clinic.name),
            );
        self.file(draft)
    }
}

fn extension(name: &str) -> Object {
    Object::new().with("url", format!("{US_CORE}{name}"))
}

/// Race, ethnicity, sex at birth and sex; a fact that was not recorded has no extension.
fn extensions(person: &Identity) -> Vec<Object> {
    let letter = person.sex.letter();
    let sex = if letter == "F" {
        "248152002"
    } else {
        "248153007"
    };
    let races = (!person.races.is_empty()).then(|| group("us-core-race", &person.races));
    let ethnicity = person
        .ethnicity
        .map(|row| group("us-core-ethnicity", &[row]));
    [races, ethnicity]
        .into_iter()
        .flatten()
        .chain([
            extension("us-core-birthsex").with("valueCode", letter),
            extension("us-core-sex").with("valueCode", sex),
        ])
        .collect()
}

/// A complex extension of OMB categories with their text. An ethnicity that is not known has a text only:
/// its value set has no such code.
fn group(name: &str, rows: &[&'static Demographic]) -> Object {
    let part = |url: &str| Object::new().with("url", url);
    let known = |row: &&&Demographic| row.system == "cdcrec" || name == "us-core-race";
    let text = rows
        .iter()
        .map(|row| row.display)
        .collect::<Vec<_>>()
        .join(", ");
    let parts: Vec<Object> = rows
        .iter()
        .filter(known)
        .map(|row| part("ombCategory").with("valueCoding", row.coding()))
        .chain([part("text").with("valueString", text)])
        .collect();
    Object::new()
        .with("extension", parts)
        .with("url", format!("{US_CORE}{name}"))
}

fn names(person: &Identity, married: chrono::NaiveDate) -> Vec<Object> {
    let name = |usage: &str, family: &str| {
        Object::new()
            .with("use", usage)
            .with("text", format!("{} {family}", person.given.join(" ")))
            .with("family", family)
            .with("given", &person.given)
    };
    let official =
        name("official", &person.family).with("suffix", person.suffix.map(|text| [text]));
    let old = person
        .previous_family
        .as_ref()
        .map(|family| name("old", family).with("period", period(person.birth, Some(married))));
    std::iter::once(official).chain(old).collect()
}

fn telecoms(person: &Identity) -> Vec<Object> {
    let phone = person
        .phone
        .as_ref()
        .map(|number| contact("phone", number, "home"));
    let email = person
        .email
        .as_ref()
        .map(|mail| contact("email", mail, "home"));
    phone.into_iter().chain(email).collect()
}

fn addresses(person: &Identity) -> Vec<Object> {
    let place = &person.place;
    let home = person.street.as_ref().map(|street| {
        let home = Object::new().with("use", "home").with("line", [street]);
        home.with("city", place.city)
            .with("state", place.state)
            .with("postalCode", place.zip)
            .with("country", "US")
    });
    home.into_iter().collect()
}

fn communication(language: &Demographic) -> Object {
    Object::new()
        .with("language", concept(language.coding()))
        .with("preferred", true)
}

/// The same address for a relative.
pub(crate) fn home(person: &Identity) -> Option<Object> {
    let place = &person.place;
    person
        .street
        .as_ref()
        .map(|street| address(street, place.city, place.state, place.zip))
}
