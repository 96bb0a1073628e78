//! The only module that sends requests: politeness, limits, and a record of every exchange.

mod answer;
mod client;
mod exchange;
mod handshake;
mod limits;
mod pace;
mod parameters;
mod redact;
mod request;

pub(crate) use answer::Answer;
pub(crate) use client::Client;
pub use exchange::Exchange;
pub(crate) use exchange::Log;
pub(crate) use handshake::{COMMON, Greeting, OUTDATED, TLS_1_2, WEAK};
pub use limits::Limits;
pub(crate) use parameters::Parameters;
pub(crate) use redact::Redactor;
pub(crate) use request::{Body, Method, Request, RequestError};
