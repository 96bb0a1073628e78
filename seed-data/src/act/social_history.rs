//! Social history and what else a patient tells: habits, pregnancy, work, abilities, wishes.

use crate::chart::Chart;
use crate::decimal::Decimal;
use crate::element::{Coding, concept, quantity, text_only};
use crate::json::{Json, Object};
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::resource::observation::{Observed, category, topical};
use crate::table::clinical::{SOCIAL_HISTORY, SocialHistory};

/// What a patient says about a concept of `social.tsv`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Said {
    /// A code of the table.
    Code(&'static str),
    /// An answer that no code fits.
    Words(&'static str),
    /// Free text.
    Text(&'static str),
    Yes(bool),
}

impl SocialHistory {
    fn coding(&self) -> Coding {
        Coding::new(self.code_system, self.code, self.display)
    }

    fn value(&self) -> Object {
        concept(Coding::new(
            self.value_system,
            self.value,
            self.value_display,
        ))
    }

    fn categories(&self) -> Vec<Object> {
        match self.category {
            "social-history" => category("social-history"),
            topic => topical("social-history", topic),
        }
    }
}

/// The row of a concept with this value.
fn answer(concept: &str, value: &str) -> &'static SocialHistory {
    crate::table::row(&SOCIAL_HISTORY, "social.tsv", value, |row| {
        row.concept == concept && row.value == value
    })
}

impl Chart {
    /// Writes what the patient said about a concept of `social.tsv`; `derived_from` is where it was said.
    pub(crate) fn record_said(
        &mut self,
        visit: &Visit,
        about: &str,
        said: Said,
        derived_from: Option<Object>,
    ) -> String {
        let row = match said {
            Said::Code(code) => answer(about, code),
            _ => SocialHistory::of(about),
        };
        let (member, value): (&str, Box<dyn Json>) = match said {
            Said::Code(_) => ("valueCodeableConcept", Box::new(row.value())),
            Said::Words(words) => ("valueCodeableConcept", Box::new(text_only(words))),
            Said::Text(text) => ("valueString", Box::new(text.to_owned())),
            Said::Yes(yes) => ("valueBoolean", Box::new(yes)),
        };
        let observed = observed(visit, row);
        self.write_observation(observed, |draft| {
            draft
                .with(member, value.as_ref())
                .with("derivedFrom", derived_from.map(|source| [source]))
        })
    }

    /// Writes the answer with SNOMED CT code `answer` to a concept of `social.tsv`, as told in `visit`.
    pub(crate) fn record_answer(&mut self, visit: &Visit, question: &str, answer: &'static str) {
        self.record_said(visit, question, Said::Code(answer), None);
    }

    /// Writes an amount of a concept of `social.tsv`, e.g. pack-years as of the visit.
    pub(crate) fn record_amount(&mut self, visit: &Visit, about: &str, amount: Decimal) {
        let row = SocialHistory::of(about);
        let value = quantity(amount, crate::element::plain_unit(row.ucum), row.ucum);
        self.write_observation(observed(visit, row), |draft| {
            draft.with("valueQuantity", value)
        });
    }

    /// Writes the patient's work since `since`, with its industry; a patient who does not work says why not.
    pub(crate) fn record_occupation(&mut self, visit: &Visit, since: Moment) {
        let occupation = SocialHistory::of("occupation");
        let industry = SocialHistory::of("occupation-industry");
        let observed = Observed {
            since: Some(since),
            ..observed(visit, occupation)
        };
        let component = Object::new()
            .with("code", concept(industry.coding()))
            .with("valueCodeableConcept", industry.value());
        self.write_observation(observed, |draft| {
            draft
                .with("valueCodeableConcept", occupation.value())
                .with("component", [component])
        });
    }
}

fn observed<'v>(visit: &'v Visit, row: &SocialHistory) -> Observed<'v> {
    Observed::in_visit(visit, row.concept, row.categories(), concept(row.coding()))
}
