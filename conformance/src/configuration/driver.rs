//! How somebody signs in at the portal, and what its pages are recognised by.

use scraper::Selector;
use serde::Deserialize;
use url::Url;

use super::ConfigurationError;

/// Who goes through the pages of a login.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Driver {
    /// The runner itself: HTTP, cookies and HTML forms, without script.
    #[default]
    Form,
    /// A person: the address is written to standard error, and the answer is waited for at the
    /// redirect URI, which must be one of this machine.
    Manual,
    /// A real browser, driven through this `WebDriver` address (chromedriver, geckodriver).
    WebDriver(Url),
}

/// CSS selectors of what matters on the portal's pages; the defaults fit plain portals.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Selectors {
    /// The field for the name of the user.
    pub username: String,
    /// The field for the password.
    pub password: String,
    /// The button that signs in; without a match the form is sent without a button.
    pub sign_in: String,
    /// What stands for a patient that can be chosen: buttons with the FHIR id in
    /// `data-patient-id` or as their value.
    pub patient: String,
    /// The button that agrees.
    pub approve: String,
    /// The button that declines.
    pub deny: String,
}

impl Selectors {
    /// Whether all of them are CSS.
    pub(super) fn validate(&self) -> Result<(), ConfigurationError> {
        let all = [
            ("username", &self.username),
            ("password", &self.password),
            ("sign-in", &self.sign_in),
            ("patient", &self.patient),
            ("approve", &self.approve),
            ("deny", &self.deny),
        ];
        match all.iter().find(|(_, text)| Selector::parse(text).is_err()) {
            Some((name, value)) => Err(ConfigurationError::Selector {
                name,
                value: (*value).clone(),
            }),
            None => Ok(()),
        }
    }
}

impl Default for Selectors {
    fn default() -> Self {
        Self {
            username: "input[name=username], input[autocomplete=username], input[type=email]"
                .into(),
            password: "input[type=password], input[name=password]".into(),
            sign_in: "#sign-in".into(),
            patient: "[data-patient-id]".into(),
            approve: "#authorize".into(),
            deny: "#deny".into(),
        }
    }
}
