//! Signing in.

use askama::Template;

use super::Chrome;
use crate::account::demo::DemoUser;

/// The sign-in form.
#[derive(Template)]
#[template(path = "login.html")]
pub struct LoginPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// What is filled in.
    pub username: String,
    /// What went wrong before.
    pub error: Option<&'a str>,
    /// Published accounts; empty outside the demo profile.
    pub demo_users: &'a [DemoUser],
}
