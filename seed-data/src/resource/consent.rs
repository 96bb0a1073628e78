//! Consent: what a patient allows.

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, term};
use crate::json::Object;
use crate::resource::encounter::{Visit, provider_of};
use crate::table::care::Care;

impl Chart {
    /// Writes that the patient agrees to research with the record, or refuses.
    pub(crate) fn write_consent(&mut self, visit: &Visit, agrees: bool) {
        let key = format!("consent-{}", visit.start.date().format("%Y%m%d"));
        let when = visit.start.plus_minutes(14);
        let category = Care::named("consent", "research");
        let (kind, words) = if agrees {
            ("permit", "Agrees to research with the record")
        } else {
            ("deny", "Refuses research with the record")
        };
        let draft = self.draft("Consent", &key, when, Lag::Visit);
        let draft = draft
            .with("status", "active")
            .with("scope", term("consentscope", "research"))
            .with(
                "category",
                [concept(Coding::new(
                    category.system,
                    category.code,
                    category.display,
                ))],
            )
            .with("patient", self.subject())
            .with("dateTime", when)
            .with("performer", [self.subject()])
            .with("organization", [provider_of(visit.practitioner)])
            .with("policyRule", term("consentpolicycodes", "hipaa-research"))
            .with("provision", Object::new().with("type", kind))
            .told(&format!("{words}, {}.", when.date()));
        self.file(draft);
    }
}
