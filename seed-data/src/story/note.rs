//! Notes of a visit as documents.

use super::Appointment;
use super::tell::Teller;
use crate::document::{ccda, pdf, text};
use crate::resource::document_reference::Document;
use crate::resource::encounter::Visit;
use crate::table::care::DocumentType;
use crate::table::clinical::{Condition, Medication};

impl Teller<'_> {
    /// Writes the documents of a visit.
    pub(super) fn tell_notes(&mut self, appointment: &Appointment, visit: &Visit) {
        for kind in &appointment.notes {
            let row = DocumentType::of(kind);
            let lines = self.note(row, appointment).lines(&self.chart, visit);
            let content = match row.mime {
                "application/pdf" => pdf::page(&lines),
                "application/xml" => self.summary(appointment, visit),
                _ => text::file(&lines),
            };
            self.chart.write_document(&Document {
                kind: row.key,
                title: format!("{} of {}", row.display, appointment.date),
                content,
                visit,
                author: visit.practitioner,
                created: visit.end.plus_minutes(20),
            });
        }
    }

    /// The record up to now as a C-CDA document.
    fn summary(&self, appointment: &Appointment, visit: &Visit) -> Vec<u8> {
        let story = self.story;
        let id = format!("{}-{}", story.identity.id, visit.key);
        ccda::Summary {
            id: &id,
            date: visit.start.date(),
            patient: &story.identity,
            author: visit.practitioner,
            sections: vec![
                (ccda::ALLERGIES, story.reactions().collect()),
                (ccda::MEDICATIONS, story.drugs().collect()),
                (ccda::PROBLEMS, story.conditions().collect()),
                (ccda::IMMUNIZATIONS, story.shots()),
                (ccda::VITAL_SIGNS, self.findings(appointment)),
                (ccda::ENCOUNTERS, story.visits().collect()),
            ],
        }
        .xml()
    }

    fn note(&self, row: &'static DocumentType, appointment: &Appointment) -> text::Note {
        let date = appointment.date;
        let reason = appointment
            .reason
            .map_or("a check-up", |key| Condition::of(key).text);
        let active = self.story.episodes.iter().filter(|episode| {
            episode.onset <= date && episode.abatement.is_none_or(|end| end >= date)
        });
        let assessment: Vec<String> = active
            .map(|episode| format!("{} (since {})", episode.condition.text, episode.onset))
            .collect();
        let plan = self.drugs_on(date);
        text::Note {
            title: row.display,
            history: format!("Comes for {}.", reason.to_lowercase()),
            findings: if appointment.measures() {
                self.findings(appointment)
            } else {
                Vec::new()
            },
            assessment: if assessment.is_empty() {
                vec!["Well.".to_owned()]
            } else {
                assessment
            },
            plan: if plan.is_empty() {
                vec!["No medication. Return as needed.".to_owned()]
            } else {
                plan
            },
        }
    }

    fn drugs_on(&self, date: chrono::NaiveDate) -> Vec<String> {
        let taken = self.story.therapies.iter().filter(|therapy| {
            therapy.since <= date && therapy.until.is_none_or(|until| until > date)
        });
        taken
            .map(|therapy| format!("Continue {}.", Medication::of(therapy.medication).display))
            .collect()
    }

    /// The vital signs of the visit in words.
    fn findings(&self, appointment: &Appointment) -> Vec<String> {
        let signs = self.story.signs_taken(appointment);
        let pressure = signs
            .blood_pressure
            .map(|(systolic, diastolic)| format!("Blood pressure {systolic}/{diastolic} mmHg."));
        let values = signs.values.iter().filter_map(|(key, value)| match *key {
            "weight" => Some(format!("Weight {value} kg.")),
            "temperature" => Some(format!("Temperature {value} degrees Celsius.")),
            "spo2" => Some(format!("Oxygen saturation {value} %.")),
            _ => None,
        });
        pressure.into_iter().chain(values).collect()
    }
}
