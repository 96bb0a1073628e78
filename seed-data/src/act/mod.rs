//! What is done with a patient: each act writes the resources that belong together.

pub(crate) mod clinical_test;
pub(crate) mod directive;
pub(crate) mod genetics;
mod imaging;
mod intensive_care;
mod laboratory;
mod monitoring;
mod operation;
pub(crate) mod screening;
pub(crate) mod social_history;
mod vital_signs;
