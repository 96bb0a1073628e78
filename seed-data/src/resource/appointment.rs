//! Appointment: a visit that was kept, missed, or is booked.

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, named_reference};
use crate::json::Object;
use crate::moment::Moment;
use crate::table::care::Care;
use crate::world;

/// How long a booked visit takes, in minutes.
const MINUTES: i64 = 20;

impl Chart {
    /// Writes an Appointment with the patient's own practitioner, made on `made`; `status` is a code of R4.
    pub(crate) fn write_appointment(&mut self, status: &str, made: Moment, start: Moment) {
        let key = format!("apt-{}", start.date().format("%Y%m%d"));
        let row = Care::named("appointment-type", "followup");
        let kind = concept(Coding::new(row.system, row.code, row.display));
        let clinic = self.site.clinic;
        let draft = self.draft("Appointment", &key, made, Lag::Visit);
        let participants = [
            self.subject(),
            self.site.primary.reference(),
            named_reference(&world::location(clinic.key), clinic.name),
        ];
        let draft = draft
            .with("status", status)
            .with("appointmentType", kind)
            .with("description", "Follow-up visit")
            .with("start", start)
            .with("end", start.plus_minutes(MINUTES))
            .with("minutesDuration", u32::try_from(MINUTES).unwrap_or(0))
            .with("created", made)
            .with("participant", participants.map(accepted));
        self.file(draft);
    }
}

/// Somebody or something that takes part and has agreed to.
fn accepted(actor: Object) -> Object {
    Object::new()
        .with("actor", actor)
        .with("status", "accepted")
}
