//! The checks, one file per group; each file begins with its part of the catalogue.

mod access;
mod api;
mod assertion;
mod authorization;
mod benefit_search;
mod capability;
mod category_scope;
mod claim;
mod clinical;
mod code;
mod consent;
mod cors;
mod discovery;
mod document;
mod document_content;
mod endpoint;
mod export;
mod export_file;
mod financial;
mod genomics;
mod identity;
mod imaging;
mod interaction;
mod introspection;
mod launch;
mod login;
mod narrative;
mod negotiation;
mod openness;
mod operation;
mod particular;
mod periodic;
mod pixel;
mod portal_login;
mod portal_page;
mod preflight;
mod quality;
mod reference;
mod refresh;
mod registration;
mod revocation;
mod scope;
mod search;
mod search_value;
mod sharing;
mod token;
mod transport;
mod us_core;
mod us_core_claim;
mod us_core_profile;
mod variant;

use crate::catalogue::{Check, KindTemplate, Template};

/// The catalogue's tables, apart from the template.
pub(crate) const TABLES: &[&[Check]] = &[
    preflight::CHECKS,
    transport::CHECKS,
    discovery::CHECKS,
    capability::CHECKS,
    negotiation::CHECKS,
    registration::CHECKS,
    assertion::CHECKS,
    login::CHECKS,
    authorization::CHECKS,
    portal_page::CHECKS,
    portal_login::CHECKS,
    consent::CHECKS,
    token::CHECKS,
    code::CHECKS,
    refresh::CHECKS,
    sharing::CHECKS,
    revocation::CHECKS,
    introspection::CHECKS,
    access::CHECKS,
    scope::CHECKS,
    category_scope::CHECKS,
    openness::CHECKS,
    api::CHECKS,
    interaction::CHECKS,
    search::CHECKS,
    periodic::CHECKS,
    search_value::CHECKS,
    document::CHECKS,
    document_content::CHECKS,
    financial::CHECKS,
    benefit_search::CHECKS,
    claim::CHECKS,
    imaging::CHECKS,
    endpoint::CHECKS,
    pixel::CHECKS,
    genomics::CHECKS,
    variant::CHECKS,
    export::CHECKS,
    export_file::CHECKS,
    launch::CHECKS,
    us_core_claim::CHECKS,
    quality::CHECKS,
    identity::CHECKS,
    operation::CHECKS,
];

/// The template of every category.
pub(crate) const TEMPLATE: &[Template] = clinical::TEMPLATE;

/// The template of every type of US Core.
pub(crate) const KINDS: &[KindTemplate] = us_core::TEMPLATE;
