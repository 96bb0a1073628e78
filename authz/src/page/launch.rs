//! Starting an app from the portal.

use askama::Template;

use super::Chrome;
use crate::account::person::Patient;

/// The form that starts an app.
#[derive(Template)]
#[template(path = "launch.html")]
pub struct LaunchPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// What was wrong before.
    pub error: Option<&'a str>,
    /// The apps that can be started.
    pub apps: &'a [LaunchableApp],
    /// Whose record it may be about.
    pub patients: &'a [Patient],
    /// Whether the person treats them.
    pub professional: bool,
}

/// An app that can be started from here.
#[derive(Debug)]
pub struct LaunchableApp {
    /// `client_id`
    pub client_id: String,
    /// What it calls itself.
    pub name: String,
    /// Where it is started.
    pub launch_url: String,
    /// Whether anybody checked it.
    pub verified: bool,
}
