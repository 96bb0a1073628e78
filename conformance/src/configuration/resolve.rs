//! From settings as written to the configuration of a run: parsed, secrets read from their files.

use std::time::Duration;

use super::reading::{read_text, release, secret, url};
use super::{
    Backend, Configuration, ConfigurationError, Credentials, DEFAULT_SYSTEM_SCOPE, Driver,
    FileSettings, Person, RegisteredClient,
};

impl FileSettings {
    /// Parsed and validated, secrets read from their files.
    pub fn configuration(self) -> Result<Configuration, ConfigurationError> {
        let base = self.base_url.as_deref().ok_or(ConfigurationError::NoBase)?;
        let mut configuration = Configuration::new(base)?;
        configuration.credentials = self.credentials()?;
        configuration.client = self.client()?;
        configuration.confidential_client = self.confidential_client()?;
        configuration.second = self.second()?;
        configuration.backend = self.backend()?;
        configuration.code_lifetime = self.code_lifetime.map(Duration::from_secs);
        configuration.bursts = self.bursts.unwrap_or(false);
        configuration.expired_token = secret(
            self.expired_token.as_ref(),
            self.expired_token_file.as_ref(),
        )?;
        configuration.ended_refresh_token = secret(None, self.ended_refresh_token_file.as_ref())?;
        configuration.driver = self.driver()?;
        configuration.selectors = self.selectors.clone().unwrap_or_default();
        configuration.selectors.validate()?;
        configuration.launch_page = url("launch-page", self.launch_page.as_deref())?;
        configuration.open_base = url("open-base", self.open_base.as_deref())?;
        let authority = self.authority_file.as_deref().map(read_text).transpose()?;
        configuration.authority = authority.map(String::into_bytes);
        self.apply_limits(&mut configuration);
        if let Some(uri) = &self.redirect_uri {
            configuration.redirect_uri = super::http_url("redirect-uri", uri)?;
        }
        if let Some(scope) = self.scope {
            configuration.scope = scope;
        }
        configuration.us_core = release(self.us_core.as_deref())?;
        configuration.patient = self.patient;
        configuration.other_patient = self.other_patient;
        configuration.only = self.only.unwrap_or_default();
        configuration.exceptions = self.exceptions;
        configuration.validate()?;
        Ok(configuration)
    }

    fn driver(&self) -> Result<Driver, ConfigurationError> {
        match (self.login.as_deref(), self.webdriver.as_deref()) {
            (None | Some("form"), None) => Ok(Driver::Form),
            (Some("manual"), None) => Ok(Driver::Manual),
            (None | Some("webdriver"), Some(text)) => {
                super::http_url("webdriver", text).map(Driver::WebDriver)
            }
            (Some("webdriver"), None) => Err(ConfigurationError::Conflict(
                "a login through webdriver needs its address: --webdriver http://127.0.0.1:9515",
            )),
            _ => Err(ConfigurationError::Conflict(
                "login is form, manual or webdriver, and only the last one has an address",
            )),
        }
    }

    fn credentials(&self) -> Result<Credentials, ConfigurationError> {
        let token = secret(self.token.as_ref(), self.token_file.as_ref())?;
        let password = secret(self.password.as_ref(), self.password_file.as_ref())?;
        match (token, self.username.clone(), password) {
            (Some(_), Some(_), _) => Err(ConfigurationError::Conflict(
                "give either a token or a username, not both",
            )),
            (Some(token), None, _) => Ok(Credentials::Token(token)),
            (None, Some(username), Some(password)) => Ok(Credentials::Form { username, password }),
            (None, Some(_), None) => Err(ConfigurationError::Conflict(
                "a username needs a password: set S4S_CHECK_PASSWORD or --password-file",
            )),
            (None, None, _) if self.login.as_deref() == Some("manual") => Ok(Credentials::Manual),
            (None, None, _) => Ok(Credentials::None),
        }
    }

    fn client(&self) -> Result<Option<RegisteredClient>, ConfigurationError> {
        let secret = secret(
            self.client_secret.as_ref(),
            self.client_secret_file.as_ref(),
        )?;
        match (self.client_id.clone(), secret) {
            (Some(id), secret) => Ok(Some(RegisteredClient { id, secret })),
            (None, Some(_)) => Err(ConfigurationError::Conflict(
                "a client secret needs its client-id",
            )),
            (None, None) => Ok(None),
        }
    }

    fn confidential_client(&self) -> Result<Option<RegisteredClient>, ConfigurationError> {
        let secret = secret(
            self.confidential_client_secret.as_ref(),
            self.confidential_client_secret_file.as_ref(),
        )?;
        match (self.confidential_client_id.clone(), secret) {
            (Some(id), secret @ Some(_)) => Ok(Some(RegisteredClient { id, secret })),
            (None, None) => Ok(None),
            _ => Err(ConfigurationError::Conflict(
                "a confidential client needs confidential-client-id and its secret",
            )),
        }
    }

    fn backend(&self) -> Result<Option<Backend>, ConfigurationError> {
        let key = secret(None, self.backend_key_file.as_ref())?;
        let scope = self.backend_scope.as_deref();
        match (self.backend_client_id.clone(), key) {
            (Some(id), Some(key)) => Ok(Some(Backend {
                id,
                key,
                scope: scope.unwrap_or(DEFAULT_SYSTEM_SCOPE).to_owned(),
                group: self.group.clone(),
            })),
            (None, None) => Ok(None),
            _ => Err(ConfigurationError::Conflict(
                "a backend client needs backend-client-id and backend-key-file",
            )),
        }
    }

    fn second(&self) -> Result<Option<Person>, ConfigurationError> {
        let password = secret(
            self.second_password.as_ref(),
            self.second_password_file.as_ref(),
        )?;
        match (self.second_username.clone(), password) {
            (Some(username), Some(password)) => Ok(Some(Person { username, password })),
            (None, None) => Ok(None),
            _ => Err(ConfigurationError::Conflict(
                "a second user needs second-username and second-password",
            )),
        }
    }

    fn apply_limits(&self, configuration: &mut Configuration) {
        let limits = &mut configuration.limits;
        limits.rate = self.rate.unwrap_or(limits.rate);
        limits.requests = self.requests.unwrap_or(limits.requests);
        limits.pages = self.pages.unwrap_or(limits.pages);
        limits.timeout = self.timeout.map_or(limits.timeout, Duration::from_secs);
        limits.total_time = self
            .total_time
            .map_or(limits.total_time, Duration::from_secs);
    }
}
