//! Schedule and Slot: when some practitioners can be booked, and where.

use chrono::NaiveDate;

use super::Builder;
use crate::element::{Coding, concept, named_reference, period, reference};
use crate::moment::{Moment, Zone, days, weekday};
use crate::record::Seed;
use crate::table::care::{Care, LOCATIONS, Location, PRACTITIONERS, Practitioner};

/// Practitioners who can be booked.
const BOOKED: usize = 4;
/// Working days ahead that are open for booking.
const DAYS: i64 = 10;
/// The minutes after midnight at which a visit can begin.
const TIMES: [i64; 2] = [540, 840];
/// How long a visit takes, in minutes.
const LENGTH: i64 = 20;

impl Builder {
    /// A Schedule and its slots for each of the practitioners who can be booked.
    pub(super) fn schedules(&self) -> Vec<Seed> {
        PRACTITIONERS
            .iter()
            .filter(|person| clinic(person).is_some_and(|row| row.role == "OF"))
            .take(BOOKED)
            .flat_map(|person| self.schedule(person))
            .collect()
    }

    fn schedule(&self, person: &'static Practitioner) -> Vec<Seed> {
        let Some(place) = clinic(person) else {
            return Vec::new();
        };
        let zone = Zone::of_state("OK");
        let last = days(self.as_of, 3 * DAYS);
        let horizon = period(
            Moment::at(self.as_of, 0, zone),
            Some(Moment::at(last, 0, zone)),
        );
        let schedule = self
            .draft("Schedule", format!("sch-{}", person.key))
            .with("active", true)
            .with("serviceType", [kind()])
            .with(
                "actor",
                [
                    person.reference(),
                    named_reference(&super::location(place.key), place.name),
                ],
            )
            .with("planningHorizon", horizon)
            .told(&format!("Visits with {}.", person.full_name()));
        let link = schedule.link();
        let slots = open_days(self.as_of)
            .flat_map(|day| TIMES.map(|minutes| (day, minutes)))
            .map(|(day, minutes)| self.slot(person, &link, Moment::at(day, minutes, zone)));
        std::iter::once(schedule.seed())
            .chain(slots.collect::<Vec<_>>())
            .collect()
    }

    /// A quarter of all slots is taken.
    fn slot(&self, person: &Practitioner, schedule: &str, start: Moment) -> Seed {
        let key = format!("slot-{}-{}", person.key, start.utc().format("%Y%m%d%H%M"));
        let taken = Self::stream(&format!("{key}:taken")).chance(0.25);
        let status = if taken { "busy" } else { "free" };
        self.draft("Slot", key)
            .with("serviceType", [kind()])
            .with("schedule", reference(schedule))
            .with("status", status)
            .with("start", start)
            .with("end", start.plus_minutes(LENGTH))
            .told(&format!("{status} {}.", start.date()))
            .seed()
    }
}

fn kind() -> crate::json::Object {
    let row = Care::named("appointment-type", "followup");
    concept(Coding::new(row.system, row.code, row.display))
}

fn clinic(person: &Practitioner) -> Option<&'static Location> {
    LOCATIONS.iter().find(|row| row.key == person.location)
}

/// The working days after the present.
fn open_days(as_of: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let mut day = as_of;
    (0..DAYS).map(move |_| {
        day = weekday(days(day, 1));
        day
    })
}
