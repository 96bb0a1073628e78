//! A person's record as they read it: resources become entries with a name, a value and a date. All
//! of it is pure; what is shown of each resource type is a row of a table.

pub mod attachment;
pub mod chart;
pub mod clinical_document;
pub mod entry;
pub mod moment;
pub mod view;
pub mod words;
