//! The question whether to sign out.

use askama::Template;

use super::Chrome;

/// Asks before signing out.
#[derive(Template)]
#[template(path = "logout.html")]
pub struct LogoutPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// The app that asks, if it may say where to go.
    pub client_id: Option<&'a str>,
    /// Where to go.
    pub uri: Option<&'a str>,
    /// Returned as it came.
    pub state: Option<&'a str>,
}
