//! Provenance: who wrote what, and who passed it on.

use chrono::{DateTime, Utc};

use crate::chart::Chart;
use crate::draft::Draft;
use crate::element::reference;
use crate::identifier;
use crate::json::Object;
use crate::resource::encounter::provider_of;
use crate::table::care::{Care, Organization, Practitioner};

/// The most resources one Provenance names.
const MOST_TARGETS: usize = 50;

impl Chart {
    /// Signs everything filed since the last signature, as work of `author`.
    pub(crate) fn sign(&mut self, key: &str, author: &'static Practitioner) {
        let unsigned = self.take_unsigned();
        self.sign_all(
            (key, &author.full_name()),
            &unsigned,
            &agents(author.reference(), &provider_of(author)),
        );
    }

    /// Signs what is about payment, as work of the organization of the patient's practitioner.
    pub(crate) fn sign_claims(&mut self) {
        let organization = provider_of(self.site.primary);
        let name = Organization::of(self.site.primary.organization).name;
        let unsigned = self.take_unsigned_claims();
        self.sign_all(
            ("claims", name),
            &unsigned,
            &agents(organization.clone(), &organization),
        );
    }

    fn sign_all(
        &mut self,
        (key, author): (&str, &str),
        unsigned: &[(String, DateTime<Utc>)],
        agents: &[Object; 2],
    ) {
        for (ordinal, batch) in unsigned.chunks(MOST_TARGETS).enumerate() {
            let Some(recorded) = batch.iter().map(|(_, recorded)| *recorded).max() else {
                continue;
            };
            let targets: Vec<Object> = batch.iter().map(|(link, _)| reference(link)).collect();
            let id = identifier::owned(&self.identity.id, &format!("prov-{key}-{ordinal}"));
            let draft = Draft::new("Provenance", id, recorded)
                .told(&format!("Written by {author}, {}.", recorded.date_naive()))
                .with("target", targets)
                .with("recorded", recorded)
                .with(
                    "activity",
                    Care::named("provenance-activity", "create").concept(),
                )
                .with("agent", agents);
            self.file(draft);
        }
    }
}

/// The author, and the organization that passes the record on.
fn agents(author: Object, organization: &Object) -> [Object; 2] {
    let kind =
        |key: &str| Object::new().with("type", Care::named("provenance-agent", key).concept());
    [
        kind("author")
            .with("who", author)
            .with("onBehalfOf", organization),
        kind("transmitter")
            .with("who", organization)
            .with("onBehalfOf", organization),
    ]
}
