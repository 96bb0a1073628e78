//! The protocol as values and pure functions; nothing here knows HTTP or the database.

pub mod assertion;
pub mod authorization_request;
mod authorization_rules;
pub mod claims;
pub mod client;
pub mod client_auth;
pub mod discovery;
pub mod error;
pub mod grant;
pub mod grant_type;
pub mod id_token_hint;
pub mod jwk;
pub mod launch;
pub mod metadata;
pub mod negotiate;
pub mod parameters;
pub mod pkce;
pub mod presentation;
pub mod pushed_request;
pub mod reach;
pub mod redirect;
pub mod registered;
pub mod registration;
pub mod terms;
pub mod token;
pub mod token_request;
