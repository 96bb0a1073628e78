//! The extensions of US Core on Patient: race, ethnicity, sex, gender, tribe, interpreter.

use crate::config::UsCore;
use crate::element::{Coding, concept};
use crate::json::Object;
use crate::person::{Identity, Sex};
use crate::table::people::Demographic;

const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";
const PRONOUNS: &str = "http://hl7.org/fhir/StructureDefinition/individual-pronouns";

fn extension(name: &str) -> Object {
    Object::new().with("url", format!("{US_CORE}{name}"))
}

/// A part of an extension.
fn part(url: &str) -> Object {
    Object::new().with("url", url)
}

/// All extensions of a person; a fact that was not recorded has none.
pub(super) fn extensions(person: &Identity, us_core: UsCore) -> Vec<Object> {
    let more = &person.particulars;
    let races = (!person.races.is_empty())
        .then(|| group("us-core-race", &person.races, &more.detailed_races));
    let detailed: Vec<&Demographic> = more.detailed_ethnicity.into_iter().collect();
    let ethnicity = person
        .ethnicity
        .map(|row| group("us-core-ethnicity", &[row], &detailed));
    let always = [
        extension("us-core-birthsex").with("valueCode", person.sex.letter()),
        sex(person.sex, us_core),
    ];
    [races, ethnicity]
        .into_iter()
        .flatten()
        .chain(always)
        .chain(particular(person))
        .collect()
}

/// The sex, a code up to US Core 7.0.0 and a coding from 8.0.0 on.
fn sex(sex: Sex, us_core: UsCore) -> Object {
    let (code, display) = match sex {
        Sex::Female => ("248152002", "Female (finding)"),
        Sex::Male => ("248153007", "Male (finding)"),
    };
    if us_core < UsCore::V8_0_0 {
        extension("us-core-sex").with("valueCode", code)
    } else {
        extension("us-core-sex").with("valueCoding", Coding::snomed(code, display))
    }
}

/// What few records hold.
fn particular(person: &Identity) -> impl Iterator<Item = Object> {
    let more = &person.particulars;
    let gender = more.gender_identity.map(|row| {
        extension("us-core-genderIdentity").with("valueCodeableConcept", concept(row.coding()))
    });
    let interpreter = more.needs_interpreter.then(|| {
        let yes = Coding::snomed(
            "373066001",
            Demographic::named("interpreter", "373066001").display,
        );
        extension("us-core-interpreter-needed").with("valueCoding", yes)
    });
    [
        gender,
        more.pronouns.map(pronouns),
        more.tribe.map(tribe),
        interpreter,
    ]
    .into_iter()
    .flatten()
}

fn pronouns(row: &Demographic) -> Object {
    let value = part("value").with("valueCodeableConcept", concept(row.coding()));
    Object::new()
        .with("extension", [value])
        .with("url", PRONOUNS)
}

fn tribe(row: &Demographic) -> Object {
    let affiliation = part("tribalAffiliation").with("valueCodeableConcept", concept(row.coding()));
    let enrolled = part("isEnrolled").with("valueBoolean", true);
    Object::new()
        .with("extension", [affiliation, enrolled])
        .with("url", format!("{US_CORE}us-core-tribal-affiliation"))
}

/// A complex extension of OMB categories with their text. An ethnicity that is not known has a text only:
/// its value set has no such code.
fn group(name: &str, rows: &[&'static Demographic], detailed: &[&'static Demographic]) -> Object {
    let known = |row: &&&Demographic| row.system == "cdcrec" || name == "us-core-race";
    let text = rows
        .iter()
        .chain(detailed)
        .map(|row| row.display)
        .collect::<Vec<_>>()
        .join(", ");
    let coded = |url: &'static str| {
        move |row: &&'static Demographic| part(url).with("valueCoding", row.coding())
    };
    let parts: Vec<Object> = rows
        .iter()
        .filter(known)
        .map(coded("ombCategory"))
        .chain(detailed.iter().map(coded("detailed")))
        .chain([part("text").with("valueString", text)])
        .collect();
    Object::new()
        .with("extension", parts)
        .with("url", format!("{US_CORE}{name}"))
}
