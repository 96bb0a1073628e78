//! Files made of the patient's own facts: plain text, PDF, C-CDA, pictures, DICOM.

pub(crate) mod ccda;
pub(crate) mod dicom;
pub(crate) mod pdf;
pub(crate) mod png;
pub(crate) mod text;
pub(crate) mod vcf;
