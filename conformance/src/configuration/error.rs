//! What is wrong with a configuration.

use thiserror::Error;

/// Why a configuration is refused; the message is meant for the person who wrote it.
#[derive(Debug, Error)]
pub enum ConfigurationError {
    /// No base URL.
    #[error("no base URL: give one, such as http://localhost:8080/api/fhir")]
    NoBase,
    /// Not an absolute http or https URL.
    #[error("{name} must be an absolute URL that begins with http:// or https://, not {value:?}")]
    Url {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: String,
    },
    /// Two settings exclude each other or one needs another.
    #[error("{0}")]
    Conflict(&'static str),
    /// A selector that is no CSS.
    #[error("[selectors] {name} is no CSS selector: {value:?}")]
    Selector {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: String,
    },
    /// A number out of range.
    #[error("{name} must be {accepted}")]
    Range {
        /// The setting.
        name: &'static str,
        /// What would be accepted.
        accepted: &'static str,
    },
    /// A check id that does not exist.
    #[error("{name} names {id:?}, which is neither a check nor a group; see --list")]
    UnknownCheck {
        /// The setting.
        name: &'static str,
        /// What was given.
        id: String,
    },
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file that should hold a secret holds nothing.
    #[error("{0} is empty: a secret is expected in it")]
    Empty(String),
    /// A configuration file has unknown keys or wrong types.
    #[error("{path}: {message}")]
    Malformed {
        /// The file.
        path: String,
        /// What is wrong, with line and column.
        message: String,
    },
    /// The server to compare with did not start.
    #[error("{0}")]
    Reference(String),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(String),
}
