//! What was done in a person's name.

use askama::Template;
use chrono::DateTime;

use super::Chrome;
use super::language::Language;
use crate::account::person::Patient;
use crate::store::audit::Record;
use crate::store::uses::DayOfUse;

/// The newest lines of the trail, and what apps read.
#[derive(Template)]
#[template(path = "activity.html")]
pub struct ActivityPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Whether it is about everybody.
    pub everybody: bool,
    /// Whose names are known.
    pub patients: &'a [Patient],
    /// Days on which apps asked for data, newest first.
    pub reading: Vec<DayOfUse>,
    /// The lines, newest first.
    pub records: Vec<Record>,
}

impl ActivityPage<'_> {
    /// What the event is called; an event without words keeps its own.
    fn words(&self, record: &Record) -> String {
        let key = format!("event.{}", record.event);
        if Language::has(&key) {
            self.chrome.say(&key).to_owned()
        } else {
            record.event.clone()
        }
    }

    fn when(record: &Record) -> String {
        record.at.format("%Y-%m-%d %H:%M UTC").to_string()
    }

    fn day(&self, used: &DayOfUse) -> String {
        DateTime::from_timestamp(used.day * 86_400, 0)
            .map(|at| self.chrome.date(at.date_naive()))
            .unwrap_or_default()
    }

    /// What a patient is called; those whose name is not known here keep their id.
    fn patient<'p>(&'p self, id: Option<&'p str>) -> &'p str {
        let Some(id) = id else { return "" };
        let known = self.patients.iter().find(|patient| patient.id == id);
        known.map_or(id, |patient| &patient.name)
    }
}
