//! The authorization server over HTTP: a real listener, its own database, a clock and a generator
//! that the test controls.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in its helpers"
)]

mod authorize;
mod consent;
mod discovery;
mod flow;
mod helpers;
mod introspect;
mod login;
mod portal;
mod register;
mod revoke;
mod storage;
mod surface;
mod token;
