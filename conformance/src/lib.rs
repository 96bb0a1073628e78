//! A black-box conformance runner for any FHIR R4 and SMART on FHIR server.
//!
//! The runner knows a server only by its base URL. What it asks is a table, the [`catalogue`]: each
//! [`Check`] has an id, a claim in one sentence, a [`Level`] and the [`Requirement`] it verifies. A
//! check ends in an [`Outcome`]; one that cannot be decided is skipped with its reason, never passed.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use conformance::{Configuration, Runner};
//!
//! let configuration = Configuration::new("http://localhost:8080/api/fhir")?;
//! let report = Runner::new(configuration)?.run(&()).await;
//! assert_eq!(report.exit_code(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! From the outside in: [`cli`] reads arguments and prints, [`runner`] walks the catalogue, `check`
//! holds one file per group, `context` remembers what several checks need (documents, the session,
//! search results), `login` gets a token, `http` is the only module that sends a request: it keeps
//! the rate, the budget and the time limits, and records every exchange with secrets taken out.

pub mod catalogue;
mod category;
mod check;
pub mod cli;
mod code;
mod collection;
pub mod configuration;
mod context;
mod http;
mod login;
mod outcome;
mod quality;
pub mod report;
pub mod requirement;
mod resource;
pub mod runner;
mod us_core;
mod validity;

pub use login::key::client_assertion;
pub use login::page;

pub use catalogue::{Check, Level};
pub use configuration::{Configuration, ConfigurationError};
pub use fhir::us_core::UsCore;
pub use http::{Exchange, Limits};
pub use outcome::Outcome;
pub use report::Report;
pub use requirement::Requirement;
pub use runner::{Observer, Runner};
