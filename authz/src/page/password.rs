//! Changing one's password.

use askama::Template;

use super::Chrome;

/// The form.
#[derive(Template)]
#[template(path = "password.html")]
pub struct PasswordPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// What was wrong before.
    pub error: Option<&'a str>,
    /// Fewest characters of a new password.
    pub shortest: usize,
}
