//! Social history: smoking and alcohol.

use crate::chart::{Chart, Lag};
use crate::decimal::Decimal;
use crate::element::{Coding, concept, quantity};
use crate::resource::encounter::Visit;
use crate::resource::observation::{Observed, Performer};
use crate::table::clinical::{SOCIAL_HISTORY, SocialHistory};

impl Chart {
    /// Writes the answer with SNOMED CT code `answer` to a concept of `social.tsv`, as told in `visit`.
    pub(crate) fn record_answer(&mut self, visit: &Visit, question: &str, answer: &str) {
        let row = SOCIAL_HISTORY
            .iter()
            .find(|row| row.concept == question && row.value == answer);
        if let Some(row) = row {
            let observed = Self::observed_answer(visit, row);
            let value = concept(Coding::new(row.value_system, row.value, row.value_display));
            self.write_observation(observed, |draft| draft.with("valueCodeableConcept", value));
        }
    }

    /// Writes pack-years: packs a day × years smoked, as of the visit.
    pub(crate) fn record_pack_years(&mut self, visit: &Visit, pack_years: Decimal) {
        let row = SocialHistory::of("pack-years");
        let observed = Self::observed_answer(visit, row);
        let value = quantity(pack_years, "pack-years", row.ucum);
        self.write_observation(observed, |draft| draft.with("valueQuantity", value));
    }

    fn observed_answer<'v>(visit: &'v Visit, row: &SocialHistory) -> Observed<'v> {
        Observed {
            key: format!("o-{}-{}", visit.start.date().format("%Y%m%d"), row.concept),
            category: "social-history",
            code: concept(Coding::new(row.code_system, row.code, row.display)),
            when: visit.start.plus_minutes(6),
            lag: Lag::Visit,
            visit: Some(visit),
            based_on: None,
            performer: Performer::Practitioner(visit.practitioner),
        }
    }
}
