//! Communication: a message to the patient.

use crate::chart::{Chart, Lag};
use crate::element::{reference, term};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;

impl Chart {
    /// Writes that the patient was called on `sent` about `visit`, and what was said.
    pub(crate) fn write_communication(&mut self, visit: &Visit, sent: Moment, words: &str) {
        let key = format!("call-{}", sent.date().format("%Y%m%d"));
        let draft = self.draft("Communication", &key, sent, Lag::Visit);
        let draft = draft
            .with("status", "completed")
            .with("medium", [term("v3-ParticipationMode", "PHONE")])
            .with("subject", self.subject())
            .with("encounter", reference(&visit.link))
            .with("sent", sent)
            .with("recipient", [self.subject()])
            .with("sender", visit.practitioner.reference())
            .with("payload", [Object::new().with("contentString", words)])
            .told(words);
        self.file(draft);
    }
}
