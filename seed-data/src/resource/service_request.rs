//! `ServiceRequest`: an order for tests or imaging.

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, period, reference};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::table::care::Care;
use crate::table::clinical::Condition;

/// An order.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) key: String,
    /// A key of the kind `servicerequest-category` of `care.tsv`.
    pub(crate) category: &'static str,
    pub(crate) code: Object,
    pub(crate) when: Moment,
    pub(crate) visit: Option<&'a Visit>,
    pub(crate) reason: Option<&'static Condition>,
    /// The address of the Condition behind it, and until when it is to be done; then it is still open.
    pub(crate) open: Option<(&'a str, Moment)>,
}

impl Care {
    /// The row as a `CodeableConcept`.
    pub(crate) fn concept(&self) -> Object {
        concept(Coding::new(self.system, self.code, self.display))
    }
}

impl Chart {
    /// Writes a `ServiceRequest`, carried out or still open.
    pub(crate) fn write_service_request(&mut self, order: Order) -> String {
        let requester = order
            .visit
            .map_or(self.site.primary, |visit| visit.practitioner);
        let category = Care::named("servicerequest-category", order.category);
        let draft = self.draft("ServiceRequest", &order.key, order.when, Lag::Visit);
        let draft = draft
            .with(
                "status",
                if order.open.is_some() {
                    "active"
                } else {
                    "completed"
                },
            )
            .with("intent", "order")
            .with("category", [category.concept()])
            .with("code", order.code)
            .with("subject", self.subject())
            .with("encounter", order.visit.map(|visit| reference(&visit.link)))
            .with(
                "occurrenceDateTime",
                order.open.is_none().then_some(order.when),
            )
            .with(
                "occurrencePeriod",
                order.open.map(|(_, end)| period(order.when, Some(end))),
            )
            .with("authoredOn", order.when)
            .with("requester", requester.reference())
            .with("reasonCode", order.reason.map(|row| [row.concept()]))
            .with(
                "reasonReference",
                order.open.map(|(reason, _)| [reference(reason)]),
            );
        self.file(draft)
    }
}
