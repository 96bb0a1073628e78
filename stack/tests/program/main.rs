//! The program as a user starts it: its output, its exit codes, its two servers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod advance;
mod check;
mod export;
mod helpers;
mod processes;
mod readme;
mod start;
mod us_core;
