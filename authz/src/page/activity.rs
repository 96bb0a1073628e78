//! What was done in a person's name.

use askama::Template;

use super::Chrome;
use super::language::Language;
use crate::store::audit::Record;

/// The newest lines of the trail.
#[derive(Template)]
#[template(path = "activity.html")]
pub struct ActivityPage {
    /// The frame.
    pub chrome: Chrome,
    /// Whether it is about everybody.
    pub everybody: bool,
    /// The lines, newest first.
    pub records: Vec<Record>,
}

impl ActivityPage {
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
}
