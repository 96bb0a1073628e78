//! Telling a story: first what is known from before, then visit after visit.

use std::collections::BTreeMap;

use super::{Appointment, Episode, Story};
use crate::chart::Chart;
use crate::moment::Moment;
use crate::record::Record;
use crate::resource::claimed::Service;
use crate::resource::condition::{Entry, Listed};
use crate::resource::encounter::{Call, Visit};
use crate::table::care::PRICES;
use crate::table::clinical::Condition;

/// A record while it is told.
#[derive(Debug)]
pub(crate) struct Teller<'s> {
    pub(crate) story: &'s Story,
    pub(crate) chart: Chart,
    /// Addresses of Conditions on record, by key.
    pub(crate) problems: BTreeMap<&'static str, String>,
    /// Addresses of the results of the last laboratory order.
    pub(crate) results: Vec<String>,
    /// Which episodes are on record.
    told: Vec<bool>,
}

impl Story {
    /// The record of the story.
    pub(crate) fn tell(&self) -> Record {
        let chart =
            Chart::new(self.seed, self.present, self.identity.clone()).for_us_core(self.us_core);
        let told = vec![false; self.episodes.len()];
        let mut teller = Teller {
            story: self,
            chart,
            problems: BTreeMap::new(),
            results: Vec::new(),
            told,
        };
        teller.introduce();
        for (number, appointment) in self.appointments.iter().enumerate() {
            if appointment.date <= teller.chart.until {
                teller.visit(number, appointment);
            }
        }
        teller.tell_outlook();
        teller.chart.sign_claims();
        teller.chart.record()
    }
}

impl Teller<'_> {
    /// Registration: the patient, who pays, relatives, allergies, and what was known before the first visit.
    fn introduce(&mut self) {
        let first = self
            .story
            .appointments
            .first()
            .map_or(self.chart.until, |visit| visit.date);
        let registered = Moment::at(first.min(self.chart.until), 450, self.chart.zone());
        self.chart.write_patient(registered);
        if let Some((plan, since)) = self.story.coverage {
            self.chart.write_coverage(plan, since);
        }
        for relative in &self.story.relatives {
            self.chart.write_related_person(relative, registered);
        }
        self.tell_allergies(registered);
        for (number, episode) in self.story.episodes.iter().enumerate() {
            if episode.onset < first && episode.condition.kind != "acute" {
                let recorded = Moment::at(
                    crate::moment::weekday(episode.onset),
                    640,
                    self.chart.zone(),
                );
                self.tell_episode(number, episode, recorded, None);
            }
        }
        for problem in &self.story.text_problems {
            let recorded = Moment::at(problem.onset, 640, self.chart.zone());
            self.chart.write_condition(&Entry {
                listed: Listed::Problem,
                code: Err(problem.text),
                onset: problem.onset,
                abatement: None,
                recorded,
                visit: None,
            });
        }
        self.tell_vaccinations(None, first);
        let author = self.chart.site.primary;
        self.chart.sign("registration", author);
    }

    fn tell_allergies(&mut self, registered: Moment) {
        if self.story.allergies.is_empty() && !self.story.appointments.is_empty() {
            self.chart
                .write_allergy("no-known-allergy", None, registered);
        }
        for (key, onset) in &self.story.allergies {
            self.chart.write_allergy(key, Some(*onset), registered);
        }
    }

    /// One visit with everything done in it.
    fn visit(&mut self, number: usize, appointment: &Appointment) {
        let reason = appointment.reason.map(Condition::of);
        let problem = appointment
            .reason
            .and_then(|key| self.problems.get(key).cloned());
        let visit = self.chart.write_encounter(&Call {
            kind: appointment.kind,
            date: appointment.date,
            reason,
            problem,
            provider: appointment.provider,
            minutes: appointment.minutes,
            died: self.story.identity.death == Some(appointment.date),
        });
        self.tell_new_episodes(&visit);
        if appointment.measures() {
            let signs = self.story.signs_taken(appointment);
            self.chart.record_vital_signs(&visit, &signs);
        }
        self.tell_care(appointment, &visit);
        self.tell_vaccinations(Some(&visit), appointment.date);
        self.tell_prescriptions(number, &visit);
        self.tell_notes(appointment, &visit);
        self.claim(&visit, reason);
        self.chart.sign(&visit.key, visit.practitioner);
    }

    /// Conditions that have begun since the last visit are found at this one.
    fn tell_new_episodes(&mut self, visit: &Visit) {
        for (number, episode) in self.story.episodes.iter().enumerate() {
            if !self.told[number] && episode.onset <= visit.start.date() {
                self.tell_episode(number, episode, visit.start.plus_minutes(15), Some(visit));
            }
        }
    }

    fn tell_episode(
        &mut self,
        number: usize,
        episode: &Episode,
        recorded: Moment,
        visit: Option<&Visit>,
    ) {
        self.told[number] = true;
        let listed = match (episode.condition.kind, visit) {
            ("acute", Some(_)) => Listed::EncounterDiagnosis,
            ("sdoh", _) => Listed::Social,
            ("finding", _) => Listed::HealthConcern,
            _ => Listed::Problem,
        };
        let link = self.chart.write_condition(&Entry {
            listed,
            code: Ok(episode.condition),
            onset: episode.onset,
            abatement: episode.abatement,
            recorded,
            visit,
        });
        self.problems.insert(episode.condition.key, link);
    }

    /// The claims for a visit, once they are decided: of the practitioner, and of the house.
    fn claim(&mut self, visit: &Visit, diagnosis: Option<&'static Condition>) {
        let Some(price) = PRICES.iter().find(|row| row.encounter == visit.kind.key) else {
            return;
        };
        let professional = Service::Professional { visit, diagnosis };
        self.chart.write_claim(&professional, price.cents);
        let house = price.facility + price.daily * visit.days();
        if house > 0 {
            let died = self.story.identity.death == Some(visit.end.date());
            let institutional = Service::Institutional {
                visit,
                diagnosis,
                died,
            };
            self.chart.write_claim(&institutional, house);
        }
    }
}
