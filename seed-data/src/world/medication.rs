//! Medication: one per drug of the table, so that references and includes have targets.

use super::Builder;
use crate::element::{Coding, concept, text_only};
use crate::record::Seed;
use crate::table::clinical::MEDICATIONS;

impl Builder {
    pub(super) fn medications(&self) -> impl Iterator<Item = Seed> {
        MEDICATIONS.iter().map(|row| {
            self.draft("Medication", format!("med-{}", row.rxnorm))
                .with(
                    "code",
                    concept(Coding::new("rxnorm", row.rxnorm, row.display)),
                )
                .with("status", "active")
                .with("form", text_only(row.form))
                .seed()
        })
    }
}
