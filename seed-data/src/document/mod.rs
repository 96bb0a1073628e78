//! Files: plain text and PDF, made of the patient's own facts.

pub(crate) mod pdf;
pub(crate) mod text;
