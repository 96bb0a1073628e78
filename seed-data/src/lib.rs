//! Deterministic synthetic FHIR R4 patients.
//!
//! A [`Population`] is an iterator of [`Record`]s: the world that all patients share, then the named patients, then
//! statistical ones. Same [`Config`], same bytes; a patient does not depend on how many others there are.
//!
//! How a record comes about, from the outside in:
//!
//! 1. `named` writes a story by hand, `story::draw` draws one: identity, conditions, drugs, visits as plain facts;
//! 2. `body` turns conditions and drugs into the values of a day, which fit each other; `story::examination` says which
//!    of them a visit of a drawn patient takes;
//! 3. `story::tell` goes through the story in the order of time and calls
//! 4. `act` (an order with its results, vital signs, an examination) and `resource` (one file per resource type),
//!    which write into a `chart`;
//! 5. `table` holds every code, range and weight, read from the files of `clinical/`.
//!
//! An id says who and what a resource is about, and stays from release to release: `<patient>-<what>`, where a
//! statistical patient is `pop-` and six digits and `<what>` is a short name of the type with a key of the tables or a
//! day, or both (`pop-000041-c-htn`, `pop-000041-o-20230411-sbp`); a second one of the same name gets `-2`. What is longer
//! than 64 characters keeps 53 of them and ten letters of its hash. Shared resources begin with `org-`, `loc-`, `prac-`,
//! `role-`, `svc-`, `end-`, `med-`, `grp-`; files of images with `dicom-` and their unique identifier.
//!
//! Chance is a [`rand_chacha`] stream keyed by (run seed, patient, purpose); time is the as-of date of the [`Config`].

mod act;
mod body;
mod chart;
mod claim;
pub mod cli;
mod config;
mod decimal;
mod document;
mod draft;
mod element;
mod identifier;
mod json;
mod moment;
mod named;
mod output;
mod person;
mod population;
mod record;
mod resource;
mod story;
mod stream;
mod summary;
mod table;
mod wild;
mod world;

pub use config::{
    Config, DEFAULT_AS_OF, DEFAULT_PATIENTS, DEFAULT_SEED, EXAMPLE_BASE, Named, Richness, UsCore,
};
pub use named::persons;
pub use output::bundle::{MAX_ENTRIES, transactions};
pub use output::{Format, Summary, WriteError, write, write_news};
pub use person::{Person, Relationship, Representation};
pub use population::Population;
pub use record::{Record, Seed};
