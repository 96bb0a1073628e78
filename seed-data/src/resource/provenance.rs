//! Provenance: who wrote what, and who passed it on.

use crate::chart::Chart;
use crate::element::reference;
use crate::identifier;
use crate::json::Object;
use crate::record::Draft;
use crate::resource::encounter::provider_of;
use crate::table::care::{Care, Practitioner};

/// The most resources one Provenance names.
const MOST_TARGETS: usize = 50;

impl Chart {
    /// Signs everything filed since the last signature, as work of `author`.
    pub(crate) fn sign(&mut self, key: &str, author: &'static Practitioner) {
        let unsigned = self.take_unsigned();
        for (ordinal, batch) in unsigned.chunks(MOST_TARGETS).enumerate() {
            let Some(recorded) = batch.iter().map(|(_, recorded)| *recorded).max() else {
                continue;
            };
            let targets: Vec<Object> = batch.iter().map(|(link, _)| reference(link)).collect();
            let id = identifier::owned(&self.identity.id, &format!("prov-{key}-{ordinal}"));
            let draft = Draft::new("Provenance", id, recorded)
                .with("target", targets)
                .with("recorded", recorded)
                .with(
                    "activity",
                    Care::named("provenance-activity", "create").concept(),
                )
                .with("agent", agents(author));
            self.file(draft);
        }
    }
}

fn agents(author: &'static Practitioner) -> [Object; 2] {
    let kind =
        |key: &str| Object::new().with("type", Care::named("provenance-agent", key).concept());
    [
        kind("author")
            .with("who", author.reference())
            .with("onBehalfOf", provider_of(author)),
        kind("transmitter")
            .with("who", provider_of(author))
            .with("onBehalfOf", provider_of(author)),
    ]
}
