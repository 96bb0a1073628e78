//! What a run needs to know about the server under test.

mod driver;
mod error;
mod file;
mod reading;
mod resolve;
mod secret;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDate;
use fhir::us_core::UsCore;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use url::Url;

pub use driver::{Driver, Selectors};
pub use error::ConfigurationError;
pub use file::FileSettings;
pub use secret::Secret;

use crate::http::Limits;

/// Scopes asked for unless configured otherwise.
pub const DEFAULT_SCOPE: &str = "launch/patient openid fhirUser offline_access patient/*.rs";
/// Scopes asked for by a client without a user.
pub const DEFAULT_SYSTEM_SCOPE: &str = "system/*.rs";
/// Where codes are sent. Nothing listens there: the runner reads the redirect and goes no further.
pub const DEFAULT_REDIRECT_URI: &str = "http://127.0.0.1:8765/callback";

/// How to get an access token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Not at all: only checks that need no token are run.
    #[default]
    None,
    /// It is given, for `Configuration::patient`.
    Token(Secret),
    /// Through a browser of one's own, once ([`Driver::Manual`]).
    Manual,
    /// Through the portal's forms.
    Form {
        /// Name of the portal user.
        username: String,
        /// Its password.
        password: Secret,
    },
}

/// A user of the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Name of the portal user.
    pub username: String,
    /// Its password.
    pub password: Secret,
}

/// A client that is already registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredClient {
    /// `client_id`.
    pub id: String,
    /// `client_secret` of a confidential client.
    pub secret: Option<Secret>,
}

/// A client that acts for itself, without a user, and authenticates with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// `client_id`.
    pub id: String,
    /// Its private key, a JWK of P-256 or P-384.
    pub key: Secret,
    /// Scopes to ask for.
    pub scope: String,
    /// The group to export; found by a search when absent.
    pub group: Option<String>,
}

/// A known fault that does not fail the run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Why it is tolerated.
    pub reason: String,
    /// The last day it is tolerated, `YYYY-MM-DD`.
    #[serde(deserialize_with = "date")]
    pub until: NaiveDate,
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|_| D::Error::custom("a date is written YYYY-MM-DD, in quotes"))
}

/// Everything about one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// FHIR base URL, without a slash at its end.
    pub base: Url,
    /// How to get a token.
    pub credentials: Credentials,
    /// The client; registered dynamically when absent and possible.
    pub client: Option<RegisteredClient>,
    /// A confidential client; the first one when that has a secret, otherwise registered
    /// dynamically when possible.
    pub confidential_client: Option<RegisteredClient>,
    /// A client without a user, for bulk exports.
    pub backend: Option<Backend>,
    /// Another user of the portal, with other patients.
    pub second: Option<Person>,
    /// How long a code lives; waited for to see that it expires (`TOK-19`).
    pub code_lifetime: Option<Duration>,
    /// Whether to try that guessing and bursts are slowed down, which may lock accounts.
    pub bursts: bool,
    /// Redirect URI of the client.
    pub redirect_uri: Url,
    /// Scopes to ask for.
    pub scope: String,
    /// FHIR id of the patient to authorize; the first one offered when absent.
    pub patient: Option<String>,
    /// FHIR id of a patient the token does not allow, for negative checks.
    pub other_patient: Option<String>,
    /// An access token known to be expired.
    pub expired_token: Option<Secret>,
    /// A refresh token whose consent is known to have ended (`RFR-11`).
    pub ended_refresh_token: Option<Secret>,
    /// Who goes through the pages of a login.
    pub driver: Driver,
    /// What the portal's pages are recognised by.
    pub selectors: Selectors,
    /// The portal's page that launches apps; `launch` beside its other pages when absent.
    pub launch_page: Option<Url>,
    /// A mirror that anybody may read, when there is one (`ACC-21`).
    pub open_base: Option<Url>,
    /// A certificate (PEM) that servers may be vouched for by, besides the usual ones.
    pub authority: Option<Vec<u8>>,
    /// The release of US Core to check; the one the server claims when absent.
    pub us_core: Option<UsCore>,
    /// Ids or groups of the checks to run; all when empty.
    pub only: Vec<String>,
    /// Known faults by check id.
    pub exceptions: BTreeMap<String, Exception>,
    /// Politeness.
    pub limits: Limits,
}

/// Documents below a base that are easily taken for it.
const DOCUMENTS: &[&str] = &["/metadata", "/.well-known/smart-configuration"];

impl Configuration {
    /// A run without credentials against `base`.
    pub fn new(base: &str) -> Result<Self, ConfigurationError> {
        let base = http_url("the base URL", base.trim_end_matches('/'))?;
        let limits = Limits::for_host(base.host_str());
        Ok(Self {
            base,
            credentials: Credentials::None,
            client: None,
            confidential_client: None,
            backend: None,
            second: None,
            code_lifetime: None,
            bursts: false,
            redirect_uri: http_url("redirect-uri", DEFAULT_REDIRECT_URI)?,
            scope: DEFAULT_SCOPE.to_owned(),
            patient: None,
            other_patient: None,
            expired_token: None,
            ended_refresh_token: None,
            driver: Driver::Form,
            selectors: Selectors::default(),
            launch_page: None,
            open_base: None,
            authority: None,
            us_core: None,
            only: Vec::new(),
            exceptions: BTreeMap::new(),
            limits,
        })
    }

    /// Whether the parts fit together (`PRE-01`).
    pub fn validate(&self) -> Result<(), ConfigurationError> {
        let conflict = |message| Err(ConfigurationError::Conflict(message));
        if self.base.query().is_some() || self.base.fragment().is_some() {
            return conflict("the base URL must have neither query nor fragment");
        }
        if !self.base.username().is_empty() || self.base.password().is_some() {
            return conflict(
                "the base URL must have neither user nor password: it stands in every report",
            );
        }
        if DOCUMENTS
            .iter()
            .any(|name| self.base.path().ends_with(name))
        {
            return conflict(
                "the base URL is what comes before /metadata and /.well-known/smart-configuration",
            );
        }
        if matches!(self.credentials, Credentials::Token(_)) && self.patient.is_none() {
            return conflict("a given token needs the patient it is for: add --patient");
        }
        if self.patient.is_some() && self.patient == self.other_patient {
            return conflict("patient and other-patient must be two different patients");
        }
        self.validate_limits()
    }

    fn validate_limits(&self) -> Result<(), ConfigurationError> {
        let Limits {
            rate,
            timeout,
            total_time,
            requests,
            pages,
            ..
        } = self.limits;
        let range = |name, accepted| Err(ConfigurationError::Range { name, accepted });
        if !(0.1..=10_000.0).contains(&rate) {
            return range("rate", "between 0.1 and 10000 requests per second");
        }
        if timeout < Duration::from_millis(10) {
            return range("timeout", "at least 1 second");
        }
        if total_time < Duration::from_millis(10) {
            return range("total-time", "at least 1 second");
        }
        if requests == 0 {
            return range("requests", "at least 1");
        }
        if pages == 0 {
            return range("pages", "at least 1");
        }
        Ok(())
    }
}

/// An absolute http(s) URL with a host.
pub(crate) fn http_url(name: &'static str, value: &str) -> Result<Url, ConfigurationError> {
    Url::parse(value)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| ConfigurationError::Url {
            name,
            value: value.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_absolute() {
        for text in ["", "localhost", "/api/fhir", "ftp://a.example/", "https://"] {
            assert!(Configuration::new(text).is_err(), "{text}");
        }
        let configuration = Configuration::new("https://a.example/fhir//").unwrap();
        assert_eq!(configuration.base.as_str(), "https://a.example/fhir");
    }

    #[test]
    fn a_base_is_what_paths_are_added_to_and_may_be_told() {
        for text in [
            "https://a.example/fhir/metadata",
            "https://a.example/fhir?x=1",
            "https://ada:secret@a.example/fhir",
        ] {
            assert!(
                Configuration::new(text).unwrap().validate().is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_token_needs_its_patient() {
        let mut configuration = Configuration::new("https://a.example/fhir").unwrap();
        configuration.credentials = Credentials::Token(Secret::from("token".to_owned()));
        assert!(configuration.validate().is_err());
        configuration.patient = Some("1".into());
        assert!(configuration.validate().is_ok());
        configuration.other_patient = Some("1".into());
        assert!(configuration.validate().is_err());
    }

    #[test]
    fn secrets_do_not_print() {
        let mut configuration = Configuration::new("https://a.example/fhir").unwrap();
        configuration.credentials = Credentials::Token(Secret::from("hush-hush".to_owned()));
        assert!(!format!("{configuration:?}").contains("hush"));
    }
}
