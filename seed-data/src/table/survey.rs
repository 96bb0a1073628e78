//! Screening instruments: their questions and the answers to choose from.

use super::table;

table!(
    /// A question of an instrument, below `parent_link_id` when it has one. A question with `derived` is not asked but
    /// worked out of the answers: `sum` of their scores, or `any` of them positive.
    Question, QUESTIONS, "survey.tsv", instrument: &'static str, panel_loinc: &'static str, link_id: &'static str,
    parent_link_id: &'static str, loinc: &'static str, display: &'static str, r#type: &'static str,
    answer_list: &'static str, ucum: &'static str, derived: &'static str
);

table!(
    /// An answer of a list, with its score where the instrument has scores.
    Choice, CHOICES, "survey-answers.tsv", answer_list: &'static str, loinc_answer: &'static str,
    display: &'static str, score: i64
);

impl Choice {
    /// The answer `code` of the list of a question.
    pub(crate) fn named(question: &Question, code: &str) -> &'static Self {
        super::row(&CHOICES, "survey-answers.tsv", code, |row| {
            row.answer_list == question.answer_list && row.loinc_answer == code
        })
    }
}

table!(
    /// An instrument: its panel code and name, and what it is about (a code of `us-core-category`, or none).
    Instrument, INSTRUMENTS, "instruments.tsv", key: &'static str, loinc: &'static str, title: &'static str,
    category: &'static str
);

impl Instrument {
    /// The questions in order.
    pub(crate) fn questions(&'static self) -> impl Iterator<Item = &'static Question> {
        QUESTIONS.iter().filter(|row| row.instrument == self.key)
    }
}
