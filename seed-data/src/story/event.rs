//! What a visit of a named patient has beyond the usual.

use chrono::NaiveDate;

use super::Appointment;
use super::tell::Teller;
use crate::act::clinical_test::{Found, Reading};
use crate::act::genetics::Genetics;
use crate::act::screening::Screening;
use crate::act::social_history::Said;
use crate::decimal::Decimal;
use crate::element::{Coding, concept, reference};
use crate::moment::{self, Moment};
use crate::resource::claimed::Service;
use crate::resource::encounter::Visit;
use crate::resource::medication_request::Prescription;
use crate::resource::risk_assessment::Risk;
use crate::resource::service_request::Order;
use crate::table::care::Care;
use crate::table::clinical::{Condition, Medication};

/// What a dentist asks for cleaning, in US cents.
const CLEANING: i64 = 19_000;

/// A paper that few records hold.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Paper {
    /// The problems on one page.
    ProblemList,
    /// A diet, a key of the kind `activity` of `care.tsv`.
    Diet(&'static str),
    /// How likely something is.
    Risk(Risk),
    /// A call so many days later, and what was said.
    Call(i64, &'static str),
    /// The patient uses an own device, a key of `devices.tsv`, for a condition.
    Aid(&'static str, &'static str),
    /// The account with the house.
    Account,
    /// The claim for this visit as it was sent, and what the insurer answered.
    Claim,
    /// The record on a few pages, as a document that stands by itself.
    Summary,
}

/// Something that happens in a visit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    /// The patient says something about a concept of `social.tsv`.
    Told(&'static str, Said),
    /// The patient has worked since the date.
    Works(NaiveDate),
    Screened(Screening),
    /// A pressure was taken in part; a missing part has a reason.
    PartialPressure([Result<i64, &'static str>; 2]),
    /// The pressures of the last months are averaged; a part can be left out for a reason.
    AveragePressure {
        months: i64,
        missing: [Option<&'static str>; 2],
    },
    /// Saturation in percent under oxygen: flow in L/min, concentration in percent.
    Oxygen(i64, f64, i64),
    /// A clinical test finds something, without a report of its own.
    Found(Found),
    /// A specialist reports; a photograph (body site and title) may be part of it.
    Read(Reading, Option<(&'static str, &'static str)>),
    /// A key of the kind `servicerequest` of `care.tsv` is arranged for a condition.
    Referred(&'static str, &'static str),
    /// Advance directives of these types are signed, with one wish.
    Directed(&'static [&'static str], &'static str),
    /// A relative fell ill: relation and illness (keys of `care.tsv`), age in years.
    Inherited(&'static str, &'static str, i64),
    /// A drug ordered elsewhere is told by a colleague of a profession.
    Reported(&'static str, &'static str),
    /// A prescription was written by mistake.
    Mistaken(&'static str),
    Sequenced(&'static Genetics),
    /// Vital signs of every hour of a stay in intensive care.
    Monitored,
    /// Laboratory orders of every further day of a stay, by key of `labs.tsv`.
    Daily(&'static [&'static str]),
    /// What else is written down: papers that few records hold.
    Filed(Paper),
    /// A dentist cleaned the teeth so many days before, as a claim tells.
    Cleaned(i64),
    /// The patient agrees to research with the record, or refuses.
    Consented(bool),
    /// A warning (a key of the kind `flag` of `care.tsv`) in these words.
    Flagged(&'static str, &'static str),
    /// A vital sign could not be measured, for a reason.
    Unmeasured(&'static str, &'static str),
}

impl Teller<'_> {
    /// Tells the events of a visit.
    pub(super) fn tell_events(&mut self, appointment: &Appointment, visit: &Visit) {
        let mut form: Option<String> = None;
        for event in &appointment.events {
            match event {
                Event::Told(about, said) => {
                    let source = form.as_deref().map(reference);
                    self.chart.record_said(visit, about, *said, source);
                }
                Event::Screened(screening) => {
                    form = Some(self.chart.run_screening(visit, screening));
                }
                other => self.tell_event(appointment, visit, other),
            }
        }
    }

    fn tell_event(&mut self, appointment: &Appointment, visit: &Visit, event: &Event) {
        let reason = appointment.reason.map(Condition::of);
        match event {
            Event::Told(..) | Event::Screened(_) => {}
            Event::Works(since) => {
                let since = Moment::at(*since, 480, self.chart.zone());
                self.chart.record_occupation(visit, since);
            }
            Event::PartialPressure(parts) => {
                let pressures = parts.map(|part| part.map(Decimal::whole));
                self.chart.record_partial_pressure(visit, pressures);
            }
            Event::AveragePressure { months, missing } => {
                self.tell_average_pressure(visit, *months, *missing);
            }
            Event::Oxygen(saturation, flow, percent) => {
                self.chart
                    .record_oxygen(visit, *saturation, *flow, *percent);
            }
            Event::Found(found) => {
                self.chart
                    .record_finding(visit, *found, "internal-medicine");
            }
            Event::Read(reading, photo) => self.tell_reading(visit, reading, *photo),
            Event::Referred(what, condition) => self.tell_referral(visit, what, condition),
            Event::Inherited(relation, illness, age) => {
                let told = visit.start.plus_minutes(7);
                self.chart
                    .write_family_member_history(relation, illness, *age, told);
            }
            Event::Directed(kinds, wish) => self.chart.write_directives(visit, kinds, wish),
            Event::Reported(drug, reporter) => self.tell_reported(visit, drug, reporter),
            Event::Mistaken(drug) => self.tell_mistake(visit, drug),
            Event::Unmeasured(sign, reason) => {
                self.chart.record_unmeasured(visit, sign, reason);
            }
            Event::Consented(agrees) => self.chart.write_consent(visit, *agrees),
            Event::Flagged(what, words) => self.chart.write_flag(visit, what, words),
            Event::Sequenced(test) => self.chart.run_genetics(visit, test, reason),
            Event::Monitored => self.chart.monitor(visit),
            Event::Daily(orders) => self.tell_daily(visit, orders, reason),
            Event::Cleaned(days) => self.tell_cleaning(visit, *days),
            Event::Filed(paper) => self.tell_paper(visit, paper),
        }
    }

    /// The mean of the pressures measured at the visits of the last months.
    fn tell_average_pressure(
        &mut self,
        visit: &Visit,
        months: i64,
        missing: [Option<&'static str>; 2],
    ) {
        let today = visit.start.date();
        let since = moment::months(today, -months);
        let pressures: Vec<(f64, f64)> = self
            .story
            .appointments
            .iter()
            .filter(|own| own.measures() && since <= own.date && own.date <= today)
            .filter_map(|own| self.story.body.vital_signs(own.date).blood_pressure)
            .map(|(systolic, diastolic)| (systolic.value(), diastolic.value()))
            .collect();
        let count: f64 = pressures.iter().map(|_| 1.0).sum();
        let mean = |sum: f64| Decimal::round(sum / f64::max(count, 1.0), 0);
        let part = |reason: Option<&'static str>, sum: f64| reason.map_or(Ok(mean(sum)), Err);
        let means = [
            part(missing[0], pressures.iter().map(|pair| pair.0).sum()),
            part(missing[1], pressures.iter().map(|pair| pair.1).sum()),
        ];
        let since = Moment::at(since, 480, self.chart.zone());
        self.chart.record_average_pressure(visit, since, means);
    }

    fn tell_reading(
        &mut self,
        visit: &Visit,
        reading: &Reading,
        photo: Option<(&'static str, &'static str)>,
    ) {
        let media: Vec<String> = photo
            .map(|(site, title)| self.chart.write_photograph(visit, site, title))
            .into_iter()
            .collect();
        let results = std::mem::take(&mut self.results);
        self.chart.write_reading(visit, reading, &results, &media);
    }

    fn tell_referral(&mut self, visit: &Visit, what: &str, condition: &str) {
        let row = Care::named("servicerequest", what);
        let Some(reason) = self.problems.get(condition).cloned() else {
            return;
        };
        let order = self.chart.write_service_request(Order {
            key: format!("sr-{}-{what}", visit.start.date().format("%Y%m%d")),
            category: "sdoh",
            code: concept(Coding::new(row.system, row.code, row.display)),
            when: visit.start.plus_minutes(19),
            visit: Some(visit),
            reason: None,
            open: Some((&reason, visit.start.plus_minutes(30 * 1_440))),
        });
        if what == "food-pantry" {
            self.chart
                .write_task(&order, "food-bank", visit.start.plus_minutes(60));
        }
    }

    fn tell_daily(
        &mut self,
        visit: &Visit,
        orders: &[&'static str],
        reason: Option<&'static Condition>,
    ) {
        for day in 1..visit.days() {
            let round = Visit {
                start: visit.start.plus_minutes(day * 1_440),
                ..visit.clone()
            };
            for order in orders {
                let outcomes = self.story.body.results(order, round.start.date(), &[]);
                self.chart.run_laboratory(&round, order, &outcomes, reason);
            }
        }
    }

    fn tell_paper(&mut self, visit: &Visit, paper: &Paper) {
        match paper {
            Paper::ProblemList => {
                let problems: Vec<String> = self.problems.values().cloned().collect();
                self.chart.write_problem_list(visit, &problems);
            }
            Paper::Diet(diet) => self.chart.write_nutrition_order(visit, diet),
            Paper::Risk(risk) => {
                let problem = self.problems.get(risk.condition).cloned();
                self.chart
                    .write_risk_assessment(visit, risk, problem.as_deref());
            }
            Paper::Call(days, words) => {
                let sent = visit.start.plus_minutes(days * 1_440);
                self.chart.write_communication(visit, sent, words);
            }
            Paper::Aid(device, condition) => {
                let given = self.story.devices.iter().find(|(key, _)| key == device);
                let Some((_, since)) = given else { return };
                let since = Moment::at(*since, 700, self.chart.zone());
                let problem = self.problems.get(condition).cloned();
                self.chart
                    .write_device_use_statement(visit, (*device, since), problem.as_deref());
            }
            Paper::Account => self.chart.write_account(visit),
            Paper::Claim => self.chart.shows_claim = true,
            Paper::Summary => self.chart.write_summary(visit),
        }
    }

    fn tell_cleaning(&mut self, visit: &Visit, days: i64) {
        let service = Service::Oral {
            on: visit.start.plus_minutes(-days * 1_440),
            dentist: "riverbend-dental",
        };
        self.chart.write_claim(&service, CLEANING);
    }

    fn tell_reported(&mut self, visit: &Visit, drug: &str, reporter: &str) {
        self.chart.write_medication_request(&Prescription {
            visit: Some(visit),
            told_by: Some(self.chart.site.practitioner(reporter)),
            by_reference: true,
            ..Prescription::of(Medication::of(drug), "active", visit.start.plus_minutes(17))
        });
    }

    fn tell_mistake(&mut self, visit: &Visit, drug: &str) {
        self.chart.write_medication_request(&Prescription {
            visit: Some(visit),
            ..Prescription::of(
                Medication::of(drug),
                "entered-in-error",
                visit.start.plus_minutes(16),
            )
        });
    }
}
