//! What is done in care: acts that leave several resources behind.

pub(crate) mod imaging;
pub(crate) mod laboratory;
pub(crate) mod social_history;
pub(crate) mod vital_signs;
