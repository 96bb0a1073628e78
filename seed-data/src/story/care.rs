//! What is done in a visit: questions, tests, procedures, images, drugs given by staff.

use super::Appointment;
use super::tell::Teller;
use crate::decimal::Decimal;
use crate::resource::encounter::Visit;
use crate::resource::medication_request::Prescription;
use crate::table::clinical::{Condition, Medication};

impl Teller<'_> {
    /// Everything in a visit that leaves results.
    pub(super) fn tell_care(&mut self, appointment: &Appointment, visit: &Visit) {
        let reason = appointment.reason.map(Condition::of);
        if appointment.asks_habits {
            self.tell_habits(visit);
        }
        for order in &appointment.tests {
            let outcomes = self
                .story
                .body
                .results(order, appointment.date, appointment.results);
            self.results = self.chart.run_laboratory(visit, order, &outcomes, reason);
        }
        for (ordinal, key) in (0_i64..).zip(&appointment.procedures) {
            let problem = self.reason_of(appointment);
            let when = visit.start.plus_minutes(20 + 10 * ordinal);
            self.chart
                .perform(key, visit, when, (problem.as_deref(), reason));
        }
        if let Some((key, conclusion)) = appointment.imaging {
            let findings = appointment.findings;
            self.chart
                .run_imaging(visit, key, reason, (conclusion, findings));
        }
        self.tell_given(appointment, visit);
        self.tell_events(appointment, visit);
    }

    /// The address of the Condition a visit is about.
    fn reason_of(&self, appointment: &Appointment) -> Option<String> {
        appointment
            .reason
            .and_then(|key| self.problems.get(key).cloned())
    }

    fn tell_habits(&mut self, visit: &Visit) {
        let Some(habits) = self.story.habits else {
            return;
        };
        self.chart.record_answer(visit, "smoking", habits.smoking);
        if let Some(pack_years) = habits.pack_years {
            self.chart
                .record_amount(visit, "pack-years", Decimal::round(pack_years, 1));
        }
        self.chart
            .record_answer(visit, "alcohol-status", habits.alcohol);
    }

    /// Drugs of a stay: an inpatient order and its doses, spread over the stay.
    fn tell_given(&mut self, appointment: &Appointment, visit: &Visit) {
        let length = (visit.end.utc() - visit.start.utc()).num_minutes();
        for (key, doses) in &appointment.given {
            let medication = Medication::of(key);
            let reason = self.reason_of(appointment);
            let request = self.chart.write_medication_request(&Prescription {
                visit: Some(visit),
                reason: reason.as_deref(),
                indication: appointment.reason.map(Condition::of),
                ..Prescription::of(medication, "completed", visit.start.plus_minutes(20))
            });
            for dose in 0..*doses {
                let when = visit
                    .start
                    .plus_minutes(40 + (length - 60).max(0) * dose / (*doses).max(1));
                self.chart
                    .write_medication_administration(medication, visit, &request, when);
            }
        }
    }
}
