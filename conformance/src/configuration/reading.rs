//! Reading single settings: URLs, releases, files.

use std::fs;
use std::path::{Path, PathBuf};

use fhir::us_core::UsCore;

use super::{ConfigurationError, Secret};

pub(super) fn url(
    name: &'static str,
    text: Option<&str>,
) -> Result<Option<url::Url>, ConfigurationError> {
    text.map(|text| super::http_url(name, text.trim_end_matches('/')))
        .transpose()
}

pub(super) fn release(text: Option<&str>) -> Result<Option<UsCore>, ConfigurationError> {
    let parse = |text: &str| text.parse().ok();
    match text.map(parse) {
        Some(None) => Err(ConfigurationError::Range {
            name: "us-core",
            accepted: "one of 3.1.1, 4.0.0, 5.0.1, 6.1.0, 7.0.0 and 8.0.0",
        }),
        Some(release) => Ok(release),
        None => Ok(None),
    }
}

pub(super) fn secret(
    given: Option<&Secret>,
    file: Option<&PathBuf>,
) -> Result<Option<Secret>, ConfigurationError> {
    // A variable that is set to nothing is how scripts say that there is none.
    match (given.filter(|secret| !secret.reveal().is_empty()), file) {
        (Some(secret), _) => Ok(Some(secret.clone())),
        (None, Some(path)) => read_secret(path).map(Some),
        (None, None) => Ok(None),
    }
}

fn read_secret(path: &Path) -> Result<Secret, ConfigurationError> {
    let text = read_text(path)?;
    match text.trim() {
        "" => Err(ConfigurationError::Empty(path.display().to_string())),
        text => Ok(Secret::from(text.to_owned())),
    }
}

pub(super) fn read_text(path: &Path) -> Result<String, ConfigurationError> {
    fs::read_to_string(path).map_err(|source| ConfigurationError::Unreadable {
        path: path.display().to_string(),
        source,
    })
}
