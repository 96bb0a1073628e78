//! Patient: who the record is about.

use chrono::NaiveDate;

use crate::chart::Chart;
use crate::element::{
    Coding, absent, address, concept, contact, named_reference, period, reference, typed_identifier,
};
use crate::json::Object;
use crate::moment::{self, Moment};
use crate::person::Identity;
use crate::resource::patient_extension::extensions;
use crate::table::people::{Demographic, Place};
use crate::world;

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
            .told(&known_name(person))
            .with("extension", extensions(person, self.us_core))
            .with(
                "identifier",
                [number.with(
                    "assigner",
                    Object::new().with("display", "Cedar Ridge Health System"),
                )],
            )
            .with("active", person.particulars.replaced_by.is_none())
            .with("name", names(person, moment::days(person.birth, 9_500)))
            .with("telecom", telecoms(person))
            .with(
                "gender",
                person.particulars.gender.unwrap_or(person.sex.gender()),
            )
            .with("birthDate", birth_date(person))
            .with("deceasedDateTime", deceased)
            .with("address", addresses(person))
            .with(
                "maritalStatus",
                person.marital.map(|row| concept(row.coding())),
            )
            .with("communication", communications(person))
            .with("generalPractitioner", [self.site.primary.reference()])
            .with(
                "managingOrganization",
                named_reference(&world::organization(clinic.organization), clinic.name),
            )
            .with("link", links(person));
        self.file(draft)
    }
}

/// The name as far as it is known.
fn known_name(person: &Identity) -> String {
    if person.particulars.is_partly_unknown {
        person.given.join(" ")
    } else {
        person.full_name()
    }
}

/// The official name and the one before marriage.
fn names(person: &Identity, married: NaiveDate) -> Vec<Object> {
    let name = |usage: &str| Object::new().with("use", usage);
    let given = person.given.join(" ");
    let official = if person.particulars.is_partly_unknown {
        name("official")
            .with("_family", absent("unknown"))
            .with("given", &person.given)
    } else {
        name("official")
            .with("text", format!("{given} {}", person.family))
            .with("family", &person.family)
            .with("given", &person.given)
            .with("suffix", person.suffix.map(|text| [text]))
    };
    let old = person.previous_family.as_ref().map(|family| {
        name("old")
            .with("text", format!("{given} {family}"))
            .with("family", family)
            .with("given", &person.given)
            .with(
                "suffix",
                person.particulars.previous_suffix.map(|text| [text]),
            )
            .with("period", period(person.birth, Some(married)))
    });
    std::iter::once(official).chain(old).collect()
}

fn telecoms(person: &Identity) -> Vec<Object> {
    if person.particulars.is_partly_unknown {
        let phone = Object::new().with("system", "phone");
        return vec![phone.with("_value", absent("asked-unknown"))];
    }
    let phone = person
        .phone
        .as_ref()
        .map(|number| contact("phone", number, "home"));
    let email = person
        .email
        .as_ref()
        .map(|mail| contact("email", mail, "home"));
    let work = person.particulars.has_unknown_phone.then(|| {
        let phone = Object::new().with("system", "phone");
        phone.with("_value", absent("unknown")).with("use", "work")
    });
    phone.into_iter().chain(email).chain(work).collect()
}

/// The home and the one before it.
fn addresses(person: &Identity) -> Vec<Object> {
    let at = |usage: &str, street: &str, place: &Place| {
        Object::new()
            .with("use", usage)
            .with("line", [street])
            .with("city", place.city)
            .with("state", place.state)
            .with("postalCode", place.zip)
            .with("country", "US")
    };
    let home = person
        .street
        .as_ref()
        .map(|street| at("home", street, &person.place));
    let old = person
        .particulars
        .previous_home
        .as_ref()
        .map(|(street, place, end)| {
            at("old", street, place).with("period", period(person.birth, Some(*end)))
        });
    home.into_iter().chain(old).collect()
}

fn communications(person: &Identity) -> Vec<Object> {
    let spoken =
        |language: &Demographic| Object::new().with("language", concept(language.coding()));
    std::iter::once(spoken(person.language).with("preferred", true))
        .chain(
            person
                .particulars
                .other_languages
                .iter()
                .map(|row| spoken(row)),
        )
        .collect()
}

/// The day of birth, or its month when no more is known.
fn birth_date(person: &Identity) -> String {
    let form = if person.particulars.is_partly_unknown {
        "%Y-%m"
    } else {
        "%Y-%m-%d"
    };
    person.birth.format(form).to_string()
}

/// The records that this one replaces or is replaced by.
fn links(person: &Identity) -> Vec<Object> {
    let link = |id: Option<&str>, kind: &str| {
        id.map(|id| {
            Object::new()
                .with("other", reference(&format!("Patient/{id}")))
                .with("type", kind)
        })
    };
    let particulars = &person.particulars;
    [
        link(particulars.replaced_by, "replaced-by"),
        link(particulars.replaces, "replaces"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The same address for a relative.
pub(crate) fn home(person: &Identity) -> Option<Object> {
    let place = &person.place;
    person
        .street
        .as_ref()
        .map(|street| address(street, place.city, place.state, place.zip))
}
