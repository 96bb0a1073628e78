//! The story of a patient as plain facts, and its telling as resources.
//!
//! Named patients are written by hand (`named`), statistical ones are drawn (`population`); both become a [`Story`],
//! which `tell` turns into a record in the order of time.

use chrono::{Days, NaiveDate};

use self::examination::Thoroughness;
use crate::body::Body;
use crate::config::UsCore;
use crate::person::Identity;
use crate::resource::coverage::Plan;
use crate::resource::related_person::Relative;
use crate::table::clinical::{Condition, Vaccine};

pub(crate) mod advance;
pub(crate) mod care;
pub(crate) mod course;
pub(crate) mod draw;
pub(crate) mod episode;
pub(crate) mod event;
pub(crate) mod examination;
mod family;
mod fatal;
pub(crate) mod follow_up;
mod grown_up_doses;
mod identity;
mod illness;
pub(crate) mod note;
pub(crate) mod outlook;
pub(crate) mod pharmacy;
mod prevention;
mod readable;
pub(crate) mod tell;
pub(crate) mod vaccination;
pub(crate) mod visits;

/// A condition with its course in one patient.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Episode {
    pub(crate) condition: &'static Condition,
    pub(crate) onset: NaiveDate,
    pub(crate) abatement: Option<NaiveDate>,
}

/// A drug a patient takes, for a condition (by key).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Therapy {
    /// A key of `medications.tsv`.
    pub(crate) medication: &'static str,
    pub(crate) condition: &'static str,
    pub(crate) since: NaiveDate,
    pub(crate) until: Option<NaiveDate>,
    /// Bought without a prescription: told by the patient.
    pub(crate) over_the_counter: bool,
}

/// A visit with what is done in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Appointment {
    pub(crate) date: NaiveDate,
    /// A key of `encounters.tsv`.
    pub(crate) kind: &'static str,
    /// The key of the condition it is about.
    pub(crate) reason: Option<&'static str>,
    /// A profession of `providers.tsv`; the patient's own practitioner when empty.
    pub(crate) provider: &'static str,
    pub(crate) minutes: Option<i64>,
    /// Laboratory orders, by key of `labs.tsv`.
    pub(crate) tests: Vec<&'static str>,
    /// Laboratory values that are part of the story.
    pub(crate) results: &'static [(&'static str, f64)],
    /// Keys of `procedures.tsv`.
    pub(crate) procedures: Vec<&'static str>,
    /// An examination of `imaging.tsv` with its conclusion.
    pub(crate) imaging: Option<(&'static str, &'static str)>,
    /// What the examination shows, beyond its conclusion.
    pub(crate) findings: &'static [crate::act::clinical_test::Found],
    /// Drugs given by staff, with the number of doses.
    pub(crate) given: Vec<(&'static str, i64)>,
    /// Notes to be written, by key of `documents.tsv`.
    pub(crate) notes: Vec<&'static str>,
    /// The patient is asked about smoking and alcohol.
    pub(crate) asks_habits: bool,
    /// What else happens.
    pub(crate) events: Vec<event::Event>,
}

impl Appointment {
    /// Whether vital signs are taken: not over the telephone, not of the dead.
    pub(crate) fn measures(&self) -> bool {
        !matches!(self.kind, "telehealth" | "death-certification" | "lab-only")
    }
}

/// A dose of a vaccine with its date.
#[derive(Debug, Clone)]
pub(crate) struct Dose {
    pub(crate) vaccine: &'static Vaccine,
    pub(crate) number: Option<u32>,
    pub(crate) date: NaiveDate,
    pub(crate) refused: bool,
}

/// What a patient answers about tobacco and alcohol, as SNOMED CT codes of `social.tsv`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Habits {
    pub(crate) smoking: &'static str,
    /// Pack-years now, for those who have smoked.
    pub(crate) pack_years: Option<f64>,
    pub(crate) alcohol: &'static str,
}

/// A problem of the list that has no code; without a text it is not known at all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextProblem {
    pub(crate) text: &'static str,
    pub(crate) onset: NaiveDate,
}

/// Everything that is told about one patient.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) seed: u64,
    /// The version of US Core that the record is for.
    pub(crate) us_core: UsCore,
    /// The date on which the story was drawn up.
    pub(crate) as_of: NaiveDate,
    /// The present of its telling: the same date, or a later one.
    pub(crate) present: NaiveDate,
    pub(crate) identity: Identity,
    pub(crate) body: Body,
    /// Who pays, and since when.
    pub(crate) coverage: Option<(Plan, NaiveDate)>,
    pub(crate) relatives: Vec<Relative>,
    pub(crate) episodes: Vec<Episode>,
    pub(crate) text_problems: Vec<TextProblem>,
    pub(crate) therapies: Vec<Therapy>,
    /// Keys of `allergies.tsv` with their onset; empty means that none is known.
    pub(crate) allergies: Vec<(&'static str, NaiveDate)>,
    /// None when the patient is too young to be asked.
    pub(crate) habits: Option<Habits>,
    pub(crate) appointments: Vec<Appointment>,
    pub(crate) doses: Vec<Dose>,
    /// Keys of `devices.tsv` with the date they were given.
    pub(crate) devices: Vec<(&'static str, NaiveDate)>,
    /// From when fills at the pharmacy are on record.
    pub(crate) fills_since: NaiveDate,
    /// Which vital signs are taken.
    pub(crate) thoroughness: Thoroughness,
}

/// Days until an illness shows no more in what is measured, though it is not over yet.
const WORST: u64 = 8;

impl Story {
    /// Until when a condition acts on the body. The acute illness of a drawn patient does for its first days only.
    fn worst_until(&self, episode: &Episode) -> Option<NaiveDate> {
        let drawn = self.thoroughness == Thoroughness::AsCalledFor;
        let better = episode.onset.checked_add_days(Days::new(WORST));
        if drawn && episode.condition.kind == "acute" {
            episode.abatement.min(better).or(better)
        } else {
            episode.abatement
        }
    }

    /// Lets conditions and drugs act on the body: what is measured then fits what is told.
    pub(crate) fn settle(&mut self) {
        use crate::body::Cause;
        let diseases = self.episodes.iter().map(|episode| Cause {
            key: episode.condition.key,
            since: episode.onset,
            until: self.worst_until(episode),
        });
        let drugs = self.therapies.iter().map(|therapy| Cause {
            key: therapy.medication,
            since: therapy.since,
            until: therapy.until,
        });
        self.body.causes = diseases.chain(drugs).collect();
        self.appointments
            .sort_by_key(|appointment| appointment.date);
    }
}
