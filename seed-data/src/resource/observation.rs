//! Observation: results, vital signs, social history.

use crate::chart::{Chart, Lag};
use crate::draft::Draft;
use crate::element::{Coding, concept, named_reference, period, reference, term};
use crate::json::{Json, Object};
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::table::care::Practitioner;

/// What every observation has, before its value.
#[derive(Debug)]
pub(crate) struct Observed<'a> {
    /// The key within the patient, e.g. `o-20230411-sbp`.
    pub(crate) key: String,
    pub(crate) categories: Vec<Object>,
    pub(crate) code: Object,
    pub(crate) when: Moment,
    /// The start of the time the observation is about, when it is not one moment.
    pub(crate) since: Option<Moment>,
    pub(crate) lag: Lag,
    pub(crate) visit: Option<&'a Visit>,
    pub(crate) extension: Option<Object>,
    /// The order behind it.
    pub(crate) based_on: Option<&'a str>,
    pub(crate) performers: Vec<Performer>,
}

impl<'a> Observed<'a> {
    /// Something observed in a visit by the one who was seen.
    pub(crate) fn in_visit(
        visit: &'a Visit,
        name: &str,
        categories: Vec<Object>,
        code: Object,
    ) -> Self {
        Self {
            key: format!("o-{}-{name}", visit.start.date().format("%Y%m%d")),
            categories,
            code,
            when: visit.start.plus_minutes(6),
            since: None,
            lag: Lag::Visit,
            visit: Some(visit),
            extension: None,
            based_on: None,
            performers: vec![Performer::Practitioner(visit.practitioner)],
        }
    }
}

/// Who made an observation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Performer {
    Practitioner(&'static Practitioner),
    Laboratory,
    Patient,
}

impl Chart {
    /// The reference to a performer.
    pub(crate) fn performer(&self, performer: Performer) -> Object {
        match performer {
            Performer::Practitioner(person) => person.reference(),
            Performer::Laboratory => named_reference(
                "Organization/org-northline-laboratory",
                "Northline Laboratory",
            ),
            Performer::Patient => self.subject(),
        }
    }

    /// Writes an Observation; `rest` adds the value and what follows it.
    pub(crate) fn write_observation(
        &mut self,
        observed: Observed,
        rest: impl FnOnce(Draft) -> Draft,
    ) -> String {
        let draft = self.draft("Observation", &observed.key, observed.when, observed.lag);
        let issued = draft.recorded();
        let performers: Vec<Object> = observed
            .performers
            .iter()
            .map(|performer| self.performer(*performer))
            .collect();
        let moment = observed.since.is_none().then_some(observed.when);
        let span = observed
            .since
            .map(|since| period(since, Some(observed.when)));
        let draft = draft
            .with("extension", observed.extension.map(|own| [own]))
            .with("basedOn", observed.based_on.map(|link| [reference(link)]))
            .with("status", "final")
            .with("category", observed.categories)
            .with("code", observed.code)
            .with("subject", self.subject())
            .with(
                "encounter",
                observed.visit.map(|visit| reference(&visit.link)),
            )
            .with("effectiveDateTime", moment)
            .with("effectivePeriod", span)
            .with("issued", issued)
            .with("performer", performers);
        let draft = rest(draft);
        let draft = if observed.lag == Lag::Result {
            self.confirmed(draft)
        } else {
            draft
        };
        self.file(draft)
    }
}

/// A category of `observation-category`.
pub(crate) fn category(code: &'static str) -> Vec<Object> {
    vec![term("observation-category", code)]
}

/// The categories of an answer or screening about `topic`, a code of `us-core-category`; `kind` is the one of
/// `observation-category`. What is asked about circumstances carries the tag of US Core 5 as well.
pub(crate) fn topical(kind: &'static str, topic: &'static str) -> Vec<Object> {
    let mut categories = category(kind);
    if topic == "sdoh" {
        categories.push(term("us-core-tags", "sdoh"));
    }
    if !topic.is_empty() {
        categories.push(term("us-core-category", topic));
    }
    categories
}

/// The interpretation `code` of v3 `ObservationInterpretation`.
pub(crate) fn interpretation(code: &'static str) -> Option<[Object; 1]> {
    (!code.is_empty()).then(|| [concept(Coding::term("v3-ObservationInterpretation", code))])
}

/// A component with its code and value.
pub(crate) fn component(coding: Coding, value: impl Json) -> Object {
    Object::new()
        .with("code", concept(coding))
        .with("valueQuantity", value)
}

/// A component whose value is not known, and why.
pub(crate) fn absent_component(coding: Coding, reason: &'static str) -> Object {
    Object::new()
        .with("code", concept(coding))
        .with("dataAbsentReason", term("dar", reason))
}
