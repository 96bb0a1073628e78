//! The checks, one file per group; each file begins with its part of the catalogue.

mod access;
mod api;
mod capability;
mod clinical;
mod discovery;
mod document;
mod financial;
mod imaging;
mod login;
mod negotiation;
mod periodic;
mod preflight;
mod search;
mod search_value;

use crate::catalogue::{Check, Template};

/// The catalogue's tables, apart from the template.
pub(crate) const TABLES: &[&[Check]] = &[
    preflight::CHECKS,
    discovery::CHECKS,
    capability::CHECKS,
    negotiation::CHECKS,
    login::CHECKS,
    access::CHECKS,
    api::CHECKS,
    search::CHECKS,
    periodic::CHECKS,
    search_value::CHECKS,
    document::CHECKS,
    financial::CHECKS,
    imaging::CHECKS,
];

/// The template of every category.
pub(crate) const TEMPLATE: &[Template] = clinical::TEMPLATE;
