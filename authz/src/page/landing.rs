//! What this is.

use askama::Template;

use super::Chrome;
use crate::account::demo::DemoAccounts;

/// The landing page.
#[derive(Template)]
#[template(path = "landing.html")]
pub struct LandingPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Whether all data are synthetic and accounts are published.
    pub demo: bool,
    /// Public base URL.
    pub issuer: &'a str,
    /// FHIR base URL.
    pub fhir_base: &'a str,
    /// The published accounts.
    pub accounts: &'a DemoAccounts,
}

impl LandingPage<'_> {
    /// Keys of what the portal is for.
    fn points() -> [(&'static str, &'static str); 3] {
        [
            ("landing.see", "landing.see-text"),
            ("landing.share", "landing.share-text"),
            ("landing.stop", "landing.stop-text"),
        ]
    }
}
