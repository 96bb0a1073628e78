//! What went wrong.

use askama::Template;

use super::Chrome;

/// A page that says what went wrong.
#[derive(Template)]
#[template(path = "problem.html")]
pub struct ProblemPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Headline.
    pub title: &'a str,
    /// The error code of an app's mistake.
    pub code: Option<&'a str>,
    /// What to do next.
    pub text: &'a str,
    /// To find the request in the log.
    pub request_id: &'a str,
    /// Host and address of the app, when the person may return there.
    pub back: Option<(String, String)>,
}
