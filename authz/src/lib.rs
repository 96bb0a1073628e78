//! The SMART on FHIR authorization server with its portal: people sign in, choose whose record
//! and which kinds of data an app may read and until when; apps get tokens; resource servers ask
//! what a token is good for.
//!
//! A map, from the wire inwards:
//!
//! - [`cli`] and [`configuration`]: every setting, its default and its environment variable.
//! - [`application`]: binds, builds, runs until stopped.
//! - `endpoint`: one file per endpoint; the only module that knows HTTP.
//! - `portal`: how the portal reads records: through the FHIR API, with tokens of its own.
//! - `record`: what a record says in words and charts; pure.
//! - `page`: what a person sees; typed contexts of the HTML templates.
//! - [`oauth`]: the protocol as pure functions: redirect matching, PKCE, negotiation and the grant,
//!   a state machine whose every move is a named method.
//! - `account`: people and seeded clients, passwords, throttling.
//! - `outbound`, `remote_keys`: fetching the keys that clients publish, and nothing else.
//! - `issue`: the transactions in which codes and refresh tokens become new tokens.
//! - `store`: the only module that knows the database.
//! - [`keys`], `key_ring`, `housekeeping`: the signing keys, their rotation, forgetting.
//! - [`secret`], `seal`, [`random`]: values that never print, text that only they open; chance.
//!
//! Arrows, one way: `endpoint → page`, `endpoint → store → oauth → smart`.

mod account;
pub mod application;
mod attempts;
pub mod cli;
pub mod configuration;
mod endpoint;
mod first_uses;
mod housekeeping;
mod issue;
mod key_ring;
pub mod keys;
mod labels;
pub mod oauth;
mod outbound;
mod page;
mod portal;
pub mod random;
mod record;
mod remote_keys;
mod seal;
pub mod secret;
mod server;
mod start_error;
mod store;
mod usage;

pub use application::{Application, StartError};
pub use configuration::{Configuration, Database, Profile, ResourceServerCredentials};
pub use random::{Random, SharedRandom};
pub use secret::Secret;
