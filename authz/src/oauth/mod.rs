//! The protocol as values and pure functions; nothing here knows HTTP or the database.

pub mod authorization_request;
pub mod claims;
pub mod client;
pub mod client_auth;
pub mod discovery;
pub mod error;
pub mod grant;
pub mod negotiate;
pub mod parameters;
pub mod pkce;
pub mod redirect;
pub mod registration;
pub mod token;
pub mod token_request;
