//! People, the accounts and clients that are seeded from files, passwords, and limits on trying.

mod aside;
pub mod client_file;
pub mod demo;
pub mod guess;
pub mod password;
pub mod person;
pub mod role;
pub mod seed;
pub mod throttle;
pub mod user_file;
