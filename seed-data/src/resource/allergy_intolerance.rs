//! `AllergyIntolerance`: a known allergy, or that none is known.

use chrono::NaiveDate;

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, route, term};
use crate::json::Object;
use crate::moment::Moment;
use crate::table::clinical::{Allergen, Reaction};

impl Chart {
    /// Writes an `AllergyIntolerance` for a key of `allergies.tsv`; `onset` is left out when no allergy is known.
    pub(crate) fn write_allergy(
        &mut self,
        key: &str,
        onset: Option<NaiveDate>,
        recorded: Moment,
    ) -> String {
        let row = Allergen::of(key);
        let draft = self.draft(
            "AllergyIntolerance",
            &format!("a-{key}"),
            recorded,
            Lag::Visit,
        );
        let category = (row.category != "none").then_some([row.category]);
        let draft = draft
            .with(
                "clinicalStatus",
                term("allergyintolerance-clinical", "active"),
            )
            .with(
                "verificationStatus",
                term("allergyintolerance-verification", "confirmed"),
            )
            .with("type", row.r#type)
            .with("category", category)
            .with("criticality", row.criticality)
            .with(
                "code",
                concept(Coding::new(row.system, row.code, row.display)),
            )
            .with("patient", self.subject())
            .with("onsetDateTime", onset)
            .with("recordedDate", recorded)
            .with("recorder", self.site.primary.reference())
            .with("reaction", reaction(row).map(|reaction| [reaction]));
        self.file(draft)
    }
}

fn reaction(row: &Allergen) -> Option<Object> {
    let manifestations: Vec<Object> = row
        .reaction
        .split(',')
        .filter(|key| !key.is_empty())
        .map(Reaction::of)
        .map(|reaction| concept(Coding::snomed(reaction.snomed, reaction.display)))
        .collect();
    (!manifestations.is_empty()).then(|| {
        Object::new()
            .with("manifestation", manifestations)
            .with("severity", row.severity)
            .with("exposureRoute", route(row.exposure_route))
    })
}
