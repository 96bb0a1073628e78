//! The FHIR R4 resource server.
//!
//! Every request takes the same road:
//!
//! 1. [`http`](crate) authenticates: a bearer token is introspected and becomes an
//!    [`access::authority::Authority`];
//! 2. [`interaction::parse`] reads path and parameters into an [`interaction::Interaction`];
//! 3. [`access::decide`] makes of both an `Authorized` interaction with its restriction, or a
//!    refusal, before any storage is touched;
//! 4. [`search::plan`] makes the restriction part of the plan;
//! 5. [`execute`] hands the plan to the [`store`];
//! 6. [`render`] assembles the answer around the stored bytes.
//!
//! Only `http` knows sockets, only [`store`] knows a database.

pub mod access;
mod address;
pub mod app;
pub mod brand;
pub mod capability;
pub mod cli;
pub mod configuration;
pub mod definition;
pub mod dicom;
pub mod execute;
pub mod export;
mod http;
pub mod interaction;
pub mod load;
pub mod operation;
pub mod page;
pub mod problem;
pub mod remote;
pub mod render;
pub mod search;
pub mod store;

pub use app::{Application, StartError};
pub use configuration::{Configuration, Profile};
