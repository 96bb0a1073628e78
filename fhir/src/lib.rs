//! FHIR R4 and US Core as tables and values.
//!
//! Everything here is pure: no clock, no randomness, no input or output. What the specification
//! publishes as data is kept as data (`fhir/data/*.tsv`), read once and looked up; what it
//! publishes as a language (FHIRPath) is parsed and evaluated here.

pub mod compartment;
pub mod definition;
pub mod json;
pub mod link;
mod narrative;
pub mod path;
pub mod profile;
pub mod resource_type;
pub mod search_parameter;
pub mod subset;
mod table;
pub mod terminology;
pub mod ucum;
pub mod us_core;
pub mod validate;
pub mod xml;
