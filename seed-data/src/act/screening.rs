//! A screening: the questionnaire as it was answered, and its answers as Observations.

use std::collections::BTreeMap;

use crate::chart::Chart;
use crate::decimal::Decimal;
use crate::element::{Coding, concept, quantity, reference};
use crate::json::{Json, Object};
use crate::resource::encounter::Visit;
use crate::resource::observation::{Observed, Performer, topical};
use crate::table::survey::{Choice, Instrument, Question};

/// An answer to one question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reply {
    /// A LOINC answer of the question's list.
    Code(&'static str),
    Amount(i64),
    Text(&'static str),
}

/// An instrument (a key of `instruments.tsv`) with the answers by LOINC code of the question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screening {
    pub(crate) instrument: &'static str,
    pub(crate) replies: &'static [(&'static str, Reply)],
}

/// The replies of a screening, those that follow from the others included.
pub(crate) type Replies = BTreeMap<&'static str, Reply>;

impl Screening {
    /// All replies by LOINC code of the question.
    fn complete(&self, instrument: &'static Instrument) -> Replies {
        let mut replies: Replies = self.replies.iter().copied().collect();
        let scores: Vec<i64> = instrument
            .questions()
            .filter_map(|question| score(question, replies.get(question.loinc)?))
            .collect();
        for question in instrument.questions() {
            match question.derived {
                "sum" => {
                    replies.insert(question.loinc, Reply::Amount(scores.iter().sum()));
                }
                "any" => {
                    let positive = scores.iter().any(|score| *score > 0);
                    let code = if positive { "LA19952-3" } else { "LA19983-8" };
                    replies.insert(question.loinc, Reply::Code(code));
                }
                _ => {}
            }
        }
        replies
    }
}

fn score(question: &Question, reply: &Reply) -> Option<i64> {
    match reply {
        Reply::Code(code) => Some(Choice::named(question, code).score),
        _ => None,
    }
}

/// The coding of a chosen answer.
pub(crate) fn chosen(question: &Question, code: &str) -> Coding {
    let row = Choice::named(question, code);
    Coding::loinc(row.loinc_answer, row.display)
}

impl Chart {
    /// Writes the `QuestionnaireResponse`, an Observation for each answer and one for the whole instrument.
    pub(crate) fn run_screening(&mut self, visit: &Visit, screening: &Screening) -> String {
        let instrument = Instrument::of(screening.instrument);
        let replies = screening.complete(instrument);
        let form = self.write_questionnaire_response(visit, instrument, &replies);
        let mut answers = Vec::new();
        let mut derived = Vec::new();
        for question in instrument.questions() {
            let Some(reply) = replies.get(question.loinc) else {
                continue;
            };
            if question.derived.is_empty() {
                let sources = [reference(&form)];
                answers.push(self.write_reply(visit, instrument, question, *reply, &sources));
            } else {
                derived.push((question, *reply));
            }
        }
        for (question, reply) in derived {
            let sources: Vec<Object> = answers.iter().map(|link| reference(link)).collect();
            answers.push(self.write_reply(visit, instrument, question, reply, &sources));
        }
        self.write_panel(visit, instrument, &answers, &form);
        form
    }

    fn write_panel(
        &mut self,
        visit: &Visit,
        instrument: &'static Instrument,
        answers: &[String],
        form: &str,
    ) {
        let members: Vec<Object> = answers.iter().map(|link| reference(link)).collect();
        let name = instrument
            .key
            .trim_end_matches("-example")
            .to_ascii_lowercase();
        let code = concept(Coding::loinc(instrument.loinc, instrument.title));
        let observed =
            Observed::in_visit(visit, &name, topical("survey", instrument.category), code);
        self.write_observation(observed, |draft| {
            draft
                .with("hasMember", members)
                .with("derivedFrom", [reference(form)])
        });
    }

    /// Writes one answer, given by the patient, or worked out from others by the one who was seen.
    fn write_reply(
        &mut self,
        visit: &Visit,
        instrument: &'static Instrument,
        question: &'static Question,
        reply: Reply,
        sources: &[Object],
    ) -> String {
        let coding = Coding::loinc(question.loinc, question.display);
        let categories = topical("survey", instrument.category);
        let mut observed = Observed::in_visit(visit, question.loinc, categories, concept(coding));
        if question.derived.is_empty() {
            observed.performers = vec![Performer::Patient];
        }
        let (member, value): (&str, Box<dyn Json>) = match reply {
            Reply::Code(code) => (
                "valueCodeableConcept",
                Box::new(concept(chosen(question, code))),
            ),
            Reply::Amount(amount) => {
                let unit = question.ucum.trim_matches(['{', '}']);
                let amount = quantity(Decimal::whole(amount), unit, question.ucum);
                ("valueQuantity", Box::new(amount))
            }
            Reply::Text(text) => ("valueString", Box::new(text.to_owned())),
        };
        self.write_observation(observed, |draft| {
            draft
                .with(member, value.as_ref())
                .with("derivedFrom", sources)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_the_sum_of_the_answers() {
        let screening = Screening {
            instrument: "AUDIT-C",
            replies: &[
                ("68518-0", Reply::Code("LA18927-6")),
                ("68519-8", Reply::Code("LA15695-2")),
                ("68520-6", Reply::Code("LA18933-4")),
            ],
        };
        let replies = screening.complete(Instrument::of("AUDIT-C"));
        assert_eq!(replies["75626-2"], Reply::Amount(4));
    }

    #[test]
    fn one_positive_answer_means_at_risk_of_hunger() {
        let screening = |code| Screening {
            instrument: "hunger-vital-sign-example",
            replies: if code {
                &[("88122-7", Reply::Code("LA6729-3"))]
            } else {
                &[("88122-7", Reply::Code("LA28398-8"))]
            },
        };
        let risk = |screening: Screening| {
            screening.complete(Instrument::of("hunger-vital-sign-example"))["88124-3"]
        };
        assert_eq!(risk(screening(true)), Reply::Code("LA19952-3"));
        assert_eq!(risk(screening(false)), Reply::Code("LA19983-8"));
    }
}
