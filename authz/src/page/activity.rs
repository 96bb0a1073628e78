//! What was done in a person's name.

use askama::Template;

use super::Chrome;
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

/// What each event is called.
const WORDS: &[(&str, &str)] = &[
    ("sign-in", "Signed in"),
    ("sign-out", "Signed out"),
    ("password-change", "Password changed"),
    ("launch", "App started"),
    ("authorization-request", "App asked for permission"),
    ("consent", "Decided about an app"),
    ("code-exchange", "App got access"),
    ("refresh", "App renewed its access"),
    ("client-credentials", "Service got access"),
    ("revocation", "Sharing ended"),
    ("registration", "App registered"),
    ("client-authentication", "App proved who it is"),
    ("debug", "Tokens made for a test"),
];

impl ActivityPage {
    fn words(record: &Record) -> &str {
        WORDS
            .iter()
            .find(|(event, _)| *event == record.event)
            .map_or(record.event.as_str(), |(_, words)| words)
    }

    fn when(record: &Record) -> String {
        record.at.format("%Y-%m-%d %H:%M UTC").to_string()
    }
}
