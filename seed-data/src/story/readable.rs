//! A story as text for people: who it is about, what they have and take, visit after visit.
//! Writing to a `String` cannot fail, so results of `write!` are let go.

use std::fmt::Write;

use chrono::NaiveDate;

use super::{Appointment, Story};
use crate::decimal::Decimal;
use crate::moment::age;
use crate::table::care::{DocumentType, EncounterType};
use crate::table::clinical::{
    Allergen, Condition, Laboratory, Medication, Procedure, SOCIAL_HISTORY, VitalSign,
};

/// What SNOMED CT says in brackets about the kind of a concept: people know without.
const KINDS: [&str; 8] = [
    "procedure",
    "environment",
    "finding",
    "disorder",
    "qualifier value",
    "substance",
    "organism",
    "regime/therapy",
];

impl Story {
    /// The whole story.
    pub(crate) fn readable(&self) -> String {
        let mut out = self.person();
        section(&mut out, "Conditions", self.conditions());
        section(&mut out, "Medication", self.drugs());
        section(&mut out, "Allergies", self.reactions());
        section(&mut out, "Habits", self.said().into_iter());
        section(&mut out, "Insurance", self.insurance());
        section(&mut out, "Vaccinations", self.shots().into_iter());
        section(&mut out, "Visits", self.visits_with_signs());
        KINDS
            .iter()
            .fold(out, |text, kind| text.replace(&format!(" ({kind})"), ""))
    }

    /// What is answered about tobacco and alcohol.
    fn said(&self) -> Vec<String> {
        let Some(habits) = self.habits else {
            return Vec::new();
        };
        let words = |code: &str| {
            let row = SOCIAL_HISTORY.iter().find(|row| row.value == code);
            row.map_or("", |row| row.value_display)
        };
        let packs = habits
            .pack_years
            .map(|years| format!(", {years:.1} pack-years"));
        vec![
            format!("{}{}", words(habits.smoking), packs.unwrap_or_default()),
            words(habits.alcohol).to_owned(),
        ]
    }

    fn insurance(&self) -> impl Iterator<Item = String> {
        self.coverage
            .iter()
            .map(|(plan, since)| format!("{} since {since}", plan.group.1))
    }

    /// Visits, each followed by the vital signs besides the blood pressure.
    fn visits_with_signs(&self) -> impl Iterator<Item = String> {
        self.appointments.iter().flat_map(|visit| {
            let signs = visit.measures().then(|| self.signs_taken(visit));
            let values = signs.map(|signs| signs.values).unwrap_or_default();
            let line = |(key, value): &(&str, Decimal)| {
                let row = VitalSign::of(key);
                let name = row.display.split(" [").next().unwrap_or(row.display);
                let name = name.split(" in Arterial").next().unwrap_or(name);
                let rank = if key.ends_with("-pct") {
                    " percentile"
                } else {
                    ""
                };
                format!("{}{rank} {value} {}", name.to_lowercase(), row.unit)
            };
            let signs: Vec<String> = values.iter().map(line).collect();
            let below = (!signs.is_empty()).then(|| format!("           {}", signs.join(", ")));
            std::iter::once(self.visit(visit)).chain(below)
        })
    }

    fn person(&self) -> String {
        let person = &self.identity;
        let end = person.death.unwrap_or(self.present);
        let mut out = format!("{} ({})\n", person.full_name(), person.id);
        let _ = write!(
            out,
            "{}, {} years, born {}",
            person.particulars.gender.unwrap_or(person.sex.gender()),
            age(person.birth, end),
            person.birth
        );
        if let Some(death) = person.death {
            let _ = write!(out, ", died {death}");
        }
        let place = &person.place;
        let _ = writeln!(out, ", {} {}", place.city, place.state);
        out
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = String> {
        self.episodes.iter().map(|episode| {
            let end = until(episode.abatement);
            format!("{} since {}{end}", episode.condition.text, episode.onset)
        })
    }

    pub(super) fn drugs(&self) -> impl Iterator<Item = String> {
        self.therapies.iter().map(|therapy| {
            let row = Medication::of(therapy.medication);
            let reason = Condition::of(therapy.condition).text;
            let end = until(therapy.until);
            format!("{} for {reason} since {}{end}", row.display, therapy.since)
        })
    }

    pub(super) fn reactions(&self) -> impl Iterator<Item = String> {
        self.allergies
            .iter()
            .map(|(key, onset)| format!("{} since {onset}", Allergen::of(key).display))
    }

    /// Vaccinations in order of time.
    pub(super) fn shots(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .doses
            .iter()
            .map(|dose| {
                let refused = if dose.refused { ", refused" } else { "" };
                format!("{} {}{refused}", dose.date, dose.vaccine.display)
            })
            .collect();
        lines.sort();
        lines
    }

    /// Visits with what was done in them.
    pub(super) fn visits(&self) -> impl Iterator<Item = String> {
        self.appointments.iter().map(|visit| self.visit(visit))
    }

    fn visit(&self, visit: &Appointment) -> String {
        let kind = EncounterType::of(visit.kind).type_display;
        let mut parts = vec![format!("{} {kind}", visit.date)];
        parts.extend(visit.reason.map(|key| Condition::of(key).text.to_owned()));
        if visit.measures() {
            let pressure = self.signs_taken(visit).blood_pressure;
            parts.extend(pressure.map(|(high, low)| format!("blood pressure {high}/{low}")));
        }
        for order in &visit.tests {
            parts.push(self.results(order, visit));
        }
        let procedures = visit
            .procedures
            .iter()
            .map(|key| Procedure::of(key).display);
        let notes = visit.notes.iter().map(|key| DocumentType::of(key).display);
        let drugs = visit
            .given
            .iter()
            .map(|(key, _)| Medication::of(key).display);
        parts.extend(procedures.chain(drugs).chain(notes).map(str::to_owned));
        parts.extend(visit.imaging.map(|(_, conclusion)| conclusion.to_owned()));
        parts.join("; ")
    }

    /// An order with its results, e.g. `Hemoglobin 13.4 g/dL`.
    fn results(&self, order: &str, visit: &Appointment) -> String {
        use crate::body::bench::Finding;
        let outcomes = self.body.results(order, visit.date, visit.results);
        let line = |(row, finding): &(&'static Laboratory, Finding)| {
            let name = row.display.split(" [").next().unwrap_or(row.display);
            match finding {
                Finding::Number(value) => format!("{name} {value} {}", row.unit),
                Finding::Coded(answer) => format!("{name}: {}", answer.snomed_display),
                Finding::Text(text) => format!("{name}: {text}"),
            }
        };
        outcomes.iter().map(line).collect::<Vec<_>>().join(", ")
    }
}

fn until(end: Option<NaiveDate>) -> String {
    end.map(|date| format!(" until {date}")).unwrap_or_default()
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ = writeln!(out, "\n{title}");
    }
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
}
