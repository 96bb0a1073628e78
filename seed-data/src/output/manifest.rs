//! `manifest.json`: what a folder holds, and who may use it.

use std::fs;
use std::path::Path;

use super::{Summary, WriteError};
use crate::json::Object;
use crate::named;
use crate::person::{Person, Relationship};
use crate::population::Population;
use crate::table::term;
use crate::world::group;

/// Where the owners of code systems say under which terms their codes are used.
const NOTICES: &str = "see NOTICE.md of the project";

/// Writes the manifest of a population.
pub(super) fn write(
    population: &Population,
    summary: &Summary,
    out: &Path,
) -> Result<(), WriteError> {
    let config = population.config();
    let resources = summary
        .resources
        .iter()
        .fold(Object::new(), |object, (kind, count)| {
            object.with(kind, u32::try_from(*count).unwrap_or(u32::MAX))
        });
    let persons: Vec<Object> = named::persons_as_of(config.as_of)
        .iter()
        .map(person)
        .collect();
    let files: Vec<Object> = summary
        .files
        .iter()
        .map(|(name, digest)| Object::new().with("name", name).with("sha256", digest))
        .collect();
    let groups: Vec<Object> = group::all(config)
        .into_iter()
        .map(|(id, name)| {
            Object::new()
                .with("group", format!("Group/{id}"))
                .with("name", name)
        })
        .collect();
    let systems: Vec<&str> = term::systems().collect();
    let manifest = Object::new()
        .with("program", concat!("seed-data ", env!("CARGO_PKG_VERSION")))
        .with("seed", config.seed.to_string())
        .with("asOf", config.as_of)
        .with("patients", config.patients.to_string())
        .with("usCore", config.us_core.version())
        .with("resources", resources)
        .with("files", files)
        .with("persons", persons)
        .with("groups", groups)
        .with("codeSystems", systems)
        .with("notices", NOTICES);
    let path = out.join("manifest.json");
    fs::write(&path, manifest.finish() + "\n").map_err(WriteError::at(&path))
}

fn person(person: &Person) -> Object {
    let patients: Vec<Object> = person
        .patients
        .iter()
        .map(|choice| {
            let role = match choice.relationship {
                Relationship::SelfPatient => "self",
                Relationship::Represented => "represented",
            };
            Object::new()
                .with("patient", format!("Patient/{}", choice.patient))
                .with("name", &choice.name)
                .with("relationship", role)
        })
        .collect();
    Object::new()
        .with("username", &person.username)
        .with("name", &person.name)
        .with("fhirUser", &person.fhir_user)
        .with("patients", patients)
}
