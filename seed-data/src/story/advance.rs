//! The story after the as-of date: patients who are alive come back.

use chrono::NaiveDate;

use super::{Appointment, Story};
use crate::moment::{days, weekday};
use crate::stream::Stream;

/// The least and the most days between two visits after the as-of date.
const GAP: (i64, i64) = (14, 75);

impl Story {
    /// Moves the present to `until` with the visits up to then; an earlier date changes nothing. The visits of a
    /// shorter time are among those of a longer one.
    pub(crate) fn advance(&mut self, until: NaiveDate) {
        if until <= self.present {
            return;
        }
        self.present = until;
        if self.identity.death.is_none() && !self.appointments.is_empty() {
            let visits = self.coming(until);
            self.appointments.extend(visits);
        }
    }

    fn coming(&self, until: NaiveDate) -> Vec<Appointment> {
        let mut stream = Stream::open(self.seed, &self.identity.id, "advance");
        let reason = self
            .episodes
            .iter()
            .find(|episode| episode.condition.kind == "chronic" && episode.abatement.is_none())
            .map(|episode| episode.condition.key);
        let mut visits = Vec::new();
        let mut date = days(self.as_of, stream.between(0, GAP.1));
        while weekday(date) < until {
            visits.push(Appointment {
                date: weekday(date),
                kind: if reason.is_some() {
                    "follow-up"
                } else {
                    "office-visit"
                },
                reason,
                tests: if stream.chance(0.5) {
                    vec!["bmp"]
                } else {
                    Vec::new()
                },
                ..Appointment::default()
            });
            date = days(date, stream.between(GAP.0, GAP.1));
        }
        visits
    }
}
