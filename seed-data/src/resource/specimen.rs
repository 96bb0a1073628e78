//! Specimen: what a test was made on.

use crate::chart::{Chart, Lag};
use crate::element::{Coding, body_site, concept, identifier, reference, term, typed_identifier};
use crate::json::Object;
use crate::moment::Moment;
use crate::table::care::Practitioner;
use crate::table::clinical::SpecimenType;

/// How a kind of specimen is kept until it is tested.
fn kept(kind: &str) -> &'static str {
    match kind {
        "urine" | "stool" => "COOL",
        _ => "ROOM",
    }
}

impl Chart {
    /// Writes a Specimen of a key of `specimens.tsv`, taken by `collector` for the order at `request`.
    pub(crate) fn write_specimen(
        &mut self,
        (key, kind): (&str, &str),
        taken: Moment,
        request: &str,
        collector: &'static Practitioner,
    ) -> String {
        let row = SpecimenType::of(kind);
        let draft = self.draft("Specimen", &format!("s-{key}-{kind}"), taken, Lag::Visit);
        let number = draft.id().to_owned();
        let collection = Object::new()
            .with("collector", collector.reference())
            .with("collectedDateTime", taken)
            .with("bodySite", body_site(row.body_site));
        let accession =
            typed_identifier("ACSN", "https://example.org/northline/accession", &number);
        let draft = draft
            .with(
                "identifier",
                [identifier(
                    "https://example.org/northline/specimen",
                    &number,
                )],
            )
            .with("accessionIdentifier", accession)
            .with("status", "available")
            .with("type", concept(Coding::snomed(row.snomed, row.display)))
            .with("subject", self.subject())
            .with("receivedTime", taken.plus_minutes(90))
            .with("request", [reference(request)])
            .with("collection", collection)
            .with("condition", [term("v2-0493", kept(kind))]);
        self.file(draft)
    }
}
