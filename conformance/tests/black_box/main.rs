//! The runner against servers that are right, wrong in one point, or hostile.

#![expect(
    clippy::unwrap_used,
    reason = "all of this is test code; helpers are outside of test functions"
)]

mod command;
mod door;
mod fault;
mod good;
mod hostile;
mod mock;
mod polite;
mod report;
mod transport;
