//! What was acknowledged is there after the process was killed, and after the power went.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod control;
mod disk;
mod rounds;
mod writers;
