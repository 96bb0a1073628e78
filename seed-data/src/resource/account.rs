//! Account: what is charged for a patient, and who pays.

use crate::chart::{Chart, Lag};
use crate::element::{period, reference, term};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::{Visit, provider_of};

impl Chart {
    /// Writes the account that is kept since `visit` with the house; nothing when nobody pays.
    pub(crate) fn write_account(&mut self, visit: &Visit) {
        let Some(insurance) = self.insurance.clone() else {
            return;
        };
        let coverage = Object::new()
            .with("coverage", reference(&insurance.link))
            .with("priority", 1);
        let draft = self.draft("Account", "account", visit.start, Lag::Visit);
        let draft = draft
            .with("status", "active")
            .with("type", term("v3-ActCode", "PBILLACCT"))
            .with("name", "Patient billing account")
            .with("subject", [self.subject()])
            .with("servicePeriod", period(visit.start, None::<Moment>))
            .with("coverage", [coverage])
            .with("owner", provider_of(visit.practitioner));
        self.file(draft);
    }
}
