//! Codes, the sets they are taken from and what they are called elsewhere, as far as they may be
//! shipped: R4's own code systems and those of HL7 version 2 and 3 that R4 publishes, completely;
//! of larger systems (LOINC, SNOMED CT, RxNorm, CVX …) the codes that value sets of R4 and US Core
//! enumerate and the synthetic population uses.
//!
//! What is not known is not guessed: a system that is here in part says so.
//!
//! ```
//! use fhir::terminology::{Relation, code_system};
//!
//! let status = code_system("http://terminology.hl7.org/CodeSystem/condition-clinical").unwrap();
//! assert_eq!(status.concept("relapse").unwrap().display, Some("Relapse"));
//! assert_eq!(status.relation("active", "relapse"), Some(Relation::Subsumes));
//! assert!(!code_system("http://loinc.org").unwrap().is_complete);
//! ```

mod code_system;
mod concept_map;
mod hierarchy;
mod value_set;

pub use code_system::{CodeSystem, Concept, every as code_systems, find as code_system};
pub use concept_map::{ConceptMap, Mapping, every as concept_maps};
pub use hierarchy::Relation;
pub use value_set::{Part, ValueSet, every as value_sets, find as value_set};
