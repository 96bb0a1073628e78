//! The portal as one more app of the FHIR server: it reads a person's record through the FHIR API,
//! with a token of its own that reaches that one record, and through no other door.

pub mod fhir_api;
pub mod tokens;

pub use fhir_api::{FhirApi, Unreadable};
pub use tokens::PortalTokens;
