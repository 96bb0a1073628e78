//! The authorization server over HTTP: a real listener, its own database, a clock and a generator
//! that the test controls.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in its helpers"
)]

mod account;
mod assertion;
mod authorize;
mod backend;
mod catalogue;
mod commits;
mod consent;
mod debug;
mod developers;
mod discovery;
mod dpop;
mod every_field;
mod faults;
mod fhir;
mod flow;
mod helpers;
mod holder;
mod introspect;
mod jwt;
mod key_rotation;
mod launch;
mod login;
mod logout;
mod manage;
mod par;
mod portal;
mod practitioner;
mod presentation;
mod reading;
mod record;
mod register;
mod revoke;
mod spanish;
mod standing;
mod storage;
mod surface;
mod tampering;
mod token;
mod userinfo;
