//! The flags.

use std::io::IsTerminal;
use std::path::PathBuf;

use crate::configuration::{ConfigurationError, FileSettings, Secret};
use crate::report::Format;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// When standard output is a terminal and `NO_COLOR` is not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Arguments of the check command.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// FHIR base URL of the server under test.
    #[arg(
        value_name = "BASE_URL",
        help = "FHIR base URL of the server, such as http://localhost:8080/api/fhir"
    )]
    pub base_url: Option<String>,
    /// Print the catalogue of checks and stop
    #[arg(long)]
    pub list: bool,
    /// Settings of a server under test (TOML); flags override it
    #[arg(help_heading = "What to check", long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Run only these checks or groups, such as DSC or LAB-04
    #[arg(
        help_heading = "What to check",
        long,
        value_name = "ID",
        value_delimiter = ','
    )]
    pub only: Vec<String>,
    /// Portal user to log in
    #[arg(help_heading = "Who signs in", long, env = "S4S_CHECK_USERNAME")]
    pub username: Option<String>,
    /// Its password; better given in the environment or a file
    #[arg(
        help_heading = "Who signs in",
        long,
        env = "S4S_CHECK_PASSWORD",
        hide_env_values = true
    )]
    pub password: Option<Secret>,
    /// File that holds the password
    #[arg(help_heading = "Who signs in", long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Access token to use instead of a login; needs --patient
    #[arg(
        help_heading = "Who signs in",
        long,
        env = "S4S_CHECK_TOKEN",
        hide_env_values = true
    )]
    pub token: Option<Secret>,
    /// File that holds the access token
    #[arg(help_heading = "Who signs in", long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Another portal user with other patients, for isolation checks
    #[arg(
        help_heading = "Who signs in",
        long,
        env = "S4S_CHECK_SECOND_USERNAME",
        value_name = "USERNAME"
    )]
    pub second_username: Option<String>,
    /// Its password; better given in the environment or a file
    #[arg(
        help_heading = "Who signs in",
        long,
        env = "S4S_CHECK_SECOND_PASSWORD",
        hide_env_values = true,
        value_name = "PASSWORD"
    )]
    pub second_password: Option<Secret>,
    /// File that holds the second user's password
    #[arg(help_heading = "Who signs in", long, value_name = "FILE")]
    pub second_password_file: Option<PathBuf>,
    /// An access token that is known to be expired
    #[arg(
        help_heading = "Who signs in",
        long,
        env = "S4S_CHECK_EXPIRED_TOKEN",
        hide_env_values = true
    )]
    pub expired_token: Option<Secret>,
    /// File that holds the expired token
    #[arg(help_heading = "Who signs in", long, value_name = "FILE")]
    pub expired_token_file: Option<PathBuf>,
    /// File that holds a refresh token whose consent has ended
    #[arg(help_heading = "Who signs in", long, value_name = "FILE")]
    pub ended_refresh_token_file: Option<PathBuf>,
    /// Who goes through the pages of a login: form (the runner), manual (you, once, in your browser)
    /// or webdriver
    #[arg(help_heading = "Who signs in", long, value_parser = ["form", "manual", "webdriver"])]
    pub login: Option<String>,
    /// Address of a web driver such as chromedriver, for portals that need script
    #[arg(help_heading = "Who signs in", long, value_name = "URL")]
    pub webdriver: Option<String>,
    /// The portal's page that launches apps [default: /launch of the issuer]
    #[arg(help_heading = "Who signs in", long, value_name = "URL")]
    pub launch_page: Option<String>,
    /// A mirror that anybody may read, to see that it says so
    #[arg(help_heading = "What to check", long, value_name = "URL")]
    pub open_base: Option<String>,
    /// File with a certificate (PEM) that the servers' own are signed by
    #[arg(help_heading = "What to check", long, value_name = "FILE")]
    pub authority_file: Option<PathBuf>,
    /// Registered client; without it one is registered, if the server offers that
    #[arg(help_heading = "Clients", long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Secret of a confidential client
    #[arg(
        help_heading = "Clients",
        long,
        env = "S4S_CHECK_CLIENT_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub client_secret: Option<Secret>,
    /// File that holds the client secret
    #[arg(help_heading = "Clients", long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// Registered confidential client; without it one is registered, if the server offers that
    #[arg(help_heading = "Clients", long, value_name = "ID")]
    pub confidential_client_id: Option<String>,
    /// Its secret; better given in the environment or a file
    #[arg(
        help_heading = "Clients",
        long,
        env = "S4S_CHECK_CONFIDENTIAL_CLIENT_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub confidential_client_secret: Option<Secret>,
    /// File that holds the confidential client's secret
    #[arg(help_heading = "Clients", long, value_name = "FILE")]
    pub confidential_client_secret_file: Option<PathBuf>,
    /// Registered client without a user, for bulk exports
    #[arg(help_heading = "Clients", long, value_name = "ID")]
    pub backend_client_id: Option<String>,
    /// File that holds its private key: a JWK of P-256 or P-384
    #[arg(help_heading = "Clients", long, value_name = "FILE")]
    pub backend_key_file: Option<PathBuf>,
    /// Scopes it asks for [default: system/*.rs]
    #[arg(help_heading = "Clients", long, value_name = "SCOPE")]
    pub backend_scope: Option<String>,
    /// FHIR id of the group to export; without it one is searched for
    #[arg(help_heading = "Clients", long, value_name = "ID")]
    pub group: Option<String>,
    /// Redirect URI of the client.
    #[arg(
        help_heading = "Clients",
        long,
        value_name = "URI",
        help = "Redirect URI of the client [default: http://127.0.0.1:8765/callback]"
    )]
    pub redirect_uri: Option<String>,
    /// Scopes to ask for
    #[arg(
        help = "Scopes to ask for [default: launch/patient openid fhirUser offline_access patient/*.rs]",
        help_heading = "Clients",
        long
    )]
    pub scope: Option<String>,
    /// FHIR id of the patient; without it the first one offered
    #[arg(help_heading = "What to check", long, value_name = "ID")]
    pub patient: Option<String>,
    /// FHIR id of a patient the token must not reach
    #[arg(help_heading = "What to check", long, value_name = "ID")]
    pub other_patient: Option<String>,
    /// Release of US Core to check; without it the one the server claims
    #[arg(help_heading = "What to check", long, value_name = "VERSION")]
    pub us_core: Option<String>,
    /// Wait so long to see that codes expire (TOK-19); not checked otherwise
    #[arg(help_heading = "What to check", long, value_name = "SECONDS")]
    pub code_lifetime: Option<u64>,
    /// Try whether guessing and bursts are slowed down; this may lock accounts for a while
    #[arg(help_heading = "What to check", long)]
    pub bursts: bool,
    /// Requests per second [default: 20, or 200 on this machine]
    #[arg(help_heading = "Politeness", long)]
    pub rate: Option<f64>,
    /// Requests in the whole run [default: 6000]
    #[arg(help_heading = "Politeness", long, value_name = "COUNT")]
    pub requests: Option<u32>,
    /// Seconds for one request [default: 30]
    #[arg(help_heading = "Politeness", long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Seconds for the whole run [default: 900]
    #[arg(help_heading = "Politeness", long, value_name = "SECONDS")]
    pub total_time: Option<u64>,
    /// Pages followed in one search [default: 20]
    #[arg(help_heading = "Politeness", long, value_name = "COUNT")]
    pub pages: Option<usize>,
    /// Compare with an earlier run: a report of --format json
    #[arg(
        help_heading = "Report",
        long,
        value_name = "FILE",
        conflicts_with = "against"
    )]
    pub baseline: Option<PathBuf>,
    /// Run against another server as well and compare the two; without an address against one of
    /// our own that is started for it
    #[arg(help_heading = "Report", long, value_name = "BASE_URL", num_args = 0..=1, default_missing_value = super::OWN)]
    pub against: Option<String>,
    /// Settings of the server to compare with (TOML); without it the same flags are used
    #[arg(help_heading = "Report", long, value_name = "FILE")]
    pub against_config: Option<PathBuf>,
    /// Format of the report
    #[arg(help_heading = "Report", long, value_enum, default_value_t)]
    pub format: Format,
    /// Write the report to a file instead of standard output
    #[arg(help_heading = "Report", long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Colours on the console
    #[arg(help_heading = "Report", long, value_enum, default_value_t)]
    pub color: Color,
}

impl Arguments {
    pub(super) fn color(&self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                self.out.is_none() && !plain && std::io::stdout().is_terminal()
            }
        }
    }

    pub(super) fn settings(&self) -> Result<FileSettings, ConfigurationError> {
        let file = match &self.config {
            Some(path) => FileSettings::read(path)?,
            None => FileSettings::default(),
        };
        Ok(self.flags().or(file))
    }

    /// Settings of the other server, when one is to be compared with.
    pub(super) fn other_settings(&self) -> Result<Option<FileSettings>, ConfigurationError> {
        let base = FileSettings {
            base_url: self.against.clone(),
            ..FileSettings::default()
        };
        match (&self.against_config, &self.against) {
            (Some(path), _) => Ok(Some(base.or(FileSettings::read(path)?))),
            (None, Some(_)) => Ok(Some(base.or(self.settings()?))),
            (None, None) => Ok(None),
        }
    }

    fn flags(&self) -> FileSettings {
        FileSettings {
            base_url: self.base_url.clone(),
            username: self.username.clone(),
            password_file: self.password_file.clone(),
            token_file: self.token_file.clone(),
            expired_token_file: self.expired_token_file.clone(),
            ended_refresh_token_file: self.ended_refresh_token_file.clone(),
            login: self.login.clone(),
            webdriver: self.webdriver.clone(),
            selectors: None,
            launch_page: self.launch_page.clone(),
            open_base: self.open_base.clone(),
            authority_file: self.authority_file.clone(),
            second_username: self.second_username.clone(),
            second_password_file: self.second_password_file.clone(),
            client_id: self.client_id.clone(),
            client_secret_file: self.client_secret_file.clone(),
            confidential_client_id: self.confidential_client_id.clone(),
            confidential_client_secret_file: self.confidential_client_secret_file.clone(),
            backend_client_id: self.backend_client_id.clone(),
            backend_key_file: self.backend_key_file.clone(),
            backend_scope: self.backend_scope.clone(),
            group: self.group.clone(),
            code_lifetime: self.code_lifetime,
            bursts: self.bursts.then_some(true),
            redirect_uri: self.redirect_uri.clone(),
            scope: self.scope.clone(),
            patient: self.patient.clone(),
            other_patient: self.other_patient.clone(),
            us_core: self.us_core.clone(),
            only: (!self.only.is_empty()).then(|| self.only.clone()),
            rate: self.rate,
            requests: self.requests,
            timeout: self.timeout,
            total_time: self.total_time,
            pages: self.pages,
            exceptions: std::collections::BTreeMap::new(),
            password: self.password.clone(),
            token: self.token.clone(),
            expired_token: self.expired_token.clone(),
            second_password: self.second_password.clone(),
            client_secret: self.client_secret.clone(),
            confidential_client_secret: self.confidential_client_secret.clone(),
        }
    }
}
