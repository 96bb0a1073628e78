//! `QuestionnaireResponse`: a questionnaire as it was answered.

use crate::act::screening::{Replies, Reply, chosen};
use crate::chart::{Chart, Lag};
use crate::decimal::Decimal;
use crate::element::{Coding, identifier, reference};
use crate::json::Object;
use crate::resource::encounter::Visit;
use crate::table::survey::{Instrument, Question};
use crate::world;

impl Chart {
    /// Writes the answers to an instrument, given by the patient in `visit`.
    pub(crate) fn write_questionnaire_response(
        &mut self,
        visit: &Visit,
        instrument: &'static Instrument,
        replies: &Replies,
    ) -> String {
        let slug = world::questionnaire::slug(instrument);
        let key = format!("qr-{}-{slug}", visit.start.date().format("%Y%m%d"));
        let authored = visit.start.plus_minutes(5);
        let mut draft = self.draft("QuestionnaireResponse", &key, authored, Lag::Visit);
        if instrument.category == "sdoh" {
            draft = draft.tagged(Coding::term("us-core-tags", "sdoh"));
        }
        let own = identifier(
            "https://example.org/cedar-ridge/questionnaire-response",
            draft.id(),
        );
        let draft = draft
            .with("identifier", own)
            .with("questionnaire", world::questionnaire::url(instrument))
            .with("_questionnaire", described(instrument))
            .with("status", "completed")
            .with("subject", self.subject())
            .with("encounter", reference(&visit.link))
            .with("authored", authored)
            .with("author", visit.practitioner.reference())
            .with("source", self.subject())
            .with("item", items(instrument, "", replies));
        self.file(draft)
    }
}

/// The name of the questionnaire, and where its original is described.
fn described(instrument: &Instrument) -> Object {
    let display = Object::new()
        .with("url", "http://hl7.org/fhir/StructureDefinition/display")
        .with("valueString", instrument.title);
    let original = Object::new()
        .with(
            "url",
            "http://hl7.org/fhir/us/core/StructureDefinition/us-core-extension-questionnaire-uri",
        )
        .with(
            "valueUri",
            format!("http://loinc.org/q/{}", instrument.loinc),
        );
    Object::new().with("extension", [display, original])
}

/// The items below `parent` that were answered, or that hold such items.
fn items(instrument: &'static Instrument, parent: &str, replies: &Replies) -> Vec<Object> {
    instrument
        .questions()
        .filter(|question| question.parent_link_id == parent)
        .filter_map(|question| item(instrument, question, replies))
        .collect()
}

fn item(
    instrument: &'static Instrument,
    question: &'static Question,
    replies: &Replies,
) -> Option<Object> {
    let inner = items(instrument, question.link_id, replies);
    let item = Object::new()
        .with("linkId", question.link_id)
        .with("text", question.display);
    if question.r#type == "group" {
        return (!inner.is_empty()).then(|| item.with("item", inner));
    }
    let reply = replies.get(question.loinc)?;
    Some(item.with("answer", [answer(question, *reply).with("item", inner)]))
}

fn answer(question: &Question, reply: Reply) -> Object {
    let answer = Object::new();
    match reply {
        Reply::Code(code) => answer.with("valueCoding", chosen(question, code)),
        Reply::Amount(amount) if question.r#type == "integer" => {
            answer.with("valueInteger", Decimal::whole(amount))
        }
        Reply::Amount(amount) => answer.with("valueDecimal", Decimal::whole(amount)),
        Reply::Text(text) => answer.with("valueString", text),
    }
}
