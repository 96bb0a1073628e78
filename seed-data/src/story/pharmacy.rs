//! Prescriptions at visits, and their fills at the pharmacy.

use chrono::NaiveDate;

use super::examination::Thoroughness;
use super::tell::Teller;
use super::{Appointment, Therapy};
use crate::chart::Chart;
use crate::moment::{self, Moment};
use crate::resource::claimed::Service;
use crate::resource::encounter::Visit;
use crate::resource::medication_request::Prescription;
use crate::stream::Stream;
use crate::table::clinical::Medication;

/// Visits of these kinds renew no prescriptions.
const NO_RENEWALS: [&str; 5] = [
    "urgent-care",
    "emergency",
    "inpatient",
    "lab-only",
    "death-certification",
];

/// What is taken as needed lasts so many times longer than at its highest dose.
const AS_NEEDED: i64 = 3;

/// A prescription to be written at a visit.
struct Order<'t> {
    therapy: &'t Therapy,
    medication: &'static Medication,
    authored: NaiveDate,
    /// When the next prescription of the same drug follows.
    replaced: Option<NaiveDate>,
}

impl Order<'_> {
    /// The last day that the supply can last, with refills.
    fn ends(&self) -> NaiveDate {
        moment::days(
            self.authored,
            self.medication.days_supply * (self.medication.refills + 1),
        )
    }

    /// When it was over: stopped, replaced or used up.
    fn ended(&self) -> NaiveDate {
        [Some(self.ends()), self.replaced, self.therapy.until]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.authored)
    }

    /// The status at the end of the story; death stops what is still being taken.
    fn status(&self, last_day: NaiveDate, died: bool) -> &'static str {
        let stopped = self
            .therapy
            .until
            .is_some_and(|until| until < self.ends() && until <= last_day);
        match (stopped, self.replaced.is_some() || self.ends() <= last_day) {
            (true, _) => "stopped",
            (false, true) => "completed",
            (false, false) if died => "stopped",
            (false, false) => "active",
        }
    }
}

impl Teller<'_> {
    /// Writes the prescriptions of visit `number` and their fills.
    pub(super) fn tell_prescriptions(&mut self, number: usize, visit: &Visit) {
        let story = self.story;
        for therapy in story
            .therapies
            .iter()
            .filter(|therapy| !therapy.over_the_counter)
        {
            let dates = self.prescribed(therapy);
            let here = dates
                .iter()
                .position(|(visit_number, _)| *visit_number == number);
            if let Some(place) = here {
                let order = Order {
                    therapy,
                    medication: Medication::of(therapy.medication),
                    authored: dates[place].1,
                    replaced: dates.get(place + 1).map(|(_, date)| *date),
                };
                self.tell_order(&order, visit);
            }
        }
    }

    /// At which visits a drug is prescribed: the first one of the therapy, then whenever the supply runs out soon.
    fn prescribed(&self, therapy: &Therapy) -> Vec<(usize, NaiveDate)> {
        let row = Medication::of(therapy.medication);
        let lasts = (row.days_supply * (row.refills + 1) - 45).max(20);
        let short = row.refills == 0 && row.days_supply <= 14;
        let mut orders: Vec<(usize, NaiveDate)> = Vec::new();
        for (number, visit) in self.story.appointments.iter().enumerate() {
            let due = match orders.last() {
                None => can_start(therapy, visit),
                Some((_, last)) => {
                    !short
                        && !NO_RENEWALS.contains(&visit.kind)
                        && (visit.date - *last).num_days() >= lasts
                }
            };
            let wanted =
                visit.date >= therapy.since && therapy.until.is_none_or(|until| visit.date < until);
            if due && wanted && visit.date <= self.chart.until {
                orders.push((number, visit.date));
            }
        }
        orders
    }

    fn tell_order(&mut self, order: &Order, visit: &Visit) {
        let mut stream = self
            .chart
            .stream(&format!("rx:{}:{}", order.medication.key, order.authored));
        let reason = self.problems.get(order.therapy.condition).cloned();
        let last_day = self.chart.until;
        let died = self.story.identity.death.is_some();
        let authored = visit.start.plus_minutes(18);
        let request = self.chart.write_medication_request(&Prescription {
            visit: Some(visit),
            reason: reason.as_deref(),
            by_reference: stream.chance(0.2),
            ended: Some(Moment::at(order.ended(), 660, self.chart.zone())),
            ..Prescription::of(order.medication, order.status(last_day, died), authored)
        });
        if order.medication.setting == "outpatient" {
            let since = self.story.fills_since;
            let supply = self.supply(order.medication);
            let fills = (order, since, supply);
            fill(&mut self.chart, fills, visit, &request, &mut stream);
        }
    }
}

impl Teller<'_> {
    /// For how many days a fill lasts: longer than written when a drug is used only when it is needed.
    fn supply(&self, medication: &Medication) -> i64 {
        let spared = self.story.thoroughness == Thoroughness::AsCalledFor;
        let factor = if spared && medication.prn == "yes" {
            AS_NEEDED
        } else {
            1
        };
        medication.days_supply * factor
    }
}

/// A therapy starts at the visit about its condition, or at the next one that renews prescriptions.
fn can_start(therapy: &Therapy, visit: &Appointment) -> bool {
    visit.reason == Some(therapy.condition) || !NO_RENEWALS.contains(&visit.kind)
}

/// Fills follow each other by days of supply, each a few days late; on record since a day.
fn fill(
    chart: &mut Chart,
    (order, since, supply): (&Order, NaiveDate, i64),
    visit: &Visit,
    request: &str,
    stream: &mut Stream,
) {
    let row = order.medication;
    let last = [Some(chart.until), order.replaced, order.therapy.until]
        .into_iter()
        .flatten()
        .min();
    let mut date = order.authored;
    for number in 0..=row.refills {
        let start = Moment::at(date, stream.between(1_020, 1_170), chart.zone());
        if last.is_some_and(|last| date > last) {
            break;
        }
        if date >= since {
            chart.write_medication_dispense(row, (request, Some(visit)), number, start);
            claim(chart, row, request, number, start, visit);
        }
        date = moment::days(date, supply + stream.between(0, 6));
    }
}

fn claim(
    chart: &mut Chart,
    row: &'static Medication,
    request: &str,
    number: i64,
    filled: Moment,
    visit: &Visit,
) {
    if row.ndc.is_empty() {
        return;
    }
    let cents = 900 + chart.stream(&format!("price:{}", row.key)).between(0, 60) * 100;
    let service = Service::Pharmacy {
        medication: row,
        request,
        number,
        filled,
        prescriber: visit.practitioner,
    };
    chart.write_claim(&service, cents);
}
