//! A summary of the record as a FHIR document: Composition, and the Bundle with all that it names.

use crate::chart::{Chart, Lag};
use crate::config::EXAMPLE_BASE;
use crate::draft::Draft;
use crate::element::{Coding, concept, identifier, narrative, reference};
use crate::json::{Json, Object};
use crate::record::Seed;
use crate::resource::encounter::{Visit, provider_of};
use crate::table::care::Care;
use crate::world;

/// The sections: title, the type of what is in it, and what that must say.
const SECTIONS: [(&str, &str, &str); 4] = [
    ("Allergies", "AllergyIntolerance", ""),
    ("Problems", "Condition", "\"problem-list-item\""),
    ("Medications", "MedicationRequest", "\"status\":\"active\""),
    ("Immunizations", "Immunization", "\"status\":\"completed\""),
];

/// A resource as it stands in a document.
struct Verbatim<'a>(&'a str);

impl Json for Verbatim<'_> {
    fn write(&self, out: &mut String) {
        out.push_str(self.0);
    }
}

impl Chart {
    /// Writes the summary of what is on record at the end of `visit`.
    pub(crate) fn write_summary(&mut self, visit: &Visit) {
        let when = visit.end.plus_minutes(5);
        let draft = self.draft("Composition", "composition-summary", when, Lag::Visit);
        let sections: Vec<Object> = SECTIONS
            .iter()
            .map(|section| self.section(section))
            .collect();
        let draft = draft
            .with("status", "final")
            .with(
                "type",
                concept(Coding::new("loinc", "34133-9", "Summary of episode note")),
            )
            .with("subject", self.subject())
            .with("date", when)
            .with("author", [visit.practitioner.reference()])
            .with("title", "Summary of the record")
            .with("confidentiality", "N")
            .with("custodian", provider_of(visit.practitioner))
            .with("section", sections);
        let composition = draft.clone().seed();
        self.file(draft);
        self.write_document_bundle(visit, &composition);
    }

    fn section(&self, (title, kind, wanted): &(&'static str, &'static str, &str)) -> Object {
        let entries: Vec<Object> = self
            .entries(kind, wanted)
            .map(|seed| reference(&address(seed)))
            .collect();
        let words = match entries.len() {
            0 => format!("{title}: nothing on record."),
            1 => format!("{title}: 1 entry."),
            count => format!("{title}: {count} entries."),
        };
        Object::new()
            .with("title", *title)
            .with("code", Care::named("section", kind).concept())
            .with("text", narrative(&words))
            .with("entry", entries)
    }

    fn entries<'a>(&'a self, kind: &'a str, wanted: &'a str) -> impl Iterator<Item = &'a Seed> {
        self.filed()
            .iter()
            .filter(move |seed| seed.resource_type == kind && seed.json.contains(wanted))
    }

    fn write_document_bundle(&mut self, visit: &Visit, composition: &Seed) {
        let author = world::person(self.as_of, visit.practitioner);
        let house = world::house(self.as_of, visit.practitioner.organization);
        let patient = self.entries("Patient", "");
        let parts = SECTIONS
            .iter()
            .flat_map(|(_, kind, wanted)| self.entries(kind, wanted));
        let entries: Vec<Object> = std::iter::once(composition)
            .chain(patient)
            .chain([&author, &house])
            .chain(parts)
            .map(|seed| {
                Object::new()
                    .with("fullUrl", format!("{EXAMPLE_BASE}/{}", address(seed)))
                    .with("resource", Verbatim(&seed.json))
            })
            .collect();
        let when = visit.end.plus_minutes(6);
        let draft: Draft = self.draft("Bundle", "document-summary", when, Lag::Visit);
        let number = draft.id().to_owned();
        let made = draft.recorded();
        let draft = draft
            .with(
                "identifier",
                identifier("https://example.org/document", &number),
            )
            .with("type", "document")
            .with("timestamp", made)
            .with("entry", entries);
        self.file(draft);
    }
}

fn address(seed: &Seed) -> String {
    format!("{}/{}", seed.resource_type, seed.id)
}
