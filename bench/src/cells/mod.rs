//! What the cells do, by subject. Each flow checks its answers against the dataset.

pub(crate) mod export;
pub(crate) mod oauth;
pub(crate) mod read;
pub(crate) mod search;
pub(crate) mod stock;
pub(crate) mod storm;
pub(crate) mod sync;
pub(crate) mod write;
