//! Observation: results, vital signs, social history.

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, named_reference, reference, term};
use crate::json::{Json, Object};
use crate::moment::Moment;
use crate::record::Draft;
use crate::resource::encounter::Visit;
use crate::table::care::Practitioner;

/// What every observation has, before its value.
#[derive(Debug)]
pub(crate) struct Observed<'a> {
    /// The key within the patient, e.g. `o-20230411-sbp`.
    pub(crate) key: String,
    /// A code of `observation-category`.
    pub(crate) category: &'static str,
    pub(crate) code: Object,
    pub(crate) when: Moment,
    pub(crate) lag: Lag,
    pub(crate) visit: Option<&'a Visit>,
    /// The order behind it.
    pub(crate) based_on: Option<&'a str>,
    pub(crate) performer: Performer,
}

/// Who made an observation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Performer {
    Practitioner(&'static Practitioner),
    Laboratory,
}

impl Performer {
    /// The reference to the performer.
    pub(crate) fn reference(self) -> Object {
        match self {
            Self::Practitioner(person) => person.reference(),
            Self::Laboratory => named_reference(
                "Organization/org-northline-laboratory",
                "Northline Laboratory",
            ),
        }
    }
}

impl Chart {
    /// Writes an Observation; `rest` adds the value and what follows it.
    pub(crate) fn write_observation(
        &mut self,
        observed: Observed,
        rest: impl FnOnce(Draft) -> Draft,
    ) -> String {
        let draft = self.draft("Observation", &observed.key, observed.when, observed.lag);
        let issued = draft.recorded();
        let draft = draft
            .with("basedOn", observed.based_on.map(|link| [reference(link)]))
            .with("status", "final")
            .with(
                "category",
                [term("observation-category", observed.category)],
            )
            .with("code", observed.code)
            .with("subject", self.subject())
            .with(
                "encounter",
                observed.visit.map(|visit| reference(&visit.link)),
            )
            .with("effectiveDateTime", observed.when)
            .with("issued", issued)
            .with("performer", [observed.performer.reference()]);
        self.file(rest(draft))
    }
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
