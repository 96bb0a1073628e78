//! Questionnaire: the screening instruments, with the names that LOINC gives their questions.

use super::Builder;
use crate::element::Coding;
use crate::json::Object;
use crate::record::Seed;
use crate::table::survey::{CHOICES, INSTRUMENTS, Instrument, Question};

/// The short name of an instrument in ids: `audit-c`.
pub(crate) fn slug(instrument: &Instrument) -> String {
    instrument
        .key
        .trim_end_matches("-example")
        .to_ascii_lowercase()
}

/// The canonical address of an instrument.
pub(crate) fn url(instrument: &Instrument) -> String {
    format!("https://example.org/Questionnaire/q-{}", slug(instrument))
}

impl Builder {
    pub(super) fn questionnaires(&self) -> impl Iterator<Item = Seed> {
        INSTRUMENTS.iter().map(|row| self.questionnaire(row))
    }

    fn questionnaire(&self, row: &'static Instrument) -> Seed {
        let name: String = slug(row)
            .split('-')
            .map(|word| word[..1].to_ascii_uppercase() + &word[1..])
            .collect();
        self.draft("Questionnaire", format!("q-{}", slug(row)))
            .with("url", url(row))
            .with("name", name)
            .with("title", row.title)
            .with("status", "active")
            .with("subjectType", ["Patient"])
            .with("code", [Coding::loinc(row.loinc, row.title)])
            .with("item", items(row, ""))
            .seed()
    }
}

fn items(instrument: &'static Instrument, parent: &str) -> Vec<Object> {
    instrument
        .questions()
        .filter(|question| question.parent_link_id == parent)
        .map(|question| item(instrument, question))
        .collect()
}

fn item(instrument: &'static Instrument, question: &'static Question) -> Object {
    let options: Vec<Object> = CHOICES
        .iter()
        .filter(|row| row.answer_list == question.answer_list)
        .map(|row| {
            let coding = Coding::loinc(row.loinc_answer, row.display);
            Object::new().with("valueCoding", coding)
        })
        .collect();
    let options = if question.answer_list.is_empty() {
        Vec::new()
    } else {
        options
    };
    Object::new()
        .with("linkId", question.link_id)
        .with("code", [Coding::loinc(question.loinc, question.display)])
        .with("text", question.display)
        .with("type", question.r#type)
        .with("readOnly", (!question.derived.is_empty()).then_some(true))
        .with("answerOption", options)
        .with("item", items(instrument, question.link_id))
}
