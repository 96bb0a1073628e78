//! `DeviceUseStatement`: that the patient uses an aid at home.

use crate::chart::{Chart, Lag};
use crate::element::{period, reference};
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::table::clinical::DeviceType;

impl Chart {
    /// Writes that the patient uses the device of a key of `devices.tsv` since a day, as told in `visit`.
    pub(crate) fn write_device_use_statement(
        &mut self,
        visit: &Visit,
        (device, since): (&str, Moment),
        problem: Option<&str>,
    ) {
        let row = DeviceType::of(device);
        let told = visit.start.plus_minutes(11);
        let link = format!("Device/{}-dev-{device}", self.identity.id);
        let key = format!("use-{device}");
        let draft = self.draft("DeviceUseStatement", &key, told, Lag::Visit);
        let draft = draft
            .with("status", "active")
            .with("subject", self.subject())
            .with("timingPeriod", period(since, None::<Moment>))
            .with("recordedOn", told)
            .with("source", self.subject())
            .with("device", reference(&link))
            .with("reasonReference", problem.map(|link| [reference(link)]))
            .told(&format!("Uses at home: {}.", row.display));
        self.file(draft);
    }
}
