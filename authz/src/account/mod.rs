//! People, the accounts and clients that are seeded from files, passwords, and limits on trying.

pub mod demo;
pub mod password;
pub mod person;
pub mod role;
pub mod seed;
pub mod seed_file;
pub mod throttle;
