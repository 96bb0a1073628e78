//! Settings as written: the TOML file's keys are the command's flags. Secrets never stand in the
//! file; it names files that hold them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::reading::read_text;
use super::{ConfigurationError, Exception, Secret, Selectors};

/// One server under test. Flags of the command override the file's keys.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the fields are the flags, documented in `cli::Arguments`"
)]
pub struct FileSettings {
    pub base_url: Option<String>,
    pub username: Option<String>,
    pub password_file: Option<PathBuf>,
    pub token_file: Option<PathBuf>,
    pub expired_token_file: Option<PathBuf>,
    pub ended_refresh_token_file: Option<PathBuf>,
    pub login: Option<String>,
    pub webdriver: Option<String>,
    pub selectors: Option<Selectors>,
    pub launch_page: Option<String>,
    pub open_base: Option<String>,
    pub authority_file: Option<PathBuf>,
    pub second_username: Option<String>,
    pub second_password_file: Option<PathBuf>,
    pub client_id: Option<String>,
    pub client_secret_file: Option<PathBuf>,
    pub confidential_client_id: Option<String>,
    pub confidential_client_secret_file: Option<PathBuf>,
    pub backend_client_id: Option<String>,
    pub backend_key_file: Option<PathBuf>,
    pub backend_scope: Option<String>,
    pub group: Option<String>,
    pub code_lifetime: Option<u64>,
    pub bursts: Option<bool>,
    pub redirect_uri: Option<String>,
    pub scope: Option<String>,
    pub patient: Option<String>,
    pub other_patient: Option<String>,
    pub us_core: Option<String>,
    pub only: Option<Vec<String>>,
    pub rate: Option<f64>,
    pub requests: Option<u32>,
    pub timeout: Option<u64>,
    pub total_time: Option<u64>,
    pub pages: Option<usize>,
    #[serde(default)]
    pub exceptions: BTreeMap<String, Exception>,
    /// Secrets from the command line or the environment, which win over files.
    #[serde(skip)]
    pub password: Option<Secret>,
    #[serde(skip)]
    pub token: Option<Secret>,
    #[serde(skip)]
    pub expired_token: Option<Secret>,
    #[serde(skip)]
    pub second_password: Option<Secret>,
    #[serde(skip)]
    pub client_secret: Option<Secret>,
    #[serde(skip)]
    pub confidential_client_secret: Option<Secret>,
}

impl FileSettings {
    /// Reads a TOML file. File names in it are relative to its folder.
    pub fn read(path: &Path) -> Result<Self, ConfigurationError> {
        let text = read_text(path)?;
        let mut settings: Self =
            toml::from_str(&text).map_err(|error| ConfigurationError::Malformed {
                path: path.display().to_string(),
                message: explained(&text, &error),
            })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for file in settings.secret_files().into_iter().flatten() {
            *file = folder.join(&*file);
        }
        Ok(settings)
    }

    fn secret_files(&mut self) -> [&mut Option<PathBuf>; 9] {
        [
            &mut self.password_file,
            &mut self.token_file,
            &mut self.expired_token_file,
            &mut self.ended_refresh_token_file,
            &mut self.authority_file,
            &mut self.client_secret_file,
            &mut self.second_password_file,
            &mut self.confidential_client_secret_file,
            &mut self.backend_key_file,
        ]
    }

    /// These settings, and those of `other` where these say nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let mut exceptions = other.exceptions;
        exceptions.extend(self.exceptions);
        Self {
            base_url: self.base_url.or(other.base_url),
            username: self.username.or(other.username),
            password_file: self.password_file.or(other.password_file),
            token_file: self.token_file.or(other.token_file),
            expired_token_file: self.expired_token_file.or(other.expired_token_file),
            ended_refresh_token_file: self
                .ended_refresh_token_file
                .or(other.ended_refresh_token_file),
            login: self.login.or(other.login),
            webdriver: self.webdriver.or(other.webdriver),
            selectors: self.selectors.or(other.selectors),
            launch_page: self.launch_page.or(other.launch_page),
            open_base: self.open_base.or(other.open_base),
            authority_file: self.authority_file.or(other.authority_file),
            second_username: self.second_username.or(other.second_username),
            second_password_file: self.second_password_file.or(other.second_password_file),
            client_id: self.client_id.or(other.client_id),
            confidential_client_id: self.confidential_client_id.or(other.confidential_client_id),
            confidential_client_secret_file: self
                .confidential_client_secret_file
                .or(other.confidential_client_secret_file),
            backend_client_id: self.backend_client_id.or(other.backend_client_id),
            backend_key_file: self.backend_key_file.or(other.backend_key_file),
            backend_scope: self.backend_scope.or(other.backend_scope),
            group: self.group.or(other.group),
            code_lifetime: self.code_lifetime.or(other.code_lifetime),
            bursts: self.bursts.or(other.bursts),
            client_secret_file: self.client_secret_file.or(other.client_secret_file),
            redirect_uri: self.redirect_uri.or(other.redirect_uri),
            scope: self.scope.or(other.scope),
            patient: self.patient.or(other.patient),
            other_patient: self.other_patient.or(other.other_patient),
            us_core: self.us_core.or(other.us_core),
            only: self.only.or(other.only),
            rate: self.rate.or(other.rate),
            requests: self.requests.or(other.requests),
            timeout: self.timeout.or(other.timeout),
            total_time: self.total_time.or(other.total_time),
            pages: self.pages.or(other.pages),
            exceptions,
            password: self.password.or(other.password),
            token: self.token.or(other.token),
            expired_token: self.expired_token.or(other.expired_token),
            second_password: self.second_password.or(other.second_password),
            client_secret: self.client_secret.or(other.client_secret),
            confidential_client_secret: self
                .confidential_client_secret
                .or(other.confidential_client_secret),
        }
    }
}

/// Keys that people try, which would put a secret into the file.
const SECRETS: &[&str] = &[
    "password",
    "token",
    "expired-token",
    "second-password",
    "client-secret",
    "confidential-client-secret",
    "backend-key",
];

/// What is wrong with the text of a file; of a secret in it, where it belongs.
fn explained(text: &str, error: &toml::de::Error) -> String {
    let table: toml::Table = text.parse().unwrap_or_default();
    match SECRETS.iter().find(|name| table.contains_key(**name)) {
        Some(name) => format!(
            "{name}: secrets do not stand in this file; {name}-file names a file that holds it, and --help the variable of the environment"
        ),
        None => error.to_string().trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn parse(text: &str) -> Result<FileSettings, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(parse("base-url = 'http://a.example/fhir'\nspeed = 3").is_err());
        assert!(parse("password = 'in the open'").is_err());
        assert!(parse("[exceptions.DSC-01]\nreason='x'\nuntil='2030-01-01'\nwho='me'").is_err());
    }

    #[test]
    fn a_secret_in_the_file_is_told_where_it_belongs() {
        let text = "password = 'in the open'";
        let told = explained(text, &parse(text).unwrap_err());
        assert!(
            told.contains("password-file names") && !told.contains("in the open"),
            "{told}"
        );
    }

    #[test]
    fn a_file_without_its_secret_is_refused() {
        let empty = tempfile::NamedTempFile::new().unwrap();
        let settings = FileSettings {
            base_url: Some("http://h/f".into()),
            username: Some("ada".into()),
            password_file: Some(empty.path().to_owned()),
            ..FileSettings::default()
        };
        let error = settings.configuration().unwrap_err().to_string();
        assert!(error.contains("is empty"), "{error}");
    }

    #[test]
    fn exceptions_have_a_reason_and_an_end() {
        let settings =
            parse("[exceptions]\nDSC-01 = {reason='known', until='2030-01-31'}").unwrap();
        assert_eq!(
            settings.exceptions["DSC-01"].until.to_string(),
            "2030-01-31"
        );
        assert!(parse("[exceptions]\nDSC-01 = {reason='known'}").is_err());
    }

    #[test]
    fn flags_win_over_the_file() {
        let flags = parse("patient = 'a'\nrate = 5.0").unwrap();
        let file = parse("base-url = 'http://h/f'\npatient = 'b'\ntimeout = 3").unwrap();
        let configuration = flags.or(file).configuration().unwrap();
        assert_eq!(configuration.patient.as_deref(), Some("a"));
        assert_eq!(configuration.limits.timeout, Duration::from_secs(3));
        assert!((configuration.limits.rate - 5.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_selector_is_css() {
        let settings = parse("base-url = 'http://h/f'\n[selectors]\ndeny = '###'").unwrap();
        let error = settings.configuration().unwrap_err().to_string();
        assert!(error.contains("deny"), "{error}");
    }

    #[test]
    fn a_username_without_a_password_is_refused() {
        let settings = parse("base-url = 'http://h/f'\nusername = 'ada'").unwrap();
        assert!(settings.configuration().is_err());
    }
}
