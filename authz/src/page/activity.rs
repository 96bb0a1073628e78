//! Who read what, and what was done in a person's name.

use askama::Template;
use chrono::DateTime;

use super::Chrome;
use super::language::Language;
use crate::account::person::Patient;
use crate::store::audit::Record;
use crate::store::uses::Reading;

/// The newest lines of the trail, and what apps and people read.
#[derive(Template)]
#[template(path = "activity.html")]
pub struct ActivityPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Whether it is about everybody.
    pub everybody: bool,
    /// Row of the visitor.
    pub me: i64,
    /// Whose names are known.
    pub patients: &'a [Patient],
    /// What was read, newest first.
    pub readings: Vec<Reading>,
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

    fn when(&self, record: &Record) -> String {
        let day = self.chrome.date(record.at.date_naive());
        format!("{day}, {} UTC", record.at.format("%H:%M"))
    }

    fn day(&self, reading: &Reading) -> String {
        DateTime::from_timestamp(reading.day * 86_400, 0)
            .map(|at| self.chrome.date(at.date_naive()))
            .unwrap_or_default()
    }

    /// Who read: an app for somebody, or somebody here.
    fn reader(&self, reading: &Reading) -> String {
        let person = if reading.user == Some(self.me) {
            self.chrome.say("activity.you")
        } else {
            reading.user_name.as_deref().unwrap_or_default()
        };
        match &reading.client_name {
            Some(app) if reading.user == Some(self.me) => app.clone(),
            Some(app) => self.chrome.tell("activity.app-for", &[app, &person]),
            None => self.chrome.tell("activity.here", &[&person]),
        }
    }

    /// What a patient is called; those whose name is not known here keep their id.
    fn patient<'p>(&'p self, id: Option<&'p str>) -> &'p str {
        let Some(id) = id else { return "" };
        let known = self.patients.iter().find(|patient| patient.id == id);
        known.map_or(id, |patient| &patient.name)
    }
}
