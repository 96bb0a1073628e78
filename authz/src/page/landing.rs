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

/// The API at a glance: a request, and the key of what it is for.
const CALLS: [(&str, &str); 8] = [
    ("GET /.well-known/smart-configuration", "call.discovery"),
    ("POST /oauth/register", "call.register"),
    ("GET /oauth/authorize", "call.authorize"),
    ("POST /oauth/par", "call.par"),
    ("POST /oauth/token", "call.token"),
    ("POST /oauth/introspect", "call.introspect"),
    ("POST /oauth/revoke", "call.revoke"),
    ("GET /oauth/userinfo", "call.userinfo"),
];

impl LandingPage<'_> {
    fn calls() -> [(&'static str, &'static str); 8] {
        CALLS
    }

    /// The page of the FHIR server about itself.
    fn fhir_home(&self) -> String {
        url::Url::parse(self.fhir_base)
            .and_then(|base| base.join("/"))
            .map_or_else(|_| self.fhir_base.to_owned(), |home| home.to_string())
    }

    /// Keys of what the portal is for.
    fn points() -> [(&'static str, &'static str); 3] {
        [
            ("landing.see", "landing.see-text"),
            ("landing.share", "landing.share-text"),
            ("landing.stop", "landing.stop-text"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::language::Language;

    #[test]
    fn every_call_and_point_has_words() {
        let points = LandingPage::points();
        let keys = points.iter().flat_map(|(title, text)| [title, text]);
        for key in keys.chain(CALLS.iter().map(|(_, key)| key)) {
            assert!(Language::has(key), "{key}");
        }
    }
}
