//! `s4s bench`: measures a FHIR R4 and SMART server, and checks every answer while it does.
//!
//! A [`dataset`] of exactly 100 resources a patient is written through the API, then each
//! [`cell`] sends its requests over plain HTTP connections of our own. What an answer must hold
//! is known from the dataset, so a cell that answers wrongly is reported WRONG, not fast.
//!
//! The figure that stays comparable between machines and loads is the server's CPU time per
//! request, read from the process tree; throughput and latency are given beside it.

mod browser;
mod cell;
mod cells;
pub mod cli;
mod connection;
mod dataset;
mod drive;
mod load;
mod measurement;
mod own;
mod process;
mod report;
mod run;
mod token;
mod world;

pub use connection::Failure;
pub use own::Own;
pub use token::Key;
