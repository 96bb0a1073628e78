//! Immunization: a dose given, or not given and why.

use crate::chart::{Chart, Lag};
use crate::element::{Coding, body_site, concept, plain_unit, quantity, reference, route, term};
use crate::json::Object;
use crate::moment::{self, Moment};
use crate::resource::encounter::{Visit, provider_of};
use crate::table::clinical::Vaccine;
use crate::world;

/// A dose of a vaccine.
#[derive(Debug)]
pub(crate) struct Shot<'a> {
    pub(crate) vaccine: &'static Vaccine,
    /// The number of the dose in its series; none for yearly vaccines.
    pub(crate) dose: Option<u32>,
    pub(crate) when: Moment,
    pub(crate) visit: Option<&'a Visit>,
    /// The patient or a parent refused it.
    pub(crate) refused: bool,
    /// A number for the lot.
    pub(crate) lot: u32,
}

impl Chart {
    /// Writes an Immunization.
    pub(crate) fn write_immunization(&mut self, shot: &Shot) -> String {
        let row = shot.vaccine;
        let given = !shot.refused;
        let nurse = shot
            .visit
            .map_or(self.site.primary, |visit| visit.practitioner);
        let key = format!("imm-{}-{}", row.key, shot.when.date().format("%Y%m%d"));
        let maker = Object::new().with("display", row.manufacturer);
        let draft = self.draft("Immunization", &key, shot.when, Lag::Visit);
        let draft = draft
            .with("status", if given { "completed" } else { "not-done" })
            .with(
                "statusReason",
                shot.refused.then(|| term("v3-ActReason", "PATOBJ")),
            )
            .with(
                "vaccineCode",
                concept(Coding::new("cvx", row.cvx, row.display)),
            )
            .with("patient", self.subject())
            .with("encounter", shot.visit.map(|visit| reference(&visit.link)))
            .with("occurrenceDateTime", shot.when)
            .with("recorded", shot.when)
            .with("primarySource", shot.visit.is_some())
            .with(
                "location",
                reference(&world::location(self.site.clinic.key)),
            );
        let draft = if given {
            draft
                .with("manufacturer", maker)
                .with("lotNumber", format!("LOT{:05}", shot.lot))
                .with(
                    "expirationDate",
                    moment::days(shot.when.date(), 200 + i64::from(shot.lot % 300)),
                )
                .with("site", body_site(row.site))
                .with("route", route(row.route))
                .with(
                    "doseQuantity",
                    quantity(row.dose_value, plain_unit(row.dose_unit), row.dose_unit),
                )
                .with(
                    "performer",
                    [Object::new().with("actor", nurse.reference())],
                )
        } else {
            draft
        };
        let series = shot
            .dose
            .map(|number| [protocol(number, provider_of(nurse))]);
        self.file(draft.with("protocolApplied", series))
    }
}

fn protocol(number: u32, authority: Object) -> Object {
    Object::new()
        .with("authority", authority)
        .with("doseNumberPositiveInt", number)
}
